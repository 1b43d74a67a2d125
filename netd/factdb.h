/*
 * Every fact that this node takes for true, merged by (subject, attribute,
 * value): what it says itself (local), and what peers said, with who said it
 * and until when. With each fact goes what each peer is thought to know of it
 * (netd/knowledge.h).
 *
 * Limits: NODE_MAX_FACTS in all, of which a quarter is kept for local ones;
 * 8 endpoints a subject, 3 of them from one source, 6 from a router;
 * FACT_SOURCES sources a fact, further ones are not noted; FACT_METADATA_MAX
 * bytes of metadata.
 */
#ifndef NETD_FACTDB_H
#define NETD_FACTDB_H

#include "netd/node.h"

#define FACT_SOURCES		 4
#define SUBJECT_MAX_ENDPOINTS	 8
#define SUBJECT_SOURCE_ENDPOINTS 3
#define SUBJECT_ROUTER_ENDPOINTS 6
#define SUBJECT_MAX_PREFIXES	 256
#define NO_FACT			 UINT32_MAX
#define NO_PEER			 UINT16_MAX

/* A word of dbfact.known: the second of our clock that it is about, and above
 * it what netd/knowledge.c says. */
#define KNOWN_SHIFT 29
#define KNOWN_TIME  ((UINT32_C(1) << KNOWN_SHIFT) - 1)

struct fact_source {
	uint16_t peer; /* slot */
	bool old; /* said before its present boot id */
	int64_t until_ns;
};

struct dbfact {
	struct key subject;
	enum attr attr;
	bool local;
	bool agreed; /* its subject was accepted: it may be passed on */
	uint32_t local_gen;
	uint32_t serial; /* differs between facts that had the same index */
	uint32_t hash;
	uint64_t id; /* see fact_id */
	uint32_t next; /* in the bucket */
	int64_t expires_ns; /* of what peers said; 0 when only local */
	int64_t renewed_ns; /* when anybody last said it */
	size_t nsrc;
	struct fact_source src[FACT_SOURCES];
	uint32_t *known; /* by peer slot, see netd/knowledge.c */
	size_t nknown;
	size_t len;
	uint8_t value[];
};

struct factdb {
	struct dbfact **facts; /* an index stays that fact's; holes are NULL */
	size_t cap;
	size_t top; /* indices from here on are unused */
	size_t count;
	uint32_t free_hint;
	uint32_t dropped; /* since memory was last given back */
	uint32_t serial;
	uint32_t *buckets;
	size_t nbuckets;
	uint64_t hash_key;
	uint32_t local_gen;
	int64_t next_expiry_ns; /* not later than the earliest */
	size_t limit;
	bool vacated; /* something went: what was left out may fit now */
	uint64_t ousted; /* id that the last put was instead of; 0 none */
	/* By peer slot: it may hold something of ours, that is here no more,
	 * up to then (a second of our clock). */
	uint32_t gone_s[NODE_MAX_PEERS];
};

enum put {
	PUT_NEW, /* wasn't known; or a newer LINK */
	PUT_RENEWED, /* lasts longer than before */
	PUT_SAME, /* nothing changed */
	PUT_LIMIT, /* its subject or source has too many */
	PUT_FULL, /* the table is, or memory */
};

int factdb_init(struct factdb *db, uint64_t hash_key, size_t limit);
void factdb_clear(struct factdb *db);

/* Take in what peer slot source says; f->ttl_s counts for at most
 * TTL_COUNTED_MAX_S, 0 takes back what that source said. *index is set
 * unless nothing is stored. */
enum put factdb_put(struct factdb *db, int64_t now_ns, const struct fact *f,
    uint16_t source, uint32_t *index);
/* The same for a router, which passes on what others say: what a leaf that
 * moves has left behind must not keep out where it is. */
enum put factdb_put_router(struct factdb *db, int64_t now_ns,
    const struct fact *f, uint16_t source, uint32_t *index);

/* What this node says itself: begin, each fact, end. Those that are not
 * named again are no longer local. True when anything changed. */
void factdb_local_begin(struct factdb *db);
bool factdb_local(struct factdb *db, int64_t now_ns, const struct fact *f);
bool factdb_local_end(struct factdb *db);

/* Removes what has expired. *relied is set when an AllowedCidr or Member
 * fact was among it. True when anything went. */
bool factdb_expire(struct factdb *db, int64_t now_ns, bool *relied);
/* The subject has restarted: what it stated of its links is void. */
void factdb_drop_links(struct factdb *db, const struct key *subject);
/* What peers said of the subject is taken back; what this node says itself
 * stays. True when there was anything. */
bool factdb_drop_subject(struct factdb *db, const struct key *subject);
/* A peer is gone: what it said is taken back, what it knew forgotten. True when
 * it was told anything. */
bool factdb_forget_peer(struct factdb *db, uint16_t slot);

/* What peer slot source said of it is taken back; that may be the end of the
 * fact. index: its place in facts. */
void factdb_take_back(struct factdb *db, uint32_t index, uint16_t source);

/* The source has another boot id: what it said before is good until it
 * expires, but is no longer known to be what it says. */
void factdb_restarted(struct factdb *db, uint16_t source);
/* Until when the source states it; 0 when it doesn't, or no longer is known
 * to. */
int64_t factdb_stated(const struct dbfact *d, uint16_t source);
/* The source, who states it, does so until then, if that is later. True when
 * the fact lasts longer by it. */
bool factdb_restate(
    struct dbfact *d, uint16_t source, int64_t now_ns, int64_t until_ns);

/* Iterate: start with *index = 0; NULL at the end. */
struct dbfact *factdb_next(const struct factdb *db, uint32_t *index);
struct dbfact *
factdb_at(const struct factdb *db, uint32_t index, uint32_t serial);
/* The fact as it would be sent now: value points into the database, ttl_s
 * is what is left. */
struct fact factdb_fact(const struct dbfact *d, int64_t now_ns);
/* INT64_MAX for a local one. */
int64_t factdb_until(const struct dbfact *d);

#endif
