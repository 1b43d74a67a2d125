/*
 * Members that were taken over. Each has a key that all others know, a place
 * in WireGuard, no core: it says what it likes, at a rate, by datagrams made
 * here, and acknowledges what it gets, so that it counts as direct.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define LONG_CUT_S  220 /* until no session is left */
#define ALIVE_NS    (10 * SECOND_NS) /* between two honest words */
#define PROBE_EVERY (SECOND_NS / 70) /* more than is taken from a peer */
#define THIRD_PORT  53
#define NOBODIES    6 /* that a source names */

struct rogue {
	uint64_t seq; /* of its datagrams */
	uint64_t link_seq;
	uint8_t boot_id[BOOT_ID_LEN];
	uint32_t next_victim;
	int64_t alive_ns;
	struct inner *heard; /* the last group from anybody, to play with */
	uint32_t heard_from;
	struct group spent; /* one of its own, to be said again */
	uint8_t spent_body[64];
};

static struct rogue rogues[MAX_NODES];

struct say {
	struct sim *s;
	struct host *h; /* who says it */
	struct rogue *r;
	uint32_t to;
	bool bad; /* the signature */
	struct wbuf w;
	uint8_t body[BODY_MAX];
};

static void
put(struct say *y, enum attr attr, const struct key *subject, uint16_t ttl_s,
    const void *value, size_t len)
{
	struct fact f = {.attr = attr,
	    .subject = *subject,
	    .ttl_s = ttl_s,
	    .value = value,
	    .len = len};

	if (fact_size(&f) <= wbuf_left(&y->w))
		fact_put(&y->w, &f);
}

static void
put_alive(struct say *y, uint16_t ttl_s)
{
	put(y, ATTR_ALIVE, &y->h->key, ttl_s, y->r->boot_id, BOOT_ID_LEN);
}

static void
put_ping(struct say *y)
{
	put(y, ATTR_PING, &y->h->key, 0, NULL, 0);
}

/* The i-th address at which nobody of the network is. */
static void
put_third(struct say *y, const struct key *subject, uint64_t i, uint16_t ttl_s)
{
	struct endpoint e = {.port = THIRD_PORT};
	uint8_t value[18];
	enum attr attr;
	size_t len;

	e.addr = addr_v4((const uint8_t[4]){
	    100, (uint8_t)(1 + (i >> 16) % 60), (uint8_t)(i >> 8), (uint8_t)i});
	len = fact_endpoint_value(&e, value, &attr);
	put(y, attr, subject, ttl_s, value, len);
}

static struct key
random_key(struct sim *s)
{
	struct key k;

	for (size_t i = 0; i < KEY_LEN; i++)
		k.b[i] = (uint8_t)sim_random(s);
	return k;
}

/* Some other member than whom it talks to. */
static const struct host *
anybody(const struct say *y)
{
	uint32_t i;

	do {
		i = sim_below(y->s, (uint32_t)y->s->n);
	} while (i == y->to);
	return &y->s->hosts[i];
}

/*
 * What it says.
 */
static void
subjects(struct say *y)
{
	while (wbuf_left(&y->w) > 80) {
		struct key k = random_key(y->s);

		put_third(y, &k, sim_random(y->s), FACT_TTL_MAX);
	}
}

/* Takes back what it said of each and says as much that is new, so that
 * there is always something that nobody has tried. */
static void
endpoints(struct say *y)
{
	uint64_t q = y->r->seq / y->s->n;

	for (uint32_t i = 0; i < y->s->n; i++) {
		const struct key *k = &y->s->hosts[i].key;
		uint64_t first = (y->h->index * 8 + i) * 65536 + q * 3;

		for (uint64_t e = 0; e < 3 && q > 0; e++)
			put_third(y, k, first - 3 + e, 0);
		for (uint64_t e = 0; e < 3; e++)
			put_third(y, k, first + e, FACT_TTL_MAX);
	}
}

/* The same for as long as it lasts: what is said first has the room. */
static void
squatting(struct say *y)
{
	for (uint32_t i = 0; i < y->s->n; i++) {
		for (uint64_t e = 0; e < 3; e++)
			put_third(y, &y->s->hosts[i].key,
			    (y->h->index * 8 + i) * 65536 + e, FACT_TTL_MAX);
	}
}

static void
lifetimes(struct say *y)
{
	put_alive(y, y->r->seq / y->s->n % 2 == 0 ? 0 : 1);
	put_third(y, &anybody(y)->key, y->r->seq % 4,
	    sim_chance(y->s, 0.5) ? 0 : FACT_TTL_MAX);
}

static void
boot_ids(struct say *y)
{
	uint8_t id[BOOT_ID_LEN];

	for (size_t i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)sim_random(y->s);
	boot_id_make(id, CAP_ACK | CAP_DIGEST, y->r->boot_id);
	put_alive(y, FACT_TTL_S);
	put_ping(y);
}

/* Its side of the path is up, is down; the router passes it on. */
static void
links(struct say *y)
{
	for (uint32_t i = 0; i < y->s->n; i++) {
		uint8_t value[FACT_LINK_LEN];
		struct wbuf w;

		wbuf_init(&w, value, sizeof(value));
		wbuf_u64(&w, ++y->r->link_seq);
		wbuf_bytes(&w, y->r->boot_id, FACT_LINK_BOOT_LEN);
		wbuf_key(&w, &y->s->hosts[i].key);
		wbuf_u8(&w, (uint8_t)sim_below(y->s, 3));
		put(y, ATTR_LINK, &y->h->key, FACT_TTL_S, value, sizeof(value));
	}
}

static void
put_prefix(
    struct say *y, const struct key *subject, const struct addr *a, uint8_t len)
{
	uint8_t value[18];
	struct prefix p;
	enum attr attr;
	size_t n;

	prefix_make(a, len, &p);
	n = fact_prefix_value(&p, value, &attr);
	put(y, attr, subject, FACT_TTL_MAX, value, n);
}

/* All is its own, its own is everybody's; and names. */
static void
prefixes(struct say *y)
{
	static const uint8_t name[] = {
	    'n', 7, '\x1b', '[', '2', 'J', '\n', '\r', '\a'};
	const struct addr any = addr_v4((const uint8_t[4]){0});

	put_prefix(y, &y->h->key, &any, 0);
	put_prefix(y, &y->h->key, &any, 1);
	put_prefix(y, &y->h->key, &y->s->hosts[0].tunnel[0], 24);
	put_prefix(y, &y->h->key, &y->s->hosts[0].tunnel[0], 25);
	for (uint32_t i = 0; i < y->s->n; i++) {
		put_prefix(y, &y->h->key, &y->s->hosts[i].tunnel[0], 32);
		put_prefix(y, &y->s->hosts[i].key, &anybody(y)->tunnel[0], 32);
		put(y, ATTR_MEMBER, &y->s->hosts[i].key, FACT_TTL_MAX, NULL, 0);
	}
	put(y, ATTR_METADATA, &anybody(y)->key, FACT_TTL_MAX, name,
	    sizeof(name));
}

static void
signatures(struct say *y)
{
	squatting(y);
	y->bad = true;
}

/* Its own words again, and what it heard, as it was and under its key. */
static void
replays(struct say *y)
{
	struct rogue *r = y->r;
	struct group g;

	if (r->spent.len == 0) {
		put_third(y, &anybody(y)->key, 1, FACT_TTL_S);
		r->spent.len = y->w.off;
		memcpy(r->spent_body, y->body, y->w.off);
		r->spent.signer = y->h->key;
		memset(r->spent.nonce, 7, NONCE_LEN);
	}
	wbuf_init(&y->w, y->body, sizeof(y->body));
	r->spent.body = r->spent_body;
	helper_send_group(y->s, y->h, y->to, &r->spent, true);
	if (r->heard == NULL || r->heard_from != y->to ||
	    group_parse(r->heard->facts, r->heard->nfacts, &g) == -1)
		return;
	helper_send_group(y->s, y->h, y->to, &g, true);
	g.signer = y->h->key;
	helper_send_group(y->s, y->h, y->to, &g, true);
}

static void
pings(struct say *y)
{
	put_alive(y, FACT_TTL_S);
	put_ping(y);
}

/* Its word counts: it says that some keys of nobody are members, where they
 * are, what they hold and how they are called, again and again. */
static void
members(struct say *y)
{
	static const uint8_t name[] = {3, 'n', 1, 'x'};

	for (uint8_t i = 0; i < NOBODIES; i++) {
		struct addr a = y->s->hosts[0].tunnel[0];
		struct key k = y->s->hosts[0].key; /* all lie alike */

		k.b[5] ^= (uint8_t)(i + 1);
		a.b[3] = (uint8_t)(100 + i);
		put(y, ATTR_MEMBER, &k, FACT_TTL_MAX, NULL, 0);
		put_prefix(y, &k, &a, 32);
		put(y, ATTR_METADATA, &k, FACT_TTL_MAX, name, sizeof(name));
		put_third(y, &k, i, FACT_TTL_MAX);
	}
}

static void
put_digest(struct say *y, uint8_t flags, uint16_t ttl_s, uint64_t sum,
    const uint8_t *nonce)
{
	uint8_t value[FACT_DIGEST_ANSWER_LEN];
	struct wbuf w;

	wbuf_init(&w, value, sizeof(value));
	wbuf_u8(&w, flags);
	wbuf_u64(&w, sum);
	if ((flags & DIGEST_ANSWER) != 0)
		wbuf_bytes(&w, nonce, ACK_NONCE_LEN);
	put(y, ATTR_DIGEST, &y->h->key, ttl_s, value, w.off);
}

/* The sum of what the body says to whom it goes. */
static uint64_t
body_sum(const struct say *y)
{
	uint64_t sum = 0;
	struct rbuf r;
	struct fact f;

	rbuf_init(&r, y->body, y->w.off);
	while (fact_next(&r, &f) == 1) {
		if (!key_eq(&f.subject, &y->s->hosts[y->to].key))
			sum += fact_id(&f);
	}
	return sum;
}

/* Squats, and has it renewed without end; asks, answers what nobody asked,
 * sums of anything, doubts whatever it is told. */
static void
digests(struct say *y)
{
	uint8_t nonce[ACK_NONCE_LEN] = {(uint8_t)sim_random(y->s)};
	uint64_t sum;

	squatting(y);
	sum = body_sum(y);
	if (y->r->seq / y->s->n % 8 != 0)
		wbuf_init(&y->w, y->body, sizeof(y->body));
	switch (sim_below(y->s, 4)) {
	case 0:
		put_digest(y, DIGEST_ASK, FACT_TTL_MAX, sum, NULL);
		break;
	case 1:
		put_digest(y, DIGEST_ASK, FACT_TTL_MAX, sim_random(y->s), NULL);
		break;
	case 2:
		put_digest(
		    y, DIGEST_ANSWER | DIGEST_DOUBT, FACT_TTL_S, sum, nonce);
		break;
	default:
		put_digest(y, DIGEST_ASK | DIGEST_DOUBT, 0, 0, NULL);
		break;
	}
}

/* Everybody is to be believed, and whoever talks with it. */
static void
trust(struct say *y)
{
	static const uint8_t level = TRUST_MEMBERSHIP;

	for (uint32_t i = 0; i < y->s->n; i++)
		put(y, ATTR_TRUST, &y->s->hosts[i].key, FACT_TTL_MAX, &level,
		    1);
	members(y);
}

static void everything(struct say *y);

static const struct rogue_kind kinds[] = {
    {"made-up-subjects", subjects, 1, 1, 30, TRUST_UNTRUSTED},
    {"endpoints-changed-all-the-time", endpoints, 1, 1, LONG_CUT_S,
	TRUST_UNTRUSTED},
    {"endpoints-of-three-members", squatting, 3, 1, LONG_CUT_S,
	TRUST_UNTRUSTED},
    {"lifetimes", lifetimes, 1, 1, 30, TRUST_UNTRUSTED},
    {"boot-ids", boot_ids, 1, 1, 30, TRUST_UNTRUSTED},
    {"links", links, 1, 1, 30, TRUST_UNTRUSTED},
    {"prefixes-and-names", prefixes, 1, 1, 30, TRUST_UNTRUSTED},
    {"bad-signatures", signatures, 1, 8, 30, TRUST_UNTRUSTED},
    {"replays", replays, 1, 2, 30, TRUST_UNTRUSTED},
    {"pings", pings, 1, 2, 30, TRUST_UNTRUSTED},
    {"digests", digests, 1, 1, LONG_CUT_S, TRUST_UNTRUSTED},
    {"trust-of-everybody", trust, 1, 1, 30, TRUST_UNTRUSTED},
    {"a-lying-source", members, 1, 1, 30, TRUST_MEMBERSHIP},
    {"a-false-delegate", trust, 2, 1, 30, TRUST_DELEGATE},
    {"everything", everything, 2, 2, 30, TRUST_UNTRUSTED},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct rogue_kind *
rogue_kind(size_t kind)
{
	return kind < KINDS ? &kinds[kind] : NULL;
}

static void
everything(struct say *y)
{
	kinds[sim_below(y->s, KINDS - 3)].say(y);
}

/*
 * Who says it.
 */
static void
send_body(struct say *y)
{
	struct group g = {
	    .signer = y->h->key, .body = y->body, .len = y->w.off};

	for (size_t i = 0; i < NONCE_LEN; i++)
		g.nonce[i] = (uint8_t)sim_random(y->s);
	helper_send_group(y->s, y->h, y->to, &g, !y->bad);
}

static void
say_init(struct say *y, struct sim *s, struct host *h, uint32_t to)
{
	y->s = s;
	y->h = h;
	y->r = &rogues[h->index];
	y->to = to;
	y->bad = false;
	wbuf_init(&y->w, y->body, sizeof(y->body));
}

/* A place in WireGuard, with everybody, before it says a word. */
void
rogue_start(struct sim *s, struct host *h)
{
	struct rogue *r = &rogues[h->index];

	free(r->heard);
	memset(r, 0, sizeof(*r));
	r->link_seq = (uint64_t)1 << 62;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct host *o = &s->hosts[i];
		struct prefix own;
		uint32_t from;

		if (i == h->index || o->hostile)
			continue;
		prefix_make(&o->auto_addr, 128, &own);
		device_add(s, h, i, true);
		device_allow(h, i, &own, &from);
		h->peers[i]->endpoint = public_endpoint(o);
	}
	queue_put(s, s->now_ns, DO_HOSTILE, h->index, 0, 0, NULL);
}

void
rogue_stop(struct host *h)
{
	free(rogues[h->index].heard);
	rogues[h->index].heard = NULL;
}

/* Acknowledges, so as to be thought well of. */
void
rogue_receive(struct sim *s, struct host *h, const struct inner *in)
{
	static struct say y;
	struct group g;
	struct rbuf r;
	struct fact f;
	uint32_t from = 0;

	if (group_parse(in->facts, in->nfacts, &g) == -1)
		return;
	while (from < s->n && !key_eq(&s->hosts[from].key, &g.signer))
		from++;
	if (from == s->n)
		return;
	say_init(&y, s, h, from);
	free(y.r->heard);
	y.r->heard = inner_copy(in);
	y.r->heard_from = from;
	rbuf_init(&r, g.body, g.len);
	while (fact_next(&r, &f) == 1) {
		uint8_t ack[1 + ACK_NONCE_LEN] = {1};

		if (f.attr == ATTR_DIGEST && (f.value[0] & DIGEST_ASK) != 0) {
			put_digest(&y, DIGEST_ANSWER, 0, 0, g.nonce);
			send_body(&y);
			return;
		}
		if (f.attr != ATTR_PING)
			continue;
		memcpy(ack + 1, g.nonce, ACK_NONCE_LEN);
		put(&y, ATTR_ACK, &h->key, 0, ack, sizeof(ack));
		send_body(&y);
		return;
	}
}

/* One datagram to the next of the others. */
void
rogue_act(struct sim *s, struct host *h)
{
	static struct say y;
	struct rogue *r = &rogues[h->index];
	const struct rogue_kind *k = &kinds[s->hostile_kind];
	bool attacks = s->now_ns >= ROGUE_BEGIN_NS && !s->hostile_idle;
	size_t others = s->n - k->rogues;

	if (s->now_ns >= s->hostile_end_ns)
		return;
	if (r->boot_id[0] == 0 && r->boot_id[1] == 0) {
		say_init(&y, s, h, 0);
		boot_ids(&y);
	}
	if (s->now_ns >= r->alive_ns) {
		r->alive_ns = s->now_ns + ALIVE_NS;
		for (uint32_t i = 0; i < others; i++) {
			say_init(&y, s, h, i);
			put_alive(&y, FACT_TTL_S);
			put_ping(&y);
			send_body(&y);
		}
	}
	for (unsigned int i = 0; i < k->rate && attacks; i++) {
		say_init(&y, s, h, (uint32_t)(r->seq % others));
		k->say(&y);
		r->seq++;
		if (y.w.off > 0)
			send_body(&y);
	}
	queue_put(s,
	    s->now_ns + (attacks ? PROBE_EVERY / (int64_t)others : SECOND_NS),
	    DO_HOSTILE, h->index, 0, 0, NULL);
}
