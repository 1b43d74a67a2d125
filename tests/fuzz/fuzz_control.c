/*
 * Requests of local users on the control socket: records, each a u16 length
 * and that many bytes, and the answers of a node that has something to tell.
 *
 * Covers: netd/control.c netd/view.c
 */
#include <sys/socket.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netd/control.h"
#include "tests/fuzz/fuzz.h"

#define NOW_NS	  (1000 * SECOND_NS)
#define CLOSES_MS 5000

static struct node *
make_node(void)
{
	static const uint8_t metadata[] = {8, 'n', 3, 'h', 'u', 'b', 'b', 1, 1};
	struct conf_link conf = {.membership = MEMBERSHIP_ROUTERS};
	struct m_link link = {.ifindex = 9,
	    .ifname = "wg0",
	    .key = fuzz_key(100),
	    .listen_port = 51820,
	    .port = 51821};
	struct m_peer peer = {.key = fuzz_key(1), .handshake_ns = NOW_NS};
	struct m_prefix prefix = {.ours = false};
	struct fact f = {.attr = ATTR_METADATA,
	    .ttl_s = 255,
	    .subject = peer.key,
	    .value = metadata,
	    .len = sizeof(metadata)};
	struct group g = {.signer = peer.key};
	struct node *n = node_new(&conf, link.key.b);
	uint8_t body[64];
	struct wbuf w;

	REQUIRE(n != NULL && prefix_parse("10.7.0.0/16", &prefix.prefix) == 0);
	link.auto_addr = key_auto_addr(&link.key);
	node_link_up(n, NOW_NS, &link);
	node_device_begin(n, NOW_NS, NOW_NS);
	node_device_peer(n, &peer);
	node_device_prefix(n, &prefix);
	node_device_end(n, NOW_NS);
	wbuf_init(&w, body, sizeof(body));
	fact_put(&w, &f);
	g.body = body;
	g.len = w.off;
	REQUIRE(node_accept(n, NOW_NS, &g, CRYPT_OK) == DROP_NONE);
	return n;
}

/* One turn of the event loop for the only client. */
static void
turn(struct control *c, struct node *n)
{
	struct pollfd pfd[CONTROL_POLLFDS];
	size_t npfd = control_poll(c, pfd, NOW_NS);

	if (c->client[0].fd != -1)
		pfd[1].revents = pfd[1].events;
	control_serve(c, pfd, npfd, n, NOW_NS);
}

/* All that has been answered; the last record, if any, is CTL_END, but to a
 * monitor, which is told until it goes. */
static void
read_answer(int fd, bool monitor)
{
	static uint8_t in[MSG_MAX + 1];
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	enum msg_type last = MSG_CTL_END;
	enum recv_status st;
	const char *why;
	struct msg m;

	/* A close is done a moment later where another process is just looking
	 * at our descriptors in /proc. */
	while ((st = msg_recv(fd, in, DIR_N2C, PH_RUN, &m, &why)) == RECV_MSG ||
	    (st == RECV_AGAIN && poll(&pfd, 1, CLOSES_MS) == 1)) {
		if (st == RECV_AGAIN)
			continue;
		REQUIRE(fuzz_message(&m));
		last = m.type;
	}
	REQUIRE(st == RECV_EOF);
	REQUIRE(monitor || last == MSG_CTL_END);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct node *n;
	struct control c;
	struct rbuf r;
	bool monitor = false;
	int sv[2];

	if (n == NULL)
		n = make_node();
	control_init(&c);
	fuzz_pair(sv);
	c.client[0].fd = sv[0];
	c.client[0].deadline_ns = NOW_NS + SECOND_NS;
	rbuf_init(&r, data, size);
	while (c.client[0].fd != -1 && rbuf_left(&r) > 2) {
		size_t len = rbuf_u16(&r);

		if (len > rbuf_left(&r))
			len = rbuf_left(&r);
		fuzz_send(sv[1], rbuf_take(&r, len), len);
		turn(&c, n);
		monitor |= c.client[0].monitor;
	}
	if (c.client[0].fd != -1) {
		shutdown(sv[1], SHUT_WR);
		turn(&c, n);
	}
	/* One question, one answer, the end; whatever the client does. */
	REQUIRE(c.client[0].fd == -1);
	read_answer(sv[1], monitor);
	close(sv[1]);
	return 0;
}
