#!/usr/bin/env bash
# wirelinkctl eject: a file for wg-quick, and links that go on directly
# without the daemon, with no packet lost; a later start takes over.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin 4
lab_hub 3
lab_default_conf 3
for i in 1 2 3; do daemon_start "$i"; done
check converge wait_for 60 both_direct 2 3

file=$LAB_DIR/wg.conf
introduced() {
	ctl "$1" -j show peers | jq -e --arg key "${LAB_PUB[$2]}" \
		".peers[] | select(.public_key == \$key) | .introduced == $3"
}
settings() { dump "$1" | sed 1d | cut -f1,3,4,8 | sort; }
check added-by-wirelink introduced 3 2 true

# What must not go wrong changes nothing.
echo mine >"$file"
before=$(settings 3)
check never-overwrites refute ctl 3 eject -o "$file"
check file-is-as-it-was test "$(cat "$file")" = mine
check no-such-directory refute ctl 3 eject -o "$LAB_DIR/none/wg.conf"
not_root() {
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$BUILD/wirelinkctl" -R "$LAB_DIR/run" -i "$(wgif 3)" eject \
		-o "/tmp/wirelink-eject.$$"
}
check root-only refute not_root
check no-scraps test -z "$(ls "$LAB_DIR"/wg.conf.* 2>/dev/null)"
check still-runs ctl 3 show

# While 100 packets a second go each way.
for i in 2 3; do
	nsenter "$(net "$i")" -- ping -q -i 0.01 -c 1000 "$(inner $((5 - i)))" \
		>"$LAB_DIR/ping$i" 2>&1 &
	pings[i]=$!
	LAB_PIDS+=($!)
done
privd=${LAB_DAEMON[3]}
check eject in_node 3 "$BUILD/wirelinkctl" -R "$LAB_DIR/run" eject -f -o "$file" \
	-i "$(wgif 3)"
check has-ended wait_for 10 gone "$privd"
gone "$privd" || lab_kill "$privd"
wait "$privd"
check status test $? = 0
unset "LAB_DAEMON[3]"
for i in 2 3; do
	wait "${pings[$i]}"
	check "none-lost-$i" grep -q ' 1000 received' "$LAB_DIR/ping$i"
done
check said log_has 3 "now the administrator's"
check device-is-as-it-was test "$before" = "$(settings 3)"
check still-direct both_direct 2 3

# The file says what the device has.
check file-mode test "$(stat -c %a "$file")" = 600
check file-no-private-key refute grep -q '^PrivateKey' "$file"
check file-address grep -qx "Address = $(inner 3)/24" "$file"
sed '/^\[Interface\]/,/^$/d' "$file" >"$LAB_DIR/peers"
check file-is-understood in_node 3 wg addconf "$(wgif 3)" "$LAB_DIR/peers"
check file-endpoint grep -qx "Endpoint = $(endpoint 2)" "$file"
check file-prefix grep -qx "AllowedIPs = $(inner 2)/32" "$file"
check file-is-the-device test 2 = "$(grep -c '^\[Peer\]' "$file")"
check still-direct-with-the-file both_direct 2 3

# Whoever starts it again finds that all of it was given.
daemon_start 3
check takes-over wait_for 60 eval "ctl 3 -j why leaf2 | jq -e .direct"
check given-now introduced 3 2 false
check given-is-not-forgotten refute ctl 3 forget leaf2
check links-stay both_direct 2 3
check echo pings 2 3 3
finish
