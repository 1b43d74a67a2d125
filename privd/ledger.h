/*
 * What privd itself changed on the device, in one file that outlives it, so
 * that a restart still knows what was the administrator's: whatever is not
 * in here.
 */
#ifndef PRIVD_LEDGER_H
#define PRIVD_LEDGER_H

#include "privd/wg.h"

#define LEDGER_MAX	8192 /* records */
#define LEDGER_FILE_MAX (64 + LEDGER_MAX * 64)

enum ledger_kind {
	LEDGER_FREE,
	LEDGER_PEER, /* we added the peer */
	LEDGER_PREFIX, /* we gave the prefix to the peer */
	LEDGER_WITHDRAWN, /* we took a home prefix from the peer */
};

struct ledger_rec {
	enum ledger_kind kind;
	struct key key;
	struct prefix prefix; /* not of a PEER */
	bool added; /* by this process; not in the file */
};

struct ledger {
	int fd;
	bool bound;
	struct key device;
	uint32_t ifindex;
	size_t n; /* records in use end before this one */
	size_t used; /* records that are not FREE */
	struct ledger_rec *rec; /* LEDGER_MAX of them, as in the file */
};

/* Opens or makes the file and locks it, for as long as the process lives.
 * 0, or -1 with errno (EWOULDBLOCK: another one holds it). */
int ledger_open(struct ledger *l, const char *path);
/* Takes the records over when they are of this device; starts afresh when
 * they are of another one or make no sense (which is logged). Reads the file
 * only when called first. 0 or -1. */
int ledger_bind(struct ledger *l, const struct key *device, uint32_t ifindex);
/* Is in the file when it returns 0; -1 with errno (ENOSPC: full). */
int ledger_add(struct ledger *l, enum ledger_kind kind, const struct key *key,
    const struct prefix *prefix);
/* Frees every record, in the file too: what is on the device is the
 * administrator's from now on. 0, or -1 with errno. */
int ledger_forget(struct ledger *l);
/* Marks in a fresh snapshot what is ours, and drops the records that it does
 * not bear out. */
void ledger_apply(struct ledger *l, struct wg_device *d);

#endif
