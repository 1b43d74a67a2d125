/* One node's core on a bench: its device is an array that the test fills in,
 * its clock stands until the test moves it. For tests that look inside. */
#ifndef TESTS_UNIT_BENCH_H
#define TESTS_UNIT_BENCH_H

#include "netd/state.h"

#define BENCH_PEERS    4 /* 0 is the router 10.7.0.0/16 */
#define BENCH_PREFIXES 8

struct bench_peer {
	struct m_peer m;
	size_t nprefixes;
	struct m_prefix prefixes[BENCH_PREFIXES];
};

struct bench {
	struct node *n;
	int64_t now_ns;
	uint64_t nonces; /* used so far */
	size_t npeers;
	struct bench_peer peers[BENCH_PEERS];
};

/* Peers 1 to 3 have their auto addresses, and nothing else yet. */
void bench_init(struct bench *b);
void bench_free(struct bench *b);
struct key bench_key(uint8_t i);
/* The device tells what peers says. */
void bench_snapshot(struct bench *b);
struct peer *bench_peer(struct bench *b, size_t i);
void bench_give(struct bench *b, size_t i, const char *prefix, bool ours);
/* It has an endpoint and has just had a handshake; with alive, it speaks
 * too, our extensions with ext. The next snapshot is taken. */
void bench_works(struct bench *b, size_t i, bool alive, bool ext);
/* Peer by states an AllowedIP of peer i. */
void bench_state(struct bench *b, size_t by, size_t i, const char *prefix);
struct prefix bench_prefix(const char *s);
/* Peer by says a fact, over the tunnel, and is believed to have said it. */
void bench_says(struct bench *b, size_t by, enum attr attr,
    const struct key *subject, uint16_t ttl_s, const void *value, size_t len);
/* How many events with that code there are, and forget all. */
size_t bench_events(struct bench *b, enum event_code code);

#endif
