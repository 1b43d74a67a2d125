#!/usr/bin/env bash
# Devices without a peer, with 500, and a peer with 300 allowed IPs.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

peers() { ctl "$1" -j show | jq '.peers | length'; }

lab_begin 4
for i in 1 2; do
	lab_node "$i"
	: | lab_conf "$i"
	daemon_start "$i"
done
check no-peers wait_for 20 eval '[ "$(peers 1)" = 0 ]'
check no-peers-table eval "ctl 1 show | grep -q '0 peers'"

set -- wg set "$(wgif 1)"
for ((i = 0; i < 500; i++)); do
	# Any 32 bytes do for a peer that never answers.
	set -- "$@" peer "$(wg genkey)" allowed-ips "10.9.$((i / 250)).$((i % 250))/32"
done
in_node 1 "$@"
check 500-peers wait_for 30 eval '[ "$(peers 1)" = 500 ]'
check 500-auto-addresses wait_for 60 eval '
	[ "$(dump 1 | grep -c "fe80::")" = 500 ]'

ips=10.10.0.0/32
for ((i = 1; i < 300; i++)); do
	ips+=,10.10.$((i / 250)).$((i % 250))/32
done
in_node 2 wg set "$(wgif 2)" peer "${LAB_PUB[1]}" allowed-ips "$ips"
check 300-prefixes wait_for 30 eval '
	[ "$(ctl 2 -j show | jq ".peers[0].prefixes_held")" = 301 ]'
check 300-prefixes-stay eval '
	[ "$(dump 2 | tail -n 1 | cut -f 4 | tr , "\n" | wc -l)" = 301 ]'
check daemons-live eval 'ctl 1 show self && ctl 2 show self'
finish
