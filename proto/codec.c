/* Payloads of SEAL, CHECK, PEER_SET and the resolver's. See codec.h. */
#include <string.h>

#include "proto/codec.h"

#define ERRNO_MAX 4095 /* the kernel's MAX_ERRNO */

void
enc_seal(struct wbuf *w, const struct m_body *m)
{
	if (m->len > BODY_MAX)
		w->bad = true;
	wbuf_key(w, &m->peer);
	wbuf_u16(w, (uint16_t)m->len);
	wbuf_bytes(w, m->body, m->len);
}

void
enc_check(struct wbuf *w, const struct m_body *m)
{
	if (m->len > BODY_MAX_RECV)
		w->bad = true;
	wbuf_key(w, &m->peer);
	wbuf_bytes(w, m->nonce, NONCE_LEN);
	wbuf_bytes(w, m->tag, TAG_LEN);
	wbuf_u16(w, (uint16_t)m->len);
	wbuf_bytes(w, m->body, m->len);
}

static int
dec_body(struct rbuf *r, struct m_body *m, size_t max)
{
	m->len = rbuf_u16(r);
	if (m->len > max)
		r->bad = true;
	m->body = rbuf_take(r, m->len);
	return r->bad ? -1 : 0;
}

int
dec_seal(struct rbuf *r, struct m_body *m)
{
	memset(m, 0, sizeof(*m));
	rbuf_key(r, &m->peer);
	return dec_body(r, m, BODY_MAX);
}

int
dec_check(struct rbuf *r, struct m_body *m)
{
	memset(m, 0, sizeof(*m));
	rbuf_key(r, &m->peer);
	rbuf_bytes(r, m->nonce, NONCE_LEN);
	rbuf_bytes(r, m->tag, TAG_LEN);
	return dec_body(r, m, BODY_MAX_RECV);
}

void
enc_sealed(struct wbuf *w, const struct m_sealed *m)
{
	wbuf_u8(w, (uint8_t)m->status);
	wbuf_bytes(w, m->nonce, NONCE_LEN);
	wbuf_bytes(w, m->tag, TAG_LEN);
}

int
dec_sealed(struct rbuf *r, struct m_sealed *m)
{
	uint8_t status = rbuf_u8(r);

	rbuf_bytes(r, m->nonce, NONCE_LEN);
	rbuf_bytes(r, m->tag, TAG_LEN);
	if (status > CRYPT_RATE)
		r->bad = true;
	m->status = r->bad ? CRYPT_BAD : (enum crypt_status)status;
	return r->bad ? -1 : 0;
}

void
enc_checked(struct wbuf *w, const uint8_t *status, size_t n)
{
	static const uint8_t padding[3];

	if (n < 1 || n > BATCH_MAX)
		w->bad = true;
	wbuf_u8(w, (uint8_t)n);
	wbuf_bytes(w, status, n);
	wbuf_bytes(w, padding, sizeof(padding));
}

int
dec_checked(const uint8_t *p, size_t len, uint8_t *status, size_t *n)
{
	struct rbuf r;

	rbuf_init(&r, p, len);
	*n = rbuf_u8(&r);
	if (*n < 1 || *n > BATCH_MAX)
		return -1;
	for (size_t i = 0; i < *n; i++) {
		uint8_t s = rbuf_u8(&r);

		if (s > CRYPT_RATE)
			r.bad = true;
		status[i] = s;
	}
	for (int i = 0; i < 3; i++) {
		if (rbuf_u8(&r) != 0)
			r.bad = true;
	}
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_peer_set(struct wbuf *w, const struct m_peer_set *m)
{
	wbuf_key(w, &m->key);
	wbuf_bool(w, m->may_add);
	wbuf_endpoint(w, &m->endpoint);
	wbuf_u16(w, m->keepalive_s);
	wbuf_u16(w, (uint16_t)m->nadd);
	wbuf_u16(w, (uint16_t)m->ndel);
	if (m->nadd > SET_MAX_PREFIXES || m->ndel > SET_MAX_PREFIXES) {
		w->bad = true;
		return;
	}
	for (size_t i = 0; i < m->nadd; i++)
		wbuf_prefix(w, &m->add[i]);
	for (size_t i = 0; i < m->ndel; i++)
		wbuf_prefix(w, &m->del[i]);
}

int
dec_peer_set(const uint8_t *p, size_t len, struct m_peer_set *m)
{
	struct rbuf r;

	rbuf_init(&r, p, len);
	rbuf_key(&r, &m->key);
	m->may_add = rbuf_bool(&r);
	rbuf_endpoint(&r, &m->endpoint);
	m->keepalive_s = rbuf_u16(&r);
	m->nadd = rbuf_u16(&r);
	m->ndel = rbuf_u16(&r);
	if (r.bad || m->nadd > SET_MAX_PREFIXES || m->ndel > SET_MAX_PREFIXES)
		return -1;
	for (size_t i = 0; i < m->nadd; i++)
		rbuf_prefix(&r, &m->add[i]);
	for (size_t i = 0; i < m->ndel; i++)
		rbuf_prefix(&r, &m->del[i]);
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_result(struct wbuf *w, const struct m_result *m)
{
	if (m->error < 0 || m->error > ERRNO_MAX)
		w->bad = true;
	wbuf_u32(w, (uint32_t)m->error);
	wbuf_u16(w, m->rule);
	wbuf_u16(w, m->index);
}

int
dec_result(const uint8_t *p, size_t len, struct m_result *m)
{
	struct rbuf r;
	uint32_t error;

	rbuf_init(&r, p, len);
	error = rbuf_u32(&r);
	m->rule = rbuf_u16(&r);
	m->index = rbuf_u16(&r);
	if (error > ERRNO_MAX)
		r.bad = true;
	m->error = (int)error;
	return rbuf_done(&r) ? 0 : -1;
}

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
