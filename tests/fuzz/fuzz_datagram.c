/*
 * A datagram as it comes, from any host: the first look, then, past it, what
 * follows for each verdict of privd. First byte: verdict; second: source.
 *
 * Covers: netd/group.c netd/fact.c netd/intake.c
 */
#include <stdlib.h>
#include <string.h>

#include "netd/node.h"
#include "tests/fuzz/fuzz.h"

#define NOW_NS (1000 * SECOND_NS)

/* Of tests/vectors/groups.jsonl, so that its datagrams are from a peer. */
static const struct key sender = {
    {0xeb, 0xde, 0xd9, 0xdd, 0x26, 0x82, 0x81, 0x2d, 0x80, 0x7c, 0xc0, 0x73,
	0xb2, 0xa1, 0x0d, 0x1a, 0x3e, 0xbd, 0xf2, 0xa3, 0xd4, 0xbc, 0x11, 0x50,
	0x08, 0xcf, 0x8c, 0xe4, 0xc5, 0x61, 0x49, 0x41}};

static struct node *
make_node(void)
{
	struct conf_link conf = {.membership = MEMBERSHIP_ROUTERS};
	struct m_link link = {.ifindex = 9,
	    .ifname = "wg0",
	    .key = fuzz_key(100),
	    .listen_port = 51820,
	    .port = 51821};
	struct m_peer peer = {.key = sender};
	const struct conf_peer trusted = {
	    .key = sender, .trust = TRUST_DELEGATE};
	struct node *n = node_new(&conf, link.key.b);

	REQUIRE(n != NULL);
	REQUIRE(node_conf_peer(n, &trusted) == 0);
	link.auto_addr = key_auto_addr(&link.key);
	node_link_up(n, NOW_NS, &link);
	node_device_begin(n, NOW_NS, NOW_NS);
	node_device_peer(n, &peer);
	node_device_end(n, NOW_NS);
	return n;
}

/* Metadata in its canonical form says the same, and has no other form. */
static void
metadata(const struct fact *f)
{
	uint8_t a[DATAGRAM_MAX_RECV], b[DATAGRAM_MAX_RECV];
	size_t n = fact_metadata_canonical(f->value, f->len, a, sizeof(a));
	struct metadata before, after;

	REQUIRE(n > 0 && n <= f->len);
	REQUIRE(fact_metadata_canonical(a, n, b, sizeof(b)) == n);
	REQUIRE(memcmp(a, b, n) == 0);
	fact_metadata(f->value, f->len, &before);
	fact_metadata(a, n, &after);
	REQUIRE(before.name_len == after.name_len);
	REQUIRE((before.name == NULL) == (after.name == NULL));
	REQUIRE(before.name == NULL ||
	    memcmp(before.name, after.name, before.name_len) == 0);
	REQUIRE(before.has_basic == after.has_basic);
	REQUIRE(before.basic == after.basic);
}

/* What is decoded from the encoding of a fact is that fact. */
static void
fact(const struct fact *f)
{
	uint8_t buf[DATAGRAM_MAX_RECV + FACT_HEADER_MAX], value[18];
	struct endpoint e;
	struct fact again;
	struct prefix p;
	enum attr attr;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w, buf, sizeof(buf));
	fact_put(&w, f);
	REQUIRE(!w.bad && w.off == fact_size(f));
	rbuf_init(&r, buf, w.off);
	REQUIRE(fact_next(&r, &again) == 1 && rbuf_done(&r));
	REQUIRE(again.attr == f->attr && again.ttl_s == f->ttl_s);
	REQUIRE(key_eq(&again.subject, &f->subject) && again.len == f->len);
	REQUIRE(f->len == 0 || memcmp(again.value, f->value, f->len) == 0);
	switch (f->attr) {
	case ATTR_ENDPOINT_V4:
	case ATTR_ENDPOINT_V6:
		e = fact_endpoint(f);
		REQUIRE(fact_endpoint_value(&e, value, &attr) == f->len);
		REQUIRE(attr == f->attr);
		REQUIRE(memcmp(value, f->value, f->len) == 0);
		break;
	case ATTR_ALLOWED_V4:
	case ATTR_ALLOWED_V6:
		p = fact_prefix(f);
		REQUIRE(p.len <= addr_bits(&p.addr));
		REQUIRE(fact_prefix_value(&p, value, &attr) == f->len);
		REQUIRE(attr == f->attr && value[f->len - 1] == p.len);
		break;
	case ATTR_METADATA:
		metadata(f);
		break;
	default:
		break;
	}
	REQUIRE(strcmp(fact_attr_name(f->attr), "unknown") != 0);
}

/* Is the body, fact by fact, one that netd takes? */
static bool
body(const struct group *g)
{
	struct rbuf r;
	struct fact f;
	int n;

	rbuf_init(&r, g->body, g->len);
	while ((n = fact_next(&r, &f)) == 1) {
		REQUIRE(
		    f.value >= g->body && f.value + f.len <= g->body + g->len);
		fact(&f);
	}
	REQUIRE((n == 0) == group_body_valid(g->body, g->len));
	return n == 0;
}

static void
outer(const struct group *g)
{
	uint8_t buf[DATAGRAM_MAX_RECV + GROUP_OVERHEAD];
	struct group again;
	size_t len = group_build(buf, sizeof(buf), g);

	REQUIRE(len > 0 && group_parse(buf, len, &again) == 0);
	REQUIRE(key_eq(&again.signer, &g->signer) && again.len == g->len);
	REQUIRE(memcmp(again.nonce, g->nonce, NONCE_LEN) == 0);
	REQUIRE(memcmp(again.tag, g->tag, TAG_LEN) == 0);
	REQUIRE(memcmp(again.body, g->body, g->len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct addr nowhere;
	struct node *n;
	struct addr src;
	struct group g;
	enum crypt_status status;
	enum drop d;
	uint8_t *datagram;
	bool parsed;

	if (size < 2)
		return 0;
	status = (enum crypt_status)(data[0] % (CRYPT_RATE + 1));
	src = data[1] % 8 != 0 ? key_auto_addr(&sender) : nowhere;
	datagram = fuzz_copy(data + 2, size - 2);
	n = make_node();
	parsed = group_parse(datagram, size - 2, &g) == 0;
	if (parsed) {
		REQUIRE(g.len <= BODY_MAX_RECV);
		outer(&g);
		(void)body(&g);
	}
	d = node_screen(n, NOW_NS, &src, data[1] % 8 != 1 ? 51821 : 51820,
	    datagram, size - 2, &g);
	REQUIRE(parsed || d == DROP_SIZE || d == DROP_FORMAT);
	if (d == DROP_NONE) {
		REQUIRE(key_eq(&g.signer, &sender) && data[1] % 8 > 1);
		d = node_accept(n, NOW_NS, &g, status);
		REQUIRE((d == DROP_NONE) == (status == CRYPT_OK && body(&g)));
		/* Once and no more. */
		if (d == DROP_NONE)
			REQUIRE(node_screen(n, NOW_NS, &src, 51821, datagram,
				    size - 2, &g) == DROP_REPLAY);
	}
	REQUIRE(strncmp(drop_name(d), "dropped_", 8) == 0);
	node_free(n);
	free(datagram);
	return 0;
}
