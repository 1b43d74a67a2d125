/* Views as records. See answer.h. */
#include <string.h>

#include "netd/answer.h"
#include "netd/boxes.h"

struct asked {
	const struct node *n;
	const struct key *key;
	int64_t now_ns;
	size_t *next; /* the next record: where positions have none, later */
};

static bool
put_self(struct wbuf *w, const struct asked *a, size_t i)
{
	struct self_view v;
	struct ctl_self m = {0};

	if (i > 0)
		return false;
	node_self(a->n, a->now_ns, &v);
	m.key = v.key;
	strlcpy(m.ifname, v.ifname, sizeof(m.ifname));
	m.auto_addr = v.auto_addr;
	m.listen_port = v.listen_port;
	m.port = v.port;
	m.up = v.up;
	m.router = v.router;
	m.observe = v.observe;
	memcpy(m.boot_id, v.boot_id, sizeof(m.boot_id));
	m.npeers = (uint32_t)v.npeers;
	m.nfacts = (uint32_t)v.nfacts;
	strlcpy(m.build, WIRELINK_VERSION, sizeof(m.build));
	enc_ctl_self(w, &m);
	return true;
}

static enum ctl_path
path_of(enum peer_path path)
{
	switch (path) {
	case PATH_DIRECT:
		return CTL_PATH_DIRECT;
	case PATH_ROUTER:
		return CTL_PATH_VIA;
	case PATH_SELF_ROUTER:
		return CTL_PATH_ROUTER;
	case PATH_NONE:
		break;
	}
	return CTL_PATH_NONE;
}

static bool
put_peer(struct wbuf *w, const struct asked *a, size_t i)
{
	static struct ctl_peer m;
	struct peer_view v;

	if (!node_peer(a->n, a->now_ns, i, &v))
		return false;
	m.key = v.key;
	m.name_len = v.name_len < CTL_NAME_MAX ? v.name_len : CTL_NAME_MAX;
	if (m.name_len > 0)
		memcpy(m.name, v.name, m.name_len);
	m.trust = v.trust;
	m.path = path_of(v.path);
	m.via = v.via;
	m.endpoint = v.endpoint;
	m.has_handshake = v.handshake_age_ns >= 0;
	m.handshake_age_s = v.handshake_age_ns / SECOND_NS;
	m.alive = v.alive_for_ns > 0;
	m.alive_for_s = v.alive_for_ns / SECOND_NS;
	m.has_rtt = v.rtt_ns >= 0;
	m.rtt_us = v.rtt_ns / 1000;
	m.rx_bytes = v.rx_bytes;
	m.tx_bytes = v.tx_bytes;
	m.healthy = v.healthy;
	m.basic = v.basic;
	m.configured = v.configured;
	m.introduced = v.introduced;
	m.extended = v.extended;
	m.ncandidates = (uint16_t)v.ncandidates;
	m.nheld = (uint16_t)v.nprefixes;
	m.nprefixes =
	    v.nprefixes < CTL_MAX_PREFIXES ? v.nprefixes : CTL_MAX_PREFIXES;
	if (m.nprefixes > 0)
		memcpy(m.prefixes, v.prefixes,
		    m.nprefixes * sizeof(m.prefixes[0]));
	enc_ctl_peer(w, &m);
	return true;
}

static bool
put_fact(struct wbuf *w, const struct asked *a, size_t i)
{
	struct fact_view v;
	struct ctl_fact m = {0};

	if (!node_fact(a->n, a->now_ns, i, &v))
		return false;
	m.attr = (uint8_t)v.fact.attr;
	m.ttl_s = v.fact.ttl_s;
	m.subject = v.fact.subject;
	m.local = v.local;
	m.source = v.source;
	m.len = v.fact.len < CTL_VALUE_MAX ? v.fact.len : CTL_VALUE_MAX;
	if (m.len > 0)
		memcpy(m.value, v.fact.value, m.len);
	enc_ctl_fact(w, &m);
	return true;
}

static bool
put_counter(struct wbuf *w, const struct asked *a, size_t i)
{
	struct counter_view v;
	struct ctl_counter m;

	if (!node_counter(a->n, i, &v))
		return false;
	strlcpy(m.name, v.name, sizeof(m.name));
	m.value = v.value;
	enc_ctl_counter(w, &m);
	return true;
}

static size_t
copy_name(uint8_t out[CTL_NAME_MAX], const uint8_t *name, size_t len)
{
	if (name == NULL)
		return 0;
	if (len > CTL_NAME_MAX)
		len = CTL_NAME_MAX;
	memcpy(out, name, len);
	return len;
}

static bool
put_name(struct wbuf *w, const struct asked *a, size_t i)
{
	struct name_view v;
	struct ctl_name m = {0};

	if (!node_name(a->n, i, &v))
		return false;
	m.key = v.key;
	m.name_len = copy_name(m.name, v.name, v.name_len);
	m.on_device = v.on_device;
	enc_ctl_name(w, &m);
	return true;
}

static enum ctl_answer_is
answer_is(enum why_answer answer)
{
	switch (answer) {
	case ANSWER_NO:
		return CTL_NO;
	case ANSWER_YES:
		return CTL_YES;
	case ANSWER_SKIP:
		break;
	}
	return CTL_SKIP;
}

static bool
put_why(struct wbuf *w, const struct asked *a, size_t i)
{
	struct why_view v;
	struct ctl_why m = {0};

	if (!node_why(a->n, a->now_ns, a->key, i, &v))
		return false;
	m.cond = v.cond;
	m.answer = answer_is(v.answer);
	m.reason = v.reason;
	m.has_other = v.has_other;
	m.other = v.other;
	m.endpoint = v.endpoint;
	m.prefix = v.prefix;
	m.rule = v.rule;
	m.has = v.has;
	m.needs = v.needs;
	m.has_age = v.age_ns >= 0;
	m.age_s = v.age_ns / SECOND_NS;
	enc_ctl_why(w, &m);
	return true;
}

static bool
put_candidate(struct wbuf *w, const struct asked *a, size_t i)
{
	struct candidate_view v;
	struct ctl_candidate m = {0};

	if (!node_candidate(a->n, a->now_ns, a->key, i, &v))
		return false;
	m.endpoint = v.endpoint;
	m.current = v.current;
	m.stated = v.stated;
	m.usable = v.usable;
	m.worked = v.worked;
	m.waiting = v.waiting;
	m.tried = v.tried_age_ns >= 0;
	m.tried_age_s = v.tried_age_ns / SECOND_NS;
	m.has_source = v.has_source;
	m.source = v.source;
	enc_ctl_candidate(w, &m);
	return true;
}

static bool
put_history(struct wbuf *w, const struct asked *a, size_t i)
{
	struct history_view v;
	struct ctl_event m = {0};

	if (!node_history(a->n, a->now_ns, a->key, i, &v))
		return false;
	m.code = v.code;
	m.reason = v.reason;
	m.key = *a->key;
	m.endpoint = v.endpoint;
	m.prefix = v.prefix;
	m.rule = v.rule;
	m.times = v.times;
	m.first_age_s = v.first_age_ns / SECOND_NS;
	m.last_age_s = v.last_age_ns / SECOND_NS;
	enc_ctl_event(w, &m);
	return true;
}

static bool
put_sandbox(struct wbuf *w, const struct asked *a, size_t i)
{
	const struct sandbox_state *s = boxes_get(i);

	(void)a;
	if (s == NULL)
		return false;
	enc_sandbox(w, s);
	return true;
}

static uint8_t
takes(const bool is[3])
{
	return (uint8_t)((is[0] ? CTL_TAKES_ENDPOINT : 0) |
	    (is[1] ? CTL_TAKES_ALLOWED : 0) | (is[2] ? CTL_TAKES_MEMBER : 0));
}

static bool
put_trust(struct wbuf *w, const struct asked *a, size_t i)
{
	struct trust_view v;
	struct ctl_trust m = {.key = *a->key};

	if (i > 0)
		return false;
	node_trust(a->n, a->key, &v);
	m.level = v.level;
	if (v.on_device)
		m.by = v.configured ? CTL_BY_CONF
		    : v.lent	    ? CTL_BY_DELEGATE
		    : v.router	    ? CTL_BY_ROUTER
				    : CTL_BY_DEVICE;
	m.lender = v.lender;
	m.known = takes(v.known);
	m.unknown = takes(v.unknown);
	m.nfacts = (uint32_t)v.nfacts;
	m.quorum = v.quorum;
	m.sources = (uint16_t)v.sources;
	enc_ctl_trust(w, &m);
	return true;
}

static bool
put_plan(struct wbuf *w, const struct asked *a, size_t i)
{
	struct plan_view v;
	struct ctl_plan m = {0};

	if (!node_plan(a->n, a->now_ns, &i, &v))
		return false;
	*a->next = i;
	m.change = v.change;
	m.key = v.key;
	m.has_other = v.has_other;
	m.other = v.other;
	m.endpoint = v.endpoint;
	m.prefix = v.prefix;
	m.basis = v.basis;
	m.has_source = v.has_source;
	m.source = v.source;
	m.attr = (uint8_t)v.attr;
	m.reason = v.reason;
	m.rule = v.rule;
	enc_ctl_plan(w, &m);
	return true;
}

static bool
put_policy(struct wbuf *w, const struct asked *a, size_t i)
{
	struct policy_view v;
	struct ctl_policy m = {0};

	if (i > 0)
		return false;
	node_policy(a->n, &v);
	m.membership = v.membership;
	m.conf = *v.conf;
	m.has_device = v.has_device;
	m.npeers = (uint32_t)v.npeers;
	m.nadded = (uint32_t)v.nadded;
	enc_ctl_policy(w, &m);
	return true;
}

static bool
put_right(struct wbuf *w, const struct asked *a, size_t i)
{
	static const enum ctl_right_kind kinds[] = {
	    [RIGHT_INTERFACE] = CTL_RIGHT_INTERFACE,
	    [RIGHT_HOME] = CTL_RIGHT_HOME,
	    [RIGHT_CONFIGURED] = CTL_RIGHT_CONFIGURED,
	    [RIGHT_WITHDRAWN] = CTL_RIGHT_WITHDRAWN,
	    [RIGHT_LENT] = CTL_RIGHT_LENT,
	};
	struct right_view v;
	struct ctl_right m = {0};

	if (!node_right(a->n, i, &v))
		return false;
	m.kind = kinds[v.right];
	m.key = v.key;
	m.prefix = v.prefix;
	enc_ctl_right(w, &m);
	return true;
}

struct part {
	enum msg_type type;
	/* Writes the i-th record; false past the end. */
	bool (*put)(struct wbuf *w, const struct asked *a, size_t i);
};

static const struct part self = {MSG_CTL_SELF, put_self};
static const struct part peers = {MSG_CTL_PEER, put_peer};
static const struct part facts = {MSG_CTL_FACT, put_fact};
static const struct part counters = {MSG_CTL_COUNTER, put_counter};
static const struct part sandboxes = {MSG_CTL_SANDBOX, put_sandbox};
static const struct part names = {MSG_CTL_NAME, put_name};
static const struct part whys = {MSG_CTL_WHY, put_why};
static const struct part candidates = {MSG_CTL_CANDIDATE, put_candidate};
static const struct part trusts = {MSG_CTL_TRUST, put_trust};
static const struct part plans = {MSG_CTL_PLAN, put_plan};
static const struct part policies = {MSG_CTL_POLICY, put_policy};
static const struct part rights = {MSG_CTL_RIGHT, put_right};
static const struct part histories = {MSG_CTL_EVENT, put_history};

#define PARTS 4
static const struct {
	enum ctl_what what;
	const struct part *part[PARTS + 1];
} answers[] = {
    {CTL_PEERS, {&self, &peers}},
    {CTL_FACTS, {&self, &facts}},
    {CTL_COUNTERS, {&counters}},
    {CTL_SELF_ONLY, {&self}},
    {CTL_SANDBOXES, {&self, &sandboxes}},
    {CTL_NAMES, {&names}},
    {CTL_WHY, {&self, &whys, &candidates, &histories}},
    {CTL_CANDIDATES, {&self, &candidates}},
    {CTL_MONITOR, {&self}},
    {CTL_TRUST, {&self, &trusts}},
    {CTL_PLAN, {&self, &plans}},
    {CTL_POLICY, {&self, &policies, &rights}},
};

static const struct part *
part_of(const struct answer *a)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].what == a->get.what)
			return answers[i].part[a->part];
	}
	return NULL;
}

void
answer_start(struct answer *a, const struct ctl_get *get)
{
	memset(a, 0, sizeof(*a));
	a->get = *get;
}

enum msg_type
answer_record(
    struct answer *a, const struct node *n, int64_t now_ns, struct wbuf *w)
{
	struct asked asked = {n, &a->get.key, now_ns, &a->next};
	const struct part *part;

	while ((part = part_of(a)) != NULL) {
		if (part->put(w, &asked, a->next))
			return part->type;
		a->part++;
		a->next = 0;
	}
	wbuf_u32(w, 0);
	return MSG_CTL_END;
}

void
answer_sent(struct answer *a)
{
	a->next++;
}

void
answer_event(struct ctl_event *m, const struct node *n, const struct event *ev)
{
	struct name_view v;

	memset(m, 0, sizeof(*m));
	m->code = ev->code;
	m->reason = ev->reason;
	m->key = ev->key;
	m->has_other =
	    ev->code == EV_FACT_REFUSED || (ev->code == EV_TRUST && ev->yes);
	m->other = ev->other;
	m->attr = (uint8_t)ev->attr;
	m->endpoint = ev->endpoint;
	m->prefix = ev->prefix;
	m->rule = ev->result.rule;
	m->yes = ev->yes;
	m->times = 1;
	for (size_t i = 0; node_name(n, i, &v); i++) {
		if (!key_eq(&v.key, &ev->key))
			continue;
		m->name_len = copy_name(m->name, v.name, v.name_len);
		break;
	}
}
