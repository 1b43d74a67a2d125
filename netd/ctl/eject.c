/*
 * wirelinkctl eject: writes the interface as it is as a file for wg-quick(8),
 * and ends wirelinkd so that all it added stays and is the administrator's.
 *
 * That is a signal, not a request: only root can send it, and netd can't. What
 * netd answers is read, and the file made, by a child in the sandbox; this
 * process looks at none of it.
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <netinet/in.h>

#include <errno.h>
#include <ifaddrs.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netd/ctl/view.h"

#define ASKS	 2
#define ADDR_MAX 16
#define END_MS	 15000 /* that wirelinkd may take to end */

/* Linux 6.5 has it, and headers later (asm-generic/socket.h). */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

struct eject {
	const char *path;
	char temp[256];
	int file; /* temp, open */
	int daemon; /* a pidfd */
	int fds[ASKS];
	struct m_addr addrs[ADDR_MAX];
	size_t naddrs;
};

static const enum ctl_what asks[ASKS] = {CTL_PEERS, CTL_NAMES};

/* Always -1, with a line on err. */
static int
failed(FILE *err, const char *what)
{
	fprintf(err, "wirelinkctl: %s: %s\n", what, strerror(errno));
	return -1;
}

/* The process that began to listen at the other end of fd, as a descriptor,
 * which can't come to mean another; -1 with a line on err. */
static int
open_daemon(int fd, FILE *err)
{
	const struct passwd *user;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int pidfd;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return failed(err, "wirelinkd");
	user = getpwnam("_wirelinkp");
	if ((cred.uid != 0 && (user == NULL || cred.uid != user->pw_uid)) ||
	    cred.pid <= 0) {
		fprintf(err,
		    "wirelinkctl: wirelinkd is neither root's nor "
		    "_wirelinkp's, or in a container: send it SIGUSR1 "
		    "yourself\n");
		return -1;
	}
	len = sizeof(pidfd);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0)
		return pidfd;
	/* An older kernel knows its number only, which somebody else may have
	 * if netd outlives privd, as one that is taken over may. */
	if (errno == ENOPROTOOPT)
		pidfd = (int)syscall(SYS_pidfd_open, cred.pid, 0);
	else
		pidfd = -1;
	return pidfd != -1 ? pidfd : failed(err, "wirelinkd");
}

static unsigned int
mask_len(const uint8_t *mask, size_t n)
{
	unsigned int len = 0;

	while (len < n * 8 && (mask[len / 8] & 0x80 >> len % 8) != 0)
		len++;
	return len;
}

/* The interface's addresses, but for those that are of the link alone. */
static void
read_addrs(struct eject *e, const char *ifname)
{
	struct ifaddrs *list = NULL;

	if (getifaddrs(&list) == -1)
		return;
	for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
		struct m_addr *a = &e->addrs[e->naddrs];
		struct sockaddr_in6 six, mask6;
		struct sockaddr_in four, mask4;

		if (e->naddrs == ADDR_MAX || i->ifa_addr == NULL ||
		    i->ifa_netmask == NULL || strcmp(i->ifa_name, ifname) != 0)
			continue;
		if (i->ifa_addr->sa_family == AF_INET) {
			memcpy(&four, i->ifa_addr, sizeof(four));
			memcpy(&mask4, i->ifa_netmask, sizeof(mask4));
			a->addr = addr_v4((const uint8_t *)&four.sin_addr);
			a->len = (uint8_t)mask_len(
			    (const uint8_t *)&mask4.sin_addr, 4);
		} else if (i->ifa_addr->sa_family == AF_INET6) {
			memcpy(&six, i->ifa_addr, sizeof(six));
			memcpy(&mask6, i->ifa_netmask, sizeof(mask6));
			a->addr = addr_v6(six.sin6_addr.s6_addr);
			a->len = (uint8_t)mask_len(mask6.sin6_addr.s6_addr, 16);
		} else {
			continue;
		}
		if (!addr_is_link_local(&a->addr))
			e->naddrs++;
	}
	freeifaddrs(list);
}

/* The child: from here on in the sandbox. An exit code. */
static int
fill(struct eject *e, bool confine, FILE *err)
{
	struct ctl_answer a = {0};
	FILE *file = fdopen(e->file, "w");
	int rv = CTL_FAILED;

	if (file == NULL || (confine && ctl_confine(err) == -1))
		return CTL_FAILED;
	for (size_t i = 0; i < ASKS; i++) {
		const struct ctl_get get = {.what = asks[i]};

		if (ctl_ask(e->fds[i], &get, ctl_gather, &a, err) == -1)
			return CTL_FAILED;
	}
	ctl_answer_unique(&a);
	rv = ctl_print_static(&a, e->addrs, e->naddrs, file, err);
	ctl_answer_clear(&a);
	if (fflush(file) != 0 || ferror(file))
		return failed(err, e->temp) == -1 ? CTL_FAILED : rv;
	return rv;
}

/* 0 when the child has written the whole file. */
static int
run_child(struct eject *e, const struct ctl_options *o, FILE *err)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(fill(e, o->confine, err));
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return failed(err, "fork");
	return WIFEXITED(status) && WEXITSTATUS(status) == CTL_OK ? 0 : -1;
}

/* Gives the file its name; never over one that is there, unless forced. */
static int
give_name(const struct eject *e, bool force, FILE *err)
{
	if (fsync(e->file) == -1)
		return failed(err, e->temp);
	if (force ? rename(e->temp, e->path) == 0
		  : link(e->temp, e->path) == 0 && unlink(e->temp) == 0)
		return 0;
	if (errno == EEXIST) {
		fprintf(err,
		    "wirelinkctl: %s: is there already, and stays as it is; "
		    "nothing was changed (-f writes over it)\n",
		    e->path);
		return -1;
	}
	return failed(err, e->path);
}

static int
end_daemon(const struct eject *e, FILE *err)
{
	struct pollfd pfd = {.fd = e->daemon, .events = POLLIN};

	if (syscall(SYS_pidfd_send_signal, e->daemon, SIGUSR1, NULL, 0) == -1)
		return failed(err, "wirelinkd");
	if (poll(&pfd, 1, END_MS) == 1)
		return 0;
	fprintf(err, "wirelinkctl: wirelinkd was told to end, and has not\n");
	return -1;
}

/* 0 or -1. */
static int
write_file(struct eject *e, const struct ctl_options *o, FILE *err)
{
	int rv;

	if ((size_t)snprintf(e->temp, sizeof(e->temp), "%s.XXXXXX", e->path) >=
	    sizeof(e->temp)) {
		errno = ENAMETOOLONG;
		return failed(err, e->path);
	}
	/* Of mode 0600, and nobody else's. */
	if ((e->file = mkstemp(e->temp)) == -1)
		return failed(err, e->path);
	rv = run_child(e, o, err);
	if (rv == 0)
		rv = give_name(e, o->force, err);
	if (rv == -1 && unlink(e->temp) == -1)
		failed(err, e->temp);
	close(e->file);
	return rv;
}

int
ctl_eject(const struct ctl_options *o, FILE *out, FILE *err)
{
	char only[CONF_IFNAME_STRLEN], usual[128];
	const char *ifname = o->ifname;
	struct eject e = {.daemon = -1};

	if (o->confine && geteuid() != 0) {
		fprintf(err,
		    "wirelinkctl: not allowed: only root may do "
		    "that\n");
		return CTL_FAILED;
	}
	if (ifname == NULL) {
		if (ctl_only_interface(o->rundir, only, err) == -1)
			return CTL_FAILED;
		ifname = only;
	}
	snprintf(usual, sizeof(usual), "%s/wireguard/%s.conf.static",
	    WIRELINK_SYSCONFDIR, ifname);
	e.path = o->output != NULL ? o->output : usual;
	for (size_t i = 0; i < ASKS; i++) {
		if ((e.fds[i] = ctl_connect(o->rundir, ifname, err)) == -1)
			return CTL_FAILED;
	}
	read_addrs(&e, ifname);
	if ((e.daemon = open_daemon(e.fds[0], err)) == -1 ||
	    write_file(&e, o, err) == -1)
		return CTL_FAILED;
	fprintf(out, "%s: written\n", e.path);
	if (end_daemon(&e, err) == -1)
		return CTL_FAILED;
	fprintf(out,
	    "wirelinkd has ended on %s; what it added stays, as yours.\n"
	    "It starts again at the next boot unless its service is "
	    "disabled.\n",
	    ifname);
	return CTL_OK;
}
