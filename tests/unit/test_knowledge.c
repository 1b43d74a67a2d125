/* What each peer is thought to know: when it is told, and when again; what
 * becomes of a group that is acknowledged, and of one that is lost. */
#include <criterion/criterion.h>

#include <string.h>

#include "netd/state.h"

#define START_S 1000

static struct node *n;
static struct peer *plain, *ext;
static int64_t now_ns;

static struct key
key(uint8_t i)
{
	struct key k = {{i}};

	k.b[31] = 9;
	return k;
}

static void
setup(void)
{
	struct conf_link conf = {.membership = MEMBERSHIP_ROUTERS};
	struct m_link link = {.ifindex = 9,
	    .ifname = "wg0",
	    .key = key(1),
	    .listen_port = 51820,
	    .port = 51821};
	const uint8_t seed[32] = {1};

	now_ns = START_S * SECOND_NS;
	link.auto_addr = key_auto_addr(&link.key);
	n = node_new(&conf, seed);
	cr_assert_not_null(n);
	node_link_up(n, now_ns, &link);
	node_device_begin(n, now_ns, now_ns);
	for (uint8_t i = 2; i < 4; i++) {
		struct m_peer m = {.key = key(i)};

		node_device_peer(n, &m);
	}
	node_device_end(n, now_ns);
	plain = peer_find(n, &(struct key){.b = {[0] = 2, [31] = 9}});
	ext = peer_find(n, &(struct key){.b = {[0] = 3, [31] = 9}});
	plain->has_boot_id = ext->has_boot_id = true;
	ext->caps = CAP_ACK;
	cr_assert(peer_extended(ext));
	cr_assert_not(peer_extended(plain));
}

static void
teardown(void)
{
	node_free(n);
}

TestSuite(knowledge, .init = setup, .fini = teardown);

/* An endpoint fact about some third key. */
static struct dbfact *
store(bool local, uint16_t source, uint16_t ttl_s, uint8_t v)
{
	const uint8_t value[6] = {203, 0, 113, v, 1, 1};
	struct fact f = {.attr = ATTR_ENDPOINT_V4,
	    .ttl_s = ttl_s,
	    .subject = key(7),
	    .value = value,
	    .len = sizeof(value)};
	uint32_t index = 0;

	if (local) {
		factdb_local_begin(&n->db);
		cr_assert(factdb_local(&n->db, now_ns, &f));
		while (n->db.facts[index] == NULL ||
		    memcmp(n->db.facts[index]->value, value, 6) != 0)
			index++;
	} else {
		factdb_put(&n->db, now_ns, &f, source, &index);
	}
	cr_assert_neq(index, NO_FACT);
	return n->db.facts[index];
}

static bool
wants(const struct peer *p, const struct dbfact *d, int64_t after_s)
{
	int64_t due_ns = INT64_MAX;

	return knowledge_wants(n, p, d, now_ns + after_s * SECOND_NS, &due_ns);
}

static int64_t
due_s(const struct peer *p, const struct dbfact *d, int64_t after_s)
{
	int64_t due_ns = INT64_MAX;

	cr_expect_not(
	    knowledge_wants(n, p, d, now_ns + after_s * SECOND_NS, &due_ns));
	return due_ns == INT64_MAX ? -1
				   : due_ns / SECOND_NS - now_ns / SECOND_NS;
}

/* Told three times, 2 and 8 s apart, then when half its TTL is over. */
Test(knowledge, of_a_peer_that_acknowledges_nothing)
{
	struct dbfact *d = store(true, 0, 0, 1);

	cr_expect(wants(plain, d, 0), "untold");
	knowledge_sending(n, plain, d, now_ns);
	cr_expect_eq(due_s(plain, d, 0), 2);
	cr_expect_eq(due_s(plain, d, 1), 2);
	cr_expect(wants(plain, d, 2));
	now_ns += 2 * SECOND_NS;
	knowledge_sending(n, plain, d, now_ns);
	cr_expect_eq(due_s(plain, d, 7), 8);
	cr_expect(wants(plain, d, 8));
	now_ns += 8 * SECOND_NS;
	knowledge_sending(n, plain, d, now_ns);
	/* 255 / 2 + 5 s before it forgets. */
	cr_expect_eq(due_s(plain, d, 0), FACT_TTL_S - (FACT_TTL_S / 2 + 5));
	cr_expect_not(wants(plain, d, 122));
	cr_expect(wants(plain, d, 123));
	now_ns += 123 * SECOND_NS;
	knowledge_sending(n, plain, d, now_ns);
	cr_expect_not(wants(plain, d, 122), "a renewal goes once");
	cr_expect(wants(plain, d, 123));
	cr_expect(wants(ext, d, 0), "to each peer by itself");
}

Test(knowledge, of_a_fact_that_ends)
{
	struct dbfact *d = store(false, ext->slot, 60, 1);

	cr_expect(wants(plain, d, 0));
	cr_expect(wants(plain, d, 58));
	cr_expect_not(wants(plain, d, 59), "not worth while");
	cr_expect_not(wants(plain, d, 61));
	knowledge_sending(n, plain, d, now_ns);
	knowledge_sending(n, plain, d, now_ns);
	knowledge_sending(n, plain, d, now_ns);
	cr_expect_not(wants(plain, d, 1), "known for as long as it lasts");
	cr_expect_not(wants(plain, d, 50));
	/* Renewed, it lasts longer than the peer thinks. */
	store(false, ext->slot, 64, 1);
	cr_expect_not(wants(plain, d, 1), "by less than is worth a word");
	store(false, ext->slot, 66, 1);
	cr_expect(wants(plain, d, 1));
}

Test(knowledge, who_told_it_knows_it)
{
	struct dbfact *d = store(false, plain->slot, 200, 1);

	knowledge_heard(n, plain, d, now_ns);
	cr_expect_not(wants(plain, d, 0));
	cr_expect_not(wants(plain, d, 190));
	cr_expect(wants(ext, d, 0));
	/* Another makes it last longer: it is told that once it is worth it. */
	store(false, ext->slot, 400, 1);
	cr_expect_eq(due_s(plain, d, 0), 200 - 132);
	cr_expect(wants(plain, d, 68));
	/* Hearing again what lasts no longer changes nothing. */
	knowledge_sending(n, plain, d, now_ns);
	knowledge_heard(n, plain, d, now_ns);
	cr_expect_not(wants(plain, d, 68));
}

static struct flight *
fly(struct peer *p, struct dbfact *d, uint8_t nonce)
{
	const uint8_t bytes[NONCE_LEN] = {nonce};
	struct flight *fl = flight_new(n, p);
	uint32_t i = 0;

	cr_assert_not_null(fl);
	while (factdb_next(&n->db, &i) != d)
		;
	fl->facts[0].index = i - 1;
	fl->facts[0].serial = d->serial;
	fl->n = 1;
	fl->ping = true;
	knowledge_sending(n, p, d, now_ns);
	node_sent(n, now_ns, fl->token, bytes);
	return fl;
}

static void
acked(struct peer *p, uint8_t nonce)
{
	const uint8_t bytes[ACK_NONCE_LEN] = {nonce};

	flight_acked(n, p, bytes, now_ns);
}

Test(knowledge, of_a_peer_that_acknowledges)
{
	struct dbfact *d = store(true, 0, 0, 1);

	fly(ext, d, 1);
	cr_expect_eq(due_s(ext, d, 0), -1, "nothing to be foreseen");
	cr_expect_eq(due_s(ext, d, 100), -1);
	now_ns += 40 * MSEC_NS;
	acked(plain, 1);
	cr_expect_eq(ext->flights, 1, "another's acknowledgement");
	acked(ext, 2);
	cr_expect_eq(ext->flights, 1, "of another group");
	acked(ext, 1);
	cr_expect_eq(ext->flights, 0);
	cr_expect_eq(n->nflights, 0);
	cr_expect_eq(ext->srtt_ns, 40 * MSEC_NS);
	cr_expect_eq(ext->proof, PROOF_OK);
	cr_expect_not(wants(ext, d, 122));
	cr_expect(wants(ext, d, 123));
	acked(ext, 1);
	cr_expect_eq(n->nflights, 0, "the same again does nothing");
}

Test(knowledge, what_is_lost_is_told_again)
{
	struct dbfact *d = store(true, 0, 0, 1);
	struct flight *fl = fly(ext, d, 1);
	int64_t first_ns = peer_rto_first(ext), timeout_ns = fl->timeout_ns;

	cr_expect_eq(first_ns, 300 * MSEC_NS);
	cr_expect_eq(timeout_ns, now_ns + first_ns);
	flight_timeouts(n, timeout_ns - 1);
	cr_expect_eq(n->nflights, 1);
	now_ns = timeout_ns;
	flight_timeouts(n, now_ns);
	cr_expect_eq(n->nflights, 0);
	cr_expect_eq(n->resent, 1);
	cr_expect_eq(ext->timeouts, 1);
	cr_expect(wants(ext, d, 0));
	cr_expect_leq(ext->send_at_ns, now_ns);
	cr_expect_eq(peer_rto(ext), first_ns, "the second one at once");
	ext->timeouts = 2;
	cr_expect_eq(peer_rto(ext), 2 * first_ns, "it backs off");
	ext->srtt_ns = 40 * MSEC_NS;
	ext->timeouts = 1;
	cr_expect_eq(peer_rto(ext), 2 * peer_rto_first(ext));
	ext->srtt_ns = -1;
	now_ns += SECOND_NS;
	acked(ext, 1);
	cr_expect(wants(ext, d, 0), "too late");
	/* Several of one burst count once. */
	fly(ext, d, 2);
	fly(ext, d, 3);
	now_ns += 20 * SECOND_NS;
	flight_timeouts(n, now_ns);
	cr_expect_eq(ext->timeouts, 2);
	fly(ext, d, 4);
	acked(ext, 4);
	cr_expect_eq(ext->timeouts, 0);
}

/* Heard again after a second, it may hear as well: not when it has been heard
 * all the time, or one direction alone would be flooded. */
Test(knowledge, who_comes_back_is_told_soon)
{
	struct dbfact *d = store(true, 0, 0, 1);
	struct flight *fl;

	ext->timeouts = 6;
	ext->heard_ns = now_ns;
	fl = fly(ext, d, 1);
	now_ns += SECOND_NS;
	peer_heard(n, ext, now_ns);
	cr_expect_eq(ext->timeouts, 6);
	cr_expect_gt(fl->timeout_ns, now_ns + SECOND_NS);
	now_ns += SECOND_NS + 1;
	ext->send_at_ns = INT64_MAX;
	peer_heard(n, ext, now_ns);
	cr_expect_eq(ext->timeouts, 0);
	cr_expect_eq(fl->timeout_ns, now_ns + peer_rto_first(ext));
	cr_expect_leq(n->flight_timeout_ns, fl->timeout_ns);
	cr_expect_leq(ext->send_at_ns, now_ns + NODE_COALESCE_NS);
}

Test(knowledge, four_losses_in_a_row_are_a_doubt)
{
	struct dbfact *d = store(true, 0, 0, 1);

	for (uint8_t i = 0; i < 4; i++) {
		cr_expect_neq(ext->proof, PROOF_TESTING, "%u", i);
		fly(ext, d, i);
		now_ns += 20 * SECOND_NS;
		flight_timeouts(n, now_ns);
		now_ns += MSEC_NS;
	}
	cr_expect_eq(ext->proof, PROOF_TESTING);
}

Test(knowledge, the_back_off_has_an_end)
{
	ext->srtt_ns = 50 * MSEC_NS;
	ext->rttvar_ns = 0;
	cr_expect_eq(peer_rto_first(ext), 100 * MSEC_NS, "the floor");
	ext->rttvar_ns = 100 * MSEC_NS;
	cr_expect_eq(peer_rto_first(ext), 470 * MSEC_NS);
	ext->timeouts = 3;
	cr_expect_eq(peer_rto(ext), 8 * 470 * MSEC_NS);
	ext->timeouts = 100;
	cr_expect_eq(peer_rto(ext), 15 * SECOND_NS);
}

Test(knowledge, round_trips_are_averaged)
{
	struct dbfact *d = store(true, 0, 0, 1);

	for (uint8_t i = 0; i < 100; i++) {
		fly(ext, d, i);
		now_ns += (i % 2 ? 20 : 40) * MSEC_NS;
		acked(ext, i);
	}
	cr_expect_gt(ext->srtt_ns, 25 * MSEC_NS);
	cr_expect_lt(ext->srtt_ns, 35 * MSEC_NS);
	cr_expect_gt(ext->rttvar_ns, 5 * MSEC_NS);
	cr_expect_lt(ext->rttvar_ns, 15 * MSEC_NS);
}

Test(knowledge, a_new_boot_id_knows_nothing)
{
	struct dbfact *d = store(true, 0, 0, 1), *e;

	fly(ext, d, 1);
	acked(ext, 1);
	e = store(false, plain->slot, 200, 2);
	fly(ext, e, 2);
	ext->alive_confirmed = true;
	knowledge_forget(n, ext, now_ns);
	cr_expect(wants(ext, d, 0));
	cr_expect(wants(ext, e, 0));
	cr_expect_not(ext->alive_confirmed);
	acked(ext, 2);
	cr_expect(wants(ext, e, 0), "it was told before it forgot");
}

Test(knowledge, a_flight_of_facts_that_went)
{
	struct dbfact *d = store(false, plain->slot, 10, 1);
	bool relied;

	fly(ext, d, 1);
	now_ns += 100 * MSEC_NS;
	factdb_expire(&n->db, now_ns + 10 * SECOND_NS, &relied);
	d = store(false, plain->slot, 100, 2); /* in its place */
	acked(ext, 1);
	cr_expect(wants(ext, d, 0), "another fact isn't known by that");
}

Test(knowledge, flights_grow_to_their_limit)
{
	struct flight *fl;
	uint32_t tokens[MAX_FLIGHTS];
	size_t i;

	for (i = 0; i < MAX_FLIGHTS; i++) {
		fl = flight_new(n, i % 2 ? ext : plain);
		cr_assert_not_null(fl, "%zu", i);
		tokens[i] = fl->token;
		cr_expect_neq(fl->token, 0);
	}
	cr_expect_null(flight_new(n, ext), "and no further");
	cr_expect_eq(ext->flights, MAX_FLIGHTS / 2);
	for (i = 0; i < MAX_FLIGHTS; i++) {
		fl = flight_by_token(n, tokens[i]);
		cr_assert_not_null(fl);
		cr_expect_eq(fl->token, tokens[i]);
		flight_free(n, fl);
		cr_expect_null(flight_by_token(n, tokens[i]), "answered once");
	}
	cr_expect_eq(n->nflights, 0);
	cr_expect_eq(ext->flights + plain->flights, 0);
	cr_expect_not_null(flight_new(n, ext));
	cr_expect_null(flight_by_token(n, 0));
	cr_expect_null(flight_by_token(n, UINT32_MAX));
}

Test(knowledge, what_could_not_be_sealed_is_untold)
{
	struct dbfact *d = store(true, 0, 0, 1);
	struct flight *fl = flight_new(n, ext);
	uint32_t token = fl->token;

	fl->facts[0].index = 0;
	fl->facts[0].serial = d->serial;
	fl->n = 1;
	fl->alive = true;
	ext->alive_confirmed = true;
	knowledge_sending(n, ext, d, now_ns);
	cr_expect_not(wants(ext, d, 0));
	node_not_sent(n, now_ns, token, CRYPT_RATE);
	cr_expect(wants(ext, d, 0));
	cr_expect_not(ext->alive_confirmed);
	cr_expect_not(ext->weak);
	cr_expect_eq(ext->send_at_ns, now_ns + SECOND_NS);
	node_not_sent(n, now_ns, token, CRYPT_WEAK);
	cr_expect_not(ext->weak, "an answer too many");
	fl = flight_new(n, ext);
	node_not_sent(n, now_ns, fl->token, CRYPT_WEAK);
	cr_expect(ext->weak);
}
