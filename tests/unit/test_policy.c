/* Every promise of privd/policy.c, from both sides. */
#include <criterion/criterion.h>
#include <string.h>

#include "privd/policy.h"
#include "tests/twins.h"

/*
 * The world: the interface wl0 (index 7) has 10.0.0.1/24, fd00::1/64 and its
 * auto address; eth0 (index 2) has 192.0.2.1/24 and 10.0.0.200/30, inside the
 * tunnel's prefix.
 *	R	router: home 10.0.0.0/16 and 2001:db8::/32
 *	A	home 10.0.0.2/32, which we may withdraw
 *	B	home 203.0.113.9/32 (no router has it); ours: 10.0.0.3/32
 *	N	added by us, with keepalive 5
 *	D	default route: home 0.0.0.0/0
 *	C	configured only: 10.0.0.4/32 and 198.51.100.0/24
 *	W	home 10.0.0.5/32, withdrawn by us
 */
#define IFINDEX 7

static struct m_prefix held[64];
static struct wg_peer peers[32];
static struct wg_device dev;
static struct ledger_rec records[8];
static struct ledger ledger;
static struct conf_home homes[2];
static struct conf_peer conf_peers[1];
static struct privd_conf conf;
static struct m_addr addrs[8];
static struct policy_state state;
static struct policy_plan plan;

static struct key
K(char c) {
	struct key k;

	memset(k.b, c, sizeof k.b);
	return k;
}

static struct prefix
P(const char *s) {
	struct prefix p;

	cr_assert_eq(prefix_parse(s, &p), 0, "%s", s);
	return p;
}

static struct endpoint
E(const char *s) {
	struct endpoint e;

	cr_assert_eq(endpoint_parse(s, &e), 0, "%s", s);
	return e;
}

static void
add_peer(char name, bool ours, const char *const *prefixes)
{
	struct wg_peer *p = &peers[dev.npeers++];

	*p = (struct wg_peer){
	    .key = K(name), .ours = ours, .first = dev.nprefixes};
	for (; *prefixes != NULL; prefixes++) {
		struct m_prefix *m = &held[dev.nprefixes++];

		m->ours = **prefixes == '+';
		m->prefix = P(*prefixes + m->ours);
		p->nprefixes++;
	}
}

static void
add_addr(uint32_t ifindex, const char *s, uint8_t len)
{
	struct m_addr *a = &addrs[state.naddrs++];

	a->ifindex = ifindex;
	a->up = true;
	a->len = len;
	cr_assert_eq(addr_parse(s, &a->addr), 0);
}

static void
setup(void)
{
	struct key device = K('x');
	struct addr self = key_auto_addr(&device);
	char text[ADDR_STRLEN];

	dev.peers = peers;
	dev.prefixes = held;
	dev.key = device;
	dev.listen_port = 51820;
	/* By key, as wg_get leaves them. */
	add_peer('A', false, (const char *[]){"10.0.0.2/32", NULL});
	add_peer('B', false,
	    (const char *[]){"203.0.113.9/32", "+10.0.0.3/32", NULL});
	add_peer('D', false, (const char *[]){"0.0.0.0/0", NULL});
	add_peer('N', true, (const char *[]){"+10.0.0.7/32", NULL});
	peers[dev.npeers - 1].keepalive_s = 5;
	add_peer(
	    'R', false, (const char *[]){"10.0.0.0/16", "2001:db8::/32", NULL});
	add_peer('W', false, (const char *[]){NULL});
	records[1] = (struct ledger_rec){
	    LEDGER_WITHDRAWN, K('W'), P("10.0.0.5/32"), false};
	records[2] =
	    (struct ledger_rec){LEDGER_PREFIX, K('B'), P("10.0.0.3/32"), false};
	ledger.rec = records;
	ledger.n = 3;
	ledger.used = 2;
	homes[0] = (struct conf_home){K('C'), P("10.0.0.4/32")};
	homes[1] = (struct conf_home){K('C'), P("198.51.100.0/24")};
	conf_peers[0].key = K('C');
	conf.homes = homes;
	conf.nhomes = 2;
	conf.peers = conf_peers;
	conf.npeers = 1;
	conf.max_peers = 16;
	conf.link.membership = MEMBERSHIP_ROUTERS;
	state.dev = &dev;
	state.ledger = &ledger;
	state.conf = &conf;
	state.ifindex = IFINDEX;
	state.addrs = addrs;
	add_addr(IFINDEX, "10.0.0.1", 24);
	add_addr(IFINDEX, "fd00::1", 64);
	add_addr(IFINDEX, addr_format(&self, text), 64);
	add_addr(2, "192.0.2.1", 24);
	add_addr(2, "10.0.0.201", 30);
}

static struct m_peer_set
request(char peer)
{
	return (struct m_peer_set){
	    .key = K(peer), .keepalive_s = KEEPALIVE_KEEP};
}

static enum policy_rule
ask(const struct m_peer_set *m, uint16_t *index)
{
	return policy_peer_set(&state, m, &plan, index);
}

TestSuite(policy, .init = setup);

struct prefix_case {
	char peer;
	const char *prefix;
	enum policy_rule rule;
	size_t changes; /* what is then really done */
	bool noted;
};

Test(policy, add_prefix)
{
	static const struct prefix_case cases[] = {
	    /* inside a router's home prefix, or the interface's */
	    {'A', "10.0.0.9/32", RULE_ALLOWED, 1, true},
	    {'A', "10.0.9.0/24", RULE_ALLOWED, 1, true},
	    {'R', "10.0.9.0/24", RULE_ALLOWED, 1, true},
	    {'A', "2001:db8:1::/48", RULE_ALLOWED, 1, true},
	    {'A', "fd00::9/128", RULE_ALLOWED, 1, true},
	    {'A', "198.51.100.7/32", RULE_ALLOWED, 1, true},
	    /* outside: the tunnel must not grow */
	    {'A', "10.1.0.0/24", RULE_PREFIX_OUTSIDE, 0, false},
	    {'A', "8.8.8.8/32", RULE_PREFIX_OUTSIDE, 0, false},
	    {'A', "2001:db9::/48", RULE_PREFIX_OUTSIDE, 0, false},
	    {'A', "fd00:0:0:1::/64", RULE_PREFIX_OUTSIDE, 0, false},
	    {'R', "11.0.0.0/8", RULE_PREFIX_OUTSIDE, 0, false},
	    {'B', "203.0.113.8/32", RULE_PREFIX_OUTSIDE, 0, false},
	    /* held by another: no theft */
	    {'A', "10.0.0.0/16", RULE_PREFIX_HELD, 0, false},
	    {'A', "10.0.0.3/32", RULE_PREFIX_HELD, 0, false},
	    {'A', "10.0.0.7/32", RULE_PREFIX_HELD, 0, false},
	    {'B', "10.0.0.2/32", RULE_PREFIX_HELD, 0, false},
	    {'A', "0.0.0.0/0", RULE_PREFIX_HELD, 0, false},
	    /* held by the same one: nothing to do, and not ours */
	    {'A', "10.0.0.2/32", RULE_ALLOWED, 0, false},
	    {'B', "10.0.0.3/32", RULE_ALLOWED, 0, false},
	    /* home prefixes of others, on the device, withdrawn,
	     * configured; equal or covered */
	    {'A', "10.0.0.5/32", RULE_PREFIX_HOME, 0, false},
	    {'A', "10.0.0.4/32", RULE_PREFIX_HOME, 0, false},
	    {'A', "10.0.0.4/31", RULE_PREFIX_HOME, 0, false},
	    {'R', "10.0.0.4/30", RULE_PREFIX_HOME, 0, false},
	    {'B', "10.0.0.2/31", RULE_PREFIX_HOME, 0, false},
	    {'A', "198.51.100.0/24", RULE_PREFIX_HOME, 0, false},
	    {'A', "198.51.0.0/16", RULE_PREFIX_HOME, 0, false},
	    {'A', "::/0", RULE_PREFIX_HOME, 0, false},
	    /* its own home prefix */
	    {'W', "10.0.0.5/32", RULE_ALLOWED, 1, false},
	    /* never, to nobody */
	    {'R', "224.0.0.0/8", RULE_PREFIX_KIND, 0, false},
	    {'R', "127.0.0.0/8", RULE_PREFIX_KIND, 0, false},
	    {'R', "127.1.2.3/32", RULE_PREFIX_KIND, 0, false},
	    {'R', "0.0.0.0/32", RULE_PREFIX_KIND, 0, false},
	    {'R', "255.255.255.255/32", RULE_PREFIX_KIND, 0, false},
	    {'R', "ff02::/16", RULE_PREFIX_KIND, 0, false},
	    {'R', "::1/128", RULE_PREFIX_KIND, 0, false},
	    {'R', "::/128", RULE_PREFIX_KIND, 0, false},
	    {'R', "::ffff:10.0.0.9/128", RULE_PREFIX_KIND, 0, false},
	    {'R', "fe80::/64", RULE_PREFIX_KIND, 0, false},
	    {'R', "fe80::1/128", RULE_PREFIX_KIND, 0, false},
	    /* this host itself */
	    {'R', "10.0.0.1/32", RULE_PREFIX_SELF, 0, false},
	    {'R', "10.0.0.0/31", RULE_PREFIX_SELF, 0, false},
	    {'R', "fd00::1/128", RULE_PREFIX_SELF, 0, false},
	    {'R', "fd00::/64", RULE_PREFIX_SELF, 0, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct prefix_case *c = &cases[i];
		struct m_peer_set m = request(c->peer);
		uint16_t index;
		enum policy_rule rule;

		m.nadd = 1;
		m.add[0] = P(c->prefix);
		rule = ask(&m, &index);
		cr_expect_eq(rule, c->rule, "%c %s: %s", c->peer, c->prefix,
		    policy_text(rule));
		cr_expect_eq(index, rule == RULE_ALLOWED ? RESULT_NO_INDEX : 0);
		if (rule != RULE_ALLOWED)
			continue;
		cr_expect_eq(plan.nadd, c->changes, "%s", c->prefix);
		cr_expect_eq(plan.add_noted[0], c->noted, "%s", c->prefix);
	}
}

Test(policy, auto_address)
{
	struct key a = K('A'), b = K('B'), self = K('x');
	struct m_peer_set m = request('A');
	uint16_t index;

	m.nadd = 1;
	m.add[0] = (struct prefix){key_auto_addr(&a), 128};
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect(plan.add_noted[0]);
	m.add[0] = (struct prefix){key_auto_addr(&b), 128};
	cr_expect_eq(ask(&m, &index), RULE_PREFIX_KIND);
	m.add[0] = (struct prefix){key_auto_addr(&self), 128};
	cr_expect_eq(ask(&m, &index), RULE_PREFIX_KIND);
	cr_assert(prefix_make(&(struct addr){6, {0xfe, 0x80}}, 64, &m.add[0]));
	cr_expect_eq(ask(&m, &index), RULE_PREFIX_KIND);
	/* Another peer has it already. */
	held[0].prefix = (struct prefix){key_auto_addr(&b), 128};
	m = request('B');
	m.nadd = 1;
	m.add[0] = held[0].prefix;
	cr_expect_eq(ask(&m, &index), RULE_PREFIX_HELD);
}

Test(policy, allowed_prefixes_open_and_narrow)
{
	struct prefix allowed[2] = {P("8.0.0.0/8"), P("10.0.8.0/22")};
	const struct prefix_case cases[] = {
	    {'A', "8.8.8.8/32", RULE_ALLOWED, 1, true},
	    {'A', "8.0.0.0/8", RULE_ALLOWED, 1, true},
	    {'A', "9.9.9.9/32", RULE_PREFIX_NOT_ALLOWED, 0, false},
	    {'A', "10.0.9.0/24", RULE_ALLOWED, 1, true},
	    {'A', "10.0.0.9/32", RULE_PREFIX_NOT_ALLOWED, 0, false},
	    {'A', "10.0.0.0/20", RULE_PREFIX_HOME, 0, false},
	    {'A', "10.0.8.0/21", RULE_PREFIX_NOT_ALLOWED, 0, false},
	    /* what the administrator gave stays possible */
	    {'W', "10.0.0.5/32", RULE_ALLOWED, 1, false},
	    /* the default route is IPv4's alone */
	    {'A', "2001:db9::/48", RULE_PREFIX_OUTSIDE, 0, false},
	};

	conf.allowed = allowed;
	conf.nallowed = 2;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct m_peer_set m = request(cases[i].peer);
		uint16_t index;
		enum policy_rule rule;

		m.nadd = 1;
		m.add[0] = P(cases[i].prefix);
		rule = ask(&m, &index);
		cr_expect_eq(rule, cases[i].rule, "%s: %s", cases[i].prefix,
		    policy_text(rule));
	}
}

Test(policy, address_without_a_length_opens_nothing)
{
	struct m_peer_set m = request('A');
	uint16_t index;

	add_addr(IFINDEX, "172.16.0.1", 0);
	m.nadd = 1;
	m.add[0] = P("8.8.8.8/32");
	cr_expect_eq(ask(&m, &index), RULE_PREFIX_OUTSIDE);
}

Test(policy, del_prefix)
{
	static const struct prefix_case cases[] = {
	    /* covered by R, by D alone */
	    {'A', "10.0.0.2/32", RULE_ALLOWED, 1, true},
	    {'B', "203.0.113.9/32", RULE_ALLOWED, 1, true},
	    /* ours */
	    {'B', "10.0.0.3/32", RULE_ALLOWED, 1, false},
	    {'N', "10.0.0.7/32", RULE_ALLOWED, 1, false},
	    /* not held: nothing to do */
	    {'A', "10.0.0.3/32", RULE_ALLOWED, 0, false},
	    {'W', "10.0.0.5/32", RULE_ALLOWED, 0, false},
	    {'A', "1.2.3.4/32", RULE_ALLOWED, 0, false},
	    /* a router's */
	    {'R', "10.0.0.0/16", RULE_WITHDRAW_ROUTER, 0, false},
	    {'R', "2001:db8::/32", RULE_WITHDRAW_ROUTER, 0, false},
	    {'D', "0.0.0.0/0", RULE_WITHDRAW_ROUTER, 0, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct prefix_case *c = &cases[i];
		struct m_peer_set m = request(c->peer);
		uint16_t index;
		enum policy_rule rule;

		m.ndel = 1;
		m.del[0] = P(c->prefix);
		rule = ask(&m, &index);
		cr_expect_eq(rule, c->rule, "%c %s: %s", c->peer, c->prefix,
		    policy_text(rule));
		if (rule != RULE_ALLOWED)
			continue;
		cr_expect_eq(plan.ndel, c->changes, "%s", c->prefix);
		cr_expect_eq(plan.del_noted[0], c->noted, "%s", c->prefix);
	}
}

Test(policy, home_prefix_needs_a_cover_that_is_held_and_given)
{
	struct m_peer_set m = request('A');
	struct m_prefix *default_route = &held[3], *cover = &held[5];
	uint16_t index;

	cr_assert_eq(default_route->prefix.len, 0);
	cr_assert_eq(cover->prefix.len, 16);
	m.ndel = 1;
	m.del[0] = P("10.0.0.2/32");
	default_route->prefix = P("192.168.0.0/16");
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	/* Given by us, a cover could go at any time. */
	cover->ours = true;
	cr_expect_eq(ask(&m, &index), RULE_WITHDRAW_UNCOVERED);
	cover->ours = false;
	cover->prefix = P("10.1.0.0/16");
	cr_expect_eq(ask(&m, &index), RULE_WITHDRAW_UNCOVERED);
	cr_expect_eq(index, 0);
	/* Configured, but not held now. */
	homes[1].prefix = P("10.0.0.0/16");
	cr_expect_eq(ask(&m, &index), RULE_WITHDRAW_UNCOVERED);
}

Test(policy, what_is_ours_opens_nothing)
{
	struct m_peer_set m = request('A');
	uint16_t index;

	/* B holds 10.9.0.0/16, but by us: it is no router for that. */
	held[2].prefix = P("172.16.0.0/16");
	m.nadd = 1;
	m.add[0] = P("172.16.1.0/24");
	cr_expect_eq(ask(&m, &index), RULE_PREFIX_OUTSIDE);
	held[2].ours = false;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
}

Test(policy, one_refusal_refuses_all_and_names_it)
{
	struct m_peer_set m = request('A');
	uint16_t index;

	m.nadd = 3;
	m.add[0] = P("10.0.0.9/32");
	m.add[1] = P("10.0.0.10/32");
	m.add[2] = P("8.8.8.8/32");
	cr_expect_eq(ask(&m, &index), RULE_PREFIX_OUTSIDE);
	cr_expect_eq(index, 2);
	m.nadd = 1;
	m.ndel = 1;
	m = (m.key = K('R'), m);
	m.del[0] = P("10.0.0.0/16");
	cr_expect_eq(ask(&m, &index), RULE_WITHDRAW_ROUTER);
	cr_expect_eq(index, 1);
}

Test(policy, endpoints)
{
	static const struct {
		const char *endpoint;
		enum policy_rule rule;
	} cases[] = {
	    {"198.51.101.1:51820", RULE_ALLOWED},
	    {"192.0.2.77:1", RULE_ALLOWED},
	    {"192.168.7.7:51820", RULE_ALLOWED},
	    {"[2001:db9::1]:51820", RULE_ALLOWED},
	    {"[fd99::1]:51820", RULE_ALLOWED},
	    {"198.51.101.1:0", RULE_ENDPOINT_KIND},
	    {"0.0.0.0:51820", RULE_ENDPOINT_KIND},
	    {"127.0.0.1:51820", RULE_ENDPOINT_KIND},
	    {"127.9.9.9:51820", RULE_ENDPOINT_KIND},
	    {"224.0.0.1:51820", RULE_ENDPOINT_KIND},
	    {"255.255.255.255:51820", RULE_ENDPOINT_KIND},
	    {"192.0.2.255:51820", RULE_ENDPOINT_KIND},
	    {"169.254.1.1:51820", RULE_ENDPOINT_KIND},
	    {"[::]:51820", RULE_ENDPOINT_KIND},
	    {"[::1]:51820", RULE_ENDPOINT_KIND},
	    {"[ff02::1]:51820", RULE_ENDPOINT_KIND},
	    {"[fe80::1]:51820", RULE_ENDPOINT_KIND},
	    /* ourselves; another port there may be somebody else */
	    {"192.0.2.1:51820", RULE_ENDPOINT_SELF},
	    {"192.0.2.1:51821", RULE_ALLOWED},
	    /* the interface's prefix; held; withdrawn and configured */
	    {"10.0.0.50:51820", RULE_ENDPOINT_TUNNEL},
	    {"[fd00::5]:51820", RULE_ENDPOINT_TUNNEL},
	    {"10.0.77.1:51820", RULE_ENDPOINT_TUNNEL},
	    {"203.0.113.9:51820", RULE_ENDPOINT_TUNNEL},
	    {"198.51.100.9:51820", RULE_ENDPOINT_TUNNEL},
	    {"[2001:db8:5::1]:51820", RULE_ENDPOINT_TUNNEL},
	    /* but eth0 has that very network */
	    {"10.0.0.202:51820", RULE_ALLOWED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct m_peer_set m = request('A');
		uint16_t index;
		enum policy_rule rule;

		m.endpoint = E(cases[i].endpoint);
		rule = ask(&m, &index);
		cr_expect_eq(rule, cases[i].rule, "%s: %s", cases[i].endpoint,
		    policy_text(rule));
		cr_expect_eq(index, RESULT_NO_INDEX);
	}
}

Test(policy, endpoint_v4_mapped)
{
	struct m_peer_set m = request('A');
	uint16_t index;

	m.endpoint =
	    (struct endpoint){{6, {[10] = 0xff, 0xff, 198, 51, 101, 1}}, 51820};
	cr_expect_eq(ask(&m, &index), RULE_ENDPOINT_KIND);
}

Test(policy, endpoint_already_set_is_no_change)
{
	struct m_peer_set m = request('A');
	uint16_t index;

	peers[0].endpoint = m.endpoint = E("198.51.101.1:51820");
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect_eq(plan.endpoint.addr.family, 0);
	m.endpoint.port++;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect(endpoint_eq(&plan.endpoint, &m.endpoint));
}

Test(policy, keepalive)
{
	struct m_peer_set m = request('N');
	uint16_t index;

	m.keepalive_s = 25;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect(plan.set_keepalive);
	m.keepalive_s = 0;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	m.keepalive_s = 5;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect_not(plan.set_keepalive);
	m.key = K('A');
	cr_expect_eq(ask(&m, &index), RULE_KEEPALIVE_GIVEN);
	m.keepalive_s = 0; /* as it is */
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	m.key = K('Z'); /* new */
	m.keepalive_s = 25;
	m.may_add = true;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect(plan.create && plan.set_keepalive);
}

/* Made anew, a peer loses its session: only one that has none, or one by
 * which nothing came but handshakes. */
Test(policy, remake)
{
	static const struct {
		int64_t age_ns;
		uint64_t rx_bytes;
		enum policy_rule rule;
	} cases[] = {
	    {0, 1000, RULE_REMAKE_SESSION},
	    {INT64_C(180) * 1000000000, 1000, RULE_REMAKE_SESSION},
	    {INT64_C(180) * 1000000000 + 1, 1000, RULE_ALLOWED},
	    {-INT64_C(3600) * 1000000000, 1000, RULE_REMAKE_SESSION},
	    {-INT64_C(3600) * 1000000000, 0, RULE_REMAKE_SESSION},
	    {INT64_C(500) * 1000000, 512, RULE_ALLOWED},
	    {INT64_C(500) * 1000000, 513, RULE_REMAKE_SESSION},
	    {INT64_C(500) * 1000000 - 1, 512, RULE_REMAKE_SESSION},
	};
	struct m_peer_set m = request('A');
	uint16_t index;

	state.wall_ns = INT64_C(1700000000) * 1000000000;
	m.remake = true;
	m.endpoint = peers[0].endpoint = E("198.51.101.1:51820");
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect(plan.remake && endpoint_eq(&plan.endpoint, &m.endpoint));
	cr_expect_not(plan.create || plan.set_keepalive);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		peers[0].handshake_ns = state.wall_ns - cases[i].age_ns;
		peers[0].rx_bytes = cases[i].rx_bytes;
		cr_expect_eq(ask(&m, &index), cases[i].rule, "%zu", i);
	}
	/* The endpoint that it has is set again: it must be one that can. */
	peers[0].handshake_ns = 0;
	peers[0].endpoint = m.endpoint = E("[fe80::1]:5");
	cr_expect_eq(ask(&m, &index), RULE_ENDPOINT_KIND);
	m.endpoint = (struct endpoint){.port = 0};
	cr_expect_eq(ask(&m, &index), RULE_ENDPOINT_KIND);
	m.key = K('Z');
	cr_expect_eq(ask(&m, &index), RULE_PEER_UNKNOWN);
}

Test(policy, add_peer)
{
	struct m_peer_set m = request('Z');
	uint16_t index;

	cr_expect_eq(ask(&m, &index), RULE_PEER_UNKNOWN);
	m.may_add = true;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect(plan.create);
	m.key = K('A');
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect_not(plan.create);
	m.key = K('C'); /* configured, not on the device */
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	m.key = K('x');
	cr_expect_eq(ask(&m, &index), RULE_PEER_KEY);
	m.key = K('\0');
	cr_expect_eq(ask(&m, &index), RULE_PEER_KEY);
	m.key = K('Z');
	conf.max_peers = dev.npeers;
	cr_expect_eq(ask(&m, &index), RULE_PEER_MAX);
	conf.max_peers++;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	conf.link.membership = MEMBERSHIP_NONE;
	cr_expect_eq(ask(&m, &index), RULE_PEER_MEMBERSHIP);
	conf.link.membership = MEMBERSHIP_CONFIGURED;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
}

/* What the auto address of one carries would go to the other. */
Test(policy, add_peer_with_the_auto_address_of_another)
{
	struct m_peer_set m = request('Z');
	struct key was;
	uint16_t index;

	m.may_add = true;
	m.key = twins[1];
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	was = dev.key;
	dev.key = twins[0];
	cr_expect_eq(ask(&m, &index), RULE_PEER_COLLISION, "our own");
	dev.key = was;
	was = conf_peers[0].key;
	conf_peers[0].key = twins[0];
	cr_expect_eq(ask(&m, &index), RULE_PEER_COLLISION, "a [Peer]'s");
	conf_peers[0].key = m.key;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED, "it is that [Peer]");
	conf_peers[0].key = was;
	add_peer('z', false, (const char *[]){NULL});
	peers[dev.npeers - 1].key = twins[0];
	cr_expect_eq(ask(&m, &index), RULE_PEER_COLLISION, "a peer's");
}

Test(policy, add_peer_with_all)
{
	struct m_peer_set m = request('Z');
	uint16_t index;

	m.may_add = true;
	m.endpoint = E("198.51.101.1:51820");
	m.nadd = 2;
	m.add[0] = (struct prefix){key_auto_addr(&m.key), 128};
	m.add[1] = P("10.0.0.9/32");
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect(plan.create);
	cr_expect_eq(plan.nadd, 2);
	cr_expect(plan.add_noted[0] && plan.add_noted[1]);
	m.add[1] = P("10.0.0.2/32");
	cr_expect_eq(ask(&m, &index), RULE_PREFIX_HELD);
	cr_expect_eq(index, 1);
}

Test(policy, remove_peer)
{
	struct key n = K('N'), a = K('A'), b = K('B'), c = K('C');

	cr_expect_eq(policy_peer_remove(&state, &n), RULE_ALLOWED);
	cr_expect_eq(policy_peer_remove(&state, &a), RULE_PEER_GIVEN);
	cr_expect_eq(policy_peer_remove(&state, &b), RULE_PEER_GIVEN);
	/* Not there: nothing to do. */
	cr_expect_eq(policy_peer_remove(&state, &c), RULE_ALLOWED);
}

/* It was ours, until the administrator gave it something. */
Test(policy, remove_peer_with_a_given_prefix)
{
	struct key o = K('Y'), c = K('Z');

	add_peer('Y', true, (const char *[]){"+10.0.0.8/32", NULL});
	add_peer('Z', true, (const char *[]){"10.0.0.4/32", NULL});
	homes[0].key = c;
	cr_expect_eq(policy_peer_remove(&state, &o), RULE_ALLOWED);
	/* From the configuration, so it is there again with the peer. */
	cr_expect_eq(policy_peer_remove(&state, &c), RULE_ALLOWED);
	add_peer(
	    'z', true, (const char *[]){"+10.0.0.9/32", "172.16.0.0/24", NULL});
	o = K('z');
	cr_expect_eq(policy_peer_remove(&state, &o), RULE_PEER_GIVEN);
}

Test(policy, full_ledger)
{
	struct m_peer_set m = request('A');
	uint16_t index;

	m.nadd = 2;
	m.add[0] = P("10.0.0.9/32");
	m.add[1] = P("10.0.0.10/32");
	ledger.used = LEDGER_MAX - 2;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	ledger.used++;
	cr_expect_eq(ask(&m, &index), RULE_LEDGER_FULL);
	m.nadd = 1;
	m.ndel = 1;
	m.del[0] = P("10.0.0.2/32");
	cr_expect_eq(ask(&m, &index), RULE_LEDGER_FULL);
	m.nadd = 0;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	/* Needs no record. */
	m = request('B');
	m.ndel = 1;
	m.del[0] = P("10.0.0.3/32");
	ledger.used = LEDGER_MAX;
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
}

/* With -N a peer gets its link-local prefix and nothing else, and what
 * another rule refuses that rule still refuses. */
Test(policy, observe)
{
	struct m_peer_set m = request('A');
	struct key k = K('A'), n = K('N');
	struct addr a = key_auto_addr(&k);
	uint16_t index;

	conf.link.observe = true;
	m.nadd = 1;
	cr_assert(prefix_make(&a, 128, &m.add[0]));
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect_eq(plan.nadd, 1);
	cr_expect(plan.add_noted[0]);
	m.nadd = 2;
	m.add[1] = P("10.0.0.9/32");
	cr_expect_eq(ask(&m, &index), RULE_OBSERVE);
	m.add[1] = P("10.1.0.0/24");
	cr_expect_eq(ask(&m, &index), RULE_PREFIX_OUTSIDE);
	cr_expect_eq(index, 1);
	m = request('A');
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED, "nothing to do");
	m.endpoint = E("192.0.2.7:1");
	cr_expect_eq(ask(&m, &index), RULE_OBSERVE);
	m.endpoint = E("127.0.0.1:1");
	cr_expect_eq(ask(&m, &index), RULE_ENDPOINT_KIND);
	m = request('N');
	m.keepalive_s = 7;
	cr_expect_eq(ask(&m, &index), RULE_OBSERVE);
	m = request('B');
	m.ndel = 1;
	m.del[0] = P("10.0.0.3/32");
	cr_expect_eq(ask(&m, &index), RULE_OBSERVE);
	m = request('q');
	m.may_add = true;
	conf.link.membership = MEMBERSHIP_NONE;
	cr_expect_eq(ask(&m, &index), RULE_PEER_MEMBERSHIP);
	conf.link.membership = MEMBERSHIP_ROUTERS;
	cr_expect_eq(ask(&m, &index), RULE_OBSERVE);
	cr_expect_eq(policy_peer_remove(&state, &n), RULE_OBSERVE);
	cr_expect_eq(policy_peer_remove(&state, &k), RULE_PEER_GIVEN);
	/* Given by the configuration: taken back all the same. */
	m = request('A');
	m.nadd = 1;
	cr_assert(prefix_make(&a, 128, &m.add[0]));
	homes[0].key = k;
	homes[0].prefix = m.add[0];
	cr_expect_eq(ask(&m, &index), RULE_ALLOWED);
	cr_expect(plan.add_noted[0]);
}

#define S INT64_C(1000000000)

Test(policy, rate)
{
	struct rate r = {0};
	int64_t now = 5 * S;

	for (int i = 0; i < 3; i++)
		cr_expect(rate_take(&r, now, 3, 2));
	cr_expect_not(rate_take(&r, now, 3, 2));
	cr_expect_not(rate_take(&r, now + S / 2 - 1, 3, 2));
	cr_expect(rate_take(&r, now + S / 2, 3, 2));
	cr_expect_not(rate_take(&r, now + S / 2, 3, 2));
	for (int i = 0; i < 3; i++)
		cr_expect(rate_take(&r, now + 60 * S, 3, 2));
	cr_expect_not(rate_take(&r, now + 60 * S, 3, 2));
}

static unsigned int
taken(struct endpoint_rate *r, const struct key *k, int64_t now, int tries)
{
	unsigned int n = 0;

	for (int i = 0; i < tries; i++)
		if (policy_endpoint_rate(r, k, now) == RULE_ALLOWED)
			n++;
	return n;
}

Test(policy, endpoint_rate)
{
	static struct endpoint_rate r;
	struct key a = K('A'), b = K('B'), k = K('k');
	unsigned int n = 0;

	cr_expect_eq(taken(&r, &a, 10 * S, 100), 16);
	cr_expect_eq(taken(&r, &b, 10 * S, 100), 16);
	cr_expect_eq(taken(&r, &a, 13 * S, 100), 3);
	/* A thousand keys share what is left of 256. */
	memset(&r, 0, sizeof r);
	for (unsigned int i = 0; i < 1000; i++) {
		k.b[0] = (uint8_t)i;
		k.b[1] = (uint8_t)(i >> 8);
		n += taken(&r, &k, 10 * S, 1);
	}
	cr_expect_eq(n, 256);
	for (unsigned int i = 0; i < 1000; i++) {
		k.b[0] = (uint8_t)i;
		k.b[1] = (uint8_t)(i >> 8);
		n += taken(&r, &k, 11 * S, 1);
	}
	cr_expect_eq(n, 276);
}
