#!/usr/bin/env bash
# make demo: a router and N-1 leaves that know only the router. Shows the
# leaves linking up directly, what happens when a direct path is cut, and
# when it heals. JSON=1 prints one JSON object instead. Exits non-zero when
# anything of this does not happen.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

N=${N:-3}
JSON=${JSON:-}
case $N in
'' | *[!0-9]*) die "N must be a number" ;;
esac
[ "$N" -ge 3 ] && [ "$N" -le 50 ] || die "N must be from 3 to 50"

bold='' plain=''
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] && bold=$'\e[1m' plain=$'\e[0m'

say() {
	[ -n "$JSON" ] && return
	printf '%s%7.3f s%s  %s\n' "$bold" \
		"$(bc_ms $(($(now_ms) - T0)))" "$plain" "$*"
}
bc_ms() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }
failed() {
	echo "demo: $*" >&2
	[ -n "${LAB_KEEP:-}" ] || tail -n 15 "$LAB_DIR"/log* >&2
	exit 1
}

# Packets that the router's tunnel interface has forwarded or answered.
router_packets() {
	ip_in 1 -s -j link show dev "$(wgif 1)" |
		jq '.[0].stats64 | .rx.packets + .tx.packets'
}

# Milliseconds from $1 (ms) to the first echo reply after it in the ping log.
first_reply_after() {
	awk -v after="$1" '/^\[/ && /bytes from/ {
		t = substr($1, 2, length($1) - 2) * 1000
		if (t > after + 50) { printf "%d\n", t - after; exit } }' \
		"$LAB_DIR/ping"
}
replied_after() { [ -n "$(first_reply_after "$1")" ]; }

T0=$(now_ms)
lab_begin 4
say "building a switch, a router and $((N - 1)) leaves ($LAB_BACKEND)"
lab_hub "$N"
lab_default_conf "$N"

say "leaves know only the router; starting wirelinkd on all $N nodes"
T0=$(now_ms)
for ((i = 1; i <= N; i++)); do daemon_start "$i"; done
if [ -z "$JSON" ]; then
	# The leaves' own words, as they come.
	exec {logs}< <(exec tail -q -n +1 -F "$LAB_DIR"/log2 \
		"$LAB_DIR"/log3 2>/dev/null)
	LAB_PIDS+=($!)
	while IFS= read -r line; do
		case $line in
		*introduced* | *"is alive"* | *" direct "* | *"over the router"*)
			say "  ${line#*netd}" ;;
		esac
	done <&"$logs" &
	LAB_PIDS+=($!)
fi
wait_for 60 all_direct "$N" || failed "the leaves did not link up within 60 s"
converged=$(($(now_ms) - T0))
say "all $(((N - 1) * (N - 2) / 2)) pairs of leaves are direct, both ways"

before=$(router_packets)
pings 2 3 20 || failed "no echo from leaf 2 to leaf 3"
crossed=$(($(router_packets) - before))
say "20 echoes from leaf 2 to leaf 3: $crossed packets crossed the router (40 would)"
[ "$crossed" -lt 20 ] || failed "packets between leaves still cross the router"

nsenter "$(net 2)" -- ping -D -O -i 0.05 "$(inner 3)" >"$LAB_DIR/ping" 2>&1 &
LAB_PIDS+=($!)
wait_for 10 replied_after "$(now_ms)" || failed "no traffic from leaf 2 to leaf 3"
say "cutting the direct path between leaf 2 and leaf 3, under traffic"
cut_at=$(now_ms)
cut_path 2 3
wait_for 60 replied_after "$cut_at" || failed "traffic did not go on over the router"
failover=$(first_reply_after "$cut_at")
wait_for 10 not_direct 2 3 || failed "leaf 2 still holds leaf 3's address"
say "traffic goes on over the router after $failover ms"
before=$(router_packets)
pings 2 3 10 || failed "no echo over the router"
say "10 echoes: $(($(router_packets) - before)) packets cross the router"

say "healing the path"
heal_at=$(now_ms)
heal_path 2 3
wait_for 60 both_direct 2 3 || failed "the leaves did not become direct again"
recovered=$(($(now_ms) - heal_at))
pings 2 3 3 || failed "no echo after the recovery"
say "direct again after $recovered ms"

# The greatest of all nodes, by process.
worst() {
	local fn=$1 which=$2 i v max=0
	for ((i = 1; i <= N; i++)); do
		v=$("$fn" "$i" "$which")
		[ "${v%.*}" -gt "$max" ] && max=${v%.*}
	done
	echo "$max"
}
if [ -n "$JSON" ]; then
	jq -nc --argjson n "$N" --arg backend "$LAB_BACKEND" \
		--argjson converged "$converged" --argjson failover "$failover" \
		--argjson recovered "$recovered" \
		--argjson r1 "$(worst rss_kib privd)" \
		--argjson r2 "$(worst rss_kib netd)" \
		--argjson r3 "$(worst rss_kib resolver)" \
		--argjson c1 "$(worst cpu_ms privd)" \
		--argjson c2 "$(worst cpu_ms netd)" \
		--argjson c3 "$(worst cpu_ms resolver)" \
		'{n: $n, backend: $backend, converged_ms: $converged,
		failover_ms: $failover, recovered_ms: $recovered,
		rss_kib: {privd: $r1, netd: $r2, resolver: $r3},
		cpu_ms: {privd: $c1, netd: $c2, resolver: $c3}}'
else
	echo
	ctl 1 show
	echo
	ctl 2 show
	echo
	say "converged in $converged ms, failed over in $failover ms, recovered in $recovered ms"
fi
