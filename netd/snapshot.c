/* What a snapshot of the device says of each peer, and what follows. */
#include <stdlib.h>
#include <string.h>

#include "netd/state.h"

/* How long the other may take to speak first, and more for each one that is
 * being met at the time, past a few: handshakes are work, and wait for each
 * other. */
#define STAGGER_NS	(30 * MSEC_NS)
#define STAGGER_MORE_NS (10 * MSEC_NS)
#define STAGGER_FEW	8
#define STAGGER_MAX_NS	SECOND_NS
/* Snapshots closer than this are one. */
#define DEVICE_APART_MIN_NS (2 * MSEC_NS)
#define DEVICE_APART_MAX_NS (100 * MSEC_NS)

void
node_device_begin(struct node *n, int64_t now_ns, int64_t wall_ns)
{
	n->device_gen++;
	n->snapshot_ns = now_ns;
	n->wall_ns = wall_ns;
	n->snapshot_peer = NULL;
	n->device_active = false;
	n->meeting_ns = NONE_NS;
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
stagger(struct node *n, struct peer *p)
{
	int64_t rtt_ns = 0, wait_ns;
	const struct peer *other;
	size_t slot = 0, meeting;

	if (p->router || p->handshake_ns != NONE_NS || p->heard_ns != NONE_NS ||
	    key_cmp(&n->link.key, &p->key) < 0)
		return;
	while ((other = peer_next(n, &slot)) != NULL) {
		if (other->router && router_rtt(n, other) > rtt_ns)
			rtt_ns = router_rtt(n, other);
	}
	meeting = tries_meeting(n, n->snapshot_ns);
	wait_ns = STAGGER_NS;
	if (meeting > STAGGER_FEW)
		wait_ns += (int64_t)(meeting - STAGGER_FEW) * STAGGER_MORE_NS;
	if (wait_ns > STAGGER_MAX_NS)
		wait_ns = STAGGER_MAX_NS;
	p->quiet_until_ns = n->snapshot_ns + wait_ns + 2 * rtt_ns;
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
		n->db.vacated = true; /* what was refused may be taken now */
		gossip_soon(p, n->snapshot_ns);
	}
	p->router = router;
	if (n->conf.observe)
		path_state(n, p, n->snapshot_ns);
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

/* From a snapshot to the next. A large device is looked at less often. Trouble
 * is seldom alone: what has just changed is looked at sooner. */
static int64_t
device_interval(const struct node *n, int64_t now_ns)
{
	if (n->device_active)
		return DEVICE_ACTIVE_NS + (int64_t)n->npeers * MSEC_NS;
	return n->stirred_ns != NONE_NS && now_ns - n->stirred_ns < STIRRED_NS
	    ? DEVICE_STIR_NS
	    : DEVICE_IDLE_NS;
}

/* Reading takes a quarter of the time at most: where many peers are met at
 * once, or the host is busy, more would only keep others from their work. */
static void
set_apart(struct node *n, int64_t took_ns)
{
	n->device_apart_ns = took_ns * 3;
	if (n->device_apart_ns < DEVICE_APART_MIN_NS)
		n->device_apart_ns = DEVICE_APART_MIN_NS;
	if (n->device_apart_ns > DEVICE_APART_MAX_NS)
		n->device_apart_ns = DEVICE_APART_MAX_NS;
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
	set_apart(n, now_ns - n->device_asked_ns);
	node_want_device(n, now_ns + device_interval(n, now_ns));
	node_want_plan(n, now_ns);
}

void
node_device_failed(struct node *n, int64_t now_ns)
{
	n->device_asked = false;
	node_want_device(n, now_ns + SECOND_NS);
}
