#!/usr/bin/env bash
# Nodes that have nothing to do: what they send in the tunnel, how often they
# wake, what CPU they use; all of it a minute.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/lib.sh

PROCESSES="privd netd resolver"
# What node $1 has sent of UDP payload: bytes (without the headers of IPv6
# and UDP) and packets.
sent() {
	in_node "$1" nft list counter inet bench sent |
		awk '/packets/ { print $4 - 48 * $2, $2 }'
}
count_sent() {
	in_node "$1" nft -f - <<-END
		table inet bench {
			counter sent { }
			chain out {
				type filter hook output priority 0;
				oifname "$(wgif "$1")" udp dport 51821 counter name sent
			}
		}
	END
}
per_minute() { awk -v d="$1" -v m="$MINUTES" 'BEGIN { print d / m }'; }

# idle NODES: lines "figure value", from which figures are made.
idle() (
	bench_lab "$1"
	bench_start && bench_await direct || exit 1
	declare -A before
	for ((i = 1; i <= NODES; i++)); do count_sent "$i"; done
	# What follows the start has been said by then, Alive the last time.
	nap 45
	for ((i = 1; i <= NODES; i++)); do
		before[$i]="$(sent "$i")"
		for p in $PROCESSES; do
			before[$i.$p]="$(cpu_ns "$i" "$p") $(wakes "$i" "$p")"
		done
	done
	nap $((MINUTES * 60))
	for ((i = 1; i <= NODES; i++)); do
		kind=$([ "$i" = 1 ] && echo router || echo leaf)
		read -r b0 n0 <<<"${before[$i]}"
		read -r b n < <(sent "$i")
		echo "bytes.$kind $(per_minute $((b - b0)))"
		echo "packets.$kind $(per_minute $((n - n0)))"
		all=0 slept=0
		for p in $PROCESSES; do
			read -r c0 w0 <<<"${before[$i.$p]}"
			c=$(($(cpu_ns "$i" "$p") - c0)) w=$(($(wakes "$i" "$p") - w0))
			echo "cpu.$p $(per_minute "$(ms $((c / 1000)))")"
			echo "wakes.$p.$kind $(per_minute "$w")"
			all=$((all + c)) slept=$((slept + w))
		done
		echo "cpu.all $(per_minute "$(ms $((all / 1000)))")"
		echo "wakes.all.$kind $(per_minute "$slept")"
	done
)

# of NODES NAME UNIT TARGET WHAT
of() {
	local values
	mapfile -t values < <(awk -v w="$5" '$1 == w { print $2 }' "$dir/$1")
	figure "$1 nodes, idle: $2" "$3" "$4" "${values[@]}"
}

dir=$(mktemp -d)
pids=()
tidy() {
	[ "${#pids[@]}" = 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
	rm -rf "$dir"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP
# Both at once: they do next to nothing.
for n in 3 10; do
	idle "$n" >"$dir/$n" &
	pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || exit 1; done
pids=()
for n in 3 10; do
	case $n in
	3) bytes=(- -) cpu=3 ;;
	10) bytes=(500 650) cpu=5 ;;
	esac
	of "$n" "bytes a leaf sends a minute" bytes "${bytes[0]}" bytes.leaf
	of "$n" "bytes the router sends" bytes "${bytes[1]}" bytes.router
	of "$n" "packets a leaf sends" packets - packets.leaf
	of "$n" "packets the router sends" packets - packets.router
	of "$n" "wakeups of a leaf" times - wakes.all.leaf
	of "$n" "wakeups of the router" times - wakes.all.router
	of "$n" "CPU of a node" ms "$cpu" cpu.all
	for p in $PROCESSES; do of "$n" "... of $p" ms - "cpu.$p"; done
done
