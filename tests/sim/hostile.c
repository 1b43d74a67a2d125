/*
 * Networks with members that were taken over (rogue.c): what the others do
 * because of them is counted, and has to stay within bounds.
 */
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

#define CUT_NS	 (130 * SECOND_NS) /* paths of one of the others */
#define AFTER_NS (140 * SECOND_NS) /* that were healed, goes on */
#define GONE_NS	 ((TTL_COUNTED_MAX_S + 100) * SECOND_NS) /* and after it */
#define NODES	 8

/* What each of the others may do because of it, at most: in the whole time
 * for what is counted, a second for what is a rate. */
#define FACTS_A_SUBJECT 6 /* endpoints, of one source; said, and taken back */
#define OPS_A_S		3
#define EVENTS_A_S	1
#define THIRD_A_S	1
#define SENDS_A_S	88 /* to one who sends as many */
#define IN_USE_BYTES	(256 * 1024) /* of all nodes */

static size_t
facts_of(const struct sim *s, const struct host *h)
{
	struct self_view v;

	node_self(h->core, host_now(s, h), &v);
	return v.nfacts;
}

/* Of the whole process, without the queue, which keeps its greatest size. */
static size_t
in_use(const struct sim *s)
{
	return sim_in_use() - s->queue.cap * sizeof(struct event_item);
}

static void
most(struct sim *s, const struct host *h, const char *what, uint64_t is,
    uint64_t may_be)
{
	if (is > may_be)
		fail(s, "%u: %llu %s, at most %llu are all right", h->index,
		    (unsigned long long)is, what, (unsigned long long)may_be);
}

static void
check_counts(
    struct sim *s, const struct host *h, size_t facts_before, size_t facts_most)
{
	const uint64_t t =
	    (uint64_t)((s->hostile_end_ns - ROGUE_BEGIN_NS) / SECOND_NS);
	const uint64_t m = rogue_kind(s->hostile_kind)->rogues;

	most(s, h, "strangers taken for members", h->count.strangers, 0);
	most(s, h, "facts", facts_most,
	    facts_before + m * s->n * FACTS_A_SUBJECT);
	most(s, h, "changes asked for", h->count.ops, t * OPS_A_S * m);
	most(s, h, "lines of log", h->count.events, t * EVENTS_A_S * m);
	most(s, h, "packets to third parties", h->count.third,
	    t * THIRD_A_S * s->n);
	most(s, h, "datagrams sent", h->count.sends,
	    t * SENDS_A_S * m + t * s->n);
}

static void
tell(const struct sim *s)
{
	struct count c = {0};
	size_t honest = s->n - rogue_kind(s->hostile_kind)->rogues;

	for (size_t i = 0; i < honest; i++) {
		const struct count *o = &s->hosts[i].count;

		c.ops = o->ops > c.ops ? o->ops : c.ops;
		c.events = o->events > c.events ? o->events : c.events;
		c.third = o->third > c.third ? o->third : c.third;
		c.sends = o->sends > c.sends ? o->sends : c.sends;
	}
	printf("%s%s: of one node at most %llu changes, %llu lines, %llu "
	       "packets to third parties, %llu datagrams in %d s; direct "
	       "again %.1f s after a cut of %d s, longest gap %.1f s\n",
	    rogue_kind(s->hostile_kind)->name,
	    s->hostile_idle ? ", not begun" : "", (unsigned long long)c.ops,
	    (unsigned long long)c.events, (unsigned long long)c.third,
	    (unsigned long long)c.sends,
	    (int)((s->hostile_end_ns - ROGUE_BEGIN_NS) / SECOND_NS),
	    (double)(s->converged_ns - s->last_fault_ns) / 1e9,
	    rogue_kind(s->hostile_kind)->cut_s, (double)s->worst_gap_ns / 1e9);
}

/* The others, some of whose paths are cut and healed under attack. Returns
 * the memory that is in use when all that was said has expired. */
static size_t
run_kind(struct sim *s)
{
	size_t honest = s->n - rogue_kind(s->hostile_kind)->rogues;
	size_t before[MAX_NODES] = {0}, most_facts[MAX_NODES] = {0};

	run_until(s, ROGUE_BEGIN_NS);
	if (!s->failed && !check_converged(s))
		fail(s, "not all are direct before the attack");
	for (size_t i = 0; i < honest; i++) {
		before[i] = facts_of(s, &s->hosts[i]);
		memset(&s->hosts[i].count, 0, sizeof(s->hosts[i].count));
	}
	while (s->now_ns < s->hostile_end_ns && !s->failed) {
		run_until(s, s->now_ns + SECOND_NS);
		for (size_t i = 0; i < honest; i++) {
			size_t n = facts_of(s, &s->hosts[i]);

			most_facts[i] = n > most_facts[i] ? n : most_facts[i];
		}
	}
	if (!s->failed && !check_converged(s))
		fail(s, "not all are direct under attack");
	for (size_t i = 0; i < honest && !s->failed; i++)
		check_counts(s, &s->hosts[i], before[i], most_facts[i]);
	if (s->verbose > 0)
		tell(s);
	run_until(s, s->hostile_end_ns + GONE_NS);
	check_end(s);
	return in_use(s);
}

/* Two routers and it may say who is a member, and two have to. */
static void
trust_rogue(struct sim *s, enum trust level)
{
	static struct conf_peer rogue;

	rogue.key = s->hosts[s->n - 1].key;
	rogue.trust = level;
	for (size_t i = 0; i + 1 < s->n; i++) {
		struct privd_conf *c = &s->hosts[i].conf;

		c->link.quorum = 2;
		c->npeers = 1;
		c->peers = &rogue;
	}
}

static size_t
run_one(struct sim *s, uint64_t seed, size_t kind, bool idle, int verbose)
{
	const struct rogue_kind *k = rogue_kind(kind);
	struct fault f = {.kind = F_CUT,
	    .from_ns = CUT_NS,
	    .to_ns = CUT_NS + k->cut_s * SECOND_NS,
	    .host = 1,
	    .hit = {[2] = true, [3] = true}};
	size_t used;

	if (k->trust != TRUST_UNTRUSTED) {
		sim_routers(s, seed, NODES, 2, verbose);
		trust_rogue(s, k->trust);
	} else {
		sim_init(s, seed, NODES, verbose);
	}
	s->hostile_kind = kind;
	s->hostile_idle = idle;
	s->hostile_end_ns = f.to_ns + AFTER_NS;
	for (uint32_t i = 0; i < k->rogues; i++)
		s->hosts[s->n - 1 - i].hostile = true;
	scenario_add_fault(s, &f);
	used = run_kind(s);
	for (size_t i = 0; i < s->n; i++) {
		if (s->hosts[i].hostile)
			rogue_stop(&s->hosts[i]);
	}
	sim_clear(s);
	return used;
}

bool
hostile_run(struct sim *s, uint64_t seed, size_t kind, int verbose)
{
	size_t used, without;

	/* The same network without the attack, for the memory that it takes
	 * by itself. */
	without = run_one(s, seed, kind, true, verbose);
	used = s->failed ? 0 : run_one(s, seed, kind, false, verbose);
	if (!s->failed && used > without + IN_USE_BYTES)
		fail(s, "%zu bytes are in use, %zu without an attack", used,
		    without);
	if (verbose > 0)
		printf("%s: %zu bytes in use, %zu without\n",
		    rogue_kind(kind)->name, used, without);
	printf("%s hostile member: %s%s%s\n", s->failed ? "not ok" : "ok",
	    rogue_kind(kind)->name, s->failed ? ": " : "",
	    s->failed ? s->why : "");
	return !s->failed;
}

size_t
hostile_kinds(void)
{
	size_t n = 0;

	while (rogue_kind(n) != NULL)
		n++;
	return n;
}
