# shellcheck shell=bash
# How a virtual machine is made and started; for run.sh, shell.sh and soak.sh.
# Variables: KERNEL, a Debian package; SUITE, of Debian, if not this host's
# own; ACCEL: virtual (the default), tcg or kvm; BUILD.
BUILD=${BUILD:-build}
KERNEL=${KERNEL:-linux-image-cloud-amd64}
SUITE=${SUITE:-}
ACCEL=${ACCEL:-virtual}

vm_die() {
	echo "$*" >&2
	exit 1
}

# Sets VM_KERNEL and VM_ROOT, and makes both if they are not there.
vm_prepare() {
	local p
	[ "$(uname -m)" = x86_64 ] || vm_die "the lab needs an x86-64 host"
	for p in qemu-system-x86_64 cpio depmod; do
		PATH=$PATH:/usr/sbin command -v "$p" >/dev/null ||
			vm_die "$p is missing: run 'make deps'"
	done
	VM_KERNEL=$BUILD/vm/$KERNEL${SUITE:+-$SUITE}
	VM_ROOT=$VM_KERNEL/root.cpio
	PATH=$PATH:/usr/sbin tests/vm/kernel.sh "$VM_KERNEL" "$KERNEL" \
		$SUITE || exit 1
	if [ ! -e "$VM_ROOT" ] || [ -n "$(find tests/vm tests/e2e privd/etc \
		"$BUILD"/{wirelink*,memscan,inject,dropcap,hostile-*} \
		-newer "$VM_ROOT" -print -quit)" ]; then
		PATH=$PATH:/usr/sbin tests/vm/pack.sh "$VM_KERNEL" "$VM_ROOT" ||
			exit 1
	fi
}

# vm_command DIR JOB: fills VM_COMMAND. DIR is for what belongs to this one
# machine; JOB is what its init is to do.
#
# The clock: "virtual" counts instructions, one each nanosecond, and jumps
# ahead when the machine is idle. Ten quiet minutes last a second, and a busy
# host changes no figure. "tcg" is the host's time, emulated; "kvm" is not.
vm_command() {
	local dir=$1 job=$2
	echo "$job" >"$dir/job"
	(cd "$dir" && echo job | cpio -o -H newc --quiet) >"$dir/job.cpio"
	cat "$VM_ROOT" "$dir/job.cpio" >"$dir/initrd"
	VM_COMMAND=(qemu-system-x86_64 -m "${VM_MEMORY:-1024}" -no-reboot
		-nodefaults -display none -kernel "$VM_KERNEL/vmlinuz"
		-initrd "$dir/initrd")
	case $ACCEL in
	virtual) VM_COMMAND+=(-accel tcg -cpu "qemu64,+rdrand" -smp 1
		-icount "shift=0,sleep=off") ;;
	tcg) VM_COMMAND+=(-accel "tcg,thread=multi" -cpu "qemu64,+rdrand" -smp 2) ;;
	kvm) VM_COMMAND+=(-accel kvm -cpu host -smp 2) ;;
	*) vm_die "ACCEL is virtual, tcg or kvm, not '$ACCEL'" ;;
	esac
	VM_COMMAND+=(-append "console=ttyS0 quiet panic=-1 random.trust_cpu=on")
}
