/* Payloads between netd and the resolver. See codec.h. */
#include <string.h>

#include "proto/codec.h"

void
enc_resolve(struct wbuf *w, const char *host)
{
	wbuf_str(w, host);
}

int
dec_resolve(const uint8_t *p, size_t len, char host[CONF_HOST_STRLEN])
{
	struct rbuf r;

	rbuf_init(&r, p, len);
	rbuf_str(&r, host, CONF_HOST_STRLEN);
	return rbuf_done(&r) && host[0] != '\0' ? 0 : -1;
}

void
enc_resolved(struct wbuf *w, const struct m_resolved *m)
{
	wbuf_u8(w, m->error);
	wbuf_u8(w, (uint8_t)m->n);
	if (m->n > RESOLVED_MAX) {
		w->bad = true;
		return;
	}
	for (size_t i = 0; i < m->n; i++)
		wbuf_addr(w, &m->addr[i]);
}

int
dec_resolved(const uint8_t *p, size_t len, struct m_resolved *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->error = rbuf_u8(&r);
	m->n = rbuf_u8(&r);
	if (m->error > RESOLVE_TEMPORARY || m->n > RESOLVED_MAX)
		return -1;
	for (size_t i = 0; i < m->n; i++) {
		rbuf_addr(&r, &m->addr[i]);
		if (m->addr[i].family == 0)
			r.bad = true;
	}
	return rbuf_done(&r) ? 0 : -1;
}
