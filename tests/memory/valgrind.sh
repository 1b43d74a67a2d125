#!/usr/bin/env bash
# The unit tests under valgrind's memcheck: each test in a process of its own,
# which is followed. Those that make or load a filter or change what the process
# may do are left out: valgrind makes calls of its own, has no seccomp(2), and
# keeps limits to itself, so that who waits for one waits forever.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
without='sandbox/*|sandbox_dir/*|seccomp/*|filter/*|channel/descriptors_past_the_limit|control/out_of_descriptors|dispatch/waits_while_too_many_descriptors_are_on_their_way'
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

command -v valgrind >/dev/null || {
	echo "valgrind is missing: run 'make deps'" >&2
	exit 1
}
echo "not run: $without"
valgrind --trace-children=yes -q --error-exitcode=9 --log-file="$out/%p" \
	"$BUILD/unit-tests" --filter "!($without)"
status=$?
cat "$out"/* 2>/dev/null
errors=$(cat "$out"/* 2>/dev/null | grep -c '^==.*== [A-Z].*')
echo "valgrind: $errors reports, status $status"
[ "$errors" = 0 ] && [ "$status" = 0 ]
