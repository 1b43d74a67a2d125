# shellcheck shell=bash disable=SC2154
# top: on a terminal that we play; elsewhere one table after the other.
if has pty; then
	$python tests/ctl/top.py "$BUILD/wirelinkctl" "$work" "$netd" \
		>"$work/top" 2>&1
	while read -r result; do
		case $result in
		"ok "*) check "top-${result#ok }" true ;;
		*) check "top: $result" false ;;
		esac
	done <"$work/top"
	check top-cases test 8 = "$(grep -c '^ok ' "$work/top")"
else
	skip "top: python3 is missing"
fi
# Two of them, and then nobody reads on.
two_tables() {
	ctl -n 1 top | sed '/^$/q' >"$work/tables"
	[ "$(head -n 2 "$work/tables" | tail -n 1 | cut -c -4)" = PEER ] &&
		[ "$(sed -n '$p' "$work/tables")" = "" ] &&
		! grep -q "$(printf '\033')" "$work/tables"
}
check top-plain two_tables
check top-seconds status_is 2 ctl -n 0 top
check top-seconds-of-others status_is 2 ctl -n 2 show
check top-json status_is 2 ctl -j top
check top-nobody status_is 1 ctl -R "$work/nowhere" top
