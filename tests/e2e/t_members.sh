#!/usr/bin/env bash
# Who may introduce whom; a plain WireGuard node as a member.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin 4
lab_hub 4
lab_default_conf 3
# Leaf 3 lets nobody introduce peers; leaf 4 runs WireGuard alone.
: | lab_conf 3
(lab_names 3
printf '[Peer]\nPublicKey = %s\nName = phone\nBasic = yes\n' "${LAB_PUB[4]}") |
	lab_conf 1
lab_peer 4 2 "$(inner 2)/32" "$(endpoint 2)"
in_node 4 wg set "$(wgif 4)" peer "${LAB_PUB[1]}" persistent-keepalive 1
in_node 4 wg set "$(wgif 4)" peer "${LAB_PUB[2]}" persistent-keepalive 1
for i in 1 2 3; do daemon_start "$i"; done
check introduced wait_for 60 has_peer 2 3
check basic-peer-is-direct wait_for 60 direct 2 4
check basic-peer-is-shown eval "ctl 2 show | grep '^phone ' | grep -q basic"
check basic-peer-echo pings 2 4 3
# Leaf 3 has been told by now: it has the router's facts.
check leaf3-is-told wait_for 30 eval "ctl 3 -j show counters |
	jq -e '.counters.facts_refused > 0'"
check untrusted-introduction-refused no_peer 3 2
check untrusted-introduction-refused-4 no_peer 3 4
finish
