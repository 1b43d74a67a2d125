#!/usr/bin/env bash
# proof: no input makes the parsers or the policy read or write out of bounds
# Frama-C's Eva on every driver, two at a time; docs/proofs.md.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
export BUILD
passed=0 failed=0 skipped=0

# A message without a driver is a decoder without a proof.
has_driver() {
	grep -qE "^ \* messages: (.* )?$1( |\$)" tests/prove/driver_*.c
}
forgotten=
rows=0
while read -r message; do
	rows=$((rows + 1))
	has_driver "$message" || forgotten="$forgotten $message"
done < <(echo 'MSG_TABLE(TABLE)' | cat proto/msgs.h - |
	gcc -E -P -I. '-DTABLE(name,code,dir,min,max,...)=@name max' - |
	grep -oE '@[A-Z_]+ [^ @]+' | tr -d @ | awk '$2 != "0" { print $1 }')
if [ -z "$forgotten" ] && [ "$rows" -gt 0 ]; then
	echo "ok every message with a payload has a driver"
	passed=1
else
	echo "not ok messages without a driver:$forgotten"
	failed=1
fi

drivers=(tests/prove/driver_*.c)
if ! command -v frama-c >/dev/null; then
	echo "skip ${#drivers[@]} drivers: frama-c is not installed"
	skipped=${#drivers[@]}
else
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	# The longest first.
	printf '%s\n' tests/prove/driver_{policy,device,conf,peerset}.c \
		"${drivers[@]}" | awk '!seen[$0]++' |
		xargs -n 1 -P 2 tests/prove/driver.sh | tee "$log"
	passed=$((passed + $(grep -c '^ok ' "$log")))
	failed=$((failed + ${#drivers[@]} - $(grep -c '^ok ' "$log")))
fi
echo "prove: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
