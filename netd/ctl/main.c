/* wirelinkctl: shows what a running wirelinkd knows. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netd/ctl/command.h"
#include "netd/ctl/show.h"

extern char **environ;

/* NO_COLOR, set to anything but nothing: no-color.org. */
static bool
no_colour(void)
{
	for (char **e = environ; *e != NULL; e++) {
		if (strncmp(*e, "NO_COLOR=", 9) == 0 && (*e)[9] != '\0')
			return true;
	}
	return false;
}

int
main(int argc, char **argv)
{
	struct ctl_options o = {.rundir = CTL_RUNDIR, .confine = true};
	int rv = ctl_options(argc, argv, &o, stderr);

	if (rv != 0)
		return rv;
	o.style.colour = isatty(STDOUT_FILENO) && !no_colour();
	rv = ctl_run(&o, stdout, stderr);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("wirelinkctl: write");
		return CTL_FAILED;
	}
	return rv;
}
