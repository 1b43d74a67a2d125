/* netd/fact.c: what the vectors don't reach. */
#include <criterion/criterion.h>
#include <string.h>

#include "netd/fact.h"
#include "netd/group.h"
#include "tests/unit/vectors.h"

#define KEY_HEX                                                                \
	"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
#define SUM_HEX	  "0011223344556677"
#define NONCE_HEX "a0a1a2a3a4a5a6a7"
#define NONCE4	  NONCE_HEX NONCE_HEX NONCE_HEX NONCE_HEX
#define NONCE16	  NONCE4 NONCE4 NONCE4 NONCE4

Test(fact, uvarint)
{
	static const struct {
		const char *hex;
		uint64_t max;
		bool bad;
		uint64_t value;
		size_t used;
	} rows[] = {
	    {"00", 0, false, 0, 1},
	    {"01", 0, true, 0, 0},
	    {"7f", 127, false, 127, 1},
	    {"8001", 128, false, 128, 2},
	    {"8001", 127, true, 0, 0},
	    {"ffff03", 65535, false, 65535, 3},
	    {"808004", 65535, true, 0, 0},
	    {"80", 65535, true, 0, 0},
	    {"", 65535, true, 0, 0},
	    {"ff808080808080808000", 255, false, 127, 10},
	    {"ffffffffffffffffff01", UINT64_MAX, false, UINT64_MAX, 10},
	    {"ffffffffffffffffff02", UINT64_MAX, true, 0, 0},
	    {"ffffffffffffffffff03", UINT64_MAX, true, 0, 0},
	    {"8080808080808080808000", UINT64_MAX, true, 0, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[VECTOR_BYTES];
		size_t len = vector_unhex(rows[i].hex, buf);
		struct rbuf r;
		uint64_t v;

		rbuf_init(&r, buf, len);
		v = fact_uvarint(&r, rows[i].max);
		cr_expect_eq(r.bad, rows[i].bad, "row %zu", i);
		cr_expect_eq(v, rows[i].value, "row %zu", i);
		cr_expect(r.bad || r.off == rows[i].used, "row %zu", i);
	}
}

Test(fact, uvarint_is_shortest)
{
	static const uint64_t values[] = {
	    0, 1, 127, 128, 16383, 16384, 65535, UINT32_MAX, UINT64_MAX};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint8_t buf[16];
		struct wbuf w;
		struct rbuf r;

		wbuf_init(&w, buf, sizeof(buf));
		fact_put_uvarint(&w, values[i]);
		cr_assert_not(w.bad);
		rbuf_init(&r, buf, w.off);
		cr_expect_eq(fact_uvarint(&r, UINT64_MAX), values[i]);
		cr_expect(rbuf_done(&r));
		cr_expect(w.off == 1 || buf[w.off - 1] != 0);
	}
}

/* Values alone; attribute, ttl and subject are put before them. */
Test(fact, values)
{
	static const struct {
		enum attr attr;
		const char *hex;
		bool good;
	} rows[] = {
	    {ATTR_PING, "", true},
	    {ATTR_PING, "00", false},
	    {ATTR_ACK, "", false},
	    {ATTR_ACK, "00", false},
	    {ATTR_ACK, "01" NONCE_HEX, true},
	    {ATTR_ACK, "01a0a1a2a3a4a5a6", false},
	    {ATTR_ACK, "01" NONCE_HEX "00", false},
	    {ATTR_ACK, "02" NONCE_HEX, false},
	    {ATTR_ACK, "10" NONCE16, true},
	    {ATTR_ACK, "11" NONCE16 NONCE_HEX, false},
	    {ATTR_ACK, "ff" NONCE16, false},
	    {ATTR_LINK,
		"0000000000000001"
		"0011223344556677" KEY_HEX "00",
		true},
	    {ATTR_LINK,
		"ffffffffffffffff"
		"0011223344556677" KEY_HEX "01",
		true},
	    {ATTR_LINK,
		"0000000000000001"
		"0011223344556677" KEY_HEX "02",
		true},
	    {ATTR_LINK,
		"0000000000000001"
		"0011223344556677" KEY_HEX "03",
		false},
	    {ATTR_LINK,
		"0000000000000001"
		"0011223344556677" KEY_HEX,
		false},
	    {ATTR_LINK, "0000000000000001" KEY_HEX "00", false},
	    {ATTR_LINK, "", false},
	    {ATTR_DIGEST, "01" SUM_HEX, true},
	    {ATTR_DIGEST, "05" SUM_HEX, true},
	    {ATTR_DIGEST, "02" SUM_HEX NONCE_HEX, true},
	    {ATTR_DIGEST, "06" SUM_HEX NONCE_HEX, true},
	    {ATTR_DIGEST, "01" SUM_HEX NONCE_HEX, false},
	    {ATTR_DIGEST, "02" SUM_HEX, false},
	    {ATTR_DIGEST, "02" SUM_HEX "a0a1a2a3a4a5a6", false},
	    {ATTR_DIGEST, "03" SUM_HEX NONCE_HEX, false}, /* both */
	    {ATTR_DIGEST, "00" SUM_HEX, false}, /* neither */
	    {ATTR_DIGEST, "04" SUM_HEX, false},
	    {ATTR_DIGEST, "09" SUM_HEX, false}, /* a flag of no meaning */
	    {ATTR_DIGEST, "81" SUM_HEX, false},
	    {ATTR_DIGEST, "01001122334455", false},
	    {ATTR_DIGEST, "01", false},
	    {ATTR_DIGEST, "", false},
	    {ATTR_TRUST, "00", true},
	    {ATTR_TRUST, "03", true},
	    {ATTR_TRUST, "04", false},
	    {ATTR_TRUST, "ff", false},
	    {ATTR_TRUST, "", false},
	    {ATTR_TRUST, "0303", false},
	    {ATTR_ALIVE, "000102030405060708090a0b0c0d0e0f", true},
	    {ATTR_ALIVE, "000102030405060708090a0b0c0d0e", false},
	    {ATTR_MEMBER, "", true},
	    {ATTR_ENDPOINT_V6, "00000000000000000000ffff010203041234", false},
	    {ATTR_ENDPOINT_V6, "000000000000000000000000010203041234", true},
	    {ATTR_METADATA, "", false},
	    {ATTR_METADATA, "00", true},
	    {ATTR_METADATA, "026e00", true},
	    {ATTR_METADATA, "036e01c3", false}, /* cut sequence */
	    {ATTR_METADATA, "046e02c3bc", true},
	    {ATTR_METADATA, "046e02c080", false}, /* overlong */
	    {ATTR_METADATA, "046e02c180", false},
	    {ATTR_METADATA, "056e03e08080", false},
	    {ATTR_METADATA, "056e03e0a080", true},
	    {ATTR_METADATA, "056e03ed9fbf", true},
	    {ATTR_METADATA, "056e03eda080", false}, /* surrogate */
	    {ATTR_METADATA, "066e04f08fbfbf", false},
	    {ATTR_METADATA, "066e04f0908080", true},
	    {ATTR_METADATA, "066e04f48fbfbf", true},
	    {ATTR_METADATA, "066e04f4908080", false}, /* past 10ffff */
	    {ATTR_METADATA, "066e04f5808080", false},
	    {ATTR_METADATA, "036e0180", false},
	    {ATTR_METADATA, "026200", false},
	    {ATTR_METADATA, "03620100", true},
	    {ATTR_METADATA, "03620102", false},
	    {ATTR_METADATA, "06620100620100", false}, /* twice */
	    {ATTR_METADATA, "047a007a00", false},
	    {ATTR_METADATA, "016e", false},
	    {ATTR_METADATA, "8880808080808080808000", false},
	    {ATTR_METADATA,
		"04"
		"7a"
		"820000",
		false},
	    {ATTR_METADATA,
		"05"
		"7a"
		"82000102",
		true},
	    {ATTR_GROUP, "", false},
	    {(enum attr)0, "", false},
	    {(enum attr)0xff, "", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t value[VECTOR_BYTES], buf[VECTOR_BYTES];
		struct fact f = {.attr = rows[i].attr, .ttl_s = 300}, g;
		struct wbuf w;
		struct rbuf r;

		vector_unhex(KEY_HEX, f.subject.b);
		f.value = value;
		f.len = vector_unhex(rows[i].hex, value);
		wbuf_init(&w, buf, sizeof(buf));
		fact_put(&w, &f);
		cr_assert_not(w.bad);
		cr_expect_eq(w.off, fact_size(&f), "row %zu", i);
		rbuf_init(&r, buf, w.off);
		cr_expect_eq(group_body_valid(buf, w.off), rows[i].good,
		    "row %zu: %s", i, rows[i].hex);
		if (!rows[i].good)
			continue;
		cr_assert_eq(fact_next(&r, &g), 1);
		cr_expect_eq(g.attr, f.attr);
		cr_expect_eq(g.ttl_s, f.ttl_s);
		cr_expect(key_eq(&g.subject, &f.subject));
		cr_assert_eq(g.len, f.len);
		cr_expect_eq(memcmp(g.value, f.value, f.len), 0);
		cr_expect_eq(fact_next(&r, &g), 0);
	}
}

/* However a good body is cut, no byte past the cut is looked at, and it is
 * malformed unless cut between facts. */
Test(fact, cut_anywhere)
{
	uint8_t body[VECTOR_BYTES];
	size_t len = vector_unhex("65ff01" KEY_HEX "c0000202ca6c"
				  "6b00" KEY_HEX "01" NONCE_HEX "4dff01" KEY_HEX
				  "086e03626f62620101",
	    body);

	cr_assert(group_body_valid(body, len));
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t copy[VECTOR_BYTES];

		memset(copy, 0xff, sizeof(copy));
		memcpy(copy, body, cut);
		cr_expect_eq(group_body_valid(copy, cut),
		    cut == 0 || cut == 41 || cut == 41 + 43, "cut %zu", cut);
	}
}

Test(fact, put_does_not_overflow)
{
	static const uint8_t value[6] = {192, 0, 2, 1, 0, 1};
	struct fact f = {.attr = ATTR_ENDPOINT_V4,
	    .ttl_s = 255,
	    .value = value,
	    .len = sizeof(value)};
	uint8_t buf[64];

	for (size_t cap = 0; cap < sizeof(buf); cap++) {
		struct wbuf w;

		memset(buf, 0xaa, sizeof(buf));
		wbuf_init(&w, buf, cap);
		fact_put(&w, &f);
		cr_expect_eq(w.bad, cap < fact_size(&f), "cap %zu", cap);
		for (size_t i = cap; i < sizeof(buf); i++)
			cr_assert_eq(buf[i], 0xaa);
	}
}

Test(fact, metadata)
{
	static const uint8_t name[] = {'b', 'o', 'b'};
	struct metadata m = {.name = name, .name_len = sizeof(name)}, back;
	uint8_t out[32], canonical[32];
	size_t len;

	len = fact_metadata_value(&m, out, sizeof(out));
	cr_assert_eq(len, 6);
	fact_metadata(out, len, &back);
	cr_expect_eq(back.name_len, 3);
	cr_expect_eq(memcmp(back.name, name, 3), 0);
	cr_expect_not(back.has_basic);
	m.has_basic = m.basic = true;
	len = fact_metadata_value(&m, out, sizeof(out));
	cr_assert_eq(len, 9);
	fact_metadata(out, len, &back);
	cr_expect(back.has_basic && back.basic);
	cr_expect_eq(fact_metadata_value(&m, out, 8), 0);
	cr_expect_eq(fact_metadata_value(&m, out, 9), 9);
	/* Longer forms of the lengths come out shortest. */
	len = vector_unhex("8b00"
			   "7a0178"
			   "62830001"
			   "00",
	    out);
	cr_expect_eq(fact_metadata_canonical(out, len, canonical, 32), 0);
	len = vector_unhex("8b00"
			   "7a0178"
			   "62810001"
			   "6e8000"
			   "00",
	    out);
	cr_assert_eq(len, 13);
	cr_assert_eq(fact_metadata_canonical(out, len, canonical, 32), 0,
	    "a byte after the end");
	out[0] = 0x8a;
	cr_assert_eq(fact_metadata_canonical(out, 12, canonical, 32), 9);
	vector_unhex("08"
		     "6e00"
		     "620101"
		     "7a0178",
	    out);
	cr_expect_eq(memcmp(canonical, out, 9), 0);
}

Test(fact, boot_id)
{
	uint8_t random[BOOT_ID_LEN], id[BOOT_ID_LEN];

	for (unsigned int i = 0; i < BOOT_ID_LEN; i++)
		random[i] = (uint8_t)(0xff - i);
	boot_id_make(random, CAP_ACK, id);
	cr_expect_eq(id[6] >> 4, 8);
	cr_expect_eq(id[8] >> 6, 2);
	cr_expect_eq(memcmp(id, random, 6), 0, "randomness is kept");
	cr_expect_eq(id[7], random[7]);
	cr_expect_eq(id[15], 1, "bit 0 of the last byte comes first");
	cr_expect_eq(boot_id_caps(id), CAP_ACK);
	boot_id_make(random, UINT64_C(0xfedcba9876), id);
	cr_expect_eq(boot_id_caps(id), UINT64_C(0xfedcba9876));
	for (size_t i = 6; i <= 10; i++) {
		uint8_t other[BOOT_ID_LEN];

		if (i == 7)
			continue;
		memcpy(other, id, sizeof(other));
		other[i] ^= 0xc0;
		cr_expect_eq(boot_id_caps(other), 0, "byte %zu", i);
	}
}

/* Another implementation has to come to the same: docs/wire.md. */
Test(fact, id)
{
	const uint8_t v4[6] = {192, 0, 2, 1, 0xca, 0x6c};
	struct fact f = {
	    .attr = ATTR_ENDPOINT_V4, .value = v4, .len = sizeof(v4)};
	struct fact g = f;
	uint64_t id;

	for (uint8_t i = 0; i < KEY_LEN; i++)
		f.subject.b[i] = i;
	id = fact_id(&f);
	cr_expect_eq(id, UINT64_C(0xec88a4b6812d2c53));
	f.ttl_s = 7;
	cr_expect_eq(fact_id(&f), id, "how long it lasts is no part of it");
	cr_expect_neq(fact_id(&g), id, "another subject");
	g = f;
	g.attr = ATTR_MEMBER;
	cr_expect_neq(fact_id(&g), id, "another attribute");
	g = f;
	g.len--;
	cr_expect_neq(fact_id(&g), id, "another value");
}
