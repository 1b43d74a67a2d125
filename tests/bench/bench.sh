#!/usr/bin/env bash
# make bench: the figures of docs/performance.md, as a table and in
# $BUILD/bench.json. T picks parts (part_*.sh), RUNS is how often each thing
# is done, MINUTES how long nothing is. Ends with 0 when all could be measured,
# whatever the targets.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
RUNS=${RUNS:-10}
MINUTES=${MINUTES:-2}
PARTS=${T:-start converge switch failover memory idle flood micro}
BENCH_FIGURES=$(mktemp)
export BUILD RUNS MINUTES BENCH_FIGURES
trap 'rm -f "$BENCH_FIGURES"' EXIT
trap 'exit 130' INT TERM HUP

case $RUNS$MINUTES in
*[!0-9]* | 0*) echo "RUNS and MINUTES must be numbers" >&2 && exit 2 ;;
esac
for part in $PARTS; do
	[ -x "tests/bench/part_$part.sh" ] || {
		echo "there is no part $part; there are: $(cd tests/bench &&
			echo part_*.sh | sed 's/part_//g; s/\.sh//g')" >&2
		exit 2
	}
done

failed=0
start=$SECONDS
load=$(cut -d ' ' -f 1 /proc/loadavg)
printf '%-44s %9s %9s  %-8s %7s %-6s %4s\n' '' median worst unit target '' runs
for part in $PARTS; do
	PART=$part "tests/bench/part_$part.sh" || {
		echo "bench: part $part has failed" >&2
		failed=$((failed + 1))
	}
done
jq -s --arg version "$(git describe --always --dirty 2>/dev/null)" \
	--arg kernel "$(uname -r)" --argjson cpus "$(nproc)" --arg load "$load" \
	--arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
	'{date: $date, version: $version, kernel: $kernel, cpus: $cpus,
	load_before: ($load | tonumber), figures: .}' "$BENCH_FIGURES" \
	>"$BUILD/bench.json"
jq -r '.figures | map(select(.target)) |
	"\(map(select(.median <= .target)) | length) of \(length) targets are met"' \
	"$BUILD/bench.json"
echo "$((SECONDS - start)) s, $(nproc) CPUs, load of the machine before: $load; all values are in $BUILD/bench.json"
[ "$failed" = 0 ]
