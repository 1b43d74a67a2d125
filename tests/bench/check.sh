#!/usr/bin/env bash
# the benchmark, as short as it can be
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
. tests/checks.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

json=$BUILD/bench.json
refute() { ! "$@"; }
bench() { RUNS=$1 MINUTES=1 T=$2 tests/bench/bench.sh; }
# Every figure has its values, and a median that lies among them.
whole() {
	jq -e '.cpus > 0 and (.figures | length > 0) and ([.figures[] |
		.runs == (.values | length) and .median >= .values[0] and
		.median <= .values[-1] and .median > 0] | all)' "$json"
}

kept=$work/bench.json
[ ! -e "$json" ] || mv "$json" "$kept"
check runs bench 1 "micro start"
check json-is-whole whole
check no-such-part-is-told refute bench 1 nothing
check no-such-number-is-told refute bench x micro
[ ! -e "$kept" ] || mv "$kept" "$json"
end bench
