/*
 * What each peer is thought to know. Per fact and peer one word: a state and
 * the second (of our clock) up to which it holds.
 *
 * A peer that speaks our extensions acknowledges groups, so that a fact is
 * PENDING until then, and untold again when no acknowledgement comes. The
 * other implementation confirms nothing: to its nodes a new fact is sent
 * three times, 2 and 8 seconds apart, before it counts as known for as long
 * as it lasts; a renewal once.
 *
 * Of a peer that acknowledges the words hold what we told it, no more: up to
 * when it may have the fact from us, also where that is UNTOLD again because
 * no acknowledgement came. What it says itself is seen from the fact. So it is
 * always known what a digest (digest.c) would renew there.
 */
#include <stdlib.h>
#include <string.h>

#include "netd/state.h"

enum known { UNTOLD, PENDING, TOLD_ONCE, TOLD_TWICE, KNOWN };

#define REPEAT_1_S     2
#define REPEAT_2_S     8
#define RENEW_BEFORE_S (FACT_TTL_S / 2 + 5)
/* A digest should have renewed it by then. */
#define QUIET_BEFORE_S 10
/* Clocks are cut to seconds, and a datagram is on its way for a while. */
#define UNSURE_S       5
#define LASTS_LONGER_S 5
#define RECHECK_S      20
#define RTO_FIRST_NS   (300 * MSEC_NS)
#define RTO_MIN_NS     (100 * MSEC_NS)
#define RTO_MAX_NS     (15 * SECOND_NS)

static int64_t
word_time(uint32_t word)
{
	return (int64_t)(word & KNOWN_TIME);
}

static uint32_t
word_make(enum known state, int64_t until_s)
{
	return (uint32_t)state << KNOWN_SHIFT |
	    ((uint32_t)until_s & KNOWN_TIME);
}

static uint32_t
word_of(const struct dbfact *d, const struct peer *p)
{
	return p->slot < d->nknown ? d->known[p->slot] : 0;
}

/* Without memory the fact is simply told again. */
static void
word_set(
    const struct node *n, struct dbfact *d, const struct peer *p, uint32_t word)
{
	if (p->slot >= d->nknown) {
		size_t nknown = n->peer_top;
		uint32_t *known =
		    reallocarray(d->known, nknown, sizeof(*known));

		if (known == NULL)
			return;
		memset(known + d->nknown, 0,
		    (nknown - d->nknown) * sizeof(*known));
		d->known = known;
		d->nknown = nknown;
	}
	d->known[p->slot] = word;
}

static int64_t
until_s(const struct dbfact *d, int64_t now_ns)
{
	if (d->local)
		return now_ns / SECOND_NS + FACT_TTL_S;
	return d->expires_ns / SECOND_NS;
}

static void
lower(int64_t *due_ns, int64_t s)
{
	if (s * SECOND_NS < *due_ns)
		*due_ns = s * SECOND_NS;
}

/* A word as if what the peer said itself, if it acknowledges, were in it. */
static uint32_t
word_with_heard(const struct dbfact *d, const struct peer *p, int64_t now_s)
{
	uint32_t word = word_of(d, p);
	int64_t heard_s = factdb_stated(d, p->slot) / SECOND_NS;
	enum known state = (enum known)(word >> KNOWN_SHIFT);

	if (!peer_extended(p) || heard_s <= now_s || state == PENDING ||
	    (state == KNOWN && word_time(word) >= heard_s))
		return word;
	return word_make(KNOWN, heard_s);
}

static bool
wants(const struct peer *p, const struct dbfact *d, int64_t now_ns,
    int64_t renew_before_s, int64_t *due_ns)
{
	int64_t now_s = now_ns / SECOND_NS;
	uint32_t word = word_with_heard(d, p, now_s);
	int64_t knows_s = word_time(word), lasts_s = until_s(d, now_ns);

	if (lasts_s - now_s < 2)
		return false;
	switch ((enum known)(word >> KNOWN_SHIFT)) {
	case UNTOLD:
		return true;
	case PENDING:
		return false;
	case TOLD_ONCE:
	case TOLD_TWICE:
		if (now_s >= knows_s)
			return true;
		lower(due_ns, knows_s);
		return false;
	case KNOWN:
		break;
	}
	if (knows_s - now_s > renew_before_s) {
		lower(due_ns, knows_s - renew_before_s);
		return false;
	}
	if (lasts_s > knows_s + LASTS_LONGER_S)
		return true;
	/* Whatever makes it last longer is told of at once. */
	if (!peer_digests(p))
		lower(due_ns, now_s + RECHECK_S);
	return false;
}

bool
knowledge_wants(const struct node *n, const struct peer *p,
    const struct dbfact *d, int64_t now_ns, int64_t *due_ns)
{
	const struct peer *from = d->nsrc > 0 ? n->peers[d->src[0].peer] : NULL;

	if (d->attr == ATTR_LINK && !d->local && from != NULL &&
	    now_ns < from->links_held_ns) {
		if (from->links_held_ns < *due_ns)
			*due_ns = from->links_held_ns;
		return false;
	}
	return wants(p, d, now_ns,
	    p->quiet && d->attr != ATTR_LINK ? QUIET_BEFORE_S : RENEW_BEFORE_S,
	    due_ns);
}

/*
 * May a digest say that all which the peer may have from us holds, as far as
 * this fact goes? *left_s is lowered to how long it does; *sum grows by what
 * it surely has.
 */
static bool
promises(const struct node *n, const struct peer *p, const struct dbfact *d,
    int64_t now_ns, bool everything, int64_t *left_s, uint64_t *sum)
{
	uint32_t word = word_of(d, p);
	int64_t now_s = now_ns / SECOND_NS, due_ns = INT64_MAX;
	int64_t has_s = word_time(word) - now_s;
	bool told = gossip_told(n, p, d, everything);

	if (d->attr == ATTR_LINK)
		return true;
	if (told && wants(p, d, now_ns, QUIET_BEFORE_S, &due_ns))
		return false;
	if (has_s + UNSURE_S < 0)
		return true; /* no longer, if it ever had */
	if (!told || word >> KNOWN_SHIFT != KNOWN || has_s < UNSURE_S)
		return false;
	*sum += d->id;
	if (until_s(d, now_ns) - now_s < *left_s)
		*left_s = until_s(d, now_ns) - now_s;
	return true;
}

int64_t
knowledge_promise(const struct node *n, const struct peer *p, int64_t now_ns,
    int64_t least_s, uint64_t *sum)
{
	bool everything = gossip_everything(n, p, now_ns);
	int64_t left_s = FACT_TTL_S;
	uint32_t i = 0;
	const struct dbfact *d;

	*sum = 0;
	if ((int64_t)n->db.gone_s[p->slot] + UNSURE_S > now_ns / SECOND_NS)
		return 0;
	while ((d = factdb_next(&n->db, &i)) != NULL) {
		if (!promises(n, p, d, now_ns, everything, &left_s, sum))
			return 0;
	}
	return left_s < least_s ? 0 : left_s;
}

void
knowledge_promised(
    const struct node *n, const struct peer *p, int64_t now_ns, int64_t ttl_s)
{
	int64_t now_s = now_ns / SECOND_NS;
	uint32_t i = 0;
	struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		uint32_t word = word_of(d, p);

		if (d->attr != ATTR_LINK && word >> KNOWN_SHIFT == KNOWN &&
		    word_time(word) > now_s && word_time(word) < now_s + ttl_s)
			word_set(n, d, p, word_make(KNOWN, now_s + ttl_s));
	}
}

void
knowledge_heard(const struct node *n, const struct peer *p, struct dbfact *d,
    int64_t now_ns)
{
	uint32_t word = word_of(d, p);
	int64_t knows_s = factdb_stated(d, p->slot) / SECOND_NS;

	(void)now_ns;
	if (peer_extended(p) ||
	    (word >> KNOWN_SHIFT == KNOWN && word_time(word) >= knows_s))
		return;
	word_set(n, d, p, word_make(KNOWN, knows_s));
}

void
knowledge_sending(const struct node *n, const struct peer *p, struct dbfact *d,
    int64_t now_ns)
{
	uint32_t word = word_of(d, p);
	int64_t now_s = now_ns / SECOND_NS;
	enum known state = (enum known)(word >> KNOWN_SHIFT);

	if (peer_extended(p))
		/* What it was told before may last longer. */
		word = word_make(PENDING,
		    word_time(word) > until_s(d, now_ns) ? word_time(word)
							 : until_s(d, now_ns));
	else if (state == UNTOLD || state == PENDING)
		word = word_make(TOLD_ONCE, now_s + REPEAT_1_S);
	else if (state == TOLD_ONCE)
		word = word_make(TOLD_TWICE, now_s + REPEAT_2_S);
	else
		word = word_make(KNOWN, until_s(d, now_ns));
	word_set(n, d, p, word);
}

void
knowledge_forget(struct node *n, struct peer *p, int64_t now_ns)
{
	uint32_t i = 0;
	struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		/* If it has it all the same, then up to that time. */
		if (p->slot < d->nknown)
			d->known[p->slot] &= KNOWN_TIME;
	}
	for (size_t f = 0; f < n->cap_flights; f++) {
		if (n->flights[f].used && n->flights[f].peer == p->slot)
			n->flights[f].n = 0;
	}
	p->alive_confirmed = false;
	digest_stop(p, now_ns);
}

void
knowledge_begin(struct node *n, const struct peer *p, int64_t now_ns)
{
	uint32_t *gone_s = &n->db.gone_s[p->slot];
	int64_t least_s = now_ns / SECOND_NS + FACT_TTL_S;
	uint32_t i = 0;
	struct dbfact *d;

	/* Until now the words said when to repeat, not how long it lasts. */
	while ((d = factdb_next(&n->db, &i)) != NULL) {
		int64_t lasts_s = until_s(d, now_ns);

		if (word_of(d, p) != 0)
			word_set(n, d, p,
			    word_make(
				UNTOLD, lasts_s > least_s ? lasts_s : least_s));
	}
	if (*gone_s != 0)
		*gone_s = (uint32_t)least_s;
}

/*
 * Flights: groups that were sent to a peer and not acknowledged yet.
 */
#define FLIGHT_BITS 9
#define FLIGHTS_MIN 8

_Static_assert(MAX_FLIGHTS == 1 << FLIGHT_BITS, "an index fits its bits");

/* The table grows with what is under way, up to MAX_FLIGHTS. */
static bool
more_flights(struct node *n)
{
	size_t cap = n->cap_flights == 0 ? FLIGHTS_MIN : n->cap_flights * 2;
	struct flight *grown;

	if (cap > MAX_FLIGHTS)
		return false;
	grown = recallocarray(n->flights, n->cap_flights, cap, sizeof(*grown));
	if (grown == NULL)
		return false;
	n->flights = grown;
	n->cap_flights = cap;
	return true;
}

/* Earlier pointers to flights are void after this. */
struct flight *
flight_new(struct node *n, struct peer *p)
{
	struct flight *fl;
	size_t i = 0;

	if (n->nflights == n->cap_flights && !more_flights(n))
		return NULL;
	while (n->flights[i].used)
		i++;
	fl = &n->flights[i];
	memset(fl, 0, sizeof(*fl));
	fl->used = true;
	fl->peer = p->slot;
	fl->token = node_token(n) << FLIGHT_BITS | (uint32_t)i;
	n->nflights++;
	p->flights++;
	return fl;
}

void
flight_free(struct node *n, struct flight *fl)
{
	n->peers[fl->peer]->flights--;
	n->nflights--;
	fl->used = false;
}

struct flight *
flight_by_token(struct node *n, uint32_t token)
{
	size_t i = token & (MAX_FLIGHTS - 1);
	struct flight *fl;

	if (i >= n->cap_flights)
		return NULL;
	fl = &n->flights[i];
	return fl->used && fl->token == token ? fl : NULL;
}

/* Facts of a flight: known, or untold again. */
static void
settle(
    struct node *n, const struct flight *fl, const struct peer *p, bool acked)
{
	for (size_t i = 0; i < fl->n; i++) {
		struct dbfact *d =
		    factdb_at(&n->db, fl->facts[i].index, fl->facts[i].serial);
		uint32_t word;

		if (d == NULL)
			continue;
		word = word_of(d, p);
		if (word >> KNOWN_SHIFT != PENDING)
			continue;
		word_set(n, d, p,
		    word_make(acked ? KNOWN : UNTOLD, word_time(word)));
	}
}

void
flight_failed(struct node *n, struct flight *fl, int64_t now_ns)
{
	struct peer *p = n->peers[fl->peer];

	settle(n, fl, p, false);
	if (fl->alive)
		p->alive_confirmed = false;
	if (fl->digest)
		digest_lost(n, p, now_ns);
	flight_free(n, fl);
}

static void
measure(struct peer *p, int64_t sample_ns)
{
	int64_t off_ns;

	if (p->srtt_ns < 0) {
		p->srtt_ns = sample_ns;
		p->rttvar_ns = sample_ns / 2;
		return;
	}
	off_ns = sample_ns - p->srtt_ns;
	p->srtt_ns += off_ns / 8;
	p->rttvar_ns += ((off_ns < 0 ? -off_ns : off_ns) - p->rttvar_ns) / 4;
}

void
flight_acked(struct node *n, struct peer *p, const uint8_t nonce[ACK_NONCE_LEN],
    int64_t now_ns)
{
	for (size_t i = 0; i < n->cap_flights && p->flights > 0; i++) {
		struct flight *fl = &n->flights[i];

		if (!fl->used || !fl->sent || fl->peer != p->slot ||
		    memcmp(fl->nonce, nonce, ACK_NONCE_LEN) != 0)
			continue;
		measure(p, now_ns - fl->sent_ns);
		settle(n, fl, p, true);
		if (fl->alive)
			p->alive_confirmed = true;
		if (fl->digest)
			digest_acked(p, fl->doubts);
		p->timeouts = 0;
		flight_free(n, fl);
		path_acked(n, p, now_ns);
		gossip_soon(p, now_ns);
		return;
	}
}

/* The retransmission time of RFC 6298, with a lower floor: what is lost
 * costs a group, not a connection. */
int64_t
peer_rto_first(const struct peer *p)
{
	int64_t rto_ns;

	if (p->srtt_ns < 0)
		return RTO_FIRST_NS;
	rto_ns = p->srtt_ns + 4 * p->rttvar_ns + 20 * MSEC_NS;
	return rto_ns > RTO_MIN_NS ? rto_ns : RTO_MIN_NS;
}

int64_t
peer_rto(const struct peer *p)
{
	/* Nothing has come back yet: rather the loss of a few than a long
	 * way. */
	unsigned int shift = p->srtt_ns < 0 ? p->timeouts / 2 : p->timeouts;
	int64_t rto_ns = peer_rto_first(p) << (shift < 6 ? shift : 6);

	return rto_ns < RTO_MAX_NS ? rto_ns : RTO_MAX_NS;
}

/* It is heard again after a while: what waits for an answer has waited for a
 * way, rather, and needn't be as patient as if it had been lost that often. */
void
flight_hurry(struct node *n, struct peer *p, int64_t now_ns)
{
	int64_t at_ns;

	if (p->timeouts == 0)
		return;
	p->timeouts = 0;
	at_ns = now_ns + peer_rto_first(p);
	for (size_t i = 0; i < n->cap_flights && p->flights > 0; i++) {
		struct flight *fl = &n->flights[i];

		if (fl->used && fl->sent && fl->peer == p->slot &&
		    fl->timeout_ns > at_ns)
			fl->timeout_ns = at_ns;
	}
	if (at_ns < n->flight_timeout_ns)
		n->flight_timeout_ns = at_ns;
	gossip_soon(p, now_ns);
}

/* Is there no handshake to be made, which is repeated after 5 s when it is
 * lost? What is sent after 120 s of a session begins one, and until it is
 * through what is sent may not be understood. */
static bool
session_is_fresh(const struct peer *p, int64_t now_ns)
{
	return p->handshake_ns == NONE_NS ||
	    now_ns - p->handshake_ns < SESSION_FRESH_NS;
}

void
flight_timeouts(struct node *n, int64_t now_ns)
{
	if (now_ns < n->flight_timeout_ns)
		return;
	n->flight_timeout_ns = INT64_MAX;
	for (size_t i = 0; i < n->cap_flights && n->nflights > 0; i++) {
		struct flight *fl = &n->flights[i];
		struct peer *p;

		if (!fl->used || !fl->sent)
			continue;
		if (fl->timeout_ns > now_ns) {
			if (fl->timeout_ns < n->flight_timeout_ns)
				n->flight_timeout_ns = fl->timeout_ns;
			continue;
		}
		p = n->peers[fl->peer];
		/* Several of one burst count once. */
		if (p->timeouts == 0 || fl->sent_ns >= p->timeout_ns) {
			p->timeouts++;
			p->timeout_ns = now_ns;
		}
		n->resent += fl->n;
		flight_failed(n, fl, now_ns);
		gossip_soon(p, now_ns);
		if (p->timeouts >= (session_is_fresh(p, now_ns) ? 4 : 6))
			path_doubt(n, p, now_ns);
	}
}
