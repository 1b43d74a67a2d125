/* The core: its state, its inputs, and what it wants done next. */
#include <stdlib.h>
#include <string.h>

#include "netd/state.h"

/* A fact that expired makes a new boot id, not more often than this. */
#define REBOOT_APART_NS (120 * SECOND_NS)

/* xoshiro256**, by D. Blackman and S. Vigna: for what must differ, not for
 * what must be secret. */
uint64_t
node_random(struct node *n)
{
	uint64_t *s = n->random;
	uint64_t result = s[1] * 5, t = s[1] << 17;

	result = (result << 7 | result >> 57) * 9;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = s[3] << 45 | s[3] >> 19;
	return result;
}

/* Never 0, and 23 bits, so that flights can add an index. */
uint32_t
node_token(struct node *n)
{
	n->token = (n->token + 1) & 0x7fffff;
	if (n->token == 0)
		n->token = 1;
	return n->token;
}

/* The caller fills in the rest. When nobody fetches events the oldest give
 * way. */
struct event *
node_event(struct node *n, enum event_code code, const struct key *key)
{
	struct event *ev;

	if (n->nevents == MAX_EVENTS) {
		n->event_first = (n->event_first + 1) % MAX_EVENTS;
		n->nevents--;
	}
	ev = &n->events[(n->event_first + n->nevents++) % MAX_EVENTS];
	memset(ev, 0, sizeof(*ev));
	ev->code = code;
	ev->key = *key;
	return ev;
}

void
node_table_full(struct node *n, const char *table)
{
	if (n->full_told)
		return;
	n->full_told = true;
	node_event(n, EV_TABLE_FULL, &n->link.key)->text = table;
}

void
node_want_device(struct node *n, int64_t at_ns)
{
	if (at_ns < n->device_at_ns)
		n->device_at_ns = at_ns;
}

void
node_want_plan(struct node *n, int64_t at_ns)
{
	if (at_ns < n->plan_at_ns)
		n->plan_at_ns = at_ns;
}

/* Everybody tells us all again, and is told that we are another one. */
void
node_new_boot_id(struct node *n, int64_t now_ns)
{
	uint8_t random[BOOT_ID_LEN];
	uint64_t a = node_random(n), b = node_random(n);
	uint64_t count = (uint64_t)(now_ns / MSEC_NS);
	size_t slot = 0;
	struct peer *p;

	memcpy(random, &a, sizeof(a));
	memcpy(random + sizeof(a), &b, sizeof(b));
	if (count <= n->boot_count)
		count = n->boot_count + 1;
	n->boot_count = count;
	for (size_t i = BOOT_ID_ORDER_LEN; i-- > 0; count >>= 8)
		random[i] = (uint8_t)count;
	boot_id_make(
	    random, CAP_ACK | CAP_DIGEST | CAP_TRUST | CAP_ORDER, n->boot_id);
	n->boot_ns = now_ns;
	n->ask_again = false;
	while ((p = peer_next(n, &slot)) != NULL) {
		/* It forgets what we stated with the old one. */
		if (p->said != FACT_LINK_READY)
			p->said_seq = (uint64_t)now_ns;
		gossip_greet(p, now_ns);
	}
	n->local_dirty = true;
}

struct node *
node_new(const struct conf_link *conf, const uint8_t seed[32])
{
	struct node *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->conf = *conf;
	n->asked_ns = n->remakes_ns = n->meeting_ns = NONE_NS;
	memcpy(n->random, seed, sizeof(n->random));
	n->random[0] |= 1; /* all zero would stay so */
	if (factdb_init(&n->db, node_random(n), NODE_MAX_FACTS) == -1) {
		free(n);
		return NULL;
	}
	n->stirred_ns = NONE_NS;
	n->device_ns = NONE_NS;
	n->device_at_ns = INT64_MAX;
	n->plan_at_ns = INT64_MAX;
	n->flight_timeout_ns = INT64_MAX;
	return n;
}

static void
drop_peers(struct node *n)
{
	size_t slot = 0;
	struct peer *p;

	while ((p = peer_next(n, &slot)) != NULL)
		peer_drop(n, p);
}

void
node_free(struct node *n)
{
	if (n == NULL)
		return;
	drop_peers(n);
	factdb_clear(&n->db);
	confs_clear(&n->confs, n->nconfs);
	reconf_free(n->reconf);
	free(n->addrs);
	free(n->flights);
	free(n);
}

int
node_conf_peer(struct node *n, const struct conf_peer *p)
{
	if (confs_add(&n->confs, &n->nconfs, p) == -1)
		return -1;
	/* Names live in the copies, whose places may just have moved, but
	 * not what they point to. */
	return hosts_conf(n, &n->confs[n->nconfs - 1]);
}

void
node_link_up(struct node *n, int64_t now_ns, const struct m_link *link)
{
	bool other = !key_eq(&n->link.key, &link->key) || !n->up ||
	    n->link.ifindex != link->ifindex;

	if (other)
		drop_peers(n);
	n->link = *link;
	n->self_conf = peer_conf(n, &link->key);
	n->up = true;
	if (other) {
		n->started_ns = now_ns;
		n->have_device = false;
		n->knew_router = n->start_over = false;
		n->device_ns = NONE_NS;
		n->planning = false;
		n->nintros = 0;
		node_new_boot_id(n, now_ns);
		node_event(n, EV_LINK_UP, &link->key);
	}
	n->device_asked = false;
	n->local_dirty = true;
	node_want_device(n, now_ns);
}

void
node_link_down(struct node *n, int64_t now_ns)
{
	(void)now_ns;
	if (!n->up)
		return;
	n->up = false;
	drop_peers(n);
	n->have_device = false;
	n->device_asked = false;
	n->device_at_ns = INT64_MAX;
	node_event(n, EV_LINK_DOWN, &n->link.key);
}

void
node_addrs_begin(struct node *n)
{
	n->naddrs = 0;
}

void
node_addrs_add(struct node *n, const struct m_addr *a)
{
	if (n->addrs == NULL)
		n->addrs = calloc(NODE_MAX_ADDRS, sizeof(*n->addrs));
	if (n->addrs == NULL || n->naddrs == NODE_MAX_ADDRS) {
		node_table_full(n, "addresses");
		return;
	}
	n->addrs[n->naddrs++] = *a;
}

/* Whoever reached us at an address that has gone learns the new one from a
 * packet that we send, not before: so each path is asked about at once. */
static void
note_moved(struct node *n, int64_t now_ns)
{
	uint64_t sum = 0;
	size_t slot = 0;
	struct peer *p;

	for (size_t i = 0; i < n->naddrs; i++) {
		const struct m_addr *a = &n->addrs[i];
		uint64_t h = a->addr.family;

		if (!a->up || a->ifindex == n->link.ifindex ||
		    !addr_is_global_unicast(&a->addr))
			continue;
		for (size_t k = 0; k < sizeof(a->addr.b); k++)
			h = (h ^ a->addr.b[k]) * UINT64_C(1099511628211);
		sum += h; /* in any order */
	}
	if (sum == n->addrs_sum)
		return;
	n->addrs_sum = sum;
	while (sum != 0 && (p = peer_next(n, &slot)) != NULL)
		path_ask(n, p, now_ns);
}

void
node_addrs_end(struct node *n, int64_t now_ns)
{
	note_moved(n, now_ns);
	n->local_dirty = true;
	n->db.vacated = true; /* what was refused may be taken now */
	node_want_plan(n, now_ns);
}

void
node_suspended(struct node *n, int64_t now_ns)
{
	size_t slot = 0;
	struct peer *p;

	while ((p = peer_next(n, &slot)) != NULL) {
		knowledge_forget(n, p, now_ns);
		p->timeouts = 0;
		path_doubt(n, p, now_ns);
	}
	node_new_boot_id(n, now_ns);
	node_event(n, EV_SUSPENDED, &n->link.key);
	node_want_device(n, now_ns);
}

void
node_result(
    struct node *n, int64_t now_ns, uint32_t token, const struct m_result *r)
{
	plan_peer_result(n, now_ns, token, r);
}

static void
expire(struct node *n, int64_t now_ns)
{
	bool relied;

	n->lent_stale = n->lent_stale || now_ns >= n->db.next_expiry_ns;
	if (!factdb_expire(&n->db, now_ns, &relied))
		return;
	n->full_told = false;
	node_want_plan(n, now_ns);
	/* WIRE.md, "Timing": so that everybody says again what holds. */
	if (relied && now_ns - n->boot_ns > REBOOT_APART_NS)
		node_new_boot_id(n, now_ns);
}

static bool
next_event(struct node *n, int64_t now_ns, struct action *act)
{
	if (n->nevents == 0)
		return false;
	act->kind = ACT_EVENT;
	act->event = n->events[n->event_first];
	history_note(&n->history, now_ns, &act->event);
	n->event_first = (n->event_first + 1) % MAX_EVENTS;
	n->nevents--;
	return true;
}

static bool
next_device(struct node *n, int64_t now_ns, struct action *act)
{
	if (!n->up || n->device_asked || now_ns < n->device_at_ns ||
	    (n->device_ns != NONE_NS &&
		now_ns - n->device_ns < n->device_apart_ns))
		return false;
	n->device_asked = true;
	n->device_asked_ns = now_ns;
	n->device_at_ns = INT64_MAX;
	act->kind = ACT_DEVICE_GET;
	return true;
}

bool
node_next(struct node *n, int64_t now_ns, struct action *act)
{
	act->token = 0;
	if (n->up) {
		expire(n, now_ns);
		delegate_refresh(n, now_ns);
		flight_timeouts(n, now_ns);
		path_timers(n, now_ns);
		if (n->local_dirty && n->have_device)
			gossip_local(n, now_ns);
	}
	return next_event(n, now_ns, act) || next_device(n, now_ns, act) ||
	    plan_next(n, now_ns, act) || gossip_next(n, now_ns, act) ||
	    hosts_next(n, now_ns, act);
}

static void
lower(int64_t *at_ns, int64_t t_ns)
{
	if (t_ns < *at_ns)
		*at_ns = t_ns;
}

int64_t
node_deadline(const struct node *n, int64_t now_ns)
{
	int64_t at_ns = INT64_MAX;

	if (n->nevents > 0)
		return now_ns;
	if (!n->up)
		return at_ns;
	if (!n->device_asked) {
		int64_t device_ns = n->device_at_ns;

		if (n->device_ns != NONE_NS &&
		    device_ns < n->device_ns + n->device_apart_ns)
			device_ns = n->device_ns + n->device_apart_ns;
		lower(&at_ns, device_ns);
	}
	if (!n->have_device)
		return at_ns;
	lower(&at_ns, n->planning ? now_ns : n->plan_at_ns);
	lower(&at_ns, gossip_deadline(n));
	lower(&at_ns, hosts_deadline(n));
	lower(&at_ns, path_deadline(n, now_ns));
	lower(&at_ns, n->flight_timeout_ns);
	lower(&at_ns, n->db.next_expiry_ns);
	lower(&at_ns, delegate_deadline(n));
	if (n->local_dirty)
		lower(&at_ns, now_ns);
	return at_ns;
}
