#!/usr/bin/env bash
# NAT between leaves: t_nat.sh CASE. Node 1, the router, is public.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
. tests/vm/natlib.sh

start_all() {
	local i start
	start=$(now_ms)
	for i in 1 2 3; do daemon_start "$i" ${DEBUG:+-v}; done
	STARTED=$start
}

# Waits for a direct link, and says how long it took.
becomes_direct() {
	check direct wait_for "$1" both_direct 2 3
	echo "  # direct after $(($(now_ms) - STARTED)) ms"
	check echo-direct pings 2 3 5
}

# Ten minutes without a change.
stays() {
	local before after
	before="$(changes 2) $(changes 3)"
	sleep 600
	after="$(changes 2) $(changes 3)"
	echo "  # changes of way: $before, ten minutes later $after"
	check no-flapping [ "$before" = "1 1" -a "$after" = "1 1" ]
	check still-direct both_direct 2 3
	check echo-after-ten-minutes pings 2 3 5
}

# Five minutes of pings over the router while direct links are tried.
stays_on_router() {
	local out=$LAB_DIR/ping
	check echo-over-the-router wait_for 20 pings 2 3
	nsenter "$(net 2)" -- ping -q -i 0.25 -c 1200 "$(inner 3)" >"$out"
	echo "  # $(grep received "$out")"
	check none-lost grep -q ' 1200 received' "$out"
	check prefix-never-moves [ "$(changes 2) $(changes 3)" = "0 0" ]
}

# Pings from leaf $1 to leaf $2, 20 a second for ten seconds, while the
# function in $4 is called after three: how many are lost, at most $3.
lost() {
	local out=$LAB_DIR/ping pid got
	nsenter "$(net "$1")" -- ping -q -i 0.05 -c 200 "$(inner "$2")" \
		>"$out" &
	pid=$!
	LAB_PIDS+=("$pid")
	if [ -n "${4:-}" ]; then
		sleep 3
		$4
	fi
	wait "$pid"
	got=$(awk '/received/ { print $4 }' "$out")
	echo "  # $((200 - got)) of 200 lost"
	[ $((200 - got)) -le "$3" ]
}
lost_few() {
	local name=$1
	shift
	lost "$@" >"$LAB_DIR/lost"
	check "$name" [ $? = 0 ]
	cat "$LAB_DIR/lost"
}

# Leaf 3 moves, thrice, under traffic from leaf 2.
roams() {
	local start move
	for move in "nat_renumber 3 133" "nat_move 3 4" "nat_move 3 public"; do
		start=$(now_ms)
		lost_few "goes-on-after: $move" 2 3 100 "$move"
		check direct-again wait_for 60 both_direct 2 3
		echo "  # direct $(($(now_ms) - start - 3000)) ms after it"
		check echo-direct pings 2 3 5
		echo "  # changes of way: $(changes 2) $(changes 3)"
	done
}

# The site of leaf 3 forgets fast. Idle, then traffic, from either side. An
# idle device is looked at every 6 s, and the peer is told half a second later:
# 130 packets and a few.
expires() {
	local i
	stays
	nat_forgets 3 5
	# Else nobody reaches leaf 3, the router neither, until it speaks.
	in_node 3 wg set "$(wgif 3)" peer "${LAB_PUB[1]}" persistent-keepalive 4
	sleep 130
	for i in 1 2; do
		lost_few "leaf2-speaks-first-$i" 2 3 140
		echo "  # changes of way: $(changes 2) $(changes 3)"
		check direct-again wait_for 60 both_direct 2 3
		sleep 47
	done
	lost_few leaf3-speaks-first 3 2 0
	echo "  # changes of way: $(changes 2) $(changes 3)"
}

case ${1:-} in
roam) nat_lab public 3 && nat_site 4 ;;
roam-two) nat_lab 2 3 && nat_site 4 ;;
expiry) nat_lab public 3 && nat_forgets 3 20 ;;
expiry-two) nat_lab 2 3 && nat_forgets 3 20 && nat_forgets 2 20 ;;
one-preserving) nat_lab public 3 ;;
one-random) nat_lab public "3 fully-random" ;;
two-preserving) nat_lab 2 3 ;;
random-preserving) nat_lab 2 "3 fully-random" ;;
two-random) nat_lab "2 fully-random" "3 fully-random" ;;
same) nat_lab 2 2 ;;
*) die "which case?" ;;
esac
start_all
case $1 in
random-preserving | two-random) stays_on_router ;;
roam*)
	becomes_direct 60
	roams
	;;
expiry*)
	becomes_direct 60
	expires
	;;
*)
	becomes_direct 60
	stays
	;;
esac
[ -z "${DEBUG:-}" ] || tail -n 60 "$LAB_DIR"/log[23]
finish
