#!/usr/bin/env bash
# The configuration is read again: what changes, what can't, what is broken,
# and that nothing is lost.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin 4
lab_hub 3
lab_default_conf 3
for i in 1 2 3; do daemon_start "$i"; done
check reload-leaves-are-direct wait_for 60 both_direct 2 3

# reload NODE: and waits until it says what came of it.
reload() {
	local before
	before=$(log_lines "$1" 'configuration')
	kill -HUP "${LAB_DAEMON[$1]}"
	wait_for 20 eval "[ \$(log_lines $1 'configuration') -gt $before ]"
}
shows() { ctl "$1" show | grep -q -- "$2"; }
shows_not() { ! shows "$@"; }
# names NAME: node 2's configuration, with that name for node 3.
names() {
	printf '[Policy]\nMembership = routers\n[Peer]\nPublicKey = %s\nName = %s\n' \
		"${LAB_PUB[3]}" "$1" | lab_conf 2
}

# Only a name changes, again and again, while packets go.
in_node 2 ping -q -i 0.01 -c 1000 -W 2 "$(inner 3)" >"$LAB_DIR/ping" &
ping=$!
LAB_PIDS+=("$ping")
for name in one two three four five; do
	names "$name"
	check "reload-name-$name" reload 2
	check "reload-shows-$name" wait_for 10 shows 2 "^$name "
done
wait "$ping"
check reload-loses-no-packet grep -q '1000 packets transmitted, 1000 received' \
	"$LAB_DIR/ping"
check reload-no-fallback refute log_has 2 'over the router'
check reload-not-a-restart refute log_has 3 'has restarted'

# What is broken changes nothing, and says where.
printf '[Policy]\nMembership = none\n[Peer]\nPublicKey = %s\nNam = x\n' \
	"${LAB_PUB[3]}" | lab_conf 2
check reload-broken reload 2
check reload-broken-line log_has 2 "conf2:5: unknown key"
check reload-broken-stays log_has 2 'configuration stays as it was'
check reload-broken-name shows 2 '^five '
chmod 666 "$LAB_DIR/conf2"
check reload-of-others reload 2
check reload-of-others-is-said log_has 2 'writable by others'
rm -f "$LAB_DIR/conf2"
names four
if [ "$LAB_BACKEND" = kernel ]; then
	chmod 600 "$LAB_DIR/conf2"
	check reload-unreadable reload 2
	check reload-unreadable-is-said log_has 2 'readable by the group _wirelinkp'
	chown ":$(id -g _wirelinkp)" "$LAB_DIR/conf2"
	chmod 640 "$LAB_DIR/conf2"
	check reload-by-the-group reload 2
	check reload-by-the-group-shows wait_for 10 shows 2 '^four '
	rm -f "$LAB_DIR/conf2"
fi

# The same by wirelinkctl: who asks hears what came of it.
names asked
check reload-ctl ctl 2 reload
check reload-ctl-shows wait_for 10 shows 2 '^asked '
printf '[Policy]\nMembership = none\n[Peer]\nPublicKey = %s\nNam = x\n' \
	"${LAB_PUB[3]}" | lab_conf 2
check reload-ctl-broken refute eval 'ctl 2 reload 2>"$LAB_DIR/said"'
check reload-ctl-broken-line grep -q 'conf2:5: unknown key' "$LAB_DIR/said"
check reload-ctl-broken-stays shows 2 '^asked '

# What only a restart changes is said, in one line; the rest is done.
names six
printf '[Policy]\nMaxPeers = 9\n[Link]\nBackend = %s\nControlGroup = daemon\n' \
	"$([ "$LAB_BACKEND" = kernel ] && echo kernel || echo userspace)" \
	>>"$LAB_DIR/conf2"
check reload-fixed reload 2
check reload-fixed-is-said log_has 2 'Backend, ControlGroup: read at the start only'
check reload-fixed-rest shows 2 '^six '
check reload-policy eval "ctl 2 show policy | grep -q '^MaxPeers: 9;'"

# The port of the facts: all nodes change it, one after the other.
for i in 1 2 3; do
	printf '[Link]\nPort = 51999\n' >>"$LAB_DIR/conf$i"
	check "reload-port-$i" reload "$i"
done
check reload-port-is-used eval 'ctl 2 -j show self | grep -q 51999'
check reload-port-direct both_direct 2 3

# Trust: who isn't trusted any more is believed no more.
hub_says() {
	ctl 2 -j show facts | jq -e --arg hub "${LAB_PUB[1]}" \
		'any(.facts[]; .source == $hub)'
}
hub_says_nothing() { ctl 2 show self && ! hub_says; }
check reload-trusts wait_for 10 hub_says
printf '[Policy]\nMembership = none\n[Link]\nPort = 51999\n[Peer]\nPublicKey = %s\nTrust = Untrusted\n' \
	"${LAB_PUB[1]}" | lab_conf 2
check reload-trust reload 2
check reload-trust-forgets wait_for 10 hub_says_nothing
check reload-is-alive-still kill -0 "${LAB_DAEMON[2]}"
finish
