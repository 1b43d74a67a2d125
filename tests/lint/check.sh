#!/usr/bin/env bash
# lint: what reads the code without running it
# A tool that is not installed is skipped, and so is one of another version
# than the tree is clean with that finds something else; STRICT=1 lets that
# fail too.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
passed=0 failed=0 skipped=0

env -u MAKEFLAGS -u MFLAGS "${MAKE:-make}" --no-print-directory \
	-j"$(nproc)" BUILD="$BUILD" lint-files || exit 1

scripts() {
	find .ci tests privd/etc netd/ctl/completion -type f -exec grep -lE '^#( shellcheck shell=|!.*(bash|/k?sh$))' {} +
}

# findings TOOL: what it has to say, on the standard output.
findings() {
	local page found file
	case $1 in
	gcc | clang-tidy | clang-format | cppcheck)
		while read -r found; do
			# Not of files that are there no more.
			file=${found#"$BUILD/lint/"}
			[ -e "${file%".$1"}" ] && cat "$found"
		done < <(find "$BUILD/lint" -name "*.$1" -size +0) ;;
	shellcheck)
		scripts | xargs -n 8 -P "$(nproc)" \
			shellcheck -x -S warning 2>&1 ;;
	codespell)
		# Names, and output that is misspelt on purpose.
		find common proto privd netd docs tests README.md -type f |
			grep -v '^tests/vectors/' | xargs codespell -q 3 \
			-L nmae,nown,nknown,whats,nd,onl,shwo,te 2>&1 ;;
	mandoc)
		for page in docs/*.[578]; do
			mandoc -Tlint -Wwarning "$page" 2>&1
		done ;;
	esac
}

while read -r tool known found; do
	if [ "$found" = none ]; then
		echo "skip $tool: not installed"
		skipped=$((skipped + 1))
		continue
	fi
	text=$(findings "$tool")
	if [ -z "$text" ]; then
		echo "ok $tool"
		passed=$((passed + 1))
		continue
	fi
	echo "$text"
	case $found in
	"$known" | "$known".*) other= ;;
	*) other=1 ;;
	esac
	if [ -n "$other" ] && [ -z "${STRICT:-}" ]; then
		echo "skip $tool: is $found, the tree is clean with $known"
		skipped=$((skipped + 1))
	else
		echo "not ok $tool"
		failed=$((failed + 1))
	fi
done <"$BUILD/lint/tools"
echo "lint: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
