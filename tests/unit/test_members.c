/* Who is a member when one source's word is not enough: [Policy] Quorum. Peer
 * 0 is a router, 1 and 2 have Membership by configuration, 3 has not. */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/unit/bench.h"

static struct bench b;
static struct conf_link conf;
static struct action act;

static void
reconf(uint8_t quorum, const struct key *more)
{
	static const enum trust trust[] = {
	    TRUST_MEMBERSHIP, TRUST_DELEGATE, TRUST_ALLOWED_IPS};

	conf.membership = MEMBERSHIP_ROUTERS;
	conf.quorum = quorum;
	cr_assert_eq(node_reconf_begin(b.n, &conf), 0);
	for (size_t i = 1; i < BENCH_PEERS; i++) {
		struct conf_peer c = {
		    .key = b.peers[i].m.key, .trust = trust[i - 1]};

		cr_assert_eq(node_reconf_peer(b.n, &c), 0);
	}
	if (more != NULL) {
		struct conf_peer c = {.key = *more, .trust = TRUST_UNSET};

		cr_assert_eq(node_reconf_peer(b.n, &c), 0);
	}
	node_reconf_end(b.n, b.now_ns);
}

static void
setup(void)
{
	bench_init(&b);
	for (size_t i = 0; i < BENCH_PEERS; i++)
		bench_works(&b, i, true, true);
	reconf(2, NULL);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(members, .init = setup, .fini = teardown);

static struct key
stranger(void)
{
	return bench_key(77);
}

static void
says(size_t by, enum attr attr, const struct key *subject, uint16_t ttl_s,
    const void *value, size_t len)
{
	bench_says(&b, by, attr, subject, ttl_s, value, len);
}

static void
says_member(size_t by, const struct key *subject, uint16_t ttl_s)
{
	says(by, ATTR_MEMBER, subject, ttl_s, NULL, 0);
}

static void
says_prefix(size_t by, const struct key *subject, const char *prefix)
{
	struct prefix p = bench_prefix(prefix);
	uint8_t value[18];
	enum attr attr;
	size_t len = fact_prefix_value(&p, value, &attr);

	says(by, attr, subject, FACT_TTL_S, value, len);
}

/* Is the stranger asked for as a peer? */
static bool
introduced(const struct key *key)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&b.n->db, &i)) != NULL) {
		if (key_eq(&d->subject, key) &&
		    members_introduce(b.n, d, b.now_ns, &act))
			return true;
	}
	return false;
}

/* Is anything of the key told to the router? */
static bool
told(const struct key *key)
{
	bool is = false;

	for (size_t i = 0; i < BENCH_PEERS; i++)
		gossip_soon(bench_peer(&b, i), b.now_ns);
	while (gossip_next(b.n, b.now_ns, &act)) {
		struct rbuf r;
		struct fact f;

		rbuf_init(&r, act.body, act.len);
		while (fact_next(&r, &f) == 1)
			is = is || key_eq(&f.subject, key);
		node_sent(b.n, b.now_ns, act.token,
		    (const uint8_t[NONCE_LEN]){(uint8_t)++b.nonces, 1});
	}
	return is;
}

Test(members, one_source_is_not_enough)
{
	const struct key k = stranger();

	says_member(0, &k, FACT_TTL_S);
	cr_expect_eq(members_sources(b.n, &k), 1);
	cr_expect_not(introduced(&k));
	/* Neither as often as it likes, nor in other words. */
	says_member(0, &k, FACT_TTL_S);
	says_prefix(0, &k, "10.7.0.9/32");
	says_prefix(0, &k, "10.7.0.8/32");
	cr_expect_eq(members_sources(b.n, &k), 1);
	cr_expect_not(introduced(&k));
	cr_expect_not(told(&k), "it would count as our word elsewhere");
	says_member(1, &k, FACT_TTL_S);
	cr_expect_eq(members_sources(b.n, &k), 2);
	cr_expect(told(&k));
	cr_expect(introduced(&k));
	cr_expect(act.set.may_add);
}

/* Two that say different things of it both say that it is a member. */
Test(members, different_facts_of_one_member_add_up)
{
	const struct key k = stranger();

	says_prefix(1, &k, "10.7.0.9/32");
	cr_expect_not(introduced(&k));
	says_member(2, &k, FACT_TTL_S);
	cr_expect(introduced(&k));
}

Test(members, who_may_not_say_so_does_not_count)
{
	const struct key k = stranger();

	says_member(0, &k, FACT_TTL_S);
	says_member(3, &k, FACT_TTL_S);
	says_prefix(3, &k, "10.7.0.9/32");
	cr_expect_eq(members_sources(b.n, &k), 1);
	cr_expect_not(introduced(&k));
	cr_expect_eq(members_possible(b.n), 3);
}

Test(members, endpoints_make_no_member)
{
	static const uint8_t value[6] = {198, 51, 100, 7, 0xca, 0x6c};
	const struct key k = stranger();

	says_member(0, &k, FACT_TTL_S);
	says(1, ATTR_ENDPOINT_V4, &k, FACT_TTL_S, value, sizeof(value));
	cr_expect_eq(members_sources(b.n, &k), 1);
	cr_expect_not(introduced(&k));
}

Test(members, what_was_taken_back_or_expired_does_not_count)
{
	const struct key k = stranger();
	bool relied;

	says_member(0, &k, FACT_TTL_S);
	says_member(0, &k, 0);
	says_member(1, &k, FACT_TTL_S);
	cr_expect_not(introduced(&k));
	says_member(2, &k, FACT_TTL_S);
	b.now_ns += (FACT_TTL_S + 1) * SECOND_NS;
	factdb_expire(&b.n->db, b.now_ns, &relied);
	says_member(0, &k, FACT_TTL_S);
	cr_expect_eq(members_sources(b.n, &k), 1);
	cr_expect_not(introduced(&k));
}

Test(members, one_of_the_configuration_needs_one)
{
	const struct key k = stranger();

	reconf(2, &k);
	says_member(0, &k, FACT_TTL_S);
	cr_expect(introduced(&k));
}

Test(members, a_reload_that_asks_for_less_asks_again)
{
	const struct key k = stranger();
	uint8_t boot_id[BOOT_ID_LEN];

	says_member(0, &k, FACT_TTL_S);
	memcpy(boot_id, b.n->boot_id, sizeof(boot_id));
	reconf(3, NULL);
	cr_expect_arr_eq(b.n->boot_id, boot_id, sizeof(boot_id));
	reconf(1, NULL);
	cr_expect_arr_neq(b.n->boot_id, boot_id, sizeof(boot_id));
	cr_expect(introduced(&k));
}

static void
add_stranger(void)
{
	struct bench_peer *p = &b.peers[3];

	p->m.key = stranger();
	p->m.ours = true;
	p->nprefixes = 0;
	bench_snapshot(&b);
	cr_assert_not_null(peer_find(b.n, &p->m.key));
}

/* It is on the device: one source keeps it, none is a reason to remove it,
 * and that we see it there is none to keep it. */
Test(members, one_source_keeps_a_member)
{
	const struct key k = stranger();

	b.n->router = true;
	add_stranger();
	says_prefix(0, &k, "10.7.0.9/32");
	bench_works(&b, 3, true, true);
	bench_give(&b, 3, "10.7.0.9/32", true);
	bench_snapshot(&b);
	gossip_local(b.n, b.now_ns);
	b.n->started_ns = b.now_ns - 2 * SETTLED_NS;
	bench_peer(&b, 1)->steady_since_ns = b.now_ns - 2 * SETTLED_NS;
	cr_expect_not(members_remove(b.n, bench_peer(&b, 3), b.now_ns, &act));
	factdb_forget_peer(&b.n->db, bench_peer(&b, 0)->slot);
	cr_expect(members_remove(b.n, bench_peer(&b, 3), b.now_ns, &act));
}

/* The administrator adds one that waits: what is known of it is told on. */
Test(members, one_that_waits_is_added_by_hand)
{
	const struct key k = stranger();

	says_member(0, &k, FACT_TTL_S);
	cr_expect_not(told(&k));
	add_stranger();
	b.peers[3].m.ours = false;
	b.now_ns += SECOND_NS;
	cr_expect(told(&k));
}

Test(members, why_and_trust_tell_how_many)
{
	const struct key k = stranger();
	struct why_view v;
	struct trust_view t;

	cr_assert(node_why(b.n, b.now_ns, &k, COND_MEMBER, &v));
	cr_expect_eq(v.reason, REASON_NOT_A_MEMBER);
	says_member(0, &k, FACT_TTL_S);
	cr_assert(node_why(b.n, b.now_ns, &k, COND_MEMBER, &v));
	cr_expect_eq(v.reason, REASON_QUORUM);
	cr_expect_eq(v.has, 1);
	cr_expect_eq(v.needs, 2);
	says_member(1, &k, FACT_TTL_S);
	cr_assert(node_why(b.n, b.now_ns, &k, COND_MEMBER, &v));
	cr_expect_eq(v.reason, REASON_NOT_ADDED);
	cr_expect_eq(v.needs, 0);
	node_trust(b.n, &b.peers[0].m.key, &t);
	cr_expect_eq(t.quorum, 2);
	cr_expect_eq(t.sources, 3);
}

/* A source that names thousands gets none of them in, nor further. */
Test(members, a_flood_of_one_source)
{
	for (int i = 0; i < 200; i++) {
		struct key k = bench_key(78);

		k.b[1] = (uint8_t)i;
		says_member(0, &k, FACT_TTL_S);
		cr_expect_not(told(&k));
		cr_expect_not(introduced(&k));
	}
}
