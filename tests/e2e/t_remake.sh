#!/usr/bin/env bash
# The first handshake initiation is lost: the peer is made anew, and keeps all
# that the administrator gave it. Addresses that reach nobody are passed over.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# What the administrator gave node $1's peer $2: preshared key, prefixes and
# keepalive, without what changes by itself.
given() { dump "$1" | awk -v pub="${LAB_PUB[$2]}" '
	$1 == pub { n = split($4, a, ",")
		for (i = 1; i <= n; i++) if (a[i] !~ /^fe80/) ips = ips " " a[i]
		print $2, ips, $8 }'; }
lost() { in_node 1 nft list counter inet lossy "$1" |
	awk '/packets/ { print $2 }'; }
# How often node $1 has made peer $2 anew.
anew() { grep -c "made anew peer ${LAB_PUB[$2]}" "$LAB_DIR/log$1"; }
shaken() { dump "$1" | awk -v pub="${LAB_PUB[$2]}" '
	$1 == pub && $5 > 0 { found = 1 } END { exit !found }'; }

lab_begin 4
lab_hub 3
lab_default_conf 3
# Of the handshakes that leaf 2 begins (148 bytes, and 8 of UDP) the first is
# lost, and of leaf 3's the first three.
in_node 1 nft -f - <<-EOF
	table inet lossy {
		counter two { }
		counter three { }
		chain in {
			type filter hook input priority 0;
			ip saddr $(under4 2) udp length 156 quota until 200 bytes counter name two drop
			ip saddr $(under4 3) udp length 156 quota until 550 bytes counter name three drop
		}
	}
EOF
(umask 077 && wg genpsk >"$LAB_DIR/psk")
in_node 1 wg set "$(wgif 1)" peer "${LAB_PUB[2]}" \
	preshared-key "$LAB_DIR/psk"
# With a keepalive WireGuard begins at once.
in_node 2 wg set "$(wgif 2)" peer "${LAB_PUB[1]}" \
	preshared-key "$LAB_DIR/psk" persistent-keepalive 21
ours=$(given 2 1)
# Three more of leaf 3's addresses, which it states, reach nobody.
for i in 101 102 103; do
	ip_in 3 addr add "$(under4 $i)/24" dev eth0
done
in_node 3 nft -f - <<-EOF
	table inet dead {
		chain in {
			type filter hook input priority 0;
			ip daddr { $(under4 101), $(under4 102), $(under4 103) } udp dport 51820 drop
		}
	}
EOF

for i in 1 2 3; do daemon_start "$i" -v -v; done
check router-is-found wait_for 60 eval "shaken 2 1 && shaken 3 1"
check initiations-were-lost test "$(lost two) $(lost three)" = "1 3"
check made-anew wait_for 10 eval '[ "$(anew 2 1)" -ge 1 ] && [ "$(anew 3 1)" -ge 3 ]'
check dead-addresses-are-passed-over wait_for 60 both_direct 2 3
check echo pings 2 3 3
check all-is-kept test "$(given 2 1)" = "$ours"
check psk-is-there eval "[ -n '$ours' ] && case '$ours' in '(none)'*) false;; esac"
check nothing-removed refute log_has 2 "removed peer"

# With a session nothing is made anew, whatever happens to the path.
before=$(anew 2 1)/$(anew 2 3)/$(anew 3 2)
cut_path 2 3
nsenter "$(net 2)" -- ping -q -i 0.05 "$(inner 3)" >/dev/null 2>&1 &
LAB_PIDS+=($!)
check fallback wait_for 40 eval 'not_direct 2 3 && not_direct 3 2'
heal_path 2 3
check recovery wait_for 60 both_direct 2 3
check sessions-stay test "$(anew 2 1)/$(anew 2 3)/$(anew 3 2)" = "$before"
finish
