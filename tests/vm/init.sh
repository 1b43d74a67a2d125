#!/bin/bash
# The first process of the virtual machine. What to do is in /job, an
# initramfs of its own behind the large one: the names of scenarios, or
# "shell". Scenarios write to the second serial line, the kernel to the first.
export PATH=/usr/bin HOME=/root TERM=linux
# A process costs an emulated processor much: tests look less often.
export LAB_POLL_S=0.1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs tmp /run
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
mkdir -p /run/netns
ip link set lo up
for m in /lib/wirelink/*; do
	insmod "$m" 2>/dev/null # a processor without a feature is no fault
done
cd /wirelink || exit 1
if [ "$(head -n 1 /job)" = shell ]; then
	setsid bash -c 'exec bash --rcfile tests/vm/shell.sh -i </dev/ttyS0 \
		>/dev/ttyS0 2>&1'
else
	stty -F /dev/ttyS1 raw -echo
	tests/vm/guest.sh </dev/null >/dev/ttyS1 2>&1
fi
echo o >/proc/sysrq-trigger
sleep 60
