/*
 * WireGuard public keys as plain values, their text form, and the link-local
 * address that follows from each (WIRE.md, "Addresses and ports").
 */
#ifndef COMMON_KEY_H
#define COMMON_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"

#define KEY_LEN	   32
#define KEY_STRLEN 45 /* base64 and NUL */

struct key {
	uint8_t b[KEY_LEN];
};

/* Exactly 44 characters of base64 in its one valid form. 0 or -1. */
int key_parse(const char *s, struct key *out);
const char *key_format(const struct key *k, char out[KEY_STRLEN]);
int key_cmp(const struct key *a, const struct key *b);
bool key_eq(const struct key *a, const struct key *b);
bool key_is_zero(const struct key *k);
/* fe80::/64 with the first 8 bytes of SHA-1(key) as interface id. */
struct addr key_auto_addr(const struct key *k);

#endif
