/* Configured host names: when they are looked up, and what becomes of the
 * answers. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/bench.h"

static struct bench b;
static struct action act;

static int
configure(uint8_t i, const char *const *names, size_t n)
{
	struct conf_host hosts[CONF_MAX_ENDPOINTS];
	struct conf_peer c = {.key = bench_key(i), .trust = TRUST_UNSET};

	for (size_t k = 0; k < n; k++) {
		strlcpy(hosts[k].host, names[k], sizeof(hosts[k].host));
		hosts[k].port = 4000;
	}
	c.nendpoints = n;
	c.endpoints = hosts;
	return node_conf_peer(b.n, &c);
}

static void
setup(void)
{
	static const char *const one[] = {"a.example"};
	static const char *const many[] = {
	    "b.example", "192.0.2.7", "2001:db8::7", "a.example"};

	bench_init(&b);
	cr_assert_eq(configure(2, one, 1), 0);
	cr_assert_eq(configure(3, many, 4), 0);
	/* Peers are matched to sections when they are added. */
	for (size_t i = 1; i < 3; i++)
		bench_peer(&b, i)->conf = peer_conf(b.n, &b.peers[i].m.key);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(hosts, .init = setup, .fini = teardown);

/* Names that are asked for now, in order, with spaces between. */
static const char *
asked(void)
{
	static char names[4096];

	names[0] = '\0';
	while (hosts_next(b.n, b.now_ns, &act)) {
		cr_expect_eq(act.kind, ACT_RESOLVE);
		strlcat(names, act.host, sizeof(names));
		strlcat(names, " ", sizeof(names));
	}
	return names;
}

static void
resolved(const char *host, uint8_t error, const char *addr, size_t n)
{
	struct m_resolved r = {.error = error, .n = n};

	for (size_t i = 0; i < n && i < RESOLVED_MAX; i++) {
		cr_assert_eq(addr_parse(addr, &r.addr[i]), 0);
		r.addr[i].b[3] = (uint8_t)(r.addr[i].b[3] + i);
	}
	node_resolved(b.n, b.now_ns, host, &r);
}

Test(hosts, names_are_asked_for_once)
{
	cr_expect_eq(b.n->nhosts, 2, "numbers are no names");
	cr_expect_str_eq(asked(), "a.example b.example ");
	cr_expect_str_eq(asked(), "", "under way");
	cr_expect_eq(hosts_deadline(b.n), INT64_MAX);
}

Test(hosts, answers_are_kept_and_asked_again)
{
	const struct host *h;

	asked();
	b.n->local_dirty = false;
	resolved("a.example", RESOLVE_OK, "192.0.2.1", 3);
	h = hosts_find(b.n, "a.example");
	cr_assert_not_null(h);
	cr_expect_eq(h->n, 3);
	cr_expect_eq(h->addr[2].b[3], 3);
	cr_expect(b.n->local_dirty, "we may have to say it");
	cr_expect_eq(hosts_deadline(b.n), b.now_ns + 30 * SECOND_NS);
	b.now_ns += 30 * SECOND_NS - 1;
	cr_expect_str_eq(asked(), "");
	b.now_ns++;
	cr_expect_str_eq(asked(), "a.example ");
	resolved("a.example", RESOLVE_OK, "192.0.2.9", 1);
	cr_expect_eq(h->n, 1);
	cr_expect_eq(h->addr[0].b[3], 9);
}

Test(hosts, failures_back_off_and_are_told_once)
{
	static const int64_t wait_s[] = {5, 10, 20, 40, 80, 160, 300, 300};

	asked();
	resolved("a.example", RESOLVE_OK, "192.0.2.1", 1);
	b.now_ns += 30 * SECOND_NS;
	asked();
	bench_events(&b, EV_RESOLVE_FAILED);
	for (size_t i = 0; i < sizeof(wait_s) / sizeof(*wait_s); i++) {
		resolved("a.example",
		    i % 2 ? RESOLVE_TEMPORARY : RESOLVE_NOT_FOUND, NULL, 0);
		cr_expect_eq(hosts_deadline(b.n),
		    b.now_ns + wait_s[i] * SECOND_NS, "failure %zu", i + 1);
		b.now_ns += wait_s[i] * SECOND_NS;
		cr_expect_str_eq(asked(), "a.example ");
	}
	cr_expect_eq(hosts_find(b.n, "a.example")->n, 1,
	    "what was known stays as a hint");
	cr_expect_eq(bench_events(&b, EV_RESOLVE_FAILED), 1);
	/* Works again, fails again: told again, and from the start. */
	resolved("a.example", RESOLVE_OK, "192.0.2.1", 1);
	b.now_ns += 30 * SECOND_NS;
	asked();
	resolved("a.example", RESOLVE_OK, NULL, 0);
	cr_expect_eq(bench_events(&b, EV_RESOLVE_FAILED), 1,
	    "an answer of nothing is a failure");
	cr_expect_eq(hosts_deadline(b.n), b.now_ns + 5 * SECOND_NS);
}

Test(hosts, answers_that_nobody_waits_for)
{
	resolved("a.example", RESOLVE_OK, "192.0.2.1", 1);
	cr_expect_eq(hosts_find(b.n, "a.example")->n, 0, "not asked yet");
	asked();
	resolved("c.example", RESOLVE_OK, "192.0.2.1", 1);
	cr_expect_null(hosts_find(b.n, "c.example"));
	resolved("a.example", RESOLVE_OK, "192.0.2.1", 1);
	resolved("a.example", RESOLVE_OK, "192.0.2.5", 2);
	cr_expect_eq(hosts_find(b.n, "a.example")->n, 1, "answered already");
}

Test(hosts, only_while_a_peer_is_down)
{
	bench_works(&b, 2, false, false);
	cr_expect_str_eq(asked(), "a.example ", "peer 1 is down still");
	resolved("a.example", RESOLVE_OK, "192.0.2.1", 1);
	bench_works(&b, 1, false, false);
	b.now_ns += 31 * SECOND_NS;
	cr_expect_str_eq(asked(), "");
	/* Looked at again soon, since a peer may go down without a word. */
	cr_expect_leq(hosts_deadline(b.n), b.now_ns + DEVICE_IDLE_NS);
	bench_peer(&b, 2)->proof = PROOF_DEAD;
	b.now_ns += DEVICE_IDLE_NS;
	cr_expect_str_eq(asked(), "a.example b.example ", "dead is down");
}

Test(hosts, of_a_peer_that_is_not_on_the_device)
{
	static const char *const name[] = {"d.example"};

	configure(77, name, 1);
	bench_works(&b, 1, false, false);
	bench_works(&b, 2, false, false);
	cr_expect_str_eq(asked(), "d.example ");
}

Test(hosts, not_for_ourselves)
{
	static const char *const name[] = {"me.example"};

	configure(100, name, 1);
	b.n->self_conf = peer_conf(b.n, &b.n->link.key);
	cr_expect_str_eq(asked(), "a.example b.example ");
}

Test(hosts, not_before_the_first_snapshot)
{
	b.n->have_device = false;
	cr_expect_str_eq(asked(), "");
}

/* What we say of a peer that is down: its configured endpoints. */
Test(hosts, answers_are_said)
{
	const uint8_t want[6] = {192, 0, 2, 1, 4000 >> 8, 4000 & 0xff};
	uint32_t i = 0;
	const struct dbfact *d;
	size_t said = 0;

	asked();
	resolved("a.example", RESOLVE_OK, "192.0.2.1", 1);
	gossip_local(b.n, b.now_ns);
	while ((d = factdb_next(&b.n->db, &i)) != NULL) {
		if (d->attr == ATTR_ENDPOINT_V4 && d->local &&
		    memcmp(d->value, want, sizeof(want)) == 0)
			said++;
	}
	cr_expect_eq(said, 2, "of both peers with that name");
}

Test(hosts, table_is_bounded)
{
	char text[CONF_MAX_ENDPOINTS][16];
	const char *names[CONF_MAX_ENDPOINTS];
	int rv = 0;
	unsigned int made = 2;

	for (uint8_t i = 10; i < 60 && rv == 0; i++) {
		for (size_t k = 0; k < CONF_MAX_ENDPOINTS; k++) {
			snprintf(
			    text[k], sizeof(text[k]), "h%u.example", made++);
			names[k] = text[k];
		}
		rv = configure(i, names, CONF_MAX_ENDPOINTS);
	}
	cr_expect_eq(rv, -1);
	cr_expect_eq(b.n->nhosts, MAX_HOSTS);
}
