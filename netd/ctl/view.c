/* The table of what is made of answers. See view.h. */
#include <string.h>

#include "netd/ctl/view.h"

const struct ctl_view ctl_views[] = {
    {"metrics", {CTL_PEERS, CTL_COUNTERS, CTL_NAMES}, ctl_print_metrics, NULL,
	false, false},
    {"graph", {CTL_PEERS}, ctl_print_graph, NULL, false, false},
    {"export", {CTL_PEERS, CTL_FACTS, CTL_NAMES}, ctl_print_export, NULL, false,
	false},
    {"import", {0}, NULL, ctl_import, false, false},
    {"init", {0}, NULL, ctl_init, true, false},
    {"eject", {0}, NULL, ctl_eject, false, true},
    {"top", {CTL_PEERS}, ctl_print_top, ctl_top, false, true},
    {NULL, {0}, NULL, NULL, false, false},
};

const struct ctl_view *
ctl_find_view(const char *name)
{
	for (const struct ctl_view *v = ctl_views; v->name != NULL; v++) {
		if (strcmp(v->name, name) == 0)
			return v;
	}
	return NULL;
}

static bool
peer_before(const struct ctl_answer *a, size_t n, const struct key *key)
{
	for (size_t i = 0; i < n; i++) {
		if (key_eq(&a->peers[i].key, key))
			return true;
	}
	return false;
}

void
ctl_answer_unique(struct ctl_answer *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->npeers; i++) {
		if (peer_before(a, n, &a->peers[i].key))
			continue;
		if (n != i)
			a->peers[n] = a->peers[i];
		n++;
	}
	a->npeers = n;
	n = 0;
	for (size_t i = 0; i < a->nnames; i++) {
		const struct ctl_name name = a->names[i];
		size_t all = a->nnames;
		bool known;

		a->nnames = n;
		known = ctl_find_name(a, &name.key) != NULL;
		a->nnames = all;
		if (!known)
			a->names[n++] = name;
	}
	a->nnames = n;
}
