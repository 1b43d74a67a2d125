#!/usr/bin/env bash
# How long a daemon takes to start, on a host with nothing else to do, and
# what its processes have used by then.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/lib.sh

bench_lab 1
took=() cpu=()
for ((run = 0; run < RUNS * 2; run++)); do
	bench_start && bench_await runs || exit 1
	took+=("$(ms $((AT_US - START_US)))")
	sum=0
	for process in privd netd resolver; do
		sum=$((sum + $(cpu_ns 1 "$process")))
	done
	cpu+=("$(ms $((sum / 1000)))")
	bench_stop
done
figure "start of a daemon, until it runs" ms - "${took[@]}"
figure "CPU that its processes took for that" ms - "${cpu[@]}"
