#!/usr/bin/env bash
# Packets lost when traffic of 1,000 a second in each direction, which goes
# over the router at first, becomes direct.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/lib.sh

# Milliseconds there and back over the router: what one round trip holds at
# 1,000 packets a second.
round_trip() {
	in_node 2 ping -q -c 20 -i 0.01 "$(inner 3)" |
		awk -F / '/^rtt/ { print $5 }'
}

bench_lab 3
lost=() rtt=() late=() quiet=()
for ((run = 0; run < RUNS; run++)); do
	bench_reset
	pace_start || die "switch: no traffic over the router"
	rtt+=("$(round_trip)")
	nap 0.5
	pace_stop
	quiet+=("$(paced 2 lost)" "$(paced 3 lost)")
	pace_start || die "switch: no traffic over the router"
	bench_start && bench_await direct || exit 1
	nap 1
	pace_stop
	lost+=("$(paced 2 lost)" "$(paced 3 lost)")
	late+=("$(paced 2 late)" "$(paced 3 late)")
	bench_stop
done
figure "round trip over the router" ms - "${rtt[@]}"
figure "lost of 1,000/s before any switch" packets - "${quiet[@]}"
figure "lost at the switch, each direction" packets 1 "${lost[@]}"
figure "came after later ones, each direction" packets - "${late[@]}"
