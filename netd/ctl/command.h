/* wirelinkctl's command line. */
#ifndef NETD_CTL_COMMAND_H
#define NETD_CTL_COMMAND_H

#include <stdio.h>

#include "netd/ctl/show.h"

/* Exit codes. */
#define CTL_OK	    0
#define CTL_FAILED  1
#define CTL_USAGE   2
#define CTL_IS_NOT  3 /* why: the peer is not direct */
#define CTL_NO_PEER 4 /* or more than one */

struct ctl_view;

struct ctl_options {
	const char *rundir;
	const char *ifname; /* NULL: the only one */
	bool json;
	struct ctl_style style;
	enum ctl_what what;
	bool confine; /* go into the sandbox before asking */
	const struct ctl_view *view; /* NULL: what counts */
	unsigned int interval_s; /* top: 0, or between two tables */
	struct ctl_rates *rates; /* top: of the table before */
	const char *format; /* graph: NULL, or of the picture */
	const char *basic; /* export: NULL, or for which peer */
	const char *file; /* of a view that takes one */
	const char *output; /* eject: the file; NULL: the usual one */
	bool force; /* eject: over a file that is there */
	const char *peer; /* NULL: what is asked for is of none */
	bool does; /* deed and level, and not what */
	enum ctl_deed deed;
	enum ctl_level level;
};

/* CTL_OK, or CTL_USAGE with lines on err. */
int ctl_options(int argc, char **argv, struct ctl_options *o, FILE *err);
int ctl_run(const struct ctl_options *o, FILE *out, FILE *err);
#endif
