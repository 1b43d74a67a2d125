/* Payloads of HELLO, the configuration, the link, addresses and the device.
 * See codec.h. */
#include <string.h>

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

void
enc_conf_link(struct wbuf *w, const struct conf_link *m)
{
	wbuf_u8(w, (uint8_t)m->router);
	wbuf_u8(w, (uint8_t)m->membership);
	wbuf_bool(w, m->chatty);
	enc_globs(w, &m->report);
	enc_globs(w, &m->hide);
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
	m->chatty = rbuf_bool(&r);
	dec_globs(&r, &m->report);
	dec_globs(&r, &m->hide);
	return rbuf_done(&r) ? 0 : -1;
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

void
enc_addr(struct wbuf *w, const struct m_addr *m)
{
	wbuf_u32(w, m->ifindex);
	wbuf_bool(w, m->up);
	wbuf_str(w, m->ifname);
	wbuf_addr(w, &m->addr);
	wbuf_u8(w, m->len);
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
