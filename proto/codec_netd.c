/* What netd writes to privd and reads from it: the other half is
 * codec_privd.c. See codec.h. */
#include <string.h>

#include "proto/codec.h"

static void
dec_globs(struct rbuf *r, struct conf_globs *g)
{
	g->n = rbuf_u8(r);
	if (g->n > CONF_MAX_GLOBS) {
		r->bad = true;
		g->n = 0;
	}
	for (size_t i = 0; i < g->n; i++)
		rbuf_str(r, g->glob[i], sizeof(g->glob[i]));
}

int
dec_conf_link(const uint8_t *p, size_t len, struct conf_link *m)
{
	uint8_t router, membership;
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	router = rbuf_u8(&r);
	membership = rbuf_u8(&r);
	if (router > ROUTER_NO || membership > MEMBERSHIP_ROUTERS)
		return -1;
	m->router = (enum conf_router)router;
	m->membership = (enum conf_membership)membership;
	m->quorum = rbuf_u8(&r);
	if (m->quorum < 1 || m->quorum > CONF_MAX_QUORUM)
		return -1;
	m->tell_trust = rbuf_bool(&r);
	m->chatty = rbuf_bool(&r);
	m->observe = rbuf_bool(&r);
	dec_globs(&r, &m->report);
	dec_globs(&r, &m->hide);
	return rbuf_done(&r) ? 0 : -1;
}

int
dec_conf_policy(const uint8_t *p, size_t len, struct conf_policy *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->max_peers = rbuf_u16(&r);
	m->nallowed = rbuf_u16(&r);
	if (m->max_peers == 0 || m->nallowed > CONF_MAX_PREFIXES)
		return -1;
	for (size_t i = 0; i < m->nallowed; i++)
		rbuf_prefix(&r, &m->allowed[i]);
	return rbuf_done(&r) ? 0 : -1;
}

int
dec_conf_peer(const uint8_t *p, size_t len, struct conf_peer *m,
    struct conf_scratch *scratch)
{
	struct rbuf r;
	uint8_t trust;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	rbuf_key(&r, &m->key);
	rbuf_str(&r, m->name, sizeof(m->name));
	trust = rbuf_u8(&r);
	m->exchanger = rbuf_bool(&r);
	m->basic = rbuf_bool(&r);
	m->nendpoints = rbuf_u8(&r);
	m->nprefixes = rbuf_u16(&r);
	if (r.bad || trust > TRUST_UNSET ||
	    m->nendpoints > CONF_MAX_ENDPOINTS ||
	    m->nprefixes > CONF_MAX_PREFIXES)
		return -1;
	m->trust = (enum trust)trust;
	m->endpoints = scratch->endpoints;
	m->prefixes = scratch->prefixes;
	for (size_t i = 0; i < m->nendpoints; i++) {
		rbuf_str(
		    &r, m->endpoints[i].host, sizeof(m->endpoints[i].host));
		m->endpoints[i].port = rbuf_u16(&r);
	}
	for (size_t i = 0; i < m->nprefixes; i++)
		rbuf_prefix(&r, &m->prefixes[i]);
	return rbuf_done(&r) ? 0 : -1;
}

int
dec_link(const uint8_t *p, size_t len, struct m_link *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->ifindex = rbuf_u32(&r);
	rbuf_str(&r, m->ifname, sizeof(m->ifname));
	rbuf_key(&r, &m->key);
	m->listen_port = rbuf_u16(&r);
	m->port = rbuf_u16(&r);
	rbuf_addr(&r, &m->auto_addr);
	return rbuf_done(&r) && m->ifname[0] != '\0' ? 0 : -1;
}

int
dec_addrs_next(struct rbuf *r, uint16_t *left, struct m_addr *m)
{
	if (*left == 0)
		return rbuf_done(r) ? 0 : -1;
	(*left)--;
	memset(m, 0, sizeof(*m));
	m->ifindex = rbuf_u32(r);
	m->up = rbuf_bool(r);
	rbuf_str(r, m->ifname, sizeof(m->ifname));
	rbuf_addr(r, &m->addr);
	m->len = rbuf_u8(r);
	if (m->addr.family == 0 || m->len > addr_bits(&m->addr))
		r->bad = true;
	return r->bad ? -1 : 1;
}

int
dec_peer(struct rbuf *r, struct m_peer *m)
{
	rbuf_key(r, &m->key);
	rbuf_endpoint(r, &m->endpoint);
	m->handshake_ns = rbuf_i64(r);
	m->rx_bytes = rbuf_u64(r);
	m->tx_bytes = rbuf_u64(r);
	m->keepalive_s = rbuf_u16(r);
	m->ours = rbuf_bool(r);
	m->nprefixes = rbuf_u16(r);
	return r->bad ? -1 : 0;
}

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
	wbuf_u8(w, m->remake ? 2 : m->may_add);
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
dec_result(const uint8_t *p, size_t len, struct m_result *m)
{
	struct rbuf r;
	uint32_t error;

	rbuf_init(&r, p, len);
	error = rbuf_u32(&r);
	m->rule = rbuf_u16(&r);
	m->index = rbuf_u16(&r);
	if (error > RESULT_ERRNO_MAX)
		r.bad = true;
	m->error = (int)error;
	return rbuf_done(&r) ? 0 : -1;
}

int
dec_reloaded(const uint8_t *p, size_t len, struct m_reloaded *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->done = rbuf_bool(&r);
	rbuf_text(&r, m->text, sizeof(m->text));
	return rbuf_done(&r) ? 0 : -1;
}
