/*
 * The privileged process, as far as the core meets it: snapshots, seals that
 * are none, and changes to the device, which the real policy decides on with
 * a ledger that is kept in memory. Every answer takes its time.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define MAX_RECORDS 1024
#define TUNNEL_IP   48 /* IPv6 and UDP headers */

struct answer {
	enum { A_DEVICE, A_SENT, A_CHECKED, A_RESULT } kind;
	uint64_t gen;
	uint32_t token;
	struct m_result result;
	enum crypt_status status;
	struct group group; /* to be sent; its body follows */
	struct addr dst;
	struct inner *in; /* to be taken in */
	uint8_t body[];
};

/* privd/wg.c has this one next to all that talks to a kernel. */
struct wg_peer *
wg_device_find(const struct wg_device *d, const struct key *key)
{
	for (size_t i = 0; i < d->npeers; i++) {
		if (key_eq(&d->peers[i].key, key))
			return &d->peers[i];
	}
	return NULL;
}

/* The second byte of every key here is its owner's number. */
static uint32_t
owner(const struct sim *s, const struct key *key)
{
	uint32_t i = key->b[1];

	return i < s->n && key_eq(&s->hosts[i].key, key) ? i : UINT32_MAX;
}

static void
mix(uint64_t *h, const void *p, size_t len)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < len; i++)
		*h = (*h ^ b[i]) * UINT64_C(1099511628211);
}

static void
make_tag(uint8_t tag[TAG_LEN], const struct key *from, const struct key *to,
    const struct group *g)
{
	uint64_t h = UINT64_C(14695981039346656037);

	mix(&h, from->b, KEY_LEN);
	mix(&h, to->b, KEY_LEN);
	mix(&h, g->nonce, NONCE_LEN);
	mix(&h, g->body, g->len);
	memset(tag, 0, TAG_LEN);
	memcpy(tag, &h, sizeof(h));
}

/*
 * The device and the ledger as the policy looks at them.
 */
static struct wg_peer dev_peers[MAX_NODES];
static struct m_prefix dev_prefixes[MAX_NODES * MAX_PREFIXES];

static int
by_key(const void *a, const void *b)
{
	return key_cmp(&((const struct wg_peer *)a)->key,
	    &((const struct wg_peer *)b)->key);
}

static bool
bears_out(struct wg_device *d, const struct ledger_rec *r)
{
	struct wg_peer *p = wg_device_find(d, &r->key);
	struct m_prefix *held = NULL;

	if (p == NULL)
		return false;
	if (r->kind == LEDGER_PEER) {
		p->ours = true;
		return true;
	}
	for (size_t i = p->first; i < p->first + p->nprefixes; i++) {
		if (prefix_eq(&d->prefixes[i].prefix, &r->prefix))
			held = &d->prefixes[i];
	}
	if (r->kind == LEDGER_WITHDRAWN)
		return held == NULL;
	if (held != NULL)
		held->ours = true;
	return held != NULL;
}

static void
apply_ledger(struct ledger *l, struct wg_device *d)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->rec[i].kind == LEDGER_FREE || bears_out(d, &l->rec[i]))
			continue;
		l->rec[i].kind = LEDGER_FREE;
		l->used--;
	}
	while (l->n > 0 && l->rec[l->n - 1].kind == LEDGER_FREE)
		l->n--;
}

static void
note(struct ledger *l, enum ledger_kind kind, const struct key *key,
    const struct prefix *prefix)
{
	size_t free_slot = l->n;

	for (size_t i = l->n; i-- > 0;) {
		if (l->rec[i].kind == LEDGER_FREE)
			free_slot = i;
		else if (l->rec[i].kind == kind &&
		    key_eq(&l->rec[i].key, key) &&
		    (prefix == NULL || prefix_eq(&l->rec[i].prefix, prefix)))
			return;
	}
	if (l->rec == NULL)
		l->rec = sim_alloc(MAX_RECORDS * sizeof(*l->rec));
	if (free_slot == MAX_RECORDS)
		errx(1, "ledger of a simulated host is full");
	l->rec[free_slot] = (struct ledger_rec){.kind = kind, .key = *key};
	if (prefix != NULL)
		l->rec[free_slot].prefix = *prefix;
	if (free_slot == l->n)
		l->n++;
	l->used++;
}

static void
read_device(const struct sim *s, struct host *h, struct wg_device *d)
{
	memset(d, 0, sizeof(*d));
	d->key = h->key;
	d->listen_port = LISTEN_PORT;
	d->peers = dev_peers;
	d->prefixes = dev_prefixes;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct wg_model_peer *p = h->peers[i];

		if (p == NULL)
			continue;
		d->peers[d->npeers++] = (struct wg_peer){
		    .key = s->hosts[i].key,
		    .endpoint = p->endpoint,
		    .handshake_ns = p->handshake_ns,
		    .rx_bytes = p->rx_bytes,
		    .tx_bytes = p->tx_bytes,
		    .keepalive_s = p->keepalive_s,
		    .first = d->nprefixes,
		    .nprefixes = p->nprefixes,
		};
		for (size_t k = 0; k < p->nprefixes; k++)
			d->prefixes[d->nprefixes++] =
			    (struct m_prefix){.prefix = p->prefixes[k]};
	}
	qsort(d->peers, d->npeers, sizeof(*d->peers), by_key);
	apply_ledger(&h->ledger, d);
}

static void
answer(struct sim *s, struct host *h, struct answer *a)
{
	int64_t takes_ns = sim_between(s, 50 * 1000, 500 * 1000);

	a->gen = h->gen;
	h->under_way++;
	queue_put(s, s->now_ns + takes_ns, DO_ANSWER, h->index, 0, 0, a);
}

static void
set(struct sim *s, struct host *h, const struct m_peer_set *m,
    const struct policy_plan *plan)
{
	uint32_t i = owner(s, &m->key), from;
	struct wg_model_peer *p = h->peers[i];

	if (plan->create) {
		note(&h->ledger, LEDGER_PEER, &m->key, NULL);
		p = device_add(s, h, i, false);
	}
	if (plan->remake)
		p = device_remake(s, h, i, &plan->endpoint);
	if (plan->endpoint.addr.family != 0)
		p->endpoint = plan->endpoint;
	if (plan->set_keepalive)
		p->keepalive_s = m->keepalive_s;
	for (size_t k = 0; k < plan->nadd; k++) {
		if (plan->add_noted[k])
			note(&h->ledger, LEDGER_PREFIX, &m->key, &plan->add[k]);
		device_allow(h, i, &plan->add[k], &from);
		if (from != UINT32_MAX)
			check_moved(s, h, i);
		if (!addr_is_link_local(&plan->add[k].addr))
			check_direct(s, h, i, true);
	}
	for (size_t k = 0; k < plan->ndel; k++) {
		if (plan->del_noted[k])
			note(&h->ledger, LEDGER_WITHDRAWN, &m->key,
			    &plan->del[k]);
		device_disallow(h, i, &plan->del[k]);
		if (!addr_is_link_local(&plan->del[k].addr))
			check_direct(s, h, i, false);
	}
}

static void
show(const struct sim *s, const struct host *h, const struct action *act,
    enum policy_rule rule)
{
	const struct m_peer_set *m = &act->set;
	char text[PREFIX_STRLEN], endpoint[ENDPOINT_STRLEN];

	printf("%9.3f %2u:", (double)s->now_ns / 1e9, h->index);
	if (act->kind == ACT_PEER_REMOVE) {
		printf(" remove %u: %s\n", act->key.b[1], policy_text(rule));
		return;
	}
	printf(" %s %u", m->remake ? "remake" : "set", m->key.b[1]);
	if (m->endpoint.addr.family != 0)
		printf(" at %s", endpoint_format(&m->endpoint, endpoint));
	for (size_t i = 0; i < m->nadd; i++)
		printf(" +%s", prefix_format(&m->add[i], text));
	for (size_t i = 0; i < m->ndel; i++)
		printf(" -%s", prefix_format(&m->del[i], text));
	printf(": %s\n", policy_text(rule));
}

static void
change(struct sim *s, struct host *h, const struct action *act)
{
	static struct policy_plan plan;
	struct answer *a = sim_alloc(sizeof(*a));
	const struct m_peer_set *m = &act->set;
	const struct key *key = act->kind == ACT_PEER_SET ? &m->key : &act->key;
	struct m_addr addrs[MAX_LOCAL + 2];
	struct wg_device d;
	struct policy_state state = {.dev = &d,
	    .ledger = &h->ledger,
	    .conf = &h->conf,
	    .ifindex = WG_IFINDEX,
	    .wall_ns = host_wall(s, h),
	    .addrs = addrs,
	    .naddrs = host_addrs(h, addrs)};
	enum policy_rule rule;

	a->kind = A_RESULT;
	a->token = act->token;
	a->result.index = RESULT_NO_INDEX;
	read_device(s, h, &d);
	if (act->kind == ACT_PEER_SET) {
		rule = policy_peer_set(&state, m, &plan, &a->result.index);
		if (rule == RULE_ALLOWED && plan.endpoint.addr.family != 0)
			rule = policy_endpoint_rate(
			    &h->rate, &m->key, host_now(s, h));
		if (rule == RULE_ALLOWED && owner(s, &m->key) != UINT32_MAX)
			set(s, h, m, &plan);
		else if (rule == RULE_ALLOWED)
			h->count.strangers++;
	} else {
		rule = policy_peer_remove(&state, key);
		if (rule == RULE_ALLOWED)
			device_remove(s, h, owner(s, key));
	}
	a->result.rule = (uint16_t)rule;
	a->result.error = policy_errno(rule);
	if (s->verbose > 2 || (s->verbose > 1 && rule != RULE_ALLOWED))
		show(s, h, act, rule);
	answer(s, h, a);
}

/* Its boot id becomes one of version 4, as the other implementation's. */
static void
make_plain(struct host *h, uint8_t *body, size_t len)
{
	struct rbuf r;
	struct fact f;

	rbuf_init(&r, body, len);
	while (fact_next(&r, &f) == 1) {
		if (f.attr == ATTR_ALIVE)
			body[f.value - body + 6] =
			    (uint8_t)((f.value[6] & 0x0f) | 0x40);
		h->extended_to_plain += f.attr == ATTR_PING ||
		    f.attr == ATTR_ACK || f.attr == ATTR_LINK ||
		    f.attr == ATTR_DIGEST;
	}
}

static void
seal(struct sim *s, struct host *h, const struct action *act)
{
	struct answer *a = sim_alloc(sizeof(*a) + act->len);

	a->kind = A_SENT;
	a->token = act->token;
	a->dst = act->dst;
	a->status = CRYPT_UNKNOWN;
	if (owner(s, &act->key) != UINT32_MAX &&
	    h->peers[owner(s, &act->key)] != NULL) {
		memcpy(a->body, act->body, act->len);
		a->status = CRYPT_OK;
		if (!mixed_announces(s, h, &act->key))
			make_plain(h, a->body, act->len);
		a->group.signer = h->key;
		a->group.body = a->body;
		a->group.len = act->len;
		for (size_t i = 0; i < NONCE_LEN; i++)
			a->group.nonce[i] = (uint8_t)sim_random(s);
		make_tag(a->group.tag, &h->key, &act->key, &a->group);
	}
	answer(s, h, a);
}

void
helper_do(struct sim *s, struct host *h, const struct action *act)
{
	struct answer *a;

	switch (act->kind) {
	case ACT_SEND:
		seal(s, h, act);
		return;
	case ACT_PEER_SET:
	case ACT_PEER_REMOVE:
		change(s, h, act);
		return;
	case ACT_DEVICE_GET:
		if (!rate_take(&h->gets, host_now(s, h), 100, 50))
			fail(s, "%u asks for too many snapshots", h->index);
		a = sim_alloc(sizeof(*a));
		a->kind = A_DEVICE;
		answer(s, h, a);
		return;
	case ACT_RESOLVE:
	case ACT_EVENT:
		fail(s, "%u: action %d", h->index, act->kind);
		return;
	}
}

void
helper_check(struct sim *s, struct host *h, const struct inner *in)
{
	struct answer *a = sim_alloc(sizeof(*a));

	a->kind = A_CHECKED;
	a->in = inner_copy(in);
	answer(s, h, a);
}

static void
give_device(struct sim *s, struct host *h)
{
	struct wg_device d;

	read_device(s, h, &d);
	node_device_begin(h->core, host_now(s, h), host_wall(s, h));
	for (size_t i = 0; i < d.npeers; i++) {
		const struct wg_peer *p = &d.peers[i];
		struct m_peer m = {.key = p->key,
		    .endpoint = p->endpoint,
		    .handshake_ns = p->handshake_ns,
		    .rx_bytes = p->rx_bytes,
		    .tx_bytes = p->tx_bytes,
		    .keepalive_s = p->keepalive_s,
		    .ours = p->ours,
		    .nprefixes = (uint16_t)p->nprefixes};

		node_device_peer(h->core, &m);
		for (size_t k = 0; k < p->nprefixes; k++)
			node_device_prefix(h->core, &d.prefixes[p->first + k]);
	}
	node_device_end(h->core, host_now(s, h));
}

/* Inside the tunnel, to another host's auto address. */
static void
send_group(struct sim *s, struct host *h, const struct addr *dst,
    const struct group *g)
{
	struct inner *in = sim_alloc(sizeof(*in) + DATAGRAM_MAX_RECV);
	size_t len = group_build(in->facts, DATAGRAM_MAX_RECV, g);

	if (len == 0)
		fail(s, "%u: body of %zu bytes", h->index, g->len);
	in->src = h->auto_addr;
	in->dst = *dst;
	in->flow = -1;
	in->len = TUNNEL_IP + len;
	in->nfacts = len;
	h->count.bytes += len;
	device_send(s, h, in);
}

void
helper_send_group(
    struct sim *s, struct host *h, uint32_t to, struct group *g, bool good)
{
	make_tag(g->tag, &h->key, &s->hosts[to].key, g);
	if (!good)
		g->tag[0] ^= 1;
	send_group(s, h, &s->hosts[to].auto_addr, g);
}

static void
give_sent(struct sim *s, struct host *h, const struct answer *a)
{
	if (a->status != CRYPT_OK) {
		node_not_sent(h->core, host_now(s, h), a->token, a->status);
		return;
	}
	node_sent(h->core, host_now(s, h), a->token, a->group.nonce);
	send_group(s, h, &a->dst, &a->group);
}

static void
give_checked(struct sim *s, struct host *h, const struct answer *a)
{
	uint8_t tag[TAG_LEN];
	struct group g;

	if (group_parse(a->in->facts, a->in->nfacts, &g) == -1)
		return;
	make_tag(tag, &g.signer, &h->key, &g);
	node_accept(h->core, host_now(s, h), &g,
	    memcmp(tag, g.tag, TAG_LEN) == 0 ? CRYPT_OK : CRYPT_BAD);
}

void
helper_answer_free(struct answer *a)
{
	free(a->in);
	free(a);
}

void
helper_answer(struct sim *s, struct host *h, struct answer *a)
{
	if (h->core == NULL || a->gen != h->gen) {
		helper_answer_free(a); /* asked for by one before */
		return;
	}
	h->under_way--;
	switch (a->kind) {
	case A_DEVICE:
		give_device(s, h);
		break;
	case A_SENT:
		give_sent(s, h, a);
		break;
	case A_CHECKED:
		give_checked(s, h, a);
		break;
	case A_RESULT:
		node_result(h->core, host_now(s, h), a->token, &a->result);
		break;
	}
	helper_answer_free(a);
	host_pump(s, h);
}
