#!/usr/bin/env bash
# Host names in Endpoints are looked up, and one that fails is told once.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_begin 4
lab_hub 2
lab_default_conf 2
# The leaf knows the router's key, but not its address; and somebody of whom
# nothing is known but a name that no server will ever answer for.
in_node 2 wg set "$(wgif 2)" peer "${LAB_PUB[1]}" remove
lab_peer 2 1 10.7.0.0/24
{
	printf '[Peer]\nPublicKey = %s\nEndpoints = router.wirelink.test:51820\n' \
		"${LAB_PUB[1]}"
	printf '[Peer]\nPublicKey = %s\nEndpoints = nobody.invalid:1\n' \
		"$(wg genkey | wg pubkey)"
} | lab_conf 2
# An /etc of its own, in a mount namespace of its own; no name server at all.
cp -a /etc "$LAB_DIR/etc"
rm -f "$LAB_DIR/etc/hosts" "$LAB_DIR/etc/resolv.conf"
echo "$(under4 1) router.wirelink.test" >"$LAB_DIR/etc/hosts"
: >"$LAB_DIR/etc/resolv.conf"
chmod 644 "$LAB_DIR/etc/hosts" "$LAB_DIR/etc/resolv.conf"
daemon_start 1
nsenter "$(net 2)" -- unshare --mount --propagation unchanged bash -c '
	mount --make-rprivate / 2>/dev/null
	mount --bind "$1/etc" /etc && shift && exec "$@"' - \
	"$LAB_DIR" "$BUILD/wirelinkd" -d -v -i "$(wgif 2)" -f "$LAB_DIR/conf2" \
	-R "$LAB_DIR/run" -L "$BUILD" >"$LAB_DIR/log2" 2>&1 &
LAB_DAEMON[2]=$!
check name-is-found wait_for 30 eval "dump 2 | grep -q '$(under4 1):51820'"
check peer-is-alive wait_for 30 log_has 2 "is alive"
check failing-name-is-told wait_for 30 log_has 2 "nobody.invalid"
check failing-name-is-told-once test "$(log_lines 2 'nobody.invalid')" = 1
finish
