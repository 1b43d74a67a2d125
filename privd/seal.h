/*
 * Seals and checks the bodies of datagrams with the X25519 secret that the
 * device shares with a peer (WIRE.md, "Signing"). The secrets stay here.
 */
#ifndef PRIVD_SEAL_H
#define PRIVD_SEAL_H

#include "proto/codec.h"

#define SEAL_CACHE 512 /* secrets kept; the least recently used one goes */

struct seal;

/* secret is the device's private key, which stays the caller's; call
 * seal_flush whenever it changes. NULL without (locked) memory. */
struct seal *seal_new(const uint8_t secret[KEY_LEN]);
/* Wipes all shared secrets. */
void seal_flush(struct seal *s);

/* Each gives CRYPT_OK, CRYPT_WEAK, or CRYPT_BAD. */
enum crypt_status
seal_make(struct seal *s, const struct key *peer, const uint8_t *body,
    size_t len, uint8_t nonce[NONCE_LEN], uint8_t tag[TAG_LEN]);
enum crypt_status
seal_check(struct seal *s, const struct key *peer, const uint8_t *body,
    size_t len, const uint8_t nonce[NONCE_LEN], const uint8_t tag[TAG_LEN]);

#endif
