/* The table of facts: merging, times, limits; and, at random, the same as a
 * plain list that knows no limits. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "netd/factdb.h"

#define T0    (INT64_C(1000) * SECOND_NS)
#define LIMIT 64

static struct factdb db;
static int64_t now_ns;

static void
setup(void)
{
	cr_assert_eq(factdb_init(&db, 0x1234567, LIMIT), 0);
	now_ns = T0;
}

static void
teardown(void)
{
	factdb_clear(&db);
}

TestSuite(factdb, .init = setup, .fini = teardown);

static struct key
key(unsigned int i)
{
	struct key k = {{0}};

	k.b[0] = (uint8_t)(i >> 8);
	k.b[1] = (uint8_t)i;
	k.b[31] = 1;
	return k;
}

/* A fact whose value lives until the next one. */
static struct fact
fact(enum attr attr, unsigned int subject, unsigned int v, uint16_t ttl_s)
{
	static uint8_t value[64];
	struct fact f = {
	    .attr = attr,
	    .ttl_s = ttl_s,
	    .subject = key(subject),
	    .value = value,
	};
	struct endpoint e;
	struct prefix p = {.len = 32};
	const uint8_t b[4] = {203, 0, (uint8_t)(v >> 8), (uint8_t)v};
	struct metadata m = {.name = b, .name_len = 2};
	uint8_t name[2] = {(uint8_t)('a' + v / 26), (uint8_t)('a' + v % 26)};
	enum attr same;

	memset(value, 0, sizeof(value));
	switch (attr) {
	case ATTR_ENDPOINT_V4:
		e.addr = addr_v4(b);
		e.port = 51820;
		f.len = fact_endpoint_value(&e, value, &same);
		break;
	case ATTR_ALLOWED_V4:
		p.addr = addr_v4(b);
		f.len = fact_prefix_value(&p, value, &same);
		break;
	case ATTR_METADATA:
		m.name = name;
		f.len = fact_metadata_value(&m, value, sizeof(value));
		break;
	case ATTR_MEMBER:
	default:
		f.len = 0;
		break;
	}
	return f;
}

static struct fact
link_fact(unsigned int subject, unsigned int about, uint64_t seq, uint8_t boot,
    bool up)
{
	static uint8_t value[FACT_LINK_LEN];
	struct fact f = {.attr = ATTR_LINK,
	    .ttl_s = 100,
	    .subject = key(subject),
	    .value = value,
	    .len = FACT_LINK_LEN};
	struct key k = key(about);

	for (int i = 0; i < 8; i++)
		value[i] = (uint8_t)(seq >> (56 - 8 * i));
	memset(value + FACT_LINK_BOOT, boot, FACT_LINK_BOOT_LEN);
	memcpy(value + FACT_LINK_PEER, k.b, KEY_LEN);
	value[FACT_LINK_LEN - 1] = up;
	return f;
}

static enum put
put(struct fact f, uint16_t source)
{
	uint32_t index;

	return factdb_put(&db, now_ns, &f, source, &index);
}

static bool
has(struct fact f)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&db, &i)) != NULL) {
		if (d->attr == f.attr && key_eq(&d->subject, &f.subject) &&
		    d->len == f.len && memcmp(d->value, f.value, f.len) == 0)
			return true;
	}
	return false;
}

static bool
expire(void)
{
	bool relied;

	return factdb_expire(&db, now_ns, &relied);
}

#define EP(subject, v, ttl) fact(ATTR_ENDPOINT_V4, subject, v, ttl)
#define IP(subject, v, ttl) fact(ATTR_ALLOWED_V4, subject, v, ttl)

Test(factdb, merges_and_renews)
{
	struct fact f = EP(1, 1, 100);
	uint32_t a, b;
	struct dbfact *d;

	cr_expect_eq(factdb_put(&db, now_ns, &f, 3, &a), PUT_NEW);
	cr_expect_eq(factdb_put(&db, now_ns, &f, 3, &b), PUT_SAME);
	cr_expect_eq(a, b);
	cr_expect_eq(db.count, 1);
	d = db.facts[a];
	cr_expect_eq(d->nsrc, 1);
	cr_expect_eq(d->src[0].peer, 3);
	cr_expect_eq(factdb_until(d), T0 + 100 * SECOND_NS);
	now_ns += 10 * SECOND_NS;
	cr_expect_eq(factdb_put(&db, now_ns, &f, 3, &b), PUT_RENEWED);
	cr_expect_eq(factdb_until(d), T0 + 110 * SECOND_NS);
	cr_expect_eq(d->renewed_ns, now_ns);
	f.ttl_s = 20;
	cr_expect_eq(factdb_put(&db, now_ns, &f, 3, &b), PUT_SAME);
	cr_expect_eq(factdb_until(d), T0 + 110 * SECOND_NS,
	    "a shorter time takes nothing back");
	f.ttl_s = 50;
	cr_expect_eq(factdb_put(&db, now_ns, &f, 4, &b), PUT_SAME);
	cr_expect_eq(d->nsrc, 2);
	f.ttl_s = 200;
	cr_expect_eq(factdb_put(&db, now_ns, &f, 4, &b), PUT_RENEWED);
	cr_expect_eq(db.count, 1);
	cr_expect_eq(factdb_fact(d, now_ns).ttl_s, 200);
	cr_expect_eq(factdb_fact(d, now_ns + 200 * SECOND_NS).ttl_s, 0);
	cr_expect_eq(factdb_fact(d, now_ns + 900 * SECOND_NS).ttl_s, 0);
}

Test(factdb, what_differs_is_another_fact)
{
	cr_expect_eq(put(EP(1, 1, 9), 0), PUT_NEW);
	cr_expect_eq(put(EP(1, 2, 9), 0), PUT_NEW);
	cr_expect_eq(put(EP(2, 1, 9), 0), PUT_NEW);
	cr_expect_eq(put(IP(1, 1, 9), 0), PUT_NEW);
	cr_expect_eq(put(fact(ATTR_MEMBER, 1, 0, 9), 0), PUT_NEW);
	cr_expect_eq(put(fact(ATTR_METADATA, 1, 1, 9), 0), PUT_NEW);
	cr_expect_eq(db.count, 6);
	cr_expect(has(EP(1, 2, 0)));
	cr_expect_not(has(EP(2, 2, 0)));
}

Test(factdb, ttl_counts_for_ten_minutes_at_most)
{
	static const struct {
		uint16_t said, counts;
	} rows[] = {{1, 1}, {599, 599}, {600, 600}, {601, 600}, {65535, 600}};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fact f = EP(i, 1, rows[i].said);
		uint32_t at;

		factdb_put(&db, now_ns, &f, 0, &at);
		cr_expect_eq(factdb_until(db.facts[at]),
		    now_ns + rows[i].counts * SECOND_NS, "%u", rows[i].said);
	}
}

Test(factdb, ttl_0_takes_back)
{
	struct fact f = EP(1, 1, 0);
	uint32_t at = 7;

	cr_expect_eq(factdb_put(&db, now_ns, &f, 0, &at), PUT_SAME);
	cr_expect_eq(at, NO_FACT, "nothing is stored");
	cr_expect_eq(db.count, 0);
	put(EP(1, 1, 100), 0);
	put(EP(1, 1, 50), 1);
	cr_expect_eq(put(EP(1, 1, 0), 2), PUT_SAME, "it never said it");
	cr_expect_eq(put(EP(1, 1, 0), 0), PUT_RENEWED);
	cr_expect_not(expire(), "the other still says it");
	cr_expect(has(EP(1, 1, 0)));
	cr_expect_eq(factdb_until(db.facts[0]), now_ns + 50 * SECOND_NS);
	cr_expect_eq(put(EP(1, 1, 0), 1), PUT_RENEWED);
	cr_expect(expire());
	cr_expect_eq(db.count, 0);
}

Test(factdb, expires_source_by_source)
{
	put(EP(1, 1, 10), 0);
	put(EP(1, 1, 20), 1);
	put(EP(1, 1, 5), 2);
	put(EP(2, 1, 15), 0);
	now_ns = T0 + 10 * SECOND_NS - 1;
	cr_expect_not(expire());
	cr_expect_eq(db.facts[0]->nsrc, 2);
	now_ns = T0 + 10 * SECOND_NS;
	cr_expect_not(expire());
	cr_expect_eq(db.facts[0]->nsrc, 1);
	cr_expect_eq(db.facts[0]->src[0].peer, 1);
	now_ns = T0 + 15 * SECOND_NS;
	cr_expect(expire());
	cr_expect(has(EP(1, 1, 0)));
	cr_expect_not(has(EP(2, 1, 0)));
	cr_expect_eq(db.next_expiry_ns, T0 + 20 * SECOND_NS);
	now_ns = T0 + 20 * SECOND_NS;
	cr_expect(expire());
	cr_expect_eq(db.count, 0);
	cr_expect_eq(db.next_expiry_ns, INT64_MAX);
}

Test(factdb, expiry_tells_what_was_relied_on)
{
	static const struct {
		enum attr attr;
		bool relied;
	} rows[] = {{ATTR_ENDPOINT_V4, false}, {ATTR_METADATA, false},
	    {ATTR_ALLOWED_V4, true}, {ATTR_MEMBER, true}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool relied = true;

		put(fact(rows[i].attr, 1, 1, 10), 0);
		cr_expect_not(factdb_expire(&db, now_ns, &relied));
		cr_expect_not(relied);
		now_ns += 10 * SECOND_NS;
		cr_expect(factdb_expire(&db, now_ns, &relied));
		cr_expect_eq(
		    relied, rows[i].relied, "%s", fact_attr_name(rows[i].attr));
	}
}

Test(factdb, only_so_many_sources_are_noted)
{
	for (uint16_t s = 0; s < FACT_SOURCES + 2; s++)
		put(EP(1, 1, (uint16_t)(10 + s)), s);
	cr_expect_eq(db.facts[0]->nsrc, FACT_SOURCES);
	cr_expect_eq(
	    factdb_until(db.facts[0]), T0 + (9 + FACT_SOURCES) * SECOND_NS);
	now_ns = T0 + (9 + FACT_SOURCES) * SECOND_NS;
	cr_expect(expire());
	cr_expect_eq(db.count, 0);
}

Test(factdb, eight_endpoints_a_subject)
{
	/* Three of one source, whatever the family. */
	cr_expect_eq(put(EP(1, 1, 100), 0), PUT_NEW);
	cr_expect_eq(put(EP(1, 2, 100), 0), PUT_NEW);
	cr_expect_eq(put(EP(1, 3, 100), 0), PUT_NEW);
	cr_expect_eq(put(EP(1, 4, 100), 0), PUT_LIMIT);
	cr_expect_eq(put(EP(1, 1, 100), 0), PUT_SAME, "one of them");
	cr_expect_eq(put(EP(2, 4, 100), 0), PUT_NEW, "of another subject");
	cr_expect_eq(put(EP(1, 4, 100), 1), PUT_NEW);
	cr_expect_eq(put(EP(1, 5, 100), 1), PUT_NEW);
	cr_expect_eq(put(EP(1, 6, 100), 1), PUT_NEW);
	cr_expect_eq(put(EP(1, 7, 100), 1), PUT_LIMIT);
	cr_expect_eq(put(EP(1, 7, 100), 2), PUT_NEW);
	cr_expect_eq(put(EP(1, 8, 100), 2), PUT_NEW);
	cr_expect_eq(put(EP(1, 9, 100), 2), PUT_LIMIT, "the ninth");
	cr_expect_eq(put(EP(1, 1, 100), 2), PUT_SAME, "known already");
	cr_expect_not(has(EP(1, 9, 0)));
	cr_expect_eq(db.count, 9);
}

Test(factdb, six_endpoints_from_a_router)
{
	struct fact f;
	uint32_t at;

	for (unsigned int v = 1; v <= 6; v++) {
		f = EP(1, v, 100);
		cr_expect_eq(
		    factdb_put_router(&db, now_ns, &f, 0, &at), PUT_NEW);
	}
	f = EP(1, 7, 100);
	cr_expect_eq(factdb_put_router(&db, now_ns, &f, 0, &at), PUT_LIMIT);
	cr_expect_eq(put(EP(1, 8, 100), 1), PUT_NEW);
	cr_expect_eq(put(EP(1, 9, 100), 1), PUT_NEW);
	cr_expect_eq(put(EP(1, 10, 100), 1), PUT_LIMIT, "eight in all");
}

Test(factdb, limit_gives_no_index)
{
	struct fact f;
	uint32_t at = 3;

	for (unsigned int v = 0; v < 3; v++)
		put(EP(1, v, 100), 0);
	f = EP(1, 9, 100);
	cr_expect_eq(factdb_put(&db, now_ns, &f, 0, &at), PUT_LIMIT);
	cr_expect_eq(at, NO_FACT);
}

Test(factdb, a_full_source_replaces_what_it_says_no_more)
{
	put(EP(1, 1, 255), 0);
	put(EP(1, 2, 255), 0);
	now_ns += 137 * SECOND_NS;
	put(EP(1, 2, 255), 0);
	now_ns += 2 * SECOND_NS;
	cr_expect_eq(put(EP(1, 3, 255), 0), PUT_NEW);
	cr_expect(has(EP(1, 1, 0)), "there was room");
	cr_expect_eq(put(EP(1, 4, 255), 0), PUT_NEW);
	cr_expect_not(has(EP(1, 1, 0)), "not renewed for half a TTL");
	cr_expect(has(EP(1, 2, 0)));
	cr_expect_eq(put(EP(1, 5, 255), 0), PUT_LIMIT);
	cr_expect_eq(db.count, 3);
}

Test(factdb, what_another_says_too_is_not_replaced)
{
	put(EP(1, 1, 255), 0);
	put(EP(1, 1, 255), 1);
	put(EP(1, 2, 255), 0);
	put(EP(1, 3, 255), 0);
	now_ns += 120 * SECOND_NS;
	put(EP(1, 2, 255), 0);
	put(EP(1, 3, 255), 0);
	now_ns += 20 * SECOND_NS;
	cr_expect_eq(put(EP(1, 4, 255), 0), PUT_LIMIT);
	cr_expect(has(EP(1, 1, 0)));
}

Test(factdb, prefixes_of_a_subject)
{
	factdb_clear(&db);
	factdb_init(&db, 1, 2000);
	for (unsigned int v = 0; v < SUBJECT_MAX_PREFIXES; v++)
		cr_assert_eq(put(IP(1, v, 100), (uint16_t)(v % 5)), PUT_NEW);
	cr_expect_eq(put(IP(1, 1000, 100), 0), PUT_LIMIT);
	cr_expect_eq(put(IP(1, 1000, 100), 9), PUT_LIMIT);
	cr_expect_eq(put(IP(1, 7, 200), 9), PUT_RENEWED);
	cr_expect_eq(put(IP(2, 1000, 100), 0), PUT_NEW);
	cr_expect_eq(put(EP(1, 1, 100), 0), PUT_NEW);
}

Test(factdb, one_name_a_source)
{
	cr_expect_eq(put(fact(ATTR_METADATA, 1, 1, 100), 0), PUT_NEW);
	cr_expect_eq(put(fact(ATTR_METADATA, 1, 2, 100), 0), PUT_NEW);
	cr_expect_not(has(fact(ATTR_METADATA, 1, 1, 0)));
	cr_expect(has(fact(ATTR_METADATA, 1, 2, 0)));
	cr_expect_eq(put(fact(ATTR_METADATA, 1, 3, 100), 1), PUT_NEW);
	cr_expect(has(fact(ATTR_METADATA, 1, 2, 0)), "another's stays");
	cr_expect_eq(put(fact(ATTR_METADATA, 2, 4, 100), 0), PUT_NEW);
	cr_expect_eq(db.count, 3);
}

Test(factdb, full_keeps_room_for_local_facts)
{
	unsigned int n = 0;
	struct fact f;
	uint32_t at;

	while (n < LIMIT && put(EP(n, 1, 100), 0) == PUT_NEW)
		n++;
	cr_expect_eq(n, LIMIT - LIMIT / 4);
	f = EP(n, 1, 100);
	cr_expect_eq(factdb_put(&db, now_ns, &f, 0, &at), PUT_FULL);
	cr_expect_eq(at, NO_FACT);
	cr_expect_eq(put(EP(0, 1, 200), 0), PUT_RENEWED, "what is there");
	factdb_local_begin(&db);
	for (unsigned int v = 0; v < LIMIT / 4; v++) {
		f = EP(1000, v, 0);
		cr_expect(factdb_local(&db, now_ns, &f));
	}
	f = EP(1001, 0, 0);
	cr_expect_not(factdb_local(&db, now_ns, &f), "past all of it");
	cr_expect_eq(db.count, LIMIT);
	f = EP(0, 1, 0);
	cr_expect(factdb_local(&db, now_ns, &f), "there already, now ours");
	factdb_local_end(&db);
	/* When they expire there is room again. */
	now_ns += 100 * SECOND_NS;
	cr_expect(expire());
	cr_expect_eq(db.count, LIMIT / 4 + 1);
	cr_expect_eq(put(EP(5, 1, 100), 0), PUT_NEW);
}

Test(factdb, local_facts)
{
	struct fact f = EP(1, 1, 0);

	factdb_local_begin(&db);
	cr_expect(factdb_local(&db, now_ns, &f));
	cr_expect_not(factdb_local(&db, now_ns, &f), "said twice");
	cr_expect_not(factdb_local_end(&db));
	cr_expect_eq(factdb_until(db.facts[0]), INT64_MAX);
	cr_expect_eq(factdb_fact(db.facts[0], now_ns).ttl_s, FACT_TTL_S);
	now_ns += 100000 * SECOND_NS;
	cr_expect_not(expire(), "it doesn't expire");
	cr_expect_eq(put(EP(1, 1, 100), 2), PUT_RENEWED, "a peer says it too");
	cr_expect_eq(db.count, 1);
	factdb_local_begin(&db);
	cr_expect(factdb_local_end(&db), "we no more");
	cr_expect(has(EP(1, 1, 0)), "but the peer");
	cr_expect_eq(factdb_until(db.facts[0]), now_ns + 100 * SECOND_NS);
	factdb_local_begin(&db);
	f = EP(1, 1, 0);
	cr_expect(factdb_local(&db, now_ns, &f));
	f = EP(1, 2, 0);
	cr_expect(factdb_local(&db, now_ns, &f));
	factdb_local_end(&db);
	now_ns += 100 * SECOND_NS;
	cr_expect_not(expire());
	cr_expect_eq(db.facts[0]->nsrc, 0);
	factdb_local_begin(&db);
	cr_expect(factdb_local_end(&db));
	cr_expect_eq(db.count, 0);
}

/* LINK is one per (subject, peer); of one boot id the newer counts. */
Test(factdb, links)
{
	static const struct {
		uint64_t seq;
		uint8_t boot;
		bool up;
		enum put put;
		uint64_t has_seq;
	} steps[] = {
	    {5, 1, true, PUT_NEW, 5},
	    {5, 1, true, PUT_SAME, 5},
	    {4, 1, false, PUT_SAME, 5},
	    {6, 1, false, PUT_NEW, 6},
	    {255, 1, true, PUT_NEW, 255},
	    {256, 1, true, PUT_NEW, 256},
	    {255, 1, true, PUT_SAME, 256},
	    {1, 2, true, PUT_NEW, 1}, /* restarted */
	    {UINT64_MAX, 2, true, PUT_NEW, UINT64_MAX},
	    {0, 2, false, PUT_SAME, UINT64_MAX},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		cr_expect_eq(put(link_fact(1, 2, steps[i].seq, steps[i].boot,
				     steps[i].up),
				 0),
		    steps[i].put, "step %zu", i);
		cr_expect_eq(db.count, 1, "step %zu", i);
		for (unsigned int b = 0; b < 8; b++)
			cr_expect_eq(db.facts[0]->value[b],
			    (uint8_t)(steps[i].has_seq >> (56 - 8 * b)),
			    "step %zu", i);
	}
	cr_expect_eq(put(link_fact(1, 3, 1, 1, true), 0), PUT_NEW);
	cr_expect_eq(put(link_fact(2, 3, 1, 1, true), 0), PUT_NEW);
	cr_expect_eq(put(EP(1, 3, 100), 0), PUT_NEW);
	factdb_drop_links(&db, &(struct key){{0}});
	cr_expect_eq(db.count, 4);
	factdb_drop_links(&db, &(struct key){.b = {[1] = 1, [31] = 1}});
	cr_expect_eq(db.count, 2);
	cr_expect(has(EP(1, 3, 0)));
	cr_expect(has(link_fact(2, 3, 1, 1, true)));
}

Test(factdb, nobody_overrides_our_own_link)
{
	struct fact f = link_fact(1, 2, 5, 1, true);

	factdb_local_begin(&db);
	factdb_local(&db, now_ns, &f);
	cr_expect_eq(put(link_fact(1, 2, 9, 1, false), 0), PUT_SAME);
	cr_expect(has(link_fact(1, 2, 5, 1, true)));
	f = link_fact(1, 2, 4, 1, false);
	cr_expect(factdb_local(&db, now_ns, &f), "we do, with any number");
	cr_expect(has(link_fact(1, 2, 4, 1, false)));
	cr_expect_eq(db.count, 1);
	factdb_drop_links(&db, &f.subject);
	cr_expect_eq(db.count, 1);
}

Test(factdb, a_peer_is_forgotten)
{
	struct fact f;

	put(EP(1, 1, 100), 0);
	put(EP(1, 2, 100), 0);
	put(EP(1, 2, 50), 1);
	put(EP(1, 3, 100), 1);
	f = EP(1, 4, 0);
	factdb_local_begin(&db);
	factdb_local(&db, now_ns, &f);
	factdb_local_end(&db);
	put(EP(1, 4, 100), 0);
	db.facts[2]->known = calloc(2, sizeof(uint32_t));
	db.facts[2]->nknown = 2;
	db.facts[2]->known[0] = 77;
	db.facts[2]->known[1] = 88;
	factdb_forget_peer(&db, 0);
	cr_expect_not(has(EP(1, 1, 0)));
	cr_expect(has(EP(1, 2, 0)));
	cr_expect_eq(factdb_until(db.facts[1]), now_ns + 50 * SECOND_NS);
	cr_expect(has(EP(1, 3, 0)));
	cr_expect(has(EP(1, 4, 0)));
	cr_expect_eq(db.facts[3]->nsrc, 0);
	cr_expect_eq(db.facts[2]->known[0], 0);
	cr_expect_eq(db.facts[2]->known[1], 88);
}

Test(factdb, indices_stay_and_serials_tell)
{
	uint32_t at[500], serial;
	struct fact f;

	factdb_clear(&db);
	factdb_init(&db, 9, 4000);
	for (unsigned int i = 0; i < 500; i++) {
		f = EP(i, i, 100);
		cr_assert_eq(factdb_put(&db, now_ns, &f, 0, &at[i]), PUT_NEW);
	}
	for (unsigned int i = 0; i < 500; i++) {
		f = EP(i, i, 200);
		cr_assert(memcmp(db.facts[at[i]]->value, f.value, f.len) == 0);
		cr_assert(key_eq(&db.facts[at[i]]->subject, &f.subject));
	}
	serial = db.facts[at[7]]->serial;
	cr_expect_eq(factdb_at(&db, at[7], serial), db.facts[at[7]]);
	cr_expect_null(factdb_at(&db, at[7], serial + 1));
	cr_expect_null(factdb_at(&db, NO_FACT, serial));
	cr_expect_null(factdb_at(&db, 499 + 1, 1));
	put(EP(7, 7, 0), 0);
	expire();
	cr_expect_null(factdb_at(&db, at[7], serial));
	f = EP(1000, 1, 100);
	factdb_put(&db, now_ns, &f, 0, &at[8]);
	cr_expect_eq(at[8], at[7], "the hole is used");
	cr_expect_null(factdb_at(&db, at[7], serial), "by another fact");
}

/*
 * The model: an array of (subject, value, source, until), and which are
 * local. No limit is reached, so that it needs none.
 */
#define SUBJECTS 40
#define VALUES	 3
#define SOURCES	 4

static int64_t until[SUBJECTS][VALUES][SOURCES];
static bool ours[SUBJECTS][VALUES];

static bool
in_model(size_t s, size_t v)
{
	for (size_t k = 0; k < SOURCES; k++) {
		if (until[s][v][k] > now_ns)
			return true;
	}
	return ours[s][v];
}

static int64_t
model_until(size_t s, size_t v)
{
	int64_t last_ns = 0;

	if (ours[s][v])
		return INT64_MAX;
	for (size_t k = 0; k < SOURCES; k++) {
		if (until[s][v][k] > last_ns)
			last_ns = until[s][v][k];
	}
	return last_ns;
}

static void
compare(int step)
{
	size_t want = 0;
	uint32_t i = 0;
	const struct dbfact *d;

	for (size_t s = 0; s < SUBJECTS; s++) {
		for (size_t v = 0; v < VALUES; v++)
			want += in_model(s, v);
	}
	cr_assert_eq(
	    db.count, want, "step %d: %zu, not %zu", step, db.count, want);
	while ((d = factdb_next(&db, &i)) != NULL) {
		size_t s = d->subject.b[1], v = d->value[3];

		want--;
		cr_assert(in_model(s, v), "step %d", step);
		cr_assert_eq(
		    factdb_until(d), model_until(s, v), "step %d", step);
	}
	cr_assert_eq(want, 0);
}

static uint64_t seed = 20241123;

static unsigned int
draw(unsigned int n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(seed >> 33) % n;
}

Test(factdb, at_random_as_a_plain_list)
{
	factdb_clear(&db);
	factdb_init(&db, 77, 4000);
	for (int step = 0; step < 20000; step++) {
		unsigned int s = draw(SUBJECTS), v = draw(VALUES);
		uint16_t k = (uint16_t)draw(SOURCES);
		uint16_t ttl_s = (uint16_t)(draw(8) == 0 ? 0 : draw(900));
		int64_t *u = &until[s][v][k];
		int64_t end_ns =
		    now_ns + (ttl_s < 600 ? ttl_s : INT64_C(600)) * SECOND_NS;

		switch (draw(10)) {
		case 0:
			now_ns += draw(60) * SECOND_NS;
			break;
		case 1:
			if (draw(20) > 0)
				break;
			factdb_forget_peer(&db, k);
			for (size_t a = 0; a < SUBJECTS; a++) {
				for (size_t b = 0; b < VALUES; b++)
					until[a][b][k] = 0;
			}
			break;
		case 2:
			if (draw(10) > 0)
				break;
			factdb_local_begin(&db);
			memset(ours, 0, sizeof(ours));
			for (int n = 0; n < 10; n++) {
				struct fact f;

				s = draw(SUBJECTS);
				v = draw(VALUES);
				f = IP(s, v, 0);
				factdb_local(&db, now_ns, &f);
				ours[s][v] = true;
			}
			factdb_local_end(&db);
			break;
		default:
			put(IP(s, v, ttl_s), k);
			if (ttl_s == 0)
				*u = 0;
			else if (end_ns > *u)
				*u = end_ns;
			break;
		}
		expire();
		compare(step);
	}
}

Test(factdb, a_new_name_leaves_what_others_say)
{
	put(fact(ATTR_METADATA, 1, 1, 100), 0);
	put(fact(ATTR_METADATA, 1, 1, 100), 1);
	cr_expect_eq(put(fact(ATTR_METADATA, 1, 2, 100), 0), PUT_NEW);
	cr_expect(has(fact(ATTR_METADATA, 1, 1, 0)), "peer 1 says it still");
	cr_expect(has(fact(ATTR_METADATA, 1, 2, 0)));
	cr_expect_eq(put(fact(ATTR_METADATA, 1, 2, 100), 1), PUT_SAME);
	expire();
	cr_expect_not(has(fact(ATTR_METADATA, 1, 1, 0)), "nobody does now");
}
