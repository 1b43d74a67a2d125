/* Bounded cursors: what fits, what doesn't, and that it stays so. */
#include <criterion/criterion.h>

#include <string.h>

#include "proto/buf.h"

enum getter { U8, U16, U32, U64, I64, BOOL, KEY, ADDR, PREFIX, ENDPOINT, STR };

static const struct {
	const char *name;
	size_t len;
} sizes[] = {
    [U8] = {"u8", 1},
    [U16] = {"u16", 2},
    [U32] = {"u32", 4},
    [U64] = {"u64", 8},
    [I64] = {"i64", 8},
    [BOOL] = {"bool", 1},
    [KEY] = {"key", KEY_LEN},
    [ADDR] = {"addr", 17},
    [PREFIX] = {"prefix", 18},
    [ENDPOINT] = {"endpoint", 19},
    [STR] = {"str", 4},
};

/* Puts a valid value. */
static void
put(struct wbuf *w, enum getter g)
{
	struct key k;
	struct prefix p;
	struct endpoint e;

	memset(&k, 0xa5, sizeof(k));
	prefix_parse("2001:db8::/32", &p);
	endpoint_parse("192.0.2.1:51820", &e);
	switch (g) {
	case U8:
		wbuf_u8(w, 0xa5);
		break;
	case U16:
		wbuf_u16(w, 0xa55a);
		break;
	case U32:
		wbuf_u32(w, 0xa55a1234);
		break;
	case U64:
		wbuf_u64(w, UINT64_MAX - 1);
		break;
	case I64:
		wbuf_i64(w, INT64_MAX);
		break;
	case BOOL:
		wbuf_bool(w, true);
		break;
	case KEY:
		wbuf_key(w, &k);
		break;
	case ADDR:
		wbuf_addr(w, &p.addr);
		break;
	case PREFIX:
		wbuf_prefix(w, &p);
		break;
	case ENDPOINT:
		wbuf_endpoint(w, &e);
		break;
	case STR:
		wbuf_str(w, "abc");
		break;
	}
}

/* Is what comes out what put gave (or, for whole = false, nothing)? */
static bool
get(struct rbuf *r, enum getter g, bool whole)
{
	struct key k, zero = {{0}}, want;
	struct prefix p, wantp;
	struct endpoint e, wante;
	struct addr a;
	char text[8] = "xxxxxxx";

	memset(&want, 0xa5, sizeof(want));
	prefix_parse("2001:db8::/32", &wantp);
	endpoint_parse("192.0.2.1:51820", &wante);
	switch (g) {
	case U8:
		return rbuf_u8(r) == (whole ? 0xa5 : 0);
	case U16:
		return rbuf_u16(r) == (whole ? 0xa55a : 0);
	case U32:
		return rbuf_u32(r) == (whole ? 0xa55a1234 : 0);
	case U64:
		return rbuf_u64(r) == (whole ? UINT64_MAX - 1 : 0);
	case I64:
		return rbuf_i64(r) == (whole ? INT64_MAX : 0);
	case BOOL:
		return rbuf_bool(r) == whole;
	case KEY:
		rbuf_key(r, &k);
		return key_eq(&k, whole ? &want : &zero);
	case ADDR:
		rbuf_addr(r, &a);
		return !whole || addr_eq(&a, &wantp.addr);
	case PREFIX:
		rbuf_prefix(r, &p);
		return !whole || prefix_eq(&p, &wantp);
	case ENDPOINT:
		rbuf_endpoint(r, &e);
		return !whole || endpoint_eq(&e, &wante);
	case STR:
		rbuf_str(r, text, sizeof(text));
		return strcmp(text, whole ? "abc" : "") == 0;
	}
	return false;
}

Test(buf, each_type_at_its_boundary)
{
	for (enum getter g = U8; g <= STR; g++) {
		size_t need = sizes[g].len;

		for (size_t room = 0; room <= need + 1; room++) {
			uint8_t b[64];
			struct wbuf w;

			memset(b, 0xee, sizeof(b));
			wbuf_init(&w, b, room);
			put(&w, g);
			cr_expect_eq(w.bad, room < need, "%s in %zu",
			    sizes[g].name, room);
			cr_expect_leq(w.off, room);
			cr_expect_eq(
			    b[room], 0xee, "%s in %zu", sizes[g].name, room);
			if (room >= need)
				cr_expect_eq(wbuf_left(&w), room - need);
		}
		for (size_t len = 0; len <= need + 1; len++) {
			uint8_t b[64] = {0};
			struct wbuf w;
			struct rbuf r;

			wbuf_init(&w, b, sizeof(b));
			put(&w, g);
			rbuf_init(&r, b, len);
			cr_expect(get(&r, g, len >= need), "%s of %zu",
			    sizes[g].name, len);
			cr_expect_eq(
			    r.bad, len < need, "%s of %zu", sizes[g].name, len);
			cr_expect_eq(rbuf_done(&r), len == need, "%s of %zu",
			    sizes[g].name, len);
			cr_expect_leq(r.off, len);
		}
	}
}

Test(buf, an_overrun_of_reading_stays)
{
	for (enum getter g = U8; g <= STR; g++) {
		uint8_t b[64] = {0};
		struct wbuf w;
		struct rbuf r;
		size_t off;

		wbuf_init(&w, b, sizeof(b));
		put(&w, g);
		rbuf_init(&r, b, sizes[g].len);
		cr_expect_null(rbuf_take(&r, sizes[g].len + 1));
		cr_assert(r.bad);
		off = r.off;
		cr_expect(get(&r, g, false), "%s gives zero", sizes[g].name);
		cr_expect(r.bad, "%s", sizes[g].name);
		cr_expect_eq(r.off, off, "%s moves on", sizes[g].name);
		cr_expect_null(rbuf_take(&r, 0));
		cr_expect_not(rbuf_done(&r));
	}
}

Test(buf, an_overrun_of_writing_stays)
{
	for (enum getter g = U8; g <= STR; g++) {
		uint8_t b[64] = {0}, zero[64] = {0};
		struct wbuf w;

		wbuf_init(&w, b, sizeof(b));
		wbuf_bytes(&w, zero, sizeof(b) + 1);
		cr_assert(w.bad);
		put(&w, g);
		cr_expect(w.bad, "%s", sizes[g].name);
		cr_expect_eq(w.off, 0, "%s", sizes[g].name);
		cr_expect_arr_eq(b, zero, sizeof(b), "%s", sizes[g].name);
		wbuf_patch_u16(&w, 0, 0xffff);
		cr_expect_eq(b[0], 0);
	}
}

Test(buf, lengths_that_would_wrap)
{
	uint8_t b[8] = {0};
	struct rbuf r;
	struct wbuf w;

	rbuf_init(&r, b, sizeof(b));
	rbuf_u32(&r);
	cr_expect_null(rbuf_take(&r, SIZE_MAX));
	cr_expect(r.bad);
	cr_expect_eq(r.off, 4);
	wbuf_init(&w, b, sizeof(b));
	wbuf_u32(&w, 1);
	wbuf_bytes(&w, b, SIZE_MAX - 2);
	cr_expect(w.bad);
	cr_expect_eq(w.off, 4);
}

Test(buf, big_endian)
{
	static const uint8_t want[] = {
	    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	uint8_t b[sizeof(want)];
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w, b, sizeof(b));
	wbuf_u8(&w, 0x01);
	wbuf_u16(&w, 0x0203);
	wbuf_u32(&w, 0x04050607);
	wbuf_u64(&w, 0x08090a0b0c0d0e0f);
	cr_expect_not(w.bad);
	cr_expect_arr_eq(b, want, sizeof(want));
	rbuf_init(&r, want, sizeof(want));
	cr_expect_eq(rbuf_u8(&r), 0x01);
	cr_expect_eq(rbuf_u16(&r), 0x0203);
	cr_expect_eq(rbuf_u32(&r), 0x04050607);
	cr_expect_eq(rbuf_u64(&r), 0x08090a0b0c0d0e0f);
	cr_expect(rbuf_done(&r));
}

/* Bytes that have the right number and the wrong sense. */
static const struct {
	enum getter g;
	const char *what;
	uint8_t b[24];
	size_t len;
} wrong[] = {
    {I64, "negative", {0x80}, 8},
    {I64, "negative", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 8},
    {BOOL, "2", {2}, 1},
    {BOOL, "255", {255}, 1},
    {ADDR, "family 1", {1}, 17},
    {ADDR, "family 5", {5}, 17},
    {ADDR, "family 255", {255}, 17},
    {ADDR, "no address with bytes", {0, 1}, 17},
    {ADDR, "IPv4 with a fifth byte", {4, 1, 2, 3, 4, 1}, 17},
    {ADDR, "IPv4 with a last byte",
	{4, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 17},
    {PREFIX, "of no address", {0}, 18},
    {PREFIX, "IPv4 /33",
	{4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 33}, 18},
    {PREFIX, "IPv6 /129",
	{6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 129}, 18},
    {PREFIX, "host bits",
	{4, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24}, 18},
    {ENDPOINT, "port without address",
	{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 19},
    {STR, "NUL within", {3, 'a', 0, 'c'}, 4},
    {STR, "NUL at the end", {3, 'a', 'b', 0}, 4},
    {STR, "no room for it", {8, '1', '2', '3', '4', '5', '6', '7', '8'}, 9},
    {STR, "length past the end", {5, 'a', 'b', 'c', 'd'}, 5},
};

Test(buf, wrong_values)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct rbuf r;

		rbuf_init(&r, wrong[i].b, wrong[i].len);
		get(&r, wrong[i].g, false);
		cr_expect(
		    r.bad, "%s: %s", sizes[wrong[i].g].name, wrong[i].what);
	}
}

Test(buf, values_at_their_limits)
{
	static const uint8_t max[] = {
	    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t seven[] = {7, '1', '2', '3', '4', '5', '6', '7'};
	uint8_t none[19] = {0}, b[300];
	struct endpoint e;
	struct addr a;
	struct rbuf r;
	struct wbuf w;
	char text[8], long_text[257];

	rbuf_init(&r, max, sizeof(max));
	cr_expect_eq(rbuf_i64(&r), INT64_MAX);
	cr_expect(rbuf_done(&r));
	rbuf_init(&r, none, 17);
	rbuf_addr(&r, &a);
	cr_expect(rbuf_done(&r), "no address is one");
	rbuf_init(&r, none, 19);
	rbuf_endpoint(&r, &e);
	cr_expect(rbuf_done(&r));
	rbuf_init(&r, seven, sizeof(seven));
	rbuf_str(&r, text, sizeof(text));
	cr_expect(rbuf_done(&r));
	cr_expect_str_eq(text, "1234567");
	rbuf_init(&r, none, 1);
	rbuf_str(&r, text, sizeof(text));
	cr_expect(rbuf_done(&r), "an empty string is one");
	cr_expect_str_empty(text);

	wbuf_init(&w, b, sizeof(b));
	wbuf_i64(&w, -1);
	cr_expect(w.bad, "a negative number isn't written");
	memset(long_text, 'x', sizeof(long_text));
	long_text[256] = '\0';
	wbuf_init(&w, b, sizeof(b));
	wbuf_str(&w, long_text);
	cr_expect(w.bad, "256 bytes are too many for u8");
	wbuf_init(&w, b, sizeof(b));
	wbuf_str(&w, long_text + 1);
	cr_expect_not(w.bad);
	cr_expect_eq(w.off, 256);
}

Test(buf, patch)
{
	uint8_t b[8];
	struct wbuf w;

	wbuf_init(&w, b, sizeof(b));
	wbuf_u8(&w, 1);
	wbuf_u16(&w, 0);
	wbuf_patch_u16(&w, 1, 0xabcd);
	cr_expect_not(w.bad);
	cr_expect_eq(b[0], 1);
	cr_expect_eq(b[1], 0xab);
	cr_expect_eq(b[2], 0xcd);
	cr_expect_eq(w.off, 3);
	wbuf_patch_u16(&w, 2, 0xffff);
	cr_expect(w.bad, "half behind the end");
	cr_expect_eq(b[2], 0xcd);
	wbuf_init(&w, b, sizeof(b));
	wbuf_u16(&w, 0);
	wbuf_patch_u16(&w, SIZE_MAX, 0xffff);
	cr_expect(w.bad);
}

Test(buf, nothing_at_all)
{
	struct rbuf r;
	struct wbuf w;

	rbuf_init(&r, NULL, 0);
	cr_expect(rbuf_done(&r));
	cr_expect_eq(rbuf_left(&r), 0);
	cr_expect_eq(rbuf_u8(&r), 0);
	cr_expect(r.bad);
	wbuf_init(&w, NULL, 0);
	wbuf_bytes(&w, NULL, 0);
	cr_expect_not(w.bad);
	wbuf_u8(&w, 1);
	cr_expect(w.bad);
}
