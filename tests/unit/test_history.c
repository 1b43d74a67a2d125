/* What is kept of the past: counted, bounded, and nobody drives out the
 * rest. */
#include <criterion/criterion.h>

#include <string.h>

#include "netd/history.h"
#include "tests/unit/bench.h"

static struct history h;

static struct event
event(enum event_code code, uint8_t peer, const char *endpoint)
{
	struct event ev = {.code = code, .key = bench_key(peer)};

	if (endpoint != NULL)
		cr_assert_eq(endpoint_parse(endpoint, &ev.endpoint), 0);
	return ev;
}

static void
note(int64_t at_s, struct event ev)
{
	history_note(&h, at_s * SECOND_NS, &ev);
}

static size_t
kept(uint8_t peer)
{
	struct key key = bench_key(peer);
	size_t n = 0;

	while (history_of(&h, &key, n) != NULL)
		n++;
	return n;
}

static const struct history_entry *
nth(uint8_t peer, size_t i)
{
	struct key key = bench_key(peer);
	const struct history_entry *e = history_of(&h, &key, i);

	cr_assert_not_null(e);
	return e;
}

Test(history, the_same_again_only_counts)
{
	struct endpoint e;

	for (int64_t s = 0; s < 3600; s += 6) {
		note(s, event(EV_TRY, 1, "192.0.2.1:1"));
		note(s + 3, event(EV_TRY, 1, "192.0.2.2:1"));
	}
	note(0, event(EV_TRY, 2, "192.0.2.1:1"));
	cr_assert_eq(kept(1), 2);
	cr_expect_eq(nth(1, 0)->times, 600);
	cr_expect_eq(nth(1, 0)->last_s - nth(1, 0)->first_s, 3594);
	cr_expect(history_endpoint(nth(1, 1), &e));
	cr_expect_eq(e.addr.b[3], 2);
	cr_expect_eq(e.port, 1);
	cr_expect_eq(kept(2), 1);
	cr_expect_eq(kept(3), 0);
}

Test(history, whatever_differs_is_another)
{
	struct event ev = event(EV_FALLBACK, 1, "192.0.2.1:1");

	note(1, ev);
	ev.reason = REASON_PATH_DEAD;
	note(2, ev);
	ev.endpoint.port = 2;
	note(3, ev);
	ev.code = EV_DIRECT;
	note(4, ev);
	ev.endpoint.addr.b[3] = 9;
	note(5, ev);
	cr_expect_eq(kept(1), 5);
	cr_expect_eq(nth(1, 4)->last_s, 6);
}

Test(history, a_refusal_has_its_prefix_and_rule)
{
	struct event ev = event(EV_REFUSED, 1, NULL);
	struct endpoint e;
	struct prefix p;
	const struct history_entry *last;

	ev.result.rule = 16;
	ev.prefix = bench_prefix("10.9.0.0/16");
	note(1, ev);
	ev.prefix = bench_prefix("10.9.0.0/17");
	note(2, ev);
	note(3, event(EV_TRY, 1, "192.0.2.1:1"));
	cr_expect_eq(kept(1), 3);
	last = history_last(&h, &ev.key, EV_REFUSED);
	cr_assert_not_null(last);
	cr_expect_eq(last->port, 16);
	cr_expect(history_prefix(last, &p));
	cr_expect(prefix_eq(&p, &ev.prefix));
	cr_expect_not(history_endpoint(last, &e));
	cr_expect_null(history_last(&h, &ev.key, EV_DIRECT));
}

Test(history, one_peer_has_its_share)
{
	char text[ENDPOINT_STRLEN];

	note(1, event(EV_DIRECT, 2, NULL));
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "192.0.2.1:%d", i + 1);
		note(2 + i, event(EV_TRY, 1, text));
	}
	cr_expect_eq(kept(1), HISTORY_PER_PEER);
	cr_expect_eq(nth(1, HISTORY_PER_PEER - 1)->port, 5000);
	cr_expect_eq(nth(1, 0)->port, 5001 - HISTORY_PER_PEER);
	cr_expect_eq(kept(2), 1, "nobody else is driven out");
}

/* Their subjects are whoever the source makes up. */
Test(history, refused_facts_have_theirs)
{
	struct event ev = event(EV_FACT_REFUSED, 1, NULL);
	size_t facts = 0;

	for (uint8_t i = 0; i < HISTORY_SIZE - HISTORY_FACTS; i++)
		note(1, event(EV_DIRECT, i, NULL));
	for (int i = 0; i < 5000; i++) {
		ev.key.b[1] = (uint8_t)i;
		ev.key.b[2] = (uint8_t)(i >> 8);
		ev.key.b[3] = 1;
		note(2 + i, ev);
	}
	for (size_t i = 0; i < HISTORY_SIZE; i++)
		facts += h.entry[i].code == EV_FACT_REFUSED;
	cr_expect_eq(facts, HISTORY_FACTS);
	for (uint8_t i = 0; i < HISTORY_SIZE - HISTORY_FACTS; i++)
		cr_expect_eq(kept(i), 1, "%u", i);
}

Test(history, the_oldest_goes)
{
	struct event ev = event(EV_DIRECT, 1, NULL);

	for (int i = 0; i < HISTORY_SIZE + 10; i++) {
		ev.key.b[1] = (uint8_t)i;
		ev.key.b[2] = (uint8_t)(i >> 8);
		note(1 + i, ev);
	}
	for (int i = 0; i < HISTORY_SIZE + 10; i++) {
		ev.key.b[1] = (uint8_t)i;
		ev.key.b[2] = (uint8_t)(i >> 8);
		cr_expect_eq(
		    history_of(&h, &ev.key, 0) == NULL, i < 10, "%d", i);
	}
}

Test(history, a_count_stays_at_its_greatest)
{
	for (int i = 0; i < UINT16_MAX + 5; i++)
		note(i, event(EV_DIRECT, 1, NULL));
	cr_expect_eq(nth(1, 0)->times, UINT16_MAX);
}
