#!/usr/bin/env bash
# Sandboxes: what somebody in each process would try
set -u
cd "$(dirname "$0")/../.." || exit 1
if [ "$(id -u)" != 0 ]; then
	echo "skipped probe: needs root"
	echo "probe: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
. tests/e2e/lib.sh
. tests/probe/lib.sh

passed=0 failed=0 skipped=0
probe_all
for name in $PROBES; do
	out=$LAB_DIR/$name.out
	grep -v "^$name: " "$out"
	read -r p f s < <(sed -n \
		"s/^$name: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped\$/\1 \2 \3/p" "$out")
	if [ -z "${s:-}" ] || [ $((PROBE_STATUS[$name] > 1)) = 1 ]; then
		echo "not ok $name: status ${PROBE_STATUS[$name]}"
		sed 's/^/  # /' "$LAB_DIR/$name.err"
		failed=$((failed + 1))
	fi
	passed=$((passed + ${p:-0}))
	failed=$((failed + ${f:-0}))
	skipped=$((skipped + ${s:-0}))
done
echo "probe: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
