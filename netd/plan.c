/*
 * What is asked of privd: for each peer the difference between what it holds
 * and what it should hold; who is to be added, who removed.
 */
#include <stdlib.h>
#include <string.h>

#include "netd/state.h"

#define FACT_TTL_NS (FACT_TTL_S * SECOND_NS)

bool
plan_is_allowed(const struct dbfact *d)
{
	return d->attr == ATTR_ALLOWED_V4 || d->attr == ATTR_ALLOWED_V6;
}

static bool
stated(const struct node *n, const struct peer *p, const struct prefix *prefix)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct fact f = factdb_fact(d, 0);
		struct prefix said;

		if (!plan_is_allowed(d) || !key_eq(&d->subject, &p->key))
			continue;
		said = fact_prefix(&f);
		if (prefix_eq(&said, prefix))
			return true;
	}
	return false;
}

/* Does it mean something that nobody states the prefix? The router whose own
 * prefix covers it would: it has to have been heard. Where none does, any
 * trusted source. */
static bool
should_be_stated(const struct node *n, const struct peer *p, int64_t now_ns,
    const struct prefix *prefix)
{
	const struct peer *r;
	bool covered = false;
	size_t slot = 0;

	while ((r = peer_next(n, &slot)) != NULL) {
		for (size_t i = 0; r->router && r != p && i < r->nprefixes;
		     i++) {
			const struct m_prefix *m = &r->prefixes[i];

			if (m->ours || !prefix_contains(&m->prefix, prefix))
				continue;
			covered = true;
			if (now_ns - n->started_ns >= SETTLED_NS &&
			    peer_is_steady(r, now_ns))
				return true;
		}
	}
	return !covered && members_silence_counts(n, now_ns, TRUST_ALLOWED_IPS);
}

/* Nobody states it any more, though somebody would. */
static bool
revoked(const struct node *n, const struct peer *p, int64_t now_ns,
    const struct prefix *prefix)
{
	return !stated(n, p, prefix) && should_be_stated(n, p, now_ns, prefix);
}

static bool
held_by_other(
    const struct node *n, const struct peer *p, const struct prefix *prefix)
{
	size_t slot = 0;
	const struct peer *other;

	while ((other = peer_next(n, &slot)) != NULL) {
		if (other != p && peer_holds(other, prefix, NULL))
			return true;
	}
	return false;
}

static bool
covered_by_own(const struct peer *p, const struct prefix *prefix)
{
	for (size_t i = 0; i < p->nprefixes; i++) {
		if (prefix_contains(&p->prefixes[i].prefix, prefix))
			return true;
	}
	return false;
}

static bool
was_refused(const struct peer *p, int64_t now_ns, const struct prefix *prefix)
{
	if (p->refused_ns == NONE_NS || now_ns - p->refused_ns > REFUSED_NS)
		return false;
	for (size_t i = 0; i < p->nrefused; i++) {
		if (prefix_eq(&p->refused[i], prefix))
			return true;
	}
	return false;
}

static void
want_add(const struct node *n, const struct peer *p, int64_t now_ns,
    const struct prefix *prefix, struct m_peer_set *set)
{
	if (covered_by_own(p, prefix) || held_by_other(n, p, prefix) ||
	    was_refused(p, now_ns, prefix) || set->nadd == SET_MAX_PREFIXES)
		return;
	for (size_t i = 0; i < set->nadd; i++) {
		if (prefix_eq(&set->add[i], prefix))
			return;
	}
	set->add[set->nadd++] = *prefix;
}

static void
add_stated(const struct node *n, const struct peer *p, int64_t now_ns,
    struct m_peer_set *set)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct fact f = factdb_fact(d, now_ns);
		struct prefix prefix;

		if (!plan_is_allowed(d) || !key_eq(&d->subject, &p->key))
			continue;
		prefix = fact_prefix(&f);
		want_add(n, p, now_ns, &prefix, set);
	}
	/* What went to the router comes back, even if the router, who stated
	 * it, has gone meanwhile. */
	for (size_t k = 0; k < p->nwithdrawn; k++) {
		const struct m_prefix *m = &p->withdrawn[k];

		if (!m->ours || !revoked(n, p, now_ns, &m->prefix))
			want_add(n, p, now_ns, &m->prefix, set);
	}
}

/* Is the direct link surely no use, rather than not proven yet? */
static bool
link_is_dead(const struct node *n, const struct peer *p, int64_t now_ns)
{
	if (path_they_down(p, now_ns))
		return true;
	if (p->proof == PROOF_DEAD || now_ns < p->hold_until_ns)
		return true;
	if (now_ns - n->started_ns < GRACE_NS)
		return false;
	if (!peer_is_healthy(p, now_ns))
		return true;
	return !peer_is_basic(n, p) && !peer_is_alive(p, now_ns);
}

static void
want_del(const struct prefix *prefix, struct m_peer_set *set)
{
	if (set->ndel < SET_MAX_PREFIXES)
		set->del[set->ndel++] = *prefix;
}

/* What goes back to the router: ours at any time, the administrator's not
 * before a whole FactTTL of running. */
static void
del_dead(const struct node *n, const struct peer *p, int64_t now_ns,
    struct m_peer_set *set)
{
	for (size_t i = 0; i < p->nprefixes; i++) {
		const struct m_prefix *m = &p->prefixes[i];

		if (addr_is_link_local(&m->prefix.addr) ||
		    was_refused(p, now_ns, &m->prefix) ||
		    peer_router_for(n, now_ns, p, &m->prefix) == NULL)
			continue;
		if (m->ours || now_ns - n->started_ns > FACT_TTL_NS)
			want_del(&m->prefix, set);
	}
}

/* What nobody states any more, of what we gave. */
static void
del_unstated(const struct node *n, const struct peer *p, int64_t now_ns,
    struct m_peer_set *set)
{
	for (size_t i = 0; i < p->nprefixes; i++) {
		const struct m_prefix *m = &p->prefixes[i];

		if (m->ours && !addr_is_link_local(&m->prefix.addr) &&
		    !was_refused(p, now_ns, &m->prefix) &&
		    revoked(n, p, now_ns, &m->prefix))
			want_del(&m->prefix, set);
	}
}

void
plan_set_init(struct m_peer_set *set, const struct key *key)
{
	set->key = *key;
	set->may_add = set->remake = false;
	memset(&set->endpoint, 0, sizeof(set->endpoint));
	set->keepalive_s = KEEPALIVE_KEEP;
	set->nadd = 0;
	set->ndel = 0;
}

struct prefix
plan_auto_prefix(const struct addr *a)
{
	struct prefix prefix;

	prefix_make(a, 128, &prefix);
	return prefix;
}

bool
plan_goes_back(const struct node *n, const struct peer *p, int64_t now_ns,
    const struct m_prefix *m)
{
	if (!n->router && !p->router && link_is_dead(n, p, now_ns))
		return peer_router_for(n, now_ns, p, &m->prefix) != NULL;
	return m->ours && revoked(n, p, now_ns, &m->prefix);
}

void
plan_moves(const struct node *n, const struct peer *p, int64_t now_ns,
    struct m_peer_set *set)
{
	if (p->direct && !n->router && link_is_dead(n, p, now_ns)) {
		del_dead(n, p, now_ns, set);
		return;
	}
	add_stated(n, p, now_ns, set);
	if (path_up(n, p, now_ns))
		del_unstated(n, p, now_ns, set);
}

static bool
set_peer(struct node *n, struct peer *p, int64_t now_ns, struct action *act)
{
	struct prefix own = plan_auto_prefix(&p->auto_addr);
	struct m_peer_set *set = &act->set;

	plan_set_init(set, &p->key);
	if (p->collided)
		return false;
	if (!peer_holds(p, &own, NULL))
		want_add(n, p, now_ns, &own, set);
	/* An endpoint goes alone: its refusal must not hold up the rest. */
	if (n->conf.observe)
		return set->nadd > 0 || observe_next(n, p, now_ns, act);
	if (set->nadd == 0 &&
	    candidates_pick(n, p, now_ns, &set->endpoint, &set->remake)) {
		n->tries++;
		node_event(n, EV_TRY, &p->key)->endpoint = set->endpoint;
		return true;
	}
	if (path_up(n, p, now_ns)) {
		add_stated(n, p, now_ns, set);
		del_unstated(n, p, now_ns, set);
	} else if (!n->router && !p->router && link_is_dead(n, p, now_ns)) {
		del_dead(n, p, now_ns, set);
	}
	return set->nadd + set->ndel > 0;
}

/* Which prefixes were asked for, until the answer. */
static void
remember_op(struct peer *p, const struct action *act)
{
	const struct m_peer_set *set = &act->set;

	p->op_removes = act->kind == ACT_PEER_REMOVE;
	p->op_endpoint = !p->op_removes && set->endpoint.addr.family != 0;
	p->op_nadd = 0;
	p->op_ndel = 0;
	free(p->op_prefixes);
	p->op_prefixes = NULL;
	if (p->op_removes || set->nadd + set->ndel == 0)
		return;
	p->op_prefixes =
	    reallocarray(NULL, set->nadd + set->ndel, sizeof(*p->op_prefixes));
	if (p->op_prefixes == NULL)
		return;
	p->op_nadd = set->nadd;
	p->op_ndel = set->ndel;
	memcpy(p->op_prefixes, set->add, set->nadd * sizeof(set->add[0]));
	memcpy(p->op_prefixes + set->nadd, set->del,
	    set->ndel * sizeof(set->del[0]));
}

static bool
plan_peer(struct node *n, struct peer *p, int64_t now_ns, struct action *act)
{
	if (p->op_token != 0)
		return false;
	if (p->op_retry_ns > now_ns) {
		node_want_plan(n, p->op_retry_ns);
		return false;
	}
	act->kind = ACT_PEER_SET;
	if ((n->conf.observe || !members_remove(n, p, now_ns, act)) &&
	    !set_peer(n, p, now_ns, act))
		return false;
	p->op_token = node_token(n);
	act->token = p->op_token;
	remember_op(p, act);
	return true;
}

bool
plan_next(struct node *n, int64_t now_ns, struct action *act)
{
	const struct dbfact *d;
	struct peer *p;

	if (!n->up || !n->have_device)
		return false;
	if (now_ns >= n->plan_at_ns) {
		n->plan_at_ns = INT64_MAX;
		n->planning = true;
		n->plan_cursor = 0;
		n->plan_fact = 0;
	}
	if (!n->planning)
		return false;
	while ((p = peer_next(n, &n->plan_cursor)) != NULL) {
		if (plan_peer(n, p, now_ns, act))
			return true;
		if (n->conf.observe)
			continue;
		node_want_plan(n, candidates_deadline(n, p, now_ns));
	}
	while (n->conf.membership != MEMBERSHIP_NONE &&
	    (d = factdb_next(&n->db, &n->plan_fact)) != NULL) {
		if (members_introduce(n, d, now_ns, act))
			return true;
	}
	n->planning = false;
	return false;
}

static void
note_refused(
    struct node *n, struct peer *p, int64_t now_ns, const struct m_result *r)
{
	const struct prefix *prefix;
	struct event *ev;

	if (r->rule == RESULT_OBSERVE)
		return;
	if (r->rule == RESULT_SESSION) {
		/* Better than what was asked for; the snapshot shows it. */
		node_want_device(n, now_ns);
		p->op_retry_ns = now_ns + BUSY_NS;
		return;
	}
	ev = peer_event(n, p, EV_REFUSED, now_ns);
	n->ops_refused++;
	ev->result = *r;
	if (r->index >= p->op_nadd + p->op_ndel) {
		p->op_retry_ns = now_ns + BUSY_NS;
		return;
	}
	prefix = &p->op_prefixes[r->index];
	ev->prefix = *prefix;
	if (p->refused_ns == NONE_NS || now_ns - p->refused_ns > REFUSED_NS)
		p->nrefused = 0;
	p->refused_ns = now_ns;
	if (p->nrefused < MAX_REFUSED) {
		p->refused[p->nrefused++] = *prefix;
		observe_again(p, now_ns);
	} else {
		p->op_retry_ns = now_ns + REFUSED_NS;
	}
	node_want_plan(n, now_ns + REFUSED_NS + SECOND_NS);
}

/* Remembers what was taken from a peer because of its link, to be given
 * back. */
static void
note_withdrawn(struct node *n, struct peer *p, int64_t now_ns)
{
	for (size_t i = 0; i < p->op_ndel; i++) {
		const struct prefix *prefix = &p->op_prefixes[p->op_nadd + i];
		struct m_prefix *grown, m = {.prefix = *prefix};

		if (!peer_holds(p, prefix, &m.ours) ||
		    p->nwithdrawn == MAX_WITHDRAWN ||
		    (m.ours && revoked(n, p, now_ns, prefix)))
			continue;
		grown = reallocarray(
		    p->withdrawn, p->nwithdrawn + 1, sizeof(*grown));
		if (grown == NULL) {
			node_table_full(n, "withdrawn prefixes");
			return;
		}
		p->withdrawn = grown;
		p->withdrawn[p->nwithdrawn++] = m;
	}
}

void
plan_peer_result(
    struct node *n, int64_t now_ns, uint32_t token, const struct m_result *r)
{
	size_t slot = 0;
	struct peer *p;

	/* 0 is no token, but what those have that ask nothing. */
	if (token == 0 || members_result(n, now_ns, token, r))
		return;
	while ((p = peer_next(n, &slot)) != NULL) {
		if (p->op_token == token)
			break;
	}
	if (p == NULL)
		return;
	p->op_token = 0;
	node_want_plan(n, now_ns);
	if (r->error != 0) {
		if (r->rule != 0)
			note_refused(n, p, now_ns, r);
		else
			p->op_retry_ns = now_ns + BUSY_NS;
		return;
	}
	if (p->op_removes)
		node_event(n, EV_PEER_REMOVED, &p->key);
	note_withdrawn(n, p, now_ns);
	if (p->op_ndel > 0 && !path_up(n, p, now_ns))
		path_left(n, p, now_ns);
	if (p->op_endpoint) {
		gossip_greet(p, now_ns);
		p->ping_now = true;
	}
	/* Nothing more for it until a snapshot shows what this did. */
	p->op_retry_ns = now_ns + BUSY_NS;
	node_want_device(n, now_ns);
}
