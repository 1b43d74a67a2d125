/*
 * What the administrator has and does. The universe is small, so that what
 * netd asks for often touches what somebody has: networks in each other,
 * addresses within them, what nobody may have, and the same for endpoints.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "tests/hostile/hostile.h"
#include "tests/twins.h"

#define IFINDEX	 7
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What an administrator might give. */
static const char *const sane[] = {
    "10.0.0.0/24",
    "10.0.0.0/16",
    "10.0.0.0/25",
    "10.0.0.2/32",
    "10.0.0.3/32",
    "10.0.0.4/32",
    "10.0.1.0/24",
    "10.0.1.5/32",
    "10.1.0.0/16",
    "10.1.2.0/24",
    "10.1.2.3/32",
    "fd07::/32",
    "fd07::/64",
    "fd07::5/128",
    "fd07::6/128",
    "fd07:0:0:1::/64",
    "10.7.0.9/32",
    "10.7.0.128/25",
    "0.0.0.0/0",
    "::/0",
};
static const char *const routes[] = {
    "10.0.0.0/24", "10.0.0.0/16", "fd07::/32", "10.1.0.0/16", "0.0.0.0/0"};
/* What no peer should get from netd, or only here and there. */
static const char *const odd[] = {
    "10.0.0.5/32",
    "10.0.0.64/26",
    "10.0.0.128/25",
    "10.0.1.0/25",
    "10.1.2.128/25",
    "10.2.0.0/16",
    "10.0.0.0/8",
    "8.8.8.8/32",
    "8.8.8.0/24",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "127.0.0.1/32",
    "127.0.0.0/8",
    "224.0.0.0/4",
    "224.0.0.1/32",
    "255.255.255.255/32",
    "169.254.1.1/32",
    "0.0.0.0/32",
    "10.7.0.0/24",
    "10.7.0.0/25",
    "10.7.0.1/32",
    "10.7.0.7/32",
    "192.0.2.0/24",
    "192.0.2.7/32",
    "2001:db8::1/128",
    "::1/128",
    "::/128",
    "::/1",
    "ff02::1/128",
    "fe80::1/128",
    "fe80::/64",
    "fe80::/10",
    "::ffff:10.0.0.5/128",
    "fd07::7/128",
    "fd07:7::9/128",
    "fd07:7::1/128",
    "fd07:7::/64",
    "fd08::/32",
};
static const char *const endpoints[] = {
    "192.0.2.7:51820",
    "192.0.2.8:51820",
    "192.0.2.9:1",
    "198.51.100.7:51820",
    "8.8.8.8:53",
    "[2001:db8:0:1::7]:51820",
    "[2001:db8::9]:51820",
    "192.0.2.255:51820",
    "192.0.2.1:51820",
    "192.0.2.1:51821",
    "192.0.2.7:0",
    "127.0.0.1:51820",
    "127.9.9.9:9",
    "224.0.0.1:51820",
    "239.1.2.3:9",
    "0.0.0.0:9",
    "0.1.2.3:9",
    "255.255.255.255:9",
    "169.254.0.1:9",
    "10.0.0.2:51820",
    "10.0.0.77:51820",
    "10.0.1.5:51820",
    "10.1.2.3:51820",
    "10.7.0.1:51820",
    "10.7.0.7:51820",
    "[::1]:9",
    "[::]:9",
    "[ff02::1]:9",
    "[fe80::1]:9",
    "[::ffff:192.0.2.7]:9",
    "[::ffff:127.0.0.1]:9",
    "[fd07::5]:51820",
    "[fd07:7::9]:51820",
    "[fd07:0:0:1::1]:9",
};

static struct prefix
P(const char *text) {
	struct prefix p;

	if (prefix_parse(text, &p) == -1)
		errx(2, "%s", text);
	return p;
}

static struct endpoint
E(const char *text) {
	struct endpoint e;

	memset(&e, 0, sizeof e);
	if (endpoint_parse(text, &e) == -1)
		errx(2, "%s", text);
	return e;
}

static const char *
one_of(struct rng *r, const char *const *list, size_t n)
{
	return list[rng_below(r, (uint32_t)n)];
}
#define ONE_OF(r, list) one_of(r, list, COUNT(list))

static struct prefix
host(const struct addr *a)
{
	struct prefix p;

	prefix_make(a, addr_bits(a), &p);
	return p;
}

struct prefix
world_prefix(struct world *w, struct rng *r)
{
	struct prefix p;
	struct addr a;
	uint32_t dice = rng_below(r, 100);

	if (dice < 45)
		return P(ONE_OF(r, sane));
	if (dice < 80)
		return P(ONE_OF(r, odd));
	if (dice < 90) {
		a = key_auto_addr(&w->key[rng_below(r, WORLD_KEYS)]);
		return host(&a);
	}
	/* Something in one of them. */
	p = P(ONE_OF(r, sane));
	a = p.addr;
	for (unsigned int i = p.len; i < addr_bits(&a); i++)
		if (rng_chance(r, 30))
			a.b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	prefix_make(&a,
	    (uint8_t)(p.len +
		rng_below(r, (uint32_t)(addr_bits(&a) - p.len + 1))),
	    &p);
	return p;
}

struct endpoint
world_endpoint(struct world *w, struct rng *r)
{
	const struct scene *s = &w->scene;
	struct endpoint e;

	if (rng_chance(r, 60)) {
		e = E(endpoints[rng_below(r, 7)]);
		if (rng_chance(r, 60))
			e.port = (uint16_t)(1 + rng_below(r, 65535));
		return e;
	}
	if (rng_chance(r, 90))
		return E(ONE_OF(r, endpoints));
	memset(&e, 0, sizeof e);
	e.addr = s->addr[rng_below(r, (uint32_t)s->naddrs)].addr;
	e.port = w->start.listen_port;
	return e;
}

struct key
world_key(struct world *w, struct rng *r, const struct snap *dev)
{
	uint32_t dice = rng_below(r, 100);
	struct key k;

	if (dice < 60 && dev->npeers > 0)
		return dev->peer[rng_below(r, (uint32_t)dev->npeers)].key;
	if (dice < 98)
		return w->key[rng_below(r, WORLD_KEYS)];
	rng_fill(r, k.b, sizeof k.b);
	return k;
}

static void
add_addr(struct scene *s, uint32_t ifindex, const char *ifname,
    const struct addr *a, uint8_t len)
{
	struct m_addr *m = &s->addr[s->naddrs++];

	memset(m, 0, sizeof *m);
	m->ifindex = ifindex;
	m->up = true;
	snprintf(m->ifname, sizeof m->ifname, "%s", ifname);
	m->addr = *a;
	m->len = len;
}

static void
add_addr_text(
    struct scene *s, uint32_t ifindex, const char *ifname, const char *text)
{
	struct prefix p = P(text);
	struct addr a;
	char buf[PREFIX_STRLEN];

	snprintf(buf, sizeof buf, "%s", text);
	*strchr(buf, '/') = '\0';
	addr_parse(buf, &a);
	add_addr(s, ifindex, ifname, &a, p.len);
}

static bool
is_configured(const struct scene *s, const struct prefix *p)
{
	for (size_t i = 0; i < s->nconf; i++)
		for (size_t j = 0; j < s->conf[i].n; j++)
			if (prefix_eq(&s->conf[i].prefix[j], p))
				return true;
	return false;
}

static void
make_scene(struct world *w)
{
	static const char *const allowed[] = {"10.0.0.0/8", "fd07::/16",
	    "10.0.0.0/25", "8.8.8.0/24", "10.7.0.0/16"};
	struct scene *s = &w->scene;
	struct rng *r = &w->rng;
	struct addr a = key_auto_addr(&w->key[KEY_SELF]);
	uint32_t dice = rng_below(r, 100);
	struct prefix p;

	s->ifindex = IFINDEX;
	add_addr_text(s, 1, "lo", "127.0.0.1/8");
	add_addr_text(s, 1, "lo", "::1/128");
	add_addr_text(s, 2, "eth0", "192.0.2.1/24");
	add_addr_text(s, 2, "eth0", "2001:db8:0:1::1/64");
	add_addr_text(s, IFINDEX, "wl0", "10.7.0.1/24");
	add_addr_text(s, IFINDEX, "wl0", "fd07:7::1/64");
	add_addr(s, IFINDEX, "wl0", &a, 64);
	/* A network that is the tunnel's and a local one. */
	if (rng_chance(r, 15))
		add_addr_text(s, 2, "eth0", "10.0.1.1/24");
	s->membership = dice < 15 ? MEMBERSHIP_NONE
	    : dice < 30		  ? MEMBERSHIP_CONFIGURED
				  : MEMBERSHIP_ROUTERS;
	if (rng_chance(r, 40))
		for (size_t i = rng_below(r, 3); i < COUNT(allowed); i += 2)
			s->allowed[s->nallowed++] = P(allowed[i]);
	s->observe = w->key[KEY_FIRST].b[0] < 32;
	s->nconf = rng_below(r, WORLD_CONF + 1);
	for (size_t i = 0; i < s->nconf; i++) {
		s->conf[i].key = w->key[KEY_FIRST + 3 * i];
		for (uint32_t n = rng_below(r, 3); n > 0; n--) {
			p = P(ONE_OF(r, sane));
			/* No two peers may be configured with the same. */
			if (!is_configured(s, &p))
				s->conf[i].prefix[s->conf[i].n++] = p;
		}
	}
}

void
world_make(struct world *w, uint64_t seed)
{
	struct snap *d = &w->start;
	struct rng *r = &w->rng;
	struct snap_peer *p;
	struct prefix x;
	uint32_t n;

	memset(w, 0, sizeof *w);
	r->state = seed;
	for (size_t i = 0; i < WORLD_KEYS; i++)
		rng_fill(r, w->key[i].b, KEY_LEN);
	memset(w->key[KEY_ZERO].b, 0, KEY_LEN);
	memset(w->key[KEY_WEAK].b, 0, KEY_LEN);
	w->key[KEY_WEAK].b[0] = 1;
	/* Of a peer of the start, now and then, and of one that is none. */
	w->key[KEY_FIRST + rng_below(r, 8)] = twins[0];
	w->key[WORLD_KEYS - 1] = twins[1];
	rng_fill(r, d->secret, KEY_LEN);
	d->secret[0] &= 248;
	d->secret[31] = (uint8_t)((d->secret[31] & 127) | 64);
	crypto_scalarmult_base(w->key[KEY_SELF].b, d->secret);
	d->listen_port = 51820;
	make_scene(w);
	/* With many peers, all of them can be flooded more than one by one. */
	n = rng_chance(r, 85) ? 2 + rng_below(r, 8) : 30;
	for (uint32_t i = 0; i < n; i++) {
		p = snap_peer(d, &w->key[KEY_FIRST + i]);
		if (rng_chance(r, 50))
			rng_fill(r, p->psk, KEY_LEN);
		if (rng_chance(r, 50))
			p->endpoint = E("192.0.2.7:51820");
		x = i < 2 ? P(ONE_OF(r, routes)) : P(ONE_OF(r, sane));
		snap_give(d, &p->key, &x);
	}
	if (rng_chance(r, 10))
		snap_peer(d, &w->key[KEY_WEAK]);
	w->scene.max_peers = n + rng_below(r, 6);
}

struct admin_op
world_admin(struct world *w, struct rng *r, const struct snap *dev)
{
	static const enum admin_kind kinds[] = {ADMIN_PEER, ADMIN_PEER,
	    ADMIN_DROP, ADMIN_DROP, ADMIN_GIVE, ADMIN_GIVE, ADMIN_GIVE,
	    ADMIN_GIVE, ADMIN_TAKE, ADMIN_TAKE, ADMIN_ENDPOINT, ADMIN_KEEPALIVE,
	    ADMIN_SESSION, ADMIN_SESSION, ADMIN_SESSION, ADMIN_SESSION,
	    ADMIN_KEY, ADMIN_PORT, ADMIN_ADDR};
	struct admin_op op;

	memset(&op, 0, sizeof op);
	op.kind = kinds[rng_below(r, COUNT(kinds))];
	op.key = op.kind == ADMIN_PEER
	    ? w->key[KEY_FIRST + rng_below(r, WORLD_KEYS - KEY_FIRST)]
	    : dev->npeers > 0
	    ? dev->peer[rng_below(r, (uint32_t)dev->npeers)].key
	    : w->key[KEY_FIRST];
	/* Networks of everything are rare. */
	op.prefix = P(
	    one_of(r, sane, rng_chance(r, 10) ? COUNT(sane) : COUNT(sane) - 2));
	if (op.kind == ADMIN_TAKE && dev->nprefixes > 0) {
		const struct snap_prefix *p =
		    &dev->prefix[rng_below(r, (uint32_t)dev->nprefixes)];

		op.key = p->key;
		op.prefix = p->prefix;
	}
	op.endpoint = E(endpoints[rng_below(r, 5)]);
	op.value = (uint16_t)(1 + rng_below(r, 60000));
	if (op.kind == ADMIN_KEY || rng_chance(r, 50))
		rng_fill(r, op.secret, KEY_LEN);
	if (op.kind == ADMIN_KEY) {
		op.secret[0] &= 248;
		op.secret[31] = (uint8_t)((op.secret[31] & 127) | 64);
	}
	return op;
}

/* The interface has one address more, or that one less. */
static void
toggle_addr(struct scene *s)
{
	size_t last = s->naddrs - 1;
	struct addr a;

	addr_parse("10.1.2.1", &a);
	if (addr_eq(&s->addr[last].addr, &a))
		s->naddrs--;
	else
		add_addr(s, IFINDEX, "wl0", &a, 24);
}

void
admin_apply(struct world *w, struct snap *dev, const struct admin_op *op)
{
	struct snap_peer *p;

	switch (op->kind) {
	case ADMIN_PEER:
		if (snap_find(dev, &op->key) != NULL ||
		    (p = snap_peer(dev, &op->key)) == NULL)
			return;
		memcpy(p->psk, op->secret, KEY_LEN);
		snap_give(dev, &op->key, &op->prefix);
		break;
	case ADMIN_DROP:
		snap_drop(dev, &op->key);
		break;
	case ADMIN_GIVE:
		if (snap_find(dev, &op->key) != NULL)
			snap_give(dev, &op->key, &op->prefix);
		break;
	case ADMIN_TAKE:
		snap_take(dev, &op->key, &op->prefix);
		break;
	case ADMIN_ENDPOINT:
		if ((p = snap_find(dev, &op->key)) != NULL)
			p->endpoint = op->endpoint;
		break;
	case ADMIN_KEEPALIVE:
		if ((p = snap_find(dev, &op->key)) != NULL)
			p->keepalive_s = op->value;
		break;
	case ADMIN_SESSION:
		if ((p = snap_find(dev, &op->key)) != NULL) {
			p->handshake_ns = op->at_ns;
			p->rx_bytes = op->value % 1024;
		}
		break;
	case ADMIN_KEY:
		/* The new key's auto address is added by privd. */
		memcpy(dev->secret, op->secret, KEY_LEN);
		crypto_scalarmult_base(w->key[KEY_SELF].b, op->secret);
		snap_drop(dev, &w->key[KEY_SELF]);
		break;
	case ADMIN_PORT:
		dev->listen_port = op->value;
		break;
	case ADMIN_ADDR:
		toggle_addr(&w->scene);
		break;
	}
}

const char *
admin_text(const struct admin_op *op, char *out, size_t len)
{
	static const char *const names[] = {"adds peer", "drops peer", "gives",
	    "takes", "sets the endpoint of", "sets the keepalive of",
	    "sees a handshake of", "changes the private key",
	    "changes the listen port", "changes the interface's addresses"};
	char key[KEY_STRLEN], prefix[PREFIX_STRLEN];

	snprintf(out, len, "the administrator %s %.8s %s", names[op->kind],
	    key_format(&op->key, key), prefix_format(&op->prefix, prefix));
	return out;
}
