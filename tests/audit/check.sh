#!/usr/bin/env bash
# audit: docs/audit.md is what was built, and budgets hold
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
. tests/audit/lib.sh
. tests/audit/budgets
build=$BUILD/audit
passed=0 failed=0 skipped=0

# ok NAME: after a command, counts how it went.
ok() {
	if [ $? = 0 ]; then
		echo "ok $1"
		passed=$((passed + 1))
	else
		echo "not ok $1"
		failed=$((failed + 1))
	fi
}
at_most() { [ "$1" -le "$2" ] || { echo "# $1, at most $2"; false; }; }

env -u MAKEFLAGS -u MFLAGS "${MAKE:-make}" --no-print-directory \
	BUILD="$BUILD" audit-build || exit 1

# Imports and libraries differ a little from one C library to the next: of
# these there may be fewer than the page has, everything else must be equal.
new=$(mktemp)
trap 'rm -f "$new"' EXIT
tests/audit/page.sh "$build" docs/audit.md >"$new"
vary='^(Libraries|Functions imported): '
diff <(grep -vE "$vary" docs/audit.md) <(grep -vE "$vary" "$new")
ok "the page is fresh (else: make audit)"
for p in privd netd resolver wirelinkctl; do
	for what in libraries imports; do
		listed=$(sed -n "/^<!-- $p -->/,/^<!-- end -->/p" docs/audit.md |
			grep -E "$vary" | tr -dc 'a-zA-Z0-9_ \n-' | tr ' ' '\n')
		more=$("$what" "$build" "$p" | grep -vxF -e "$listed")
		[ -z "$more" ] || { echo "# not on the page:" $more; false; }
		ok "$p: no more $what than the page has"
	done
	# Of the program as it is installed, too.
	found=$({ imports "$build" "$p"; imports "$BUILD" "$p"; } |
		grep -xF -e "$(printf '%s\n' $banned)")
	[ -z "$found" ] || { echo "# banned:" $found; false; }
	ok "$p: no banned function"
done

at_most "$(counted "$build" privd | sum 2)" "$lines_held"
ok "lines of wirelinkd"
at_most "$(headers "$build" privd | sum 2)" "$headers_held"
ok "lines of its headers"
at_most "$("$build/tables" calls privd | sed -n '1s/ .*//p')" "$privd_calls"
ok "system calls of privd"
at_most "$("$build/tables" calls netd | sed -n '1s/ .*//p')" "$netd_calls"
ok "system calls of netd"

if command -v systemd-analyze >/dev/null; then
	unit=$(mktemp -d)
	for p in wirelinkd wirelink-netd wirelink-resolver; do
		sed 's|@[A-Z]*DIR@|/bin|' "privd/etc/systemd/$p@.service" \
			>"$unit/$p@.service"
		exposure=$(systemd-analyze security --offline=true --no-pager \
			"$unit/$p@.service" 2>"$unit/err" |
			sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
		grep -i 'failed to parse' "$unit/err"
		echo "# exposure of $p@: $exposure"
		at_most "$(echo "${exposure:-99.9}" | tr -d .)" \
			"$exposure_budget"
		ok "exposure of $p@"
	done
	rm -rf "$unit"
else
	echo "skipped exposure of the units: no systemd-analyze"
	skipped=1
fi
echo "audit: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
