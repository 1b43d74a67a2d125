#!/usr/bin/env bash
# t_hostile_netd.sh [SEED [MESSAGES]]: an enemy in netd's place, against
# wirelinkd in its sandbox and real WireGuard; each message is judged
# (docs/hostile.md).
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
seed=${1:-$RANDOM}
messages=${2:-500}

# What no message of netd may change.
surroundings() {
	ip_in 1 -o address
	ip_in 1 route show table all
	ip_in 1 -6 route show table all
	ip_in 1 rule
	ip_in 1 -o link | sed 's/ state [A-Z]*//'
}
hostile() {
	in_node 1 "$BUILD/hostile-real" --seed "$seed" --messages "$1" \
		-i "$(wgif 1)" -p "$BUILD/wirelinkd" -d "$LAB_DIR"
}

for p in hostile-real hostile-relay; do
	[ -x "$BUILD/$p" ] || die "$BUILD/$p is missing: run 'make tests'"
done
lab_begin 46
lab_node 1
check hostile-netd-underlay wait_for 10 eval \
	"ip_in 1 -6 -o address show dev eth0 scope link -tentative | grep -q ."
mkdir -p "$LAB_DIR/lib"
cp "$BUILD/hostile-relay" "$LAB_DIR/lib/wirelink-netd"
cp "$BUILD/wirelink-resolver" "$LAB_DIR/lib/wirelink-resolver"
# Once, so that addresses and the address of wirelinkd are there.
check hostile-netd-starts hostile 20
rm -f "$LAB_DIR"/lib/master.sock
surroundings >"$LAB_DIR/before"
check "hostile-netd-seed-$seed" hostile "$messages"
cat "$LAB_DIR/check.out"
surroundings >"$LAB_DIR/after"
check hostile-netd-surroundings-stay diff "$LAB_DIR/before" "$LAB_DIR/after"
cp "$LAB_DIR/log" "$LAB_DIR/log1" 2>/dev/null
finish
