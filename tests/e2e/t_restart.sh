#!/usr/bin/env bash
# Nodes restart, and are killed in the middle of everything.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin 4
lab_hub 3
lab_default_conf 3
for i in 1 2 3; do daemon_start "$i"; done
check converge wait_for 60 both_direct 2 3

daemon_stop 3
check stopped-tunnel-keeps-its-state both_direct 2 3
check stopped-echo pings 2 3 3
daemon_start 3
check restart-is-noticed wait_for 30 log_has 2 "has restarted"
check restart-keeps-links both_direct 2 3
check restart-no-fallback refute log_has 2 "over the router"

netd=$(daemon_pid 3 netd)
resolver=$(daemon_pid 3 resolver)
lab_crash "${LAB_DAEMON[3]}"
check killed-netd-ends wait_for 10 gone "$netd"
check killed-resolver-ends wait_for 10 gone "$resolver"
check killed-tunnel-keeps-its-state both_direct 2 3
check killed-echo pings 2 3 3
daemon_start 3
check restart-after-kill wait_for 30 eval "ctl 3 show | grep -q 'leaf2 .*direct'"

# What the run before had added is still known as ours: it may be withdrawn.
cut_path 2 3
nsenter "$(net 3)" -- ping -q -i 0.05 "$(inner 2)" >/dev/null 2>&1 &
LAB_PIDS+=($!)
check ledger-allows-withdrawal wait_for 60 eval 'not_direct 2 3 && not_direct 3 2'
check echo-over-the-router wait_for 20 pings 3 2

netd=$(daemon_pid 3 netd)
pid=${LAB_DAEMON[3]}
kill -9 "$netd"
check netd-killed-all-end wait_for 10 gone "$pid"
wait "$pid"
check netd-killed-status test $? = 1
check netd-killed-is-said log_has 3 "netd"
daemon_start 3
check restart-after-netd wait_for 30 ctl 3 show
kill -9 "$(daemon_pid 3 resolver)"
check resolver-killed-all-end wait_for 10 gone "${LAB_DAEMON[3]}"
finish
