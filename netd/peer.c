/* The table of peers: what the device says of them, and what follows. */
#include <stdlib.h>
#include <string.h>

#include "netd/state.h"

#define STAGGER_NS (30 * MSEC_NS)
/* Events about one peer: a burst, then so many. */
#define EVENTS_BURST 16
#define EVENT_NS     (10 * SECOND_NS)

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
peer_find(struct node *n, const struct key *key)
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

bool
peer_is_steady(const struct peer *p, int64_t now_ns)
{
	return p->heard_ns != NONE_NS && now_ns - p->heard_ns < SILENT_NS &&
	    now_ns - p->steady_since_ns > SETTLED_NS;
}

bool
peer_extended(const struct peer *p)
{
	return p->has_boot_id && (p->caps & CAP_ACK) != 0;
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
peer_trust(const struct node *n, const struct peer *p)
{
	return trust_of_source(p->conf != NULL ? p->conf->trust : TRUST_UNSET,
	    p->router, true, n->conf.membership);
}

/* A router that speaks must have been heard of late; of one that never has,
 * perhaps because we have just started, the handshake tells, later. */
static bool
router_works(const struct node *n, const struct peer *r, int64_t now_ns)
{
	if (!peer_is_healthy(r, now_ns) || r->proof == PROOF_DEAD)
		return false;
	if (r->heard_ns != NONE_NS)
		return now_ns - r->heard_ns < SILENT_NS;
	return now_ns - n->started_ns > GRACE_NS;
}

const struct peer *
peer_router_for(const struct node *n, int64_t now_ns, const struct peer *p,
    const struct prefix *prefix)
{
	const struct peer *best = NULL, *r;
	uint8_t best_len = 0;
	size_t slot = 0;

	while ((r = peer_next(n, &slot)) != NULL) {
		if (r == p || !r->router || !router_works(n, r, now_ns))
			continue;
		for (size_t i = 0; i < r->nprefixes; i++) {
			const struct m_prefix *m = &r->prefixes[i];

			if (m->ours || !prefix_is_routing(&m->prefix) ||
			    !prefix_contains(&m->prefix, prefix))
				continue;
			if (best == NULL || m->prefix.len > best_len) {
				best = r;
				best_len = m->prefix.len;
			}
		}
	}
	return best;
}

void
peer_heard(struct node *n, struct peer *p, int64_t now_ns)
{
	bool first = p->heard_ns == NONE_NS || p->endpoint.addr.family == 0 ||
	    now_ns - p->heard_ns > HANDSHAKE_VALID_NS;

	if (p->heard_ns == NONE_NS || now_ns - p->heard_ns > SILENT_NS)
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

static struct peer *
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
	p->tokens_ns = p->events_ns = p->minor_ns = p->links_ns = NONE_NS;
	p->handshake_ns = NONE_NS;
	p->alive_until_ns = NONE_NS;
	p->heard_ns = NONE_NS;
	p->alive_heard_ns = NONE_NS;
	p->greeted_ns = NONE_NS;
	p->booted_ns = NONE_NS;
	p->broke_ns = NONE_NS;
	p->alive_sent_ns = NONE_NS;
	p->srtt_ns = -1;
	p->stalled_ns = NONE_NS;
	p->proof_ns = NONE_NS;
	p->ping_at_ns = INT64_MAX;
	p->died_ns = NONE_NS;
	p->said = FACT_LINK_READY;
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
	factdb_forget_peer(&n->db, p->slot);
	n->peers[p->slot] = NULL;
	n->npeers--;
	while (n->peer_top > 0 && n->peers[n->peer_top - 1] == NULL)
		n->peer_top--;
	free(p->prefixes);
	free(p->withdrawn);
	free(p->op_prefixes);
	free(p);
}

void
node_device_begin(struct node *n, int64_t now_ns, int64_t wall_ns)
{
	n->device_gen++;
	n->snapshot_ns = now_ns;
	n->wall_ns = wall_ns;
	n->snapshot_peer = NULL;
	n->device_active = false;
}

/*
 * The device tells handshakes in wall-clock time, which may jump. Its value
 * is used once, when it first shows; from then on only a change counts.
 */
static void
note_handshake(struct node *n, struct peer *p, int64_t now_ns, int64_t wall_ns)
{
	int64_t age_ns, last_ns;

	if (wall_ns == p->handshake_wall_ns)
		return;
	p->handshake_wall_ns = wall_ns;
	if (wall_ns <= 0) {
		p->handshake_ns = NONE_NS;
		return;
	}
	age_ns = n->wall_ns > wall_ns ? n->wall_ns - wall_ns : 0;
	if (age_ns > HANDSHAKE_VALID_NS * 64)
		age_ns = HANDSHAKE_VALID_NS * 64;
	last_ns = now_ns - age_ns;
	if (p->handshake_ns != NONE_NS && n->device_ns != NONE_NS &&
	    last_ns < n->device_ns)
		last_ns = n->device_ns;
	p->handshake_ns = last_ns;
	n->local_dirty = true;
	if (n->device_ns != NONE_NS)
		minor_event(n, p, EV_HANDSHAKE, &p->key, now_ns)->endpoint =
		    p->endpoint;
}

void
node_device_peer(struct node *n, const struct m_peer *m)
{
	struct peer *p;

	n->snapshot_peer = NULL;
	if (key_eq(&m->key, &n->link.key))
		return;
	p = peer_find(n, &m->key);
	if (p == NULL)
		p = peer_add(n, &m->key);
	if (p == NULL)
		return;
	n->snapshot_peer = p;
	if (p->device_gen == n->device_gen)
		return; /* goes on with more prefixes */
	if (!endpoint_eq(&p->endpoint, &m->endpoint)) {
		n->local_dirty = true;
		gossip_soon(p, n->snapshot_ns);
	}
	p->op_retry_ns = 0;
	p->endpoint = m->endpoint;
	p->introduced = m->ours;
	p->keepalive_s = m->keepalive_s;
	note_handshake(n, p, n->snapshot_ns, m->handshake_ns);
	path_counters(n, p, n->snapshot_ns, m->tx_bytes, m->rx_bytes);
	p->device_gen = n->device_gen;
	p->nprefixes = 0;
	p->prefix_sum = 0;
}

/* Tells whether the set of prefixes changed between two snapshots. */
static uint64_t
sum_prefix(uint64_t sum, const struct m_prefix *m)
{
	uint64_t h = UINT64_C(14695981039346656037) + m->prefix.len +
	    (m->ours ? 1000 : 0);

	for (size_t i = 0; i < sizeof(m->prefix.addr.b); i++)
		h = (h ^ m->prefix.addr.b[i]) * UINT64_C(1099511628211);
	return sum + h;
}

void
node_device_prefix(struct node *n, const struct m_prefix *m)
{
	struct peer *p = n->snapshot_peer;

	if (p == NULL || p->nprefixes == MAX_PEER_PREFIXES)
		return;
	if (p->nprefixes == p->cap_prefixes) {
		size_t cap = p->cap_prefixes == 0 ? 4 : p->cap_prefixes * 2;
		struct m_prefix *grown =
		    reallocarray(p->prefixes, cap, sizeof(*grown));

		if (grown == NULL) {
			node_table_full(n, "prefixes");
			return;
		}
		p->prefixes = grown;
		p->cap_prefixes = cap;
	}
	p->prefixes[p->nprefixes++] = *m;
	p->prefix_sum = sum_prefix(p->prefix_sum, m);
}

/* Would it be one by what its administrator gave it? What we gave doesn't
 * count, or a member could be talked into a router. */
static bool
holds_routing(const struct peer *p)
{
	for (size_t i = 0; i < p->nprefixes; i++) {
		if (!p->prefixes[i].ours &&
		    prefix_is_routing(&p->prefixes[i].prefix))
			return true;
	}
	return false;
}

static void
withdrawn_drop(struct peer *p, size_t i)
{
	p->withdrawn[i] = p->withdrawn[--p->nwithdrawn];
}

/* Tells when a peer's prefixes moved to its own link, or away from it. */
static void
note_direct(struct node *n, struct peer *p, bool router)
{
	bool direct = false;

	for (size_t i = 0; i < p->nprefixes && !direct; i++)
		direct = !router &&
		    addr_is_global_unicast(&p->prefixes[i].prefix.addr);
	if (p->settled && direct != p->direct && !router) {
		struct event *ev = peer_event(
		    n, p, direct ? EV_DIRECT : EV_FALLBACK, n->snapshot_ns);

		ev->endpoint = p->endpoint;
		if (!direct)
			ev->reason = why_reason(n, p, n->snapshot_ns);
		if (direct)
			n->directs++;
		else
			n->fallbacks++;
	}
	p->direct = direct;
	p->settled = true;
}

/* Measured, or what the first handshake with it says: that took two. */
static int64_t
router_rtt(const struct node *n, const struct peer *router)
{
	int64_t rtt_ns;

	if (router->srtt_ns >= 0)
		return router->srtt_ns;
	if (router->heard_ns == NONE_NS)
		return 0;
	rtt_ns = (router->heard_ns - n->started_ns) / 2;
	return rtt_ns < SECOND_NS / 2 ? rtt_ns : SECOND_NS / 2;
}

/*
 * Two peers that learn of each other at the same time would both send a
 * handshake initiation, each would drop the other's answer (WireGuard keeps
 * one handshake a peer), and both would wait 5 s. So the one with the greater
 * key lets the other speak first, for as long as its first word could take.
 */
static void
stagger(const struct node *n, struct peer *p)
{
	int64_t rtt_ns = 0;
	const struct peer *other;
	size_t slot = 0;

	if (p->router || p->handshake_ns != NONE_NS || p->heard_ns != NONE_NS ||
	    key_cmp(&n->link.key, &p->key) < 0)
		return;
	while ((other = peer_next(n, &slot)) != NULL) {
		if (other->router && router_rtt(n, other) > rtt_ns)
			rtt_ns = router_rtt(n, other);
	}
	p->quiet_until_ns = n->snapshot_ns + STAGGER_NS + 2 * rtt_ns;
}

static void
settle_peer(struct node *n, struct peer *p)
{
	bool router = !p->collided && holds_routing(p);
	bool says = peer_is_alive(p, n->snapshot_ns) ||
	    peer_is_healthy(p, n->snapshot_ns);

	for (size_t i = 0; i < p->nwithdrawn;) {
		if (peer_holds(p, &p->withdrawn[i].prefix, NULL))
			withdrawn_drop(p, i);
		else
			i++;
	}
	if (says != p->sayable) {
		p->sayable = says;
		n->local_dirty = true;
	}
	if (!p->settled) {
		p->router = router;
		stagger(n, p);
	}
	note_direct(n, p, router);
	if (router != p->router || p->prefix_sum != p->old_prefix_sum) {
		n->local_dirty = true;
		gossip_soon(p, n->snapshot_ns);
	}
	p->router = router;
	p->old_prefix_sum = p->prefix_sum;
	if (router)
		n->knew_router = true;
}

/* The first of two with one auto address keeps it until it has gone. */
static void
settle_collision(struct node *n, struct peer *p)
{
	size_t slot = 0;
	const struct peer *other;

	if (!p->collided || addr_eq(&p->auto_addr, &n->link.auto_addr))
		return;
	while ((other = peer_next(n, &slot)) != NULL) {
		if (other != p && !other->collided &&
		    addr_eq(&other->auto_addr, &p->auto_addr))
			return;
	}
	p->collided = false;
}

static void
settle_router(struct node *n)
{
	bool router = !n->knew_router;

	if (n->conf.router != ROUTER_AUTO)
		router = n->conf.router == ROUTER_YES;
	if (router == n->router && n->have_device)
		return;
	n->router = router;
	n->local_dirty = true;
	node_event(n, EV_ROUTER, &n->link.key)->yes = router;
}

void
node_device_end(struct node *n, int64_t now_ns)
{
	size_t slot = 0;
	struct peer *p;

	while ((p = peer_next(n, &slot)) != NULL) {
		if (p->device_gen == n->device_gen)
			continue;
		n->local_dirty = true;
		peer_drop(n, p);
	}
	slot = 0;
	while ((p = peer_next(n, &slot)) != NULL) {
		settle_collision(n, p);
		settle_peer(n, p);
	}
	settle_router(n);
	n->snapshot_peer = NULL;
	n->device_asked = false;
	n->have_device = true;
	n->device_ns = now_ns;
	/* A large device is looked at less often. */
	node_want_device(n,
	    now_ns +
		(n->device_active
			? DEVICE_ACTIVE_NS + (int64_t)n->npeers * MSEC_NS
			: DEVICE_IDLE_NS));
	node_want_plan(n, now_ns);
}

void
node_device_failed(struct node *n, int64_t now_ns)
{
	n->device_asked = false;
	node_want_device(n, now_ns + SECOND_NS);
}
