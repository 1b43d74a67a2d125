/* Another configuration while all runs: what it says takes effect, and
 * nothing else changes. */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/unit/bench.h"

static struct bench b;
static struct action act;

static void
setup(void)
{
	bench_init(&b);
	for (size_t i = 0; i < BENCH_PEERS; i++)
		bench_works(&b, i, true, true);
	bench_events(&b, EV_LINK_UP);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(reconf, .init = setup, .fini = teardown);

static struct conf_link
routers(void)
{
	return (struct conf_link){.membership = MEMBERSHIP_ROUTERS};
}

static void
begin(const struct conf_link *conf)
{
	cr_assert_eq(node_reconf_begin(b.n, conf), 0);
}

/* A [Peer] for the bench's peer i, with one endpoint perhaps. */
static void
give(size_t i, const char *name, enum trust trust, const char *host)
{
	struct conf_host h = {.port = 4000};
	struct conf_peer c = {.key = b.peers[i].m.key, .trust = trust};

	strlcpy(c.name, name, sizeof(c.name));
	if (host != NULL) {
		strlcpy(h.host, host, sizeof(h.host));
		c.nendpoints = 1;
		c.endpoints = &h;
	}
	cr_assert_eq(node_reconf_peer(b.n, &c), 0);
}

static void
reconf(const struct conf_link *conf, size_t i, const char *name,
    enum trust trust, const char *host)
{
	begin(conf);
	give(i, name, trust, host);
	node_reconf_end(b.n, b.now_ns);
}

static const char *
name_of(size_t i)
{
	static char name[CONF_NAME_STRLEN];
	struct peer_view v;

	for (size_t k = 0; node_peer(b.n, b.now_ns, k, &v); k++) {
		if (!key_eq(&v.key, &b.peers[i].m.key))
			continue;
		memcpy(name, v.name != NULL ? v.name : (const uint8_t *)"",
		    v.name_len);
		name[v.name_len] = '\0';
		return name;
	}
	return "no such peer";
}

static size_t
facts(void)
{
	size_t n = 0;
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(&b.n->db, &i)) != NULL)
		n += !d->local;
	return n;
}

Test(reconf, a_name_changes_nothing_else)
{
	const struct conf_link conf = routers();
	uint8_t boot_id[BOOT_ID_LEN];
	const struct peer *p = bench_peer(&b, 1);
	struct peer before;

	bench_state(&b, 0, 1, "10.7.0.1/32");
	reconf(&conf, 1, "old", TRUST_UNSET, NULL);
	memcpy(boot_id, b.n->boot_id, sizeof(boot_id));
	before = *p;
	begin(&conf);
	give(1, "new", TRUST_UNSET, NULL);
	cr_expect_str_eq(name_of(1), "old");
	node_reconf_end(b.n, b.now_ns);
	cr_expect_str_eq(name_of(1), "new");
	cr_expect_eq(bench_peer(&b, 1), p);
	before.conf = p->conf;
	cr_expect_arr_eq(&before, p, sizeof(before));
	cr_expect_arr_eq(b.n->boot_id, boot_id, sizeof(boot_id));
	cr_expect_eq(facts(), 1);
	cr_expect_leq(b.n->plan_at_ns, b.now_ns);
	/* And without a section of its own it has none. */
	reconf(&conf, 2, "other", TRUST_UNSET, NULL);
	cr_expect_str_eq(name_of(1), "");
	cr_expect_null(p->conf);
}

Test(reconf, less_trust_takes_back)
{
	static const struct {
		enum trust trust;
		size_t left;
	} rows[] = {{TRUST_MEMBERSHIP, 2}, {TRUST_ALLOWED_IPS, 2},
	    {TRUST_ENDPOINT, 1}, {TRUST_UNTRUSTED, 1}};
	const struct conf_link conf = routers();
	uint8_t boot_id[BOOT_ID_LEN];

	memcpy(boot_id, b.n->boot_id, sizeof(boot_id));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bench_state(&b, 0, 1, "10.7.0.1/32");
		bench_state(&b, 0, 2, "10.7.0.2/32");
		/* Somebody else says the second one too. */
		bench_state(&b, 3, 2, "10.7.0.2/32");
		begin(&conf);
		give(0, "", rows[i].trust, NULL);
		give(3, "", TRUST_ALLOWED_IPS, NULL);
		node_reconf_end(b.n, b.now_ns);
		cr_expect_eq(facts(), rows[i].left, "row %zu: %zu", i, facts());
		if (i == 0)
			memcpy(boot_id, b.n->boot_id, sizeof(boot_id));
	}
	cr_expect_arr_eq(b.n->boot_id, boot_id, sizeof(boot_id));
}

Test(reconf, more_trust_asks_all_again)
{
	const struct conf_link conf = routers();
	uint8_t boot_id[BOOT_ID_LEN];

	memcpy(boot_id, b.n->boot_id, sizeof(boot_id));
	reconf(&conf, 1, "", TRUST_ALLOWED_IPS, NULL);
	cr_expect_arr_neq(b.n->boot_id, boot_id, sizeof(boot_id));
	memcpy(boot_id, b.n->boot_id, sizeof(boot_id));
	reconf(&conf, 1, "", TRUST_ALLOWED_IPS, NULL);
	cr_expect_arr_eq(b.n->boot_id, boot_id, sizeof(boot_id));
}

Test(reconf, membership_ends)
{
	struct conf_link conf = routers();
	const struct key stranger = bench_key(77);
	struct fact f = {.ttl_s = 600,
	    .subject = stranger,
	    .attr = ATTR_MEMBER,
	    .value = (const uint8_t *)""};
	uint32_t index;

	factdb_put(&b.n->db, b.now_ns, &f, bench_peer(&b, 0)->slot, &index);
	cr_assert_neq(index, NO_FACT);
	reconf(&conf, 1, "", TRUST_UNSET, NULL);
	cr_expect_eq(facts(), 1);
	conf.membership = MEMBERSHIP_NONE;
	reconf(&conf, 1, "", TRUST_UNSET, NULL);
	cr_expect_eq(facts(), 0);
	cr_expect_eq(b.n->conf.membership, MEMBERSHIP_NONE);
}

/* What bounds wirelinkd is what the configuration in force says. */
Test(reconf, bounds)
{
	const struct conf_link conf = routers();
	struct conf_policy policy = {.max_peers = 7, .nallowed = 1};
	struct policy_view v;

	policy.allowed[0] = bench_prefix("10.0.0.0/8");
	node_conf_policy(b.n, &policy);
	begin(&conf);
	policy.max_peers = 9;
	policy.nallowed = 0;
	node_conf_policy(b.n, &policy);
	node_policy(b.n, &v);
	cr_expect_eq(v.conf->max_peers, 7);
	cr_assert_eq(v.conf->nallowed, 1);
	cr_expect(prefix_eq(&v.conf->allowed[0], &policy.allowed[0]));
	node_reconf_end(b.n, b.now_ns);
	node_policy(b.n, &v);
	cr_expect_eq(v.conf->max_peers, 9);
	cr_expect_eq(v.conf->nallowed, 0);
	cr_expect_eq(v.membership, MEMBERSHIP_ROUTERS);
}

static bool
asks(const char *host)
{
	while (hosts_next(b.n, b.now_ns, &act)) {
		if (strcmp(act.host, host) == 0)
			return true;
	}
	return false;
}

Test(reconf, hosts_keep_what_is_known)
{
	const struct conf_link conf = routers();
	struct m_resolved r = {.n = 1};
	const struct host *h;

	b.peers[1].m.handshake_ns = 0;
	begin(&conf);
	give(1, "", TRUST_UNSET, "a.example");
	node_reconf_end(b.n, b.now_ns);
	bench_peer(&b, 1)->proof = PROOF_DEAD;
	cr_assert(asks("a.example"));
	cr_assert_eq(addr_parse("192.0.2.7", &r.addr[0]), 0);
	node_resolved(b.n, b.now_ns, "a.example", &r);
	begin(&conf);
	give(1, "", TRUST_UNSET, "a.example");
	give(2, "", TRUST_UNSET, "b.example");
	node_reconf_end(b.n, b.now_ns);
	h = hosts_find(b.n, "a.example");
	cr_assert_not_null(h);
	cr_expect_eq(h->n, 1);
	cr_expect_eq((const void *)h->name,
	    (const void *)b.n->confs[0].endpoints[0].host);
	cr_expect_not_null(hosts_find(b.n, "b.example"));
	begin(&conf);
	node_reconf_end(b.n, b.now_ns);
	cr_expect_null(hosts_find(b.n, "a.example"));
	cr_expect_eq(b.n->nhosts, 0);
}

/* An event that nobody has fetched outlives the configuration it is of. */
Test(reconf, events_outlive_names)
{
	const struct conf_link conf = routers();
	struct m_resolved failed = {.error = RESOLVE_NOT_FOUND};

	reconf(&conf, 1, "", TRUST_UNSET, "a.example");
	bench_peer(&b, 1)->proof = PROOF_DEAD;
	cr_assert(asks("a.example"));
	node_resolved(b.n, b.now_ns, "a.example", &failed);
	cr_assert_eq(b.n->nevents, 1);
	reconf(&conf, 2, "", TRUST_UNSET, "a.example");
	cr_expect_str_eq(b.n->events[b.n->event_first].text, "a.example");
	reconf(&conf, 1, "", TRUST_UNSET, NULL);
	cr_expect_str_eq(
	    b.n->events[b.n->event_first].text, "a host that was configured");
}

Test(reconf, begun_twice_or_not_at_all)
{
	const struct conf_link conf = routers();
	const struct conf_peer c = {.key = bench_key(1), .trust = TRUST_UNSET};

	cr_expect_eq(node_reconf_peer(b.n, &c), -1);
	node_reconf_end(b.n, b.now_ns);
	cr_expect_eq(b.n->nconfs, 0);
	begin(&conf);
	give(1, "first", TRUST_UNSET, NULL);
	begin(&conf);
	give(2, "second", TRUST_UNSET, NULL);
	node_reconf_end(b.n, b.now_ns);
	cr_expect_eq(b.n->nconfs, 1);
	cr_expect_str_eq(name_of(2), "second");
	/* Left in the middle: freed with the node. */
	begin(&conf);
	give(1, "third", TRUST_UNSET, NULL);
}
