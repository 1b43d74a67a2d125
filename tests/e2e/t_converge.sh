#!/usr/bin/env bash
# Leaves that know only the router link up, both ways; nothing is held twice.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
N=${1:-3}

lab_begin 4
lab_hub "$N"
lab_default_conf "$N"
for ((i = 1; i <= N; i++)); do daemon_start "$i"; done
check "converge-$N" wait_for 60 all_direct "$N"
for ((i = 2; i <= N; i++)); do
	for ((j = 2; j <= N; j++)); do
		[ "$i" = "$j" ] || pings "$i" "$j" 2 || FAILED=$((FAILED + 1))
	done
	check "no-prefix-twice-$N-$i" no_prefix_twice "$i"
done
check "names-travel-$N" wait_for 10 eval "ctl 2 show | grep -q '^hub .*router'"
check "json-$N" eval "ctl 2 -j show | jq -e '.version == 1 and
	([.peers[] | select(.path == \"direct\")] | length) == $((N - 2))'"
finish
