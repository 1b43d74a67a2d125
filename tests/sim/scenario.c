/* Who is in the network and what befalls it, all of it from the seed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define START_SPREAD_NS (3 * SECOND_NS)

static struct prefix
full(const struct addr *a)
{
	struct prefix p;

	prefix_make(a, addr_bits(a), &p);
	return p;
}

struct endpoint
public_endpoint(const struct host *h)
{
	struct endpoint e = {.port = LISTEN_PORT};

	for (size_t i = 0; i < h->nlocal; i++) {
		if (h->local[i].net == 0)
			e.addr = h->local[i].addr;
	}
	return e;
}

static void
give(struct sim *s, struct host *h, const struct host *peer, size_t family)
{
	struct prefix p = full(&peer->tunnel[family]);
	uint32_t from;

	device_add(s, h, peer->index, true);
	device_allow(h, peer->index, &p, &from);
}

/* On the router, what makes the leaf a member. */
static void
admit(struct sim *s, struct host *leaf)
{
	for (size_t r = 0; r < s->nrouters; r++) {
		for (size_t f = 0; f < leaf->ntunnel; f++) {
			/* The first router carries IPv4, the second IPv6. */
			if (s->nrouters == 1 || f == r)
				give(s, &s->hosts[r], leaf, f);
		}
	}
}

static void
expel(struct sim *s, struct host *leaf)
{
	for (size_t r = 0; r < s->nrouters; r++)
		device_remove(s, &s->hosts[r], leaf->index);
}

/* A leaf knows its routers: where they are, and which net is behind them. */
static void
join(struct sim *s, struct host *leaf)
{
	for (size_t r = 0; r < s->nrouters; r++) {
		struct host *router = &s->hosts[r];
		struct wg_model_peer *p =
		    device_add(s, leaf, (uint32_t)r, true);
		uint32_t from;

		p->endpoint = public_endpoint(router);
		if (sim_chance(s, 0.3))
			p->keepalive_s = 25;
		for (size_t f = 0; f < router->ntunnel; f++) {
			struct prefix net;

			if (s->nrouters > 1 && f != r)
				continue;
			prefix_make(&router->tunnel[f],
			    router->tunnel[f].family == 4 ? 24 : 64, &net);
			device_allow(leaf, (uint32_t)r, &net, &from);
		}
	}
}

static void
number(struct sim *s, struct host *h)
{
	uint8_t i = (uint8_t)(h->index + 1);
	bool v6 = s->nrouters > 1;

	h->tunnel[0] = addr_v4((const uint8_t[4]){10, 7, 0, i});
	h->tunnel[1] = addr_v6((const uint8_t[16]){0xfd, 7, [15] = i});
	h->ntunnel = v6 ? 2 : 1;
	h->full_address = !h->router && sim_chance(s, 0.5);
}

/* Some leaves have one of the others from their administrator. */
static void
preset(struct sim *s)
{
	for (size_t i = s->nrouters; i + 1 < s->n; i++) {
		struct host *h = &s->hosts[i], *o = &s->hosts[i + 1];

		if (!sim_chance(s, 0.1))
			continue;
		for (size_t f = 0; f < h->ntunnel; f++)
			give(s, h, o, f);
		h->peers[o->index]->endpoint = public_endpoint(o);
	}
}

static void
make_flows(struct sim *s)
{
	size_t leaves = s->n - s->nrouters;
	size_t n = leaves < 8 ? leaves * 2 : 24;

	if (leaves < 2)
		return;
	while (s->nflows < n) {
		struct flow *f = &s->flows[s->nflows];

		f->from =
		    (uint32_t)(s->nrouters + sim_below(s, (uint32_t)leaves));
		f->to =
		    (uint32_t)(s->nrouters + sim_below(s, (uint32_t)leaves));
		if (f->from == f->to)
			continue;
		f->family = sim_below(s, (uint32_t)s->hosts[f->to].ntunnel);
		f->period_ns = sim_between(s, 100, 500) * MSEC_NS;
		f->start_ns = sim_between(s, 10, 20) * SECOND_NS;
		f->arrived_ns = f->start_ns;
		queue_put(
		    s, f->start_ns, DO_FLOW, (uint32_t)s->nflows, 0, 0, NULL);
		s->nflows++;
		if (s->nflows < n && sim_chance(s, 0.6)) {
			/* Both ways. */
			f[1] = f[0];
			f[1].from = f->to;
			f[1].to = f->from;
			queue_put(s, f->start_ns, DO_FLOW, (uint32_t)s->nflows,
			    0, 0, NULL);
			s->nflows++;
		}
	}
}

void
scenario_flow(struct sim *s, uint32_t from, uint32_t to, int64_t period_ns)
{
	struct flow *f = &s->flows[s->nflows];

	f->from = from;
	f->to = to;
	f->period_ns = period_ns;
	f->start_ns = s->now_ns;
	f->arrived_ns = s->now_ns;
	queue_put(s, s->now_ns, DO_FLOW, (uint32_t)s->nflows++, 0, 0, NULL);
}

void
scenario_lab(struct sim *s, int64_t delay_ns, double loss, size_t dead)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct host *h = &s->hosts[i];

		h->index = i;
		h->router = i == 0;
		host_init(s, h);
		number(s, h);
		h->full_address = false;
		underlay_lab(s, h, delay_ns, loss, dead);
	}
	for (uint32_t i = 1; i < s->n; i++) {
		admit(s, &s->hosts[i]);
		join(s, &s->hosts[i]);
		s->hosts[i].peers[0]->keepalive_s = 0;
	}
	for (uint32_t i = 0; i < s->n; i++)
		queue_put(s, sim_between(s, 0, LAB_SPREAD_NS), DO_FAULT,
		    UINT32_MAX, i, 0, NULL);
}

void
scenario_make(struct sim *s)
{
	for (size_t i = 0; i < s->n; i++) {
		s->hosts[i].index = (uint32_t)i;
		s->hosts[i].router = i < s->nrouters;
		host_init(s, &s->hosts[i]);
		number(s, &s->hosts[i]);
	}
	underlay_make(s);
	for (size_t i = s->nrouters; i < s->n; i++) {
		admit(s, &s->hosts[i]);
		join(s, &s->hosts[i]);
	}
	preset(s);
	make_flows(s);
	for (size_t i = 0; i < s->n; i++)
		queue_put(s, sim_between(s, 0, START_SPREAD_NS), DO_FAULT,
		    UINT32_MAX, (uint32_t)i, 0, NULL);
}

/* How long it lasts. */
static int64_t
duration(struct sim *s, enum fault_kind kind)
{
	int64_t most_s = sim_chance(s, 0.3) ? 400 : 60;

	if (kind == F_RESTART || (kind == F_REVOKE && !s->churn))
		return 0;
	return sim_between(s, 1 * SECOND_NS, most_s * SECOND_NS);
}

/* Is the host in the hands of another fault at that time? */
static bool
busy(const struct sim *s, const struct fault *f)
{
	for (size_t i = 0; i < s->nfaults; i++) {
		const struct fault *o = &s->faults[i];

		if (o != f && o->host == f->host && o->kind <= F_SUSPEND &&
		    f->kind <= F_SUSPEND && o->from_ns <= f->to_ns &&
		    f->from_ns <= o->to_ns)
			return true;
		if (o != f && o->kind == F_REVOKE && f->kind == F_REVOKE &&
		    (o->host == f->host || !s->churn))
			return true;
	}
	return false;
}

/* The fault that was written behind the others. */
static void
happens(struct sim *s)
{
	const struct fault *f = &s->faults[s->nfaults];

	queue_put(s, f->from_ns, DO_FAULT, (uint32_t)s->nfaults, 0, 0, NULL);
	queue_put(s, f->to_ns, DO_FAULT, (uint32_t)s->nfaults, 1, 0, NULL);
	if (f->to_ns > s->last_fault_ns)
		s->last_fault_ns = f->to_ns;
	s->nfaults++;
}

void
scenario_add_fault(struct sim *s, const struct fault *f)
{
	s->faults[s->nfaults] = *f;
	happens(s);
}

void
scenario_add_faults(struct sim *s, int64_t from_ns, int64_t to_ns, size_t n)
{
	size_t leaves = s->n - s->nrouters;

	for (size_t tries = 0; n > 0 && tries < 1000; tries++) {
		struct fault *f = &s->faults[s->nfaults];

		if (s->nfaults == MAX_FAULTS)
			return;
		memset(f, 0, sizeof(*f));
		f->kind = (enum fault_kind)sim_below(s, F_KINDS);
		f->from_ns = sim_between(s, from_ns, to_ns);
		f->to_ns = f->from_ns + duration(s, f->kind);
		f->host = sim_below(s, (uint32_t)s->n);
		if (f->kind == F_ROUTER_DEAD)
			f->host = sim_below(s, (uint32_t)s->nrouters);
		if (f->kind >= F_CUT && f->kind <= F_CUT_PRIVATE) {
			/* Direct paths between leaves. */
			f->host = (uint32_t)(s->nrouters +
			    sim_below(s, (uint32_t)leaves));
			for (size_t i = s->nrouters; i < s->n; i++)
				f->hit[i] = i != f->host && sim_chance(s, 0.5);
		}
		if (f->kind == F_REVOKE)
			f->host = (uint32_t)(s->nrouters +
			    sim_below(s, (uint32_t)leaves));
		if (busy(s, f) || (f->kind == F_REVOKE && leaves < 3))
			continue;
		happens(s);
		n--;
	}
}

static void
disturb(struct sim *s, uint32_t a, uint32_t b)
{
	s->pair_faults[a][b]++;
	s->pair_faults[b][a]++;
}

static void
disturb_all(struct sim *s, uint32_t a)
{
	if (s->hosts[a].router) {
		for (uint32_t i = 0; i < s->n; i++) {
			for (uint32_t k = 0; k < i; k++)
				disturb(s, i, k);
		}
		return;
	}
	for (uint32_t i = 0; i < s->n; i++)
		disturb(s, a, i);
}

static void
cut(struct sim *s, const struct fault *f, int by)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct path *to = &s->paths[f->host][i];
		struct path *back = &s->paths[i][f->host];

		if (f->kind == F_ROUTER_DEAD ? i == f->host : !f->hit[i])
			continue;
		if (f->kind == F_CUT_PRIVATE) {
			to->cut_private += by;
			back->cut_private += by;
		} else {
			to->cut += by;
			if (f->kind != F_CUT_ONE_WAY)
				back->cut += by;
		}
		if (f->kind != F_ROUTER_DEAD)
			disturb(s, f->host, i);
	}
	if (f->kind == F_ROUTER_DEAD)
		disturb_all(s, f->host);
}

static void
resume(struct sim *s, struct host *h)
{
	h->suspended = false;
	if (h->core != NULL)
		node_suspended(h->core, host_now(s, h));
	host_pump(s, h);
}

static void
begin(struct sim *s, struct fault *f)
{
	struct host *h = &s->hosts[f->host];

	switch (f->kind) {
	case F_RESTART:
	case F_KILL:
		host_stop(h);
		disturb_all(s, f->host);
		break;
	case F_SUSPEND:
		h->suspended = true;
		h->resume_ns = f->to_ns;
		disturb_all(s, f->host);
		break;
	case F_CUT:
	case F_CUT_ONE_WAY:
	case F_CUT_PRIVATE:
	case F_ROUTER_DEAD:
		cut(s, f, 1);
		break;
	case F_REVOKE:
		h->revoked = true;
		h->revoked_ns = s->now_ns;
		expel(s, h);
		break;
	case F_KINDS:
		break;
	}
}

static void
end(struct sim *s, struct fault *f)
{
	struct host *h = &s->hosts[f->host];

	switch (f->kind) {
	case F_RESTART:
	case F_KILL:
		host_start(s, h);
		break;
	case F_SUSPEND:
		resume(s, h);
		break;
	case F_CUT:
	case F_CUT_ONE_WAY:
	case F_CUT_PRIVATE:
	case F_ROUTER_DEAD:
		cut(s, f, -1);
		break;
	case F_REVOKE:
		if (!s->churn)
			break;
		h->revoked = false;
		admit(s, h);
		disturb_all(s, f->host);
		break;
	case F_KINDS:
		break;
	}
	f->over = true;
}

void
scenario_fault(struct sim *s, struct fault *f)
{
	static const char *const names[] = {
	    [F_RESTART] = "restart",
	    [F_KILL] = "kill",
	    [F_SUSPEND] = "suspend",
	    [F_CUT] = "cut",
	    [F_CUT_ONE_WAY] = "one-way cut",
	    [F_CUT_PRIVATE] = "private cut",
	    [F_ROUTER_DEAD] = "router dead",
	    [F_REVOKE] = "revoke",
	};
	bool first = s->now_ns == f->from_ns && !f->begun;

	f->begun = true;
	if (s->verbose > 0) {
		printf("%9.3f %s of %u %s", (double)s->now_ns / 1e9,
		    names[f->kind], f->host, first ? "begins" : "ends");
		for (size_t i = 0; i < s->n && first; i++) {
			if (f->hit[i])
				printf(" %zu", i);
		}
		printf("\n");
	}
	if (first)
		begin(s, f);
	else
		end(s, f);
}
