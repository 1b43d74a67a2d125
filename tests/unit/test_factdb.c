/* Facts: merging, expiry, sources, and every limit at the limit. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "netd/factdb.h"

#define NOW (1000 * SECOND_NS)

static struct factdb db;

static struct key
subject(unsigned int i)
{
	struct key k = {.b = {(uint8_t)i, (uint8_t)(i >> 8), 1}};

	return k;
}

/* An endpoint 192.0.2.host of the subject, for ttl_s. */
static struct fact
endpoint(unsigned int of, uint8_t host, uint16_t ttl_s, uint8_t value[18])
{
	struct endpoint e = {.port = 7};
	struct fact f = {.subject = subject(of), .ttl_s = ttl_s};
	const uint8_t b[4] = {192, 0, 2, host};

	e.addr = addr_v4(b);
	f.value = value;
	f.len = fact_endpoint_value(&e, value, &f.attr);
	return f;
}

static struct fact
allowed(unsigned int of, uint16_t host, uint8_t value[18])
{
	const uint8_t b[4] = {10, 0, (uint8_t)(host >> 8), (uint8_t)host};
	struct addr a = addr_v4(b);
	struct fact f = {.subject = subject(of), .ttl_s = 255};
	struct prefix p;

	prefix_make(&a, 32, &p);
	f.value = value;
	f.len = fact_prefix_value(&p, value, &f.attr);
	return f;
}

static enum put
put(int64_t now_ns, unsigned int of, uint8_t host, uint16_t ttl_s,
    uint16_t source)
{
	uint8_t value[18];
	struct fact f = endpoint(of, host, ttl_s, value);
	uint32_t index;

	return factdb_put(&db, now_ns, &f, source, &index);
}

static void
setup(void)
{
	factdb_init(&db, 42, 400);
}

static void
teardown(void)
{
	factdb_clear(&db);
}

TestSuite(factdb, .init = setup, .fini = teardown);

Test(factdb, merges_and_renews)
{
	cr_expect_eq(put(NOW, 1, 1, 100, 0), PUT_NEW);
	cr_expect_eq(put(NOW, 1, 1, 100, 0), PUT_SAME);
	cr_expect_eq(put(NOW, 1, 1, 50, 0), PUT_SAME, "not shortened");
	cr_expect_eq(put(NOW, 1, 1, 200, 1), PUT_RENEWED, "another source");
	cr_expect_eq(put(NOW, 2, 1, 100, 0), PUT_NEW, "another subject");
	cr_expect_eq(db.count, 2);
}

Test(factdb, expires_with_its_last_source)
{
	bool relied;

	put(NOW, 1, 1, 100, 0);
	put(NOW, 1, 1, 200, 1);
	cr_expect_not(factdb_expire(&db, NOW + 99 * SECOND_NS, &relied));
	cr_expect_not(factdb_expire(&db, NOW + 101 * SECOND_NS, &relied));
	cr_expect_eq(db.count, 1);
	cr_expect_eq(db.facts[0]->nsrc, 1);
	cr_expect(factdb_expire(&db, NOW + 200 * SECOND_NS, &relied));
	cr_expect_not(relied, "an endpoint is not relied on");
	cr_expect_eq(db.count, 0);
}

Test(factdb, tells_what_was_relied_on)
{
	uint8_t value[18];
	struct fact f = allowed(1, 1, value);
	uint32_t index;
	bool relied;

	factdb_put(&db, NOW, &f, 0, &index);
	cr_expect(factdb_expire(&db, NOW + 256 * SECOND_NS, &relied));
	cr_expect(relied);
}

Test(factdb, ttl_counts_for_ten_minutes_at_most)
{
	bool relied;

	put(NOW, 1, 1, 65535, 0);
	cr_expect(factdb_expire(&db, NOW + 600 * SECOND_NS, &relied));
}

Test(factdb, ttl_zero_takes_back)
{
	bool relied;

	cr_expect_eq(put(NOW, 1, 1, 0, 0), PUT_SAME, "nothing to take back");
	cr_expect_eq(db.count, 0);
	put(NOW, 1, 1, 100, 0);
	put(NOW, 1, 1, 100, 1);
	put(NOW, 1, 1, 0, 0);
	cr_expect_eq(db.facts[0]->nsrc, 1);
	put(NOW, 1, 1, 0, 1);
	cr_expect(factdb_expire(&db, NOW, &relied));
	cr_expect_eq(db.count, 0);
}

Test(factdb, three_endpoints_from_a_source_eight_of_a_subject)
{
	for (uint8_t i = 0; i < 3; i++)
		cr_expect_eq(put(NOW, 1, i, 255, 0), PUT_NEW);
	cr_expect_eq(put(NOW, 1, 3, 255, 0), PUT_LIMIT);
	for (uint8_t i = 3; i < 6; i++)
		cr_expect_eq(put(NOW, 1, i, 255, 1), PUT_NEW);
	for (uint8_t i = 6; i < 8; i++)
		cr_expect_eq(put(NOW, 1, i, 255, 2), PUT_NEW);
	cr_expect_eq(put(NOW, 1, 8, 255, 2), PUT_LIMIT);
	cr_expect_eq(put(NOW, 1, 0, 255, 2), PUT_SAME, "a known one is fine");
	cr_expect_eq(put(NOW, 2, 8, 255, 2), PUT_NEW, "another subject");
}

/* Who moves is not shut out by the endpoints that it left. */
Test(factdb, a_stale_endpoint_gives_way)
{
	int64_t later_ns = NOW + 150 * SECOND_NS;

	for (uint8_t i = 0; i < 3; i++)
		put(NOW, 1, i, 255, 0);
	put(later_ns, 1, 0, 255, 0);
	cr_expect_eq(put(later_ns, 1, 9, 255, 0), PUT_NEW);
	cr_expect_eq(db.count, 3);
	cr_expect_eq(put(later_ns, 1, 0, 255, 0), PUT_SAME,
	    "the one that was renewed is still there");
}

Test(factdb, prefixes_of_a_subject_are_limited)
{
	uint8_t value[18];
	uint32_t index;

	for (uint16_t i = 0; i < SUBJECT_MAX_PREFIXES; i++) {
		struct fact f = allowed(1, i, value);

		cr_assert_eq(factdb_put(&db, NOW, &f, 0, &index), PUT_NEW);
	}
	struct fact f = allowed(1, SUBJECT_MAX_PREFIXES, value);
	cr_expect_eq(factdb_put(&db, NOW, &f, 0, &index), PUT_LIMIT);
	cr_expect_eq(index, NO_FACT);
}

/* Others may fill three quarters; what this node says always fits. */
Test(factdb, a_full_table_keeps_room_for_our_own)
{
	uint8_t value[18];
	size_t taken = 0;

	for (unsigned int i = 0; i < 1000; i++)
		taken += put(NOW, i, 1, 255, (uint16_t)(i % 7)) == PUT_NEW;
	cr_expect_eq(taken, 300);
	cr_expect_eq(put(NOW, 5000, 1, 255, 0), PUT_FULL);
	cr_expect_eq(put(NOW, 7, 1, 255, 0), PUT_SAME, "known is known");
	factdb_local_begin(&db);
	for (uint8_t i = 0; i < 100; i++) {
		struct fact f = endpoint(7000, i, 255, value);

		cr_expect(factdb_local(&db, NOW, &f));
	}
	cr_expect_eq(db.count, 400);
	struct fact f = endpoint(7000, 200, 255, value);
	cr_expect_not(factdb_local(&db, NOW, &f), "even that has an end");
}

Test(factdb, local_facts_stay_while_they_are_said)
{
	uint8_t value[18];
	struct fact f = endpoint(1, 1, 255, value);
	bool relied;

	factdb_local_begin(&db);
	cr_expect(factdb_local(&db, NOW, &f));
	cr_expect_not(factdb_local_end(&db));
	cr_expect_not(factdb_expire(&db, NOW + 9999 * SECOND_NS, &relied));
	factdb_local_begin(&db);
	cr_expect_not(factdb_local(&db, NOW, &f), "nothing new");
	cr_expect_not(factdb_local_end(&db));
	put(NOW, 1, 1, 100, 3);
	factdb_local_begin(&db);
	cr_expect(factdb_local_end(&db));
	cr_expect_eq(db.count, 1, "somebody else says it too");
	factdb_forget_peer(&db, 3);
	cr_expect_eq(db.count, 0);
}

Test(factdb, a_newer_link_statement_replaces)
{
	uint8_t value[FACT_LINK_LEN] = {0};
	struct fact f = {.attr = ATTR_LINK,
	    .subject = subject(1),
	    .ttl_s = 255,
	    .value = value,
	    .len = sizeof(value)};
	uint32_t index;

	value[7] = 5;
	cr_expect_eq(factdb_put(&db, NOW, &f, 0, &index), PUT_NEW);
	value[7] = 4;
	cr_expect_eq(factdb_put(&db, NOW, &f, 0, &index), PUT_SAME);
	value[7] = 6;
	value[FACT_LINK_LEN - 1] = 1;
	cr_expect_eq(factdb_put(&db, NOW, &f, 0, &index), PUT_NEW);
	cr_expect_eq(db.count, 1);
	cr_expect_eq(db.facts[index]->value[7], 6);
	/* Another boot id counts whatever its numbers are. */
	value[7] = 1;
	value[FACT_LINK_BOOT] = 9;
	cr_expect_eq(factdb_put(&db, NOW, &f, 0, &index), PUT_NEW);
	cr_expect_eq(db.count, 1);
	struct key k = subject(1);
	factdb_drop_links(&db, &k);
	cr_expect_eq(db.count, 0);
}

/* Against a plain list, through growth, holes and expiry. */
Test(factdb, agrees_with_a_plain_list)
{
	static int64_t until_ns[20][3];
	int64_t now_ns = NOW;
	uint64_t x = 88172645463325252u;
	size_t expected;
	bool relied;

	memset(until_ns, 0, sizeof(until_ns));
	for (int i = 0; i < 20000; i++) {
		unsigned int s, h;
		uint16_t ttl_s;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		s = (unsigned int)(x % 20);
		h = (unsigned int)(x / 64 % 3);
		ttl_s = (uint16_t)(1 + x / 4096 % 300);
		now_ns += (int64_t)(x >> 40 & 7) * SECOND_NS;
		factdb_expire(&db, now_ns, &relied);
		put(now_ns, s, (uint8_t)h, ttl_s, 0);
		if (now_ns + ttl_s * SECOND_NS > until_ns[s][h])
			until_ns[s][h] = now_ns + ttl_s * SECOND_NS;
		expected = 0;
		for (s = 0; s < 20; s++) {
			for (h = 0; h < 3; h++)
				expected += until_ns[s][h] > now_ns;
		}
		cr_assert_eq(db.count, expected, "after %d", i);
	}
}
