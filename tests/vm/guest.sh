#!/usr/bin/env bash
# Inside the virtual machine: runs the scenarios that /job names, one after
# the other. Each line that they say bears the time since the machine started;
# lines that begin with "run" and "end" are for run.sh.
set -u
cd "$(dirname "$0")/../.." || exit 1
out=$(mktemp)

stamp() {
	local up line
	while IFS= read -r line; do
		read -r up _ </proc/uptime
		printf '%8.2f %s\n' "$up" "$line"
	done
}

echo "kernel $(uname -r)"
while read -r -a t; do
	echo "run ${t[*]}"
	timeout -k 30 "${LIMIT_S:-7200}" "${t[@]}" </dev/null 2>&1 |
		tee "$out" | stamp
	status=${PIPESTATUS[0]}
	if [ "$status" != 0 ] && ! grep -q '^not ok' "$out"; then
		echo "not ok ${t[*]##*/}: status $status" | tee -a "$out" | stamp
	fi
	echo "end $(grep -c '^ok ' "$out") $(grep -c '^not ok' "$out")" \
		"$(grep -c '^skipped ' "$out")"
done </job
