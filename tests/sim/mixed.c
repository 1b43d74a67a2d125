/*
 * Some nodes announce no capability, as those of the other implementation:
 * they get no extension, and are told all again and again; the others are
 * quiet among each other; everybody knows the same.
 */
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

#define NODES	  6
#define START_NS  (10 * SECOND_NS)
#define SETTLE_NS (300 * SECOND_NS)
#define IDLE_NS	  (600 * SECOND_NS)
#define DELAY_NS  (10 * MSEC_NS)
/* Alive to each peer, twice a minute, and the rest; a digest every 115 s. */
#define PLAIN_LEAST 100
#define QUIET_MOST  90

bool
mixed_announces(const struct sim *s, const struct host *h, const struct key *to)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->hosts[i].plain && key_eq(&s->hosts[i].key, to))
			return false;
	}
	return !h->plain;
}

static size_t
facts(const struct sim *s, const struct host *h)
{
	struct self_view v;

	node_self(h->core, host_now(s, h), &v);
	return v.nfacts;
}

static uint64_t
sends(struct sim *s, const struct host *h)
{
	uint64_t before;

	run_until(s, SETTLE_NS);
	before = h->count.sends;
	run_until(s, SETTLE_NS + IDLE_NS);
	return h->count.sends - before;
}

static void
start(struct sim *s, uint64_t seed, int verbose, uint32_t plain)
{
	sim_lab(s, seed, NODES, DELAY_NS, 0, 0);
	s->verbose = verbose;
	if (plain == NODES)
		return;
	/* With a new boot id, which says so. */
	s->hosts[plain].plain = true;
	host_stop(&s->hosts[plain]);
	host_start(s, &s->hosts[plain]);
	run_until(s, START_NS);
	for (size_t i = 0; i < NODES; i++)
		s->hosts[i].extended_to_plain = 0;
}

/* One plain node; NODES: none. */
static bool
run(struct sim *s, uint64_t seed, int verbose, uint32_t plain)
{
	size_t had[NODES];
	uint64_t quiet;

	start(s, seed, 0, NODES);
	run_until(s, SETTLE_NS + IDLE_NS);
	for (size_t i = 0; i < NODES; i++)
		had[i] = facts(s, &s->hosts[i]);
	sim_clear(s);

	start(s, seed, verbose, plain);
	quiet = sends(s, &s->hosts[plain == 2 ? 3 : 2]);
	if (!s->failed && !check_converged(s))
		fail(s, "not all are direct");
	for (size_t i = 0; i < NODES; i++) {
		if (facts(s, &s->hosts[i]) != had[i])
			fail(s, "%zu knows %zu facts, and %zu without", i,
			    facts(s, &s->hosts[i]), had[i]);
		if (s->hosts[i].extended_to_plain > 0)
			fail(s, "%zu sent extensions to %u", i, plain);
	}
	if (s->hosts[plain].count.sends < PLAIN_LEAST)
		fail(s, "the plain one is quiet");
	if (quiet > QUIET_MOST)
		fail(s, "%llu datagrams in ten minutes",
		    (unsigned long long)quiet);
	if (s->failed)
		printf("sim: mixed, seed %llu, %u plain: %s\n",
		    (unsigned long long)seed, plain, s->why);
	sim_clear(s);
	return !s->failed;
}

bool
mixed_run(struct sim *s, uint64_t seed, int verbose)
{
	bool good = true;

	for (uint32_t plain = 0; plain < 3; plain++)
		good = run(s, seed, verbose, plain) && good;
	return good;
}
