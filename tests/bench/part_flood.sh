#!/usr/bin/env bash
# What datagrams with a wrong tag cost netd and privd together, when a member
# sends them as fast as it can: those that privd has to check, which are so
# many at once and no more, and those past that rate.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/lib.sh

BURST=250 # that a peer may send at once
REFILL_S=4
FLOOD=50000

used_ns() { echo $(($(cpu_ns 2 netd) + $(cpu_ns 2 privd))); }
# What node 2 says of them: datagrams that came, and those of a drop.
received() { counter 2 datagrams_received; }
arrived() { [ "$(received)" -ge "$1" ]; }
# flood COUNT PAUSE_US: from node 3, whose own program is not there.
flood() {
	in_node 3 "$BUILD/bench-flood" "$(wgif 3)" "$LAB_DIR/key3" \
		"${LAB_PUB[2]}" 51821 "$1" "$2"
}
# each KIND COUNT PAUSE_US: appends to $each the microseconds of one.
each() {
	local before got cpu0 kind=$1
	before=$(counter 2 "$kind")
	got=$(received)
	cpu0=$(used_ns)
	flood "$2" "$3"
	nap 0.1
	cpu=$(($(used_ns) - cpu0))
	got=$(($(received) - got))
	before=$(($(counter 2 "$kind") - before))
	[ "$before" -gt $(($2 / 10)) ] ||
		die "flood: $before of $2 were counted as $kind"
	each+=("$(awk -v ns="$cpu" -v n="$got" 'BEGIN { print ns / 1000 / n }')")
	share+=("$(awk -v a="$got" -v b="$2" 'BEGIN { print 100 * a / b }')")
}

bench_lab 3
bench_start && bench_await direct || exit 1
daemon_stop 3
each=() share=()
for ((run = 0; run < (RUNS + 1) / 2; run++)); do
	nap "$REFILL_S"
	each dropped_signature "$BURST" 0
done
figure "a datagram with a bad tag, checked" us 10 "${each[@]}"
each=() share=()
for ((run = 0; run < (RUNS + 1) / 2; run++)); do
	each dropped_rate "$FLOOD" 50
done
figure "the same past the peer's rate" us 10 "${each[@]}"
figure "of those that were sent, netd has read" % - "${share[@]}"
lines=$(grep -c 'datagram from' "$LAB_DIR/watched")
minutes=$((($(now_us) - START_US) / 60000000 + 1))
# Two kinds of drop, each its own line.
figure "lines of log about them, a minute and kind" lines 1 \
	"$(awk -v l="$lines" -v m="$minutes" 'BEGIN { print l / m / 2 }')"
