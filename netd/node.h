/*
 * The core: a state machine that does no I/O, reads no clock and draws no
 * randomness. Device snapshots, datagrams, addresses, answers and the time
 * come in through the functions below; what is to be done comes out of
 * node_next, one action at a time. tests/sim runs the very same code.
 *
 * now_ns is CLOCK_BOOTTIME, never wall clock.
 */
#ifndef NETD_NODE_H
#define NETD_NODE_H

#include "common/conf.h"
#include "netd/group.h"
#include "proto/codec.h"
#include "proto/reason.h"

#define NODE_MAX_PEERS	 1024 /* on the device; more are not looked at */
#define NODE_MAX_FACTS	 16384
#define NODE_MAX_ADDRS	 256
#define NODE_COALESCE_NS (INT64_C(20) * 1000 * 1000) /* at most */

#define SECOND_NS	  (INT64_C(1000) * 1000 * 1000)
#define MSEC_NS		  (INT64_C(1000) * 1000)
#define FACT_TTL_S	  255
#define TTL_COUNTED_MAX_S 600
#define ALIVE_PERIOD_S	  30

struct node;

/* Why a datagram was not taken, each with a counter of its own. */
enum drop {
	DROP_NONE,
	DROP_SIZE, /* empty or over DATAGRAM_MAX_RECV */
	DROP_FORMAT, /* not one SignedGroup */
	DROP_SOURCE, /* not from the signer's auto address and our port */
	DROP_SELF, /* signed by our own key */
	DROP_STRANGER, /* the signer is not on the device */
	DROP_REPLAY, /* nonce seen before, or one that we made */
	DROP_SIGNATURE, /* the tag does not match */
	DROP_WEAK, /* the key makes an all-zero secret */
	DROP_RATE, /* this peer sends too much */
	DROP_BODY, /* malformed, unknown or nested facts */
	DROP_MAX
};
/* Its counter's name, "dropped_size" and so on. */
const char *drop_name(enum drop d);

struct event {
	enum event_code code;
	struct key key;
	struct endpoint endpoint;
	struct prefix prefix;
	struct m_result result;
	const char *text; /* static */
	bool yes;
	enum reason reason;
	enum attr attr; /* of a fact that was refused, and who stated it */
	struct key other;
	uint64_t held; /* events about the peer that were held back before */
};

enum action_kind {
	ACT_SEND, /* seal body for key and send it to dst */
	ACT_PEER_SET,
	ACT_PEER_REMOVE, /* key */
	ACT_DEVICE_GET,
	ACT_RESOLVE, /* host */
	ACT_EVENT,
};

/* token goes back with the answer: node_sent or node_not_sent for a SEND,
 * node_result for PEER_SET and PEER_REMOVE. */
struct action {
	enum action_kind kind;
	uint32_t token;
	struct key key;
	struct addr dst;
	size_t len;
	uint8_t body[BODY_MAX];
	struct m_peer_set set;
	char host[CONF_HOST_STRLEN];
	struct event event;
};

/* seed: any 32 bytes that differ from run to run. NULL without memory. */
struct node *node_new(const struct conf_link *conf, const uint8_t seed[32]);
void node_free(struct node *n);
/* Before the first node_link_up; copies. 0 or -1 without memory. */
int node_conf_peer(struct node *n, const struct conf_peer *p);
/* Between begin and end it is of the other configuration. */
void node_conf_policy(struct node *n, const struct conf_policy *p);

/* Another configuration, whole: begin, each [Peer], end. Until the end the one
 * of before holds; then all follows at once what it says. 0, or -1 without
 * memory or with too many. */
int node_reconf_begin(struct node *n, const struct conf_link *conf);
int node_reconf_peer(struct node *n, const struct conf_peer *p);
void node_reconf_end(struct node *n, int64_t now_ns);

void node_link_up(struct node *n, int64_t now_ns, const struct m_link *link);
void node_link_down(struct node *n, int64_t now_ns);
/* All addresses of the host, whenever they change. */
void node_addrs_begin(struct node *n);
void node_addrs_add(struct node *n, const struct m_addr *a);
void node_addrs_end(struct node *n, int64_t now_ns);
/* A snapshot; peers in any order, prefixes after their peer. One peer may
 * come in several parts, next to each other. */
void node_device_begin(struct node *n, int64_t now_ns, int64_t wall_ns);
void node_device_peer(struct node *n, const struct m_peer *p);
void node_device_prefix(struct node *n, const struct m_prefix *p);
void node_device_end(struct node *n, int64_t now_ns);
/* There was no snapshot; it is asked for again a second later. */
void node_device_failed(struct node *n, int64_t now_ns);

/* The first look at a datagram, which costs no cryptography. DROP_NONE: let
 * privd check *g (it points into data), then call node_accept. Else it has
 * been counted. */
enum drop node_screen(struct node *n, int64_t now_ns, const struct addr *src,
    uint16_t src_port, const uint8_t *data, size_t len, struct group *g);
/* Returns DROP_NONE when it was taken in. */
enum drop node_accept(struct node *n, int64_t now_ns, const struct group *g,
    enum crypt_status status);

void node_sent(struct node *n, int64_t now_ns, uint32_t token,
    const uint8_t nonce[NONCE_LEN]);
void node_not_sent(
    struct node *n, int64_t now_ns, uint32_t token, enum crypt_status status);
void node_result(
    struct node *n, int64_t now_ns, uint32_t token, const struct m_result *r);
void node_resolved(struct node *n, int64_t now_ns, const char *host,
    const struct m_resolved *r);
/* The host slept, or its clock jumped: nothing that was known is sure. */
void node_suspended(struct node *n, int64_t now_ns);

/* Fills *act with the next thing to do and returns true, or returns false
 * when there is nothing until node_deadline or the next input. The caller
 * may stop calling while it has too much under way. */
bool node_next(struct node *n, int64_t now_ns, struct action *act);
/* When node_next should be called although nothing came in. INT64_MAX:
 * never. */
int64_t node_deadline(const struct node *n, int64_t now_ns);

/*
 * What people ask for. Views point into the node until its next input.
 */
enum peer_path {
	PATH_NONE, /* no way to it */
	PATH_DIRECT, /* its prefixes are on its own link */
	PATH_ROUTER, /* its prefixes are reached over *via */
	PATH_SELF_ROUTER, /* it is a router */
};

struct peer_view {
	struct key key;
	const uint8_t *name; /* NULL when unknown; raw bytes from outside */
	size_t name_len;
	enum trust trust;
	enum peer_path path;
	bool has_via;
	struct key via;
	struct endpoint endpoint; /* family 0: none */
	int64_t handshake_age_ns; /* -1: never */
	int64_t alive_for_ns; /* 0: not alive */
	int64_t rtt_ns; /* -1: not measured */
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	bool healthy;
	bool basic;
	bool configured; /* has a [Peer] section */
	bool introduced; /* added by us */
	bool extended; /* speaks our extensions */
	size_t ncandidates;
	size_t nprefixes;
	const struct m_prefix *prefixes; /* held on the device */
};

struct self_view {
	struct key key;
	char ifname[CONF_IFNAME_STRLEN];
	struct addr auto_addr;
	uint16_t listen_port;
	uint16_t port;
	bool up;
	bool router;
	bool observe; /* it changes nothing */
	uint8_t boot_id[BOOT_ID_LEN];
	size_t npeers;
	size_t nfacts;
};

struct fact_view {
	struct fact fact; /* ttl_s is what is left */
	bool local; /* said by this node itself */
	struct key source; /* zero when local; one of them when several */
};

struct counter_view {
	const char *name;
	uint64_t value;
};

/* One of the conditions for a direct path, in their order. */
enum why_answer { ANSWER_NO, ANSWER_YES, ANSWER_SKIP /* does not apply */ };

struct why_view {
	enum cond cond;
	enum why_answer answer;
	enum reason reason; /* of a no */
	bool has_other;
	struct key other; /* who holds it, or over whom it is reached */
	struct endpoint endpoint; /* family 0: none */
	struct prefix prefix; /* the same */
	uint16_t rule; /* that refused; 0 */
	uint8_t has; /* sources, of so many that it needs; 0 when enough */
	uint8_t needs;
	int64_t age_ns; /* of what answers it; -1 without */
};

/* Something that would be changed on the device. */
struct plan_view {
	enum change change;
	struct key key;
	bool has_other;
	struct key other; /* who has the prefix, or will have it */
	struct endpoint endpoint; /* family 0: none */
	struct prefix prefix; /* the same */
	enum basis basis;
	bool has_source;
	struct key source; /* of a fact; attr: what it is */
	enum attr attr;
	enum reason reason; /* what keeps it */
	uint16_t rule; /* that refused; 0 */
};

/* How far a source's word goes. */
struct trust_view {
	enum trust level; /* TRUST_UNSET: nothing it says counts */
	bool configured; /* its [Peer] section gives the level */
	bool router;
	bool on_device;
	bool known[3]; /* takes endpoints, allowed IPs, members of peers, */
	bool unknown[3]; /* and of other keys */
	size_t nfacts; /* that it states and that are held */
	uint8_t quorum; /* sources that make a member here */
	size_t sources; /* that there are, it included if it is one */
	bool lent; /* by a peer with DelegateTrust */
	struct key lender;
};

/* An endpoint at which a peer may be. */
struct candidate_view {
	struct endpoint endpoint;
	bool current; /* the device has it */
	bool stated; /* by a fact */
	bool usable; /* else it is never tried */
	bool worked;
	bool waiting; /* it was tried and may still answer */
	int64_t tried_age_ns; /* -1: never */
	bool has_source;
	struct key source; /* one of those who state it */
};

/* What happened to a peer: so often, first and last so long ago. */
struct history_view {
	enum event_code code;
	enum reason reason;
	struct endpoint endpoint;
	struct prefix prefix;
	uint16_t rule;
	uint16_t times;
	int64_t first_age_ns;
	int64_t last_age_ns;
};

/* A key that means something to this node, whether on the device or not. */
struct name_view {
	struct key key;
	const uint8_t *name; /* NULL when unknown */
	size_t name_len;
	bool on_device;
};

/* How far the administrator lets wirelinkd go. */
struct policy_view {
	enum conf_membership membership;
	const struct conf_policy *conf;
	bool has_device; /* else the numbers are 0 */
	size_t npeers; /* on the device, NODE_MAX_PEERS at most */
	size_t nadded; /* of which we added */
};

/* A prefix, who has it, and by what right. */
enum right {
	RIGHT_INTERFACE, /* one of the interface's addresses has it; no key */
	RIGHT_HOME, /* the administrator gave it on the device */
	RIGHT_CONFIGURED, /* by AllowedIPs */
	RIGHT_WITHDRAWN, /* the administrator gave it, and we took it */
	RIGHT_LENT, /* we gave it */
};
struct right_view {
	enum right right;
	struct key key;
	struct prefix prefix;
};

/* Tries the peer at once, whatever was to be waited for. 0, or ENOENT. */
int node_probe(struct node *n, int64_t now_ns, const struct key *key);
/* Takes back all that others said of the peer, and removes it from the
 * device: wirelink must have added it. It comes back when somebody whose word
 * counts says again that it is a member. 0, ENOENT, or EPERM for one that the
 * administrator gave. */
int node_forget(struct node *n, int64_t now_ns, const struct key *key);

void node_self(const struct node *n, int64_t now_ns, struct self_view *v);
/* The i-th of each; false past the end. Order is stable between inputs. */
bool
node_peer(const struct node *n, int64_t now_ns, size_t i, struct peer_view *v);
bool
node_fact(const struct node *n, int64_t now_ns, size_t i, struct fact_view *v);
bool node_counter(const struct node *n, size_t i, struct counter_view *v);
void
node_trust(const struct node *n, const struct key *key, struct trust_view *v);
bool node_why(const struct node *n, int64_t now_ns, const struct key *key,
    size_t i, struct why_view *v);
bool node_candidate(const struct node *n, int64_t now_ns, const struct key *key,
    size_t i, struct candidate_view *v);
/* Oldest first. */
bool node_history(const struct node *n, int64_t now_ns, const struct key *key,
    size_t i, struct history_view *v);
/* From position *at on, 0 at first: the next one, whose position *at then is;
 * go on at the one after it. False past the end. */
bool node_plan(
    const struct node *n, int64_t now_ns, size_t *at, struct plan_view *v);
void node_policy(const struct node *n, struct policy_view *v);
/* Those of the link itself are left out. */
bool node_right(const struct node *n, size_t i, struct right_view *v);
/* Peers, then [Peer] sections that have none. */
bool node_name(const struct node *n, size_t i, struct name_view *v);
/* Of any key; NULL when none is known. Raw bytes from outside. */
const uint8_t *
node_name_of(const struct node *n, const struct key *key, size_t *len);

#endif
