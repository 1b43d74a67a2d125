/*
 * Answers of the resolver as netd reads them: records, each a byte that says
 * which question it answers (its id is put in), a u16 length and that many
 * bytes.
 *
 * Covers: netd/lookup.c netd/hosts.c
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netd/lookup.h"
#include "tests/fuzz/fuzz.h"

#define NOW_NS	 (1000 * SECOND_NS)
#define NHOSTS	 4
#define ID_OFF	 8
#define NO_PATCH 200

static struct node *
make_node(void)
{
	struct conf_link conf = {.membership = MEMBERSHIP_ROUTERS};
	struct m_link link = {.ifindex = 9, .ifname = "wg0", .port = 51821};
	struct node *n = node_new(&conf, link.key.b);

	REQUIRE(n != NULL);
	for (uint8_t i = 0; i < NHOSTS; i++) {
		struct conf_host host = {.port = 51820};
		struct conf_peer peer = {
		    .key = fuzz_key(i), .nendpoints = 1, .endpoints = &host};

		snprintf(host.host, sizeof(host.host), "h%u", i);
		REQUIRE(node_conf_peer(n, &peer) == 0);
	}
	link.key = fuzz_key(100);
	node_link_up(n, NOW_NS, &link);
	/* It does nothing before it has seen the device. */
	node_device_begin(n, NOW_NS, NOW_NS);
	node_device_end(n, NOW_NS);
	return n;
}

/* Questions of the core, which are sent. */
static void
act(struct node *n, struct lookup *l, int64_t now_ns)
{
	static struct action a;

	for (int i = 0; i < 1000 && node_next(n, now_ns, &a); i++) {
		if (a.kind == ACT_RESOLVE)
			lookup_ask(l, n, now_ns, a.host);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t record[MSG_MAX + 100];
	struct node *n = make_node();
	int64_t now_ns = NOW_NS;
	struct lookup l;
	struct rbuf r;
	int sv[2];

	fuzz_pair(sv);
	lookup_init(&l);
	lookup_start(&l, sv[0]);
	act(n, &l, now_ns);
	REQUIRE(l.id[NHOSTS - 1] != 0);
	rbuf_init(&r, data, size);
	while (l.fd != -1 && rbuf_left(&r) > 3) {
		uint8_t which = rbuf_u8(&r);
		size_t len = rbuf_u16(&r);

		if (len > rbuf_left(&r))
			len = rbuf_left(&r);
		if (len > sizeof(record))
			len = sizeof(record);
		/* An empty one is how the resolver's end looks, and netd's. */
		if (len == 0)
			continue;
		memcpy(record, rbuf_take(&r, len), len);
		if (which < NO_PATCH && len >= MSG_HEADER) {
			struct wbuf w;

			wbuf_init(&w, record + ID_OFF, 4);
			wbuf_u32(&w, l.id[which % NHOSTS]);
		}
		fuzz_send(sv[1], record, len);
		lookup_read(&l, n, now_ns);
		now_ns += which * SECOND_NS;
		act(n, &l, now_ns);
	}
	/* When it stops, nothing stays under way. */
	for (size_t i = 0; i < LOOKUP_MAX; i++)
		REQUIRE(l.fd != -1 || l.id[i] == 0);
	if (l.fd != -1)
		close(l.fd);
	close(sv[1]);
	node_free(n);
	return 0;
}
