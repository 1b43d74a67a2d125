/* wirelinkctl's command line. */
#ifndef NETD_CTL_COMMAND_H
#define NETD_CTL_COMMAND_H

#include <stdio.h>

#include "netd/ctl/show.h"

/* Exit codes. */
#define CTL_OK	   0
#define CTL_FAILED 1
#define CTL_USAGE  2

struct ctl_options {
	const char *rundir;
	const char *ifname; /* NULL: the only one */
	bool json;
	struct ctl_style style;
	enum ctl_what what;
};

/* CTL_OK, or CTL_USAGE with lines on err. */
int ctl_options(int argc, char **argv, struct ctl_options *o, FILE *err);
int ctl_run(const struct ctl_options *o, FILE *out, FILE *err);
/* The word of list (up to NULL) that is nearest to word, or NULL when none
 * is near. */
const char *ctl_nearest(const char *word, const char *const *list);

#endif
