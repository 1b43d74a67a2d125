#!/bin/sh
# The tools that lint runs, one a line: name, version that the tree is clean
# with (Debian 12's), version that is here, "none" when it isn't.
version() {
	found=none
	if command -v "$1" >/dev/null; then
		found=$("$1" --version 2>/dev/null | sed -n \
			's/[^0-9]*\(.*[( ]\)*\([0-9][0-9]*\.[0-9][0-9.]*\).*/\2/p' | head -n 1)
	fi
	echo "$1 $2 ${found:-unknown}"
}
version gcc 12.2
version clang-tidy 14.0
version clang-format 14.0
version cppcheck 2.10
version shellcheck 0.9
version codespell 2.2
# It doesn't tell its version.
if command -v mandoc >/dev/null; then
	echo "mandoc any any"
else
	echo "mandoc any none"
fi
