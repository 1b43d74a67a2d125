/*
 * How long a try at an endpoint takes, and when the peer is made anew for it:
 * WireGuard asks once in 5 s, and waits 15 s for what will never come.
 */
#include "netd/state.h"

/* WireGuard sends one handshake initiation in 5 s and a peer, so a try
 * without a session is decided no sooner, */
#define TRY_NS	       (5500 * MSEC_NS)
#define TRY_SESSION_NS SECOND_NS
/* unless privd makes the peer anew: then by the round trip, as far as it is
 * known, and more for each one that is being met at the time: handshakes are
 * work. Each round is half as long again as the one before. */
#define TRY_LEAD_NS	(100 * MSEC_NS)
#define TRY_MORE_NS	(50 * MSEC_NS)
#define TRY_LEAD_MAX_NS (5 * SECOND_NS)
/* Who has not answered so many tries is not being met, but away. */
#define TRIES_AWAY    10
#define TRY_ROUTER_NS (350 * MSEC_NS)
#define FOLLOW	      2 /* times as long */
/* A session that is deaf is looked for while WireGuard doesn't see it itself;
 * the margin is for what is between its clock and ours. */
#define DEAF_OVER_NS   (15 * SECOND_NS)
#define DEAF_MARGIN_NS (20 * MSEC_NS)
#define CURES	       3
/* In all and of one peer: well below what privd grants. */
#define REMAKES_NS	   (100 * MSEC_NS)
#define REMAKES_BURST	   128
#define REMAKES_PEER_NS	   (2 * SECOND_NS)
#define REMAKES_PEER_BURST 12

/* Not yet known to take what we send and to answer. */
static bool
being_met(const struct peer *p)
{
	return p->endpoint.addr.family != 0 && p->round < TRIES_AWAY &&
	    (p->heard_ns == NONE_NS ||
		(peer_extended(p) && p->proof_ns == NONE_NS));
}

/* A router waits for its leaves: they know where it is. */
static bool
waits(const struct node *n, const struct peer *p)
{
	return n->router && !p->router;
}

/* Counts them, once for all that is asked at one time. */
size_t
tries_meeting(struct node *n, int64_t now_ns)
{
	const struct peer *p;
	size_t slot = 0;

	if (n->meeting_ns == now_ns)
		return n->meeting;
	n->meeting_ns = now_ns;
	n->meeting = 0;
	n->meeting_rtt_ns = 0;
	while ((p = peer_next(n, &slot)) != NULL) {
		if (p->router && p->srtt_ns > n->meeting_rtt_ns)
			n->meeting_rtt_ns = p->srtt_ns;
		if (being_met(p))
			n->meeting++;
	}
	return n->meeting;
}

/*
 * How long the present try may take, without a session. Two that make each
 * other anew at the same time throw away each other's handshakes, so one of
 * them is early: a leaf towards its router, else who has the smaller key.
 * *rounds becomes how many of them were slow ones.
 */
static int64_t
patience(struct node *n, const struct peer *p, int64_t now_ns, size_t *rounds)
{
	bool leads =
	    n->router != p->router || key_cmp(&n->link.key, &p->key) < 0;
	int64_t wait_ns;

	if (waits(n, p))
		return TRY_NS;
	wait_ns = TRY_LEAD_NS + (int64_t)tries_meeting(n, now_ns) * TRY_MORE_NS;
	if (wait_ns > TRY_LEAD_MAX_NS)
		wait_ns = TRY_LEAD_MAX_NS;
	if (p->router)
		wait_ns = TRY_ROUTER_NS;
	wait_ns += 3 * n->meeting_rtt_ns;
	if (!leads)
		wait_ns *= FOLLOW;
	for (; *rounds > 0 && wait_ns < TRY_NS; --*rounds)
		wait_ns += wait_ns / 2;
	return wait_ns < TRY_NS ? wait_ns : TRY_NS;
}

/*
 * When the present try has had its time: sooner, where since then others have
 * been met, than it looked at first. Else the last two of many would wait as
 * long as if all of them were still busy.
 */
int64_t
tries_end(struct node *n, const struct peer *p, int64_t now_ns)
{
	size_t rounds = p->try_rounds;
	int64_t end_ns;

	if (p->try_from_ns == NONE_NS || now_ns >= p->try_until_ns)
		return p->try_until_ns;
	end_ns = p->try_from_ns + patience(n, p, now_ns, &rounds);
	return end_ns < p->try_until_ns ? end_ns : p->try_until_ns;
}

size_t
tries_begin(
    struct node *n, struct peer *p, int64_t now_ns, bool session, size_t rounds)
{
	p->try_from_ns = NONE_NS;
	p->try_rounds = rounds;
	if (session) {
		p->try_until_ns = now_ns + TRY_SESSION_NS;
		return rounds;
	}
	p->try_until_ns = now_ns + patience(n, p, now_ns, &rounds);
	if (rounds == 0)
		p->try_from_ns = now_ns;
	return rounds;
}

static bool
may_remake(struct node *n, struct peer *p, int64_t now_ns)
{
	if (waits(n, p) || peer_is_basic(n, p))
		return false;
	return peer_within(&p->remakes_ns, now_ns, REMAKES_PEER_NS,
		   REMAKES_PEER_BURST) &&
	    peer_within(&n->remakes_ns, now_ns, REMAKES_NS, REMAKES_BURST);
}

/*
 * Its handshake came to an end, and nothing else comes by it: initiations that
 * crossed can leave each side with another session. WireGuard finds out after
 * 15 s. Only one that we added: others may have nothing to say; and only where
 * it is at an endpoint that can be set again.
 */
bool
tries_deaf(const struct node *n, const struct peer *p, int64_t now_ns)
{
	return p->introduced && p->heard_ns == NONE_NS &&
	    p->handshake_ns != NONE_NS && p->rx_bytes <= DEAF_BYTES &&
	    now_ns - p->handshake_ns < DEAF_OVER_NS && p->cures < CURES &&
	    !p->collided && !p->weak && !waits(n, p) &&
	    endpoint_acceptable(n, &p->endpoint);
}

/* When a deaf one is made anew: privd's rule 22 allows it no sooner. */
int64_t
tries_cure_at(struct node *n, const struct peer *p, int64_t now_ns)
{
	size_t rounds = 0;
	int64_t wait_ns = patience(n, p, now_ns, &rounds);

	return p->handshake_ns +
	    (wait_ns > DEAF_NS ? wait_ns : DEAF_NS + DEAF_MARGIN_NS);
}

bool
tries_cure(struct node *n, struct peer *p, int64_t now_ns)
{
	if (now_ns < tries_cure_at(n, p, now_ns) || !may_remake(n, p, now_ns))
		return false;
	p->cures++;
	(void)tries_begin(n, p, now_ns, false, 0);
	return true;
}

bool
tries_remake(struct node *n, struct peer *p, int64_t now_ns, bool first)
{
	/* Where there was none, WireGuard has not sent any yet. */
	return p->endpoint.addr.family != 0 &&
	    (p->try_until_ns < now_ns + TRY_NS || first) &&
	    may_remake(n, p, now_ns);
}
