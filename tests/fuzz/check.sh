#!/usr/bin/env bash
# fuzzing: seeds, regressions, and FUZZ_SECONDS each
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/fuzz/lib.sh
. tests/fuzz/lib.sh

passed=0 failed=0 skipped=0
mapfile -t targets < <(fuzz_targets)
missing=$(fuzz_missing)
if [ -n "$missing" ]; then
	for t in "${targets[@]}"; do
		echo "skipped $t: $missing"
		skipped=$((skipped + 1))
	done
	echo "fuzz: $passed passed, $failed failed, $skipped skipped"
	exit 0
fi
mkdir -p "$BUILD"
make -s fuzz-build BUILD="$BUILD" >"$BUILD/fuzz-build.log" 2>&1 || {
	cat "$BUILD/fuzz-build.log"
	echo "fuzz: 0 passed, ${#targets[@]} failed, 0 skipped"
	exit 1
}
# The same inputs each time: what is new is for make fuzz to find.
export FUZZ_SEED=1
fuzz_all "${FUZZ_SECONDS:-1}" 2 "${targets[@]}"
fuzz_head
for t in "${targets[@]}"; do
	fuzz_row "$t"
	if fuzz_ok "$t"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok $t:"
		fuzz_failure "$t"
	fi
done
echo "fuzz: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
