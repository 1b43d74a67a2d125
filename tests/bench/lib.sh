# shellcheck shell=bash disable=SC2034
# What the parts of the benchmark share: figures, and a laboratory whose
# daemons log into one FIFO that bench-watch reads.
. tests/e2e/lib.sh

# figure NAME UNIT TARGET VALUES...: a row of the table and of the JSON. The
# worst is the greatest, of a rate the smallest; TARGET is "-" where none is
# set. The median is held against it.
figure() {
	local name=$1 unit=$2 target=$3
	shift 3
	[ "$#" -gt 0 ] || {
		echo "bench: $name: could not be measured" >&2
		return 1
	}
	jq -nc --arg part "$PART" --arg name "$name" --arg unit "$unit" \
		--arg target "$target" '$ARGS.positional | map(tonumber) | sort |
		{part: $part, name: $name, unit: $unit, runs: length,
		median: .[length / 2 | floor],
		worst: (if ($unit | endswith("/s")) then .[0] else .[-1] end),
		target: (if $target == "-" then null else $target | tonumber end),
		values: .}' --args -- "$@" >>"$BENCH_FIGURES"
	tail -n 1 "$BENCH_FIGURES" | jq -r '
		def show: if . >= 100 then round elif . >= 10 then
			(. * 10 | round) / 10 else (. * 100 | round) / 100 end;
		[.name, (.median | show), (.worst | show), .unit,
		(if .target == null then "" else "\(.target)" end),
		(if .target == null then "" elif .median <= .target then "met"
		else "missed" end), .runs] | @tsv' |
		awk -F '\t' '{ printf "%-44s %9s %9s  %-8s %7s %-6s %4s\n",
			$1, $2, $3, $4, $5, $6, $7 }'
}

# A target for the worst of all runs, beside that for the median.
figure_worst() {
	local name=$1 unit=$2 target=$3
	shift 3
	figure "$name" "$unit" "$target" \
		"$(printf '%s\n' "$@" | sort -g | tail -n 1)"
}

now_us() { echo "${EPOCHREALTIME/[.,]/}"; }
# Microseconds to milliseconds.
ms() { printf '%d.%02d\n' $(($1 / 1000)) $(($1 % 1000 / 10)); }

# bench_lab NODES: a hub and leaves that know only it. What each node's
# WireGuard is at first is kept, to begin again from there.
bench_lab() {
	local i j
	NODES=$1
	lab_begin 4
	lab_hub "$NODES"
	lab_default_conf "$NODES"
	mkfifo "$LAB_DIR/fifo"
	for ((i = 1; i <= NODES; i++)); do
		ln -s fifo "$LAB_DIR/log$i"
		{
			printf '[Interface]\nPrivateKey = %s\nListenPort = 51820\n' \
				"$(cat "$LAB_DIR/key$i")"
			for ((j = 1; j <= NODES; j++)); do
				if [ "$i" = 1 ] && [ "$j" != 1 ]; then
					printf '[Peer]\nPublicKey = %s\nAllowedIPs = %s/32\n' \
						"${LAB_PUB[$j]}" "$(inner "$j")"
				elif [ "$i" != 1 ] && [ "$j" = 1 ]; then
					printf '[Peer]\nPublicKey = %s\nAllowedIPs = 10.7.0.0/24\nEndpoint = %s\n' \
						"${LAB_PUB[1]}" "$(endpoint 1)"
				fi
			done
		} >"$LAB_DIR/wgconf$i"
	done
}

# WireGuard as in the beginning, without sessions, and no ledger.
bench_reset() {
	local i
	for ((i = 1; i <= NODES; i++)); do
		in_node "$i" wg setconf "$(wgif "$i")" "$LAB_DIR/wgconf$i"
		rm -f "$LAB_DIR/run/$(wgif "$i").ledger"
	done
}

# Starts all daemons at once. START_US is when.
bench_start() {
	local i
	exec {WATCH}< <(exec "$BUILD/bench-watch" "$LAB_DIR/fifo" "$NODES" \
		"$LAB_DIR/watched")
	WATCH_PID=$!
	LAB_PIDS+=("$WATCH_PID")
	read -r -t 10 -u "$WATCH" || return 1
	START_US=$(now_us)
	for ((i = 1; i <= NODES; i++)); do daemon_start "$i"; done
}

# bench_await MILESTONE: sets AT_US to when bench-watch saw it.
LIMIT_S=60
bench_await() {
	local what
	while read -r -t "$LIMIT_S" -u "$WATCH" what AT_US; do
		[ "$what" = "$1" ] && return 0
	done
	echo "bench: $1 has not come within $LIMIT_S s; the last lines were:" >&2
	tail -n 12 "$LAB_DIR/watched" >&2
	return 1
}

bench_stop() {
	local i
	for i in "${!LAB_DAEMON[@]}"; do kill "${LAB_DAEMON[$i]}"; done
	for i in "${!LAB_DAEMON[@]}"; do
		wait "${LAB_DAEMON[$i]}"
		unset "LAB_DAEMON[$i]"
	done 2>/dev/null
	kill "$WATCH_PID"
	exec {WATCH}<&-
}

# Datagrams at 1,000 a second in each direction between nodes 2 and 3.
pace_start() {
	local i
	for i in "2 3" "3 2"; do
		nsenter "$(net "${i% *}")" -- "$BUILD/bench-pace" \
			"$(inner "${i% *}")" "$(inner "${i#* }")" 9000 1000 \
			>"$LAB_DIR/pace${i% *}" &
		PACE[${i% *}]=$!
		LAB_PIDS+=($!)
	done
	wait_for 20 pace_heard
}
declare -A PACE
pace_heard() { grep -q heard "$LAB_DIR/pace2" && grep -q heard "$LAB_DIR/pace3"; }
pace_stop() {
	kill "${PACE[2]}" "${PACE[3]}"
	wait "${PACE[2]}" "${PACE[3]}"
}
# A field of what node $1 heard.
paced() { tail -n 1 "$LAB_DIR/pace$1" | jq ".$2"; }

# Process $2 of node $1: nanoseconds of CPU, times that it has slept.
cpu_ns() { awk '{ print $1 }' "/proc/$(daemon_pid "$1" "$2")/schedstat"; }
wakes() {
	awk '/^voluntary_ctxt/ { print $2 }' "/proc/$(daemon_pid "$1" "$2")/status"
}
