/*
 * The real privd in this process: its dispatch, policy, ledger, seal, link
 * and channel, over a device in memory, on a clock of our own. main.c of
 * privd alone is left out, and the few lines of it that receive are here.
 */
#ifndef TESTS_HOSTILE_MEMORY_H
#define TESTS_HOSTILE_MEMORY_H

#include "tests/hostile/hostile.h"

/* What may go wrong below privd. */
enum fault {
	FAULT_NONE,
	FAULT_GET, /* WireGuard can't be read */
	FAULT_SET, /* nor changed */
	/* is changed, but for the last prefix, or, for one that is made anew,
	 * for all that comes after its removal, and fails */
	FAULT_HALF,
	FAULT_LEDGER, /* the ledger can't be written */
	FAULT_CRASH_LEDGER, /* privd dies before it writes the ledger, */
	FAULT_CRASH_BEFORE, /* before the change, */
	FAULT_CRASH_AFTER, /* or after it */
	FAULTS
};

extern struct snap memory_dev; /* WireGuard */
extern int64_t memory_now_ns; /* the clock */
extern enum fault memory_fault; /* of the next message */
extern bool memory_half; /* a peer was removed, and not made again */
extern bool memory_removes; /* one allowed IP can be removed by itself */

/* Once. The oracle is told of what privd reads and does. dir: an empty one, for
 * the configuration. */
void memory_init(struct oracle *o, const char *dir, const char *ledger);
void memory_tidy(void);
/* Starts privd in phase BOOT on memory_dev; ends the one before. Returns our
 * end of the channel, or -1 when it does not start. */
int memory_start(const struct world *w);
/* Takes one message and does it. False when there was none. */
bool memory_turn(void);
/* NULL while privd lives, else why it ended. */
const char *memory_ended(void);
unsigned int memory_phase(void);
/* Has privd read the device since the last change of it? */
bool memory_is_fresh(void);
/* The administrator changed something. */
void memory_changed(const struct world *w);
/* The same clock as everybody's. */
int64_t memory_real_ns(void);

#endif
