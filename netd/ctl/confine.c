/* wirelinkctl's own sandbox: it often runs as root, and what it reads comes
 * from a process that reads what comes from other hosts. See client.h. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "netd/ctl/client.h"
#include "netd/filter.h"

int
ctl_confine(FILE *err)
{
	/* The time zone's file is out of reach afterwards. */
	tzset();
	/* A kernel without Landlock is one fence less. */
	if (sandbox_no_dump() == -1 || sandbox_no_new_privs() == -1 ||
	    sandbox_landlock(NULL, 0, -1, false) == -1 ||
	    seccomp_apply(&ctl_filter, SANDBOX_ENFORCE) == -1) {
		fprintf(err, "wirelinkctl: sandbox: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}
