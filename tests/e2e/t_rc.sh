#!/usr/bin/env bash
# The rc.d script with our rc.subr, as installed: start, check, configtest,
# restart, stop, twice, with a broken configuration, on two interfaces.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

if ! command -v make >/dev/null || [ ! -e Makefile ]; then
	echo "skipped rc: nothing here to install it with"
	exit 0
fi
lab_begin
root=$LAB_DIR/root
rcdir=$root/etc/rc.d

# What has been started is no child of ours.
ended() {
	local status=$? script
	for script in "$rcdir"/wirelinkd_*; do
		in_node 1 "$script" stop >/dev/null 2>&1
	done
	(exit "$status")
	lab_end
}
trap ended EXIT

# Installed for /, then told where that is.
env -u MAKEFLAGS -u MFLAGS make install DESTDIR="$root" BUILD="$BUILD" \
	PREFIX=/usr/local SYSCONFDIR=/etc RCDIR=/etc/rc.d \
	OPENRCDIR=/etc/init.d \
	>"$LAB_DIR/log-install" 2>&1 || die "$(cat "$LAB_DIR/log-install")"
sed -i "s,/etc/rc\.,$root&,g; s,/usr/local/sbin,$root&,; s,/run/rc,$root&,g" \
	"$rcdir/wirelinkd" "$rcdir/rc.subr" "$root/etc/init.d/wirelinkd"

lab_node 1
lab_node 2
a=$(wgif 1) b=$(wgif 2)
# Both interfaces on one host.
ip_in 2 link set "$b" netns "$(ns 1)"
ip_in 1 addr add 10.8.0.1/24 dev "$b"
ip_in 1 link set "$b" up
printf '[Policy]\nMembership = routers\n' | lab_conf 1
printf '[Policy]\nMembership = none\n' | lab_conf 2

flags() {
	echo "-i $(wgif "$1") -f $LAB_DIR/conf$1 -R $LAB_DIR/run" \
		"-L $root/usr/local/libexec/wirelink"
}
settings() {
	cat <<-END
		# wirelinkd_${a}_flags="-i nothing"
		wirelinkd_flags=NO
		wirelinkd_${a}_flags="$(flags 1)${1:-}"	# the first
		wirelinkd_${b}_flags='$(flags 2)'
		wirelinkd_wg-1_flags=-f $LAB_DIR/conf3 # no variable's name
		wirelinkd_${a}_timeout=60
	END
}
settings >"$root/etc/rc.conf.local"
for name in "$a" "$b" wg-1 wg9; do
	ln -s wirelinkd "$rcdir/wirelinkd_$name"
done

# rc INTERFACE COMMAND...: says what the script says, in its status too.
rc() {
	local name=wirelinkd_$1
	shift
	in_node 1 "$rcdir/$name" "$@"
}
# says PATTERN STATUS COMMAND...
says() {
	local pattern=$1 wanted=$2 status
	shift 2
	"$@" >"$LAB_DIR/said" 2>&1
	status=$?
	cat "$LAB_DIR/said"
	[ "$status" = "$wanted" ] && grep -q -- "$pattern" "$LAB_DIR/said"
}
pids() { pgrep -xf "$root/usr/local/sbin/wirelinkd $(flags "$1")${2:-}"; }
serves() { "$BUILD/wirelinkctl" -R "$LAB_DIR/run" -i "$(wgif "$1")" show self; }
routes() { serves "$1" | grep -q ', router'; }
same_pid() { [ -n "$(pids 1)" ] && [ "$(pids 1)" = "$pid" ]; }
one_pid() { [ "$(pids 1 | wc -l)" = 1 ]; }
one_new_pid() { [ "$(pids 1 "${1:-}" | wc -l)" = 1 ] && ! same_pid; }
broken() { printf '[Policy]\nMembership = all\n' | lab_conf "$1"; }
good() { printf '[Policy]\nMembership = routers\n' | lab_conf "$1"; }

check rc-no-command says usage 1 rc "$a" dance
check rc-not-enabled says 'wirelinkd_flags=NO' 1 \
	in_node 1 "$rcdir/wirelinkd" start
check rc-check-stopped says "wirelinkd_$a(failed)" 1 rc "$a" check
check rc-configtest says "wirelinkd_$a(ok)" 0 rc "$a" configtest
check rc-configtest-debug says 'configuration OK' 0 rc "$a" -d configtest
check rc-configtest-default says 'configuration OK' 0 rc wg9 -d configtest
check rc-start says "wirelinkd_$a(ok)" 0 rc "$a" start
check rc-started serves 1
check rc-check says "wirelinkd_$a(ok)" 0 rc "$a" check
# What it has forked bears its name until it is gone, or another program.
check rc-one-process wait_for 10 one_pid
pid=$(pids 1)
check rc-start-twice says "wirelinkd_$a(ok)" 0 rc "$a" start
check rc-still-the-first same_pid
check rc-of-another-network says failed 1 \
	in_node 2 "$rcdir/wirelinkd_$a" check
check rc-second says "wirelinkd_$b(ok)" 0 rc "$b" start
check rc-second-started serves 2
check rc-second-stop says "wirelinkd_$b(ok)" 0 rc "$b" stop
check rc-second-stopped refute pids 2
check rc-first-stays same_pid
printf '[Link]\nRouter = no\n' | lab_conf 1
check rc-before-reload routes 1
check rc-reload says "wirelinkd_$a(ok)" 0 rc "$a" reload
check rc-reloaded wait_for 10 refute routes 1
check rc-reload-keeps-it same_pid
broken 1
check rc-broken-reload says 'conf1:2:' 1 rc "$a" reload
good 1
check rc-stopped-reload says "wirelinkd_$b(failed)" 1 rc "$b" reload
check rc-restart says "wirelinkd_$a(ok)" 0 rc "$a" restart
check rc-restarted wait_for 10 one_new_pid
pid=$(pids 1)
broken 1
check rc-broken-configtest says 'conf1:2:' 1 rc "$a" configtest
check rc-broken-restart says 'conf1:2:' 1 rc "$a" restart
check rc-broken-stays same_pid
good 1
# The flags change: the one that runs with the old ones is still found.
settings ' -v' >"$root/etc/rc.conf.local"
check rc-flags-check says ok 0 rc "$a" check
check rc-flags-restart says "wirelinkd_$a(ok)" 0 rc "$a" restart
check rc-flags-old-gone refute pids 1
check rc-flags-new wait_for 10 one_new_pid ' -v'
check rc-stop says "wirelinkd_$a(ok)" 0 rc "$a" stop
check rc-stopped refute pids 1 ' -v'
check rc-stop-twice says "wirelinkd_$a(ok)" 0 rc "$a" stop
broken 1
check rc-broken-start says "wirelinkd_$a(failed)" 1 rc "$a" start
check rc-broken-says-why grep -q 'conf1:2:' "$LAB_DIR/said"
check rc-broken-not-started refute pids 1 ' -v'
# OpenRC's service, without OpenRC: what it would be told.
# openrc NAME [SETTING]: the command, after the check before the start.
openrc() {
	env ${2:+"$2"} RC_SVCNAME="$1" sh -c '. "$0" && start_pre &&
		echo "$command $command_args"' \
		"$root/etc/init.d/wirelinkd"
}
check openrc-name says '/sbin/wirelinkd -w -i wg7$' 0 openrc wirelinkd.wg7
check openrc-default says ' -w -i wg0$' 0 openrc wirelinkd
check openrc-setting says 'conf1:2:' 1 openrc wirelinkd \
	command_args="-i wg0 -f $LAB_DIR/conf1"
broken 3
check rc-odd-name says 'conf3:2:' 1 rc wg-1 configtest
finish
