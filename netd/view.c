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
	v->observe = n->conf.observe;
	memcpy(v->boot_id, n->boot_id, BOOT_ID_LEN);
	v->npeers = n->npeers;
	v->nfacts = n->db.count;
}

/* The configured name, else one that was told: first come. NULL without. */
static const uint8_t *
name_of(const struct node *n, const struct key *key,
    const struct conf_peer *conf, size_t *len)
{
	uint32_t i = 0;
	const struct dbfact *d;

	*len = 0;
	if (conf != NULL && conf->name[0] != '\0') {
		*len = strlen(conf->name);
		return (const uint8_t *)conf->name;
	}
	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct metadata m;

		if (d->attr != ATTR_METADATA || !key_eq(&d->subject, key))
			continue;
		fact_metadata(d->value, d->len, &m);
		if (m.name == NULL || m.name_len == 0)
			continue;
		*len = m.name_len;
		return m.name;
	}
	return NULL;
}

/* The i-th peer; NULL past the end. */
static const struct peer *
nth_peer(const struct node *n, size_t i)
{
	const struct peer *p;
	size_t slot = 0;

	do
		p = peer_next(n, &slot);
	while (p != NULL && i-- > 0);
	return p;
}

const struct peer *
view_via(const struct node *n, const struct peer *p, int64_t now_ns)
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
	r = view_via(n, p, now_ns);
	if (r != NULL) {
		v->path = PATH_ROUTER;
		v->has_via = true;
		v->via = r->key;
	}
}

bool
node_peer(const struct node *n, int64_t now_ns, size_t i, struct peer_view *v)
{
	const struct peer *p = nth_peer(n, i);

	if (p == NULL)
		return false;
	memset(v, 0, sizeof(*v));
	v->key = p->key;
	v->name = name_of(n, &p->key, p->conf, &v->name_len);
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

/* Sections of the configuration with a key that is no peer's. */
static const struct conf_peer *
nth_absent(const struct node *n, size_t i)
{
	for (size_t k = 0; k < n->nconfs; k++) {
		const struct conf_peer *c = &n->confs[k];
		const struct peer *p;
		size_t slot = 0;

		while ((p = peer_next(n, &slot)) != NULL && p->conf != c)
			;
		if (p == NULL && c != n->self_conf && i-- == 0)
			return c;
	}
	return NULL;
}

const uint8_t *
node_name_of(const struct node *n, const struct key *key, size_t *len)
{
	return name_of(n, key, peer_conf(n, key), len);
}

bool
node_name(const struct node *n, size_t i, struct name_view *v)
{
	const struct peer *p = nth_peer(n, i);
	const struct conf_peer *c;

	memset(v, 0, sizeof(*v));
	if (p != NULL) {
		v->on_device = true;
		v->key = p->key;
		v->name = name_of(n, &p->key, p->conf, &v->name_len);
		return true;
	}
	c = nth_absent(n, i - n->npeers);
	if (c == NULL)
		return false;
	v->key = c->key;
	v->name = name_of(n, &c->key, c, &v->name_len);
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
	    {"digests_sent", n->digests},
	    {"digests_doubted", n->doubts},
	    {"requests_refused", n->ops_refused},
	    {"changes_to_direct", n->directs},
	    {"changes_to_router", n->fallbacks},
	    {"endpoints_tried", n->tries},
	    {"pings_sent", n->pings},
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
