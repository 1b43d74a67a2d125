/*
 * Why a peer is not direct: conditions in the order in which they must hold,
 * and a reason with a stable code for each way in which one does not. The
 * same codes are in text, in JSON, in the log and in docs/wirelink-reasons.7,
 * whose list is made from these tables (`make docs`). Codes and numbers
 * stay; new ones come at the end.
 */
#ifndef PROTO_REASON_H
#define PROTO_REASON_H

#include <stdbool.h>
#include <stdint.h>

/* X(name, code, what is asked) */
#define COND_TABLE(X)                                                          \
	X(LINK, "link", "is this node's interface up?")                        \
	X(KNOWN, "known", "has this node heard of the peer?")                  \
	X(MEMBER, "member", "is it a member, and on the device?")              \
	X(FACTS, "facts", "does a trusted source state its prefixes?")         \
	X(CANDIDATES, "candidates", "is there an endpoint to try?")            \
	X(TRIED, "tried", "was one tried?")                                    \
	X(HANDSHAKE, "handshake", "is there a recent handshake?")              \
	X(ALIVE, "alive", "is its wirelink heard?")                            \
	X(PATH, "path", "is the direct path proven?")                          \
	X(AGREED, "agreed", "does the peer find so too?")                      \
	X(ALLOWED, "allowed", "does the policy allow its prefixes?")           \
	X(HOLDS, "holds", "does it hold its prefixes now?")

/* X(name, code, what is so, what to do about it) */
#define REASON_TABLE(X)                                                        \
	X(NONE, "none", "nothing is wrong", "nothing")                         \
	X(LINK_DOWN, "link-down",                                              \
	    "this node's interface is down or gone, or has just come up",      \
	    "bring the interface up; wirelinkd waits for it")                  \
	X(SELF, "self", "the key is this node's own", "ask for another peer")  \
	X(UNKNOWN_PEER, "unknown-peer",                                        \
	    "neither the device, nor the configuration, nor anybody who may "  \
	    "say so names it",                                                 \
	    "check the key, and that the router has it as a peer")             \
	X(MEMBERSHIP_OFF, "membership-off",                                    \
	    "Membership = none: no peer is added to this device",              \
	    "set Membership = routers in [Policy], or add the peer to the "    \
	    "device")                                                          \
	X(NOT_A_MEMBER, "not-a-member",                                        \
	    "nobody whose word counts says that it is a member",               \
	    "give a source that says so Trust = membership, or set "           \
	    "Membership = routers, or add the peer to the device")             \
	X(NOT_ADDED, "not-added", "it is a member, but not on the device yet", \
	    "wait a second; if it stays so, see the log")                      \
	X(REFUSED_BY_POLICY, "refused-by-policy",                              \
	    "wirelinkd refused what was asked for it",                         \
	    "see the rule under REFUSALS in wirelinkd(8)")                     \
	X(COLLISION, "collision", "another peer has the same auto address",    \
	    "give one of the two a new key")                                   \
	X(WEAK_KEY, "weak-key", "its key makes no secret",                     \
	    "give it a new key, made by wg genkey")                            \
	X(NO_FACTS, "no-facts",                                                \
	    "no trusted source states which prefixes are its",                 \
	    "give it allowed IPs on the router, and check that wirelinkd "     \
	    "runs there; or give a source that states them "                   \
	    "Trust = allowedips")                                              \
	X(NO_CANDIDATE, "no-candidate",                                        \
	    "no endpoint is known that could be tried",                        \
	    "check that wirelinkd runs on the peer or on a router that has "   \
	    "a handshake with it, or set Endpoint in its [Peer] section")      \
	X(NOT_TRIED, "not-tried", "no endpoint has been tried yet",            \
	    "wait, or try now: wirelinkctl probe")                             \
	X(NO_HANDSHAKE, "no-handshake",                                        \
	    "it has never answered at any endpoint that was tried",            \
	    "let UDP to WireGuard's port through the firewalls of both ends; " \
	    "two NATs that give each peer another port can't be crossed")      \
	X(HANDSHAKE_EXPIRED, "handshake-expired",                              \
	    "it answered once, but no longer",                                 \
	    "check that it is up, and that no firewall or NAT on the way has " \
	    "changed")                                                         \
	X(NO_WIRELINK, "no-wirelink",                                          \
	    "WireGuard answers there, but no wirelink was ever heard",         \
	    "run wirelinkd there with the same Port, or set Basic = yes in "   \
	    "its [Peer] section")                                              \
	X(SILENT, "silent", "its wirelink was heard, but is no longer",        \
	    "check that wirelinkd still runs there")                           \
	X(UNPROVEN, "unproven",                                                \
	    "nothing sent over the direct path was acknowledged yet",          \
	    "wait a second; if it stays so, let the peers' auto addresses "    \
	    "and Port through the firewall on the interface")                  \
	X(PATH_DEAD, "path-dead", "the direct path answers no pings",          \
	    "check the firewalls between the two; it is asked again by "       \
	    "itself")                                                          \
	X(HELD_BACK, "held-back",                                              \
	    "the path was lost several times and is not used for a while",     \
	    "wait, or try now: wirelinkctl probe")                             \
	X(PEER_SAYS_DOWN, "peer-says-down",                                    \
	    "the peer says that the path does not work from its side",         \
	    "ask wirelinkctl why there")                                       \
	X(HELD_BY_OTHER, "held-by-other",                                      \
	    "another peer holds the same prefix on the device",                \
	    "take the prefix from the other peer, if it is not its")           \
	X(NOT_MOVED, "not-moved",                                              \
	    "its prefixes have not been given to it yet",                      \
	    "wait a second; if it stays so, see the log")                      \
	X(NOT_TRUSTED, "not-trusted", "the source's word does not go so far",  \
	    "set Trust in the source's [Peer] section, if it is to be "        \
	    "believed")                                                        \
	X(SENSELESS, "senseless",                                              \
	    "a value that can't be: loopback, inside the tunnel, or too long", \
	    "look at what the source's host is configured with")               \
	X(QUORUM, "quorum",                                                    \
	    "fewer sources say that it is a member than Quorum asks for",      \
	    "wait for the others, or see with show facts who says so and ask " \
	    "those who run the rest; if it is to be one, add it to the "       \
	    "device")                                                          \
	X(OBSERVE_ONLY, "observe-only",                                        \
	    "wirelinkd -N observes only: nothing is changed on this node",     \
	    "start wirelinkd without -N; wirelinkctl plan tells what it "      \
	    "would do")                                                        \
	X(WAITS, "waits",                                                      \
	    "it is to be sure first: those who would say so are listened to "  \
	    "a while longer",                                                  \
	    "wait: a FactTTL of 255 seconds at most")

/* What happens to a peer, as monitor and why tell it: X(name, code). */
#define EVENT_TABLE(X)                                                         \
	X(LINK_UP, "link-up")                                                  \
	X(LINK_DOWN, "link-down")                                              \
	X(PEER_ALIVE, "alive") /* first Alive, or again */                     \
	X(PEER_RESTARTED, "restarted") /* new boot id */                       \
	X(PEER_SILENT, "silent") /* no longer alive */                         \
	X(PEER_ADDED, "introduced")                                            \
	X(PEER_REMOVED, "removed")                                             \
	X(DIRECT, "direct") /* prefixes are on the direct link */              \
	X(FALLBACK, "fallback") /* and are back on the router: reason */       \
	X(TRY, "try") /* an endpoint is tried */                               \
	X(REFUSED, "refused") /* by privd: rule, error */                      \
	X(COLLISION, "collision") /* key has the auto address of another */    \
	X(TABLE_FULL, "table-full") /* table: text */                          \
	X(ROUTER, "router") /* this node takes itself for one, or no more */   \
	X(SUSPENDED, "suspended") /* the clock jumped; all is told anew */     \
	X(RESOLVE_FAILED, "resolve-failed") /* text: the name, once */         \
	X(PEER_FOUND, "found") /* it shows on the device */                    \
	X(HANDSHAKE, "handshake")                                              \
	X(FACT_REFUSED, "fact-refused") /* of other: attr, reason */           \
	X(PROBE, "probe") /* somebody asked for it */                          \
	X(FORGET, "forget") /* the same */                                     \
	X(PEER_MUTE, "mute") /* silent, but its WireGuard answers */           \
	X(TRUST, "trust") /* lent by other, or no more: text */

enum cond {
#define X(name, code, text) COND_##name,
	COND_TABLE(X)
#undef X
	    COND_MAX
};

/* What would be changed, and what that rests on: wirelinkctl plan. */
enum change {
	CHANGE_ADD, /* the peer */
	CHANGE_REMOVE,
	CHANGE_ENDPOINT,
	CHANGE_MOVE, /* the prefix, to the peer */
	CHANGE_BACK, /* from the peer, to its router */
	CHANGES
};

enum basis {
	BASIS_FACT, /* a source states it */
	BASIS_CONF, /* this node's own configuration does */
	BASIS_WORKED, /* the endpoint did, before */
	BASIS_UNSTATED, /* nobody says any more that it is a member */
	BASIS_DEAD, /* its link is no use, or nobody states the prefix */
	BASES
};

enum reason {
#define X(name, code, text, advice) REASON_##name,
	REASON_TABLE(X)
#undef X
	    REASON_MAX
};

enum event_code {
#define X(name, code) EV_##name,
	EVENT_TABLE(X)
#undef X
	    EV_MAX
};

/* "unknown" for a number that is none. */
const char *cond_code(unsigned int c);
const char *cond_text(unsigned int c);
const char *reason_code(unsigned int r);
const char *reason_text(unsigned int r);
const char *reason_advice(unsigned int r);
const char *event_name(unsigned int e);

#endif
