/* Records of an answer, kept until all are there. See show.h. */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "netd/ctl/show.h"
#include "netd/fact.h"

/* Room for one more, of at most max, in an array that grows by doubling. */
static bool
one_more(void **array, size_t n, size_t max, size_t size)
{
	void *grown;

	if (n == max)
		return false;
	if (n != 0 && (n & (n - 1)) != 0)
		return true;
	grown = reallocarray(*array, n == 0 ? 1 : n * 2, size);
	if (grown == NULL)
		return false;
	*array = grown;
	return true;
}

/* A function that takes one record of a kind into its array. */
#define GATHER(one, many, max)                                                 \
	static int take_##one(struct ctl_answer *a, const struct msg *m)       \
	{                                                                      \
		void *array = a->many;                                         \
		bool room =                                                    \
		    one_more(&array, a->n##many, max, sizeof(*a->many));       \
                                                                               \
		a->many = array;                                               \
		if (!room)                                                     \
			return -1;                                             \
		return dec_ctl_##one(                                          \
		    m->payload, m->len, &a->many[a->n##many++]);               \
	}

GATHER(peer, peers, CTL_MAX_PEERS)
GATHER(fact, facts, CTL_MAX_FACTS)
GATHER(counter, counters, CTL_MAX_COUNTERS)
#define dec_ctl_sandbox dec_sandbox
GATHER(sandbox, sandboxes, CTL_MAX_BOXES)
GATHER(name, names, CTL_MAX_NAMES)
GATHER(why, whys, CTL_MAX_WHYS)
GATHER(candidate, candidates, CTL_MAX_CANDS)
GATHER(event, events, CTL_MAX_EVENTS)
GATHER(trust, trusts, CTL_MAX_TRUSTS)
GATHER(plan, plans, CTL_MAX_PLANS)
GATHER(policy, policies, CTL_MAX_POLICIES)
GATHER(right, rights, CTL_MAX_RIGHTS)

int
ctl_gather(void *arg, const struct msg *m)
{
	struct ctl_answer *a = arg;

	switch (m->type) {
	case MSG_CTL_SELF:
		a->has_self = true;
		return dec_ctl_self(m->payload, m->len, &a->self);
	case MSG_CTL_PEER:
		return take_peer(a, m);
	case MSG_CTL_FACT:
		return take_fact(a, m);
	case MSG_CTL_COUNTER:
		return take_counter(a, m);
	case MSG_CTL_SANDBOX:
		return take_sandbox(a, m);
	case MSG_CTL_NAME:
		return take_name(a, m);
	case MSG_CTL_WHY:
		return take_why(a, m);
	case MSG_CTL_CANDIDATE:
		return take_candidate(a, m);
	case MSG_CTL_EVENT:
		return take_event(a, m);
	case MSG_CTL_POLICY:
		return take_policy(a, m);
	case MSG_CTL_RIGHT:
		return take_right(a, m);
	case MSG_CTL_TRUST:
		return take_trust(a, m);
	case MSG_CTL_PLAN:
		return take_plan(a, m);
	default:
		return -1;
	}
}

void
ctl_answer_clear(struct ctl_answer *a)
{
	free(a->peers);
	free(a->facts);
	free(a->counters);
	free(a->sandboxes);
	free(a->names);
	free(a->whys);
	free(a->candidates);
	free(a->events);
	free(a->trusts);
	free(a->plans);
	free(a->policies);
	free(a->rights);
	memset(a, 0, sizeof(*a));
}

const char *
ctl_age(int64_t s, char out[24])
{
	static const struct {
		int64_t s;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (s >= 2 * units[i].s) {
			snprintf(out, 24, "%lld%c", (long long)(s / units[i].s),
			    units[i].unit);
			return out;
		}
	}
	snprintf(out, 24, "%llds", (long long)s);
	return out;
}

const char *
ctl_process_name(enum sandbox_process process)
{
	static const char *const names[] = {
	    [SANDBOX_PRIVD] = "privd",
	    [SANDBOX_NETD] = "netd",
	    [SANDBOX_RESOLVER] = "resolver",
	};

	return names[process];
}

const char *
ctl_path_name(enum ctl_path path)
{
	static const char *const names[] = {
	    [CTL_PATH_NONE] = "down",
	    [CTL_PATH_DIRECT] = "direct",
	    [CTL_PATH_VIA] = "via",
	    [CTL_PATH_ROUTER] = "router",
	};

	return names[path];
}

const struct ctl_name *
ctl_find_name(const struct ctl_answer *a, const struct key *key)
{
	for (size_t i = 0; i < a->nnames; i++) {
		if (key_eq(&a->names[i].key, key))
			return &a->names[i];
	}
	return NULL;
}

const char *
ctl_peer_label(const struct ctl_answer *a, const struct key *key,
    bool full_keys, char out[80])
{
	const struct ctl_name *name = ctl_find_name(a, key);
	char text[KEY_STRLEN];

	if (!full_keys && name != NULL && name->name_len > 0)
		return log_escape(name->name, name->name_len, out, 80);
	for (size_t i = 0; i < a->npeers && !full_keys; i++) {
		const struct ctl_peer *p = &a->peers[i];

		if (key_eq(&p->key, key) && p->name_len > 0)
			return log_escape(p->name, p->name_len, out, 80);
	}
	key_format(key, text);
	if (full_keys)
		strlcpy(out, text, 80);
	else
		snprintf(out, 80, "%.8s...", text);
	return out;
}

static void
metadata_text(const struct ctl_fact *f, char *out, size_t outlen)
{
	char name[80];
	struct metadata m;

	fact_metadata(f->value, f->len, &m);
	log_escape(m.name, m.name_len, name, sizeof(name));
	snprintf(out, outlen, "%s%s%s", m.name != NULL ? name : "-",
	    m.has_basic && m.basic ? " basic" : "",
	    f->len == 0 ? " (empty)" : "");
}

const char *
ctl_fact_value(const struct ctl_fact *f, char *out, size_t outlen)
{
	char text[ENDPOINT_STRLEN > PREFIX_STRLEN ? ENDPOINT_STRLEN
						  : PREFIX_STRLEN];
	struct fact fact = {
	    .attr = (enum attr)f->attr, .value = f->value, .len = f->len};
	struct endpoint e;
	struct prefix p;

	out[0] = '\0';
	switch (fact.attr) {
	case ATTR_ENDPOINT_V4:
	case ATTR_ENDPOINT_V6:
		if (f->len != (fact.attr == ATTR_ENDPOINT_V4 ? 6 : 18))
			break;
		e = fact_endpoint(&fact);
		strlcpy(out, endpoint_format(&e, text), outlen);
		break;
	case ATTR_ALLOWED_V4:
	case ATTR_ALLOWED_V6:
		if (f->len != (fact.attr == ATTR_ALLOWED_V4 ? 5 : 17))
			break;
		p = fact_prefix(&fact);
		strlcpy(out, prefix_format(&p, text), outlen);
		break;
	case ATTR_METADATA:
		metadata_text(f, out, outlen);
		break;
	case ATTR_LINK:
		if (f->len != FACT_LINK_LEN)
			break;
		strlcpy(
		    out, f->value[f->len - 1] == 1 ? "ready" : "down", outlen);
		break;
	case ATTR_TRUST:
		if (f->len == 1)
			strlcpy(
			    out, trust_name((enum trust)f->value[0]), outlen);
		break;
	default:
		break;
	}
	return out;
}
