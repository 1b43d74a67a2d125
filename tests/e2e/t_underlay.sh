#!/usr/bin/env bash
# IPv6 alone under the tunnel, and both.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
family=${1:-6}

lab_begin "$family"
lab_hub 3
lab_default_conf 3
for i in 1 2 3; do daemon_start "$i"; done
check "underlay-$family-converge" wait_for 60 both_direct 2 3
check "underlay-$family-echo" pings 2 3 3
if [ "$family" = 46 ]; then
	check "underlay-46-both-are-told" wait_for 10 eval "
		ctl 2 show facts | grep -q 'leaf3 .*EndpointV4' &&
		ctl 2 show facts | grep -q 'leaf3 .*EndpointV6'"
fi
finish
