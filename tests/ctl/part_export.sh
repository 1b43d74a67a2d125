# shellcheck shell=bash disable=SC2154
# export: unit tests read what it prints with wirelinkd's own parser; this is
# what WireGuard's tools say of the other kind.
check export ctl export
check export-unknown-peer eval 'ctl export -b phon; [ $? = 4 ]'
check export-no-addresses eval 'ctl export -b absent; [ $? = 1 ]'
if command -v wg-quick >/dev/null; then
	(umask 077 && ctl export -b phone >"$work/wgtest.conf")
	check export-basic eval 'wg-quick strip "$work/wgtest.conf" \
		>"$work/stripped" && grep -q "^AllowedIPs = 10.7.0.0/24" \
		"$work/stripped" && ! grep -q Address "$work/stripped"'
else
	skip "export: wg-quick is missing"
fi
