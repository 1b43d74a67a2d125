/*
 * wirelinkd -N: this node hears, decides and changes nothing. What it would
 * ask for it asks for all the same, though seldom: privd refuses it by a rule
 * of its own, or by another one that it would break, and so people see which
 * (wirelinkctl plan).
 *
 * Others must not be led to a path that this node won't take. A peer whose
 * prefixes are not on its own link hears nothing of us, so that it holds us
 * for a host without wirelink and leaves our traffic over the router; if it
 * has heard us before, it is told that the path is down.
 */
#include <string.h>

#include "netd/state.h"

enum step { STEP_REMOVE, STEP_ENDPOINT, STEP_PREFIXES, STEPS };

bool
observe_silent(const struct node *n, const struct peer *p)
{
	return n->conf.observe && !p->router && !p->direct;
}

static bool
take_step(struct node *n, struct peer *p, int64_t now_ns, struct action *act)
{
	struct m_peer_set *set = &act->set;

	switch ((enum step)p->ask_step++) {
	case STEP_REMOVE:
		return members_remove(n, p, now_ns, act);
	case STEP_ENDPOINT:
		return candidates_next(n, p, now_ns, &set->endpoint);
	case STEP_PREFIXES:
		plan_moves(n, p, now_ns, set);
		return set->nadd + set->ndel > 0;
	case STEPS:
		break;
	}
	return false;
}

bool
observe_next(struct node *n, struct peer *p, int64_t now_ns, struct action *act)
{
	bool asks = false;

	if (now_ns >= p->ask_ns) {
		act->kind = ACT_PEER_SET;
		plan_set_init(&act->set, &p->key);
		while (!asks && p->ask_step < STEPS)
			asks = take_step(n, p, now_ns, act);
		p->ask_ns = now_ns + BUSY_NS;
		if (p->ask_step >= STEPS) {
			p->ask_step = 0;
			p->ask_ns = now_ns + REFUSED_NS;
		}
	}
	node_want_plan(n, p->ask_ns);
	return asks;
}

void
observe_again(struct peer *p, int64_t now_ns)
{
	p->ask_step = STEP_PREFIXES;
	p->ask_ns = now_ns + BUSY_NS;
}

void
observe_intro(const struct node *n, struct intro *in, struct m_peer_set *set)
{
	const struct dbfact *d;
	size_t left = in->ask++;
	uint32_t i = 0;

	memset(&in->asked, 0, sizeof(in->asked));
	while ((d = factdb_next(&n->db, &i)) != NULL) {
		struct fact f = factdb_fact(d, 0);

		if (!plan_is_allowed(d) || !key_eq(&d->subject, &in->key) ||
		    left-- > 0)
			continue;
		in->asked = fact_prefix(&f);
		set->add[set->nadd++] = in->asked;
		return;
	}
	in->ask = 0;
}
