/*
 * Payloads between netd and wirelinkctl. One request, CTL_GET, a connection;
 * the answer is records and CTL_END. Both sides are checked: netd reads what
 * a local user sent, wirelinkctl runs as root.
 */
#ifndef PROTO_CTL_H
#define PROTO_CTL_H

#include "common/conf.h"
#include "proto/buf.h"
#include "proto/codec.h"
#include "proto/reason.h"

enum ctl_what {
	CTL_PEERS = 1, /* CTL_SELF and a CTL_PEER each */
	CTL_FACTS, /* CTL_SELF and a CTL_FACT each */
	CTL_COUNTERS, /* a CTL_COUNTER each */
	CTL_SELF_ONLY,
	CTL_SANDBOXES, /* a CTL_SANDBOX each */
	CTL_NAMES = 10, /* a CTL_NAME each */
	CTL_WHY, /* of a key: CTL_WHY each, then CTL_CANDIDATE, CTL_EVENT */
	CTL_CANDIDATES, /* of a key: a CTL_CANDIDATE each */
	CTL_MONITOR, /* CTL_SELF, then a CTL_EVENT as each happens */
	CTL_TRUST, /* of a key: CTL_SELF and a CTL_TRUST */
	CTL_PLAN, /* CTL_SELF and a CTL_PLAN each */
	CTL_POLICY, /* CTL_SELF, a CTL_POLICY and a CTL_RIGHT each */
};

/* What only root may have done. */
enum ctl_deed {
	CTL_PROBE = 1, /* try the key's endpoints now */
	CTL_FORGET, /* what is known of a peer that wirelink added */
	CTL_LOG, /* how much netd logs */
	CTL_RELOAD, /* wirelinkd reads its configuration again */
};

enum ctl_level { CTL_BRIEF, CTL_VERBOSE, CTL_DEBUG };

struct ctl_do {
	enum ctl_deed deed;
	enum ctl_level level; /* CTL_LOG; else CTL_BRIEF */
	struct key key; /* CTL_PROBE, CTL_FORGET; else zero */
};

struct ctl_get {
	enum ctl_what what;
	bool has_key; /* for those that are of a key */
	struct key key;
};

#define CTL_NAME_MAX	 64 /* bytes of a name, as they came */
#define CTL_MAX_PREFIXES 512 /* of a peer that are told; nheld has them all */
#define CTL_VALUE_MAX	 512
#define CTL_BOOT_ID_LEN	 16
#define CTL_TEXT_LEN	 RELOADED_LEN

struct ctl_self {
	struct key key;
	char ifname[CONF_IFNAME_STRLEN];
	struct addr auto_addr;
	uint16_t listen_port;
	uint16_t port;
	bool up;
	bool router;
	bool observe; /* wirelinkd -N */
	uint8_t boot_id[CTL_BOOT_ID_LEN];
	uint32_t npeers;
	uint32_t nfacts;
	char build[PROTO_BUILD_LEN];
};

enum ctl_path { CTL_PATH_NONE, CTL_PATH_DIRECT, CTL_PATH_VIA, CTL_PATH_ROUTER };

struct ctl_peer {
	struct key key;
	uint8_t name[CTL_NAME_MAX]; /* raw: escape before showing */
	size_t name_len;
	enum trust trust;
	enum ctl_path path;
	struct key via; /* CTL_PATH_VIA */
	struct endpoint endpoint;
	bool has_handshake;
	int64_t handshake_age_s;
	bool alive;
	int64_t alive_for_s;
	bool has_rtt;
	int64_t rtt_us;
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	bool healthy;
	bool basic;
	bool configured;
	bool introduced;
	bool extended;
	uint16_t ncandidates;
	uint16_t nheld;
	size_t nprefixes;
	struct m_prefix prefixes[CTL_MAX_PREFIXES];
};

struct ctl_fact {
	uint8_t attr;
	uint16_t ttl_s;
	struct key subject;
	bool local;
	struct key source; /* zero when local */
	size_t len;
	uint8_t value[CTL_VALUE_MAX];
};

struct ctl_counter {
	char name[64];
	uint64_t value;
};

/* A peer on the device, or one that the configuration names. */
struct ctl_name {
	struct key key;
	uint8_t name[CTL_NAME_MAX]; /* raw */
	size_t name_len;
	bool on_device;
};

/* The answer to one condition of proto/reason.h. */
enum ctl_answer_is { CTL_NO, CTL_YES, CTL_SKIP /* does not apply */ };
struct ctl_why {
	enum cond cond;
	enum ctl_answer_is answer;
	enum reason reason; /* of a no */
	bool has_other;
	struct key other; /* who holds the prefix, or over whom it goes */
	struct endpoint endpoint; /* family 0: none */
	struct prefix prefix; /* the same */
	uint16_t rule; /* of wirelinkd's that refused; 0 */
	uint8_t has; /* sources, where those are what is missing; else 0 */
	uint8_t needs; /* of so many; else 0 */
	bool has_age;
	int64_t age_s;
};

struct ctl_candidate {
	struct endpoint endpoint;
	bool current; /* the device has it */
	bool stated; /* by a fact */
	bool usable;
	bool worked;
	bool waiting; /* tried, and may still answer */
	bool tried;
	int64_t tried_age_s;
	bool has_source;
	struct key source;
};

/* What happened to a peer; of the past, or as it happens (then all ages are
 * 0 and times is 1). */
struct ctl_event {
	enum event_code code;
	enum reason reason;
	struct key key;
	bool has_other;
	struct key other; /* who stated a fact that was refused */
	uint8_t attr; /* of that fact; 0 */
	struct endpoint endpoint; /* family 0: none */
	struct prefix prefix; /* the same */
	uint16_t rule;
	bool yes; /* of a router: it is one */
	uint32_t times;
	int64_t first_age_s;
	int64_t last_age_s;
	uint64_t lost; /* events before this one that were not taken in time */
	uint8_t name[CTL_NAME_MAX]; /* raw; the peer's, when it is known */
	size_t name_len;
};

/* How far the word of a peer goes, and why. */
enum ctl_trust_by {
	CTL_BY_NOTHING, /* it is not on the device */
	CTL_BY_CONF, /* its [Peer] section says so */
	CTL_BY_ROUTER,
	CTL_BY_DEVICE, /* it is on the device, and no more */
	CTL_BY_DELEGATE, /* another says so, whose word on that counts */
};

/* What is believed of it, a bit each. */
#define CTL_TAKES_ENDPOINT 0x1
#define CTL_TAKES_ALLOWED  0x2
#define CTL_TAKES_MEMBER   0x4
#define CTL_TAKES_ALL	   0x7

struct ctl_trust {
	enum trust level;
	enum ctl_trust_by by;
	uint8_t known; /* of peers on the device */
	uint8_t unknown; /* of other keys */
	uint32_t nfacts; /* that it states and that are held */
	uint8_t quorum; /* sources that make a member */
	uint16_t sources; /* that there are */
	struct key lender; /* with CTL_BY_DELEGATE, else zero */
	struct key key;
};

/* Something that would be changed, and is not. */
struct ctl_plan {
	enum change change;
	struct key key;
	bool has_other;
	struct key other; /* who has the prefix, or will have it */
	struct endpoint endpoint; /* family 0: none */
	struct prefix prefix; /* the same */
	enum basis basis;
	bool has_source;
	struct key source; /* of a fact */
	uint8_t attr; /* the fact's; 0 */
	enum reason reason; /* what keeps it */
	uint16_t rule; /* of wirelinkd's that refused; 0 */
};

void enc_ctl_plan(struct wbuf *w, const struct ctl_plan *m);
int dec_ctl_plan(const uint8_t *p, size_t len, struct ctl_plan *m);

/* How far the administrator lets wirelinkd go. */
struct ctl_policy {
	enum conf_membership membership;
	struct conf_policy conf;
	bool has_device; /* else the numbers are 0 */
	uint32_t npeers; /* on the device, as far as netd looks at it */
	uint32_t nadded; /* of which wirelink added */
};

void enc_ctl_policy(struct wbuf *w, const struct ctl_policy *m);
int dec_ctl_policy(const uint8_t *p, size_t len, struct ctl_policy *m);

/* Who has a prefix, and by what right. */
enum ctl_right_kind {
	CTL_RIGHT_INTERFACE, /* its key is zero */
	CTL_RIGHT_HOME,
	CTL_RIGHT_CONFIGURED,
	CTL_RIGHT_WITHDRAWN,
	CTL_RIGHT_LENT,
};
struct ctl_right {
	enum ctl_right_kind kind;
	struct key key;
	struct prefix prefix;
};

void enc_ctl_right(struct wbuf *w, const struct ctl_right *m);
int dec_ctl_right(const uint8_t *p, size_t len, struct ctl_right *m);
void enc_ctl_trust(struct wbuf *w, const struct ctl_trust *m);
int dec_ctl_trust(const uint8_t *p, size_t len, struct ctl_trust *m);
/* Text is not empty; \n is between lines. */
void enc_ctl_text(struct wbuf *w, const char *text);
int dec_ctl_text(const uint8_t *p, size_t len, char text[CTL_TEXT_LEN]);
void enc_ctl_get(struct wbuf *w, const struct ctl_get *m);
int dec_ctl_get(const uint8_t *p, size_t len, struct ctl_get *m);
void enc_ctl_do(struct wbuf *w, const struct ctl_do *m);
int dec_ctl_do(const uint8_t *p, size_t len, struct ctl_do *m);
void enc_ctl_self(struct wbuf *w, const struct ctl_self *m);
int dec_ctl_self(const uint8_t *p, size_t len, struct ctl_self *m);
void enc_ctl_peer(struct wbuf *w, const struct ctl_peer *m);
int dec_ctl_peer(const uint8_t *p, size_t len, struct ctl_peer *m);
void enc_ctl_fact(struct wbuf *w, const struct ctl_fact *m);
int dec_ctl_fact(const uint8_t *p, size_t len, struct ctl_fact *m);
void enc_ctl_counter(struct wbuf *w, const struct ctl_counter *m);
int dec_ctl_counter(const uint8_t *p, size_t len, struct ctl_counter *m);
void enc_ctl_name(struct wbuf *w, const struct ctl_name *m);
int dec_ctl_name(const uint8_t *p, size_t len, struct ctl_name *m);
void enc_ctl_why(struct wbuf *w, const struct ctl_why *m);
int dec_ctl_why(const uint8_t *p, size_t len, struct ctl_why *m);
void enc_ctl_candidate(struct wbuf *w, const struct ctl_candidate *m);
int dec_ctl_candidate(const uint8_t *p, size_t len, struct ctl_candidate *m);
void enc_ctl_event(struct wbuf *w, const struct ctl_event *m);
int dec_ctl_event(const uint8_t *p, size_t len, struct ctl_event *m);

#endif
