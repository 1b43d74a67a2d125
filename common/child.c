/* Options and first steps of netd and the resolver. See child.h. */
#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/child.h"
#include "common/log.h"

static _Noreturn void
usage(void)
{
	fatalx("is started by wirelinkd(8)");
}

/* The first who connects is wirelinkd: the socket is for no other user. */
static void
take_connection(void)
{
	int fd = accept4(CHILD_CHANNEL_FD, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1 || dup2(fd, CHILD_CHANNEL_FD) == -1)
		fatal("the service manager's socket");
	close(fd);
}

void
child_start(struct child *c, const char *name, int argc, char **argv)
{
	bool foreground = false, verbose = false;
	const char *ifname = NULL;
	int ch;

	c->level = SANDBOX_ENFORCE;
	c->chroot_dir = NULL;
	c->service = false;
	log_init(name, true, LOG_LVL_INFO);
	while ((ch = getopt(argc, argv, "di:R:S:sv")) != -1) {
		switch (ch) {
		case 'd':
			foreground = true;
			break;
		case 'i':
			ifname = optarg;
			break;
		case 'R':
			c->chroot_dir = optarg;
			break;
		case 'S':
			if (sandbox_level_parse(optarg, &c->level) == -1)
				usage();
			break;
		case 's':
			c->service = foreground = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage();
		}
	}
	if (ifname == NULL || optind != argc ||
	    fcntl(CHILD_CHANNEL_FD, F_GETFD) == -1)
		usage();
	closefrom(CHILD_CHANNEL_FD + 1);
	log_init(name, foreground, verbose ? LOG_LVL_DEBUG : LOG_LVL_INFO);
	log_ifname(ifname);
	if (sandbox_prepare() == -1)
		fatal("/dev/null");
	if (c->service)
		take_connection();
	/* wirelinkd ends us, by closing the channel: nobody else. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

void
child_drop(const struct child *c, const char *user, unsigned int max_files,
    size_t max_memory)
{
	uid_t uid;
	gid_t gid;

	if (sandbox_user(user, &uid, &gid) == -1)
		fatal("user %s", user);
	tzset();
	if (sandbox_bounding_drop() == -1 ||
	    (!c->service && sandbox_securebits() == -1))
		fatal("drop the bounding set");
	if (c->chroot_dir != NULL && sandbox_chroot(c->chroot_dir) == -1)
		fatal("chroot to %s", c->chroot_dir);
	if (sandbox_setids(uid, gid) == -1)
		fatal("become %s", user);
	if (sandbox_caps(0) == -1)
		fatal("drop capabilities");
	if (sandbox_no_dump() == -1 || sandbox_no_new_privs() == -1)
		fatal("prctl");
	if (sandbox_rlimits(max_files, max_memory, 0) == -1)
		fatal("setrlimit");
}
