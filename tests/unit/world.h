/*
 * A small ideal network for tests of the core: every node's device is an
 * array, every datagram arrives after a millisecond unless its direction is
 * cut. tests/sim is the real thing; this one is small enough to read.
 */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include "netd/node.h"

#define WORLD_NODES    12
#define WORLD_PREFIXES 8
#define WORLD_QUEUE    4096
#define WORLD_EVENTS   512

struct world_peer {
	struct key key;
	struct endpoint endpoint;
	int64_t handshake_ns;
	uint64_t rx, tx;
	bool ours;
	size_t nprefixes;
	struct m_prefix prefixes[WORLD_PREFIXES];
};

struct world_node {
	struct node *node;
	struct key key;
	struct endpoint address;
	size_t npeers;
	struct world_peer peers[WORLD_NODES + 4];
	size_t nevents;
	struct event events[WORLD_EVENTS];
	size_t sent;
	size_t refuse; /* this many PEER_SETs are refused */
};

struct world_datagram {
	int64_t at_ns;
	size_t from, to;
	uint8_t bytes[DATAGRAM_MAX_SEND];
	size_t len;
};

struct world {
	int64_t now_ns;
	size_t n;
	struct world_node nodes[WORLD_NODES];
	bool cut[WORLD_NODES][WORLD_NODES]; /* from, to */
	bool plain[WORLD_NODES]; /* runs WireGuard alone */
	struct world_datagram *queue;
	size_t queued;
	uint64_t nonce;
};

/* Node 0 is the router 10.7.0.1/24, the others know only it. */
void world_init(struct world *w, size_t n, enum conf_membership m);
void world_free(struct world *w);
/* (Re)starts the program of a node; its device stays. */
void world_start(struct world *w, size_t i, enum conf_membership m);
void world_run(struct world *w, int64_t for_ns);
struct world_peer *world_peer(struct world *w, size_t i, size_t of);
/* i's device gives of's /32 to of itself. */
bool world_direct(struct world *w, size_t i, size_t of);
/* One byte-counted packet from i to j's address, wherever i's prefixes send
 * it; true when it arrives. */
bool world_packet(struct world *w, size_t i, size_t j);
size_t world_events(const struct world *w, size_t i, enum event_code code);
void world_cut(struct world *w, size_t a, size_t b, bool cut);
struct prefix world_prefix(size_t i);

#endif
