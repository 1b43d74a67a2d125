/* Payloads of the control socket. See ctl.h. */
#include <string.h>

#include "proto/ctl.h"

void
enc_ctl_self(struct wbuf *w, const struct ctl_self *m)
{
	wbuf_key(w, &m->key);
	wbuf_str(w, m->ifname);
	wbuf_addr(w, &m->auto_addr);
	wbuf_u16(w, m->listen_port);
	wbuf_u16(w, m->port);
	wbuf_bool(w, m->up);
	wbuf_bool(w, m->router);
	wbuf_bool(w, m->observe);
	wbuf_bytes(w, m->boot_id, sizeof(m->boot_id));
	wbuf_u32(w, m->npeers);
	wbuf_u32(w, m->nfacts);
	wbuf_str(w, m->build);
}

int
dec_ctl_self(const uint8_t *p, size_t len, struct ctl_self *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	rbuf_key(&r, &m->key);
	rbuf_str(&r, m->ifname, sizeof(m->ifname));
	rbuf_addr(&r, &m->auto_addr);
	m->listen_port = rbuf_u16(&r);
	m->port = rbuf_u16(&r);
	m->up = rbuf_bool(&r);
	m->router = rbuf_bool(&r);
	m->observe = rbuf_bool(&r);
	rbuf_bytes(&r, m->boot_id, sizeof(m->boot_id));
	m->npeers = rbuf_u32(&r);
	m->nfacts = rbuf_u32(&r);
	rbuf_str(&r, m->build, sizeof(m->build));
	return rbuf_done(&r) ? 0 : -1;
}

/* A time that may be missing: a flag and, always, 8 bytes. */
static void
enc_maybe(struct wbuf *w, bool has, int64_t v)
{
	wbuf_bool(w, has);
	wbuf_i64(w, has ? v : 0);
}

static bool
dec_maybe(struct rbuf *r, int64_t *v)
{
	bool has = rbuf_bool(r);

	*v = rbuf_i64(r);
	if (!has && *v != 0)
		r->bad = true;
	return has;
}

void
enc_ctl_peer(struct wbuf *w, const struct ctl_peer *m)
{
	if (m->name_len > CTL_NAME_MAX || m->nprefixes > CTL_MAX_PREFIXES) {
		w->bad = true;
		return;
	}
	wbuf_key(w, &m->key);
	wbuf_u8(w, (uint8_t)m->name_len);
	wbuf_bytes(w, m->name, m->name_len);
	wbuf_u8(w, (uint8_t)m->trust);
	wbuf_u8(w, (uint8_t)m->path);
	wbuf_key(w, &m->via);
	wbuf_endpoint(w, &m->endpoint);
	enc_maybe(w, m->has_handshake, m->handshake_age_s);
	enc_maybe(w, m->alive, m->alive_for_s);
	enc_maybe(w, m->has_rtt, m->rtt_us);
	wbuf_u64(w, m->rx_bytes);
	wbuf_u64(w, m->tx_bytes);
	wbuf_bool(w, m->healthy);
	wbuf_bool(w, m->basic);
	wbuf_bool(w, m->configured);
	wbuf_bool(w, m->introduced);
	wbuf_bool(w, m->extended);
	wbuf_u16(w, m->ncandidates);
	wbuf_u16(w, m->nheld);
	wbuf_u16(w, (uint16_t)m->nprefixes);
	for (size_t i = 0; i < m->nprefixes; i++)
		enc_prefix(w, &m->prefixes[i]);
}

int
dec_ctl_peer(const uint8_t *p, size_t len, struct ctl_peer *m)
{
	uint8_t trust, path;
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	rbuf_key(&r, &m->key);
	m->name_len = rbuf_u8(&r);
	if (m->name_len > CTL_NAME_MAX)
		return -1;
	for (size_t i = 0; i < m->name_len; i++)
		m->name[i] = rbuf_u8(&r);
	trust = rbuf_u8(&r);
	path = rbuf_u8(&r);
	if (trust > TRUST_UNSET || path > CTL_PATH_ROUTER)
		return -1;
	m->trust = (enum trust)trust;
	m->path = (enum ctl_path)path;
	rbuf_key(&r, &m->via);
	rbuf_endpoint(&r, &m->endpoint);
	m->has_handshake = dec_maybe(&r, &m->handshake_age_s);
	m->alive = dec_maybe(&r, &m->alive_for_s);
	m->has_rtt = dec_maybe(&r, &m->rtt_us);
	m->rx_bytes = rbuf_u64(&r);
	m->tx_bytes = rbuf_u64(&r);
	m->healthy = rbuf_bool(&r);
	m->basic = rbuf_bool(&r);
	m->configured = rbuf_bool(&r);
	m->introduced = rbuf_bool(&r);
	m->extended = rbuf_bool(&r);
	m->ncandidates = rbuf_u16(&r);
	m->nheld = rbuf_u16(&r);
	m->nprefixes = rbuf_u16(&r);
	if (m->nprefixes > CTL_MAX_PREFIXES)
		return -1;
	for (size_t i = 0; i < m->nprefixes; i++)
		dec_prefix(&r, &m->prefixes[i]);
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_fact(struct wbuf *w, const struct ctl_fact *m)
{
	if (m->len > CTL_VALUE_MAX) {
		w->bad = true;
		return;
	}
	wbuf_u8(w, m->attr);
	wbuf_u16(w, m->ttl_s);
	wbuf_key(w, &m->subject);
	wbuf_bool(w, m->local);
	wbuf_key(w, &m->source);
	wbuf_u16(w, (uint16_t)m->len);
	wbuf_bytes(w, m->value, m->len);
}

int
dec_ctl_fact(const uint8_t *p, size_t len, struct ctl_fact *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->attr = rbuf_u8(&r);
	m->ttl_s = rbuf_u16(&r);
	rbuf_key(&r, &m->subject);
	m->local = rbuf_bool(&r);
	rbuf_key(&r, &m->source);
	m->len = rbuf_u16(&r);
	if (m->len > CTL_VALUE_MAX)
		return -1;
	for (size_t i = 0; i < m->len; i++)
		m->value[i] = rbuf_u8(&r);
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_counter(struct wbuf *w, const struct ctl_counter *m)
{
	wbuf_str(w, m->name);
	wbuf_u64(w, m->value);
}

int
dec_ctl_counter(const uint8_t *p, size_t len, struct ctl_counter *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	rbuf_str(&r, m->name, sizeof(m->name));
	m->value = rbuf_u64(&r);
	return rbuf_done(&r) && m->name[0] != '\0' ? 0 : -1;
}

void
enc_ctl_text(struct wbuf *w, const char *text)
{
	wbuf_bytes(w, text, strlen(text));
}

int
dec_ctl_text(const uint8_t *p, size_t len, char text[CTL_TEXT_LEN])
{
	struct rbuf r;

	memset(text, 0, CTL_TEXT_LEN);
	rbuf_init(&r, p, len);
	rbuf_text(&r, text, CTL_TEXT_LEN);
	return rbuf_done(&r) && text[0] != '\0' ? 0 : -1;
}
