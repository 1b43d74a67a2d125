#!/usr/bin/env bash
# Unit tests, simulator and networks with ASan and UBSan. The filters of the
# sandbox report instead of refusing (-S report), since the sanitizers make
# calls that are not ours, and there is no limit of address space, of which
# they take terabytes; so what is about filter and memory (t_sandbox, figures
# of resident memory, the tests of its limits) is not run. All else of the
# sandbox is in force.
set -u
cd "$(dirname "$0")/../.." || exit 1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0 passed=0 skipped=0

check() {
	local name=$1
	shift
	if "$@" >"$out/log" 2>&1 &&
		! grep -E 'Sanitizer|runtime error' "$out/log"; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		grep -v '^ok' "$out/log" | tail -n 60
		echo "not ok $name"
		failed=$((failed + 1))
	fi
}

if [ -z "${T:-}" ]; then
	without='sandbox_dir/limits|sandbox_dir/measured'
	echo "not run: $without"
	check unit-tests "$BUILD/unit-tests" --filter "!($without)"
	check simulator "$BUILD/sim" --seeds 10
	check hostile-members "$BUILD/sim" --hostile
	T=$(cd tests/e2e && echo t_*.sh)
fi
export LAB_SANITIZED=1
for t in $T; do
	t=${t%.sh}
	if [ "$t" = t_sandbox ]; then
		echo "skip $t: it is about the filter"
		skipped=$((skipped + 1))
		continue
	fi
	check "$t" "tests/e2e/$t.sh"
done
echo "asan: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
