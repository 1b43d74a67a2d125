/* Host names in configured endpoints: looked up while their peer is down. */
#include <string.h>

#include "netd/state.h"

#define RETRY_NS     (5 * SECOND_NS)
#define AGAIN_NS     (30 * SECOND_NS)
#define RETRY_MAX_NS (300 * SECOND_NS)

static struct host *
find(struct node *n, const char *name)
{
	for (size_t i = 0; i < n->nhosts; i++) {
		if (strcmp(n->hosts[i].name, name) == 0)
			return &n->hosts[i];
	}
	return NULL;
}

const struct host *
hosts_find(const struct node *n, const char *name)
{
	for (size_t i = 0; i < n->nhosts; i++) {
		if (strcmp(n->hosts[i].name, name) == 0)
			return &n->hosts[i];
	}
	return NULL;
}

/* Notes the names of one [Peer] section. 0, or -1 when there are more than
 * MAX_HOSTS. */
int
hosts_conf(struct node *n, const struct conf_peer *c)
{
	struct addr numeric;

	for (size_t i = 0; i < c->nendpoints; i++) {
		const char *name = c->endpoints[i].host;

		if (addr_parse(name, &numeric) == 0 || find(n, name) != NULL)
			continue;
		if (n->nhosts == MAX_HOSTS)
			return -1;
		n->hosts[n->nhosts++].name = name;
	}
	return 0;
}

void
hosts_reconf(struct node *n, const struct host *old, size_t nold)
{
	n->nhosts = 0;
	memset(n->hosts, 0, sizeof(n->hosts));
	for (size_t i = 0; i < n->nconfs; i++) {
		if (hosts_conf(n, &n->confs[i]) == -1) {
			node_table_full(n, "host names");
			break;
		}
	}
	for (size_t i = 0; i < nold; i++) {
		struct host *h = find(n, old[i].name);
		const char *name;

		if (h == NULL)
			continue;
		name = h->name;
		*h = old[i];
		h->name = name;
	}
}

/* Which names does a peer that is down need? */
static void
mark_wanted(struct node *n, int64_t now_ns)
{
	for (size_t i = 0; i < n->nhosts; i++)
		n->hosts[i].wanted = false;
	for (size_t i = 0; i < n->nconfs; i++) {
		const struct conf_peer *c = &n->confs[i];
		const struct peer *p = peer_find(n, &c->key);

		if (c == n->self_conf ||
		    (p != NULL && peer_is_healthy(p, now_ns) &&
			p->proof != PROOF_DEAD))
			continue;
		for (size_t k = 0; k < c->nendpoints; k++) {
			struct host *h = find(n, c->endpoints[k].host);

			if (h != NULL)
				h->wanted = true;
		}
	}
}

bool
hosts_next(struct node *n, int64_t now_ns, struct action *act)
{
	if (n->nhosts == 0 || !n->have_device || hosts_deadline(n) > now_ns)
		return false;
	mark_wanted(n, now_ns);
	for (size_t i = 0; i < n->nhosts; i++) {
		struct host *h = &n->hosts[i];

		if (h->asked || h->next_ns > now_ns)
			continue;
		if (!h->wanted) {
			/* Looked at again with the next snapshots. */
			h->next_ns = now_ns + DEVICE_IDLE_NS;
			continue;
		}
		h->asked = true;
		act->kind = ACT_RESOLVE;
		strlcpy(act->host, h->name, sizeof(act->host));
		return true;
	}
	return false;
}

int64_t
hosts_deadline(const struct node *n)
{
	int64_t at_ns = INT64_MAX;

	for (size_t i = 0; i < n->nhosts; i++) {
		if (!n->hosts[i].asked && n->hosts[i].next_ns < at_ns)
			at_ns = n->hosts[i].next_ns;
	}
	return at_ns;
}

void
node_resolved(struct node *n, int64_t now_ns, const char *host,
    const struct m_resolved *r)
{
	struct host *h = find(n, host);

	if (h == NULL || !h->asked)
		return;
	h->asked = false;
	if (r->error != RESOLVE_OK || r->n == 0) {
		int64_t wait_ns = RETRY_NS
		    << (h->failures < 6 ? h->failures : 6);

		if (h->failures++ == 0)
			node_event(n, EV_RESOLVE_FAILED, &n->link.key)->text =
			    h->name;
		h->next_ns =
		    now_ns + (wait_ns < RETRY_MAX_NS ? wait_ns : RETRY_MAX_NS);
		return; /* addresses of before stay as hints */
	}
	h->failures = 0;
	h->n = r->n < RESOLVED_MAX ? r->n : RESOLVED_MAX;
	memcpy(h->addr, r->addr, h->n * sizeof(h->addr[0]));
	h->next_ns = now_ns + AGAIN_NS;
	n->local_dirty = true;
}
