/* Why, candidates and events as JSON. See json.h. */
#include "common/log.h"
#include "netd/ctl/json.h"
#include "netd/ctl/show.h"
#include "netd/fact.h"

static void
put_name(struct json_object *o, const uint8_t *name, size_t len)
{
	char text[CTL_NAME_MAX * 4 + 1];

	if (len > 0)
		json_put_str(
		    o, "name", log_escape(name, len, text, sizeof(text)));
}

static struct json_object *
json_condition(const struct ctl_why *m)
{
	static const char *const answers[] = {
	    [CTL_NO] = "no", [CTL_YES] = "yes", [CTL_SKIP] = "skip"};
	struct json_object *o = json_object_new_object();

	json_put_str(o, "condition", cond_code(m->cond));
	json_put_str(o, "question", cond_text(m->cond));
	json_put_str(o, "answer", answers[m->answer]);
	if (m->answer == CTL_NO)
		json_put_str(o, "reason", reason_code(m->reason));
	if (m->has_other)
		json_put_key(o, "other", &m->other);
	json_put_endpoint(o, "endpoint", &m->endpoint);
	json_put_prefix(o, "prefix", &m->prefix);
	if (m->rule != 0)
		json_put_int(o, "rule", m->rule);
	if (m->needs != 0) {
		json_put_int(o, "sources", m->has);
		json_put_int(o, "sources_needed", m->needs);
	}
	if (m->has_age)
		json_put_int(o, "age_s", m->age_s);
	return o;
}

static struct json_object *
json_candidate(const struct ctl_candidate *m)
{
	struct json_object *o = json_object_new_object();

	json_put_endpoint(o, "endpoint", &m->endpoint);
	json_put_bool(o, "current", m->current);
	json_put_bool(o, "stated", m->stated);
	json_put_bool(o, "usable", m->usable);
	json_put_bool(o, "worked", m->worked);
	json_put_bool(o, "waiting", m->waiting);
	if (m->tried)
		json_put_int(o, "tried_age_s", m->tried_age_s);
	if (m->has_source)
		json_put_key(o, "source", &m->source);
	return o;
}

struct json_object *
json_event(const struct ctl_event *m)
{
	struct json_object *o = json_object_new_object();

	json_put_str(o, "event", event_name(m->code));
	json_put_key(o, "public_key", &m->key);
	put_name(o, m->name, m->name_len);
	if (m->reason != REASON_NONE)
		json_put_str(o, "reason", reason_code(m->reason));
	json_put_endpoint(o, "endpoint", &m->endpoint);
	json_put_prefix(o, "prefix", &m->prefix);
	if (m->rule != 0)
		json_put_int(o, "rule", m->rule);
	if (m->attr != 0)
		json_put_str(
		    o, "attribute", fact_attr_name((enum attr)m->attr));
	if (m->has_other)
		json_put_key(o, "source", &m->other);
	if (m->code == EV_ROUTER)
		json_put_bool(o, "router", m->yes);
	return o;
}

static struct json_object *
json_past(const struct ctl_event *m)
{
	struct json_object *o = json_event(m);

	json_put_int(o, "times", m->times);
	json_put_int(o, "first_age_s", m->first_age_s);
	json_put_int(o, "last_age_s", m->last_age_s);
	return o;
}

int
ctl_print_why_json(const struct ctl_answer *a, const struct key *key,
    bool conditions, FILE *out)
{
	struct json_object *o = json_object_new_object(), *list;
	const struct ctl_why *no = ctl_first_no(a);
	const struct ctl_name *name = ctl_find_name(a, key);

	json_put_int(o, "version", JSON_VERSION);
	if (a->has_self)
		json_object_object_add(o, "self", json_self(&a->self));
	json_put_key(o, "public_key", key);
	if (name != NULL)
		put_name(o, name->name, name->name_len);
	if (conditions) {
		json_put_bool(o, "direct", no == NULL);
		json_put_str(o, "reason",
		    reason_code(no != NULL ? no->reason : REASON_NONE));
		list = json_object_new_array();
		for (size_t i = 0; i < a->nwhys; i++)
			json_object_array_add(
			    list, json_condition(&a->whys[i]));
		json_object_object_add(o, "conditions", list);
	}
	list = json_object_new_array();
	for (size_t i = 0; i < a->ncandidates; i++)
		json_object_array_add(list, json_candidate(&a->candidates[i]));
	json_object_object_add(o, "candidates", list);
	if (conditions) {
		list = json_object_new_array();
		for (size_t i = 0; i < a->nevents; i++)
			json_object_array_add(list, json_past(&a->events[i]));
		json_object_object_add(o, "events", list);
	}
	return json_print(o, JSON_C_TO_STRING_PRETTY, out);
}

static struct json_object *
json_takes(uint8_t bits)
{
	struct json_object *o = json_object_new_object();

	json_put_bool(o, "endpoints", (bits & CTL_TAKES_ENDPOINT) != 0);
	json_put_bool(o, "allowed_ips", (bits & CTL_TAKES_ALLOWED) != 0);
	json_put_bool(o, "members", (bits & CTL_TAKES_MEMBER) != 0);
	return o;
}

int
ctl_print_trust_json(
    const struct ctl_answer *a, const struct key *key, FILE *out)
{
	static const char *const by[] = {
	    [CTL_BY_NOTHING] = "nothing",
	    [CTL_BY_CONF] = "configuration",
	    [CTL_BY_ROUTER] = "router",
	    [CTL_BY_DEVICE] = "device",
	    [CTL_BY_DELEGATE] = "delegate",
	};
	struct json_object *o = json_object_new_object();

	json_put_int(o, "version", JSON_VERSION);
	if (a->has_self)
		json_object_object_add(o, "self", json_self(&a->self));
	json_put_key(o, "public_key", key);
	if (a->ntrusts > 0) {
		if (a->trusts->level != TRUST_UNSET)
			json_put_str(o, "trust", trust_name(a->trusts->level));
		json_put_str(o, "by", by[a->trusts->by]);
		if (a->trusts->by == CTL_BY_DELEGATE)
			json_put_key(o, "delegate", &a->trusts->lender);
		json_object_object_add(
		    o, "of_peers", json_takes(a->trusts->known));
		json_object_object_add(
		    o, "of_others", json_takes(a->trusts->unknown));
		json_put_int(o, "facts", a->trusts->nfacts);
		json_put_int(o, "quorum", a->trusts->quorum);
		json_put_int(o, "sources", a->trusts->sources);
	}
	return json_print(o, JSON_C_TO_STRING_PRETTY, out);
}
