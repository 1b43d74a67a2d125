/*
 * Endpoints at which a peer may be reached. Each is a hint: it is tried only
 * while nothing works, and what the kernel learnt from an authenticated
 * packet stays as long as it lives.
 */
#include <string.h>

#include "netd/state.h"

#define ROUND_PAUSE_NS	   (5 * SECOND_NS)
#define ROUND_PAUSE_MAX_NS (60 * SECOND_NS)

static bool
inside_other_interface(const struct node *n, const struct addr *a)
{
	for (size_t i = 0; i < n->naddrs; i++) {
		struct prefix prefix;

		if (n->addrs[i].ifindex != n->link.ifindex && n->addrs[i].up &&
		    prefix_make(&n->addrs[i].addr, n->addrs[i].len, &prefix) &&
		    prefix_contains_addr(&prefix, a))
			return true;
	}
	return false;
}

static bool
inside_tunnel(const struct node *n, const struct addr *a)
{
	size_t slot = 0;
	const struct peer *p;

	for (size_t i = 0; i < n->naddrs; i++) {
		struct prefix prefix;

		if (n->addrs[i].ifindex == n->link.ifindex &&
		    prefix_make(&n->addrs[i].addr, n->addrs[i].len, &prefix) &&
		    prefix_contains_addr(&prefix, a))
			return true;
	}
	while ((p = peer_next(n, &slot)) != NULL) {
		for (size_t i = 0; i < p->nprefixes; i++) {
			if (p->prefixes[i].prefix.len > 0 &&
			    prefix_contains_addr(&p->prefixes[i].prefix, a))
				return true;
		}
	}
	return false;
}

bool
endpoint_acceptable(const struct node *n, const struct endpoint *e)
{
	if (!endpoint_is_usable(e))
		return false;
	for (size_t i = 0; i < n->naddrs; i++) {
		if (addr_eq(&n->addrs[i].addr, &e->addr) &&
		    e->port == n->link.listen_port)
			return false;
	}
	return !inside_tunnel(n, &e->addr) ||
	    inside_other_interface(n, &e->addr);
}

static struct try *
find_try(struct peer *p, const struct endpoint *e)
{
	for (size_t i = 0; i < p->ntries; i++) {
		if (endpoint_eq(&p->tries[i].endpoint, e))
			return &p->tries[i];
	}
	return NULL;
}

/* The entry for e; a new one takes the place of the oldest when full. */
static struct try *
note_try(struct peer *p, const struct endpoint *e)
{
	struct try *t = find_try(p, e);

	if (t != NULL)
		return t;
	if (p->ntries < MAX_TRIES) {
		t = &p->tries[p->ntries++];
	} else {
		t = &p->tries[0];
		for (size_t i = 1; i < MAX_TRIES; i++) {
			if (p->tries[i].last_ns < t->last_ns)
				t = &p->tries[i];
		}
	}
	t->endpoint = *e;
	t->last_ns = NONE_NS;
	t->worked = t->given = false;
	t->worked_ns = NONE_NS;
	return t;
}

void
candidates_worked(struct peer *p, int64_t now_ns)
{
	struct try *t;

	if (p->endpoint.addr.family == 0)
		return;
	t = note_try(p, &p->endpoint);
	t->worked = true;
	t->last_ns = t->worked_ns = now_ns;
	p->round = 0;
	p->rest_ns = NONE_NS;
}

static bool
seen_by_router(const struct node *n, const struct dbfact *d)
{
	for (size_t i = 0; i < d->nsrc; i++) {
		const struct peer *s = n->peers[d->src[i].peer];

		if (s != NULL && s->router)
			return true;
	}
	return false;
}

/* In order of promise; lower is better. */
static int
score(const struct node *n, const struct dbfact *d, const struct endpoint *e,
    const struct try *t)
{
	if (inside_other_interface(n, &e->addr))
		return 0;
	if (t != NULL && t->worked)
		return 1;
	/* A router passes on what a leaf says of itself, too; where it sees a
	 * private address itself, there is rarely a public one. */
	if (addr_is_private(&e->addr))
		return 4;
	return seen_by_router(n, d) ? 2 : 3;
}

struct choice {
	size_t count;
	int64_t last_ns;
	int score;
	struct endpoint endpoint;
};

/* One never tried before one tried, then the one tried longest ago; among
 * equals by score. */
static void
consider(struct choice *c, const struct endpoint *e, int64_t last_ns, int sc)
{
	if (c->count++ > 0 &&
	    (last_ns > c->last_ns || (last_ns == c->last_ns && sc >= c->score)))
		return;
	c->last_ns = last_ns;
	c->score = sc;
	c->endpoint = *e;
}

static bool
stated(const struct node *n, const struct key *key, const struct endpoint *e)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct fact f = factdb_fact(d, 0);
		struct endpoint other;

		if ((d->attr != ATTR_ENDPOINT_V4 &&
			d->attr != ATTR_ENDPOINT_V6) ||
		    !key_eq(&d->subject, key))
			continue;
		other = fact_endpoint(&f);
		if (endpoint_eq(&other, e))
			return true;
	}
	return false;
}

/*
 * The best candidate for key: what facts state, and what worked before. p is
 * NULL for a peer that is not on the device yet. Returns how many candidates
 * there are.
 */
static size_t
best(const struct node *n, const struct key *key, struct peer *p,
    struct endpoint *out)
{
	struct choice c = {0};
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct fact f = factdb_fact(d, 0);
		const struct try *t;
		struct endpoint e;
		int64_t last_ns;

		if ((d->attr != ATTR_ENDPOINT_V4 &&
			d->attr != ATTR_ENDPOINT_V6) ||
		    !key_eq(&d->subject, key))
			continue;
		e = fact_endpoint(&f);
		if (!endpoint_acceptable(n, &e))
			continue;
		t = p != NULL ? find_try(p, &e) : NULL;
		last_ns = t != NULL ? t->last_ns : NONE_NS;
		consider(&c, &e, last_ns, score(n, d, &e, t));
	}
	for (size_t k = 0; p != NULL && k < p->ntries; k++) {
		const struct try *t = &p->tries[k];

		/* Others may have been given by the administrator, who alone
		 * may. */
		if ((t->worked || t->given) &&
		    endpoint_acceptable(n, &t->endpoint) &&
		    !stated(n, key, &t->endpoint))
			consider(&c, &t->endpoint, t->last_ns, 1);
	}
	if (c.count > 0)
		*out = c.endpoint;
	return c.count;
}

bool
candidates_first(
    const struct node *n, const struct key *key, struct endpoint *e)
{
	return best(n, key, NULL, e) > 0;
}

size_t
candidates_count(const struct node *n, const struct peer *p)
{
	size_t count = 0;
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		if ((d->attr == ATTR_ENDPOINT_V4 ||
			d->attr == ATTR_ENDPOINT_V6) &&
		    key_eq(&d->subject, &p->key))
			count++;
	}
	return count;
}

static bool
wanted(const struct peer *p, int64_t now_ns)
{
	if (p->collided || p->weak)
		return false;
	return !peer_is_healthy(p, now_ns) || p->proof == PROOF_DEAD;
}

bool
candidates_next(
    const struct node *n, struct peer *p, int64_t now_ns, struct endpoint *e)
{
	return wanted(p, now_ns) && best(n, &p->key, p, e) > 0 &&
	    !endpoint_eq(e, &p->endpoint);
}

/*
 * A round has failed, and the next is long in coming. Until then the peer is
 * where it has been last, or where it was given: WireGuard goes on asking
 * there by itself, every 5 s while there is something to send.
 */
static bool
rest(struct node *n, struct peer *p, struct endpoint *e)
{
	const struct try *best_try = NULL;

	p->rest_ns = NONE_NS;
	for (size_t i = 0; i < p->ntries; i++) {
		const struct try *t = &p->tries[i];

		if ((t->worked || t->given) &&
		    endpoint_acceptable(n, &t->endpoint) &&
		    (best_try == NULL || t->worked_ns > best_try->worked_ns))
			best_try = t;
	}
	if (best_try == NULL || endpoint_eq(&best_try->endpoint, &p->endpoint))
		return false;
	*e = best_try->endpoint;
	return true;
}

bool
candidates_pick(struct node *n, struct peer *p, int64_t now_ns,
    struct endpoint *e, bool *remake)
{
	int64_t last_ns =
	    p->handshake_ns > p->heard_ns ? p->handshake_ns : p->heard_ns;
	bool session =
	    last_ns != NONE_NS && now_ns - last_ns < SESSION_LIVES_NS;
	int64_t pause_ns = ROUND_PAUSE_NS;
	struct endpoint pick;
	struct try *t;
	size_t count, rounds;

	if (tries_deaf(n, p, now_ns)) {
		if (!tries_cure(n, p, now_ns))
			return false;
		*e = p->endpoint;
		*remake = true;
		return true;
	}
	if (!wanted(p, now_ns))
		return false;
	if (p->endpoint.addr.family != 0 && find_try(p, &p->endpoint) == NULL) {
		/* The one that it was given is being tried already. */
		t = note_try(p, &p->endpoint);
		t->last_ns = now_ns;
		t->given = !p->introduced && !peer_is_basic(n, p);
		n->tries++;
		(void)tries_begin(n, p, now_ns, session, 0);
		return false;
	}
	if (now_ns < tries_end(n, p, now_ns))
		return p->rest_ns != NONE_NS && now_ns >= p->rest_ns &&
		    rest(n, p, e);
	p->rest_ns = NONE_NS;
	count = best(n, &p->key, p, &pick);
	if (count == 0)
		return false;
	rounds = tries_begin(n, p, now_ns, session, ++p->round / count);
	t = note_try(p, &pick);
	if (!session)
		*remake = tries_remake(n, p, now_ns, t->last_ns == NONE_NS);
	if (rounds > 0 && p->round % count == 0) {
		pause_ns <<= (int)(rounds < 6 ? rounds - 1 : 5);
		if (pause_ns > ROUND_PAUSE_MAX_NS)
			pause_ns = ROUND_PAUSE_MAX_NS;
		p->rest_ns = p->try_until_ns;
		p->try_until_ns += pause_ns;
	}
	t->last_ns = now_ns;
	*e = pick;
	if (!*remake && endpoint_eq(e, &p->endpoint)) {
		/* Nothing to change, but something to send. */
		memset(e, 0, sizeof(*e));
		minor_event(n, p, EV_TRY, &p->key, now_ns)->endpoint = pick;
		gossip_greet(p, now_ns);
		p->ping_now = true;
		return false;
	}
	return true;
}

int64_t
candidates_deadline(struct node *n, const struct peer *p, int64_t now_ns)
{
	bool any = candidates_count(n, p) > 0;
	int64_t ends_ns;

	for (size_t i = 0; i < p->ntries && !any; i++)
		any = p->tries[i].worked || p->tries[i].given;
	if (tries_deaf(n, p, now_ns))
		ends_ns = tries_cure_at(n, p, now_ns);
	else if (wanted(p, now_ns) && any)
		ends_ns = tries_end(n, p, now_ns);
	else
		return INT64_MAX;
	if (p->rest_ns != NONE_NS && p->rest_ns < ends_ns)
		ends_ns = p->rest_ns;
	return ends_ns > now_ns ? ends_ns : now_ns + SECOND_NS;
}

static bool
is_endpoint(const struct dbfact *d, const struct key *key)
{
	return (d->attr == ATTR_ENDPOINT_V4 || d->attr == ATTR_ENDPOINT_V6) &&
	    key_eq(&d->subject, key);
}

/* The i-th endpoint that facts state of key; NULL past the end. */
static const struct dbfact *
nth_stated(const struct node *n, const struct key *key, size_t *i)
{
	uint32_t index = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &index)) != NULL) {
		if (!is_endpoint(d, key))
			continue;
		if (*i == 0)
			return d;
		--*i;
	}
	return NULL;
}

/* The i-th endpoint that nobody states: those that were tried, then what the
 * device has. NULL past the end. */
static const struct endpoint *
nth_unstated(const struct node *n, const struct peer *p, size_t i)
{
	bool tried =
	    p->endpoint.addr.family == 0 || stated(n, &p->key, &p->endpoint);

	for (size_t k = 0; k < p->ntries; k++) {
		const struct endpoint *e = &p->tries[k].endpoint;

		tried |= endpoint_eq(e, &p->endpoint);
		if (!stated(n, &p->key, e) && i-- == 0)
			return e;
	}
	return !tried && i == 0 ? &p->endpoint : NULL;
}

static void
view_try(const struct peer *p, int64_t now_ns, struct candidate_view *v)
{
	v->current = endpoint_eq(&p->endpoint, &v->endpoint);
	for (size_t k = 0; k < p->ntries; k++) {
		const struct try *t = &p->tries[k];

		if (!endpoint_eq(&t->endpoint, &v->endpoint))
			continue;
		v->worked = t->worked;
		if (t->last_ns != NONE_NS)
			v->tried_age_ns = now_ns - t->last_ns;
	}
	v->waiting = v->current && v->tried_age_ns >= 0 && wanted(p, now_ns) &&
	    now_ns < p->try_until_ns;
}

bool
node_candidate(const struct node *n, int64_t now_ns, const struct key *key,
    size_t i, struct candidate_view *v)
{
	const struct dbfact *d = nth_stated(n, key, &i);
	const struct endpoint *e;
	const struct peer *p;
	size_t slot = 0;

	memset(v, 0, sizeof(*v));
	v->tried_age_ns = -1;
	while ((p = peer_next(n, &slot)) != NULL && !key_eq(&p->key, key))
		;
	if (d != NULL) {
		struct fact f = factdb_fact(d, now_ns);
		const struct peer *s =
		    d->nsrc > 0 ? n->peers[d->src[0].peer] : NULL;

		v->endpoint = fact_endpoint(&f);
		v->stated = true;
		v->has_source = s != NULL;
		if (s != NULL)
			v->source = s->key;
	} else if (p != NULL && (e = nth_unstated(n, p, i)) != NULL) {
		v->endpoint = *e;
	} else {
		return false;
	}
	v->usable = endpoint_acceptable(n, &v->endpoint);
	if (p != NULL)
		view_try(p, now_ns, v);
	return true;
}
