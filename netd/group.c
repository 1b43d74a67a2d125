/*
 * The outer bytes of a datagram. What comes in is any host's that can reach
 * the tunnel; its signature is checked by privd, after this.
 */
#include <string.h>

#include "netd/group.h"

int
group_parse(const uint8_t *p, size_t len, struct group *g)
{
	struct rbuf r;

	if (len > DATAGRAM_MAX_RECV)
		return -1;
	rbuf_init(&r, p, len);
	if (rbuf_u8(&r) != ATTR_GROUP)
		return -1;
	(void)fact_uvarint(&r, FACT_TTL_MAX);
	rbuf_key(&r, &g->signer);
	rbuf_bytes(&r, g->nonce, NONCE_LEN);
	rbuf_bytes(&r, g->tag, TAG_LEN);
	g->len = rbuf_left(&r);
	g->body = rbuf_take(&r, g->len);
	/* A short ttl leaves room for more than privd takes to check. */
	return r.bad || g->len > BODY_MAX_RECV ? -1 : 0;
}

bool
group_body_valid(const uint8_t *body, size_t len)
{
	struct rbuf r;
	struct fact f;
	int n;

	rbuf_init(&r, body, len);
	do {
		n = fact_next(&r, &f);
	} while (n == 1);
	return n == 0;
}

size_t
group_build(uint8_t *out, size_t cap, const struct group *g)
{
	struct wbuf w;

	wbuf_init(&w, out, cap);
	wbuf_u8(&w, ATTR_GROUP);
	fact_put_uvarint(&w, 0);
	wbuf_key(&w, &g->signer);
	wbuf_bytes(&w, g->nonce, NONCE_LEN);
	wbuf_bytes(&w, g->tag, TAG_LEN);
	wbuf_bytes(&w, g->body, g->len);
	return w.bad ? 0 : w.off;
}
