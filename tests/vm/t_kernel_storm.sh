#!/usr/bin/env bash
# More changes of addresses than the kernel can keep for a daemon that is
# stopped: it finds out, and then knows the host as it is.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# Messages that the kernel dropped for process $1's rtnetlink socket.
dropped() {
	awk -v pid="$1" '$2 == 0 && $4 != "00000000" { n += $9 }
		END { print n + 0 }' "/proc/$1/net/netlink"
}
states() { ctl 2 -j show facts | jq -r '.facts[] | select(.local) | .value' |
	grep -qF "$1"; }
storm() {
	awk 'BEGIN { for (i = 0; i < 600; i++) {
		a = "198.18." int(i / 250) "." i % 250 "/32 dev eth0"
		print "addr add " a
		print "addr del " a } }'
	echo "addr add $(under4 102)/24 dev eth0"
	echo "addr del $(under4 2)/24 dev eth0"
	# Removing the first one removes the second of the same network.
	echo "addr replace $(under4 102)/24 dev eth0"
}

lab_begin 4
lab_hub 2
lab_default_conf 2
for i in 1 2; do daemon_start "$i"; done
check states-its-address wait_for 30 states "$(under4 2):51820"
pid=$(daemon_pid 2 privd)
kill -STOP "$pid"
storm >"$LAB_DIR/batch"
check storm ip_in 2 -batch "$LAB_DIR/batch"
check events-were-dropped eval '[ "$(dropped "$pid")" -gt 0 ]'
kill -CONT "$pid"
check states-the-new-address wait_for 10 states "$(under4 102):51820"
check not-the-old-one wait_for 10 refute states "$(under4 2):51820"
check none-of-the-storm refute states "198.18."
check it-lives kill -0 "$pid"
check link-works wait_for 60 pings 2 1
finish
