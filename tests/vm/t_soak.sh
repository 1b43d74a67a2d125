#!/usr/bin/env bash
# t_soak.sh MINUTES SEED: a router and three leaves under faults drawn from
# the seed, one after the other, for that long. After each fault heals, every
# pair of leaves has to become direct, and then nothing may change. While a
# fault lasts, leaves whose way over the router is whole must reach each
# other. At the end: no error told, no memory or descriptor gained.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
minutes=$1 seed=$2
N=4
RANDOM=$seed

# Changes of state of direct paths that all have told of.
changes() { cat "$LAB_DIR"/log? | grep -c 'is direct at\|over the router'; }
between() { echo $(($1 + RANDOM % ($2 - $1 + 1))); }
leaf() { between 2 "$N"; }
# Two different leaves.
pair() {
	local a b
	a=$(leaf)
	b=$((2 + (a - 2 + 1 + RANDOM % (N - 2)) % (N - 1)))
	echo "$a $b"
}
reach() {
	local i j
	for ((i = 2; i <= N; i++)); do
		for ((j = i + 1; j <= N; j++)); do
			in_node "$i" ping -q -c 1 -W 1 "$(inner "$j")" || return 1
		done
	done
}
nothing_twice() {
	local i
	for ((i = 1; i <= N; i++)); do no_prefix_twice "$i" || return 1; done
}
# Nodes 1 and 2 are never restarted: what they hold must not grow.
weigh() {
	local i p pid
	for i in 1 2; do
		for p in privd netd resolver; do
			pid=$(daemon_pid "$i" "$p")
			echo "$i-$p $(rss_kib "$i" "$p")" \
				"$(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
		done
	done
}
roam() {
	local i=$1 from=$2 to=$3
	ip_in "$i" addr del "$from/24" dev eth0
	ip_in "$i" addr add "$to/24" dev eth0
}

# One fault: begin, last, heal. reachable says whether leaves still have a way.
fault() {
	local kind=$1 for_s=$2 a b reachable=1 load=
	read -r a b < <(pair)
	# Which random numbers are drawn must not depend on what happens.
	RANDOM=$((seed + round))
	echo "# round $round: $kind, leaves $a and $b, $for_s s"
	if [ $((round % 2)) = 0 ]; then
		nsenter "$(net "$a")" -- ping -q -i 0.5 "$(inner "$b")" \
			>/dev/null 2>&1 &
		load=$!
	fi
	case $kind in
	cut) cut_path "$a" "$b" ;;
	router) cut_path 1 "$a" && reachable= ;;
	loss) in_node "$a" tc qdisc add dev eth0 root netem loss 20% ;;
	delay) in_node "$a" tc qdisc add dev eth0 root netem \
		delay 100ms 40ms reorder 25% ;;
	restart) [ "$a" = 2 ] && a=$b
		daemon_stop "$a" && daemon_start "$a" ;;
	crash) [ "$a" = 2 ] && a=$b
		lab_crash "${LAB_DAEMON[$a]}"
		nap 1
		daemon_start "$a" ;;
	roam) roam "$a" "$(under4 "$a")" "$(under4 $((a + 100)))" ;;
	down) ip_in "$a" link set eth0 down && reachable= ;;
	esac
	nap "$for_s"
	if [ -n "$reachable" ]; then
		wait_for 20 reach || bad "leaves do not reach each other"
	fi
	case $kind in
	cut) heal_path "$a" "$b" ;;
	router) heal_path 1 "$a" ;;
	loss | delay) in_node "$a" tc qdisc del dev eth0 root ;;
	roam) roam "$a" "$(under4 $((a + 100)))" "$(under4 "$a")" ;;
	down) ip_in "$a" link set eth0 up ;;
	esac
	wait_for 120 all_direct "$N" || bad "not all leaves are direct again"
	[ -z "$load" ] || lab_kill "$load"
}
bad() {
	echo "not ok round-$round: $*"
	BAD=$((BAD + 1))
}
BAD=0

echo "# seed $seed"
lab_begin 4
lab_hub "$N"
lab_default_conf "$N"
for ((i = 1; i <= N; i++)); do daemon_start "$i"; done
check soak-converge wait_for 60 all_direct "$N"
kinds=(cut router loss delay restart crash roam down)
end=$(($(now_ms) + minutes * 60000))
for ((round = 1; $(now_ms) < end && BAD < 3; round++)); do
	fault "${kinds[RANDOM % ${#kinds[@]}]}" "$(between 5 40)"
	# It settles, and then it is quiet.
	nap 15
	before=$(changes)
	nap "$(between 20 60)"
	[ "$(changes)" = "$before" ] || bad "changes without a cause"
	nothing_twice || bad "a prefix stands with two peers"
	[ "$round" = 3 ] && weigh >"$LAB_DIR/weight"
done
check soak-rounds test "$BAD" = 0
weigh >"$LAB_DIR/weight.end"
join "$LAB_DIR/weight" "$LAB_DIR/weight.end" | sed 's/^/# KiB, descriptors: /'
check soak-no-growth eval 'join "$LAB_DIR/weight" "$LAB_DIR/weight.end" |
	awk "{ if (\$4 > \$2 + 128 || \$5 != \$3) bad = 1 } END { exit bad }"'
check soak-no-error-told refute grep -h 'error:' "$LAB_DIR"/log?
echo "# $((round - 1)) faults in $minutes minutes"
finish
