# shellcheck shell=bash
# What a shell of make lab-shell starts with: node 1, the router, and leaves 2
# and 3, with a daemon on each.
. tests/e2e/lib.sh
lab_begin 4
lab_hub 3
lab_default_conf 3
for node in 1 2 3; do daemon_start "$node"; done
wait_for 60 both_direct 2 3
echo
ctl 2 show
cat <<'END'

Node 1 is the router, 2 and 3 are leaves; each is a network namespace.
	ctl 2 show		wirelinkctl on node 2
	in_node 2 COMMAND	any command there (ip, wg, nft, tc, ping, tcpdump)
	log 2			what its daemon said
	cut_path 2 3, heal_path 2 3
	exit			ends the machine
END
log() { cat "$LAB_DIR/log$1"; }
PS1='lab# '
