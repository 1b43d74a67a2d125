#!/usr/bin/env bash
# wirelinkctl why: a peer that is direct, one that is blocked on purpose, and
# a node that takes no members each give the right first "no". What root may
# have done, and what the group may see of it.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin 4
lab_hub 4
lab_default_conf 4
: | lab_conf 4 # lets nobody introduce peers
printf '[Link]\nControlGroup = nogroup\n[Policy]\nMembership = routers\n' |
	lab_conf 3
cut_path 2 3
for i in 1 2 3 4; do daemon_start "$i"; done

# why NODE PEER FILTER: the JSON answer, through jq, which is content with none.
why() {
	local text
	text=$(ctl "$1" -j why "$2" | jq -er "$3") && [ -n "$text" ] &&
		echo "$text"
}
# says NODE PEER CONDITION REASON: the first condition that does not hold.
says() {
	why "$1" "$2" "[.conditions[] | select(.answer == \"no\")][0] |
		\"\(.condition) \(.reason)\"" | grep -qx "$3 $4"
}
is_direct() { why "$1" "$2" .direct; }

check direct wait_for 60 is_direct 2 hub
check direct-exit-status ctl 2 why hub
check blocked wait_for 60 says 2 leaf3 handshake no-handshake
check blocked-other-side wait_for 60 says 3 leaf2 handshake no-handshake
ctl 2 why leaf3 >"$LAB_DIR/why"
check blocked-exit-status test $? = 3
check blocked-says-what-to-do grep -q '^What to do: let UDP' "$LAB_DIR/why"
check blocked-was-tried why 2 leaf3 ".candidates |
	any(.endpoint == \"$(endpoint 3)\" and has(\"tried_age_s\"))"
check blocked-is-in-the-history wait_for 60 why 2 leaf3 \
	'.events | any(.event == "introduced")'
check candidates eval "ctl 2 show candidates leaf3 | grep -q '$(endpoint 3)'"

# Leaf 4 has been told of leaf 2, and took nothing of it.
check no-membership wait_for 60 says 4 "${LAB_PUB[2]}" member membership-off
check refused-fact-is-remembered why 4 "${LAB_PUB[2]}" \
	'.events | any(.event == "fact-refused" and .reason == "membership-off")'

# Names, beginnings of keys, and what is neither.
check by-key is_direct 2 "${LAB_PUB[1]}"
check by-key-beginning is_direct 2 "${LAB_PUB[1]:0:10}"
ctl 2 why laef3 >"$LAB_DIR/why" 2>&1
check unknown-exit-status test $? = 4
check unknown-suggests grep -q 'did you mean "leaf3"' "$LAB_DIR/why"
check stranger says 2 AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM= \
	known unknown-peer

check trust eval "ctl 2 -j show trust hub | jq -e '.by == \"router\" and
	.of_others.members'"

# Events as they happen; what was asked for is one.
"$BUILD/wirelinkctl" -R "$LAB_DIR/run" -i "$(wgif 2)" -j monitor \
	>"$LAB_DIR/events" 2>&1 &
LAB_PIDS+=($!)
seen() { jq -es "any($1)" "$LAB_DIR/events"; }
tried() { ctl 2 probe leaf3 && seen '.event == "probe" and .name == "leaf3"'; }
check probe wait_for 30 tried
check monitor-tells-tries wait_for 60 seen '.event == "try"'
check log-level ctl 2 log debug
check log-is-debug wait_for 60 log_has 2 'debug: '
check given-is-not-forgotten refute ctl 2 forget hub

# The group looks, and has nothing done.
as_group() {
	setpriv --reuid 65534 --regid "$(awk -F: '$1 == "nogroup" { print $3 }' /etc/group)" \
		--clear-groups "$BUILD/wirelinkctl" -R "$LAB_DIR/run" \
		-i "$(wgif 3)" "$@"
}
check group-looks as_group show
as_group log debug >"$LAB_DIR/why" 2>&1
check group-does-nothing test $? = 1
check group-is-told grep -q 'only root' "$LAB_DIR/why"
as_group_2() {
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$BUILD/wirelinkctl" -R "$LAB_DIR/run" -i "$(wgif 2)" show
}
check others-dont-look refute as_group_2

# The way is opened: direct, and the past still tells.
heal_path 2 3
check healed wait_for 60 is_direct 2 leaf3
check metrics eval "ctl 2 metrics |
	grep -q 'peer_path{.*,name=\"leaf3\",.*,path=\"direct\"} 1\$'"
check metrics-count-probes eval "ctl 2 metrics |
	grep -q '^wirelink_probes_total{.*,kind=\"endpoint\"} [1-9]'"
check graph eval "ctl 2 graph | grep -q 'label=\"leaf3'"
check export eval "ctl 2 export | grep -qx 'Endpoints = $(endpoint 3)'"
check init eval "ctl 2 init $LAB_DIR/new.conf &&
	grep -qx 'Name = leaf3' $LAB_DIR/new.conf"
check the-past-is-kept why 2 leaf3 \
	'.events | any(.event == "direct")'
# It comes back when the router says it again, which takes minutes.
check forget ctl 2 forget leaf3
check forgotten-is-told wait_for 30 seen '.event == "forget"'
check forgotten-is-removed wait_for 30 seen '.event == "removed"'
finish
