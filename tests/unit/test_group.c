/* netd/group.c: what the vectors don't reach. */
#include <criterion/criterion.h>
#include <string.h>

#include "netd/group.h"

static const uint8_t zeroes[DATAGRAM_MAX_RECV + 1];

/* A datagram with that many bytes of body, its ttl in ttl_len bytes. */
static size_t
datagram(uint8_t *out, size_t cap, size_t ttl_len, size_t body)
{
	struct wbuf w;

	wbuf_init(&w, out, cap);
	wbuf_u8(&w, ATTR_GROUP);
	for (size_t i = 1; i < ttl_len; i++)
		wbuf_u8(&w, 0x80);
	wbuf_u8(&w, 0);
	wbuf_bytes(&w, zeroes, KEY_LEN + NONCE_LEN + TAG_LEN + body);
	cr_assert_not(w.bad);
	return w.off;
}

Test(group, sizes)
{
	static const struct {
		size_t ttl_len;
		size_t body;
		bool good;
	} rows[] = {
	    {1, 0, true},
	    {3, BODY_MAX, true},
	    {3, BODY_MAX_RECV, true},
	    {3, BODY_MAX_RECV + 1, false},
	    {1, BODY_MAX_RECV, true},
	    {1, BODY_MAX_RECV + 1, false}, /* though it is no datagram
					      too long */
	    {10, 2300, true},
	    {11, 0, false},
	};
	uint8_t buf[DATAGRAM_MAX_RECV + 64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len =
		    datagram(buf, sizeof(buf), rows[i].ttl_len, rows[i].body);
		struct group g;
		int rc = group_parse(buf, len, &g);

		cr_expect_eq(rc, rows[i].good ? 0 : -1, "row %zu", i);
		if (rc == -1)
			continue;
		cr_expect_eq(g.len, rows[i].body);
		cr_expect_eq(g.body + g.len, buf + len);
	}
}

Test(group, cut_anywhere)
{
	uint8_t buf[256];
	size_t len = datagram(buf, sizeof(buf), 1, 0);
	struct group g;

	for (size_t cut = 0; cut < len; cut++)
		cr_expect_eq(group_parse(buf, cut, &g), -1, "cut %zu", cut);
	cr_expect_eq(group_parse(buf, len, &g), 0);
	for (unsigned int attr = 0; attr < 256; attr++) {
		buf[0] = (uint8_t)attr;
		cr_expect_eq(group_parse(buf, len, &g),
		    attr == ATTR_GROUP ? 0 : -1, "attribute %u", attr);
	}
}

Test(group, build)
{
	static uint8_t body[BODY_MAX];
	uint8_t out[DATAGRAM_MAX_SEND];
	struct group g = {.body = body, .len = sizeof(body)}, back;
	size_t len;

	memset(g.signer.b, 1, KEY_LEN);
	memset(g.nonce, 2, NONCE_LEN);
	memset(g.tag, 3, TAG_LEN);
	memset(body, 4, sizeof(body));
	len = group_build(out, sizeof(out), &g);
	cr_assert_eq(len, 34 + NONCE_LEN + TAG_LEN + BODY_MAX);
	cr_assert_eq(group_parse(out, len, &back), 0);
	cr_expect(key_eq(&back.signer, &g.signer));
	cr_expect_eq(memcmp(back.nonce, g.nonce, NONCE_LEN), 0);
	cr_expect_eq(memcmp(back.tag, g.tag, TAG_LEN), 0);
	cr_assert_eq(back.len, sizeof(body));
	cr_expect_eq(memcmp(back.body, body, sizeof(body)), 0);
	cr_expect_eq(group_build(out, len - 1, &g), 0);
	cr_expect_eq(group_build(out, len, &g), len);
}

Test(group, body)
{
	static const uint8_t nested[36] = {ATTR_GROUP};
	static const uint8_t member[34] = {ATTR_MEMBER};

	cr_expect(group_body_valid(zeroes, 0));
	cr_expect(group_body_valid(member, sizeof(member)));
	cr_expect_not(group_body_valid(nested, sizeof(nested)));
	cr_expect_not(group_body_valid(zeroes, 34));
}
