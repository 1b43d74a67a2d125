#!/usr/bin/env bash
# A hostile netd, with sanitizers: 200,000 messages
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
MAKEFLAGS='' make -s -j2 BUILD="$BUILD/hostile-asan" CFLAGS='-O1 -g' \
	SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' \
	"$BUILD/hostile-asan/hostile" >/dev/null || exit 1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
pids=()
for seed in 1 2; do
	ASAN_OPTIONS=detect_leaks=0 "$BUILD/hostile-asan/hostile" \
		--seed "$seed" --messages 100000 >"$out/$seed" 2>&1 &
	pids+=($!)
done
passed=0 failed=0
for seed in 1 2; do
	if wait "${pids[$((seed - 1))]}"; then
		passed=$((passed + 1))
		head -n 1 "$out/$seed"
	else
		failed=$((failed + 1))
		cat "$out/$seed"
		echo "not ok hostile: seed $seed"
	fi
done
# Planted bugs that no longer fit the code would find nothing. Whether they
# are found is for make check-mutants.
stale=
for patch in tests/hostile/mutants/*.patch; do
	patch --dry-run -s -f -F0 -p0 <"$patch" >/dev/null 2>&1 ||
		stale="$stale ${patch##*/}"
done
if [ -z "$stale" ]; then
	passed=$((passed + 1))
	echo "ok planted bugs fit"
else
	failed=$((failed + 1))
	echo "not ok planted bugs do not fit:$stale"
fi
echo "hostile: $passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
