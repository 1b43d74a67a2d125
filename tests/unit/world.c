/* See world.h. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/world.h"

#define WALL_NS (INT64_C(1800000000) * SECOND_NS)

static struct key
make_key(size_t i)
{
	struct key k;

	memset(&k, 0, sizeof(k));
	k.b[0] = (uint8_t)(i + 1);
	k.b[31] = 7;
	return k;
}

struct prefix
world_prefix(size_t i)
{
	const uint8_t b[4] = {10, 7, 0, (uint8_t)(i + 1)};
	struct addr a = addr_v4(b);
	struct prefix p;

	prefix_make(&a, 32, &p);
	return p;
}

static size_t
by_key(const struct world *w, const struct key *key)
{
	size_t i = 0;

	while (i < w->n && !key_eq(&w->nodes[i].key, key))
		i++;
	return i;
}

struct world_peer *
world_peer(struct world *w, size_t i, size_t of)
{
	struct world_node *wn = &w->nodes[i];

	for (size_t k = 0; k < wn->npeers; k++) {
		if (key_eq(&wn->peers[k].key, &w->nodes[of].key))
			return &wn->peers[k];
	}
	return NULL;
}

static struct world_peer *
add_peer(struct world *w, size_t i, const struct key *key)
{
	struct world_peer *p = &w->nodes[i].peers[w->nodes[i].npeers++];

	memset(p, 0, sizeof(*p));
	p->key = *key;
	return p;
}

static void
give(struct world *w, size_t i, struct world_peer *p,
    const struct prefix *prefix, bool ours)
{
	for (size_t k = 0; k < w->nodes[i].npeers; k++) {
		struct world_peer *o = &w->nodes[i].peers[k];

		for (size_t m = 0; m < o->nprefixes; m++) {
			if (prefix_eq(&o->prefixes[m].prefix, prefix))
				o->prefixes[m--] = o->prefixes[--o->nprefixes];
		}
	}
	p->prefixes[p->nprefixes].prefix = *prefix;
	p->prefixes[p->nprefixes++].ours = ours;
}

static void
tell_addrs(struct world *w, size_t i)
{
	struct world_node *wn = &w->nodes[i];
	struct m_addr a = {.ifindex = 2, .up = true, .ifname = "eth0"};

	node_addrs_begin(wn->node);
	a.addr = wn->address.addr;
	a.len = 24;
	node_addrs_add(wn->node, &a);
	a.ifindex = 9;
	strlcpy(a.ifname, "wg0", sizeof(a.ifname));
	a.addr = world_prefix(i).addr;
	node_addrs_add(wn->node, &a);
	node_addrs_end(wn->node, w->now_ns);
}

void
world_start(struct world *w, size_t i, enum conf_membership m)
{
	struct world_node *wn = &w->nodes[i];
	struct conf_link conf = {.membership = m};
	struct m_link link = {
	    .ifindex = 9,
	    .ifname = "wg0",
	    .key = wn->key,
	    .listen_port = 51820,
	    .port = 51821,
	    .auto_addr = key_auto_addr(&wn->key),
	};
	uint8_t seed[32] = {(uint8_t)i, (uint8_t)(w->now_ns >> 30), 3};

	node_free(wn->node);
	wn->node = node_new(&conf, seed);
	tell_addrs(w, i);
	node_link_up(wn->node, w->now_ns, &link);
}

void
world_init(struct world *w, size_t n, enum conf_membership m)
{
	memset(w, 0, sizeof(*w));
	w->now_ns = 1000 * SECOND_NS;
	w->n = n;
	w->queue = calloc(WORLD_QUEUE, sizeof(*w->queue));
	for (size_t i = 0; i < n; i++) {
		const uint8_t b[4] = {192, 0, 2, (uint8_t)(i + 1)};

		w->nodes[i].key = make_key(i);
		w->nodes[i].address.addr = addr_v4(b);
		w->nodes[i].address.port = 51820;
	}
	for (size_t i = 1; i < n; i++) {
		struct world_peer *hub = add_peer(w, i, &w->nodes[0].key);
		struct world_peer *leaf;
		struct prefix p = world_prefix(0), own = world_prefix(i);

		hub->endpoint = w->nodes[0].address;
		p.len = 24;
		p.addr.b[3] = 0;
		give(w, i, hub, &p, false);
		leaf = add_peer(w, 0, &w->nodes[i].key);
		give(w, 0, leaf, &own, false);
	}
	for (size_t i = 0; i < n; i++)
		world_start(w, i, i == 0 ? MEMBERSHIP_NONE : m);
}

void
world_free(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		node_free(w->nodes[i].node);
	free(w->queue);
}

/* One WireGuard packet: a handshake when needed, counters, roaming. */
static bool
carry(
    struct world *w, size_t from, struct world_peer *p, size_t len, size_t *to)
{
	struct world_peer *back;

	*to = 0;
	while (*to < w->n && !endpoint_eq(&w->nodes[*to].address, &p->endpoint))
		(*to)++;
	p->tx += len;
	if (*to == w->n || w->cut[from][*to] || w->cut[*to][from])
		return false;
	back = world_peer(w, *to, from);
	if (back == NULL || !key_eq(&w->nodes[*to].key, &p->key))
		return false;
	if (w->now_ns - p->handshake_ns > 120 * SECOND_NS) {
		p->handshake_ns = w->now_ns;
		back->handshake_ns = w->now_ns;
		p->rx += 92;
		back->tx += 92;
	}
	back->endpoint = w->nodes[from].address;
	back->rx += len;
	return true;
}

static void
act_send(struct world *w, size_t i, const struct action *act)
{
	struct group g = {
	    .signer = w->nodes[i].key, .body = act->body, .len = act->len};
	struct world_datagram *d;
	struct world_peer *p;
	size_t to = by_key(w, &act->key);

	w->nonce++;
	memcpy(g.nonce, &w->nonce, sizeof(w->nonce));
	w->nodes[i].sent++;
	p = world_peer(w, i, to);
	if (p != NULL && w->queued < WORLD_QUEUE &&
	    carry(w, i, p, act->len + 160, &to) && !w->plain[to]) {
		d = &w->queue[w->queued++];
		d->at_ns = w->now_ns + MSEC_NS;
		d->from = i;
		d->to = to;
		d->len = group_build(d->bytes, sizeof(d->bytes), &g);
	}
	node_sent(w->nodes[i].node, w->now_ns, act->token, g.nonce);
}

static void
act_set(struct world *w, size_t i, const struct action *act)
{
	struct world_node *wn = &w->nodes[i];
	const struct m_peer_set *set = &act->set;
	struct m_result r = {.index = RESULT_NO_INDEX};
	struct world_peer *p;
	size_t of = by_key(w, &set->key);

	if (wn->refuse > 0) {
		wn->refuse--;
		r.error = 13;
		r.rule = 99;
		node_result(wn->node, w->now_ns, act->token, &r);
		return;
	}
	p = world_peer(w, i, of);
	if (p == NULL && set->may_add) {
		p = add_peer(w, i, &set->key);
		p->ours = true;
	}
	if (p != NULL) {
		if (set->endpoint.addr.family != 0)
			p->endpoint = set->endpoint;
		for (size_t k = 0; k < set->nadd; k++)
			give(w, i, p, &set->add[k], true);
		for (size_t k = 0; k < set->ndel; k++) {
			for (size_t m = 0; m < p->nprefixes; m++) {
				if (prefix_eq(
					&p->prefixes[m].prefix, &set->del[k]))
					p->prefixes[m--] =
					    p->prefixes[--p->nprefixes];
			}
		}
	}
	node_result(wn->node, w->now_ns, act->token, &r);
}

static void
act_remove(struct world *w, size_t i, const struct action *act)
{
	struct world_node *wn = &w->nodes[i];
	struct m_result r = {.index = RESULT_NO_INDEX};
	struct world_peer *p = world_peer(w, i, by_key(w, &act->key));

	if (p != NULL)
		*p = wn->peers[--wn->npeers];
	node_result(wn->node, w->now_ns, act->token, &r);
}

static void
act_device(struct world *w, size_t i)
{
	struct world_node *wn = &w->nodes[i];

	node_device_begin(wn->node, w->now_ns, WALL_NS + w->now_ns);
	for (size_t k = 0; k < wn->npeers; k++) {
		const struct world_peer *p = &wn->peers[k];
		struct m_peer m = {
		    .key = p->key,
		    .endpoint = p->endpoint,
		    .handshake_ns =
			p->handshake_ns == 0 ? 0 : WALL_NS + p->handshake_ns,
		    .rx_bytes = p->rx,
		    .tx_bytes = p->tx,
		    .ours = p->ours,
		};

		node_device_peer(wn->node, &m);
		for (size_t q = 0; q < p->nprefixes; q++)
			node_device_prefix(wn->node, &p->prefixes[q]);
	}
	node_device_end(wn->node, w->now_ns);
}

static void
act(struct world *w, size_t i)
{
	static struct action a;
	struct world_node *wn = &w->nodes[i];

	while (node_next(wn->node, w->now_ns, &a)) {
		switch (a.kind) {
		case ACT_SEND:
			act_send(w, i, &a);
			break;
		case ACT_PEER_SET:
			act_set(w, i, &a);
			break;
		case ACT_PEER_REMOVE:
			act_remove(w, i, &a);
			break;
		case ACT_DEVICE_GET:
			act_device(w, i);
			break;
		case ACT_EVENT:
			if (wn->nevents < WORLD_EVENTS)
				wn->events[wn->nevents++] = a.event;
			break;
		case ACT_RESOLVE:
			break;
		}
	}
}

static void
deliver(struct world *w)
{
	for (size_t k = 0; k < w->queued;) {
		struct world_datagram d = w->queue[k];
		struct node *to = w->nodes[d.to].node;
		struct addr src = key_auto_addr(&w->nodes[d.from].key);
		struct group g;

		if (d.at_ns > w->now_ns) {
			k++;
			continue;
		}
		memmove(&w->queue[k], &w->queue[k + 1],
		    (w->queued - k - 1) * sizeof(d));
		w->queued--;
		if (node_screen(to, w->now_ns, &src, 51821, d.bytes, d.len,
			&g) == DROP_NONE)
			node_accept(to, w->now_ns, &g, CRYPT_OK);
	}
}

void
world_run(struct world *w, int64_t for_ns)
{
	int64_t end_ns = w->now_ns + for_ns;

	while (w->now_ns < end_ns) {
		int64_t next_ns = end_ns;

		deliver(w);
		for (size_t i = 0; i < w->n; i++) {
			int64_t at_ns;

			if (w->plain[i])
				continue;
			act(w, i);
			at_ns = node_deadline(w->nodes[i].node, w->now_ns);
			if (at_ns <= w->now_ns)
				at_ns = w->now_ns + MSEC_NS / 10;
			if (at_ns < next_ns)
				next_ns = at_ns;
		}
		for (size_t k = 0; k < w->queued; k++) {
			if (w->queue[k].at_ns < next_ns)
				next_ns = w->queue[k].at_ns;
		}
		w->now_ns = next_ns;
	}
}

bool
world_direct(struct world *w, size_t i, size_t of)
{
	struct world_peer *p = world_peer(w, i, of);
	struct prefix own = world_prefix(of);

	for (size_t k = 0; p != NULL && k < p->nprefixes; k++) {
		if (prefix_eq(&p->prefixes[k].prefix, &own))
			return true;
	}
	return false;
}

/* Whom node i's allowed IPs give the address to. */
static struct world_peer *
route(struct world *w, size_t i, const struct prefix *to)
{
	struct world_peer *best = NULL;
	int best_len = -1;

	for (size_t k = 0; k < w->nodes[i].npeers; k++) {
		struct world_peer *p = &w->nodes[i].peers[k];

		for (size_t q = 0; q < p->nprefixes; q++) {
			const struct prefix *x = &p->prefixes[q].prefix;

			if (prefix_contains(x, to) && x->len > best_len) {
				best = p;
				best_len = x->len;
			}
		}
	}
	return best;
}

bool
world_packet(struct world *w, size_t i, size_t j)
{
	struct prefix src = world_prefix(i), dst = world_prefix(j);
	size_t at = i;

	for (int hop = 0; hop < 4 && at != j; hop++) {
		struct world_peer *p = route(w, at, &dst);
		size_t next;

		if (p == NULL || !carry(w, at, p, 128, &next) ||
		    route(w, next, &src) != world_peer(w, next, at))
			return false;
		at = next;
	}
	return at == j;
}

size_t
world_events(const struct world *w, size_t i, enum event_code code)
{
	size_t count = 0;

	for (size_t k = 0; k < w->nodes[i].nevents; k++)
		count += w->nodes[i].events[k].code == code;
	return count;
}

void
world_cut(struct world *w, size_t a, size_t b, bool cut)
{
	w->cut[a][b] = cut;
	w->cut[b][a] = cut;
}
