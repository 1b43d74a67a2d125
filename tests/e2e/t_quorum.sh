#!/usr/bin/env bash
# With Quorum = 2 neither the router alone nor a source that lies makes a
# member; both together do.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# Does node 2 say that key $1 waits, named by one of two?
waits() {
	ctl 2 -j why "$1" | jq -e '.conditions[] |
		select(.condition == "member") | .reason == "quorum" and
		.sources == 1 and .sources_needed == 2'
}
conf2() {
	printf '[Policy]\nMembership = routers\nQuorum = %s\n' "$1"
	printf '[Peer]\nPublicKey = %s\nTrust = Membership\n' "${LAB_PUB[4]}"
}
# Node 4's own program makes room for the injector, which has its key.
lie() {
	in_node 4 "$BUILD/inject" "$(wgif 4)" "$LAB_DIR/key4" \
		"${LAB_PUB[2]}" "${LAB_PUB[9]}" 51821 member 1
}

lab_begin 4
lab_hub 4
lab_key 9 # nobody's
lab_default_conf 3
conf2 2 | lab_conf 2
: | lab_conf 4
# Node 4 and 2 have each other from their administrators.
lab_peer 2 4 "$(inner 4)/32" "$(endpoint 4)"
lab_peer 4 2 "$(inner 2)/32" "$(endpoint 2)"
for i in 1 2 3 4; do daemon_start "$i"; done
check source-is-heard wait_for 60 both_direct 2 4
check router-alone-makes-no-member wait_for 30 waits "${LAB_PUB[3]}"
check why-says-how-many eval "ctl 2 why ${LAB_PUB[3]} |
	grep -q 'quorum, needs 2 sources, has 1'"
check trust-says-how-many eval "ctl 2 show trust hub |
	grep -q 'named by 2 of the 2 that may'"
check not-added no_peer 2 3

daemon_stop 4
check lie-sent lie
check lie-is-heard wait_for 30 waits "${LAB_PUB[9]}"
check lie-makes-no-member no_peer 2 9

# Node 4 knows leaf 3 as well: it says so, and to node 2.
lab_peer 4 3 "$(inner 3)/32"
printf '[Peer]\nPublicKey = %s\n%s\n' "${LAB_PUB[2]}" 'FactExchanger = yes' \
	"${LAB_PUB[3]}" 'Name = leaf3' | lab_conf 4
daemon_start 4
check two-sources-make-a-member wait_for 60 has_peer 2 3
check member-is-direct wait_for 60 both_direct 2 3
check liar-is-alone no_peer 2 9

# With one source enough the same lie is believed.
daemon_stop 4
conf2 1 | lab_conf 2
kill -HUP "${LAB_DAEMON[2]}"
check asks-for-one wait_for 30 eval "ctl 2 show trust hub |
	grep -q 'named by 1 of the'"
check lie-sent-again lie
check lie-is-believed wait_for 30 has_peer 2 9
finish
