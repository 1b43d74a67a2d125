#!/usr/bin/env bash
# make lab: prepares the virtual machine and says what it is. With "shell", as
# make lab-shell does: boots it, with three nodes up, and a shell inside.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/vm/vm.sh
[ "$ACCEL" = virtual ] && [ "${1:-}" = shell ] && ACCEL=tcg

vm_prepare
if [ "${1:-}" != shell ]; then
	du -h "$VM_KERNEL/vmlinuz" "$VM_ROOT"
	echo "kernel $(cat "$VM_KERNEL/release"); make check-vm boots it"
	exit 0
fi
work=$(mktemp -d)
terminal=$(stty -g 2>/dev/null)
trap 'rm -rf "$work"; [ -z "$terminal" ] || stty "$terminal"' EXIT
vm_command "$work" shell
[ -z "$terminal" ] || stty raw -echo
"${VM_COMMAND[@]}" -serial stdio
