/* What happened to peers of late. See history.h. */
#include <string.h>

#include "netd/history.h"

static uint64_t
peer_of(const struct key *key)
{
	uint64_t v;

	memcpy(&v, key->b, sizeof(v));
	return v;
}

static void
fill(struct history_entry *e, int64_t now_ns, const struct event *ev)
{
	const struct addr *a = &ev->endpoint.addr;

	memset(e, 0, sizeof(*e));
	e->peer = peer_of(&ev->key);
	e->first_s = e->last_s = (uint32_t)(now_ns / SECOND_NS) + 1;
	e->times = 1;
	e->code = (uint8_t)ev->code;
	e->reason = (uint8_t)ev->reason;
	e->port = ev->endpoint.port;
	if (ev->code == EV_REFUSED) {
		a = &ev->prefix.addr;
		e->len = ev->prefix.len;
		e->port = ev->result.rule;
	}
	e->family = a->family;
	memcpy(e->addr, a->b, sizeof(e->addr));
}

static bool
same(const struct history_entry *a, const struct history_entry *b)
{
	return a->last_s != 0 && a->peer == b->peer && a->code == b->code &&
	    a->reason == b->reason && a->port == b->port &&
	    a->family == b->family && a->len == b->len &&
	    memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

static void
older(struct history_entry **oldest, struct history_entry *e)
{
	if (*oldest == NULL || e->last_s < (*oldest)->last_s)
		*oldest = e;
}

/* The place for a new one: that of the oldest of its kind or of its peer
 * where these have their share, else a free one, else the oldest of all. */
static struct history_entry *
place(struct history *h, const struct history_entry *new)
{
	struct history_entry *of_all = NULL, *of_peer = NULL, *of_facts = NULL;
	size_t npeer = 0, nfacts = 0;

	for (size_t i = 0; i < HISTORY_SIZE; i++) {
		struct history_entry *e = &h->entry[i];

		older(&of_all, e);
		if (e->last_s == 0)
			continue;
		if (e->code == EV_FACT_REFUSED) {
			older(&of_facts, e);
			nfacts++;
		}
		if (e->peer == new->peer) {
			older(&of_peer, e);
			npeer++;
		}
	}
	if (npeer >= HISTORY_PER_PEER)
		return of_peer;
	if (new->code == EV_FACT_REFUSED && nfacts >= HISTORY_FACTS)
		return of_facts;
	return of_all;
}

void
history_note(struct history *h, int64_t now_ns, const struct event *ev)
{
	struct history_entry new;

	fill(&new, now_ns, ev);
	for (size_t i = 0; i < HISTORY_SIZE; i++) {
		struct history_entry *e = &h->entry[i];

		if (!same(e, &new))
			continue;
		e->last_s = new.last_s;
		if (e->times < UINT16_MAX)
			e->times++;
		return;
	}
	*place(h, &new) = new;
}

/* Is a before b, by time and then by place? */
static bool
before(const struct history_entry *a, const struct history_entry *b)
{
	return a->last_s != b->last_s ? a->last_s < b->last_s : a < b;
}

const struct history_entry *
history_of(const struct history *h, const struct key *key, size_t i)
{
	const struct history_entry *found = NULL;
	uint64_t peer = peer_of(key);

	do {
		const struct history_entry *next = NULL;

		for (size_t k = 0; k < HISTORY_SIZE; k++) {
			const struct history_entry *e = &h->entry[k];

			if (e->last_s != 0 && e->peer == peer &&
			    (found == NULL || before(found, e)) &&
			    (next == NULL || before(e, next)))
				next = e;
		}
		found = next;
	} while (found != NULL && i-- > 0);
	return found;
}

const struct history_entry *
history_last(
    const struct history *h, const struct key *key, enum event_code code)
{
	const struct history_entry *last = NULL;
	uint64_t peer = peer_of(key);

	for (size_t i = 0; i < HISTORY_SIZE; i++) {
		const struct history_entry *e = &h->entry[i];

		if (e->last_s != 0 && e->peer == peer && e->code == code &&
		    (last == NULL || before(last, e)))
			last = e;
	}
	return last;
}

bool
history_endpoint(const struct history_entry *e, struct endpoint *out)
{
	memset(out, 0, sizeof(*out));
	if (e->family == 0 || e->code == EV_REFUSED)
		return false;
	out->addr.family = e->family;
	memcpy(out->addr.b, e->addr, sizeof(out->addr.b));
	out->port = e->port;
	return true;
}

bool
history_prefix(const struct history_entry *e, struct prefix *out)
{
	memset(out, 0, sizeof(*out));
	if (e->family == 0 || e->code != EV_REFUSED)
		return false;
	out->addr.family = e->family;
	memcpy(out->addr.b, e->addr, sizeof(out->addr.b));
	out->len = e->len;
	return true;
}
