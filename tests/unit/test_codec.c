/* proto/codec*.c and proto/ctl.c: each payload there and back, at its
 * smallest and largest, which are what proto/msgs.h says; nothing cut,
 * nothing longer and no value out of range is read. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "proto/ctl.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* How a message is made and read. */
struct codec {
	enum msg_type type;
	void (*put)(struct wbuf *, bool largest);
	/* Reads it and writes what it has read. 0, or -1 when it is bad. */
	int (*again)(const uint8_t *, size_t, struct wbuf *);
};

static void
fill_str(char *s, size_t size)
{
	memset(s, 'x', size - 1);
	s[size - 1] = '\0';
}

static void
fill_key(struct key *k, unsigned int seed)
{
	for (size_t i = 0; i < KEY_LEN; i++)
		k->b[i] = (uint8_t)(seed * 31 + i);
}

/* A different one for each i. */
static struct prefix
some_prefix(size_t i)
{
	struct prefix p = {.addr = {.family = 6, .b = {0xfd}}, .len = 128};

	p.addr.b[14] = (uint8_t)(i >> 8);
	p.addr.b[15] = (uint8_t)i;
	return p;
}

static struct endpoint
some_endpoint(void)
{
	return (struct endpoint){
	    .addr = {.family = 4, .b = {192, 0, 2, 1}}, .port = 51820};
}

static void
put_nothing(struct wbuf *w, bool largest)
{
	(void)w;
	(void)largest;
}

static int
again_nothing(const uint8_t *p, size_t len, struct wbuf *w)
{
	(void)p;
	(void)w;
	return len == 0 ? 0 : -1;
}

static void
put_hello(struct wbuf *w, bool largest)
{
	struct m_hello m = {.version = PROTO_VERSION};

	if (largest)
		fill_str(m.build, sizeof(m.build));
	enc_hello(w, &m);
}

static int
again_hello(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_hello m;

	if (dec_hello(p, len, &m) == -1)
		return -1;
	enc_hello(w, &m);
	return 0;
}

static void
put_conf_link(struct wbuf *w, bool largest)
{
	struct conf_link m = {.router = ROUTER_AUTO, .quorum = 1};

	if (largest) {
		m.router = ROUTER_NO;
		m.membership = MEMBERSHIP_ROUTERS;
		m.quorum = CONF_MAX_QUORUM;
		m.tell_trust = m.chatty = true;
		m.observe = true;
		m.report.n = m.hide.n = CONF_MAX_GLOBS;
		for (size_t i = 0; i < CONF_MAX_GLOBS; i++) {
			fill_str(m.report.glob[i], CONF_GLOB_STRLEN);
			fill_str(m.hide.glob[i], CONF_GLOB_STRLEN);
		}
	}
	enc_conf_link(w, &m);
}

static int
again_conf_link(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct conf_link m;

	if (dec_conf_link(p, len, &m) == -1)
		return -1;
	enc_conf_link(w, &m);
	return 0;
}

static void
put_conf_policy(struct wbuf *w, bool largest)
{
	struct prefix allowed[CONF_MAX_PREFIXES];
	size_t n = largest ? CONF_MAX_PREFIXES : 0;

	for (size_t i = 0; i < n; i++)
		allowed[i] = some_prefix(i);
	enc_conf_policy(w, largest ? 4096 : 1, allowed, n);
}

static int
again_conf_policy(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct conf_policy m;

	if (dec_conf_policy(p, len, &m) == -1)
		return -1;
	enc_conf_policy(w, m.max_peers, m.allowed, m.nallowed);
	return 0;
}

static void
put_conf_peer(struct wbuf *w, bool largest)
{
	static struct conf_scratch s;
	struct conf_peer m = {.trust = TRUST_UNSET};

	fill_key(&m.key, 1);
	if (largest) {
		fill_str(m.name, sizeof(m.name));
		m.trust = TRUST_DELEGATE;
		m.exchanger = m.basic = true;
		m.endpoints = s.endpoints;
		m.prefixes = s.prefixes;
		m.nendpoints = CONF_MAX_ENDPOINTS;
		m.nprefixes = CONF_MAX_PREFIXES;
		for (size_t i = 0; i < m.nendpoints; i++) {
			fill_str(s.endpoints[i].host, CONF_HOST_STRLEN);
			s.endpoints[i].port = (uint16_t)(i + 1);
		}
		for (size_t i = 0; i < m.nprefixes; i++)
			s.prefixes[i] = some_prefix(i);
	}
	enc_conf_peer(w, &m);
}

static int
again_conf_peer(const uint8_t *p, size_t len, struct wbuf *w)
{
	static struct conf_scratch s;
	struct conf_peer m;

	if (dec_conf_peer(p, len, &m, &s) == -1)
		return -1;
	enc_conf_peer(w, &m);
	return 0;
}

static void
put_link(struct wbuf *w, bool largest)
{
	struct m_link m = {
	    .ifindex = 7, .ifname = "w", .listen_port = 51820, .port = 51821};

	fill_key(&m.key, 2);
	m.auto_addr = key_auto_addr(&m.key);
	if (largest)
		fill_str(m.ifname, sizeof(m.ifname));
	enc_link(w, &m);
}

static int
again_link(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_link m;

	if (dec_link(p, len, &m) == -1)
		return -1;
	enc_link(w, &m);
	return 0;
}

static void
put_addrs(struct wbuf *w, bool largest)
{
	struct m_addr m = {.ifindex = 2,
	    .up = true,
	    .addr = {.family = 6, .b = {0xfd, [15] = 1}},
	    .len = 64};
	uint16_t n = 0;

	wbuf_u16(w, 0);
	fill_str(m.ifname, sizeof(m.ifname));
	while (largest && wbuf_left(w) >= M_ADDR_MAX) {
		enc_addr(w, &m);
		n++;
	}
	/* What is left is room for one with a shorter name. */
	if (largest) {
		m.ifname[wbuf_left(w) - (M_ADDR_MAX - 15)] = '\0';
		enc_addr(w, &m);
		n++;
	}
	wbuf_patch_u16(w, 0, n);
}

static int
again_addrs(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_addr m;
	struct rbuf r;
	uint16_t left;
	int rv;

	rbuf_init(&r, p, len);
	left = rbuf_u16(&r);
	wbuf_u16(w, left);
	while ((rv = dec_addrs_next(&r, &left, &m)) == 1)
		enc_addr(w, &m);
	return rv;
}

static void
put_device(struct wbuf *w, bool largest)
{
	/* 10 + 14 * 80 + 802 * 19 bytes are MSG_PAYLOAD. */
	size_t npeers = largest ? 14 : 0, nprefixes = largest ? 802 : 0;
	struct m_prefix prefix = {.ours = true};

	wbuf_i64(w, INT64_MAX);
	wbuf_u16(w, (uint16_t)npeers);
	for (size_t i = 0; i < npeers; i++) {
		struct m_peer m = {.endpoint = some_endpoint(),
		    .handshake_ns = INT64_MAX,
		    .rx_bytes = UINT64_MAX,
		    .tx_bytes = UINT64_MAX,
		    .keepalive_s = UINT16_MAX,
		    .ours = true,
		    .nprefixes = (uint16_t)(i == 0 ? nprefixes : 0)};

		fill_key(&m.key, (unsigned int)i);
		enc_peer(w, &m);
		for (size_t k = 0; k < m.nprefixes; k++) {
			prefix.prefix = some_prefix(k);
			enc_prefix(w, &prefix);
		}
	}
}

static int
again_device(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_prefix prefix;
	struct m_peer m;
	struct rbuf r;
	uint16_t n;

	rbuf_init(&r, p, len);
	wbuf_i64(w, rbuf_i64(&r));
	n = rbuf_u16(&r);
	wbuf_u16(w, n);
	while (n-- > 0) {
		if (dec_peer(&r, &m) == -1)
			return -1;
		enc_peer(w, &m);
		while (m.nprefixes-- > 0) {
			if (dec_prefix(&r, &prefix) == -1)
				return -1;
			enc_prefix(w, &prefix);
		}
	}
	return rbuf_done(&r) ? 0 : -1;
}

static uint8_t body[BODY_MAX_RECV + 1];

static void
put_seal(struct wbuf *w, bool largest)
{
	struct m_body m = {.body = body, .len = largest ? BODY_MAX : 0};
	size_t n = largest ? BATCH_MAX : 1;

	wbuf_u8(w, (uint8_t)n);
	for (size_t i = 0; i < n; i++)
		enc_seal(w, &m);
}

static int
again_seal(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_body m;
	struct rbuf r;
	uint8_t n;

	rbuf_init(&r, p, len);
	n = rbuf_u8(&r);
	wbuf_u8(w, n);
	while (n-- > 0) {
		if (dec_seal(&r, &m) == -1)
			return -1;
		enc_seal(w, &m);
	}
	return rbuf_done(&r) ? 0 : -1;
}

static void
put_check(struct wbuf *w, bool largest)
{
	struct m_body m = {.body = body};
	size_t n = largest ? BATCH_MAX : 1;

	memset(m.nonce, 0xaa, sizeof(m.nonce));
	memset(m.tag, 0xbb, sizeof(m.tag));
	wbuf_u8(w, (uint8_t)n);
	for (size_t i = 0; i < n; i++) {
		/* The last is as long as there is room for. */
		if (largest)
			m.len = i < n - 1 ? 1300 : wbuf_left(w) - 74;
		enc_check(w, &m);
	}
}

static int
again_check(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_body m;
	struct rbuf r;
	uint8_t n;

	rbuf_init(&r, p, len);
	n = rbuf_u8(&r);
	wbuf_u8(w, n);
	while (n-- > 0) {
		if (dec_check(&r, &m) == -1)
			return -1;
		enc_check(w, &m);
	}
	return rbuf_done(&r) ? 0 : -1;
}

static void
put_sealed(struct wbuf *w, bool largest)
{
	struct m_sealed m = {.status = largest ? CRYPT_RATE : CRYPT_OK};
	size_t n = largest ? BATCH_MAX : 1;

	memset(m.nonce, 1, sizeof(m.nonce));
	memset(m.tag, 2, sizeof(m.tag));
	wbuf_u8(w, (uint8_t)n);
	for (size_t i = 0; i < n; i++)
		enc_sealed(w, &m);
}

static int
again_sealed(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_sealed m;
	struct rbuf r;
	uint8_t n;

	rbuf_init(&r, p, len);
	n = rbuf_u8(&r);
	wbuf_u8(w, n);
	while (n-- > 0) {
		if (dec_sealed(&r, &m) == -1)
			return -1;
		enc_sealed(w, &m);
	}
	return rbuf_done(&r) ? 0 : -1;
}

static void
put_checked(struct wbuf *w, bool largest)
{
	static const uint8_t status[BATCH_MAX] = {
	    CRYPT_RATE, CRYPT_OK, CRYPT_BAD, CRYPT_UNKNOWN, CRYPT_WEAK};

	enc_checked(w, status, largest ? BATCH_MAX : 1);
}

static int
again_checked(const uint8_t *p, size_t len, struct wbuf *w)
{
	uint8_t status[BATCH_MAX];
	size_t n;

	if (dec_checked(p, len, status, &n) == -1)
		return -1;
	enc_checked(w, status, n);
	return 0;
}

static void
put_peer_set(struct wbuf *w, bool largest)
{
	static struct m_peer_set m;

	memset(&m, 0, sizeof(m));
	fill_key(&m.key, 3);
	m.keepalive_s = KEEPALIVE_KEEP;
	if (largest) {
		m.may_add = true;
		m.endpoint = some_endpoint();
		m.nadd = m.ndel = SET_MAX_PREFIXES;
		for (size_t i = 0; i < SET_MAX_PREFIXES; i++) {
			m.add[i] = some_prefix(i);
			m.del[i] = some_prefix(i + SET_MAX_PREFIXES);
		}
	}
	enc_peer_set(w, &m);
}

static int
again_peer_set(const uint8_t *p, size_t len, struct wbuf *w)
{
	static struct m_peer_set m;

	if (dec_peer_set(p, len, &m) == -1)
		return -1;
	enc_peer_set(w, &m);
	return 0;
}

static void
put_key(struct wbuf *w, bool largest)
{
	struct key k;

	(void)largest;
	fill_key(&k, 4);
	wbuf_key(w, &k);
}

static int
again_key(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct rbuf r;
	struct key k;

	rbuf_init(&r, p, len);
	rbuf_key(&r, &k);
	wbuf_key(w, &k);
	return rbuf_done(&r) ? 0 : -1;
}

static void
put_result(struct wbuf *w, bool largest)
{
	struct m_result m = {.index = RESULT_NO_INDEX};

	if (largest)
		m = (struct m_result){.error = 4095, .rule = 9, .index = 511};
	enc_result(w, &m);
}

static int
again_result(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_result m;

	if (dec_result(p, len, &m) == -1)
		return -1;
	enc_result(w, &m);
	return 0;
}

static void
put_reloaded(struct wbuf *w, bool largest)
{
	struct m_reloaded m = {.done = largest};

	if (largest)
		fill_str(m.text, sizeof(m.text));
	enc_reloaded(w, &m);
}

static int
again_reloaded(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_reloaded m;

	if (dec_reloaded(p, len, &m) == -1)
		return -1;
	enc_reloaded(w, &m);
	return 0;
}

static void
put_ctl_text(struct wbuf *w, bool largest)
{
	char text[CTL_TEXT_LEN] = "t";

	if (largest)
		fill_str(text, sizeof(text));
	enc_ctl_text(w, text);
}

static int
again_ctl_text(const uint8_t *p, size_t len, struct wbuf *w)
{
	char text[CTL_TEXT_LEN];

	if (dec_ctl_text(p, len, text) == -1)
		return -1;
	enc_ctl_text(w, text);
	return 0;
}

static void
put_resolve(struct wbuf *w, bool largest)
{
	char host[CONF_HOST_STRLEN] = "h";

	if (largest)
		fill_str(host, sizeof(host));
	enc_resolve(w, host);
}

static int
again_resolve(const uint8_t *p, size_t len, struct wbuf *w)
{
	char host[CONF_HOST_STRLEN];

	if (dec_resolve(p, len, host) == -1)
		return -1;
	enc_resolve(w, host);
	return 0;
}

static void
put_resolved(struct wbuf *w, bool largest)
{
	struct m_resolved m = {.error = RESOLVE_TEMPORARY};

	if (largest) {
		m.error = RESOLVE_OK;
		m.n = RESOLVED_MAX;
		for (size_t i = 0; i < m.n; i++)
			m.addr[i] = some_prefix(i).addr;
	}
	enc_resolved(w, &m);
}

static int
again_resolved(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct m_resolved m;

	if (dec_resolved(p, len, &m) == -1)
		return -1;
	enc_resolved(w, &m);
	return 0;
}

static void
put_ctl_get(struct wbuf *w, bool largest)
{
	struct ctl_get m = {.what = largest ? CTL_WHY : CTL_PEERS};

	m.has_key = largest;
	fill_key(&m.key, 6);
	enc_ctl_get(w, &m);
}

static void
put_ctl_name(struct wbuf *w, bool largest)
{
	struct ctl_name m = {.on_device = largest};

	fill_key(&m.key, 6);
	m.name_len = largest ? CTL_NAME_MAX : 0;
	memset(m.name, 0xff, m.name_len);
	enc_ctl_name(w, &m);
}

static void
put_ctl_why(struct wbuf *w, bool largest)
{
	struct ctl_why m = {.answer = CTL_SKIP};

	/* What is missing has no value, whatever is in its place. */
	fill_key(&m.other, 7);
	m.age_s = -1;
	if (largest) {
		m.cond = COND_MAX - 1;
		m.reason = REASON_MAX - 1;
		m.has_other = m.has_age = true;
		m.endpoint = some_endpoint();
		m.prefix = some_prefix(3);
		m.rule = UINT16_MAX;
		m.has = m.needs = UINT8_MAX;
		m.age_s = INT64_MAX;
	}
	enc_ctl_why(w, &m);
}

static void
put_ctl_candidate(struct wbuf *w, bool largest)
{
	struct ctl_candidate m = {.endpoint = some_endpoint()};

	m.tried_age_s = -1;
	fill_key(&m.source, 7);
	if (largest) {
		m.current = m.stated = m.usable = m.worked = true;
		m.waiting = m.tried = m.has_source = true;
		m.tried_age_s = INT64_MAX;
	}
	enc_ctl_candidate(w, &m);
}

static void
put_ctl_event(struct wbuf *w, bool largest)
{
	struct ctl_event m = {.code = EV_DIRECT};

	fill_key(&m.key, 6);
	fill_key(&m.other, 7);
	if (largest) {
		m.code = EV_MAX - 1;
		m.reason = REASON_MAX - 1;
		m.has_other = m.yes = true;
		m.attr = 'e';
		m.endpoint = some_endpoint();
		m.prefix = some_prefix(3);
		m.rule = UINT16_MAX;
		m.times = UINT32_MAX;
		m.first_age_s = m.last_age_s = INT64_MAX;
		m.lost = UINT64_MAX;
		m.name_len = CTL_NAME_MAX;
		memset(m.name, 0xff, m.name_len);
	}
	enc_ctl_event(w, &m);
}

static void
put_ctl_do(struct wbuf *w, bool largest)
{
	struct ctl_do m = {.deed = largest ? CTL_LOG : CTL_PROBE};

	m.level = CTL_DEBUG; /* of CTL_LOG alone */
	fill_key(&m.key, 6); /* of the others */
	enc_ctl_do(w, &m);
}

static void
put_ctl_policy(struct wbuf *w, bool largest)
{
	struct ctl_policy m = {.conf = {.max_peers = 1}};

	if (largest) {
		m = (struct ctl_policy){.membership = MEMBERSHIP_ROUTERS,
		    .has_device = true,
		    .npeers = UINT32_MAX,
		    .nadded = UINT32_MAX};
		m.conf.nallowed = CONF_MAX_PREFIXES;
	}
	for (size_t i = 0; i < m.conf.nallowed; i++)
		m.conf.allowed[i] = some_prefix(i);
	enc_ctl_policy(w, &m);
}

static int
again_ctl_policy(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct ctl_policy m;

	if (dec_ctl_policy(p, len, &m) == -1)
		return -1;
	enc_ctl_policy(w, &m);
	return 0;
}

static void
put_ctl_right(struct wbuf *w, bool largest)
{
	struct ctl_right m = {.kind = CTL_RIGHT_LENT, .prefix = some_prefix(1)};

	if (largest)
		m.kind = CTL_RIGHT_HOME;
	memset(m.key.b, 7, sizeof(m.key.b));
	enc_ctl_right(w, &m);
}

static int
again_ctl_right(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct ctl_right m;

	if (dec_ctl_right(p, len, &m) == -1)
		return -1;
	enc_ctl_right(w, &m);
	return 0;
}

static void
put_ctl_trust(struct wbuf *w, bool largest)
{
	struct ctl_trust m = {.level = TRUST_UNSET};

	fill_key(&m.key, 6);
	if (largest) {
		m.by = CTL_BY_DELEGATE;
		fill_key(&m.lender, 9);
		m.known = m.unknown = CTL_TAKES_ALL;
		m.nfacts = UINT32_MAX;
		m.quorum = UINT8_MAX;
		m.sources = UINT16_MAX;
	}
	enc_ctl_trust(w, &m);
}

static void
put_ctl_plan(struct wbuf *w, bool largest)
{
	struct ctl_plan m = {.change = CHANGE_ADD};

	fill_key(&m.key, 6);
	if (largest) {
		m.change = CHANGES - 1;
		m.has_other = m.has_source = true;
		fill_key(&m.other, 7);
		fill_key(&m.source, 8);
		m.endpoint = some_endpoint();
		m.basis = BASES - 1;
		m.attr = UINT8_MAX;
		m.reason = REASON_MAX - 1;
		m.rule = UINT16_MAX;
	}
	enc_ctl_plan(w, &m);
}

#define AGAIN(name)                                                            \
	static int again_##name(const uint8_t *p, size_t len, struct wbuf *w)  \
	{                                                                      \
		struct name m;                                                 \
                                                                               \
		if (dec_##name(p, len, &m) == -1)                              \
			return -1;                                             \
		enc_##name(w, &m);                                             \
		return 0;                                                      \
	}

AGAIN(ctl_get)
AGAIN(ctl_do)
AGAIN(ctl_trust)
AGAIN(ctl_plan)
AGAIN(ctl_name)
AGAIN(ctl_why)
AGAIN(ctl_candidate)
AGAIN(ctl_event)

static void
put_ctl_self(struct wbuf *w, bool largest)
{
	struct ctl_self m = {.up = largest, .observe = largest};

	fill_key(&m.key, 5);
	if (largest) {
		fill_str(m.ifname, sizeof(m.ifname));
		fill_str(m.build, sizeof(m.build));
		m.auto_addr = key_auto_addr(&m.key);
		m.npeers = m.nfacts = UINT32_MAX;
	}
	enc_ctl_self(w, &m);
}

static int
again_ctl_self(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct ctl_self m;

	if (dec_ctl_self(p, len, &m) == -1)
		return -1;
	enc_ctl_self(w, &m);
	return 0;
}

static void
put_ctl_peer(struct wbuf *w, bool largest)
{
	static struct ctl_peer m;

	memset(&m, 0, sizeof(m));
	m.trust = TRUST_UNSET;
	/* Missing times have no value, whatever is in their place. */
	m.handshake_age_s = m.rtt_us = -1;
	if (largest) {
		m.name_len = CTL_NAME_MAX;
		memset(m.name, 0xff, m.name_len);
		m.path = CTL_PATH_ROUTER;
		m.endpoint = some_endpoint();
		m.has_handshake = m.alive = m.has_rtt = m.extended = true;
		m.handshake_age_s = m.alive_for_s = m.rtt_us = INT64_MAX;
		m.ncandidates = m.nheld = UINT16_MAX;
		m.nprefixes = CTL_MAX_PREFIXES;
		for (size_t i = 0; i < m.nprefixes; i++)
			m.prefixes[i].prefix = some_prefix(i);
	}
	enc_ctl_peer(w, &m);
}

static int
again_ctl_peer(const uint8_t *p, size_t len, struct wbuf *w)
{
	static struct ctl_peer m;

	if (dec_ctl_peer(p, len, &m) == -1)
		return -1;
	enc_ctl_peer(w, &m);
	return 0;
}

static void
put_ctl_fact(struct wbuf *w, bool largest)
{
	struct ctl_fact m = {.attr = '!', .ttl_s = 255, .local = !largest};

	m.len = largest ? CTL_VALUE_MAX : 0;
	enc_ctl_fact(w, &m);
}

static int
again_ctl_fact(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct ctl_fact m;

	if (dec_ctl_fact(p, len, &m) == -1)
		return -1;
	enc_ctl_fact(w, &m);
	return 0;
}

static void
put_ctl_counter(struct wbuf *w, bool largest)
{
	struct ctl_counter m = {.name = "c", .value = UINT64_MAX};

	if (largest)
		fill_str(m.name, sizeof(m.name));
	enc_ctl_counter(w, &m);
}

static int
again_ctl_counter(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct ctl_counter m;

	if (dec_ctl_counter(p, len, &m) == -1)
		return -1;
	enc_ctl_counter(w, &m);
	return 0;
}

static void
put_ctl_end(struct wbuf *w, bool largest)
{
	wbuf_u32(w, largest ? ENOMEM : 0);
}

static int
again_ctl_end(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct rbuf r;

	rbuf_init(&r, p, len);
	wbuf_u32(w, rbuf_u32(&r));
	return rbuf_done(&r) ? 0 : -1;
}

static void
put_sandbox(struct wbuf *w, bool largest)
{
	struct sandbox_state m = {.process = SANDBOX_RESOLVER,
	    .uid = 1,
	    .gid = 2,
	    .caps = 3,
	    .bounding = 4,
	    .securebits = 5,
	    .no_new_privs = largest,
	    .dumpable = true,
	    .own_root = largest,
	    .landlock = !largest,
	    .filter = SANDBOX_OFF,
	    .calls = UINT16_MAX,
	    .nofile = 6,
	    .nproc = 7,
	    .memory = UINT64_MAX,
	    .file_size = 8};

	enc_sandbox(w, &m);
}

static int
again_sandbox(const uint8_t *p, size_t len, struct wbuf *w)
{
	struct sandbox_state m;

	if (dec_sandbox(p, len, &m) == -1)
		return -1;
	enc_sandbox(w, &m);
	return 0;
}

static const struct codec codecs[] = {
    {MSG_HELLO, put_hello, again_hello},
    {MSG_CONF_LINK, put_conf_link, again_conf_link},
    {MSG_CONF_PEER, put_conf_peer, again_conf_peer},
    {MSG_CONF_END, put_nothing, again_nothing},
    {MSG_CONTROL, put_nothing, again_nothing},
    {MSG_RESOLVER, put_nothing, again_nothing},
    {MSG_START, put_link, again_link},
    {MSG_READY, put_hello, again_hello},
    {MSG_LINK_UP, put_link, again_link},
    {MSG_LINK_DOWN, put_nothing, again_nothing},
    {MSG_ADDRS, put_addrs, again_addrs},
    {MSG_DEVICE_GET, put_nothing, again_nothing},
    {MSG_DEVICE, put_device, again_device},
    {MSG_SEAL, put_seal, again_seal},
    {MSG_SEALED, put_sealed, again_sealed},
    {MSG_CHECK, put_check, again_check},
    {MSG_CHECKED, put_checked, again_checked},
    {MSG_PEER_SET, put_peer_set, again_peer_set},
    {MSG_PEER_REMOVE, put_key, again_key},
    {MSG_RESULT, put_result, again_result},
    {MSG_RELOAD, put_nothing, again_nothing},
    {MSG_RELOADED, put_reloaded, again_reloaded},
    {MSG_CONF_POLICY, put_conf_policy, again_conf_policy},
    {MSG_SANDBOX, put_sandbox, again_sandbox},
    {MSG_RESOLVE, put_resolve, again_resolve},
    {MSG_RESOLVED, put_resolved, again_resolved},
    {MSG_RESOLVER_SANDBOX, put_sandbox, again_sandbox},
    {MSG_CTL_SANDBOX, put_sandbox, again_sandbox},
    {MSG_CTL_GET, put_ctl_get, again_ctl_get},
    {MSG_CTL_SELF, put_ctl_self, again_ctl_self},
    {MSG_CTL_PEER, put_ctl_peer, again_ctl_peer},
    {MSG_CTL_FACT, put_ctl_fact, again_ctl_fact},
    {MSG_CTL_COUNTER, put_ctl_counter, again_ctl_counter},
    {MSG_CTL_END, put_ctl_end, again_ctl_end},
    {MSG_CTL_DO, put_ctl_do, again_ctl_do},
    {MSG_CTL_TRUST, put_ctl_trust, again_ctl_trust},
    {MSG_CTL_PLAN, put_ctl_plan, again_ctl_plan},
    {MSG_CTL_RIGHT, put_ctl_right, again_ctl_right},
    {MSG_CTL_POLICY, put_ctl_policy, again_ctl_policy},
    {MSG_CTL_NAME, put_ctl_name, again_ctl_name},
    {MSG_CTL_WHY, put_ctl_why, again_ctl_why},
    {MSG_CTL_CANDIDATE, put_ctl_candidate, again_ctl_candidate},
    {MSG_CTL_EVENT, put_ctl_event, again_ctl_event},
    {MSG_CTL_TEXT, put_ctl_text, again_ctl_text},
};

static uint8_t payload[MSG_PAYLOAD + 1], copy[MSG_PAYLOAD + 1];

static size_t
put(const struct codec *c, bool largest)
{
	struct wbuf w;

	memset(payload, 0xee, sizeof(payload));
	wbuf_init(&w, payload, MSG_PAYLOAD);
	c->put(&w, largest);
	cr_assert_not(w.bad, "%s", msg_info(c->type)->name);
	return w.off;
}

static int
again(const struct codec *c, const uint8_t *p, size_t len, size_t *again_len)
{
	struct wbuf w;
	int rv;

	wbuf_init(&w, copy, sizeof(copy));
	rv = c->again(p, len, &w);
	*again_len = w.off;
	return rv;
}

/* No row of the table is without its codec here. */
Test(codec, all_messages_are_here)
{
	const struct msg_info *info;
	size_t rows = 0;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		size_t n = 0;

		for (size_t k = 0; k < N(codecs); k++)
			n += codecs[k].type == info->type;
		cr_expect_eq(n, 1, "%s", info->name);
		rows++;
	}
	cr_expect_eq(rows, N(codecs));
}

Test(codec, sizes_are_the_tables)
{
	for (size_t i = 0; i < N(codecs); i++) {
		const struct msg_info *info = msg_info(codecs[i].type);

		cr_expect_eq(put(&codecs[i], false), info->min, "%s: %zu",
		    info->name, put(&codecs[i], false));
		cr_expect_eq(put(&codecs[i], true), info->max, "%s: %zu",
		    info->name, put(&codecs[i], true));
	}
}

Test(codec, there_and_back)
{
	for (size_t i = 0; i < 2 * N(codecs); i++) {
		const struct codec *c = &codecs[i / 2];
		const char *name = msg_info(c->type)->name;
		size_t len = put(c, i % 2 == 1), back;

		cr_expect_eq(again(c, payload, len, &back), 0, "%s", name);
		cr_assert_eq(back, len, "%s", name);
		cr_expect_eq(memcmp(payload, copy, len), 0, "%s", name);
	}
}

/* Text up to the end of the record may have any length. */
static bool
ends_in_text(enum msg_type type)
{
	return type == MSG_RELOADED || type == MSG_CTL_TEXT;
}

/* In a buffer of its own size, so that the sanitizer sees a read past it. */
Test(codec, nothing_cut_and_nothing_longer)
{
	for (size_t i = 0; i < 2 * N(codecs); i++) {
		const struct codec *c = &codecs[i / 2];
		const char *name = msg_info(c->type)->name;
		size_t len = put(c, i % 2 == 1), back;

		for (size_t cut = 0; cut < len && !ends_in_text(c->type);
		     cut++) {
			uint8_t *p = malloc(cut + 1);

			memcpy(p + 1, payload, cut);
			cr_expect_eq(again(c, p + 1, cut, &back), -1,
			    "%s, %zu of %zu", name, cut, len);
			free(p);
		}
		if (i % 2 == 1 || !ends_in_text(c->type))
			cr_expect_eq(
			    again(c, payload, len + 1, &back), -1, "%s", name);
	}
}

/* One byte changed: refused, or read as something that is written the same
 * way. What can be read has one spelling. */
Test(codec, one_spelling)
{
	static const uint8_t values[] = {0, 1, 2, 5, 6, 7, 0x7f, 0x80, 0xff};

	for (size_t i = 0; i < 2 * N(codecs); i++) {
		const struct codec *c = &codecs[i / 2];
		const char *name = msg_info(c->type)->name;
		size_t len = put(c, i % 2 == 1), back;
		/* The largest repeat themselves. */
		size_t look = len < 700 ? len : 700;

		for (size_t at = 0; at < look; at++) {
			uint8_t was = payload[at];

			for (size_t k = 0; k < N(values); k++) {
				payload[at] = values[k];
				if (again(c, payload, len, &back) == -1)
					continue;
				cr_expect_eq(back, len, "%s at %zu", name, at);
				cr_expect_eq(memcmp(payload, copy, len), 0,
				    "%s at %zu", name, at);
			}
			payload[at] = was;
		}
	}
}

/* Single bytes of a smallest payload that must not be read. */
Test(codec, values_out_of_range)
{
	static const struct {
		const char *what;
		enum msg_type type;
		size_t at;
		uint8_t value;
	} rows[] = {
	    {"router", MSG_CONF_LINK, 0, ROUTER_NO + 1},
	    {"membership", MSG_CONF_LINK, 1, MEMBERSHIP_ROUTERS + 1},
	    {"quorum", MSG_CONF_LINK, 2, CONF_MAX_QUORUM + 1},
	    {"no quorum", MSG_CONF_LINK, 2, 0},
	    {"tell trust", MSG_CONF_LINK, 3, 2},
	    {"chatty", MSG_CONF_LINK, 4, 2},
	    {"globs", MSG_CONF_LINK, 5, CONF_MAX_GLOBS + 1},
	    {"trust", MSG_CONF_PEER, 33, TRUST_UNSET + 1},
	    {"exchanger", MSG_CONF_PEER, 34, 2},
	    {"basic", MSG_CONF_PEER, 35, 2},
	    {"endpoints", MSG_CONF_PEER, 36, CONF_MAX_ENDPOINTS + 1},
	    {"prefixes", MSG_CONF_PEER, 37, 0xff},
	    {"no peers", MSG_CONF_POLICY, 1, 0},
	    {"prefixes", MSG_CONF_POLICY, 2, 0xff},
	    {"prefixes that are not there", MSG_CONF_POLICY, 3, 1},
	    {"interface's name", MSG_START, 5, 0},
	    {"auto address", MSG_START, 42, 5},
	    {"clock", MSG_DEVICE, 0, 0x80},
	    {"length of a body", MSG_SEAL, 33, 0xff},
	    {"length of a body", MSG_CHECK, 73, 0xff},
	    {"status", MSG_SEALED, 1, CRYPT_RATE + 1},
	    {"none", MSG_CHECKED, 0, 0},
	    {"count", MSG_CHECKED, 0, BATCH_MAX + 1},
	    {"status", MSG_CHECKED, 1, CRYPT_RATE + 1},
	    {"padding", MSG_CHECKED, 2, 1},
	    {"padding", MSG_CHECKED, 4, 1},
	    {"what is asked", MSG_PEER_SET, 32, 3},
	    {"endpoint's family", MSG_PEER_SET, 33, 3},
	    {"port without address", MSG_PEER_SET, 51, 1},
	    {"prefixes to add", MSG_PEER_SET, 54, 0x80},
	    {"prefixes to remove", MSG_PEER_SET, 56, 0x80},
	    {"errno", MSG_RESULT, 0, 0x80},
	    {"errno", MSG_RESULT, 2, 0x10},
	    {"NUL in a name", MSG_RESOLVE, 1, 0},
	    {"error", MSG_RESOLVED, 0, RESOLVE_TEMPORARY + 1},
	    {"count", MSG_RESOLVED, 1, RESOLVED_MAX + 1},
	    {"length of a name", MSG_CTL_PEER, 32, CTL_NAME_MAX + 1},
	    {"trust", MSG_CTL_PEER, 33, TRUST_UNSET + 1},
	    {"path", MSG_CTL_PEER, 34, CTL_PATH_ROUTER + 1},
	    {"a time that is missing", MSG_CTL_PEER, 94, 1},
	    {"prefixes", MSG_CTL_PEER, 138, 0xff},
	    {"local", MSG_CTL_FACT, 35, 2},
	    {"length of a value", MSG_CTL_FACT, 68, 0xff},
	    {"NUL in a name", MSG_CTL_COUNTER, 1, 0},
	    {"what", MSG_CTL_GET, 0, 0},
	    {"what", MSG_CTL_GET, 0, 9},
	    {"what, without its key", MSG_CTL_GET, 0, CTL_WHY},
	    {"what", MSG_CTL_GET, 0, 255},
	    {"right", MSG_CTL_RIGHT, 0, CTL_RIGHT_LENT + 1},
	    {"a key where none belongs", MSG_CTL_RIGHT, 0, 0},
	    {"membership", MSG_CTL_POLICY, 0, MEMBERSHIP_ROUTERS + 1},
	    {"device", MSG_CTL_POLICY, 3, 2},
	    {"peers without a device", MSG_CTL_POLICY, 7, 1},
	    {"more added than there are", MSG_CTL_POLICY, 11, 1},
	    {"prefixes", MSG_CTL_POLICY, 12, 0xff},
	    {"level", MSG_CTL_TRUST, 32, TRUST_UNSET + 1},
	    {"by", MSG_CTL_TRUST, 33, CTL_BY_DELEGATE + 1},
	    {"bits", MSG_CTL_TRUST, 34, CTL_TAKES_ALL + 1},
	    {"bits", MSG_CTL_TRUST, 35, CTL_TAKES_ALL + 1},
	    {"change", MSG_CTL_PLAN, 0, CHANGES},
	    {"basis", MSG_CTL_PLAN, 103, BASES},
	    {"reason", MSG_CTL_PLAN, 138, REASON_MAX},
	    {"what", MSG_CTL_GET, 0, CTL_POLICY + 1},
	    {"deed", MSG_CTL_DO, 0, 0},
	    {"deed", MSG_CTL_DO, 0, CTL_RELOAD + 1},
	    {"done", MSG_RELOADED, 0, 2},
	    {"nothing", MSG_CTL_TEXT, 0, 0},
	    {"a key where none belongs", MSG_CTL_DO, 0, CTL_LOG},
	    {"a key where none belongs", MSG_CTL_DO, 0, CTL_RELOAD},
	    {"a level where none belongs", MSG_CTL_DO, 1, CTL_DEBUG},
	    {"level", MSG_CTL_DO, 1, CTL_DEBUG + 1},
	    {"length of a name", MSG_CTL_NAME, 32, CTL_NAME_MAX + 1},
	    {"on the device", MSG_CTL_NAME, 33, 2},
	    {"condition", MSG_CTL_WHY, 0, COND_MAX},
	    {"answer", MSG_CTL_WHY, 1, CTL_SKIP + 1},
	    {"reason", MSG_CTL_WHY, 2, REASON_MAX},
	    {"a key that is missing", MSG_CTL_WHY, 4, 1},
	    {"endpoint's family", MSG_CTL_WHY, 36, 5},
	    {"length of no prefix", MSG_CTL_WHY, 72, 1},
	    {"a time that is missing", MSG_CTL_WHY, 83, 1},
	    {"tried", MSG_CTL_CANDIDATE, 24, 2},
	    {"a time that is missing", MSG_CTL_CANDIDATE, 32, 1},
	    {"a key that is missing", MSG_CTL_CANDIDATE, 65, 1},
	    {"event", MSG_CTL_EVENT, 0, EV_MAX},
	    {"reason", MSG_CTL_EVENT, 1, REASON_MAX},
	    {"length of a name", MSG_CTL_EVENT, 136, CTL_NAME_MAX + 1},
	};

	for (size_t i = 0; i < N(rows); i++) {
		for (size_t k = 0; k < N(codecs); k++) {
			size_t len, back;

			if (codecs[k].type != rows[i].type)
				continue;
			len = put(&codecs[k], false);
			cr_assert_lt(rows[i].at, len);
			payload[rows[i].at] = rows[i].value;
			cr_expect_eq(again(&codecs[k], payload, len, &back), -1,
			    "%s: %s", msg_info(rows[i].type)->name,
			    rows[i].what);
		}
	}
}

/* Items that are as long as they say, with a value too high. */
Test(codec, items_out_of_range)
{
	struct m_addr addr = {.ifname = "e", .addr = {.family = 4}, .len = 33};
	struct m_resolved resolved = {.n = 1};
	struct m_peer_set *set = calloc(1, sizeof(*set));
	uint16_t left = 1;
	struct rbuf r;
	struct wbuf w;

	wbuf_init(&w, payload, sizeof(payload));
	enc_addr(&w, &addr);
	rbuf_init(&r, payload, w.off);
	cr_expect_eq(dec_addrs_next(&r, &left, &addr), -1);

	addr.addr.family = 0;
	addr.len = 0;
	left = 1;
	wbuf_init(&w, payload, sizeof(payload));
	enc_addr(&w, &addr);
	rbuf_init(&r, payload, w.off);
	cr_expect_eq(dec_addrs_next(&r, &left, &addr), -1);

	/* An address that is none. */
	wbuf_init(&w, payload, sizeof(payload));
	enc_resolved(&w, &resolved);
	cr_expect_eq(dec_resolved(payload, w.off, &resolved), -1);

	/* Host bits. */
	set->nadd = 1;
	set->add[0] = some_prefix(1);
	set->add[0].len = 64;
	wbuf_init(&w, payload, sizeof(payload));
	enc_peer_set(&w, set);
	cr_expect_eq(dec_peer_set(payload, w.off, set), -1);
	free(set);
}

/* What is made anew is else as it was. */
Test(codec, remake_goes_alone)
{
	static struct m_peer_set m, back;
	struct wbuf w;

	for (int i = 0; i < 4; i++) {
		m = (struct m_peer_set){.remake = true,
		    .endpoint = some_endpoint(),
		    .keepalive_s = i == 1 ? 25 : KEEPALIVE_KEEP,
		    .nadd = i == 2,
		    .ndel = i == 3};
		m.add[0] = m.del[0] = some_prefix(1);
		wbuf_init(&w, payload, sizeof(payload));
		enc_peer_set(&w, &m);
		cr_expect_eq(dec_peer_set(payload, w.off, &back),
		    i == 0 ? 0 : -1, "%d", i);
		cr_expect(i != 0 || (back.remake && !back.may_add));
	}
}

/* Encoders don't write what decoders would refuse for its length. */
Test(codec, encoders_keep_to_the_limits)
{
	static struct m_peer_set set = {.nadd = SET_MAX_PREFIXES + 1};
	static struct m_peer_set del = {.ndel = SET_MAX_PREFIXES + 1};
	static struct ctl_peer peer = {.nprefixes = CTL_MAX_PREFIXES + 1};
	static struct ctl_peer name = {.name_len = CTL_NAME_MAX + 1};
	static const uint8_t status[BATCH_MAX + 1];
	struct conf_link link = {.hide = {.n = CONF_MAX_GLOBS + 1}};
	static struct prefix allowed[CONF_MAX_PREFIXES + 1];
	struct ctl_policy bounds = {
	    .conf = {.nallowed = CONF_MAX_PREFIXES + 1}};
	struct conf_peer prefixes = {.nprefixes = CONF_MAX_PREFIXES + 1};
	struct conf_peer endpoints = {.nendpoints = CONF_MAX_ENDPOINTS + 1};
	struct m_resolved resolved = {.n = RESOLVED_MAX + 1};
	struct m_result negative = {.error = -1}, high = {.error = 4096};
	struct m_body seal = {.body = body, .len = BODY_MAX + 1};
	struct m_body check = {.body = body, .len = BODY_MAX_RECV + 1};
	struct ctl_fact fact = {.len = CTL_VALUE_MAX + 1};
	struct ctl_name long_name = {.name_len = CTL_NAME_MAX + 1};
	struct ctl_event event = {.name_len = CTL_NAME_MAX + 1};
	struct ctl_get no_key = {.what = CTL_WHY};
	struct ctl_get key = {.what = CTL_PEERS, .has_key = true};
	struct wbuf w;

#define REFUSES(call)                                                          \
	do {                                                                   \
		wbuf_init(&w, payload, sizeof(payload));                       \
		call;                                                          \
		cr_expect(w.bad, #call);                                       \
	} while (0)
	REFUSES(enc_peer_set(&w, &set));
	REFUSES(enc_peer_set(&w, &del));
	REFUSES(enc_ctl_peer(&w, &peer));
	REFUSES(enc_ctl_peer(&w, &name));
	REFUSES(enc_ctl_fact(&w, &fact));
	REFUSES(enc_ctl_name(&w, &long_name));
	REFUSES(enc_ctl_event(&w, &event));
	REFUSES(enc_ctl_get(&w, &no_key));
	REFUSES(enc_ctl_get(&w, &key));
	REFUSES(enc_conf_link(&w, &link));
	REFUSES(enc_conf_policy(&w, 1, allowed, CONF_MAX_PREFIXES + 1));
	REFUSES(enc_ctl_policy(&w, &bounds));
	REFUSES(enc_conf_peer(&w, &prefixes));
	REFUSES(enc_conf_peer(&w, &endpoints));
	REFUSES(enc_resolved(&w, &resolved));
	REFUSES(enc_result(&w, &negative));
	REFUSES(enc_result(&w, &high));
	REFUSES(enc_seal(&w, &seal));
	REFUSES(enc_check(&w, &check));
	REFUSES(enc_checked(&w, status, 0));
	REFUSES(enc_checked(&w, status, BATCH_MAX + 1));
	REFUSES(enc_checked(&w, status, 257));
#undef REFUSES
}

/* The values, not only the bytes. */
Test(codec, values)
{
	static struct conf_scratch scratch;
	struct conf_peer peer;
	struct m_result result;
	struct m_link link;
	size_t len;

	len = put(&codecs[2], true);
	cr_assert_eq(dec_conf_peer(payload, len, &peer, &scratch), 0);
	cr_expect_eq(peer.trust, TRUST_DELEGATE);
	cr_expect_eq(strlen(peer.name), CONF_NAME_STRLEN - 1);
	cr_assert_eq(peer.nendpoints, CONF_MAX_ENDPOINTS);
	cr_expect_eq(peer.endpoints[7].port, 8);
	cr_assert_eq(peer.nprefixes, CONF_MAX_PREFIXES);
	for (size_t i = 0; i < peer.nprefixes; i++) {
		struct prefix want = some_prefix(i);

		cr_expect(prefix_eq(&peer.prefixes[i], &want));
	}

	len = put(&codecs[6], false);
	cr_assert_eq(dec_link(payload, len, &link), 0);
	cr_expect_eq(link.ifindex, 7);
	cr_expect_str_eq(link.ifname, "w");
	cr_expect_eq(link.listen_port, 51820);
	cr_expect_eq(link.port, 51821);

	len = put(&codecs[19], true);
	cr_assert_eq(dec_result(payload, len, &result), 0);
	cr_expect_eq(result.error, 4095);
	cr_expect_eq(result.rule, 9);
	cr_expect_eq(result.index, 511);
}

/* What conf_peer_copy gives has nothing in common with what it was given. */
Test(codec, peer_copy)
{
	static struct conf_scratch scratch;
	struct conf_peer peer, dup;
	size_t len = put(&codecs[2], true), back;
	struct wbuf w;

	cr_assert_eq(dec_conf_peer(payload, len, &peer, &scratch), 0);
	cr_assert_eq(conf_peer_copy(&dup, &peer), 0);
	cr_expect_neq(dup.endpoints, peer.endpoints);
	cr_expect_neq(dup.prefixes, peer.prefixes);
	memset(&scratch, 0, sizeof(scratch));
	wbuf_init(&w, copy, sizeof(copy));
	enc_conf_peer(&w, &dup);
	back = w.off;
	cr_assert_eq(back, len);
	cr_expect_eq(memcmp(payload, copy, len), 0);
	conf_peer_clear(&dup);
	cr_expect_null(dup.endpoints);
	cr_expect_null(dup.prefixes);
	cr_expect_eq(dup.nprefixes, 0);

	memset(&peer, 0, sizeof(peer));
	cr_assert_eq(conf_peer_copy(&dup, &peer), 0);
	cr_expect_null(dup.endpoints);
	cr_expect_null(dup.prefixes);
	conf_peer_clear(&dup);
}
