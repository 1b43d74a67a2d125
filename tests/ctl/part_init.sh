# shellcheck shell=bash disable=SC2154
# init: from the daemon that is played; never over a file.
check init ctl init "$work/new.conf"
check init-peers test 6 = "$(grep -c '^\[Peer\]$' "$work/new.conf")"
check init-names grep -qx 'Name = absent' "$work/new.conf"
check init-mode test '640 _wirelinkp' = "$(stat -c '%a %G' "$work/new.conf")"
echo mine >"$work/old.conf"
check init-never-over eval '! ctl init "$work/old.conf" &&
	grep -qx mine "$work/old.conf"'
ln -s "$work/elsewhere" "$work/link.conf"
check init-no-link eval '! ctl init "$work/link.conf" &&
	[ ! -e "$work/elsewhere" ]'
check init-nothing-known eval '! ctl -i none0 init "$work/none.conf" &&
	[ ! -e "$work/none.conf" ]'
