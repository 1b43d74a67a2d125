#!/usr/bin/env bash
# What wirelinkd -n says of good and bad configurations.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_alone
key=$(wg genkey | wg pubkey)
file=$LAB_DIR/conf

# bad NAME PATTERN: standard input is refused with a line like PATTERN.
bad() {
	cat >"$file"
	chmod 600 "$file"
	refused "$1" "$2"
}
refused() {
	local out status
	out=$("$BUILD/wirelinkd" -n -f "$file" 2>&1)
	status=$?
	# shellcheck disable=SC2254
	case $status:$out in
	1:*$2*) echo "ok config-$1" ;;
	*)
		echo "not ok config-$1: status $status: $out"
		FAILED=$((FAILED + 1))
		;;
	esac
}

printf '# all of it\n[Link]\nRouter = auto\n[Policy]\nMembership = routers\nMaxPeers = 20\nAllowedPrefixes = 10.0.0.0/8, fd00::/8\n[Peer]\nPublicKey = %s\nName = hub\nTrust = Membership\nEndpoints = hub.example.org:51820, [2001:db8::1]:51820\nAllowedIPs = 10.7.0.0/24\n' "$key" >"$file"
check config-good eval '"$BUILD/wirelinkd" -n -f "$file" | grep -q OK'
check config-effective eval '"$BUILD/wirelinkd" -nv -f "$file" | grep -qi membership'
printf '[Nonsense]\n' | bad unknown-section "$file:1:"
printf '[Link]\nRooter = yes\n' | bad unknown-key "$file:2:"
printf '[Link]\nRouter = maybe\n' | bad bad-value "$file:2:"
printf 'Router = yes\n' | bad no-section "$file:1:"
printf '[Peer]\nPublicKey = abc\n' | bad bad-key "$file:2:"
printf '[Peer]\nName = x\n' | bad peer-without-key "$file"
printf '[Policy]\nAllowedPrefixes = 10.0.0.0/33\n' | bad bad-prefix "$file:2:"
printf '[Peer]\nPublicKey = %s\n[Peer]\nPublicKey = %s\n' "$key" "$key" |
	bad duplicate-peer "$file:4:"
printf '[Peer]\nPublicKey = %s\nEndpoints = hub.example.org\n' "$key" |
	bad endpoint-without-port "$file:3:"
printf '[Link]\nPort = 70000\n' | bad bad-port "$file:2:"
head -c 2097152 /dev/zero | tr '\0' '#' | bad two-mebibytes "$file"
printf '[Link]\n' >"$file"
chmod 622 "$file"
refused writable-by-others "writable"
chmod 600 "$file"
chown _wirelink "$file"
refused not-roots "root"
rm -f "$file"
refused missing "No such file"
[ "$FAILED" = 0 ]
