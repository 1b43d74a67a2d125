/* netd/observe.c: what is asked for while nothing may be changed, and whom
 * nothing is told. */
#include <criterion/criterion.h>

#include <errno.h>

#include "tests/unit/bench.h"

static struct bench b;
static struct action act;

static void
setup(void)
{
	bench_init(&b);
	b.n->conf.observe = true;
	bench_works(&b, 0, true, true);
	path_acked(b.n, bench_peer(&b, 0), b.now_ns);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(observe, .init = setup, .fini = teardown);

static bool
ask(void)
{
	b.n->plan_at_ns = b.now_ns;
	return plan_next(b.n, b.now_ns, &act);
}

static void
answer(uint16_t rule, uint16_t index)
{
	const struct m_result r = {
	    .error = EPERM, .rule = rule, .index = index};

	node_result(b.n, b.now_ns, act.token, &r);
}

/* Asked although no path is proven, once a minute, and no event of it. */
Test(observe, asks_seldom)
{
	struct prefix want = bench_prefix("10.7.0.11");

	bench_state(&b, 0, 1, "10.7.0.11");
	cr_assert(ask());
	cr_expect_eq(act.kind, ACT_PEER_SET);
	cr_assert_eq(act.set.nadd, 1);
	cr_expect(prefix_eq(&act.set.add[0], &want));
	answer(RESULT_OBSERVE, RESULT_NO_INDEX);
	bench_snapshot(&b);
	cr_expect_not(ask());
	b.now_ns += 59 * SECOND_NS;
	cr_expect_not(ask());
	cr_expect_eq(bench_events(&b, EV_REFUSED), 0);
	b.now_ns += 2 * SECOND_NS;
	bench_works(&b, 0, true, true);
	cr_expect(ask());
}

/* What another rule refuses is told, and the rest asked for without it. */
Test(observe, the_rest_after_a_refusal)
{
	bench_state(&b, 0, 1, "10.9.0.1");
	bench_state(&b, 0, 1, "10.7.0.11");
	cr_assert(ask());
	cr_assert_eq(act.set.nadd, 2);
	answer(16, 0);
	cr_expect_eq(bench_events(&b, EV_REFUSED), 1);
	cr_expect_not(ask());
	b.now_ns += 2 * SECOND_NS;
	cr_assert(ask());
	cr_expect_eq(act.set.nadd, 1);
}

/* Endpoints are asked for by themselves, and not noted as tried. */
Test(observe, endpoints)
{
	const uint8_t value[] = {203, 0, 113, 9, 0xca, 0x6c};
	struct fact f = {.attr = ATTR_ENDPOINT_V4,
	    .ttl_s = 255,
	    .subject = b.peers[1].m.key,
	    .value = value,
	    .len = sizeof(value)};
	uint32_t index;

	factdb_put(&b.n->db, b.now_ns, &f, bench_peer(&b, 0)->slot, &index);
	bench_state(&b, 0, 1, "10.7.0.11");
	cr_assert(ask());
	cr_expect_eq(act.set.endpoint.port, 51820);
	cr_expect_eq(act.set.nadd, 0);
	answer(RESULT_OBSERVE, RESULT_NO_INDEX);
	cr_expect_eq(bench_peer(&b, 1)->ntries, 0);
	b.now_ns += 2 * SECOND_NS;
	cr_assert(ask());
	cr_expect_eq(act.set.nadd, 1);
	cr_expect_eq(act.set.endpoint.addr.family, 0);
}

/* The prefixes of one that is not there, one at a time. */
Test(observe, introductions)
{
	struct key key = b.peers[3].m.key;

	bench_state(&b, 0, 3, "10.7.0.13");
	bench_state(&b, 0, 3, "10.9.0.0/24");
	b.npeers = 3;
	bench_snapshot(&b);
	cr_assert(ask());
	cr_expect(key_eq(&act.set.key, &key));
	cr_expect(act.set.may_add);
	cr_assert_eq(act.set.nadd, 2, "its link-local one, and a prefix");
	cr_expect_eq(act.set.add[1].len, 32);
	answer(RESULT_OBSERVE, RESULT_NO_INDEX);
	cr_expect_eq(bench_events(&b, EV_REFUSED), 0);
	cr_expect_not(ask());
	b.now_ns += 2 * SECOND_NS;
	cr_assert(ask());
	cr_assert_eq(act.set.nadd, 2);
	cr_expect_eq(act.set.add[1].len, 24);
	answer(16, 1);
	cr_expect_eq(bench_events(&b, EV_REFUSED), 1);
}

/* A peer whose link this node won't take hears nothing of it. */
Test(observe, says_nothing_where_it_takes_nothing)
{
	struct peer *p = bench_peer(&b, 1);

	bench_works(&b, 1, true, true);
	bench_snapshot(&b);
	cr_expect(observe_silent(b.n, p));
	cr_expect_not(observe_silent(b.n, bench_peer(&b, 0)), "a router");
	cr_expect_eq(p->said, FACT_LINK_DOWN);
	gossip_all_soon(b.n, b.now_ns);
	for (size_t i = 0; i < 20 && gossip_next(b.n, b.now_ns, &act); i++)
		cr_expect_not(key_eq(&act.key, &p->key));
	bench_give(&b, 1, "10.7.0.11", true);
	bench_snapshot(&b);
	cr_expect_not(observe_silent(b.n, p), "it was direct before");
	cr_expect_eq(p->said, FACT_LINK_READY);
}

static bool
find_plan(enum change c, size_t i, struct plan_view *v)
{
	for (size_t at = 0; node_plan(b.n, b.now_ns, &at, v); at++) {
		if (v->change == c && key_eq(&v->key, &b.peers[i].m.key))
			return true;
	}
	return false;
}

/* What would be changed, from whom, and what keeps it. */
Test(observe, plan)
{
	struct plan_view v;
	size_t n = 0;

	cr_expect_not(find_plan(CHANGE_MOVE, 1, &v));
	bench_state(&b, 0, 1, "10.7.0.11");
	bench_state(&b, 0, 1, "10.9.0.1");
	bench_state(&b, 0, 3, "10.7.0.13");
	b.npeers = 3;
	bench_snapshot(&b);
	cr_assert(find_plan(CHANGE_MOVE, 1, &v));
	cr_expect(v.has_other);
	cr_expect(key_eq(&v.other, &b.peers[0].m.key), "from the router");
	cr_expect_eq(v.basis, BASIS_FACT);
	cr_expect(key_eq(&v.source, &b.peers[0].m.key));
	cr_expect_eq(v.attr, ATTR_ALLOWED_V4);
	cr_expect_eq(v.reason, REASON_OBSERVE_ONLY);
	/* Until it was asked for, nobody is to be added. */
	cr_expect_not(find_plan(CHANGE_ADD, 3, &v));
	bench_events(&b, EV_REFUSED);
	cr_assert(ask());
	answer(16, 1);
	history_note(&b.n->history, b.now_ns, &b.n->events[b.n->event_first]);
	while (ask())
		answer(RESULT_OBSERVE, RESULT_NO_INDEX);
	cr_assert(find_plan(CHANGE_ADD, 3, &v));
	cr_expect_eq(v.reason, REASON_OBSERVE_ONLY);
	cr_expect(find_plan(CHANGE_MOVE, 3, &v));
	for (size_t at = 0; node_plan(b.n, b.now_ns, &at, &v); at++, n++)
		cr_expect_eq(v.rule, v.prefix.addr.b[1] == 9 ? 16 : 0,
		    "the one refused");
	cr_expect_eq(n, 4);
}

/* Without -N: what is pending, and why. */
Test(observe, plan_of_one_that_does)
{
	struct plan_view v;

	b.n->conf.observe = false;
	bench_state(&b, 0, 1, "10.7.0.11");
	cr_assert(find_plan(CHANGE_MOVE, 1, &v));
	cr_expect_neq(v.reason, REASON_OBSERVE_ONLY);
	cr_expect_neq(v.reason, REASON_NONE);
	bench_give(&b, 1, "10.7.0.11", true);
	bench_snapshot(&b);
	cr_expect_not(find_plan(CHANGE_MOVE, 1, &v));
	/* Its link is dead: back to the router. */
	bench_works(&b, 1, true, true);
	bench_peer(&b, 1)->proof = PROOF_DEAD;
	b.now_ns += 16 * SECOND_NS;
	bench_works(&b, 0, true, true);
	cr_assert(find_plan(CHANGE_BACK, 1, &v));
	cr_expect(key_eq(&v.other, &b.peers[0].m.key));
	/* A position from before the device shrank. */
	for (size_t at = 0; at < 5000000; at += 4099) {
		size_t from = at;

		node_plan(b.n, b.now_ns, &from, &v);
	}
}
