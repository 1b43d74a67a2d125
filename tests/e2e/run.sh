#!/usr/bin/env bash
# All scenarios, two at a time; the one that waits for facts to expire starts
# first and runs beside the others. Ends with a line of counts.
set -u
cd "$(dirname "$0")/../.." || exit 1
slow=t_revoked.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; wait; exit 130' INT TERM HUP

one() {
	local start=$SECONDS name=${1##*/}
	timeout -k 30 900 "$1" >"$out/$name.log" 2>&1
	echo $? >"$out/$name.status"
	echo "$((SECONDS - start))" >"$out/$name.seconds"
}
show() {
	local name=$1
	echo "-- $name ($(cat "$out/$name.seconds") s)"
	cat "$out/$name.log"
	[ "$(cat "$out/$name.status")" = 0 ] ||
		grep -q '^not ok' "$out/$name.log" ||
		echo "not ok $name: status $(cat "$out/$name.status")" |
		tee -a "$out/$name.log"
}

one "tests/e2e/$slow" &
slow_pid=$!
running=0
for t in tests/e2e/t_*.sh; do
	[ "${t##*/}" = "$slow" ] && continue
	one "$t" &
	running=$((running + 1))
	if [ "$running" -ge 2 ]; then
		wait -n
		running=$((running - 1))
	fi
	for done in "$out"/*.seconds; do
		name=$(basename "$done" .seconds)
		[ -e "$done" ] && [ ! -e "$out/$name.shown" ] || continue
		show "$name"
		: >"$out/$name.shown"
	done
done
wait "$slow_pid"
wait
for done in "$out"/*.seconds; do
	name=$(basename "$done" .seconds)
	[ -e "$out/$name.shown" ] || show "$name"
done
passed=$(cat "$out"/*.log | grep -c '^ok ')
failed=$(cat "$out"/*.log | grep -c '^not ok')
skipped=$(cat "$out"/*.log | grep -c '^skipped ')
echo "e2e: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
