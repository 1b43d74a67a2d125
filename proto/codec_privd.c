/* What privd writes and reads: the other half is codec_netd.c. See codec.h. */
#include <string.h>

#include "proto/codec.h"

static void
enc_globs(struct wbuf *w, const struct conf_globs *g)
{
	if (g->n > CONF_MAX_GLOBS) {
		w->bad = true;
		return;
	}
	wbuf_u8(w, (uint8_t)g->n);
	for (size_t i = 0; i < g->n; i++)
		wbuf_str(w, g->glob[i]);
}

void
enc_conf_link(struct wbuf *w, const struct conf_link *m)
{
	wbuf_u8(w, (uint8_t)m->router);
	wbuf_u8(w, (uint8_t)m->membership);
	wbuf_u8(w, m->quorum);
	wbuf_bool(w, m->tell_trust);
	wbuf_bool(w, m->chatty);
	wbuf_bool(w, m->observe);
	enc_globs(w, &m->report);
	enc_globs(w, &m->hide);
}

void
enc_conf_policy(
    struct wbuf *w, size_t max_peers, const struct prefix *allowed, size_t n)
{
	if (n > CONF_MAX_PREFIXES)
		w->bad = true;
	wbuf_u16(w, (uint16_t)max_peers);
	wbuf_u16(w, (uint16_t)n);
	for (size_t i = 0; i < n; i++)
		wbuf_prefix(w, &allowed[i]);
}

void
enc_conf_peer(struct wbuf *w, const struct conf_peer *m)
{
	wbuf_key(w, &m->key);
	wbuf_str(w, m->name);
	wbuf_u8(w, (uint8_t)m->trust);
	wbuf_bool(w, m->exchanger);
	wbuf_bool(w, m->basic);
	wbuf_u8(w, (uint8_t)m->nendpoints);
	wbuf_u16(w, (uint16_t)m->nprefixes);
	if (m->nendpoints > CONF_MAX_ENDPOINTS ||
	    m->nprefixes > CONF_MAX_PREFIXES) {
		w->bad = true;
		return;
	}
	for (size_t i = 0; i < m->nendpoints; i++) {
		wbuf_str(w, m->endpoints[i].host);
		wbuf_u16(w, m->endpoints[i].port);
	}
	for (size_t i = 0; i < m->nprefixes; i++)
		wbuf_prefix(w, &m->prefixes[i]);
}

void
enc_link(struct wbuf *w, const struct m_link *m)
{
	wbuf_u32(w, m->ifindex);
	wbuf_str(w, m->ifname);
	wbuf_key(w, &m->key);
	wbuf_u16(w, m->listen_port);
	wbuf_u16(w, m->port);
	wbuf_addr(w, &m->auto_addr);
}

void
enc_addr(struct wbuf *w, const struct m_addr *m)
{
	wbuf_u32(w, m->ifindex);
	wbuf_bool(w, m->up);
	wbuf_str(w, m->ifname);
	wbuf_addr(w, &m->addr);
	wbuf_u8(w, m->len);
}

void
enc_peer(struct wbuf *w, const struct m_peer *m)
{
	wbuf_key(w, &m->key);
	wbuf_endpoint(w, &m->endpoint);
	wbuf_i64(w, m->handshake_ns);
	wbuf_u64(w, m->rx_bytes);
	wbuf_u64(w, m->tx_bytes);
	wbuf_u16(w, m->keepalive_s);
	wbuf_bool(w, m->ours);
	wbuf_u16(w, m->nprefixes);
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
dec_peer_set(const uint8_t *p, size_t len, struct m_peer_set *m)
{
	struct rbuf r;
	unsigned int how;

	rbuf_init(&r, p, len);
	rbuf_key(&r, &m->key);
	how = rbuf_u8(&r);
	m->may_add = how == 1;
	m->remake = how == 2;
	rbuf_endpoint(&r, &m->endpoint);
	m->keepalive_s = rbuf_u16(&r);
	m->nadd = rbuf_u16(&r);
	m->ndel = rbuf_u16(&r);
	if (r.bad || how > 2 || m->nadd > SET_MAX_PREFIXES ||
	    m->ndel > SET_MAX_PREFIXES ||
	    (m->remake &&
		(m->nadd + m->ndel > 0 || m->keepalive_s != KEEPALIVE_KEEP)))
		return -1;
	for (size_t i = 0; i < m->nadd; i++)
		rbuf_prefix(&r, &m->add[i]);
	for (size_t i = 0; i < m->ndel; i++)
		rbuf_prefix(&r, &m->del[i]);
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_reloaded(struct wbuf *w, const struct m_reloaded *m)
{
	wbuf_bool(w, m->done);
	wbuf_bytes(w, m->text, strlen(m->text));
}

void
enc_result(struct wbuf *w, const struct m_result *m)
{
	if (m->error < 0 || m->error > RESULT_ERRNO_MAX)
		w->bad = true;
	wbuf_u32(w, (uint32_t)m->error);
	wbuf_u16(w, m->rule);
	wbuf_u16(w, m->index);
}
