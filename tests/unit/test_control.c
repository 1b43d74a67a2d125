/* The control socket, from the side of its clients: good, slow and wrong. */
#include <criterion/criterion.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "netd/boxes.h"
#include "netd/control.h"
#include "proto/channel.h"
#include "proto/ctl.h"
#include "tests/unit/bench.h"

static struct bench b;
static struct control c;
static struct sockaddr_un sun;
static socklen_t sun_len;
static uint8_t buf[MSG_MAX + 1];

/* An abstract address, chosen by the kernel. */
static void
setup(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0), on = 1;

	/* As privd does. */
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	log_set_level(LOG_LVL_ERR);
	bench_init(&b);
	sun.sun_family = AF_UNIX;
	cr_assert_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sa_family_t)), 0);
	sun_len = sizeof(sun);
	getsockname(fd, (struct sockaddr *)&sun, &sun_len);
	cr_assert_eq(listen(fd, 64), 0);
	control_init(&c);
	cr_expect_eq(c.fd, -1);
	cr_expect_eq(control_deadline(&c), INT64_MAX);
	control_start(&c, fd);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(control, .init = setup, .fini = teardown);

static int
client(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&sun, sun_len), 0, "%s",
	    strerror(errno));
	return fd;
}

/* One turn of the event loop, without waiting. */
static void
turn(void)
{
	struct pollfd pfd[CONTROL_POLLFDS];
	size_t n = control_poll(&c, pfd, b.now_ns);

	cr_assert_eq(n, CONTROL_POLLFDS);
	cr_assert_neq(poll(pfd, n, 0), -1);
	control_serve(&c, pfd, n, b.n, b.now_ns);
}

static void
turns(int n)
{
	while (n-- > 0)
		turn();
}

static size_t
clients(void)
{
	size_t n = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		n += c.client[i].fd != -1;
	return n;
}

static void
ask(int fd, uint8_t what)
{
	cr_assert_eq(msg_send(fd, MSG_CTL_GET, 0, 0, &what, 1, -1), 0);
}

static enum recv_status
receive(int fd, struct msg *m)
{
	const char *why;

	return msg_recv(fd, buf, DIR_N2C, PH_RUN, m, &why);
}

/* The whole answer: how many records of that type, between CTL_SELF, if it is
 * one with that, and CTL_END; then the end. */
static size_t
answer(int fd, bool self, enum msg_type type)
{
	size_t n = 0;
	struct msg m;

	if (self) {
		struct ctl_self s;

		cr_assert_eq(receive(fd, &m), RECV_MSG);
		cr_assert_eq(m.type, MSG_CTL_SELF);
		cr_expect_eq(dec_ctl_self(m.payload, m.len, &s), 0);
		cr_expect(key_eq(&s.key, &b.n->link.key));
		cr_expect_str_eq(s.ifname, "wg0");
		cr_expect_eq(s.port, 51821);
		cr_expect(s.up);
		cr_expect_eq(s.npeers, b.n->npeers);
		cr_expect_eq(s.nfacts, b.n->db.count);
	}
	while (receive(fd, &m) == RECV_MSG && m.type == type)
		n++;
	cr_assert_eq(m.type, MSG_CTL_END);
	cr_expect_eq(m.len, 4);
	cr_expect_eq(m.payload[3], 0);
	cr_expect_eq(receive(fd, &m), RECV_EOF);
	return n;
}

Test(control, peers)
{
	static struct ctl_peer p[BENCH_PEERS];
	struct conf_peer conf = {.name = "leaf", .trust = TRUST_MEMBERSHIP};
	int fd = client();
	struct msg m;

	bench_works(&b, 1, true, true);
	bench_works(&b, 2, false, false);
	bench_peer(&b, 1)->conf = &conf;
	bench_peer(&b, 1)->srtt_ns = 1500 * 1000;
	bench_peer(&b, 1)->rx_bytes = 11;
	bench_peer(&b, 1)->tx_bytes = 22;
	b.now_ns += 5 * SECOND_NS;
	turn();
	ask(fd, CTL_PEERS);
	turns(2);
	cr_assert_eq(receive(fd, &m), RECV_MSG);
	for (size_t i = 0; i < BENCH_PEERS; i++) {
		cr_assert_eq(receive(fd, &m), RECV_MSG);
		cr_assert_eq(m.type, MSG_CTL_PEER);
		cr_assert_eq(dec_ctl_peer(m.payload, m.len, &p[i]), 0);
		cr_expect(key_eq(&p[i].key, &b.peers[i].m.key));
	}
	cr_expect_eq(p[0].path, CTL_PATH_NONE);
	cr_expect_not(p[0].has_handshake);
	cr_expect_eq(p[0].nheld, 2);
	cr_expect_eq(p[0].trust, TRUST_MEMBERSHIP, "a router, and opted in");
	cr_expect_eq(p[1].name_len, 4);
	cr_expect_eq(memcmp(p[1].name, "leaf", 4), 0);
	cr_expect_eq(p[1].trust, TRUST_MEMBERSHIP);
	cr_expect(p[1].has_handshake && p[1].alive && p[1].has_rtt);
	cr_expect_eq(p[1].handshake_age_s, 5);
	cr_expect_eq(p[1].alive_for_s, 5);
	cr_expect_eq(p[1].rtt_us, 1500);
	cr_expect_eq(p[1].rx_bytes, 11);
	cr_expect_eq(p[1].tx_bytes, 22);
	cr_expect(p[1].healthy && p[1].configured && p[1].extended);
	cr_expect_not(p[1].introduced);
	cr_expect_eq(p[1].endpoint.port, 51820);
	cr_expect(p[2].healthy);
	cr_expect_not(p[2].alive || p[2].has_rtt || p[2].configured);
	cr_expect_eq(p[2].trust, TRUST_ENDPOINT);
	cr_expect_eq(p[3].endpoint.addr.family, 0);
	bench_peer(&b, 1)->conf = NULL;
}

Test(control, each_question)
{
	int fd[4];
	size_t counters = 0;
	struct counter_view v;

	while (node_counter(b.n, counters, &v))
		counters++;
	bench_state(&b, 0, 1, "10.7.0.11");
	bench_state(&b, 0, 2, "10.7.0.12");
	for (uint8_t i = 0; i < 4; i++) {
		fd[i] = client();
		turn();
		ask(fd[i], (uint8_t)(CTL_PEERS + i));
	}
	turns(3);
	cr_expect_eq(answer(fd[0], true, MSG_CTL_PEER), BENCH_PEERS);
	cr_expect_eq(answer(fd[1], true, MSG_CTL_FACT), 2);
	cr_expect_eq(answer(fd[2], false, MSG_CTL_COUNTER), counters);
	cr_expect_eq(answer(fd[3], true, MSG_CTL_PEER), 0);
	cr_expect_eq(clients(), 0);
	cr_expect_gt(counters, 15);
}

/* Of those processes that have told. */
Test(control, sandboxes)
{
	struct sandbox_state s = {.process = SANDBOX_NETD};
	int fd = client(), again = client();

	turns(2);
	ask(fd, CTL_SANDBOXES);
	turns(2);
	cr_expect_eq(answer(fd, true, MSG_CTL_SANDBOX), 0);
	boxes_tell(&s);
	boxes_tell(&s);
	s.process = SANDBOX_PRIVD;
	boxes_tell(&s);
	ask(again, CTL_SANDBOXES);
	turns(2);
	cr_expect_eq(answer(again, true, MSG_CTL_SANDBOX), 2);
}

/* More records than a socket takes at once: none is lost, none comes twice,
 * and others are answered meanwhile. */
Test(control, a_long_answer)
{
	int fd = client(), other, size = 4096;
	bool seen[3000] = {false};
	size_t n = 0, rounds = 0;
	struct ctl_fact f;
	struct msg m;

	for (unsigned int i = 0; i < 3000; i++) {
		const uint8_t value[6] = {
		    203, (uint8_t)(i >> 8), (uint8_t)i, 1, 1, 1};
		struct fact fact = {.attr = ATTR_ENDPOINT_V4,
		    .ttl_s = 100,
		    .value = value,
		    .len = sizeof(value)};
		uint32_t index;

		fact.subject.b[0] = (uint8_t)(i >> 8);
		fact.subject.b[1] = (uint8_t)i;
		fact.subject.b[2] = 1;
		factdb_put(&b.n->db, b.now_ns, &fact, 0, &index);
	}
	turn();
	setsockopt(c.client[0].fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	ask(fd, CTL_FACTS);
	turns(5);
	cr_expect_eq(clients(), 1, "it waits for its client");
	other = client();
	turn();
	ask(other, CTL_SELF_ONLY);
	turns(2);
	cr_expect_eq(answer(other, true, MSG_CTL_PEER), 0);
	for (;;) {
		enum recv_status st = receive(fd, &m);

		if (st == RECV_AGAIN) {
			cr_assert_lt(rounds++, 10000);
			b.now_ns += SECOND_NS; /* slow, but not stuck */
			turn();
			continue;
		}
		cr_assert_eq(st, RECV_MSG);
		if (m.type == MSG_CTL_END)
			break;
		if (m.type != MSG_CTL_FACT)
			continue;
		cr_assert_eq(dec_ctl_fact(m.payload, m.len, &f), 0);
		cr_expect_not(f.local);
		cr_expect(key_eq(&f.source, &b.peers[0].m.key));
		cr_assert_not(seen[f.value[1] << 8 | f.value[2]]);
		seen[f.value[1] << 8 | f.value[2]] = true;
		n++;
	}
	cr_expect_eq(n, 3000);
	cr_expect_gt(rounds, 10);
}

Test(control, one_that_asks_nothing)
{
	int fd = client();
	struct msg m;

	turn();
	cr_expect_eq(clients(), 1);
	cr_expect_eq(control_deadline(&c), b.now_ns + 10 * SECOND_NS);
	b.now_ns += 10 * SECOND_NS - 1;
	turn();
	cr_expect_eq(clients(), 1);
	b.now_ns++;
	turn();
	cr_expect_eq(clients(), 0);
	cr_expect_eq(receive(fd, &m), RECV_EOF);
	cr_expect_eq(control_deadline(&c), INT64_MAX);
}

Test(control, one_that_takes_nothing)
{
	int fd = client(), size = 4096, kept;

	for (unsigned int i = 0; i < 200; i++) {
		char text[32];

		snprintf(text, sizeof(text), "10.7.1.%u", i);
		bench_state(&b, 0, 1, text);
	}
	turn();
	kept = c.client[0].fd;
	setsockopt(kept, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	ask(fd, CTL_FACTS);
	turns(10);
	cr_expect_eq(clients(), 1);
	b.now_ns += 10 * SECOND_NS - 1;
	turn();
	cr_expect_eq(clients(), 1);
	b.now_ns++;
	turn();
	cr_expect_eq(clients(), 0);
	cr_expect_eq(fcntl(kept, F_GETFD), -1, "closed");
}

Test(control, one_that_goes)
{
	int fd = client();

	turn();
	close(fd);
	turn();
	cr_expect_eq(clients(), 0, "before it asked");
	fd = client();
	turn();
	ask(fd, CTL_PEERS);
	close(fd);
	turns(2);
	cr_expect_eq(clients(), 0, "before it was answered");
}

Test(control, the_seventeenth_waits)
{
	int fd[CONTROL_CLIENTS + 1];
	struct pollfd pfd[CONTROL_POLLFDS];

	for (size_t i = 0; i < CONTROL_CLIENTS + 1; i++) {
		fd[i] = client();
		turn();
	}
	cr_expect_eq(clients(), CONTROL_CLIENTS);
	control_poll(&c, pfd, b.now_ns);
	cr_expect_eq(pfd[0].fd, -1, "nobody looks at who comes");
	ask(fd[CONTROL_CLIENTS], CTL_SELF_ONLY);
	turns(3);
	cr_expect_eq(clients(), CONTROL_CLIENTS);
	ask(fd[3], CTL_SELF_ONLY);
	turn();
	cr_expect_eq(answer(fd[3], true, MSG_CTL_PEER), 0);
	turns(3);
	cr_expect_eq(answer(fd[CONTROL_CLIENTS], true, MSG_CTL_PEER), 0,
	    "its question is not lost");
	cr_expect_eq(clients(), CONTROL_CLIENTS - 1);
}

/* Each of these ends the client, and nobody else. */
static void
question_0(int fd)
{
	ask(fd, 0);
}

static void
question_6(int fd)
{
	ask(fd, CTL_SANDBOXES + 1);
}

static void
question_255(int fd)
{
	ask(fd, 255);
}

static void
garbage(int fd)
{
	cr_assert_eq(send(fd, "garbage", 7, 0), 7);
}

static void
record(int fd, const uint8_t *p, size_t len)
{
	cr_assert_eq(send(fd, p, len, 0), (ssize_t)len);
}

static void
no_question(int fd)
{
	const uint8_t p[] = {
	    0, MSG_CTL_GET, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0};

	record(fd, p, sizeof(p));
}

static void
two_questions(int fd)
{
	const uint8_t p[] = {
	    0, MSG_CTL_GET, 0, 0, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1};

	record(fd, p, sizeof(p));
}

static void
privds_message(int fd)
{
	const uint8_t p[] = {
	    0, MSG_CONF_END, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0};

	record(fd, p, sizeof(p));
}

static void
netds_message(int fd)
{
	const uint8_t p[] = {0, MSG_CTL_END, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0};

	record(fd, p, sizeof(p));
}

static void
oversized(int fd)
{
	static uint8_t p[MSG_MAX + 100];

	record(fd, p, sizeof(p));
}

static void
with_a_descriptor(int fd)
{
	uint8_t p[] = {
	    0, MSG_CTL_GET, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(sizeof(int))];
	} ctl = {.b = {0}};
	struct iovec iov = {.iov_base = p, .iov_len = sizeof(p)};
	struct msghdr mh = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = ctl.b,
	    .msg_controllen = sizeof(ctl.b)};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &fd, sizeof(int));
	cr_assert_eq(sendmsg(fd, &mh, 0), (ssize_t)sizeof(p));
}

static const struct {
	const char *what;
	void (*send)(int fd);
} wrong[] = {
    {"question 0", question_0},
    {"question 6", question_6},
    {"question 255", question_255},
    {"garbage", garbage},
    {"no question", no_question},
    {"two questions", two_questions},
    {"a message of privd", privds_message},
    {"a message of netd", netds_message},
    {"an oversized one", oversized},
    {"one with a descriptor", with_a_descriptor},
};

Test(control, wrong_questions)
{
	int good = client();

	turn();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		int fd = client();
		uint8_t byte;
		ssize_t n;

		turn();
		wrong[i].send(fd);
		turns(2);
		cr_expect_eq(clients(), 1, "%s", wrong[i].what);
		n = recv(fd, &byte, 1, 0);
		cr_expect(n == 0 || (n == -1 && errno == ECONNRESET),
		    "%s is answered", wrong[i].what);
		close(fd);
	}
	ask(good, CTL_PEERS);
	turns(2);
	cr_expect_eq(answer(good, true, MSG_CTL_PEER), BENCH_PEERS);
}

Test(control, out_of_descriptors)
{
	int fd = client();
	struct pollfd pfd[CONTROL_POLLFDS];
	struct rlimit was, none;

	getrlimit(RLIMIT_NOFILE, &was);
	none = was;
	none.rlim_cur = 0;
	control_poll(&c, pfd, b.now_ns);
	pfd[0].revents = POLLIN;
	setrlimit(RLIMIT_NOFILE, &none);
	control_serve(&c, pfd, CONTROL_POLLFDS, b.n, b.now_ns);
	setrlimit(RLIMIT_NOFILE, &was);
	cr_expect_eq(clients(), 0);
	control_poll(&c, pfd, b.now_ns);
	cr_expect_eq(pfd[0].fd, -1, "or the loop would spin");
	b.now_ns += SECOND_NS;
	control_poll(&c, pfd, b.now_ns);
	cr_expect_eq(pfd[0].fd, c.fd);
	turn();
	cr_expect_eq(clients(), 1);
	close(fd);
}

Test(control, a_new_listener_takes_the_place)
{
	int old = c.fd, fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	control_start(&c, fd);
	cr_expect_eq(c.fd, fd);
	cr_expect_eq(fcntl(old, F_GETFD), -1);
}

/*
 * What is done, and for whom.
 */
static int
do_it(int fd, enum ctl_deed deed, const struct key *key, enum ctl_level level)
{
	struct ctl_do m = {.deed = deed, .level = level};
	uint8_t p[64];
	struct wbuf w;

	if (key != NULL)
		m.key = *key;
	wbuf_init(&w, p, sizeof(p));
	enc_ctl_do(&w, &m);
	return msg_send(fd, MSG_CTL_DO, 0, 0, p, w.off, -1);
}

/* The error that the answer has; -1 without one. */
static int
end_error(int fd)
{
	struct msg m;

	if (receive(fd, &m) != RECV_MSG || m.type != MSG_CTL_END)
		return -1;
	return m.payload[3];
}

static int
deed(enum ctl_deed what, const struct key *key, enum ctl_level level)
{
	int fd = client(), error;

	turn();
	cr_assert_eq(do_it(fd, what, key, level), 0);
	turns(2);
	error = end_error(fd);
	close(fd);
	cr_expect_eq(clients(), 0);
	return error;
}

Test(control, root_probes)
{
	struct key stranger = bench_key(77);
	struct peer *p = bench_peer(&b, 1);

	p->hold_until_ns = p->try_until_ns = b.now_ns + 100 * SECOND_NS;
	p->round = 9;
	bench_events(&b, EV_PROBE);
	cr_expect_eq(deed(CTL_PROBE, &p->key, CTL_BRIEF), 0);
	cr_expect_eq(bench_events(&b, EV_PROBE), 1);
	cr_expect_leq(p->hold_until_ns, b.now_ns);
	cr_expect_leq(p->try_until_ns, b.now_ns);
	cr_expect_eq(p->round, 0);
	cr_expect_leq(node_deadline(b.n, b.now_ns), b.now_ns);
	cr_expect_eq(deed(CTL_PROBE, &stranger, CTL_BRIEF), ENOENT);
}

/* Asks privd for its removal, whatever is said of it. */
Test(control, root_forgets)
{
	struct key stranger = bench_key(77);
	struct peer *p;
	struct action act = {.kind = ACT_EVENT};
	bool removes = false;
	uint32_t i = 0;

	cr_expect_eq(
	    deed(CTL_FORGET, &b.peers[1].m.key, CTL_BRIEF), EPERM, "given");
	cr_expect_eq(deed(CTL_FORGET, &stranger, CTL_BRIEF), ENOENT);
	b.peers[1].m.ours = true;
	bench_snapshot(&b);
	bench_state(&b, 0, 1, "10.7.0.11/32");
	bench_state(&b, 0, 2, "10.7.0.12/32");
	p = bench_peer(&b, 1);
	cr_expect_eq(deed(CTL_FORGET, &p->key, CTL_BRIEF), 0);
	cr_expect(p->forget);
	cr_expect_eq(b.n->db.count, 1, "the other's fact stays");
	cr_assert_not_null(factdb_next(&b.n->db, &i));
	bench_state(&b, 0, 1, "10.7.0.11/32");
	while (!removes && node_next(b.n, b.now_ns, &act))
		removes =
		    act.kind == ACT_PEER_REMOVE && key_eq(&act.key, &p->key);
	cr_expect(removes);
}

Test(control, root_sets_the_level_of_the_log)
{
	cr_expect_eq(deed(CTL_LOG, NULL, CTL_DEBUG), 0);
	cr_expect_eq(log_get_level(), LOG_LVL_DEBUG);
	cr_expect_eq(deed(CTL_LOG, NULL, CTL_VERBOSE), 0);
	cr_expect_eq(log_get_level(), LOG_LVL_INFO);
	cr_expect_eq(deed(CTL_LOG, NULL, CTL_BRIEF), 0);
	cr_expect_eq(log_get_level(), LOG_LVL_WARN);
}

/* What the answer to a reload is, with its text; an errno. */
static int
reload_said(int fd, const char *text)
{
	char said[CTL_TEXT_LEN] = "";
	struct msg m;

	if (text[0] != '\0') {
		cr_assert_eq(receive(fd, &m), RECV_MSG);
		cr_assert_eq(m.type, MSG_CTL_TEXT);
		cr_assert_eq(dec_ctl_text(m.payload, m.len, said), 0);
	}
	cr_expect_str_eq(said, text);
	return end_error(fd);
}

/* wirelinkd is asked, one reload at a time: who comes while one is under way
 * waits for the next. */
Test(control, root_reloads)
{
	int one, two, gone;

	cr_expect_not(control_wants_reload(&c));
	one = client();
	gone = client();
	turns(2);
	do_it(one, CTL_RELOAD, NULL, CTL_BRIEF);
	do_it(gone, CTL_RELOAD, NULL, CTL_BRIEF);
	turn();
	cr_expect(control_wants_reload(&c));
	control_reload_asked(&c);
	cr_expect_not(control_wants_reload(&c));
	close(gone);
	two = client();
	turn();
	do_it(two, CTL_RELOAD, NULL, CTL_BRIEF);
	turn();
	cr_expect_not(control_wants_reload(&c), "one is under way");
	cr_expect_eq(clients(), 2);
	control_reloaded(&c, ECANCELED, "f:5: bad\nit stays");
	cr_expect_eq(reload_said(one, "f:5: bad\nit stays"), ECANCELED);
	cr_expect(control_wants_reload(&c));
	cr_expect_eq(clients(), 1);
	control_reload_asked(&c);
	turn();
	control_reloaded(&c, 0, "");
	cr_expect_eq(reload_said(two, ""), 0);
	cr_expect_eq(clients(), 0);
	close(one);
	close(two);
}

/* One who does not get an answer is dropped as any other. */
Test(control, a_reload_that_is_not_answered)
{
	int fd = client();

	turn();
	do_it(fd, CTL_RELOAD, NULL, CTL_BRIEF);
	turn();
	control_reload_asked(&c);
	b.now_ns += 11 * SECOND_NS;
	turn();
	cr_expect_eq(clients(), 0);
	control_reloaded(&c, 0, "");
	close(fd);
}

/* As a user asks who could open the socket: looks, and no more. */
Test(control, others_only_look)
{
	int go[2], status;
	uint8_t byte;
	pid_t pid;

	if (geteuid() != 0)
		return;

	cr_assert_eq(pipe(go), 0);
	pid = fork();
	cr_assert_neq(pid, -1);
	if (pid == 0) {
		uint8_t what = CTL_SELF_ONLY;
		struct msg m;
		int one, two, three;

		if (setgid(65534) == -1 || setuid(65534) == -1)
			_exit(1);
		one = client();
		two = client();
		three = client();
		msg_send(one, MSG_CTL_GET, 0, 0, &what, 1, -1);
		do_it(two, CTL_LOG, NULL, CTL_DEBUG);
		do_it(three, CTL_RELOAD, NULL, CTL_BRIEF);
		/* Both are queued: now they are served. */
		if (write(go[1], "x", 1) != 1)
			_exit(2);
		fcntl(one, F_SETFL, 0);
		fcntl(two, F_SETFL, 0);
		if (receive(one, &m) != RECV_MSG || m.type != MSG_CTL_SELF)
			_exit(3);
		fcntl(three, F_SETFL, 0);
		if (end_error(three) != EACCES)
			_exit(5);
		_exit(end_error(two) == EACCES ? 0 : 4);
	}
	cr_assert_eq(read(go[0], &byte, 1), 1);
	turns(6);
	cr_expect_eq(clients(), 0, "both have been answered");
	cr_expect_eq(log_get_level(), LOG_LVL_ERR, "and nothing was done");
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status));
	cr_expect_eq(WEXITSTATUS(status), 0);
}

/* Without the kernel's word nobody is root. */
Test(control, without_credentials_nobody_is)
{
	int off = 0, fd;

	setsockopt(c.fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof(off));
	fd = client();
	turn();
	cr_assert_eq(do_it(fd, CTL_LOG, NULL, CTL_DEBUG), 0);
	turns(2);
	cr_expect_eq(end_error(fd), EACCES);
	cr_expect_eq(log_get_level(), LOG_LVL_ERR);
}

/*
 * Monitors.
 */
static int
monitor(void)
{
	int fd = client();
	struct msg m;

	turn();
	ask(fd, CTL_MONITOR);
	turns(2);
	cr_assert_eq(receive(fd, &m), RECV_MSG);
	if (m.type == MSG_CTL_SELF)
		cr_expect_eq(receive(fd, &m), RECV_AGAIN, "and no end");
	else
		cr_expect_eq(m.payload[3], EBUSY);
	return fd;
}

static void
happens(enum event_code code, uint16_t number)
{
	struct event ev = {.code = code, .key = b.peers[1].m.key};

	ev.result.rule = number;
	control_event(&c, b.n, &ev);
}

static bool
event_from(int fd, struct ctl_event *ev)
{
	struct msg m;

	if (receive(fd, &m) != RECV_MSG)
		return false;
	cr_assert_eq(m.type, MSG_CTL_EVENT);
	cr_assert_eq(dec_ctl_event(m.payload, m.len, ev), 0);
	return true;
}

Test(control, monitors_are_told)
{
	struct conf_peer conf = {.name = "leaf"};
	struct ctl_event ev;
	int one, two;

	bench_peer(&b, 1)->conf = &conf;
	happens(EV_DIRECT, 1); /* nobody there */
	one = monitor();
	two = monitor();
	b.now_ns += 1000 * SECOND_NS;
	turns(2);
	cr_expect_eq(clients(), 2, "they may wait for ever");
	happens(EV_REFUSED, 7);
	turn();
	for (int i = 0; i < 2; i++) {
		int fd = i == 0 ? one : two;

		cr_assert(event_from(fd, &ev));
		cr_expect_eq(ev.code, EV_REFUSED);
		cr_expect_eq(ev.rule, 7);
		cr_expect_eq(ev.lost, 0);
		cr_expect_eq(ev.name_len, 4);
		cr_expect(key_eq(&ev.key, &b.peers[1].m.key));
		cr_expect_not(event_from(fd, &ev));
	}
	close(one);
	turns(2);
	cr_expect_eq(clients(), 1);
	ask(two, CTL_PEERS);
	turns(2);
	cr_expect_eq(clients(), 0, "it has nothing more to ask");
	bench_peer(&b, 1)->conf = NULL;
}

/* One that takes nothing loses what doesn't fit, is told how much, and gets
 * the newest. */
Test(control, a_slow_monitor_loses_events)
{
	int slow = monitor(), fd;
	uint64_t got = 0, lost = 0;
	struct ctl_event ev = {0};

	for (int i = 0; i < 5000; i++) {
		happens(EV_TRY, (uint16_t)i);
		if (i % 50 == 0)
			turn();
	}
	/* Nobody else waits for it. */
	fd = client();
	turn();
	ask(fd, CTL_PEERS);
	turns(2);
	cr_expect_eq(answer(fd, true, MSG_CTL_PEER), BENCH_PEERS);
	for (int i = 0; i < 200; i++) {
		while (event_from(slow, &ev)) {
			got++;
			lost += ev.lost;
			cr_expect_eq(ev.rule, got + lost - 1);
		}
		turn();
	}
	cr_expect_eq(got + lost, 5000);
	cr_expect_gt(lost, 0);
	cr_expect_eq(ev.rule, 4999);
}

Test(control, monitors_leave_room_for_questions)
{
	int fd;

	for (int i = 0; i < CONTROL_MONITORS; i++)
		monitor();
	cr_expect_eq(clients(), CONTROL_MONITORS);
	monitor();
	cr_expect_eq(clients(), CONTROL_MONITORS, "one too many");
	fd = client();
	turn();
	ask(fd, CTL_PEERS);
	turns(2);
	cr_expect_eq(answer(fd, true, MSG_CTL_PEER), BENCH_PEERS);
}

/* netd polls nothing of it when it has no socket. */
Test(control, without_a_socket)
{
	struct pollfd pfd[CONTROL_POLLFDS];

	control_init(&c);
	cr_expect_eq(control_poll(&c, pfd, b.now_ns), CONTROL_POLLFDS);
	for (size_t i = 0; i < CONTROL_POLLFDS; i++)
		cr_expect_eq(pfd[i].fd, -1);
	control_serve(&c, pfd, CONTROL_POLLFDS, b.n, b.now_ns);
	control_serve(&c, pfd, 0, b.n, b.now_ns);
	cr_expect_eq(clients(), 0);
}
