/* Trust that is lent. Peer 0 is a router, 1 has DelegateTrust, 2 and 3 have
 * nothing from the configuration, until a test says so. */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/unit/bench.h"

static struct bench b;
static struct conf_link conf;
static enum trust trust[BENCH_PEERS];
static struct action act;

static void
reconf(void)
{
	cr_assert_eq(node_reconf_begin(b.n, &conf), 0);
	for (size_t i = 0; i < BENCH_PEERS; i++) {
		struct conf_peer c = {
		    .key = b.peers[i].m.key, .trust = trust[i]};

		cr_assert_eq(node_reconf_peer(b.n, &c), 0);
	}
	node_reconf_end(b.n, b.now_ns);
	delegate_refresh(b.n, b.now_ns);
}

static void
setup(void)
{
	bench_init(&b);
	for (size_t i = 0; i < BENCH_PEERS; i++) {
		bench_works(&b, i, true, true);
		bench_peer(&b, i)->caps |= CAP_TRUST;
		trust[i] = i == 1 ? TRUST_DELEGATE : TRUST_UNSET;
	}
	conf.membership = MEMBERSHIP_CONFIGURED;
	conf.quorum = 1;
	reconf();
	bench_events(&b, EV_LINK_UP);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(delegate, .init = setup, .fini = teardown);

static void
says(size_t by, enum attr attr, const struct key *subject, uint16_t ttl_s,
    const void *value, size_t len)
{
	bench_says(&b, by, attr, subject, ttl_s, value, len);
}

static void
lends(size_t by, size_t to, enum trust level, uint16_t ttl_s)
{
	uint8_t value = (uint8_t)level;

	says(by, ATTR_TRUST, &b.peers[to].m.key, ttl_s, &value, 1);
}

static enum trust
level(size_t i)
{
	return peer_trust(b.n, bench_peer(&b, i));
}

static size_t
facts_of(size_t i)
{
	struct trust_view v;

	node_trust(b.n, &b.peers[i].m.key, &v);
	return v.nfacts;
}

/* How often a Trust fact is in what goes to that peer, or to all; and the
 * last one's level. */
static size_t
told(const struct key *to, uint8_t *last)
{
	size_t count = 0;

	for (size_t i = 0; i < BENCH_PEERS; i++)
		gossip_soon(bench_peer(&b, i), b.now_ns);
	while (gossip_next(b.n, b.now_ns, &act)) {
		uint8_t nonce[NONCE_LEN] = {1};
		struct rbuf r;
		struct fact f;

		rbuf_init(&r, act.body, act.len);
		while (fact_next(&r, &f) == 1) {
			if (f.attr != ATTR_TRUST ||
			    (to != NULL && !key_eq(to, &act.key)))
				continue;
			cr_expect_not(key_eq(&f.subject, &act.key));
			count++;
			*last = f.value[0];
		}
		b.nonces++;
		memcpy(nonce + 1, &b.nonces, sizeof(b.nonces));
		node_sent(b.n, b.now_ns, act.token, nonce);
	}
	return count;
}

Test(delegate, lends_and_takes_back)
{
	const struct key stranger = bench_key(77);
	uint8_t boot_id[BOOT_ID_LEN];
	struct trust_view v;

	says(2, ATTR_MEMBER, &stranger, FACT_TTL_S, NULL, 0);
	cr_expect_eq(facts_of(2), 0);
	memcpy(boot_id, b.n->boot_id, sizeof(boot_id));
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	cr_expect_eq(level(2), TRUST_MEMBERSHIP);
	cr_expect_eq(level(3), TRUST_ENDPOINT);
	cr_expect_eq(bench_events(&b, EV_TRUST), 1);
	cr_expect_arr_neq(b.n->boot_id, boot_id, sizeof(boot_id),
	    "so that it says again what was refused");
	node_trust(b.n, &b.peers[2].m.key, &v);
	cr_expect(v.lent && !v.configured);
	cr_expect(key_eq(&v.lender, &b.peers[1].m.key));
	says(2, ATTR_MEMBER, &stranger, FACT_TTL_S, NULL, 0);
	cr_expect_eq(facts_of(2), 1);
	lends(1, 2, TRUST_MEMBERSHIP, 0);
	cr_expect_eq(level(2), TRUST_ENDPOINT);
	cr_expect_eq(facts_of(2), 0, "with the trust goes what it has said");
	cr_expect_eq(bench_events(&b, EV_TRUST), 1);
}

/* It is asked about before anything else has happened. */
Test(delegate, a_lender_that_has_just_gone)
{
	const struct key key = b.peers[2].m.key;
	struct trust_view v;

	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	peer_drop(b.n, bench_peer(&b, 1));
	node_trust(b.n, &key, &v);
	cr_expect_not(v.lent);
	delegate_refresh(b.n, b.now_ns);
	node_trust(b.n, &key, &v);
	cr_expect_eq(v.level, TRUST_ENDPOINT);
}

Test(delegate, a_level_takes_the_place_of_another)
{
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	lends(1, 2, TRUST_ALLOWED_IPS, FACT_TTL_S);
	cr_expect_eq(level(2), TRUST_ALLOWED_IPS);
	cr_expect_eq(facts_of(1), 1);
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	cr_expect_eq(level(2), TRUST_MEMBERSHIP);
}

Test(delegate, expires)
{
	lends(1, 2, TRUST_MEMBERSHIP, 60);
	b.now_ns += 61 * SECOND_NS;
	while (node_next(b.n, b.now_ns, &act))
		node_not_sent(b.n, b.now_ns, act.token, CRYPT_RATE);
	cr_expect_eq(level(2), TRUST_ENDPOINT);
}

Test(delegate, nobody_else_may)
{
	uint64_t refused;

	trust[3] = TRUST_MEMBERSHIP;
	conf.membership = MEMBERSHIP_ROUTERS;
	reconf();
	refused = b.n->facts_refused;
	lends(0, 2, TRUST_MEMBERSHIP, FACT_TTL_S); /* a router */
	lends(2, 2, TRUST_MEMBERSHIP, FACT_TTL_S); /* itself */
	lends(3, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	cr_expect_eq(level(2), TRUST_ENDPOINT);
	cr_expect_eq(b.n->facts_refused, refused + 3);
	/* Nor one whose own trust is lent. */
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	trust[3] = TRUST_UNSET;
	reconf();
	lends(2, 3, TRUST_MEMBERSHIP, FACT_TTL_S);
	cr_expect_eq(level(3), TRUST_ENDPOINT);
}

Test(delegate, the_configuration_stands_above)
{
	trust[2] = TRUST_UNTRUSTED;
	trust[3] = TRUST_MEMBERSHIP;
	reconf();
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	lends(1, 3, TRUST_ENDPOINT, FACT_TTL_S);
	cr_expect_eq(level(2), TRUST_UNTRUSTED);
	cr_expect_eq(level(3), TRUST_MEMBERSHIP);
	/* What is lent counts as soon as nothing is configured. */
	trust[2] = TRUST_UNSET;
	reconf();
	cr_expect_eq(level(2), TRUST_MEMBERSHIP);
}

Test(delegate, lowers_nobody)
{
	lends(1, 0, TRUST_UNTRUSTED, FACT_TTL_S);
	lends(1, 2, TRUST_UNTRUSTED, FACT_TTL_S);
	cr_expect_eq(level(0), TRUST_ALLOWED_IPS, "a router");
	cr_expect_eq(level(2), TRUST_ENDPOINT);
	cr_expect_eq(bench_events(&b, EV_TRUST), 0);
}

Test(delegate, not_of_itself_nor_of_us)
{
	const struct key self = b.n->link.key;
	uint8_t value = TRUST_MEMBERSHIP;

	trust[2] = TRUST_DELEGATE;
	reconf();
	lends(1, 1, TRUST_MEMBERSHIP, FACT_TTL_S);
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	cr_expect_eq(level(1), TRUST_DELEGATE);
	cr_expect_eq(level(2), TRUST_DELEGATE);
	says(1, ATTR_TRUST, &self, FACT_TTL_S, &value, 1);
	cr_expect_eq(facts_of(1), 2);
}

/* The least of what they say, so that each can take from what the other
 * gives; who says nothing takes nothing. */
Test(delegate, two_that_disagree)
{
	trust[3] = TRUST_DELEGATE;
	reconf();
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	cr_expect_eq(level(2), TRUST_MEMBERSHIP);
	lends(3, 2, TRUST_ALLOWED_IPS, FACT_TTL_S);
	cr_expect_eq(level(2), TRUST_ALLOWED_IPS);
	lends(3, 2, TRUST_UNTRUSTED, FACT_TTL_S);
	cr_expect_eq(level(2), TRUST_ENDPOINT);
	lends(3, 2, TRUST_UNTRUSTED, 0);
	cr_expect_eq(level(2), TRUST_MEMBERSHIP);
	lends(1, 2, TRUST_MEMBERSHIP, 0);
	cr_expect_eq(level(2), TRUST_ENDPOINT);
}

Test(delegate, loses_its_place)
{
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	trust[1] = TRUST_MEMBERSHIP;
	reconf();
	cr_expect_eq(level(2), TRUST_ENDPOINT);
	cr_expect_eq(facts_of(1), 0);
	trust[1] = TRUST_DELEGATE;
	reconf();
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	/* It is gone from the device. */
	memmove(&b.peers[1], &b.peers[2], 2 * sizeof(b.peers[1]));
	b.npeers--;
	bench_snapshot(&b);
	delegate_refresh(b.n, b.now_ns);
	cr_expect_eq(level(1), TRUST_ENDPOINT);
}

/* It was told before the peer was there. */
Test(delegate, of_one_that_comes_later)
{
	struct key k = bench_key(77);
	uint8_t value = TRUST_MEMBERSHIP;

	conf.membership = MEMBERSHIP_NONE;
	reconf();
	says(1, ATTR_TRUST, &k, FACT_TTL_S, &value, 1);
	b.peers[3].m.key = k;
	b.peers[3].nprefixes = 0;
	bench_snapshot(&b);
	delegate_refresh(b.n, b.now_ns);
	cr_expect_eq(level(3), TRUST_MEMBERSHIP);
}

/* Whoever says now this, now that, makes us ask all once in two minutes. */
Test(delegate, asks_all_at_a_rate)
{
	uint8_t boot_id[BOOT_ID_LEN];

	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	memcpy(boot_id, b.n->boot_id, sizeof(boot_id));
	for (int i = 0; i < 100; i++) {
		b.now_ns += SECOND_NS;
		lends(1, 2, TRUST_MEMBERSHIP, i % 2 == 0 ? 0 : FACT_TTL_S);
		cr_expect_arr_eq(b.n->boot_id, boot_id, sizeof(boot_id));
	}
	cr_expect_eq(
	    node_deadline(b.n, b.now_ns) <= b.now_ns + 20 * SECOND_NS, true);
	b.now_ns += 21 * SECOND_NS;
	delegate_refresh(b.n, b.now_ns);
	cr_expect_arr_neq(b.n->boot_id, boot_id, sizeof(boot_id));
}

/* With a quorum, the sources that one delegate makes count as that one. */
Test(delegate, makes_no_quorum)
{
	const struct key stranger = bench_key(77);

	conf.quorum = 2;
	reconf();
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	lends(1, 3, TRUST_MEMBERSHIP, FACT_TTL_S);
	for (size_t i = 1; i <= 3; i++)
		says(i, ATTR_MEMBER, &stranger, FACT_TTL_S, NULL, 0);
	cr_expect_eq(facts_of(3), 1);
	cr_expect_eq(members_sources(b.n, &stranger), 1);
	cr_expect_eq(members_possible(b.n), 1);
	/* One of them by the configuration is a second. */
	trust[3] = TRUST_MEMBERSHIP;
	reconf();
	cr_expect_eq(members_sources(b.n, &stranger), 2);
}

/* What this node lends: its own word, where it is asked to, to who
 * understands it. */
Test(delegate, tells_what_the_configuration_says)
{
	uint8_t last = 0xff;

	trust[0] = TRUST_ALLOWED_IPS;
	trust[2] = TRUST_ENDPOINT;
	reconf();
	gossip_local(b.n, b.now_ns);
	cr_expect_eq(told(NULL, &last), 0, "not unless asked to");
	conf.tell_trust = true;
	reconf();
	gossip_local(b.n, b.now_ns);
	bench_peer(&b, 0)->caps = CAP_ACK;
	cr_expect_eq(told(&b.peers[0].m.key, &last), 0, "can't read it");
	cr_expect_eq(told(&b.peers[3].m.key, &last), 0, "is told Alive alone");
}

Test(delegate, tells_no_more_than_membership)
{
	uint8_t last = 0xff;

	trust[0] = TRUST_MEMBERSHIP;
	conf.tell_trust = true;
	reconf();
	gossip_local(b.n, b.now_ns);
	/* To the router: that peer 1, its own DelegateTrust, is a source. To
	 * peer 1: what the router is. */
	cr_expect_eq(told(NULL, &last), 2);
	cr_expect_eq(last, TRUST_MEMBERSHIP);
}

Test(delegate, is_not_passed_on)
{
	uint8_t last = 0xff;

	trust[3] = TRUST_MEMBERSHIP; /* is told everything */
	conf.tell_trust = false;
	reconf();
	lends(1, 2, TRUST_MEMBERSHIP, FACT_TTL_S);
	cr_expect_eq(told(NULL, &last), 0);
}
