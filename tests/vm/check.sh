#!/usr/bin/env bash
# networks on kernel WireGuard, in virtual machines
#
# What make check runs of the lab: all of it, where it can be had.
set -u
cd "$(dirname "$0")/../.." || exit 1
why=
[ "$(uname -m)" = x86_64 ] || why="the lab needs an x86-64 host"
command -v apt-get >/dev/null || why="the lab's kernel comes by apt-get"
if [ -n "$why" ]; then
	echo "skipped vm: $why"
	echo "vm: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
exec tests/vm/run.sh
