/* Payloads of the control socket that tell of one peer. See ctl.h. */
#include <string.h>

#include "proto/ctl.h"

/* A key that may be missing: a flag and, always, its bytes. */
static void
enc_maybe_key(struct wbuf *w, bool has, const struct key *k)
{
	static const struct key none;

	wbuf_bool(w, has);
	wbuf_key(w, has ? k : &none);
}

static bool
dec_maybe_key(struct rbuf *r, struct key *k)
{
	bool has = rbuf_bool(r);

	rbuf_key(r, k);
	if (!has && !key_is_zero(k))
		r->bad = true;
	return has;
}

static void
enc_name(struct wbuf *w, const uint8_t *name, size_t len)
{
	if (len > CTL_NAME_MAX) {
		w->bad = true;
		return;
	}
	wbuf_u8(w, (uint8_t)len);
	wbuf_bytes(w, name, len);
}

static size_t
dec_name(struct rbuf *r, uint8_t name[CTL_NAME_MAX])
{
	size_t len = rbuf_u8(r);

	if (len > CTL_NAME_MAX) {
		r->bad = true;
		return 0;
	}
	/* One at a time: the proof (docs/proofs.md) follows that. */
	for (size_t i = 0; i < len; i++)
		name[i] = rbuf_u8(r);
	return len;
}

/* A number below end. */
static unsigned int
dec_below(struct rbuf *r, unsigned int end)
{
	unsigned int v = rbuf_u8(r);

	if (v < end)
		return v;
	r->bad = true;
	return 0;
}

/* A time that is 0 where there is none. */
static int64_t
dec_age(struct rbuf *r, bool has)
{
	int64_t v = rbuf_i64(r);

	if (!has && v != 0)
		r->bad = true;
	return v;
}

/* As rbuf_prefix, or all zero. */
static void
dec_maybe_prefix(struct rbuf *r, struct prefix *p)
{
	struct addr a;
	uint8_t len;

	rbuf_addr(r, &a);
	len = rbuf_u8(r);
	if (a.family == 0 && len == 0)
		return;
	if (!prefix_make(&a, len, p) || !addr_eq(&p->addr, &a))
		r->bad = true;
}

static bool
is_of_key(enum ctl_what what)
{
	return what == CTL_WHY || what == CTL_CANDIDATES || what == CTL_TRUST;
}

void
enc_ctl_get(struct wbuf *w, const struct ctl_get *m)
{
	wbuf_u8(w, (uint8_t)m->what);
	if (m->has_key != is_of_key(m->what))
		w->bad = true;
	if (m->has_key)
		wbuf_key(w, &m->key);
}

int
dec_ctl_get(const uint8_t *p, size_t len, struct ctl_get *m)
{
	struct rbuf r;
	uint8_t what;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	what = rbuf_u8(&r);
	if ((what < CTL_PEERS || what > CTL_SANDBOXES) &&
	    (what < CTL_NAMES || what > CTL_POLICY))
		return -1;
	m->what = (enum ctl_what)what;
	m->has_key = is_of_key(m->what);
	if (m->has_key)
		rbuf_key(&r, &m->key);
	return rbuf_done(&r) ? 0 : -1;
}

static bool
is_of_peer(enum ctl_deed deed)
{
	return deed == CTL_PROBE || deed == CTL_FORGET;
}

void
enc_ctl_do(struct wbuf *w, const struct ctl_do *m)
{
	static const struct key none;

	wbuf_u8(w, (uint8_t)m->deed);
	wbuf_u8(w, m->deed == CTL_LOG ? (uint8_t)m->level : 0);
	wbuf_key(w, is_of_peer(m->deed) ? &m->key : &none);
}

int
dec_ctl_do(const uint8_t *p, size_t len, struct ctl_do *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->deed = (enum ctl_deed)dec_below(&r, CTL_RELOAD + 1);
	m->level = (enum ctl_level)dec_below(&r, CTL_DEBUG + 1);
	rbuf_key(&r, &m->key);
	if (m->deed < CTL_PROBE ||
	    (m->deed != CTL_LOG && m->level != CTL_BRIEF) ||
	    (!is_of_peer(m->deed) && !key_is_zero(&m->key)))
		return -1;
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_policy(struct wbuf *w, const struct ctl_policy *m)
{
	if (m->conf.nallowed > CONF_MAX_PREFIXES) {
		w->bad = true;
		return;
	}
	wbuf_u8(w, (uint8_t)m->membership);
	wbuf_u16(w, m->conf.max_peers);
	wbuf_bool(w, m->has_device);
	wbuf_u32(w, m->npeers);
	wbuf_u32(w, m->nadded);
	wbuf_u16(w, (uint16_t)m->conf.nallowed);
	for (size_t i = 0; i < m->conf.nallowed; i++)
		wbuf_prefix(w, &m->conf.allowed[i]);
}

int
dec_ctl_policy(const uint8_t *p, size_t len, struct ctl_policy *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->membership =
	    (enum conf_membership)dec_below(&r, MEMBERSHIP_ROUTERS + 1);
	m->conf.max_peers = rbuf_u16(&r);
	m->has_device = rbuf_bool(&r);
	m->npeers = rbuf_u32(&r);
	m->nadded = rbuf_u32(&r);
	m->conf.nallowed = rbuf_u16(&r);
	if (m->nadded > m->npeers || (!m->has_device && m->npeers > 0) ||
	    m->conf.nallowed > CONF_MAX_PREFIXES)
		return -1;
	for (size_t i = 0; i < m->conf.nallowed; i++)
		rbuf_prefix(&r, &m->conf.allowed[i]);
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_right(struct wbuf *w, const struct ctl_right *m)
{
	wbuf_u8(w, (uint8_t)m->kind);
	wbuf_key(w, &m->key);
	wbuf_prefix(w, &m->prefix);
}

int
dec_ctl_right(const uint8_t *p, size_t len, struct ctl_right *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->kind = (enum ctl_right_kind)dec_below(&r, CTL_RIGHT_LENT + 1);
	rbuf_key(&r, &m->key);
	rbuf_prefix(&r, &m->prefix);
	if (m->kind == CTL_RIGHT_INTERFACE && !key_is_zero(&m->key))
		r.bad = true;
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_trust(struct wbuf *w, const struct ctl_trust *m)
{
	static const struct key none;

	wbuf_key(w, &m->key);
	wbuf_u8(w, (uint8_t)m->level);
	wbuf_u8(w, (uint8_t)m->by);
	wbuf_u8(w, m->known);
	wbuf_u8(w, m->unknown);
	wbuf_u32(w, m->nfacts);
	wbuf_u8(w, m->quorum);
	wbuf_u16(w, m->sources);
	wbuf_key(w, m->by == CTL_BY_DELEGATE ? &m->lender : &none);
}

int
dec_ctl_trust(const uint8_t *p, size_t len, struct ctl_trust *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	rbuf_key(&r, &m->key);
	m->level = (enum trust)dec_below(&r, TRUST_UNSET + 1);
	m->by = (enum ctl_trust_by)dec_below(&r, CTL_BY_DELEGATE + 1);
	m->known = (uint8_t)dec_below(&r, CTL_TAKES_ALL + 1);
	m->unknown = (uint8_t)dec_below(&r, CTL_TAKES_ALL + 1);
	m->nfacts = rbuf_u32(&r);
	m->quorum = rbuf_u8(&r);
	m->sources = rbuf_u16(&r);
	rbuf_key(&r, &m->lender);
	if (m->by != CTL_BY_DELEGATE && !key_is_zero(&m->lender))
		return -1;
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_name(struct wbuf *w, const struct ctl_name *m)
{
	wbuf_key(w, &m->key);
	enc_name(w, m->name, m->name_len);
	wbuf_bool(w, m->on_device);
}

int
dec_ctl_name(const uint8_t *p, size_t len, struct ctl_name *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	rbuf_key(&r, &m->key);
	m->name_len = dec_name(&r, m->name);
	m->on_device = rbuf_bool(&r);
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_why(struct wbuf *w, const struct ctl_why *m)
{
	wbuf_u8(w, (uint8_t)m->cond);
	wbuf_u8(w, (uint8_t)m->answer);
	wbuf_u8(w, (uint8_t)m->reason);
	enc_maybe_key(w, m->has_other, &m->other);
	wbuf_endpoint(w, &m->endpoint);
	wbuf_prefix(w, &m->prefix);
	wbuf_u16(w, m->rule);
	wbuf_u8(w, m->has);
	wbuf_u8(w, m->needs);
	wbuf_bool(w, m->has_age);
	wbuf_i64(w, m->has_age ? m->age_s : 0);
}

int
dec_ctl_why(const uint8_t *p, size_t len, struct ctl_why *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->cond = (enum cond)dec_below(&r, COND_MAX);
	m->answer = (enum ctl_answer_is)dec_below(&r, CTL_SKIP + 1);
	m->reason = (enum reason)dec_below(&r, REASON_MAX);
	m->has_other = dec_maybe_key(&r, &m->other);
	rbuf_endpoint(&r, &m->endpoint);
	dec_maybe_prefix(&r, &m->prefix);
	m->rule = rbuf_u16(&r);
	m->has = rbuf_u8(&r);
	m->needs = rbuf_u8(&r);
	m->has_age = rbuf_bool(&r);
	m->age_s = dec_age(&r, m->has_age);
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_candidate(struct wbuf *w, const struct ctl_candidate *m)
{
	wbuf_endpoint(w, &m->endpoint);
	wbuf_bool(w, m->current);
	wbuf_bool(w, m->stated);
	wbuf_bool(w, m->usable);
	wbuf_bool(w, m->worked);
	wbuf_bool(w, m->waiting);
	wbuf_bool(w, m->tried);
	wbuf_i64(w, m->tried ? m->tried_age_s : 0);
	enc_maybe_key(w, m->has_source, &m->source);
}

int
dec_ctl_candidate(const uint8_t *p, size_t len, struct ctl_candidate *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	rbuf_endpoint(&r, &m->endpoint);
	m->current = rbuf_bool(&r);
	m->stated = rbuf_bool(&r);
	m->usable = rbuf_bool(&r);
	m->worked = rbuf_bool(&r);
	m->waiting = rbuf_bool(&r);
	m->tried = rbuf_bool(&r);
	m->tried_age_s = dec_age(&r, m->tried);
	m->has_source = dec_maybe_key(&r, &m->source);
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_event(struct wbuf *w, const struct ctl_event *m)
{
	wbuf_u8(w, (uint8_t)m->code);
	wbuf_u8(w, (uint8_t)m->reason);
	wbuf_key(w, &m->key);
	enc_maybe_key(w, m->has_other, &m->other);
	wbuf_u8(w, m->attr);
	wbuf_endpoint(w, &m->endpoint);
	wbuf_prefix(w, &m->prefix);
	wbuf_u16(w, m->rule);
	wbuf_bool(w, m->yes);
	wbuf_u32(w, m->times);
	wbuf_i64(w, m->first_age_s);
	wbuf_i64(w, m->last_age_s);
	wbuf_u64(w, m->lost);
	enc_name(w, m->name, m->name_len);
}

int
dec_ctl_event(const uint8_t *p, size_t len, struct ctl_event *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->code = (enum event_code)dec_below(&r, EV_MAX);
	m->reason = (enum reason)dec_below(&r, REASON_MAX);
	rbuf_key(&r, &m->key);
	m->has_other = dec_maybe_key(&r, &m->other);
	m->attr = rbuf_u8(&r);
	rbuf_endpoint(&r, &m->endpoint);
	dec_maybe_prefix(&r, &m->prefix);
	m->rule = rbuf_u16(&r);
	m->yes = rbuf_bool(&r);
	m->times = rbuf_u32(&r);
	m->first_age_s = rbuf_i64(&r);
	m->last_age_s = rbuf_i64(&r);
	m->lost = rbuf_u64(&r);
	m->name_len = dec_name(&r, m->name);
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_ctl_plan(struct wbuf *w, const struct ctl_plan *m)
{
	wbuf_u8(w, (uint8_t)m->change);
	wbuf_key(w, &m->key);
	enc_maybe_key(w, m->has_other, &m->other);
	wbuf_endpoint(w, &m->endpoint);
	wbuf_prefix(w, &m->prefix);
	wbuf_u8(w, (uint8_t)m->basis);
	enc_maybe_key(w, m->has_source, &m->source);
	wbuf_u8(w, m->attr);
	wbuf_u8(w, (uint8_t)m->reason);
	wbuf_u16(w, m->rule);
}

int
dec_ctl_plan(const uint8_t *p, size_t len, struct ctl_plan *m)
{
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	m->change = (enum change)dec_below(&r, CHANGES);
	rbuf_key(&r, &m->key);
	m->has_other = dec_maybe_key(&r, &m->other);
	rbuf_endpoint(&r, &m->endpoint);
	dec_maybe_prefix(&r, &m->prefix);
	m->basis = (enum basis)dec_below(&r, BASES);
	m->has_source = dec_maybe_key(&r, &m->source);
	m->attr = rbuf_u8(&r);
	m->reason = (enum reason)dec_below(&r, REASON_MAX);
	m->rule = rbuf_u16(&r);
	return rbuf_done(&r) ? 0 : -1;
}
