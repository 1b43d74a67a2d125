#!/usr/bin/env bash
# ctl: what wirelinkctl prints, read by other programs
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
passed=0 failed=0 skipped=0
work=$(mktemp -d)
netd=
tidy() {
	[ -z "$netd" ] || kill "$netd" 2>/dev/null
	wait
	rm -rf "$work"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

# check NAME COMMAND...
check() {
	local name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "not ok $name: $* (status $?)"
		tail -n 10 "$work/out" | sed 's/^/  # /'
		failed=$((failed + 1))
	fi
}
skip() {
	echo "skip $*"
	skipped=$((skipped + 1))
}
ctl() { "$BUILD/wirelinkctl" -R "$work" "$@"; }
# has MODULE: of Python.
has() { $python -c "import $1" 2>/dev/null; }

# Debian's modules are for Debian's own Python.
python=/usr/bin/python3
[ -x $python ] || python=python3

# table NAME FILE: first words of its rows.
table() {
	sed -n "/$1\[\] = {/,/^};/s/^    {*\[*[A-Z_]*\]* *=* *\"\([a-z]*\)\".*/\1/p" \
		"netd/ctl/$2.c" | sort
}
mkfifo "$work/ready"
"$BUILD/ctl-netd" "$work" >"$work/ready" &
netd=$!
read -r _ <"$work/ready"

for part in tests/ctl/part_*.sh; do
	# shellcheck source=/dev/null
	. "$part"
done
echo "ctl: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
