#!/usr/bin/env bash
# The three services as systemd starts them, none of them ever root: a systemd
# in a PID namespace of its own runs them on node 2, beside two nodes that were
# started as root.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

if [ ! -x /lib/systemd/systemd ]; then
	echo "skipped t_units: the host has no systemd"
	exit 0
fi
lab_begin 4
lab_hub 3
lab_default_conf 3
if=$(wgif 2)
system=$LAB_DIR/system

# What make install does, into the machine's own places.
install_units() {
	local f
	mkdir -p "$system" /etc/wirelink /usr/libexec/wirelink
	cp "$BUILD/wirelinkd" "$BUILD/wirelinkctl" /usr/bin/
	cp "$BUILD"/wirelink-{netd,resolver} /usr/libexec/wirelink/
	for f in privd/etc/systemd/wirelink{d,-netd,-resolver}@.*; do
		sed -e 's,@SBINDIR@,/usr/bin,' \
			-e 's,@LIBEXECDIR@,/usr/libexec/wirelink,' "$f" \
			>"$system/${f##*/}"
	done
	for f in wirelinkd wirelink-netd wirelink-resolver; do
		mkdir "$system/$f@.service.d"
		printf '[Service]\nStandardError=append:%s\n' "$LAB_DIR/log-$f" \
			>"$system/$f@.service.d/log.conf"
	done
	(umask 027 && cat "$LAB_DIR/conf2" >"/etc/wirelink/$if.conf")
	chown :_wirelinkp "/etc/wirelink/$if.conf"
	systemd-tmpfiles --create "$PWD/privd/etc/tmpfiles.d/wirelink.conf"
}

# Its first process; all that it starts ends with it, and it with the scenario.
systemd_start() {
	[ -d /sys/fs/cgroup/units ] ||
		mount -t cgroup2 cgroup /sys/fs/cgroup || die "no cgroups"
	mkdir -p /sys/fs/cgroup/units /etc/systemd/system
	: >"$LAB_DIR/log-systemd"
	cat >"$LAB_DIR/first" <<-END
		set -e
		umount /sys/fs/cgroup
		mount -t cgroup2 cgroup /sys/fs/cgroup
		mount --bind "$system" /etc/systemd/system
		mount --bind "$LAB_DIR/log-systemd" /dev/console
		# The initramfs is no root that can be left, as its sandboxes
		# do: what they make would stay beneath it.
		mkdir "$LAB_DIR/root"
		mount --rbind / "$LAB_DIR/root"
		cd "$LAB_DIR/root"
		mount --move . /
		export container=lab
		exec chroot . /lib/systemd/systemd --unit=basic.target \
			--log-target=console
	END
	# shellcheck disable=SC2016 # expanded there
	nsenter "$(net 2)" -- bash -c '
		echo $$ >/sys/fs/cgroup/units/cgroup.procs
		exec unshare --cgroup --mount --pid --fork --mount-proc \
			--kill-child bash "$0"' "$LAB_DIR/first" &
	LAB_PIDS+=($!)
	wait_for 60 eval 'first=$(first_of '$!') && manager is-active basic.target' ||
		die "systemd does not run: $(tail "$LAB_DIR/log-systemd")"
}
first= # process of its namespace
# The child of unshare.
first_of() { tr -dc 0-9 <"/proc/$1/task/$1/children" | grep .; }
manager() { nsenter -t "$first" -m -p systemctl "$@"; }

state() { manager show -P ActiveState "$1@$if"; }
is() { [ "$(state "$1")" = "$2" ]; }
all_active() {
	local u
	for u in $services; do is "$u" active || return 1; done
}
# The process of a service, by this side's number.
pid_of() {
	cat "/sys/fs/cgroup/units/system.slice/system-$(systemd_name "$1").slice/$1@$if.service/cgroup.procs"
}
systemd_name() { echo "${1//-/\\x2d}"; }
field() { awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status"; }
has() { [ "$(field "$(pid_of "$1")" "$2")" = "$3" ]; }
renewed() { all_active && [ "$(pid_of wirelinkd)" != "$1" ]; }
linked() { both_direct 2 3; }
ctl2() { "$BUILD/wirelinkctl" -i "$if" "$@"; }
told() {
	ctl2 -j show sandbox | jq -r ".sandboxes[] |
		select(.process == \"$1\") | .$2"
}

services="wirelinkd wirelink-netd wirelink-resolver"
install_units
daemon_start 1
daemon_start 3
systemd_start
check start manager start "wirelinkd@$if"
check active all_active
check converge wait_for 60 linked

# Nobody is root, and what each may do is what it should be.
check user-wirelinkd has wirelinkd Uid "$(id -u _wirelinkp)"
check user-netd has wirelink-netd Uid "$(id -u _wirelink)"
check user-resolver has wirelink-resolver Uid "$(id -u _wirelinkr)"
for u in $services; do
	caps=0000000000000000
	[ "$u" = wirelinkd ] && caps=0000000000001000
	for c in CapPrm CapEff CapBnd; do
		check "$u-$c" has "$u" "$c" "$caps"
	done
	check "$u-CapAmb" has "$u" CapAmb 0000000000000000
	check "$u-no-new-privs" has "$u" NoNewPrivs 1
	check "$u-seccomp" has "$u" Seccomp 2
done
for p in privd netd resolver; do
	check "$p-landlock" eval "[ \"\$(told $p landlock)\" = true ]"
	check "$p-filter" eval "[ \"\$(told $p filter)\" = enforce ]"
	check "$p-not-dumpable" eval "[ \"\$(told $p dumpable)\" = false ]"
done
netd=$(pid_of wirelink-netd)
check netd-other-network test "$(readlink "/proc/$netd/ns/net")" != \
	"$(readlink "/proc/$(pid_of wirelinkd)/ns/net")"
check netd-no-etc test ! -e "/proc/$netd/root/etc/wirelink"
check control-socket test \
	"$(stat -c '%U %a' "/run/wirelink/$if.sock")" = "_wirelinkp 600"
for s in netd resolver; do
	check "$s-socket" test "$(stat -c '%U %a' "/run/wirelink/.$if.$s")" = \
		"_wirelinkp 600"
done
check not-by-others eval '! setpriv --reuid _wirelink --clear-groups \
	"$BUILD/wirelinkctl" -i "$if" show'

# What people do with it.
printf '[Peer]\nPublicKey = %s\nName = third\n' "${LAB_PUB[3]}" \
	>>"/etc/wirelink/$if.conf"
check reload manager reload "wirelinkd@$if"
check reloaded wait_for 20 eval 'ctl2 show | grep -q third'
check reload-by-ctl ctl2 reload
for u in $services; do
	old=$(pid_of wirelinkd)
	kill -9 "$(pid_of "$u")"
	check "$u-killed-all-anew" wait_for 60 renewed "$old"
	check "$u-killed-converge" wait_for 60 linked
done
old=$(pid_of wirelinkd)
check restart manager restart "wirelinkd@$if"
check restarted renewed "$old"
check restart-converge wait_for 60 linked
sed -i '1i [Link]\nControlGroup = daemon' "/etc/wirelink/$if.conf"
mkdir -p "$system/wirelinkd@$if.service.d"
sed 's/=adm/=daemon/' privd/etc/systemd/control-group.conf \
	>"$system/wirelinkd@$if.service.d/control-group.conf"
manager daemon-reload
check group-restart manager restart "wirelinkd@$if"
check group-socket test \
	"$(stat -c '%G %a' "/run/wirelink/$if.sock")" = "daemon 660"
check group-looks setpriv --reuid _wirelinkr --regid daemon --clear-groups \
	"$BUILD/wirelinkctl" -i "$if" show
check stop manager stop "wirelinkd@$if"
for u in $services; do
	check "$u-stopped" wait_for 20 is "$u" inactive
done
check sockets-gone eval '! ls /run/wirelink/.*.{netd,resolver} 2>/dev/null'

# From one way of starting to the other, and back, on the same files.
nsenter "$(net 2)" -- "$BUILD/wirelinkd" -d -i "$if" -L "$BUILD" \
	>"$LAB_DIR/log2" 2>&1 &
LAB_DAEMON[2]=$!
check by-root wait_for 20 log_has 2 ' runs: '
check by-root-converge wait_for 60 linked
daemon_stop 2
check by-systemd-again manager start "wirelinkd@$if"
check by-systemd-converge wait_for 60 linked

# Left for good: it ends, and isn't started again.
check eject ctl2 eject -o "$LAB_DIR/wg.conf"
check ejected wait_for 20 is wirelinkd inactive
check ejected-file grep -q "${LAB_PUB[3]}" "$LAB_DIR/wg.conf"
check ejected-links linked

# As for a WireGuard in userspace: root's again, the other two its children.
sed 's,@SBINDIR@,/usr/bin,' privd/etc/systemd/userspace.conf \
	>"$system/wirelinkd@$if.service.d/userspace.conf"
sed -i 's,-d -w -i,-d -w -L /usr/libexec/wirelink -i,' \
	"$system/wirelinkd@$if.service.d/userspace.conf"
manager daemon-reload
check root-starts manager start "wirelinkd@$if"
check root-converge wait_for 60 linked
check root-three-processes test 3 = "$(pid_of wirelinkd | wc -l)"
uids=$(for pid in $(pid_of wirelinkd); do field "$pid" Uid; done | sort)
check root-users test "$uids" = "$(for u in _wirelinkp _wirelink _wirelinkr; do
	id -u "$u"; done | sort)"
check root-reload manager reload "wirelinkd@$if"
check root-stop manager stop "wirelinkd@$if"
rm "$system/wirelinkd@$if.service.d/userspace.conf"
manager daemon-reload

# What a new user gets wrong.
chmod 600 "/etc/wirelink/$if.conf"
check unreadable-does-not-start eval '! manager start "wirelinkd@$if"'
check unreadable-says-why grep "$if.conf.*Permission denied" \
	"$LAB_DIR/log-wirelinkd"
ip link add wlother type bridge
ip link set wlother up
check elsewhere-says-why eval 'setpriv --inh-caps +net_admin \
	--ambient-caps +net_admin --reuid _wirelinkp --regid _wirelinkp \
	--clear-groups "$BUILD/wirelinkd" -s -i wlother 2>&1 |
	grep "the kernel has none there; .* see -s"'
ip link del wlother
finish
