/*
 * Trust that is lent: what peers with DelegateTrust say of the trust of
 * others (docs/wire.md, "Trust"). It is kept with each peer, and made anew
 * from the facts when they, the peers or the configuration have changed.
 */
#include "netd/state.h"

/* All are asked to say everything again at most so often. */
#define ASK_APART_NS (120 * SECOND_NS)

/* Of several that disagree the least counts: each can take back what another
 * gives, and none can be talked over. */
static void
lend(struct peer *p, enum trust level, uint16_t lender)
{
	if (p->lent != TRUST_UNSET &&
	    (p->lent < level || (p->lent == level && p->lender <= lender)))
		return;
	p->lent = level;
	p->lender = lender;
}

/* A fact counts while one who stated it still has DelegateTrust. */
static void
lend_all(struct node *n)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct peer *p;

		if (d->attr != ATTR_TRUST ||
		    (p = peer_find(n, &d->subject)) == NULL)
			continue;
		for (size_t s = 0; s < d->nsrc; s++) {
			uint16_t slot = d->src[s].peer;

			if (slot != p->slot &&
			    trust_accepts(d->attr, true,
				peer_trust_own(n, n->peers[slot])))
				lend(p, (enum trust)d->value[0], slot);
		}
	}
}

static void
ask(struct node *n, int64_t now_ns)
{
	if (!n->ask_again ||
	    (n->asked_ns != NONE_NS && now_ns - n->asked_ns < ASK_APART_NS))
		return;
	n->asked_ns = now_ns;
	node_new_boot_id(n, now_ns);
}

void
delegate_refresh(struct node *n, int64_t now_ns)
{
	uint8_t was[NODE_MAX_PEERS];
	bool less = false;
	size_t slot = 0;
	struct peer *p;

	if (!n->lent_stale) {
		ask(n, now_ns);
		return;
	}
	n->lent_stale = false;
	while ((p = peer_next(n, &slot)) != NULL) {
		was[p->slot] = (uint8_t)peer_trust(n, p);
		p->lent = TRUST_UNSET;
	}
	lend_all(n);
	slot = 0;
	while ((p = peer_next(n, &slot)) != NULL) {
		enum trust level = peer_trust(n, p);
		struct event *ev;

		if ((uint8_t)level == was[p->slot])
			continue;
		if ((uint8_t)level < was[p->slot])
			less = true;
		else
			n->ask_again = true;
		gossip_soon(p, now_ns);
		ev = peer_event(n, p, EV_TRUST, now_ns);
		ev->text = trust_name(level);
		ev->yes = level != peer_trust_own(n, p);
		if (ev->yes)
			ev->other = n->peers[p->lender]->key;
	}
	if (less) {
		reconf_take_back(n);
		node_want_plan(n, now_ns);
	}
	ask(n, now_ns);
}

int64_t
delegate_deadline(const struct node *n)
{
	return n->ask_again ? n->asked_ns + ASK_APART_NS : INT64_MAX;
}
