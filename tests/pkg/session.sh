#!/usr/bin/env bash
# make session: a newcomer's first quarter of an hour, as docs/session.md has
# it: the Debian package on a host that has never seen wirelink, in a network
# whose others run it. The host is this one's files with an empty layer over
# them, its network a namespace; both go at the end. What is typed and what
# comes of it go to the standard output.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# The rest runs in a mount namespace of its own, which takes with it what is
# mounted on this directory.
if [ "${1:-}" != inside ]; then
	layer=$(mktemp -d /tmp/wirelink-session.XXXXXX)
	unshare --mount --propagation private "$0" inside "$layer"
	status=$?
	rmdir "$layer"
	exit $status
fi
layer=$2
deb=$(echo "$BUILD"/wirelink_*.deb)
[ -e "$deb" ] || die "no package: run 'make deb'"

lab_begin
lab_hub 4
lab_netns 5
lab_names 4 | lab_conf 1
for i in 2 3 4; do
	printf '[Policy]\nMembership = routers\n' | lab_conf "$i"
done
for i in 1 2 3 4; do daemon_start "$i"; done

# The newcomer's host, node 5.
mount -t tmpfs layer "$layer"
root=$layer/root
mkdir "$layer/upper" "$layer/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" \
	overlay "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs run "$root/run"
mount -t tmpfs tmp "$root/tmp"
mount -t tmpfs dev "$root/dev"
mkdir "$root/dev/net"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/urandom" c 1 9
mknod -m 666 "$root/dev/net/tun" c 10 200
ln -s /proc/self/fd "$root/dev/fd"
host() { nsenter "$(net 5)" -- chroot "$root" "$@"; }
for user in _wirelinkp _wirelink _wirelinkr; do
	host userdel "$user" 2>/dev/null
done
rm -rf "$root"/etc/wirelink "$root"/etc/rc.d "$root"/etc/rc.conf.local
mkdir -p "$root/etc/wireguard" "$root/run/wireguard" "$root/root"
cp "$deb" "$root/root/"
ip_in sw link add name p5 type veth peer name eth0 netns "$(ns 5)"
ip_in sw link set p5 master br0 up
ip_in 5 addr add "$(under4 5)/24" dev eth0
ip_in 5 link set eth0 up
lab_key 5
lab_peer 1 5 10.7.0.5/32
cat >"$root/etc/wireguard/wg0.conf" <<END
[Interface]
PrivateKey = $(cat "$LAB_DIR/key5")
ListenPort = 51820
Address = 10.7.0.5/24

# hub
[Peer]
PublicKey = ${LAB_PUB[1]}
Endpoint = $(endpoint 1)
AllowedIPs = 10.7.0.0/24
END
chmod 600 "$root/etc/wireguard/wg0.conf"

# What wg-quick would do with it.
if [ "$LAB_BACKEND" = kernel ]; then
	ip_in 5 link add name wg0 type wireguard
else
	WG_PROCESS_FOREGROUND=1 LOG_LEVEL=error nsenter "$(net 5)" -- \
		chroot "$root" wireguard-go -f wg0 >"$LAB_DIR/wg5.log" 2>&1 &
	LAB_PIDS+=($!)
	wait_for 10 test -S "$root/run/wireguard/wg0.sock" ||
		die "wireguard-go did not start"
fi
host bash -c 'wg setconf wg0 <(wg-quick strip wg0)' ||
	die "the interface could not be set up"
ip_in 5 addr add 10.7.0.5/24 dev wg0
ip_in 5 link set wg0 up
# Somebody's firewall: nothing passes between the newcomer and leaf 4.
cut_path 4 5

# types LINE: shows it, does it; a blank line between two.
types() {
	[ "$typed" = 0 ] || printf '\n'
	typed=1
	printf '# %s\n' "$1"
	host bash -c "cd /root && export HOME=/root PATH LC_ALL=C && $1" 2>&1 |
		sed 's/[[:space:]]*$//'
}
# waits SECONDS COMMAND: silently, until it succeeds.
waits() {
	local s=$1
	shift
	wait_for "$s" host bash -c "$*" >/dev/null 2>&1 ||
		die "waited in vain for: $*"
}
# says WORDS, then what is typed up to end_typed.
says() {
	printf '\n%s\n' "$*" | fold -s -w 79 | sed 's/ $//'
	printf '\n```\n'
	typed=0
}
end_typed() { printf '```\n'; }

stop() {
	local status=$?
	host /etc/rc.d/wirelinkd stop >/dev/null 2>&1
	(exit "$status")
	lab_end
}
trap stop EXIT

. tests/pkg/session_lines.sh
cp "$root/root/graph.svg" "${SESSION_SVG:-/dev/null}"
