/*
 * What each peer is thought to know. Per fact and peer one word: a state and
 * the second (of our clock) up to which it holds.
 *
 * A peer that speaks our extensions acknowledges groups, so that a fact is
 * PENDING until then, and untold again when no acknowledgement comes. The
 * other implementation confirms nothing: to its nodes a new fact is sent
 * three times, 2 and 8 seconds apart, before it counts as known for as long
 * as it lasts; a renewal once.
 */
#include <stdlib.h>
#include <string.h>

#include "netd/state.h"

enum known { UNTOLD, PENDING, TOLD_ONCE, TOLD_TWICE, KNOWN };

#define KNOWN_SHIFT    29
#define KNOWN_TIME     ((UINT32_C(1) << KNOWN_SHIFT) - 1)
#define REPEAT_1_S     2
#define REPEAT_2_S     8
#define RENEW_BEFORE_S (FACT_TTL_S / 2 + 5)
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

bool
knowledge_wants(const struct node *n, const struct peer *p,
    const struct dbfact *d, int64_t now_ns, int64_t *due_ns)
{
	uint32_t word = word_of(d, p);
	int64_t now_s = now_ns / SECOND_NS, knows_s = word_time(word);
	int64_t lasts_s = until_s(d, now_ns);

	(void)n;
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
	if (knows_s - now_s > RENEW_BEFORE_S) {
		lower(due_ns, knows_s - RENEW_BEFORE_S);
		return false;
	}
	if (lasts_s > knows_s + LASTS_LONGER_S)
		return true;
	lower(due_ns, now_s + RECHECK_S);
	return false;
}

void
knowledge_heard(const struct node *n, const struct peer *p, struct dbfact *d,
    int64_t now_ns)
{
	uint32_t word = word_of(d, p);
	int64_t knows_s = 0;

	for (size_t i = 0; i < d->nsrc; i++) {
		if (d->src[i].peer == p->slot)
			knows_s = d->src[i].until_ns / SECOND_NS;
	}
	(void)now_ns;
	if (word >> KNOWN_SHIFT == KNOWN && word_time(word) >= knows_s)
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
		word = word_make(PENDING, until_s(d, now_ns));
	else if (state == UNTOLD || state == PENDING)
		word = word_make(TOLD_ONCE, now_s + REPEAT_1_S);
	else if (state == TOLD_ONCE)
		word = word_make(TOLD_TWICE, now_s + REPEAT_2_S);
	else
		word = word_make(KNOWN, until_s(d, now_ns));
	word_set(n, d, p, word);
}

void
knowledge_forget(struct node *n, struct peer *p)
{
	uint32_t i = 0;
	struct dbfact *d;

	while ((d = factdb_next(&n->db, &i)) != NULL) {
		if (p->slot < d->nknown)
			d->known[p->slot] = 0;
	}
	for (size_t f = 0; f < n->cap_flights; f++) {
		if (n->flights[f].used && n->flights[f].peer == p->slot)
			n->flights[f].n = 0;
	}
	p->alive_confirmed = false;
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
		word_set(
		    n, d, p, acked ? word_make(KNOWN, word_time(word)) : 0);
	}
}

void
flight_failed(struct node *n, struct flight *fl)
{
	struct peer *p = n->peers[fl->peer];

	settle(n, fl, p, false);
	if (fl->alive)
		p->alive_confirmed = false;
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
	int64_t rto_ns = peer_rto_first(p)
	    << (p->timeouts < 6 ? p->timeouts : 6);

	return rto_ns < RTO_MAX_NS ? rto_ns : RTO_MAX_NS;
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
		flight_failed(n, fl);
		gossip_soon(p, now_ns);
		if (p->timeouts >= 4)
			path_doubt(n, p, now_ns);
	}
}
