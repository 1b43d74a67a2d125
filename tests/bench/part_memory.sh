#!/usr/bin/env bash
# What the three processes of a node hold, in a network of three.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/lib.sh

# MiB that a process holds: all, or its share of what is shared.
smaps_mib() {
	awk -v f="$3:" '$1 == f { print $2 / 1024 }' \
		"/proc/$(daemon_pid "$1" "$2")/smaps_rollup"
}
# sum VALUES...
sum() { printf '%s\n' "$@" | awk '{ s += $1 } END { print s }'; }

bench_lab 3
bench_start && bench_await direct || exit 1
nap 5
for field in Rss Pss; do
	all=()
	declare -A of=([privd]='' [netd]='' [resolver]='')
	for ((i = 1; i <= NODES; i++)); do
		node=()
		for p in privd netd resolver; do
			node+=("$(smaps_mib "$i" "$p" $field)")
			of[$p]+=" ${node[-1]}"
		done
		all+=("$(sum "${node[@]}")")
	done
	case $field in
	Rss) name=resident target=6 ;;
	Pss) name=proportional target=3 ;;
	esac
	figure "$name, the processes of a node" MiB "$target" "${all[@]}"
	for p in privd netd resolver; do
		# shellcheck disable=SC2086
		figure "... $p" MiB - ${of[$p]}
	done
done
