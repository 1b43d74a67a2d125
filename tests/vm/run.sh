#!/usr/bin/env bash
# make check-vm: the scenarios in virtual machines with kernel WireGuard, as
# many machines as there are processors. Shows what they say as they say it,
# with the time inside; ends with a line of counts. T="t_converge t_nat" runs
# only scenarios whose names begin so; arguments, if there are any, are the
# scenarios instead of the list. LIMIT_S ends it all.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/vm/vm.sh
T=${T:-}
LIMIT_S=${LIMIT_S:-1500}
MACHINES=${MACHINES:-$(nproc)}

work=$(mktemp -d)
pids=()
tidy() {
	local pid
	trap '' INT TERM HUP
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait
	rm -rf "$work"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

# The list's own order first: what takes long begins early. What the list has
# a minus for runs only when T names it.
queue() {
	{
		grep -v '^#' tests/vm/scenarios
		ls tests/e2e/t_*.sh
	} | awk -v only="$T" '
		BEGIN { n = split(only, want, " ") }
		/^-/ { if (n == 0) seen[substr($0, 2)] = 1; next }
		{ name = $1; sub(/.*\//, "", name)
		  ok = n == 0
		  for (i = 1; i <= n; i++) if (index(name, want[i]) == 1) ok = 1
		  if (ok && !seen[$0]++) print }'
}

# Machine $1 runs the scenarios of $work/$1/queue. If it goes down, another
# takes over what is left.
worker() {
	local n=$1 dir=$work/$1 line job began pid=
	trap '[ -n "$pid" ] && kill "$pid" 2>/dev/null; wait; exit 1' TERM
	while [ -s "$dir/queue" ]; do
		job=
		vm_command "$dir" "$(cat "$dir/queue")"
		mkfifo "$dir/out"
		"${VM_COMMAND[@]}" -serial "file:$dir/console" \
			-serial stdio </dev/null >"$dir/out" 2>&1 &
		pid=$!
		while IFS= read -r line; do
			case $line in
			"run "*)
				job=${line#run }
				job=${job##*/}
				sed -i 1d "$dir/queue"
				began=$SECONDS
				echo "[$n]          -- $job"
				;;
			"end "*)
				echo "${line#end }" >>"$work/counts"
				echo "[$n]          -- took $((SECONDS - began)) s"
				job=
				;;
			*) echo "[$n] $line" ;;
			esac
		done <"$dir/out"
		wait "$pid"
		pid=
		rm "$dir/out"
		if [ -n "$job" ] || [ -s "$dir/queue" ]; then
			failure "${job:-machine $n}: it went down"
			tail -n 20 "$dir/console" | sed 's/^/  # /'
			[ -n "$job" ] || return
		fi
		# What the kernel complains of is nobody's to overlook.
		if grep -E 'BUG:|Oops|Call Trace|WARNING: CPU' "$dir/console"
		then
			failure "the kernel of machine $n complains"
		fi
	done
}
failure() {
	echo "not ok $*"
	echo 0 1 0 >>"$work/counts"
}

vm_prepare
if [ $# -gt 0 ]; then
	printf '%s\n' "$@"
else
	queue
fi >"$work/queue"
total=$(wc -l <"$work/queue")
[ "$total" -gt 0 ] || vm_die "no scenario is called like '$T'"
: >"$work/counts"
echo "kernel $(cat "$VM_KERNEL/release"), clock: $ACCEL, $total scenarios"
for ((i = 1; i <= MACHINES; i++)); do
	mkdir "$work/$i"
	# There and back again, so that each has long ones and short ones.
	awk -v i="$i" -v n="$MACHINES" '{ k = (NR - 1) % (2 * n)
		if (k + 1 == i || 2 * n - k == i) print }' "$work/queue" \
		>"$work/$i/queue"
	worker "$i" &
	pids+=($!)
done
(exec sleep "$LIMIT_S") &
limit=$!
pids+=("$limit")
for pid in "${pids[@]}"; do
	[ "$pid" = "$limit" ] && continue
	# Whoever ends first: the worker, or the time.
	while kill -0 "$pid" 2>/dev/null && kill -0 "$limit" 2>/dev/null; do
		wait -n "$pid" "$limit"
	done
done
kill -0 "$limit" 2>/dev/null ||
	failure "$LIMIT_S s have passed, and not all scenarios are done"
awk '{ p += $1; f += $2; s += $3 }
	END { printf "vm: %d passed, %d failed, %d skipped\n", p, f, s
	      exit f > 0 || p == 0 }' "$work/counts"
