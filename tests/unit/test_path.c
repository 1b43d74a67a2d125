/* Whether the direct path to a peer works: how that is asked, what the byte
 * counters tell, what it says itself, and when it may be used. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/world.h"

static struct bench b;
static struct peer *p;

static void
setup(void)
{
	bench_init(&b);
	bench_works(&b, 1, true, true);
	p = bench_peer(&b, 1);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(path, .init = setup, .fini = teardown);

Test(path, wire_bytes)
{
	static const struct {
		size_t payload;
		uint64_t bytes;
	} rows[] = {{0, 80}, {1, 96}, {16, 96}, {17, 112}, {1212, 1296}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_eq(path_wire_bytes(rows[i].payload), rows[i].bytes,
		    "%zu: %zu", rows[i].payload,
		    (size_t)path_wire_bytes(rows[i].payload));
}

/* Each thing alone that keeps a path from use. */
Test(path, up)
{
	struct peer was;

	cr_expect_not(path_up(b.n, p, b.now_ns), "not proven yet");
	path_acked(b.n, p, b.now_ns);
	cr_expect(path_up(b.n, p, b.now_ns));
	was = *p;
	p->collided = true;
	cr_expect_not(path_up(b.n, p, b.now_ns), "collided");
	*p = was;
	p->endpoint.addr.family = 0;
	cr_expect_not(path_up(b.n, p, b.now_ns), "no endpoint");
	*p = was;
	p->handshake_ns = p->heard_ns = b.now_ns - HANDSHAKE_VALID_NS;
	cr_expect_not(path_up(b.n, p, b.now_ns), "no valid handshake");
	p->heard_ns++;
	cr_expect(path_up(b.n, p, b.now_ns), "heard, just in time");
	*p = was;
	p->proof = PROOF_DEAD;
	cr_expect_not(path_up(b.n, p, b.now_ns), "dead");
	p->proof = PROOF_TESTING;
	cr_expect(path_up(b.n, p, b.now_ns), "a doubt is no death");
	*p = was;
	p->hold_until_ns = b.now_ns + 1;
	cr_expect_not(path_up(b.n, p, b.now_ns), "held after a flap");
	p->hold_until_ns = b.now_ns;
	cr_expect(path_up(b.n, p, b.now_ns));
	*p = was;
	p->alive_until_ns = b.now_ns;
	cr_expect_not(path_up(b.n, p, b.now_ns), "not alive");
	*p = was;
	memcpy(p->they_boot, p->boot_id, FACT_LINK_BOOT_LEN);
	p->they_down_ns = b.now_ns + 1;
	cr_expect_not(path_up(b.n, p, b.now_ns), "it says that it is down");
	p->they_down_ns = b.now_ns;
	cr_expect(path_up(b.n, p, b.now_ns), "it said so for a time");
	*p = was;
	p->caps = 0;
	p->proof_ns = NONE_NS;
	cr_expect(path_up(b.n, p, b.now_ns), "the others prove nothing");
	*p = was;
}

Test(path, up_of_a_basic_peer)
{
	struct conf_peer c = {.basic = true};

	p->has_boot_id = false;
	p->alive_until_ns = NONE_NS;
	cr_expect_not(path_up(b.n, p, b.now_ns));
	p->conf = &c;
	cr_expect(path_up(b.n, p, b.now_ns), "its handshake is enough");
	p->handshake_ns = p->heard_ns = NONE_NS;
	cr_expect_not(path_up(b.n, p, b.now_ns));
	p->conf = NULL;
}

/* Lets the timers run until a ping is due; after how many ms that was. */
static int64_t
next_ping(void)
{
	int64_t start_ns = b.now_ns;

	p->ping_now = false;
	while (!p->ping_now && p->proof == PROOF_TESTING &&
	    b.now_ns - start_ns < 100 * SECOND_NS) {
		path_timers(b.n, b.now_ns);
		if (!p->ping_now && p->proof == PROOF_TESTING)
			b.now_ns += 10 * MSEC_NS;
	}
	return (b.now_ns - start_ns) / MSEC_NS;
}

Test(path, doubt_death_and_what_follows)
{
	static const struct {
		int64_t dead_s, pause_ms;
	} pauses[] = {{0, 250}, {29, 250}, {31, 500}, {119, 500}, {121, 5000},
	    {599, 5000}, {601, 30000}};
	int64_t total_ms = 0;

	path_acked(b.n, p, b.now_ns);
	p->srtt_ns = 20 * MSEC_NS;
	p->rttvar_ns = MSEC_NS;
	path_doubt(b.n, p, b.now_ns);
	cr_expect_eq(p->proof, PROOF_TESTING);
	for (int i = 0; i < 8; i++)
		total_ms += next_ping();
	cr_expect_eq(p->proof, PROOF_TESTING);
	total_ms += next_ping();
	cr_expect_eq(p->proof, PROOF_DEAD);
	cr_expect_eq(total_ms, 800, "%lld ms", (long long)total_ms);
	cr_expect_eq(p->hold_until_ns, b.now_ns, "the first time: no hold");
	cr_expect_leq(b.n->plan_at_ns, b.now_ns);
	cr_expect_eq(p->try_until_ns, 0, "candidates may be tried at once");
	/* And on, in the hope that it heals. */
	cr_expect_eq(p->ping_at_ns, b.now_ns + 250 * MSEC_NS);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(*pauses); i++) {
		b.now_ns = p->ping_at_ns;
		p->died_ns = b.now_ns - pauses[i].dead_s * SECOND_NS;
		p->ping_now = false;
		path_timers(b.n, b.now_ns);
		cr_expect(p->ping_now);
		cr_expect_eq(p->ping_at_ns,
		    b.now_ns + pauses[i].pause_ms * MSEC_NS, "%zu", i);
	}
	path_doubt(b.n, p, b.now_ns);
	cr_expect_eq(p->proof, PROOF_DEAD, "no doubt of what is dead");
	path_acked(b.n, p, b.now_ns);
	cr_expect_eq(p->proof, PROOF_OK);
	cr_expect_eq(p->ping_at_ns, INT64_MAX);
}

Test(path, an_answer_ends_the_doubt)
{
	path_doubt(b.n, p, b.now_ns);
	next_ping();
	next_ping();
	path_acked(b.n, p, b.now_ns);
	cr_expect_eq(p->proof, PROOF_OK);
	cr_expect_eq(p->proof_ns, b.now_ns);
	for (int i = 0; i < 1000; i++) {
		b.now_ns += 10 * MSEC_NS;
		path_timers(b.n, b.now_ns);
	}
	cr_expect_eq(p->proof, PROOF_OK);
	path_doubt(b.n, p, b.now_ns);
	cr_expect_eq(p->pings, 0, "counted from the start");
}

static void
kill_path(void)
{
	path_doubt(b.n, p, b.now_ns);
	while (p->proof == PROOF_TESTING) {
		b.now_ns = p->ping_at_ns;
		path_timers(b.n, b.now_ns);
	}
}

Test(path, one_that_flaps_is_held)
{
	static const int64_t hold_s[] = {0, 5, 10, 20, 40, 80, 160, 300, 300};

	for (size_t i = 0; i < sizeof(hold_s) / sizeof(*hold_s); i++) {
		path_acked(b.n, p, b.now_ns);
		kill_path();
		cr_expect_eq(p->hold_until_ns - b.now_ns, hold_s[i] * SECOND_NS,
		    "%zu: %lld", i,
		    (long long)((p->hold_until_ns - b.now_ns) / SECOND_NS));
		p->alive_until_ns = b.now_ns + 1000 * SECOND_NS;
		p->heard_ns = b.now_ns;
		b.now_ns += 10 * SECOND_NS;
		path_acked(b.n, p, b.now_ns);
		cr_expect_eq(
		    path_up(b.n, p, b.now_ns), hold_s[i] <= 10, "%zu", i);
	}
	cr_expect_eq(p->ping_at_ns, b.now_ns, "the routers are asked");
	b.n->plan_at_ns = INT64_MAX;
	b.now_ns = p->hold_until_ns;
	p->heard_ns = b.now_ns;
	path_timers(b.n, b.now_ns);
	cr_expect_leq(b.n->plan_at_ns, b.now_ns, "the hold is over");
	cr_expect(path_up(b.n, p, b.now_ns));
	/* Ten quiet minutes, and it starts anew. */
	b.now_ns = p->died_ns + 600 * SECOND_NS;
	kill_path();
	cr_expect_eq(p->hold_until_ns, b.now_ns);
}

Test(path, silence_of_an_idle_peer_is_asked_about)
{
	path_acked(b.n, p, b.now_ns);
	p->heard_ns = b.now_ns;
	b.now_ns += SILENT_NS;
	path_timers(b.n, b.now_ns);
	cr_expect_eq(p->proof, PROOF_OK);
	cr_expect_eq(path_deadline(b.n, b.now_ns), b.now_ns + MSEC_NS);
	b.now_ns += MSEC_NS;
	path_timers(b.n, b.now_ns);
	cr_expect_eq(p->proof, PROOF_TESTING);
}

Test(path, alive_expires)
{
	bench_events(&b, EV_PEER_SILENT);
	cr_expect_leq(path_deadline(b.n, b.now_ns), p->alive_until_ns);
	b.now_ns = p->alive_until_ns - 1;
	path_timers(b.n, b.now_ns);
	cr_expect_eq(bench_events(&b, EV_PEER_SILENT), 0);
	b.now_ns++;
	path_timers(b.n, b.now_ns);
	path_timers(b.n, b.now_ns);
	cr_expect_eq(bench_events(&b, EV_PEER_SILENT), 1, "once");
	cr_expect(b.n->local_dirty);
}

/* One snapshot a second in which tx grew by so much, of it own by us. */
static void
second(uint64_t tx, uint64_t own, uint64_t rx)
{
	b.n->device_ns = b.now_ns;
	b.now_ns += SECOND_NS;
	p->own_tx_bytes = own;
	path_counters(b.n, p, b.now_ns, p->tx_bytes + tx, p->rx_bytes + rx);
}

Test(path, counters_of_a_peer_that_can_be_asked)
{
	path_acked(b.n, p, b.now_ns);
	second(128, 0, 0);
	second(128, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "too little to tell");
	second(128, 0, 0);
	cr_expect_eq(p->proof, PROOF_TESTING, "384 bytes in 3 s, no answer");
}

Test(path, counters_that_raise_no_doubt)
{
	path_acked(b.n, p, b.now_ns);
	for (int i = 0; i < 100; i++)
		second(1000, 1000, 0);
	cr_expect_eq(p->proof, PROOF_OK, "what we send ourselves");
	for (int i = 0; i < 100; i++)
		second(100000, 0, 32);
	cr_expect_eq(p->proof, PROOF_OK, "something comes back");
	second(200, 0, 0);
	second(200, 0, 32);
	second(200, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "counted from the last answer");
	for (int i = 0; i < 100; i++)
		second(0, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "nobody sends");
	/* The counters start anew when the interface does. */
	path_counters(b.n, p, b.now_ns, 0, 0);
	cr_expect_eq(p->tx_bytes, 0);
	cr_expect_eq(p->proof, PROOF_OK);
	p->router = true;
	for (int i = 0; i < 100; i++)
		second(100000, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "there is no other way to a router");
	p->router = false;
	p->handshake_ns = NONE_NS;
	second(100000, 0, 0);
	second(100000, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "no session that could be dead");
}

Test(path, what_came_without_a_pause_and_stops_is_asked_about)
{
	path_acked(b.n, p, b.now_ns);
	second(0, 0, 1000);
	second(0, 0, 1000);
	second(0, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "two seconds are no stream");
	for (int i = 0; i < 3; i++)
		second(0, 0, 1000);
	second(0, 0, 32);
	cr_expect_eq(p->proof, PROOF_OK, "a keepalive is a word");
	second(0, 0, 0);
	cr_expect_eq(p->proof, PROOF_TESTING);
	path_acked(b.n, p, b.now_ns);
	second(0, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "once");
}

/* The first snapshot of traffic covers all the time that it was idle for. */
Test(path, what_came_while_it_was_not_looked_and_stops_is_asked_about)
{
	path_acked(b.n, p, b.now_ns);
	second(0, 0, 2049);
	second(0, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "in a second, that is no stream");
	b.n->device_ns = b.now_ns;
	b.now_ns += DEVICE_IDLE_NS;
	path_counters(b.n, p, b.now_ns, p->tx_bytes, p->rx_bytes + 2048);
	second(0, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "no more than a word of netd");
	b.n->device_ns = b.now_ns;
	b.now_ns += 3 * DEVICE_ACTIVE_NS;
	path_counters(b.n, p, b.now_ns, p->tx_bytes, p->rx_bytes + 2049);
	second(0, 0, 0);
	cr_expect_eq(p->proof, PROOF_OK, "no longer than two were apart");
	b.n->device_ns = b.now_ns;
	b.now_ns += 3 * DEVICE_ACTIVE_NS + 1;
	path_counters(b.n, p, b.now_ns, p->tx_bytes, p->rx_bytes + 2049);
	second(0, 0, 0);
	cr_expect_eq(p->proof, PROOF_TESTING);
}

static void
tell_addr(const char *s, bool up)
{
	struct m_addr a = {.ifindex = 2, .up = up, .len = 24};

	addr_parse(s, &a.addr);
	node_addrs_begin(b.n);
	node_addrs_add(b.n, &a);
	node_addrs_end(b.n, b.now_ns);
}

Test(path, all_are_asked_when_our_address_changes)
{
	tell_addr("198.51.100.7", true);
	path_acked(b.n, p, b.now_ns);
	tell_addr("198.51.100.7", true);
	cr_expect_eq(p->proof, PROOF_OK, "the same");
	tell_addr("198.51.100.7", false);
	cr_expect_eq(p->proof, PROOF_OK, "none to answer from");
	tell_addr("203.0.113.7", true);
	cr_expect_eq(p->proof, PROOF_TESTING);
	cr_expect_leq(p->ping_at_ns, b.now_ns);
	p->proof = PROOF_DEAD;
	p->ping_at_ns = b.now_ns + 30 * SECOND_NS;
	tell_addr("198.51.100.7", true);
	cr_expect_leq(p->ping_at_ns, b.now_ns, "a dead path, too");
}

Test(path, counters_of_a_peer_that_can_not_be_asked)
{
	p->caps = 0;
	for (int i = 0; i < 12; i++)
		second(1000, 0, 0);
	cr_expect_neq(p->proof, PROOF_DEAD, "not within 12 s");
	second(1000, 0, 0);
	cr_expect_eq(p->proof, PROOF_DEAD);
	second(0, 0, 32);
	cr_expect_eq(p->proof, PROOF_NONE, "it answers");
	/* WireGuard's own keepalive answers within 10 s. */
	for (int i = 0; i < 50; i++)
		second(1000, 0, i % 10 == 9 ? 32 : 0);
	cr_expect_neq(p->proof, PROOF_DEAD);
}

Test(path, traffic_asks_for_snapshots_sooner)
{
	b.n->device_active = false;
	second(256, 0, 0);
	cr_expect_not(b.n->device_active);
	second(257, 0, 0);
	cr_expect(b.n->device_active);
	b.n->device_active = false;
	second(5000, 5000, 0);
	cr_expect_not(b.n->device_active, "our own");
	second(0, 0, 257);
	cr_expect(b.n->device_active);
}

Test(path, a_word_from_the_dead)
{
	kill_path();
	b.now_ns += 100 * MSEC_NS;
	p->flights = 0;
	path_heard(b.n, p, b.now_ns);
	cr_expect_eq(p->proof, PROOF_DEAD, "one direction proves nothing");
	cr_expect_eq(p->ping_at_ns, b.now_ns, "but it is asked at once");
	p->caps = 0;
	path_heard(b.n, p, b.now_ns);
	cr_expect_eq(p->proof, PROOF_NONE, "more can't be asked of it");
}

static const struct {
	const char *what;
	uint8_t boot; /* 1 is its present one */
	uint64_t seq;
	bool down;
	bool after; /* is it down then? */
} says[] = {
    {"up, as thought", 1, 5, false, false},
    {"down", 1, 6, true, true},
    {"an older one", 1, 5, false, true},
    {"the same again", 1, 6, true, true},
    {"up", 1, 7, false, false},
    {"down by an older boot id", 9, 100, true, false},
    {"up by it", 9, 101, false, false},
    {"an older one still", 1, 6, true, false},
    {"down at last", 1, 8, true, true},
};

Test(path, they_say)
{
	p->boot_id[0] = 1;
	for (size_t i = 0; i < sizeof(says) / sizeof(*says); i++) {
		const uint8_t boot[FACT_LINK_BOOT_LEN] = {says[i].boot};

		path_they_say(b.n, p, b.now_ns, boot, says[i].seq,
		    says[i].down ? FACT_LINK_DOWN : FACT_LINK_READY, 255);
		cr_expect_eq(path_they_down(p, b.now_ns), says[i].after, "%s",
		    says[i].what);
	}
	cr_expect_not(path_they_down(p, b.now_ns + 255 * SECOND_NS));
}

Test(path, they_say_for_a_fact_ttl_at_most)
{
	const uint8_t boot[FACT_LINK_BOOT_LEN] = {0};

	path_they_say(b.n, p, b.now_ns, boot, 1, FACT_LINK_DOWN, 65535);
	cr_expect(path_they_down(p, b.now_ns + 254 * SECOND_NS));
	cr_expect_not(path_they_down(p, b.now_ns + 255 * SECOND_NS));
	path_they_say(b.n, p, b.now_ns, boot, 2, FACT_LINK_DOWN, 10);
	cr_expect_not(path_they_down(p, b.now_ns + 10 * SECOND_NS));
}

/* Ahead of the Alive that tells its new boot id: kept until that comes. */
Test(path, they_say_with_a_boot_id_to_come)
{
	const uint8_t next[FACT_LINK_BOOT_LEN] = {2};

	p->boot_id[0] = 1;
	path_they_say(b.n, p, b.now_ns, next, 1, FACT_LINK_DOWN, 255);
	cr_expect(!path_they_down(p, b.now_ns));
	p->boot_id[0] = 2;
	cr_expect(path_they_down(p, b.now_ns));
}

/* Where ids are in order, what a later boot says is no rumour: its Alive may
 * have no way here. */
Test(path, they_say_with_a_later_boot_id)
{
	static const struct {
		const char *what;
		uint8_t boot;
		uint64_t seq;
		bool down, after;
	} rows[] = {
	    {"up now", 5, 9, false, false},
	    {"down in a later boot", 6, 1, true, true},
	    {"up in the present one, long ago", 5, 10, false, true},
	    {"up in an earlier one", 4, 99, false, true},
	    {"up in a later one still", 7, 1, false, false},
	    {"down in the one between", 6, 2, true, false},
	    {"down", 7, 2, true, true},
	};

	static const uint8_t up[2][FACT_LINK_BOOT_LEN] = {
	    {[BOOT_ID_ORDER_LEN - 1] = 7}, {[BOOT_ID_ORDER_LEN - 1] = 8}};

	path_acked(b.n, p, b.now_ns);
	p->caps |= CAP_ORDER;
	p->boot_id[BOOT_ID_ORDER_LEN - 1] = 5;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const uint8_t boot[FACT_LINK_BOOT_LEN] = {
		    [BOOT_ID_ORDER_LEN - 1] = rows[i].boot};

		path_they_say(b.n, p, b.now_ns, boot, rows[i].seq,
		    rows[i].down ? FACT_LINK_DOWN : FACT_LINK_READY, 255);
		cr_expect_eq(path_they_down(p, b.now_ns), rows[i].after, "%s",
		    rows[i].what);
		cr_expect_eq(p->proof, i == 0 ? PROOF_OK : PROOF_TESTING);
	}
	path_they_say(b.n, p, b.now_ns, up[0], 3, FACT_LINK_READY, 255);
	path_acked(b.n, p, b.now_ns);
	path_they_say(b.n, p, b.now_ns, up[0], 4, FACT_LINK_READY, 255);
	cr_expect_eq(p->proof, PROOF_OK);
	path_they_say(b.n, p, b.now_ns, up[1], 1, FACT_LINK_READY, 255);
	cr_expect_eq(p->proof, PROOF_TESTING, "is there a way for it?");
}

/* By a router that invents one, or before the host lost count. */
Test(path, a_boot_id_that_never_comes_is_forgotten)
{
	const uint8_t invented[FACT_LINK_BOOT_LEN] = {0xff};
	const uint8_t digest[FACT_DIGEST_LEN] = {DIGEST_ASK};
	uint8_t id[BOOT_ID_LEN];

	path_acked(b.n, p, b.now_ns);
	boot_id_make((uint8_t[BOOT_ID_LEN]){1}, CAP_ACK | CAP_ORDER, id);
	bench_says(&b, 1, ATTR_ALIVE, &p->key, FACT_TTL_S, id, sizeof(id));
	path_they_say(b.n, p, b.now_ns, invented, 1, FACT_LINK_DOWN, 255);
	b.now_ns += 5 * SECOND_NS - 1;
	bench_says(&b, 1, ATTR_ALIVE, &p->key, FACT_TTL_S, id, sizeof(id));
	path_they_say(b.n, p, b.now_ns, id, 1, FACT_LINK_READY, 255);
	cr_expect(path_they_down(p, b.now_ns), "it may have waited for long");
	b.now_ns++;
	bench_says(&b, 1, ATTR_ALIVE, &p->key, FACT_TTL_S, id, sizeof(id));
	cr_expect_not(path_they_down(p, b.now_ns));
	path_they_say(b.n, p, b.now_ns, id, 1, FACT_LINK_DOWN, 255);
	cr_expect(path_they_down(p, b.now_ns));
	b.now_ns += 5 * SECOND_NS;
	bench_says(&b, 1, ATTR_ALIVE, &p->key, FACT_TTL_S, id, sizeof(id));
	cr_expect(path_they_down(p, b.now_ns), "its own word stays");

	/* Of who says digests there may be no Alive for long. */
	p->caps |= CAP_DIGEST;
	path_they_say(b.n, p, b.now_ns, invented, 1, FACT_LINK_READY, 255);
	b.now_ns += 5 * SECOND_NS;
	bench_says(&b, 1, ATTR_DIGEST, &p->key, 0, digest, sizeof(digest));
	path_they_say(b.n, p, b.now_ns, id, 2, FACT_LINK_DOWN, 255);
	cr_expect_not(path_they_down(p, b.now_ns), "it promises nothing");
	bench_says(&b, 1, ATTR_DIGEST, &p->key, 60, digest, sizeof(digest));
	path_they_say(b.n, p, b.now_ns, id, 2, FACT_LINK_DOWN, 255);
	cr_expect(path_they_down(p, b.now_ns));
}

Test(path, routers_state_nothing_and_are_told_nothing)
{
	const uint8_t boot[FACT_LINK_BOOT_LEN] = {0};

	p->router = true;
	path_they_say(b.n, p, b.now_ns, boot, 1, FACT_LINK_DOWN, 255);
	cr_expect_not(path_they_down(p, b.now_ns));
	p->router = false;
	b.n->router = true;
	path_they_say(b.n, p, b.now_ns, boot, 1, FACT_LINK_DOWN, 255);
	cr_expect_not(path_they_down(p, b.now_ns));
	kill_path();
	cr_expect_eq(p->said, FACT_LINK_READY);
}

Test(path, what_we_conclude_is_said)
{
	path_acked(b.n, p, b.now_ns);
	cr_expect_eq(p->said_seq, 0, "nothing, as long as it was never down");
	kill_path();
	cr_expect_eq(p->said, FACT_LINK_DOWN);
	cr_expect_gt(p->said_seq, 0);
	cr_expect(b.n->local_dirty);
	b.now_ns += SECOND_NS;
	path_acked(b.n, p, b.now_ns);
	cr_expect_eq(p->said, FACT_LINK_READY);
	cr_expect_eq(p->said_seq, (uint64_t)b.now_ns, "a greater number");
}

/*
 * Two leaves in the ideal network.
 */
static struct world w;

Test(path_world, acknowledgements_prove_it_and_loss_repeats)
{
	uint64_t resent;
	struct peer *q;

	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	world_run(&w, 10 * SECOND_NS);
	q = peer_find(w.nodes[1].node, &w.nodes[2].key);
	cr_assert_not_null(q);
	cr_expect_eq(q->proof, PROOF_OK);
	cr_expect_geq(q->srtt_ns, 2 * MSEC_NS);
	cr_expect_eq(q->flights, 0);
	cr_expect(q->alive_confirmed);
	cr_expect_eq(w.nodes[1].node->resent, 0, "nothing is lost here");
	/* All that goes from the router to 1 for a moment is lost. */
	w.cut[0][1] = true;
	node_suspended(w.nodes[0].node, w.now_ns);
	world_run(&w, SECOND_NS);
	resent = w.nodes[0].node->resent;
	cr_expect_gt(resent, 0);
	w.cut[0][1] = false;
	world_run(&w, 5 * SECOND_NS);
	q = peer_find(w.nodes[0].node, &w.nodes[1].key);
	cr_expect_eq(q->flights, 0);
	cr_expect_eq(q->timeouts, 0);
	resent = w.nodes[0].node->resent;
	world_run(&w, 20 * SECOND_NS);
	cr_expect_eq(w.nodes[0].node->resent, resent, "and all is told");
	world_free(&w);
}

/* Only one direction is cut: both sides leave the path, as a packet from a
 * peer is dropped where its prefix is on another link. */
Test(path_world, one_way_death_is_told_to_the_other)
{
	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	world_run(&w, 10 * SECOND_NS);
	cr_assert(world_direct(&w, 1, 2) && world_direct(&w, 2, 1));
	w.cut[1][2] = true;
	for (int i = 0; i < 2000; i++) {
		world_run(&w, 10 * MSEC_NS);
		world_packet(&w, 1, 2);
	}
	cr_expect_not(world_direct(&w, 1, 2));
	cr_expect_not(world_direct(&w, 2, 1));
	cr_expect(world_packet(&w, 1, 2), "over the router");
	w.cut[1][2] = false;
	world_run(&w, 30 * SECOND_NS);
	cr_expect(world_direct(&w, 1, 2) && world_direct(&w, 2, 1));
	world_free(&w);
}

/* A NAT on its side may have forgotten us: it is told over the router, while
 * the path is still in use. */
Test(path, a_doubt_is_said)
{
	path_acked(b.n, p, b.now_ns);
	path_doubt(b.n, p, b.now_ns);
	for (int i = 0; i < 2; i++) {
		path_timers(b.n, b.now_ns);
		cr_expect_eq(p->said, FACT_LINK_READY, "ping %d", i);
		b.now_ns = p->ping_at_ns;
	}
	path_timers(b.n, b.now_ns);
	cr_expect_eq(p->said, FACT_LINK_DOUBT);
	cr_expect(b.n->local_dirty);
	path_acked(b.n, p, b.now_ns);
	cr_expect_eq(p->said, FACT_LINK_READY);
}

Test(path, its_doubt_is_answered_with_a_ping)
{
	const uint8_t boot[FACT_LINK_BOOT_LEN] = {0};

	path_acked(b.n, p, b.now_ns);
	path_they_say(b.n, p, b.now_ns, boot, 7, FACT_LINK_DOUBT, 255);
	cr_expect_not(path_they_down(p, b.now_ns));
	path_timers(b.n, b.now_ns);
	cr_expect(p->ping_now);
	path_acked(b.n, p, b.now_ns);
	p->ping_now = false;
	path_they_say(b.n, p, b.now_ns, boot, 7, FACT_LINK_DOUBT, 255);
	path_timers(b.n, b.now_ns);
	cr_expect_not(p->ping_now, "once for each doubt");
}

/* A peer that slept, was removed and is back: the router may still tell it
 * what we said last. */
Test(path, what_was_said_before_a_removal_is_taken_back)
{
	struct key key = p->key;
	struct peer *again;

	path_acked(b.n, p, b.now_ns);
	path_doubt(b.n, p, b.now_ns);
	while (p->proof == PROOF_TESTING) {
		path_timers(b.n, b.now_ns);
		b.now_ns += 10 * MSEC_NS;
	}
	cr_expect_eq(p->said, FACT_LINK_DOWN);
	peer_drop(b.n, p);
	again = peer_add(b.n, &key);
	again->has_boot_id = true;
	again->caps = CAP_ACK;
	cr_expect_eq(again->said_seq, 0, "nothing is said before it is so");
	path_acked(b.n, again, b.now_ns);
	cr_expect_eq(again->said, FACT_LINK_READY);
	cr_expect_eq(again->said_seq, (uint64_t)b.now_ns);
	peer_drop(b.n, again);
	again = peer_add(b.n, &key);
	again->has_boot_id = true;
	again->caps = CAP_ACK;
	path_acked(b.n, again, b.now_ns);
	cr_expect_eq(again->said_seq, 0, "there is nothing to take back");
}

Test(path, the_hold_after_a_flap_ends_without_a_router)
{
	struct peer *r = bench_peer(&b, 0);

	bench_works(&b, 0, true, true);
	path_acked(b.n, p, b.now_ns);
	p->hold_until_ns = b.now_ns + 100 * SECOND_NS;
	path_timers(b.n, b.now_ns);
	cr_expect_not(path_up(b.n, p, b.now_ns));
	r->proof = PROOF_DEAD;
	path_timers(b.n, b.now_ns);
	cr_expect(path_up(b.n, p, b.now_ns));
	cr_expect_eq(p->said, FACT_LINK_READY);
}

/* What an earlier run had as direct, and nobody has answered since: whoever
 * runs there is told, over the router, that it is direct no more. */
Test(path, one_that_was_never_heard_is_told_that_it_was_left)
{
	const struct conf_peer basic = {.basic = true};
	uint8_t id[BOOT_ID_LEN] = {1};
	struct peer *q = bench_peer(&b, 2);

	bench_works(&b, 2, false, false);
	q->said = FACT_LINK_DOWN; /* as it is of all that a run begins with */
	path_state(b.n, q, b.now_ns);
	cr_expect_eq(q->said_seq, 0, "there is nothing to say yet");
	q->conf = &basic;
	path_left(b.n, q, b.now_ns);
	cr_expect_eq(q->said_seq, 0, "who can't hear it");
	q->conf = NULL;
	q->broke_ns = NONE_NS;
	path_left(b.n, q, b.now_ns);
	cr_expect_eq(q->said, FACT_LINK_DOWN);
	cr_expect_eq(q->said_seq, (uint64_t)b.now_ns);
	q->has_boot_id = true;
	q->caps = CAP_ACK;
	path_state(b.n, q, b.now_ns);
	cr_expect_eq(q->said, FACT_LINK_DOWN, "heard: that is one direction");
	path_acked(b.n, q, b.now_ns);
	cr_expect_eq(q->said, FACT_LINK_READY);

	/* Of the other implementation no more is asked than a word. */
	q = bench_peer(&b, 3);
	bench_works(&b, 3, false, false);
	path_left(b.n, q, b.now_ns);
	cr_expect_eq(q->said, FACT_LINK_DOWN);
	bench_says(&b, 3, ATTR_ALIVE, &q->key, FACT_TTL_S, id, sizeof(id));
	cr_expect_eq(q->said, FACT_LINK_READY);
}

static size_t
links_stated(void)
{
	uint32_t i = 0;
	size_t count = 0;
	const struct dbfact *d;

	gossip_local(b.n, b.now_ns);
	while ((d = factdb_next(&b.n->db, &i)) != NULL)
		count += d->attr == ATTR_LINK && d->local;
	return count;
}

/* The earlier run may have left its path a moment before it ended. */
Test(path, whom_nobody_hears_after_a_start_is_told_as_well)
{
	struct peer *q = bench_peer(&b, 2), *direct = bench_peer(&b, 3);

	bench_give(&b, 3, "10.7.0.3/32", true);
	b.now_ns += 15 * SECOND_NS - 1;
	bench_works(&b, 1, true, true);
	bench_works(&b, 3, false, false);
	bench_works(&b, 2, false, false);
	p->said = q->said = direct->said = FACT_LINK_DOWN;
	path_timers(b.n, b.now_ns++);
	cr_expect_eq(links_stated(), 0);
	path_timers(b.n, b.now_ns);
	cr_expect_eq(links_stated(), 1);
	cr_expect_neq(q->said_seq, 0);
	cr_expect_eq(p->said_seq, 0, "heard");
	cr_expect_eq(direct->said_seq, 0, "its prefixes are where they were");
	b.now_ns += 254 * SECOND_NS;
	cr_expect_eq(links_stated(), 1);
	b.now_ns += SECOND_NS;
	cr_expect_eq(links_stated(), 0, "it has found out itself");
}

/* With another boot id than the earlier run had said it with. */
Test(path, what_an_earlier_run_said_is_said_anew)
{
	p->said = FACT_LINK_DOWN;
	path_doubt(b.n, p, b.now_ns);
	for (int i = 0; i < 400 && p->proof == PROOF_TESTING; i++) {
		path_timers(b.n, b.now_ns);
		b.now_ns += 10 * MSEC_NS;
	}
	cr_expect_eq(p->proof, PROOF_DEAD);
	cr_expect_neq(p->said_seq, 0);
}

/* Each prefix has a router of its own: that another one works is no help to
 * what this one carries no more. */
Test(path, the_hold_ends_without_the_router_that_counts)
{
	struct m_prefix withdrawn[] = {{.prefix = bench_prefix("fd07::1/128")},
	    {.prefix = bench_prefix("10.7.0.1/32")},
	    {.prefix = bench_prefix("192.0.2.1/32")}};
	struct peer *r;

	bench_give(&b, 2, "fd07::/64", false);
	bench_works(&b, 0, true, true);
	bench_works(&b, 2, true, true);
	r = bench_peer(&b, 2);
	p->withdrawn = withdrawn;
	p->nwithdrawn = 3; /* the last one is no router's concern */
	path_acked(b.n, p, b.now_ns);
	p->died_ns = b.now_ns;
	p->hold_until_ns = b.now_ns + 100 * SECOND_NS;
	path_timers(b.n, b.now_ns);
	cr_expect_not(path_up(b.n, p, b.now_ns));
	r->proof = PROOF_DEAD;
	path_timers(b.n, b.now_ns);
	cr_expect_not(path_up(b.n, p, b.now_ns), "the rest would flap");
	p->nwithdrawn = 1;
	path_timers(b.n, b.now_ns);
	cr_expect(path_up(b.n, p, b.now_ns), "there is no rest");
	p->nwithdrawn = 3;
	p->hold_until_ns = b.now_ns + 100 * SECOND_NS;
	b.now_ns += 5 * SECOND_NS - 1;
	path_timers(b.n, b.now_ns);
	cr_expect_not(path_up(b.n, p, b.now_ns));
	path_timers(b.n, ++b.now_ns);
	cr_expect(path_up(b.n, p, b.now_ns));
	r->proof = PROOF_TESTING;
	r->pings = 8;
	p->hold_until_ns = b.now_ns + 100 * SECOND_NS;
	path_timers(b.n, b.now_ns);
	cr_expect(path_up(b.n, p, b.now_ns));
	r->proof = PROOF_OK;
	p->hold_until_ns = b.now_ns + 100 * SECOND_NS;
	path_timers(b.n, b.now_ns);
	cr_expect_not(path_up(b.n, p, b.now_ns));
	p->withdrawn = NULL;
	p->nwithdrawn = 0;
}

/* The bound on the routers that a held path asks about. */
Test(path, sixteen_routers_are_looked_at)
{
	struct m_prefix withdrawn = {.prefix = bench_prefix("fd07::1/128")};
	struct peer *r;

	bench_works(&b, 0, true, true);
	p->withdrawn = &withdrawn;
	p->nwithdrawn = 1;
	path_acked(b.n, p, b.now_ns);
	for (uint8_t i = 1; i <= 16; i++) {
		const struct key key = bench_key((uint8_t)(50 + i));

		r = peer_add(b.n, &key);
		r->router = true;
		if (i < 15)
			continue;
		/* Both are dead: the sixteenth counts, and is the first that
		 * has the prefix. */
		free(r->prefixes);
		r->prefixes = calloc(1, sizeof(*r->prefixes));
		cr_assert_not_null(r->prefixes);
		r->prefixes[0].prefix = bench_prefix("fd07::/64");
		r->nprefixes = 1;
		p->hold_until_ns = b.now_ns + 100 * SECOND_NS;
		path_timers(b.n, b.now_ns);
		cr_expect_eq(path_up(b.n, p, b.now_ns), i == 15);
		r->nprefixes = 0;
	}
	p->withdrawn = NULL;
	p->nwithdrawn = 0;
}

/* Long before it is found that the router is gone, and not mute alone. */
Test(path, while_it_is_held_the_router_is_asked)
{
	struct peer *r = bench_peer(&b, 0);

	bench_works(&b, 0, true, true);
	path_acked(b.n, r, b.now_ns);
	p->hold_until_ns = b.now_ns + 100 * SECOND_NS;
	path_acked(b.n, p, b.now_ns);
	b.now_ns += 5 * SECOND_NS - 1;
	path_timers(b.n, b.now_ns);
	path_acked(b.n, p, b.now_ns);
	path_timers(b.n, b.now_ns);
	cr_expect_eq(r->proof, PROOF_OK, "it was just heard");
	path_acked(b.n, p, ++b.now_ns);
	path_timers(b.n, b.now_ns);
	cr_expect_eq(r->proof, PROOF_TESTING);
	r->digests = true;
	r->heard_ns = b.now_ns - SILENT_NS;
	for (int i = 0; i < 80; i++) {
		b.now_ns += SECOND_NS / 20;
		p->heard_ns = b.now_ns;
		path_timers(b.n, b.now_ns);
	}
	cr_expect_eq(r->proof, PROOF_TESTING);
	cr_expect(path_up(b.n, p, b.now_ns));
	cr_expect_eq(p->said, FACT_LINK_READY);
}

/* What an earlier run has said last is not known. */
Test(path, of_those_found_at_the_start_it_is_said)
{
	const struct key first = bench_key(50), later = bench_key(51);

	b.n->have_device = false;
	cr_expect_eq(peer_add(b.n, &first)->said, FACT_LINK_DOWN);
	b.n->have_device = true;
	cr_expect_eq(peer_add(b.n, &later)->said, FACT_LINK_READY);
}

/* As many are remembered, and one more drives out the first. */
Test(path, removals_that_are_remembered)
{
	for (uint8_t i = 0; i <= MAX_LEFT_DOWN; i++) {
		const struct key key = bench_key((uint8_t)(60 + i));
		struct peer *gone = peer_add(b.n, &key);

		cr_expect_eq(gone->said, FACT_LINK_READY);
		gone->said = FACT_LINK_DOWN;
		peer_drop(b.n, gone);
	}
	for (uint8_t i = 0; i <= MAX_LEFT_DOWN; i++) {
		const struct key key = bench_key((uint8_t)(60 + i));

		cr_expect_eq(peer_add(b.n, &key)->said,
		    i == 0 ? FACT_LINK_READY : FACT_LINK_DOWN, "%u", i);
	}
}
