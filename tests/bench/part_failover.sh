#!/usr/bin/env bash
# A direct path is cut and heals under traffic of 1,000 packets a second in
# each direction; then a leaf is away for 20 s.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/lib.sh

# Each time from the start: a path that has died often is taken later.
afresh() {
	bench_reset
	bench_start && bench_await direct || exit 1
	pace_start || die "failover: no traffic"
}

bench_lab 3
dark=() back=() lost=() away=() unplugged=()
fell_back() { not_direct 2 3 && not_direct 3 2; }
for ((run = 0; run < RUNS; run++)); do
	afresh
	# The device is looked at every half second: at any time of that.
	nap "0.$((500 + run * 53 % 500))"
	cut_path 2 3
	wait_for 30 fell_back || die "failover: still direct"
	nap 0.3
	pace_stop
	for i in 2 3; do dark+=("$(ms "$(paced "$i" gap_us)")"); done
	pace_start || die "failover: no traffic over the router"
	nap "0.$((500 + run * 71 % 500))"
	at=$(now_us)
	heal_path 2 3
	wait_for 30 both_direct 2 3 || die "failover: not direct again"
	back+=("$(ms $(($(now_us) - at)))")
	nap 0.5
	pace_stop
	lost+=("$(paced 2 lost)" "$(paced 3 lost)")
	bench_stop
done
# Leaf 3 is away: nothing of WireGuard's comes through to it or from it.
leaf_away() {
	local i
	for i in 1 2 3; do
		in_node "$i" nft -f - <<-END
			table inet away {
				chain in {
					type filter hook input priority 0;
					$([ "$i" = 3 ] || echo "ip saddr $(under4 3)") udp dport 51820 drop
				}
			}
		END
	done
}
leaf_back() {
	local i
	for i in 1 2 3; do in_node "$i" nft delete table inet away; done
}
link_down() { ip_in sw link set p3 down; }
link_up() { ip_in sw link set p3 up; }

# gone AWAY BACK: milliseconds from BACK to direct, after 20 s.
gone() {
	local at
	afresh
	"$1"
	nap 20
	wait_for 30 not_direct 2 3 || die "failover: still direct"
	at=$(now_us)
	"$2"
	wait_for 30 both_direct 2 3 || die "failover: not direct again"
	GONE=$(ms $(($(now_us) - at)))
	pace_stop
	bench_stop
}
for ((run = 0; run < (RUNS + 4) / 5; run++)); do
	gone leaf_away leaf_back
	away+=("$GONE")
	gone link_down link_up
	unplugged+=("$GONE")
done
figure "over the router after a cut, each direction" ms 2000 "${dark[@]}"
figure "direct again after healing" ms - "${back[@]}"
figure "lost at that, each direction" packets 1 "${lost[@]}"
figure "direct again after a leaf was away for 20 s" ms 500 "${away[@]}"
figure "direct again after its link was down for 20 s" ms - "${unplugged[@]}"
