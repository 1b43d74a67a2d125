# shellcheck shell=bash disable=SC2154
# eject: whoever has got the number of a wirelinkd that has ended is not sent
# its signal. In a process namespace, where numbers can be had at will.
stranger() {
	# shellcheck disable=SC2016 # for the shell inside
	unshare --pid --fork --kill-child --mount-proc bash -c '
		set -u
		mkdir "$2/left" && mkfifo "$2/left.ready" || exit 1
		"$1/ctl-netd" "$2/left" left >"$2/left.ready" &
		gone=$!
		read -r _ <"$2/left.ready"
		wait $gone
		echo $((gone - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 1000 &
		echo "$gone has ended, the stranger is $!"
		[ $! = $gone ] || exit 1
		"$1/wirelinkctl" -R "$2/left" -i wg0 eject -o "$2/left.conf"
		status=$?
		[ $status = 1 ] && kill -0 $! && kill $!
	' - "$BUILD" "$work"
}
if [ "$(printf '%s\n' 6.5 "$(uname -r)" | sort -V | head -n 1)" != 6.5 ]; then
	skip "eject-no-stranger: this kernel names a process by its number only"
elif [ ! -e /proc/sys/kernel/ns_last_pid ]; then
	skip "eject-no-stranger: numbers can't be chosen on this kernel"
else
	check eject-no-stranger stranger
fi
