/* Keys as values. See key.h. */
#include <sys/types.h>

#include <sha1.h>
#include <string.h>

#include "common/key.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int
key_parse(const char *s, struct key *out)
{
	uint32_t bits = 0;
	size_t n = 0;

	if (strlen(s) != KEY_STRLEN - 1 || s[KEY_STRLEN - 2] != '=')
		return -1;
	for (size_t i = 0; i < KEY_STRLEN - 2; i++) {
		const char *c = strchr(alphabet, s[i]);

		if (c == NULL || *c == '\0')
			return -1;
		bits = bits << 6 | (uint32_t)(c - alphabet);
		if (i % 4 == 3) {
			out->b[n++] = (uint8_t)(bits >> 16);
			out->b[n++] = (uint8_t)(bits >> 8);
			out->b[n++] = (uint8_t)bits;
			bits = 0;
		}
	}
	/* 43 characters are 258 bits: the last two must be zero, or the same
	 * key would have four spellings. */
	if ((bits & 3) != 0)
		return -1;
	out->b[n++] = (uint8_t)(bits >> 10);
	out->b[n] = (uint8_t)(bits >> 2);
	return 0;
}

const char *
key_format(const struct key *k, char out[KEY_STRLEN])
{
	size_t o = 0;

	for (size_t i = 0; i < KEY_LEN; i += 3) {
		uint32_t bits = (uint32_t)k->b[i] << 16 |
		    (i + 1 < KEY_LEN ? (uint32_t)k->b[i + 1] << 8 : 0) |
		    (i + 2 < KEY_LEN ? (uint32_t)k->b[i + 2] : 0);

		out[o++] = alphabet[bits >> 18 & 63];
		out[o++] = alphabet[bits >> 12 & 63];
		out[o++] = alphabet[bits >> 6 & 63];
		out[o++] = alphabet[bits & 63];
	}
	out[KEY_STRLEN - 2] = '=';
	out[KEY_STRLEN - 1] = '\0';
	return out;
}

int
key_cmp(const struct key *a, const struct key *b)
{
	return memcmp(a->b, b->b, KEY_LEN);
}

bool
key_eq(const struct key *a, const struct key *b)
{
	return key_cmp(a, b) == 0;
}

bool
key_is_zero(const struct key *k)
{
	static const struct key zero;

	return key_eq(k, &zero);
}

struct addr
key_auto_addr(const struct key *k)
{
	uint8_t digest[SHA1_DIGEST_LENGTH];
	struct addr a = {.family = 6, .b = {0xfe, 0x80}};
	SHA1_CTX ctx;

	SHA1Init(&ctx);
	SHA1Update(&ctx, k->b, KEY_LEN);
	SHA1Final(digest, &ctx);
	memcpy(a.b + 8, digest, 8);
	return a;
}
