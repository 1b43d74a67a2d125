/*
 * A hostile netd and who watches it. The world is what the administrator
 * has: a device, a configuration, addresses. Attacks are bytes that netd
 * might send. The oracle knows who gave what, because it saw it, and states
 * the promises of docs/architecture.md anew: nothing in it comes from
 * privd/policy.c.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include "proto/channel.h"
#include "proto/codec.h"

/* rng.c */
struct rng {
	uint64_t state;
};
uint64_t rng_next(struct rng *r);
/* 0 to n - 1. */
uint32_t rng_below(struct rng *r, uint32_t n);
/* True in percent of all cases. */
bool rng_chance(struct rng *r, uint32_t percent);
void rng_fill(struct rng *r, void *out, size_t len);

/* snap.c: a device, read or modelled. */
#define SNAP_PEERS    128
#define SNAP_PREFIXES 2048

struct snap_peer {
	struct key key;
	uint8_t psk[KEY_LEN];
	struct endpoint endpoint; /* family 0: none */
	uint16_t keepalive_s;
	int64_t handshake_ns; /* 0: never */
	uint64_t rx_bytes;
};
struct snap_prefix {
	struct key key; /* who holds it */
	struct prefix prefix;
};
struct snap {
	uint8_t secret[KEY_LEN];
	uint16_t listen_port;
	uint32_t mark;
	size_t npeers, nprefixes;
	struct snap_peer peer[SNAP_PEERS];
	struct snap_prefix prefix[SNAP_PREFIXES];
};
void snap_copy(struct snap *to, const struct snap *from);
/* The same in the same order? */
bool snap_same(const struct snap *a, const struct snap *b);
struct snap_peer *snap_find(const struct snap *s, const struct key *key);
/* The holder of exactly this prefix, or NULL. */
const struct key *snap_holder(const struct snap *s, const struct prefix *p);
/* The peer, made if need be; NULL when there is no room. */
struct snap_peer *snap_peer(struct snap *s, const struct key *key);
void snap_drop(struct snap *s, const struct key *key);
/* As WireGuard does it: whoever had it loses it. False without room. */
bool
snap_give(struct snap *s, const struct key *key, const struct prefix *prefix);
void
snap_take(struct snap *s, const struct key *key, const struct prefix *prefix);

/* world.c: what the administrator has and does. */
#define WORLD_KEYS  48
#define WORLD_ADDRS 12
#define WORLD_CONF  4

enum { KEY_SELF, KEY_ZERO, KEY_WEAK, KEY_FIRST };

/* What holds beside the device. */
struct scene {
	uint32_t ifindex; /* of the interface */
	size_t naddrs;
	struct m_addr addr[WORLD_ADDRS];
	enum conf_membership membership;
	bool observe; /* wirelinkd -N */
	size_t max_peers;
	size_t nallowed;
	struct prefix allowed[4];
	size_t nconf;
	struct {
		struct key key;
		size_t n;
		struct prefix prefix[2];
	} conf[WORLD_CONF];
};
struct world {
	struct rng rng;
	struct key key[WORLD_KEYS];
	struct scene scene;
	struct snap start; /* the device at first */
};
enum admin_kind {
	ADMIN_PEER, /* adds one */
	ADMIN_DROP, /* removes one */
	ADMIN_GIVE,
	ADMIN_TAKE,
	ADMIN_ENDPOINT,
	ADMIN_KEEPALIVE,
	ADMIN_SESSION, /* WireGuard does: a handshake */
	ADMIN_KEY, /* another private key */
	ADMIN_PORT,
	ADMIN_ADDR, /* the interface gets or loses an address */
};
struct admin_op {
	enum admin_kind kind;
	struct key key;
	struct prefix prefix;
	struct endpoint endpoint;
	uint16_t value; /* keepalive or port */
	uint8_t secret[KEY_LEN]; /* private or preshared key */
	int64_t at_ns; /* when */
};
void world_make(struct world *w, uint64_t seed);
/* A choice among those of the small universe. */
struct prefix world_prefix(struct world *w, struct rng *r);
struct endpoint world_endpoint(struct world *w, struct rng *r);
struct key world_key(struct world *w, struct rng *r, const struct snap *dev);
struct admin_op
world_admin(struct world *w, struct rng *r, const struct snap *dev);
/* Does it, to a model of the device and to the scene. */
void admin_apply(struct world *w, struct snap *dev, const struct admin_op *op);
const char *admin_text(const struct admin_op *op, char *out, size_t len);

/* attack.c: what netd sends. */
struct attack {
	size_t len;
	size_t nfds; /* descriptors that go with it */
	uint8_t byte[MSG_MAX + 64];
};
struct attacker {
	struct rng rng;
	struct world *world;
	struct attack kept[8]; /* to be sent again */
	struct m_body sealed[8]; /* with nonce and tag as privd made them */
	uint8_t body[8][64];
	size_t nsealed;
	uint32_t id;
	unsigned int burst; /* messages left of an endpoint flood */
	struct key target; /* of the flood; zero: anybody */
};
void attack_init(struct attacker *a, struct world *w, uint64_t seed);
/* The next one, for a device that looks like this. */
void attack_next(struct attacker *a, const struct snap *dev, unsigned int phase,
    struct attack *out);
/* A good one of that type; false when netd never sends it. */
bool attack_valid(struct attacker *a, const struct snap *dev,
    enum msg_type type, struct attack *out);
/* Number i of all single faults of every message type; false at the end. */
bool attack_table(
    struct attacker *a, const struct snap *dev, size_t *i, struct attack *out);
/* privd has sealed a body of ours. */
void attack_learn(struct attacker *a, const struct m_body *b);

/* wire.c: what must be answered, and what must end privd; which answers are
 * good. */
struct request {
	enum msg_type type;
	uint32_t id;
	size_t n; /* bodies */
	struct m_body body[BATCH_MAX];
	struct m_peer_set set; /* its key for PEER_REMOVE too */
};
/* NULL when privd has to answer it, or what is wrong with it. */
const char *
wire_parse(const struct attack *a, unsigned int phase, struct request *r);
const char *wire_text(const struct attack *a, char *out, size_t len);

/* trace.c */
/* Remembers a message, or an event in words. */
void trace(const char *text, const struct attack *a);
void trace_print(void);
/* With the descriptors that go with it: copies of standard output. False
 * when the channel is full or closed. */
bool transmit(int channel, const struct attack *a);

/* secrets.c */
void secrets_forget(void);
void secrets_add(const uint8_t secret[KEY_LEN]);
/* Does half of one lie in these bytes? */
bool secrets_in(const uint8_t *p, size_t len);

/* oracle.c */
#define ORACLE_NOTES  4096
#define ORACLE_EVENTS 1024
#define ORACLE_KNOWN  4096

enum note_kind { NOTE_PEER = 1, NOTE_PREFIX, NOTE_WITHDRAWN };
struct note {
	enum note_kind kind;
	struct key key;
	struct prefix prefix;
};
struct oracle {
	const struct scene *scene;
	const char *ledger; /* its path */
	size_t nnotes; /* what privd did and may remember */
	struct note note[ORACLE_NOTES];
	size_t nevents; /* changes of endpoints, in this life of privd */
	struct {
		struct key key;
		int64_t from_ns, to_ns; /* it happened between these */
	} event[ORACLE_EVENTS];
	size_t nknown; /* keys that were on the device, or configured */
	struct key known[ORACLE_KNOWN];
	char broken[512]; /* "": no promise is */
};
void
oracle_init(struct oracle *o, const struct scene *scene, const char *ledger);
/* privd was started anew. */
void oracle_restart(struct oracle *o);
/* The ledger is gone, or is of another device. */
void oracle_forget(struct oracle *o);
/* privd reads the device: it knows these peers from now on. */
void oracle_read(struct oracle *o, const struct snap *dev);
/* It has read it to judge by, and remembers what it bears out. */
void oracle_seen(struct oracle *o, const struct snap *dev);
/* privd is about to do this to one peer: has it noted it? */
void oracle_change(struct oracle *o, const struct snap *dev,
    const struct key *key, bool create, size_t nadd, const struct prefix *add,
    size_t ndel, const struct prefix *del);
/* privd makes a peer anew where it is: that counts as an endpoint. */
void oracle_remade(struct oracle *o, const struct key *key, int64_t now_ns);
/* privd turned one device into another, between these times. */
void oracle_judge(struct oracle *o, const struct snap *before,
    const struct snap *after, int64_t from_ns, int64_t to_ns);
/* Says the ledger what the oracle knows? After privd has read dev. */
void oracle_ledger(struct oracle *o, const struct snap *dev);
/* One message of privd, to a request or (NULL) to none. old is the private
 * key before the present one. True when it is the last part of an answer. */
bool oracle_answer(struct oracle *o, const struct snap *dev,
    const uint8_t old[KEY_LEN], const struct request *r, const uint8_t *bytes,
    size_t len, struct attacker *learns);
void oracle_broken(struct oracle *o, unsigned int promise, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
