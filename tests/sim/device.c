/*
 * WireGuard as seen from its outside: sessions, timers, counters, roaming
 * and cryptokey routing as its white paper and the kernel have them, without
 * cryptography: a packet names the key that made it and the session it
 * belongs to, and is of no use to anybody else.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define REKEY_AFTER_NS	 (120 * SECOND_NS)
#define REJECT_AFTER_NS	 (180 * SECOND_NS)
#define REKEY_TIMEOUT_NS (5 * SECOND_NS)
#define KEEPALIVE_NS	 (10 * SECOND_NS)
#define REFRESH_NS	 (REJECT_AFTER_NS - KEEPALIVE_NS - REKEY_TIMEOUT_NS)
#define MAX_ATTEMPTS	 18
#define INITIATION_BYTES 148
#define RESPONSE_BYTES	 92
#define DATA_OVERHEAD	 32

static int64_t
jitter(struct sim *s)
{
	return sim_between(s, 0, 333 * MSEC_NS);
}

/* One event for the earliest of a peer's timers. */
static void
schedule(struct sim *s, struct host *h, uint32_t peer)
{
	struct wg_model_peer *p = h->peers[peer];
	int64_t at_ns = INT64_MAX;

	for (int t = 0; t < T_MAX; t++) {
		if (p->timers[t] < at_ns)
			at_ns = p->timers[t];
	}
	if (at_ns >= p->scheduled_ns)
		return;
	p->scheduled_ns = at_ns;
	queue_put(s, at_ns, DO_TIMER, h->index, peer, 0, NULL);
}

static void
arm(struct sim *s, struct host *h, uint32_t peer, enum timer t, int64_t in_ns)
{
	h->peers[peer]->timers[t] = s->now_ns + in_ns;
	schedule(s, h, peer);
}

struct wg_model_peer *
device_add(struct sim *s, struct host *h, uint32_t peer, bool given)
{
	struct wg_model_peer *p = h->peers[peer];

	(void)s;
	if (p != NULL)
		return p;
	p = sim_alloc(sizeof(*p));
	p->given = given;
	for (int t = 0; t < T_MAX; t++)
		p->timers[t] = INT64_MAX;
	p->scheduled_ns = INT64_MAX;
	p->sent_handshake_ns = INT64_MIN / 2;
	p->seen_initiation_ns = INT64_MIN / 2;
	p->stamp_ns = INT64_MIN;
	h->peers[peer] = p;
	return p;
}

static void
unstage(struct wg_model_peer *p)
{
	for (size_t i = 0; i < p->nstaged; i++)
		free(p->staged[i]);
	p->nstaged = 0;
}

void
device_remove(struct sim *s, struct host *h, uint32_t peer)
{
	struct wg_model_peer *p = h->peers[peer];

	(void)s;
	if (p == NULL)
		return;
	unstage(p);
	free(p);
	h->peers[peer] = NULL;
}

void
device_clear(struct sim *s, struct host *h)
{
	for (uint32_t i = 0; i < s->n; i++)
		device_remove(s, h, i);
}

void
device_disallow(struct host *h, uint32_t peer, const struct prefix *prefix)
{
	struct wg_model_peer *p = h->peers[peer];

	for (size_t i = 0; p != NULL && i < p->nprefixes; i++) {
		if (prefix_eq(&p->prefixes[i], prefix)) {
			p->prefixes[i] = p->prefixes[--p->nprefixes];
			return;
		}
	}
}

void
device_allow(
    struct host *h, uint32_t peer, const struct prefix *prefix, uint32_t *from)
{
	struct wg_model_peer *p = h->peers[peer];

	*from = UINT32_MAX;
	for (uint32_t i = 0; i < MAX_NODES; i++) {
		const struct wg_model_peer *o = h->peers[i];

		for (size_t k = 0; o != NULL && k < o->nprefixes; k++) {
			if (prefix_eq(&o->prefixes[k], prefix))
				*from = i;
		}
	}
	if (*from == peer)
		return;
	if (*from != UINT32_MAX)
		device_disallow(h, *from, prefix);
	if (p->nprefixes < MAX_PREFIXES)
		p->prefixes[p->nprefixes++] = *prefix;
}

uint32_t
device_route(const struct host *h, const struct addr *dst)
{
	uint32_t best = UINT32_MAX;
	int best_len = -1;

	for (uint32_t i = 0; i < MAX_NODES; i++) {
		const struct wg_model_peer *p = h->peers[i];

		for (size_t k = 0; p != NULL && k < p->nprefixes; k++) {
			if (p->prefixes[k].len > best_len &&
			    prefix_contains_addr(&p->prefixes[k], dst)) {
				best = i;
				best_len = p->prefixes[k].len;
			}
		}
	}
	return best;
}

/* Sends what is authenticated; takes inner over. */
static void
emit(struct sim *s, struct host *h, uint32_t peer, enum packet_kind kind,
    uint64_t id, struct inner *in)
{
	struct wg_model_peer *p = h->peers[peer];
	struct packet *pk = sim_alloc(sizeof(*pk));

	pk->kind = kind;
	pk->from = h->index;
	pk->to = peer;
	pk->dst = p->endpoint;
	pk->id = id;
	pk->stamp_ns = s->now_ns;
	pk->inner = in;
	if (kind == PK_INITIATION)
		p->tx_bytes += INITIATION_BYTES;
	else if (kind == PK_RESPONSE)
		p->tx_bytes += RESPONSE_BYTES;
	else {
		pk->counter = ++p->cur.sent;
		p->tx_bytes += DATA_OVERHEAD + ((in->len + 15) & ~(size_t)15);
		if (in->len > 0 && p->timers[T_NEW_HANDSHAKE] == INT64_MAX)
			arm(s, h, peer, T_NEW_HANDSHAKE,
			    KEEPALIVE_NS + REKEY_TIMEOUT_NS + jitter(s));
	}
	p->timers[T_KEEPALIVE] = INT64_MAX;
	if (p->keepalive_s > 0)
		arm(s, h, peer, T_PERSISTENT, p->keepalive_s * SECOND_NS);
	underlay_send(s, h, pk);
}

static void
initiate(struct sim *s, struct host *h, uint32_t peer, bool again)
{
	struct wg_model_peer *p = h->peers[peer];

	if (!again)
		p->attempts = 0;
	if (s->now_ns - p->sent_handshake_ns < REKEY_TIMEOUT_NS)
		return;
	p->sent_handshake_ns = s->now_ns;
	p->handshake_id = ++s->ids;
	arm(s, h, peer, T_RETRY, REKEY_TIMEOUT_NS + jitter(s));
	emit(s, h, peer, PK_INITIATION, p->handshake_id, NULL);
}

static bool
usable(const struct sim *s, const struct session *x)
{
	return x->id != 0 && s->now_ns - x->born_ns < REJECT_AFTER_NS;
}

static void
flush(struct sim *s, struct host *h, uint32_t peer)
{
	struct wg_model_peer *p = h->peers[peer];

	if (!usable(s, &p->cur)) {
		initiate(s, h, peer, false);
		return;
	}
	for (size_t i = 0; i < p->nstaged; i++)
		emit(s, h, peer, PK_DATA, p->cur.id, p->staged[i]);
	if (p->nstaged > 0 && p->cur.initiator &&
	    s->now_ns - p->cur.born_ns >= REKEY_AFTER_NS)
		initiate(s, h, peer, false);
	p->nstaged = 0;
}

static void
stage(struct sim *s, struct host *h, uint32_t peer, struct inner *in)
{
	struct wg_model_peer *p = h->peers[peer];

	if (p->endpoint.addr.family == 0) {
		free(in);
		return;
	}
	if (p->nstaged == MAX_STAGED) {
		free(p->staged[0]);
		memmove(p->staged, p->staged + 1,
		    (MAX_STAGED - 1) * sizeof(struct inner *));
		p->nstaged--;
	}
	p->staged[p->nstaged++] = in;
	flush(s, h, peer);
}

void
device_send(struct sim *s, struct host *h, struct inner *in)
{
	uint32_t peer = device_route(h, &in->dst);

	if (peer == UINT32_MAX)
		free(in);
	else
		stage(s, h, peer, in);
}

static void
keepalive(struct sim *s, struct host *h, uint32_t peer)
{
	if (h->peers[peer]->nstaged == 0)
		stage(s, h, peer, sim_alloc(sizeof(struct inner)));
	else
		flush(s, h, peer);
}

/* Removed and added again: what was configured stays, what was learnt, all
 * counters and what waited to be sent are gone. A timer of the old entry that
 * still goes off finds nothing due. */
struct wg_model_peer *
device_remake(
    struct sim *s, struct host *h, uint32_t peer, const struct endpoint *e)
{
	struct wg_model_peer old = *h->peers[peer], *p;

	if (usable(s, &old.cur) &&
	    (old.rx_bytes > DEAF_BYTES ||
		host_wall(s, h) - old.handshake_ns < DEAF_NS))
		fail(s, "%u makes %u anew, and has a session", h->index, peer);
	device_remove(s, h, peer);
	p = device_add(s, h, peer, old.given);
	p->endpoint = *e;
	p->nprefixes = old.nprefixes;
	memcpy(p->prefixes, old.prefixes, sizeof(p->prefixes));
	p->keepalive_s = old.keepalive_s;
	if (p->keepalive_s > 0)
		keepalive(s, h, peer);
	return p;
}

static void
complete(struct sim *s, struct host *h, struct wg_model_peer *p)
{
	p->timers[T_RETRY] = INT64_MAX;
	p->attempts = 0;
	p->last_minute = false;
	p->handshake_ns = host_wall(s, h);
}

static void
received(struct sim *s, struct host *h, uint32_t peer, const struct packet *pk)
{
	struct wg_model_peer *p = h->peers[peer];

	p->endpoint = pk->src;
	p->timers[T_NEW_HANDSHAKE] = INT64_MAX;
	if (p->keepalive_s > 0)
		arm(s, h, peer, T_PERSISTENT, p->keepalive_s * SECOND_NS);
}

static void
got_initiation(struct sim *s, struct host *h, const struct packet *pk)
{
	struct wg_model_peer *p = h->peers[pk->from];

	if (pk->stamp_ns <= p->stamp_ns ||
	    s->now_ns - p->seen_initiation_ns < 20 * MSEC_NS)
		return;
	p->stamp_ns = pk->stamp_ns;
	p->seen_initiation_ns = s->now_ns;
	p->rx_bytes += INITIATION_BYTES;
	p->handshake_id = 0; /* one state for both directions */
	received(s, h, pk->from, pk);
	memset(&p->prev, 0, sizeof(p->prev));
	p->next = (struct session){.id = pk->id, .born_ns = s->now_ns};
	p->sent_handshake_ns = s->now_ns;
	emit(s, h, pk->from, PK_RESPONSE, pk->id, NULL);
}

static void
got_response(struct sim *s, struct host *h, const struct packet *pk)
{
	struct wg_model_peer *p = h->peers[pk->from];

	if (p->handshake_id == 0 || p->handshake_id != pk->id)
		return;
	p->handshake_id = 0;
	p->rx_bytes += RESPONSE_BYTES;
	p->prev = p->next.id != 0 ? p->next : p->cur;
	memset(&p->next, 0, sizeof(p->next));
	p->cur = (struct session){
	    .id = pk->id, .born_ns = s->now_ns, .initiator = true};
	received(s, h, pk->from, pk);
	complete(s, h, p);
	keepalive(s, h, pk->from);
}

/* Is the counter new to the session? */
static bool
fresh(struct session *x, uint64_t counter)
{
	uint64_t behind;

	if (counter > x->newest) {
		uint64_t ahead = counter - x->newest;

		x->seen = ahead < 64 ? x->seen << ahead | 1 : 1;
		x->newest = counter;
		return true;
	}
	behind = x->newest - counter;
	if (behind >= 64 || (x->seen >> behind & 1) != 0)
		return false;
	x->seen |= UINT64_C(1) << behind;
	return true;
}

static struct session *
find_session(struct wg_model_peer *p, uint64_t id)
{
	if (p->cur.id == id)
		return &p->cur;
	if (p->next.id == id)
		return &p->next;
	return p->prev.id == id ? &p->prev : NULL;
}

static void
got_data(struct sim *s, struct host *h, struct packet *pk)
{
	struct wg_model_peer *p = h->peers[pk->from];
	struct session *x = find_session(p, pk->id);
	struct inner *in = pk->inner;
	uint64_t bytes = DATA_OVERHEAD + ((in->len + 15) & ~(size_t)15);
	bool theirs;

	if (x == NULL || !usable(s, x) || !fresh(x, pk->counter))
		return;
	received(s, h, pk->from, pk);
	if (x == &p->next) {
		p->prev = p->cur;
		p->cur = p->next;
		memset(&p->next, 0, sizeof(p->next));
		complete(s, h, p);
		flush(s, h, pk->from);
	}
	if (p->cur.initiator && !p->last_minute &&
	    s->now_ns - p->cur.born_ns >= REFRESH_NS) {
		p->last_minute = true;
		initiate(s, h, pk->from, false);
	}
	if (in->len == 0) {
		p->rx_bytes += bytes;
		return;
	}
	if (p->timers[T_KEEPALIVE] == INT64_MAX)
		arm(s, h, pk->from, T_KEEPALIVE, KEEPALIVE_NS);
	else
		p->another_keepalive = true;
	theirs = device_route(h, &in->src) == pk->from;
	if (theirs || h->userspace)
		p->rx_bytes += bytes;
	if (!theirs)
		return;
	pk->inner = NULL;
	host_receive(s, h, in);
}

void
device_receive(struct sim *s, struct host *h, struct packet *pk)
{
	if (pk->to == h->index && h->peers[pk->from] != NULL) {
		switch (pk->kind) {
		case PK_INITIATION:
			got_initiation(s, h, pk);
			break;
		case PK_RESPONSE:
			got_response(s, h, pk);
			break;
		case PK_DATA:
			got_data(s, h, pk);
			break;
		}
	}
	packet_free(pk);
}

static void
expired(struct sim *s, struct host *h, uint32_t peer, enum timer t)
{
	struct wg_model_peer *p = h->peers[peer];

	switch (t) {
	case T_RETRY:
		if (p->attempts++ > MAX_ATTEMPTS) {
			p->timers[T_KEEPALIVE] = INT64_MAX;
			unstage(p);
		} else {
			initiate(s, h, peer, true);
		}
		break;
	case T_NEW_HANDSHAKE:
		initiate(s, h, peer, false);
		break;
	case T_KEEPALIVE:
		keepalive(s, h, peer);
		if (p->another_keepalive) {
			p->another_keepalive = false;
			arm(s, h, peer, T_KEEPALIVE, KEEPALIVE_NS);
		}
		break;
	case T_PERSISTENT:
		keepalive(s, h, peer);
		arm(s, h, peer, T_PERSISTENT, p->keepalive_s * SECOND_NS);
		break;
	case T_MAX:
		break;
	}
}

void
device_timer(struct sim *s, struct host *h, uint32_t peer)
{
	struct wg_model_peer *p = h->peers[peer];

	/* It has gone, or a later event was overtaken by an earlier one. */
	if (p == NULL || p->scheduled_ns > s->now_ns)
		return;
	p->scheduled_ns = INT64_MAX;
	for (int t = 0; t < T_MAX; t++) {
		if (p->timers[t] > s->now_ns)
			continue;
		p->timers[t] = INT64_MAX;
		expired(s, h, peer, (enum timer)t);
	}
	schedule(s, h, peer);
}
