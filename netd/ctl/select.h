/* Which peer is meant, and what else might have been. */
#ifndef NETD_CTL_SELECT_H
#define NETD_CTL_SELECT_H

#include "netd/ctl/show.h"

/* The word of list (up to NULL) that is nearest to word, or NULL when none
 * is near. */
const char *ctl_nearest(const char *word, const char *const *list);
/* The peer that word names: by its name, its key, or a beginning of its key
 * that no other has. A whole key need not be any peer's. 0, or -1 with a line
 * on err that names the nearest. a has the records of CTL_NAMES. */
int ctl_select(
    const struct ctl_answer *a, const char *word, struct key *out, FILE *err);

#endif
