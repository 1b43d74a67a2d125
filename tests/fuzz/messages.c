/*
 * The payload of each message of proto/msgs.h: what is accepted is within its
 * limits and, encoded again, is the same bytes. No two payloads say the same.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/ctl.h"
#include "tests/fuzz/fuzz.h"

static struct wbuf w;
static uint8_t out[MSG_MAX];

static bool
terminated(const char *s, size_t cap)
{
	return memchr(s, '\0', cap) != NULL;
}

static bool
prefix_sound(const struct prefix *p)
{
	struct prefix again;

	return prefix_make(&p->addr, p->len, &again) && prefix_eq(p, &again);
}

static bool
hello(const struct msg *m)
{
	struct m_hello v;

	if (dec_hello(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(terminated(v.build, sizeof(v.build)));
	enc_hello(&w, &v);
	return true;
}

static bool
conf_link(const struct msg *m)
{
	struct conf_link v;

	if (dec_conf_link(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(v.quorum >= 1 && v.quorum <= CONF_MAX_QUORUM);
	REQUIRE(v.report.n <= CONF_MAX_GLOBS && v.hide.n <= CONF_MAX_GLOBS);
	enc_conf_link(&w, &v);
	return true;
}

static bool
conf_policy(const struct msg *m)
{
	struct conf_policy v;

	if (dec_conf_policy(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(v.max_peers > 0 && v.nallowed <= CONF_MAX_PREFIXES);
	for (size_t i = 0; i < v.nallowed; i++)
		REQUIRE(prefix_sound(&v.allowed[i]));
	enc_conf_policy(&w, v.max_peers, v.allowed, v.nallowed);
	return true;
}

static bool
conf_peer(const struct msg *m)
{
	static struct conf_scratch scratch;
	struct conf_peer v;

	if (dec_conf_peer(m->payload, m->len, &v, &scratch) == -1)
		return false;
	REQUIRE(v.trust <= TRUST_UNSET && terminated(v.name, sizeof(v.name)));
	for (size_t i = 0; i < v.nprefixes; i++)
		REQUIRE(prefix_sound(&v.prefixes[i]));
	enc_conf_peer(&w, &v);
	return true;
}

static bool
link_message(const struct msg *m)
{
	struct m_link v;

	if (dec_link(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(v.ifname[0] != '\0' && terminated(v.ifname, sizeof(v.ifname)));
	enc_link(&w, &v);
	return true;
}

static bool
addrs(const struct msg *m)
{
	struct m_addr v;
	struct rbuf r;
	uint16_t left;
	int n;

	rbuf_init(&r, m->payload, m->len);
	left = rbuf_u16(&r);
	wbuf_u16(&w, left);
	while ((n = dec_addrs_next(&r, &left, &v)) == 1) {
		REQUIRE(v.addr.family == 4 || v.addr.family == 6);
		REQUIRE(v.len <= addr_bits(&v.addr));
		REQUIRE(terminated(v.ifname, sizeof(v.ifname)));
		enc_addr(&w, &v);
	}
	return n == 0;
}

static bool
device(const struct msg *m)
{
	struct m_prefix prefix;
	struct m_peer v;
	struct rbuf r;
	uint16_t n;

	rbuf_init(&r, m->payload, m->len);
	wbuf_i64(&w, rbuf_i64(&r));
	n = rbuf_u16(&r);
	wbuf_u16(&w, n);
	for (; n > 0; n--) {
		if (dec_peer(&r, &v) == -1)
			return false;
		REQUIRE(v.handshake_ns >= 0);
		enc_peer(&w, &v);
		for (; v.nprefixes > 0; v.nprefixes--) {
			if (dec_prefix(&r, &prefix) == -1)
				return false;
			REQUIRE(prefix_sound(&prefix.prefix));
			enc_prefix(&w, &prefix);
		}
	}
	return rbuf_done(&r);
}

/* SEAL and CHECK. */
static bool
bodies(const struct msg *m)
{
	bool seal = m->type == MSG_SEAL;
	size_t max = seal ? BODY_MAX : BODY_MAX_RECV;
	struct m_body v;
	struct rbuf r;
	uint8_t n;

	rbuf_init(&r, m->payload, m->len);
	n = rbuf_u8(&r);
	if (n > BATCH_MAX)
		return false;
	wbuf_u8(&w, n);
	for (; n > 0; n--) {
		if ((seal ? dec_seal(&r, &v) : dec_check(&r, &v)) == -1)
			return false;
		REQUIRE(v.len <= max && v.body >= m->payload &&
		    v.body + v.len <= m->payload + m->len);
		if (seal)
			enc_seal(&w, &v);
		else
			enc_check(&w, &v);
	}
	return rbuf_done(&r);
}

static bool
sealed(const struct msg *m)
{
	struct m_sealed v;
	struct rbuf r;
	uint8_t n;

	rbuf_init(&r, m->payload, m->len);
	n = rbuf_u8(&r);
	wbuf_u8(&w, n);
	for (; n > 0; n--) {
		if (dec_sealed(&r, &v) == -1)
			return false;
		REQUIRE(v.status <= CRYPT_RATE);
		enc_sealed(&w, &v);
	}
	return rbuf_done(&r);
}

static bool
checked(const struct msg *m)
{
	uint8_t status[BATCH_MAX];
	size_t n;

	if (dec_checked(m->payload, m->len, status, &n) == -1)
		return false;
	REQUIRE(n >= 1 && n <= BATCH_MAX);
	enc_checked(&w, status, n);
	return true;
}

static bool
peer_set(const struct msg *m)
{
	static struct m_peer_set v;

	if (dec_peer_set(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(v.nadd <= SET_MAX_PREFIXES && v.ndel <= SET_MAX_PREFIXES);
	REQUIRE(!v.remake ||
	    (!v.may_add && v.nadd + v.ndel == 0 &&
		v.keepalive_s == KEEPALIVE_KEEP));
	for (size_t i = 0; i < v.nadd; i++)
		REQUIRE(prefix_sound(&v.add[i]));
	for (size_t i = 0; i < v.ndel; i++)
		REQUIRE(prefix_sound(&v.del[i]));
	enc_peer_set(&w, &v);
	return true;
}

static bool
peer_remove(const struct msg *m)
{
	struct rbuf r;
	struct key v;

	rbuf_init(&r, m->payload, m->len);
	rbuf_key(&r, &v);
	wbuf_key(&w, &v);
	return rbuf_done(&r);
}

static bool
result(const struct msg *m)
{
	struct m_result v;

	if (dec_result(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(v.error >= 0 && v.error < 4096);
	enc_result(&w, &v);
	return true;
}

static bool
reloaded(const struct msg *m)
{
	struct m_reloaded v;

	if (dec_reloaded(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(terminated(v.text, sizeof(v.text)));
	enc_reloaded(&w, &v);
	return true;
}

static bool
ctl_text(const struct msg *m)
{
	char v[CTL_TEXT_LEN];

	if (dec_ctl_text(m->payload, m->len, v) == -1)
		return false;
	REQUIRE(v[0] != '\0' && terminated(v, sizeof(v)));
	enc_ctl_text(&w, v);
	return true;
}

static bool
resolve(const struct msg *m)
{
	char v[CONF_HOST_STRLEN];

	if (dec_resolve(m->payload, m->len, v) == -1)
		return false;
	REQUIRE(v[0] != '\0' && terminated(v, sizeof(v)));
	enc_resolve(&w, v);
	return true;
}

static bool
resolved(const struct msg *m)
{
	struct m_resolved v;

	if (dec_resolved(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(v.n <= RESOLVED_MAX && v.error <= RESOLVE_TEMPORARY);
	for (size_t i = 0; i < v.n; i++)
		REQUIRE(addr_bits(&v.addr[i]) != 0);
	enc_resolved(&w, &v);
	return true;
}

static bool
ctl_self(const struct msg *m)
{
	struct ctl_self v;

	if (dec_ctl_self(m->payload, m->len, &v) == -1)
		return false;
	enc_ctl_self(&w, &v);
	return true;
}

static bool
ctl_peer(const struct msg *m)
{
	static struct ctl_peer v;

	if (dec_ctl_peer(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(v.name_len <= CTL_NAME_MAX && v.path <= CTL_PATH_ROUTER);
	REQUIRE(v.nprefixes <= CTL_MAX_PREFIXES);
	enc_ctl_peer(&w, &v);
	return true;
}

static bool
ctl_fact(const struct msg *m)
{
	struct ctl_fact v;

	if (dec_ctl_fact(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(v.len <= CTL_VALUE_MAX);
	enc_ctl_fact(&w, &v);
	return true;
}

static bool
ctl_counter(const struct msg *m)
{
	struct ctl_counter v;

	if (dec_ctl_counter(m->payload, m->len, &v) == -1)
		return false;
	REQUIRE(v.name[0] != '\0');
	enc_ctl_counter(&w, &v);
	return true;
}

#define CTL_DECODER(name)                                                      \
	static bool name(const struct msg *m)                                  \
	{                                                                      \
		struct name v;                                                 \
                                                                               \
		if (dec_##name(m->payload, m->len, &v) == -1)                  \
			return false;                                          \
		enc_##name(&w, &v);                                            \
		return true;                                                   \
	}

CTL_DECODER(ctl_get)
CTL_DECODER(ctl_do)
CTL_DECODER(ctl_trust)
CTL_DECODER(ctl_plan)
CTL_DECODER(ctl_policy)
CTL_DECODER(ctl_right)
CTL_DECODER(ctl_name)
CTL_DECODER(ctl_why)
CTL_DECODER(ctl_candidate)
CTL_DECODER(ctl_event)

static bool
sandbox(const struct msg *m)
{
	struct sandbox_state v;

	if (dec_sandbox(m->payload, m->len, &v) == -1)
		return false;
	enc_sandbox(&w, &v);
	return true;
}

static const struct {
	enum msg_type type;
	bool (*decode)(const struct msg *m);
} decoders[] = {
    {MSG_HELLO, hello},
    {MSG_CONF_LINK, conf_link},
    {MSG_CONF_POLICY, conf_policy},
    {MSG_CONF_PEER, conf_peer},
    {MSG_START, link_message},
    {MSG_READY, hello},
    {MSG_LINK_UP, link_message},
    {MSG_ADDRS, addrs},
    {MSG_DEVICE, device},
    {MSG_SEAL, bodies},
    {MSG_SEALED, sealed},
    {MSG_CHECK, bodies},
    {MSG_CHECKED, checked},
    {MSG_PEER_SET, peer_set},
    {MSG_PEER_REMOVE, peer_remove},
    {MSG_RESULT, result},
    {MSG_SANDBOX, sandbox},
    {MSG_RELOADED, reloaded},
    {MSG_RESOLVE, resolve},
    {MSG_RESOLVED, resolved},
    {MSG_RESOLVER_SANDBOX, sandbox},
    {MSG_CTL_SANDBOX, sandbox},
    {MSG_CTL_SELF, ctl_self},
    {MSG_CTL_PEER, ctl_peer},
    {MSG_CTL_FACT, ctl_fact},
    {MSG_CTL_COUNTER, ctl_counter},
    {MSG_CTL_GET, ctl_get},
    {MSG_CTL_DO, ctl_do},
    {MSG_CTL_TRUST, ctl_trust},
    {MSG_CTL_PLAN, ctl_plan},
    {MSG_CTL_POLICY, ctl_policy},
    {MSG_CTL_RIGHT, ctl_right},
    {MSG_CTL_NAME, ctl_name},
    {MSG_CTL_WHY, ctl_why},
    {MSG_CTL_CANDIDATE, ctl_candidate},
    {MSG_CTL_EVENT, ctl_event},
    {MSG_CTL_TEXT, ctl_text},
};

bool
fuzz_message(const struct msg *m)
{
	size_t n = sizeof(decoders) / sizeof(decoders[0]), i = 0;
	const struct msg_info *info = msg_info((unsigned int)m->type);

	while (i < n && decoders[i].type != m->type)
		i++;
	if (i == n) {
		/* Nothing in it, or (CTL_END) one number. */
		REQUIRE(info->max <= 4);
		return true;
	}
	wbuf_init(&w, out, sizeof(out));
	if (!decoders[i].decode(m))
		return false;
	REQUIRE(!w.bad && w.off == m->len);
	REQUIRE(memcmp(out, m->payload, m->len) == 0);
	REQUIRE(m->len >= info->min && m->len <= info->max);
	return true;
}

void
fuzz_records(const uint8_t *data, size_t size, enum msg_dir dir)
{
	struct rbuf r;

	rbuf_init(&r, data, size);
	while (rbuf_left(&r) > 2) {
		size_t len = rbuf_u16(&r);
		struct msg m = {.fd = -1};
		uint8_t *record;

		if (len > rbuf_left(&r))
			len = rbuf_left(&r);
		if (len > MSG_MAX)
			len = MSG_MAX;
		record = fuzz_copy(rbuf_take(&r, len), len);
		/* A descriptor is not looked at here: any number will do. */
		for (size_t fds = 0; fds <= 1; fds++) {
			if (msg_check(record, len, fds, dir, PH_BOOT | PH_RUN,
				&m) == NULL)
				(void)fuzz_message(&m);
		}
		free(record);
	}
}
