/*
 * Every promise is kept here. netd may be hostile: nothing in a request is
 * believed. What the device, the ledger and the configuration say is.
 *
 * Home prefixes of a peer are those that the administrator gave it: on the
 * device and not ours, withdrawn by us, or configured.
 */
#include <errno.h>
#include <string.h>

#include "privd/policy.h"

static const struct {
	enum policy_rule rule;
	int error;
	const char *text;
} rules[] = {
#define X(name, number, error, text) {RULE_##name, error, text},
    POLICY_RULES(X)
#undef X
};

const char *
policy_text(enum policy_rule rule)
{
	return rules[rule].text;
}

int
policy_errno(enum policy_rule rule)
{
	return rules[rule].error;
}

/* The i-th prefix that a peer holds; NULL past its last one. */
static const struct m_prefix *
held_prefix(const struct wg_device *d, const struct wg_peer *p, size_t i)
{
	size_t at = p->first + i;

	return i < p->nprefixes && at < d->nprefixes ? &d->prefixes[at] : NULL;
}

/*
 * A walk over prefixes that peers have. Home prefixes of three sources one
 * after the other, with what is held but ours left out unless wanted.
 */
struct walk {
	bool ours_too;
	bool held_only;
	size_t peer, i, record, conf;
	struct key key; /* what the last step found */
	struct prefix prefix;
};

static bool
next(const struct policy_state *s, struct walk *w)
{
	const struct ledger_rec *r;
	const struct m_prefix *m;

	for (; w->peer < s->dev->npeers; w->peer++, w->i = 0) {
		const struct wg_peer *p = &s->dev->peers[w->peer];

		while ((m = held_prefix(s->dev, p, w->i)) != NULL) {
			w->i++;
			w->key = p->key;
			w->prefix = m->prefix;
			if (!m->ours || w->ours_too)
				return true;
		}
	}
	if (w->held_only)
		return false;
	while (w->record < s->ledger->n) {
		r = &s->ledger->rec[w->record++];
		w->key = r->key;
		w->prefix = r->prefix;
		if (r->kind == LEDGER_WITHDRAWN)
			return true;
	}
	if (w->conf >= s->conf->nhomes)
		return false;
	w->key = s->conf->homes[w->conf].key;
	w->prefix = s->conf->homes[w->conf++].prefix;
	return true;
}

static bool
is_router(const struct policy_state *s, const struct key *key)
{
	struct walk w = {0};

	while (next(s, &w))
		if (prefix_is_routing(&w.prefix) && key_eq(&w.key, key))
			return true;
	return false;
}

/* Strictly inside a home prefix of a router (held now, if held_only)? A /0
 * covers what is withdrawn, but opens nothing without AllowedPrefixes. */
static bool
in_router(const struct policy_state *s, const struct prefix *p, bool held_only)
{
	struct walk w = {.held_only = held_only};

	while (next(s, &w)) {
		if (!prefix_contains(&w.prefix, p) || prefix_eq(&w.prefix, p) ||
		    (w.prefix.len == 0 && s->conf->nallowed == 0 && !held_only))
			continue;
		if (is_router(s, &w.key))
			return true;
	}
	return false;
}

static bool
is_home(
    const struct policy_state *s, const struct key *key, const struct prefix *p)
{
	struct walk w = {0};

	while (next(s, &w))
		if (prefix_eq(&w.prefix, p) && key_eq(&w.key, key))
			return true;
	return false;
}

/* What no peer is given but by the administrator. */
static bool
is_special(const struct prefix *p)
{
	static const struct prefix special[] = {
	    {{4, {0}}, 32},
	    {{4, {127}}, 8},
	    {{4, {224}}, 4},
	    {{4, {255, 255, 255, 255}}, 32},
	    {{6, {0}}, 128},
	    {{6, {[15] = 1}}, 128},
	    {{6, {[10] = 0xff, 0xff}}, 96}, /* IPv4-mapped */
	    {{6, {0xfe, 0x80}}, 10},
	    {{6, {0xff}}, 8},
	};

	for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
		if (prefix_contains(&special[i], p) ||
		    prefix_contains(p, &special[i]))
			return true;
	return false;
}

static bool
is_auto(const struct key *key, const struct prefix *p)
{
	struct addr a = key_auto_addr(key);

	return prefix_is_full(p) && addr_eq(&p->addr, &a);
}

static enum policy_rule
add_prefix(const struct policy_state *s, const struct key *key,
    const struct prefix *p, bool *held, bool *home)
{
	struct walk w = {.ours_too = true, .held_only = true};
	bool inside = false;

	*held = *home = false;
	while (next(s, &w)) {
		if (!prefix_eq(&w.prefix, p))
			continue;
		*held = key_eq(&w.key, key);
		return *held ? RULE_ALLOWED : RULE_PREFIX_HELD;
	}
	w = (struct walk){0};
	while (next(s, &w))
		if (prefix_contains(p, &w.prefix) && !key_eq(&w.key, key))
			return RULE_PREFIX_HOME;
	*home = is_home(s, key, p);
	if (*home || is_auto(key, p))
		return RULE_ALLOWED;
	if (is_special(p))
		return RULE_PREFIX_KIND;
	for (size_t i = 0; i < s->naddrs; i++) {
		const struct m_addr *a = &s->addrs[i];
		struct prefix net;

		if (a->ifindex != s->ifindex)
			continue;
		if (prefix_contains_addr(p, &a->addr))
			return RULE_PREFIX_SELF;
		if (prefix_make(&a->addr, a->len, &net) && net.len != 0 &&
		    prefix_contains(&net, p))
			inside = true;
	}
	if (!inside && !in_router(s, p, false))
		return RULE_PREFIX_OUTSIDE;
	for (size_t i = 0; i < s->conf->nallowed; i++)
		if (prefix_contains(&s->conf->allowed[i], p))
			return RULE_ALLOWED;
	return s->conf->nallowed == 0 ? RULE_ALLOWED : RULE_PREFIX_NOT_ALLOWED;
}

static enum policy_rule
del_prefix(const struct policy_state *s, const struct wg_peer *peer,
    const struct prefix *p, bool *held, bool *home)
{
	const struct m_prefix *m;

	*held = *home = false;
	if (peer == NULL)
		return RULE_ALLOWED;
	for (size_t i = 0; (m = held_prefix(s->dev, peer, i)) != NULL; i++) {
		if (prefix_eq(&m->prefix, p)) {
			*held = true;
			*home = !m->ours;
		}
	}
	if (!*home)
		return RULE_ALLOWED;
	if (is_router(s, &peer->key))
		return RULE_WITHDRAW_ROUTER;
	return in_router(s, p, true) ? RULE_ALLOWED : RULE_WITHDRAW_UNCOVERED;
}

/* Are they two keys with the same auto address? */
static bool
collide(const struct key *a, const struct key *b)
{
	struct addr aa = key_auto_addr(a), ba = key_auto_addr(b);

	return addr_eq(&aa, &ba) && !key_eq(a, b);
}

static enum policy_rule
add_peer(const struct policy_state *s, const struct m_peer_set *m)
{
	if (!m->may_add)
		return RULE_PEER_UNKNOWN;
	if (s->conf->link.membership == MEMBERSHIP_NONE)
		return RULE_PEER_MEMBERSHIP;
	if (s->dev->npeers >= s->conf->max_peers)
		return RULE_PEER_MAX;
	if (key_is_zero(&m->key) || key_eq(&m->key, &s->dev->key))
		return RULE_PEER_KEY;
	if (collide(&m->key, &s->dev->key))
		return RULE_PEER_COLLISION;
	for (size_t i = 0; i < s->dev->npeers; i++)
		if (collide(&m->key, &s->dev->peers[i].key))
			return RULE_PEER_COLLISION;
	for (size_t i = 0; i < s->conf->npeers; i++)
		if (collide(&m->key, &s->conf->peers[i].key))
			return RULE_PEER_COLLISION;
	return RULE_ALLOWED;
}

/* Is it the broadcast address of a local network? */
static bool
is_broadcast(const struct m_addr *local, const struct addr *a)
{
	struct prefix net;

	if (local->addr.family != 4 || local->len > 30 ||
	    !prefix_make(&local->addr, local->len, &net))
		return false;
	for (unsigned int bit = local->len; bit < 32; bit++)
		net.addr.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return addr_eq(&net.addr, a);
}

static enum policy_rule
check_endpoint(const struct policy_state *s, const struct endpoint *e)
{
	struct walk w = {.ours_too = true};
	bool tunnel = false, local = false;
	struct prefix net;

	if (!endpoint_is_usable(e))
		return RULE_ENDPOINT_KIND;
	for (size_t i = 0; i < s->naddrs; i++) {
		const struct m_addr *a = &s->addrs[i];

		if (addr_eq(&a->addr, &e->addr) &&
		    e->port == s->dev->listen_port)
			return RULE_ENDPOINT_SELF;
		if (is_broadcast(a, &e->addr))
			return RULE_ENDPOINT_KIND;
		if (!prefix_make(&a->addr, a->len, &net) ||
		    !prefix_contains_addr(&net, &e->addr))
			continue;
		if (a->ifindex == s->ifindex)
			tunnel = true;
		else
			local = true;
	}
	while (!tunnel && next(s, &w))
		tunnel = w.prefix.len != 0 &&
		    prefix_contains_addr(&w.prefix, &e->addr);
	return tunnel && !local ? RULE_ENDPOINT_TUNNEL : RULE_ALLOWED;
}

/* With -N a peer on the device gets its link-local prefix, so that it can be
 * heard, and nothing else. The last rule: what another refuses it refuses
 * also then, and netd learns which. */
static enum policy_rule
observe(const struct policy_state *s, const struct key *key,
    const struct policy_plan *plan)
{
	if (!s->conf->link.observe)
		return RULE_ALLOWED;
	if (plan->create || plan->set_keepalive || plan->ndel > 0 ||
	    plan->endpoint.addr.family != 0)
		return RULE_OBSERVE;
	/* The second condition is there for the proof. */
	for (size_t i = 0; i < plan->nadd && i < SET_MAX_PREFIXES; i++)
		if (!is_auto(key, &plan->add[i]))
			return RULE_OBSERVE;
	return RULE_ALLOWED;
}

/*
 * No session is older than WireGuard's REJECT_AFTER_TIME. A handshake of the
 * future, after a step of the clock, may be of a moment ago. Initiations that
 * crossed can leave two sessions of which each side has another: one by which
 * for a while nothing came but handshakes is none.
 */
static bool
has_session(const struct policy_state *s, const struct wg_peer *p)
{
	return p->handshake_ns != 0 &&
	    p->handshake_ns >= s->wall_ns - INT64_C(180) * 1000000000 &&
	    (p->rx_bytes > DEAF_BYTES ||
		p->handshake_ns > s->wall_ns - DEAF_NS);
}

enum policy_rule
policy_peer_set(const struct policy_state *s, const struct m_peer_set *m,
    struct policy_plan *plan, uint16_t *index)
{
	const struct wg_peer *peer = wg_device_find(s->dev, &m->key);
	enum policy_rule rule = RULE_ALLOWED;
	size_t records = 0;
	bool held, home;

	memset(plan, 0, sizeof *plan);
	*index = RESULT_NO_INDEX;
	plan->remake = m->remake;
	if (m->remake && peer != NULL && has_session(s, peer))
		return RULE_REMAKE_SESSION;
	if (peer == NULL) {
		if ((rule = add_peer(s, m)) != RULE_ALLOWED)
			return rule;
		plan->create = true;
		records++;
	}
	if (m->keepalive_s != KEEPALIVE_KEEP &&
	    (peer == NULL || peer->keepalive_s != m->keepalive_s)) {
		if (peer != NULL && !peer->ours)
			return RULE_KEEPALIVE_GIVEN;
		plan->set_keepalive = true;
	}
	/* Of one made anew it is set again: then also what was there before
	 * must be one that can be set (none with a zone, say). */
	if (m->remake ||
	    (m->endpoint.addr.family != 0 &&
		(peer == NULL ||
		    !endpoint_eq(&peer->endpoint, &m->endpoint)))) {
		rule = check_endpoint(s, &m->endpoint);
		if (rule != RULE_ALLOWED)
			return rule;
		plan->endpoint = m->endpoint;
	}
	/* The second condition says what the first comes to: a plan has room
	 * for as much as a request. */
	for (size_t i = 0; i < m->nadd && plan->nadd < SET_MAX_PREFIXES; i++) {
		*index = (uint16_t)i;
		rule = add_prefix(s, &m->key, &m->add[i], &held, &home);
		if (rule != RULE_ALLOWED)
			return rule;
		if (held)
			continue;
		/* What -N adds is taken back, whosever it would be. */
		home = home && !s->conf->link.observe;
		plan->add_noted[plan->nadd] = !home;
		plan->add[plan->nadd++] = m->add[i];
		records += !home;
	}
	for (size_t i = 0; i < m->ndel && plan->ndel < SET_MAX_PREFIXES; i++) {
		*index = (uint16_t)(m->nadd + i);
		rule = del_prefix(s, peer, &m->del[i], &held, &home);
		if (rule != RULE_ALLOWED)
			return rule;
		if (!held)
			continue;
		plan->del_noted[plan->ndel] = home;
		plan->del[plan->ndel++] = m->del[i];
		records += home;
	}
	*index = RESULT_NO_INDEX;
	return records <= LEDGER_MAX - s->ledger->used
	    ? observe(s, &m->key, plan)
	    : RULE_LEDGER_FULL;
}

static bool
is_configured(
    const struct policy_state *s, const struct key *key, const struct prefix *p)
{
	for (size_t i = 0; i < s->conf->nhomes; i++)
		if (prefix_eq(&s->conf->homes[i].prefix, p) &&
		    key_eq(&s->conf->homes[i].key, key))
			return true;
	return false;
}

/* Nor is one removed that we added, once the administrator has given it a
 * prefix. One that the configuration states comes back with the peer. */
enum policy_rule
policy_peer_remove(const struct policy_state *s, const struct key *key)
{
	const struct wg_peer *peer = wg_device_find(s->dev, key);
	const struct m_prefix *m;

	if (peer == NULL)
		return RULE_ALLOWED;
	if (!peer->ours)
		return RULE_PEER_GIVEN;
	for (size_t i = 0; (m = held_prefix(s->dev, peer, i)) != NULL; i++) {
		if (!m->ours && !is_configured(s, key, &m->prefix))
			return RULE_PEER_GIVEN;
	}
	return s->conf->link.observe ? RULE_OBSERVE : RULE_ALLOWED;
}

bool
rate_take(
    struct rate *r, int64_t now_ns, unsigned int burst, unsigned int per_s)
{
	int64_t token = 1000000000 / (int64_t)per_s;
	int64_t ahead = r->full_ns > now_ns ? r->full_ns - now_ns : 0;

	if (ahead > token * ((int64_t)burst - 1))
		return false;
	r->full_ns = now_ns + ahead + token;
	return true;
}

enum policy_rule
policy_endpoint_rate(
    struct endpoint_rate *r, const struct key *key, int64_t now_ns)
{
	size_t slot = RATE_PEERS;

	for (size_t i = 0; i < RATE_PEERS; i++) {
		if (r->peer[i].rate.full_ns > now_ns) {
			if (!key_eq(&r->peer[i].key, key))
				continue;
			slot = i;
			break;
		}
		if (slot == RATE_PEERS)
			slot = i;
	}
	/* Full buckets are forgotten, so there is always one left. */
	if (slot == RATE_PEERS)
		return RULE_ENDPOINT_RATE;
	if (r->peer[slot].rate.full_ns <= now_ns) {
		r->peer[slot].key = *key;
		r->peer[slot].rate.full_ns = 0;
	}
	return rate_take(&r->peer[slot].rate, now_ns, 16, 1) &&
		rate_take(&r->all, now_ns, 256, 20)
	    ? RULE_ALLOWED
	    : RULE_ENDPOINT_RATE;
}
