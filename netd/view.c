/* What people ask a node: its peers, facts and counters as they stand. */
#include <string.h>

#include "netd/state.h"

void
node_self(const struct node *n, int64_t now_ns, struct self_view *v)
{
	(void)now_ns;
	memset(v, 0, sizeof(*v));
	v->key = n->link.key;
	memcpy(v->ifname, n->link.ifname, sizeof(v->ifname));
	v->auto_addr = n->link.auto_addr;
	v->listen_port = n->link.listen_port;
	v->port = n->link.port;
	v->up = n->up;
	v->router = n->router;
	memcpy(v->boot_id, n->boot_id, BOOT_ID_LEN);
	v->npeers = n->npeers;
	v->nfacts = n->db.count;
}

/* The configured name, else one that was told: first come. */
static void
view_name(const struct node *n, const struct peer *p, struct peer_view *v)
{
	uint32_t i = 0;
	const struct dbfact *d;

	if (p->conf != NULL && p->conf->name[0] != '\0') {
		v->name = (const uint8_t *)p->conf->name;
		v->name_len = strlen(p->conf->name);
		return;
	}
	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct metadata m;

		if (d->attr != ATTR_METADATA || !key_eq(&d->subject, &p->key))
			continue;
		fact_metadata(d->value, d->len, &m);
		if (m.name == NULL || m.name_len == 0)
			continue;
		v->name = m.name;
		v->name_len = m.name_len;
		return;
	}
}

/* Over which router its prefixes would go, by the first that is stated. */
static const struct peer *
via(const struct node *n, const struct peer *p, int64_t now_ns)
{
	uint32_t i = 0;
	const struct dbfact *d;

	for (size_t k = 0; k < p->nwithdrawn; k++) {
		const struct peer *r =
		    peer_router_for(n, now_ns, p, &p->withdrawn[k].prefix);

		if (r != NULL)
			return r;
	}
	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct fact f = factdb_fact(d, now_ns);
		struct prefix prefix;
		const struct peer *r;

		if ((d->attr != ATTR_ALLOWED_V4 &&
			d->attr != ATTR_ALLOWED_V6) ||
		    !key_eq(&d->subject, &p->key))
			continue;
		prefix = fact_prefix(&f);
		r = peer_router_for(n, now_ns, p, &prefix);
		if (r != NULL)
			return r;
	}
	return NULL;
}

static void
view_path(const struct node *n, const struct peer *p, int64_t now_ns,
    struct peer_view *v)
{
	bool works = peer_is_healthy(p, now_ns) && p->proof != PROOF_DEAD;
	const struct peer *r;

	v->path = PATH_NONE;
	if (p->router) {
		v->path = works ? PATH_SELF_ROUTER : PATH_NONE;
		return;
	}
	if (p->direct) {
		v->path = works ? PATH_DIRECT : PATH_NONE;
		return;
	}
	r = via(n, p, now_ns);
	if (r != NULL) {
		v->path = PATH_ROUTER;
		v->has_via = true;
		v->via = r->key;
	}
}

bool
node_peer(const struct node *n, int64_t now_ns, size_t i, struct peer_view *v)
{
	const struct peer *p;
	size_t slot = 0;

	do {
		p = peer_next(n, &slot);
		if (p == NULL)
			return false;
	} while (i-- > 0);
	memset(v, 0, sizeof(*v));
	v->key = p->key;
	view_name(n, p, v);
	v->trust = peer_trust(n, p);
	view_path(n, p, now_ns, v);
	v->endpoint = p->endpoint;
	v->handshake_age_ns =
	    p->handshake_ns == NONE_NS ? -1 : now_ns - p->handshake_ns;
	v->alive_for_ns =
	    peer_is_alive(p, now_ns) ? now_ns - p->alive_since_ns + 1 : 0;
	v->rtt_ns = p->srtt_ns;
	v->rx_bytes = p->rx_bytes;
	v->tx_bytes = p->tx_bytes;
	v->healthy = peer_is_healthy(p, now_ns);
	v->basic = peer_is_basic(n, p);
	v->configured = p->conf != NULL;
	v->introduced = p->introduced;
	v->extended = peer_extended(p);
	v->ncandidates = candidates_count(n, p);
	v->nprefixes = p->nprefixes;
	v->prefixes = p->prefixes;
	return true;
}

bool
node_fact(const struct node *n, int64_t now_ns, size_t i, struct fact_view *v)
{
	uint32_t index = 0;
	const struct dbfact *d;

	do {
		d = factdb_next(&n->db, &index);
		if (d == NULL)
			return false;
	} while (i-- > 0);
	memset(v, 0, sizeof(*v));
	v->fact = factdb_fact(d, now_ns);
	v->local = d->local;
	if (!d->local && d->nsrc > 0 && n->peers[d->src[0].peer] != NULL)
		v->source = n->peers[d->src[0].peer]->key;
	return true;
}

bool
node_counter(const struct node *n, size_t i, struct counter_view *v)
{
	const struct counter_view own[] = {
	    {"datagrams_received", n->received},
	    {"datagrams_accepted", n->drops[DROP_NONE]},
	    {"datagrams_sent", n->sent},
	    {"facts_new", n->facts_new},
	    {"facts_refused", n->facts_refused},
	    {"facts_limited", n->facts_limited},
	    {"facts_resent", n->resent},
	    {"requests_refused", n->ops_refused},
	    {"changes_to_direct", n->directs},
	    {"changes_to_router", n->fallbacks},
	    {"log_lines_held", n->events_held},
	};
	const size_t nown = sizeof(own) / sizeof(own[0]);

	if (i < nown) {
		*v = own[i];
		return true;
	}
	i -= nown;
	if (i + 1 >= DROP_MAX)
		return false;
	v->name = drop_name((enum drop)(i + 1));
	v->value = n->drops[i + 1];
	return true;
}
