/*
 * Another configuration while all runs. What it changes takes effect at once,
 * and nothing else does: no peer, path or fact is forgotten for a name.
 */
#include <stdlib.h>
#include <string.h>

#include "netd/state.h"

struct reconf {
	struct conf_link conf;
	struct conf_policy policy;
	struct conf_peer *confs;
	size_t nconfs;
	struct host hosts[MAX_HOSTS]; /* those of before */
	enum trust trust[NODE_MAX_PEERS]; /* by slot, before */
};

int
confs_add(struct conf_peer **confs, size_t *nconfs, const struct conf_peer *p)
{
	struct conf_peer *grown;

	if (*nconfs == CONF_MAX_PEERS)
		return -1;
	grown = reallocarray(*confs, *nconfs + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	*confs = grown;
	if (conf_peer_copy(&grown[*nconfs], p) == -1)
		return -1;
	(*nconfs)++;
	return 0;
}

void
confs_clear(struct conf_peer **confs, size_t nconfs)
{
	for (size_t i = 0; i < nconfs; i++)
		conf_peer_clear(&(*confs)[i]);
	free(*confs);
	*confs = NULL;
}

void
reconf_free(struct reconf *r)
{
	if (r == NULL)
		return;
	confs_clear(&r->confs, r->nconfs);
	free(r);
}

int
node_reconf_begin(struct node *n, const struct conf_link *conf)
{
	reconf_free(n->reconf);
	n->reconf = calloc(1, sizeof(*n->reconf));
	if (n->reconf == NULL)
		return -1;
	n->reconf->conf = *conf;
	return 0;
}

void
node_conf_policy(struct node *n, const struct conf_policy *p)
{
	*(n->reconf != NULL ? &n->reconf->policy : &n->policy) = *p;
}

int
node_reconf_peer(struct node *n, const struct conf_peer *p)
{
	if (n->reconf == NULL)
		return -1;
	return confs_add(&n->reconf->confs, &n->reconf->nconfs, p);
}

/* Events that nobody has fetched point to names of the configuration. */
static void
rename_events(struct node *n)
{
	for (size_t i = 0; i < n->nevents; i++) {
		struct event *ev =
		    &n->events[(n->event_first + i) % MAX_EVENTS];
		const struct host *h;

		if (ev->code != EV_RESOLVE_FAILED)
			continue;
		h = hosts_find(n, ev->text);
		ev->text = h != NULL ? h->name : "a host that was configured";
	}
}

void
reconf_take_back(struct node *n)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		bool known = peer_find(n, &d->subject) != NULL;

		/* From the end: the last one takes the place of one that
		 * goes, and with the first the fact itself may go. */
		for (size_t s = d->nsrc; s-- > 0;) {
			const struct peer *p = n->peers[d->src[s].peer];

			if (d->attr == ATTR_LINK ||
			    (trust_accepts(d->attr, known, peer_trust(n, p)) &&
				(known || d->attr == ATTR_TRUST ||
				    n->conf.membership != MEMBERSHIP_NONE)))
				continue;
			factdb_take_back(&n->db, i - 1, p->slot);
		}
	}
}

/* Swaps the configuration in r for the one in n. True when somebody may now
 * say what was refused before, or need no longer wait for others. */
static bool
swap(struct node *n, struct reconf *r)
{
	struct conf_peer *confs = n->confs;
	size_t nconfs = n->nconfs, slot = 0;
	bool more = (n->conf.membership == MEMBERSHIP_NONE &&
			r->conf.membership != MEMBERSHIP_NONE) ||
	    r->conf.quorum < n->conf.quorum;
	struct peer *p;

	while ((p = peer_next(n, &slot)) != NULL)
		r->trust[p->slot] = peer_trust(n, p);
	n->conf = r->conf;
	n->policy = r->policy;
	n->confs = r->confs;
	n->nconfs = r->nconfs;
	r->confs = confs;
	r->nconfs = nconfs;
	n->self_conf = peer_conf(n, &n->link.key);
	slot = 0;
	while ((p = peer_next(n, &slot)) != NULL) {
		enum trust level;

		p->conf = peer_conf(n, &p->key);
		level = peer_trust(n, p);
		if (level != TRUST_UNSET && level != r->trust[p->slot] &&
		    (r->trust[p->slot] == TRUST_UNSET ||
			level > r->trust[p->slot]))
			more = true;
	}
	return more;
}

void
node_reconf_end(struct node *n, int64_t now_ns)
{
	struct reconf *r = n->reconf;
	size_t nhosts = n->nhosts;
	bool more;

	if (r == NULL)
		return;
	n->reconf = NULL;
	memcpy(r->hosts, n->hosts, sizeof(r->hosts));
	more = swap(n, r);
	hosts_reconf(n, r->hosts, nhosts);
	rename_events(n);
	reconf_free(r);
	n->lent_stale = true;
	reconf_take_back(n);
	n->local_dirty = true;
	n->db.vacated = true; /* what was refused may be taken now */
	if (!n->up)
		return;
	/* So that everybody says again what was not for us before. */
	if (more)
		node_new_boot_id(n, now_ns);
	gossip_all_soon(n, now_ns);
	node_want_device(n, now_ns);
	node_want_plan(n, now_ns);
}
