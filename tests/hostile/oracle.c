/*
 * The promises of docs/architecture.md, stated anew over plain lists. Slow,
 * and short enough to be read beside that page. Who gave what is known here
 * from having seen it happen, not from the ledger.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/hostile/hostile.h"

#define HOMES_MAX (SNAP_PREFIXES + ORACLE_NOTES + 2 * WORLD_CONF)

#define PEER_BURST  16
#define PEER_PER_S  1
#define TOTAL_BURST 256
#define TOTAL_PER_S 20

/* A prefix that the administrator gave. */
struct home {
	const struct key *key;
	const struct prefix *prefix;
	bool held; /* is on the device now */
};

static const char *
text_key(const struct key *k)
{
	static char text[KEY_STRLEN];

	key_format(k, text);
	text[8] = '\0';
	return text;
}

static const char *
text_prefix(const struct prefix *p)
{
	static char text[PREFIX_STRLEN];

	return prefix_format(p, text);
}

void
oracle_broken(struct oracle *o, unsigned int promise, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (o->broken[0] != '\0')
		return;
	n = snprintf(o->broken, sizeof o->broken, "promise %u: ", promise);
	va_start(ap, fmt);
	vsnprintf(o->broken + n, sizeof o->broken - (size_t)n, fmt, ap);
	va_end(ap);
}

static bool
same_key(const struct key *a, const struct key *b)
{
	return memcmp(a->b, b->b, KEY_LEN) == 0;
}

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static unsigned int
width(const struct addr *a)
{
	return a->family == 4 ? 32 : 128;
}

static bool
bit(const struct addr *a, unsigned int i)
{
	return (a->b[i / 8] >> (7 - i % 8) & 1) != 0;
}

static bool
addr_in(const struct addr *a, const struct addr *net, unsigned int len)
{
	if (a->family != net->family)
		return false;
	for (unsigned int i = 0; i < len; i++)
		if (bit(a, i) != bit(net, i))
			return false;
	return true;
}

/* Does all of in lie in out? */
static bool
lies_in(const struct prefix *in, const struct prefix *out)
{
	return in->len >= out->len && addr_in(&in->addr, &out->addr, out->len);
}

static bool
addr_lies_in(const struct addr *a, const char *net)
{
	struct prefix p;

	return prefix_parse(net, &p) == 0 && addr_in(a, &p.addr, p.len);
}

/* What is no global unicast. */
static bool
is_odd_addr(const struct addr *a)
{
	static const char *const odd4[] = {"0.0.0.0/8", "127.0.0.0/8",
	    "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"};
	static const char *const odd6[] = {
	    "::/128", "::1/128", "::ffff:0:0/96", "fe80::/10", "ff00::/8"};

	for (size_t i = 0; i < 5; i++)
		if (addr_lies_in(a, a->family == 4 ? odd4[i] : odd6[i]))
			return true;
	return false;
}

void
oracle_init(struct oracle *o, const struct scene *scene, const char *ledger)
{
	memset(o, 0, sizeof *o);
	o->scene = scene;
	o->ledger = ledger;
}

void
oracle_restart(struct oracle *o)
{
	/* privd counts anew; that it does not end too often is up to who
	 * starts it. */
	o->nevents = 0;
	o->nknown = 0;
}

void
oracle_forget(struct oracle *o)
{
	o->nnotes = 0;
}

static const struct note *
noted(const struct oracle *o, enum note_kind kind, const struct key *key,
    const struct prefix *p)
{
	for (size_t i = 0; i < o->nnotes; i++) {
		const struct note *n = &o->note[i];

		if (n->kind == kind && same_key(&n->key, key) &&
		    (p == NULL || same_prefix(&n->prefix, p)))
			return n;
	}
	return NULL;
}

static void
add_note(struct oracle *o, enum note_kind kind, const struct key *key,
    const struct prefix *p)
{
	struct note *n;

	if (noted(o, kind, key, p) != NULL || o->nnotes == ORACLE_NOTES)
		return;
	n = &o->note[o->nnotes++];
	memset(n, 0, sizeof *n);
	n->kind = kind;
	n->key = *key;
	if (p != NULL)
		n->prefix = *p;
}

static bool
holds(const struct snap *dev, const struct key *key, const struct prefix *p)
{
	const struct key *holder = snap_holder(dev, p);

	return holder != NULL && same_key(holder, key);
}

void
oracle_seen(struct oracle *o, const struct snap *dev)
{
	for (size_t i = o->nnotes; i-- > 0;) {
		const struct note *n = &o->note[i];
		bool there = snap_find(dev, &n->key) != NULL;

		if (n->kind == NOTE_PREFIX)
			there = there && holds(dev, &n->key, &n->prefix);
		else if (n->kind == NOTE_WITHDRAWN)
			there = there && !holds(dev, &n->key, &n->prefix);
		if (!there)
			o->note[i] = o->note[--o->nnotes];
	}
}

void
oracle_read(struct oracle *o, const struct snap *dev)
{
	for (size_t i = 0; i < dev->npeers; i++) {
		size_t j = 0;

		while (
		    j < o->nknown && !same_key(&o->known[j], &dev->peer[i].key))
			j++;
		if (j == o->nknown && j < ORACLE_KNOWN)
			o->known[o->nknown++] = dev->peer[i].key;
	}
}

/* All home prefixes: what stands on the device and is not privd's, what privd
 * withdrew, what the configuration says. */
static size_t
homes(
    const struct oracle *o, const struct snap *dev, struct home out[HOMES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < dev->nprefixes; i++) {
		const struct snap_prefix *p = &dev->prefix[i];

		if (noted(o, NOTE_PREFIX, &p->key, &p->prefix) == NULL)
			out[n++] = (struct home){&p->key, &p->prefix, true};
	}
	for (size_t i = 0; i < o->nnotes; i++)
		if (o->note[i].kind == NOTE_WITHDRAWN)
			out[n++] = (struct home){
			    &o->note[i].key, &o->note[i].prefix, false};
	for (size_t i = 0; i < o->scene->nconf; i++)
		for (size_t j = 0; j < o->scene->conf[i].n; j++)
			out[n++] = (struct home){&o->scene->conf[i].key,
			    &o->scene->conf[i].prefix[j], false};
	return n;
}

static bool
has_home(const struct home *h, size_t n, const struct key *key,
    const struct prefix *p)
{
	for (size_t i = 0; i < n; i++)
		if (same_key(h[i].key, key) && same_prefix(h[i].prefix, p))
			return true;
	return false;
}

/* A peer that was given a network, not only an address (wire.md). */
static bool
is_router(const struct home *h, size_t n, const struct key *key)
{
	for (size_t i = 0; i < n; i++)
		if (same_key(h[i].key, key) &&
		    h[i].prefix->len < width(&h[i].prefix->addr) &&
		    (h[i].prefix->len == 0 || !is_odd_addr(&h[i].prefix->addr)))
			return true;
	return false;
}

/* Promise 3, first part: may the peer be given that by netd? */
static void
judge_given(struct oracle *o, const struct snap *before, const struct key *key,
    const struct prefix *p)
{
	static struct home h[HOMES_MAX];
	const struct scene *s = o->scene;
	size_t n = homes(o, before, h);
	const struct key *holder = snap_holder(before, p);
	struct addr own = key_auto_addr(key);
	bool open = false;

	if (holder != NULL && !same_key(holder, key))
		oracle_broken(o, 3, "%s was taken from the peer that held it",
		    text_prefix(p));
	for (size_t i = 0; i < n; i++)
		if (!same_key(h[i].key, key) && lies_in(h[i].prefix, p))
			oracle_broken(o, 3,
			    "%s contains a home prefix of another peer",
			    text_prefix(p));
	if (has_home(h, n, key, p))
		return;
	if (p->len == 128 && memcmp(&own, &p->addr, sizeof own) == 0)
		return;
	if (is_odd_addr(&p->addr))
		oracle_broken(
		    o, 3, "%s is no network of peers", text_prefix(p));
	for (size_t i = 0; i < s->naddrs; i++) {
		if (s->addr[i].ifindex != s->ifindex)
			continue;
		if (addr_in(&s->addr[i].addr, &p->addr, p->len))
			oracle_broken(o, 3, "%s has our own address in it",
			    text_prefix(p));
		if (p->len >= s->addr[i].len &&
		    addr_in(&p->addr, &s->addr[i].addr, s->addr[i].len))
			open = true;
	}
	for (size_t i = 0; i < n; i++)
		if (lies_in(p, h[i].prefix) && !same_prefix(p, h[i].prefix) &&
		    (h[i].prefix->len > 0 || s->nallowed > 0) &&
		    is_router(h, n, h[i].key))
			open = true;
	if (!open)
		oracle_broken(o, 3, "%s was no destination in the tunnel",
		    text_prefix(p));
	open = s->nallowed == 0;
	for (size_t i = 0; i < s->nallowed; i++)
		if (lies_in(p, &s->allowed[i]))
			open = true;
	if (!open)
		oracle_broken(
		    o, 3, "%s is outside AllowedPrefixes", text_prefix(p));
}

/* Promise 3, second part: may that be taken from the peer by netd? */
static void
judge_taken(struct oracle *o, const struct snap *before,
    const struct snap *after, const struct key *key, const struct prefix *p)
{
	static struct home h[HOMES_MAX];
	size_t n = homes(o, before, h);
	bool removed = snap_find(after, key) == NULL;

	if (noted(o, NOTE_PREFIX, key, p) != NULL)
		return; /* privd gave it */
	/* What the configuration says comes back with the peer. */
	for (size_t i = 0; removed && i < o->scene->nconf; i++)
		for (size_t j = 0; j < o->scene->conf[i].n; j++)
			if (same_key(&o->scene->conf[i].key, key) &&
			    same_prefix(&o->scene->conf[i].prefix[j], p))
				return;
	if (is_router(h, n, key))
		oracle_broken(o, 3, "home prefix %s was taken from a router",
		    text_prefix(p));
	for (size_t i = 0; i < n; i++)
		if (h[i].held && holds(after, h[i].key, h[i].prefix) &&
		    lies_in(p, h[i].prefix) && !same_prefix(p, h[i].prefix) &&
		    is_router(h, n, h[i].key))
			return;
	oracle_broken(o, 3,
	    "home prefix %s was withdrawn, and no router covers it",
	    text_prefix(p));
}

/* Promise 5: where the peer is said to be. */
static void
judge_endpoint(
    struct oracle *o, const struct snap *before, const struct endpoint *e)
{
	static struct home h[HOMES_MAX];
	const struct scene *s = o->scene;
	bool tunnel = false, local = false;
	char text[ENDPOINT_STRLEN];
	size_t n;

	endpoint_format(e, text);
	if (e->port == 0 || is_odd_addr(&e->addr))
		oracle_broken(o, 5, "endpoint %s", text);
	for (size_t i = 0; i < s->naddrs; i++) {
		const struct m_addr *a = &s->addr[i];
		bool all_ones = a->addr.family == 4 && a->len < 31;

		if (memcmp(&a->addr, &e->addr, sizeof e->addr) == 0 &&
		    e->port == before->listen_port)
			oracle_broken(
			    o, 5, "endpoint %s is the device itself", text);
		if (!addr_in(&e->addr, &a->addr, a->len))
			continue;
		for (unsigned int b = a->len; all_ones && b < 32; b++)
			all_ones = bit(&e->addr, b);
		if (all_ones)
			oracle_broken(o, 5, "endpoint %s is broadcast", text);
		if (a->ifindex == s->ifindex)
			tunnel = true;
		else
			local = true;
	}
	n = homes(o, before, h);
	for (size_t i = 0; i < n; i++)
		if (h[i].prefix->len > 0 &&
		    addr_in(&e->addr, &h[i].prefix->addr, h[i].prefix->len))
			tunnel = true;
	for (size_t i = 0; i < before->nprefixes; i++) {
		const struct prefix *p = &before->prefix[i].prefix;

		if (p->len > 0 && addr_in(&e->addr, &p->addr, p->len))
			tunnel = true;
	}
	if (tunnel && !local)
		oracle_broken(o, 5, "endpoint %s is in the tunnel", text);
}

/* Promise 5: how often. Any stretch of time has at most what may come at
 * once and what comes with time. */
static void
judge_rate(
    struct oracle *o, const struct key *key, int64_t from_ns, int64_t to_ns)
{
	unsigned int peer = 0, all = 0;

	if (o->nevents == ORACLE_EVENTS) {
		o->nevents /= 2;
		memmove(o->event, o->event + o->nevents,
		    o->nevents * sizeof o->event[0]);
	}
	o->event[o->nevents].key = *key;
	o->event[o->nevents].from_ns = from_ns;
	o->event[o->nevents++].to_ns = to_ns;
	for (size_t i = o->nevents; i-- > 0;) {
		int64_t span_ns = to_ns - o->event[i].from_ns;

		all++;
		if (all > TOTAL_BURST + span_ns * TOTAL_PER_S / 1000000000 + 1)
			oracle_broken(o, 5, "%u endpoints in %lld ms", all,
			    (long long)span_ns / 1000000);
		if (!same_key(&o->event[i].key, key))
			continue;
		peer++;
		if (peer > PEER_BURST + span_ns * PEER_PER_S / 1000000000 + 1)
			oracle_broken(o, 5,
			    "%u endpoints of one peer in %lld ms", peer,
			    (long long)span_ns / 1000000);
	}
}

void
oracle_remade(struct oracle *o, const struct key *key, int64_t now_ns)
{
	judge_rate(o, key, now_ns, now_ns);
}

static void
judge_new_peer(struct oracle *o, const struct snap *before,
    const struct snap *after, const struct snap_peer *p)
{
	static const uint8_t zero[KEY_LEN];
	struct addr own = key_auto_addr(&p->key), other;

	if (o->scene->membership == MEMBERSHIP_NONE)
		oracle_broken(o, 4, "a peer was added with Membership = none");
	if (after->npeers > before->npeers &&
	    after->npeers > o->scene->max_peers)
		oracle_broken(o, 4, "%zu peers, MaxPeers %zu", after->npeers,
		    o->scene->max_peers);
	if (memcmp(p->key.b, zero, KEY_LEN) == 0)
		oracle_broken(o, 4, "a peer without a key");
	for (size_t i = 0; i < o->scene->naddrs; i++) {
		other = o->scene->addr[i].addr;
		if (o->scene->addr[i].ifindex == o->scene->ifindex &&
		    memcmp(&own, &other, sizeof own) == 0)
			oracle_broken(o, 4, "the device is its own peer");
	}
	for (size_t i = 0; i < after->npeers; i++) {
		other = key_auto_addr(&after->peer[i].key);
		if (&after->peer[i] != p &&
		    memcmp(&own, &other, sizeof own) == 0)
			oracle_broken(o, 4, "two peers with one auto address");
	}
	if (memcmp(p->psk, zero, KEY_LEN) != 0)
		oracle_broken(o, 2, "a preshared key was set");
}

static void
judge_peers(struct oracle *o, const struct snap *before,
    const struct snap *after, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < before->npeers; i++) {
		const struct snap_peer *p = &before->peer[i];

		if (snap_find(after, &p->key) == NULL &&
		    noted(o, NOTE_PEER, &p->key, NULL) == NULL)
			oracle_broken(o, 4,
			    "peer %s is the administrator's and was removed",
			    text_key(&p->key));
	}
	for (size_t i = 0; i < after->npeers; i++) {
		const struct snap_peer *p = &after->peer[i];
		const struct snap_peer *q = snap_find(before, &p->key);

		if (q == NULL)
			judge_new_peer(o, before, after, p);
		else if (memcmp(p->psk, q->psk, KEY_LEN) != 0)
			oracle_broken(o, 2, "a preshared key changed");
		/* WireGuard's REJECT_AFTER_TIME; one that is deaf is none. */
		if (q != NULL && q->handshake_ns != p->handshake_ns &&
		    to_ns - q->handshake_ns <= INT64_C(180000000000) &&
		    (q->rx_bytes > 512 ||
			to_ns - q->handshake_ns < 500 * INT64_C(1000000)))
			oracle_broken(o, 4, "peer %s has lost its session",
			    text_key(&p->key));
		if (q != NULL && p->keepalive_s != q->keepalive_s &&
		    noted(o, NOTE_PEER, &p->key, NULL) == NULL)
			oracle_broken(o, 4,
			    "keepalive of the administrator's peer changed");
		if (q == NULL ? p->endpoint.addr.family == 0
			      : endpoint_eq(&p->endpoint, &q->endpoint))
			continue;
		judge_endpoint(o, before, &p->endpoint);
		judge_rate(o, &p->key, from_ns, to_ns);
	}
}

/* Promise 8: with -N a peer that is there is given its link-local address,
 * and nothing else happens. */
static void
judge_observed(
    struct oracle *o, const struct snap *before, const struct snap *after)
{
	if (before->npeers != after->npeers)
		oracle_broken(o, 8, "peers came or went");
	for (size_t i = 0; i < before->npeers; i++) {
		const struct snap_peer *p = &before->peer[i];
		const struct snap_peer *q = snap_find(after, &p->key);

		if (q != NULL &&
		    (p->keepalive_s != q->keepalive_s ||
			!endpoint_eq(&p->endpoint, &q->endpoint)))
			oracle_broken(o, 8, "a peer was changed");
	}
	for (size_t i = 0; i < before->nprefixes; i++)
		if (!holds(after, &before->prefix[i].key,
			&before->prefix[i].prefix))
			oracle_broken(o, 8, "%s was taken away",
			    text_prefix(&before->prefix[i].prefix));
	for (size_t i = 0; i < after->nprefixes; i++) {
		const struct snap_prefix *p = &after->prefix[i];
		struct addr own = key_auto_addr(&p->key);

		if (!holds(before, &p->key, &p->prefix) &&
		    (p->prefix.len != 128 ||
			memcmp(&own, &p->prefix.addr, sizeof own) != 0))
			oracle_broken(
			    o, 8, "%s was given", text_prefix(&p->prefix));
	}
}

void
oracle_judge(struct oracle *o, const struct snap *before,
    const struct snap *after, int64_t from_ns, int64_t to_ns)
{
	static struct home h[HOMES_MAX];
	size_t n;

	if (memcmp(before->secret, after->secret, KEY_LEN) != 0 ||
	    before->listen_port != after->listen_port ||
	    before->mark != after->mark)
		oracle_broken(o, 2, "key, port or mark changed");
	if (o->scene->observe)
		judge_observed(o, before, after);
	judge_peers(o, before, after, from_ns, to_ns);
	for (size_t i = 0; i < after->nprefixes; i++) {
		const struct snap_prefix *p = &after->prefix[i];

		if (!holds(before, &p->key, &p->prefix))
			judge_given(o, before, &p->key, &p->prefix);
	}
	for (size_t i = 0; i < before->nprefixes; i++) {
		const struct snap_prefix *p = &before->prefix[i];

		if (!holds(after, &p->key, &p->prefix))
			judge_taken(o, before, after, &p->key, &p->prefix);
	}
	/* Now it is so: what of it is privd's? */
	n = homes(o, before, h);
	for (size_t i = 0; i < after->nprefixes; i++) {
		const struct snap_prefix *p = &after->prefix[i];

		if (!holds(before, &p->key, &p->prefix) &&
		    !has_home(h, n, &p->key, &p->prefix))
			add_note(o, NOTE_PREFIX, &p->key, &p->prefix);
	}
	for (size_t i = 0; i < before->nprefixes; i++) {
		const struct snap_prefix *p = &before->prefix[i];

		if (!holds(after, &p->key, &p->prefix) &&
		    noted(o, NOTE_PREFIX, &p->key, &p->prefix) == NULL)
			add_note(o, NOTE_WITHDRAWN, &p->key, &p->prefix);
	}
	for (size_t i = 0; i < after->npeers; i++)
		if (snap_find(before, &after->peer[i].key) == NULL)
			add_note(o, NOTE_PEER, &after->peer[i].key, NULL);
}

/* The ledger's file as the oracle reads it. The number of records. */
static size_t
read_ledger(const struct oracle *o, struct note out[ORACLE_NOTES])
{
	uint8_t rec[64];
	size_t n = 0;
	FILE *f = fopen(o->ledger, "r");

	if (f == NULL)
		return 0;
	if (fread(rec, sizeof rec, 1, f) == 1)
		while (n < ORACLE_NOTES && fread(rec, sizeof rec, 1, f) == 1) {
			if (rec[0] == 0)
				continue;
			memset(&out[n], 0, sizeof out[n]);
			out[n].kind = (enum note_kind)rec[0];
			out[n].prefix.addr.family = rec[1];
			memcpy(out[n].prefix.addr.b, rec + 2, 16);
			out[n].prefix.len = rec[18];
			memcpy(out[n].key.b, rec + 19, KEY_LEN);
			n++;
		}
	fclose(f);
	return n;
}

static bool
written(const struct note *list, size_t n, enum note_kind kind,
    const struct key *key, const struct prefix *p)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].kind == kind && same_key(&list[i].key, key) &&
		    (p == NULL || same_prefix(&list[i].prefix, p)))
			return true;
	return false;
}

void
oracle_change(struct oracle *o, const struct snap *dev, const struct key *key,
    bool create, size_t nadd, const struct prefix *add, size_t ndel,
    const struct prefix *del)
{
	static struct note file[ORACLE_NOTES];
	static struct home h[HOMES_MAX];
	size_t n = read_ledger(o, file), nhomes = homes(o, dev, h);

	if (create && snap_find(dev, key) == NULL) {
		if (!written(file, n, NOTE_PEER, key, NULL))
			oracle_broken(o, 7, "peer %s is added, and not noted",
			    text_key(key));
		add_note(o, NOTE_PEER, key, NULL);
	}
	for (size_t i = 0; i < nadd; i++) {
		if (holds(dev, key, &add[i]) ||
		    has_home(h, nhomes, key, &add[i]))
			continue;
		if (!written(file, n, NOTE_PREFIX, key, &add[i]))
			oracle_broken(o, 7, "%s is given, and not noted",
			    text_prefix(&add[i]));
		add_note(o, NOTE_PREFIX, key, &add[i]);
	}
	for (size_t i = 0; i < ndel; i++) {
		if (!holds(dev, key, &del[i]) ||
		    noted(o, NOTE_PREFIX, key, &del[i]) != NULL)
			continue;
		if (!written(file, n, NOTE_WITHDRAWN, key, &del[i]))
			oracle_broken(o, 7, "%s is withdrawn, and not noted",
			    text_prefix(&del[i]));
	}
}

void
oracle_ledger(struct oracle *o, const struct snap *dev)
{
	static struct note file[ORACLE_NOTES];
	size_t n = read_ledger(o, file);

	for (size_t i = 0; i < o->nnotes; i++) {
		const struct note *x = &o->note[i];

		if (!written(file, n, x->kind, &x->key,
			x->kind == NOTE_PEER ? NULL : &x->prefix))
			oracle_broken(o, 7,
			    "the ledger has not that privd changed %s %s",
			    text_key(&x->key), text_prefix(&x->prefix));
	}
	for (size_t i = 0; i < n; i++) {
		const struct note *x = &file[i];

		if (x->kind == NOTE_PREFIX ? holds(dev, &x->key, &x->prefix) &&
			    !noted(o, x->kind, &x->key, &x->prefix)
					   : x->kind == NOTE_PEER &&
			    snap_find(dev, &x->key) != NULL &&
			    !noted(o, x->kind, &x->key, NULL))
			oracle_broken(o, 7,
			    "the ledger has what is the administrator's: %s "
			    "%s",
			    text_key(&x->key), text_prefix(&x->prefix));
	}
}
