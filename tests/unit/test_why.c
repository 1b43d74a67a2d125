/* Why a peer is not direct: the first condition that does not hold, for each
 * way in which one may not. */
#include <criterion/criterion.h>

#include <string.h>

#include "proto/reason.h"
#include "tests/unit/bench.h"

static struct bench b;

static void
setup(void)
{
	bench_init(&b);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(why, .init = setup, .fini = teardown);

static struct why_view
condition(const struct key *key, enum cond cond)
{
	struct why_view v;

	cr_assert(node_why(b.n, b.now_ns, key, cond, &v));
	cr_expect_eq(v.cond, cond);
	cr_expect_eq(v.reason == REASON_NONE, v.answer != ANSWER_NO);
	return v;
}

/* The first no, checked to be that condition's. */
static enum reason
first(const struct key *key, enum cond expected)
{
	struct why_view v;

	for (size_t i = 0; node_why(b.n, b.now_ns, key, i, &v); i++) {
		if (v.answer != ANSWER_NO)
			continue;
		cr_expect_eq((enum cond)i, expected, "%s: %s, not %s",
		    cond_code((unsigned int)i), reason_code(v.reason),
		    cond_code(expected));
		return v.reason;
	}
	return REASON_NONE;
}

static const struct key *
key_of(size_t i)
{
	return &b.peers[i].m.key;
}

static void
endpoint_fact(size_t by, const struct key *subject, const char *text)
{
	uint8_t value[18];
	struct endpoint e;
	struct fact f = {.ttl_s = 255, .subject = *subject, .value = value};
	uint32_t index;

	cr_assert_eq(endpoint_parse(text, &e), 0);
	f.len = fact_endpoint_value(&e, value, &f.attr);
	factdb_put(&b.n->db, b.now_ns, &f, bench_peer(&b, by)->slot, &index);
}

static void
note(enum event_code code, const struct key *key, uint16_t rule)
{
	struct event ev = {.code = code, .key = *key};

	ev.result.rule = rule;
	if (rule != 0)
		ev.prefix = bench_prefix("10.7.0.11/32");
	history_note(&b.n->history, b.now_ns, &ev);
}

/* Peer 1 is direct; each test takes one condition away. */
static struct peer *
direct(void)
{
	struct peer *p;

	bench_works(&b, 0, true, true);
	bench_works(&b, 1, true, true);
	bench_state(&b, 0, 1, "10.7.0.11/32");
	bench_give(&b, 1, "10.7.0.11/32", true);
	bench_snapshot(&b);
	path_acked(b.n, bench_peer(&b, 0), b.now_ns);
	p = bench_peer(&b, 1);
	path_acked(b.n, p, b.now_ns);
	cr_assert_eq(first(key_of(1), COND_MAX), REASON_NONE);
	return p;
}

Test(why, all_hold)
{
	struct peer *p = direct();
	struct why_view v;

	b.now_ns += 7 * SECOND_NS;
	cr_expect_eq(condition(&p->key, COND_HANDSHAKE).age_ns, 7 * SECOND_NS);
	cr_expect_eq(condition(&p->key, COND_HOLDS).answer, ANSWER_YES);
	cr_expect_eq(condition(&p->key, COND_AGREED).answer, ANSWER_YES);
	cr_expect_not(node_why(b.n, b.now_ns, &p->key, COND_MAX, &v));
	cr_expect_eq(first(key_of(0), COND_MAX), REASON_NONE, "the router");
}

Test(why, link)
{
	struct peer *p = direct();
	struct key key = p->key;

	node_link_down(b.n, b.now_ns);
	cr_expect_eq(first(&key, COND_LINK), REASON_LINK_DOWN);
}

Test(why, known)
{
	struct key stranger = bench_key(77);

	direct();
	cr_expect_eq(first(&stranger, COND_KNOWN), REASON_UNKNOWN_PEER);
	cr_expect_eq(condition(&stranger, COND_HANDSHAKE).answer, ANSWER_SKIP);
	cr_expect_eq(first(&b.n->link.key, COND_KNOWN), REASON_SELF);
	note(EV_FACT_REFUSED, &stranger, 0);
	cr_expect_eq(condition(&stranger, COND_KNOWN).answer, ANSWER_YES);
}

Test(why, member)
{
	struct key other = bench_key(77);
	struct peer *p = direct();
	uint32_t index;
	struct fact f = {.attr = ATTR_MEMBER, .ttl_s = 255, .subject = other};

	endpoint_fact(1, &other, "192.0.2.9:1");
	cr_expect_eq(first(&other, COND_MEMBER), REASON_NOT_A_MEMBER);
	b.n->conf.membership = MEMBERSHIP_NONE;
	cr_expect_eq(first(&other, COND_MEMBER), REASON_MEMBERSHIP_OFF);
	b.n->conf.membership = MEMBERSHIP_ROUTERS;
	factdb_put(&b.n->db, b.now_ns, &f, bench_peer(&b, 0)->slot, &index);
	cr_expect_eq(first(&other, COND_MEMBER), REASON_NOT_ADDED);
	note(EV_REFUSED, &other, 3);
	cr_expect_eq(first(&other, COND_MEMBER), REASON_REFUSED_BY_POLICY);
	cr_expect_eq(condition(&other, COND_MEMBER).rule, 3);
	p->weak = true;
	cr_expect_eq(first(&p->key, COND_MEMBER), REASON_WEAK_KEY);
	p->collided = true;
	cr_expect_eq(first(&p->key, COND_MEMBER), REASON_COLLISION);
}

Test(why, facts)
{
	endpoint_fact(0, key_of(2), "192.0.2.9:1");
	cr_expect_eq(first(key_of(2), COND_FACTS), REASON_NO_FACTS);
	bench_state(&b, 0, 2, "10.7.0.12/32");
	cr_expect_eq(condition(key_of(2), COND_FACTS).answer, ANSWER_YES);
}

Test(why, candidates_and_tries)
{
	const struct key *key = key_of(2);
	struct endpoint e;
	bool remake = false;
	struct candidate_view c;
	struct why_view v;

	bench_state(&b, 0, 2, "10.7.0.12/32");
	cr_expect_eq(first(key, COND_CANDIDATES), REASON_NO_CANDIDATE);
	/* One inside the tunnel is none. */
	endpoint_fact(0, key, "10.7.0.99:1");
	cr_expect_eq(first(key, COND_CANDIDATES), REASON_NO_CANDIDATE);
	cr_assert(node_candidate(b.n, b.now_ns, key, 0, &c));
	cr_expect_not(c.usable);
	endpoint_fact(0, key, "192.0.2.9:1");
	cr_expect_eq(first(key, COND_TRIED), REASON_NOT_TRIED);
	cr_assert(
	    candidates_pick(b.n, bench_peer(&b, 2), b.now_ns, &e, &remake));
	b.now_ns += SECOND_NS;
	cr_expect_eq(first(key, COND_HANDSHAKE), REASON_NO_HANDSHAKE);
	cr_expect_eq(condition(key, COND_TRIED).age_ns, SECOND_NS);
	v = condition(key, COND_TRIED);
	cr_expect(endpoint_eq(&v.endpoint, &e));
	cr_assert(node_candidate(b.n, b.now_ns, key, 1, &c));
	cr_expect(c.stated && c.usable && c.has_source && !c.worked);
	cr_expect(key_eq(&c.source, key_of(0)));
	cr_expect_eq(c.tried_age_ns, SECOND_NS);
	cr_expect_not(node_candidate(b.n, b.now_ns, key, 2, &c));
	cr_expect_not(node_candidate(b.n, b.now_ns, &b.n->link.key, 0, &c));
}

/* What the device has and nobody states is a candidate, once. */
Test(why, an_endpoint_of_the_administrator)
{
	const struct key *key = key_of(1);
	struct candidate_view c;

	bench_works(&b, 1, true, true);
	cr_assert(node_candidate(b.n, b.now_ns, key, 0, &c));
	cr_expect(c.current && !c.stated && c.tried_age_ns == -1);
	candidates_worked(bench_peer(&b, 1), b.now_ns);
	cr_assert(node_candidate(b.n, b.now_ns, key, 0, &c));
	cr_expect(c.current && c.worked && c.tried_age_ns == 0);
	cr_expect_not(node_candidate(b.n, b.now_ns, key, 1, &c));
	endpoint_fact(0, key, "203.0.113.2:51820");
	cr_assert(node_candidate(b.n, b.now_ns, key, 0, &c));
	cr_expect(c.current && c.worked && c.stated);
	cr_expect_not(node_candidate(b.n, b.now_ns, key, 1, &c));
}

/* The one that the device has is tried again by sending to it. */
Test(why, a_try_of_the_same_is_told)
{
	const struct key *key = key_of(1);
	struct endpoint e;
	bool remake = false;

	bench_works(&b, 1, true, true);
	endpoint_fact(0, key, "203.0.113.2:51820");
	b.now_ns += HANDSHAKE_VALID_NS + SECOND_NS;
	bench_events(&b, EV_TRY);
	cr_expect_not(
	    candidates_pick(b.n, bench_peer(&b, 1), b.now_ns, &e, &remake));
	b.now_ns += 10 * SECOND_NS;
	cr_expect_not(
	    candidates_pick(b.n, bench_peer(&b, 1), b.now_ns, &e, &remake));
	cr_expect_eq(bench_events(&b, EV_TRY), 1);
}

Test(why, handshake)
{
	struct peer *p = direct();

	b.now_ns += HANDSHAKE_VALID_NS + SECOND_NS;
	cr_expect_eq(first(&p->key, COND_HANDSHAKE), REASON_HANDSHAKE_EXPIRED);
}

Test(why, alive)
{
	struct peer *p = direct();
	struct conf_peer conf = {.basic = true};

	p->alive_until_ns = NONE_NS;
	cr_expect_eq(first(&p->key, COND_ALIVE), REASON_SILENT);
	p->heard_ns = NONE_NS;
	cr_expect_eq(first(&p->key, COND_ALIVE), REASON_NO_WIRELINK);
	p->conf = &conf;
	cr_expect_eq(first(&p->key, COND_MAX), REASON_NONE, "basic");
	p->conf = NULL;
}

Test(why, path)
{
	struct peer *p = direct();

	p->proof_ns = NONE_NS;
	cr_expect_eq(first(&p->key, COND_PATH), REASON_UNPROVEN);
	p->hold_until_ns = b.now_ns + SECOND_NS;
	cr_expect_eq(first(&p->key, COND_PATH), REASON_HELD_BACK);
	p->proof = PROOF_DEAD;
	cr_expect_eq(first(&p->key, COND_PATH), REASON_PATH_DEAD);
	cr_expect_eq(why_reason(b.n, p, b.now_ns), REASON_PATH_DEAD);
}

Test(why, agreed)
{
	struct peer *p = direct();

	path_they_say(
	    b.n, p, b.now_ns, p->boot_id, 1, FACT_LINK_DOWN, FACT_TTL_S);
	cr_expect_eq(first(&p->key, COND_AGREED), REASON_PEER_SAYS_DOWN);
}

Test(why, allowed)
{
	struct peer *p = direct();
	struct why_view v;

	note(EV_REFUSED, &p->key, 16);
	b.now_ns += 5 * SECOND_NS;
	cr_expect_eq(first(&p->key, COND_ALLOWED), REASON_REFUSED_BY_POLICY);
	v = condition(&p->key, COND_ALLOWED);
	cr_expect_eq(v.rule, 16);
	cr_expect_eq(v.prefix.addr.b[3], 11);
	b.now_ns += 2 * REFUSED_NS;
	cr_expect_eq(condition(&p->key, COND_ALLOWED).answer, ANSWER_YES);
}

Test(why, holds)
{
	struct peer *p;
	struct why_view v;

	bench_works(&b, 0, true, true);
	bench_works(&b, 1, true, true);
	bench_state(&b, 0, 1, "10.7.0.11/32");
	p = bench_peer(&b, 1);
	path_acked(b.n, p, b.now_ns);
	cr_expect_eq(first(&p->key, COND_HOLDS), REASON_NOT_MOVED);
	v = condition(&p->key, COND_HOLDS);
	cr_expect(v.has_other && key_eq(&v.other, key_of(0)));
	bench_give(&b, 3, "10.7.0.11/32", false);
	bench_snapshot(&b);
	cr_expect_eq(first(&p->key, COND_HOLDS), REASON_HELD_BY_OTHER);
	v = condition(&p->key, COND_HOLDS);
	cr_expect(v.has_other && key_eq(&v.other, key_of(3)));
	cr_expect_eq(v.prefix.len, 32);
}

/* What led to a fallback goes with the event, and both are remembered. */
Test(why, a_fallback_has_its_reason)
{
	struct peer *p = direct();
	struct action act;
	struct history_view v;
	bool told = false;

	bench_events(&b, EV_DIRECT);
	p->proof = PROOF_DEAD;
	p->died_ns = b.now_ns;
	b.peers[1].nprefixes--;
	bench_snapshot(&b);
	while (node_next(b.n, b.now_ns, &act)) {
		if (act.kind == ACT_EVENT && act.event.code == EV_FALLBACK) {
			cr_expect_eq(act.event.reason, REASON_PATH_DEAD);
			told = true;
		}
	}
	cr_expect(told);
	b.now_ns += 3600 * SECOND_NS;
	for (size_t i = 0; node_history(b.n, b.now_ns, key_of(1), i, &v); i++) {
		if (v.code != EV_FALLBACK)
			continue;
		cr_expect_eq(v.reason, REASON_PATH_DEAD);
		cr_expect_eq(v.last_age_ns, 3600 * SECOND_NS);
		cr_expect_eq(v.times, 1);
		told = false;
	}
	cr_expect_not(told, "it is in the history");
}

Test(why, trust)
{
	struct conf_peer conf = {.trust = TRUST_ALLOWED_IPS};
	struct key stranger = bench_key(77);
	struct trust_view v;

	bench_state(&b, 0, 1, "10.7.0.11/32");
	node_trust(b.n, key_of(0), &v);
	cr_expect_eq(v.level, TRUST_MEMBERSHIP);
	cr_expect(v.router && v.on_device && !v.configured);
	cr_expect(v.known[0] && v.known[2] && v.unknown[0] && v.unknown[2]);
	cr_expect_eq(v.nfacts, 1);
	node_trust(b.n, key_of(1), &v);
	cr_expect_eq(v.level, TRUST_ENDPOINT);
	cr_expect(v.known[0] && !v.known[1] && !v.unknown[0]);
	conf.key = *key_of(1);
	cr_assert_eq(node_conf_peer(b.n, &conf), 0);
	bench_peer(&b, 1)->conf = peer_conf(b.n, key_of(1));
	node_trust(b.n, key_of(1), &v);
	cr_expect_eq(v.level, TRUST_ALLOWED_IPS);
	cr_expect(v.configured && v.known[1] && !v.known[2]);
	node_trust(b.n, &stranger, &v);
	cr_expect_eq(v.level, TRUST_UNSET);
	cr_expect(!v.on_device && !v.known[0]);
	b.n->conf.membership = MEMBERSHIP_NONE;
	node_trust(b.n, key_of(0), &v);
	cr_expect(v.known[1] && !v.unknown[0]);
}

Test(why, names)
{
	struct conf_peer absent = {.name = "away"};
	struct name_view v;
	size_t n = 0;

	absent.key = bench_key(90);
	cr_assert_eq(node_conf_peer(b.n, &absent), 0);
	while (n < BENCH_PEERS) {
		cr_assert(node_name(b.n, n, &v));
		cr_expect(v.on_device && v.name == NULL);
		cr_expect(key_eq(&v.key, key_of(n)));
		n++;
	}
	cr_assert(node_name(b.n, n, &v));
	cr_expect_not(v.on_device);
	cr_expect_eq(v.name_len, 4);
	cr_expect(key_eq(&v.key, &absent.key));
	cr_expect_not(node_name(b.n, n + 1, &v));
}

/* Each prefix with its right; those of the link itself are none. */
Test(why, rights)
{
	static const struct {
		enum right right;
		const char *prefix;
	} rows[] = {
	    {RIGHT_INTERFACE, "10.7.0.0/16"},
	    {RIGHT_HOME, "10.8.0.0/24"},
	    {RIGHT_LENT, "10.8.0.9/32"},
	    {RIGHT_CONFIGURED, "10.9.0.0/24"},
	};
	struct prefix home = bench_prefix("10.9.0.0/24");
	struct conf_peer conf = {.nprefixes = 1, .prefixes = &home};
	struct m_addr a = {.ifindex = 9, .up = true, .len = 16};
	struct right_view v;
	size_t found[4] = {0};

	conf.key = bench_key(90);
	cr_assert_eq(node_conf_peer(b.n, &conf), 0);
	node_addrs_begin(b.n);
	a.addr = bench_prefix("10.7.0.1").addr;
	node_addrs_add(b.n, &a);
	a.ifindex = 2;
	a.addr = bench_prefix("192.0.2.1").addr;
	node_addrs_add(b.n, &a);
	node_addrs_end(b.n, b.now_ns);
	bench_give(&b, 1, "10.8.0.0/24", false);
	bench_give(&b, 2, "10.8.0.9/32", true);
	bench_snapshot(&b);
	for (size_t i = 0; node_right(b.n, i, &v); i++) {
		cr_expect_not(addr_is_link_local(&v.prefix.addr));
		cr_expect_eq(key_is_zero(&v.key), v.right == RIGHT_INTERFACE);
		cr_expect_neq(v.prefix.addr.b[0], 192);
		for (size_t k = 0; k < 4; k++) {
			struct prefix p = bench_prefix(rows[k].prefix);

			found[k] += prefix_eq(&p, &v.prefix) &&
			    v.right == rows[k].right;
		}
	}
	for (size_t k = 0; k < 4; k++)
		cr_expect_eq(found[k], 1, "%s", rows[k].prefix);
}

/* Who counts for MaxPeers; without a device nobody knows. */
Test(why, bounds)
{
	struct policy_view v;

	b.peers[1].m.ours = true;
	bench_snapshot(&b);
	node_policy(b.n, &v);
	cr_expect(v.has_device);
	cr_expect_eq(v.npeers, BENCH_PEERS);
	cr_expect_eq(v.nadded, 1);
	node_link_down(b.n, b.now_ns);
	node_policy(b.n, &v);
	cr_expect_not(v.has_device);
	cr_expect_eq(v.npeers, 0);
	cr_expect_eq(v.nadded, 0);
}

/* Codes are what scripts compare: none twice, none with an odd letter. */
Test(reason, codes)
{
	for (unsigned int i = 0; i < REASON_MAX; i++) {
		const char *code = reason_code(i);

		cr_expect_eq(strspn(code, "abcdefghijklmnopqrstuvwxyz-"),
		    strlen(code), "%s", code);
		cr_expect_gt(strlen(reason_text(i)), 0);
		cr_expect_gt(strlen(reason_advice(i)), 0);
		for (unsigned int k = 0; k < i; k++)
			cr_expect_str_neq(code, reason_code(k));
	}
	for (unsigned int i = 1; i < EV_MAX; i++) {
		for (unsigned int k = 0; k < i; k++)
			cr_expect_str_neq(event_name(i), event_name(k));
	}
	cr_expect_str_eq(reason_code(REASON_MAX), "unknown");
	cr_expect_str_eq(reason_text(REASON_MAX), "unknown");
	cr_expect_str_eq(reason_advice(REASON_MAX), "unknown");
	cr_expect_str_eq(event_name(EV_MAX), "unknown");
	cr_expect_str_eq(cond_code(COND_MAX), "unknown");
	cr_expect_str_eq(cond_text(COND_MAX), "unknown");
}
