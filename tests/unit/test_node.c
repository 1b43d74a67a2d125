/* The core as a whole, in the small ideal network of world.h. */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/unit/world.h"

static struct world w;

static bool
all_direct(void)
{
	for (size_t i = 1; i < w.n; i++) {
		for (size_t j = 1; j < w.n; j++) {
			if (i != j && !world_direct(&w, i, j))
				return false;
		}
	}
	return true;
}

static int64_t
until_all_direct(int64_t limit_ns)
{
	int64_t start_ns = w.now_ns;

	while (!all_direct() && w.now_ns - start_ns < limit_ns)
		world_run(&w, MSEC_NS);
	return w.now_ns - start_ns;
}

Test(node, leaves_find_each_other)
{
	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	cr_expect_lt(until_all_direct(10 * SECOND_NS), 200 * MSEC_NS);
	cr_expect(world_packet(&w, 1, 2));
	world_run(&w, 50 * MSEC_NS);
	cr_expect_eq(world_events(&w, 1, EV_PEER_ADDED), 1);
	cr_expect_eq(world_events(&w, 1, EV_DIRECT), 1);
	world_free(&w);
}

/* WireGuard takes a prefix that no fact can tell: all else is told. */
Test(node, a_prefix_that_cannot_be_told)
{
	struct world_peer *p;

	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	p = world_peer(&w, 0, 1);
	cr_assert_eq(prefix_parse("::ffff:10.0.0.0/109",
			 &p->prefixes[p->nprefixes].prefix),
	    0);
	p->nprefixes++;
	cr_expect_lt(until_all_direct(10 * SECOND_NS), 200 * MSEC_NS);
	world_free(&w);
}

Test(node, ten_leaves_find_each_other)
{
	world_init(&w, 11, MEMBERSHIP_ROUTERS);
	cr_expect_lt(until_all_direct(20 * SECOND_NS), 8 * SECOND_NS);
	world_run(&w, 600 * SECOND_NS);
	cr_expect(all_direct());
	for (size_t i = 1; i < w.n; i++)
		cr_expect_eq(world_events(&w, i, EV_FALLBACK), 0);
	world_free(&w);
}

Test(node, nobody_is_introduced_without_membership)
{
	world_init(&w, 3, MEMBERSHIP_NONE);
	world_run(&w, 60 * SECOND_NS);
	cr_expect_eq(w.nodes[1].npeers, 1);
	cr_expect_eq(w.nodes[2].npeers, 1);
	world_free(&w);
}

/* Packets from 1 to 2 every 10 ms; how long until one arrives again. */
static int64_t
outage(int64_t limit_ns)
{
	int64_t start_ns = w.now_ns;

	do {
		world_run(&w, 10 * MSEC_NS);
	} while (!world_packet(&w, 1, 2) && w.now_ns - start_ns < limit_ns);
	return w.now_ns - start_ns;
}

Test(node, falls_back_and_recovers_under_traffic)
{
	int64_t t_ns;

	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	until_all_direct(10 * SECOND_NS);
	for (int i = 0; i < 500; i++) {
		world_run(&w, 10 * MSEC_NS);
		world_packet(&w, 1, 2);
		world_packet(&w, 2, 1);
	}
	cr_expect(all_direct());
	world_cut(&w, 1, 2, true);
	t_ns = outage(60 * SECOND_NS);
	cr_expect_lt(
	    t_ns, 10 * SECOND_NS, "%lld ms", (long long)(t_ns / MSEC_NS));
	cr_expect_not(world_direct(&w, 1, 2));
	world_run(&w, 30 * SECOND_NS);
	cr_expect(world_packet(&w, 1, 2), "stays on the router");
	world_cut(&w, 1, 2, false);
	t_ns = until_all_direct(60 * SECOND_NS);
	cr_expect_lt(
	    t_ns, 10 * SECOND_NS, "%lld ms", (long long)(t_ns / MSEC_NS));
	cr_expect_eq(world_events(&w, 1, EV_FALLBACK), 1);
	cr_expect_eq(world_events(&w, 2, EV_FALLBACK), 1);
	world_free(&w);
}

Test(node, idle_death_is_noticed)
{
	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	until_all_direct(10 * SECOND_NS);
	world_run(&w, 10 * SECOND_NS);
	world_cut(&w, 1, 2, true);
	world_run(&w, 120 * SECOND_NS);
	cr_expect_not(world_direct(&w, 1, 2));
	cr_expect_not(world_direct(&w, 2, 1));
	world_free(&w);
}

Test(node, restart_keeps_links)
{
	world_init(&w, 4, MEMBERSHIP_ROUTERS);
	until_all_direct(10 * SECOND_NS);
	world_run(&w, 10 * SECOND_NS);
	world_start(&w, 2, MEMBERSHIP_ROUTERS);
	for (int i = 0; i < 400; i++) {
		world_run(&w, SECOND_NS);
		cr_assert(all_direct(), "after %d s", i);
	}
	cr_expect_eq(world_events(&w, 1, EV_PEER_RESTARTED), 1);
	cr_expect_eq(world_events(&w, 1, EV_FALLBACK), 0);
	world_free(&w);
}

/* Taken from the router, a leaf goes everywhere; who was there before the
 * program came stays. */
Test(node, revoked_member_is_removed)
{
	struct world_peer *p;

	world_init(&w, 4, MEMBERSHIP_ROUTERS);
	until_all_direct(10 * SECOND_NS);
	world_run(&w, 300 * SECOND_NS);
	p = world_peer(&w, 0, 3);
	*p = w.nodes[0].peers[--w.nodes[0].npeers];
	world_run(&w, 600 * SECOND_NS);
	cr_expect_null(world_peer(&w, 1, 3));
	cr_expect_null(world_peer(&w, 2, 3));
	cr_expect_not_null(world_peer(&w, 3, 0));
	cr_expect(world_direct(&w, 1, 2));
	world_free(&w);
}

/* The router's program dies: its facts expire, but nobody is thrown out. */
Test(node, router_silent_removes_nobody)
{
	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	until_all_direct(10 * SECOND_NS);
	world_run(&w, 300 * SECOND_NS);
	for (size_t i = 1; i < 3; i++)
		world_cut(&w, 0, i, true);
	world_run(&w, 900 * SECOND_NS);
	cr_expect_not_null(world_peer(&w, 1, 2));
	cr_expect_not_null(world_peer(&w, 2, 1));
	world_free(&w);
}

/* What the administrator gave stays through a whole FactTTL of running. */
Test(node, administrators_prefix_is_not_withdrawn_early)
{
	struct world_peer *p;
	struct prefix own = world_prefix(2);

	world_init(&w, 3, MEMBERSHIP_NONE);
	p = &w.nodes[1].peers[w.nodes[1].npeers++];
	memset(p, 0, sizeof(*p));
	p->key = w.nodes[2].key;
	p->endpoint = w.nodes[2].address;
	p->prefixes[0].prefix = own;
	p->nprefixes = 1;
	world_run(&w, 240 * SECOND_NS);
	cr_expect(world_direct(&w, 1, 2), "not before a FactTTL");
	world_run(&w, 60 * SECOND_NS);
	cr_expect_not(world_direct(&w, 1, 2), "then the router has it");
	world_free(&w);
}

Test(node, basic_peer_by_handshake_alone)
{
	struct conf_peer c = {.trust = TRUST_UNSET, .basic = true};
	struct world_peer *p;

	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	w.plain[2] = true;
	c.key = w.nodes[2].key;
	node_conf_peer(w.nodes[0].node, &c);
	/* It knows leaf 1 by hand, as a phone would. */
	p = &w.nodes[2].peers[w.nodes[2].npeers++];
	memset(p, 0, sizeof(*p));
	p->key = w.nodes[1].key;
	p->endpoint = w.nodes[1].address;
	world_peer(&w, 0, 2)->endpoint = w.nodes[2].address;
	world_peer(&w, 0, 2)->handshake_ns = w.now_ns;
	world_run(&w, 20 * SECOND_NS);
	cr_expect(world_direct(&w, 1, 2));
	world_free(&w);
}

Test(node, replayed_and_foreign_datagrams_are_dropped)
{
	uint8_t body[64], dgram[256];
	struct group g = {.body = body}, out;
	struct fact f = {.attr = ATTR_ALIVE, .ttl_s = 60};
	uint8_t boot[BOOT_ID_LEN] = {1};
	struct wbuf wb;
	struct addr src, other;
	size_t len;
	struct node *n;

	world_init(&w, 3, MEMBERSHIP_ROUTERS);
	world_run(&w, SECOND_NS);
	n = w.nodes[1].node;
	g.signer = w.nodes[0].key;
	f.subject = g.signer;
	f.value = boot;
	f.len = sizeof(boot);
	wbuf_init(&wb, body, sizeof(body));
	fact_put(&wb, &f);
	g.len = wb.off;
	memset(g.nonce, 0x77, sizeof(g.nonce));
	len = group_build(dgram, sizeof(dgram), &g);
	src = key_auto_addr(&g.signer);
	other = key_auto_addr(&w.nodes[2].key);

	cr_expect_eq(node_screen(n, w.now_ns, &other, 51821, dgram, len, &out),
	    DROP_SOURCE);
	cr_expect_eq(node_screen(n, w.now_ns, &src, 51822, dgram, len, &out),
	    DROP_SOURCE);
	cr_expect_eq(
	    node_screen(n, w.now_ns, &src, 51821, dgram, 0, &out), DROP_SIZE);
	cr_expect_eq(node_screen(n, w.now_ns, &src, 51821, dgram, 20, &out),
	    DROP_FORMAT);
	cr_expect_eq(
	    node_screen(n, w.now_ns, &src, 51821, dgram, len, &out), DROP_NONE);
	cr_expect_eq(node_accept(n, w.now_ns, &out, CRYPT_BAD), DROP_SIGNATURE);
	cr_expect_eq(
	    node_screen(n, w.now_ns, &src, 51821, dgram, len, &out), DROP_NONE);
	cr_expect_eq(node_accept(n, w.now_ns, &out, CRYPT_OK), DROP_NONE);
	cr_expect_eq(node_screen(n, w.now_ns, &src, 51821, dgram, len, &out),
	    DROP_REPLAY);
	g.signer = w.nodes[1].key;
	len = group_build(dgram, sizeof(dgram), &g);
	cr_expect_eq(
	    node_screen(n, w.now_ns, &src, 51821, dgram, len, &out), DROP_SELF);
	g.signer.b[5] = 0x55;
	len = group_build(dgram, sizeof(dgram), &g);
	src = key_auto_addr(&g.signer);
	cr_expect_eq(node_screen(n, w.now_ns, &src, 51821, dgram, len, &out),
	    DROP_STRANGER);
	world_free(&w);
}
