/*
 * Bounded cursors: the only way bytes from another process or another host
 * are read or written. An overrun sets bad, which stays set; reads then give
 * zeroes and writes do nothing, so a decoder checks once, at its end.
 * All integers are big-endian.
 */
#ifndef PROTO_BUF_H
#define PROTO_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/key.h"

struct rbuf {
	const uint8_t *p;
	size_t len;
	size_t off; /* never passes len */
	bool bad;
};

struct wbuf {
	uint8_t *p;
	size_t cap;
	size_t off; /* never passes cap */
	bool bad;
};

void rbuf_init(struct rbuf *r, const void *p, size_t len);
size_t rbuf_left(const struct rbuf *r);
/* Read to the last byte and nothing went wrong. */
bool rbuf_done(const struct rbuf *r);
uint8_t rbuf_u8(struct rbuf *r);
uint16_t rbuf_u16(struct rbuf *r);
uint32_t rbuf_u32(struct rbuf *r);
uint64_t rbuf_u64(struct rbuf *r);
/* Non-negative; anything else sets bad. */
int64_t rbuf_i64(struct rbuf *r);
/* 0 or 1; anything else sets bad. */
bool rbuf_bool(struct rbuf *r);
void rbuf_bytes(struct rbuf *r, void *out, size_t len);
/* Points into the buffer; NULL (and bad) when len is not there. */
const uint8_t *rbuf_take(struct rbuf *r, size_t len);
/* A cursor over the next len bytes, which r moves past. Both are bad when
 * they are not there. */
struct rbuf rbuf_part(struct rbuf *r, size_t len);
void rbuf_key(struct rbuf *r, struct key *k);
/* family 0, 4 or 6 and 16 bytes, the unused ones zero. */
void rbuf_addr(struct rbuf *r, struct addr *a);
void rbuf_prefix(struct rbuf *r, struct prefix *p);
void rbuf_endpoint(struct rbuf *r, struct endpoint *e);
/* u8 length and bytes, no NUL within; out is NUL-terminated. */
void rbuf_str(struct rbuf *r, char *out, size_t outlen);
/* All that is left, the same. */
void rbuf_text(struct rbuf *r, char *out, size_t outlen);

void wbuf_init(struct wbuf *w, void *p, size_t cap);
size_t wbuf_left(const struct wbuf *w);
void wbuf_u8(struct wbuf *w, uint8_t v);
void wbuf_u16(struct wbuf *w, uint16_t v);
void wbuf_u32(struct wbuf *w, uint32_t v);
void wbuf_u64(struct wbuf *w, uint64_t v);
void wbuf_i64(struct wbuf *w, int64_t v);
void wbuf_bool(struct wbuf *w, bool v);
void wbuf_bytes(struct wbuf *w, const void *p, size_t len);
void wbuf_key(struct wbuf *w, const struct key *k);
void wbuf_addr(struct wbuf *w, const struct addr *a);
void wbuf_prefix(struct wbuf *w, const struct prefix *p);
void wbuf_endpoint(struct wbuf *w, const struct endpoint *e);
void wbuf_str(struct wbuf *w, const char *s);
/* Overwrite two bytes written before, for counts known late. */
void wbuf_patch_u16(struct wbuf *w, size_t off, uint16_t v);

#endif
