/*
 * Daemons that stop and stay away while their hosts' WireGuard goes on: what
 * was agreed with them has to hold, or each end drops what the other sends.
 */
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

#define STEADY_NS  (60 * SECOND_NS)
#define FLOW_NS	   (50 * MSEC_NS)
#define SILENCE_NS (1200 * SECOND_NS)
#define CUT_AT_NS  (400 * SECOND_NS)
#define CUT_NS	   (60 * SECOND_NS)
#define AFTER_NS   (120 * SECOND_NS)

struct silence {
	const char *name;
	uint32_t stops; /* whose daemon */
	int64_t idle_ns; /* until there is traffic */
	bool one_way; /* only from leaf 1 to leaf 2 */
	bool cut; /* the direct path, for a minute of it */
	double lost_s; /* at most, outside the cut and after it */
};

/* After a cut a path to the mute is asked every few seconds; while it lasts
 * the other end, which nobody moves, is lost. */
static const struct silence silences[] = {
    {"a leaf's, traffic both ways", 2, 0, false, false, 0},
    {"a leaf's, traffic one way", 2, 0, true, false, 20},
    {"a leaf's, idle for five minutes", 2, 300 * SECOND_NS, false, false, 0},
    {"a leaf's, idle, one way", 2, 300 * SECOND_NS, true, false, 0},
    {"a leaf's, and a cut that heals", 2, 0, false, true, 60},
    {"the router's, traffic both ways", 0, 0, false, false, 0},
    {"the router's, and a cut", 0, 0, false, true, 5},
};

static uint64_t
lost(const struct sim *s)
{
	return s->sent - s->arrived;
}

static void
cut(struct sim *s, int by)
{
	s->paths[1][2].cut += by;
	s->paths[2][1].cut += by;
}

/* Seconds' worth of the packets of one direction that were lost. */
static double
run(struct sim *s, uint64_t seed, const struct silence *k)
{
	uint64_t before, under = 0;
	int64_t end_ns;

	sim_lab(s, seed, 4, 10 * MSEC_NS, 0, 0);
	/* A path that is left and taken again may be, while packets arrive. */
	s->pair_faults[1][2] = s->pair_faults[2][1] = 1000;
	run_until(s, STEADY_NS);
	if (!check_converged(s))
		fail(s, "not all are direct at first");
	host_stop(&s->hosts[k->stops]);
	end_ns = s->now_ns + SILENCE_NS;
	run_until(s, s->now_ns + k->idle_ns);
	if (k->one_way)
		scenario_flow(s, 1, 2, FLOW_NS);
	else
		sim_lab_flows(s, FLOW_NS);
	before = lost(s);
	if (k->cut) {
		run_until(s, STEADY_NS + CUT_AT_NS);
		cut(s, 1);
		under = lost(s);
		run_until(s, s->now_ns + CUT_NS);
		/* With a leaf silent nothing can be done about it. */
		under = k->stops == 0 ? 0 : lost(s) - under;
		cut(s, -1);
	}
	run_until(s, end_ns);
	host_start(s, &s->hosts[k->stops]);
	run_until(s, s->now_ns + AFTER_NS);
	if (!s->failed && !check_converged(s))
		fail(s, "not all are direct again");
	/* One may be on its way. */
	return (double)(lost(s) - before - under) * (double)FLOW_NS / 1e9;
}

bool
silent_run(struct sim *s, uint64_t seed, int verbose)
{
	bool good = true;

	for (size_t i = 0; i < sizeof(silences) / sizeof(silences[0]); i++) {
		const struct silence *k = &silences[i];
		double lost_s = run(s, seed, k);

		if (!s->failed && lost_s > k->lost_s + 0.1)
			fail(s, "%.1f s of traffic lost", lost_s);
		if (verbose > 0 || s->failed)
			printf(
			    "silent daemon, seed %llu: %s: %.1f s lost%s%s\n",
			    (unsigned long long)seed, k->name, lost_s,
			    s->failed ? ": " : "", s->failed ? s->why : "");
		good = good && !s->failed;
		sim_clear(s);
	}
	return good;
}
