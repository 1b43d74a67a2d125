/*
 * Bodies are bytes to us: they are authenticated, never looked into.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "privd/seal.h"

_Static_assert(NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES &&
	TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES &&
	KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    "XChaCha20-Poly1305");

struct seal {
	const uint8_t *secret;
	uint8_t (*shared)[KEY_LEN]; /* locked memory, one for each entry */
	uint64_t clock;
	struct {
		struct key peer;
		uint64_t used; /* 0: free */
	} entry[SEAL_CACHE];
};

struct seal *
seal_new(const uint8_t secret[KEY_LEN])
{
	struct seal *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->secret = secret;
	s->shared = sodium_allocarray(SEAL_CACHE, sizeof *s->shared);
	if (s->shared == NULL) {
		free(s);
		return NULL;
	}
	seal_flush(s);
	return s;
}

void
seal_flush(struct seal *s)
{
	sodium_memzero(s->shared, SEAL_CACHE * sizeof *s->shared);
	memset(s->entry, 0, sizeof s->entry);
}

/* The secret shared with the peer; NULL when it would be all zeroes. */
static const uint8_t *
shared_secret(struct seal *s, const struct key *peer)
{
	size_t oldest = 0;

	for (size_t i = 0; i < SEAL_CACHE; i++) {
		if (s->entry[i].used != 0 && key_eq(&s->entry[i].peer, peer)) {
			s->entry[i].used = ++s->clock;
			return s->shared[i];
		}
		if (s->entry[i].used < s->entry[oldest].used)
			oldest = i;
	}
	s->entry[oldest].used = 0;
	if (crypto_scalarmult(s->shared[oldest], s->secret, peer->b) != 0 ||
	    sodium_is_zero(s->shared[oldest], KEY_LEN)) {
		sodium_memzero(s->shared[oldest], KEY_LEN);
		return NULL;
	}
	s->entry[oldest].peer = *peer;
	s->entry[oldest].used = ++s->clock;
	return s->shared[oldest];
}

enum crypt_status
seal_make(struct seal *s, const struct key *peer, const uint8_t *body,
    size_t len, uint8_t nonce[NONCE_LEN], uint8_t tag[TAG_LEN])
{
	const uint8_t *key = shared_secret(s, peer);
	uint8_t empty[1];

	if (key == NULL)
		return CRYPT_WEAK;
	randombytes_buf(nonce, NONCE_LEN);
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
	    empty, tag, NULL, empty, 0, body, len, NULL, nonce, key);
	return CRYPT_OK;
}

enum crypt_status
seal_check(struct seal *s, const struct key *peer, const uint8_t *body,
    size_t len, const uint8_t nonce[NONCE_LEN], const uint8_t tag[TAG_LEN])
{
	const uint8_t *key = shared_secret(s, peer);
	uint8_t empty[1];

	if (key == NULL)
		return CRYPT_WEAK;
	return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
		   empty, NULL, empty, 0, tag, body, len, nonce, key) == 0
	    ? CRYPT_OK
	    : CRYPT_BAD;
}
