/* wirelinkctl plan: what would be changed, why, and what keeps it. */
#include <string.h>

#include "netd/ctl/json.h"
#include "netd/ctl/show.h"
#include "netd/fact.h"

static const char *const changes[] = {
    [CHANGE_ADD] = "add",
    [CHANGE_REMOVE] = "remove",
    [CHANGE_ENDPOINT] = "endpoint",
    [CHANGE_MOVE] = "move",
    [CHANGE_BACK] = "back",
};

static const char *const bases[] = {
    [BASIS_FACT] = "stated",
    [BASIS_CONF] = "configured",
    [BASIS_WORKED] = "worked",
    [BASIS_UNSTATED] = "unstated",
    [BASIS_DEAD] = "no-use",
};

static const char *const bases_text[] = {
    [BASIS_CONF] = "configured here",
    [BASIS_WORKED] = "it worked before",
    [BASIS_UNSTATED] = "nobody names it",
    [BASIS_DEAD] = "no use of its link",
};

static void
what_text(const struct ctl_answer *a, const struct ctl_plan *m, char out[192])
{
	char text[ENDPOINT_STRLEN], label[80];

	out[0] = '\0';
	if (m->prefix.addr.family != 0)
		strlcat(out, prefix_format(&m->prefix, text), 192);
	if (m->endpoint.addr.family != 0)
		strlcat(out, endpoint_format(&m->endpoint, text), 192);
	if (!m->has_other)
		return;
	strlcat(out, m->change == CHANGE_BACK ? " to " : " from ", 192);
	strlcat(out, ctl_peer_label(a, &m->other, false, label), 192);
}

static void
basis_text(const struct ctl_answer *a, const struct ctl_plan *m, char out[192])
{
	char label[80];

	if (m->basis != BASIS_FACT)
		strlcpy(out, bases_text[m->basis], 192);
	else
		snprintf(out, 192, "%s: %s",
		    m->has_source ? ctl_peer_label(a, &m->source, false, label)
				  : "somebody",
		    fact_attr_name((enum attr)m->attr));
}

void
ctl_print_plan(const struct ctl_answer *a, const struct ctl_style *s, FILE *out)
{
	ctl_print_self(a, s, out);
	if (a->nplans == 0) {
		fprintf(out, "Nothing is to be changed.\n");
		return;
	}
	fprintf(out, "%-9s %-14s %-34s %-26s %s\n", "CHANGE", "PEER", "WHAT",
	    "SINCE", "NOT YET");
	for (size_t i = 0; i < a->nplans; i++) {
		const struct ctl_plan *m = &a->plans[i];
		char label[80], what[192], basis[192];

		what_text(a, m, what);
		basis_text(a, m, basis);
		fprintf(out, "%-9s %-14s %-34s %-26s %s", changes[m->change],
		    ctl_peer_label(a, &m->key, s->full_keys, label), what,
		    basis, reason_code(m->reason));
		if (m->rule != 0)
			fprintf(out, ", rule %u", (unsigned int)m->rule);
		fputc('\n', out);
	}
}

static struct json_object *
json_plan(const struct ctl_plan *m)
{
	struct json_object *o = json_object_new_object();

	json_put_str(o, "change", changes[m->change]);
	json_put_key(o, "public_key", &m->key);
	json_put_endpoint(o, "endpoint", &m->endpoint);
	json_put_prefix(o, "prefix", &m->prefix);
	if (m->has_other)
		json_put_key(
		    o, m->change == CHANGE_BACK ? "to" : "from", &m->other);
	json_put_str(o, "since", bases[m->basis]);
	if (m->has_source)
		json_put_key(o, "source", &m->source);
	if (m->attr != 0)
		json_put_str(
		    o, "attribute", fact_attr_name((enum attr)m->attr));
	json_put_str(o, "reason", reason_code(m->reason));
	if (m->rule != 0)
		json_put_int(o, "rule", m->rule);
	return o;
}

int
ctl_print_plan_json(const struct ctl_answer *a, FILE *out)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();

	json_put_int(o, "version", JSON_VERSION);
	if (a->has_self)
		json_object_object_add(o, "self", json_self(&a->self));
	for (size_t i = 0; i < a->nplans; i++)
		json_object_array_add(list, json_plan(&a->plans[i]));
	json_object_object_add(o, "changes", list);
	return json_print(o, JSON_C_TO_STRING_PRETTY, out);
}
