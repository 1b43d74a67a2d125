/*
 * wirelinkd: the one privileged process. It starts the other two, drops all
 * rights but CAP_NET_ADMIN, and then does what netd asks for and policy.c
 * allows.
 */
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "common/log.h"
#include "privd/privd.h"

#define READY_S	   10 /* that netd may take to start */
#define SEND_S	   5 /* that netd may take to read */
#define REFRESH_NS (INT64_C(100) * 1000 * 1000) /* between two dumps */
#define RETRY_NS   (INT64_C(1000) * 1000 * 1000)
#define STOP_MS	   3000
/* netd asks for the device every 6 s, and is stuck when it is silent so long
 * while the interface is up. */
#define SILENT_NS  (INT64_C(15) * 1000 * 1000 * 1000)
#define MAX_FILES  32
#define PRIVD_USER "_wirelinkp"

static struct privd privd;
static pid_t netd_pid, resolver_pid;
static volatile sig_atomic_t stop, child, again, eject;

static void
on_signal(int sig)
{
	if (sig == SIGCHLD)
		child = 1;
	else if (sig == SIGHUP)
		again = 1;
	else
		stop = 1;
	if (sig == SIGUSR1)
		eject = 1;
}

static void
catch_signals(sigset_t *outside)
{
	static const int sigs[] = {SIGTERM, SIGINT, SIGCHLD, SIGHUP, SIGUSR1};
	/* A child that was stopped has not ended. */
	struct sigaction sa = {
	    .sa_handler = on_signal, .sa_flags = SA_NOCLDSTOP};
	sigset_t set;

	/* They come in only while we wait. */
	sigemptyset(&set);
	sigprocmask(SIG_BLOCK, NULL, outside);
	for (size_t i = 0; i < sizeof sigs / sizeof sigs[0]; i++) {
		sigaddset(&set, sigs[i]);
		sigdelset(outside, sigs[i]);
		sigaction(sigs[i], &sa, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

/* Waits for those children that have ended. True when none is left. */
static bool
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		const char *who = pid == netd_pid ? "netd" : "resolver";

		/* How those end whom we told to is no news. */
		if (stop &&
		    (WIFSIGNALED(status) ? WTERMSIG(status) == SIGTERM
					 : WEXITSTATUS(status) == 0))
			continue;
		if (WIFSIGNALED(status))
			log_warnx("%s was ended by signal %d%s", who,
			    WTERMSIG(status),
			    WTERMSIG(status) == SIGSYS
				? " (a system call outside its filter)"
				: "");
		else
			log_warnx("%s ended with status %d", who,
			    WEXITSTATUS(status));
	}
	return pid == -1;
}

/* Waits up to ms for the children to end by themselves, as they do when
 * their channel closes. */
static void
wait_children(int ms)
{
	struct timespec ts = {.tv_nsec = 20L * 1000 * 1000};

	for (; ms > 0 && !reap(); ms -= 20)
		ppoll(NULL, 0, &ts, NULL);
}

static _Noreturn void
quit(struct privd *p, int status)
{
	stop = 1;
	notify_stopping(&p->notify);
	close(p->channel);
	wait_children(STOP_MS);
	if (p->conf.link.observe)
		link_restore(p);
	seal_flush(p->seal);
	wg_wipe(&p->wg);
	if (eject && ledger_forget(&p->ledger) == -1) {
		log_err("ledger: what was added still counts as ours");
		status = 1;
	}
	if (status == 0)
		log_info("stopped; the tunnel keeps its state%s",
		    eject ? ", which is now the administrator's" : "");
	exit(status);
}

/* Handles one record from netd. */
static void
receive(struct privd *p)
{
	const char *why = NULL;
	struct msg m;

	switch (msg_recv(p->channel, p->in, DIR_N2P, p->phase, &m, &why)) {
	case RECV_AGAIN:
		return;
	case RECV_EOF:
		log_errx("netd is gone");
		quit(p, 1);
	case RECV_ERROR:
		log_err("receive from netd");
		quit(p, 1);
	case RECV_BAD:
		log_errx("netd broke the protocol: %s", why);
		quit(p, 1);
	case RECV_MSG:
		p->heard_ns = now_ns();
		break;
	}
	if ((why = dispatch(p, &m)) != NULL) {
		log_errx("netd broke the protocol: %s: %s",
		    msg_info(m.type)->name, why);
		quit(p, 1);
	}
}

static void
refresh(struct privd *p)
{
	rtnl_drain(&p->rtnl);
	if (rtnl_refresh(&p->rtnl) == -1) {
		log_warn("read the host's addresses");
		return;
	}
	link_send_addrs(p);
	link_check(p);
}

static _Noreturn void
run(struct privd *p, const sigset_t *outside)
{
	struct pollfd pfd[2] = {{.fd = p->channel, .events = POLLIN},
	    {.fd = rtnl_fd(&p->rtnl), .events = POLLIN}};
	int64_t last_ns = 0, now, age_ns, wait_ns;
	struct timespec ts;
	bool rest;

	for (;;) {
		if (again) {
			again = 0;
			reload(p);
		}
		/* Events of the host wait a little after each dump. */
		now = now_ns();
		age_ns = now - last_ns;
		rest = age_ns < REFRESH_NS;
		pfd[1].fd = rest ? -1 : rtnl_fd(&p->rtnl);
		if (!p->up)
			p->heard_ns = now;
		wait_ns = notify_watchdog(
		    &p->notify, now, now - p->heard_ns < SILENT_NS);
		if (rest)
			wait_ns = MIN(wait_ns, REFRESH_NS - age_ns);
		else if (!p->up)
			wait_ns = MIN(wait_ns, RETRY_NS);
		ts.tv_sec = wait_ns / 1000000000;
		ts.tv_nsec = wait_ns % 1000000000;
		pfd[0].revents = pfd[1].revents = 0;
		if (ppoll(pfd, 2, wait_ns != INT64_MAX ? &ts : NULL, outside) ==
			-1 &&
		    errno != EINTR)
			fatal("poll");
		if (stop)
			quit(p, 0);
		if (child) {
			child = 0;
			reap();
			log_errx("a process has ended, so all end");
			quit(p, 1);
		}
		if (pfd[0].revents != 0)
			receive(p);
		if (pfd[1].revents != 0 ||
		    (!p->up && now_ns() - last_ns >= RETRY_NS)) {
			refresh(p);
			last_ns = now_ns();
		} else if (p->suspect) {
			link_check(p);
		}
	}
}

static void
send_boot(struct privd *p, int control, int resolver, int udp)
{
	struct m_hello hello = {.version = PROTO_VERSION};
	struct wbuf w;

	strlcpy(hello.build, WIRELINK_VERSION, sizeof hello.build);
	wbuf_init(&w, p->out, sizeof p->out);
	enc_hello(&w, &hello);
	privd_send(p, MSG_HELLO, 0, 0, &w, -1);
	wbuf_init(&w, p->out, sizeof p->out);
	enc_sandbox(&w, &p->sandbox);
	privd_send(p, MSG_SANDBOX, 0, 0, &w, -1);
	reload_send(p);
	privd_send(p, MSG_CONTROL, 0, 0, NULL, control);
	privd_send(p, MSG_RESOLVER, 0, 0, NULL, resolver);
	link_send_addrs(p);
	wbuf_init(&w, p->out, sizeof p->out);
	enc_link(&w, &p->link);
	privd_send(p, MSG_START, 0, 0, &w, udp);
	close(control);
	close(resolver);
	close(udp);
}

static void
wait_ready(struct privd *p, const sigset_t *outside)
{
	struct pollfd pfd = {.fd = p->channel, .events = POLLIN};
	struct timespec ts = {.tv_sec = READY_S};
	const char *why;
	struct m_hello hello;
	struct msg m;
	int n;

	/* A reload that is asked for meanwhile has to wait. */
	do {
		n = ppoll(&pfd, 1, &ts, outside);
	} while (n == -1 && errno == EINTR && !stop && !child);
	if (n != 1) {
		if (stop)
			quit(p, 0);
		reap();
		log_errx("netd did not start");
		quit(p, 1);
	}
	if (msg_recv(p->channel, p->in, DIR_N2P, PH_BOOT, &m, &why) !=
		RECV_MSG ||
	    dec_hello(m.payload, m.len, &hello) == -1) {
		log_errx("netd did not start%s%s", why != NULL ? ": " : "",
		    why != NULL ? why : "");
		quit(p, 1);
	}
	if (hello.version != PROTO_VERSION ||
	    strcmp(hello.build, WIRELINK_VERSION) != 0) {
		log_errx("netd is another version than wirelinkd %s",
		    WIRELINK_VERSION);
		quit(p, 1);
	}
}

/* The order matters: see docs/architecture.md, "Sandbox". */
static void
sandbox(struct privd *p, const struct options *o, uid_t uid, gid_t gid)
{
	char empty[PATH_MAX];
	bool kernel = p->wg.be == &wg_netlink;
	int landlock = 0;

	snprintf(empty, sizeof empty, "%s/empty", o->rundir);
	/* What a service can't do itself its manager has done. */
	if (o->service && !kernel)
		fatalx("a service that isn't root's can't use a userspace "
		       "WireGuard, whose socket is");
	if (!o->service &&
	    (sandbox_bounding_drop() == -1 || sandbox_securebits() == -1))
		fatal("capabilities");
	/* The userspace socket is root's and has to be opened again and
	 * again: so uid 0 stays, but no other socket is in sight, of which
	 * some would obey root. */
	if (kernel && !o->service && sandbox_chroot(empty) == -1)
		fatal("chroot %s", empty);
	if (!kernel && wg_uapi_chroot() == -1)
		fatal("chroot to the userspace sockets");
	if (kernel && sandbox_setids(uid, gid) == -1)
		fatal("change to " PRIVD_USER);
	if (!kernel && sandbox_setids(0, 0) == -1)
		fatal("drop groups");
	if (sandbox_caps(UINT64_C(1) << CAP_NET_ADMIN) == -1)
		fatal("keep CAP_NET_ADMIN alone");
	if (sandbox_no_dump() == -1 || sandbox_no_new_privs() == -1)
		fatal("prctl");
	if (sandbox_rlimits(MAX_FILES, 0, LEDGER_FILE_MAX) == -1)
		fatal("setrlimit");
	if (o->level != SANDBOX_OFF)
		landlock = sandbox_landlock(NULL, 0, p->conf_dir, false);
	if (landlock == -1)
		fatal("Landlock");
	if (landlock == 1)
		log_warnx("this kernel has no Landlock: one fence less");
	p->sandbox.process = SANDBOX_PRIVD;
	if (sandbox_enter(kernel ? &privd_filter : &privd_filter_userspace,
		o->level, &p->sandbox) == -1)
		fatal("seccomp");
	if (!kernel)
		log_info("stays uid 0, with CAP_NET_ADMIN alone, since the "
			 "userspace WireGuard's socket is root's");
}

/* Says, once, that the start is complete: to the process that waits in the
 * foreground, at *starter, and to the service manager. */
static void
started(struct privd *p, int *starter)
{
	if (*starter != -1)
		start_detach(*starter);
	*starter = -1;
	notify_ready(&p->notify);
}

/* Opens the interface, if need be after it has appeared. Returns the UDP
 * socket. */
static int
open_link(struct privd *p, const struct options *o, const sigset_t *outside,
    int *starter)
{
	struct pollfd pfd = {.fd = rtnl_fd(&p->rtnl), .events = POLLIN};
	struct timespec ts = {.tv_sec = 1};
	char told[sizeof p->trouble] = "";
	int fd;

	for (;;) {
		rtnl_drain(&p->rtnl);
		if (rtnl_refresh(&p->rtnl) == -1)
			fatal("read the host's addresses");
		wg_choose(&p->wg, p->conf.backend);
		if ((fd = link_open(p, &p->link)) != -1)
			return fd;
		if (!o->wait)
			fatalx("%s: %s", p->ifname, p->trouble);
		if (strcmp(told, p->trouble) != 0)
			log_info("waiting: %s", p->trouble);
		strlcpy(told, p->trouble, sizeof told);
		started(p, starter);
		notify_watchdog(&p->notify, now_ns(), true);
		ppoll(&pfd, 1, &ts, outside);
		if (stop) {
			notify_stopping(&p->notify);
			exit(0);
		}
	}
}

static _Noreturn void
usage(void)
{
	fprintf(stderr,
	    "usage: wirelinkd [-dNnsvw] [-f file] [-L libexecdir] [-R rundir]\n"
	    "                 [-S enforce|report|off] -i interface\n");
	exit(1);
}

static bool
is_ifname(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len < CONF_IFNAME_STRLEN && *s != '.' &&
	    strcspn(s, "/ \t\n%:") == len;
}

/* The configuration was checked only: tells and exits. */
static _Noreturn void
check_only(const struct privd_conf *c, int verbose)
{
	if (verbose > 0)
		conf_print(c, stdout);
	else
		printf("configuration OK\n");
	exit(0);
}

static bool
parse_options(int argc, char **argv, struct options *o)
{
	bool check = false;
	int ch;

	while ((ch = getopt(argc, argv, "df:i:L:NnR:S:svw")) != -1) {
		switch (ch) {
		case 'd':
			o->foreground = true;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'i':
			o->ifname = optarg;
			break;
		case 'L':
			o->libexecdir = optarg;
			break;
		case 'N':
			o->observe = true;
			break;
		case 'n':
			check = true;
			break;
		case 'R':
			o->rundir = optarg;
			break;
		case 'S':
			o->sandbox = optarg;
			if (sandbox_level_parse(optarg, &o->level) == -1)
				usage();
			break;
		case 's':
			o->service = o->foreground = true;
			break;
		case 'v':
			o->verbose++;
			break;
		case 'w':
			o->wait = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || (o->ifname == NULL && !(check && o->file)) ||
	    (o->ifname != NULL && !is_ifname(o->ifname)))
		usage();
	return check;
}

/* Opens everything that has to be open before the sandbox, enters it, and
 * sends netd what it needs. starter: where a process waits for that, or -1. */
static void
start(struct privd *p, const struct options *o, const sigset_t *outside,
    int starter)
{
	char path[PATH_MAX];
	int resolver, control, udp;
	struct timeval limit_s = {.tv_sec = SEND_S};
	uid_t uid;
	gid_t gid;

	if (sandbox_user(PRIVD_USER, &uid, &gid) == -1)
		fatal("user " PRIVD_USER);
	if (!o->service)
		start_rundir(o->rundir, gid);
	snprintf(path, sizeof path, "%s/%s.ledger", o->rundir, o->ifname);
	start_as(uid, gid, gid);
	if (ledger_open(&p->ledger, path) == -1) {
		if (errno == EWOULDBLOCK)
			fatalx("another wirelinkd runs on %s", o->ifname);
		fatal("%s", path);
	}
	start_as_before();
	if (sodium_init() == -1 || wg_init(&p->wg, o->ifname) == -1 ||
	    (p->seal = seal_new(p->wg.secret)) == NULL)
		fatalx("libsodium: no locked memory");
	if (rtnl_open(&p->rtnl, o->ifname) == -1)
		fatal("rtnetlink");
	udp = open_link(p, o, outside, &starter);
	/* It may just have got its address. */
	if (rtnl_refresh(&p->rtnl) == -1)
		fatal("read the host's addresses");
	control = start_control(o, &p->conf, uid, gid);
	p->channel = start_process(o, "netd", true, &netd_pid);
	resolver = start_process(o, "resolver", false, &resolver_pid);
	if (setsockopt(p->channel, SOL_SOCKET, SO_SNDTIMEO, &limit_s,
		sizeof limit_s) == -1)
		fatal("setsockopt");
	if (!o->foreground) {
		tzset();
		log_init("wirelinkd", false, log_get_level());
		start_null();
	}
	sandbox(p, o, uid, gid);
	p->phase = PH_BOOT;
	send_boot(p, control, resolver, udp);
	wait_ready(p, outside);
	p->phase = PH_RUN;
	p->up = true;
	p->heard_ns = now_ns();
	started(p, &starter);
}

int
main(int argc, char **argv)
{
	static struct privd *p = &privd;
	struct options o = {.level = SANDBOX_DEFAULT,
	    .rundir = "/run/wirelink",
	    .libexecdir = WIRELINK_LIBEXECDIR,
	    .sandbox = sandbox_level_name(SANDBOX_DEFAULT)};
	bool check = parse_options(argc, argv, &o);
	char file[PATH_MAX];
	sigset_t outside;
	int starter;

	closefrom(3);
	log_init(
	    "wirelinkd", true, o.verbose > 0 ? LOG_LVL_DEBUG : LOG_LVL_INFO);
	if (o.ifname != NULL) {
		log_ifname(o.ifname);
		strlcpy(p->ifname, o.ifname, sizeof p->ifname);
		snprintf(file, sizeof file,
		    WIRELINK_SYSCONFDIR "/wirelink/%s.conf", o.ifname);
	}
	p->conf_path = o.file != NULL ? o.file : file;
	p->conf_named = o.file != NULL;
	if (conf_load(&p->conf, AT_FDCWD, p->conf_path, p->conf_named) == -1)
		return 1;
	p->conf.link.observe = o.observe;
	if (check)
		check_only(&p->conf, o.verbose);
	if (o.service ? getuid() == 0 : geteuid() != 0)
		fatalx("must %sbe started by root", o.service ? "not " : "");
	if (sandbox_prepare() == -1)
		fatal("/dev/null");
	p->conf_dir = start_directory(p->conf_path);
	catch_signals(&outside);
	if (o.foreground)
		notify_open(&p->notify, now_ns());
	starter = o.foreground ? -1 : start_daemon();
	clearenv();
	start(p, &o, &outside, starter);
	log_info("wirelinkd %s runs: %s WireGuard, %zu peers, facts on port %u",
	    WIRELINK_VERSION, p->wg.be->name, p->dev.npeers, p->link.port);
	if (o.observe)
		log_info("observes only (-N): no peer, endpoint or prefix of "
			 "traffic is changed");
	run(p, &outside);
}
