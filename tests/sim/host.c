/* A host: its core, and what moves between that, the device and the
 * applications. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define MAX_UNDER_WAY 32
#define SPINS	      200
#define REPLAYED      0.002

int64_t
host_now(const struct sim *s, const struct host *h)
{
	return s->now_ns + h->boot_off_ns;
}

int64_t
host_wall(const struct sim *s, const struct host *h)
{
	return s->now_ns + h->wall_off_ns;
}

struct m_link
host_link(const struct host *h)
{
	struct m_link l = {.ifindex = WG_IFINDEX,
	    .ifname = "wg0",
	    .key = h->key,
	    .listen_port = LISTEN_PORT,
	    .port = LISTEN_PORT + 1,
	    .auto_addr = h->auto_addr};

	return l;
}

/* Fills up to MAX_LOCAL + 2. */
size_t
host_addrs(const struct host *h, struct m_addr *out)
{
	size_t n = 0;

	for (size_t i = 0; i < h->nlocal; i++) {
		out[n] = (struct m_addr){.ifindex = (uint32_t)(2 + i),
		    .up = true,
		    .addr = h->local[i].addr,
		    .len = h->local[i].len};
		snprintf(out[n].ifname, sizeof(out[n].ifname), "eth%zu", i);
		n++;
	}
	for (size_t i = 0; i < h->ntunnel; i++) {
		bool v4 = h->tunnel[i].family == 4;
		uint8_t full = v4 ? 32 : 128, net = v4 ? 24 : 64;

		out[n] = (struct m_addr){.ifindex = WG_IFINDEX,
		    .up = true,
		    .ifname = "wg0",
		    .addr = h->tunnel[i],
		    .len = h->full_address ? full : net};
		n++;
	}
	return n;
}

void
host_init(struct sim *s, struct host *h)
{
	for (size_t i = 0; i < KEY_LEN; i++)
		h->key.b[i] = (uint8_t)sim_random(s);
	h->key.b[1] = (uint8_t)h->index;
	h->auto_addr = key_auto_addr(&h->key);
	h->boot_off_ns = sim_between(s, 1, 1000000) * SECOND_NS;
	h->wall_off_ns = sim_between(s, 1600000000, 1800000000) * SECOND_NS;
	h->userspace = sim_chance(s, 0.5);
	h->wake_at_ns = INT64_MAX;
	h->conf.link.quorum = 1;
	h->conf.max_peers = CONF_DEFAULT_MAX_PEERS;
	h->conf.link.membership =
	    h->router ? MEMBERSHIP_NONE : MEMBERSHIP_ROUTERS;
}

void
host_start(struct sim *s, struct host *h)
{
	struct m_addr addrs[MAX_LOCAL + 2];
	size_t n = host_addrs(h, addrs);
	struct m_link link = host_link(h);
	uint8_t seed[32];

	if (h->hostile) {
		rogue_start(s, h);
		return;
	}
	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)sim_random(s);
	h->core = node_new(&h->conf.link, seed);
	if (h->core == NULL)
		abort();
	h->gen++;
	h->started_ns = s->now_ns;
	h->under_way = 0;
	h->idle_wakes = 0;
	for (size_t i = 0; i < h->conf.npeers; i++) {
		if (node_conf_peer(h->core, &h->conf.peers[i]) == -1)
			abort();
	}
	node_addrs_begin(h->core);
	for (size_t i = 0; i < n; i++)
		node_addrs_add(h->core, &addrs[i]);
	node_addrs_end(h->core, host_now(s, h));
	node_link_up(h->core, host_now(s, h), &link);
	host_pump(s, h);
}

void
host_stop(struct host *h)
{
	node_free(h->core);
	h->core = NULL;
	h->gen++;
}

void
host_free(struct sim *s, struct host *h)
{
	host_stop(h);
	device_clear(s, h);
	free(h->ledger.rec);
}

static void
tell(const struct sim *s, const struct host *h, const struct event *ev)
{
	char e[ENDPOINT_STRLEN] = "";

	if (ev->endpoint.addr.family != 0)
		endpoint_format(&ev->endpoint, e);
	printf("%9.3f %2u: %s %u %s\n", (double)s->now_ns / 1e9, h->index,
	    event_name(ev->code), ev->key.b[1], e);
}

/* Wakes are never taken back: one that comes too early finds nothing to do
 * and asks again. */
static void
sleep_until(struct sim *s, struct host *h, int64_t at_ns)
{
	if (at_ns >= h->wake_at_ns)
		return;
	h->wake_at_ns = at_ns;
	queue_put(s, at_ns, DO_WAKE, h->index, 0, (uint64_t)at_ns, NULL);
}

/* The log has the others at its most talkative alone. */
static bool
is_line(enum event_code code)
{
	return code != EV_TRY && code != EV_PEER_FOUND &&
	    code != EV_HANDSHAKE && code != EV_FACT_REFUSED;
}

static size_t
do_actions(struct sim *s, struct host *h)
{
	static struct action act;
	size_t n = 0;

	while (h->under_way < MAX_UNDER_WAY &&
	    node_next(h->core, host_now(s, h), &act)) {
		n++;
		h->count.sends += act.kind == ACT_SEND;
		h->count.events +=
		    act.kind == ACT_EVENT && is_line(act.event.code);
		h->count.ops +=
		    act.kind == ACT_PEER_SET || act.kind == ACT_PEER_REMOVE;
		if (act.kind != ACT_EVENT) {
			helper_do(s, h, &act);
			continue;
		}
		if (s->verbose > 1)
			tell(s, h, &act.event);
		if (act.event.code == EV_TABLE_FULL ||
		    act.event.code == EV_COLLISION)
			fail(s, "%u: %s", h->index,
			    act.event.text != NULL ? act.event.text
						   : "collision");
	}
	return n;
}

void
host_pump(struct sim *s, struct host *h)
{
	int64_t at_ns;

	if (h->core == NULL || h->suspended)
		return;
	do_actions(s, h);
	if (h->under_way >= MAX_UNDER_WAY)
		return; /* an answer goes on with it */
	at_ns = node_deadline(h->core, host_now(s, h));
	if (at_ns == INT64_MAX)
		return;
	at_ns -= h->boot_off_ns;
	if (at_ns <= s->now_ns) {
		if (++h->idle_wakes > SPINS)
			fail(s, "%u spins: its deadline has passed", h->index);
		at_ns = s->now_ns + MSEC_NS;
	} else {
		h->idle_wakes = 0;
	}
	sleep_until(s, h, at_ns);
}

void
host_wake(struct sim *s, struct host *h)
{
	if (s->now_ns < h->wake_at_ns)
		return;
	h->count.wakes++;
	h->wake_at_ns = INT64_MAX;
	host_pump(s, h);
}

static void
tell_datagram(const struct sim *s, const struct host *h, const struct inner *in,
    enum drop d)
{
	struct group g;
	struct rbuf r;
	struct fact f;

	if (group_parse(in->facts, in->nfacts, &g) == -1)
		return;
	printf("%9.3f %2u: from %u:", (double)s->now_ns / 1e9, h->index,
	    g.signer.b[1]);
	rbuf_init(&r, g.body, g.len);
	while (fact_next(&r, &f) == 1)
		printf(" %c%s", f.attr,
		    f.attr != ATTR_LINK			  ? ""
			: f.value[FACT_LINK_LEN - 1] != 0 ? "+"
							  : "-");
	printf(" %s\n", drop_name(d));
}

void
host_datagram(struct sim *s, struct host *h, const struct inner *in)
{
	struct group g;
	enum drop d;

	if (h->core == NULL || h->suspended)
		return;
	h->count.wakes++;
	d = node_screen(h->core, host_now(s, h), &in->src, LISTEN_PORT + 1,
	    in->facts, in->nfacts, &g);
	if (s->verbose > 3)
		tell_datagram(s, h, in, d);
	if (d == DROP_NONE)
		helper_check(s, h, in);
	host_pump(s, h);
}

void
host_receive(struct sim *s, struct host *h, struct inner *in)
{
	if (h->hostile && addr_eq(&in->dst, &h->auto_addr)) {
		rogue_receive(s, h, in);
		free(in);
		return;
	}
	if (addr_eq(&in->dst, &h->auto_addr)) {
		host_datagram(s, h, in);
		/* Sometimes a peer says the same twice. */
		if (sim_chance(s, REPLAYED))
			host_datagram(s, h, in);
		free(in);
		return;
	}
	for (size_t i = 0; i < h->ntunnel; i++) {
		if (!addr_eq(&in->dst, &h->tunnel[i]))
			continue;
		check_flow_arrived(s, (uint32_t)in->flow, h->index);
		free(in);
		return;
	}
	if (h->router && !addr_is_link_local(&in->dst))
		device_send(s, h, in);
	else
		free(in);
}
