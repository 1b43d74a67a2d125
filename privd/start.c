/*
 * What is done once, with full rights, before the sandbox: the runtime
 * directory, the control socket, the other two processes, the terminal.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "privd/privd.h"

#define CONTROL_BACKLOG 8

void
start_as(uid_t uid, gid_t gid, gid_t group)
{
	if (getuid() != 0)
		return;
	if (setgroups(1, &group) == -1 || setegid(gid) == -1 ||
	    seteuid(uid) == -1)
		fatal("act as uid %u, gid %u", (unsigned)uid, (unsigned)gid);
}

void
start_as_before(void)
{
	if (getuid() == 0 && (seteuid(0) == -1 || setegid(0) == -1))
		fatal("act as root");
}

/* A directory of root's. With mode 01775 the group makes files there, and can
 * do nothing to those of others. */
static void
make_dir(const char *path, mode_t mode, gid_t gid)
{
	struct stat st;

	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		fatal("mkdir %s", path);
	if (lstat(path, &st) == -1)
		fatal("%s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & S_IWOTH) != 0 ||
	    ((st.st_mode & S_IWGRP) != 0 &&
		(st.st_gid != gid || (mode & S_IWGRP) == 0)))
		fatalx("%s: must be a directory that only root can write to",
		    path);
	if (st.st_gid != gid && chown(path, 0, gid) == -1)
		fatal("chown %s", path);
	if ((st.st_mode & 07777) != mode && chmod(path, mode) == -1)
		fatal("chmod %s", path);
}

void
start_rundir(const char *rundir, gid_t gid)
{
	char path[PATH_MAX];

	make_dir(rundir, 01775, gid);
	snprintf(path, sizeof path, "%s/empty", rundir);
	make_dir(path, 0755, 0);
}

int
start_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];

	if (slash == NULL)
		strlcpy(dir, ".", sizeof dir);
	else if ((size_t)snprintf(dir, sizeof dir, "%.*s",
		     (int)(slash - path + 1), path) >= sizeof dir)
		return -1;
	return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* RUNDIR/BEFORE IFNAME.KIND */
static struct sockaddr_un
socket_name(const struct options *o, const char *before, const char *kind)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	if ((size_t)snprintf(sun.sun_path, sizeof sun.sun_path, "%s/%s%s.%s",
		o->rundir, before, o->ifname, kind) >= sizeof sun.sun_path)
		fatalx("%s: the name is too long for a socket", o->rundir);
	return sun;
}

int
start_control(
    const struct options *o, const struct privd_conf *c, uid_t uid, gid_t gid)
{
	const struct sockaddr_un sun = socket_name(o, "", "sock");
	const struct group *gr;
	gid_t group = gid;
	mode_t mode = 0600;
	int fd, on = 1;

	if (*c->control_group != '\0') {
		if ((gr = getgrnam(c->control_group)) == NULL)
			fatalx("ControlGroup: no group %s", c->control_group);
		group = gr->gr_gid;
		mode = 0660;
	}
	/* We hold the ledger's lock: a socket that is there is a dead one. */
	if (unlink(sun.sun_path) == -1 && errno != ENOENT)
		fatal("unlink %s", sun.sun_path);
	/* Who is in a group may give it what is his: no CAP_CHOWN. Each
	 * message on it tells who sent it: netd does things for root alone. */
	start_as(uid, gid, group);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == -1 ||
	    bind(fd, (const struct sockaddr *)&sun, sizeof sun) == -1)
		fatal("control socket %s", sun.sun_path);
	if (group != gid && chown(sun.sun_path, uid, group) == -1)
		fatal("ControlGroup: give %s to %s", sun.sun_path,
		    c->control_group);
	if (chmod(sun.sun_path, mode) == -1 ||
	    listen(fd, CONTROL_BACKLOG) == -1)
		fatal("control socket %s", sun.sun_path);
	start_as_before();
	return fd;
}

void
start_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd == -1 || dup2(fd, 0) == -1 || dup2(fd, 1) == -1 ||
	    dup2(fd, 2) == -1)
		fatal("/dev/null");
	close(fd);
}

/* The channel to one that is a service. */
static int
connect_to(const struct options *o, const char *name)
{
	const struct sockaddr_un sun = socket_name(o, ".", name);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&sun, sizeof sun) == -1)
		fatal("connect to %s", sun.sun_path);
	return fd;
}

/* Runs a program with the descriptor as its number 3. */
static pid_t
start_child(const struct options *o, const char *name, int fd, bool chrooted)
{
	const char *argv[24], *envp[] = {NULL};
	char path[PATH_MAX], empty[PATH_MAX];
	size_t n = 0;
	sigset_t none;
	pid_t pid;

	snprintf(path, sizeof path, "%s/wirelink-%s", o->libexecdir, name);
	snprintf(empty, sizeof empty, "%s/empty", o->rundir);
	argv[n++] = path;
	argv[n++] = "-i";
	argv[n++] = o->ifname;
	argv[n++] = "-S";
	argv[n++] = o->sandbox;
	if (chrooted) {
		argv[n++] = "-R";
		argv[n++] = empty;
	}
	if (o->foreground)
		argv[n++] = "-d";
	for (int i = 0; i < o->verbose && i < 8; i++)
		argv[n++] = "-v";
	argv[n] = NULL;
	if (access(path, X_OK) == -1)
		fatal("%s", path);
	if ((pid = fork()) == -1)
		fatal("fork");
	if (pid != 0)
		return pid;
	/* dup2 to itself would leave close-on-exec set. */
	if (fd == 3 ? fcntl(fd, F_SETFD, 0) == -1 : dup2(fd, 3) == -1)
		fatal("%s: descriptor", name);
	closefrom(4);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!o->foreground)
		start_null();
	execve(path, (char *const *)(uintptr_t)argv,
	    (char *const *)(uintptr_t)envp);
	fatal("%s", path);
}

int
start_process(
    const struct options *o, const char *name, bool chrooted, pid_t *pid)
{
	int fd[2];

	if (o->service)
		return connect_to(o, name);
	if (msg_pair(fd) == -1)
		fatal("socketpair");
	*pid = start_child(o, name, fd[1], chrooted);
	close(fd[1]);
	return fd[0];
}

int
start_daemon(void)
{
	int fd[2];
	char byte;

	if (pipe2(fd, O_CLOEXEC) == -1)
		fatal("pipe");
	switch (fork()) {
	case -1:
		fatal("fork");
	case 0:
		close(fd[0]);
		setsid();
		return fd[1];
	}
	close(fd[1]);
	if (read(fd[0], &byte, 1) != 1)
		fatalx("did not start; the reason is here or in syslog");
	_exit(0);
}

void
start_detach(int fd)
{
	if (write(fd, "", 1) == -1)
		log_debug("nobody waits for the start");
	close(fd);
}
