/*
 * What netd may ask for: the promises of docs/architecture.md as pure
 * functions, state and request in, verdict out. No I/O, no clock, no
 * allocation.
 */
#ifndef PRIVD_POLICY_H
#define PRIVD_POLICY_H

#include "privd/conf.h"
#include "privd/ledger.h"

/* X(name, number on the wire, errno, what is said of it) */
#define POLICY_RULES(X)                                                        \
	X(ALLOWED, 0, 0, "allowed")                                            \
	X(PEER_UNKNOWN, 1, ENOENT, "the peer is not on the device")            \
	X(PEER_MEMBERSHIP, 2, EPERM, "Membership = none: no peer is added")    \
	X(PEER_MAX, 3, EPERM, "MaxPeers are on the device")                    \
	X(PEER_KEY, 4, EPERM, "the key is zero or this device's own")          \
	X(PEER_COLLISION, 5, EPERM, "another key has the same auto address")   \
	X(PEER_GIVEN, 6, EPERM,                                                \
	    "the administrator gave this peer or its prefix")                  \
	X(KEEPALIVE_GIVEN, 7, EPERM,                                           \
	    "the administrator gave this peer: its keepalive stays")           \
	X(ENDPOINT_KIND, 8, EPERM, "no unicast address that may be sent to")   \
	X(ENDPOINT_SELF, 9, EPERM, "the endpoint is this device itself")       \
	X(ENDPOINT_TUNNEL, 10, EPERM, "the endpoint lies inside the tunnel")   \
	X(ENDPOINT_RATE, 11, EAGAIN, "endpoints change too often")             \
	X(PREFIX_HELD, 12, EPERM, "another peer holds the prefix")             \
	X(PREFIX_HOME, 13, EPERM,                                              \
	    "the prefix contains a home prefix of another peer")               \
	X(PREFIX_KIND, 14, EPERM,                                              \
	    "link-local, multicast, loopback or unspecified")                  \
	X(PREFIX_SELF, 15, EPERM,                                              \
	    "the prefix contains an address of the interface")                 \
	X(PREFIX_OUTSIDE, 16, EPERM,                                           \
	    "inside no home prefix of a router and no interface's prefix")     \
	X(PREFIX_NOT_ALLOWED, 17, EPERM, "outside AllowedPrefixes")            \
	X(WITHDRAW_ROUTER, 18, EPERM, "a router keeps its home prefixes")      \
	X(WITHDRAW_UNCOVERED, 19, EPERM,                                       \
	    "no router's home prefix covers the home prefix")                  \
	X(LEDGER_FULL, 20, ENOSPC, "the ledger is full")                       \
	X(OBSERVE, RESULT_OBSERVE, EPERM,                                      \
	    "observe only (-N): nothing is changed")                           \
	X(REMAKE_SESSION, RESULT_SESSION, EPERM,                               \
	    "made anew, the peer would lose a session")

enum policy_rule {
#define X(name, number, error, text) RULE_##name = (number),
	POLICY_RULES(X)
#undef X
};

const char *policy_text(enum policy_rule rule);
int policy_errno(enum policy_rule rule);

struct policy_state {
	const struct wg_device *dev; /* fresh, marked by ledger_apply */
	const struct ledger *ledger;
	const struct privd_conf *conf;
	uint32_t ifindex;
	int64_t wall_ns; /* the time now, as handshakes are told */
	const struct m_addr *addrs; /* of the host, all interfaces */
	size_t naddrs;
};

/* What an allowed request comes to: what is set already is left out. */
struct policy_plan {
	bool create;
	bool remake;
	bool set_keepalive;
	struct endpoint endpoint; /* family 0: leave as it is */
	size_t nadd, ndel;
	struct prefix add[SET_MAX_PREFIXES];
	struct prefix del[SET_MAX_PREFIXES];
	/* What goes into the ledger first. */
	bool add_noted[SET_MAX_PREFIXES]; /* as PREFIX */
	bool del_noted[SET_MAX_PREFIXES]; /* as WITHDRAWN */
};

/* *index is that of the refused prefix in add, then del, or
 * RESULT_NO_INDEX. */
enum policy_rule policy_peer_set(const struct policy_state *s,
    const struct m_peer_set *m, struct policy_plan *plan, uint16_t *index);
enum policy_rule
policy_peer_remove(const struct policy_state *s, const struct key *key);

/* A bucket of burst tokens that fills by per_s a second. Zero-filled is
 * full. */
struct rate {
	int64_t full_ns; /* when it is full again */
};
bool rate_take(
    struct rate *r, int64_t now_ns, unsigned int burst, unsigned int per_s);

/* Changes of endpoints, and peers made anew: 16 and 1/s for a peer, 256 and
 * 20/s in all. */
#define RATE_PEERS 512 /* more can't be below full at one time */
struct endpoint_rate {
	struct rate all;
	struct {
		struct key key;
		struct rate rate;
	} peer[RATE_PEERS];
};
/* RULE_ALLOWED or RULE_ENDPOINT_RATE. */
enum policy_rule policy_endpoint_rate(
    struct endpoint_rate *r, const struct key *key, int64_t now_ns);

#endif
