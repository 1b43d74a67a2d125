#!/usr/bin/env bash
# A wirelinkd that says what it may not say now: netd ends, with a line.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

lab_alone
[ -x "$BUILD/order" ] || die "$BUILD/order is missing: run 'make tests'"
mkdir "$LAB_DIR/empty"

# ends STATUS PATTERN WORD...: netd, told that, ends so.
ends() {
	local want=$1 pattern=$2 out status
	shift 2
	out=$("$BUILD/order" "$BUILD/wirelink-netd" "$LAB_DIR/empty" "$@" 2>&1)
	status=$?
	[ "$status" = "$want" ] && grep -q -- "$pattern" <<<"$out" && return
	echo "status $status: $out"
	return 1
}
broken() {
	local name=$1 what=$2
	shift 2
	check "$name" ends 1 "broke the protocol: $what" "$@"
}

check goes-away ends 0 '' hello link policy end
check goes-away-at-once ends 0 ''
check another-version ends 1 'is version 0.0' other
broken hello-twice HELLO hello hello
broken link-before-hello CONF_LINK link
broken link-twice CONF_LINK hello link link
broken policy-first CONF_POLICY hello policy
broken policy-twice CONF_POLICY hello link policy policy
broken end-first CONF_END hello end
broken end-without-policy CONF_END hello link end
broken end-twice CONF_END hello link policy end end
finish
