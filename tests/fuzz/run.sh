#!/usr/bin/env bash
# make fuzz: each target for SECONDS, two at a time; a table; where what
# crashed is. Names of targets as arguments, else all.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/fuzz/lib.sh
. tests/fuzz/lib.sh

missing=$(fuzz_missing)
if [ -n "$missing" ]; then
	echo "$missing: run 'make deps'" >&2
	exit 1
fi
mkdir -p "$BUILD"
make -s fuzz-build BUILD="$BUILD" >"$BUILD/fuzz-build.log" 2>&1 || {
	cat "$BUILD/fuzz-build.log"
	exit 1
}
[ $# -gt 0 ] || mapfile -t targets < <(fuzz_targets)
[ $# -eq 0 ] || targets=("$@")
for t in "${targets[@]}"; do
	[ -e "tests/fuzz/fuzz_$t.c" ] || {
		echo "no target $t; there are: $(fuzz_targets | xargs)" >&2
		exit 1
	}
done
fuzz_all "${SECONDS_EACH:-30}" 2 "${targets[@]}"
status=0
fuzz_head
for t in "${targets[@]}"; do
	fuzz_row "$t"
	fuzz_ok "$t" || status=1
done
for t in "${targets[@]}"; do
	[ -z "${LINES:-}" ] || fuzz_lines "$t"
	fuzz_ok "$t" || {
		echo "$t failed:"
		fuzz_failure "$t"
	}
done
exit $status
