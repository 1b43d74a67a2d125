/* What root may have done with a peer. */
#include <errno.h>

#include "netd/state.h"

int
node_probe(struct node *n, int64_t now_ns, const struct key *key)
{
	struct peer *p = peer_find(n, key);

	if (p == NULL)
		return members_hurry(n, key, now_ns) ? 0 : ENOENT;
	p->hold_until_ns = 0;
	p->try_until_ns = 0;
	p->round = 0;
	p->op_retry_ns = 0;
	p->refused_ns = NONE_NS;
	gossip_greet(p, now_ns);
	p->ping_now = true;
	path_ask(n, p, now_ns);
	node_event(n, EV_PROBE, key);
	node_want_device(n, now_ns);
	node_want_plan(n, now_ns);
	return 0;
}

int
node_forget(struct node *n, int64_t now_ns, const struct key *key)
{
	struct peer *p = peer_find(n, key);

	if (p != NULL && !p->introduced)
		return EPERM;
	if (!factdb_drop_subject(&n->db, key) && p == NULL)
		return ENOENT;
	if (p != NULL) {
		p->forget = true;
		p->op_retry_ns = 0;
	}
	n->lent_stale = true;
	node_event(n, EV_FORGET, key);
	node_want_plan(n, now_ns);
	return 0;
}
