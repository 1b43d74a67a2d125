#!/usr/bin/env bash
# From the start of the first daemon until every leaf holds every other
# leaf's prefix on its own link. Nodes have no session when it begins. A run
# that takes longer than the limit counts as the limit.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/lib.sh

once() {
	bench_reset
	bench_start || exit 1
	if bench_await direct; then
		took+=("$(ms $((AT_US - START_US)))")
		wait_for 5 all_direct "$NODES" ||
			die "converge: it was said, but is not so"
	else
		took+=("${LIMIT_S}000")
	fi
	bench_stop
}

# nodes N TARGET RUNS
nodes() (
	bench_lab "$1"
	took=()
	for ((run = 0; run < $3; run++)); do once; done
	figure "$1 nodes: all direct after start" ms "$2" "${took[@]}"
	[ "$1" != 3 ] ||
		figure_worst "$1 nodes: the worst of $3" ms 200 "${took[@]}"
)
nodes 3 60 $((RUNS * 2)) || exit 1
nodes 10 300 "$RUNS" || exit 1
nodes 25 1000 $(((RUNS + 1) / 2)) || exit 1
nodes 50 - $(((RUNS + 2) / 3))
