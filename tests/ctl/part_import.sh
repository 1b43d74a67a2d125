# shellcheck shell=bash disable=SC2154
# import: without any daemon, and in the sandbox.
echo '{"port": 7, "peers": [{"PublicKey": "'"$(head -c 32 /dev/zero |
	tr '\0' '\1' | base64)"'", "Name": "hub"}]}' >"$work/go.json"
check import eval 'ctl -i none import "$work/go.json" >"$work/imported" &&
	grep -qx "Port = 7" "$work/imported" &&
	grep -qx "Name = hub" "$work/imported"'
check import-missing eval 'ctl import "$work/none"; [ $? = 1 ]'
check import-broken eval 'ctl import "$work/imported"; [ $? = 1 ]'
