#!/usr/bin/env bash
# A peer with DelegateTrust says whom to believe; nobody else can, and it goes
# with the delegate.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# What node 2 thinks of node $1: "Membership delegate", say.
trusts() {
	[ "$(ctl 2 -j show trust "${LAB_PUB[$1]}" |
		jq -r '[.trust, .by] | join(" ")')" = "$2" ]
}
conf2() {
	printf '[Policy]\nMembership = configured\n'
	printf '[Peer]\nPublicKey = %s\nTrust = %s\n' "${LAB_PUB[1]}" "$1"
}
# Sends what node $1 would not say by itself to node 2, about node $2.
lie() {
	in_node "$1" "$BUILD/inject" "$(wgif "$1")" "$LAB_DIR/key$1" \
		"${LAB_PUB[2]}" "${LAB_PUB[$2]}" 51821 "$3" 1
}

lab_begin 4
lab_hub 4
lab_key 9 # nobody's
conf2 DelegateTrust | lab_conf 2
printf '[Policy]\nTellTrust = yes\n[Peer]\nPublicKey = %s\n%s\n' \
	"${LAB_PUB[4]}" 'Trust = Membership' | lab_conf 1
: | lab_conf 3
: | lab_conf 4
# Nodes 3 and 4 are peers of node 2's that it says nothing about.
for i in 3 4; do
	lab_peer 2 "$i" "$(inner "$i")/32" "$(endpoint "$i")"
	lab_peer "$i" 2 "$(inner 2)/32" "$(endpoint 2)"
done
for i in 2 3 4; do daemon_start "$i"; done
check source-is-heard wait_for 60 both_direct 2 4
check nothing-by-itself trusts 4 "Endpoint device"

# Somebody who has no say.
daemon_stop 3
refused=$(counter 2 facts_refused)
check false-trust-sent lie 3 4 trust
check false-trust-is-refused wait_for 10 eval \
	"[ \$(counter 2 facts_refused) -ge $((refused + 2)) ]"
check false-trust-is-nothing trusts 4 "Endpoint device"
check nor-for-itself trusts 3 "Endpoint device"

daemon_start 1
check delegate-lends wait_for 60 trusts 4 "Membership delegate"
check lent-is-said wait_for 10 log_has 2 \
	"has trust Membership, which it has from"
check others-get-none trusts 3 "Endpoint device"
daemon_stop 4
check member-named lie 4 9 member
check member-is-added wait_for 30 has_peer 2 9

# Without its word that is no source any more, at once.
conf2 Membership | lab_conf 2
kill -HUP "${LAB_DAEMON[2]}"
check ends-with-the-delegate wait_for 30 trusts 4 "Endpoint device"
refused=$(counter 2 facts_refused)
check named-again lie 4 9 member
check is-refused wait_for 10 eval \
	"[ \$(counter 2 facts_refused) -gt $refused ]"
finish
