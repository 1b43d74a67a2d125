/* wirelinkctl show policy: who has which prefix, and by what right. */
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

int
ctl_print_policy_json(const struct ctl_answer *a, FILE *out)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();

	json_put_int(o, "version", JSON_VERSION);
	json_object_object_add(o, "self", json_self(&a->self));
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
