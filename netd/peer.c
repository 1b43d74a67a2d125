/* The table of peers, and what is known of one. */
#include <stdlib.h>
#include <string.h>

#include "netd/state.h"

/* Events about one peer: a burst, then so many. */
#define EVENTS_BURST 16
#define EVENT_NS     (10 * SECOND_NS)
/* See peer_is_steady. */
#define PROMISE_ENDS_NS (2 * SECOND_NS)
#define TURNED_NS	(20 * SECOND_NS)

struct peer *
peer_next(const struct node *n, size_t *slot)
{
	while (*slot < n->peer_top) {
		struct peer *p = n->peers[(*slot)++];

		if (p != NULL)
			return p;
	}
	return NULL;
}

struct peer *
peer_find(const struct node *n, const struct key *key)
{
	size_t i = 0;
	struct peer *p;

	while ((p = peer_next(n, &i)) != NULL) {
		if (key_eq(&p->key, key))
			return p;
	}
	return NULL;
}

const struct conf_peer *
peer_conf(const struct node *n, const struct key *key)
{
	for (size_t i = 0; i < n->nconfs; i++) {
		if (key_eq(&n->confs[i].key, key))
			return &n->confs[i];
	}
	return NULL;
}

bool
peer_is_alive(const struct peer *p, int64_t now_ns)
{
	return p->alive_until_ns > now_ns;
}

bool
peer_is_healthy(const struct peer *p, int64_t now_ns)
{
	int64_t last_ns =
	    p->handshake_ns > p->heard_ns ? p->handshake_ns : p->heard_ns;

	return p->endpoint.addr.family != 0 && last_ns != NONE_NS &&
	    now_ns - last_ns < HANDSHAKE_VALID_NS;
}

/* Marked so in the configuration, or by somebody's MemberMetadata. */
bool
peer_is_basic(const struct node *n, const struct peer *p)
{
	uint32_t i = 0;
	const struct dbfact *d;

	if (p->conf != NULL)
		return p->conf->basic;
	if (p->has_boot_id)
		return false;
	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct metadata m;

		if (d->attr != ATTR_METADATA || !key_eq(&d->subject, &p->key))
			continue;
		fact_metadata(d->value, d->len, &m);
		if (m.has_basic && m.basic)
			return true;
	}
	return false;
}

/*
 * Its digests say all up to when what they promise expires. Without them, all
 * is said again with so much of its TTL to go that a silence is noticed before;
 * but what the last of its digests stood for may end sooner, so that it has to
 * be heard for a while after that.
 */
bool
peer_is_steady(const struct peer *p, int64_t now_ns)
{
	if (p->heard_ns == NONE_NS || now_ns - p->steady_since_ns <= SETTLED_NS)
		return false;
	if (p->digests)
		return now_ns + PROMISE_ENDS_NS < p->promised_ns;
	return now_ns - p->heard_ns < SILENT_NS &&
	    (p->turned_ns == NONE_NS || p->heard_ns - p->turned_ns > TURNED_NS);
}

bool
peer_extended(const struct peer *p)
{
	return p->has_boot_id && (p->caps & CAP_ACK) != 0;
}

bool
peer_digests(const struct peer *p)
{
	return peer_extended(p) && (p->caps & CAP_DIGEST) != 0;
}

bool
peer_boot_is(const struct peer *p, const uint8_t boot[FACT_LINK_BOOT_LEN])
{
	return p->has_boot_id &&
	    memcmp(p->boot_id, boot, FACT_LINK_BOOT_LEN) == 0;
}

bool
peer_boot_later(const struct peer *p, const uint8_t boot[FACT_LINK_BOOT_LEN])
{
	return p->has_boot_id && (p->caps & CAP_ORDER) != 0 &&
	    memcmp(p->boot_id, boot, BOOT_ID_ORDER_LEN) < 0;
}

bool
peer_boot_counts(const struct peer *p, const uint8_t boot[FACT_LINK_BOOT_LEN])
{
	return peer_boot_is(p, boot) || peer_boot_later(p, boot);
}

int64_t
peer_silent_ns(const struct peer *p)
{
	return p->digests ? HANDSHAKE_VALID_NS : SILENT_NS;
}

bool
peer_holds(const struct peer *p, const struct prefix *prefix, bool *ours)
{
	for (size_t i = 0; i < p->nprefixes; i++) {
		if (!prefix_eq(&p->prefixes[i].prefix, prefix))
			continue;
		if (ours != NULL)
			*ours = p->prefixes[i].ours;
		return true;
	}
	return false;
}

bool
peer_within(int64_t *full_ns, int64_t now_ns, int64_t each_ns, int burst)
{
	int64_t empty_ns = now_ns - burst * each_ns;

	if (*full_ns < empty_ns)
		*full_ns = empty_ns;
	if (*full_ns + each_ns > now_ns)
		return false;
	*full_ns += each_ns;
	return true;
}

struct event *
peer_event(struct node *n, struct peer *p, enum event_code code, int64_t now_ns)
{
	struct event *ev;

	n->stirred_ns = now_ns;
	if (!peer_within(&p->events_ns, now_ns, EVENT_NS, EVENTS_BURST)) {
		p->events_held++;
		n->events_held++;
		return &n->unsaid;
	}
	ev = node_event(n, code, &p->key);
	ev->held = p->events_held;
	p->events_held = 0;
	return ev;
}

struct event *
minor_event(struct node *n, struct peer *p, enum event_code code,
    const struct key *key, int64_t now_ns)
{
	if (n->nevents >= MAX_EVENTS / 2 ||
	    !peer_within(&p->minor_ns, now_ns, EVENT_NS, EVENTS_BURST))
		return &n->unsaid;
	return node_event(n, code, key);
}

enum trust
peer_trust_own(const struct node *n, const struct peer *p)
{
	return trust_of_source(p->conf != NULL ? p->conf->trust : TRUST_UNSET,
	    p->router, true, n->conf.membership);
}

enum trust
peer_trust(const struct node *n, const struct peer *p)
{
	return trust_with_lent(p->conf != NULL ? p->conf->trust : TRUST_UNSET,
	    peer_trust_own(n, p), p->lent);
}

bool
peer_router_works(const struct node *n, const struct peer *r, int64_t now_ns)
{
	if (!peer_is_healthy(r, now_ns) || r->proof == PROOF_DEAD)
		return false;
	if (r->heard_ns != NONE_NS)
		return !silence_lasts(r, now_ns) || r->mute;
	return now_ns - n->started_ns > GRACE_NS;
}

int
peer_covers(const struct peer *r, const struct prefix *prefix)
{
	int len = -1;

	for (size_t i = 0; i < r->nprefixes; i++) {
		const struct m_prefix *m = &r->prefixes[i];

		if (!m->ours && prefix_is_routing(&m->prefix) &&
		    prefix_contains(&m->prefix, prefix) && m->prefix.len > len)
			len = m->prefix.len;
	}
	return len;
}

const struct peer *
peer_router_for(const struct node *n, int64_t now_ns, const struct peer *p,
    const struct prefix *prefix)
{
	const struct peer *best = NULL, *r;
	int best_len = -1, len;
	size_t slot = 0;

	while ((r = peer_next(n, &slot)) != NULL) {
		if (r == p || !r->router || !peer_router_works(n, r, now_ns))
			continue;
		len = peer_covers(r, prefix);
		if (len <= best_len)
			continue;
		best = r;
		best_len = len;
	}
	return best;
}

void
peer_heard(struct node *n, struct peer *p, int64_t now_ns)
{
	bool first = p->heard_ns == NONE_NS || p->endpoint.addr.family == 0 ||
	    now_ns - p->heard_ns > HANDSHAKE_VALID_NS;

	if (p->heard_ns == NONE_NS || now_ns - p->heard_ns > SECOND_NS)
		flight_hurry(n, p, now_ns);
	if (p->heard_ns == NONE_NS || now_ns - p->heard_ns > peer_silent_ns(p))
		p->steady_since_ns = now_ns;
	p->heard_ns = now_ns;
	if (first) {
		/* The kernel knows its endpoint now, and we don't. */
		node_want_device(n, now_ns);
		n->local_dirty = true;
	}
}

/* What is remembered of a nonce; 0 is none. */
static uint64_t
nonce_word(const uint8_t *nonce)
{
	uint64_t v;

	memcpy(&v, nonce, sizeof(v));
	return v != 0 ? v : 1;
}

bool
peer_nonce_seen(const struct peer *p, const uint8_t *nonce)
{
	uint64_t v = nonce_word(nonce);

	for (size_t i = 0; i < NONCES_REMEMBERED; i++) {
		if (p->nonces[i] == v)
			return true;
	}
	return false;
}

void
peer_nonce_note(struct peer *p, const uint8_t *nonce)
{
	p->nonces[p->nonce_next] = nonce_word(nonce);
	p->nonce_next = (p->nonce_next + 1) % NONCES_REMEMBERED;
}

/* Is what others know of the path to it still that it is down? It is asked
 * once. */
static bool
left_down(struct node *n, const struct key *key)
{
	for (size_t i = 0; i < MAX_LEFT_DOWN; i++) {
		if (!key_eq(&n->left_down[i], key))
			continue;
		memset(&n->left_down[i], 0, sizeof(n->left_down[i]));
		return true;
	}
	return false;
}

struct peer *
peer_add(struct node *n, const struct key *key)
{
	struct peer *p, *other;
	size_t slot = 0, i = 0;

	while (slot < n->peer_top && n->peers[slot] != NULL)
		slot++;
	if (slot == NODE_MAX_PEERS) {
		node_table_full(n, "peers");
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		node_table_full(n, "peers");
		return NULL;
	}
	p->slot = (uint16_t)slot;
	p->key = *key;
	p->auto_addr = key_auto_addr(key);
	p->conf = peer_conf(n, key);
	/* Full, also when the clock has only just begun. */
	p->tokens_ns = p->events_ns = p->minor_ns = p->links_ns = p->boots_ns =
	    p->remakes_ns = p->try_from_ns = p->rest_ns = NONE_NS;
	p->lent = TRUST_UNSET;
	n->lent_stale = true;
	members_here(n, key);
	p->handshake_ns = NONE_NS;
	p->alive_until_ns = NONE_NS;
	p->heard_ns = NONE_NS;
	p->alive_heard_ns = NONE_NS;
	p->greeted_ns = NONE_NS;
	p->broke_ns = NONE_NS;
	p->alive_sent_ns = NONE_NS;
	p->turned_ns = NONE_NS;
	p->srtt_ns = -1;
	p->loud_until_ns = n->loud_until_ns;
	p->stalled_ns = NONE_NS;
	p->data_since_ns = NONE_NS;
	p->proof_ns = NONE_NS;
	p->ping_at_ns = INT64_MAX;
	p->died_ns = NONE_NS;
	/* The same of what an earlier run of ours has said of those that were
	 * there when this one began. */
	p->said = left_down(n, key) || !n->have_device ? FACT_LINK_DOWN
						       : FACT_LINK_READY;
	p->they_down_ns = NONE_NS;
	p->refused_ns = NONE_NS;
	while ((other = peer_next(n, &i)) != NULL) {
		if (!other->collided &&
		    addr_eq(&other->auto_addr, &p->auto_addr))
			p->collided = true;
	}
	if (addr_eq(&p->auto_addr, &n->link.auto_addr))
		p->collided = true;
	if (p->collided)
		node_event(n, EV_COLLISION, key);
	n->peers[slot] = p;
	n->db.vacated = true; /* facts about it may be taken now */
	n->npeers++;
	if (slot == n->peer_top)
		n->peer_top++;
	if (n->have_device)
		minor_event(n, p, EV_PEER_FOUND, key, n->snapshot_ns);
	return p;
}

void
peer_drop(struct node *n, struct peer *p)
{
	for (size_t i = 0; i < n->cap_flights; i++) {
		if (n->flights[i].used && n->flights[i].peer == p->slot)
			flight_free(n, &n->flights[i]);
	}
	/* It may come back, and still have what it was told. */
	if (factdb_forget_peer(&n->db, p->slot))
		n->loud_until_ns = n->snapshot_ns + SETTLED_NS;
	n->lent_stale = true;
	if (p->said == FACT_LINK_DOWN) {
		n->left_down[n->left_down_next] = p->key;
		n->left_down_next = (n->left_down_next + 1) % MAX_LEFT_DOWN;
	}
	n->peers[p->slot] = NULL;
	n->npeers--;
	while (n->peer_top > 0 && n->peers[n->peer_top - 1] == NULL)
		n->peer_top--;
	free(p->prefixes);
	free(p->withdrawn);
	free(p->op_prefixes);
	free(p);
}
