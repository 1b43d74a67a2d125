# shellcheck shell=bash
# A laboratory of network namespaces: a switch, nodes on it, WireGuard in
# each, by the kernel where it has it and by wireguard-go otherwise. All that
# it makes has a name of its own; lab_end removes it and ends all that it
# started, by pid, whatever happens.

BUILD=${BUILD:-build}
LAB_BACKEND=
LAB_DIR=
LAB_ID=
LAB_NODES=()
LAB_PIDS=()
declare -A LAB_DAEMON LAB_WG LAB_PUB

die() {
	echo "$*" >&2
	exit 1
}

now_ms() {
	local t=${EPOCHREALTIME/[.,]/}
	echo $((t / 1000))
}

# Names: namespace, interface.
ns() { echo "wl$LAB_ID-$1"; }
wgif() { echo "wl${LAB_ID}w$1"; }

lab_require() {
	local u
	[ "$(id -u)" = 0 ] || die "must be root: namespaces and WireGuard need it"
	for u in _wirelinkp _wirelink _wirelinkr; do
		id "$u" >/dev/null 2>&1 ||
			die "user $u is missing: run 'make users'"
	done
	for u in ip wg nft ping jq; do
		command -v "$u" >/dev/null || die "$u is missing: run 'make deps'"
	done
	for u in wirelinkd wirelink-netd wirelink-resolver wirelinkctl; do
		[ -x "$BUILD/$u" ] || die "$BUILD/$u is missing: run 'make'"
	done
}

lab_detect() {
	ip netns add "$(ns sw)" || die "ip netns add failed"
	LAB_NODES+=(sw)
	if ip_in sw link add name wltest type wireguard 2>/dev/null; then
		ip_in sw link del wltest
		LAB_BACKEND=kernel
	else
		LAB_BACKEND=wireguard-go
		[ -c /dev/net/tun ] || die "no kernel WireGuard and no /dev/net/tun"
		command -v wireguard-go >/dev/null ||
			die "no kernel WireGuard and no wireguard-go: run 'make deps'"
	fi
}

# A directory alone, for what needs no network.
lab_alone() {
	lab_require
	LAB_DIR=$(mktemp -d /tmp/wirelink-lab.XXXXXX)
	chmod 755 "$LAB_DIR"
	trap lab_end EXIT
	trap 'exit 130' INT TERM HUP
}

# lab_begin: a directory, a switch. $1 tells which addresses the underlay
# has: 4, 6 or 46.
lab_begin() {
	LAB_FAMILY=${1:-4}
	LAB_ID=$((BASHPID % 100000))
	lab_alone
	lab_detect
	ip_in sw link add name br0 type bridge
	ip_in sw link set br0 up
}

lab_kill() {
	local pid=$1 i
	kill "$pid" 2>/dev/null || return 0
	for ((i = 0; i < 250; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		nap 0.02
	done
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return 0
}

# Ends node $1's daemon, or program, without a chance to tidy up.
lab_crash() {
	kill -9 "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

lab_end() {
	local status=$? i pid
	trap '' INT TERM HUP
	trap - EXIT
	for i in "${!LAB_DAEMON[@]}"; do lab_kill "${LAB_DAEMON[$i]}"; done
	for pid in "${LAB_PIDS[@]}"; do lab_kill "$pid"; done
	for i in "${!LAB_WG[@]}"; do
		[ -n "${LAB_WG[$i]}" ] && lab_kill "${LAB_WG[$i]}"
	done
	lab_room_back
	for i in "${LAB_NODES[@]}"; do
		ip netns del "$(ns "$i")" 2>/dev/null
		rm -rf "/etc/netns/$(ns "$i")"
	done
	rmdir /etc/netns 2>/dev/null
	if [ -n "${LAB_KEEP:-}" ]; then
		echo "logs are in $LAB_DIR" >&2
	elif [ -n "$LAB_DIR" ]; then
		rm -rf --one-file-system "$LAB_DIR"
	fi
	exit "$status"
}

# Underlay and tunnel addresses of node $1.
under4() { echo "192.0.2.$1"; }
under6() { echo "2001:db8:0:1::$1"; }
inner() { echo "10.7.0.$1"; }
# Its endpoint as others are told it.
endpoint() {
	case $LAB_FAMILY in
	6) echo "[$(under6 "$1")]:51820" ;;
	*) echo "$(under4 "$1"):51820" ;;
	esac
}

# ip(8) in node $1's namespace.
ip_in() {
	local i=$1
	shift
	in_node "$i" ip "$@"
}

# Not `ip netns exec`: that wants to remount /, which a chroot lacks. What
# goes to the background calls nsenter itself, so that $! is its pid.
net() { echo "--net=/run/netns/$(ns "$1")"; }

in_node() {
	local i=$1
	shift
	nsenter "$(net "$i")" -- "$@"
}

# The WireGuard interface of node $1, with its key and addresses.
lab_wg_up() {
	local i=$1 if
	if=$(wgif "$i")
	if [ "$LAB_BACKEND" = kernel ]; then
		ip_in "$i" link add name "$if" type wireguard
		LAB_WG[$i]=
	else
		WG_PROCESS_FOREGROUND=1 LOG_LEVEL=error nsenter "$(net "$i")" \
			-- wireguard-go -f "$if" >"$LAB_DIR/wg$i.log" 2>&1 &
		LAB_WG[$i]=$!
		wait_for 10 test -S "/var/run/wireguard/$if.sock" ||
			die "wireguard-go did not start on node $i"
	fi
	in_node "$i" wg set "$if" private-key "$LAB_DIR/key$i" listen-port 51820
	ip_in "$i" addr add "$(inner "$i")/24" dev "$if"
	ip_in "$i" link set "$if" up
}

# Node $1: on the switch, with addresses of the underlay.
lab_node() {
	local i=$1
	lab_netns "$i"
	ip_in sw link add name "p$i" type veth \
		peer name eth0 netns "$(ns "$i")"
	ip_in sw link set "p$i" master br0 up
	case $LAB_FAMILY in
	4*) ip_in "$i" addr add "$(under4 "$i")/24" dev eth0 ;;
	esac
	case $LAB_FAMILY in
	*6) ip_in "$i" addr add "$(under6 "$i")/64" dev eth0 nodad ;;
	esac
	ip_in "$i" link set eth0 up
	lab_key "$i"
	lab_wg_up "$i"
}

lab_netns() {
	ip netns add "$(ns "$1")"
	LAB_NODES+=("$1")
	ip_in "$1" link set lo up
}

lab_key() {
	(umask 077 && wg genkey >"$LAB_DIR/key$1")
	LAB_PUB[$1]=$(wg pubkey <"$LAB_DIR/key$1")
}

# Node $1 is given $2 as a peer, with allowed IPs $3 and perhaps endpoint $4.
lab_peer() {
	in_node "$1" wg set "$(wgif "$1")" peer "${LAB_PUB[$2]}" \
		allowed-ips "$3" ${4:+endpoint "$4"}
}

# The kernel has one table of neighbours for all namespaces, with room for
# 1,024: too few where 50 nodes know each other. Greater until the lab's end.
LAB_ROOM=()
lab_room() {
	local name old
	for name in net.ipv4.neigh.default.gc_thresh3 \
		net.ipv6.neigh.default.gc_thresh3; do
		old=$(sysctl -n "$name") || return 0
		[ "$old" -lt $(($1 * $1 * 2)) ] || continue
		sysctl -qw "$name=$(($1 * $1 * 2))" && LAB_ROOM+=("$name=$old")
	done
}
lab_room_back() {
	[ "${#LAB_ROOM[@]}" = 0 ] || sysctl -qw "${LAB_ROOM[@]}"
	LAB_ROOM=()
}

# Node 1 is the router, 2 to $1 are leaves that know only it.
lab_hub() {
	local n=$1 i
	[ "$n" -le 20 ] || lab_room "$n"
	for ((i = 1; i <= n; i++)); do
		lab_node "$i"
	done
	for ((i = 2; i <= n; i++)); do
		lab_join "$i"
	done
	in_node 1 sysctl -qw net.ipv4.ip_forward=1
}

lab_join() {
	lab_peer "$1" 1 10.7.0.0/24 "$(endpoint 1)"
	lab_peer 1 "$1" "$(inner "$1")/32"
}

# The configuration of node $1 from standard input.
lab_conf() { (umask 022 && cat >"$LAB_DIR/conf$1"); }

lab_default_conf() {
	local n=$1 i
	for ((i = 1; i <= n; i++)); do
		if [ "$i" = 1 ]; then
			lab_names "$n" | lab_conf 1
		else
			printf '[Policy]\nMembership = routers\n' | lab_conf "$i"
		fi
	done
}

# Names travel by themselves: the router's configuration knows them.
lab_names() {
	local i
	for ((i = 1; i <= $1; i++)); do
		printf '[Peer]\nPublicKey = %s\nName = %s\n' "${LAB_PUB[$i]}" \
			"$([ "$i" = 1 ] && echo hub || echo "leaf$i")"
	done
}

# Starts wirelinkd on node $1; more options may follow.
daemon_start() {
	local i=$1
	shift
	nsenter "$(net "$i")" -- "$BUILD/wirelinkd" -d -i "$(wgif "$i")" \
		-f "$LAB_DIR/conf$i" -R "$LAB_DIR/run" -L "$BUILD" "$@" \
		>>"$LAB_DIR/log$i" 2>&1 &
	LAB_DAEMON[$i]=$!
}

daemon_stop() {
	local pid=${LAB_DAEMON[$1]:-}
	unset "LAB_DAEMON[$1]"
	[ -n "$pid" ] && lab_kill "$pid"
}

# The pid of process $2 (netd, resolver, privd) of node $1's daemon.
daemon_pid() {
	local pid=${LAB_DAEMON[$1]} child
	[ "$2" = privd ] && echo "$pid" && return
	for child in $(cat "/proc/$pid/task/$pid/children"); do
		case $(tr '\0' '\n' <"/proc/$child/cmdline" | head -n 1) in
		*/wirelink-"$2") echo "$child" && return ;;
		esac
	done
	return 1
}

ctl() {
	local i=$1
	shift
	"$BUILD/wirelinkctl" -R "$LAB_DIR/run" -i "$(wgif "$i")" "$@"
}

# nap SECONDS, without a process for it.
nap() { read -r -t "$1" -u "$LAB_NAP" || true; }
exec {LAB_NAP}<> <(:)

# wait_for SECONDS COMMAND...: until it succeeds. Looks every LAB_POLL_S at
# first, then ever more seldom: what takes long need not cost much.
wait_for() {
	local start now
	start=$(now_ms)
	local end=$((start + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		now=$(now_ms)
		[ "$now" -lt "$end" ] || return 1
		case $((now - start)) in
		? | ?? | ??? | [12]???) nap "${LAB_POLL_S:-0.01}" ;;
		???? | [12]????) nap 0.2 ;;
		*) nap 3 ;;
		esac
	done
	return 0
}

dump() { in_node "$1" wg show "$(wgif "$1")" dump; }

# Does node $1 hold $2's address on $2's own link, with a handshake?
direct() {
	dump "$1" | awk -v pub="${LAB_PUB[$2]}" -v ip="$(inner "$2")/32" '
		$1 == pub && $5 > 0 { n = split($4, a, ",")
			for (i = 1; i <= n; i++) if (a[i] == ip) found = 1 }
		END { exit !found }'
}

has_peer() { dump "$1" | awk -v pub="${LAB_PUB[$2]}" '
	$1 == pub { found = 1 } END { exit !found }'; }

no_peer() { ! has_peer "$1" "$2"; }
not_direct() { ! direct "$1" "$2"; }

both_direct() { direct "$1" "$2" && direct "$2" "$1"; }

# Every pair of leaves 2 to $1, both ways.
all_direct() {
	local i j n=$1
	for ((i = 2; i <= n; i++)); do
		dump "$i" >"$LAB_DIR/dump"
		for ((j = 2; j <= n; j++)); do
			[ "$i" = "$j" ] && continue
			awk -v pub="${LAB_PUB[$j]}" -v ip="$(inner "$j")/32" '
				$1 == pub && $5 > 0 && index("," $4 ",",
					"," ip ",") { found = 1 }
				END { exit !found }' "$LAB_DIR/dump" || return 1
		done
	done
}

# Packets from node $1's underlay addresses no longer reach node $2, and the
# other way round.
cut_path() {
	local a b
	for a in "$1 $2" "$2 $1"; do
		b=${a#* }
		a=${a% *}
		in_node "$a" nft -f - <<-EOF
			table inet cut {
				chain in {
					type filter hook input priority 0;
					ip saddr $(under4 "$b") drop
					ip6 saddr $(under6 "$b") drop
				}
			}
		EOF
	done
}

heal_path() {
	in_node "$1" nft delete table inet cut
	in_node "$2" nft delete table inet cut
}

pings() { in_node "$1" ping -q -c "${3:-1}" -i 0.05 -W 1 "$(inner "$2")" >/dev/null; }

counter() { ctl "$1" -j show counters | jq -r ".counters.$2"; }

log_has() { grep -q -- "$2" "$LAB_DIR/log$1"; }

# Resident KiB and CPU milliseconds of process $2 of node $1.
rss_kib() { awk '/^VmRSS:/ { print $2 }' "/proc/$(daemon_pid "$1" "$2")/status"; }
cpu_ms() {
	awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000 / hz }' \
		"/proc/$(daemon_pid "$1" "$2")/stat"
}

# For the tests: check NAME COMMAND... prints a line and counts.
FAILED=0
check() {
	local name=$1
	shift
	if "$@" >"$LAB_DIR/check.out" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name: $* (status $?)"
		tail -n 5 "$LAB_DIR/check.out" | sed 's/^/  # /'
		FAILED=$((FAILED + 1))
	fi
}
refute() { ! "$@"; }
# At the end of a test: the logs of what failed, and the exit status.
finish() {
	if [ "$FAILED" -gt 0 ]; then
		tail -n 12 "$LAB_DIR"/log* 2>/dev/null | sed 's/^/  # /'
		exit 1
	fi
	exit 0
}
gone() { ! kill -0 "$1" 2>/dev/null; }
# Does no address stand with two peers of node $1?
no_prefix_twice() {
	[ -z "$(dump "$1" | awk 'NR > 1 { n = split($4, a, ",")
		for (i = 1; i <= n; i++) print a[i] }' | sort | uniq -d)" ]
}
log_lines() { grep -c -- "$2" "$LAB_DIR/log$1"; }
