/*
 * A network of many nodes in one process, on a virtual clock. Each host has
 * the real core (netd/node.h), the real policy (privd/policy.c), and models
 * of what lies around them: WireGuard (device.c), the underlay (underlay.c),
 * the rest of the privileged process (helper.c). Everything that happens is
 * an event in one queue and follows from the seed.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "netd/node.h"
#include "privd/policy.h"

#define MAX_NODES     101
#define LARGE_NODES   25 /* of the networks that a seed wants */
#define MAX_LOCAL     5 /* underlay addresses of a host */
#define MAX_PREFIXES  8 /* of a peer on a device */
#define MAX_STAGED    16 /* packets that wait for a handshake, a peer */
#define MAX_FLOWS     64
#define MAX_FAULTS    512
#define LISTEN_PORT   51820
#define WG_IFINDEX    10
#define WG_MTU	      1420
#define LAB_SPREAD_NS (5 * MSEC_NS) /* in which all nodes start */

/* What the network has to live up to. */
#define CONVERGE_S    90 /* all pairs direct after start or a fault */
#define BLACKHOLE_S   20 /* no flow is silent for longer */
#define REVOKED_S     (2 * FACT_TTL_S + 60)
#define FLIPS_A_FAULT 4 /* changes of a pair's path */

struct sim;
struct host;

/*
 * queue.c: randomness and events.
 */
enum what {
	DO_PACKET, /* arrives at a host */
	DO_WAKE, /* the core's deadline */
	DO_TIMER, /* one of the device's peers */
	DO_ANSWER, /* of the helper */
	DO_FLOW, /* a packet of an application */
	DO_FAULT,
	DO_CHECK,
	DO_HOSTILE, /* the host says something */
};

struct event_item {
	int64_t at_ns;
	uint64_t seq; /* in order of making, among equals */
	enum what what;
	uint32_t a, b;
	uint64_t gen; /* of what it is for; outdated: nothing happens */
	void *p;
};

struct queue {
	struct event_item *items;
	size_t n, cap;
	uint64_t seq;
};

uint64_t sim_random(struct sim *s);
/* 0 to n - 1. */
uint32_t sim_below(struct sim *s, uint32_t n);
/* low to high, both included. */
int64_t sim_between(struct sim *s, int64_t low, int64_t high);
bool sim_chance(struct sim *s, double p);
void *sim_alloc(size_t n);

void queue_put(struct sim *s, int64_t at_ns, enum what what, uint32_t a,
    uint32_t b, uint64_t gen, void *p);
bool queue_get(struct sim *s, struct event_item *e);

/*
 * What is inside the tunnel, and what carries it.
 */
struct inner {
	struct addr src, dst;
	int flow; /* -1: facts */
	size_t len; /* of the IP packet; 0: a keepalive */
	size_t nfacts; /* bytes of the datagram of facts */
	uint8_t facts[];
};

enum packet_kind { PK_INITIATION, PK_RESPONSE, PK_DATA };

struct packet {
	enum packet_kind kind;
	uint32_t from; /* whose key made it */
	uint32_t to; /* for whose key */
	struct endpoint src, dst;
	uint64_t id; /* of the handshake, or the session */
	uint64_t counter;
	int64_t stamp_ns; /* of an initiation */
	struct inner *inner;
};

void packet_free(struct packet *pk);
struct inner *inner_copy(const struct inner *in);

/*
 * underlay.c
 */
struct local {
	struct addr addr;
	uint8_t len;
	int net; /* hosts of one net reach each other; -1: it reaches nobody */
};

struct path {
	int64_t delay_ns, jitter_ns;
	double loss, dup, late;
	int cut; /* so many faults cut it */
	int cut_private; /* the same, of all nets but the public ones */
};

void underlay_make(struct sim *s);
void underlay_lab(
    struct sim *s, struct host *h, int64_t delay_ns, double loss, size_t dead);
/* Takes the packet over. */
void underlay_send(struct sim *s, struct host *h, struct packet *pk);

/*
 * device.c: WireGuard.
 */
struct session {
	uint64_t id; /* 0: none */
	int64_t born_ns;
	bool initiator;
	uint64_t sent;
	uint64_t newest, seen; /* window of what was received */
};

enum timer { T_RETRY, T_NEW_HANDSHAKE, T_KEEPALIVE, T_PERSISTENT, T_MAX };

struct wg_model_peer {
	bool given; /* by the administrator */
	struct endpoint endpoint;
	uint16_t keepalive_s;
	size_t nprefixes;
	struct prefix prefixes[MAX_PREFIXES];
	int64_t handshake_ns; /* 0: never */
	uint64_t rx_bytes, tx_bytes;

	struct session cur, prev, next;
	uint64_t handshake_id; /* of our initiation; 0 none under way */
	int64_t sent_handshake_ns;
	int64_t seen_initiation_ns, stamp_ns;
	unsigned int attempts;
	bool last_minute;
	bool another_keepalive;
	int64_t timers[T_MAX]; /* INT64_MAX: not running */
	int64_t scheduled_ns;
	size_t nstaged;
	struct inner *staged[MAX_STAGED];
};

struct wg_model_peer *
device_add(struct sim *s, struct host *h, uint32_t peer, bool given);
void device_remove(struct sim *s, struct host *h, uint32_t peer);
/* Removed and added again, with all that was set, at e. */
struct wg_model_peer *device_remake(
    struct sim *s, struct host *h, uint32_t peer, const struct endpoint *e);
/* Moves it from whoever holds it: *from is that one, or UINT32_MAX. */
void device_allow(
    struct host *h, uint32_t peer, const struct prefix *p, uint32_t *from);
void device_disallow(struct host *h, uint32_t peer, const struct prefix *p);
/* Whose prefix matches best; UINT32_MAX. */
uint32_t device_route(const struct host *h, const struct addr *dst);
/* Takes the packet over. */
void device_send(struct sim *s, struct host *h, struct inner *in);
void device_receive(struct sim *s, struct host *h, struct packet *pk);
void device_timer(struct sim *s, struct host *h, uint32_t peer);
void device_clear(struct sim *s, struct host *h);

/*
 * helper.c: what the privileged process does.
 */
struct answer;
void helper_do(struct sim *s, struct host *h, const struct action *act);
void helper_check(struct sim *s, struct host *h, const struct inner *in);
void helper_answer(struct sim *s, struct host *h, struct answer *a);
void helper_answer_free(struct answer *a);
/* Sends a group to the host of that index; its tag is made here, a wrong one
 * unless good. */
void helper_send_group(
    struct sim *s, struct host *h, uint32_t to, struct group *g, bool good);

/*
 * host.c
 */
struct count {
	uint64_t ops; /* changes asked for */
	uint64_t events; /* each a line of log */
	uint64_t sends; /* datagrams to peers */
	uint64_t bytes; /* of those */
	uint64_t wakes; /* of its process */
	uint64_t third; /* packets to where no host is */
	uint64_t strangers; /* keys that no host has, taken for members */
};

struct host {
	uint32_t index;
	struct key key;
	struct addr auto_addr;
	bool router;
	bool hostile; /* hostile.c instead of a core */
	bool plain; /* announces nothing, and nobody to it */
	uint64_t extended_to_plain; /* facts that it must not get */
	bool revoked;
	int64_t revoked_ns;
	bool full_address; /* its tunnel address is a /32 */
	struct addr tunnel[2]; /* IPv4 and IPv6 */
	size_t ntunnel;
	size_t nlocal;
	struct local local[MAX_LOCAL];

	struct wg_model_peer *peers[MAX_NODES];
	bool userspace; /* counts what it then throws away */
	int64_t boot_off_ns, wall_off_ns;
	bool suspended;
	int64_t resume_ns;

	struct node *core; /* NULL while it doesn't run */
	uint64_t gen; /* of the core */
	int64_t started_ns;
	int64_t wake_at_ns; /* of the earliest event for it; INT64_MAX none */
	unsigned int under_way;
	unsigned int idle_wakes; /* in a row */
	struct rate gets;
	struct privd_conf conf;
	struct ledger ledger;
	struct endpoint_rate rate;
	struct count count;
};

void host_init(struct sim *s, struct host *h);
void host_start(struct sim *s, struct host *h);
void host_stop(struct host *h);
void host_free(struct sim *s, struct host *h);
int64_t host_now(const struct sim *s, const struct host *h);
int64_t host_wall(const struct sim *s, const struct host *h);
/* Does all that the core wants done now. */
void host_pump(struct sim *s, struct host *h);
void host_datagram(struct sim *s, struct host *h, const struct inner *in);
/* An inner packet for this host itself, or to be forwarded. */
void host_receive(struct sim *s, struct host *h, struct inner *in);
void host_wake(struct sim *s, struct host *h);
struct m_link host_link(const struct host *h);
size_t host_addrs(const struct host *h, struct m_addr *out);

/*
 * scenario.c: who is there, and what goes wrong.
 */
enum fault_kind {
	F_RESTART,
	F_KILL,
	F_SUSPEND,
	F_CUT, /* pairs, both ways */
	F_CUT_ONE_WAY,
	F_CUT_PRIVATE, /* their local networks only */
	F_ROUTER_DEAD, /* not to be reached by anybody */
	F_REVOKE,
	F_KINDS,
};

struct fault {
	enum fault_kind kind;
	int64_t from_ns, to_ns;
	bool begun, over;
	uint32_t host; /* or the pair's first */
	bool hit[MAX_NODES]; /* cut from host */
};

void scenario_make(struct sim *s);
void scenario_lab(struct sim *s, int64_t delay_ns, double loss, size_t dead);
void
scenario_flow(struct sim *s, uint32_t from, uint32_t to, int64_t period_ns);
void
scenario_add_faults(struct sim *s, int64_t from_ns, int64_t to_ns, size_t n);
void scenario_fault(struct sim *s, struct fault *f);
void scenario_add_fault(struct sim *s, const struct fault *f);
/* Where the host is to be reached by all; its only address of net 0. */
struct endpoint public_endpoint(const struct host *h);

/*
 * hostile.c
 */
size_t hostile_kinds(void);
/* One kind of attack; tells how it went. False when something broke. */
bool hostile_run(struct sim *s, uint64_t seed, size_t kind, int verbose);

/*
 * rogue.c: members that were taken over.
 */
#define ROGUE_BEGIN_NS (100 * SECOND_NS) /* before that they behave */
struct say;
struct rogue_kind {
	const char *name;
	void (*say)(struct say *);
	uint32_t rogues;
	unsigned int rate; /* times the usual one */
	int cut_s; /* of some paths of the others */
	enum trust trust; /* that all give the last of them; Untrusted: none */
};
/* NULL past the last. */
const struct rogue_kind *rogue_kind(size_t kind);
void rogue_start(struct sim *s, struct host *h);
void rogue_stop(struct host *h);
void rogue_act(struct sim *s, struct host *h);
void rogue_receive(struct sim *s, struct host *h, const struct inner *in);

/*
 * silent.c: daemons that stop while WireGuard goes on. False when something
 * broke, which it tells.
 */
bool silent_run(struct sim *s, uint64_t seed, int verbose);

/*
 * mixed.c: nodes that know no extension.
 */
bool mixed_run(struct sim *s, uint64_t seed, int verbose);
/* Are capabilities said between these two? */
bool mixed_announces(
    const struct sim *s, const struct host *h, const struct key *to);

/*
 * figures.c: how fast, how quiet.
 */
void figures(struct sim *s);

/*
 * main.c
 */
/* Bytes that the program has allocated. */
size_t sim_in_use(void);
/* A router and leaves in one subnet, started at once, in which each way
 * takes delay_ns and loses that much; each host has some local addresses of
 * subnets that all have, and that reach nobody. */
void sim_lab(struct sim *s, uint64_t seed, uint32_t nodes, int64_t delay_ns,
    double loss, size_t dead);
/* Packets between hosts 1 and 2, both ways. */
void sim_lab_flows(struct sim *s, int64_t period_ns);
/* With as many routers; those of two know all leaves, each for a family. */
void sim_routers(
    struct sim *s, uint64_t seed, uint32_t nodes, size_t routers, int verbose);
/* nodes 0: as the seed wants it. */
void sim_init(struct sim *s, uint64_t seed, uint32_t nodes, int verbose);
void sim_clear(struct sim *s);
void run_until(struct sim *s, int64_t end_ns);

/*
 * check.c: what has to hold.
 */
struct flow {
	uint32_t from, to;
	size_t family; /* index of the tunnel address */
	int64_t period_ns;
	int64_t start_ns;
	int64_t arrived_ns; /* the last one, or the last excuse */
	bool direct; /* has to be, without the router */
	int64_t router_ns; /* when that could last be reached */
	int64_t checked_ns;
};

void check_flow_sent(struct sim *s, struct flow *f);
void check_flow_arrived(struct sim *s, uint32_t flow, uint32_t at);
void check_all(struct sim *s);
void check_end(struct sim *s);
void check_moved(struct sim *s, struct host *h, uint32_t peer);
void check_direct(struct sim *s, struct host *h, uint32_t peer, bool direct);
bool check_converged(const struct sim *s);
void
fail(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct sim {
	uint64_t seed;
	uint64_t random[4];
	int64_t now_ns;
	int64_t end_ns;
	int verbose;
	bool churn;
	size_t hostile_kind;
	bool hostile_idle; /* behaves, all the time */
	int64_t hostile_end_ns;
	bool failed;
	char why[256];
	struct queue queue;
	uint64_t ids;

	size_t n;
	size_t nrouters;
	struct host hosts[MAX_NODES];
	struct path paths[MAX_NODES][MAX_NODES];
	int nnets;

	size_t nflows;
	struct flow flows[MAX_FLOWS];
	size_t nfaults;
	struct fault faults[MAX_FAULTS];

	bool pair_direct[MAX_NODES][MAX_NODES];
	unsigned int pair_flips[MAX_NODES][MAX_NODES];
	unsigned int pair_faults[MAX_NODES][MAX_NODES];
	int64_t last_fault_ns; /* all faults are over since */
	int64_t converged_ns; /* -1: not yet, after last_fault_ns */
	int64_t first_ns; /* the first time; -1 */
	int64_t worst_gap_ns;
	uint64_t sent, arrived;
};

#endif
