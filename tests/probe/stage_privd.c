/*
 * privd: everything is opened by its own start, and the sandbox is forked
 * off when that is done. The other two processes are not started: netd's end
 * of the channel is closed, and what is sent there goes nowhere.
 * On a host without WireGuard in the kernel, the sandbox for it is tried all
 * the same, with the socket that the backend would have opened.
 */
#include <sys/socket.h>
#include <linux/netlink.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "privd/privd.h"
#include "tests/probe/probe.h"

static bool want_kernel;

__attribute__((constructor)) static void
read_environment(void)
{
	const char *s = getenv("PROBE_BACKEND");

	want_kernel = s != NULL && strcmp(s, "kernel") == 0;
}

const struct stage *
stage_get(void)
{
	static const struct stage kernel = {.name = "privd", .bit = PRIVD};
	static const struct stage uapi = {
	    .name = "privd-uapi", .bit = PRIVD_UAPI};

	return want_kernel ? &kernel : &uapi;
}

void
stage_before(void)
{
}

void
stage_child(void)
{
}

void
stage_after(void)
{
}

int __real_start_control(
    const struct options *o, const struct privd_conf *c, uid_t uid, gid_t gid);
int __wrap_start_control(
    const struct options *o, const struct privd_conf *c, uid_t uid, gid_t gid);
int
__wrap_start_control(
    const struct options *o, const struct privd_conf *c, uid_t uid, gid_t gid)
{
	struct privd *p =
	    (struct privd *)((uintptr_t)c - offsetof(struct privd, conf));

	if (want_kernel && p->wg.be != &wg_netlink) {
		p->wg.be = &wg_netlink;
		if (nl_open(&p->wg.nl, NETLINK_GENERIC, 0) == -1)
			err(2, "generic netlink");
	} else if (!want_kernel && p->wg.be != &wg_uapi) {
		p->wg.be = &wg_uapi;
	}
	return __real_start_control(o, c, uid, gid);
}

/* A channel to nobody. */
int __wrap_start_process(
    const struct options *o, const char *name, bool chrooted, pid_t *pid);
int
__wrap_start_process(
    const struct options *o, const char *name, bool chrooted, pid_t *pid)
{
	int fd[2];

	(void)o;
	(void)name;
	(void)chrooted;
	*pid = -1;
	if (msg_pair(fd) == -1)
		err(2, "socketpair");
	close(fd[1]);
	return fd[0];
}
