/* Simulates networks and says which of them broke. */
#include <err.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
/* sanitizer/allocator_interface.h, which not every compiler brings. */
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

#include "tests/sim/sim.h"

#define CALM_NS (120 * SECOND_NS)
#define CHURN_S 3600
#define WARM_S	900
/* All that was known of a fault's time has expired. */
#define FORGET_NS    (700 * SECOND_NS)
#define CHURN_FAULTS 200
#define LEAK_BYTES   (64 * 1024)

static _Noreturn void
usage(void)
{
	fprintf(stderr,
	    "usage: sim [-v] [--churn | --hostile | --silent | --mixed | --figures] [--nodes n] [--seed n] "
	    "[--seeds count]\n");
	exit(2);
}

static void
run_flow(struct sim *s, uint32_t i)
{
	struct flow *f = &s->flows[i];
	struct host *h = &s->hosts[f->from];
	struct inner *in;

	check_flow_sent(s, f);
	if (!h->suspended) {
		in = sim_alloc(sizeof(*in));
		in->src = h->tunnel[f->family];
		in->dst = s->hosts[f->to].tunnel[f->family];
		in->flow = (int)i;
		in->len = 200;
		device_send(s, h, in);
	}
	queue_put(s, s->now_ns + f->period_ns, DO_FLOW, i, 0, 0, NULL);
}

/* True when the host sleeps: then it happens when it wakes. */
static bool
postponed(struct sim *s, const struct event_item *e)
{
	const struct host *h = &s->hosts[e->a];

	if (!h->suspended)
		return false;
	queue_put(s, h->resume_ns, e->what, e->a, e->b, e->gen, e->p);
	return true;
}

static void
happen(struct sim *s, const struct event_item *e)
{
	switch (e->what) {
	case DO_PACKET:
		if (s->hosts[e->a].suspended)
			packet_free(e->p);
		else
			device_receive(s, &s->hosts[e->a], e->p);
		break;
	case DO_WAKE:
		if (!postponed(s, e))
			host_wake(s, &s->hosts[e->a]);
		break;
	case DO_TIMER:
		if (!postponed(s, e))
			device_timer(s, &s->hosts[e->a], e->b);
		break;
	case DO_ANSWER:
		if (!postponed(s, e))
			helper_answer(s, &s->hosts[e->a], e->p);
		break;
	case DO_FLOW:
		run_flow(s, e->a);
		break;
	case DO_FAULT:
		if (e->a == UINT32_MAX)
			host_start(s, &s->hosts[e->b]);
		else
			scenario_fault(s, &s->faults[e->a]);
		break;
	case DO_HOSTILE:
		rogue_act(s, &s->hosts[e->a]);
		break;
	case DO_CHECK:
		check_all(s);
		queue_put(s, s->now_ns + SECOND_NS, DO_CHECK, 0, 0, 0, NULL);
		break;
	}
}

void
run_until(struct sim *s, int64_t end_ns)
{
	struct event_item e;

	while (
	    !s->failed && s->queue.n > 0 && s->queue.items[0].at_ns <= end_ns) {
		queue_get(s, &e);
		s->now_ns = e.at_ns;
		happen(s, &e);
	}
	s->now_ns = end_ns;
}

static void
sim_seed(struct sim *s, uint64_t seed, int verbose)
{
	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->verbose = verbose;
	for (size_t i = 0; i < 4; i++)
		s->random[i] =
		    (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) + i * 0xbf58;
	for (int i = 0; i < 16; i++)
		sim_random(s);
	s->converged_ns = -1;
	s->first_ns = -1;
}

void
sim_init(struct sim *s, uint64_t seed, uint32_t nodes, int verbose)
{
	sim_seed(s, seed, verbose);
	s->n = nodes;
	if (nodes == 0) {
		/* Small ones mostly, now and then as large as it gets. */
		s->n = 3 + sim_below(s, 8);
		if (seed % 25 == 24)
			s->n = LARGE_NODES;
	}
	s->nrouters = s->n >= 5 && sim_chance(s, 0.3) ? 2 : 1;
	scenario_make(s);
	queue_put(s, SECOND_NS, DO_CHECK, 0, 0, 0, NULL);
}

void
sim_routers(
    struct sim *s, uint64_t seed, uint32_t nodes, size_t routers, int verbose)
{
	sim_seed(s, seed, verbose);
	s->n = nodes;
	s->nrouters = routers;
	scenario_make(s);
	queue_put(s, SECOND_NS, DO_CHECK, 0, 0, 0, NULL);
}

void
sim_lab(struct sim *s, uint64_t seed, uint32_t nodes, int64_t delay_ns,
    double loss, size_t dead)
{
	sim_seed(s, seed, 0);
	s->n = nodes;
	s->nrouters = 1;
	scenario_lab(s, delay_ns, loss, dead);
	run_until(s, LAB_SPREAD_NS);
}

void
sim_lab_flows(struct sim *s, int64_t period_ns)
{
	/* Changes of way are what is measured here. */
	s->pair_faults[1][2] = s->pair_faults[2][1] = 1000;
	scenario_flow(s, 1, 2, period_ns);
	scenario_flow(s, 2, 1, period_ns);
}

void
sim_clear(struct sim *s)
{
	struct event_item e;

	while (queue_get(s, &e)) {
		if (e.what == DO_PACKET)
			packet_free(e.p);
		else if (e.what == DO_ANSWER)
			helper_answer_free(e.p);
	}
	free(s->queue.items);
	for (size_t i = 0; i < s->n; i++)
		host_free(s, &s->hosts[i]);
}

static bool
run_seed(struct sim *s, uint64_t seed, uint32_t nodes, int verbose)
{
	int64_t end_ns;
	bool revoked = false;

	sim_init(s, seed, nodes, verbose);
	scenario_add_faults(s, CONVERGE_S * SECOND_NS,
	    sim_between(s, 200, 700) * SECOND_NS, 1 + sim_below(s, 8));
	end_ns = s->last_fault_ns + CONVERGE_S * SECOND_NS + CALM_NS;
	for (size_t i = 0; i < s->nfaults; i++)
		revoked |= s->faults[i].kind == F_REVOKE;
	if (revoked && end_ns < s->last_fault_ns + REVOKED_S * SECOND_NS)
		end_ns = s->last_fault_ns + REVOKED_S * SECOND_NS;
	run_until(s, end_ns);
	check_end(s);
	if (s->failed)
		printf("sim: seed %llu, %zu nodes: %s\n",
		    (unsigned long long)seed, s->n, s->why);
	else if (verbose > 0)
		printf("seed %llu: %zu nodes, %zu routers, %zu faults; "
		       "converged after %.0f s, and %.0f s after the last "
		       "fault; %llu of %llu packets arrived, longest gap "
		       "%.1f s\n",
		    (unsigned long long)seed, s->n, s->nrouters, s->nfaults,
		    (double)s->first_ns / 1e9,
		    (double)(s->converged_ns - s->last_fault_ns) / 1e9,
		    (unsigned long long)s->arrived, (unsigned long long)s->sent,
		    (double)s->worst_gap_ns / 1e9);
	sim_clear(s);
	return !s->failed;
}

static size_t
resident(void)
{
	unsigned long size, pages = 0;
	FILE *fp = fopen("/proc/self/statm", "r");

	if (fp == NULL || fscanf(fp, "%lu %lu", &size, &pages) != 2)
		err(1, "/proc/self/statm");
	fclose(fp);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

size_t
sim_in_use(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __sanitizer_get_current_allocated_bytes();
#else
	struct mallinfo2 mi = mallinfo2();

	/* Large blocks move between the two kinds as malloc learns. */
	return mi.uordblks + mi.hblkhd;
#endif
}

/* An hour in which nodes come, go and lose each other all the time. */
static bool
run_churn(struct sim *s, uint64_t seed, uint32_t nodes, int verbose)
{
	size_t before, after, rss_before, rss_after;

	sim_init(s, seed, nodes == 0 ? 10 : nodes, verbose);
	s->churn = true;
	scenario_add_faults(
	    s, CONVERGE_S * SECOND_NS, CHURN_S * SECOND_NS, CHURN_FAULTS);
	run_until(s, CONVERGE_S * SECOND_NS);
	before = sim_in_use();
	run_until(s, WARM_S * SECOND_NS);
	rss_before = resident();
	run_until(s, s->last_fault_ns + CONVERGE_S * SECOND_NS + FORGET_NS);
	after = sim_in_use();
	rss_after = resident();
	/* The same nodes, as calm as at first: what they know is the same
	 * again, in tables that have grown once. */
	if (after > before + before / 2 + LEAK_BYTES)
		fail(s, "memory in use grows from %zu to %zu bytes", before,
		    after);
	if (rss_after > rss_before + rss_before / 5 + LEAK_BYTES)
		fail(s, "resident memory grows from %zu to %zu bytes",
		    rss_before, rss_after);
	check_end(s);
	if (s->failed)
		printf("sim: churn, seed %llu, %zu nodes: %s\n",
		    (unsigned long long)seed, s->n, s->why);
	else
		printf("sim: churn, seed %llu, %zu nodes, %zu faults: in use "
		       "%zu KiB before and %zu KiB after, resident %zu and "
		       "%zu KiB\n",
		    (unsigned long long)seed, s->n, s->nfaults, before / 1024,
		    after / 1024, rss_before / 1024, rss_after / 1024);
	sim_clear(s);
	return !s->failed;
}

/* All kinds of attacks by members, each with so many seeds. */
static bool
run_hostile(struct sim *s, uint64_t seed, uint32_t seeds, int verbose)
{
	size_t passed = 0, kinds = hostile_kinds();

	for (uint32_t i = 0; i < seeds; i++) {
		for (size_t k = 0; k < kinds; k++)
			passed += hostile_run(s, seed + i, k, verbose);
	}
	printf("sim: %zu passed, %zu failed\n", passed, seeds * kinds - passed);
	return passed == seeds * kinds;
}

static uint32_t
number(const char *text, long long low, long long high)
{
	const char *error;
	long long v;

	if (text == NULL)
		usage();
	v = strtonum(text, low, high, &error);
	if (error != NULL)
		errx(2, "%s is %s", text, error);
	return (uint32_t)v;
}

int
main(int argc, char **argv)
{
	static struct sim s;
	uint32_t seed = 1, seeds = 1, nodes = 0, passed = 0;
	bool churn = false, hostile = false, measure = false, silent = false;
	bool mixed = false;
	int verbose = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--seed") == 0)
			seed = number(argv[++i], 0, 1000000000);
		else if (strcmp(argv[i], "--seeds") == 0)
			seeds = number(argv[++i], 1, 1000000);
		else if (strcmp(argv[i], "--nodes") == 0)
			nodes = number(argv[++i], 2, MAX_NODES);
		else if (strcmp(argv[i], "--churn") == 0)
			churn = true;
		else if (strcmp(argv[i], "--hostile") == 0)
			hostile = true;
		else if (strcmp(argv[i], "--silent") == 0)
			silent = true;
		else if (strcmp(argv[i], "--mixed") == 0)
			mixed = true;
		else if (strcmp(argv[i], "--figures") == 0)
			measure = true;
		else if (strcmp(argv[i], "-v") == 0)
			verbose++;
		else
			usage();
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (measure) {
		figures(&s);
		return 0;
	}
	if (hostile)
		return run_hostile(&s, seed, seeds, verbose) ? 0 : 1;
	for (uint32_t i = 0; i < seeds; i++)
		passed += silent ? silent_run(&s, seed + i, verbose)
		    : mixed	 ? mixed_run(&s, seed + i, verbose)
		    : churn	 ? run_churn(&s, seed + i, nodes, verbose)
				 : run_seed(&s, seed + i, nodes, verbose);
	printf("sim: %u passed, %u failed\n", passed, seeds - passed);
	return passed == seeds ? 0 : 1;
}
