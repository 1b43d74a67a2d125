/* wirelinkctl show: gathers the records of an answer, then prints them as a
 * table or as JSON. */
#ifndef NETD_CTL_SHOW_H
#define NETD_CTL_SHOW_H

#include <stdio.h>

#include "netd/ctl/client.h"

struct ctl_answer {
	bool has_self;
	struct ctl_self self;
	size_t npeers;
	struct ctl_peer *peers;
	size_t nfacts;
	struct ctl_fact *facts;
	size_t ncounters;
	struct ctl_counter *counters;
	size_t nsandboxes;
	struct sandbox_state *sandboxes;
	size_t nnames;
	struct ctl_name *names;
	size_t nwhys;
	struct ctl_why *whys;
	size_t ncandidates;
	struct ctl_candidate *candidates;
	size_t ntrusts;
	struct ctl_trust *trusts;
	size_t nplans;
	struct ctl_plan *plans;
	size_t npolicies;
	struct ctl_policy *policies;
	size_t nrights;
	struct ctl_right *rights;
	size_t nevents;
	struct ctl_event *events;
};

/* No netd has more of them; an answer that has is refused. */
#define CTL_MAX_PEERS	 1024
#define CTL_MAX_FACTS	 16384
#define CTL_MAX_COUNTERS 256
#define CTL_MAX_BOXES	 SANDBOX_PROCESSES
#define CTL_MAX_NAMES	 2048
#define CTL_MAX_WHYS	 64
#define CTL_MAX_CANDS	 64
#define CTL_MAX_TRUSTS	 1
#define CTL_MAX_POLICIES 1
#define CTL_MAX_RIGHTS	 (1 << 20)
#define CTL_MAX_EVENTS	 256
#define CTL_MAX_PLANS	 1048576

/* A ctl_record; arg is a struct ctl_answer, zero-filled at first. */
int ctl_gather(void *arg, const struct msg *m);
void ctl_answer_clear(struct ctl_answer *a);

struct ctl_style {
	bool colour;
	bool full_keys;
};

/* Bytes that peers had sent and received at one time, to tell how many a
 * second later. Another process may have written it: any numbers are good. */
struct ctl_rates {
	int64_t now_ns; /* of the table that is to be printed */
	int64_t before_ns; /* of the one before; 0: there is none */
	size_t n;
	struct {
		struct key key;
		uint64_t rx;
		uint64_t tx;
	} peer[CTL_MAX_PEERS];
};

/* The busiest first, with what goes each way a second. r is brought up to
 * date. */
void ctl_print_rates(const struct ctl_answer *a, struct ctl_rates *r,
    const struct ctl_style *s, FILE *out);
void ctl_print_peers(
    const struct ctl_answer *a, const struct ctl_style *s, FILE *out);
void ctl_print_self(
    const struct ctl_answer *a, const struct ctl_style *s, FILE *out);
void ctl_print_facts(
    const struct ctl_answer *a, const struct ctl_style *s, FILE *out);
void ctl_print_counters(const struct ctl_answer *a, FILE *out);
void ctl_print_sandboxes(const struct ctl_answer *a, FILE *out);
const char *ctl_process_name(enum sandbox_process process);
/* One object with "version" and what the answer holds; 0, or -1 without
 * memory. */
int ctl_print_json(const struct ctl_answer *a, enum ctl_what what, FILE *out);

/* Why the peer is not direct, and what is known of its endpoints: all, or
 * the endpoints alone. */
void ctl_print_why(const struct ctl_answer *a, const struct key *key,
    const struct ctl_style *s, FILE *out);
void ctl_print_candidates(const struct ctl_answer *a, const struct key *key,
    const struct ctl_style *s, FILE *out);
int ctl_print_why_json(const struct ctl_answer *a, const struct key *key,
    bool conditions, FILE *out);
void ctl_print_trust(const struct ctl_answer *a, const struct key *key,
    const struct ctl_style *s, FILE *out);
int ctl_print_trust_json(
    const struct ctl_answer *a, const struct key *key, FILE *out);
/* What would be changed, and is not. */
void ctl_print_plan(
    const struct ctl_answer *a, const struct ctl_style *s, FILE *out);
int ctl_print_plan_json(const struct ctl_answer *a, FILE *out);
void ctl_print_policy(
    const struct ctl_answer *a, const struct ctl_style *s, FILE *out);
void ctl_print_bounds(const struct ctl_policy *m, FILE *out);
int ctl_print_policy_json(const struct ctl_answer *a, FILE *out);
const char *ctl_right_name(enum ctl_right_kind kind);
/* The nearest prefix of an interface or a home prefix that a lent one lies
 * in; NULL without. */
const struct ctl_right *
ctl_right_over(const struct ctl_answer *a, const struct ctl_right *r);
/* The first condition that does not hold; NULL when all do. */
const struct ctl_why *ctl_first_no(const struct ctl_answer *a);
/* NULL when the key has no name record. */
const struct ctl_name *
ctl_find_name(const struct ctl_answer *a, const struct key *key);
/* What an event says beyond its name: endpoint, prefix, rule, reason. out
 * holds 256 bytes. */
const char *ctl_event_detail(
    const struct ctl_answer *a, const struct ctl_event *m, char out[256]);

/* Prints events as they happen, a line each, until netd or out goes: -1. a
 * has the names of peers. */
int ctl_monitor(
    int fd, bool json, const struct ctl_answer *a, FILE *out, FILE *err);

/* "12s", "3m", "5h", "2d"; out holds 24 bytes. */
const char *ctl_age(int64_t s, char out[24]);
/* A fact's value for people; out holds outlen. */
const char *ctl_fact_value(const struct ctl_fact *f, char *out, size_t outlen);
/* A peer's name, or its key's beginning, escaped; out holds 80 bytes. */
const char *ctl_peer_label(const struct ctl_answer *a, const struct key *key,
    bool full_keys, char out[80]);
const char *ctl_path_name(enum ctl_path path);

#endif
