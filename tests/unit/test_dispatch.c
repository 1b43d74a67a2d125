/*
 * privd/dispatch.c against a device made up here: each request of netd, done,
 * refused, failed and malformed.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "common/log.h"
#include "privd/privd.h"

static struct privd p;
static int netd; /* our end */
static uint8_t buf[MSG_MAX + 1], payload[MSG_PAYLOAD];
static struct wbuf w;
static char dir[] = "/tmp/wirelink-dispatch-XXXXXX", path[64];

/* The device: what get shows, and what set was asked. */
static struct wg_device model;
static uint8_t model_secret[KEY_LEN];
static struct wg_change last;
static unsigned int gets, sets;
static uint8_t model_psk[KEY_LEN]; /* of every peer */
static uint8_t asked_psk[KEY_LEN];
static size_t noted; /* records in the ledger when set was called */
static int get_error, set_error;
static bool no_removal; /* the other side can't remove one allowed IP */
static struct wg_change asked[8];

static struct key
K(int c) {
	struct key k;

	memset(k.b, c, sizeof k.b);
	return k;
}

static struct prefix
P(const char *s) {
	struct prefix x;

	cr_assert_eq(prefix_parse(s, &x), 0);
	return x;
}

static int
fake_open(struct wg *wg)
{
	(void)wg;
	return 0;
}

static int
fake_get(struct wg *wg, struct wg_device *d)
{
	gets++;
	errno = get_error;
	if (get_error != 0)
		return -1;
	memcpy(wg->incoming, model_secret, KEY_LEN);
	d->listen_port = model.listen_port;
	for (size_t i = 0; i < model.npeers; i++) {
		const struct wg_peer *from = &model.peers[i];
		struct wg_peer *to = wg_device_peer(d, &from->key);

		to->endpoint = from->endpoint;
		to->keepalive_s = from->keepalive_s;
		to->handshake_ns = from->handshake_ns;
		if (wg->psk_of != NULL && key_eq(&to->key, wg->psk_of))
			memcpy(wg->psk, model_psk, KEY_LEN);
		for (size_t j = 0; j < from->nprefixes; j++)
			wg_device_prefix(
			    d, &model.prefixes[from->first + j].prefix);
	}
	return 0;
}

static int
fake_set(struct wg *wg, const struct wg_change *c)
{
	(void)wg;
	asked[sets % 8] = *c;
	sets++;
	last = *c;
	if (c->psk != NULL)
		memcpy(asked_psk, c->psk, KEY_LEN);
	noted = p.ledger.used;
	errno = no_removal && c->ndel > 0 ? EINVAL : set_error;
	return errno == 0 ? 0 : -1;
}

static const struct wg_backend fake = {"fake", fake_open, fake_get, fake_set};

static void
add_peer(const struct key *k, const char *prefix)
{
	struct prefix x;

	wg_device_peer(&model, k);
	if (prefix != NULL) {
		x = P(prefix);
		wg_device_prefix(&model, &x);
	}
}

static void
setup(void)
{
	struct key a = K('A'), r = K('R');
	int sv[2];

	log_init("test", true, LOG_LVL_ERR);
	cr_assert_geq(sodium_init(), 0);
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/l", dir);
	cr_assert_eq(msg_pair(sv), 0);
	p.channel = sv[0];
	netd = sv[1];
	p.phase = PH_RUN;
	conf_default(&p.conf);
	p.conf.link.membership = MEMBERSHIP_ROUTERS;
	cr_assert_eq(wg_init(&p.wg, "wl0"), 0);
	p.wg.be = &fake;
	p.seal = seal_new(p.wg.secret);
	cr_assert_eq(ledger_open(&p.ledger, path), 0);
	randombytes_buf(model_secret, sizeof model_secret);
	crypto_scalarmult_base(p.link.key.b, model_secret);
	p.link.listen_port = model.listen_port = 51820;
	cr_assert_eq(ledger_bind(&p.ledger, &p.link.key, 7), 0);
	p.up = true;
	add_peer(&a, "10.0.0.2/32");
	add_peer(&r, "10.0.0.0/24");
}

static void
teardown(void)
{
	unlink(path);
	rmdir(dir);
}

TestSuite(dispatch, .init = setup, .fini = teardown);

/* NULL, or how it ended the daemon. */
static const char *
ask(enum msg_type type, const void *body, size_t len)
{
	struct msg m = {
	    .type = type, .id = 99, .payload = body, .len = len, .fd = -1};

	return dispatch(&p, &m);
}

static struct msg
answer(void)
{
	const char *why;
	struct msg m;

	cr_assert_eq(msg_recv(netd, buf, DIR_P2N, PH_RUN, &m, &why), RECV_MSG,
	    "%s", why);
	cr_assert_eq(m.id, 99);
	/* Never more than one final answer, never a key of ours. */
	cr_assert_null(memmem(m.payload, m.len, model_secret, KEY_LEN));
	return m;
}

static struct m_result
result(void)
{
	struct msg m = answer();
	struct m_result r;

	cr_assert_eq(m.type, MSG_RESULT);
	cr_assert_eq(dec_result(m.payload, m.len, &r), 0);
	return r;
}

static struct m_result
set(const struct m_peer_set *s)
{
	wbuf_init(&w, payload, sizeof payload);
	enc_peer_set(&w, s);
	cr_assert_null(ask(MSG_PEER_SET, payload, w.off));
	return result();
}

static struct m_peer_set
request(int key)
{
	return (struct m_peer_set){
	    .key = K(key), .keepalive_s = KEEPALIVE_KEEP};
}

Test(dispatch, device_in_parts)
{
	size_t peers = 0, prefixes = 0, parts = 0;
	struct key before = {{0}}, k = K('z');
	struct prefix x = P("10.9.0.0/32");
	struct msg m;

	/* 500 small peers and one with many prefixes, more than a message
	 * holds. */
	for (unsigned int i = 0; i < 500; i++) {
		k.b[0] = (uint8_t)(i >> 8);
		k.b[1] = (uint8_t)i;
		add_peer(&k, "10.1.0.1/32");
	}
	k = K('~');
	wg_device_peer(&model, &k);
	for (unsigned int i = 0; i < 3000; i++) {
		x.addr.b[2] = (uint8_t)(i >> 8);
		x.addr.b[3] = (uint8_t)i;
		wg_device_prefix(&model, &x);
	}
	cr_assert_null(ask(MSG_DEVICE_GET, NULL, 0));
	do {
		struct rbuf r;
		uint16_t n;

		m = answer();
		parts++;
		cr_assert_eq(m.type, MSG_DEVICE);
		rbuf_init(&r, m.payload, m.len);
		cr_assert_gt(rbuf_i64(&r), 0);
		n = rbuf_u16(&r);
		for (uint16_t i = 0; i < n; i++) {
			struct m_peer peer;
			struct m_prefix y;

			cr_assert_eq(dec_peer(&r, &peer), 0);
			if (!key_eq(&peer.key, &before))
				peers++;
			before = peer.key;
			for (uint16_t j = 0; j < peer.nprefixes; j++)
				cr_assert_eq(dec_prefix(&r, &y), 0);
			prefixes += peer.nprefixes;
		}
		cr_assert(rbuf_done(&r));
	} while (m.flags & MSG_F_MORE);
	cr_assert_eq(peers, 503);
	cr_assert_eq(prefixes, 3502);
	cr_assert_gt(parts, 4);
}

/* Whatever netd does, it is not read again and again. */
Test(dispatch, reload_rate)
{
	unsigned int refused = 0;

	p.conf_dir = -1;
	p.conf_path = "none";
	cr_redirect_stderr();
	for (int i = 0; i < 20; i++) {
		struct msg m;

		cr_assert_null(ask(MSG_RELOAD, NULL, 0));
		m = answer();
		cr_assert(m.type == MSG_RESULT || m.type == MSG_RELOADED);
		refused += m.type == MSG_RESULT;
	}
	cr_expect_geq(refused, 10);
	cr_expect_leq(refused, 15);
}

Test(dispatch, device_rate)
{
	unsigned int refused = 0;

	for (int i = 0; i < 120; i++) {
		struct msg m;

		cr_assert_null(ask(MSG_DEVICE_GET, NULL, 0));
		m = answer();
		refused += m.type == MSG_RESULT;
	}
	cr_assert_geq(refused, 10);
	cr_assert_leq(refused, 20);
	cr_assert_eq(gets, 120 - refused);
}

Test(dispatch, link_is_down)
{
	struct m_peer_set s = request('A');
	struct key n = K('A');

	p.up = false;
	cr_assert_null(ask(MSG_DEVICE_GET, NULL, 0));
	cr_expect_eq(result().error, ENETDOWN);
	s.nadd = 1;
	s.add[0] = P("10.0.0.9/32");
	cr_expect_eq(set(&s).error, ENETDOWN);
	cr_assert_null(ask(MSG_PEER_REMOVE, n.b, sizeof n.b));
	cr_expect_eq(result().error, ENETDOWN);
	cr_expect_eq(gets + sets, 0);
}

static const uint8_t body[BODY_MAX_RECV + 1] = "body";

static enum crypt_status
sealed(const struct key *peer, size_t len, struct m_body *out)
{
	struct m_body b = {.peer = *peer, .body = body, .len = len};
	struct m_sealed s;
	struct rbuf r;
	struct msg m;

	wbuf_init(&w, payload, sizeof payload);
	wbuf_u8(&w, 1);
	enc_seal(&w, &b);
	cr_assert_null(ask(MSG_SEAL, payload, w.off));
	m = answer();
	cr_assert_eq(m.type, MSG_SEALED);
	rbuf_init(&r, m.payload, m.len);
	cr_assert_eq(rbuf_u8(&r), 1);
	cr_assert_eq(dec_sealed(&r, &s), 0);
	memcpy(b.nonce, s.nonce, sizeof b.nonce);
	memcpy(b.tag, s.tag, sizeof b.tag);
	*out = b;
	return s.status;
}

Test(dispatch, device_fails_or_changes)
{
	uint8_t shared[KEY_LEN], none[1];
	struct m_body b;
	struct m_peer_set s = request('A');

	cr_assert_eq(sealed(&s.key, 4, &b), CRYPT_OK);
	p.read_ns = 0;
	s.nadd = 1;
	s.add[0] = P("10.0.0.9/32");
	get_error = ENODEV;
	cr_expect_eq(set(&s).error, ENODEV);
	cr_expect(p.suspect);
	p.suspect = false;
	get_error = 0;
	model.listen_port++;
	cr_expect_eq(set(&s).error, ENETDOWN);
	cr_expect(p.suspect);
	p.suspect = false;
	model.listen_port--;
	cr_expect_eq(set(&s).error, 0);
	p.read_ns = 0;
	model_secret[5] ^= 0xff;
	cr_expect_eq(set(&s).error, ENETDOWN);
	cr_expect(p.suspect);
	cr_expect_eq(sets, 1);
	/* And what is sealed now is sealed with the new key alone. */
	cr_assert_eq(crypto_scalarmult(shared, model_secret, s.key.b), 0);
	cr_expect_eq(sealed(&s.key, 4, &b), CRYPT_OK);
	cr_expect_eq(crypto_aead_xchacha20poly1305_ietf_decrypt_detached(none,
			 NULL, none, 0, b.tag, b.body, b.len, b.nonce, shared),
	    0);
}

Test(dispatch, set_is_noted_first)
{
	struct m_peer_set s = request('Z');
	struct m_result r;

	s.may_add = true;
	s.nadd = 1;
	s.add[0] = P("10.0.0.9/32");
	s.keepalive_s = 25;
	cr_assert_eq(endpoint_parse("192.0.2.9:5", &s.endpoint), 0);
	r = set(&s);
	cr_assert_eq(r.error, 0);
	cr_assert_eq(r.rule, 0);
	cr_assert_eq(r.index, RESULT_NO_INDEX);
	cr_assert_eq(sets, 1);
	cr_assert_eq(noted, 2);
	cr_assert(last.create && last.set_keepalive);
	cr_assert_eq(last.keepalive_s, 25);
	cr_assert_eq(last.nadd, 1);
	cr_assert_eq(last.endpoint.port, 5);

	/* A home prefix that is withdrawn. */
	s = request('A');
	s.ndel = 1;
	s.del[0] = P("10.0.0.2/32");
	set_error = EIO;
	cr_assert_eq(set(&s).error, EIO);
	cr_assert(p.suspect);
	/* The device bears none of it out: forgotten, then one is noted. */
	cr_assert_eq(noted, 1);
	cr_assert_eq(p.ledger.rec[0].kind, LEDGER_WITHDRAWN);
}

/* Where one allowed IP can't be removed it is moved to a peer that goes. */
Test(dispatch, removal_falls_back_to_moving)
{
	struct m_peer_set s = request('A');

	no_removal = true;
	s.nadd = 1;
	s.add[0] = P("10.0.0.9/32");
	s.ndel = 1;
	s.del[0] = P("10.0.0.2/32");
	cr_assert_eq(set(&s).error, 0);
	cr_assert_eq(sets, 3);
	cr_expect_eq(asked[0].ndel, 1);
	cr_expect_eq(asked[1].nadd, 1);
	cr_expect_eq(asked[1].ndel, 0);
	cr_expect(asked[2].vanish && asked[2].create);
	cr_expect_eq(asked[2].nadd, 1);
	cr_expect_neq(key_cmp(&asked[2].key, &s.key), 0);
	/* It is not tried again, and a removal alone is one change. */
	s.nadd = 0;
	cr_assert_eq(set(&s).error, 0);
	cr_assert_eq(sets, 4);
	cr_expect(last.vanish);
	/* An error that says something else is passed on. */
	p.wg.by_move = no_removal = false;
	set_error = ENODEV;
	cr_assert_eq(set(&s).error, ENODEV);
	cr_expect_not(p.wg.by_move);
}

/* All that the peer has is set again, its preshared key too. */
Test(dispatch, remake_keeps_all)
{
	static const uint8_t zero[KEY_LEN];
	struct m_peer_set s = request('A');
	struct m_result r;

	model.peers[0].keepalive_s = 25;
	memset(model_psk, 7, sizeof model_psk);
	s.remake = true;
	cr_assert_eq(endpoint_parse("192.0.2.9:5", &s.endpoint), 0);
	cr_assert_eq(set(&s).error, 0);
	cr_assert_eq(sets, 1);
	cr_expect(last.remake && last.create && last.set_keepalive);
	cr_expect(key_eq(&last.key, &s.key));
	cr_expect(endpoint_eq(&last.endpoint, &s.endpoint));
	cr_expect_eq(last.keepalive_s, 25);
	cr_expect_eq(last.nadd, 1);
	cr_expect_eq(p.ledger.used, 0);
	cr_expect_arr_eq(asked_psk, model_psk, KEY_LEN);
	/* And is remembered no longer. */
	cr_expect_arr_eq(p.wg.psk, zero, KEY_LEN);
	cr_expect_arr_eq(p.wg.psk + KEY_LEN, zero, KEY_LEN);

	/* No preshared key is read for anything else. */
	s.remake = false;
	s.endpoint.port = 6;
	cr_expect_eq(set(&s).error, 0);
	cr_expect_arr_eq(p.wg.psk, zero, KEY_LEN);

	/* While there is a session: not at all. */
	s.remake = true;
	model.peers[0].handshake_ns = INT64_MAX;
	r = set(&s);
	cr_expect_eq(r.error, EPERM);
	cr_expect_eq(r.rule, RULE_REMAKE_SESSION);
	cr_expect_eq(sets, 2);

	/* What was read in vain goes with the other secrets at the latest. */
	cr_expect_arr_eq(p.wg.psk, model_psk, KEY_LEN);
	wg_wipe(&p.wg);
	cr_expect_arr_eq(p.wg.psk, zero, KEY_LEN);
	cr_expect_arr_eq(p.wg.psk + KEY_LEN, zero, KEY_LEN);
}

/* A peer whose second half has failed is made again before anything else is
 * done, with what was read before it was removed. */
Test(dispatch, remake_that_fails_is_repeated)
{
	struct m_peer_set s = request('A');

	memset(model_psk, 7, sizeof model_psk);
	s.remake = true;
	cr_assert_eq(endpoint_parse("192.0.2.9:5", &s.endpoint), 0);
	set_error = ENOMEM;
	cr_assert_eq(set(&s).error, ENOMEM);
	cr_assert_eq(sets, 1);
	/* Nothing is read, so nothing else is asked for and no record in the
	 * ledger is dropped, until it has worked. */
	p.read_ns = 0;
	gets = 0;
	memset(model_psk, 0, sizeof model_psk);
	memset(asked_psk, 0, sizeof asked_psk);
	wg_wipe(&p.wg); /* as when the interface goes down meanwhile */
	s.endpoint.port = 6;
	cr_assert_eq(set(&s).error, ENOMEM);
	cr_expect_eq(gets, 0);
	cr_expect_eq(sets, 2);
	set_error = 0;
	s = request('A');
	s.nadd = 1;
	s.add[0] = P("10.0.0.9/32");
	cr_assert_eq(set(&s).error, 0);
	cr_expect_eq(sets, 4);
	cr_expect(asked[2].remake);
	cr_expect_eq(asked[2].endpoint.port, 5);
	cr_expect_eq(asked[2].nadd, 1);
	cr_expect_eq(asked_psk[0], 7);
	cr_expect_eq(gets, 1);
	cr_expect_not(asked[3].remake);

	/* It goes with its interface. */
	s.remake = true;
	s.nadd = 0;
	cr_assert_eq(endpoint_parse("192.0.2.9:5", &s.endpoint), 0);
	set_error = ENOMEM;
	cr_assert_eq(set(&s).error, ENOMEM);
	cr_expect(p.wg.unsure);
	cr_expect_eq(wg_open(&p.wg, p.wg.ifindex + 1), 0);
	cr_expect_not(p.wg.unsure);
}

Test(dispatch, remake_of_many_prefixes)
{
	struct m_peer_set s = request('A');
	struct prefix x = P("10.0.7.0/32");
	struct wg_device d = {0};

	s.remake = true;
	cr_assert_eq(endpoint_parse("192.0.2.9:5", &s.endpoint), 0);
	wg_device_peer(&d, &s.key);
	for (size_t i = 0; i < WG_REMAKE_PREFIXES; i++) {
		x.addr.b[3] = (uint8_t)i;
		wg_device_prefix(&d, &x);
	}
	cr_expect_eq(wg_remake(&p.wg, &d, &s.key, &s.endpoint), 0);
	x.addr.b[3] = WG_REMAKE_PREFIXES;
	wg_device_prefix(&d, &x);
	cr_expect_eq(wg_remake(&p.wg, &d, &s.key, &s.endpoint), -1);
	cr_expect_eq(errno, EMSGSIZE);
	cr_expect_not(p.wg.unsure);
	cr_expect_eq(sets, 1);
}

Test(dispatch, refusal_touches_nothing)
{
	struct m_peer_set s = request('A');
	struct m_result r;

	s.nadd = 2;
	s.add[0] = P("10.0.0.9/32");
	s.add[1] = P("8.8.8.8/32");
	r = set(&s);
	cr_assert_eq(r.error, EPERM);
	cr_assert_eq(r.rule, RULE_PREFIX_OUTSIDE);
	cr_assert_eq(r.index, 1);
	cr_assert_eq(sets, 0);
	cr_assert_eq(p.ledger.used, 0);
}

Test(dispatch, endpoint_rate_refuses)
{
	struct m_peer_set s = request('A');
	struct m_result r;
	unsigned int done = 0;

	for (uint16_t port = 1; port <= 40; port++) {
		cr_assert_eq(endpoint_parse("192.0.2.9:5", &s.endpoint), 0);
		s.endpoint.port = port;
		r = set(&s);
		if (r.error == 0)
			done++;
		else
			cr_assert_eq(r.rule, RULE_ENDPOINT_RATE);
	}
	cr_assert_geq(done, 16);
	cr_assert_leq(done, 18);
	cr_assert_eq(sets, done);
}

/* What changes the device is judged by the device as it is now. */
Test(dispatch, change_needs_a_fresh_snapshot)
{
	struct m_peer_set s = request('A');
	struct key b = K('S'), z = K('Z');

	add_peer(&z, NULL);
	cr_assert_eq(ledger_add(&p.ledger, LEDGER_PEER, &z, NULL), 0);
	/* Nothing to do, by a snapshot that serves for a moment. */
	cr_assert_eq(set(&s).error, 0);
	cr_assert_eq(gets, 1);
	add_peer(&b, "10.0.0.9/32");
	s.nadd = 1;
	s.add[0] = P("10.0.0.9/32");
	cr_expect_eq(set(&s).rule, RULE_PREFIX_HELD);
	cr_expect_eq(gets, 2);
	/* A refusal needs none. */
	cr_expect_eq(set(&s).rule, RULE_PREFIX_HELD);
	cr_expect_eq(gets, 2);
	/* The administrator gives our peer a prefix, then we would remove. */
	model.npeers = model.nprefixes = 0;
	add_peer(&z, "172.16.0.0/24");
	cr_assert_null(ask(MSG_PEER_REMOVE, z.b, sizeof z.b));
	cr_expect_eq(result().rule, RULE_PEER_GIVEN);
	cr_expect_eq(sets, 0);
}

Test(dispatch, nothing_to_do)
{
	struct m_peer_set s = request('A');

	s.nadd = 1;
	s.add[0] = P("10.0.0.2/32");
	s.ndel = 1;
	s.del[0] = P("10.7.7.7/32");
	cr_assert_eq(set(&s).error, 0);
	cr_assert_eq(sets, 0);
	cr_assert_eq(p.ledger.used, 0);
	/* And the snapshot serves again for a moment. */
	cr_assert_eq(set(&s).error, 0);
	cr_assert_eq(gets, 1);
}

Test(dispatch, remove)
{
	struct key a = K('A'), z = K('Z'), n = K('N');

	cr_assert_null(ask(MSG_PEER_REMOVE, a.b, sizeof a.b));
	cr_expect_eq(result().rule, RULE_PEER_GIVEN);
	cr_assert_null(ask(MSG_PEER_REMOVE, n.b, sizeof n.b));
	cr_expect_eq(result().error, 0);
	cr_expect_eq(sets, 0);
	add_peer(&z, NULL);
	cr_assert_eq(ledger_add(&p.ledger, LEDGER_PEER, &z, NULL), 0);
	p.read_ns = 0;
	cr_assert_null(ask(MSG_PEER_REMOVE, z.b, sizeof z.b));
	cr_expect_eq(result().error, 0);
	cr_expect_eq(sets, 1);
	cr_expect(last.remove && key_eq(&last.key, &z));
}

static enum crypt_status
checked(const struct m_body *b)
{
	uint8_t status[BATCH_MAX];
	struct msg m;
	size_t n;

	wbuf_init(&w, payload, sizeof payload);
	wbuf_u8(&w, 1);
	enc_check(&w, b);
	cr_assert_null(ask(MSG_CHECK, payload, w.off));
	m = answer();
	cr_assert_eq(m.type, MSG_CHECKED);
	cr_assert_eq(dec_checked(m.payload, m.len, status, &n), 0);
	cr_assert_eq(n, 1);
	return (enum crypt_status)status[0];
}

Test(dispatch, seal_and_check)
{
	static struct conf_peer configured;
	struct key a = K('A'), c = K('C'), stranger = K('S'), weak = K('\0');
	struct m_body b, none;

	weak.b[0] = 1;
	add_peer(&weak, NULL);
	configured.key = c;
	p.conf.peers = &configured;
	p.conf.npeers = 1;
	cr_assert_eq(sealed(&a, BODY_MAX, &b), CRYPT_OK);
	cr_assert_eq(checked(&b), CRYPT_OK);
	b.tag[0] ^= 1;
	cr_assert_eq(checked(&b), CRYPT_BAD);
	cr_assert_eq(sealed(&c, 1, &none), CRYPT_OK);
	cr_assert_eq(sealed(&weak, 1, &none), CRYPT_WEAK);
	cr_assert_eq(sealed(&stranger, 1, &none), CRYPT_UNKNOWN);
	cr_assert(sodium_is_zero(none.nonce, sizeof none.nonce));
	cr_assert(sodium_is_zero(none.tag, sizeof none.tag));
	b.peer = stranger;
	cr_assert_eq(checked(&b), CRYPT_UNKNOWN);
	b.len = BODY_MAX_RECV;
	b.peer = a;
	cr_assert_eq(checked(&b), CRYPT_BAD);
	p.up = false;
	cr_assert_eq(sealed(&a, 1, &none), CRYPT_UNKNOWN);
}

Test(dispatch, crypt_rate)
{
	struct key a = K('A');
	struct m_body b;
	unsigned int ok = 0, limited = 0;

	p.bodies.full_ns = now_ns() + INT64_C(10) * 1000000000;
	for (int i = 0; i < 20; i++) {
		enum crypt_status s = sealed(&a, 1, &b);

		ok += s == CRYPT_OK;
		limited += s == CRYPT_RATE;
	}
	cr_assert_eq(ok, 0);
	cr_assert_eq(limited, 20);
}

/* All of these end the daemon; none is answered, none touches the device. */
Test(dispatch, malformed)
{
	struct m_body b = {.peer = K('A'), .body = body};
	struct m_peer_set s = request('A');
	static const size_t counts[] = {0, BATCH_MAX + 1};
	size_t len;

	for (size_t i = 0; i < 2; i++) {
		memset(payload, 0, sizeof payload);
		wbuf_init(&w, payload, sizeof payload);
		wbuf_u8(&w, (uint8_t)counts[i]);
		b.len = 4;
		for (size_t n = 0; n < counts[i]; n++)
			enc_seal(&w, &b);
		cr_expect_not_null(ask(MSG_SEAL, payload, w.off));
		wbuf_init(&w, payload, sizeof payload);
		wbuf_u8(&w, (uint8_t)counts[i]);
		for (size_t n = 0; n < counts[i]; n++)
			enc_check(&w, &b);
		cr_expect_not_null(ask(MSG_CHECK, payload, w.off));
	}
	/* A body that is too long, by one; every cut; a byte too many. */
	wbuf_init(&w, payload, sizeof payload);
	wbuf_u8(&w, 1);
	b.len = BODY_MAX + 1;
	enc_seal(&w, &b);
	cr_expect_not_null(ask(MSG_SEAL, payload, w.off));
	wbuf_init(&w, payload, sizeof payload);
	wbuf_u8(&w, 1);
	b.len = BODY_MAX_RECV + 1;
	enc_check(&w, &b);
	cr_expect_not_null(ask(MSG_CHECK, payload, w.off));
	b.len = 4;
	wbuf_init(&w, payload, sizeof payload);
	wbuf_u8(&w, 1);
	enc_seal(&w, &b);
	len = w.off;
	for (size_t n = 1; n < len; n++)
		cr_expect_not_null(ask(MSG_SEAL, payload, n));
	cr_expect_not_null(ask(MSG_SEAL, payload, len + 1));
	wbuf_init(&w, payload, sizeof payload);
	s.nadd = 1;
	s.add[0] = P("10.0.0.9/32");
	enc_peer_set(&w, &s);
	len = w.off;
	for (size_t n = 0; n < len; n++)
		cr_expect_not_null(ask(MSG_PEER_SET, payload, n));
	cr_expect_not_null(ask(MSG_PEER_SET, payload, len + 1));
	cr_expect_not_null(ask(MSG_PEER_REMOVE, payload, 31));
	cr_expect_not_null(ask(MSG_PEER_REMOVE, payload, 33));
	/* What only comes while starting. */
	cr_expect_not_null(ask(MSG_READY, payload, 10));
	cr_expect_eq(gets + sets, 0);
	cr_expect_eq(recv(netd, buf, sizeof buf, MSG_DONTWAIT), -1);
}

/* As many descriptors are on their way as this user's processes may have,
 * and stay so until a byte comes; then it is said that they have arrived. */
static _Noreturn void
crowded(int told, int go)
{
	const struct rlimit few = {16, 16};
	int way[2], status;
	char byte;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, way) == -1 ||
	    sandbox_caps(0) == -1 || setrlimit(RLIMIT_NOFILE, &few) == -1)
		_exit(1);
	while (msg_send(way[0], MSG_CONTROL, 0, 0, NULL, 0, told) == 0)
		;
	if (errno != ETOOMANYREFS)
		_exit(2);
	if ((pid = fork()) == 0) {
		/* They go when nobody has the socket any more. */
		close(way[0]);
		(void)!read(go, &byte, 1);
		_exit(0);
	}
	close(way[0]);
	close(way[1]);
	(void)!write(told, "", 1);
	privd_send(&p, MSG_CONTROL, 0, 0, NULL, told);
	_exit(waitpid(pid, &status, 0) == pid ? 0 : 3);
}

Test(dispatch, waits_while_too_many_descriptors_are_on_their_way)
{
	const char *why;
	struct msg m;
	int go[2], status;
	pid_t pid;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, go), 0);
	pid = fork();
	cr_assert_neq(pid, -1);
	if (pid == 0)
		crowded(go[1], go[1]);
	cr_assert_eq(read(go[0], buf, 1), 1);
	/* The one that waits has no more to say until it could send. */
	cr_expect_eq(recv(netd, buf, sizeof buf, MSG_DONTWAIT | MSG_PEEK), -1);
	cr_assert_eq(write(go[0], "", 1), 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x",
	    (unsigned int)status);
	cr_expect_eq(msg_recv(netd, buf, DIR_P2N, PH_BOOT, &m, &why), RECV_MSG);
	cr_expect_eq(m.type, MSG_CONTROL);
	close(m.fd);
}
