#!/usr/bin/env bash
# Daemons that stop for ten minutes while WireGuard goes on: a leaf's under
# traffic and idle, then the router's. No packet may be lost for that.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# Those packets of 10 a second that were lost, in $1 seconds from 2 to 3.
lost_in() {
	in_node 2 ping -q -i 0.1 -w "$1" "$(inner 3)" |
		awk '/packets transmitted/ { print $1 - $4 }'
}
lost_little() { [ "$lost" -le 1 ]; }

lab_begin 4
lab_hub 3
lab_default_conf 3
for i in 1 2 3; do daemon_start "$i"; done
check converge wait_for 60 both_direct 2 3
check first-echo pings 2 3 3

lab_crash "${LAB_DAEMON[3]}"
lost=$(lost_in 300)
echo "# leaf silent, under traffic: $lost packets lost"
check silent-leaf-loses-nothing lost_little
check silent-leaf-is-told wait_for 60 log_has 2 "its WireGuard answers"
check silent-leaf-is-told-to-the-hub wait_for 60 log_has 1 \
	"its WireGuard answers"
nap 300
lost=$(lost_in 10)
echo "# leaf silent, idle for five minutes: $lost packets lost"
check idle-silent-leaf-loses-nothing lost_little
check silent-leaf-still-direct both_direct 2 3
check no-fallback refute log_has 2 "over the router"
daemon_start 3
check leaf-back wait_for 60 eval "ctl 3 show | grep -q 'leaf2 .*direct'"
check leaf-back-direct both_direct 2 3

lab_crash "${LAB_DAEMON[1]}"
lost=$(lost_in 300)
echo "# router silent: $lost packets lost"
check silent-router-loses-nothing lost_little
check silent-router-is-told wait_for 60 log_has 2 "its WireGuard answers"
cut_path 2 3
check silent-router-takes-over wait_for 60 pings 2 3 3
heal_path 2 3
check direct-again wait_for 60 both_direct 2 3
finish
