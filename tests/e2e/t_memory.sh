#!/usr/bin/env bash
# 6,000 datagrams about 160,000 keys that nobody has, sent by a member and
# then by the router, whom the node believes about members: what netd takes
# is bounded, and given back when it has expired.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# Node $1's own program makes room for the injector, which has its key.
flood() {
	daemon_stop "$1"
	in_node "$1" "$BUILD/inject" "$(wgif "$1")" "$LAB_DIR/key$1" \
		"${LAB_PUB[2]}" "${LAB_PUB[3]}" 51821 subjects 6000
}
facts() { ctl 2 -j show facts | jq '.facts | length'; }
resident_most() { [ "$(rss_kib 2 netd)" -le "$1" ]; }

lab_begin 4
lab_hub 4
lab_default_conf 4
for i in 1 2 3 4; do daemon_start "$i"; done
check converge wait_for 60 eval 'both_direct 2 3 && both_direct 2 4'
rss=$(rss_kib 2 netd)
cpu=$(cpu_ms 2 netd)
refused=$(counter 2 facts_refused)

check member-floods flood 3
check member-is-limited eval '[ "$(counter 2 dropped_rate)" -gt 1000 ]'
check subjects-are-refused eval \
	"[ \$(counter 2 facts_refused) -ge $((refused + 256 * 20)) ]"
check no-fact-is-kept eval '[ "$(facts)" -le 30 ]'
echo "# member: resident $rss KiB before, $(rss_kib 2 netd) after; $(($(cpu_ms 2 netd) - cpu)) ms of CPU"
[ -n "${LAB_SANITIZED:-}" ] || check member-takes-no-memory resident_most $((rss + 256))
check others-stay pings 2 4 3

cpu=$(cpu_ms 2 netd)
check router-floods flood 1
check table-is-full eval '[ "$(facts)" -gt 12000 ] && [ "$(facts)" -le 12288 ]'
check it-is-said log_has 2 "table of facts is full"
check it-is-said-once eval '[ "$(log_lines 2 "table of facts is full")" = 1 ]'
most=$(rss_kib 2 netd)
echo "# router: resident $most KiB; $(($(cpu_ms 2 netd) - cpu)) ms of CPU"
[ -n "${LAB_SANITIZED:-}" ] || check memory-is-bounded resident_most $((rss + 6144))
check direct-link-stays pings 2 4 3
check facts-expire wait_for 40 eval '[ "$(facts)" -le 60 ]'
[ -n "${LAB_SANITIZED:-}" ] || check memory-is-given-back wait_for 10 resident_most $((rss + 1024))
echo "# and $(rss_kib 2 netd) KiB when it has expired"
finish
