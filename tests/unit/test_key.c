/* Keys as text, and the addresses that follow from them. */
#include <criterion/criterion.h>

#include <string.h>

#include "common/key.h"
#include "tests/twins.h"
#include "tests/unit/vectors.h"

#define ZERO "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ONES "//////////////////////////////////////////8="

static const struct {
	const char *in;
	bool ok;
	uint8_t first, last;
} keys[] = {
    {ZERO, true, 0x00, 0x00},
    {ONES, true, 0xff, 0xff},
    {"+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA4=", true, 0xf8, 0x0e},
    {"gAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=", true, 0x80, 0x01},
    /* The same key spelled otherwise: its last two bits aren't zero. */
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC=", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD=", false, 0, 0},
    {"//////////////////////////////////////////9=", false, 0, 0},
    {"", false, 0, 0},
    {"=", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false, 0, 0},
    {"=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", false, 0, 0},
    {" AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA=", false, 0, 0},
    {"-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false, 0, 0},
    {"_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false, 0, 0},
    {"AAAAAAAAAAAAAAAAAAAAA\xc3\xa4"
     "AAAAAAAAAAAAAAAAAAAA=",
	false, 0, 0},
};

Test(key, parse)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		char text[KEY_STRLEN];
		struct key k;
		int rv = key_parse(keys[i].in, &k);

		cr_expect_eq(rv, keys[i].ok ? 0 : -1, "\"%s\"", keys[i].in);
		if (!keys[i].ok || rv == -1)
			continue;
		cr_expect_eq(k.b[0], keys[i].first, "%s", keys[i].in);
		cr_expect_eq(k.b[KEY_LEN - 1], keys[i].last, "%s", keys[i].in);
		cr_expect_str_eq(key_format(&k, text), keys[i].in);
	}
}

Test(key, each_bit_survives)
{
	for (size_t bit = 0; bit < KEY_LEN * 8; bit++) {
		char text[KEY_STRLEN];
		struct key k = {{0}}, back;

		k.b[bit / 8] = (uint8_t)(0x80 >> bit % 8);
		cr_assert_eq(key_parse(key_format(&k, text), &back), 0);
		cr_expect(key_eq(&k, &back), "bit %zu", bit);
		cr_expect_not(key_is_zero(&k));
	}
}

Test(key, order)
{
	struct key zero = {{0}}, low = {{1}}, high = {{2}};

	cr_expect(key_is_zero(&zero));
	cr_expect_lt(key_cmp(&zero, &low), 0);
	cr_expect_gt(key_cmp(&high, &low), 0);
	cr_expect_eq(key_cmp(&low, &low), 0);
	cr_expect_not(key_eq(&low, &high));
}

static void
auto_row(json_object *row, void *arg)
{
	uint8_t pub[VECTOR_BYTES], addr[VECTOR_BYTES];
	struct key k = vector_key(row, "pub");
	struct addr a = key_auto_addr(&k);
	char text[KEY_STRLEN], atext[ADDR_STRLEN];

	(void)arg;
	cr_expect_eq(vector_hex(row, "pub_hex", pub), KEY_LEN);
	cr_expect_arr_eq(k.b, pub, KEY_LEN);
	cr_expect_str_eq(key_format(&k, text), vector_str(row, "pub"));
	cr_expect_eq(vector_hex(row, "addr_hex", addr), 16);
	cr_expect_eq(a.family, 6);
	cr_expect_arr_eq(a.b, addr, 16, "%s", vector_str(row, "name"));
	cr_expect_str_eq(addr_format(&a, atext), vector_str(row, "addr"));
	cr_expect(addr_is_link_local(&a));
}

Test(key, auto_addresses_are_those_of_the_vectors)
{
	cr_expect_geq(vectors_each("autoaddr.jsonl", auto_row, NULL), 10);
}

Test(key, twins_have_one_auto_address)
{
	struct addr a = key_auto_addr(&twins[0]), b = key_auto_addr(&twins[1]);
	char text[ADDR_STRLEN];

	cr_expect_not(key_eq(&twins[0], &twins[1]));
	cr_expect(addr_eq(&a, &b));
	cr_expect_str_eq(addr_format(&a, text), "fe80::70f0:9c01:e915:689d");
}
