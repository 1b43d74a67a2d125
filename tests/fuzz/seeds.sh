#!/usr/bin/env bash
# Makes tests/fuzz/corpus anew: make fuzz-seeds. Each is small, and few are
# enough: what the fuzzer finds on top is kept in build/.
set -eu
cd "$(dirname "$0")/../.."
corpus=tests/fuzz/corpus

unhex() {
	# shellcheck disable=SC2059
	printf "$(sed 's/../\\x&/g' <<<"$1")"
}

LLVM_PROFILE_FILE=/dev/null "${BUILD:-build}/fuzz/seeds" "$corpus"

# Datagrams: verdict and source, then the packet.
mkdir -p "$corpus/datagram"
for file in groups negative; do
	jq -r '[.name, .packet_hex] | @tsv' "tests/vectors/$file.jsonl" |
		while read -r name hex; do
			[ ${#hex} -le 1000 ] || continue
			{
				printf '\000\002'
				unhex "$hex"
			} >"$corpus/datagram/$file-${name//[^a-z0-9]/-}"
		done
done

# Digests, in the place of what the first of those says.
group=$(jq -rs '.[0].packet_hex[:148]' tests/vectors/groups.jsonl)
subject=${group:4:64} sum=0011223344556677 nonce=a0a1a2a3a4a5a6a7
for digest in "ask 01$sum" "answer 02$sum$nonce" "doubt 06$sum$nonce"; do
	{
		printf '\000\002'
		unhex "${group}64ff01$subject${digest#* }"
	} >"$corpus/datagram/digest-${digest%% *}"
done
# Extensions, which the vectors have not: Ping, Trust of somebody.
signer=ebded9dd2682812d807cc073b2a10d1a3ebdf2a3d4bc115008cf8ce4c5614941
{
	printf '\000\002'
	unhex "5300$signer$(printf '07%.0s' {1..40})7000$signer"
	unhex "74ff01$(printf '62%.0s' {1..32})03"
} >"$corpus/datagram/extensions"

mkdir -p "$corpus/conf" "$corpus/uapi"
cat >"$corpus/conf/all" <<'END'
# every key
[Link]
Router = auto
Port = 51999
Chatty = no
ReportInterfaces = eth*, wlan0
HideInterfaces = docker*
Backend = kernel
ControlGroup = adm
[Policy]
Membership = routers
AllowedPrefixes = 10.0.0.0/8, fd00::/8
MaxPeers = 64
Quorum = 2
TellTrust = yes
[Peer]
PublicKey = R9geJLJKm5hb3g6UCVl8ByTA4h5x5iWuAT2ALoLfHVM=
Name = hub
Trust = Membership
FactExchanger = yes
Basic = no
Endpoints = vpn.example.org:51820, [2001:db8::1]:51820, 192.0.2.1:1
AllowedIPs = 10.7.0.0/16, fd00::/64
[Peer]
PublicKey = DjGfrZqhBQjP6ivQBa5LIu06v6F9I3RtY98tHz3VOjI=
END
a=$(printf '61%.0s' {1..32}) b=$(printf '62%.0s' {1..32})
{
	printf '\377'
	cat <<END
private_key=$a
listen_port=51820
public_key=$b
protocol_version=1
endpoint=[2001:db8::1]:5
last_handshake_time_sec=1700000000
last_handshake_time_nsec=7
tx_bytes=38512
rx_bytes=2139
persistent_keepalive_interval=111
allowed_ip=192.168.4.4/32
allowed_ip=fd00::/64
public_key=$a
errno=0

END
} >"$corpus/uapi/device"
printf '\010errno=-22\n\n' >"$corpus/uapi/error"

mkdir -p "$corpus/import" "$corpus/wgquick"
cat >"$corpus/import/all" <<'END'
{"Iface": "wg0", "Port": 51821, "Router": true, "Chatty": false,
 "ReportIfaces": ["eth*"], "HideIfaces": ["docker*"], "Debug": true,
 "Peers": [{"PublicKey": "R9geJLJKm5hb3g6UCVl8ByTA4h5x5iWuAT2ALoLfHVM=",
 "Name": "h\u00fcb", "Trust": "Membership", "FactExchanger": true,
 "Basic": false, "Endpoints": ["vpn.example.org:51820", "[2001:db8::1]:5"],
 "AllowedIPs": ["10.7.0.0/16", "fd00::1"]}, {"PublicKey": "x"}, 7]}
END
cat >"$corpus/wgquick/all" <<'END'
[Interface]
PrivateKey = DjGfrZqhBQjP6ivQBa5LIu06v6F9I3RtY98tHz3VOjI=
# hub
[Peer]
PublicKey = R9geJLJKm5hb3g6UCVl8ByTA4h5x5iWuAT2ALoLfHVM=
AllowedIPs = 10.7.0.0/16
[Peer] # Name = laptop
PublicKey=DjGfrZqhBQjP6ivQBa5LIu06v6F9I3RtY98tHz3VOjI= # of ours
[Peer]
# friendly_name: phone
#AllowedIPs = 10.0.0.1
PublicKey = x
END
