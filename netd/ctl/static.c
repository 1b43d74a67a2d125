/* The file that eject writes: the interface as it is now, for wg-quick(8)
 * without wirelinkd. */
#include <string.h>

#include "netd/ctl/confput.h"
#include "netd/ctl/view.h"

static const char head[] =
    "# As wirelinkd left it. What it does not know, and what `wg showconf`\n"
    "# prints, is to be filled in: the private key, preshared keys, and the\n"
    "# keepalives that were set by hand.\n"
    "[Interface]\n"
    "# PrivateKey =\n"
    "# or: PostUp = wg set %i private-key /etc/wireguard/%i.key\n";

static void
print_peer(const struct ctl_answer *a, const struct ctl_peer *p, FILE *out)
{
	const struct ctl_name *m = ctl_find_name(a, &p->key);
	char text[ENDPOINT_STRLEN];

	fprintf(out, "\n[Peer]\n");
	if (m != NULL && m->name_len > 0) {
		fprintf(out, "# ");
		confput_name(m->name, m->name_len, out);
	}
	fprintf(out, "PublicKey = %s\n", key_format(&p->key, text));
	if (p->endpoint.addr.family != 0)
		fprintf(out, "Endpoint = %s\n",
		    endpoint_format(&p->endpoint, text));
	for (size_t i = 0; i < p->nprefixes; i++) {
		if (!addr_is_link_local(&p->prefixes[i].prefix.addr))
			fprintf(out, "AllowedIPs = %s\n",
			    prefix_format(&p->prefixes[i].prefix, text));
	}
	/* Nobody else keeps its way through a NAT open from now on. */
	if (p->introduced)
		fprintf(out, "PersistentKeepalive = 25\n");
}

int
ctl_print_static(const struct ctl_answer *a, const struct m_addr *addrs,
    size_t naddrs, FILE *out, FILE *err)
{
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < a->npeers; i++) {
		if (a->peers[i].nheld <= a->peers[i].nprefixes)
			continue;
		fprintf(err,
		    "wirelinkctl: a peer has more than %d allowed IPs: use "
		    "wg showconf\n",
		    CTL_MAX_PREFIXES);
		return CTL_FAILED;
	}
	fputs(head, out);
	fprintf(out, "ListenPort = %u\n", a->self.listen_port);
	for (size_t i = 0; i < naddrs; i++)
		fprintf(out, "Address = %s/%u\n",
		    addr_format(&addrs[i].addr, text), addrs[i].len);
	for (size_t i = 0; i < a->npeers; i++)
		print_peer(a, &a->peers[i], out);
	return CTL_OK;
}
