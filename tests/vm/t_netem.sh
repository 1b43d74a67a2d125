#!/usr/bin/env bash
# t_netem.sh NAME MTU NETEM...: leaves on a bad network. Each node's way out
# has the netem (8) that is named, so a delay counts twice in a round trip and
# a loss once in each direction. The leaves link up, stay so for ten minutes
# with a packet every five seconds, go over the router when their path is
# cut under traffic, and come back when it heals. Prints the times.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
name=$1 mtu=$2
shift 2

# Changes of state that the leaves have told of so far.
changes() { cat "$LAB_DIR"/log[23] | grep -c 'is direct at\|over the router'; }
# Milliseconds from $1 to the first echo reply after it.
first_reply_after() {
	awk -v after="$1" '/^\[/ && /bytes from/ {
		t = substr($1, 2, length($1) - 2) * 1000
		if (t > after + 400) { printf "%d\n", t - after; exit } }' \
		"$LAB_DIR/ping"
}
replied_after() { [ -n "$(first_reply_after "$1")" ]; }
seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }

lab_begin 4
lab_hub 3
for i in 1 2 3; do
	ip_in "$i" link set eth0 mtu "$mtu"
	[ $# = 0 ] || in_node "$i" tc qdisc add dev eth0 root netem "$@"
done
lab_default_conf 3
start=$(now_ms)
for i in 1 2 3; do daemon_start "$i"; done
check "$name-converge" wait_for 120 both_direct 2 3
converged=$(($(now_ms) - start))

nsenter "$(net 2)" -- ping -i 5 "$(inner 3)" >/dev/null 2>&1 &
LAB_PIDS+=($!)
# The first of the two may be direct a moment before it is told.
nap 5
before=$(changes)
nap 600
flaps=$(($(changes) - before))
check "$name-no-flap-in-ten-minutes" test "$flaps" = 0
check "$name-still-direct" both_direct 2 3
lab_kill "${LAB_PIDS[0]}"
LAB_PIDS=()

# With this loss an echo may be lost in any state: look at the state.
nsenter "$(net 2)" -- ping -D -O -i 0.2 "$(inner 3)" >"$LAB_DIR/ping" 2>&1 &
LAB_PIDS+=($!)
check "$name-traffic" wait_for 20 replied_after "$(now_ms)"
cut=$(now_ms)
cut_path 2 3
check "$name-fallback" wait_for 60 replied_after "$cut"
fallback=$(first_reply_after "$cut")
check "$name-fallback-both-ways" wait_for 30 eval \
	'not_direct 2 3 && not_direct 3 2'
heal=$(now_ms)
heal_path 2 3
check "$name-recovery" wait_for 120 both_direct 2 3
recovered=$(($(now_ms) - heal))
check "$name-echo" wait_for 20 replied_after "$(now_ms)"
echo "# $name: direct after $(seconds "$converged") s," \
	"$flaps changes in ten minutes," \
	"over the router $(seconds "${fallback:-0}") s after the cut," \
	"direct again after $(seconds "$recovered") s"
finish
