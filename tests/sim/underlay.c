/*
 * What carries WireGuard's packets: several nets with hosts in them, private
 * ones that use the same addresses at different places, addresses that reach
 * nobody; paths that delay, lose, double and reorder.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define NET_V4	  0
#define NET_V6	  1
#define NET_LOCAL 2 /* and the following ones */

struct inner *
inner_copy(const struct inner *in)
{
	struct inner *copy = sim_alloc(sizeof(*copy) + in->nfacts);

	memcpy(copy, in, sizeof(*copy) + in->nfacts);
	return copy;
}

void
packet_free(struct packet *pk)
{
	free(pk->inner);
	free(pk);
}

static void
add_local(struct host *h, const struct addr *a, uint8_t len, int net)
{
	if (h->nlocal == MAX_LOCAL)
		return;
	h->local[h->nlocal++] = (struct local){*a, len, net};
}

static void
make_addresses(struct sim *s, struct host *h)
{
	uint8_t i = (uint8_t)h->index;
	struct addr a;

	if (sim_chance(s, 0.3)) {
		/* An uplink that is down further on. */
		a = addr_v4((const uint8_t[4]){203, 0, i, 9});
		add_local(h, &a, 24, -1);
	}
	a = addr_v4((const uint8_t[4]){198, 51, (uint8_t)(i % 7), i});
	add_local(h, &a, sim_chance(s, 0.5) ? 24 : 16, NET_V4);
	if (sim_chance(s, 0.3)) {
		a = addr_v6((const uint8_t[16]){
		    0x20, 0x01, 0x0d, 0xb8, 0, i, [15] = 1});
		add_local(h, &a, 64, NET_V6);
	}
	if (!h->router && sim_chance(s, 0.5)) {
		/* Every site uses the same private addresses. */
		a = addr_v4((const uint8_t[4]){
		    192, 168, 1, (uint8_t)(10 + sim_below(s, 3) * 60 + i)});
		add_local(h, &a, 24, NET_LOCAL + (int)sim_below(s, 3));
	}
	if (sim_chance(s, 0.2)) {
		a = addr_v6((const uint8_t[16]){0xfd, 0x01, i, [15] = 1});
		add_local(h, &a, 64, -1);
	}
}

void
underlay_make(struct sim *s)
{
	static const double losses[] = {0, 0, 0.005, 0.02, 0.05};
	double loss = losses[sim_below(s, 5)];
	int64_t far_ms = sim_between(s, 1, 120);

	s->nnets = NET_LOCAL + 3;
	for (size_t i = 0; i < s->n; i++)
		make_addresses(s, &s->hosts[i]);
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < s->n; k++) {
			struct path *p = &s->paths[i][k];

			p->delay_ns =
			    sim_between(s, 200 * 1000, far_ms * MSEC_NS);
			p->jitter_ns = p->delay_ns / 4;
			p->loss = loss;
			p->dup = loss / 2;
			p->late = loss / 4;
		}
	}
}

void
underlay_lab(
    struct sim *s, struct host *h, int64_t delay_ns, double loss, size_t dead)
{
	uint8_t i = (uint8_t)(h->index + 1);
	struct addr a = addr_v4((const uint8_t[4]){198, 51, 100, i});

	add_local(h, &a, 24, NET_V4);
	for (size_t k = 0; k < dead; k++) {
		a = addr_v4((const uint8_t[4]){172, 17, (uint8_t)k, i});
		add_local(h, &a, 24, -1);
	}
	for (size_t k = 0; k < s->n; k++)
		s->paths[h->index][k] =
		    (struct path){.delay_ns = delay_ns, .loss = loss};
}

/* Which of the host's nets leads there; NULL when none does. */
static const struct local *
way_out(const struct host *h, const struct addr *dst)
{
	const struct local *public = NULL;

	for (size_t i = 0; i < h->nlocal; i++) {
		const struct local *l = &h->local[i];
		struct prefix net;

		if (l->addr.family != dst->family)
			continue;
		if (l->net != NET_V4 && l->net != NET_V6 &&
		    prefix_make(&l->addr, l->len, &net) &&
		    prefix_contains_addr(&net, dst))
			return l;
		if (l->net == NET_V4 || l->net == NET_V6)
		public = l;
	}
	return public;
}

static struct host *
who_has(struct sim *s, const struct addr *a, int net)
{
	if (net < 0)
		return NULL;
	for (size_t i = 0; i < s->n; i++) {
		struct host *h = &s->hosts[i];

		for (size_t k = 0; k < h->nlocal; k++) {
			if (h->local[k].net == net &&
			    addr_eq(&h->local[k].addr, a))
				return h;
		}
	}
	return NULL;
}

static void
arrive(struct sim *s, struct path *p, const struct host *to, struct packet *pk)
{
	int64_t delay_ns = p->delay_ns + sim_between(s, 0, p->jitter_ns);

	if (sim_chance(s, p->late))
		delay_ns += sim_between(s, 50 * MSEC_NS, 4 * SECOND_NS);
	queue_put(s, s->now_ns + delay_ns, DO_PACKET, to->index, 0, 0, pk);
}

void
underlay_send(struct sim *s, struct host *h, struct packet *pk)
{
	const struct local *out = way_out(h, &pk->dst.addr);
	struct host *to;
	struct path *p;

	if (out == NULL || pk->dst.port != LISTEN_PORT ||
	    (to = who_has(s, &pk->dst.addr, out->net)) == NULL || to == h) {
		h->count.third++;
		packet_free(pk);
		return;
	}
	p = &s->paths[h->index][to->index];
	if (p->cut > 0 || (p->cut_private > 0 && out->net >= NET_LOCAL) ||
	    sim_chance(s, p->loss)) {
		packet_free(pk);
		return;
	}
	pk->src.addr = out->addr;
	pk->src.port = LISTEN_PORT;
	if (sim_chance(s, p->dup)) {
		struct packet *copy = sim_alloc(sizeof(*copy));

		*copy = *pk;
		if (pk->inner != NULL)
			copy->inner = inner_copy(pk->inner);
		arrive(s, p, to, copy);
	}
	arrive(s, p, to, pk);
}
