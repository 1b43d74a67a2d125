/* How often the device is read. */
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
