# shellcheck shell=bash
# What is typed in the session that tests/pkg/session.sh records.
cat <<'END'
# A first session

Recorded by `make session` on a host that had never seen wirelink: a leaf,
10.7.0.5, which sends all through its hub. The others, leaf2 to leaf4, run
wirelink already, and a firewall between leaf4 and this host lets nothing
through. Times and keys differ from one recording to the next; nothing else is
edited.
END
says "The package, and the rc script that it brings (with systemd it is" \
	"\`systemctl enable --now wirelinkd@wg0\`):"
types 'dpkg -i wirelink_*.deb 2>&1 | grep -v database'
types 'cp -r /usr/share/doc/wirelink/examples/rc.d /etc/'
end_typed
says "A configuration to begin with, made from wg0 and wg-quick's file, and the" \
	"one decision: may the hub introduce peers?"
types 'wirelinkctl init'
types 'cat /etc/wirelink/wg0.conf'
types "sed -i 's/^# *Membership = .*/Membership = routers/' /etc/wirelink/wg0.conf"
types 'wirelinkd -n -i wg0'
end_typed
says "Start it, look at it:"
types '/etc/rc.d/wirelinkd start'
types '/etc/rc.d/wirelinkd check'
waits 60 '[ "$(wirelinkctl show | grep -c direct)" = 2 ]'
types 'wirelinkctl show'
types 'ping -c 3 -q 10.7.0.3'
end_typed
says "leaf4 is not direct. Why?"
waits 60 'wirelinkctl why leaf4 | grep -q no-handshake'
types 'wirelinkctl why leaf4'
end_typed
says "The firewall it is. Once it lets UDP through:"
heal_path 4 5
types 'wirelinkctl probe leaf4'
waits 60 '[ "$(wirelinkctl show | grep -c direct)" = 3 ]'
types 'wirelinkctl show'
end_typed
says "A name of our own, without a restart; and a mistake, which changes nothing:"
key=${LAB_PUB[4]}
types "printf '\\n[Peer]\\nPublicKey = $key\\nName = backup\\n' >>/etc/wirelink/wg0.conf"
types 'wirelinkctl reload'
waits 10 'wirelinkctl show | grep -q backup'
types 'wirelinkctl show'
types "echo 'Nmae = typo' >>/etc/wirelink/wg0.conf"
types 'wirelinkctl reload'
types "sed -i '\$d' /etc/wirelink/wg0.conf"
types '/etc/rc.d/wirelinkd reload'
end_typed
says "A picture of it all, here [graph.svg](graph.svg):"
types 'wirelinkctl graph'
types 'wirelinkctl graph -T svg >graph.svg'
end_typed
says "And what of it runs with which rights:"
types 'wirelinkctl show sandbox'
types '/etc/rc.d/wirelinkd stop'
end_typed
