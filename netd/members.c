/*
 * Who belongs to the network: peers are added when a source that may say so
 * names them, and removed when such a source, heard without a gap, no longer
 * does. What the administrator gave is never touched.
 */
#include <string.h>

#include "netd/state.h"

static bool
is_membership(const struct dbfact *d)
{
	return plan_is_allowed(d) || d->attr == ATTR_MEMBER ||
	    d->attr == ATTR_METADATA;
}

static bool
may_name(const struct node *n, const struct peer *p)
{
	enum trust level = p != NULL ? peer_trust(n, p) : TRUST_UNSET;

	return level != TRUST_UNSET && level >= TRUST_MEMBERSHIP;
}

/* Said by this node's configuration, or by a source that may say who is a
 * member. What this node says of a peer of its device because it is there is
 * no reason for it to stay. */
static bool
vouched(const struct node *n, const struct dbfact *d)
{
	if (d->local && peer_conf(n, &d->subject) != NULL)
		return true;
	for (size_t i = 0; i < d->nsrc; i++) {
		if (may_name(n, n->peers[d->src[i].peer]))
			return true;
	}
	return false;
}

/* Who answers for what the source in that slot says: it itself, or the one
 * that lent it its trust, who could make as many sources as he likes. */
static uint16_t
answers(const struct node *n, uint16_t slot)
{
	const struct peer *p = n->peers[slot];

	return peer_trust_own(n, p) == peer_trust(n, p) ? slot : p->lender;
}

/* One source counts once, however many facts of the key it states. */
size_t
members_sources(const struct node *n, const struct key *key)
{
	uint16_t who[CONF_MAX_QUORUM];
	size_t nwho = 0;
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		if (!is_membership(d) || !key_eq(&d->subject, key))
			continue;
		for (size_t s = 0; s < d->nsrc && nwho < CONF_MAX_QUORUM; s++) {
			uint16_t slot = d->src[s].peer;
			size_t w = 0;

			if (!may_name(n, n->peers[slot]))
				continue;
			slot = answers(n, slot);
			while (w < nwho && who[w] != slot)
				w++;
			if (w == nwho)
				who[nwho++] = slot;
		}
	}
	return nwho;
}

size_t
members_needed(const struct node *n, const struct key *key)
{
	return peer_conf(n, key) != NULL ? 1 : n->conf.quorum;
}

size_t
members_possible(const struct node *n)
{
	size_t slot = 0, possible = 0;
	const struct peer *p;

	while ((p = peer_next(n, &slot)) != NULL)
		possible += may_name(n, p) && answers(n, p->slot) == p->slot;
	return possible;
}

/*
 * A fact has come in. With a quorum, what is said of a key that is none of
 * ours is kept to itself until enough say so: a node that passed it on would
 * itself be counted, for a word that is not its own.
 */
void
members_heard(struct node *n, uint32_t index, bool known, int64_t now_ns)
{
	struct dbfact *d = n->db.facts[index];
	uint32_t i = 0;

	if (d->agreed)
		return;
	if (known || n->conf.quorum <= 1 ||
	    members_needed(n, &d->subject) <= 1) {
		d->agreed = true;
		return;
	}
	if (members_sources(n, &d->subject) < members_needed(n, &d->subject))
		return;
	while ((d = factdb_next(&n->db, &i)) != NULL) {
		if (key_eq(&d->subject, &n->db.facts[index]->subject))
			d->agreed = true;
	}
	gossip_all_soon(n, now_ns);
	node_want_plan(n, now_ns);
}

/* It is on the device, whoever put it there: what was kept to ourselves is to
 * be told. */
void
members_here(struct node *n, const struct key *key)
{
	uint32_t i = 0;
	struct dbfact *d;

	while (n->conf.quorum > 1 && (d = factdb_next(&n->db, &i)) != NULL)
		d->agreed = d->agreed || key_eq(&d->subject, key);
}

/* May the subject of d be added? What a fact said when it came in is looked
 * at first, since it costs nothing. */
static bool
accepted(const struct node *n, const struct dbfact *d)
{
	if (!vouched(n, d))
		return false;
	if (n->conf.quorum <= 1 || d->local)
		return true;
	return d->agreed &&
	    members_sources(n, &d->subject) >= members_needed(n, &d->subject);
}

bool
members_named(const struct node *n, const struct key *key)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		if (is_membership(d) && key_eq(&d->subject, key) &&
		    vouched(n, d))
			return true;
	}
	return false;
}

/* Is there a source of at least that trust whose silence about something
 * means that it isn't so? */
bool
members_silence_counts(const struct node *n, int64_t now_ns, enum trust least)
{
	size_t slot = 0;
	const struct peer *p;

	if (now_ns - n->started_ns < SETTLED_NS)
		return false;
	while ((p = peer_next(n, &slot)) != NULL) {
		enum trust level = peer_trust(n, p);

		if (level != TRUST_UNSET && level >= least &&
		    peer_is_steady(p, now_ns))
			return true;
	}
	return false;
}

/* Without membership nobody may be there by introduction, once what an
 * earlier run with it left has had its time. */
static bool
membership_sure(const struct node *n, int64_t now_ns)
{
	if (n->conf.membership == MEMBERSHIP_NONE)
		return now_ns - n->started_ns >= SETTLED_NS;
	return members_silence_counts(n, now_ns, TRUST_MEMBERSHIP);
}

static struct intro *
find_intro(struct node *n, const struct key *key)
{
	for (size_t i = 0; i < n->nintros; i++) {
		if (key_eq(&n->intros[i].key, key))
			return &n->intros[i];
	}
	return NULL;
}

bool
members_hurry(struct node *n, const struct key *key, int64_t now_ns)
{
	struct intro *in = find_intro(n, key);

	if (in == NULL)
		return false;
	in->retry_ns = now_ns;
	node_want_plan(n, now_ns);
	return true;
}

bool
members_remove(
    struct node *n, struct peer *p, int64_t now_ns, struct action *act)
{
	if (!p->introduced ||
	    (!p->forget &&
		(members_named(n, &p->key) || !membership_sure(n, now_ns))))
		return false;
	act->kind = ACT_PEER_REMOVE;
	act->key = p->key;
	return true;
}

/* Room for one more; those that were answered long ago go first. */
static struct intro *
new_intro(struct node *n, int64_t now_ns, const struct key *key)
{
	struct intro *in = NULL;

	for (size_t i = 0; i < n->nintros && n->nintros == MAX_INTROS; i++) {
		if (n->intros[i].token == 0 &&
		    n->intros[i].retry_ns <= now_ns) {
			in = &n->intros[i];
			break;
		}
	}
	if (in == NULL && n->nintros < MAX_INTROS)
		in = &n->intros[n->nintros++];
	if (in == NULL)
		return NULL;
	memset(in, 0, sizeof(*in));
	in->key = *key;
	return in;
}

bool
members_introduce(
    struct node *n, const struct dbfact *d, int64_t now_ns, struct action *act)
{
	struct intro *in;
	struct addr own;
	struct prefix prefix;

	if (!is_membership(d) || key_eq(&d->subject, &n->link.key) ||
	    peer_find(n, &d->subject) != NULL || !accepted(n, d))
		return false;
	in = find_intro(n, &d->subject);
	if (in != NULL && (in->token != 0 || in->retry_ns > now_ns)) {
		if (in->token == 0)
			node_want_plan(n, in->retry_ns);
		return false;
	}
	if (in == NULL)
		in = new_intro(n, now_ns, &d->subject);
	if (in == NULL) {
		node_want_plan(n, now_ns + SECOND_NS);
		return false;
	}
	in->token = node_token(n);
	act->kind = ACT_PEER_SET;
	act->token = in->token;
	plan_set_init(&act->set, &d->subject);
	act->set.may_add = true;
	candidates_first(n, &d->subject, &act->set.endpoint);
	own = key_auto_addr(&d->subject);
	prefix = plan_auto_prefix(&own);
	act->set.add[act->set.nadd++] = prefix;
	if (n->conf.observe)
		observe_intro(n, in, &act->set);
	return true;
}

static void
answered(
    struct node *n, int64_t now_ns, struct intro *in, const struct m_result *r)
{
	in->token = 0;
	in->retry_ns = now_ns;
	if (r->error == 0) {
		node_event(n, EV_PEER_ADDED, &in->key);
		/* Until the snapshot shows it. */
		in->retry_ns = now_ns + BUSY_NS;
		node_want_device(n, now_ns);
		return;
	}
	in->retry_ns += r->rule == 0 || in->ask > 0 ? BUSY_NS : REFUSED_NS;
	node_want_plan(n, in->retry_ns);
	if (r->rule != 0 && r->rule != RESULT_OBSERVE) {
		struct event *ev = node_event(n, EV_REFUSED, &in->key);

		n->ops_refused++;
		ev->result = *r;
		if (r->index == 1)
			ev->prefix = in->asked;
	}
}

bool
members_result(
    struct node *n, int64_t now_ns, uint32_t token, const struct m_result *r)
{
	for (size_t i = 0; i < n->nintros; i++) {
		if (n->intros[i].token != token)
			continue;
		answered(n, now_ns, &n->intros[i], r);
		return true;
	}
	return false;
}
