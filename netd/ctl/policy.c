/* wirelinkctl show policy: how far the administrator lets wirelinkd go, who
 * has which prefix, and by what right. */
#include <string.h>

#include "netd/ctl/json.h"
#include "netd/ctl/show.h"

static const char *const texts[] = {
    [CTL_RIGHT_INTERFACE] = "interface",
    [CTL_RIGHT_HOME] = "home",
    [CTL_RIGHT_CONFIGURED] = "configured",
    [CTL_RIGHT_WITHDRAWN] = "withdrawn",
    [CTL_RIGHT_LENT] = "lent",
};

const char *
ctl_right_name(enum ctl_right_kind kind)
{
	return texts[kind];
}

const struct ctl_right *
ctl_right_over(const struct ctl_answer *a, const struct ctl_right *r)
{
	const struct ctl_right *best = NULL;

	for (size_t i = 0; i < a->nrights; i++) {
		const struct ctl_right *o = &a->rights[i];
		bool own = key_eq(&o->key, &r->key) &&
		    prefix_eq(&o->prefix, &r->prefix);

		if (o == r || o->kind == CTL_RIGHT_LENT ||
		    !prefix_contains(&o->prefix, &r->prefix) ||
		    (prefix_eq(&o->prefix, &r->prefix) && !own))
			continue;
		if (best == NULL || o->prefix.len > best->prefix.len)
			best = o;
	}
	return best;
}

static const char *const memberships[] = {
    [MEMBERSHIP_NONE] = "none",
    [MEMBERSHIP_CONFIGURED] = "configured",
    [MEMBERSHIP_ROUTERS] = "routers",
};

void
ctl_print_bounds(const struct ctl_policy *m, FILE *out)
{
	char text[PREFIX_STRLEN];

	fprintf(out, "Membership: %s%s\nMaxPeers: %u",
	    memberships[m->membership],
	    m->membership == MEMBERSHIP_NONE ? "; no peer is added" : "",
	    m->conf.max_peers);
	/* netd counts no further than it looks. */
	if (m->has_device)
		fprintf(out, "; %s%u on the device, %u of them added",
		    m->npeers >= CTL_MAX_PEERS ? "at least " : "",
		    (unsigned int)m->npeers, (unsigned int)m->nadded);
	fprintf(out, "\nAllowedPrefixes:%s",
	    m->conf.nallowed == 0 ? " not set; 0.0.0.0/0 and ::/0 open "
				    "nothing, other rules decide"
				  : "");
	for (size_t i = 0; i < m->conf.nallowed; i++)
		fprintf(out, "%s %s", i > 0 ? "," : "",
		    prefix_format(&m->conf.allowed[i], text));
	fprintf(out, "\n");
}

static void
put_bounds(struct json_object *o, const struct ctl_policy *m)
{
	struct json_object *list = json_object_new_array();
	char text[PREFIX_STRLEN];

	json_put_str(o, "membership", memberships[m->membership]);
	json_put_int(o, "max_peers", m->conf.max_peers);
	if (m->has_device) {
		json_put_int(o, "peers", m->npeers);
		json_put_int(o, "peers_added", m->nadded);
	}
	for (size_t i = 0; i < m->conf.nallowed; i++)
		json_object_array_add(list,
		    json_object_new_string(
			prefix_format(&m->conf.allowed[i], text)));
	json_object_object_add(o, "allowed_prefixes", list);
}

int
ctl_print_policy_json(const struct ctl_answer *a, FILE *out)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();

	json_put_int(o, "version", JSON_VERSION);
	json_object_object_add(o, "self", json_self(&a->self));
	if (a->npolicies > 0)
		put_bounds(o, a->policies);
	for (size_t i = 0; i < a->nrights; i++) {
		const struct ctl_right *r = &a->rights[i], *over = NULL;
		struct json_object *m = json_object_new_object();

		json_put_prefix(m, "prefix", &r->prefix);
		json_put_str(m, "right", ctl_right_name(r->kind));
		if (r->kind != CTL_RIGHT_INTERFACE)
			json_put_key(m, "public_key", &r->key);
		if (r->kind == CTL_RIGHT_LENT)
			over = ctl_right_over(a, r);
		if (over != NULL) {
			json_put_prefix(m, "within", &over->prefix);
			if (over->kind != CTL_RIGHT_INTERFACE)
				json_put_key(m, "of", &over->key);
		}
		json_object_array_add(list, m);
	}
	json_object_object_add(o, "prefixes", list);
	return json_print(o, JSON_C_TO_STRING_PRETTY, out);
}
