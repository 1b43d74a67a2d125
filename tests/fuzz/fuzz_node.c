/*
 * netd's core past the signature check: a live node with peers, a clock and a
 * device that does as it is told, and a script of what members and the host
 * do to it. What it asks for must make sense, and come to an end.
 *
 * Covers: netd/intake.c netd/factdb.c netd/facttable.c netd/fact.c
 * netd/knowledge.c netd/gossip.c netd/path.c netd/peer.c netd/snapshot.c
 * netd/plan.c netd/members.c netd/candidates.c netd/tries.c netd/node.c
 * netd/view.c netd/hosts.c netd/trust.c
 */
#include <stdlib.h>
#include <string.h>

#include "netd/node.h"
#include "netd/trust.h"
#include "tests/fuzz/fuzz.h"

#define WALL_NS	     (INT64_C(1800000000) * SECOND_NS)
#define NPEERS	     6 /* on the device from the start; 0 is a router */
#define NKEYS	     10 /* that facts may be about; the last is our own */
#define MODEL_PEERS  24
#define MODEL_PREFIX 32
#define NONCES	     16
#define ACTIONS_MAX  2000 /* at one time of the clock */

struct model_peer {
	struct m_peer m;
	struct m_prefix prefixes[MODEL_PREFIX];
};

static struct {
	struct node *n;
	int64_t now_ns;
	enum conf_membership membership;
	struct key self;
	struct model_peer peers[MODEL_PEERS];
	size_t npeers;
	uint64_t nonce; /* of datagrams of peers */
	uint64_t our_nonce;
	struct { /* what was sent last, to be acknowledged */
		struct key to;
		uint8_t nonce[NONCE_LEN];
	} sent[NONCES];
	size_t nsent;
	unsigned int refuse; /* so many changes are refused */
	bool lossy; /* nothing is sealed */
	bool no_device; /* no snapshot is to be had */
	bool down; /* none is told: the interface is out of use */
	bool untold; /* the device may have changed since it was told */
} s;

static struct key
nth_key(uint8_t i)
{
	return i % NKEYS == NKEYS - 1 ? s.self : fuzz_key((uint8_t)(i % NKEYS));
}

static struct model_peer *
model_find(const struct key *k)
{
	for (size_t i = 0; i < s.npeers; i++) {
		if (key_eq(&s.peers[i].m.key, k))
			return &s.peers[i];
	}
	return NULL;
}

static void
model_drop(struct model_peer *p, const struct prefix *prefix)
{
	for (size_t i = 0; i < p->m.nprefixes; i++) {
		if (prefix_eq(&p->prefixes[i].prefix, prefix))
			p->prefixes[i--] = p->prefixes[--p->m.nprefixes];
	}
}

static void
model_give(struct model_peer *p, const struct prefix *prefix, bool ours)
{
	for (size_t i = 0; i < s.npeers; i++)
		model_drop(&s.peers[i], prefix);
	if (p->m.nprefixes == MODEL_PREFIX)
		return;
	p->prefixes[p->m.nprefixes].prefix = *prefix;
	p->prefixes[p->m.nprefixes++].ours = ours;
}

static struct model_peer *
model_add(const struct key *k, bool ours)
{
	struct model_peer *p;

	if (s.npeers == MODEL_PEERS)
		return NULL;
	p = &s.peers[s.npeers++];
	memset(p, 0, sizeof(*p));
	p->m.key = *k;
	p->m.ours = ours;
	return p;
}

static void
snapshot(void)
{
	s.untold = s.no_device || s.down;
	if (s.down)
		return;
	if (s.no_device) {
		node_device_failed(s.n, s.now_ns);
		return;
	}
	node_device_begin(s.n, s.now_ns, WALL_NS + s.now_ns);
	for (size_t i = 0; i < s.npeers; i++) {
		node_device_peer(s.n, &s.peers[i].m);
		for (size_t k = 0; k < s.peers[i].m.nprefixes; k++)
			node_device_prefix(s.n, &s.peers[i].prefixes[k]);
	}
	node_device_end(s.n, s.now_ns);
}

static void
result(const struct action *a, int error)
{
	struct m_result r = {.error = error, .index = RESULT_NO_INDEX};

	r.rule = error == 1 ? 12 : 0;
	if (error == 1 && a->kind == ACT_PEER_SET && a->set.nadd > 0)
		r.index = 0;
	node_result(s.n, s.now_ns, a->token, &r);
}

/* A change that privd can read, of a peer that is not ourselves. */
static void
act_set(const struct action *a)
{
	static uint8_t buf[MSG_PAYLOAD];
	const struct m_peer_set *set = &a->set;
	struct msg m = {.type = MSG_PEER_SET, .payload = buf};
	struct model_peer *p = model_find(&set->key);
	struct wbuf w;

	REQUIRE(!key_is_zero(&set->key) && !key_eq(&set->key, &s.self));
	REQUIRE(!set->may_add || s.membership != MEMBERSHIP_NONE);
	REQUIRE(set->endpoint.addr.family == 0 ||
	    endpoint_is_usable(&set->endpoint));
	wbuf_init(&w, buf, sizeof(buf));
	enc_peer_set(&w, set);
	m.len = w.off;
	REQUIRE(!w.bad && fuzz_message(&m));
	if (s.refuse > 0) {
		s.refuse--;
		result(a, s.refuse % 2 == 0 ? 1 : 11);
		return;
	}
	if (p == NULL && set->may_add)
		p = model_add(&set->key, true);
	if (p == NULL) {
		result(a, 2);
		return;
	}
	if (set->endpoint.addr.family != 0)
		p->m.endpoint = set->endpoint;
	if (set->remake) {
		p->m.handshake_ns = 0;
		p->m.rx_bytes = p->m.tx_bytes = 0;
	}
	if (set->keepalive_s != KEEPALIVE_KEEP)
		p->m.keepalive_s = set->keepalive_s;
	for (size_t i = 0; i < set->nadd; i++)
		model_give(p, &set->add[i], true);
	for (size_t i = 0; i < set->ndel; i++)
		model_drop(p, &set->del[i]);
	result(a, 0);
}

static void
act_remove(const struct action *a)
{
	struct model_peer *p = model_find(&a->key);

	/* Never one that the administrator gave, as far as it was told. */
	REQUIRE(p == NULL || p->m.ours || s.untold);
	if (s.refuse > 0) {
		s.refuse--;
		result(a, 11);
		return;
	}
	if (p != NULL)
		*p = s.peers[--s.npeers];
	result(a, 0);
}

static void
act_send(const struct action *a)
{
	uint8_t datagram[DATAGRAM_MAX_SEND], nonce[NONCE_LEN] = {0};
	struct addr dst = key_auto_addr(&a->key);
	struct group g = {.signer = s.self, .body = a->body, .len = a->len};

	REQUIRE(a->len > 0 && a->len <= BODY_MAX);
	REQUIRE(group_body_valid(a->body, a->len));
	REQUIRE(addr_eq(&dst, &a->dst) && !key_eq(&a->key, &s.self));
	REQUIRE(group_build(datagram, sizeof(datagram), &g) > 0);
	if (s.lossy) {
		node_not_sent(s.n, s.now_ns, a->token,
		    (enum crypt_status)(1 + s.our_nonce++ % CRYPT_RATE));
		return;
	}
	s.our_nonce++;
	memcpy(nonce, &s.our_nonce, sizeof(s.our_nonce));
	memcpy(s.sent[s.nsent % NONCES].nonce, nonce, NONCE_LEN);
	s.sent[s.nsent++ % NONCES].to = a->key;
	node_sent(s.n, s.now_ns, a->token, nonce);
}

static void
act(void)
{
	static struct action a;
	int i = 0;

	for (; node_next(s.n, s.now_ns, &a); i++) {
		REQUIRE(i < ACTIONS_MAX);
		switch (a.kind) {
		case ACT_SEND:
			act_send(&a);
			break;
		case ACT_PEER_SET:
			act_set(&a);
			break;
		case ACT_PEER_REMOVE:
			act_remove(&a);
			break;
		case ACT_DEVICE_GET:
			snapshot();
			break;
		case ACT_RESOLVE: {
			struct m_resolved r = {.error = RESOLVE_TEMPORARY};

			REQUIRE(a.host[0] != '\0');
			if (!s.lossy) {
				r.error = RESOLVE_OK;
				r.n = 1;
				addr_parse("203.0.113.77", &r.addr[0]);
			}
			node_resolved(s.n, s.now_ns, a.host, &r);
			break;
		}
		case ACT_EVENT:
			REQUIRE(a.event.code < EV_MAX);
			break;
		}
	}
}

/* The right sum of a digest now and then: with those of nothing alone a
 * digest would renew little. */
static void
put_sum(uint8_t *out, uint8_t which, const struct key *key)
{
	struct fact_view v;
	uint64_t sum = which == 0 ? 1 : 0;

	for (size_t i = 0; which > 1 && node_fact(s.n, s.now_ns, i, &v); i++) {
		if (!v.local && key_eq(&v.source, key))
			sum += fact_id(&v.fact);
	}
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(sum >> (56 - 8 * i));
}

/* One well-formed fact, or nearly: what the bytes say, with keys that exist. */
static void
put_fact(struct wbuf *w, struct rbuf *r, size_t from)
{
	static const uint8_t attrs[] = {ATTR_ALIVE, ATTR_ENDPOINT_V4,
	    ATTR_ENDPOINT_V6, ATTR_ALLOWED_V4, ATTR_ALLOWED_V6, ATTR_MEMBER,
	    ATTR_METADATA, ATTR_PING, ATTR_ACK, ATTR_LINK, ATTR_DIGEST,
	    ATTR_TRUST};
	static const uint16_t ttls[] = {0, 1, 30, 255, 600, 65535};
	uint8_t value[300] = {0};
	struct fact f = {.value = value};
	struct endpoint e;
	struct prefix p;
	struct key k;
	uint8_t which = rbuf_u8(r), subject = rbuf_u8(r), n;

	f.attr = (enum attr)attrs[which % sizeof(attrs)];
	f.ttl_s = ttls[which / 16 % 6];
	f.subject =
	    subject >= 128 ? nth_key(subject) : s.peers[from % NPEERS].m.key;
	switch (f.attr) {
	case ATTR_ALIVE: /* few ids, with and without our capabilities */
		memset(value, rbuf_u8(r) % 4, BOOT_ID_LEN);
		if (subject % 2 == 0)
			boot_id_make(value,
			    CAP_ACK | CAP_DIGEST | CAP_TRUST | CAP_ORDER,
			    value);
		f.len = BOOT_ID_LEN;
		break;
	case ATTR_ENDPOINT_V4:
	case ATTR_ENDPOINT_V6:
		e.addr = fuzz_addr(r);
		e.port = rbuf_u8(r) % 8 == 0 ? 0 : 51820;
		f.len = fact_endpoint_value(&e, value, &f.attr);
		break;
	case ATTR_ALLOWED_V4:
	case ATTR_ALLOWED_V6:
		p = fuzz_prefix(r);
		f.len = fact_prefix_value(&p, value, &f.attr);
		break;
	case ATTR_METADATA:
		n = rbuf_u8(r) % 120;
		value[0] = n;
		rbuf_bytes(r, value + 1, n);
		f.len = (size_t)n + 1;
		break;
	case ATTR_ACK:
		n = rbuf_u8(r) % 3 + 1;
		value[0] = n;
		for (size_t i = 0; i < n; i++)
			memcpy(value + 1 + i * ACK_NONCE_LEN,
			    s.sent[rbuf_u8(r) % NONCES].nonce, ACK_NONCE_LEN);
		f.len = (size_t)1 + n * ACK_NONCE_LEN;
		break;
	case ATTR_LINK:
		value[7] = rbuf_u8(r);
		memset(
		    value + FACT_LINK_BOOT, rbuf_u8(r) % 4, FACT_LINK_BOOT_LEN);
		k = nth_key(rbuf_u8(r));
		memcpy(value + FACT_LINK_PEER, k.b, KEY_LEN);
		value[FACT_LINK_LEN - 1] = rbuf_u8(r) % 2;
		f.len = FACT_LINK_LEN;
		break;
	case ATTR_DIGEST: /* of nothing, of what it said, or of anything */
		n = rbuf_u8(r);
		value[0] = n & DIGEST_DOUBT;
		value[0] |= n % 2 == 0 ? DIGEST_ASK : DIGEST_ANSWER;
		put_sum(value + 1, n / 8 % 4, &s.peers[from % NPEERS].m.key);
		memcpy(value + FACT_DIGEST_LEN,
		    s.sent[rbuf_u8(r) % NONCES].nonce, ACK_NONCE_LEN);
		f.len = n % 2 == 0 ? FACT_DIGEST_LEN : FACT_DIGEST_ANSWER_LEN;
		break;
	case ATTR_TRUST: /* one that is too high, too */
		value[0] = rbuf_u8(r) % (FACT_TRUST_MAX + 2);
		f.len = 1;
		break;
	case ATTR_MEMBER:
	case ATTR_PING:
	case ATTR_GROUP:
		break;
	}
	fact_put(w, &f);
}

/* A datagram of a peer; raw: its body is the next bytes as they are. */
static void
op_datagram(struct rbuf *r, bool raw)
{
	uint8_t body[BODY_MAX_RECV], datagram[DATAGRAM_MAX_RECV + 100];
	size_t from = rbuf_u8(r), len;
	struct key key = from < 200 && s.npeers > 0
	    ? s.peers[from % s.npeers].m.key
	    : nth_key((uint8_t)from);
	struct addr src = key_auto_addr(&key);
	struct group g = {.signer = key, .body = body};
	uint8_t n = rbuf_u8(r);
	struct wbuf w;
	enum drop d;

	wbuf_init(&w, body, sizeof(body));
	if (raw) {
		for (; n > 0 && !r->bad && rbuf_left(r) > 0; n--)
			wbuf_u8(&w, rbuf_u8(r));
	} else {
		for (n %= 24; n > 0 && !r->bad && rbuf_left(r) > 0; n--)
			put_fact(&w, r, from);
	}
	g.len = w.off;
	s.nonce++;
	memcpy(g.nonce, &s.nonce, sizeof(s.nonce));
	g.nonce[NONCE_LEN - 1] = 1;
	len = group_build(datagram, sizeof(datagram), &g);
	REQUIRE(len > 0);
	d = node_screen(s.n, s.now_ns, &src, 51821, datagram, len, &g);
	if (d != DROP_NONE)
		return;
	REQUIRE(!key_eq(&key, &s.self));
	d = node_accept(s.n, s.now_ns, &g, CRYPT_OK);
	REQUIRE((d == DROP_NONE) == group_body_valid(g.body, g.len));
	REQUIRE(d == DROP_NONE || d == DROP_BODY);
}

/* Time passes, with what the node wants to do meanwhile or in one jump. */
static void
op_time(struct rbuf *r)
{
	static const int64_t steps[] = {MSEC_NS, 20 * MSEC_NS, 500 * MSEC_NS,
	    2 * SECOND_NS, 16 * SECOND_NS, 61 * SECOND_NS, 400 * SECOND_NS,
	    4000 * SECOND_NS};
	uint8_t how = rbuf_u8(r);
	int64_t until_ns = s.now_ns + steps[how % 8] * (1 + how / 16 % 4);
	int turns = how >= 128 ? 0 : 30;

	while (s.now_ns < until_ns) {
		int64_t at_ns = node_deadline(s.n, s.now_ns);

		if (turns-- <= 0 || at_ns > until_ns)
			at_ns = until_ns;
		s.now_ns = at_ns > s.now_ns ? at_ns : s.now_ns + MSEC_NS;
		act();
	}
}

/* The administrator, WireGuard or the peer itself changes the device. */
static void
op_device(struct rbuf *r)
{
	uint8_t which = rbuf_u8(r), what = rbuf_u8(r);
	struct model_peer *p;
	struct prefix prefix;
	struct key k;

	if (s.npeers == 0)
		return; /* netd has removed the last one, its own */
	p = &s.peers[which % s.npeers];
	switch (what % 8) {
	case 0:
	case 1:
		p->m.handshake_ns = WALL_NS + s.now_ns;
		p->m.rx_bytes += 92;
		break;
	case 2:
		p->m.tx_bytes += 100000;
		break;
	case 3:
		p->m.rx_bytes = what / 8 % 4 == 0 ? 0 : p->m.rx_bytes + 5000;
		break;
	case 4:
		p->m.endpoint.addr = fuzz_addr(r);
		p->m.endpoint.port = 51820;
		break;
	case 5:
		prefix = fuzz_prefix(r);
		model_give(p, &prefix, what >= 128);
		break;
	case 6:
		if (s.npeers > 1)
			*p = s.peers[--s.npeers];
		break;
	case 7:
		k = nth_key(rbuf_u8(r));
		if (model_find(&k) == NULL && !key_eq(&k, &s.self))
			(void)model_add(&k, false);
		break;
	}
	snapshot();
}

static void
op_addrs(struct rbuf *r)
{
	struct m_addr a = {.ifindex = 2, .ifname = "eth0"};

	node_addrs_begin(s.n);
	for (uint8_t n = rbuf_u8(r) % 5; n > 0; n--) {
		a.addr = fuzz_addr(r);
		a.len = rbuf_u8(r) % (addr_bits(&a.addr) + 1);
		a.up = a.len % 4 != 0;
		a.ifindex = a.len % 3 == 0 ? 9 : 2;
		node_addrs_add(s.n, &a);
	}
	node_addrs_end(s.n, s.now_ns);
}

static void
link_up(uint8_t how)
{
	struct m_link link = {.ifindex = 9,
	    .ifname = "wg0",
	    .key = s.self,
	    .listen_port = 51820,
	    .port = 51821};

	if (how % 4 == 3) /* the administrator has changed the key */
		link.key.b[1]++;
	s.self = link.key;
	link.auto_addr = key_auto_addr(&link.key);
	if (model_find(&s.self) != NULL)
		return;
	node_link_up(s.n, s.now_ns, &link);
	s.down = false;
}

/* Another configuration, which may end in the middle. */
static void
op_reconf(struct rbuf *r)
{
	static struct conf_host hosts[2] = {
	    {"vpn.example.org", 51820}, {"other.example.org", 51820}};
	uint8_t how = rbuf_u8(r), trust = rbuf_u8(r);
	const struct conf_link conf = {
	    .membership = (enum conf_membership)(how % 3),
	    .quorum = (uint8_t)(trust % 3 + 1),
	    .tell_trust = how % 8 >= 4,
	    .router = (enum conf_router)(how / 4 % 3),
	    .chatty = how >= 128};

	REQUIRE(node_reconf_begin(s.n, &conf) == 0);
	for (uint8_t i = 0; i < trust % 5; i++) {
		const struct conf_peer c = {.key = fuzz_key(i),
		    .trust = (enum trust)((trust / 5 + i) % (TRUST_UNSET + 1)),
		    .exchanger = i == 2,
		    .basic = i == 3,
		    .nendpoints = i < 2 ? 1 : 0,
		    .endpoints = &hosts[i % 2]};

		REQUIRE(node_reconf_peer(s.n, &c) == 0);
	}
	if (how % 16 == 15)
		return;
	s.membership = conf.membership;
	node_reconf_end(s.n, s.now_ns);
}

static void
op_host(struct rbuf *r)
{
	uint8_t what = rbuf_u8(r);

	switch (what % 8) {
	case 0:
		node_link_down(s.n, s.now_ns);
		s.down = true;
		break;
	case 1:
		link_up(what / 8);
		break;
	case 2:
		node_suspended(s.n, s.now_ns);
		break;
	case 3:
		s.refuse = what / 8;
		break;
	case 4:
		s.lossy = !s.lossy;
		break;
	case 5:
		s.no_device = !s.no_device;
		break;
	case 6:
		op_reconf(r);
		break;
	default:
		op_addrs(r);
		break;
	}
}

/* What people are shown is within bounds, and facts can be encoded. */
static void
look(void)
{
	static uint8_t buf[1024];
	struct counter_view counter;
	struct self_view self;
	struct peer_view peer;
	struct fact_view fact;
	struct wbuf w;
	struct rbuf r;
	size_t i;

	node_self(s.n, s.now_ns, &self);
	REQUIRE(self.npeers <= MODEL_PEERS && self.nfacts <= NODE_MAX_FACTS);
	for (i = 0; node_peer(s.n, s.now_ns, i, &peer); i++) {
		REQUIRE(peer.nprefixes <= MODEL_PREFIX);
		REQUIRE(peer.trust <= TRUST_UNSET);
	}
	REQUIRE(i == self.npeers);
	for (i = 0; node_fact(s.n, s.now_ns, i, &fact); i++) {
		struct fact again;

		REQUIRE(!key_is_zero(&fact.fact.subject));
		wbuf_init(&w, buf, sizeof(buf));
		fact_put(&w, &fact.fact);
		rbuf_init(&r, buf, w.off);
		REQUIRE(!w.bad && fact_next(&r, &again) == 1);
		REQUIRE(fact.local || !key_is_zero(&fact.source));
	}
	REQUIRE(i == self.nfacts);
	for (i = 0; node_counter(s.n, i, &counter); i++)
		REQUIRE(counter.name != NULL);
}

static void
start(struct rbuf *r)
{
	struct conf_link conf = {.membership = MEMBERSHIP_NONE};
	struct conf_host hosts[2] = {
	    {"vpn.example.org", 51820}, {"203.0.113.1", 51820}};
	uint8_t how = rbuf_u8(r), trust = rbuf_u8(r);
	struct prefix hub, own;
	const uint8_t seed[32] = {1};

	memset(&s, 0, sizeof(s));
	s.now_ns = 1000 * SECOND_NS;
	s.self = fuzz_key(100);
	s.membership = (enum conf_membership)(how % 3);
	conf.membership = s.membership;
	conf.router = (enum conf_router)(how / 4 % 3);
	conf.chatty = how >= 128;
	s.n = node_new(&conf, seed);
	REQUIRE(s.n != NULL && prefix_parse("10.7.0.0/16", &hub) == 0);
	for (uint8_t i = 0; i < NPEERS; i++) {
		struct key k = fuzz_key(i);
		struct model_peer *p = model_add(&k, i == NPEERS - 1);
		struct conf_peer c = {.key = k,
		    .trust = (enum trust)((trust + i) % (TRUST_UNSET + 1)),
		    .exchanger = i == 1,
		    .basic = i == 4,
		    .nendpoints = i == 2 ? 2 : 0,
		    .endpoints = hosts};
		const uint8_t b[4] = {10, 7, 0, (uint8_t)(i + 1)};

		own.addr = addr_v4(b);
		own.len = 32;
		model_give(p, i == 0 ? &hub : &own, i >= 4);
		p->m.endpoint.addr = own.addr;
		p->m.endpoint.addr.b[0] = 192;
		p->m.endpoint.port = 51820;
		if (i < 4 && node_conf_peer(s.n, &c) == -1)
			abort();
	}
	link_up(0);
	snapshot();
	act();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rbuf r;

	rbuf_init(&r, data, size);
	start(&r);
	while (!r.bad && rbuf_left(&r) > 0) {
		uint8_t op = rbuf_u8(&r);

		switch (op % 8) {
		case 0:
		case 1:
		case 2:
			op_datagram(&r, false);
			break;
		case 3:
			op_datagram(&r, true);
			break;
		case 4:
		case 5:
			op_time(&r);
			break;
		case 6:
			op_device(&r);
			break;
		case 7:
			op_host(&r);
			break;
		}
		if (op < 128)
			act();
	}
	act();
	look();
	REQUIRE(node_deadline(s.n, s.now_ns) >= 0);
	node_free(s.n);
	return 0;
}
