#!/usr/bin/env bash
# wirelinkd -N: it hears and decides, and changes nothing; others leave its
# traffic where it is, also where a direct link would be there for the taking.
# Afterwards the device is as it was, byte for byte.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin 4
lab_hub 4
lab_default_conf 4

# All but handshakes and counters, which traffic changes.
settings() {
	dump "$1" | cut -f1-4,8
	ip_in "$1" -o addr show dev "$(wgif "$1")" | sed 's/ valid_lft.*//'
	ip_in "$1" route show table all dev "$(wgif "$1")"
}
given() { dump 3 | awk -v pub="${LAB_PUB[$1]}" '$1 == pub { print $4 }'; }
first_no() {
	ctl "$1" -j why "$2" | jq -e --arg r "$3" \
		'[.conditions[] | select(.answer == "no")][0].reason == $r'
}
heard() { ctl 3 -j show facts | jq -e --arg k "${LAB_PUB[$1]}" \
	'.facts | any(.subject == $k and .source != null)'; }
# Both ways at 100 a second between nodes 2 and 3.
none_lost() {
	local i
	for i in 2 3; do
		nsenter "$(net "$i")" -- ping -q -i 0.01 -c "$1" \
			"$(inner $((5 - i)))" >"$LAB_DIR/ping$i" 2>&1 &
		pings[i]=$!
		LAB_PIDS+=($!)
	done
	wait "${pings[2]}" "${pings[3]}"
	grep -q " $1 received" "$LAB_DIR/ping2" &&
		grep -q " $1 received" "$LAB_DIR/ping3"
}

before=$(settings 3)
daemon_start 3 -N
for i in 1 2 4; do daemon_start "$i"; done
check others-converge wait_for 60 both_direct 2 4
check it-hears wait_for 60 heard 2
check says-so-at-start log_has 3 'observes only (-N)'
check show-says-so eval "ctl 3 show | grep -q ', observes only,'"
check sandbox-says-so eval "ctl 3 show sandbox | grep -q 'observes only'"
check why-says-so wait_for 30 first_no 3 "${LAB_PUB[2]}" observe-only
planned() { ctl 3 -j plan | jq -e --arg k "${LAB_PUB[2]}" \
	--arg h "${LAB_PUB[1]}" ".changes | any(.public_key == \$k and $1)"; }
check plan-adds wait_for 30 planned ".change == \"add\" and
	.endpoint == \"$(endpoint 2)\" and .reason == \"observe-only\""
check plan-moves planned ".change == \"move\" and .from == \$h and
	.source == \$h and .prefix == \"$(inner 2)/32\" and
	.reason == \"observe-only\""
check plan-text eval "ctl 3 plan | grep -q '^move .*from hub .*observe-only'"
check nothing-added no_peer 3 2
check link-local-alone eval 'given 1 | grep -qx "10.7.0.0/24,fe80:[^,]*/128"'
check no-packet-lost none_lost 500
check no-refusals-in-the-log refute log_has 3 refused
daemon_stop 3
check as-it-was test "$before" = "$(settings 3)"

# The peer is there, answers handshakes, and has no prefix on this side.
in_node 3 wg set "$(wgif 3)" peer "${LAB_PUB[2]}"
daemon_start 3 -N
shakes() { dump 3 | awk -v pub="${LAB_PUB[2]}" '
	$1 == pub && $5 > 0 { found = 1 } END { exit !found }'; }
check there-is-a-handshake wait_for 60 shakes
check link-local-for-it wait_for 30 eval 'given 2 | grep -q "^fe80:[^,]*/128$"'
check hears-it wait_for 60 eval "ctl 3 -j show peers | jq -e --arg k '${LAB_PUB[2]}' \
	'.peers | any(.public_key == \$k and .alive)'"
check neither-takes-it none_lost 500
check not-direct eval 'not_direct 2 3 && not_direct 3 2'
check why-says-so-too first_no 3 "${LAB_PUB[2]}" observe-only
daemon_stop 3
check given-back test '(none)' = "$(given 2)"

# It was direct before it observes: it goes on as it was.
daemon_start 3
check direct wait_for 60 both_direct 2 3
daemon_stop 3
daemon_start 3 -N
check alive-again wait_for 60 eval "ctl 2 -j why leaf3 | jq -e .direct"
check stays-direct none_lost 500
check both-still-direct both_direct 2 3
daemon_stop 3
check left-as-it-was both_direct 2 3
finish
