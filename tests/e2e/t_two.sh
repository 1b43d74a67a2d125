#!/usr/bin/env bash
# Two interfaces and two daemons on one host; never two on one interface.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin 4
lab_hub 3
lab_default_conf 3
# A second interface on leaf 2, with a router of its own: node 4.
lab_node 4
second=wl${LAB_ID}x2
(umask 077 && wg genkey >"$LAB_DIR/key2b")
if [ "$LAB_BACKEND" = kernel ]; then
	ip_in 2 link add name "$second" type wireguard
else
	WG_PROCESS_FOREGROUND=1 LOG_LEVEL=error nsenter "$(net 2)" \
		-- wireguard-go -f "$second" >"$LAB_DIR/wg2b.log" 2>&1 &
	LAB_PIDS+=($!)
	wait_for 10 test -S "/var/run/wireguard/$second.sock"
fi
in_node 2 wg set "$second" private-key "$LAB_DIR/key2b" listen-port 51900 \
	peer "${LAB_PUB[4]}" allowed-ips 10.8.0.0/24 endpoint "$(endpoint 4)"
ip_in 2 addr add 10.8.0.2/24 dev "$second"
ip_in 2 link set "$second" up
in_node 4 wg set "$(wgif 4)" peer "$(wg pubkey <"$LAB_DIR/key2b")" \
	allowed-ips 10.8.0.2/32
ip_in 4 addr add 10.8.0.1/24 dev "$(wgif 4)"
printf '[Link]\nPort = 51821\n' | lab_conf 2b
: | lab_conf 4

for i in 1 2 3 4; do daemon_start "$i"; done
nsenter "$(net 2)" -- "$BUILD/wirelinkd" -d -i "$second" \
	-f "$LAB_DIR/conf2b" -R "$LAB_DIR/run" -L "$BUILD" \
	>"$LAB_DIR/log2b" 2>&1 &
LAB_DAEMON[2b]=$!
check first-interface wait_for 60 both_direct 2 3
second_alive() {
	"$BUILD/wirelinkctl" -R "$LAB_DIR/run" -i "$second" -j show |
		jq -e '.peers[0].alive'
}
check second-interface wait_for 30 second_alive
check both-run eval 'kill -0 "${LAB_DAEMON[2]}" && kill -0 "${LAB_DAEMON[2b]}"'

in_node 2 "$BUILD/wirelinkd" -d -i "$(wgif 2)" -f "$LAB_DIR/conf2" \
	-R "$LAB_DIR/run" -L "$BUILD" >"$LAB_DIR/log2c" 2>&1
check second-daemon-refused test $? = 1
check second-daemon-is-told log_has 2c "another wirelinkd"
check first-daemon-stays ctl 2 show
finish
