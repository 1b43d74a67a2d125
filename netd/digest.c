/*
 * Quiet when idle. A digest says: all that you have from me holds for so much
 * longer, and its sum is this. It goes out, is answered with the other side's,
 * and stands for every fact that would be said again, and for Alive. Only when
 * nothing is in doubt: all facts told and acknowledged, each lasting here for
 * longer than the next digest will take, nothing withdrawn that the peer may
 * still have. Else we are loud: everything goes as to a node that knows no
 * digests, and what was withdrawn expires there.
 *
 * The receiver counts what it holds from the sender. Another sum is a doubt,
 * and the sender says all again. So nothing that is lost, expired or driven out
 * on one side alone is taken for known for longer than one digest. What was
 * refused, or had no room, is remembered by its id, or each digest would be
 * doubted.
 */
#include <string.h>

#include "netd/state.h"

/* What is relayed has FactTTL less one of these to last, and has to last for
 * one more, with some seconds for what is lost. */
#define FACTS_S 115
/* Where there is nothing but a sign of life to say: the peer stays healthy. */
#define SIGN_S	 150
#define MARGIN_S 12
/* What is due so soon goes along, so as to wake up once. */
#define ROUND_NS	(5 * SECOND_NS)
#define REKEY_NS	(SESSION_FRESH_NS + 2 * SECOND_NS)
#define SESSION_ENDS_NS (12 * SECOND_NS)
#define SECOND_ASKER_NS (6 * SECOND_NS)
/* Two NATs that both have forgotten are open again when both have spoken:
 * before the first asker takes the path for dead. */
#define SECOND_SOON_NS (1500 * MSEC_NS)
/* So often unanswered, and all is said again. */
#define ASKS_LOST 3
/* As for what has lost us: intake.c. */
#define DOUBT_APART_NS (2 * SECOND_NS)

_Static_assert(2 * FACTS_S + MARGIN_S < FACT_TTL_S, "what is relayed lasts");
_Static_assert(HANDSHAKE_VALID_NS / SECOND_NS > SIGN_S, "idle, but healthy");
_Static_assert(FACTS_S < FACT_TTL_S / 2 + 10, "no endpoint gets stale");

/* Nobody between us and it who forgets that we talk: NATs and firewalls do,
 * after half a minute, some of them. */
static bool
on_link(const struct node *n, const struct peer *p)
{
	for (size_t i = 0; i < n->naddrs; i++) {
		const struct m_addr *a = &n->addrs[i];
		struct prefix own;

		if (a->up && a->ifindex != n->link.ifindex &&
		    prefix_make(&a->addr, a->len, &own) &&
		    prefix_contains_addr(&own, &p->endpoint.addr))
			return true;
	}
	return false;
}

/* From one digest to the next, in seconds. */
static int64_t
period_s(const struct node *n, const struct peer *p, int64_t now_ns)
{
	bool held = p->keepalive_s != 0 && p->keepalive_s <= ALIVE_PERIOD_S;

	if (!held && !on_link(n, p))
		return ALIVE_PERIOD_S;
	return gossip_everything(n, p, now_ns) ? FACTS_S : SIGN_S;
}

/*
 * When the next digest is due after one that goes out now. WireGuard makes a
 * session anew when something is sent after 120 s of it, and has none after
 * 180; where there is time for it the digest goes in between, so that it is
 * not the handshake's loss that makes it late.
 */
static int64_t
next_at(const struct node *n, const struct peer *p, int64_t now_ns)
{
	int64_t s = period_s(n, p, now_ns);
	int64_t at_ns = now_ns + s * SECOND_NS;
	int64_t rekey_ns =
	    p->handshake_ns == NONE_NS ? NONE_NS : p->handshake_ns + REKEY_NS;

	if (s == SIGN_S && rekey_ns > now_ns &&
	    at_ns > p->handshake_ns + SESSION_LIVES_NS - SESSION_ENDS_NS)
		at_ns = rekey_ns;
	/* One of the two asks, and the other if that doesn't. */
	if (key_cmp(&n->link.key, &p->key) > 0)
		at_ns += s == ALIVE_PERIOD_S ? SECOND_SOON_NS : SECOND_ASKER_NS;
	return at_ns;
}

static int64_t
promise(
    const struct node *n, const struct peer *p, int64_t now_ns, uint64_t *sum)
{
	*sum = 0;
	if (p->proof != PROOF_OK || !p->alive_confirmed ||
	    !peer_is_alive(p, now_ns) || now_ns < p->loud_until_ns)
		return 0;
	return knowledge_promise(
	    n, p, now_ns, period_s(n, p, now_ns) + MARGIN_S, sum);
}

bool
digest_may_promise(const struct node *n, const struct peer *p, int64_t now_ns)
{
	uint64_t sum;

	return peer_digests(p) && promise(n, p, now_ns, &sum) > 0;
}

/* Those whose digest is due in a moment are asked now: all in one go. */
static void
go_round(struct node *n, int64_t now_ns)
{
	size_t slot = 0;
	struct peer *p;

	if (now_ns < n->round_ns)
		return;
	n->round_ns = now_ns + SECOND_NS;
	while ((p = peer_next(n, &slot)) != NULL) {
		if (!p->quiet || p->alive_at_ns - ROUND_NS > now_ns)
			continue;
		p->alive_at_ns = now_ns;
		gossip_soon(p, now_ns);
	}
}

void
digest_put(struct node *n, struct peer *p, int64_t now_ns, struct wbuf *w,
    struct flight *fl, bool asks)
{
	uint8_t value[FACT_DIGEST_ANSWER_LEN];
	uint64_t sum;
	int64_t ttl_s = promise(n, p, now_ns, &sum);
	struct fact f = {.attr = ATTR_DIGEST,
	    .subject = n->link.key,
	    .ttl_s = (uint16_t)ttl_s,
	    .value = value};
	struct wbuf v;

	if (ttl_s == 0)
		sum = 0;
	wbuf_init(&v, value, sizeof(value));
	wbuf_u8(&v,
	    (asks ? DIGEST_ASK : DIGEST_ANSWER) |
		(p->doubts ? DIGEST_DOUBT : 0));
	wbuf_u64(&v, sum);
	if (asks) {
		fl->digest = true;
		fl->doubts = p->doubts;
		p->ask_now = false;
	} else {
		wbuf_bytes(&v, p->asked, sizeof(p->asked));
		p->answer_now = false;
		p->doubts = false; /* else it is doubted again */
	}
	f.len = v.off;
	fact_put(w, &f);
	if (ttl_s == 0) {
		digest_stop(p, now_ns);
		return;
	}
	knowledge_promised(n, p, now_ns, ttl_s);
	p->quiet = true;
	p->alive_sent_ns = now_ns;
	p->alive_at_ns = next_at(n, p, now_ns);
	n->digests++;
	if (asks)
		go_round(n, now_ns);
}

void
digest_stop(struct peer *p, int64_t now_ns)
{
	if (!p->quiet)
		return;
	p->quiet = false;
	if (p->alive_at_ns > now_ns + ALIVE_PERIOD_S * SECOND_NS)
		p->alive_at_ns = now_ns + ALIVE_PERIOD_S * SECOND_NS;
	gossip_soon(p, now_ns);
}

void
digest_acked(struct peer *p, bool doubts)
{
	p->asks_lost = 0;
	if (doubts)
		p->doubts = false;
}

void
digest_lost(struct node *n, struct peer *p, int64_t now_ns)
{
	p->ask_now = true;
	if (++p->asks_lost < ASKS_LOST)
		return;
	p->asks_lost = 0;
	p->ask_now = false;
	p->doubts = false;
	if (p->quiet)
		knowledge_forget(n, p, now_ns);
}

void
digest_again(struct peer *p, int64_t now_ns)
{
	if (!peer_digests(p))
		return;
	p->ask_now = true;
	gossip_soon(p, now_ns);
}

void
digest_note(struct peer *p, uint64_t id, bool held)
{
	size_t i = 0;

	while (i < p->nleft_out && p->left_out[i] != id)
		i++;
	if (held && i < p->nleft_out)
		p->left_out[i] = p->left_out[--p->nleft_out];
	if (held || i < p->nleft_out)
		return;
	if (i == MAX_LEFT_OUT)
		p->left_more = true;
	else
		p->left_out[p->nleft_out++] = id;
}

void
digest_forget(struct peer *p)
{
	p->nleft_out = 0;
	p->left_more = false;
}

void
digest_ended(struct peer *p, int64_t now_ns)
{
	if (p->digests)
		p->turned_ns = now_ns;
	p->digests = false;
}

/* Does a digest of the peer speak of that fact? */
static bool
covers(const struct peer *p, const struct dbfact *d, int64_t now_ns)
{
	return d->attr != ATTR_LINK && factdb_stated(d, p->slot) > now_ns;
}

/* What we hold from it, and would still take from it, and what we left out. */
static bool
adds_up(struct node *n, const struct peer *p, int64_t now_ns, uint64_t sum)
{
	uint32_t i = 0;
	const struct dbfact *d;

	if (p->left_more)
		return false;
	for (size_t k = 0; k < p->nleft_out; k++)
		sum -= p->left_out[k];
	while ((d = factdb_next(&n->db, &i)) != NULL) {
		if (!covers(p, d, now_ns))
			continue;
		if (!intake_takes(n, p, d))
			return false;
		sum -= d->id;
	}
	return sum == 0;
}

static void
renew_all(struct node *n, const struct peer *p, int64_t now_ns, int64_t ttl_s)
{
	bool longer = false;
	uint32_t i = 0;
	size_t slot = 0;
	struct dbfact *d;
	struct peer *other;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		if (covers(p, d, now_ns))
			longer |= factdb_restate(
			    d, p->slot, now_ns, now_ns + ttl_s * SECOND_NS);
	}
	/* To the others it goes with our next digest, if they take it. */
	while (longer && (other = peer_next(n, &slot)) != NULL) {
		if (other != p && !other->quiet &&
		    gossip_everything(n, other, now_ns))
			gossip_soon(other, now_ns + SECOND_NS);
	}
}

static void
take_promise(
    struct node *n, struct peer *p, int64_t now_ns, int64_t ttl_s, uint64_t sum)
{
	size_t slot = 0;
	struct peer *other;

	while (n->db.vacated && (other = peer_next(n, &slot)) != NULL)
		digest_forget(other);
	n->db.vacated = false;
	if (adds_up(n, p, now_ns, sum)) {
		renew_all(n, p, now_ns, ttl_s);
		p->digests = true;
		p->promised_ns = now_ns + ttl_s * SECOND_NS;
		return;
	}
	n->doubts++;
	p->doubts = true;
	digest_forget(p);
}

/* We said something else than it has: all again, as if it had restarted. */
static void
doubted(struct node *n, struct peer *p, int64_t now_ns)
{
	if (p->greeted_ns != NONE_NS && now_ns - p->greeted_ns < DOUBT_APART_NS)
		return;
	p->greeted_ns = now_ns;
	knowledge_forget(n, p, now_ns);
	p->alive_confirmed = true; /* it answers to it */
	gossip_soon(p, now_ns);
}

void
digest_take(struct node *n, struct peer *p, int64_t now_ns,
    const struct fact *f, const uint8_t *nonce)
{
	int64_t ttl_s = f->ttl_s < FACT_TTL_S ? f->ttl_s : FACT_TTL_S;
	struct rbuf r;
	uint8_t flags;
	uint64_t sum;

	rbuf_init(&r, f->value, f->len);
	flags = rbuf_u8(&r);
	sum = rbuf_u64(&r);
	if ((flags & DIGEST_ANSWER) != 0)
		flight_acked(n, p, f->value + FACT_DIGEST_LEN, now_ns);
	if ((flags & DIGEST_DOUBT) != 0)
		doubted(n, p, now_ns);
	if (ttl_s > 0)
		take_promise(n, p, now_ns, ttl_s, sum);
	else
		digest_ended(p, now_ns);
	if ((flags & DIGEST_ANSWER) != 0) {
		if (p->doubts)
			p->ask_now = true;
	} else {
		memcpy(p->asked, nonce, sizeof(p->asked));
		p->answer_now = true;
	}
	gossip_soon(p, now_ns);
}
