#!/usr/bin/env bash
# A member is taken off the router: the leaves remove it when its facts have
# expired and their source was there all the time. Takes up to 9 minutes.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin 4
lab_hub 4
lab_default_conf 4
# Leaf 2's administrator knows leaf 4 himself: there it stays.
lab_peer 2 4 "$(inner 4)/32"
for i in 1 2 3 4; do daemon_start "$i"; done
check converge wait_for 60 all_direct 4
in_node 1 wg set "$(wgif 1)" peer "${LAB_PUB[4]}" remove
check still-there-at-first has_peer 3 4
check revoked-is-removed wait_for 620 no_peer 3 4
check administrators-peer-stays has_peer 2 4
check others-stay both_direct 2 3
check removal-is-said log_has 3 "no longer a member"
finish
