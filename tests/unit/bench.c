/* See bench.h. */
#include <criterion/criterion.h>

#include <string.h>

#include "tests/unit/bench.h"

struct key
bench_key(uint8_t i)
{
	struct key k = {{i}};

	k.b[31] = 5;
	return k;
}

struct prefix
bench_prefix(const char *s)
{
	struct prefix p;

	cr_assert_eq(prefix_parse(s, &p), 0, "%s", s);
	return p;
}

void
bench_give(struct bench *b, size_t i, const char *prefix, bool ours)
{
	struct bench_peer *p = &b->peers[i];

	cr_assert_lt(p->nprefixes, BENCH_PREFIXES);
	p->prefixes[p->nprefixes].prefix = bench_prefix(prefix);
	p->prefixes[p->nprefixes++].ours = ours;
}

void
bench_snapshot(struct bench *b)
{
	node_device_begin(b->n, b->now_ns, b->now_ns);
	for (size_t i = 0; i < b->npeers; i++) {
		const struct bench_peer *p = &b->peers[i];

		node_device_peer(b->n, &p->m);
		for (size_t k = 0; k < p->nprefixes; k++)
			node_device_prefix(b->n, &p->prefixes[k]);
	}
	node_device_end(b->n, b->now_ns);
}

void
bench_init(struct bench *b)
{
	struct conf_link conf = {.membership = MEMBERSHIP_ROUTERS};
	struct m_link link = {.ifindex = 9,
	    .ifname = "wg0",
	    .key = bench_key(100),
	    .listen_port = 51820,
	    .port = 51821};
	const uint8_t seed[32] = {1};

	memset(b, 0, sizeof(*b));
	b->now_ns = 1000 * SECOND_NS;
	link.auto_addr = key_auto_addr(&link.key);
	b->n = node_new(&conf, seed);
	cr_assert_not_null(b->n);
	node_link_up(b->n, b->now_ns, &link);
	b->npeers = BENCH_PEERS;
	for (uint8_t i = 0; i < BENCH_PEERS; i++) {
		struct addr a;
		char text[ADDR_STRLEN];

		b->peers[i].m.key = bench_key((uint8_t)(i + 1));
		a = key_auto_addr(&b->peers[i].m.key);
		bench_give(b, i, addr_format(&a, text), true);
	}
	bench_give(b, 0, "10.7.0.0/16", false);
	bench_snapshot(b);
	/* No earlier run has said anything of them. */
	for (size_t i = 0; i < BENCH_PEERS; i++)
		bench_peer(b, i)->said = FACT_LINK_READY;
	bench_events(b, EV_LINK_UP);
}

void
bench_free(struct bench *b)
{
	node_free(b->n);
}

struct peer *
bench_peer(struct bench *b, size_t i)
{
	struct peer *p = peer_find(b->n, &b->peers[i].m.key);

	cr_assert_not_null(p, "peer %zu", i);
	return p;
}

void
bench_works(struct bench *b, size_t i, bool alive, bool ext)
{
	struct m_peer *m = &b->peers[i].m;
	char text[ENDPOINT_STRLEN] = "203.0.113.0:51820";
	struct peer *p;

	text[10] = (char)('1' + i);
	cr_assert_eq(endpoint_parse(text, &m->endpoint), 0);
	m->handshake_ns = b->now_ns;
	bench_snapshot(b);
	if (!alive)
		return;
	p = bench_peer(b, i);
	p->has_boot_id = true;
	p->caps = ext ? CAP_ACK : 0;
	p->heard_ns = b->now_ns;
	p->alive_since_ns = b->now_ns;
	p->alive_until_ns = b->now_ns + FACT_TTL_S * SECOND_NS;
}

void
bench_state(struct bench *b, size_t by, size_t i, const char *prefix)
{
	uint8_t value[18];
	struct prefix p = bench_prefix(prefix);
	struct fact f = {
	    .ttl_s = 600, .subject = b->peers[i].m.key, .value = value};
	uint32_t index;

	f.len = fact_prefix_value(&p, value, &f.attr);
	factdb_put(&b->n->db, b->now_ns, &f, bench_peer(b, by)->slot, &index);
	cr_assert_neq(index, NO_FACT);
}

size_t
bench_events(struct bench *b, enum event_code code)
{
	struct node *n = b->n;
	size_t count = 0;

	for (; n->nevents > 0; n->nevents--) {
		count += n->events[n->event_first].code == code;
		n->event_first = (n->event_first + 1) % MAX_EVENTS;
	}
	return count;
}

void
bench_says(struct bench *b, size_t by, enum attr attr,
    const struct key *subject, uint16_t ttl_s, const void *value, size_t len)
{
	struct fact f = {.attr = attr,
	    .subject = *subject,
	    .ttl_s = ttl_s,
	    .value = value,
	    .len = len};
	struct group g = {.signer = b->peers[by].m.key};
	uint8_t body[BODY_MAX];
	struct wbuf w;

	wbuf_init(&w, body, sizeof(body));
	fact_put(&w, &f);
	g.body = body;
	g.len = w.off;
	b->nonces++;
	memcpy(g.nonce, &b->nonces, sizeof(b->nonces));
	cr_assert_eq(node_accept(b->n, b->now_ns, &g, CRYPT_OK), DROP_NONE);
}
