#!/usr/bin/env bash
# What the running processes may do, as the kernel tells it, and what they
# weigh; and that no secret lies in the memory of those that parse.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

field() { awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status"; }
none() { [ "$(field "$1" "$2")" = 0000000000000000 ]; }
# Sockets of process $1 that are of the netlink family.
netlink_sockets() {
	local inodes
	inodes=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' |
		tr -dc '0-9\n')
	awk 'NR > 1 { print $10 }' "/proc/$1/net/netlink" |
		grep -cxF -f <(echo "$inodes")
}

lab_begin 4
lab_hub 3
lab_default_conf 3
printf '[Link]\nControlGroup = daemon\n' >>"$LAB_DIR/conf2"
for i in 1 2 3; do daemon_start "$i"; done
check converge wait_for 60 both_direct 2 3
privd=$(daemon_pid 2 privd)
netd=$(daemon_pid 2 netd)
resolver=$(daemon_pid 2 resolver)

check netd-user eval "[ $(field "$netd" Uid) = $(id -u _wirelink) ]"
check netd-group eval "[ $(field "$netd" Gid) = $(id -g _wirelink) ]"
check resolver-user eval "[ $(field "$resolver" Uid) = $(id -u _wirelinkr) ]"
for cap in CapInh CapPrm CapEff CapBnd CapAmb; do
	check "netd-$cap" none "$netd" "$cap"
	check "resolver-$cap" none "$resolver" "$cap"
done
check control-socket eval \
	'[ "$(stat -c "%U %G %a" "$LAB_DIR/run/$(wgif 2).sock")" = "_wirelinkp daemon 660" ]'
check privd-CapEff eval "[ $(field "$privd" CapEff) = 0000000000001000 ]"
check privd-CapPrm eval "[ $(field "$privd" CapPrm) = 0000000000001000 ]"
check privd-CapBnd none "$privd" CapBnd
root=$(readlink -f /var/run/wireguard)
[ "$LAB_BACKEND" = kernel ] && root=$LAB_DIR/run/empty
check privd-root test "$(readlink "/proc/$privd/root")" = "$root"
[ "$LAB_BACKEND" = kernel ] &&
	check privd-user eval "[ $(field "$privd" Uid) = $(id -u _wirelinkp) ]"
for pid in "$privd" "$netd" "$resolver"; do
	check "seccomp-$pid" eval "[ $(field "$pid" Seccomp) = 2 ]"
	check "no-new-privs-$pid" eval "[ $(field "$pid" NoNewPrivs) = 1 ]"
done
# What each process has measured itself, and the kernel's own word.
ctl_sandbox() {
	"$BUILD/wirelinkctl" -R "$LAB_DIR/run" -i "$(wgif 2)" -j show sandbox
}
check three-tell wait_for 5 eval '[ "$(ctl_sandbox | jq ".sandboxes | length")" = 3 ]'
told=$(ctl_sandbox)
told() { jq -r ".sandboxes[] | select(.process == \"$1\") | .$2" <<<"$told"; }
for p in privd netd resolver; do
	pid=$(daemon_pid 2 "$p")
	check "$p-tells-uid" eval "[ $(told "$p" uid) = $(field "$pid" Uid) ]"
	check "$p-tells-gid" eval "[ $(told "$p" gid) = $(field "$pid" Gid) ]"
	check "$p-tells-capabilities" eval \
		"[ $(told "$p" capabilities) = $((0x$(field "$pid" CapPrm))) ]"
	check "$p-tells-bounding" eval "[ $(told "$p" bounding) = 0 ]"
	check "$p-tells-filter" eval "[ $(told "$p" filter) = enforce ]"
	check "$p-tells-dumpable" eval "[ $(told "$p" dumpable) = false ]"
	check "$p-tells-no-new-privs" eval "[ $(told "$p" no_new_privs) = true ]"
	check "$p-tells-files" eval "[ $(told "$p" max_files) = \
		$(awk '/open files/ { print $5 }' "/proc/$pid/limits") ]"
done
check privd-tells-root eval "[ $(told privd own_root) = true ]"
check netd-tells-root eval "[ $(told netd own_root) = true ]"
check resolver-tells-root eval "[ $(told resolver own_root) = false ]"
for p in wirelinkd netd resolver; do
	check "$p-is-logged" grep -q "sandbox of $p: uid" "$LAB_DIR/log2"
done

check netd-root eval '[ "$(readlink "/proc/$netd/root")" = "$LAB_DIR/run/empty" ]'
check netd-root-is-empty eval '[ -z "$(ls -A "/proc/$netd/root/")" ]'
check netd-no-netlink-socket eval '[ "$(netlink_sockets "$netd")" = 0 ]'
check privd-has-netlink-sockets eval '[ "$(netlink_sockets "$privd")" != 0 ]'

total=0
for p in privd netd resolver; do
	total=$((total + $(rss_kib 2 "$p")))
done
echo "# resident: $total KiB (privd $(rss_kib 2 privd), netd $(rss_kib 2 netd), resolver $(rss_kib 2 resolver))"
check resident-under-8-MiB test "$total" -lt 8192

# The private key of leaf 2 and what it shares with each peer.
set -- "$LAB_DIR/key2"
for i in 1 3; do set -- "$@" "${LAB_PUB[$i]}"; done
check secrets-are-found-in-privd refute "$BUILD/memscan" "$privd" "$@"
check no-secret-in-netd "$BUILD/memscan" "$netd" "$@"
check no-secret-in-resolver "$BUILD/memscan" "$resolver" "$@"
finish
