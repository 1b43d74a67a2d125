/* What a member may make a node do as often as it likes, and how often it
 * is done: tests/sim/hostile.c has the same with a network around it. */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/unit/bench.h"

static struct bench b;
static struct peer *p;

static void
setup(void)
{
	bench_init(&b);
	bench_works(&b, 1, true, true);
	p = bench_peer(&b, 1);
	path_acked(b.n, p, b.now_ns);
	bench_events(&b, EV_LINK_UP);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(bounds, .init = setup, .fini = teardown);

static void
says(enum attr attr, uint16_t ttl_s, const void *value, size_t len)
{
	bench_says(&b, 1, attr, &p->key, ttl_s, value, len);
}

static void
says_boot(uint8_t i)
{
	uint8_t random[BOOT_ID_LEN] = {i}, id[BOOT_ID_LEN];

	boot_id_make(random, CAP_ACK, id);
	says(ATTR_ALIVE, FACT_TTL_S, id, sizeof(id));
}

Test(bounds, new_boot_ids_count_three_at_once_and_then_every_two_seconds)
{
	p->boots_ns = NONE_NS;
	for (uint8_t i = 1; i < 200; i++) {
		says_boot(i);
		b.now_ns += 10 * MSEC_NS;
		if (i <= 3)
			cr_expect_eq(p->boot_id[0], i);
	}
	cr_expect_eq(p->boot_id[0], 3);
	b.now_ns += 20 * MSEC_NS;
	says_boot(200);
	cr_expect_eq(p->boot_id[0], 200);
	says_boot(201);
	cr_expect_eq(p->boot_id[0], 200);
}

/* What was said before the last boot id and comes in after it takes nothing
 * back, and is no new one of those that are let in at once. A host that counts
 * from zero again is believed after five seconds. */
Test(bounds, an_earlier_boot_id_is_late)
{
	uint8_t id[BOOT_ID_LEN], random[BOOT_ID_LEN] = {0, 0, 0, 0, 0, 9};

	p->boots_ns = NONE_NS;
	b.now_ns += 10 * SECOND_NS;
	boot_id_make(random, CAP_ACK | CAP_ORDER, id);
	says(ATTR_ALIVE, FACT_TTL_S, id, sizeof(id));
	cr_assert_eq(p->boot_id[5], 9);
	id[5] = 8;
	b.now_ns += 5 * SECOND_NS - 1;
	for (int i = 0; i < 10; i++)
		says(ATTR_ALIVE, FACT_TTL_S, id, sizeof(id));
	cr_expect_eq(p->boot_id[5], 9);
	b.now_ns++;
	says(ATTR_ALIVE, FACT_TTL_S, id, sizeof(id));
	cr_expect_eq(p->boot_id[5], 8);
	/* Only where both are in order; a later one always counts. */
	boot_id_make(random, CAP_ACK, id);
	id[5] = 1;
	says(ATTR_ALIVE, FACT_TTL_S, id, sizeof(id));
	cr_expect_eq(p->boot_id[5], 1);
	boot_id_make(random, CAP_ACK | CAP_ORDER, id);
	says(ATTR_ALIVE, FACT_TTL_S, id, sizeof(id));
	cr_expect_eq(p->boot_id[5], 9);
}

/* Each of ours is later than the one before, however soon it comes. */
Test(bounds, our_boot_ids_are_in_order)
{
	uint8_t last[BOOT_ID_LEN];

	for (int i = 0; i < 300; i++) {
		memcpy(last, b.n->boot_id, sizeof(last));
		node_new_boot_id(b.n, b.now_ns);
		cr_expect(boot_id_before(last, b.n->boot_id));
		cr_expect_not(boot_id_before(b.n->boot_id, last));
	}
}

Test(bounds, events_of_one_peer_are_told_at_a_rate)
{
	uint64_t before = b.n->events_held;
	size_t told = 0;

	for (int i = 0; i < 100; i++) {
		says(ATTR_ALIVE, 0, p->boot_id, BOOT_ID_LEN);
		b.now_ns += MSEC_NS;
		path_timers(b.n, b.now_ns);
		says(ATTR_ALIVE, 1, p->boot_id, BOOT_ID_LEN);
		told += b.n->nevents;
		bench_events(&b, EV_PEER_ALIVE);
	}
	cr_expect_eq(told, 16);
	cr_expect_eq(b.n->events_held - before, 184);
	b.now_ns += 10 * SECOND_NS;
	path_timers(b.n, b.now_ns);
	cr_assert_eq(b.n->nevents, 1);
	cr_expect_eq(b.n->events[b.n->event_first].code, EV_PEER_SILENT);
	cr_expect_eq(b.n->events[b.n->event_first].held, 184);
}

/* The host has just booted. */
Test(bounds, events_are_told_when_the_clock_has_only_just_begun)
{
	const struct key key = {{9}};
	struct peer *q = peer_add(b.n, &key);
	int told = 0;

	cr_assert_not_null(q);
	b.n->nevents = 0;
	for (int i = 0; i < 17; i++)
		told += peer_event(b.n, q, EV_PEER_ALIVE, 3 * SECOND_NS) !=
		    &b.n->unsaid;
	cr_expect_eq(told, 16);
	cr_expect_eq(q->events_held, 1);
}

Test(bounds, nonces_are_remembered)
{
	const uint8_t zero[NONCE_LEN] = {0};
	uint8_t nonce[NONCE_LEN] = {0};

	cr_expect_not(peer_nonce_seen(p, zero));
	peer_nonce_note(p, zero);
	for (uint8_t i = 1; i <= NONCES_REMEMBERED; i++) {
		cr_expect(peer_nonce_seen(p, zero), "after %u others", i - 1U);
		nonce[0] = i + 1;
		cr_expect_not(peer_nonce_seen(p, nonce));
		peer_nonce_note(p, nonce);
		cr_expect(peer_nonce_seen(p, nonce));
	}
	cr_expect_not(peer_nonce_seen(p, zero), "64, and not one more");
}

Test(bounds, who_leaves_the_path_again_and_again_is_held)
{
	static const int held_s[] = {0, 5, 10, 20, 40, 80, 160, 300, 300};

	for (size_t i = 0; i < sizeof(held_s) / sizeof(*held_s); i++) {
		path_left(b.n, p, b.now_ns);
		if (held_s[i] == 0) {
			cr_expect(p->hold_until_ns <= b.now_ns);
			continue;
		}
		cr_expect_eq(p->hold_until_ns - b.now_ns, held_s[i] * SECOND_NS,
		    "%zu", i);
		cr_expect_eq(p->said, FACT_LINK_DOWN, "and it is told");
		cr_expect_leq(p->ping_at_ns, p->hold_until_ns);
		path_left(b.n, p, b.now_ns); /* ours is the reason */
		b.now_ns = p->hold_until_ns;
		p->heard_ns = b.now_ns;
		path_timers(b.n, b.now_ns);
		cr_expect_eq(p->said, FACT_LINK_READY);
	}
	b.now_ns += 600 * SECOND_NS;
	p->heard_ns = b.now_ns;
	path_left(b.n, p, b.now_ns);
	cr_expect(p->hold_until_ns <= b.now_ns, "long ago");
}

/* Would it be told the only statement of a link now? */
static bool
is_told_link(const struct peer *to, int64_t *due_ns)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&b.n->db, &i)) != NULL)
		if (d->attr == ATTR_LINK)
			return knowledge_wants(b.n, to, d, b.now_ns, due_ns);
	cr_assert_fail("there is none");
	return false;
}

Test(bounds, statements_of_links_are_passed_on_at_a_rate)
{
	struct peer *other = bench_peer(&b, 2);
	uint8_t value[FACT_LINK_LEN] = {0};
	int64_t due_ns = INT64_MAX;
	size_t at_once = 0;

	b.n->router = true;
	memcpy(value + FACT_LINK_BOOT, p->boot_id, FACT_LINK_BOOT_LEN);
	memcpy(value + FACT_LINK_PEER, other->key.b, KEY_LEN);
	for (uint8_t i = 0; i < 200; i++) {
		value[7] = i;
		other->send_at_ns = INT64_MAX;
		says(ATTR_LINK, FACT_TTL_S, value, sizeof(value));
		at_once += other->send_at_ns == b.now_ns;
		cr_expect_leq(other->send_at_ns, b.now_ns + SECOND_NS);
	}
	cr_expect_eq(at_once, 128);
	/* Whatever else sends something to it meanwhile. */
	cr_expect_not(is_told_link(other, &due_ns));
	cr_expect_eq(due_ns, b.now_ns + SECOND_NS);
	b.now_ns = due_ns;
	cr_expect(is_told_link(other, &due_ns));
	value[7]++;
	says(ATTR_LINK, FACT_TTL_S, value, sizeof(value));
	cr_expect(is_told_link(other, &due_ns), "within the rate: at once");
	value[7]++;
	says(ATTR_LINK, FACT_TTL_S, value, sizeof(value));
	cr_expect_not(is_told_link(other, &due_ns));
}

/* A hub that is to carry everything. */
Test(bounds, a_full_tunnel_is_a_router)
{
	static const char *const all[] = {"0.0.0.0/0", "::/0"};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		b.peers[0].nprefixes = 0;
		bench_give(&b, 0, all[i], false);
		bench_snapshot(&b);
		cr_expect(bench_peer(&b, 0)->router, "%s", all[i]);
		cr_expect_not(b.n->router, "%s: and this node is none", all[i]);
	}
}

Test(bounds, what_we_gave_makes_no_router)
{
	bench_give(&b, 1, "10.7.3.0/24", true);
	bench_snapshot(&b);
	cr_expect_not(p->router);
	bench_give(&b, 1, "10.7.4.0/24", false);
	bench_snapshot(&b);
	cr_expect(p->router);
}

/* A host that wakes: what it had queued comes in after its new Alive. */
Test(bounds, a_later_statement_of_another_boot_shows_which_is_present)
{
	uint8_t value[FACT_LINK_LEN] = {0};

	says_boot(7);
	memcpy(value + FACT_LINK_BOOT, p->boot_id, FACT_LINK_BOOT_LEN);
	memcpy(value + FACT_LINK_PEER, b.n->link.key.b, KEY_LEN);
	value[7] = 100;
	value[FACT_LINK_LEN - 1] = FACT_LINK_DOWN;
	says(ATTR_LINK, FACT_TTL_S, value, sizeof(value));
	cr_assert(path_they_down(p, b.now_ns));
	value[FACT_LINK_BOOT] ^= 1;
	value[7] = 99;
	value[FACT_LINK_LEN - 1] = FACT_LINK_READY;
	says(ATTR_LINK, FACT_TTL_S, value, sizeof(value));
	cr_expect(path_they_down(p, b.now_ns), "an earlier one");
	value[7] = 101;
	says(ATTR_LINK, FACT_TTL_S, value, sizeof(value));
	cr_expect_not(path_they_down(p, b.now_ns));
	cr_expect_eq(p->boot_id[0], value[FACT_LINK_BOOT]);
}
