/* Who has which prefix, and by what right, as far as netd is told: the device,
 * the configuration, what it withdrew itself, the interface's addresses. And
 * what bounds it. */
#include <string.h>

#include "netd/state.h"

void
node_policy(const struct node *n, struct policy_view *v)
{
	const struct peer *p;
	size_t slot = 0;

	*v = (struct policy_view){.membership = n->conf.membership,
	    .conf = &n->policy,
	    .has_device = n->up && n->have_device};
	while (v->has_device && (p = peer_next(n, &slot)) != NULL) {
		v->npeers++;
		v->nadded += p->introduced;
	}
}

/* Is it the one that was asked for? Counts i down to it. */
static bool
is_it(size_t *i, struct right_view *v, enum right right, const struct key *key,
    const struct prefix *prefix)
{
	if (addr_is_link_local(&prefix->addr) || (*i)-- > 0)
		return false;
	v->right = right;
	if (key != NULL)
		v->key = *key;
	v->prefix = *prefix;
	return true;
}

static bool
of_peer(const struct peer *p, size_t *i, struct right_view *v)
{
	for (size_t k = 0; k < p->nprefixes; k++) {
		const struct m_prefix *m = &p->prefixes[k];

		if (is_it(i, v, m->ours ? RIGHT_LENT : RIGHT_HOME, &p->key,
			&m->prefix))
			return true;
	}
	for (size_t k = 0; k < p->nwithdrawn; k++) {
		const struct m_prefix *m = &p->withdrawn[k];

		if (!m->ours &&
		    is_it(i, v, RIGHT_WITHDRAWN, &p->key, &m->prefix))
			return true;
	}
	return false;
}

bool
node_right(const struct node *n, size_t i, struct right_view *v)
{
	const struct peer *p;
	size_t slot = 0;

	memset(v, 0, sizeof(*v));
	for (size_t k = 0; k < n->naddrs; k++) {
		const struct m_addr *a = &n->addrs[k];
		struct prefix prefix;

		if (a->ifindex == n->link.ifindex &&
		    prefix_make(&a->addr, a->len, &prefix) &&
		    is_it(&i, v, RIGHT_INTERFACE, NULL, &prefix))
			return true;
	}
	while ((p = peer_next(n, &slot)) != NULL) {
		if (of_peer(p, &i, v))
			return true;
	}
	for (size_t c = 0; c < n->nconfs; c++) {
		for (size_t k = 0; k < n->confs[c].nprefixes; k++) {
			if (is_it(&i, v, RIGHT_CONFIGURED, &n->confs[c].key,
				&n->confs[c].prefixes[k]))
				return true;
		}
	}
	return false;
}
