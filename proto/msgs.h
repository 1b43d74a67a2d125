/*
 * Every message between our processes, in one table. The enum, the names in
 * logs, the checks of length, direction, phase and descriptor, and the table
 * in docs/messages.md are all made from it; no message exists outside it.
 *
 * X(name, code, direction, smallest payload, largest payload, descriptor,
 *   phases, what it says)
 */
#ifndef PROTO_MSGS_H
#define PROTO_MSGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSG_HEADER  16 /* type u16, flags u16, length u32, id u32, 0 u32 */
#define MSG_MAX	    16384 /* header and payload */
#define MSG_PAYLOAD (MSG_MAX - MSG_HEADER)

/* Header flags. MORE: the answer goes on in the next message. */
#define MSG_F_MORE 0x0001

/* Directions: p privd, n netd, r resolver, c wirelinkctl. */
enum msg_dir { DIR_P2N, DIR_N2P, DIR_N2R, DIR_R2N, DIR_C2N, DIR_N2C };

/* Phases of the channel between privd and netd; the others are always RUN. */
#define PH_BOOT 0x1
#define PH_RUN	0x2
#define PH_STOP 0x4
#define PH_LIVE (PH_BOOT | PH_RUN)

#define MSG_TABLE(X)                                                           \
	X(HELLO, 1, DIR_P2N, 5, 52, false, PH_BOOT,                            \
	    "version and build of privd; netd ends unless they are its own")   \
	X(CONF_LINK, 2, DIR_P2N, 8, 1032, false, PH_LIVE,                      \
	    "[Link] and [Policy], as far as they concern netd")                \
	X(CONF_PEER, 3, DIR_P2N, 39, 6759, false, PH_LIVE, "one [Peer]")       \
	X(CONF_END, 4, DIR_P2N, 0, 0, false, PH_LIVE,                          \
	    "the configuration is complete")                                   \
	X(CONTROL, 5, DIR_P2N, 0, 0, true, PH_BOOT,                            \
	    "the listening control socket")                                    \
	X(RESOLVER, 6, DIR_P2N, 0, 0, true, PH_BOOT,                           \
	    "the channel to the resolver")                                     \
	X(START, 7, DIR_P2N, 59, 73, true, PH_BOOT,                            \
	    "the interface, and a UDP socket bound to its auto address")       \
	X(READY, 8, DIR_N2P, 5, 52, false, PH_BOOT,                            \
	    "version and build of netd, which is in its sandbox and runs")     \
	X(LINK_UP, 9, DIR_P2N, 59, 73, true, PH_RUN,                           \
	    "the interface is back or has changed; as START")                  \
	X(LINK_DOWN, 10, DIR_P2N, 0, 0, false, PH_LIVE,                        \
	    "the interface is down or gone; netd closes its UDP socket")       \
	X(ADDRS, 11, DIR_P2N, 2, MSG_PAYLOAD, false, PH_LIVE,                  \
	    "addresses of the host's interfaces; MORE until the last part")    \
	X(DEVICE_GET, 12, DIR_N2P, 0, 0, false, PH_RUN,                        \
	    "asks for a snapshot of the device")                               \
	X(DEVICE, 13, DIR_P2N, 10, MSG_PAYLOAD, false, PH_RUN,                 \
	    "part of the snapshot; MORE until the last part")                  \
	X(SEAL, 14, DIR_N2P, 35, 14041, false, PH_RUN,                         \
	    "bodies to seal, each with the peer it is for")                    \
	X(SEALED, 15, DIR_P2N, 42, 493, false, PH_RUN,                         \
	    "verdict, nonce and tag for each body")                            \
	X(CHECK, 16, DIR_N2P, 75, MSG_PAYLOAD, false, PH_RUN,                  \
	    "bodies to check, each with signer, nonce and tag")                \
	X(CHECKED, 17, DIR_P2N, 5, 16, false, PH_RUN, "verdict for each body") \
	X(PEER_SET, 18, DIR_N2P, 58, 9274, false, PH_RUN,                      \
	    "add a peer or change its endpoint, keepalive, prefixes")          \
	X(PEER_REMOVE, 19, DIR_N2P, 32, 32, false, PH_RUN,                     \
	    "remove a peer that was added")                                    \
	X(RESULT, 20, DIR_P2N, 8, 8, false, PH_RUN,                            \
	    "errno, number of the rule that refused, and which prefix")        \
	X(SANDBOX, 21, DIR_P2N, 68, 68, false, PH_BOOT,                        \
	    "what is in force in privd, as it has measured it")                \
	X(RELOAD, 22, DIR_N2P, 0, 0, false, PH_RUN,                            \
	    "root asks netd for the configuration to be read again")           \
	X(RELOADED, 23, DIR_P2N, 1, 1024, false, PH_RUN,                       \
	    "whether it was, and what was said of it")                         \
	X(CONF_POLICY, 24, DIR_P2N, 4, 4612, false, PH_LIVE,                   \
	    "the bounds in [Policy] that privd goes by, for people who ask")   \
	X(RESOLVE, 30, DIR_N2R, 2, 254, false, PH_RUN,                         \
	    "a host name to look up")                                          \
	X(RESOLVED, 31, DIR_R2N, 2, 138, false, PH_RUN,                        \
	    "its addresses, or why there are none")                            \
	X(RESOLVER_SANDBOX, 32, DIR_R2N, 68, 68, false, PH_RUN,                \
	    "what is in force in the resolver, as it has measured it")         \
	X(CTL_GET, 40, DIR_C2N, 1, 33, false, PH_RUN,                          \
	    "what is asked for, and of which peer")                            \
	X(CTL_SELF, 41, DIR_N2C, 82, 144, false, PH_RUN, "this node")          \
	X(CTL_PEER, 42, DIR_N2C, 140, 9932, false, PH_RUN, "one peer")         \
	X(CTL_FACT, 43, DIR_N2C, 70, 582, false, PH_RUN, "one fact")           \
	X(CTL_COUNTER, 44, DIR_N2C, 10, 72, false, PH_RUN, "one counter")      \
	X(CTL_END, 45, DIR_N2C, 4, 4, false, PH_RUN,                           \
	    "the answer is complete; errno")                                   \
	X(CTL_SANDBOX, 46, DIR_N2C, 68, 68, false, PH_RUN,                     \
	    "what is in force in one process")                                 \
	X(CTL_NAME, 50, DIR_N2C, 34, 98, false, PH_RUN, "a peer's name")       \
	X(CTL_WHY, 51, DIR_N2C, 86, 86, false, PH_RUN,                         \
	    "one condition for a direct path, and whether it holds")           \
	X(CTL_CANDIDATE, 52, DIR_N2C, 66, 66, false, PH_RUN, "an endpoint")    \
	X(CTL_EVENT, 53, DIR_N2C, 137, 201, false, PH_RUN, "an event")         \
	X(CTL_DO, 54, DIR_C2N, 34, 34, false, PH_RUN,                          \
	    "what root wants done: CTL_END says whether it was")               \
	X(CTL_TRUST, 55, DIR_N2C, 75, 75, false, PH_RUN, "a peer's trust")     \
	X(CTL_PLAN, 56, DIR_N2C, 141, 141, false, PH_RUN,                      \
	    "something that would be changed, and is not")                     \
	X(CTL_RIGHT, 57, DIR_N2C, 51, 51, false, PH_RUN,                       \
	    "a prefix, who has it and by what right")                          \
	X(CTL_POLICY, 58, DIR_N2C, 14, 4622, false, PH_RUN,                    \
	    "the bounds in [Policy], and the peers that count there")          \
	X(CTL_TEXT, 60, DIR_N2C, 1, 1023, false, PH_RUN,                       \
	    "what wirelinkd said of what it was to do")

enum msg_type {
#define X(name, code, dir, min, max, fd, phases, what) MSG_##name = (code),
	MSG_TABLE(X)
#undef X
};

struct msg_info {
	enum msg_type type;
	const char *name;
	enum msg_dir dir;
	size_t min;
	size_t max;
	bool fd;
	unsigned int phases;
	const char *what;
};

/* NULL for a type that is not in the table. */
const struct msg_info *msg_info(unsigned int type);
/* The i-th row, for those who print the table; NULL past its end. */
const struct msg_info *msg_row(size_t i);

#endif
