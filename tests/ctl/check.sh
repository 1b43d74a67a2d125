#!/usr/bin/env bash
# ctl: what wirelinkctl prints, read by other programs
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/checks.sh
BUILD=${BUILD:-build}
work=$(mktemp -d)
netd=
tidy() {
	[ -z "$netd" ] || kill "$netd" 2>/dev/null
	wait
	rm -rf "$work"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

ctl() { "$BUILD/wirelinkctl" -R "$work" "$@"; }
# status_is N COMMAND...
status_is() {
	local want=$1
	shift
	"$@"
	[ $? = "$want" ]
}
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
end ctl
