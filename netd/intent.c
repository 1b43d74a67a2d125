/*
 * What would be changed on the device, and is not: each intention with what
 * it rests on and what keeps it, from the same state that decides. With -N
 * that is all there is (wirelinkctl plan).
 */
#include <string.h>

#include "netd/state.h"

/* Positions: keys to add, then stated prefixes, then for each peer on the
 * device its endpoint, its removal, and what it holds. */
#define AT_FACTS ((size_t)MAX_INTROS)
#define AT_PEERS (AT_FACTS + NODE_MAX_FACTS)
#define STRIDE	 ((size_t)MAX_PEER_PREFIXES + 2)
#define AT_END	 (AT_PEERS + NODE_MAX_PEERS * STRIDE)

/* What keeps it: privd's refusal of late, of that prefix or, where it has
 * none, of the peer; else that nothing is changed at all; else reason. */
static void
kept_by(const struct node *n, int64_t now_ns, enum reason reason,
    struct plan_view *v)
{
	const struct history_entry *e;

	v->reason = n->conf.observe ? REASON_OBSERVE_ONLY : reason;
	for (size_t i = 0; (e = history_of(&n->history, &v->key, i)) != NULL;
	     i++) {
		struct prefix prefix;

		history_prefix(e, &prefix);
		if (e->code != EV_REFUSED ||
		    now_ns - (int64_t)e->last_s * SECOND_NS >
			REFUSED_NS + 10 * SECOND_NS ||
		    memcmp(&prefix, &v->prefix, sizeof(prefix)) != 0)
			continue;
		v->reason = REASON_REFUSED_BY_POLICY;
		v->rule = e->port;
	}
}

static void
rests_on(const struct node *n, const struct dbfact *d, struct plan_view *v)
{
	const struct peer *s = d->nsrc > 0 ? n->peers[d->src[0].peer] : NULL;

	v->basis = d->local ? BASIS_CONF : BASIS_FACT;
	v->attr = d->attr;
	v->has_source = !d->local && s != NULL;
	if (v->has_source)
		v->source = s->key;
}

/* The first fact about key that makes it a member, or gives its endpoint. */
static void
rests_on_any(const struct node *n, const struct endpoint *e,
    const struct key *key, struct plan_view *v)
{
	const struct dbfact *d;
	uint32_t i = 0;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct fact f = factdb_fact(d, 0);
		bool endpoint =
		    d->attr == ATTR_ENDPOINT_V4 || d->attr == ATTR_ENDPOINT_V6;
		struct endpoint stated;

		if (!key_eq(&d->subject, key))
			continue;
		if (e == NULL && (plan_is_allowed(d) || d->attr == ATTR_MEMBER))
			break;
		if (e == NULL || !endpoint)
			continue;
		stated = fact_endpoint(&f);
		if (endpoint_eq(&stated, e))
			break;
	}
	if (d != NULL)
		rests_on(n, d, v);
}

static bool
view_add(const struct node *n, int64_t now_ns, size_t i, struct plan_view *v)
{
	const struct intro *in = &n->intros[i];

	if (i >= n->nintros || peer_find(n, &in->key) != NULL ||
	    !members_named(n, &in->key))
		return false;
	v->change = CHANGE_ADD;
	v->key = in->key;
	candidates_first(n, &in->key, &v->endpoint);
	rests_on_any(n, NULL, &v->key, v);
	kept_by(n, now_ns, REASON_NOT_ADDED, v);
	return true;
}

/* Who has the traffic to prefix now: whose prefix is the longest over it. */
static const struct peer *
holder(const struct node *n, const struct prefix *prefix)
{
	const struct peer *best = NULL, *p;
	size_t slot = 0;
	int len = -1;

	while ((p = peer_next(n, &slot)) != NULL) {
		for (size_t i = 0; i < p->nprefixes; i++) {
			const struct prefix *held = &p->prefixes[i].prefix;

			if (held->len <= len || !prefix_contains(held, prefix))
				continue;
			len = held->len;
			best = p;
		}
	}
	return best;
}

static void
view_from(const struct peer *p, struct plan_view *v)
{
	v->has_other = p != NULL;
	if (p != NULL)
		v->other = p->key;
}

static bool
view_move(const struct node *n, int64_t now_ns, size_t i, struct plan_view *v)
{
	const struct dbfact *d = i < n->db.top ? n->db.facts[i] : NULL;
	const struct peer *p, *from;
	enum reason reason = REASON_NOT_ADDED;
	struct fact f;

	if (d == NULL || !plan_is_allowed(d) ||
	    key_eq(&d->subject, &n->link.key))
		return false;
	f = factdb_fact(d, now_ns);
	v->prefix = fact_prefix(&f);
	p = peer_find(n, &d->subject);
	from = holder(n, &v->prefix);
	if (p != NULL ? from == p || p->collided
		      : !members_named(n, &d->subject) ||
		    n->conf.membership == MEMBERSHIP_NONE)
		return false;
	v->change = CHANGE_MOVE;
	v->key = d->subject;
	view_from(from, v);
	rests_on(n, d, v);
	if (p != NULL)
		reason = why_reason(n, p, now_ns);
	if (reason == REASON_NONE)
		reason = REASON_NOT_MOVED;
	kept_by(n, now_ns, reason, v);
	if (from != NULL && peer_holds(from, &v->prefix, NULL))
		v->reason = REASON_HELD_BY_OTHER;
	return true;
}

static bool
view_endpoint(
    const struct node *n, struct peer *p, int64_t now_ns, struct plan_view *v)
{
	if (!candidates_next(n, p, now_ns, &v->endpoint))
		return false;
	v->change = CHANGE_ENDPOINT;
	v->basis = BASIS_WORKED;
	rests_on_any(n, &v->endpoint, &p->key, v);
	kept_by(n, now_ns, REASON_NO_HANDSHAKE, v);
	return true;
}

static bool
view_remove(const struct node *n, const struct peer *p, int64_t now_ns,
    struct plan_view *v)
{
	if (!p->introduced || members_named(n, &p->key))
		return false;
	v->change = CHANGE_REMOVE;
	v->basis = BASIS_UNSTATED;
	kept_by(n, now_ns, REASON_WAITS, v);
	return true;
}

static bool
view_back(const struct node *n, const struct peer *p, int64_t now_ns, size_t i,
    struct plan_view *v)
{
	if (i >= p->nprefixes ||
	    addr_is_link_local(&p->prefixes[i].prefix.addr) ||
	    !plan_goes_back(n, p, now_ns, &p->prefixes[i]))
		return false;
	v->change = CHANGE_BACK;
	v->basis = BASIS_DEAD;
	v->prefix = p->prefixes[i].prefix;
	view_from(peer_router_for(n, now_ns, p, &v->prefix), v);
	kept_by(n, now_ns, REASON_WAITS, v);
	return true;
}

static bool
view_at(const struct node *n, int64_t now_ns, size_t at, struct plan_view *v)
{
	struct peer *p;

	if (at < AT_FACTS)
		return view_add(n, now_ns, at, v);
	if (at < AT_PEERS)
		return view_move(n, now_ns, at - AT_FACTS, v);
	at -= AT_PEERS;
	p = n->peers[at / STRIDE];
	if (p == NULL || p->collided)
		return false;
	v->key = p->key;
	switch (at % STRIDE) {
	case 0:
		return view_endpoint(n, p, now_ns, v);
	case 1:
		return view_remove(n, p, now_ns, v);
	default:
		return view_back(n, p, now_ns, at % STRIDE - 2, v);
	}
}

/* The position after at that may have something. */
static size_t
after(const struct node *n, size_t at)
{
	const struct peer *p;
	size_t k;

	if (++at == n->nintros)
		return AT_FACTS;
	if (at < AT_PEERS && at >= AT_FACTS + n->db.top)
		return AT_PEERS;
	if (at < AT_PEERS)
		return at;
	k = (at - AT_PEERS) % STRIDE;
	p = at < AT_END ? n->peers[(at - AT_PEERS) / STRIDE] : NULL;
	if (p == NULL || k >= p->nprefixes + 2)
		return at + (k > 0 || p == NULL ? STRIDE - k : 0);
	return at;
}

bool
node_plan(const struct node *n, int64_t now_ns, size_t *at, struct plan_view *v)
{
	if (!n->up || !n->have_device)
		return false;
	for (; *at < AT_END; *at = after(n, *at)) {
		memset(v, 0, sizeof(*v));
		if (view_at(n, now_ns, *at, v))
			return true;
	}
	return false;
}
