#!/usr/bin/env bash
# The interface is renamed, moved to another namespace, and loses IPv6; the
# daemon starts without CAP_NET_ADMIN, and loses it. Each is told in a line of
# its own, once, and nothing of it ends the daemon.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

ipv6() { in_node 3 sysctl -qw "net.ipv6.conf.$(wgif 3).disable_ipv6=$1"; }
# Log line $1 has been written at least $2 times.
said() { [ "$(log_lines 3 "$1")" -ge "$2" ]; }
sysctl_name="net.ipv6.conf.$(wgif 3 | sed 's/^wlw/wl[0-9]*w/').disable_ipv6"
run_daemon() {
	"$@" "$BUILD/wirelinkd" -d -i "$(wgif 3)" -f "$LAB_DIR/conf3" \
		-R "$LAB_DIR/run" -L "$BUILD" >>"$LAB_DIR/log3" 2>&1
}

lab_begin 4
lab_hub 3
lab_default_conf 3
: >"$LAB_DIR/log3"

ipv6 1
run_daemon nsenter "$(net 3)" --
check no-ipv6-is-an-error test $? = 1
check no-ipv6-is-named said "IPv6 is off: set $sysctl_name to 0" 1
for i in 1 2; do daemon_start "$i"; done
daemon_start 3 -w
check no-ipv6-is-waited-for wait_for 10 said "waiting: add address" 1
ipv6 0
check ipv6-is-noticed wait_for 60 both_direct 2 3
pid=${LAB_DAEMON[3]}

ipv6 1
check ipv6-gone-is-said wait_for 10 said \
	"out of use: add address .*set $sysctl_name to 0" 1
nap 5
check ipv6-gone-is-said-once test "$(log_lines 3 'add address .*IPv6')" = 3
ipv6 0
check ipv6-back wait_for 10 said "link up" 2
check ipv6-back-direct wait_for 60 both_direct 2 3

ip_in 3 link set "$(wgif 3)" down
ip_in 3 link set "$(wgif 3)" name other0 up
check renamed-is-said wait_for 10 said "there is no such interface" 1
ip_in 3 link set other0 down
ip_in 3 link set other0 name "$(wgif 3)" up
check renamed-back wait_for 10 said "link up" 3
check renamed-back-direct wait_for 60 both_direct 2 3

ip_in 3 link set "$(wgif 3)" netns "$(ns sw)"
check moved-is-said wait_for 10 said "there is no such interface" 2
ip_in sw link set "$(wgif 3)" netns "$(ns 3)"
ip_in 3 addr add "$(inner 3)/24" dev "$(wgif 3)"
ip_in 3 link set "$(wgif 3)" up
check moved-back wait_for 10 said "link up" 4
check moved-back-direct wait_for 60 both_direct 2 3
check same-process kill -0 "$pid"

# Rights that are lost: the kernel's answer is told once, and the device
# stays as it is.
dump 3 | cut -f 1,4 | sort >"$LAB_DIR/before"
check rights-are-taken "$BUILD/dropcap" "$pid"
check rights-are-gone eval "grep -q '^CapEff:.0*\$' /proc/$pid/status"
check lost-rights-are-said wait_for 20 said \
	"out of use: WireGuard (kernel): CAP_NET_ADMIN is missing" 1
# Before leaf 2, which no longer hears it, goes over the router.
check lost-rights-echo pings 3 2
before=$(cpu_ms 3 privd)
nap 20
check lost-rights-are-said-once test \
	"$(log_lines 3 'CAP_NET_ADMIN is missing')" = 1
check lost-rights-no-spinning test $(($(cpu_ms 3 privd) - before)) -lt 500
check lost-rights-it-lives kill -0 "$pid"
check lost-rights-netd-says-so eval '[ "$(ctl 3 -j show self |
	jq .self.up)" = false ]'
dump 3 | cut -f 1,4 | sort >"$LAB_DIR/after"
check lost-rights-tunnel-stays cmp "$LAB_DIR/before" "$LAB_DIR/after"
daemon_stop 3

run_daemon nsenter "$(net 3)" -- setpriv --bounding-set -net_admin
check without-rights-is-an-error test $? = 1
check without-rights-is-named said \
	"$(wgif 3): WireGuard (kernel): CAP_NET_ADMIN is missing" 1
finish
