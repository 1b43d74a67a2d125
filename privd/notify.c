/* Words to the service manager. See notify.h. */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "privd/notify.h"

/* Until it is seen whether all is well again. */
#define AGAIN_NS INT64_C(1000000000)

/* Of the environment, which is cleared soon after; getenv(3) is on the list of
 * functions that no program of ours may have. */
static const char *
variable(const char *name)
{
	size_t len = strlen(name);

	for (char **e = environ; e != NULL && *e != NULL; e++)
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}

/* The setting of the watchdog for this process, in nanoseconds, or 0. */
static int64_t
watchdog_ns(void)
{
	const char *usec = variable("WATCHDOG_USEC");
	const char *pid = variable("WATCHDOG_PID");
	const char *err;
	int64_t n;

	if (usec == NULL)
		return 0;
	if (pid != NULL && strtonum(pid, 1, INT_MAX, &err) != getpid())
		return 0;
	n = strtonum(usec, 1, INT64_MAX / 1000, &err);
	if (err != NULL) {
		log_warnx("WATCHDOG_USEC=%s: %s", usec, err);
		return 0;
	}
	return n * 1000;
}

void
notify_open(struct notify *n, int64_t now_ns)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *path = variable("NOTIFY_SOCKET");
	size_t len;

	if (path == NULL || *path == '\0')
		return;
	len = strlcpy(sun.sun_path, path, sizeof sun.sun_path);
	if (len >= sizeof sun.sun_path)
		fatalx("NOTIFY_SOCKET: too long for a socket");
	/* An abstract name. */
	if (sun.sun_path[0] == '@')
		sun.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path);
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n->fd == -1 ||
	    connect(n->fd, (struct sockaddr *)&sun, (socklen_t)len) == -1)
		fatal("NOTIFY_SOCKET=%s", path);
	n->on = true;
	n->every_ns = watchdog_ns() / 2;
	n->next_ns = now_ns + n->every_ns;
}

static void
tell(const struct notify *n, const char *what, int flags)
{
	if (n->on &&
	    send(n->fd, what, strlen(what), flags | MSG_NOSIGNAL) == -1)
		log_warn("tell the service manager %s", what);
}

void
notify_ready(struct notify *n)
{
	if (!n->ready)
		tell(n, "READY=1", 0);
	n->ready = true;
}

void
notify_reloading(struct notify *n, int64_t now_ns)
{
	char text[64];

	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)(now_ns / 1000));
	if (n->ready)
		tell(n, text, 0);
	n->ready = false;
}

void
notify_stopping(struct notify *n)
{
	tell(n, "STOPPING=1", MSG_DONTWAIT);
}

int64_t
notify_watchdog(struct notify *n, int64_t now_ns, bool well)
{
	if (!n->on || n->every_ns == 0)
		return INT64_MAX;
	if (now_ns < n->next_ns)
		return n->next_ns - now_ns;
	if (!well) {
		if (!n->withheld)
			log_warnx("netd is silent: the watchdog is not told "
				  "that all is well");
		n->withheld = true;
		return AGAIN_NS;
	}
	n->withheld = false;
	tell(n, "WATCHDOG=1", MSG_DONTWAIT);
	n->next_ns = now_ns + n->every_ns;
	return n->every_ns;
}
