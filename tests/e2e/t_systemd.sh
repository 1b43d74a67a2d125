#!/usr/bin/env bash
# What systemd is given and told, on a host where it need not run: the units
# and their drop-ins are sound, sysusers and tmpfiles make what they should, and
# the manager, played by a program, hears of start, watchdog and end.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin
[ -x "$BUILD/notified" ] || die "$BUILD/notified is missing: run 'make tests'"
etc=privd/etc
units=$LAB_DIR/units root=$LAB_DIR/root

silent() {
	"$@" >"$LAB_DIR/silent" 2>&1 || return 1
	cat "$LAB_DIR/silent"
	[ ! -s "$LAB_DIR/silent" ]
}
verify() {
	SYSTEMD_UNIT_PATH=$units: systemd-analyze verify --man=no "$1"
}
made() { [ "$(cd "$root" && stat -c '%F %a' "$1")" = "directory $2" ]; }

if command -v systemd-analyze >/dev/null && [ -d "$etc" ]; then
	mkdir -p "$units" "$root/etc"
	for u in "$etc"/systemd/*@.*; do
		sed "s,@[A-Z]*DIR@,$(cd "$BUILD" && pwd)," "$u" \
			>"$units/${u##*/}"
	done
	# A complaint alone does not make it fail.
	for u in wirelinkd@wg0.service wirelink-netd@wg0.{service,socket} \
		wirelink-resolver@wg0.{service,socket} \
		wirelink-metrics@wg0.{service,timer}; do
		check "systemd-$u" silent verify "$units/$u"
	done
	for u in "$etc"/systemd/*.conf; do
		n=${u##*/}
		mkdir "$units/wirelinkd@${n%.conf}.service.d"
		sed "s,@SBINDIR@,$(cd "$BUILD" && pwd)," "$u" \
			>"$units/wirelinkd@${n%.conf}.service.d/$n"
		check "systemd-drop-in-${n%.conf}" silent verify \
			"$units/wirelinkd@${n%.conf}.service"
	done
	check systemd-sysusers systemd-sysusers --root="$root" \
		"$PWD/$etc/sysusers.d/wirelink.conf"
	check systemd-users test 3 = "$(grep -c \
		'^_wirelink[pr]*:.*nologin$' "$root/etc/passwd")"
	check systemd-tmpfiles silent systemd-tmpfiles --root="$root" \
		--create "$PWD/$etc/tmpfiles.d/wirelink.conf"
	check systemd-tmpfiles-run made run/wirelink 1775
	check systemd-tmpfiles-empty made run/wirelink/empty 755
else
	echo "skipped systemd-analyze: not installed"
fi

# manager NAME: a socket, and a file of what is said to it.
manager() {
	told=$LAB_DIR/told-$1
	export NOTIFY_SOCKET=$LAB_DIR/notify-$1
	"$BUILD/notified" "$NOTIFY_SOCKET" >"$told" &
	LAB_PIDS+=($!)
	wait_for 10 test -S "$NOTIFY_SOCKET" || die "no socket of the manager"
}
count() { grep -c "^$1\$" "$told"; }
more_than() { [ "$(count "$2")" -gt "$1" ]; }
first() { [ "$(head -n 1 "$told")" = "$1" ]; }
last() { [ "$(tail -n 1 "$told")" = "$1" ]; }

lab_node 1
lab_conf 1 </dev/null
export WATCHDOG_USEC=1000000
manager 1
daemon_start 1
check notify-ready wait_for 10 first READY=1
check notify-watchdog wait_for 10 more_than 1 WATCHDOG=1
netd=$(daemon_pid 1 netd)
kill -STOP "$netd"
check notify-netd-stuck wait_for 40 log_has 1 'netd is silent'
before=$(count WATCHDOG=1)
# Longer than from one word to the next: what might come would have come.
nap 1.2
check notify-not-while-stuck test "$before" = "$(count WATCHDOG=1)"
kill -CONT "$netd"
check notify-netd-alive wait_for 20 more_than "$before" WATCHDOG=1
daemon_stop 1
check notify-stopping last STOPPING=1
check notify-ready-once test 1 = "$(count READY=1)"

# It is ready to wait, too.
manager 2
ip_in 1 link set "$(wgif 1)" down
daemon_start 1 -w
check notify-ready-waiting wait_for 10 first READY=1
check notify-watchdog-waiting wait_for 10 more_than 1 WATCHDOG=1
daemon_stop 1
check notify-stopping-waiting last STOPPING=1

# Without -w it says so only when it runs.
manager 3
daemon_start 1
wait "${LAB_DAEMON[1]}"
unset 'LAB_DAEMON[1]'
check notify-not-ready test 0 = "$(count READY=1)"
finish
