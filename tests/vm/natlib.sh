# shellcheck shell=bash
# Sites behind NAT, for t_nat.sh: a router with an address on the lab's switch
# and a LAN behind it, as nodes called n2, n3 and so on.

# nat_site N FLAGS: a router that masquerades LAN 192.168.N.0/24 as
# 192.0.2.(100+N). FLAGS go to nftables: none keeps the ports where it can,
# "fully-random" doesn't. Like a router at home it takes nothing new from
# outside, without a word.
nat_site() {
	local n=$1 flags=${2:-}
	lab_netns "n$n"
	ip_in sw link add name "pn$n" type veth \
		peer name wan netns "$(ns "n$n")"
	ip_in sw link set "pn$n" master br0 up
	ip_in "n$n" link add name lan type bridge
	ip_in "n$n" addr add "192.168.$n.1/24" dev lan
	ip_in "n$n" link set lan up
	ip_in "n$n" addr add "$(under4 $((100 + n)))/24" dev wan
	ip_in "n$n" link set wan up
	nat_default "n$n" wan
	in_node "n$n" sysctl -qw net.ipv4.ip_forward=1
	in_node "n$n" nft -f - <<-EOT
		table ip site {
			chain in {
				type filter hook input priority 0;
				iifname wan ct state new drop
			}
			chain forward {
				type filter hook forward priority 0;
				iifname wan ct state new drop
			}
			chain out {
				type nat hook postrouting priority 100;
				oifname wan masquerade $flags
			}
		}
	EOT
}

# What has no route ends nowhere, as on the internet: nobody has that address.
nat_default() {
	ip_in "$1" route replace default via "$(under4 254)" dev "$2"
	ip_in "$1" neigh replace "$(under4 254)" lladdr 02:00:00:00:00:fe \
		dev "$2" nud permanent
}

# nat_node I N: node I in the LAN of site N.
nat_node() {
	local i=$1 n=$2
	lab_netns "$i"
	ip_in "n$n" link add name "p$i" type veth \
		peer name eth0 netns "$(ns "$i")"
	ip_in "n$n" link set "p$i" master lan up
	ip_in "$i" addr add "192.168.$n.1$i/24" dev eth0
	ip_in "$i" link set eth0 up
	ip_in "$i" route add default via "192.168.$n.1"
	lab_key "$i"
	lab_wg_up "$i"
}

# nat_move I N: node I leaves its LAN for that of site N, or for the switch
# with N "public".
nat_move() {
	local i=$1 n=$2
	ip_in "$i" link del eth0
	if [ "$n" = public ]; then
		ip_in sw link add name "p$i" type veth \
			peer name eth0 netns "$(ns "$i")"
		ip_in sw link set "p$i" master br0 up
		ip_in "$i" addr add "$(under4 "$i")/24" dev eth0
		ip_in "$i" link set eth0 up
		nat_default "$i" eth0
		return
	fi
	ip_in "n$n" link add name "p$i" type veth \
		peer name eth0 netns "$(ns "$i")"
	ip_in "n$n" link set "p$i" master lan up
	ip_in "$i" addr add "192.168.$n.1$i/24" dev eth0
	ip_in "$i" link set eth0 up
	ip_in "$i" route add default via "192.168.$n.1"
}

# Site $1 gets another address from its provider, ending in $2.
nat_renumber() {
	ip_in "n$1" addr flush dev wan
	ip_in "n$1" addr add "$(under4 "$2")/24" dev wan
	nat_default "n$1" wan
}

# Site $1 forgets UDP mappings that were silent for $2 seconds.
nat_forgets() {
	in_node "n$1" sysctl -qw net.netfilter.nf_conntrack_udp_timeout="$2" \
		net.netfilter.nf_conntrack_udp_timeout_stream="$2"
}

# nat_lab SITE2 SITE3: the router and leaves 2 and 3. A leaf is "public", or
# in site N of its own, "N" or "N fully-random"; two may have the same N.
nat_lab() {
	local i=2 site
	lab_begin 4
	lab_node 1
	nat_default 1 eth0
	in_node 1 sysctl -qw net.ipv4.ip_forward=1
	for site; do
		if [ "$site" = public ]; then
			lab_node "$i"
			nat_default "$i" eth0
		else
			[ -e "/run/netns/$(ns "n${site%% *}")" ] ||
				nat_site "${site%% *}" "$(
					[[ $site = *" "* ]] && echo "${site#* }")"
			nat_node "$i" "${site%% *}"
		fi
		lab_join "$i"
		i=$((i + 1))
	done
	lab_default_conf 3
}

# How often leaf $1's traffic to a peer changed its way.
changes() {
	ctl "$1" -j show counters |
		jq -r '.counters | .changes_to_direct + .changes_to_router'
}
