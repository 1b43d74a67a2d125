/*
 * How fast and how quiet the core is where nothing but the network takes
 * time: a laboratory of one router and leaves in one subnet, all started at
 * once. Virtual time, so a busy host changes no figure. What a real machine
 * adds (starting processes, handshakes' arithmetic) is for the benchmark.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define SEEDS	     20
#define STEP_NS	     MSEC_NS
#define PATIENCE_NS  (600 * SECOND_NS)
#define SETTLE_NS    (30 * SECOND_NS)
#define FLOW_NS	     (50 * MSEC_NS)
#define BACK_NS	     (20 * SECOND_NS)
#define IDLE_FROM_NS (300 * SECOND_NS)
#define IDLE_NS	     (600 * SECOND_NS)

struct network {
	const char *name;
	uint32_t nodes;
	int64_t rtt_ns;
	double loss; /* each way */
	size_t dead; /* local addresses that reach nobody */
};

static const struct network networks[] = {
    {"3 nodes, 0.2 ms", 3, MSEC_NS / 5, 0, 0},
    {"10 nodes, 0.2 ms", 10, MSEC_NS / 5, 0, 0},
    {"25 nodes, 0.2 ms", 25, MSEC_NS / 5, 0, 0},
    {"3 nodes, 20 ms", 3, 20 * MSEC_NS, 0, 0},
    {"3 nodes, 100 ms", 3, 100 * MSEC_NS, 0, 0},
    {"3 nodes, 0.2 ms, 5 % loss", 3, MSEC_NS / 5, 0.05, 0},
    {"3 nodes, 0.2 ms, 10 % loss", 3, MSEC_NS / 5, 0.1, 0},
    {"3 nodes, 0.2 ms, 20 % loss", 3, MSEC_NS / 5, 0.2, 0},
    {"3 nodes, 0.2 ms, 3 dead addresses", 3, MSEC_NS / 5, 0, 3},
};
#define NNETWORKS (sizeof(networks) / sizeof(networks[0]))

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Milliseconds until all leaves are direct; -1: never. */
static int64_t
until_direct_ms(struct sim *s)
{
	int64_t start_ns = s->now_ns;

	while (s->now_ns - start_ns < PATIENCE_NS) {
		run_until(s, s->now_ns + STEP_NS);
		if (check_converged(s))
			return (s->now_ns - start_ns) / MSEC_NS;
	}
	return -1;
}

/* Milliseconds until both flows between leaves 1 and 2 arrive. */
static int64_t
until_heard_ms(struct sim *s)
{
	int64_t start_ns = s->now_ns;

	while (s->now_ns - start_ns < PATIENCE_NS) {
		run_until(s, s->now_ns + STEP_NS);
		if (s->flows[0].arrived_ns > start_ns + MSEC_NS &&
		    s->flows[1].arrived_ns > start_ns + MSEC_NS)
			return (s->now_ns - start_ns) / MSEC_NS;
	}
	return -1;
}

static void
row(const char *name, int64_t *ms)
{
	qsort(ms, SEEDS, sizeof(*ms), by_size);
	printf("%-34s %8lld %8lld\n", name, (long long)ms[SEEDS / 2],
	    (long long)ms[SEEDS - 1]);
}

static void
cut(struct sim *s, int by)
{
	s->paths[1][2].cut += by;
	s->paths[2][1].cut += by;
}

static void
start_figures(struct sim *s)
{
	int64_t ms[SEEDS];

	printf("direct after start, ms               median    worst\n");
	for (size_t i = 0; i < NNETWORKS; i++) {
		const struct network *w = &networks[i];

		for (uint64_t k = 0; k < SEEDS; k++) {
			sim_lab(
			    s, k, w->nodes, w->rtt_ns / 2, w->loss, w->dead);
			ms[k] = until_direct_ms(s);
			sim_clear(s);
		}
		row(w->name, ms);
	}
}

static void
path_figures(struct sim *s)
{
	static const char *const names[] = {"over the router after a cut",
	    "direct again after healing", "direct after 20 s away"};
	int64_t ms[3][SEEDS];

	printf("3 nodes, 20 ms, 20 packets/s, ms     median    worst\n");
	for (uint64_t k = 0; k < SEEDS; k++) {
		sim_lab(s, k, 3, 10 * MSEC_NS, 0, 0);
		until_direct_ms(s);
		sim_lab_flows(s, FLOW_NS);
		run_until(s,
		    s->now_ns + SETTLE_NS + sim_between(s, 0, 5 * SECOND_NS));
		cut(s, 1);
		ms[0][k] = until_heard_ms(s);
		run_until(s, s->now_ns + SETTLE_NS);
		cut(s, -1);
		ms[1][k] = until_direct_ms(s);
		run_until(s, s->now_ns + SETTLE_NS);
		host_stop(&s->hosts[2]);
		run_until(s, s->now_ns + BACK_NS);
		host_start(s, &s->hosts[2]);
		ms[2][k] = until_direct_ms(s);
		sim_clear(s);
	}
	for (size_t i = 0; i < 3; i++)
		row(names[i], ms[i]);
}

/* UDP payload and wakeups of a node in a minute in which nobody wants
 * anything. */
static void
idle_figures(struct sim *s, uint32_t nodes)
{
	struct count before[2], *after[2];
	double minutes = (double)IDLE_NS / 60e9;

	sim_lab(s, 1, nodes, 10 * MSEC_NS, 0, 0);
	run_until(s, IDLE_FROM_NS);
	for (size_t i = 0; i < 2; i++)
		before[i] = s->hosts[i].count;
	run_until(s, IDLE_FROM_NS + IDLE_NS);
	for (size_t i = 0; i < 2; i++) {
		after[i] = &s->hosts[i].count;
		printf("%3u nodes, %-23s %8.0f %8.1f %8.1f\n", nodes,
		    i == 0 ? "router" : "leaf",
		    (double)(after[i]->bytes - before[i].bytes) / minutes,
		    (double)(after[i]->sends - before[i].sends) / minutes,
		    (double)(after[i]->wakes - before[i].wakes) / minutes);
	}
	sim_clear(s);
}

void
figures(struct sim *s)
{
	start_figures(s);
	path_figures(s);
	printf("idle, a minute                        bytes  packets  "
	       "wakeups\n");
	idle_figures(s, 3);
	idle_figures(s, 10);
	idle_figures(s, 25);
	idle_figures(s, 101);
}
