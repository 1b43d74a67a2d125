/*
 * What comes in through the tunnel: a first look at each datagram, and what
 * is made of its facts once privd has checked the signature.
 */
#include <string.h>

#include "netd/state.h"

/* Datagrams taken from one peer: a burst, then so many a second. */
#define RATE_BURST 256
#define RATE_NS	   (SECOND_NS / 64)
#define RELAY_NS   (5 * MSEC_NS)
/* Statements of links passed on at once for one peer; the rest waits. */
#define LINK_BURST     128
#define LINK_NS	       SECOND_NS
#define GREET_APART_NS (2 * SECOND_NS)
/* Each new boot id makes us tell all again, so they are not taken as fast as
 * they may come. A host that wakes may say an old one, which waited for its
 * session, just before the new one. */
#define BOOT_BURST 3
#define BOOT_NS	   (2 * SECOND_NS)

_Static_assert(RELAY_NS <= NODE_COALESCE_NS, "coalesced over at most that");

const char *
drop_name(enum drop d)
{
	static const char *const names[DROP_MAX] = {
	    [DROP_NONE] = "dropped_none",
	    [DROP_SIZE] = "dropped_size",
	    [DROP_FORMAT] = "dropped_format",
	    [DROP_SOURCE] = "dropped_source",
	    [DROP_SELF] = "dropped_self",
	    [DROP_STRANGER] = "dropped_stranger",
	    [DROP_REPLAY] = "dropped_replay",
	    [DROP_SIGNATURE] = "dropped_signature",
	    [DROP_WEAK] = "dropped_weak_key",
	    [DROP_RATE] = "dropped_rate",
	    [DROP_BODY] = "dropped_body",
	};

	return d < DROP_MAX ? names[d] : "dropped_unknown";
}

static enum drop
screen(struct node *n, int64_t now_ns, const struct addr *src,
    uint16_t src_port, const uint8_t *data, size_t len, struct group *g)
{
	struct addr expected;
	struct peer *p;

	if (len == 0 || len > DATAGRAM_MAX_RECV)
		return DROP_SIZE;
	if (group_parse(data, len, g) == -1)
		return DROP_FORMAT;
	if (key_eq(&g->signer, &n->link.key))
		return DROP_SELF;
	expected = key_auto_addr(&g->signer);
	if (!addr_eq(&expected, src) || src_port != n->link.port)
		return DROP_SOURCE;
	p = peer_find(n, &g->signer);
	if (p == NULL) {
		/* Perhaps added a moment ago. */
		node_want_device(n, now_ns);
		return DROP_STRANGER;
	}
	if (p->collided)
		return DROP_STRANGER;
	if (p->weak)
		return DROP_WEAK;
	if (!peer_within(&p->tokens_ns, now_ns, RATE_NS, RATE_BURST))
		return DROP_RATE;
	if (peer_nonce_seen(p, g->nonce))
		return DROP_REPLAY;
	return DROP_NONE;
}

enum drop
node_screen(struct node *n, int64_t now_ns, const struct addr *src,
    uint16_t src_port, const uint8_t *data, size_t len, struct group *g)
{
	enum drop d = screen(n, now_ns, src, src_port, data, len, g);

	n->received++;
	n->drops[d]++;
	return d;
}

static void
came_alive(struct node *n, struct peer *p, int64_t now_ns)
{
	p->alive_since_ns = now_ns;
	peer_event(n, p, EV_PEER_ALIVE, now_ns);
	n->local_dirty = true;
	gossip_soon(p, now_ns);
}

/* What a host says when it has a new boot id may come in before the last that
 * it said with the old one. Not for long: it may count from zero again. */
static bool
is_late(const struct peer *p, int64_t now_ns, const uint8_t id[BOOT_ID_LEN])
{
	return now_ns - p->booted_ns < BOOT_LATE_NS &&
	    boot_id_before(id, p->boot_id);
}

static void
take_alive(struct node *n, struct peer *p, int64_t now_ns, const struct fact *f)
{
	int64_t ttl_s =
	    f->ttl_s < TTL_COUNTED_MAX_S ? f->ttl_s : TTL_COUNTED_MAX_S;
	bool was = peer_is_alive(p, now_ns), had = p->has_boot_id;
	bool other = !had || memcmp(p->boot_id, f->value, BOOT_ID_LEN) != 0;
	bool extended = peer_extended(p);

	if (!key_eq(&f->subject, &p->key) ||
	    (other && had && is_late(p, now_ns, f->value)) ||
	    (other && !peer_within(&p->boots_ns, now_ns, BOOT_NS, BOOT_BURST)))
		return;
	p->alive_until_ns = now_ns + ttl_s * SECOND_NS;
	digest_ended(p, now_ns);
	if (other) {
		memcpy(p->boot_id, f->value, BOOT_ID_LEN);
		p->has_boot_id = true;
		p->booted_ns = now_ns;
		p->caps = boot_id_caps(p->boot_id);
		knowledge_forget(n, p, now_ns);
		if (!extended && peer_extended(p))
			knowledge_begin(n, p, now_ns);
		factdb_restarted(&n->db, p->slot);
		digest_forget(p);
		p->ask_now = p->answer_now = p->doubts = false;
		p->timeouts = 0;
		factdb_drop_links(&n->db, &p->key);
		p->steady_since_ns = now_ns;
		gossip_greet(p, now_ns);
		/* Of others an acknowledgement is asked before. */
		if (p->given_up && !peer_extended(p)) {
			p->given_up = false;
			path_state(n, p, now_ns);
		}
		if (had)
			peer_event(n, p, EV_PEER_RESTARTED, now_ns);
	}
	path_they_are(n, p, now_ns);
	if (!was && peer_is_alive(p, now_ns))
		came_alive(n, p, now_ns);
	if (!was || other)
		node_want_plan(n, now_ns);
}

/* A digest is a sign of life as good as an Alive. Not of one that has not
 * said yet what it understands, and not in another's name. */
static void
take_digest(struct node *n, struct peer *p, int64_t now_ns,
    const struct fact *f, const uint8_t *nonce)
{
	bool was = peer_is_alive(p, now_ns);

	if (!peer_digests(p) || !key_eq(&f->subject, &p->key))
		return;
	p->alive_until_ns = now_ns + FACT_TTL_S * SECOND_NS;
	if (!was) {
		came_alive(n, p, now_ns);
		node_want_plan(n, now_ns);
	}
	/* Who promises knows that we have its present boot id. */
	if (f->ttl_s > 0)
		path_they_are(n, p, now_ns);
	digest_take(n, p, now_ns, f, nonce);
}

/* The host has gone on: with a later statement than the last of the boot that
 * we take for its present one, it has another. (What it had queued under the
 * old one may have come in after the new Alive.) Its next Alive has it all. */
static void
note_newer_boot(
    struct peer *p, const uint8_t boot[FACT_LINK_BOOT_LEN], uint64_t seq)
{
	if (seq > p->they_seq && peer_boot_is(p, p->they_boot))
		memcpy(p->boot_id, boot, FACT_LINK_BOOT_LEN);
}

static void
take_link(struct node *n, struct peer *p, int64_t now_ns, const struct fact *f)
{
	struct rbuf r;
	uint8_t boot[FACT_LINK_BOOT_LEN];
	struct key about;
	struct peer *subject;
	uint64_t seq;
	uint32_t index;
	enum fact_link says;

	rbuf_init(&r, f->value, f->len);
	seq = rbuf_u64(&r);
	rbuf_bytes(&r, boot, sizeof(boot));
	rbuf_key(&r, &about);
	says = rbuf_u8(&r);
	if (!rbuf_done(&r))
		return;
	subject = peer_find(n, &f->subject);
	if (subject == NULL)
		return;
	if (p == subject)
		note_newer_boot(p, boot, seq);
	if (key_eq(&about, &n->link.key)) {
		enum trust level = peer_trust(n, p);

		if (p == subject ||
		    (level != TRUST_UNSET && level >= TRUST_ALLOWED_IPS))
			path_they_say(
			    n, subject, now_ns, boot, seq, says, f->ttl_s);
		return;
	}
	/* To be passed on to whom it is about, one hop and no further. */
	subject = peer_find(n, &about);
	if (!n->router || !key_eq(&f->subject, &p->key) || subject == NULL)
		return;
	if (factdb_put(&n->db, now_ns, f, p->slot, &index) != PUT_NEW)
		return;
	/* The newest is all that counts, so a flood of them becomes one. */
	if (!peer_within(&p->links_ns, now_ns, LINK_NS, LINK_BURST) &&
	    p->links_held_ns <= now_ns)
		p->links_held_ns = now_ns + SECOND_NS;
	gossip_soon(
	    subject, now_ns > p->links_held_ns ? now_ns : p->links_held_ns);
}

static void
take_acks(struct node *n, struct peer *p, int64_t now_ns, const struct fact *f)
{
	for (size_t i = 0; i < f->value[0]; i++)
		flight_acked(n, p, f->value + 1 + i * ACK_NONCE_LEN, now_ns);
}

/* Loopback, tunnel-internal and the like: never stored (WIRE.md, "Trust"
 * and "The vectors"). canonical holds the value as it is to be kept. */
static bool
sensible(const struct node *n, struct fact *f, uint8_t canonical[18])
{
	enum attr attr;
	struct endpoint e;
	struct prefix prefix;

	if (key_is_zero(&f->subject))
		return false;
	switch (f->attr) {
	case ATTR_ENDPOINT_V4:
	case ATTR_ENDPOINT_V6:
		e = fact_endpoint(f);
		return endpoint_acceptable(n, &e);
	case ATTR_ALLOWED_V4:
	case ATTR_ALLOWED_V6:
		prefix = fact_prefix(f);
		if (addr_is_link_local(&prefix.addr) ||
		    addr_is_multicast(&prefix.addr) ||
		    addr_is_loopback(&prefix.addr))
			return false;
		f->len = fact_prefix_value(&prefix, canonical, &attr);
		f->value = canonical;
		return true;
	case ATTR_METADATA:
		return f->len <= FACT_METADATA_MAX;
	default:
		return true;
	}
}

static void
refuse_fact(struct node *n, struct peer *p, int64_t now_ns,
    const struct fact *f, enum reason reason)
{
	struct event *ev =
	    minor_event(n, p, EV_FACT_REFUSED, &f->subject, now_ns);

	n->facts_refused++;
	ev->reason = reason;
	ev->attr = f->attr;
	ev->other = p->key;
}

/* Why it is not taken from the peer; REASON_NONE: it is. f and canonical: see
 * above. */
static enum reason
refusal(
    struct node *n, const struct peer *p, struct fact *f, uint8_t canonical[18])
{
	bool known = peer_find(n, &f->subject) != NULL;

	if (!known && n->conf.membership == MEMBERSHIP_NONE &&
	    f->attr != ATTR_TRUST)
		return REASON_MEMBERSHIP_OFF;
	if (!trust_accepts(f->attr, known, peer_trust(n, p)))
		return REASON_NOT_TRUSTED;
	return sensible(n, f, canonical) ? REASON_NONE : REASON_SENSELESS;
}

bool
intake_takes(struct node *n, const struct peer *p, const struct dbfact *d)
{
	struct fact f = factdb_fact(d, 0);
	uint8_t canonical[18];

	return refusal(n, p, &f, canonical) == REASON_NONE;
}

/* Its digests will speak of it. */
static void
note_held(
    struct node *n, struct peer *p, const struct fact *said, uint32_t index)
{
	if (said->ttl_s == 0)
		return;
	digest_note(p, fact_id(said),
	    index != NO_FACT &&
		factdb_stated(n->db.facts[index], p->slot) != 0);
	if (n->db.ousted != 0)
		digest_note(p, n->db.ousted, false);
}

static void
take_fact(
    struct node *n, struct peer *p, int64_t now_ns, const struct fact *said)
{
	struct fact f = *said; /* its value may become that below */
	enum reason reason;
	uint8_t canonical[18];
	uint32_t index = NO_FACT;
	enum put put;
	size_t slot = 0;
	struct peer *other;

	if (key_eq(&f.subject, &n->link.key) && f.attr != ATTR_METADATA)
		return;
	reason = refusal(n, p, &f, canonical);
	if (reason != REASON_NONE) {
		note_held(n, p, said, NO_FACT);
		refuse_fact(n, p, now_ns, said, reason);
		return;
	}
	if (p->router)
		put = factdb_put_router(&n->db, now_ns, &f, p->slot, &index);
	else
		put = factdb_put(&n->db, now_ns, &f, p->slot, &index);
	note_held(n, p, said, index);
	if (index != NO_FACT) {
		knowledge_heard(n, p, n->db.facts[index], now_ns);
		members_heard(
		    n, index, peer_find(n, &f.subject) != NULL, now_ns);
	}
	n->lent_stale = n->lent_stale || f.attr == ATTR_TRUST;
	switch (put) {
	case PUT_NEW:
		n->facts_new++;
		node_want_plan(n, now_ns);
		/* FALLTHROUGH */
	case PUT_RENEWED:
		while ((other = peer_next(n, &slot)) != NULL) {
			if (other != p && gossip_everything(n, other, now_ns))
				gossip_soon(other,
				    now_ns +
					(put == PUT_NEW ? RELAY_NS
							: SECOND_NS));
		}
		break;
	case PUT_FULL:
		node_table_full(n, "facts");
		/* FALLTHROUGH */
	case PUT_LIMIT:
		n->facts_limited++;
		break;
	case PUT_SAME:
		break;
	}
}

/*
 * A peer that says Alive before its time and acknowledges nothing doesn't
 * know who we are: its entry for us was made anew. We know its boot id, so
 * nothing would make us answer before our next Alive is due.
 */
static void
greet_lost(struct node *n, struct peer *p, int64_t now_ns)
{
	bool early = p->alive_heard_ns != NONE_NS &&
	    now_ns - p->alive_heard_ns < ALIVE_PERIOD_S * SECOND_NS / 2;

	p->alive_heard_ns = now_ns;
	if (!early || !peer_extended(p) ||
	    (p->greeted_ns != NONE_NS &&
		now_ns - p->greeted_ns < GREET_APART_NS))
		return;
	p->greeted_ns = now_ns;
	knowledge_forget(n, p, now_ns);
	gossip_greet(p, now_ns);
}

enum drop
node_accept(struct node *n, int64_t now_ns, const struct group *g,
    enum crypt_status status)
{
	struct peer *p = peer_find(n, &g->signer);
	enum drop d = DROP_NONE;
	bool alive = false, answers = false;
	struct rbuf r;
	struct fact f;

	if (p == NULL || status == CRYPT_UNKNOWN)
		d = DROP_STRANGER;
	else if (status == CRYPT_WEAK)
		d = DROP_WEAK;
	else if (status == CRYPT_RATE)
		d = DROP_RATE;
	else if (status != CRYPT_OK)
		d = DROP_SIGNATURE;
	else if (peer_nonce_seen(p, g->nonce))
		d = DROP_REPLAY; /* twice in one batch */
	else if (!group_body_valid(g->body, g->len))
		d = DROP_BODY;
	if (d != DROP_NONE) {
		n->drops[DROP_NONE]--;
		n->drops[d]++;
		return d;
	}
	peer_nonce_note(p, g->nonce);
	peer_heard(n, p, now_ns);
	path_heard(n, p, now_ns);
	rbuf_init(&r, g->body, g->len);
	while (fact_next(&r, &f) == 1) {
		switch (f.attr) {
		case ATTR_ALIVE:
			take_alive(n, p, now_ns, &f);
			alive = true;
			break;
		case ATTR_ACK:
			answers = true;
			take_acks(n, p, now_ns, &f);
			break;
		case ATTR_LINK:
			take_link(n, p, now_ns, &f);
			break;
		case ATTR_DIGEST:
			answers = true;
			take_digest(n, p, now_ns, &f, g->nonce);
			break;
		case ATTR_PING:
			answers = true;
			if (p->nacks == ACK_MAX)
				break;
			memcpy(p->acks[p->nacks++], g->nonce, ACK_NONCE_LEN);
			gossip_soon(p, now_ns);
			break;
		default:
			take_fact(n, p, now_ns, &f);
			break;
		}
	}
	silence_ends(n, p, now_ns);
	delegate_refresh(n, now_ns);
	if (alive && !answers)
		greet_lost(n, p, now_ns);
	else if (alive)
		p->alive_heard_ns = now_ns;
	return DROP_NONE;
}
