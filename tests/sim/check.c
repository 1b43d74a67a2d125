/* What has to hold, whatever happens. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

/* A session lasts 180 s, is made anew by what goes out after 120, and may lapse
 * until the next digest, 160 s later, or one more when that is lost, where
 * nothing else goes. */
#define SESSION_NS     (450 * SECOND_NS)
#define TOLD_NS	       (3 * SECOND_NS)
#define ROUTER_GONE_NS (FACT_TTL_S / 2 * SECOND_NS)
#define STARTED_NS     (4 * SECOND_NS) /* all have been */

void
fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (s->failed)
		return;
	s->failed = true;
	n = snprintf(
	    s->why, sizeof(s->why), "at %.3f s: ", (double)s->now_ns / 1e9);
	va_start(ap, fmt);
	vsnprintf(s->why + n, sizeof(s->why) - (size_t)n, fmt, ap);
	va_end(ap);
}

/* Does it run, and count for what all members have to reach? */
static bool
live(const struct host *h)
{
	return h->core != NULL && !h->suspended && !h->revoked;
}

static bool
direct(const struct sim *s, const struct host *h, uint32_t peer)
{
	const struct wg_model_peer *p = h->peers[peer];

	if (p == NULL ||
	    host_wall(s, h) - p->handshake_ns > SESSION_NS + SECOND_NS)
		return false;
	for (size_t f = 0; f < s->hosts[peer].ntunnel; f++) {
		if (device_route(h, &s->hosts[peer].tunnel[f]) != peer)
			return false;
	}
	return true;
}

/* The first pair of leaves that should be direct and is not. */
static bool
find_indirect(const struct sim *s, uint32_t *a, uint32_t *b)
{
	for (uint32_t i = (uint32_t)s->nrouters; i < s->n; i++) {
		for (uint32_t k = (uint32_t)s->nrouters; k < s->n; k++) {
			if (i == k || !live(&s->hosts[i]) ||
			    !live(&s->hosts[k]) || direct(s, &s->hosts[i], k))
				continue;
			*a = i;
			*b = k;
			return true;
		}
	}
	return false;
}

bool
check_converged(const struct sim *s)
{
	uint32_t a, b;

	return !find_indirect(s, &a, &b);
}

/* The first thing that keeps a host from a direct link, by its own account. */
static const char *
why(const struct sim *s, const struct host *h, uint32_t peer)
{
	struct why_view v;

	for (size_t i = 0; h->core != NULL &&
	     node_why(h->core, host_now(s, h), &s->hosts[peer].key, i, &v);
	     i++) {
		if (v.answer == ANSWER_NO)
			return reason_code(v.reason);
	}
	return h->core != NULL ? "direct" : "not running";
}

static void
fail_indirect(struct sim *s, const char *when)
{
	uint32_t a = 0, b = 0;

	if (find_indirect(s, &a, &b))
		fail(s, "%s %u (%s) is not direct with %u (%s)", when, a,
		    why(s, &s->hosts[a], b), b, why(s, &s->hosts[b], a));
}

void
check_moved(struct sim *s, struct host *h, uint32_t peer)
{
	fail(s, "%u took a prefix from one peer to give it to %u", h->index,
	    peer);
}

/* A prefix was given to or taken from a peer. */
void
check_direct(struct sim *s, struct host *h, uint32_t peer, bool is)
{
	unsigned int limit;

	if (s->pair_direct[h->index][peer] == is)
		return;
	s->pair_direct[h->index][peer] = is;
	if (s->hosts[peer].hostile)
		return; /* its own concern */
	if (h->revoked || s->hosts[peer].revoked)
		return; /* it has to go, one way or the other */
	limit = 1 + FLIPS_A_FAULT * s->pair_faults[h->index][peer];
	if (++s->pair_flips[h->index][peer] > limit)
		fail(s, "the path from %u to %u flaps: %u changes, %u faults",
		    h->index, peer, s->pair_flips[h->index][peer],
		    s->pair_faults[h->index][peer]);
	if (s->converged_ns >= 0)
		fail(s, "%u changes its path to %u when all is calm", h->index,
		    peer);
}

/* What the administrator gave stays for a whole FactTTL of running. */
static bool
bound(const struct sim *s, const struct host *h, uint32_t peer)
{
	return h->peers[peer] != NULL && h->peers[peer]->given &&
	    s->now_ns - h->started_ns <= (FACT_TTL_S + 5) * SECOND_NS;
}

static bool
cut(const struct sim *s, uint32_t a, uint32_t b)
{
	const struct path *to = &s->paths[a][b], *back = &s->paths[b][a];

	return to->cut + to->cut_private + back->cut + back->cut_private > 0;
}

/* Without the router, may the two ends be expected to be direct? If they were
 * when they last had it, and since then nothing has happened after which they
 * would need its word: a cut, a new start or an exclusion while they were not
 * direct, or so long a time that what it has said has expired. */
static void
expect_direct(const struct sim *s, struct flow *f)
{
	const struct host *a = &s->hosts[f->from], *b = &s->hosts[f->to];
	bool is = direct(s, a, f->to) && direct(s, b, f->from);

	if (cut(s, f->from, f->to) ||
	    (!is &&
		(a->revoked || b->revoked || a->started_ns > f->checked_ns ||
		    b->started_ns > f->checked_ns ||
		    s->now_ns - f->router_ns > ROUTER_GONE_NS)))
		f->direct = false;
	f->checked_ns = s->now_ns;
}

/* May the flow be silent? Only while there is no way at all, or nobody who
 * could choose another one. A direct link that works outlives the router. */
static bool
excused(const struct sim *s, struct flow *f)
{
	const struct host *a = &s->hosts[f->from], *b = &s->hosts[f->to];
	uint32_t r = s->nrouters > 1 ? (uint32_t)f->family : 0;

	expect_direct(s, f);
	if (!live(a) || !live(b) || bound(s, a, f->to) || bound(s, b, f->from))
		return true;
	if (!live(&s->hosts[r]) || cut(s, f->from, r) || cut(s, f->to, r))
		return !f->direct;
	f->router_ns = s->now_ns;
	f->direct = !cut(s, f->from, f->to) && direct(s, a, f->to) &&
	    direct(s, b, f->from);
	return false;
}

void
check_flow_sent(struct sim *s, struct flow *f)
{
	int64_t gap_ns;

	if (excused(s, f))
		f->arrived_ns = s->now_ns;
	s->sent++;
	gap_ns = s->now_ns - f->arrived_ns;
	if (gap_ns > s->worst_gap_ns)
		s->worst_gap_ns = gap_ns;
	if (gap_ns > BLACKHOLE_S * SECOND_NS)
		fail(s, "nothing from %u (%s) reaches %u (%s) any more",
		    f->from, why(s, &s->hosts[f->from], f->to), f->to,
		    why(s, &s->hosts[f->to], f->from));
}

void
check_flow_arrived(struct sim *s, uint32_t flow, uint32_t at)
{
	struct flow *f = &s->flows[flow];

	if (flow >= s->nflows || f->to != at) {
		fail(s, "%u got what is not for it", at);
		return;
	}
	s->arrived++;
	f->arrived_ns = s->now_ns;
}

static void
check_prefixes(struct sim *s, const struct host *h)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct wg_model_peer *p = h->peers[i];

		for (size_t k = 0; p != NULL && k < p->nprefixes; k++) {
			if (h->router && !p->given &&
			    !addr_is_link_local(&p->prefixes[k].addr))
				fail(s, "router %u introduced %u", h->index, i);
			for (uint32_t j = 0; j < i; j++) {
				const struct wg_model_peer *o = h->peers[j];

				for (size_t l = 0;
				     o != NULL && l < o->nprefixes; l++) {
					if (prefix_eq(&p->prefixes[k],
						&o->prefixes[l]))
						fail(s,
						    "%u: both %u and %u hold "
						    "a prefix",
						    h->index, i, j);
				}
			}
		}
	}
}

/* Every leaf keeps the routers that it was given, with their nets. */
static void
check_given(struct sim *s, const struct host *h)
{
	for (uint32_t r = 0; r < s->nrouters && !h->router; r++) {
		const struct wg_model_peer *p = h->peers[r];
		bool net = false;

		for (size_t k = 0; p != NULL && k < p->nprefixes; k++)
			net |= prefix_is_routing(&p->prefixes[k]);
		if (p == NULL || !p->given || !net)
			fail(s, "%u lost its router %u", h->index, r);
	}
}

void
check_all(struct sim *s)
{
	for (size_t i = 0; i < s->n; i++) {
		check_prefixes(s, &s->hosts[i]);
		check_given(s, &s->hosts[i]);
	}
	if (s->first_ns < 0 && s->now_ns > STARTED_NS && check_converged(s)) {
		s->first_ns = s->now_ns;
		if (s->verbose > 0)
			printf("%9.3f converged\n", (double)s->now_ns / 1e9);
	}
	if (s->first_ns < 0 && s->now_ns == CONVERGE_S * SECOND_NS)
		fail(s, "no convergence after start");
	/* The last fault's end may be told yet. */
	if (s->now_ns <= s->last_fault_ns + TOLD_NS || s->converged_ns >= 0)
		return;
	if (check_converged(s)) {
		s->converged_ns = s->now_ns;
		if (s->verbose > 0)
			printf(
			    "%9.3f converged again\n", (double)s->now_ns / 1e9);
	} else if (s->now_ns > s->last_fault_ns + CONVERGE_S * SECOND_NS) {
		fail_indirect(s, "after the last fault");
	}
}

void
check_end(struct sim *s)
{
	if (!s->failed)
		fail_indirect(s, "in the end");
	for (uint32_t i = (uint32_t)s->nrouters; i < s->n; i++) {
		const struct host *gone = &s->hosts[i];

		for (uint32_t k = (uint32_t)s->nrouters;
		     gone->revoked && k < s->n; k++) {
			const struct host *h = &s->hosts[k];

			if (live(h) && h->peers[i] != NULL &&
			    !h->peers[i]->given)
				fail(s, "%u still has %u, which was revoked", k,
				    i);
		}
	}
}
