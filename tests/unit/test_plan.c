/* What is asked of privd: each condition for giving and for taking, alone. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/twins.h"
#include "tests/unit/bench.h"

static struct bench b;
static struct action act;

static void
setup(void)
{
	bench_init(&b);
	bench_works(&b, 0, true, true);
	path_acked(b.n, bench_peer(&b, 0), b.now_ns);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(plan, .init = setup, .fini = teardown);

/* The next request that is made now, if any. */
static bool
ask(void)
{
	b.n->plan_at_ns = b.now_ns;
	return plan_next(b.n, b.now_ns, &act);
}

static void
answer(int error, uint16_t rule, uint16_t index)
{
	const struct m_result r = {
	    .error = error, .rule = rule, .index = index};

	node_result(b.n, b.now_ns, act.token, &r);
}

static void
expect_set(size_t i, const char *add, const char *del)
{
	struct prefix want;

	cr_assert(ask(), "nothing is asked");
	cr_assert_eq(act.kind, ACT_PEER_SET);
	cr_expect_neq(act.token, 0);
	cr_expect(key_eq(&act.set.key, &b.peers[i].m.key));
	cr_expect_not(act.set.may_add);
	cr_expect_eq(act.set.keepalive_s, KEEPALIVE_KEEP);
	cr_assert_eq(act.set.nadd, add != NULL ? 1 : 0);
	cr_assert_eq(act.set.ndel, del != NULL ? 1 : 0);
	if (add != NULL) {
		want = bench_prefix(add);
		cr_expect(prefix_eq(&act.set.add[0], &want), "%s", add);
	}
	if (del != NULL) {
		want = bench_prefix(del);
		cr_expect(prefix_eq(&act.set.del[0], &want), "%s", del);
	}
}

/* Peer 1 is proven, and the router states that address of it. */
static void
good_path(void)
{
	bench_works(&b, 1, true, true);
	path_acked(b.n, bench_peer(&b, 1), b.now_ns);
	bench_state(&b, 0, 1, "10.7.0.11");
}

Test(plan, nothing_to_do)
{
	cr_expect_not(ask());
	bench_works(&b, 1, true, true);
	path_acked(b.n, bench_peer(&b, 1), b.now_ns);
	cr_expect_not(ask());
	cr_expect_not(b.n->planning);
}

Test(plan, the_auto_address)
{
	char text[ADDR_STRLEN];

	b.peers[2].nprefixes = 0;
	bench_snapshot(&b);
	addr_format(&bench_peer(&b, 2)->auto_addr, text);
	expect_set(2, text, NULL);
	cr_expect_not(ask(), "one request a peer");
	answer(0, 0, RESULT_NO_INDEX);
	cr_expect_not(ask(), "not before the snapshot shows what it did");
	b.now_ns += SECOND_NS;
	expect_set(2, text, NULL);
}

Test(plan, without_link_or_snapshot)
{
	good_path();
	b.n->have_device = false;
	cr_expect_not(ask());
	b.n->have_device = true;
	b.n->up = false;
	cr_expect_not(ask());
	b.n->up = true;
	cr_expect(ask());
}

Test(plan, a_peer_that_collides)
{
	struct peer *p = bench_peer(&b, 1);

	good_path();
	p->collided = true;
	cr_expect_not(ask(), "is given nothing");
	p->collided = false;
	expect_set(1, "10.7.0.11", NULL);
}

Test(plan, of_two_with_one_auto_address_the_first_keeps_it)
{
	b.peers[1].m.key = twins[0];
	b.peers[2].m.key = twins[1];
	bench_snapshot(&b);
	cr_expect_not(bench_peer(&b, 1)->collided);
	cr_expect(bench_peer(&b, 2)->collided);
	cr_expect_eq(bench_events(&b, EV_COLLISION), 1);
	bench_snapshot(&b);
	cr_expect(bench_peer(&b, 2)->collided);
	/* Until the first has gone. */
	b.peers[1] = b.peers[3];
	b.npeers = 3;
	bench_snapshot(&b);
	cr_expect_not(bench_peer(&b, 2)->collided);
}

Test(plan, one_with_our_own_auto_address)
{
	struct m_link link = b.n->link;

	link.key = twins[0];
	link.auto_addr = key_auto_addr(&link.key);
	node_link_up(b.n, b.now_ns, &link);
	b.peers[1].m.key = twins[1];
	bench_snapshot(&b);
	cr_expect(bench_peer(&b, 1)->collided);
	bench_snapshot(&b);
	cr_expect(bench_peer(&b, 1)->collided,
	    "there is nobody whose going could help");
}

Test(plan, prefixes_are_given_on_a_path_that_works)
{
	good_path();
	bench_peer(&b, 1)->proof_ns = NONE_NS;
	cr_expect_not(ask(), "not proven");
	path_acked(b.n, bench_peer(&b, 1), b.now_ns);
	expect_set(1, "10.7.0.11", NULL);
	answer(0, 0, RESULT_NO_INDEX);
	bench_give(&b, 1, "10.7.0.11", true);
	b.now_ns += SECOND_NS;
	bench_snapshot(&b);
	cr_expect_not(ask());
}

Test(plan, prefixes_that_are_not_asked_for)
{
	good_path();
	bench_give(&b, 1, "10.7.0.0/28", false);
	bench_snapshot(&b);
	cr_expect_not(ask(), "it holds a larger one");
	b.peers[1].nprefixes--;
	bench_give(&b, 2, "10.7.0.11", false);
	bench_snapshot(&b);
	cr_expect_not(ask(), "another holds it");
	b.peers[2].nprefixes--;
	bench_snapshot(&b);
	bench_state(&b, 0, 2, "10.7.0.12");
	bench_state(&b, 0, 1, "10.7.0.11");
	expect_set(1, "10.7.0.11", NULL);
	cr_expect_not(ask(), "and none of another subject");
}

Test(plan, the_same_prefix_from_two_sources_is_asked_once)
{
	good_path();
	bench_state(&b, 0, 1, "10.7.0.11");
	bench_state(&b, 2, 1, "10.7.0.11");
	expect_set(1, "10.7.0.11", NULL);
}

Test(plan, many_prefixes)
{
	struct peer *p;
	char text[PREFIX_STRLEN];

	good_path();
	p = bench_peer(&b, 1);
	for (int i = 0; i < SET_MAX_PREFIXES - 1; i++) {
		snprintf(text, sizeof(text), "10.7.1.%d", i);
		bench_state(&b, 0, 1, text);
	}
	cr_assert(ask());
	cr_expect_eq(act.set.nadd, SET_MAX_PREFIXES);
	cr_expect_eq(p->op_nadd, SET_MAX_PREFIXES);
}

Test(plan, an_endpoint_goes_alone)
{
	const uint8_t value[6] = {198, 51, 100, 1, 1, 1};
	struct fact f = {.attr = ATTR_ENDPOINT_V4,
	    .ttl_s = 200,
	    .subject = b.peers[1].m.key,
	    .value = value,
	    .len = sizeof(value)};
	uint32_t index;

	bench_state(&b, 0, 1, "10.7.0.11");
	factdb_put(&b.n->db, b.now_ns, &f, bench_peer(&b, 0)->slot, &index);
	bench_events(&b, EV_TRY);
	expect_set(1, NULL, NULL);
	cr_expect_eq(act.set.endpoint.port, 0x101);
	cr_expect_eq(bench_events(&b, EV_TRY), 1);
	cr_expect_eq(b.n->tries, 1, "counted");
	bench_peer(&b, 1)->ping_now = false;
	answer(0, 0, RESULT_NO_INDEX);
	cr_expect(bench_peer(&b, 1)->ping_now, "a word over it at once");
	cr_expect(bench_peer(&b, 1)->op_endpoint);
}

Test(plan, a_refused_prefix_waits_a_minute)
{
	struct peer *p;

	good_path();
	bench_state(&b, 0, 1, "10.7.0.99");
	p = bench_peer(&b, 1);
	cr_assert(ask());
	cr_assert_eq(act.set.nadd, 2);
	bench_events(&b, EV_REFUSED);
	answer(EPERM, 7, 1);
	cr_expect_eq(p->nrefused, 1);
	cr_expect_eq(b.n->ops_refused, 1);
	cr_expect_eq(b.n->events[b.n->event_first].result.rule, 7);
	cr_expect(
	    prefix_eq(&b.n->events[b.n->event_first].prefix, &p->refused[0]));
	cr_expect_eq(bench_events(&b, EV_REFUSED), 1);
	/* The other goes at once, by itself. */
	cr_assert(ask());
	cr_assert_eq(act.set.nadd, 1);
	cr_expect_not(prefix_eq(&act.set.add[0], &p->refused[0]));
	answer(0, 0, RESULT_NO_INDEX);
	bench_give(&b, 1,
	    p->refused[0].addr.b[3] == 99 ? "10.7.0.11" : "10.7.0.99", true);
	for (int s = 0; s < 60; s++) {
		b.now_ns += SECOND_NS;
		p->alive_until_ns = b.now_ns + 100 * SECOND_NS;
		p->heard_ns = b.now_ns;
		bench_snapshot(&b);
		cr_expect_not(ask(), "after %d s", s + 1);
	}
	b.now_ns += SECOND_NS;
	p->heard_ns = b.now_ns;
	bench_snapshot(&b);
	cr_assert(ask());
	cr_expect(prefix_eq(&act.set.add[0], &p->refused[0]));
	/* Refused again: the count starts anew. */
	answer(EPERM, 7, 0);
	cr_expect_eq(p->nrefused, 1);
	cr_expect_not(ask());
}

Test(plan, more_refusals_than_are_remembered)
{
	struct peer *p;
	char text[16] = "10.7.0.20";

	good_path();
	p = bench_peer(&b, 1);
	for (int digit = 0; digit <= 9; digit++) {
		text[8] = (char)('0' + digit);
		bench_state(&b, 0, 1, text);
	}
	for (int i = 0; i < MAX_REFUSED; i++) {
		cr_assert(ask());
		cr_expect_eq(act.set.nadd, (size_t)(11 - i));
		answer(EPERM, 7, 0);
	}
	cr_assert(ask());
	answer(EPERM, 7, 0);
	cr_expect_eq(p->nrefused, MAX_REFUSED);
	b.now_ns += 59 * SECOND_NS;
	p->heard_ns = b.now_ns;
	cr_expect_not(ask(), "the whole peer waits");
}

Test(plan, other_failures_are_tried_again_in_a_second)
{
	struct peer *p;

	good_path();
	p = bench_peer(&b, 1);
	cr_assert(ask());
	answer(EBUSY, 0, RESULT_NO_INDEX);
	cr_expect_eq(p->nrefused, 0);
	cr_expect_eq(bench_events(&b, EV_REFUSED), 0);
	cr_expect_not(ask());
	b.now_ns += SECOND_NS - 1;
	cr_expect_not(ask());
	b.now_ns++;
	expect_set(1, "10.7.0.11", NULL);
	/* A refusal of the whole, not of one prefix. */
	answer(EPERM, 3, RESULT_NO_INDEX);
	cr_expect_eq(bench_events(&b, EV_REFUSED), 1);
	cr_expect_eq(p->nrefused, 0);
	cr_expect_not(ask());
	b.now_ns += SECOND_NS;
	cr_expect(ask());
}

Test(plan, answers_to_no_question)
{
	struct peer *p;
	uint32_t token;

	good_path();
	p = bench_peer(&b, 1);
	cr_assert(ask());
	token = act.token;
	act.token = token + 1000;
	answer(0, 0, 0);
	cr_expect_eq(p->op_token, token, "another's");
	act.token = token;
	answer(0, 0, 0);
	answer(EPERM, 5, 0);
	cr_expect_eq(b.n->ops_refused, 0, "answered once");
}

/*
 * Taking back. Each row changes one thing of a link that is dead and whose
 * prefix we gave; the router's covers it.
 */
static void
dead_path(bool ours)
{
	good_path();
	bench_give(&b, 1, "10.7.0.11", ours);
	b.now_ns += 60 * SECOND_NS;
	bench_works(&b, 0, true, true);
	bench_works(&b, 1, true, true);
	path_acked(b.n, bench_peer(&b, 0), b.now_ns);
	bench_peer(&b, 1)->proof = PROOF_DEAD;
	bench_peer(&b, 1)->try_until_ns = INT64_MAX;
	bench_events(&b, EV_DIRECT);
}

Test(plan, what_we_gave_goes_back_to_the_router)
{
	dead_path(true);
	expect_set(1, NULL, "10.7.0.11");
	answer(0, 0, RESULT_NO_INDEX);
	b.peers[1].nprefixes--;
	b.now_ns += SECOND_NS;
	bench_snapshot(&b);
	cr_expect_eq(bench_events(&b, EV_FALLBACK), 1);
	cr_expect_not(ask(), "and that is all");
	/* It heals, though the router has gone and nobody states it. */
	cr_expect_eq(bench_peer(&b, 1)->nwithdrawn, 1);
	b.npeers = 4;
	factdb_forget_peer(&b.n->db, bench_peer(&b, 0)->slot);
	path_acked(b.n, bench_peer(&b, 1), b.now_ns);
	expect_set(1, "10.7.0.11", NULL);
	answer(0, 0, RESULT_NO_INDEX);
	bench_give(&b, 1, "10.7.0.11", true);
	b.now_ns += SECOND_NS;
	bench_snapshot(&b);
	cr_expect_eq(bench_peer(&b, 1)->nwithdrawn, 0);
	cr_expect_eq(bench_events(&b, EV_DIRECT), 1);
}

Test(plan, what_the_administrator_gave_goes_after_a_fact_ttl)
{
	struct peer *p;

	dead_path(false);
	p = bench_peer(&b, 1);
	b.n->started_ns = b.now_ns - FACT_TTL_S * SECOND_NS;
	cr_expect_not(ask());
	b.n->started_ns--;
	expect_set(1, NULL, "10.7.0.11");
	answer(0, 0, RESULT_NO_INDEX);
	cr_expect_eq(p->nwithdrawn, 1);
	cr_expect_not(p->withdrawn[0].ours, "to be given back in any case");
}

static void
healthy(void)
{
	bench_peer(&b, 1)->proof = PROOF_OK;
}

static void
doubted(void)
{
	bench_peer(&b, 1)->proof = PROOF_TESTING;
}

static void
held(void)
{
	healthy();
	bench_peer(&b, 1)->hold_until_ns = b.now_ns + SECOND_NS;
}

static void
says_down(void)
{
	struct peer *p = bench_peer(&b, 1);

	healthy();
	memcpy(p->they_boot, p->boot_id, FACT_LINK_BOOT_LEN);
	p->they_down_ns = b.now_ns + SECOND_NS;
}

static void
silent(void)
{
	healthy();
	bench_peer(&b, 1)->alive_until_ns = NONE_NS;
}

static void
silent_at_start(void)
{
	silent();
	b.n->started_ns = b.now_ns - GRACE_NS + 1;
}

static void
no_handshake(void)
{
	healthy();
	bench_peer(&b, 1)->handshake_ns = NONE_NS;
	bench_peer(&b, 1)->heard_ns = NONE_NS;
}

static void
no_handshake_at_start(void)
{
	no_handshake();
	b.n->started_ns = b.now_ns;
}

static void
never_proven(void)
{
	bench_peer(&b, 1)->proof = PROOF_NONE;
	bench_peer(&b, 1)->proof_ns = NONE_NS;
}

static void
router_dead(void)
{
	bench_peer(&b, 0)->proof = PROOF_DEAD;
}

static void
router_silent(void)
{
	bench_peer(&b, 0)->heard_ns = b.now_ns - SILENT_NS - 1;
}

static void
router_unhealthy(void)
{
	bench_peer(&b, 0)->endpoint.addr.family = 0;
}

static void
router_elsewhere(void)
{
	b.peers[0].prefixes[1].prefix = bench_prefix("10.9.0.0/16");
	bench_snapshot(&b);
}

static void
router_by_what_we_gave(void)
{
	bench_peer(&b, 0)->prefixes[1].ours = true;
}

static void
we_are_router(void)
{
	b.n->router = true;
}

static void
it_is_router(void)
{
	bench_peer(&b, 1)->router = true;
}

static void
refused_lately(void)
{
	struct peer *p = bench_peer(&b, 1);

	p->refused[0] = bench_prefix("10.7.0.11");
	p->nrefused = 1;
	p->refused_ns = b.now_ns - REFUSED_NS;
}

static void
refused_long_ago(void)
{
	refused_lately();
	bench_peer(&b, 1)->refused_ns--;
}

static const struct {
	const char *what;
	void (*change)(void);
	bool taken;
} withdrawals[] = {
    {"it works", healthy, false},
    {"it is in doubt", doubted, false},
    {"it is held after a flap", held, true},
    {"it says that the path is down", says_down, true},
    {"it is not alive", silent, true},
    {"the same, just started", silent_at_start, false},
    {"it has no handshake", no_handshake, true},
    {"the same, just started", no_handshake_at_start, false},
    {"it was never proven", never_proven, false},
    {"the router is dead too", router_dead, false},
    {"the router is silent", router_silent, false},
    {"the router has no endpoint", router_unhealthy, false},
    {"the router has other prefixes", router_elsewhere, false},
    {"the router has that by us alone", router_by_what_we_gave, false},
    {"we are a router", we_are_router, false},
    {"it is a router", it_is_router, false},
    {"it was refused", refused_lately, false},
    {"it was refused a minute ago", refused_long_ago, true},
};

Test(plan, conditions_of_taking_back)
{
	size_t n = sizeof(withdrawals) / sizeof(*withdrawals);

	for (size_t i = 0; i < n; i++) {
		if (i > 0) {
			teardown();
			setup();
		}
		dead_path(true);
		withdrawals[i].change();
		cr_expect_eq(
		    ask() && act.kind == ACT_PEER_SET && act.set.ndel > 0,
		    withdrawals[i].taken, "%s", withdrawals[i].what);
	}
}

Test(plan, the_auto_address_is_never_taken)
{
	dead_path(true);
	bench_give(&b, 0, "fe80::/10", false);
	bench_snapshot(&b);
	expect_set(1, NULL, "10.7.0.11");
}

/*
 * What nobody states any more, on a link that works.
 */
static void
unstated(bool ours)
{
	bench_works(&b, 1, true, true);
	bench_give(&b, 1, "10.7.0.11", ours);
	b.now_ns += 1000 * SECOND_NS;
	bench_works(&b, 0, true, true);
	bench_works(&b, 1, true, true);
	path_acked(b.n, bench_peer(&b, 0), b.now_ns);
	path_acked(b.n, bench_peer(&b, 1), b.now_ns);
	bench_peer(&b, 0)->steady_since_ns = b.now_ns - SETTLED_NS - 1;
}

Test(plan, what_nobody_states_is_taken)
{
	unstated(true);
	expect_set(1, NULL, "10.7.0.11");
	answer(0, 0, RESULT_NO_INDEX);
	cr_expect_eq(bench_peer(&b, 1)->nwithdrawn, 0, "not to be given back");
}

static void
now_stated(void)
{
	bench_state(&b, 0, 1, "10.7.0.11");
}

static void
stated_of_another(void)
{
	bench_state(&b, 0, 2, "10.7.0.11");
}

static void
not_steady(void)
{
	bench_peer(&b, 0)->steady_since_ns++;
}

static void
just_started(void)
{
	b.n->started_ns = b.now_ns - SETTLED_NS + 1;
}

static void
router_gap(void)
{
	bench_peer(&b, 0)->heard_ns = b.now_ns - SILENT_NS;
}

static const struct {
	const char *what;
	void (*change)(void);
	bool taken;
} revocations[] = {
    {"stated", now_stated, false},
    {"stated of another", stated_of_another, true},
    {"its router has not been heard long enough", not_steady, false},
    {"its router is silent", router_gap, false},
    {"we have just started", just_started, false},
    {"refused", refused_lately, false},
};

Test(plan, conditions_of_revoking)
{
	size_t n = sizeof(revocations) / sizeof(*revocations);

	for (size_t i = 0; i < n; i++) {
		if (i > 0) {
			teardown();
			setup();
		}
		unstated(true);
		revocations[i].change();
		cr_expect_eq(
		    ask() && act.kind == ACT_PEER_SET && act.set.ndel > 0,
		    revocations[i].taken, "%s", revocations[i].what);
	}
}

Test(plan, the_administrators_is_not_revoked)
{
	unstated(false);
	cr_expect_not(ask());
}

/*
 * Members.
 */
static struct key stranger;

static void
introduce(size_t by)
{
	const uint8_t value[5] = {10, 7, 0, 50, 32};
	struct fact f = {.attr = ATTR_ALLOWED_V4,
	    .ttl_s = 200,
	    .value = value,
	    .len = sizeof(value)};
	uint32_t index;

	stranger = bench_key(60);
	f.subject = stranger;
	factdb_put(&b.n->db, b.now_ns, &f, bench_peer(&b, by)->slot, &index);
}

Test(plan, a_router_introduces)
{
	struct addr own;

	introduce(0);
	own = key_auto_addr(&stranger);
	cr_assert(ask());
	cr_expect_eq(act.kind, ACT_PEER_SET);
	cr_expect(act.set.may_add);
	cr_expect(key_eq(&act.set.key, &stranger));
	cr_assert_eq(act.set.nadd, 1, "its auto address and nothing else");
	cr_expect(addr_eq(&act.set.add[0].addr, &own));
	cr_expect_not(ask(), "asked once");
	bench_events(&b, EV_PEER_ADDED);
	answer(0, 0, RESULT_NO_INDEX);
	cr_expect_eq(bench_events(&b, EV_PEER_ADDED), 1);
}

Test(plan, a_refused_introduction_waits_a_minute)
{
	introduce(0);
	cr_assert(ask());
	answer(EPERM, 9, RESULT_NO_INDEX);
	cr_expect_eq(bench_events(&b, EV_REFUSED), 1);
	b.now_ns += 60 * SECOND_NS - 1;
	cr_expect_not(ask());
	b.now_ns++;
	cr_assert(ask());
	answer(EBUSY, 0, RESULT_NO_INDEX);
	b.now_ns += SECOND_NS - 1;
	cr_expect_not(ask());
	b.now_ns++;
	cr_expect(ask());
}

Test(plan, others_do_not_introduce)
{
	introduce(1);
	cr_expect_not(ask(), "a leaf");
	b.n->conf.membership = MEMBERSHIP_NONE;
	introduce(0);
	cr_expect_not(ask(), "not opted in");
	b.n->conf.membership = MEMBERSHIP_CONFIGURED;
	cr_expect_not(ask(), "a router by its prefixes alone");
	b.n->conf.membership = MEMBERSHIP_ROUTERS;
	cr_expect(ask());
}

/* Room for so many under way; further ones wait for theirs. */
Test(plan, introductions_are_bounded)
{
	size_t asked = 0;

	for (unsigned int i = 0; i < MAX_INTROS + 20; i++) {
		const uint8_t value[5] = {
		    10, 7, (uint8_t)(i >> 8), (uint8_t)i, 32};
		struct fact f = {.attr = ATTR_ALLOWED_V4,
		    .ttl_s = 200,
		    .subject = bench_key(60),
		    .value = value,
		    .len = sizeof(value)};
		uint32_t index;

		f.subject.b[1] = (uint8_t)i;
		f.subject.b[2] = (uint8_t)(i >> 8);
		factdb_put(
		    &b.n->db, b.now_ns, &f, bench_peer(&b, 0)->slot, &index);
	}
	while (ask())
		asked++;
	cr_expect_eq(asked, MAX_INTROS);
	cr_expect_eq(b.n->nintros, MAX_INTROS);
	answer(EPERM, 9, RESULT_NO_INDEX);
	cr_expect_not(ask(), "it may not come back before a minute is over");
	b.now_ns += 60 * SECOND_NS;
	cr_expect(ask());
	cr_expect_eq(b.n->nintros, MAX_INTROS);
}

Test(plan, an_introduced_peer_that_nobody_names_is_removed)
{
	b.peers[3].m.ours = true;
	unstated(true);
	bench_state(&b, 0, 1, "10.7.0.11");
	bench_snapshot(&b);
	cr_assert(ask());
	cr_expect_eq(act.kind, ACT_PEER_REMOVE);
	cr_expect(key_eq(&act.key, &b.peers[3].m.key));
	answer(0, 0, RESULT_NO_INDEX);
	cr_expect_eq(bench_events(&b, EV_PEER_REMOVED), 1);
}

static void
introduced_still_named(void)
{
	bench_state(&b, 0, 3, "10.7.0.13");
}

static void
introduced_named_by_a_leaf(void)
{
	bench_state(&b, 2, 3, "10.7.0.13");
}

static void
administrators(void)
{
	b.peers[3].m.ours = false;
	bench_snapshot(&b);
}

static const struct {
	const char *what;
	void (*change)(void);
	bool removed;
} removals[] = {
    {"named", introduced_still_named, false},
    {"named by one who may not", introduced_named_by_a_leaf, true},
    {"the administrator's", administrators, false},
    {"the source has not been heard long enough", not_steady, false},
    {"the source is silent", router_gap, false},
    {"we have just started", just_started, false},
};

Test(plan, conditions_of_removing)
{
	for (size_t i = 0; i < sizeof(removals) / sizeof(*removals); i++) {
		bool removed = false;

		if (i > 0) {
			teardown();
			setup();
		}
		b.peers[3].m.ours = true;
		unstated(true);
		bench_state(&b, 0, 1, "10.7.0.11");
		removals[i].change();
		while (ask() && !removed)
			removed = act.kind == ACT_PEER_REMOVE;
		cr_expect_eq(
		    removed, removals[i].removed, "%s", removals[i].what);
	}
}
