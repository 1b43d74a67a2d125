/*
 * What a hostile netd sends: requests that look like good ones and aim at a
 * promise, and messages with one thing wrong. Which of them privd must
 * answer and which must end it, wire.c tells from the bytes alone.
 */
#include <string.h>

#include "tests/hostile/hostile.h"

void
attack_init(struct attacker *a, struct world *w, uint64_t seed)
{
	memset(a, 0, sizeof *a);
	a->rng.state = seed;
	a->world = w;
}

void
attack_learn(struct attacker *a, const struct m_body *b)
{
	size_t i = rng_below(&a->rng, 8);

	if (b->len > sizeof a->body[i])
		return;
	a->sealed[i] = *b;
	memcpy(a->body[i], b->body, b->len);
	a->sealed[i].body = a->body[i];
	if (i >= a->nsealed)
		a->nsealed = i + 1;
}

static void
header(struct attack *out, unsigned int type, uint32_t id, size_t payload)
{
	struct wbuf w;

	out->len = MSG_HEADER + payload;
	out->nfds = 0;
	wbuf_init(&w, out->byte, MSG_HEADER);
	wbuf_u16(&w, (uint16_t)type);
	wbuf_u16(&w, 0);
	wbuf_u32(&w, (uint32_t)out->len);
	wbuf_u32(&w, id);
	wbuf_u32(&w, 0);
}

/* How many prefixes: seldom many. */
static size_t
how_many(struct rng *r)
{
	uint32_t dice = rng_below(r, 1000);

	if (dice < 400)
		return 0;
	if (dice < 800)
		return 1;
	if (dice < 998)
		return 1 + rng_below(r, 4);
	return rng_below(r, SET_MAX_PREFIXES + 1);
}

/* One that somebody holds, or any. */
static struct prefix
some_prefix(struct attacker *a, const struct snap *dev)
{
	struct rng *r = &a->rng;

	if (dev->nprefixes > 0 && rng_chance(r, 40))
		return dev->prefix[rng_below(r, (uint32_t)dev->nprefixes)]
		    .prefix;
	return world_prefix(a->world, r);
}

/* One that this peer holds, mostly. */
static struct prefix
held_prefix(struct attacker *a, const struct snap *dev, const struct key *key)
{
	struct rng *r = &a->rng;

	for (int i = 0; i < 12 && dev->nprefixes > 0; i++) {
		const struct snap_prefix *p =
		    &dev->prefix[rng_below(r, (uint32_t)dev->nprefixes)];

		if (key_eq(&p->key, key))
			return p->prefix;
	}
	return some_prefix(a, dev);
}

static void
fill_set(struct attacker *a, const struct snap *dev, struct m_peer_set *m)
{
	struct rng *r = &a->rng;
	const struct snap_peer *p;

	memset(m, 0, offsetof(struct m_peer_set, add));
	m->key = world_key(a->world, r, dev);
	m->may_add = rng_chance(r, 70);
	m->remake = rng_chance(r, 20);
	m->keepalive_s = KEEPALIVE_KEEP;
	if (a->burst > 0) {
		/* As many changes of endpoints as can be had. */
		a->burst--;
		if (!key_is_zero(&a->target))
			m->key = a->target;
		else if (dev->npeers > 0)
			m->key =
			    dev->peer[rng_below(r, (uint32_t)dev->npeers)].key;
		m->endpoint = world_endpoint(a->world, r);
		for (int i = 0; i < 3 && !endpoint_is_usable(&m->endpoint); i++)
			m->endpoint = world_endpoint(a->world, r);
		return;
	}
	/* Where it is, mostly, and with nothing else, as it has to be. */
	if (m->remake && (p = snap_find(dev, &m->key)) != NULL &&
	    rng_chance(r, 70))
		m->endpoint = p->endpoint;
	if (m->remake && !rng_chance(r, 2)) {
		if (m->endpoint.addr.family == 0)
			m->endpoint = world_endpoint(a->world, r);
		return;
	}
	if (rng_chance(r, 25))
		m->endpoint = world_endpoint(a->world, r);
	if (rng_chance(r, 15))
		m->keepalive_s = (uint16_t)rng_below(r, 65536);
	m->nadd = how_many(r);
	m->ndel = rng_chance(r, 40) ? how_many(r) : 0;
	for (size_t i = 0; i < m->nadd; i++)
		m->add[i] = some_prefix(a, dev);
	for (size_t i = 0; i < m->ndel; i++)
		m->del[i] = held_prefix(a, dev, &m->key);
	/* Move: what one gives up, another asks for in the same request. */
	if (m->ndel > 0 && m->nadd > 0 && rng_chance(r, 10))
		m->add[0] = m->del[0];
}

static size_t
fill_bodies(struct attacker *a, const struct snap *dev, struct wbuf *w,
    enum msg_type type)
{
	static uint8_t bytes[BODY_MAX_RECV];
	struct rng *r = &a->rng;
	size_t n = rng_chance(r, 85) ? 1 + rng_below(r, 2)
				     : 1 + rng_below(r, BATCH_MAX);
	size_t max = type == MSG_SEAL ? BODY_MAX : BODY_MAX_RECV;
	struct m_body b;

	wbuf_u8(w, (uint8_t)n);
	for (size_t i = 0; i < n; i++) {
		memset(&b, 0, sizeof b);
		b.peer = world_key(a->world, r, dev);
		b.len = rng_chance(r, 90) ? rng_below(r, 64)
					  : max - rng_below(r, 3);
		if (type == MSG_CHECK &&
		    MSG_PAYLOAD - w->off < 74 + b.len + (n - i) * 74)
			b.len = 0;
		b.body = bytes;
		rng_fill(r, bytes, b.len < 64 ? b.len : 64);
		if (type == MSG_SEAL) {
			enc_seal(w, &b);
			continue;
		}
		rng_fill(r, b.nonce, NONCE_LEN);
		rng_fill(r, b.tag, TAG_LEN);
		if (a->nsealed > 0 && rng_chance(r, 70)) {
			b = a->sealed[rng_below(r, (uint32_t)a->nsealed)];
			if (b.body == NULL)
				b.body = bytes;
			if (rng_chance(r, 30))
				b.tag[rng_below(r, TAG_LEN)] ^= 1;
			if (rng_chance(r, 10))
				b.peer = world_key(a->world, r, dev);
			if (rng_chance(r, 10) && b.len > 0)
				b.len--;
		}
		enc_check(w, &b);
	}
	return w->off;
}

bool
attack_valid(struct attacker *a, const struct snap *dev, enum msg_type type,
    struct attack *out)
{
	static struct m_peer_set set;
	struct m_hello hello = {.version = PROTO_VERSION};
	struct wbuf w;
	struct key key;

	wbuf_init(&w, out->byte + MSG_HEADER, MSG_PAYLOAD);
	switch (type) {
	case MSG_READY:
		strlcpy(hello.build, WIRELINK_VERSION, sizeof hello.build);
		enc_hello(&w, &hello);
		break;
	case MSG_DEVICE_GET:
	case MSG_RELOAD:
		break;
	case MSG_SEAL:
	case MSG_CHECK:
		fill_bodies(a, dev, &w, type);
		break;
	case MSG_PEER_SET:
		fill_set(a, dev, &set);
		enc_peer_set(&w, &set);
		break;
	case MSG_PEER_REMOVE:
		key = world_key(a->world, &a->rng, dev);
		wbuf_key(&w, &key);
		break;
	default:
		return false;
	}
	/* Ids grow, are used again, or are anything. */
	header(out, type,
	    rng_chance(&a->rng, 90) ? ++a->id : (uint32_t)rng_next(&a->rng),
	    w.off);
	return true;
}

/* A message of another direction or of none: as long as the table wants. */
static void
foreign(struct attacker *a, struct attack *out)
{
	const struct msg_info *info = NULL;
	struct rng *r = &a->rng;
	struct m_hello hello = {.version = PROTO_VERSION};
	struct wbuf w;
	size_t len;

	/* As good as READY, but for its direction. */
	if (rng_chance(r, 10)) {
		strlcpy(hello.build, WIRELINK_VERSION, sizeof hello.build);
		wbuf_init(&w, out->byte + MSG_HEADER, MSG_PAYLOAD);
		enc_hello(&w, &hello);
		header(out, MSG_HELLO, ++a->id, w.off);
		return;
	}
	for (int i = 0; i < 4 && info == NULL; i++)
		info = msg_row(rng_below(r, 40));
	len = info != NULL ? info->min + (rng_chance(r, 30) ? 1 : 0) : 0;
	rng_fill(r, out->byte + MSG_HEADER, len);
	header(
	    out, info != NULL ? info->type : rng_below(r, 65536), ++a->id, len);
}

/* More of something than may be: its length is right, and only the count of
 * it is wrong. */
static void
too_many(struct attacker *a, struct attack *out)
{
	struct rng *r = &a->rng;
	struct prefix p = world_prefix(a->world, r);
	bool add = rng_chance(r, 50);
	struct wbuf w;
	size_t n;

	wbuf_init(&w, out->byte + MSG_HEADER, MSG_PAYLOAD);
	if (rng_chance(r, 50)) {
		n = BATCH_MAX + 1 + rng_below(r, 200);
		wbuf_u8(&w, (uint8_t)n);
		for (size_t i = 0; i < n; i++)
			enc_seal(&w, &(struct m_body){.peer = {{9}}});
		header(out, MSG_SEAL, ++a->id, w.off);
		return;
	}
	n = SET_MAX_PREFIXES + 1 + rng_below(r, SET_MAX_PREFIXES);
	wbuf_key(&w, &a->world->key[KEY_FIRST]);
	wbuf_bool(&w, true);
	wbuf_endpoint(&w, &(struct endpoint){.port = 0});
	wbuf_u16(&w, KEEPALIVE_KEEP);
	wbuf_u16(&w, (uint16_t)(add ? n : 0));
	wbuf_u16(&w, (uint16_t)(add ? 0 : n));
	for (size_t i = 0; i < n; i++)
		wbuf_prefix(&w, &p);
	header(out, MSG_PEER_SET, ++a->id, w.off);
}

/* One thing of a good message becomes another. */
static void
mutate(struct attacker *a, struct attack *out)
{
	static const uint8_t edge[] = {0, 1, 2, 4, 6, 0x7f, 0x80, 0xff};
	struct rng *r = &a->rng;
	size_t at = rng_below(r, (uint32_t)out->len);
	struct wbuf w;

	switch (rng_below(r, 8)) {
	case 0: /* cut, and the header knows */
		header(out, (unsigned int)(out->byte[0] << 8 | out->byte[1]),
		    a->id, at > MSG_HEADER ? at - MSG_HEADER : 0);
		break;
	case 1: /* cut, and it doesn't */
		out->len = at;
		break;
	case 2: /* one byte more, or as many as there can be */
		out->len = rng_chance(r, 90) || out->len > MSG_MAX
		    ? out->len + 1
		    : MSG_MAX + rng_below(r, 2);
		wbuf_init(&w, out->byte + 4, 4);
		if (rng_chance(r, 50))
			wbuf_u32(&w, (uint32_t)out->len);
		break;
	case 3: /* descriptors */
		out->nfds = 1 + rng_below(r, 10);
		break;
	case 4: /* the header */
		out->byte[rng_below(r, MSG_HEADER)] ^=
		    (uint8_t)(1 << rng_below(r, 8));
		break;
	case 5:
		out->byte[at] = edge[rng_below(r, sizeof edge)];
		break;
	default:
		out->byte[at] ^= (uint8_t)(1 << rng_below(r, 8));
		break;
	}
}

void
attack_next(struct attacker *a, const struct snap *dev, unsigned int phase,
    struct attack *out)
{
	static const enum msg_type mix[] = {MSG_PEER_SET, MSG_PEER_SET,
	    MSG_PEER_SET, MSG_PEER_SET, MSG_PEER_SET, MSG_PEER_SET,
	    MSG_PEER_SET, MSG_PEER_SET, MSG_PEER_SET, MSG_PEER_SET,
	    MSG_PEER_REMOVE, MSG_PEER_REMOVE, MSG_DEVICE_GET, MSG_SEAL,
	    MSG_CHECK, MSG_RELOAD};
	struct rng *r = &a->rng;
	enum msg_type type = mix[rng_below(r, sizeof mix / sizeof mix[0])];
	uint32_t dice = rng_below(r, 1000);
	size_t i = rng_below(r, 8);

	if (phase == PH_BOOT) {
		a->burst = 0;
		if (!rng_chance(r, 3))
			type = MSG_READY;
		else if (rng_chance(r, 50))
			dice = 999;
	} else if (a->burst > 0) {
		/* Nothing that would end privd, which counts anew then. */
		attack_valid(a, dev, MSG_PEER_SET, out);
		return;
	} else if (dice < 2) {
		a->burst = 20 + rng_below(r, 800);
		memset(&a->target, 0, sizeof a->target);
		if (dev->npeers > 0 && rng_chance(r, 60))
			a->target =
			    dev->peer[rng_below(r, (uint32_t)dev->npeers)].key;
	}
	/* What was sent before, to the byte. */
	if (dice >= 900 && dice < 930 && a->kept[i].len > 0) {
		memcpy(out, &a->kept[i],
		    offsetof(struct attack, byte) + a->kept[i].len);
		return;
	}
	if (dice >= 988) {
		if (dice < 990)
			too_many(a, out);
		else
			foreign(a, out);
		return;
	}
	attack_valid(a, dev, type, out);
	if (dice >= 970)
		mutate(a, out);
	else if (dice >= 930 && dice < 950 && out->len < 1024)
		memcpy(
		    &a->kept[i], out, offsetof(struct attack, byte) + out->len);
}

/*
 * All single faults of every type, one after the other: for each row of the
 * table of messages a good one if netd may send it, else one as long as it
 * has to be; then every cut, one byte more, each byte as four others, each
 * count of descriptors.
 */
bool
attack_table(
    struct attacker *a, const struct snap *dev, size_t *i, struct attack *out)
{
	static const uint8_t edge[] = {0, 0xff, 0x01, 0x80};
	size_t row = *i >> 16, fault = *i & 0xffff;
	const struct msg_info *info = msg_row(row);

	if (info == NULL)
		return false;
	if (!attack_valid(a, dev, info->type, out)) {
		memset(out->byte, 0, MSG_HEADER + info->min);
		header(out, info->type, ++a->id, info->min);
	}
	*i += 1;
	if (fault < out->len) {
		header(out, info->type, a->id,
		    fault > MSG_HEADER ? fault - MSG_HEADER : 0);
		out->len = fault;
		return true;
	}
	fault -= out->len;
	if (fault < 2) {
		out->byte[out->len] = 0;
		if (fault == 0)
			header(
			    out, info->type, a->id, out->len + 1 - MSG_HEADER);
		else
			out->len++;
		return true;
	}
	fault -= 2;
	if (fault < 12) {
		out->nfds = fault;
		return true;
	}
	fault -= 12;
	if (fault / 4 < out->len && fault / 4 < 400) {
		out->byte[fault / 4] ^= edge[fault % 4];
		if (edge[fault % 4] == 0)
			out->byte[fault / 4] = 0;
		return true;
	}
	*i = (row + 1) << 16;
	return attack_table(a, dev, i, out);
}
