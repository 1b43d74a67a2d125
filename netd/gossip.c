/*
 * What this node says: the facts that it knows by itself, and for each peer
 * the next datagram (WIRE.md, "What a node says", "To whom").
 */
#include <fnmatch.h>
#include <string.h>

#include "netd/state.h"

#define ALIVE_REPEAT_NS	 (2 * SECOND_NS)
#define ALIVE_FIRST_NS	 (300 * MSEC_NS)
#define ALIVE_ROUTER_NS	 (5 * SECOND_NS)
#define ALIVE_RIDE_NS	 (10 * SECOND_NS)
#define FLIGHTS_PER_PEER 16
#define PING_SIZE	 (1 + 1 + KEY_LEN)
#define LINK_SAID_NS	 (FACT_TTL_S * SECOND_NS)

/*
 * Our own facts.
 */
static void
say(struct node *n, int64_t now_ns, const struct key *subject, enum attr attr,
    const uint8_t *value, size_t len)
{
	struct fact f = {
	    .attr = attr,
	    .subject = *subject,
	    .ttl_s = FACT_TTL_S,
	    .value = value,
	    .len = len,
	};

	if (factdb_local(&n->db, now_ns, &f))
		gossip_all_soon(n, now_ns);
}

static void
say_endpoint(struct node *n, int64_t now_ns, const struct key *subject,
    const struct endpoint *e)
{
	uint8_t value[18];
	enum attr attr;
	size_t len;

	if (!endpoint_is_usable(e))
		return;
	len = fact_endpoint_value(e, value, &attr);
	say(n, now_ns, subject, attr, value, len);
}

static void
say_prefix(struct node *n, int64_t now_ns, const struct key *subject,
    const struct prefix *prefix)
{
	uint8_t value[18];
	enum attr attr;
	size_t len;

	/* WireGuard takes IPv4-mapped ones, and a group with one is dropped
	 * whole: it is malformed. */
	if (addr_is_link_local(&prefix->addr) ||
	    addr_is_v4_mapped(&prefix->addr))
		return;
	len = fact_prefix_value(prefix, value, &attr);
	say(n, now_ns, subject, attr, value, len);
}

static bool
globs_match(const struct conf_globs *g, const char *ifname)
{
	for (size_t i = 0; i < g->n; i++) {
		if (fnmatch(g->glob[i], ifname, 0) == 0)
			return true;
	}
	return false;
}

static bool
reported(const struct node *n, const struct m_addr *a)
{
	if (!a->up || a->ifindex == n->link.ifindex ||
	    !addr_is_global_unicast(&a->addr))
		return false;
	if (n->conf.report.n > 0 && !globs_match(&n->conf.report, a->ifname))
		return false;
	return !globs_match(&n->conf.hide, a->ifname);
}

/* A peer notes three endpoints from one source, so the likeliest come
 * first: public before private, IPv4 before IPv6. */
static int
rank(const struct addr *a)
{
	return (addr_is_private(a) ? 2 : 0) + (a->family == 6 ? 1 : 0);
}

static void
say_own_endpoints(struct node *n, int64_t now_ns)
{
	size_t said = 0;

	if (n->link.listen_port == 0)
		return;
	for (int r = 0; r < 4; r++) {
		for (size_t i = 0; i < n->naddrs; i++) {
			const struct m_addr *a = &n->addrs[i];
			struct endpoint e = {a->addr, n->link.listen_port};

			if (rank(&a->addr) != r || !reported(n, a) ||
			    said == SUBJECT_MAX_ENDPOINTS)
				continue;
			say_endpoint(n, now_ns, &n->link.key, &e);
			said++;
		}
	}
}

static void
say_own_prefixes(struct node *n, int64_t now_ns)
{
	if (!n->router || (n->self_conf != NULL && n->self_conf->nprefixes > 0))
		return;
	for (size_t i = 0; i < n->naddrs; i++) {
		const struct m_addr *a = &n->addrs[i];
		struct prefix prefix;

		if (a->ifindex == n->link.ifindex &&
		    addr_is_global_unicast(&a->addr) &&
		    prefix_make(&a->addr, a->len, &prefix))
			say_prefix(n, now_ns, &n->link.key, &prefix);
	}
}

static void
say_peer(struct node *n, int64_t now_ns, const struct peer *p)
{
	bool membership = n->router ||
	    (n->self_conf != NULL && n->self_conf->trust != TRUST_UNSET &&
		n->self_conf->trust >= TRUST_ALLOWED_IPS);

	if (p->collided)
		return;
	if (p->said_seq != 0 &&
	    ((p->said == FACT_LINK_DOWN && !p->given_up) ||
		now_ns - p->said_ns < LINK_SAID_NS)) {
		uint8_t value[FACT_LINK_LEN];
		struct wbuf w;

		wbuf_init(&w, value, sizeof(value));
		wbuf_u64(&w, p->said_seq);
		wbuf_bytes(&w, n->boot_id, FACT_LINK_BOOT_LEN);
		wbuf_key(&w, &p->key);
		wbuf_u8(&w, (uint8_t)p->said);
		say(n, now_ns, &n->link.key, ATTR_LINK, value, sizeof(value));
	}
	if (peer_is_healthy(p, now_ns) && p->proof != PROOF_DEAD)
		say_endpoint(n, now_ns, &p->key, &p->endpoint);
	if (!membership ||
	    (!peer_is_alive(p, now_ns) && !peer_is_healthy(p, now_ns)))
		return;
	for (size_t i = 0; i < p->nprefixes; i++)
		say_prefix(n, now_ns, &p->key, &p->prefixes[i].prefix);
	for (size_t i = 0; i < p->nwithdrawn; i++) {
		if (!p->withdrawn[i].ours)
			say_prefix(n, now_ns, &p->key, &p->withdrawn[i].prefix);
	}
}

static void
say_conf(struct node *n, int64_t now_ns, const struct conf_peer *c)
{
	const struct peer *p = peer_find(n, &c->key);
	bool self = key_eq(&c->key, &n->link.key);
	uint8_t value[FACT_METADATA_MAX];
	struct metadata m = {0};
	size_t len;

	/* Taken off the device, and not to be added by us either: said no
	 * more, or the name alone would keep it a member elsewhere. */
	if (p == NULL && !self && n->conf.membership == MEMBERSHIP_NONE)
		return;
	if (n->conf.tell_trust && c->trust != TRUST_UNSET && !self) {
		uint8_t level = c->trust > TRUST_MEMBERSHIP ? TRUST_MEMBERSHIP
							    : (uint8_t)c->trust;

		say(n, now_ns, &c->key, ATTR_TRUST, &level, 1);
	}
	if (c->name[0] != '\0') {
		m.name = (const uint8_t *)c->name;
		m.name_len = strlen(c->name);
	}
	m.has_basic = c->basic;
	m.basic = c->basic;
	len = fact_metadata_value(&m, value, sizeof(value));
	if (len > 0 && (m.name != NULL || m.has_basic))
		say(n, now_ns, &c->key, ATTR_METADATA, value, len);
	for (size_t i = 0; i < c->nprefixes; i++)
		say_prefix(n, now_ns, &c->key, &c->prefixes[i]);
	if (self || (p != NULL && p->sayable))
		return;
	for (size_t i = 0; i < c->nendpoints; i++) {
		const struct host *h = hosts_find(n, c->endpoints[i].host);
		struct endpoint e = {.port = c->endpoints[i].port};

		if (addr_parse(c->endpoints[i].host, &e.addr) == 0) {
			say_endpoint(n, now_ns, &c->key, &e);
			continue;
		}
		for (size_t k = 0; h != NULL && k < h->n; k++) {
			e.addr = h->addr[k];
			say_endpoint(n, now_ns, &c->key, &e);
		}
	}
}

void
gossip_local(struct node *n, int64_t now_ns)
{
	const struct peer *p;
	size_t slot = 0;

	n->local_dirty = false;
	factdb_local_begin(&n->db);
	say_own_endpoints(n, now_ns);
	say_own_prefixes(n, now_ns);
	while ((p = peer_next(n, &slot)) != NULL)
		say_peer(n, now_ns, p);
	for (size_t i = 0; i < n->nconfs; i++)
		say_conf(n, now_ns, &n->confs[i]);
	factdb_local_end(&n->db);
	node_want_plan(n, now_ns);
}

/*
 * Whom to tell what.
 */
bool
gossip_everything(const struct node *n, const struct peer *p, int64_t now_ns)
{
	enum trust level = peer_trust(n, p);

	if ((level != TRUST_UNSET && level >= TRUST_ALLOWED_IPS) || p->router ||
	    (p->conf != NULL && p->conf->exchanger))
		return true;
	return (n->router || n->conf.chatty) && peer_is_healthy(p, now_ns);
}

static bool
told_link(const struct node *n, const struct peer *p, const struct dbfact *d)
{
	bool about_it =
	    memcmp(d->value + FACT_LINK_PEER, p->key.b, KEY_LEN) == 0;

	if (!peer_extended(p) || key_eq(&d->subject, &p->key))
		return false;
	if (d->local)
		return about_it || p->router;
	/* One hop further, and only from whom it is about. */
	if (!about_it || !n->router)
		return false;
	for (size_t i = 0; i < d->nsrc; i++) {
		const struct peer *s = n->peers[d->src[i].peer];

		if (s != NULL && key_eq(&s->key, &d->subject))
			return true;
	}
	return false;
}

/* Its own word alone, to who knows what it means. */
static bool
told_trust(const struct peer *p, const struct dbfact *d, bool everything)
{
	return d->local && everything && peer_extended(p) &&
	    (p->caps & CAP_TRUST) != 0 && !key_eq(&d->subject, &p->key);
}

bool
gossip_told(const struct node *n, const struct peer *p, const struct dbfact *d,
    bool everything)
{
	if (d->attr == ATTR_LINK)
		return told_link(n, p, d);
	if (d->attr == ATTR_TRUST)
		return told_trust(p, d, everything);
	if (key_eq(&d->subject, &p->key) && d->attr != ATTR_METADATA)
		return false;
	return everything && (d->local || d->agreed || n->conf.quorum <= 1);
}

void
gossip_soon(struct peer *p, int64_t at_ns)
{
	if (at_ns < p->send_at_ns)
		p->send_at_ns = at_ns;
}

void
gossip_all_soon(struct node *n, int64_t at_ns)
{
	size_t slot = 0;
	struct peer *p;

	while ((p = peer_next(n, &slot)) != NULL)
		gossip_soon(p, at_ns);
}

void
gossip_greet(struct peer *p, int64_t now_ns)
{
	p->alive_confirmed = false;
	p->alive_tries = 0;
	p->alive_at_ns = now_ns;
	gossip_soon(p, now_ns);
}

static void
put_own(struct wbuf *w, const struct node *n, enum attr attr, uint16_t ttl_s,
    const uint8_t *value, size_t len)
{
	struct fact f = {
	    .attr = attr,
	    .subject = n->link.key,
	    .ttl_s = ttl_s,
	    .value = value,
	    .len = len,
	};

	fact_put(w, &f);
}

static void
put_acks(struct wbuf *w, const struct node *n, struct peer *p)
{
	uint8_t value[1 + ACK_MAX * ACK_NONCE_LEN];

	value[0] = (uint8_t)p->nacks;
	memcpy(value + 1, p->acks, p->nacks * ACK_NONCE_LEN);
	put_own(w, n, ATTR_ACK, 0, value, 1 + p->nacks * ACK_NONCE_LEN);
	p->nacks = 0;
}

/* When the next Alive is due after one that goes out now. */
static int64_t
alive_after(struct peer *p, int64_t now_ns)
{
	unsigned int shift = p->alive_tries;
	int64_t most_ns;

	if (p->alive_confirmed && peer_is_alive(p, now_ns))
		return now_ns + ALIVE_PERIOD_S * SECOND_NS;
	if (p->alive_tries < 16)
		p->alive_tries++;
	if (p->has_boot_id && peer_is_alive(p, now_ns)) {
		/* An extended one acknowledges, and its flight repeats. */
		if (peer_extended(p) || shift > 0)
			return now_ns + ALIVE_PERIOD_S * SECOND_NS;
		return now_ns + ALIVE_REPEAT_NS;
	}
	/* A router that is back is to be found soon: all waits for it. */
	most_ns = p->router ? ALIVE_ROUTER_NS : ALIVE_PERIOD_S * SECOND_NS;
	if (shift > 6 || (ALIVE_FIRST_NS << shift) > most_ns)
		return now_ns + most_ns;
	return now_ns + (ALIVE_FIRST_NS << shift);
}

/* May facts go to it, or is there too much unanswered already? */
static bool
may_tell(const struct node *n, const struct peer *p, int64_t now_ns)
{
	if (p->proof == PROOF_DEAD || n->nflights > MAX_FLIGHTS - 32)
		return false;
	if (!peer_is_alive(p, now_ns))
		return p->alive_tries == 0;
	if (!peer_extended(p))
		return true;
	return p->timeouts > 0 ? p->flights == 0
			       : p->flights < FLIGHTS_PER_PEER;
}

struct packing {
	struct wbuf w;
	struct flight *fl;
	bool full;
	int64_t due_ns;
};

static void
put_facts(struct node *n, struct peer *p, int64_t now_ns, bool local,
    struct packing *k)
{
	bool everything = gossip_everything(n, p, now_ns);
	size_t reserve = peer_extended(p) ? PING_SIZE : 0;
	uint32_t i = 0;
	struct dbfact *d;

	while (!k->full && (d = factdb_next(&n->db, &i)) != NULL) {
		struct fact f;

		if (d->local != local || !gossip_told(n, p, d, everything) ||
		    !knowledge_wants(n, p, d, now_ns, &k->due_ns))
			continue;
		f = factdb_fact(d, now_ns);
		if (fact_size(&f) + reserve > wbuf_left(&k->w) ||
		    k->fl->n == FLIGHT_FACTS) {
			k->full = true;
			break;
		}
		fact_put(&k->w, &f);
		k->fl->facts[k->fl->n].index = i - 1;
		k->fl->facts[k->fl->n].serial = d->serial;
		k->fl->n++;
		knowledge_sending(n, p, d, now_ns);
	}
}

static void
put_alive(struct node *n, struct peer *p, int64_t now_ns, struct packing *k)
{
	put_own(&k->w, n, ATTR_ALIVE, FACT_TTL_S, n->boot_id, BOOT_ID_LEN);
	k->fl->alive = true;
	p->quiet = false; /* it has said what may not be promised */
	p->alive_sent_ns = now_ns;
	p->alive_at_ns = alive_after(p, now_ns);
}

static bool
alive_due(const struct peer *p, int64_t now_ns)
{
	if (p->alive_at_ns <= now_ns)
		return true;
	/* What no acknowledgement has confirmed goes again with its
	 * flight's repetition. */
	return peer_extended(p) && !p->alive_confirmed && p->flights == 0 &&
	    peer_is_alive(p, now_ns);
}

/* False when there is nothing to say now; send_at_ns then says when. */
static bool
build(struct node *n, struct peer *p, int64_t now_ns, struct action *act)
{
	struct packing k = {.due_ns = INT64_MAX};
	bool extended = peer_extended(p), ping = p->ping_now;

	k.fl = flight_new(n, p);
	if (k.fl == NULL) {
		p->send_at_ns = now_ns + 100 * MSEC_NS;
		return false;
	}
	p->flights--; /* the one being built doesn't count against itself */
	wbuf_init(&k.w, act->body, sizeof(act->body));
	if (p->nacks > 0)
		put_acks(&k.w, n, p);
	if (p->answer_now)
		digest_put(n, p, now_ns, &k.w, k.fl, false);
	if (p->ask_now ||
	    (p->alive_at_ns <= now_ns && digest_may_promise(n, p, now_ns)))
		digest_put(n, p, now_ns, &k.w, k.fl, true);
	if (alive_due(p, now_ns) || (ping && !extended))
		put_alive(n, p, now_ns, &k);
	if (may_tell(n, p, now_ns) || (k.fl->alive && p->alive_tries <= 1)) {
		put_facts(n, p, now_ns, true, &k);
		put_facts(n, p, now_ns, false, &k);
	}
	if (k.fl->n > 0 && !k.fl->alive && !p->quiet &&
	    now_ns - p->alive_sent_ns > ALIVE_RIDE_NS &&
	    wbuf_left(&k.w) >= 36 + BOOT_ID_LEN + PING_SIZE)
		put_alive(n, p, now_ns, &k);
	if (k.fl->digest) {
		k.fl->ping = true; /* it is one, too */
	} else if (extended &&
	    (ping || k.fl->n > 0 || (k.fl->alive && !p->alive_confirmed))) {
		put_own(&k.w, n, ATTR_PING, 0, NULL, 0);
		k.fl->ping = true;
	}
	p->ping_now = false;
	p->flights++;
	if (k.w.off == 0) {
		flight_free(n, k.fl);
		p->send_at_ns =
		    k.due_ns < p->alive_at_ns ? k.due_ns : p->alive_at_ns;
		if (n->nflights > MAX_FLIGHTS - 32)
			p->send_at_ns = now_ns + 100 * MSEC_NS;
		return false;
	}
	n->pings += ping;
	act->kind = ACT_SEND;
	act->token = k.fl->token;
	act->key = p->key;
	act->dst = p->auto_addr;
	act->len = k.w.off;
	p->own_tx_bytes += path_wire_bytes(k.w.off + GROUP_OVERHEAD);
	return true;
}

bool
gossip_next(struct node *n, int64_t now_ns, struct action *act)
{
	if (!n->up)
		return false;
	for (size_t i = 0; i < n->peer_top; i++) {
		struct peer *p = n->peers[n->send_cursor % n->peer_top];

		/* Not advanced while one peer still has something to say. */
		if (p != NULL && p->send_at_ns <= now_ns) {
			if (p->endpoint.addr.family == 0 || p->collided ||
			    p->weak || observe_silent(n, p))
				p->send_at_ns = INT64_MAX;
			else if (p->heard_ns == NONE_NS &&
			    now_ns < p->quiet_until_ns)
				p->send_at_ns = p->quiet_until_ns;
			else if (build(n, p, now_ns, act))
				return true;
		}
		n->send_cursor++;
	}
	return false;
}

int64_t
gossip_deadline(const struct node *n)
{
	int64_t at_ns = INT64_MAX;
	size_t slot = 0;
	const struct peer *p;

	while ((p = peer_next(n, &slot)) != NULL) {
		if (p->send_at_ns < at_ns)
			at_ns = p->send_at_ns;
	}
	return at_ns;
}

void
node_sent(struct node *n, int64_t now_ns, uint32_t token,
    const uint8_t nonce[NONCE_LEN])
{
	struct flight *fl = flight_by_token(n, token);

	n->sent++;
	if (fl == NULL)
		return;
	peer_nonce_note(n->peers[fl->peer], nonce);
	if (!fl->ping) {
		struct peer *p = n->peers[fl->peer];

		flight_free(n, fl);
		/* What timed out meanwhile waited for this one, too. */
		if (p->timeouts > 0)
			gossip_soon(p, now_ns);
		return;
	}
	memcpy(fl->nonce, nonce, ACK_NONCE_LEN);
	fl->sent = true;
	fl->sent_ns = now_ns;
	fl->timeout_ns = now_ns + peer_rto(n->peers[fl->peer]);
	if (fl->timeout_ns < n->flight_timeout_ns)
		n->flight_timeout_ns = fl->timeout_ns;
}

void
node_not_sent(
    struct node *n, int64_t now_ns, uint32_t token, enum crypt_status status)
{
	struct flight *fl = flight_by_token(n, token);
	struct peer *p;

	if (fl == NULL)
		return;
	p = n->peers[fl->peer];
	flight_failed(n, fl, now_ns);
	if (status == CRYPT_WEAK && !p->weak) {
		p->weak = true;
		node_event(n, EV_REFUSED, &p->key)->text =
		    "its key makes an all-zero secret";
	}
	p->send_at_ns = now_ns + SECOND_NS;
}
