#!/usr/bin/env bash
# make check: documents, unit tests, simulator, what tests/*/check.sh look at,
# networks in namespaces; then one line that counts them all. The networks
# mostly wait, so they run beside the rest, which gives way to them.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
export BUILD
passed=0 failed=0 skipped=0

# add PASSED FAILED SKIPPED
add() {
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

log=$(mktemp)
networks=$(mktemp)
networks_pid=
tidy() {
	[ -z "$networks_pid" ] || kill "$networks_pid" 2>/dev/null
	wait
	rm -f "$log" "$networks"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

echo "== documents"
# made SCRIPT HEADER DOCUMENT: its table is what the script makes of the header.
made() {
	if diff <(awk -f "$1" "$2") \
		<(sed -n '/BEGIN TABLE/,/END TABLE/p' "$3" | sed '1d;$d'); then
		add 1 0 0
	else
		echo "$3 is stale: run 'make docs'"
		add 0 1 0
	fi
}
made docs/messages.awk proto/msgs.h docs/messages.md
made docs/reasons.awk proto/reason.h docs/wirelink-reasons.7

echo "== unit tests"
"$BUILD/unit-tests" >"$log" 2>&1
status=$?
cat "$log"
read -r tested failing crashing < <(sed 's/\x1b\[[0-9;]*m//g' "$log" | sed -n \
	's/.*Tested: \([0-9]*\) .*Failing: \([0-9]*\) .*Crashing: \([0-9]*\).*/\1 \2 \3/p')
if [ -z "${crashing:-}" ] || [ "$tested" = 0 ]; then
	echo "unit tests gave no summary (status $status)"
	add 0 1 0
else
	# A crash counts as a failure too.
	add $((tested - failing)) "$failing" 0
fi

# part TITLE COMMAND...: runs it. It ends with a line
# "NAME: n passed, n failed[, n skipped]".
part() {
	local status p f s
	echo "== $1"
	shift
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	read -r p f s < <(sed -n 's/^[a-z0-9]*: \([0-9]*\) passed, \([0-9]*\) failed,* *\([0-9]*\).*/\1 \2 \3/p' "$log" |
		tail -n 1)
	add "${p:-0}" "${f:-0}" "${s:-0}"
	if [ "$status" != 0 ] && [ "${f:-0}" = 0 ] || [ -z "${p:-}" ]; then
		echo "not ok $1: status $status"
		add 0 1 0
	fi
}

part "simulator: 100 seeds" "$BUILD/sim" --seeds 100
part "simulator: four hours of churn" "$BUILD/sim" --churn --seeds 4
part "simulator: daemons that stop" "$BUILD/sim" --silent --seeds 20
part "simulator: nodes without extensions" "$BUILD/sim" --mixed --seeds 5
tests/e2e/run.sh >"$networks" 2>&1 &
networks_pid=$!
for t in tests/*/check.sh; do
	[ -e "$t" ] && part "$(sed -n '2s/^# //p' "$t")" nice "$t"
done
wait "$networks_pid"
networks_status=$?
networks_pid=
networks_said() {
	cat "$networks"
	return "$networks_status"
}
part "networks in namespaces" networks_said

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
