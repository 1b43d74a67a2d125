/* Bounded cursors. See buf.h. */
#include <string.h>

#include "proto/buf.h"

void
rbuf_init(struct rbuf *r, const void *p, size_t len)
{
	r->p = p;
	r->len = len;
	r->off = 0;
	r->bad = false;
}

size_t
rbuf_left(const struct rbuf *r)
{
	return r->len - r->off;
}

bool
rbuf_done(const struct rbuf *r)
{
	return !r->bad && r->off == r->len;
}

const uint8_t *
rbuf_take(struct rbuf *r, size_t len)
{
	size_t end = r->off + len;

	if (r->bad || end < len || end > r->len) {
		r->bad = true;
		return NULL;
	}
	r->off = end;
	/* Counted back from the end, which was just found to be inside: the
	 * proof (docs/proofs.md) knows the range of each number alone. */
	return r->p + (end - len);
}

struct rbuf
rbuf_part(struct rbuf *r, size_t len)
{
	struct rbuf part = *r;

	(void)rbuf_take(r, len);
	part.len = r->off;
	part.bad = r->bad;
	return part;
}

/* Up to 8 bytes as one big-endian number. */
static uint64_t
number(struct rbuf *r, size_t len)
{
	const uint8_t *p = rbuf_take(r, len);
	uint64_t v = 0;

	for (size_t i = 0; p != NULL && i < len; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t
rbuf_u8(struct rbuf *r)
{
	return (uint8_t)number(r, 1);
}

uint16_t
rbuf_u16(struct rbuf *r)
{
	return (uint16_t)number(r, 2);
}

uint32_t
rbuf_u32(struct rbuf *r)
{
	return (uint32_t)number(r, 4);
}

uint64_t
rbuf_u64(struct rbuf *r)
{
	return number(r, 8);
}

int64_t
rbuf_i64(struct rbuf *r)
{
	uint64_t v = number(r, 8);

	if (v > INT64_MAX) {
		r->bad = true;
		return 0;
	}
	return (int64_t)v;
}

bool
rbuf_bool(struct rbuf *r)
{
	uint8_t v = rbuf_u8(r);

	if (v > 1)
		r->bad = true;
	return v == 1;
}

void
rbuf_bytes(struct rbuf *r, void *out, size_t len)
{
	const uint8_t *p = rbuf_take(r, len);

	if (p != NULL)
		memcpy(out, p, len);
	else
		memset(out, 0, len);
}

void
rbuf_key(struct rbuf *r, struct key *k)
{
	rbuf_bytes(r, k->b, KEY_LEN);
}

void
rbuf_addr(struct rbuf *r, struct addr *a)
{
	size_t used;

	a->family = rbuf_u8(r);
	rbuf_bytes(r, a->b, sizeof(a->b));
	if (a->family != 0 && a->family != 4 && a->family != 6) {
		r->bad = true;
		a->family = 0;
	}
	used = addr_bits(a) / 8;
	for (size_t i = used; i < sizeof(a->b); i++) {
		if (a->b[i] != 0)
			r->bad = true;
	}
}

void
rbuf_prefix(struct rbuf *r, struct prefix *p)
{
	struct addr a;
	uint8_t len;

	rbuf_addr(r, &a);
	len = rbuf_u8(r);
	if (!prefix_make(&a, len, p) || !addr_eq(&p->addr, &a))
		r->bad = true;
}

void
rbuf_endpoint(struct rbuf *r, struct endpoint *e)
{
	rbuf_addr(r, &e->addr);
	e->port = rbuf_u16(r);
	if (e->addr.family == 0 && e->port != 0)
		r->bad = true;
}

void
rbuf_str(struct rbuf *r, char *out, size_t outlen)
{
	size_t len = rbuf_u8(r);

	memset(out, 0, outlen);
	if (len >= outlen) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < len; i++) {
		uint8_t c = rbuf_u8(r);

		if (c == 0)
			r->bad = true;
		out[i] = (char)c;
	}
	if (r->bad)
		out[0] = '\0';
}

void
wbuf_init(struct wbuf *w, void *p, size_t cap)
{
	w->p = p;
	w->cap = cap;
	w->off = 0;
	w->bad = false;
}

size_t
wbuf_left(const struct wbuf *w)
{
	return w->cap - w->off;
}

void
wbuf_bytes(struct wbuf *w, const void *p, size_t len)
{
	size_t end = w->off + len;

	if (w->bad || end < len || end > w->cap) {
		w->bad = true;
		return;
	}
	if (len > 0)
		memcpy(w->p + (end - len), p, len);
	w->off = end;
}

static void
put_number(struct wbuf *w, uint64_t v, size_t len)
{
	uint8_t b[8];

	for (size_t i = 0; i < len; i++)
		b[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
	wbuf_bytes(w, b, len);
}

void
wbuf_u8(struct wbuf *w, uint8_t v)
{
	put_number(w, v, 1);
}

void
wbuf_u16(struct wbuf *w, uint16_t v)
{
	put_number(w, v, 2);
}

void
wbuf_u32(struct wbuf *w, uint32_t v)
{
	put_number(w, v, 4);
}

void
wbuf_u64(struct wbuf *w, uint64_t v)
{
	put_number(w, v, 8);
}

void
wbuf_i64(struct wbuf *w, int64_t v)
{
	if (v < 0)
		w->bad = true;
	put_number(w, (uint64_t)v, 8);
}

void
wbuf_bool(struct wbuf *w, bool v)
{
	put_number(w, v ? 1 : 0, 1);
}

void
wbuf_key(struct wbuf *w, const struct key *k)
{
	wbuf_bytes(w, k->b, KEY_LEN);
}

void
wbuf_addr(struct wbuf *w, const struct addr *a)
{
	wbuf_u8(w, a->family);
	wbuf_bytes(w, a->b, sizeof(a->b));
}

void
wbuf_prefix(struct wbuf *w, const struct prefix *p)
{
	wbuf_addr(w, &p->addr);
	wbuf_u8(w, p->len);
}

void
wbuf_endpoint(struct wbuf *w, const struct endpoint *e)
{
	wbuf_addr(w, &e->addr);
	wbuf_u16(w, e->port);
}

void
wbuf_str(struct wbuf *w, const char *s)
{
	size_t len = strlen(s);

	if (len > UINT8_MAX) {
		w->bad = true;
		return;
	}
	wbuf_u8(w, (uint8_t)len);
	wbuf_bytes(w, s, len);
}

void
wbuf_patch_u16(struct wbuf *w, size_t off, uint16_t v)
{
	size_t end = off + 2;

	if (w->bad || end < 2 || end > w->off) {
		w->bad = true;
		return;
	}
	w->p[end - 2] = (uint8_t)(v >> 8);
	w->p[end - 1] = (uint8_t)v;
}
