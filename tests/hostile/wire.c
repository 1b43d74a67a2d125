/*
 * What a message of netd must look like, from docs/messages.md: byte by byte,
 * without the decoders that privd has.
 */
#include <stdio.h>
#include <string.h>

#include "tests/hostile/hostile.h"

struct bytes {
	const uint8_t *p;
	size_t left;
	bool ok;
};

static const uint8_t *
take(struct bytes *b, size_t n)
{
	static const uint8_t none[BODY_MAX_RECV];
	const uint8_t *p = b->p;

	if (!b->ok || n > b->left) {
		b->ok = false;
		return none;
	}
	b->p += n;
	b->left -= n;
	return p;
}

static uint32_t
num(struct bytes *b, size_t n)
{
	const uint8_t *p = take(b, n);
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

static void
key(struct bytes *b, struct key *k)
{
	memcpy(k->b, take(b, KEY_LEN), KEY_LEN);
}

static unsigned int
bits(unsigned int family)
{
	return family == 4 ? 32 : family == 6 ? 128 : 0;
}

static void
addr(struct bytes *b, struct addr *a)
{
	a->family = (uint8_t)num(b, 1);
	memcpy(a->b, take(b, 16), 16);
	if (a->family != 0 && a->family != 4 && a->family != 6)
		b->ok = false;
	for (size_t i = bits(a->family) / 8; i < 16; i++)
		if (a->b[i] != 0)
			b->ok = false;
}

static void
prefix(struct bytes *b, struct prefix *p)
{
	addr(b, &p->addr);
	p->len = (uint8_t)num(b, 1);
	if (p->addr.family == 0 || p->len > bits(p->addr.family)) {
		b->ok = false;
		return;
	}
	for (unsigned int i = p->len; i < 128; i++)
		if ((p->addr.b[i / 8] & 0x80 >> i % 8) != 0)
			b->ok = false;
}

static void
peer_set(struct bytes *b, struct m_peer_set *m)
{
	uint32_t how;

	key(b, &m->key);
	how = num(b, 1);
	m->may_add = how == 1;
	m->remake = how == 2;
	addr(b, &m->endpoint.addr);
	m->endpoint.port = (uint16_t)num(b, 2);
	if (how > 2 || (m->endpoint.addr.family == 0 && m->endpoint.port != 0))
		b->ok = false;
	m->keepalive_s = (uint16_t)num(b, 2);
	m->nadd = num(b, 2);
	m->ndel = num(b, 2);
	if (how == 2 && (m->nadd > 0 || m->ndel > 0 || m->keepalive_s != 65535))
		b->ok = false;
	if (!b->ok || m->nadd > 256 || m->ndel > 256) {
		b->ok = false;
		return;
	}
	for (size_t i = 0; i < m->nadd; i++)
		prefix(b, &m->add[i]);
	for (size_t i = 0; i < m->ndel; i++)
		prefix(b, &m->del[i]);
}

static void
bodies(struct bytes *b, struct request *r, bool tags, size_t max)
{
	r->n = num(b, 1);
	if (r->n < 1 || r->n > 12) {
		b->ok = false;
		return;
	}
	for (size_t i = 0; i < r->n && b->ok; i++) {
		struct m_body *m = &r->body[i];

		key(b, &m->peer);
		if (tags) {
			memcpy(m->nonce, take(b, 24), 24);
			memcpy(m->tag, take(b, 16), 16);
		}
		m->len = num(b, 2);
		if (m->len > max) {
			b->ok = false;
			return;
		}
		m->body = take(b, m->len);
	}
}

static void
ready(struct bytes *b)
{
	static const char build[] = WIRELINK_VERSION;

	if (num(b, 4) != 1 || num(b, 1) != sizeof build - 1 ||
	    b->left != sizeof build - 1 ||
	    memcmp(take(b, sizeof build - 1), build, sizeof build - 1) != 0)
		b->ok = false;
}

const char *
wire_parse(const struct attack *a, unsigned int phase, struct request *r)
{
	struct bytes b = {a->byte, a->len, true};
	uint32_t type, flags, stated, zero;

	if (a->nfds > 0)
		return "a descriptor";
	if (a->len < 16 || a->len > 16384)
		return "size";
	type = num(&b, 2);
	flags = num(&b, 2);
	stated = num(&b, 4);
	r->id = num(&b, 4);
	zero = num(&b, 4);
	r->type = (enum msg_type)type;
	if (stated != a->len || zero != 0 || flags != 0)
		return "header";
	if (phase == PH_BOOT ? type != 8
			     : type != 12 && type != 14 && type != 16 &&
		    type != 18 && type != 19 && type != 22)
		return "type, direction or phase";
	switch (type) {
	case 8:
		ready(&b);
		break;
	case 14:
		bodies(&b, r, false, 1136);
		break;
	case 16:
		bodies(&b, r, true, 2348);
		break;
	case 18:
		peer_set(&b, &r->set);
		break;
	case 19:
		key(&b, &r->set.key);
		break;
	}
	return b.ok && b.left == 0 ? NULL : "payload";
}

static size_t
say_prefixes(char *out, size_t off, size_t len, char sign,
    const struct prefix *p, size_t n)
{
	char text[PREFIX_STRLEN];

	for (size_t i = 0; i < n && i < 4 && off < len; i++)
		off += (size_t)snprintf(out + off, len - off, " %c%s", sign,
		    prefix_format(&p[i], text));
	if (n > 4 && off < len)
		off += (size_t)snprintf(
		    out + off, len - off, " and %zu more", n - 4);
	return off < len ? off : len;
}

const char *
wire_text(const struct attack *a, char *out, size_t len)
{
	static struct request r;
	const char *why = wire_parse(a, PH_BOOT, &r) == NULL
	    ? NULL
	    : wire_parse(a, PH_RUN, &r);
	const struct msg_info *info;
	char k[KEY_STRLEN], e[ENDPOINT_STRLEN];
	size_t off;

	info = a->len < 2
	    ? NULL
	    : msg_info((unsigned int)(a->byte[0] << 8 | a->byte[1]));
	off = (size_t)snprintf(out, len, "%s, %zu bytes",
	    info != NULL ? info->name : "unknown type", a->len);
	if (why != NULL) {
		snprintf(out + off, len - off, ": bad %s", why);
		return out;
	}
	if (r.type == MSG_PEER_SET || r.type == MSG_PEER_REMOVE)
		off += (size_t)snprintf(
		    out + off, len - off, ": %.8s", key_format(&r.set.key, k));
	if (r.type != MSG_PEER_SET)
		return out;
	off += (size_t)snprintf(out + off, len - off, "%s endpoint %s",
	    r.set.may_add      ? " (may add)"
		: r.set.remake ? " (anew)"
			       : "",
	    endpoint_format(&r.set.endpoint, e));
	if (r.set.keepalive_s != KEEPALIVE_KEEP)
		off += (size_t)snprintf(out + off, len - off, " keepalive %u",
		    (unsigned int)r.set.keepalive_s);
	off = say_prefixes(out, off, len, '+', r.set.add, r.set.nadd);
	say_prefixes(out, off, len, '-', r.set.del, r.set.ndel);
	return out;
}
