/*
 * What happened to peers of late, for those who ask why. A table of fixed
 * size: the same thing again only counts, so that an hour of tries is a few
 * entries; when it is full the one that was longest ago goes. Nothing is
 * allocated, and no peer can drive out what is kept of the others.
 */
#ifndef NETD_HISTORY_H
#define NETD_HISTORY_H

#include <stddef.h>

#include "netd/node.h"

#define HISTORY_SIZE	 256 /* of 40 bytes: 10 KiB */
#define HISTORY_PER_PEER 24
#define HISTORY_FACTS	 48 /* refused facts, whose subjects are anybody's */

/* Only what it takes to say it again; a peer by its key's first bytes. */
struct history_entry {
	uint64_t peer;
	uint32_t first_s; /* of now_ns; 0 in last_s: unused */
	uint32_t last_s;
	uint8_t addr[16];
	uint16_t port; /* or the rule that refused */
	uint16_t times; /* stays at its greatest */
	uint8_t family;
	uint8_t len; /* of a prefix */
	uint8_t code; /* enum event_code */
	uint8_t reason;
};

_Static_assert(sizeof(struct history_entry) == 40, "as docs say");

struct history {
	struct history_entry entry[HISTORY_SIZE];
};

void history_note(struct history *h, int64_t now_ns, const struct event *ev);
/* The i-th entry of the peer, oldest first; NULL past the end. */
const struct history_entry *
history_of(const struct history *h, const struct key *key, size_t i);
/* The last with that code; NULL without one. */
const struct history_entry *history_last(
    const struct history *h, const struct key *key, enum event_code code);
/* The other way round; false where it has none. */
bool history_endpoint(const struct history_entry *e, struct endpoint *out);
bool history_prefix(const struct history_entry *e, struct prefix *out);

#endif
