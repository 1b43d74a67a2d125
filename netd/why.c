/*
 * Why is a peer not direct? Each condition in its order, as it stands, from
 * the same state that decides. proto/reason.h names them.
 */
#include <string.h>

#include "netd/state.h"

struct asked {
	const struct node *n;
	const struct peer *p; /* NULL: not on the device */
	const struct key *key;
	int64_t now_ns;
};

static void
yes(struct why_view *v)
{
	v->answer = ANSWER_YES;
}

static void
no(struct why_view *v, enum reason reason)
{
	v->answer = ANSWER_NO;
	v->reason = reason;
}

static void
since(const struct asked *a, int64_t at_ns, struct why_view *v)
{
	if (at_ns != NONE_NS)
		v->age_ns = at_ns < a->now_ns ? a->now_ns - at_ns : 0;
}

/* What privd said when it refused, if that was of late. */
static bool
refused(const struct asked *a, struct why_view *v)
{
	const struct history_entry *e =
	    history_last(&a->n->history, a->key, EV_REFUSED);
	int64_t at_ns;

	if (e == NULL)
		return false;
	at_ns = (int64_t)e->last_s * SECOND_NS;
	if (a->now_ns - at_ns > REFUSED_NS + 2 * SECOND_NS)
		return false;
	no(v, REASON_REFUSED_BY_POLICY);
	v->rule = e->port;
	history_prefix(e, &v->prefix);
	since(a, at_ns, v);
	return true;
}

static void
ask_link(const struct asked *a, struct why_view *v)
{
	if (a->n->up && a->n->have_device)
		yes(v);
	else
		no(v, REASON_LINK_DOWN);
}

static bool
has_fact(const struct node *n, const struct key *key)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		if (key_eq(&d->subject, key))
			return true;
	}
	return false;
}

static void
ask_known(const struct asked *a, struct why_view *v)
{
	if (key_eq(a->key, &a->n->link.key))
		no(v, REASON_SELF);
	else if (a->p != NULL || peer_conf(a->n, a->key) != NULL ||
	    has_fact(a->n, a->key) ||
	    history_of(&a->n->history, a->key, 0) != NULL)
		yes(v);
	else
		no(v, REASON_UNKNOWN_PEER);
}

/* Too few sources say that it is a member, so far. */
static bool
waits(const struct asked *a, struct why_view *v)
{
	size_t has = members_sources(a->n, a->key);
	size_t needs = members_needed(a->n, a->key);

	if (has >= needs)
		return false;
	v->has = (uint8_t)has;
	v->needs = (uint8_t)needs;
	return true;
}

static void
ask_member(const struct asked *a, struct why_view *v)
{
	if (a->p == NULL) {
		if (a->n->conf.membership == MEMBERSHIP_NONE)
			no(v, REASON_MEMBERSHIP_OFF);
		else if (!members_named(a->n, a->key))
			no(v, REASON_NOT_A_MEMBER);
		else if (waits(a, v))
			no(v, REASON_QUORUM);
		else if (!refused(a, v))
			no(v,
			    a->n->conf.observe ? REASON_OBSERVE_ONLY
					       : REASON_NOT_ADDED);
	} else if (a->p->collided) {
		no(v, REASON_COLLISION);
	} else if (a->p->weak) {
		no(v, REASON_WEAK_KEY);
	} else {
		yes(v);
	}
}

static bool
is_inner(const struct prefix *prefix)
{
	return !addr_is_link_local(&prefix->addr);
}

static void
ask_facts(const struct asked *a, struct why_view *v)
{
	const struct peer *p = a->p;
	uint32_t i = 0;
	const struct dbfact *d;

	no(v, REASON_NO_FACTS);
	for (size_t k = 0; k < p->nprefixes; k++) {
		if (is_inner(&p->prefixes[k].prefix))
			yes(v);
	}
	if (p->nwithdrawn > 0)
		yes(v);
	while (v->answer == ANSWER_NO &&
	    (d = factdb_next(&a->n->db, &i)) != NULL) {
		if (plan_is_allowed(d) && key_eq(&d->subject, &p->key))
			yes(v);
	}
	if (v->answer == ANSWER_YES)
		v->reason = REASON_NONE;
}

static void
ask_candidates(const struct asked *a, struct why_view *v)
{
	struct candidate_view c;

	for (size_t i = 0; node_candidate(a->n, a->now_ns, a->key, i, &c);
	     i++) {
		if (!c.usable && !c.current)
			continue;
		yes(v);
		v->endpoint = c.endpoint;
		if (c.current)
			return;
	}
	if (v->answer != ANSWER_YES)
		no(v, REASON_NO_CANDIDATE);
}

static void
ask_tried(const struct asked *a, struct why_view *v)
{
	int64_t last_ns = NONE_NS;

	for (size_t i = 0; i < a->p->ntries; i++) {
		const struct try *t = &a->p->tries[i];

		if (t->last_ns > last_ns) {
			last_ns = t->last_ns;
			v->endpoint = t->endpoint;
		}
	}
	if (last_ns == NONE_NS && peer_is_healthy(a->p, a->now_ns)) {
		/* It came to us. */
		yes(v);
		v->endpoint = a->p->endpoint;
		return;
	}
	if (last_ns == NONE_NS)
		no(v,
		    a->n->conf.observe ? REASON_OBSERVE_ONLY
				       : REASON_NOT_TRIED);
	else
		yes(v);
	since(a, last_ns, v);
}

static void
ask_handshake(const struct asked *a, struct why_view *v)
{
	const struct peer *p = a->p;

	if (peer_is_healthy(p, a->now_ns)) {
		yes(v);
		v->endpoint = p->endpoint;
	} else if (p->handshake_ns == NONE_NS && p->heard_ns == NONE_NS) {
		no(v, REASON_NO_HANDSHAKE);
	} else {
		no(v, REASON_HANDSHAKE_EXPIRED);
	}
	since(a, p->handshake_ns, v);
}

static void
ask_alive(const struct asked *a, struct why_view *v)
{
	const struct peer *p = a->p;

	if (peer_is_basic(a->n, p) || p->mute)
		return;
	since(a, p->heard_ns, v);
	if (peer_is_alive(p, a->now_ns))
		yes(v);
	else
		no(v,
		    p->heard_ns == NONE_NS ? REASON_NO_WIRELINK
					   : REASON_SILENT);
}

static void
ask_path(const struct asked *a, struct why_view *v)
{
	const struct peer *p = a->p;

	if (observe_silent(a->n, p))
		return; /* it isn't asked */
	if (p->proof == PROOF_DEAD) {
		no(v, REASON_PATH_DEAD);
		since(a, p->died_ns, v);
	} else if (a->now_ns < p->hold_until_ns) {
		no(v, REASON_HELD_BACK);
	} else if (peer_extended(p) && !p->mute) {
		if (p->proof_ns == NONE_NS)
			no(v, REASON_UNPROVEN);
		else
			yes(v);
		since(a, p->proof_ns, v);
	}
}

static void
ask_agreed(const struct asked *a, struct why_view *v)
{
	if (a->p->router || a->n->router || !peer_extended(a->p) || a->p->mute)
		return;
	if (path_they_down(a->p, a->now_ns))
		no(v, REASON_PEER_SAYS_DOWN);
	else
		yes(v);
}

static void
ask_allowed(const struct asked *a, struct why_view *v)
{
	if (refused(a, v))
		return;
	if (a->n->conf.observe && !a->p->direct && !a->p->router)
		no(v, REASON_OBSERVE_ONLY);
	else
		yes(v);
}

/* Another peer that holds exactly what is stated of p; NULL. */
static const struct peer *
other_holder(const struct asked *a, struct prefix *prefix)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&a->n->db, &i)) != NULL) {
		struct fact f = factdb_fact(d, a->now_ns);
		const struct peer *other;
		size_t slot = 0;

		if (!plan_is_allowed(d) || !key_eq(&d->subject, &a->p->key))
			continue;
		*prefix = fact_prefix(&f);
		while ((other = peer_next(a->n, &slot)) != NULL) {
			if (other != a->p && peer_holds(other, prefix, NULL))
				return other;
		}
	}
	memset(prefix, 0, sizeof(*prefix));
	return NULL;
}

static void
ask_holds(const struct asked *a, struct why_view *v)
{
	const struct peer *other;

	if (a->p->direct || a->p->router) {
		yes(v);
		return;
	}
	other = other_holder(a, &v->prefix);
	if (other != NULL) {
		no(v, REASON_HELD_BY_OTHER);
	} else {
		other = view_via(a->n, a->p, a->now_ns);
		no(v, REASON_NOT_MOVED);
	}
	if (other != NULL) {
		v->has_other = true;
		v->other = other->key;
	}
}

static void (*const ask[COND_MAX])(
    const struct asked *a, struct why_view *v) = {
    [COND_LINK] = ask_link,
    [COND_KNOWN] = ask_known,
    [COND_MEMBER] = ask_member,
    [COND_FACTS] = ask_facts,
    [COND_CANDIDATES] = ask_candidates,
    [COND_TRIED] = ask_tried,
    [COND_HANDSHAKE] = ask_handshake,
    [COND_ALIVE] = ask_alive,
    [COND_PATH] = ask_path,
    [COND_AGREED] = ask_agreed,
    [COND_ALLOWED] = ask_allowed,
    [COND_HOLDS] = ask_holds,
};

static void
view(const struct asked *a, enum cond c, struct why_view *v)
{
	memset(v, 0, sizeof(*v));
	v->cond = c;
	v->answer = ANSWER_SKIP;
	v->age_ns = -1;
	if (a->p != NULL || c <= COND_MEMBER)
		ask[c](a, v);
}

bool
node_why(const struct node *n, int64_t now_ns, const struct key *key, size_t i,
    struct why_view *v)
{
	struct asked a = {n, peer_find(n, key), key, now_ns};

	if (i >= COND_MAX)
		return false;
	view(&a, (enum cond)i, v);
	return true;
}

enum reason
why_reason(const struct node *n, const struct peer *p, int64_t now_ns)
{
	struct asked a = {n, p, &p->key, now_ns};

	for (int c = 0; c < COND_MAX; c++) {
		struct why_view v;

		view(&a, (enum cond)c, &v);
		if (v.answer == ANSWER_NO)
			return v.reason;
	}
	return REASON_NONE;
}

bool
node_history(const struct node *n, int64_t now_ns, const struct key *key,
    size_t i, struct history_view *v)
{
	const struct history_entry *e = history_of(&n->history, key, i);
	int64_t now_s = now_ns / SECOND_NS + 1;

	if (e == NULL)
		return false;
	memset(v, 0, sizeof(*v));
	v->code = (enum event_code)e->code;
	v->reason = (enum reason)e->reason;
	v->times = e->times;
	v->rule = e->code == EV_REFUSED ? e->port : 0;
	history_endpoint(e, &v->endpoint);
	history_prefix(e, &v->prefix);
	v->first_age_ns = (now_s - e->first_s) * SECOND_NS;
	v->last_age_ns = (now_s - e->last_s) * SECOND_NS;
	return true;
}

void
node_trust(const struct node *n, const struct key *key, struct trust_view *v)
{
	static const enum attr attrs[] = {
	    ATTR_ENDPOINT_V4, ATTR_ALLOWED_V4, ATTR_MEMBER};
	const struct peer *p = peer_find(n, key);
	const struct conf_peer *c = peer_conf(n, key);
	const struct dbfact *d;
	uint32_t i = 0;

	memset(v, 0, sizeof(*v));
	v->configured = c != NULL && c->trust != TRUST_UNSET;
	v->router = p != NULL && p->router;
	v->on_device = p != NULL;
	v->level = p != NULL ? peer_trust(n, p) : TRUST_UNSET;
	/* A lender that has gone counts until the next look at what is lent. */
	v->lent = p != NULL && v->level != peer_trust_own(n, p) &&
	    n->peers[p->lender] != NULL;
	if (v->lent)
		v->lender = n->peers[p->lender]->key;
	v->quorum = n->conf.quorum;
	v->sources = members_possible(n);
	for (size_t k = 0; k < sizeof(attrs) / sizeof(attrs[0]); k++) {
		v->known[k] = trust_accepts(attrs[k], true, v->level);
		v->unknown[k] = n->conf.membership != MEMBERSHIP_NONE &&
		    trust_accepts(attrs[k], false, v->level);
	}
	while (p != NULL && (d = factdb_next(&n->db, &i)) != NULL) {
		for (size_t k = 0; k < d->nsrc; k++)
			v->nfacts += d->src[k].peer == p->slot;
	}
}
