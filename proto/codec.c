/* Payloads that more than one side writes or reads. See codec.h. */
#include "proto/codec.h"

void
enc_hello(struct wbuf *w, const struct m_hello *m)
{
	wbuf_u32(w, m->version);
	wbuf_str(w, m->build);
}

int
dec_hello(const uint8_t *p, size_t len, struct m_hello *m)
{
	struct rbuf r;

	rbuf_init(&r, p, len);
	m->version = rbuf_u32(&r);
	rbuf_str(&r, m->build, sizeof(m->build));
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_prefix(struct wbuf *w, const struct m_prefix *m)
{
	wbuf_prefix(w, &m->prefix);
	wbuf_bool(w, m->ours);
}

int
dec_prefix(struct rbuf *r, struct m_prefix *m)
{
	rbuf_prefix(r, &m->prefix);
	m->ours = rbuf_bool(r);
	return r->bad ? -1 : 0;
}
