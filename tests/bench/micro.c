/*
 * micro RUNS: what the parts cost that do arithmetic, without processes and
 * sockets around them. Prints a line for each figure and run: a name, a value.
 * Rates are a second, "us" are microseconds each.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "netd/state.h"
#include "privd/seal.h"

#define RUN_NS	 (SECOND_NS / 10) /* of each figure in each run */
#define SUBJECTS 1000
#define PER_BODY 20
#define PORT	 51821

struct micro {
	struct key private, self, peer;
	struct seal *seal;
	struct node *node;
	int64_t now_ns;
	uint8_t body[BODY_MAX];
	struct group good, g; /* by peer */
	uint8_t dgram[DATAGRAM_MAX_SEND];
	size_t len;
	struct addr src;
};

/* One piece of work; returns how many things it did. */
typedef size_t work(struct micro *);

static int64_t
clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

/* Things done in a second of CPU. */
static double
rate(struct micro *m, work *w)
{
	int64_t start_ns = clock_ns(), used_ns;
	size_t done = 0;

	do {
		done += w(m);
		used_ns = clock_ns() - start_ns;
	} while (used_ns < RUN_NS);
	return (double)done * (double)SECOND_NS / (double)used_ns;
}

static size_t
facts(struct micro *m, uint32_t first, uint16_t ttl_s)
{
	uint8_t value[6] = {198, 51, 100, 1, 0xca, 0x6c};
	struct fact f = {.attr = ATTR_ENDPOINT_V4,
	    .subject = m->peer,
	    .ttl_s = ttl_s,
	    .value = value,
	    .len = sizeof(value)};
	struct wbuf w;

	wbuf_init(&w, m->body, sizeof(m->body));
	for (uint32_t i = first; i < first + PER_BODY; i++) {
		memcpy(f.subject.b, &i, sizeof(i));
		fact_put(&w, &f);
	}
	return w.bad ? 0 : w.off;
}

/* Two keys, the secret between them, and a datagram that is good. */
static void
start_keys(struct micro *m)
{
	struct key theirs;

	randombytes_buf(m->private.b, KEY_LEN);
	crypto_scalarmult_base(m->self.b, m->private.b);
	randombytes_buf(theirs.b, KEY_LEN);
	crypto_scalarmult_base(m->peer.b, theirs.b);
	m->seal = seal_new(m->private.b);
	if (m->seal == NULL)
		errx(1, "no locked memory");
	m->src = key_auto_addr(&m->peer);
	m->g.signer = m->peer;
	m->g.body = m->body;
	m->g.len = facts(m, 1, FACT_TTL_S);
	seal_make(m->seal, &m->peer, m->body, m->g.len, m->g.nonce, m->g.tag);
	m->len = group_build(m->dgram, sizeof(m->dgram), &m->g);
	m->good = m->g;
}

/* A core of its own for each run: the peer is a router, whom it believes
 * about members. */
static void
start_node(struct micro *m)
{
	const struct conf_link conf = {.membership = MEMBERSHIP_ROUTERS};
	const uint8_t seed[32] = {1};
	struct m_link link = {.ifindex = 9,
	    .ifname = "wg0",
	    .key = m->self,
	    .listen_port = 51820,
	    .port = PORT};
	struct m_peer peer = {.key = m->peer, .nprefixes = 1};
	struct m_prefix prefix = {0};

	m->now_ns = 1000 * SECOND_NS;
	m->g = m->good;
	facts(m, 1, FACT_TTL_S);
	m->node = node_new(&conf, seed);
	if (m->node == NULL ||
	    prefix_parse("10.7.0.0/24", &prefix.prefix) == -1)
		errx(1, "start");
	link.auto_addr = key_auto_addr(&link.key);
	node_link_up(m->node, m->now_ns, &link);
	node_device_begin(m->node, m->now_ns, m->now_ns);
	node_device_peer(m->node, &peer);
	node_device_prefix(m->node, &prefix);
	node_device_end(m->node, m->now_ns);
}

static size_t
parse(struct micro *m)
{
	struct group g;
	struct fact f;
	struct rbuf r;
	size_t n = 0;

	if (group_parse(m->dgram, m->len, &g) == -1 ||
	    !group_body_valid(g.body, g.len))
		errx(1, "parse");
	rbuf_init(&r, g.body, g.len);
	while (fact_next(&r, &f) == 1)
		n++;
	if (n != PER_BODY)
		errx(1, "parse: %zu facts", n);
	return 1;
}

static size_t
verify(struct micro *m)
{
	if (seal_check(m->seal, &m->peer, m->body, m->g.len, m->g.nonce,
		m->g.tag) != CRYPT_OK)
		errx(1, "verify");
	return 1;
}

static size_t
x25519(struct micro *m)
{
	uint8_t out[KEY_LEN];

	return crypto_scalarmult(out, m->private.b, m->peer.b) == 0;
}

static size_t
poly1305(struct micro *m)
{
	uint8_t tag[crypto_onetimeauth_BYTES];

	return crypto_onetimeauth(tag, m->body, m->g.len, m->private.b) == 0;
}

/* Facts that are new, then the same renewed: the way of a group that privd
 * has found good. */
static size_t
take(struct micro *m, uint16_t ttl_s)
{
	struct action act;
	size_t done = 0;

	for (uint32_t i = 0; i < SUBJECTS; i += PER_BODY) {
		m->g.len = facts(m, i, ttl_s);
		randombytes_buf(m->g.nonce, NONCE_LEN);
		if (node_accept(m->node, m->now_ns, &m->g, CRYPT_OK) !=
		    DROP_NONE)
			errx(1, "accept");
		done += PER_BODY;
	}
	/* Nobody acts on it here: what would be told is let go. */
	while (m->node->nevents > 0 && node_next(m->node, m->now_ns, &act) &&
	    act.kind == ACT_EVENT)
		;
	return done;
}

static size_t
merge_new(struct micro *m)
{
	uint64_t before = m->node->facts_new;
	size_t done = take(m, 1);
	bool relied;

	if (m->node->facts_new - before != done)
		errx(1, "not all facts are taken as new");
	m->now_ns += 2 * SECOND_NS;
	factdb_expire(&m->node->db, m->now_ns, &relied);
	return done;
}

static size_t
merge_again(struct micro *m)
{
	uint64_t before = m->node->facts_new;
	size_t done;

	m->now_ns += SECOND_NS;
	done = take(m, FACT_TTL_S);
	if (m->node->facts_new != before && before != 0)
		errx(1, "facts are taken as new again");
	return done;
}

/* What the two processes do with a datagram whose tag is wrong, but for
 * handing it to each other. */
static size_t
bad_tag(struct micro *m)
{
	static uint8_t buf[MSG_PAYLOAD];
	uint8_t dgram[DATAGRAM_MAX_SEND], status[BATCH_MAX];
	struct m_body body[BATCH_MAX];
	struct group g[BATCH_MAX];
	struct wbuf w;
	struct rbuf r;

	m->now_ns += SECOND_NS;
	memcpy(dgram, m->dgram, m->len);
	wbuf_init(&w, buf, sizeof(buf));
	for (size_t i = 0; i < BATCH_MAX; i++) {
		struct m_body b = {.peer = m->peer};

		dgram[m->len - 1] ^= 1;
		if (node_screen(m->node, m->now_ns, &m->src, PORT, dgram,
			m->len, &g[i]) != DROP_NONE)
			errx(1, "screen");
		memcpy(b.nonce, g[i].nonce, NONCE_LEN);
		memset(b.tag, 0, TAG_LEN);
		b.body = g[i].body;
		b.len = g[i].len;
		enc_check(&w, &b);
	}
	rbuf_init(&r, buf, w.off);
	for (size_t i = 0; i < BATCH_MAX; i++) {
		if (dec_check(&r, &body[i]) == -1)
			errx(1, "decode");
		status[i] = (uint8_t)seal_check(m->seal, &body[i].peer,
		    body[i].body, body[i].len, body[i].nonce, body[i].tag);
	}
	for (size_t i = 0; i < BATCH_MAX; i++)
		if (node_accept(m->node, m->now_ns, &g[i],
			(enum crypt_status)status[i]) != DROP_SIGNATURE)
			errx(1, "accept");
	return BATCH_MAX;
}

static const struct {
	const char *name;
	work *work;
	bool each; /* microseconds, not a rate */
} figures[] = {
    {"parsed", parse, false},
    {"verified", verify, false},
    {"x25519_us", x25519, true},
    {"poly1305_us", poly1305, true},
    {"bad_tag_us", bad_tag, true},
    {"merged_new", merge_new, false},
    {"merged_again", merge_again, false},
};

int
main(int argc, char **argv)
{
	static struct micro m;
	const char *error;
	long long runs;
	double r;

	if (argc != 2)
		errx(2, "usage: micro runs");
	runs = strtonum(argv[1], 1, 1000, &error);
	if (error != NULL || sodium_init() == -1)
		errx(2, "%s: no number", argv[1]);
	start_keys(&m);
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		for (long long k = 0; k < runs; k++) {
			start_node(&m);
			r = rate(&m, figures[i].work);
			printf("%s %.3f\n", figures[i].name,
			    figures[i].each ? 1e6 / r : r);
			node_free(m.node);
		}
	}
	return 0;
}
