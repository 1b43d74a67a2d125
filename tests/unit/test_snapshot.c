/* How often the device is read, and who of those that it shows first is spoken
 * to when. */
#include <criterion/criterion.h>

#include "tests/unit/bench.h"

static struct bench b;

/* Does it want the device read now, among all that it wants done? */
static bool
asks(void)
{
	struct action act;
	bool asked = false;

	while (node_next(b.n, b.now_ns, &act))
		asked = asked || act.kind == ACT_DEVICE_GET;
	return asked;
}

/* A read that takes so long, and how long after it there is none. */
static void
expect_apart(int64_t took_ns, int64_t apart_ns)
{
	bench_init(&b);
	b.now_ns += DEVICE_IDLE_NS;
	cr_assert(asks());
	b.now_ns += took_ns;
	bench_snapshot(&b);
	node_want_device(b.n, b.now_ns);
	b.now_ns += apart_ns - 1;
	cr_expect_not(asks(), "%ld ns: sooner", (long)took_ns);
	b.now_ns++;
	cr_expect(asks(), "%ld ns: later", (long)took_ns);
	bench_free(&b);
}

Test(snapshot, reading_takes_a_quarter_of_the_time)
{
	expect_apart(0, 2 * MSEC_NS);
	expect_apart(20 * MSEC_NS, 60 * MSEC_NS);
	expect_apart(10 * SECOND_NS, 100 * MSEC_NS);
}

/* From a snapshot in which nothing moved to the next. */
static void
expect_next(int64_t ns)
{
	bench_snapshot(&b);
	b.now_ns += ns - 1;
	cr_expect_not(asks(), "sooner than %ld ns", (long)ns);
	b.now_ns++;
	cr_expect(asks(), "later than %ld ns", (long)ns);
}

Test(snapshot, what_has_changed_is_looked_at_sooner)
{
	bench_init(&b);
	b.now_ns += DEVICE_IDLE_NS;
	cr_assert(asks());
	expect_next(DEVICE_IDLE_NS);
	peer_event(b.n, bench_peer(&b, 1), EV_FALLBACK, b.now_ns);
	for (int64_t t = 0; t < STIRRED_NS; t += DEVICE_STIR_NS)
		expect_next(DEVICE_STIR_NS);
	expect_next(DEVICE_IDLE_NS);
	bench_free(&b);
}

/* How long the first of so many that are met at once may speak first. */
static int64_t
quiet_ns(uint8_t peers)
{
	struct m_peer m = {.ours = true};
	int64_t quiet;

	bench_init(&b);
	node_device_begin(b.n, b.now_ns, b.now_ns);
	cr_assert_eq(endpoint_parse("192.0.2.1:51820", &m.endpoint), 0);
	for (uint8_t i = 0; i < peers; i++) {
		m.key = bench_key(99);
		m.key.b[1] = i;
		node_device_peer(b.n, &m);
	}
	node_device_end(b.n, b.now_ns);
	m.key.b[1] = 0;
	quiet = peer_find(b.n, &m.key)->quiet_until_ns - b.now_ns;
	bench_free(&b);
	return quiet;
}

Test(snapshot, many_are_given_more_time_to_speak_first)
{
	cr_expect_eq(quiet_ns(1), 30 * MSEC_NS);
	cr_expect_eq(quiet_ns(8), 30 * MSEC_NS);
	cr_expect_eq(quiet_ns(9), 40 * MSEC_NS);
	cr_expect_eq(quiet_ns(105), SECOND_NS);
	cr_expect_eq(quiet_ns(255), SECOND_NS);
}
