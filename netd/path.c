/*
 * Does the direct path to a peer work, in both directions? Proven inside the
 * tunnel: a ping that is acknowledged. The byte counters tell when to ask:
 * what others send over the link grows and nothing comes back. To nodes of
 * the other implementation there are only the counters: WireGuard answers
 * received data within 10 s by itself.
 *
 * What this node concludes it states to the peer, through the router too (a
 * dead path can't carry it), and neither uses the path unless both find it
 * good: a packet from a peer is dropped where its prefix is on another link.
 */
#include <string.h>

#include "netd/state.h"

#define STALL_EXTENDED_NS (500 * MSEC_NS)
/* WireGuard's KEEPALIVE_TIMEOUT of 10 s, and room for two snapshots. */
#define STALL_PASSIVE_NS (13 * SECOND_NS)
/* Or that was lost, and WireGuard begins anew after 15 s. */
#define STALL_MUTE_NS (17 * SECOND_NS)
#define STALL_BYTES   256
/* So many snapshots in a row, and then nothing: the sender has finished, or
 * no longer reaches us, because our address, or a NAT's, has changed. It is
 * asked, which also tells it where we are. One of an idle device counts as
 * many, if it tells of more than netd says at once. */
#define RX_RUN	     3
#define RX_RUN_NS    (RX_RUN * DEVICE_ACTIVE_NS)
#define RX_RUN_BYTES 2048
/* Eight unanswered pings: by chance, at 5 % loss in each direction, once in
 * a hundred million tests; at 20 %, once in 3,500. */
#define TEST_PINGS 8
/* At the third the peer is told of it, over the router: if a NAT of its has
 * forgotten us, it alone can open the path. */
#define TEST_TOLD   3
#define TEST_MIN_NS (100 * MSEC_NS)
#define DEAD_NS	    (250 * MSEC_NS)
#define FLAP_NS	    (600 * SECOND_NS)
#define HOLD_NS	    (5 * SECOND_NS)
#define HOLD_MAX_NS (300 * SECOND_NS)
#define ROUTERS_MAX 16 /* that are looked at for a held path */

/* IPv6 and UDP headers, padding to 16, WireGuard's 32 bytes. */
uint64_t
path_wire_bytes(size_t payload)
{
	return ((40 + 8 + payload + 15) & ~(uint64_t)15) + 32;
}

/* Can it be asked? */
static bool
speaks(const struct peer *p)
{
	return peer_extended(p) && !p->mute;
}

static bool
own_ok(const struct peer *p, int64_t now_ns)
{
	return p->proof != PROOF_DEAD && now_ns >= p->hold_until_ns;
}

bool
path_up(const struct node *n, const struct peer *p, int64_t now_ns)
{
	if (p->collided || !peer_is_healthy(p, now_ns) || !own_ok(p, now_ns))
		return false;
	if (peer_is_basic(n, p) || p->mute)
		return true;
	if (!peer_is_alive(p, now_ns))
		return false;
	if (!peer_extended(p))
		return true;
	return p->proof_ns != NONE_NS && !path_they_down(p, now_ns);
}

void
path_state(struct node *n, struct peer *p, int64_t now_ns)
{
	enum fact_link says = FACT_LINK_READY;

	if (!own_ok(p, now_ns) || p->given_up || observe_silent(n, p))
		says = FACT_LINK_DOWN;
	else if (p->proof == PROOF_TESTING && p->pings >= TEST_TOLD)
		says = FACT_LINK_DOUBT;
	if (n->router || p->router ||
	    (!peer_extended(p) && !p->given_up && p->said_seq == 0))
		return;
	/* That an earlier run said so says nothing of this one. */
	if (says == p->said &&
	    (says != FACT_LINK_DOWN || p->said_seq != 0 ||
		observe_silent(n, p)))
		return;
	p->said = says;
	p->said_seq = (uint64_t)now_ns;
	p->said_ns = now_ns;
	n->local_dirty = true;
	gossip_all_soon(n, now_ns);
}

static void
ping(struct peer *p, int64_t now_ns)
{
	p->ping_now = true;
	gossip_soon(p, now_ns);
}

void
path_doubt(struct node *n, struct peer *p, int64_t now_ns)
{
	if (observe_silent(n, p) || p->proof == PROOF_DEAD ||
	    p->proof == PROOF_TESTING || !speaks(p))
		return;
	p->proof = PROOF_TESTING;
	p->tested_ns = now_ns;
	p->pings = 0;
	p->ping_at_ns = now_ns;
}

void
path_ask(struct node *n, struct peer *p, int64_t now_ns)
{
	path_doubt(n, p, now_ns);
	if (p->proof != PROOF_TESTING && p->proof != PROOF_DEAD)
		return;
	p->pings = 0;
	p->ping_at_ns = now_ns;
}

/* Again within FLAP_NS: how long the path is not used now. */
static int64_t
hold(unsigned int *times, int64_t *last_ns, int64_t now_ns)
{
	bool again = *last_ns != NONE_NS && now_ns - *last_ns < FLAP_NS;
	int64_t hold_ns;

	*last_ns = now_ns;
	*times = again ? *times + 1 : 0;
	if (*times == 0)
		return 0;
	hold_ns = HOLD_NS << (*times < 7 ? *times - 1 : 6);
	return hold_ns < HOLD_MAX_NS ? hold_ns : HOLD_MAX_NS;
}

static void
died(struct node *n, struct peer *p, int64_t now_ns)
{
	p->hold_until_ns = now_ns + hold(&p->deaths, &p->died_ns, now_ns);
	p->left_unheard |= p->direct;
	p->proof = PROOF_DEAD;
	p->stalled_ns = NONE_NS;
	p->pings = 0;
	p->ping_at_ns = now_ns + DEAD_NS;
	p->try_until_ns = 0;
	path_state(n, p, now_ns);
	node_want_plan(n, now_ns);
}

/* Never heard since we run: the other end of what an earlier run used may use
 * it still, and knows at best what that run said. */
static void
give_up(struct node *n, struct peer *p, int64_t now_ns)
{
	if (p->has_boot_id || peer_is_basic(n, p))
		return;
	p->given_up = true;
	path_state(n, p, now_ns);
}

/* A peer that says now this and now that, or lives for a second at a time,
 * is as bad as a path that does. */
void
path_left(struct node *n, struct peer *p, int64_t now_ns)
{
	int64_t hold_ns;

	give_up(n, p, now_ns);
	if (!own_ok(p, now_ns))
		return; /* ours is the reason */
	hold_ns = hold(&p->breaks, &p->broke_ns, now_ns);
	if (hold_ns == 0)
		return;
	p->hold_until_ns = now_ns + hold_ns;
	if (p->proof == PROOF_OK)
		p->ping_at_ns = now_ns;
	path_state(n, p, now_ns);
}

void
path_acked(struct node *n, struct peer *p, int64_t now_ns)
{
	bool was = p->proof == PROOF_OK;

	if (p->proof == PROOF_DEAD || p->proof == PROOF_TESTING)
		digest_again(p, now_ns);
	p->proof = PROOF_OK;
	p->proof_ns = now_ns;
	p->pings = 0;
	p->stalled_ns = NONE_NS;
	p->given_up = false;
	p->ping_at_ns = now_ns < p->hold_until_ns ? now_ns : INT64_MAX;
	candidates_worked(p, now_ns);
	if (was)
		return;
	path_state(n, p, now_ns);
	node_want_plan(n, now_ns);
}

void
path_heard(struct node *n, struct peer *p, int64_t now_ns)
{
	if (p->proof != PROOF_DEAD) {
		if (!speaks(p))
			candidates_worked(p, now_ns);
		return;
	}
	if (!speaks(p)) {
		/* It gets through to us; more can't be asked of it. */
		p->proof = PROOF_NONE;
		candidates_worked(p, now_ns);
		node_want_plan(
		    n, now_ns > p->hold_until_ns ? now_ns : p->hold_until_ns);
		return;
	}
	if (p->ping_at_ns > now_ns && p->flights == 0)
		p->ping_at_ns = now_ns;
}

bool
path_is_stalled(const struct peer *p)
{
	return p->stalled_ns != NONE_NS && p->stalled_bytes > STALL_BYTES;
}

void
path_counters(
    struct node *n, struct peer *p, int64_t now_ns, uint64_t tx, uint64_t rx)
{
	uint64_t dtx = tx > p->tx_bytes ? tx - p->tx_bytes : 0;
	uint64_t drx = rx > p->rx_bytes ? rx - p->rx_bytes : 0;
	uint64_t others = dtx > p->own_tx_bytes ? dtx - p->own_tx_bytes : 0;
	bool first = p->device_gen == 0;

	p->tx_bytes = tx;
	p->rx_bytes = rx;
	p->own_tx_bytes = 0;
	if (!first)
		silence_received(n, p, now_ns, drx);
	if (first || p->router)
		return;
	if (others > STALL_BYTES || drx > STALL_BYTES)
		n->device_active = true;
	if (drx > STALL_BYTES) {
		p->rx_run += drx > RX_RUN_BYTES && n->device_ns != NONE_NS &&
			now_ns - n->device_ns > RX_RUN_NS
		    ? RX_RUN
		    : 1;
	} else if (drx == 0) {
		if (p->rx_run >= RX_RUN && p->proof == PROOF_OK)
			path_doubt(n, p, now_ns);
		p->rx_run = 0;
	}
	if (drx > 0) {
		p->stalled_ns = NONE_NS;
		if (p->proof == PROOF_DEAD && !speaks(p))
			path_heard(n, p, now_ns);
		return;
	}
	if (p->proof == PROOF_DEAD || dtx == 0 || p->handshake_ns == NONE_NS)
		return;
	/* What only we say is answered within KEEPALIVE_TIMEOUT as well, but
	 * not counted from when others begin. */
	if (!speaks(p) && others == 0 && p->stalled_ns == NONE_NS)
		return;
	if (p->stalled_ns == NONE_NS) {
		/* Leaving a mute one in vain is worse than leaving it late:
		 * it goes on over the direct link, and is not heard. */
		p->stalled_ns =
		    p->mute || n->device_ns == NONE_NS ? now_ns : n->device_ns;
		p->stalled_bytes = 0;
	}
	p->stalled_bytes += others;
	if (!path_is_stalled(p))
		return;
	if (speaks(p)) {
		if (now_ns - p->stalled_ns >= STALL_EXTENDED_NS)
			path_doubt(n, p, now_ns);
		else
			node_want_device(n, p->stalled_ns + STALL_EXTENDED_NS);
	} else if (now_ns - p->stalled_ns >=
	    (p->mute ? STALL_MUTE_NS : STALL_PASSIVE_NS)) {
		died(n, p, now_ns);
	}
}

bool
path_they_down(const struct peer *p, int64_t now_ns)
{
	return peer_extended(p) && p->they_down_ns > now_ns &&
	    peer_boot_counts(p, p->they_boot);
}

/* Is the statement older than what is known of the peer? One with a boot id
 * that isn't its present one may be ahead of the Alive that tells it. */
static bool
outdated(
    const struct peer *p, const uint8_t boot[FACT_LINK_BOOT_LEN], uint64_t seq)
{
	if (memcmp(boot, p->they_boot, FACT_LINK_BOOT_LEN) == 0)
		return seq < p->they_seq;
	if (!peer_boot_counts(p, p->they_boot))
		return false;
	return !peer_boot_counts(p, boot) ||
	    (peer_boot_later(p, p->they_boot) &&
		memcmp(boot, p->they_boot, BOOT_ID_ORDER_LEN) < 0);
}

void
path_they_say(struct node *n, struct peer *p, int64_t now_ns,
    const uint8_t boot[FACT_LINK_BOOT_LEN], uint64_t seq, enum fact_link says,
    int64_t ttl_s)
{
	bool was = path_they_down(p, now_ns);
	bool same = memcmp(boot, p->they_boot, FACT_LINK_BOOT_LEN) == 0;

	/* Its wirelink runs again, where only we can't be told directly. */
	if (p->mute && !same && !peer_boot_is(p, boot))
		silence_over(n, p, now_ns);
	if (n->router || p->router || outdated(p, boot, seq))
		return;
	if (ttl_s > FACT_TTL_S)
		ttl_s = FACT_TTL_S;
	if (!same && peer_boot_later(p, boot))
		path_doubt(n, p, now_ns);
	if (says == FACT_LINK_DOUBT && !(same && seq == p->they_seq)) {
		path_doubt(n, p, now_ns);
		p->ping_at_ns = now_ns;
	}
	memcpy(p->they_boot, boot, FACT_LINK_BOOT_LEN);
	p->they_ns = now_ns;
	p->they_seq = seq;
	p->they_said_down = says == FACT_LINK_DOWN;
	p->they_down_ns =
	    says == FACT_LINK_DOWN ? now_ns + ttl_s * SECOND_NS : NONE_NS;
	if (was == path_they_down(p, now_ns))
		return;
	if (!was)
		path_doubt(n, p, now_ns);
	node_want_plan(n, now_ns);
}

void
path_they_are(struct node *n, struct peer *p, int64_t now_ns)
{
	if (!peer_boot_later(p, p->they_boot) ||
	    now_ns - p->they_ns < BOOT_LATE_NS)
		return;
	memset(p->they_boot, 0, sizeof(p->they_boot));
	p->they_seq = 0;
	p->they_said_down = false;
	p->they_down_ns = NONE_NS;
	node_want_plan(n, now_ns);
}

/* Most of what breaks heals soon. */
static int64_t
dead_interval(const struct peer *p, int64_t now_ns)
{
	static const struct {
		int64_t for_ns, interval_ns;
	} steps[] = {
	    {30 * SECOND_NS, DEAD_NS},
	    {120 * SECOND_NS, 2 * DEAD_NS},
	    {600 * SECOND_NS, 5 * SECOND_NS},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (now_ns - p->died_ns < steps[i].for_ns)
			return steps[i].interval_ns;
	}
	return 30 * SECOND_NS;
}

/* From a ping of a test to the next; the last one has all its time. They may
 * overtake each other: each is acknowledged by itself. */
static int64_t
test_interval(const struct peer *p)
{
	int64_t rto_ns = peer_rto_first(p);

	if (rto_ns > SECOND_NS)
		rto_ns = SECOND_NS;
	if (p->pings == TEST_PINGS - 1)
		return rto_ns;
	return rto_ns / 4 > TEST_MIN_NS ? rto_ns / 4 : TEST_MIN_NS;
}

/* The routers, and which of them carry. One that leaves all pings unanswered
 * may yet be found mute, but that takes long. */
struct routers {
	size_t n;
	size_t carrying;
	struct {
		const struct peer *r;
		bool carries;
	} router[ROUTERS_MAX];
};

static void
find_routers(const struct node *n, int64_t now_ns, struct routers *rs)
{
	const struct peer *r;
	size_t slot = 0;

	rs->n = rs->carrying = 0;
	while (rs->n < ROUTERS_MAX && (r = peer_next(n, &slot)) != NULL) {
		if (!r->router)
			continue;
		rs->router[rs->n].r = r;
		rs->router[rs->n].carries = peer_router_works(n, r, now_ns) &&
		    (r->proof != PROOF_TESTING || r->pings < TEST_PINGS);
		rs->carrying += rs->router[rs->n++].carries;
	}
}

/* Of the prefixes of a path that is held: how many there are that routers
 * carry, and how many that they should. */
struct load {
	size_t carried;
	size_t lost;
};

/* By a router whose prefix covers it: another that works is no help. What
 * none covers stays with the peer, held or not. */
static void
load_prefix(
    const struct routers *rs, const struct prefix *prefix, struct load *l)
{
	bool covered = false, carried = false;

	for (size_t i = 0; i < rs->n && !carried; i++) {
		if (peer_covers(rs->router[i].r, prefix) == -1)
			continue;
		covered = true;
		carried = rs->router[i].carries;
	}
	l->carried += carried;
	l->lost += covered && !carried;
}

/*
 * A path that comes and goes is better than none: is a hold over because what
 * it keeps from the path goes nowhere? Where routers carry some of it, that
 * would come and go, too, so not at once.
 */
static bool
hold_is_void(const struct node *n, const struct peer *p, int64_t now_ns)
{
	int64_t since_ns = p->died_ns > p->broke_ns ? p->died_ns : p->broke_ns;
	struct load l = {0};
	struct routers rs;

	find_routers(n, now_ns, &rs);
	for (size_t i = 0; i < p->nwithdrawn; i++)
		load_prefix(&rs, &p->withdrawn[i].prefix, &l);
	for (size_t i = 0; i < p->nprefixes; i++)
		if (!addr_is_link_local(&p->prefixes[i].prefix.addr))
			load_prefix(&rs, &p->prefixes[i].prefix, &l);
	if (l.lost > 0)
		return l.carried == 0 || now_ns >= since_ns + HOLD_NS;
	return l.carried == 0 && rs.carrying == 0;
}

/* Not one that has just been heard: whoever flaps can't make us ask more. */
static void
doubt_routers(struct node *n, int64_t now_ns)
{
	size_t slot = 0;
	struct peer *r;

	while ((r = peer_next(n, &slot)) != NULL) {
		if (r->router && r->heard_ns != NONE_NS &&
		    now_ns - r->heard_ns >= HOLD_NS)
			path_doubt(n, r, now_ns);
	}
}

static void
peer_timers(struct node *n, struct peer *p, int64_t now_ns)
{
	if (p->alive_until_ns != NONE_NS && p->alive_until_ns <= now_ns) {
		p->alive_until_ns = NONE_NS;
		n->local_dirty = true;
		peer_event(n, p, EV_PEER_SILENT, now_ns);
		node_want_plan(n, now_ns);
	}
	silence_asked(n, p, now_ns);
	if (p->proof == PROOF_OK && p->hold_until_ns > now_ns &&
	    hold_is_void(n, p, now_ns)) {
		p->hold_until_ns = now_ns;
		p->ping_at_ns = now_ns;
	}
	if (p->ping_at_ns > now_ns)
		return;
	switch (p->proof) {
	case PROOF_TESTING:
		if (p->pings == TEST_PINGS) {
			if (!silence_waits(n, p, now_ns))
				died(n, p, now_ns);
			return;
		}
		/* Does anything come, while it is asked? */
		if (p->pings == 0 || p->pings == TEST_PINGS - 1)
			node_want_device(n, now_ns + TEST_MIN_NS / 2);
		p->ping_at_ns = now_ns + test_interval(p);
		p->pings++;
		ping(p, now_ns);
		if (p->pings == TEST_TOLD)
			path_state(n, p, now_ns);
		break;
	case PROOF_DEAD:
		p->ping_at_ns = now_ns + dead_interval(p, now_ns);
		p->pings++;
		ping(p, now_ns);
		break;
	case PROOF_OK:
		if (now_ns < p->hold_until_ns) {
			doubt_routers(n, now_ns);
			p->ping_at_ns = now_ns + HOLD_NS < p->hold_until_ns
			    ? now_ns + HOLD_NS
			    : p->hold_until_ns;
			break;
		}
		/* The hold after a flap is over. */
		p->ping_at_ns = INT64_MAX;
		path_state(n, p, now_ns);
		node_want_plan(n, now_ns);
		break;
	case PROOF_NONE:
		p->ping_at_ns = INT64_MAX;
		break;
	}
}

/* Who might still use what an earlier run left, and has not been heard. */
static void
end_start(struct node *n, int64_t now_ns)
{
	size_t slot = 0;
	struct peer *p;

	n->start_over = true;
	while ((p = peer_next(n, &slot)) != NULL) {
		if (p->said == FACT_LINK_DOWN && p->said_seq == 0 &&
		    !p->direct && peer_is_healthy(p, now_ns))
			give_up(n, p, now_ns);
	}
}

void
path_timers(struct node *n, int64_t now_ns)
{
	size_t slot = 0;
	struct peer *p;

	while ((p = peer_next(n, &slot)) != NULL)
		peer_timers(n, p, now_ns);
	if (!n->start_over && now_ns - n->started_ns >= GRACE_NS)
		end_start(n, now_ns);
}

int64_t
path_deadline(const struct node *n, int64_t now_ns)
{
	int64_t at_ns = INT64_MAX;
	size_t slot = 0;
	const struct peer *p;

	while ((p = peer_next(n, &slot)) != NULL) {
		if (p->ping_at_ns < at_ns)
			at_ns = p->ping_at_ns;
		if (p->alive_until_ns != NONE_NS && p->alive_until_ns < at_ns)
			at_ns = p->alive_until_ns;
		if (p->proof == PROOF_OK && speaks(p) &&
		    peer_is_alive(p, now_ns) &&
		    p->heard_ns + peer_silent_ns(p) + MSEC_NS < at_ns)
			at_ns = p->heard_ns + peer_silent_ns(p) + MSEC_NS;
	}
	return at_ns;
}
