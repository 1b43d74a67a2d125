/* Datagrams between a UDP socket, the core and privd. The socket is a real
 * one, on the loopback interface of a network namespace of its own. */
#include <criterion/criterion.h>

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sched.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "netd/tunnel.h"
#include "privd/rtnl.h"
#include "tests/unit/bench.h"

#define PORT 51821

static struct bench b;
static struct uplink u;
static struct tunnel *t;
static int privd, ours, theirs;
static uint8_t buf[MSG_MAX + 1];
static uint64_t nonces;

static int
bound(const struct addr *a, uint16_t port)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6,
	    .sin6_port = htons(port),
	    .sin6_scope_id = 1};
	int s = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memcpy(&sin6.sin6_addr, a->b, sizeof(sin6.sin6_addr));
	cr_assert_eq(bind(s, (struct sockaddr *)&sin6, sizeof(sin6)), 0, "%s",
	    strerror(errno));
	return s;
}

/* The kernel makes the way to a new address a moment later: sends until the
 * last one has come. */
static void
await_route(int from, int to, const struct addr *a)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6,
	    .sin6_port = htons(PORT),
	    .sin6_scope_id = 1};
	struct pollfd pfd = {.fd = to, .events = POLLIN};
	int last = -1, got;

	memcpy(&sin6.sin6_addr, a->b, sizeof(sin6.sin6_addr));
	for (int i = 0; i < 5000; i++) {
		(void)!sendto(from, &i, sizeof(i), 0, (struct sockaddr *)&sin6,
		    sizeof(sin6));
		poll(&pfd, 1, 1);
		while (recv(to, &got, sizeof(got), 0) == sizeof(got))
			last = got;
		if (last == i)
			return;
	}
	cr_assert_fail("no way to the address");
}

static void
network(void)
{
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	struct rtnl rtnl;
	int s;

	if (unshare(CLONE_NEWNET) == -1)
		cr_assert_fail("no network namespaces: run as root");
	s = socket(AF_INET6, SOCK_DGRAM, 0);
	cr_assert_eq(ioctl(s, SIOCSIFFLAGS, &ifr), 0);
	close(s);
	cr_assert_neq(sodium_init(), -1);
	cr_assert_eq(rtnl_open(&rtnl, "lo"), 0);
	cr_assert_eq(rtnl_refresh(&rtnl), 0);
	cr_assert_eq(rtnl_set(&rtnl, &b.n->link.auto_addr, true), 0);
	cr_assert_eq(rtnl_set(&rtnl, &bench_peer(&b, 1)->auto_addr, true), 0);
	ours = bound(&b.n->link.auto_addr, PORT);
	theirs = bound(&bench_peer(&b, 1)->auto_addr, PORT);
	await_route(theirs, ours, &b.n->link.auto_addr);
	await_route(ours, theirs, &bench_peer(&b, 1)->auto_addr);
}

static void
setup(void)
{
	struct m_link link;
	int sv[2];

	log_set_level(LOG_LVL_ERR);
	bench_init(&b);
	bench_works(&b, 1, true, true);
	network();
	cr_assert_eq(msg_pair(sv), 0);
	fcntl(sv[0], F_SETFL, O_NONBLOCK);
	fcntl(sv[1], F_SETFL, O_NONBLOCK);
	uplink_init(&u, sv[0]);
	privd = sv[1];
	t = tunnel_new(b.n, &u);
	cr_assert_not_null(t);
	cr_expect_eq(tunnel_fd(t), -1);
	link = b.n->link;
	link.ifindex = 1;
	tunnel_socket(t, ours, &link);
	cr_expect_eq(tunnel_fd(t), ours);
}

static void
teardown(void)
{
	free(t);
	bench_free(&b);
}

TestSuite(tunnel, .init = setup, .fini = teardown);

/* Memory that waits in a socket. */
static uint32_t
queued(int s)
{
	uint32_t mem[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(mem);

	cr_assert_eq(getsockopt(s, SOL_SOCKET, SO_MEMINFO, mem, &len), 0);
	return mem[SK_MEMINFO_RMEM_ALLOC];
}

/* Peer 1 sends these bytes; returns when they have come. */
static void
arrive_bytes(const uint8_t *p, size_t len)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6,
	    .sin6_port = htons(PORT),
	    .sin6_scope_id = 1};
	uint32_t before = queued(ours);

	memcpy(&to.sin6_addr, b.n->link.auto_addr.b, sizeof(to.sin6_addr));
	cr_assert_eq(
	    sendto(theirs, p, len, 0, (struct sockaddr *)&to, sizeof(to)),
	    (ssize_t)len, "%s", strerror(errno));
	for (int ms = 0; ms < 5000 && queued(ours) == before; ms++)
		poll(NULL, 0, 1);
	cr_assert_neq(queued(ours), before, "it does not arrive");
}

/* A group with a fresh nonce and that body. */
static void
arrive(const uint8_t *body, size_t len)
{
	uint8_t dgram[DATAGRAM_MAX_RECV + 8];
	struct group g = {.signer = b.peers[1].m.key, .body = body, .len = len};

	nonces++;
	memcpy(g.nonce, &nonces, sizeof(nonces));
	memset(g.tag, 0xab, sizeof(g.tag));
	arrive_bytes(dgram, group_build(dgram, sizeof(dgram), &g));
}

static void
arrive_raw(size_t len)
{
	static const uint8_t zero[4096];

	arrive_bytes(zero, len);
}

/* The next datagram that peer 1 gets; waits for one. */
static ssize_t
got_by_peer(uint8_t *p, size_t len)
{
	struct pollfd pfd = {.fd = theirs, .events = POLLIN};

	poll(&pfd, 1, 5000);
	return recv(theirs, p, len, 0);
}

/* An Alive of peer 1. */
static size_t
alive(uint8_t body[64])
{
	const uint8_t boot[BOOT_ID_LEN] = {1};
	struct fact f = {.attr = ATTR_ALIVE,
	    .ttl_s = 255,
	    .subject = b.peers[1].m.key,
	    .value = boot,
	    .len = sizeof(boot)};
	struct wbuf w;

	wbuf_init(&w, body, 64);
	fact_put(&w, &f);
	return w.off;
}

static bool
at_privd(struct msg *m)
{
	const char *why;

	return msg_recv(privd, buf, DIR_N2P, PH_RUN, m, &why) == RECV_MSG;
}

static int
checked(uint32_t id, size_t n, enum crypt_status status)
{
	struct request_slot *s = uplink_find(&u, id);
	uint8_t all[BATCH_MAX], p[64];
	struct msg m = {.type = MSG_CHECKED, .id = id, .payload = p};
	struct wbuf w;
	int rv;

	cr_assert_not_null(s);
	memset(all, (int)status, sizeof(all));
	wbuf_init(&w, p, sizeof(p));
	enc_checked(&w, all, n);
	m.len = w.off;
	rv = tunnel_checked(t, b.now_ns, s, &m);
	uplink_done(&u, s);
	return rv;
}

Test(tunnel, a_datagram_is_checked_then_taken)
{
	uint8_t body[64];
	size_t len = alive(body);
	struct m_body got;
	struct msg m;
	struct rbuf r;

	tunnel_read(t, b.now_ns);
	cr_expect_not(at_privd(&m), "nothing there");
	arrive(body, len);
	tunnel_read(t, b.now_ns);
	cr_assert(at_privd(&m));
	cr_expect_eq(m.type, MSG_CHECK);
	rbuf_init(&r, m.payload, m.len);
	cr_expect_eq(rbuf_u8(&r), 1);
	cr_assert_eq(dec_check(&r, &got), 0);
	cr_expect(rbuf_done(&r));
	cr_expect(key_eq(&got.peer, &b.peers[1].m.key));
	cr_expect_eq(memcmp(got.nonce, &nonces, sizeof(nonces)), 0);
	cr_expect_eq(got.tag[15], 0xab);
	cr_expect_eq(got.len, len);
	cr_expect_eq(memcmp(got.body, body, len), 0);
	b.now_ns += SECOND_NS;
	cr_expect_eq(checked(m.id, 1, CRYPT_OK), 0);
	cr_expect_eq(bench_peer(&b, 1)->heard_ns, b.now_ns);
	cr_expect_eq(bench_peer(&b, 1)->boot_id[0], 1);
	cr_expect_eq(u.in_flight, 0);
}

Test(tunnel, a_datagram_with_a_wrong_tag)
{
	uint8_t body[64];
	size_t len = alive(body);
	struct msg m;

	arrive(body, len);
	tunnel_read(t, b.now_ns);
	cr_assert(at_privd(&m));
	b.now_ns += SECOND_NS;
	cr_expect_eq(checked(m.id, 1, CRYPT_BAD), 0);
	cr_expect_neq(bench_peer(&b, 1)->heard_ns, b.now_ns);
	cr_expect_eq(b.n->drops[DROP_SIGNATURE], 1);
}

Test(tunnel, sizes)
{
	uint8_t body[BODY_MAX_RECV] = {ATTR_PING};
	struct msg m;

	arrive_raw(0);
	arrive_raw(1);
	arrive_raw(DATAGRAM_MAX_RECV);
	arrive_raw(DATAGRAM_MAX_RECV + 1);
	arrive_raw(4000);
	tunnel_read(t, b.now_ns);
	cr_expect_not(at_privd(&m), "none of these is asked about");
	cr_expect_eq(b.n->drops[DROP_SIZE], 3);
	cr_expect_eq(b.n->drops[DROP_FORMAT], 2);
	/* As much as a datagram of ours holds, with a ttl in one byte. */
	arrive(body,
	    DATAGRAM_MAX_RECV - 1 - 1 - KEY_LEN - NONCE_LEN - TAG_LEN - 2);
	tunnel_read(t, b.now_ns);
	cr_expect(at_privd(&m));
}

Test(tunnel, what_comes_while_privd_checks_waits_in_the_socket)
{
	uint8_t body[64];
	size_t len = alive(body), n = 0, asked = 0;
	uint32_t ids[TUNNEL_POOL];
	uint8_t sizes[TUNNEL_POOL];
	struct msg m;

	for (int i = 0; i < TUNNEL_POOL + 5; i++)
		arrive(body, len);
	tunnel_read(t, b.now_ns);
	for (; at_privd(&m); n += m.payload[0]) {
		sizes[asked] = m.payload[0];
		ids[asked++] = m.id;
	}
	cr_expect_eq(n, TUNNEL_POOL);
	cr_expect_eq(asked, (TUNNEL_POOL + BATCH_MAX - 1) / BATCH_MAX,
	    "%zu messages", asked);
	for (size_t i = 0; i < asked; i++) {
		cr_expect_eq(tunnel_fd(t), -1, "nothing to wait for");
		tunnel_read(t, b.now_ns);
		cr_expect_not(at_privd(&m));
		cr_expect_eq(b.n->received, TUNNEL_POOL);
		cr_expect_eq(checked(ids[i], sizes[i], CRYPT_BAD), 0);
	}
	cr_expect_eq(tunnel_fd(t), ours);
	tunnel_read(t, b.now_ns);
	cr_assert(at_privd(&m), "the rest, together");
	cr_expect_eq(m.payload[0], 5);
	cr_expect_not(at_privd(&m));
	cr_expect_eq(b.n->drops[DROP_SIGNATURE], TUNNEL_POOL);
}

Test(tunnel, what_waits_for_the_window_goes_in_batches)
{
	uint8_t body[64];
	size_t len = alive(body), n = 0;
	struct request_slot *slots[UPLINK_WINDOW];
	struct msg m;

	for (size_t i = 0; i < UPLINK_WINDOW; i++)
		slots[i] = uplink_request(&u, REQ_OP);
	for (int i = 0; i < 20; i++)
		arrive(body, len);
	tunnel_read(t, b.now_ns);
	cr_expect_not(at_privd(&m));
	for (size_t i = 0; i < UPLINK_WINDOW; i++)
		uplink_done(&u, slots[i]);
	tunnel_flush(t);
	cr_assert(at_privd(&m));
	cr_expect_eq(m.payload[0], BATCH_MAX);
	n = m.payload[0];
	cr_assert(at_privd(&m));
	n += m.payload[0];
	cr_expect_eq(n, 20);
	cr_expect_eq(checked(m.id, 20 - BATCH_MAX, CRYPT_OK), 0);
}

/* Datagrams so large that not BATCH_MAX of them fit one message. */
Test(tunnel, large_ones_share_messages)
{
	uint8_t body[2300] = {0};
	struct request_slot *slots[UPLINK_WINDOW];
	struct msg m;
	size_t n = 0, messages = 0;

	for (size_t i = 0; i < UPLINK_WINDOW; i++)
		slots[i] = uplink_request(&u, REQ_OP);
	for (int i = 0; i < 10; i++)
		arrive(body, sizeof(body));
	tunnel_read(t, b.now_ns);
	for (size_t i = 0; i < UPLINK_WINDOW; i++)
		uplink_done(&u, slots[i]);
	tunnel_flush(t);
	while (at_privd(&m)) {
		struct rbuf r;

		messages++;
		rbuf_init(&r, m.payload, m.len);
		for (uint8_t k = rbuf_u8(&r); k > 0; k--) {
			struct m_body got;

			n++;
			cr_assert_eq(dec_check(&r, &got), 0);
			cr_expect_eq(got.len, sizeof(body));
		}
		cr_expect(rbuf_done(&r));
	}
	cr_expect_eq(n, 10);
	cr_expect_eq(messages, 2);
}

static const struct {
	const char *what;
	uint8_t bytes[8];
	size_t len;
} misfits[] = {
    {"two for one", {2, 0, 0, 0, 0, 0}, 6},
    {"none", {0, 0, 0, 0}, 4},
    {"13", {13, 0, 0, 0, 0}, 5},
    {"an unknown verdict", {1, 5, 0, 0, 0}, 5},
    {"padding that isn't 0", {1, 0, 0, 0, 1}, 5},
    {"a byte too few", {1, 0, 0, 0}, 4},
    {"a byte too many", {1, 0, 0, 0, 0, 0}, 6},
};

Test(tunnel, verdicts_that_do_not_fit)
{
	uint8_t body[64];
	size_t len = alive(body);
	int64_t heard_ns = bench_peer(&b, 1)->heard_ns;
	struct msg m;

	arrive(body, len);
	tunnel_read(t, b.now_ns);
	cr_assert(at_privd(&m));
	b.now_ns += SECOND_NS;
	for (size_t i = 0; i < sizeof(misfits) / sizeof(*misfits); i++) {
		struct msg answer = {
		    .payload = misfits[i].bytes, .len = misfits[i].len};

		cr_expect_eq(
		    tunnel_checked(t, b.now_ns, uplink_find(&u, m.id), &answer),
		    -1, "%s", misfits[i].what);
		cr_expect_eq(bench_peer(&b, 1)->heard_ns, heard_ns, "%s",
		    misfits[i].what);
	}
}

static void
hand_over(uint32_t token, uint8_t fill, size_t len)
{
	static struct action act;

	act.kind = ACT_SEND;
	act.token = token;
	act.key = b.peers[1].m.key;
	act.dst = bench_peer(&b, 1)->auto_addr;
	act.len = len;
	memset(act.body, fill, len);
	tunnel_send(t, &act);
}

/* Answers with n seals of that status; tunnel_sealed's verdict. */
static int
sealed(uint32_t id, size_t n, uint8_t status, size_t cut)
{
	struct request_slot *s = uplink_find(&u, id);
	uint8_t p[600];
	struct msg m = {.type = MSG_SEALED, .id = id, .payload = p};
	struct wbuf w;

	cr_assert_not_null(s);
	wbuf_init(&w, p, sizeof(p));
	wbuf_u8(&w, (uint8_t)n);
	for (size_t i = 0; i < n; i++) {
		uint8_t nonce[NONCE_LEN], tag[TAG_LEN];

		memset(nonce, (int)(0x40 + i), sizeof(nonce));
		memset(tag, 0x77, sizeof(tag));
		wbuf_u8(&w, status);
		wbuf_bytes(&w, nonce, sizeof(nonce));
		wbuf_bytes(&w, tag, sizeof(tag));
	}
	m.len = w.off - cut;
	return tunnel_sealed(t, b.now_ns, s, &m);
}

Test(tunnel, a_body_is_sealed_then_sent)
{
	uint8_t dgram[4096];
	struct m_body got;
	struct group g;
	struct msg m;
	struct rbuf r;
	ssize_t n;

	hand_over(5, 0x5a, BODY_MAX);
	tunnel_flush(t);
	cr_assert(at_privd(&m));
	cr_expect_eq(m.type, MSG_SEAL);
	rbuf_init(&r, m.payload, m.len);
	cr_expect_eq(rbuf_u8(&r), 1);
	cr_assert_eq(dec_seal(&r, &got), 0);
	cr_expect(key_eq(&got.peer, &b.peers[1].m.key));
	cr_expect_eq(got.len, BODY_MAX);
	cr_expect_eq(recv(theirs, dgram, sizeof(dgram), 0), -1, "not yet");
	cr_expect_eq(sealed(m.id, 1, CRYPT_OK, 0), 0);
	n = got_by_peer(dgram, sizeof(dgram));
	cr_assert_gt(n, BODY_MAX);
	cr_expect_leq(n, DATAGRAM_MAX_SEND);
	cr_assert_eq(group_parse(dgram, (size_t)n, &g), 0);
	cr_expect(key_eq(&g.signer, &b.n->link.key));
	cr_expect_eq(g.nonce[0], 0x40);
	cr_expect_eq(g.tag[0], 0x77);
	cr_expect_eq(g.len, BODY_MAX);
	cr_expect_eq(g.body[BODY_MAX - 1], 0x5a);
	cr_expect_eq(b.n->sent, 1);
}

Test(tunnel, what_goes_out_is_held_back_by_a_full_pool)
{
	uint8_t dgram[4096];
	uint32_t id[3];
	size_t n = 0;
	struct msg m;

	for (uint32_t i = 0; i < TUNNEL_POOL; i++) {
		cr_expect(tunnel_room(t), "%u", i);
		hand_over(i + 1, (uint8_t)i, 100);
	}
	cr_expect_not(tunnel_room(t));
	tunnel_flush(t);
	for (size_t i = 0; i < 3; i++) {
		cr_assert(at_privd(&m));
		id[i] = m.id;
		n += m.payload[0];
	}
	cr_expect_eq(n, TUNNEL_POOL);
	cr_expect_not(at_privd(&m));
	cr_expect_not(tunnel_room(t), "not before it is answered");
	cr_expect_eq(sealed(id[0], BATCH_MAX, CRYPT_OK, 0), 0);
	cr_expect(tunnel_room(t));
	for (size_t i = 0; i < BATCH_MAX; i++)
		cr_expect_gt(got_by_peer(dgram, sizeof(dgram)), 100);
	cr_expect_eq(recv(theirs, dgram, sizeof(dgram), 0), -1);
}

Test(tunnel, what_privd_does_not_seal)
{
	struct peer *p = bench_peer(&b, 1);
	struct flight *fl = flight_new(b.n, p);
	uint8_t dgram[64];
	struct msg m;

	hand_over(fl->token, 1, 10);
	tunnel_flush(t);
	cr_assert(at_privd(&m));
	cr_expect_eq(sealed(m.id, 1, CRYPT_WEAK, 0), 0);
	cr_expect(p->weak);
	cr_expect_eq(b.n->nflights, 0);
	cr_expect_eq(recv(theirs, dgram, sizeof(dgram), 0), -1);
	cr_expect_eq(b.n->sent, 0);
}

Test(tunnel, seals_that_do_not_fit)
{
	struct msg m;

	hand_over(1, 1, 10);
	hand_over(2, 2, 10);
	tunnel_flush(t);
	cr_assert(at_privd(&m));
	cr_expect_eq(m.payload[0], 2);
	cr_expect_eq(sealed(m.id, 1, CRYPT_OK, 0), -1, "one for two");
	cr_expect_eq(sealed(m.id, 3, CRYPT_OK, 0), -1, "three for two");
	cr_expect_eq(b.n->sent, 0);
	cr_expect_eq(sealed(m.id, 2, CRYPT_RATE + 1, 0), -1, "unknown");
	cr_expect_eq(sealed(m.id, 2, CRYPT_OK, 1), -1, "cut");
}

Test(tunnel, what_privd_refuses_makes_room)
{
	uint8_t body[64];
	size_t len = alive(body);
	struct msg m;

	arrive(body, len);
	tunnel_read(t, b.now_ns);
	cr_assert(at_privd(&m));
	tunnel_refused(t, b.now_ns, uplink_find(&u, m.id));
	uplink_done(&u, uplink_find(&u, m.id));
	cr_expect_eq(b.n->drops[DROP_RATE], 1);
	for (uint32_t i = 0; i < TUNNEL_POOL; i++)
		hand_over(i + 1, 1, 10);
	tunnel_flush(t);
	while (at_privd(&m)) {
		tunnel_refused(t, b.now_ns, uplink_find(&u, m.id));
		uplink_done(&u, uplink_find(&u, m.id));
	}
	cr_expect(tunnel_room(t));
	cr_expect_eq(b.n->sent, 0);
	for (uint32_t i = 0; i < TUNNEL_POOL; i++) {
		cr_assert(tunnel_room(t));
		hand_over(i + 1, 1, 10);
	}
}

Test(tunnel, without_a_socket)
{
	struct msg m;

	tunnel_socket(t, -1, NULL);
	cr_expect_eq(fcntl(ours, F_GETFD), -1, "closed");
	tunnel_read(t, b.now_ns);
	hand_over(1, 1, 10);
	tunnel_flush(t);
	cr_assert(at_privd(&m));
	cr_expect_eq(sealed(m.id, 1, CRYPT_OK, 0), 0, "lost, as on the way");
	cr_expect(tunnel_room(t));
}
