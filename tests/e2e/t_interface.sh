#!/usr/bin/env bash
# The interface is missing, appears, goes away and comes back.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# Takes node $1's interface away: as wg-quick down, or a crash.
lab_wg_down() {
	if [ -n "${LAB_WG[$1]}" ]; then
		lab_crash "${LAB_WG[$1]}"
		rm -f "/var/run/wireguard/$(wgif "$1").sock"
	else
		ip_in "$1" link del "$(wgif "$1")"
	fi
}

lab_begin 4
lab_hub 3
lab_default_conf 3

lab_wg_down 3
in_node 3 "$BUILD/wirelinkd" -d -i "$(wgif 3)" -f "$LAB_DIR/conf3" \
	-R "$LAB_DIR/run" -L "$BUILD" >"$LAB_DIR/log3" 2>&1
check missing-is-an-error test $? = 1
check missing-is-named log_has 3 "$(wgif 3)"
for i in 1 2; do daemon_start "$i"; done
daemon_start 3 -w
check waits-and-says-so wait_for 10 log_has 3 "waiting"
lab_wg_up 3
lab_peer 3 1 10.7.0.0/24 "$(endpoint 1)"
check starts-when-it-appears wait_for 60 both_direct 2 3

pid=${LAB_DAEMON[3]}
lab_wg_down 3
check going-is-said wait_for 20 log_has 3 "link down"
check stays kill -0 "$pid"
lab_wg_up 3
lab_peer 3 1 10.7.0.0/24 "$(endpoint 1)"
check coming-back-is-said wait_for 20 eval \
	'[ "$(log_lines 3 "link up")" -ge 2 ]'
check links-come-back wait_for 90 both_direct 2 3
check same-process kill -0 "$pid"

ip_in 3 link set "$(wgif 3)" down
check down-is-said wait_for 20 eval '[ "$(log_lines 3 "link down")" -ge 2 ]'
ip_in 3 link set "$(wgif 3)" up
check up-again wait_for 60 eval "ctl 3 show | grep -q 'leaf2 .*direct'"
finish
