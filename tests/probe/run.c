/*
 * Forks a process for each attempt and each number of layers, and says what
 * came of it: TAP lines, or rows of a table (PROBE_TABLE=1).
 */
#include <sys/prctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/probe/probe.h"

#define NO_DESCRIPTOR (LAYERS + 1)
#define LAYOUTS	      (LAYERS + 1) /* numbers of layers that can be off */
#define RUN_S	      300 /* that all of it may take */
#define TRY_S	      5
#define READY_MS      5000
#define LINK_MAX      80
#define FDS_MAX	      32

struct probe_paths probe_paths;
pid_t probe_root, probe_sibling;
char probe_program[1 << 17];
size_t probe_program_len;

enum how {
	HOW_DONE, /* it succeeded, or only its own nonsense failed */
	HOW_ERRNO,
	HOW_FILTER, /* the same, and it was the filter's errno */
	HOW_SIGNAL, /* SIGSYS: the filter's */
	HOW_NOT_TRIED,
	HOW_NO_START, /* the process never came to its loop */
};

struct outcome {
	enum how how;
	int number; /* errno or signal */
};

/* What the process in the sandbox can tell us without a system call. */
static struct shared {
	volatile bool reached;
	volatile bool finished;
	volatile long result;
	volatile unsigned int layers;
} * shared;

/* NULL: wait to be ended, as the one to be attacked. */
static const struct attempt *current;
static bool as_table;
static int log_pipe[2], terminal[2], service[2], passed, failed, skipped;

__attribute__((constructor)) static void
read_environment(void)
{
	const char *dir = getenv("PROBE_DIR");

	as_table = getenv("PROBE_TABLE") != NULL;
	snprintf(probe_paths.dir, sizeof(probe_paths.dir), "%s",
	    dir != NULL ? dir : "/tmp");
}

long
probe_call(long nr, long a, long b, long c, long d, long e, long f)
{
	long rv = syscall(nr, a, b, c, d, e, f);

	return rv == -1 ? -errno : rv;
}

static long
argument(long a)
{
	return a == PID_ROOT   ? probe_root
	    : a == PID_SIBLING ? probe_sibling
			       : a;
}

void
probe_attempt(void)
{
	const struct attempt *t = current;
	long rv;

	shared->layers = layers_seen;
	shared->reached = true;
	while (t == NULL)
		probe_call(
#ifdef SYS_poll
		    SYS_poll, 0, 0, -1, 0, 0, 0
#else
		    SYS_ppoll, 0, 0, 0, 0, 0, 0
#endif
		);
	rv = t->fn != NULL
	    ? t->fn(argument(t->a[0]))
	    : probe_call(t->nr, argument(t->a[0]), argument(t->a[1]),
		  argument(t->a[2]), argument(t->a[3]), argument(t->a[4]),
		  argument(t->a[5]));
	shared->result = rv;
	shared->finished = true;
	_exit(0);
}

/*
 * Around an attempt.
 */
static void
make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, mode);

	if (fd == -1)
		err(2, "%s", path);
	if (write(fd, "probe\n", 6) != 6 || fchmod(fd, mode) == -1)
		err(2, "%s", path);
	close(fd);
}

static void
read_program(void)
{
	int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return;
	n = read(fd, probe_program, sizeof(probe_program));
	probe_program_len = n > 0 ? (size_t)n : 0;
	close(fd);
}

/* Sockets of a service of this host: one by its path, one abstract. */
static int
listen_unix(const char *name, size_t len)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(sun.sun_path, name, len);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&sun,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) ==
		-1 ||
	    listen(fd, 128) == -1)
		err(2, "socket of a service");
	if (*name != '\0' && chmod(name, 0777) == -1)
		err(2, "%s", name);
	return fd;
}

/* A process of root's that has nothing to do with any sandbox. It ends with
 * us. */
static pid_t
start_root(void)
{
	pid_t pid = fork();

	if (pid == -1)
		err(2, "fork");
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	closefrom(0);
	for (;;)
		pause();
}

static void
prepare(void)
{
	const char *dir = probe_paths.dir;

	if (mkdir(dir, 0777) == -1 && errno != EEXIST)
		err(2, "%s", dir);
	if (chmod(dir, 0777) == -1)
		err(2, "%s", dir);
	snprintf(probe_paths.file, sizeof(probe_paths.file), "%s/file", dir);
	snprintf(probe_paths.made, sizeof(probe_paths.made), "%s/made", dir);
	snprintf(
	    probe_paths.stream, sizeof(probe_paths.stream), "%s/stream", dir);
	snprintf(probe_paths.abstract + 1, sizeof(probe_paths.abstract) - 1,
	    "wirelink-probe-%d", (int)getpid());
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED ||
	    pipe2(log_pipe, O_CLOEXEC | O_NONBLOCK) == -1)
		err(2, "prepare");
	terminal[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal[0] == -1 || grantpt(terminal[0]) == -1 ||
	    unlockpt(terminal[0]) == -1 ||
	    (terminal[1] = open(
		 ptsname(terminal[0]), O_RDWR | O_NOCTTY | O_CLOEXEC)) == -1)
		err(2, "terminal");
	signal(SIGPIPE, SIG_IGN);
	make_file(probe_paths.file, 0666);
	service[0] =
	    listen_unix(probe_paths.stream, strlen(probe_paths.stream) + 1);
	service[1] = listen_unix(
	    probe_paths.abstract, 1 + strlen(probe_paths.abstract + 1));
	read_program();
	probe_root = start_root();
	snprintf(probe_paths.root_mem, sizeof(probe_paths.root_mem),
	    "/proc/%d/mem", (int)probe_root);
	snprintf(probe_paths.root_environ, sizeof(probe_paths.root_environ),
	    "/proc/%d/environ", (int)probe_root);
}

/* What the process had open before this file opened something. */
static bool had[FDS_MAX];

/* In the child: a terminal, nowhere, and a log that is a pipe; the rest as
 * the process left it. */
static void
descriptors(void)
{
	if (dup2(terminal[1], 0) == -1 || dup2(log_pipe[1], 1) == -1 ||
	    dup2(log_pipe[1], 2) == -1)
		err(2, "descriptors");
	stage_child();
	for (int fd = 0; fd < FDS_MAX; fd++) {
		if (!had[fd])
			close(fd);
	}
}

/* Forks; in the child it returns 0, on the way into the sandbox. */
static pid_t
go_in(const struct attempt *t, int off)
{
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	current = t;
	layers_off = off;
	stage_before();
	fflush(stdout);
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		descriptors();
		/* An attempt that waits for something ends by this; so do
		 * those that are attacked, should we end first: the change
		 * of ids makes the kernel forget PR_SET_PDEATHSIG. */
		alarm(t != NULL ? TRY_S : RUN_S);
		probe_inside = true;
		layers_seen = 0;
	}
	return pid;
}

static void
drain_log(bool show)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(log_pipe[0], buf, sizeof(buf))) > 0) {
		if (show)
			(void)!write(STDERR_FILENO, buf, (size_t)n);
	}
}

static struct outcome
judge(const struct attempt *t, int status)
{
	struct outcome o = {0};
	long rv = shared->result;

	if (!shared->reached) {
		o.how = HOW_NO_START;
	} else if (WIFSIGNALED(status)) {
		o.how = HOW_SIGNAL;
		o.number = WTERMSIG(status);
	} else if (shared->finished && rv < 0 && rv > -4096) {
		o.how = HOW_ERRNO;
		o.number = (int)-rv;
		if (layers_marked && o.number > MARK) {
			o.how = HOW_FILTER;
			o.number -= MARK;
		} else if (o.number == t->natural) {
			o.how = HOW_DONE;
		}
	}
	/* Else it got what it wanted, or is another program now. */
	return o;
}

/* Makes an attempt. False in the child, which goes in. */
static bool
make_attempt(const struct attempt *t, int off, struct outcome *out)
{
	pid_t pid = go_in(t, off);
	int status;

	if (pid == 0)
		return false;
	if (waitpid(pid, &status, 0) == -1)
		err(2, "waitpid");
	stage_after();
	*out = judge(t, status);
	drain_log(out->how == HOW_NO_START);
	unlink(probe_paths.made);
	rmdir(probe_paths.made);
	return true;
}

/*
 * What came of it.
 */
static const char *
text(struct outcome o)
{
	static char buf[4][32];
	static int i;
	const char *name;

	i = (i + 1) % 4;
	switch (o.how) {
	case HOW_DONE:
		return "done";
	case HOW_ERRNO:
	case HOW_FILTER:
		name = strerrorname_np(o.number);
		return name != NULL ? name : "?";
	case HOW_SIGNAL:
		name = sigabbrev_np(o.number);
		snprintf(
		    buf[i], sizeof(buf[i]), "SIG%s", name != NULL ? name : "?");
		return buf[i];
	case HOW_NOT_TRIED:
		return "not tried";
	case HOW_NO_START:
		break;
	}
	return "NO START";
}

static bool
same(struct outcome a, struct outcome b)
{
	return a.how == b.how && a.number == b.number;
}

/* Which layer refuses when off are off: the first without which something
 * else comes out; LAYERS when even root is refused so. */
static int
who_refuses(const struct outcome *o, int off)
{
	int k = off + 1;

	while (k < LAYOUTS && (same(o[k], o[off]) || o[k].how == HOW_NOT_TRIED))
		k++;
	return k - 1 < LAYERS ? k - 1 : LAYERS;
}

static const char *
layer_name(int layer)
{
	static const char *const names[] = {[LAYER_FILTER] = "the filter",
	    [LAYER_LANDLOCK] = "Landlock",
	    [LAYER_PROCESS] = "limits and flags",
	    [LAYER_CHROOT] = "the chroot",
	    [LAYER_IDS] = "ids and capabilities",
	    [LAYERS] = "the kernel, to anybody",
	    [NO_DESCRIPTOR] = "the lack of a descriptor"};

	return names[layer];
}

/* The verdict of one attempt. o is by layers off; marked is o[0] again with
 * the filter's errnos marked. */
static void
report(const struct attempt *t, const struct outcome *o, struct outcome marked)
{
	const struct stage *s = stage_get();
	bool may = (t->meant & s->bit) != 0, refused = o[0].how != HOW_DONE;
	int layer = LAYER_FILTER;
	bool bad = refused == may;

	for (int i = 0; i < LAYOUTS; i++)
		bad |= o[i].how == HOW_NO_START;
	if (refused && marked.how == HOW_ERRNO)
		layer = who_refuses(o, 0);
	/* There is no descriptor that would do: that is an answer. */
	if (refused && layer == LAYERS &&
	    (o[0].number == EBADF || o[0].number == ENOTDIR))
		layer = NO_DESCRIPTOR;
	/* The filter said no, unmarked: then it isn't our process. */
	bad |=
	    refused && marked.how != HOW_ERRNO && marked.number != o[0].number;
	if (as_table) {
		printf("| %s |", t->name);
		for (int i = 0; i < LAYOUTS; i++)
			printf(" %s |", text(o[i]));
		printf(" %s |\n",
		    !refused ? (may ? "allowed" : "**nothing**")
			     : layer_name(layer));
		failed += bad;
		return;
	}
	if (refused && layer == LAYERS && !bad) {
		printf("skipped %s: %s: this kernel refuses it to root too "
		       "(%s)\n",
		    s->name, t->name, text(o[0]));
		skipped++;
		return;
	}
	printf("%s %s: %s: ", bad ? "not ok" : "ok", s->name, t->name);
	if (refused)
		printf("refused by %s (%s)%s\n", layer_name(layer), text(o[0]),
		    o[LAYERS].how == HOW_ERRNO ? ", and here to root too" : "");
	else
		printf(may ? "allowed, as it should be\n" : "IT SUCCEEDS\n");
	*(bad ? &failed : &passed) += 1;
}

static void
check(bool good, const char *what)
{
	if (as_table)
		return;
	printf("%s %s: %s\n", good ? "ok" : "not ok", stage_get()->name, what);
	*(good ? &passed : &failed) += 1;
}

/* What the one that waits in the sandbox has open. */
static void
kept(void)
{
	int dirs = 0, paths = 0, netlinks = 0, pidfd;
	struct stat st;

	pidfd = (int)syscall(SYS_pidfd_open, probe_sibling, 0);
	if (pidfd == -1)
		err(2, "pidfd_open");
	for (int i = 0; i < FDS_MAX; i++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, i, 0);
		int domain = 0, type = 0, protocol = 0;
		socklen_t len = sizeof(int);
		char link[LINK_MAX], name[LINK_MAX] = "";
		ssize_t n;

		if (fd == -1)
			continue;
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if ((n = readlink(link, name, sizeof(name) - 1)) > 0)
			name[n] = '\0';
		name[strcspn(name, "[")] = '\0';
		if (fstat(fd, &st) == 0 &&
		    (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))) {
			if ((fcntl(fd, F_GETFL) & O_PATH) != 0)
				paths++;
			else
				dirs++;
		}
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0) {
			getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
			getsockopt(
			    fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len);
			netlinks += domain == AF_NETLINK;
			printf(as_table ? "| %d | %s%s%s |\n"
					: "# descriptor %d: %s%s%s\n",
			    i,
			    domain == AF_UNIX	     ? "AF_UNIX"
				: domain == AF_INET6 ? "AF_INET6"
				: domain == AF_NETLINK
				? (protocol == 0 ? "AF_NETLINK route"
						 : "AF_NETLINK generic")
				: "socket of another family",
			    type == SOCK_STREAM	     ? " stream"
				: type == SOCK_DGRAM ? " datagram"
				: type == SOCK_RAW   ? ""
						     : " seqpacket",
			    "");
		} else {
			printf(as_table ? "| %d | %s |\n"
					: "# descriptor %d: %s\n",
			    i, name);
		}
		close(fd);
	}
	close(pidfd);
	check(dirs == 0, "no directory and no device of blocks is kept open");
	check(paths == ((stage_get()->bit & BOTH_PRIVDS) != 0),
	    "as a path only, privd keeps its configuration's directory");
	if ((stage_get()->bit & BOTH_PRIVDS) == 0)
		check(netlinks == 0, "no netlink socket is kept open");
}

static _Noreturn void
no_start(void)
{
	drain_log(true);
	errx(2, "the process never came to its loop");
}

/* Waits until the one to be attacked is in its loop. */
static void
wait_reached(pid_t pid)
{
	struct timespec ts = {.tv_nsec = 1000 * 1000};

	for (int ms = 0; !shared->reached; ms++) {
		if (ms > READY_MS || kill(pid, 0) == -1)
			no_start();
		nanosleep(&ts, NULL);
	}
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* True in a child. */
static bool
all(void)
{
	static const struct attempts *const lists[] = {&attempts_files,
	    &attempts_sockets, &attempts_processes, &attempts_kernel};
	pid_t sibling[LAYOUTS];
	unsigned int want;

	for (int off = 0; off < LAYOUTS; off++) {
		if ((sibling[off] = go_in(NULL, off)) == 0)
			return true;
		wait_reached(sibling[off]);
		stage_after();
		if (off > 0)
			continue;
		want = (1u << LAYERS) - 1;
		/* It has to read what /etc says of name servers. */
		if (stage_get()->bit == RESOLVER)
			want &= ~(1u << LAYER_CHROOT);
		check(shared->layers == want,
		    "each layer was put on by the process itself");
		probe_sibling = sibling[0];
		kept();
	}
	if (as_table)
		printf("\n| attempt | in force | no filter | no Landlock | "
		       "no limits | no chroot | as root | refused by |\n"
		       "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
		for (size_t i = 0; i < lists[l]->n; i++) {
			const struct attempt *t = &lists[l]->list[i];
			struct outcome o[LAYOUTS], marked;

			for (int off = 0; off < LAYOUTS; off++) {
				probe_sibling = sibling[off];
				snprintf(probe_paths.sibling_mem,
				    sizeof(probe_paths.sibling_mem),
				    "/proc/%d/mem", (int)probe_sibling);
				if (t->harmful && off == LAYERS) {
					o[off].how = HOW_NOT_TRIED;
					continue;
				}
				if (!make_attempt(t, off, &o[off]))
					return true;
				/* With fewer layers it will succeed too;
				 * the table shows that it does. */
				if (o[off].how != HOW_DONE || as_table)
					continue;
				while (++off < LAYOUTS)
					o[off].how = HOW_DONE;
			}
			layers_marked = true;
			probe_sibling = sibling[0];
			if (!make_attempt(t, 0, &marked))
				return true;
			layers_marked = false;
			report(t, o, marked);
		}
	}
	for (int off = 0; off < LAYOUTS; off++)
		end(sibling[off]);
	end(probe_root);
	return false;
}

void
probe_main(void)
{
	for (int fd = 0; fd < FDS_MAX; fd++)
		had[fd] = fcntl(fd, F_GETFD) != -1;
	prepare();
	if (all())
		return;
	if (!as_table)
		printf("%s: %d passed, %d failed, %d skipped\n",
		    stage_get()->name, passed, failed, skipped);
	fflush(stdout);
	_exit(failed > 0 ? 1 : 0);
}
