#!/usr/bin/env bash
# Devices whose dump spans many messages, with 200 peers and with 1,000, some
# with 300 allowed IPs: the daemon sees what wg(8) sees, also when the device
# changes while it is read.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# Peers $1 to $2 for wg addconf. Any 32 bytes are a key.
peers() {
	awk -v from="$1" -v to="$2" 'BEGIN {
		for (i = from; i <= to; i++) {
			printf "[Peer]\nPublicKey = %042dA=\nAllowedIPs = ", i
			printf "10.8.%d.%d/32", i / 250, i % 250
			for (j = 1; i % 100 == 7 && j < 300; j++)
				if (j % 2)
					printf ", fd08:%x:%x::/64", i, j
				else
					printf ", 10.%d.%d.%d/32", 20 + i / 100,
						j / 250, j % 250
			printf "\n"
			if (i % 50 == 0)
				printf "Endpoint = 198.51.100.%d:%d\n",
					1 + i / 50, 1000 + i
		} }' >"$LAB_DIR/add"
	in_node 1 wg addconf "$(wgif 1)" "$LAB_DIR/add"
}
# Both as lines of: key, endpoint, allowed IPs in order, bytes.
by_wg() {
	dump 1 | tail -n +2 | jq -R -r 'split("\t") | [.[0], .[2],
		(.[3] / "," | sort | join(",")), .[5], .[6]] | join(" ")' | sort
}
by_us() {
	ctl 1 -j show | jq -r '.peers[] | [.public_key, .endpoint // "(none)",
		([.prefixes[].prefix] | sort | join(",")), .rx_bytes, .tx_bytes
		] | map(tostring) | join(" ")' | sort
}
# $1 peers, and both say the same.
same() {
	by_us >"$LAB_DIR/us"
	by_wg >"$LAB_DIR/wg"
	[ "$(wc -l <"$LAB_DIR/wg")" = "$1" ] && cmp "$LAB_DIR/us" "$LAB_DIR/wg"
}
# Every peer has been given its auto address.
all_auto() { [ "$(dump 1 | grep -c fe80::)" = "$1" ]; }

lab_begin 4
lab_node 1
: | lab_conf 1
peers 1 200
daemon_start 1 -v
check 200-auto-addresses wait_for 60 all_auto 200
check 200-peers-the-same wait_for 30 same 200

# While it gives 800 more their addresses, and reads the device each time,
# somebody of a higher priority changes it, again and again.
k=$(printf '%042dA=' 1000)
nsenter "$(net 1)" -- chrt -f 10 bash -c 'for ((n = 1; ; n++)); do
	wg set "$1" peer "$2" persistent-keepalive $((1 + n % 60000))
	read -r -t 0.003 -u 9; done 9<> <(:)' - "$(wgif 1)" "$k" &
LAB_PIDS+=($!)
peers 201 1000
check dump-is-interrupted-and-repeated \
	wait_for 60 log_has 1 "changed while it was read"
lab_kill "${LAB_PIDS[0]}"
LAB_PIDS=()
check it-stays-in-use refute log_has 1 "out of use"
check 1000-auto-addresses wait_for 120 all_auto 1000
check 1000-peers-the-same wait_for 30 same 1000
finish
