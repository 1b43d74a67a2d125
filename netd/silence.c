/*
 * A peer whose wirelink has fallen silent. Either its host is gone, or only
 * its daemon is, and its WireGuard goes on with what it was last told: then
 * a direct link that both used has to stay, since each end drops what comes
 * over another. WireGuard itself tells the two apart: what it receives it
 * answers within KEEPALIVE_TIMEOUT, 10 s, and our pings are such.
 *
 * A peer that is so found to be mute is held to what a basic one is held to,
 * its handshakes, until its wirelink is heard again.
 */
#include "netd/state.h"

/* KEEPALIVE_TIMEOUT, and room for two snapshots. */
#define ANSWER_NS (13 * SECOND_NS)
/* Of a path that was found dead: whoever runs at its other end asks, too. */
#define DEAD_SILENT_NS (5 * SECOND_NS)
/* Where data still comes: if its wirelink runs, it finds the path dead within
 * this, too, and asks. */
#define MUTE_NS (3 * SECOND_NS)
/* A handshake message that arrives says nothing of the other direction. Of
 * those there are few between two snapshots. */
#define INITIATION_SIZE 148
#define RESPONSE_SIZE	92
#define HANDSHAKES_MAX	4

bool
silence_lasts(const struct peer *p, int64_t now_ns)
{
	return p->heard_ns != NONE_NS &&
	    now_ns - p->heard_ns > peer_silent_ns(p);
}

/* Did both use the direct link when it was last heard? What it has said over
 * the router since counts, too. A router's link is always in use. */
static bool
frozen_direct(const struct peer *p)
{
	bool said_down = p->they_said_down && peer_boot_counts(p, p->they_boot);

	return p->router || ((p->direct || p->left_unheard) && !said_down);
}

/* While we were asleep nobody could be heard. */
static bool
unheard(const struct node *n, const struct peer *p, int64_t now_ns)
{
	if (now_ns - n->boot_ns < GRACE_NS)
		return false;
	if (p->heard_ns == NONE_NS || p->proof != PROOF_DEAD)
		return silence_lasts(p, now_ns);
	return now_ns - p->heard_ns > DEAD_SILENT_NS &&
	    now_ns - p->died_ns > DEAD_SILENT_NS;
}

void
silence_asked(struct node *n, struct peer *p, int64_t now_ns)
{
	if (p->proof == PROOF_OK && peer_extended(p) && !p->mute &&
	    peer_is_alive(p, now_ns) && silence_lasts(p, now_ns))
		path_doubt(n, p, now_ns);
}

static void
mute(struct node *n, struct peer *p, int64_t now_ns)
{
	p->mute = true;
	p->proof = PROOF_NONE;
	p->ping_at_ns = INT64_MAX;
	path_state(n, p, now_ns);
	peer_event(n, p, EV_PEER_MUTE, now_ns);
	node_want_plan(n, now_ns);
}

bool
silence_waits(struct node *n, struct peer *p, int64_t now_ns)
{
	bool data =
	    p->data_since_ns != NONE_NS && p->data_since_ns >= p->tested_ns;
	int64_t age_ns = now_ns - p->tested_ns;

	if (p->heard_ns >= p->tested_ns || path_is_stalled(p) ||
	    !frozen_direct(p))
		return false;
	if (data && age_ns >= MUTE_NS) {
		mute(n, p, now_ns);
		return true;
	}
	/* One that says digests is asked, and so found silent, before long. */
	if (!data && (now_ns - p->heard_ns <= SILENT_NS || age_ns >= ANSWER_NS))
		return false;
	node_want_device(n, now_ns);
	p->ping_at_ns = now_ns + SECOND_NS / 2;
	return true;
}

/* Nothing, or nothing but handshake messages? A keepalive may come with one. */
static bool
only_handshakes(uint64_t bytes)
{
	for (uint64_t n = 0; n <= HANDSHAKES_MAX; n++) {
		for (uint64_t i = 0; i <= n; i++) {
			if (i * INITIATION_SIZE + (n - i) * RESPONSE_SIZE ==
			    bytes)
				return true;
		}
	}
	return false;
}

void
silence_received(struct node *n, struct peer *p, int64_t now_ns, uint64_t bytes)
{
	if (only_handshakes(bytes))
		return;
	p->data_since_ns = n->device_ns;
	if (!p->mute && unheard(n, p, now_ns) && frozen_direct(p) &&
	    (!peer_extended(p) || p->proof != PROOF_OK))
		mute(n, p, now_ns);
}

void
silence_over(struct node *n, struct peer *p, int64_t now_ns)
{
	p->mute = false;
	path_doubt(n, p, now_ns);
}

void
silence_ends(struct node *n, struct peer *p, int64_t now_ns)
{
	p->left_unheard = false;
	if (p->mute && peer_is_alive(p, now_ns))
		silence_over(n, p, now_ns);
}
