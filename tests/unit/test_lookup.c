/* netd's end of the channel to the resolver, of which nothing is trusted. */
#include <criterion/criterion.h>

#include <sys/socket.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "netd/lookup.h"
#include "proto/channel.h"
#include "tests/unit/bench.h"

static struct bench b;
static struct lookup l;
static int resolver;
static uint8_t buf[MSG_MAX + 1];

static void
setup(void)
{
	int sv[2];

	log_set_level(LOG_LVL_ERR);
	bench_init(&b);
	for (unsigned int i = 0; i < LOOKUP_MAX + 4; i++) {
		struct conf_host host = {.port = 1};
		struct conf_peer c = {.key = bench_key((uint8_t)(150 + i)),
		    .nendpoints = 1,
		    .endpoints = &host};

		snprintf(host.host, sizeof(host.host), "h%u", i);
		cr_assert_eq(node_conf_peer(b.n, &c), 0);
	}
	cr_assert_eq(msg_pair(sv), 0);
	fcntl(sv[0], F_SETFL, O_NONBLOCK);
	fcntl(sv[1], F_SETFL, O_NONBLOCK);
	lookup_init(&l);
	cr_expect_eq(l.fd, -1);
	lookup_start(&l, sv[0]);
	resolver = sv[1];
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(lookup, .init = setup, .fini = teardown);

static struct host *
host(const char *name)
{
	return (struct host *)(uintptr_t)hosts_find(b.n, name);
}

/* As the core does it: the name is under way when it is asked for. */
static void
ask(const char *name)
{
	host(name)->asked = true;
	lookup_ask(&l, b.n, b.now_ns, name);
}

static uint32_t
question(const char *name)
{
	char got[CONF_HOST_STRLEN];
	const char *why;
	struct msg m;

	cr_assert_eq(
	    msg_recv(resolver, buf, DIR_N2R, PH_RUN, &m, &why), RECV_MSG);
	cr_expect_eq(m.type, MSG_RESOLVE);
	cr_expect_eq(dec_resolve(m.payload, m.len, got), 0);
	cr_expect_str_eq(got, name);
	cr_expect_neq(m.id, 0);
	return m.id;
}

static void
reply(uint32_t id, uint8_t error, size_t n)
{
	struct m_resolved r = {.error = error, .n = n};
	uint8_t p[256];
	struct wbuf w;

	for (size_t i = 0; i < n; i++)
		addr_parse("192.0.2.1", &r.addr[i]);
	wbuf_init(&w, p, sizeof(p));
	enc_resolved(&w, &r);
	cr_assert_eq(msg_send(resolver, MSG_RESOLVED, 0, id, p, w.off, -1), 0);
	lookup_read(&l, b.n, b.now_ns);
}

Test(lookup, answers_find_their_questions)
{
	uint32_t id[3];

	ask("h0");
	ask("h1");
	ask("h2");
	id[0] = question("h0");
	id[1] = question("h1");
	id[2] = question("h2");
	cr_expect_neq(id[0], id[1]);
	reply(id[2], RESOLVE_OK, 2);
	cr_expect_eq(host("h2")->n, 2);
	cr_expect_not(host("h2")->asked);
	cr_expect(host("h0")->asked && host("h1")->asked);
	reply(id[0], RESOLVE_NOT_FOUND, 0);
	cr_expect_eq(host("h0")->failures, 1);
	reply(id[1], RESOLVE_OK, RESOLVED_MAX);
	cr_expect_eq(host("h1")->n, RESOLVED_MAX);
	cr_expect_neq(l.fd, -1);
	lookup_read(&l, b.n, b.now_ns);
	cr_expect_neq(l.fd, -1, "nothing there");
	ask("h0");
	cr_expect_neq(question("h0"), id[0]);
}

Test(lookup, more_than_fit_fail_for_now)
{
	char name[8];

	for (unsigned int i = 0; i < LOOKUP_MAX; i++) {
		snprintf(name, sizeof(name), "h%u", i);
		ask(name);
		cr_expect(host(name)->asked);
	}
	snprintf(name, sizeof(name), "h%d", LOOKUP_MAX);
	ask(name);
	cr_expect_not(host(name)->asked);
	cr_expect_eq(host(name)->failures, 1);
	reply(question("h0"), RESOLVE_OK, 1);
	ask(name);
	cr_expect(host(name)->asked, "there is room again");
}

Test(lookup, without_a_resolver)
{
	lookup_init(&l);
	ask("h0");
	cr_expect_not(host("h0")->asked);
	cr_expect_eq(host("h0")->failures, 1);
}

Test(lookup, a_full_socket)
{
	int size = 4096;
	char name[8];
	unsigned int failed = 0;

	setsockopt(l.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (unsigned int i = 0; i < 4000 && failed == 0; i++) {
		snprintf(name, sizeof(name), "h%u", i % LOOKUP_MAX);
		memset(l.id, 0, sizeof(l.id));
		ask(name);
		failed = host(name)->failures;
	}
	cr_expect_eq(failed, 1, "told at once");
	cr_expect_neq(l.fd, -1);
}

/* Each of these ends it: what is under way fails, further names too, and the
 * rest of netd goes on. */
static void
bytes(uint16_t type, uint32_t id, const void *payload, size_t len)
{
	uint8_t record[64];
	struct wbuf w;

	wbuf_init(&w, record, sizeof(record));
	wbuf_u16(&w, type);
	wbuf_u16(&w, 0);
	wbuf_u32(&w, (uint32_t)(MSG_HEADER + len));
	wbuf_u32(&w, id);
	wbuf_u32(&w, 0);
	wbuf_bytes(&w, payload, len);
	cr_assert_eq(send(resolver, record, w.off, 0), (ssize_t)w.off);
}

static void
no_question(uint32_t id)
{
	bytes(MSG_RESOLVED, id + 2, "\0\0", 2);
}

/* Of a process that the resolver isn't. */
static void
others_sandbox(uint32_t id)
{
	struct sandbox_state s = {.process = SANDBOX_PRIVD};
	uint8_t p[128];
	struct wbuf w;

	(void)id;
	wbuf_init(&w, p, sizeof(p));
	enc_sandbox(&w, &s);
	cr_assert_eq(
	    msg_send(resolver, MSG_RESOLVER_SANDBOX, 0, 0, p, w.off, -1), 0);
}

static void
id_0(uint32_t id)
{
	(void)id;
	bytes(MSG_RESOLVED, 0, "\0\0", 2);
}

static void
bad_error(uint32_t id)
{
	bytes(MSG_RESOLVED, id, "\3\0", 2);
}

static void
too_many(uint32_t id)
{
	bytes(MSG_RESOLVED, id, "\0\11", 2);
}

static void
one_missing(uint32_t id)
{
	bytes(MSG_RESOLVED, id, "\0\1", 2);
}

static void
other_message(uint32_t id)
{
	bytes(MSG_CONF_END, id, NULL, 0);
}

static void
own_message(uint32_t id)
{
	bytes(MSG_RESOLVE, id, "\1a", 2);
}

static void
garbage(uint32_t id)
{
	(void)id;
	cr_assert_eq(send(resolver, "garbage", 7, 0), 7);
}

static const struct {
	const char *what;
	void (*send)(uint32_t id);
} ends[] = {
    {"an answer to no question", no_question},
    {"an answer to question 0", id_0},
    {"the state of another's sandbox", others_sandbox},
    {"an unknown error", bad_error},
    {"nine addresses", too_many},
    {"an address that isn't there", one_missing},
    {"another's message", other_message},
    {"our own message", own_message},
    {"garbage", garbage},
};

Test(lookup, wrong_answers_end_it)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		uint32_t id;

		if (i > 0) {
			close(resolver);
			teardown();
			setup();
		}
		ask("h0");
		ask("h1");
		id = question("h0");
		ends[i].send(id);
		lookup_read(&l, b.n, b.now_ns);
		cr_expect_eq(l.fd, -1, "%s", ends[i].what);
		cr_expect_eq(host("h0")->failures, 1, "%s", ends[i].what);
		cr_expect_eq(host("h1")->failures, 1, "%s", ends[i].what);
		cr_expect_not(host("h0")->asked);
		ask("h2");
		cr_expect_not(host("h2")->asked, "%s", ends[i].what);
	}
}

Test(lookup, it_is_gone, .exit_code = 1)
{
	ask("h0");
	question("h0");
	close(resolver);
	lookup_read(&l, b.n, b.now_ns);
}

/* It had a question that it didn't read. */
Test(lookup, it_is_gone_in_a_hurry, .exit_code = 1)
{
	ask("h0");
	close(resolver);
	lookup_read(&l, b.n, b.now_ns);
}

Test(lookup, answered_twice)
{
	uint32_t id;

	ask("h0");
	id = question("h0");
	reply(id, RESOLVE_OK, 1);
	ask("h1");
	reply(id, RESOLVE_OK, 1);
	cr_expect_eq(l.fd, -1);
	cr_expect_eq(host("h1")->n, 0);
}

Test(lookup, a_new_resolver_takes_the_place)
{
	int old = l.fd, sv[2];

	cr_assert_eq(msg_pair(sv), 0);
	lookup_start(&l, sv[0]);
	cr_expect_eq(l.fd, sv[0]);
	cr_expect_eq(fcntl(old, F_GETFD), -1, "closed");
}
