/* A peer whose wirelink is silent: its host is gone, or only its daemon is. */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/unit/bench.h"

static struct bench b;
static struct peer *p;

/* Direct, proven, and then not heard any more, but for its handshakes. */
static void
setup(void)
{
	bench_init(&b);
	bench_works(&b, 0, true, true);
	bench_works(&b, 1, true, true);
	bench_give(&b, 1, "10.7.0.1/32", true);
	bench_snapshot(&b);
	p = bench_peer(&b, 1);
	path_acked(b.n, p, b.now_ns);
	b.now_ns += SILENT_NS + MSEC_NS;
	p->handshake_ns = b.now_ns;
	bench_events(&b, EV_PEER_MUTE);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(silence, .init = setup, .fini = teardown);

/* Lets the timers run for so long. */
static void
run(int64_t for_ns)
{
	int64_t end_ns = b.now_ns + for_ns;

	while (b.now_ns < end_ns) {
		path_timers(b.n, b.now_ns);
		b.now_ns += 10 * MSEC_NS;
	}
}

static void
receive(uint64_t bytes)
{
	b.peers[1].m.rx_bytes += bytes;
	path_counters(
	    b.n, p, b.now_ns, b.peers[1].m.tx_bytes, b.peers[1].m.rx_bytes);
}

Test(silence, is_mute_when_wireguard_answers)
{
	run(2 * SECOND_NS);
	cr_expect_eq(p->proof, PROOF_TESTING, "given time to answer");
	cr_expect(path_up(b.n, p, b.now_ns));
	receive(32);
	cr_expect(p->mute);
	cr_expect_eq(bench_events(&b, EV_PEER_MUTE), 1);
	run(20 * SECOND_NS);
	p->alive_until_ns = b.now_ns;
	cr_expect(path_up(b.n, p, b.now_ns), "its handshake is enough");
	p->handshake_ns = p->heard_ns = b.now_ns - HANDSHAKE_VALID_NS;
	cr_expect_not(path_up(b.n, p, b.now_ns));
}

Test(silence, is_death_when_it_does_not)
{
	run(12 * SECOND_NS);
	cr_expect_eq(p->proof, PROOF_TESTING);
	run(3 * SECOND_NS);
	cr_expect_eq(p->proof, PROOF_DEAD);
	cr_expect_not(p->mute);
}

Test(silence, is_not_waited_for_under_traffic)
{
	p->stalled_ns = b.now_ns;
	p->stalled_bytes = 10000;
	run(2 * SECOND_NS);
	cr_expect_eq(p->proof, PROOF_DEAD);
}

/* Each thing alone that forbids to take it for mute. */
Test(silence, conditions)
{
	struct peer was;

	run(2 * SECOND_NS);
	was = *p;
	receive(148);
	cr_expect_not(p->mute, "a handshake's first message");
	receive(148 + 92);
	cr_expect_not(p->mute, "both");
	receive(148 + 32);
	cr_expect(p->mute, "and a keepalive");
	*p = was;
	p->heard_ns = b.now_ns - SILENT_NS;
	receive(32);
	cr_expect_not(p->mute, "not silent yet");
	*p = was;
	p->direct = false;
	receive(32);
	cr_expect_not(p->mute, "over the router when it was last heard");
	p->left_unheard = true;
	receive(32);
	cr_expect(p->mute, "direct when it was last heard");
	*p = was;
	path_they_say(
	    b.n, p, b.now_ns, p->boot_id, 1, FACT_LINK_DOWN, FACT_TTL_S);
	receive(32);
	cr_expect_not(p->mute, "it has left the link itself");
	memset(p->they_boot, 1, sizeof(p->they_boot));
	receive(32);
	cr_expect(p->mute, "it said so in another life");
	*p = was;
	p->caps |= CAP_ORDER;
	memset(p->they_boot, 1, sizeof(p->they_boot));
	p->they_said_down = true;
	receive(32);
	cr_expect_not(p->mute, "in a life that came after");
	*p = was;
}

/* The path died after its daemon had: it never heard of it. */
Test(silence, of_the_dead)
{
	run(20 * SECOND_NS);
	cr_expect_eq(p->proof, PROOF_DEAD);
	cr_expect(p->left_unheard);
	p->direct = false;
	receive(160);
	cr_expect(p->mute);
	cr_expect_neq(p->proof, PROOF_DEAD);
}

Test(silence, of_the_dead_is_shorter)
{
	p->heard_ns = p->died_ns = b.now_ns - 5 * SECOND_NS;
	p->proof = PROOF_DEAD;
	receive(32);
	cr_expect_not(p->mute);
	b.now_ns++;
	receive(32);
	cr_expect(p->mute);
}

Test(silence, ends_when_it_is_heard)
{
	run(2 * SECOND_NS);
	receive(32);
	p->alive_until_ns = NONE_NS;
	silence_ends(b.n, p, b.now_ns);
	cr_expect(p->mute, "a word, but no Alive yet");
	p->alive_until_ns = b.now_ns + SECOND_NS;
	silence_ends(b.n, p, b.now_ns);
	cr_expect_not(p->mute);
	cr_expect_eq(p->proof, PROOF_TESTING, "and is asked");
	cr_expect(path_up(b.n, p, b.now_ns));
}

/* Nobody is left to ask: what WireGuard sends by itself is what there is. */
Test(silence, a_mute_one_dies_by_its_counters)
{
	run(2 * SECOND_NS);
	receive(32);
	for (int i = 0; i < 18; i++) {
		cr_expect_neq(p->proof, PROOF_DEAD, "after %d s", i);
		b.peers[1].m.tx_bytes += 1000;
		receive(0);
		b.now_ns += SECOND_NS;
	}
	b.peers[1].m.tx_bytes += 1000;
	receive(0);
	cr_expect_eq(p->proof, PROOF_DEAD);
	b.now_ns += 6 * SECOND_NS;
	receive(32);
	cr_expect_neq(p->proof, PROOF_DEAD, "and is back by them");
}

Test(silence, a_mute_router_still_routes)
{
	struct prefix prefix = bench_prefix("10.7.0.1/32");
	struct peer *r = bench_peer(&b, 0);

	r->handshake_ns = b.now_ns;
	cr_expect_null(peer_router_for(b.n, b.now_ns, p, &prefix));
	path_acked(b.n, r, r->heard_ns);
	silence_received(b.n, r, b.now_ns, 32);
	cr_expect_not(r->mute, "not asked yet");
	path_doubt(b.n, r, b.now_ns);
	silence_received(b.n, r, b.now_ns, 32);
	cr_expect(r->mute);
	cr_expect_eq(peer_router_for(b.n, b.now_ns, p, &prefix), r);
}

/* It says so over the router, since the direct way to us is cut. */
Test(silence, is_over_when_another_boot_speaks)
{
	uint8_t boot[FACT_LINK_BOOT_LEN];

	run(2 * SECOND_NS);
	receive(32);
	cr_assert(p->mute);
	memcpy(boot, p->boot_id, sizeof(boot));
	path_they_say(b.n, p, b.now_ns, boot, 1, FACT_LINK_READY, FACT_TTL_S);
	cr_expect(p->mute, "said before it fell silent");
	boot[0] ^= 1;
	path_they_say(b.n, p, b.now_ns, boot, 1, FACT_LINK_DOWN, FACT_TTL_S);
	cr_expect_not(p->mute);
	cr_expect_eq(p->proof, PROOF_TESTING);
}

/* What WireGuard sends to begin anew says nothing of the way to it. */
Test(silence, handshake_messages_are_no_data)
{
	static const struct {
		uint64_t bytes;
		bool data;
	} rows[] = {
	    {0, false},
	    {92, false},
	    {148, false},
	    {148 + 92, false},
	    {4 * 148, false},
	    {4 * 92, false},
	    {5 * 148, true}, /* not so many between two snapshots */
	    {32, true},
	    {148 + 32, true}, /* with a keepalive behind it */
	    {96, true},
	};

	run(2 * SECOND_NS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct peer was = *p;

		silence_received(b.n, p, b.now_ns, rows[i].bytes);
		cr_expect_eq(p->mute, rows[i].data, "%llu",
		    (unsigned long long)rows[i].bytes);
		*p = was;
	}
}
