/* Endpoints to try: which are taken for one at all, in which order they are
 * tried, and when none is. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "netd/state.h"

/* Without a session, the first time; our key is the greater one. And with
 * one peer that has an endpoint and is not heard. */
#define PACE_NS	    (200 * MSEC_NS)
#define PACE_MET_NS (300 * MSEC_NS)

static struct node *n;
static int64_t now_ns;
static struct m_peer peers[4]; /* 0 is the router */
static const size_t npeers = 4;

static struct key
key(uint8_t i)
{
	struct key k = {{i}};

	k.b[31] = 5;
	return k;
}

static struct endpoint
ep(const char *s)
{
	struct endpoint e;

	cr_assert_eq(endpoint_parse(s, &e), 0, "%s", s);
	return e;
}

static void
add_addr(const char *s, uint8_t len, uint32_t ifindex, bool up)
{
	struct m_addr a = {.ifindex = ifindex, .up = up, .len = len};

	strlcpy(a.ifname, ifindex == 9 ? "wg0" : "eth0", sizeof(a.ifname));
	addr_parse(s, &a.addr);
	node_addrs_add(n, &a);
}

/* The device as peers has it; the router has 10.7.0.0/16. */
static void
snapshot(void)
{
	node_device_begin(n, now_ns, now_ns);
	for (size_t i = 0; i < npeers; i++) {
		struct m_prefix m = {.ours = i != 0};

		node_device_peer(n, &peers[i]);
		prefix_parse(i == 0 ? "10.7.0.0/16" : "fd00:7::1", &m.prefix);
		m.prefix.addr.b[15] = (uint8_t)(i == 0 ? 0 : i);
		node_device_prefix(n, &m);
	}
	node_device_end(n, now_ns);
}

static void
setup(void)
{
	struct conf_link conf = {.membership = MEMBERSHIP_ROUTERS};
	struct m_link link = {.ifindex = 9,
	    .ifname = "wg0",
	    .key = key(100),
	    .listen_port = 51820,
	    .port = 51821};
	const uint8_t seed[32] = {1};

	now_ns = 1000 * SECOND_NS;
	link.auto_addr = key_auto_addr(&link.key);
	n = node_new(&conf, seed);
	cr_assert_not_null(n);
	node_addrs_begin(n);
	add_addr("192.168.1.10", 24, 2, true);
	add_addr("10.7.9.10", 24, 3, true);
	add_addr("172.16.0.1", 24, 4, false);
	add_addr("10.7.0.100", 24, 9, true);
	node_addrs_end(n, now_ns);
	node_link_up(n, now_ns, &link);
	for (uint8_t i = 0; i < npeers; i++)
		peers[i] = (struct m_peer){.key = key((uint8_t)(i + 1))};
	snapshot();
}

static void
teardown(void)
{
	node_free(n);
}

TestSuite(candidates, .init = setup, .fini = teardown);

static struct peer *
peer(size_t i)
{
	struct peer *p = peer_find(n, &peers[i].key);

	cr_assert_not_null(p);
	return p;
}

/* Some peer states that peer i is at e. */
static void
say(size_t by, size_t i, const char *e)
{
	uint8_t value[18];
	struct endpoint endpoint = ep(e);
	struct fact f = {.ttl_s = 600, .subject = peers[i].key, .value = value};
	uint32_t index;

	f.len = fact_endpoint_value(&endpoint, value, &f.attr);
	factdb_put(&n->db, now_ns, &f, peer(by)->slot, &index);
}

static const struct {
	const char *endpoint;
	bool yes;
} acceptable[] = {
    {"192.0.2.1:51820", true},
    {"[2001:db8::1]:51820", true},
    {"192.0.2.1:0", false},
    {"127.0.0.1:51820", false},
    {"[::1]:51820", false},
    {"0.0.0.0:51820", false},
    {"224.0.0.1:51820", false},
    {"255.255.255.255:51820", false},
    {"169.254.0.1:51820", false},
    {"[fe80::1]:51820", false},
    {"[::ffff:192.0.2.1]:51820", false},
    /* Ourselves, unless something else listens there. */
    {"192.168.1.10:51820", false},
    {"192.168.1.10:51821", true},
    {"192.168.1.11:51820", true},
    /* Inside the tunnel: the interface's prefix, a peer's. */
    {"10.7.0.1:51820", false},
    {"10.7.0.200:51820", false},
    {"10.7.77.1:51820", false},
    {"[fd00:7::1]:51820", false},
    {"[fd00:7::9]:51820", true},
    {"10.8.0.1:51820", true},
    /* ... but also on another interface, so the tunnel is around it. */
    {"10.7.9.77:51820", true},
    {"10.7.9.10:51820", false},
};

Test(candidates, acceptable)
{
	for (size_t i = 0; i < sizeof(acceptable) / sizeof(*acceptable); i++) {
		struct endpoint e = ep(acceptable[i].endpoint);

		cr_expect_eq(endpoint_acceptable(n, &e), acceptable[i].yes,
		    "%s", acceptable[i].endpoint);
	}
}

/* A default route through a peer makes nothing tunnel-internal. */
Test(candidates, a_prefix_of_length_0_hides_nothing)
{
	struct m_prefix m = {.ours = false};
	struct endpoint e = ep("192.0.2.1:51820");

	node_device_begin(n, now_ns, now_ns);
	node_device_peer(n, &peers[0]);
	prefix_parse("0.0.0.0/0", &m.prefix);
	node_device_prefix(n, &m);
	node_device_end(n, now_ns);
	cr_expect(endpoint_acceptable(n, &e));
}

static void
expect_pick(size_t i, const char *want)
{
	struct endpoint e, w;
	bool remake = false;
	bool yes = candidates_pick(n, peer(i), now_ns, &e, &remake);
	char text[ENDPOINT_STRLEN];

	cr_expect_eq(
	    yes, want != NULL, "%s", yes ? endpoint_format(&e, text) : "none");
	if (!yes || want == NULL)
		return;
	w = ep(want);
	cr_expect(
	    endpoint_eq(&e, &w), "%s, not %s", endpoint_format(&e, text), want);
}

Test(candidates, none)
{
	expect_pick(1, NULL);
	cr_expect_eq(candidates_deadline(n, peer(1), now_ns), INT64_MAX);
	say(0, 2, "192.0.2.1:51820");
	expect_pick(1, NULL);
}

Test(candidates, in_order_of_promise)
{
	say(2, 1, "10.8.0.1:51820"); /* private */
	say(2, 1, "198.51.100.1:51820"); /* public */
	say(0, 1, "203.0.113.1:51820"); /* seen by the router */
	say(0, 1, "192.168.1.77:51820"); /* on our own network */
	expect_pick(1, "192.168.1.77:51820");
	expect_pick(1, NULL);
	now_ns += PACE_NS - 1;
	expect_pick(1, NULL);
	cr_expect_eq(candidates_deadline(n, peer(1), now_ns), now_ns + 1);
	now_ns += 1;
	expect_pick(1, "203.0.113.1:51820");
	now_ns += PACE_NS;
	expect_pick(1, "198.51.100.1:51820");
	now_ns += PACE_NS;
	expect_pick(1, "10.8.0.1:51820");
	/* From the start, with more time. */
	now_ns += PACE_NS;
	expect_pick(1, NULL);
	now_ns += PACE_NS / 2;
	expect_pick(1, "192.168.1.77:51820");
	cr_expect_eq(candidates_count(n, peer(1)), 4);
}

/* What a leaf behind a NAT says of itself comes over the router, too. */
Test(candidates, private_one_over_the_router_is_late)
{
	say(0, 1, "10.8.0.1:51820");
	say(2, 1, "198.51.100.1:51820");
	expect_pick(1, "198.51.100.1:51820");
	now_ns += PACE_NS;
	expect_pick(1, "10.8.0.1:51820");
}

Test(candidates, untried_before_tried)
{
	say(0, 1, "192.168.1.77:51820");
	say(0, 1, "203.0.113.1:51820");
	expect_pick(1, "192.168.1.77:51820");
	now_ns += PACE_NS;
	say(2, 1, "10.8.0.1:51820");
	expect_pick(1, "203.0.113.1:51820");
	now_ns += PACE_NS;
	expect_pick(1, "10.8.0.1:51820");
	now_ns += 30 * SECOND_NS;
	expect_pick(1, "192.168.1.77:51820");
}

/* A round that failed ends with a pause, and that is passed where the peer
 * has been last, or was given: not at the candidate that was just the last. */
Test(candidates, the_pause_is_at_the_likeliest)
{
	struct peer *p = peer(1);
	struct endpoint e;
	bool remake;

	say(0, 1, "203.0.113.2:51820");
	peers[1].endpoint = ep("203.0.113.9:51820");
	snapshot();
	candidates_worked(p, now_ns);
	p->round = 39;
	p->try_until_ns = now_ns;
	expect_pick(1, "203.0.113.2:51820");
	peers[1].endpoint = ep("203.0.113.2:51820");
	snapshot();
	cr_expect_geq(p->try_until_ns, now_ns + 60 * SECOND_NS);
	now_ns += 5500 * MSEC_NS;
	cr_expect_leq(candidates_deadline(n, p, now_ns - 1), now_ns);
	remake = false;
	cr_assert(candidates_pick(n, p, now_ns, &e, &remake));
	cr_expect(!remake && endpoint_eq(&e, &p->tries[0].endpoint));
	peers[1].endpoint = e;
	snapshot();
	now_ns += 50 * SECOND_NS;
	expect_pick(1, NULL);
}

Test(candidates, pauses_grow_up_to_a_minute)
{
	static const int64_t wait_us[] = {300000, 450000, 675000, 1012500,
	    1518750, 2278125, 3417188, 5125782, 5500000, 10500000, 15500000,
	    25500000, 45500000, 65500000, 65500000};

	say(0, 1, "203.0.113.1:51820");
	for (size_t i = 0; i < sizeof(wait_us) / sizeof(*wait_us); i++) {
		expect_pick(1, "203.0.113.1:51820");
		now_ns += wait_us[i] * 1000 - 1000;
		expect_pick(1, NULL);
		now_ns += 1000;
	}
}

/* How often the peer is made anew, from now on for so long. */
static unsigned int
remakes(size_t i, int64_t for_ns)
{
	int64_t end_ns = now_ns + for_ns;
	unsigned int times = 0;
	struct endpoint e;
	bool remake;

	for (; now_ns < end_ns; now_ns += 50 * MSEC_NS) {
		remake = false;
		if (!candidates_pick(n, peer(i), now_ns, &e, &remake))
			continue;
		times += remake;
		peers[i].endpoint = e;
		snapshot();
	}
	return times;
}

/* While no answer can have come yet, nor WireGuard have sent anything anew,
 * the entry is left alone; then it is made anew at the pace of rounds, until
 * WireGuard is as fast by itself. */
Test(candidates, without_a_session_it_is_made_anew)
{
	say(0, 1, "203.0.113.1:51820");
	peers[1].endpoint = ep("203.0.113.1:51820");
	snapshot();
	cr_expect_eq(remakes(1, PACE_MET_NS), 0);
	cr_expect_eq(remakes(1, SECOND_NS), 2);
	cr_expect_eq(remakes(1, 15 * SECOND_NS), 5);
	cr_expect_eq(remakes(1, 3600 * SECOND_NS), 0);
	/* A candidate that is new is worth one. */
	say(0, 1, "203.0.113.2:51820");
	cr_expect_eq(remakes(1, 3600 * SECOND_NS), 1);
}

/* The router of whom no fact states an endpoint is asked again at the one
 * that it was given. */
Test(candidates, the_given_one_is_a_candidate)
{
	struct endpoint e;
	bool remake = false;

	peers[0].endpoint = ep("203.0.113.9:51820");
	snapshot();
	expect_pick(0, NULL);
	now_ns += 350 * MSEC_NS - 1;
	expect_pick(0, NULL);
	cr_expect_eq(candidates_deadline(n, peer(0), now_ns), now_ns + 1);
	now_ns += 1;
	cr_expect(candidates_pick(n, peer(0), now_ns, &e, &remake));
	cr_expect(remake && endpoint_eq(&e, &peers[0].endpoint));
}

/* Unless it is one that privd takes from the administrator alone. */
Test(candidates, the_given_one_may_be_none_of_ours)
{
	struct endpoint e;
	bool remake = false;

	peers[0].endpoint = ep("127.0.0.1:51820");
	snapshot();
	for (int s = 0; s < 60; s++, now_ns += SECOND_NS)
		cr_expect_not(candidates_pick(n, peer(0), now_ns, &e, &remake));
	peers[0].endpoint = ep("203.0.113.9:51820");
	snapshot();
	for (int s = 0; s < 60; s++, now_ns += SECOND_NS) {
		if (candidates_pick(n, peer(0), now_ns, &e, &remake))
			cr_expect(endpoint_eq(&e, &peers[0].endpoint));
	}
}

Test(candidates, many_are_made_anew_slowly)
{
	char text[32];

	for (int i = 1; i <= 8; i++) {
		snprintf(text, sizeof(text), "203.0.113.%d:51820", i);
		say(0, 1, text);
	}
	peers[1].endpoint = ep("203.0.113.1:51820");
	snapshot();
	cr_expect_leq(remakes(1, 10 * SECOND_NS), 12 + 5);
	cr_expect_leq(remakes(1, 3600 * SECOND_NS), 56);
}

/* Others are being met: handshakes are work. Not that long, once they are. */
Test(candidates, one_is_not_waited_for_when_others_have_come)
{
	struct endpoint e;
	bool remake = false;

	for (size_t i = 1; i < 4; i++) {
		say(0, i, "203.0.113.1:51820");
		peers[i].endpoint = ep("203.0.113.1:51820");
	}
	snapshot();
	expect_pick(1, NULL);
	now_ns += PACE_MET_NS + 100 * MSEC_NS;
	expect_pick(1, NULL);
	cr_expect_eq(candidates_deadline(n, peer(1), now_ns),
	    now_ns + 100 * MSEC_NS, "one more costs 50 ms, the follower two");
	peer(2)->heard_ns = peer(3)->heard_ns = now_ns++;
	cr_expect(candidates_pick(n, peer(1), now_ns, &e, &remake));
	cr_expect(remake);
}

/* A handshake, and then nothing: it is made anew, where it is, before
 * WireGuard would do anything about it; three times. */
Test(candidates, a_deaf_session_is_made_anew)
{
	struct peer *p = peer(1);
	struct endpoint e;
	bool remake;

	say(0, 1, "203.0.113.1:51820");
	say(0, 1, "203.0.113.2:51820");
	peers[1].endpoint = ep("203.0.113.2:51820");
	peers[1].ours = true;
	for (int i = 0; i < 4; i++, now_ns += SECOND_NS) {
		peers[1].handshake_ns = now_ns;
		peers[1].rx_bytes = 148 + 92;
		snapshot();
		now_ns += 500 * MSEC_NS;
		expect_pick(1, NULL);
		if (i == 3)
			break;
		cr_expect_eq(
		    candidates_deadline(n, p, now_ns), now_ns + 20 * MSEC_NS);
		now_ns += 20 * MSEC_NS;
		remake = false;
		cr_assert(candidates_pick(n, p, now_ns, &e, &remake));
		cr_expect(remake && endpoint_eq(&e, &peers[1].endpoint));
		/* It has gone, and the next one has its time. */
		peers[1].handshake_ns = 0;
		peers[1].rx_bytes = 0;
		snapshot();
		expect_pick(1, NULL);
	}
}

/* One that hears is left alone, and so is one that may have nothing to say,
 * one that WireGuard sees to itself, one that is where nobody can be put, and
 * by a router each. */
Test(candidates, not_every_silent_one_is_deaf)
{
	static const struct {
		bool given, heard, received, old, router, link_local;
	} cases[] = {{.given = true}, {.heard = true}, {.received = true},
	    {.old = true}, {.router = true}, {.link_local = true}};
	struct endpoint e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool remake = false;

		peers[1].endpoint =
		    ep(cases[i].link_local ? "[fe80::2]:51820"
					   : "203.0.113.2:51820");
		peers[1].ours = !cases[i].given;
		peers[1].handshake_ns = ++now_ns;
		peers[1].rx_bytes = cases[i].received ? 513 : 240;
		snapshot();
		peer(1)->heard_ns = cases[i].heard ? now_ns : NONE_NS;
		n->router = cases[i].router;
		now_ns += (cases[i].old ? 15 : 1) * SECOND_NS;
		cr_expect_not(
		    candidates_pick(n, peer(1), now_ns, &e, &remake), "%zu", i);
		n->router = false;
	}
	cr_expect_eq(peer(1)->cures, 0);
}

/* Not with a session, not by a router that its leaves find, and not what has
 * no wirelink that would answer. */
Test(candidates, who_is_not_made_anew)
{
	struct conf_peer basic = {.key = peers[2].key, .basic = true};

	for (size_t i = 1; i < 4; i++) {
		say(0, i, "203.0.113.1:51820");
		say(0, i, "203.0.113.2:51820");
		peers[i].endpoint = ep("203.0.113.1:51820");
	}
	peers[1].handshake_ns = now_ns - 170 * SECOND_NS;
	snapshot();
	peer(2)->conf = &basic;
	cr_expect_eq(remakes(1, 9 * SECOND_NS), 0);
	cr_expect_gt(remakes(1, 60 * SECOND_NS), 0, "it has expired");
	cr_expect_eq(remakes(2, 60 * SECOND_NS), 0);
	n->router = true;
	peer(3)->conf = NULL;
	for (int s = 0; s < 60; s++, now_ns += SECOND_NS) {
		struct endpoint e;
		bool remake = false;

		n->router = true;
		candidates_pick(n, peer(3), now_ns, &e, &remake);
		cr_expect_not(remake);
	}
}

Test(candidates, a_session_decides_faster)
{
	say(0, 1, "203.0.113.1:51820");
	say(0, 1, "203.0.113.2:51820");
	peers[1].endpoint = ep("198.51.100.1:51820");
	snapshot();
	peer(1)->heard_ns = now_ns - 170 * SECOND_NS;
	peer(1)->proof = PROOF_DEAD;
	expect_pick(1, NULL);
	now_ns += 5500 * MSEC_NS;
	expect_pick(1, "203.0.113.1:51820");
	now_ns += SECOND_NS;
	expect_pick(1, "203.0.113.2:51820");
}

Test(candidates, the_one_it_has_is_being_tried)
{
	peers[1].endpoint = ep("203.0.113.9:51820");
	snapshot();
	say(0, 1, "203.0.113.1:51820");
	expect_pick(1, NULL);
	now_ns += 5500 * MSEC_NS;
	expect_pick(1, "203.0.113.1:51820");
}

Test(candidates, the_same_again_is_no_change_but_a_word)
{
	peers[1].endpoint = ep("203.0.113.1:51820");
	snapshot();
	say(0, 1, "203.0.113.1:51820");
	expect_pick(1, NULL);
	now_ns += 5500 * MSEC_NS;
	peer(1)->round = 10; /* it is not made anew any more */
	peer(1)->ping_now = false;
	peer(1)->send_at_ns = INT64_MAX;
	expect_pick(1, NULL);
	cr_expect(peer(1)->ping_now);
	cr_expect_eq(peer(1)->send_at_ns, now_ns);
}

/* An endpoint is a hint: it replaces none that works. */
Test(candidates, one_that_works_stays)
{
	struct peer *p;

	peers[1].endpoint = ep("203.0.113.9:51820");
	peers[1].handshake_ns = now_ns - 10 * SECOND_NS;
	snapshot();
	say(0, 1, "192.168.1.77:51820");
	p = peer(1);
	for (int s = 0; s < 155; s++) {
		expect_pick(1, NULL);
		now_ns += SECOND_NS;
	}
	cr_expect_eq(candidates_deadline(n, p, now_ns), INT64_MAX);
	p->heard_ns = now_ns;
	now_ns += 100 * SECOND_NS;
	expect_pick(1, NULL);
	p->proof = PROOF_TESTING;
	expect_pick(1, NULL);
	/* Found dead, or silent for long. */
	p->proof = PROOF_DEAD;
	expect_pick(1, NULL);
	now_ns += 5500 * MSEC_NS;
	expect_pick(1, "192.168.1.77:51820");
	p->proof = PROOF_OK;
	now_ns += 60 * SECOND_NS;
	say(0, 1, "203.0.113.1:51820");
	expect_pick(1, "203.0.113.1:51820");
}

Test(candidates, what_worked_is_remembered)
{
	struct peer *p;

	peers[1].endpoint = ep("198.51.100.7:4444");
	snapshot();
	p = peer(1);
	candidates_worked(p, now_ns);
	cr_expect_eq(p->ntries, 1);
	peers[1].endpoint = ep("203.0.113.9:51820");
	snapshot();
	say(0, 1, "203.0.113.1:51820");
	expect_pick(1, NULL);
	now_ns += PACE_MET_NS;
	expect_pick(1, "203.0.113.1:51820");
	now_ns += PACE_MET_NS;
	/* Nobody states it, and still. */
	expect_pick(1, "198.51.100.7:4444");
	cr_expect_eq(candidates_count(n, p), 1, "only what is stated");
	peers[1].endpoint = ep("203.0.113.1:51820");
	snapshot();
	candidates_worked(p, now_ns);
	cr_expect_eq(p->round, 0);
}

Test(candidates, of_equals_what_worked_comes_first)
{
	struct peer *p = peer(1);

	say(0, 1, "203.0.113.1:51820");
	say(0, 1, "203.0.113.2:51820");
	p->tries[0] =
	    (struct try){.endpoint = ep("203.0.113.1:51820"), .last_ns = 5};
	p->tries[1] = (struct try){
	    .endpoint = ep("203.0.113.2:51820"), .last_ns = 5, .worked = true};
	p->ntries = 2;
	expect_pick(1, "203.0.113.2:51820");
}

Test(candidates, tries_are_bounded)
{
	struct peer *p = peer(1);

	for (uint8_t i = 0; i < 3 * MAX_TRIES; i++) {
		p->endpoint = ep("203.0.113.1:1");
		p->endpoint.port = (uint16_t)(i + 1);
		candidates_worked(p, now_ns + i);
	}
	cr_expect_eq(p->ntries, MAX_TRIES);
	for (size_t i = 0; i < MAX_TRIES; i++)
		cr_expect_geq(p->tries[i].endpoint.port, 2 * MAX_TRIES + 1);
}

Test(candidates, not_for_a_peer_that_can_not_be_reached)
{
	say(0, 1, "203.0.113.1:51820");
	peer(1)->weak = true;
	expect_pick(1, NULL);
	peer(1)->weak = false;
	peer(1)->collided = true;
	expect_pick(1, NULL);
	peer(1)->collided = false;
	expect_pick(1, "203.0.113.1:51820");
}

Test(candidates, what_became_tunnel_internal_is_not_tried)
{
	say(0, 1, "10.7.3.3:51820");
	say(0, 1, "127.0.0.1:51820");
	expect_pick(1, NULL);
	cr_expect_not(
	    candidates_first(n, &peers[1].key, &(struct endpoint){0}));
}

Test(candidates, for_a_key_that_is_not_there_yet)
{
	struct endpoint e, want = ep("192.168.1.77:51820");
	struct key other = key(50);

	cr_expect_not(candidates_first(n, &other, &e));
	say(2, 1, "198.51.100.1:51820");
	say(0, 1, "192.168.1.77:51820");
	cr_expect(candidates_first(n, &peers[1].key, &e));
	cr_expect(endpoint_eq(&e, &want));
}
