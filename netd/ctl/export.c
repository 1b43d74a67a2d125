/* wirelinkctl export: what is known of the network as configuration, for
 * wirelinkd, or as wg-quick's for a peer that runs WireGuard alone. */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "netd/ctl/confput.h"
#include "netd/ctl/select.h"
#include "netd/ctl/view.h"
#include "netd/fact.h"

/* Of one node: what the device has and what facts state. */
struct known {
	size_t nprefixes;
	struct prefix prefixes[CONF_MAX_PREFIXES];
	size_t nendpoints;
	struct endpoint endpoints[CONF_MAX_ENDPOINTS];
};

static void
add_prefix(struct known *k, const struct prefix *p)
{
	if (addr_is_link_local(&p->addr) || k->nprefixes == CONF_MAX_PREFIXES)
		return;
	for (size_t i = 0; i < k->nprefixes; i++) {
		if (prefix_eq(&k->prefixes[i], p))
			return;
	}
	k->prefixes[k->nprefixes++] = *p;
}

static void
add_endpoint(struct known *k, const struct endpoint *e)
{
	if (!addr_is_global_unicast(&e->addr) || e->port == 0 ||
	    k->nendpoints == CONF_MAX_ENDPOINTS)
		return;
	for (size_t i = 0; i < k->nendpoints; i++) {
		if (addr_eq(&k->endpoints[i].addr, &e->addr) &&
		    k->endpoints[i].port == e->port)
			return;
	}
	k->endpoints[k->nendpoints++] = *e;
}

static void
add_fact(struct known *k, const struct ctl_fact *m)
{
	struct fact f = {
	    .attr = (enum attr)m->attr, .value = m->value, .len = m->len};
	struct prefix prefix;
	struct endpoint endpoint;

	if ((f.attr == ATTR_ALLOWED_V4 && f.len == 5) ||
	    (f.attr == ATTR_ALLOWED_V6 && f.len == 17)) {
		prefix = fact_prefix(&f);
		add_prefix(k, &prefix);
	} else if ((f.attr == ATTR_ENDPOINT_V4 && f.len == 6) ||
	    (f.attr == ATTR_ENDPOINT_V6 && f.len == 18)) {
		endpoint = fact_endpoint(&f);
		add_endpoint(k, &endpoint);
	}
}

static const struct ctl_peer *
find_peer(const struct ctl_answer *a, const struct key *key)
{
	for (size_t i = 0; i < a->npeers; i++) {
		if (key_eq(&a->peers[i].key, key))
			return &a->peers[i];
	}
	return NULL;
}

/* The endpoint that WireGuard uses comes first. */
static void
know(const struct ctl_answer *a, const struct key *key, struct known *k)
{
	const struct ctl_peer *p = find_peer(a, key);

	memset(k, 0, sizeof(*k));
	if (p != NULL) {
		add_endpoint(k, &p->endpoint);
		for (size_t i = 0; i < p->nprefixes; i++)
			add_prefix(k, &p->prefixes[i].prefix);
	}
	for (size_t i = 0; i < a->nfacts; i++) {
		if (key_eq(&a->facts[i].subject, key))
			add_fact(k, &a->facts[i]);
	}
}

/* A [Peer] section of wirelink.conf. 0, or -1 without memory. */
static int
print_section(const struct ctl_answer *a, const struct ctl_name *m,
    struct confput *w, FILE *out)
{
	const struct ctl_peer *p = find_peer(a, &m->key);
	char text[ENDPOINT_STRLEN];
	struct known k;

	know(a, &m->key, &k);
	fprintf(out, "\n[Peer]\nPublicKey = %s\n", key_format(&m->key, text));
	confput_name(m->name, m->name_len, out);
	if (p != NULL && p->basic)
		fprintf(out, "Basic = yes\n");
	for (size_t i = 0; i < k.nendpoints; i++)
		fprintf(out, "Endpoints = %s\n",
		    endpoint_format(&k.endpoints[i], text));
	for (size_t i = 0; i < k.nprefixes; i++) {
		if (confput_prefix(w, &k.prefixes[i], out) == -1)
			return -1;
	}
	return 0;
}

/*
 * wg-quick's, for a basic peer.
 */

/* A router's section: false when there is nothing to say. */
static bool
print_router(const struct ctl_answer *a, const struct key *key,
    const struct key *of, FILE *out)
{
	char text[ENDPOINT_STRLEN];
	struct known k;

	know(a, key, &k);
	if (k.nprefixes == 0 || k.nendpoints == 0 || key_eq(key, of))
		return false;
	fprintf(out, "\n[Peer]\nPublicKey = %s\n", key_format(key, text));
	fprintf(out, "Endpoint = %s\n", endpoint_format(&k.endpoints[0], text));
	for (size_t i = 0; i < k.nprefixes; i++)
		fprintf(out, "AllowedIPs = %s\n",
		    prefix_format(&k.prefixes[i], text));
	fprintf(out, "PersistentKeepalive = 25\n");
	return true;
}

static int
print_basic(const struct ctl_answer *a, const char *word, FILE *out, FILE *err)
{
	char text[KEY_STRLEN > PREFIX_STRLEN ? KEY_STRLEN : PREFIX_STRLEN];
	size_t routers = 0;
	struct known k;
	struct key of;

	if (ctl_select(a, word, &of, err) == -1)
		return CTL_NO_PEER;
	know(a, &of, &k);
	if (k.nprefixes == 0) {
		fprintf(err, "wirelinkctl: no AllowedIPs are known of it\n");
		return CTL_FAILED;
	}
	fprintf(out, "[Interface]\n# The private key to %s:\n# PrivateKey =\n",
	    key_format(&of, text));
	for (size_t i = 0; i < k.nprefixes; i++)
		fprintf(
		    out, "Address = %s\n", prefix_format(&k.prefixes[i], text));
	if (a->self.router)
		routers += print_router(a, &a->self.key, &of, out);
	for (size_t i = 0; i < a->npeers; i++) {
		if (a->peers[i].path == CTL_PATH_ROUTER)
			routers += print_router(a, &a->peers[i].key, &of, out);
	}
	if (routers > 0)
		return CTL_OK;
	fprintf(err,
	    "wirelinkctl: no router with an endpoint and AllowedIPs is "
	    "known\n");
	return CTL_FAILED;
}

int
ctl_print_export(const struct ctl_answer *a, const struct ctl_options *o,
    FILE *out, FILE *err)
{
	char ifname[4 * sizeof(a->self.ifname)];
	struct confput w = {0};
	int rv = CTL_OK;

	if (o->basic != NULL)
		return print_basic(a, o->basic, out, err);
	fprintf(out,
	    "# The peers of %s as they were known. Whom to trust is not told:\n"
	    "# see Trust and Membership in wirelink.conf(5).\n",
	    log_escape(a->self.ifname, strlen(a->self.ifname), ifname,
		sizeof(ifname)));
	for (size_t i = 0; i < a->nnames && rv == CTL_OK; i++) {
		if (print_section(a, &a->names[i], &w, out) == -1) {
			fprintf(err, "wirelinkctl: no memory\n");
			rv = CTL_FAILED;
		}
	}
	free(w.prefixes);
	return rv;
}
