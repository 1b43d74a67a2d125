/* privd/seal.c: its own round trip, the vectors' keys are group's tests. */
#include <criterion/criterion.h>
#include <string.h>

#include <sodium.h>

#include "privd/seal.h"

struct side {
	uint8_t secret[KEY_LEN];
	struct key public;
	struct seal *seal;
};

static void
make(struct side *s)
{
	cr_assert_geq(sodium_init(), 0);
	randombytes_buf(s->secret, sizeof s->secret);
	crypto_scalarmult_base(s->public.b, s->secret);
	s->seal = seal_new(s->secret);
	cr_assert_not_null(s->seal);
}

static const uint8_t body[] = "what privd does not look into";

Test(seal, round_trip)
{
	struct side a, b, c;
	uint8_t nonce[NONCE_LEN], tag[TAG_LEN], again[NONCE_LEN], tag2[TAG_LEN];

	make(&a);
	make(&b);
	make(&c);
	cr_assert_eq(
	    seal_make(a.seal, &b.public, body, sizeof body, nonce, tag),
	    CRYPT_OK);
	cr_assert_eq(
	    seal_check(b.seal, &a.public, body, sizeof body, nonce, tag),
	    CRYPT_OK);
	/* Nothing else passes. */
	cr_expect_eq(
	    seal_check(b.seal, &a.public, body, sizeof body - 1, nonce, tag),
	    CRYPT_BAD);
	cr_expect_eq(
	    seal_check(b.seal, &c.public, body, sizeof body, nonce, tag),
	    CRYPT_BAD);
	cr_expect_eq(
	    seal_check(c.seal, &a.public, body, sizeof body, nonce, tag),
	    CRYPT_BAD);
	tag[3] ^= 1;
	cr_expect_eq(
	    seal_check(b.seal, &a.public, body, sizeof body, nonce, tag),
	    CRYPT_BAD);
	/* No nonce comes twice. */
	cr_assert_eq(
	    seal_make(a.seal, &b.public, body, sizeof body, again, tag2),
	    CRYPT_OK);
	cr_expect_neq(memcmp(nonce, again, sizeof nonce), 0);
}

/* The raw X25519 output is the key (WIRE.md, "Signing"). */
Test(seal, key_is_the_raw_secret)
{
	uint8_t expect[TAG_LEN], key[KEY_LEN], nonce[NONCE_LEN], tag[TAG_LEN];
	struct side a, b;
	uint8_t none[1];

	make(&a);
	make(&b);
	cr_assert_eq(crypto_scalarmult(key, b.secret, a.public.b), 0);
	cr_assert_eq(
	    seal_make(a.seal, &b.public, body, sizeof body, nonce, tag),
	    CRYPT_OK);
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
	    none, expect, NULL, none, 0, body, sizeof body, NULL, nonce, key);
	cr_expect_eq(memcmp(tag, expect, sizeof tag), 0);
}

/* The points of small order that exist in canonical form, and one more. */
Test(seal, weak_keys)
{
	static const char *const weak[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	uint8_t nonce[NONCE_LEN] = {0}, tag[TAG_LEN] = {0};
	struct side a;

	make(&a);
	for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
		struct key k;
		size_t n;

		cr_assert_eq(sodium_hex2bin(
				 k.b, sizeof k.b, weak[i], 64, NULL, &n, NULL),
		    0);
		cr_expect_eq(
		    seal_make(a.seal, &k, body, sizeof body, nonce, tag),
		    CRYPT_WEAK, "%s", weak[i]);
		cr_expect_eq(
		    seal_check(a.seal, &k, body, sizeof body, nonce, tag),
		    CRYPT_WEAK, "%s", weak[i]);
	}
}

Test(seal, cache_is_bounded_and_forgets_the_oldest)
{
	static struct key peer[SEAL_CACHE + 8];
	uint8_t nonce[NONCE_LEN], tag[TAG_LEN], secret[KEY_LEN];
	struct side a, b;

	make(&a);
	make(&b);
	for (size_t i = 0; i < SEAL_CACHE + 8; i++) {
		randombytes_buf(secret, sizeof secret);
		crypto_scalarmult_base(peer[i].b, secret);
		cr_assert_eq(
		    seal_make(a.seal, &peer[i], body, sizeof body, nonce, tag),
		    CRYPT_OK);
	}
	/* Far more than it holds, and still each with its own secret. */
	cr_assert_eq(
	    seal_make(a.seal, &b.public, body, sizeof body, nonce, tag),
	    CRYPT_OK);
	cr_expect_eq(
	    seal_check(b.seal, &a.public, body, sizeof body, nonce, tag),
	    CRYPT_OK);
}

Test(seal, new_device_key_needs_a_flush)
{
	uint8_t nonce[NONCE_LEN], tag[TAG_LEN];
	struct side a, b, c;

	make(&a);
	make(&b);
	make(&c);
	cr_assert_eq(
	    seal_make(a.seal, &b.public, body, sizeof body, nonce, tag),
	    CRYPT_OK);
	memcpy(a.secret, c.secret, sizeof a.secret);
	seal_flush(a.seal);
	cr_assert_eq(
	    seal_make(a.seal, &b.public, body, sizeof body, nonce, tag),
	    CRYPT_OK);
	cr_expect_eq(
	    seal_check(b.seal, &c.public, body, sizeof body, nonce, tag),
	    CRYPT_OK);
	cr_expect_eq(
	    seal_check(b.seal, &a.public, body, sizeof body, nonce, tag),
	    CRYPT_BAD);
}
