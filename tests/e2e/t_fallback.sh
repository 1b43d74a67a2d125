#!/usr/bin/env bash
# A direct path is cut under traffic: the router takes over; it heals: direct
# again. Also when traffic goes one way only.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# A packet to leaf 3 makes its counter grow: UDP that nobody answers.
udp_in() { in_node 3 nft list counter inet seen grow | awk '/packets/ { print $2 }'; }
udp_grows() { [ "$(udp_in)" -gt "$1" ]; }

lab_begin 4
lab_hub 3
lab_default_conf 3
for i in 1 2 3; do daemon_start "$i"; done
check converge wait_for 60 both_direct 2 3

nsenter "$(net 2)" -- ping -q -i 0.05 "$(inner 3)" >/dev/null 2>&1 &
LAB_PIDS+=($!)
cut_path 2 3
check fallback-both-ways wait_for 40 eval 'not_direct 2 3 && not_direct 3 2'
check echo-over-the-router wait_for 20 pings 2 3
check shows-the-router eval "ctl 2 show | grep -q '^leaf3 .*via hub'"
heal_path 2 3
check recovery wait_for 60 both_direct 2 3
check echo-direct pings 2 3 5
lab_kill "${LAB_PIDS[-1]}"

# One direction: nothing comes back from leaf 3 on its own account.
in_node 3 nft -f - <<-EOF
	table inet seen {
		counter grow { }
		chain in {
			type filter hook input priority 0;
			iifname "$(wgif 3)" udp dport 9999 counter name grow drop
		}
	}
EOF
nsenter "$(net 2)" -- bash -c "while :; do
	echo x >/dev/udp/$(inner 3)/9999; read -r -t 0.05 </dev/zero -N 0; done" \
	>/dev/null 2>&1 &
LAB_PIDS+=($!)
check one-way-traffic-flows wait_for 10 udp_grows 0
cut_path 2 3
seen=$(udp_in)
check one-way-traffic-goes-on wait_for 40 udp_grows "$((seen + 5))"
finish
