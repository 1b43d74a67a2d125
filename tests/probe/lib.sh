# shellcheck shell=bash
# A node with WireGuard, and the processes with a probe in them on it. Each
# leaves what it says in $LAB_DIR/NAME.out.

PROBES="netd resolver privd privd-uapi"

# probe NAME PROGRAM OPTION...: starts it.
probe() {
	local name=$1
	shift
	mkdir -p "$LAB_DIR/$name"
	# Who is given a directory of its own is so by this.
	[ "$name" = resolver ] || set -- "$@" -R "$LAB_DIR/$name"
	PROBE_DIR="$LAB_DIR/$name.d" nsenter "$(net 1)" -- \
		"$BUILD/probe/$1" -d "${@:2}" \
		>"$LAB_DIR/$name.out" 2>"$LAB_DIR/$name.err" </dev/null 3<>/dev/null &
	PROBE_PID[$name]=$!
	LAB_PIDS+=($!)
}

# All four side by side; then their exit statuses are in PROBE_STATUS.
probe_all() {
	local name
	declare -gA PROBE_PID PROBE_STATUS
	lab_begin 4
	lab_node 1
	# privd's sandbox for WireGuard in a program has this as its root.
	if mkdir -m 755 /var/run/wireguard 2>/dev/null; then
		PROBE_MADE=/var/run/wireguard
	fi
	: | lab_conf 1
	printf '[Link]\nPort = 51900\n' | lab_conf 1b
	probe netd wirelink-netd -i "$(wgif 1)"
	chmod 755 "$LAB_DIR/netd"
	probe resolver wirelink-resolver -i "$(wgif 1)"
	PROBE_BACKEND=kernel probe privd wirelinkd -i "$(wgif 1)" \
		-f "$LAB_DIR/conf1" -L "$BUILD"
	PROBE_BACKEND=userspace probe privd-uapi wirelinkd -i "$(wgif 1)" \
		-f "$LAB_DIR/conf1b" -L "$BUILD"
	for name in $PROBES; do
		wait "${PROBE_PID[$name]}"
		# shellcheck disable=SC2034 # for who sources this
		PROBE_STATUS[$name]=$?
	done
	[ -z "${PROBE_MADE:-}" ] || rmdir "$PROBE_MADE"
}
