/* Digests: when one is said instead of the facts, what one that comes renews,
 * and that every doubt ends in saying all again. */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/unit/bench.h"
#include "tests/unit/world.h"

#define LATER_NS (SETTLED_NS + SECOND_NS) /* all from before has expired */

/* We are a leaf; peer 0 is its router, to which it tells everything and
 * which it believes, and understands digests. Peer 1 is another leaf. */
static struct bench b;
static struct peer *router;
static uint8_t nonce; /* of the last group to us */

/* What went out since the last time, to the router. */
static struct {
	size_t groups, facts, alives, digests;
	struct fact digest;
	uint8_t value[FACT_DIGEST_ANSWER_LEN];
	uint8_t nonce; /* of the group with it */
} out;

static void
read_body(const struct action *act, uint8_t sent)
{
	struct rbuf r;
	struct fact f;

	rbuf_init(&r, act->body, act->len);
	while (fact_next(&r, &f) == 1) {
		out.alives += f.attr == ATTR_ALIVE;
		out.facts += f.attr == ATTR_ENDPOINT_V4;
		if (f.attr != ATTR_DIGEST)
			continue;
		out.digests++;
		memcpy(out.value, f.value, f.len);
		out.digest = f;
		out.digest.value = out.value;
		out.nonce = sent;
	}
	out.groups++;
}

/* All that the core wants to send now is sent. */
static void
pump(void)
{
	static struct action act;
	static uint8_t sent = 100;

	memset(&out, 0, sizeof(out));
	while (node_next(b.n, b.now_ns, &act)) {
		uint8_t n[NONCE_LEN] = {++sent, 1};

		if (act.kind == ACT_DEVICE_GET)
			bench_snapshot(&b);
		if (act.kind != ACT_SEND)
			continue;
		if (key_eq(&act.key, &router->key))
			read_body(&act, sent);
		node_sent(b.n, b.now_ns, act.token, n);
	}
}

static void
hear(size_t i, const struct wbuf *w, const uint8_t *body)
{
	struct group g = {
	    .signer = b.peers[i].m.key, .body = body, .len = w->off};

	g.nonce[0] = ++nonce;
	g.nonce[1] = 2;
	cr_assert_not(w->bad);
	cr_assert_eq(node_accept(b.n, b.now_ns, &g, CRYPT_OK), DROP_NONE);
}

static void
says(size_t i, enum attr attr, uint16_t ttl_s, const void *value, size_t len)
{
	uint8_t body[BODY_MAX];
	struct wbuf w;
	struct fact f = {.attr = attr,
	    .subject = b.peers[i].m.key,
	    .ttl_s = ttl_s,
	    .value = value,
	    .len = len};

	wbuf_init(&w, body, sizeof(body));
	fact_put(&w, &f);
	hear(i, &w, body);
}

static void
says_alive(size_t i, uint64_t caps, uint8_t boot)
{
	uint8_t id[BOOT_ID_LEN] = {boot};

	boot_id_make(id, caps, id);
	says(i, ATTR_ALIVE, FACT_TTL_S, id, sizeof(id));
}

/* An endpoint of peer 1, as peer i states it. */
static uint64_t
states(size_t i, uint8_t v, uint16_t ttl_s)
{
	const uint8_t value[6] = {198, 51, 100, v, 1, 1};
	uint8_t body[BODY_MAX];
	struct wbuf w;
	struct fact f = {.attr = ATTR_ENDPOINT_V4,
	    .subject = b.peers[1].m.key,
	    .ttl_s = ttl_s,
	    .value = value,
	    .len = sizeof(value)};

	wbuf_init(&w, body, sizeof(body));
	fact_put(&w, &f);
	hear(i, &w, body);
	return fact_id(&f);
}

static void
digest(size_t i, uint8_t flags, uint16_t ttl_s, uint64_t sum, uint8_t answers)
{
	uint8_t value[FACT_DIGEST_ANSWER_LEN];
	struct wbuf w;

	wbuf_init(&w, value, sizeof(value));
	wbuf_u8(&w, flags);
	wbuf_u64(&w, sum);
	if ((flags & DIGEST_ANSWER) != 0) {
		const uint8_t n[ACK_NONCE_LEN] = {answers, 1};

		wbuf_bytes(&w, n, sizeof(n));
	}
	says(i, ATTR_DIGEST, ttl_s, value, w.off);
}

/* Everything under way to the router is acknowledged. */
static void
acknowledge(void)
{
	for (size_t i = 0; i < b.n->cap_flights; i++) {
		uint8_t value[1 + ACK_NONCE_LEN] = {1};
		const struct flight *fl = &b.n->flights[i];

		if (!fl->used || fl->peer != router->slot)
			continue;
		memcpy(value + 1, fl->nonce, ACK_NONCE_LEN);
		says(0, ATTR_ACK, 0, value, sizeof(value));
	}
}

static int64_t
left_s(uint64_t id, size_t source)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&b.n->db, &i)) != NULL) {
		int64_t until_ns =
		    factdb_stated(d, bench_peer(&b, source)->slot);

		if (d->id == id && until_ns != 0)
			return (until_ns - b.now_ns) / SECOND_NS;
	}
	return -1;
}

static void
addresses(size_t n)
{
	struct m_addr a = {
	    .ifindex = 2, .up = true, .ifname = "eth0", .len = 24};

	node_addrs_begin(b.n);
	for (size_t i = 0; i < n; i++) {
		const uint8_t v4[4] = {203, 0, 113, (uint8_t)(200 + i)};

		a.addr = addr_v4(v4);
		node_addrs_add(b.n, &a);
	}
	node_addrs_end(b.n, b.now_ns);
}

/* For so long, with the router heard from and answering now and then. */
static void
pass(int64_t ns)
{
	const int64_t end_ns = b.now_ns + ns;

	while (b.now_ns < end_ns) {
		b.now_ns += 10 * SECOND_NS;
		if (b.now_ns > end_ns)
			b.now_ns = end_ns;
		for (size_t i = 0; i < 2; i++)
			b.peers[i].m.handshake_ns = b.now_ns;
		bench_snapshot(&b);
		says(0, ATTR_PING, 0, NULL, 0);
		router->alive_until_ns = b.now_ns + FACT_TTL_S * SECOND_NS;
		pump();
		acknowledge();
	}
}

/* Until a digest goes out, or it is clear that none will. */
static bool
until_digest(void)
{
	for (int i = 0; i < 20; i++) {
		b.now_ns += 10 * SECOND_NS;
		for (size_t k = 0; k < 2; k++)
			b.peers[k].m.handshake_ns = b.now_ns;
		bench_snapshot(&b);
		pump();
		if (out.digests > 0)
			return true;
		router->alive_until_ns = b.now_ns + FACT_TTL_S * SECOND_NS;
		acknowledge();
	}
	return false;
}

static void
setup(void)
{
	nonce = 0;
	bench_init(&b);
	addresses(2);
	bench_works(&b, 0, true, true);
	bench_works(&b, 1, false, false);
	router = bench_peer(&b, 0);
	router->has_boot_id = false;
	says_alive(0, CAP_ACK | CAP_DIGEST, 1);
	pump();
	acknowledge();
	cr_assert(peer_digests(router));
	cr_assert_eq(router->proof, PROOF_OK);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(digest, .init = setup, .fini = teardown);

/* What it says about itself and about the leaf that it is in touch with. */
static uint64_t
own_sum(size_t *count)
{
	uint32_t i = 0;
	const struct dbfact *d;
	uint64_t sum = 0;

	*count = 0;
	while ((d = factdb_next(&b.n->db, &i)) != NULL) {
		if (!d->local || d->attr == ATTR_LINK ||
		    key_eq(&d->subject, &router->key))
			continue;
		sum += d->id;
		++*count;
	}
	return sum;
}

Test(digest, stands_for_all_that_was_told)
{
	size_t count;

	pass(LATER_NS);
	cr_assert(until_digest());
	cr_expect_eq(out.alives, 0);
	cr_expect_eq(out.facts, 0);
	cr_expect_eq(out.groups, 1);
	cr_expect_eq(out.value[0], DIGEST_ASK);
	cr_expect_eq(out.digest.ttl_s, FACT_TTL_S);
	for (size_t i = 0; i < 8; i++)
		cr_expect_eq(out.value[1 + i],
		    (uint8_t)(own_sum(&count) >> (56 - 8 * i)));
	cr_expect_geq(count, 3);
	cr_expect(router->quiet);
	/* And goes on to: only digests, if they are answered. */
	for (int i = 0; i < 10; i++) {
		digest(0, DIGEST_ANSWER, 0, 0, out.nonce);
		cr_assert(until_digest());
		cr_expect_eq(out.facts + out.alives, 0);
		cr_expect_eq(router->flights, 1);
	}
}

/* Taken off the device and back: it may have kept what it was told, and we
 * have forgotten what that was. */
Test(digest, is_not_said_before_all_from_before_has_expired)
{
	int64_t gone_ns;

	pass(60 * SECOND_NS);
	cr_assert(router->quiet, "from the start, that is");
	b.npeers = 0;
	bench_snapshot(&b);
	b.npeers = BENCH_PEERS;
	bench_snapshot(&b);
	gone_ns = b.now_ns;
	router = bench_peer(&b, 0);
	says_alive(0, CAP_ACK | CAP_DIGEST, 1);
	pump();
	acknowledge();
	while (b.now_ns < gone_ns + FACT_TTL_S * SECOND_NS) {
		pass(5 * SECOND_NS);
		cr_assert_not(digest_may_promise(b.n, router, b.now_ns));
		cr_assert(out.digests == 0 || out.digest.ttl_s == 0);
	}
	cr_expect(until_digest());
}

/* What was told before it was known that it acknowledges. */
Test(digest, is_not_said_while_what_was_told_at_first_may_be_held)
{
	int64_t told_ns;

	b.now_ns += 3 * SECOND_NS;
	says_alive(0, 0, 9); /* a node of the other implementation */
	addresses(3);
	pump();
	cr_assert_gt(out.facts, 0);
	told_ns = b.now_ns;
	b.now_ns += 3 * SECOND_NS;
	says_alive(0, CAP_ACK | CAP_DIGEST, 10);
	pump();
	acknowledge();
	addresses(2);
	while (b.now_ns < told_ns + FACT_TTL_S * SECOND_NS) {
		pass(5 * SECOND_NS);
		cr_assert_not(digest_may_promise(b.n, router, b.now_ns));
	}
	cr_expect(until_digest());
}

/* With another boot id, what it said is no longer known to be said. */
Test(digest, does_not_speak_of_what_an_earlier_run_said)
{
	uint64_t one = states(0, 1, 100), two;

	b.now_ns += 3 * SECOND_NS;
	says_alive(0, CAP_ACK | CAP_DIGEST, 77);
	pump();
	cr_expect_eq(out.facts, 4, "it is told that, too");
	two = states(0, 2, 100);
	digest(0, DIGEST_ASK, 250, two, 0);
	cr_expect_eq(b.n->doubts, 0);
	cr_expect_eq(left_s(two, 0), 250);
	cr_expect_eq(left_s(one, 0), -1, "not stated");
	b.now_ns += 98 * SECOND_NS;
	cr_expect_eq(states(0, 1, 100), one);
	cr_expect_eq(left_s(one, 0), 100, "stated again");
}

/* A node of the other implementation, and an older one of ours. */
Test(digest, is_said_to_nobody_who_does_not_know_it)
{
	size_t facts = 0;

	b.now_ns += 3 * SECOND_NS;
	says_alive(0, CAP_ACK, 3);
	pump();
	acknowledge();
	for (int i = 0; i < 60; i++) {
		pass(10 * SECOND_NS);
		cr_assert_eq(out.digests, 0);
		facts += out.facts;
	}
	cr_expect_gt(facts, 10, "repeated");
	cr_expect_not(router->quiet);
}

Test(digest, is_not_said_while_something_is_unconfirmed)
{
	pass(LATER_NS);
	cr_assert(until_digest());
	digest(0, DIGEST_ANSWER, 0, 0, out.nonce);
	addresses(3);
	b.now_ns = router->alive_at_ns;
	cr_expect_not(digest_may_promise(b.n, router, b.now_ns), "untold");
	pump();
	cr_expect_eq(out.digests, 0);
	cr_expect_gt(out.facts, 0);
	cr_expect_not(digest_may_promise(b.n, router, b.now_ns), "on its way");
	acknowledge();
	pump();
	acknowledge();
	cr_expect(digest_may_promise(b.n, router, b.now_ns));
}

/* The router may have it for a whole TTL, so long no digest is said. */
Test(digest, is_not_said_while_what_was_withdrawn_may_be_held)
{
	int64_t told_ns;

	pass(LATER_NS);
	cr_assert(until_digest());
	told_ns = b.now_ns; /* renewed with the rest */
	digest(0, DIGEST_ANSWER, 0, 0, out.nonce);
	pass(20 * SECOND_NS);
	addresses(1);
	while (b.now_ns < told_ns + FACT_TTL_S * SECOND_NS) {
		pass(5 * SECOND_NS);
		cr_assert_not(digest_may_promise(b.n, router, b.now_ns));
		cr_assert(out.digests == 0 || out.digest.ttl_s == 0);
	}
	cr_expect(until_digest());
}

/* Its acknowledgement was lost, so that it counts as untold, but the router
 * has it. */
Test(digest, is_not_said_while_what_was_withdrawn_unconfirmed_may_be_held)
{
	int64_t told_ns;

	pass(LATER_NS);
	cr_assert(until_digest());
	digest(0, DIGEST_ANSWER, 0, 0, out.nonce);
	addresses(3);
	pump();
	cr_assert_gt(out.facts, 0);
	told_ns = b.now_ns;
	b.now_ns += 2 * SECOND_NS;
	flight_timeouts(b.n, b.now_ns);
	cr_assert_eq(router->flights, 0);
	addresses(2);
	while (b.now_ns < told_ns + FACT_TTL_S * SECOND_NS) {
		pass(5 * SECOND_NS);
		cr_assert_not(digest_may_promise(b.n, router, b.now_ns));
	}
	cr_expect(until_digest());
}

/* What is relayed: never longer than it lasts here. */
Test(digest, promises_no_more_than_what_is_left)
{
	uint64_t sum;

	pass(LATER_NS);
	/* Peer 1 is believed about itself, and the router is told. */
	states(1, 9, 200);
	b.now_ns += 20 * MSEC_NS;
	pump();
	acknowledge();
	b.now_ns -= 20 * MSEC_NS;
	cr_expect_eq(knowledge_promise(b.n, router, b.now_ns, 1, &sum), 200);
	cr_expect_eq(knowledge_promise(b.n, router, b.now_ns, 201, &sum), 0);
	b.now_ns += 100 * SECOND_NS;
	cr_expect_eq(knowledge_promise(b.n, router, b.now_ns, 1, &sum), 100);
}

Test(digest, renews_what_its_sender_said)
{
	uint64_t sum = states(0, 1, FACT_TTL_S);
	uint64_t other = states(1, 7, FACT_TTL_S);

	sum += states(0, 2, FACT_TTL_S);
	b.now_ns += 200 * SECOND_NS;
	pump();
	digest(0, DIGEST_ASK, 250, sum, 0);
	cr_expect_eq(left_s(sum - states(0, 3, 0), 0), -1, "no such fact");
	cr_expect_eq(b.n->doubts, 0);
	cr_expect_eq(left_s(other, 1), 55, "not of another");
	pump();
	cr_assert_eq(out.digests, 1);
	cr_expect_eq(out.value[0], DIGEST_ANSWER);
	cr_expect_eq(out.value[FACT_DIGEST_LEN + 1], 2, "it names the nonce");
	cr_expect(router->digests);
	cr_expect(peer_is_alive(router, b.now_ns + 254 * SECOND_NS));
}

Test(digest, renews_for_a_fact_ttl_at_most)
{
	uint64_t one = states(0, 1, 20);

	digest(0, DIGEST_ASK, 65535, one, 0);
	cr_expect_eq(left_s(one, 0), FACT_TTL_S);
	digest(0, DIGEST_ASK, 30, one, 0);
	cr_expect_eq(left_s(one, 0), FACT_TTL_S, "and takes nothing away");
}

Test(digest, brings_nothing_back)
{
	uint64_t one = states(0, 1, 20);
	bool relied;

	b.now_ns += 20 * SECOND_NS;
	digest(0, DIGEST_ASK, 250, one, 0);
	factdb_expire(&b.n->db, b.now_ns, &relied);
	cr_expect_eq(left_s(one, 0), -1);
	cr_expect_eq(b.n->doubts, 1);
}

Test(digest, that_does_not_add_up_is_doubted)
{
	uint64_t one = states(0, 1, 100);

	digest(0, DIGEST_ASK, 250, one + 1, 0);
	cr_expect_eq(left_s(one, 0), 100);
	cr_expect_eq(b.n->doubts, 1);
	pump();
	cr_assert_eq(out.digests, 1);
	cr_expect_eq(out.value[0], DIGEST_ANSWER | DIGEST_DOUBT);
	/* In an answer: then we ask, and say so. */
	digest(0, DIGEST_ANSWER, 250, one + 1, 0);
	pump();
	cr_assert_eq(out.digests, 1);
	cr_expect_eq(out.value[0], DIGEST_ASK | DIGEST_DOUBT);
	digest(0, DIGEST_ANSWER, 0, 0, out.nonce);
	cr_expect_not(router->doubts, "it has heard");
}

Test(digest, that_is_doubted_is_said_in_full)
{
	pass(LATER_NS);
	cr_assert(until_digest());
	digest(0, DIGEST_ANSWER | DIGEST_DOUBT, 0, 0, out.nonce);
	cr_expect_not(router->quiet);
	pump();
	cr_expect_geq(out.facts, 3);
	acknowledge();
	cr_expect(until_digest(), "and then it is good again");
	/* But not as fast as it doubts. */
	digest(0, DIGEST_ANSWER | DIGEST_DOUBT, 0, 0, out.nonce);
	pump();
	cr_expect_geq(out.facts, 3);
	acknowledge();
	digest(0, DIGEST_ASK | DIGEST_DOUBT, 0, 0, 0);
	pump();
	cr_expect_eq(out.facts, 0);
}

Test(digest, that_nothing_answers_ends_in_all_said_again)
{
	pass(LATER_NS);
	cr_assert(until_digest());
	for (int i = 0; i < 2; i++) {
		b.now_ns += 2 * SECOND_NS;
		flight_timeouts(b.n, b.now_ns);
		pump();
		cr_expect_eq(out.digests, 1, "asked again");
		cr_expect_eq(out.facts, 0);
		cr_expect(router->quiet);
	}
	b.now_ns += 5 * SECOND_NS;
	flight_timeouts(b.n, b.now_ns);
	cr_expect_not(router->quiet);
	pump();
	cr_expect_geq(out.facts, 3);
}

/* Either of the two restarts. */
Test(digest, of_a_node_not_heard_before_says_nothing)
{
	uint64_t one = states(0, 1, 100);

	router->has_boot_id = false;
	digest(0, DIGEST_ASK, 250, one, 0);
	cr_expect_eq(left_s(one, 0), 100);
	pump();
	cr_expect_eq(out.digests, 0);
}

Test(digest, a_new_boot_id_is_told_all)
{
	pass(LATER_NS);
	cr_assert(until_digest());
	says_alive(0, CAP_ACK | CAP_DIGEST, 77);
	cr_expect_not(router->quiet);
	pump();
	cr_expect_geq(out.facts, 3);
	cr_expect_eq(out.alives, 1);
	cr_expect_eq(out.digests, 0);
}

Test(digest, in_anothers_name_is_nothing)
{
	uint64_t one = states(0, 1, 100);
	uint8_t body[BODY_MAX], value[FACT_DIGEST_LEN] = {DIGEST_ASK};
	struct wbuf w;
	struct fact f = {.attr = ATTR_DIGEST,
	    .subject = b.peers[1].m.key,
	    .ttl_s = 250,
	    .value = value,
	    .len = sizeof(value)};

	for (size_t i = 0; i < 8; i++)
		value[1 + i] = (uint8_t)(one >> (56 - 8 * i));
	wbuf_init(&w, body, sizeof(body));
	fact_put(&w, &f);
	hear(0, &w, body);
	cr_expect_eq(left_s(one, 0), 100);
}

/* What was refused, or had no room, is part of what was said. */
Test(digest, counts_what_was_left_out)
{
	uint64_t sum = 0, refused;
	const uint8_t loopback[6] = {127, 0, 0, 1, 1, 1};
	struct fact f = {.attr = ATTR_ENDPOINT_V4,
	    .subject = b.peers[0].m.key,
	    .value = loopback,
	    .len = sizeof(loopback)};

	says(0, ATTR_ENDPOINT_V4, 200, loopback, sizeof(loopback));
	refused = fact_id(&f);
	for (uint8_t v = 0; v < SUBJECT_ROUTER_ENDPOINTS + 2; v++)
		sum += states(0, v, 200);
	cr_expect_eq(router->nleft_out, 3);
	b.n->db.vacated = false;
	digest(0, DIGEST_ASK, 250, sum + refused, 0);
	cr_expect_eq(b.n->doubts, 0);
	/* Something goes, and there may be room: all is to be said again. */
	states(0, 0, 0);
	digest(0, DIGEST_ASK, 250, sum + refused, 0);
	cr_expect_eq(b.n->doubts, 1);
	cr_expect_eq(router->nleft_out, 0);
}

Test(digest, remembers_only_so_much_that_was_left_out)
{
	for (uint64_t i = 0; i < MAX_LEFT_OUT; i++)
		digest_note(router, i + 1, false);
	digest_note(router, 3, false);
	cr_expect_eq(router->nleft_out, MAX_LEFT_OUT);
	cr_expect_not(router->left_more);
	digest_note(router, 3, true);
	cr_expect_eq(router->nleft_out, MAX_LEFT_OUT - 1);
	digest_note(router, 100, false);
	digest_note(router, 101, false);
	cr_expect(router->left_more, "then it is doubted");
	b.n->db.vacated = false;
	digest(0, DIGEST_ASK, 250, 0, 0);
	cr_expect_eq(b.n->doubts, 1);
}

/* A name instead of another from the same source. */
Test(digest, counts_the_name_that_was_before)
{
	const uint8_t one[] = {5, 'n', 3, 'o', 'n', 'e'};
	const uint8_t two[] = {5, 'n', 3, 't', 'w', 'o'};
	struct fact f = {.attr = ATTR_METADATA,
	    .subject = b.peers[0].m.key,
	    .len = sizeof(one)};
	uint64_t sum;

	f.value = one;
	sum = fact_id(&f);
	f.value = two;
	sum += fact_id(&f);
	b.n->conf.membership = MEMBERSHIP_ROUTERS;
	for (int i = 0; i < 4; i++) {
		says(0, ATTR_METADATA, 200, one, sizeof(one));
		says(0, ATTR_METADATA, 200, two, sizeof(two));
		b.n->db.vacated = false;
		digest(0, DIGEST_ASK, 250, sum, 0);
		cr_expect_eq(b.n->doubts, 0);
	}
}

/* No longer believed: not renewed, though it was taken once. */
Test(digest, of_one_who_is_believed_no_more)
{
	const struct conf_peer doubtful = {.trust = TRUST_ENDPOINT};
	uint64_t one = states(0, 1, 100);

	router->conf = &doubtful;
	digest(0, DIGEST_ASK, 250, one, 0);
	cr_expect_eq(left_s(one, 0), 250, "as far as its trust goes");
	b.peers[1].m.key = bench_key(77);
	bench_snapshot(&b);
	digest(0, DIGEST_ASK, 254, one, 0);
	cr_expect_eq(left_s(one, 0), 250, "not about a stranger");
	cr_expect_eq(b.n->doubts, 1);
}

/* Silence means something for as long as what was promised lasts, no more. */
Test(digest, a_promise_that_ends_is_no_statement)
{
	uint64_t one = states(0, 1, 200);

	b.now_ns += SETTLED_NS;
	states(0, 1, 200);
	router->heard_ns = b.now_ns;
	router->steady_since_ns = b.now_ns - SETTLED_NS - 1;
	digest(0, DIGEST_ASK, 150, one, 0);
	cr_assert_eq(b.n->doubts, 0);
	cr_expect(peer_is_steady(router, b.now_ns));
	cr_expect(peer_is_steady(router, b.now_ns + 147 * SECOND_NS));
	cr_expect_not(peer_is_steady(router, b.now_ns + 148 * SECOND_NS));
	/* It goes over to repeating: heard for a while first. */
	b.now_ns += 100 * SECOND_NS;
	says_alive(0, CAP_ACK | CAP_DIGEST, 1);
	cr_expect_not(peer_is_steady(router, b.now_ns));
	b.now_ns += 30 * SECOND_NS;
	cr_expect_not(peer_is_steady(router, b.now_ns));
	says_alive(0, CAP_ACK | CAP_DIGEST, 1);
	cr_expect(peer_is_steady(router, b.now_ns));
}

/*
 * Whole networks.
 */
#define QUIET_NS (900 * SECOND_NS)

static struct world w;

static size_t
sends(int64_t for_ns)
{
	size_t before = 0, after = 0;

	for (size_t i = 0; i < w.n; i++)
		before += w.nodes[i].sent;
	world_run(&w, for_ns);
	for (size_t i = 0; i < w.n; i++)
		after += w.nodes[i].sent;
	return after - before;
}

static uint64_t
doubts(size_t i)
{
	struct counter_view v;

	for (size_t k = 0; node_counter(w.nodes[i].node, k, &v); k++) {
		if (strcmp(v.name, "digests_doubted") == 0)
			return v.value;
	}
	cr_assert_fail("no such counter");
	return 0;
}

Test(digest_world, is_quiet_and_stays_direct)
{
	world_init(&w, 4, MEMBERSHIP_ROUTERS);
	world_run(&w, QUIET_NS);
	/* 6 pairs; 3 of them every 115 s, 3 every 150 s, in both ways. */
	cr_expect_leq(sends(600 * SECOND_NS), 2 * (3 * 6 + 3 * 5));
	for (size_t i = 1; i < w.n; i++) {
		cr_expect_eq(doubts(i), 0);
		for (size_t k = 1; k < w.n; k++)
			cr_expect(i == k || world_direct(&w, i, k));
	}
	world_free(&w);
}

/* Nothing arrives for ten seconds, just when a digest would. */
Test(digest_world, lost_digests_cost_nothing_but_themselves)
{
	size_t fallbacks = 0;

	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	world_run(&w, QUIET_NS);
	for (int round = 0; round < 60; round++) {
		bool cut = round % 4 == 0;

		world_cut(&w, 0, 1, cut);
		world_cut(&w, 0, 2, cut);
		world_run(&w, cut ? 3 * SECOND_NS : 17 * SECOND_NS);
	}
	for (size_t i = 1; i < 3; i++)
		fallbacks += world_events(&w, i, EV_PEER_REMOVED) +
		    world_events(&w, i, EV_FALLBACK);
	cr_expect_eq(fallbacks, 0);
	cr_expect(world_direct(&w, 1, 2));
	cr_expect(world_direct(&w, 2, 1));
	world_free(&w);
}

Test(digest_world, one_that_restarts_is_told_all_by_all)
{
	struct self_view before, after;

	world_init(&w, 4, MEMBERSHIP_ROUTERS);
	world_run(&w, QUIET_NS);
	node_self(w.nodes[2].node, w.now_ns, &before);
	world_start(&w, 2, MEMBERSHIP_ROUTERS);
	world_run(&w, 2 * SECOND_NS);
	node_self(w.nodes[2].node, w.now_ns, &after);
	/* And that its two links to leaves are ready, for a while. */
	cr_expect_eq(after.nfacts, before.nfacts + 2);
	world_run(&w, QUIET_NS);
	node_self(w.nodes[2].node, w.now_ns, &after);
	cr_expect_eq(after.nfacts, before.nfacts);
	cr_expect_leq(sends(600 * SECOND_NS), 2 * (3 * 6 + 3 * 5));
	world_free(&w);
}
