/*
 * What the core's files share: one node and its peers. Nobody outside of
 * them includes this; node.h is the interface.
 */
#ifndef NETD_STATE_H
#define NETD_STATE_H

#include "netd/factdb.h"
#include "netd/history.h"
#include "netd/node.h"
#include "netd/trust.h"

/* WireGuard's REKEY_AFTER_TIME 120 + REKEY_TIMEOUT 5 + KEEPALIVE_TIMEOUT 10
 * + a third of a second of jitter, and 30 s of grace (WIRE.md, "Timing"). */
#define HANDSHAKE_VALID_NS (INT64_C(165333) * MSEC_NS)
#define SESSION_LIVES_NS   (INT64_C(180) * SECOND_NS)
#define SESSION_FRESH_NS   (INT64_C(120) * SECOND_NS)

/* Between snapshots while traffic moves, for some time after a peer has come,
 * gone or changed its way, and else. */
#define DEVICE_ACTIVE_NS (500 * MSEC_NS)
#define DEVICE_STIR_NS	 (INT64_C(2) * SECOND_NS)
#define DEVICE_IDLE_NS	 (INT64_C(6) * SECOND_NS)
#define STIRRED_NS	 (INT64_C(30) * SECOND_NS)

/* Two and a half AlivePeriods without a word are a silence; of who says its
 * digest now and then, as long as it counts as healthy. */
#define SILENT_NS (INT64_C(75) * SECOND_NS)
/* All that a peer has to say it has said, and had to renew, by then. */
#define SETTLED_NS ((FACT_TTL_S + 5) * SECOND_NS)

/* What a host said with its old boot id may come in after what it says with
 * the new one, for so long. */
#define BOOT_LATE_NS (INT64_C(5) * SECOND_NS)

/* After start, before anything is concluded from silence. */
#define GRACE_NS (INT64_C(15) * SECOND_NS)

#define NONCES_REMEMBERED 64 /* a peer, ours and its */
#define MAX_TRIES	  12 /* candidates remembered a peer */
#define MAX_WITHDRAWN	  256
#define MAX_REFUSED	  8
#define MAX_LEFT_OUT	  16
#define MAX_FLIGHTS	  512
#define FLIGHT_FACTS	  33
#define MAX_EVENTS	  64
#define MAX_INTROS	  256
#define MAX_HOSTS	  256
#define MAX_LEFT_DOWN	  32
#define MAX_PEER_PREFIXES 4096 /* on the device; more are not looked at */
#define NONE_NS		  INT64_MIN

enum proof {
	PROOF_NONE, /* nothing known of the path yet */
	PROOF_OK, /* something of ours was acknowledged */
	PROOF_TESTING, /* in doubt: pings are out */
	PROOF_DEAD, /* they were not answered */
};

/* An endpoint that was tried for a peer. */
struct
try {
	struct endpoint endpoint;
	int64_t last_ns; /* NONE_NS: never */
	int64_t worked_ns; /* the last time; NONE_NS never */
	bool worked;
	bool given; /* was there before we chose any */
};

struct peer {
	uint16_t slot;
	struct key key;
	struct addr auto_addr;
	const struct conf_peer *conf; /* NULL without a [Peer] section */
	bool collided; /* another has its auto address */
	bool forget; /* it is to be removed, as asked */
	bool sayable; /* alive or healthy, when last looked at */
	enum trust lent; /* by a peer with DelegateTrust; TRUST_UNSET */
	uint16_t lender; /* its slot */

	/* The device's last word. */
	uint32_t device_gen;
	bool introduced;
	bool router; /* by prefixes that the administrator gave */
	struct endpoint endpoint;
	int64_t handshake_wall_ns; /* as the device says it; 0 never */
	int64_t handshake_ns; /* by our clock; NONE_NS never */
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	uint16_t keepalive_s;
	struct m_prefix *prefixes;
	size_t nprefixes;
	size_t cap_prefixes;
	uint64_t prefix_sum;
	uint64_t old_prefix_sum;
	struct m_prefix *withdrawn; /* taken from it, to be given back */
	size_t nwithdrawn;

	/* What it says: peer.c, intake.c. */
	bool has_boot_id;
	uint8_t boot_id[BOOT_ID_LEN];
	int64_t booted_ns; /* when it was heard first */
	uint64_t caps;
	int64_t alive_since_ns;
	int64_t alive_until_ns; /* NONE_NS: not alive */
	int64_t heard_ns; /* last valid datagram; NONE_NS never */
	int64_t steady_since_ns; /* heard without a silence since */
	int64_t alive_heard_ns; /* the last Alive; NONE_NS never */
	int64_t greeted_ns; /* when it seemed to have lost us */
	int64_t boots_ns; /* bucket of changes of its boot id */
	int64_t events_ns; /* bucket of events about it, as time */
	int64_t minor_ns; /* bucket of those that only monitor shows */
	uint64_t events_held; /* since the last one */
	int64_t links_ns; /* bucket of statements of its links */
	int64_t links_held_ns; /* they are passed on no sooner; 0: at once */
	uint64_t nonces[NONCES_REMEMBERED];
	size_t nonce_next;
	int64_t tokens_ns; /* of the receive bucket, as time */
	uint8_t acks[ACK_MAX][ACK_NONCE_LEN];
	size_t nacks;

	/* What it is told: knowledge.c, gossip.c. */
	int64_t send_at_ns; /* INT64_MAX: nothing to say */
	int64_t quiet_until_ns; /* unless heard from: it speaks first */
	int64_t alive_sent_ns; /* NONE_NS: never */
	int64_t alive_at_ns; /* the next is due */
	bool alive_confirmed; /* it has seen our present boot id */
	unsigned int alive_tries; /* since it was last confirmed */
	size_t flights;
	unsigned int timeouts; /* in a row */
	int64_t timeout_ns; /* the last one */
	int64_t srtt_ns; /* -1 not measured */
	int64_t rttvar_ns;
	bool weak; /* its key makes no secret */

	/* Without saying it again: digest.c. */
	bool quiet; /* a digest stands for what it was told */
	bool digests; /* its own digests stand for what it says */
	int64_t promised_ns; /* up to when */
	int64_t turned_ns; /* they no longer do; NONE_NS never did */
	bool ask_now; /* it is to be asked for its digest */
	bool answer_now; /* it has asked, with the nonce */
	bool doubts; /* it is to be told that it has to say all again */
	uint8_t asked[ACK_NONCE_LEN];
	unsigned int asks_lost; /* in a row */
	int64_t loud_until_ns; /* it may hold what we don't know of */
	/* What it said and we don't hold, as fact_id. */
	uint64_t left_out[MAX_LEFT_OUT];
	size_t nleft_out;
	bool left_more;

	/* Whether its direct path works: path.c. */
	enum proof proof;
	int64_t proof_ns; /* last acknowledgement */
	int64_t ping_at_ns; /* INT64_MAX: none due */
	bool ping_now;
	unsigned int pings; /* of this test */
	unsigned int deaths;
	int64_t died_ns;
	int64_t hold_until_ns;
	unsigned int breaks; /* the path was good, and it let it down */
	int64_t broke_ns; /* the last time; NONE_NS never */
	uint64_t own_tx_bytes; /* sent by us since the last snapshot */
	int64_t data_since_ns; /* received after this; NONE_NS never */
	int64_t stalled_ns; /* sends and hears nothing since; NONE_NS no */
	uint64_t stalled_bytes;
	unsigned int rx_run; /* snapshots in a row in which others sent */
	enum fact_link said;
	uint64_t said_seq;
	int64_t said_ns;
	int64_t tested_ns; /* the last test's begin */
	int64_t they_down_ns; /* it says the path is down, until; NONE_NS no */
	int64_t they_ns; /* when it said so last */
	uint64_t they_seq;
	uint8_t they_boot[FACT_LINK_BOOT_LEN]; /* that they said it with */
	bool they_said_down; /* when it last said anything of it */
	bool given_up; /* its link is no use, and it was never heard */
	bool direct; /* holds prefixes of its own */
	bool left_unheard; /* so it did when it was last heard */
	bool mute; /* its WireGuard answers, its wirelink is silent */
	bool settled; /* seen in a snapshot before */

	/* Its endpoints: candidates.c, tries.c. */
	struct try tries[MAX_TRIES];
	size_t ntries;
	int64_t try_until_ns; /* the present one may still answer */
	int64_t try_from_ns; /* and it may be sooner; NONE_NS: no */
	size_t try_rounds;
	int64_t rest_ns; /* the next pause at the likeliest; NONE_NS: no */
	unsigned int cures; /* made anew since its session was deaf */
	size_t round; /* tried since the last success */
	int64_t remakes_ns; /* bucket of re-makings, as time */

	/* The request to privd under way: plan.c. */
	uint32_t op_token; /* 0: none */
	int64_t op_retry_ns;
	bool op_removes;
	bool op_endpoint;
	size_t op_nadd;
	size_t op_ndel;
	struct prefix *op_prefixes; /* added, then withdrawn */
	unsigned int ask_step; /* observe.c: what is asked next, and when */
	int64_t ask_ns;
	struct prefix refused[MAX_REFUSED];
	size_t nrefused;
	int64_t refused_ns;
};

struct flight {
	bool used;
	bool sent;
	bool ping;
	bool digest; /* asks for one */
	bool doubts;
	uint16_t peer;
	uint32_t token;
	bool alive;
	uint8_t nonce[ACK_NONCE_LEN];
	int64_t sent_ns;
	int64_t timeout_ns;
	size_t n;
	struct {
		uint32_t index;
		uint32_t serial;
	} facts[FLIGHT_FACTS];
};

/* A key that is not on the device and has been asked for. */
struct intro {
	struct key key;
	uint32_t token; /* 0: answered */
	int64_t retry_ns;
	size_t ask; /* observe.c: which of its prefixes is asked for */
	struct prefix asked; /* family 0: none */
};

/* A configured host name. */
struct host {
	const char *name;
	bool asked;
	bool wanted; /* by a peer that is neither alive nor healthy */
	unsigned int failures; /* in a row */
	int64_t next_ns;
	size_t n;
	struct addr addr[RESOLVED_MAX];
};

struct node {
	struct conf_link conf;
	struct conf_policy policy; /* to tell who asks */
	struct conf_peer *confs; /* [Peer] sections */
	size_t nconfs;
	struct reconf *reconf; /* the next configuration, as it comes in */
	const struct conf_peer *self_conf;
	uint64_t random[4];

	bool up;
	struct m_link link;
	uint8_t boot_id[BOOT_ID_LEN];
	uint64_t boot_count; /* that this boot id begins with */
	int64_t boot_ns; /* this boot id's birth */
	int64_t started_ns;
	bool router;
	bool knew_router;
	bool start_over; /* who has not been heard by now is given up */

	struct m_addr *addrs;
	size_t naddrs;
	uint64_t addrs_sum; /* of those at which we may be reached */

	struct peer *peers[NODE_MAX_PEERS];
	size_t npeers; /* slots in use are below peer_top */
	size_t peer_top;
	struct peer *snapshot_peer;
	uint32_t device_gen;
	int64_t snapshot_ns;
	int64_t wall_ns;
	int64_t device_ns; /* the last snapshot; NONE_NS */
	int64_t device_asked_ns;
	int64_t device_apart_ns; /* no snapshot sooner after the last */
	int64_t device_at_ns; /* the next is wanted then */
	int64_t stirred_ns; /* a peer's last event; NONE_NS */
	bool device_asked;
	bool device_active; /* traffic moved */
	bool have_device;

	struct factdb db;
	struct flight *flights;
	size_t nflights;
	size_t cap_flights;
	int64_t flight_timeout_ns;
	struct intro intros[MAX_INTROS];
	size_t nintros;
	struct host hosts[MAX_HOSTS];
	size_t nhosts;
	/* Removed when the last word of their paths was that they are down:
	 * that may be remembered elsewhere when they are back. A ring. */
	struct key left_down[MAX_LEFT_DOWN];
	size_t left_down_next;

	bool local_dirty; /* what we say ourselves may have changed */
	bool lent_stale; /* what is said of trust may have changed */
	bool ask_again; /* somebody may say now what was refused */
	int64_t asked_ns; /* the last time that was so; NONE_NS never */
	int64_t plan_at_ns;
	int64_t remakes_ns; /* bucket of all peers made anew, as time */
	int64_t meeting_ns; /* when the next two were true; NONE_NS never */
	size_t meeting; /* peers that are being met */
	int64_t meeting_rtt_ns; /* to the router, the slowest */
	size_t send_cursor;
	int64_t round_ns; /* of digests: not the next before */
	int64_t loud_until_ns; /* the same for peers that come */
	size_t plan_cursor;
	uint32_t plan_fact;
	bool planning;
	uint32_t token;

	struct event events[MAX_EVENTS];
	struct event unsaid; /* one that is held back */
	size_t event_first;
	size_t nevents;
	struct history history;
	bool full_told;

	uint64_t drops[DROP_MAX];
	uint64_t received;
	uint64_t sent;
	uint64_t facts_new;
	uint64_t facts_refused;
	uint64_t facts_limited;
	uint64_t ops_refused;
	uint64_t fallbacks;
	uint64_t directs;
	uint64_t resent;
	uint64_t digests; /* said instead of facts and Alive */
	uint64_t doubts; /* of what others said so */
	uint64_t tries; /* of endpoints, also of those given at first */
	uint64_t pings; /* wanted for themselves */
	uint64_t events_held;
};

/* node.c */
uint64_t node_random(struct node *n);
uint32_t node_token(struct node *n);
struct event *
node_event(struct node *n, enum event_code code, const struct key *key);
void node_new_boot_id(struct node *n, int64_t now_ns);
void node_want_device(struct node *n, int64_t at_ns);
void node_want_plan(struct node *n, int64_t at_ns);
void node_table_full(struct node *n, const char *table);

/* reconf.c */
/* A list of [Peer] sections: appends a copy. 0, or -1 without memory or with
 * too many. */
int
confs_add(struct conf_peer **confs, size_t *nconfs, const struct conf_peer *p);
void confs_clear(struct conf_peer **confs, size_t nconfs);
void reconf_free(struct reconf *r);
/* Takes back what peers said and may no longer say. */
void reconf_take_back(struct node *n);

/* peer.c */
struct peer *peer_find(const struct node *n, const struct key *key);
/* One that the device has and the table has not; NULL, which is told, when
 * there is no room. It is freed by peer_drop. */
struct peer *peer_add(struct node *n, const struct key *key);
void peer_drop(struct node *n, struct peer *p);
/* Slots from *slot on; NULL at the end. */
struct peer *peer_next(const struct node *n, size_t *slot);
bool peer_is_alive(const struct peer *p, int64_t now_ns);
bool peer_is_healthy(const struct peer *p, int64_t now_ns);
bool peer_is_basic(const struct node *n, const struct peer *p);
bool peer_extended(const struct peer *p);
bool peer_digests(const struct peer *p);
/* The boot id that a path was stated with: is it the peer's present one, one
 * that comes after that, either of them? */
bool peer_boot_is(const struct peer *p, const uint8_t boot[FACT_LINK_BOOT_LEN]);
bool
peer_boot_later(const struct peer *p, const uint8_t boot[FACT_LINK_BOOT_LEN]);
bool
peer_boot_counts(const struct peer *p, const uint8_t boot[FACT_LINK_BOOT_LEN]);
/* So long without a word is a silence. */
int64_t peer_silent_ns(const struct peer *p);
bool peer_holds(const struct peer *p, const struct prefix *prefix, bool *ours);
/* Heard for so long, without a silence, that what it doesn't say it doesn't
 * mean. */
bool peer_is_steady(const struct peer *p, int64_t now_ns);
enum trust peer_trust(const struct node *n, const struct peer *p);
/* The same without what is lent to it. */
enum trust peer_trust_own(const struct node *n, const struct peer *p);
/* A token bucket, kept as the time at which it was last full: burst, then
 * one every each_ns. */
bool peer_within(int64_t *full_ns, int64_t now_ns, int64_t each_ns, int burst);
/* As node_event, for what a peer may cause as often as it likes: past a rate
 * it is counted and not told. */
struct event *peer_event(
    struct node *n, struct peer *p, enum event_code code, int64_t now_ns);
/* What only those who watch want to know, at a rate of its own: it never
 * takes the place of what is logged. */
struct event *minor_event(struct node *n, struct peer *p, enum event_code code,
    const struct key *key, int64_t now_ns);
/* A router that speaks must have been heard of late; of one that never has,
 * perhaps because we have just started, the handshake tells, later. */
bool
peer_router_works(const struct node *n, const struct peer *r, int64_t now_ns);
/* How long the longest prefix is, of those that the administrator gave r, that
 * covers prefix; -1: none does. */
int peer_covers(const struct peer *r, const struct prefix *prefix);
/* A healthy router other than p whose prefix covers prefix; NULL. */
const struct peer *peer_router_for(const struct node *n, int64_t now_ns,
    const struct peer *p, const struct prefix *prefix);
const struct conf_peer *peer_conf(const struct node *n, const struct key *key);
void peer_heard(struct node *n, struct peer *p, int64_t now_ns);
bool peer_nonce_seen(const struct peer *p, const uint8_t *nonce);
void peer_nonce_note(struct peer *p, const uint8_t *nonce);

/* knowledge.c */
/* Should the fact go to the peer now? Else *due_ns is lowered to when it
 * should, if that is to be foreseen. */
bool knowledge_wants(const struct node *n, const struct peer *p,
    const struct dbfact *d, int64_t now_ns, int64_t *due_ns);
/* It told us: so it knows. */
void knowledge_heard(const struct node *n, const struct peer *p,
    struct dbfact *d, int64_t now_ns);
void knowledge_sending(const struct node *n, const struct peer *p,
    struct dbfact *d, int64_t now_ns);
void knowledge_forget(struct node *n, struct peer *p, int64_t now_ns);
/* It is known from now on to acknowledge what it is told. */
void knowledge_begin(struct node *n, const struct peer *p, int64_t now_ns);
/* For how long a digest may say that all which the peer may have from us
 * holds, in seconds, least_s or more; 0: it may not be said. *sum is that of
 * the facts. */
int64_t knowledge_promise(const struct node *n, const struct peer *p,
    int64_t now_ns, int64_t least_s, uint64_t *sum);
/* It is being said. */
void knowledge_promised(
    const struct node *n, const struct peer *p, int64_t now_ns, int64_t ttl_s);
struct flight *flight_new(struct node *n, struct peer *p);
void flight_free(struct node *n, struct flight *fl);
struct flight *flight_by_token(struct node *n, uint32_t token);
/* What was in it is no longer thought to be known. */
void flight_failed(struct node *n, struct flight *fl, int64_t now_ns);
void flight_acked(struct node *n, struct peer *p,
    const uint8_t nonce[ACK_NONCE_LEN], int64_t now_ns);
void flight_timeouts(struct node *n, int64_t now_ns);
void flight_hurry(struct node *n, struct peer *p, int64_t now_ns);
/* How long an acknowledgement may take: for the first try, and with the
 * back-off for those that were lost in a row. */
int64_t peer_rto_first(const struct peer *p);
int64_t peer_rto(const struct peer *p);

/* intake.c */
/* Would it still be taken from the peer, if that said it now? */
bool intake_takes(struct node *n, const struct peer *p, const struct dbfact *d);

/* gossip.c */
void gossip_local(struct node *n, int64_t now_ns);
/* Fills act with the next datagram that is due. */
bool gossip_next(struct node *n, int64_t now_ns, struct action *act);
/* Something new may have to be told: to one peer, to all. */
void gossip_soon(struct peer *p, int64_t at_ns);
void gossip_all_soon(struct node *n, int64_t at_ns);
int64_t gossip_deadline(const struct node *n);
/* Our present boot id must reach it, from the start. */
void gossip_greet(struct peer *p, int64_t now_ns);
/* Is it told everything, or Alive alone (WIRE.md, "To whom")? */
bool
gossip_everything(const struct node *n, const struct peer *p, int64_t now_ns);

/* Is it told that fact? everything: see above. */
bool gossip_told(const struct node *n, const struct peer *p,
    const struct dbfact *d, bool everything);

/* digest.c */
/* Writes our digest for the peer, asking for its or answering. */
void digest_put(struct node *n, struct peer *p, int64_t now_ns, struct wbuf *w,
    struct flight *fl, bool asks);
bool
digest_may_promise(const struct node *n, const struct peer *p, int64_t now_ns);
void digest_take(struct node *n, struct peer *p, int64_t now_ns,
    const struct fact *f, const uint8_t *nonce);
/* What it said is held, or is not. */
void digest_note(struct peer *p, uint64_t id, bool held);
void digest_forget(struct peer *p);
/* It repeats what it says, from now on. */
void digest_ended(struct peer *p, int64_t now_ns);
/* From now on facts are repeated to it, until a digest is said again. */
void digest_stop(struct peer *p, int64_t now_ns);
void digest_acked(struct peer *p, bool doubts);
void digest_lost(struct node *n, struct peer *p, int64_t now_ns);
/* It can be reached again: what it holds of us may have gone, and the other
 * way round. */
void digest_again(struct peer *p, int64_t now_ns);

/* path.c */
void path_acked(struct node *n, struct peer *p, int64_t now_ns);
/* Its prefixes leave the direct link for what the peer says. */
void path_left(struct node *n, struct peer *p, int64_t now_ns);
void path_heard(struct node *n, struct peer *p, int64_t now_ns);
void path_counters(
    struct node *n, struct peer *p, int64_t now_ns, uint64_t tx, uint64_t rx);
void path_doubt(struct node *n, struct peer *p, int64_t now_ns);
/* The same at once, and also where a test is on its way or the path dead. */
void path_ask(struct node *n, struct peer *p, int64_t now_ns);
void path_timers(struct node *n, int64_t now_ns);
int64_t path_deadline(const struct node *n, int64_t now_ns);
/* Bytes that a datagram with this much payload adds to tx_bytes. */
uint64_t path_wire_bytes(size_t payload);
bool path_up(const struct node *n, const struct peer *p, int64_t now_ns);
/* What a peer states of its side, for ttl_s (WIRE.md has none of this:
 * docs/wire.md, "LINK"). */
void path_they_say(struct node *n, struct peer *p, int64_t now_ns,
    const uint8_t boot[FACT_LINK_BOOT_LEN], uint64_t seq, enum fact_link says,
    int64_t ttl_s);
bool path_they_down(const struct peer *p, int64_t now_ns);
/* It has said itself which boot id is present. A statement with a later one
 * that is older than what may be under way is somebody's invention, or its ids
 * have begun anew: it is forgotten. */
void path_they_are(struct node *n, struct peer *p, int64_t now_ns);
/* States our side of the path, when it has changed. */
void path_state(struct node *n, struct peer *p, int64_t now_ns);
/* Others send over the link, and nothing at all comes back. */
bool path_is_stalled(const struct peer *p);

/* silence.c */
/* It was heard, but not for longer than any peer is silent that runs. */
bool silence_lasts(const struct peer *p, int64_t now_ns);
/* Asks an idle peer, before its Alive expires. */
void silence_asked(struct node *n, struct peer *p, int64_t now_ns);
/* Pings were not answered: is its WireGuard to be given time to answer? */
bool silence_waits(struct node *n, struct peer *p, int64_t now_ns);
/* The device has received so many bytes from it since it was last asked. */
void silence_received(
    struct node *n, struct peer *p, int64_t now_ns, uint64_t bytes);
/* Its wirelink is known to run again. */
void silence_over(struct node *n, struct peer *p, int64_t now_ns);
/* Its wirelink has been heard. */
void silence_ends(struct node *n, struct peer *p, int64_t now_ns);

/* delegate.c */
/* What is lent to whom, after facts or the configuration have changed; what
 * may no longer be said is taken back, and what may be is asked for. */
void delegate_refresh(struct node *n, int64_t now_ns);
int64_t delegate_deadline(const struct node *n);

/* candidates.c */
/* Chooses an endpoint to try, and whether the peer is made anew with it;
 * false when nothing is to be asked for now. */
bool candidates_pick(struct node *n, struct peer *p, int64_t now_ns,
    struct endpoint *e, bool *remake);
/* For a key that is not on the device. */
bool candidates_first(
    const struct node *n, const struct key *key, struct endpoint *e);
size_t candidates_count(const struct node *n, const struct peer *p);
void candidates_worked(struct peer *p, int64_t now_ns);
int64_t
candidates_deadline(struct node *n, const struct peer *p, int64_t now_ns);
/* The one that would be given to the peer next, in place of what it has; false
 * without one. Nothing is noted as tried. */
bool candidates_next(
    const struct node *n, struct peer *p, int64_t now_ns, struct endpoint *e);
bool endpoint_acceptable(const struct node *n, const struct endpoint *e);

/* tries.c */
/* How many peers have an endpoint and are not known yet to answer: those that
 * are no longer expected to aside. */
size_t tries_meeting(struct node *n, int64_t now_ns);
/* A try, after so many rounds; how many of those were slow ones. */
size_t tries_begin(struct node *n, struct peer *p, int64_t now_ns, bool session,
    size_t rounds);
int64_t tries_end(struct node *n, const struct peer *p, int64_t now_ns);
/* Is the peer made anew for the try that has begun? It counts as done. */
bool tries_remake(struct node *n, struct peer *p, int64_t now_ns, bool first);
/* Has it a session by which nothing comes? When it is made anew for that, and
 * whether that is now, which counts as done. */
bool tries_deaf(const struct node *n, const struct peer *p, int64_t now_ns);
int64_t tries_cure_at(struct node *n, const struct peer *p, int64_t now_ns);
bool tries_cure(struct node *n, struct peer *p, int64_t now_ns);

/* members.c */
/* A key that is not on the device is asked for at now_ns, not later. False
 * when it isn't to be asked for. */
bool members_hurry(struct node *n, const struct key *key, int64_t now_ns);
/* Is there a source of at least that trust whose silence about something
 * means that it isn't so? */
bool
members_silence_counts(const struct node *n, int64_t now_ns, enum trust least);
bool members_remove(
    struct node *n, struct peer *p, int64_t now_ns, struct action *act);
/* Asks for the subject of d as a peer, when it is to be one. */
bool members_introduce(
    struct node *n, const struct dbfact *d, int64_t now_ns, struct action *act);
/* Is it said to be one, by somebody who may? */
bool members_named(const struct node *n, const struct key *key);
/* How many sources say so, each once, at most CONF_MAX_QUORUM; how many of
 * them it takes; how many there could be. */
size_t members_sources(const struct node *n, const struct key *key);
size_t members_needed(const struct node *n, const struct key *key);
size_t members_possible(const struct node *n);
/* A fact was taken in; known: its subject is on the device. */
void members_heard(struct node *n, uint32_t index, bool known, int64_t now_ns);
/* The key has come to the device. */
void members_here(struct node *n, const struct key *key);
/* The answer to that; false when token is another's. */
bool members_result(
    struct node *n, int64_t now_ns, uint32_t token, const struct m_result *r);

/* plan.c */
#define BUSY_NS	   SECOND_NS /* before a request is repeated */
#define REFUSED_NS (60 * SECOND_NS) /* the same after a refusal */
bool plan_is_allowed(const struct dbfact *d);
void plan_set_init(struct m_peer_set *set, const struct key *key);
struct prefix plan_auto_prefix(const struct addr *a);
bool plan_next(struct node *n, int64_t now_ns, struct action *act);
void plan_peer_result(
    struct node *n, int64_t now_ns, uint32_t token, const struct m_result *r);

/* What would be added and withdrawn now, if all that is stated were so. */
void plan_moves(const struct node *n, const struct peer *p, int64_t now_ns,
    struct m_peer_set *set);

/* Would what the peer holds be withdrawn now? */
bool plan_goes_back(const struct node *n, const struct peer *p, int64_t now_ns,
    const struct m_prefix *m);

/* observe.c */
/* Is the peer told nothing of us, since we won't take its path? */
bool observe_silent(const struct node *n, const struct peer *p);
/* In place of what else is asked for, with -N. */
bool observe_next(
    struct node *n, struct peer *p, int64_t now_ns, struct action *act);
/* A prefix was refused: the others are asked for again. */
void observe_again(struct peer *p, int64_t now_ns);
/* Adds to set the next prefix of a peer that is not there: one at a time, so
 * that a refusal says which. */
void
observe_intro(const struct node *n, struct intro *in, struct m_peer_set *set);

/* view.c */
/* Over which router its prefixes would go, by the first that is stated;
 * NULL. */
const struct peer *
view_via(const struct node *n, const struct peer *p, int64_t now_ns);

/* why.c */
/* The first condition for a direct path that does not hold, as a reason;
 * REASON_NONE when all do. */
enum reason
why_reason(const struct node *n, const struct peer *p, int64_t now_ns);

/* hosts.c */
int hosts_conf(struct node *n, const struct conf_peer *c);
/* n->confs are others, and what *old points to is about to go: of the names
 * that are still there what is known is kept. */
void hosts_reconf(struct node *n, const struct host *old, size_t nold);
int64_t hosts_deadline(const struct node *n);
bool hosts_next(struct node *n, int64_t now_ns, struct action *act);
const struct host *hosts_find(const struct node *n, const char *name);

#endif
