/* common/sandbox.c, landlock.c, seccomp.c: each step does what it says and
 * can't be undone. Each try is in a child, as most end what it may do. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox.h"
#include "common/seccomp.h"
#include "netd/ctl/client.h"

#define N(a)	  (sizeof(a) / sizeof((a)[0]))
#define NOBODY	  65534
#define FILTER(a) ((struct seccomp_filter){(a), N(a)})

/* In a child: leaves with the number of the line that failed. A line number
 * doesn't fit an exit status, so it goes through a pipe. */
static int report = -1;

#define MUST(what)                                                             \
	do {                                                                   \
		if (!(what))                                                   \
			failed_at(__LINE__);                                   \
	} while (0)

/* Not by libc: a sanitizer has work to do there that no filter allows. */
static void
leave(int status)
{
	syscall(SYS_exit_group, status);
}

static void
failed_at(int line)
{
	ssize_t n = write(report, &line, sizeof(line));

	(void)n;
	leave(1);
}

/* Runs f in a child. Returns how it ended; *line is where, 0 for nowhere. */
static int
child(void (*f)(void), int *line)
{
	int fds[2], status;
	pid_t pid;

	*line = 0;
	cr_assert_eq(pipe(fds), 0);
	pid = fork();
	cr_assert_neq(pid, -1);
	if (pid == 0) {
		close(fds[0]);
		report = fds[1];
		f();
		leave(0);
	}
	close(fds[1]);
	if (read(fds[0], line, sizeof(*line)) != sizeof(*line))
		*line = 0;
	close(fds[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void
expect_done(void (*f)(void))
{
	int line, status = child(f, &line);

	cr_expect_eq(line, 0, "failed at line %d", line);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x",
	    (unsigned int)status);
}

static void
expect_killed(void (*f)(void), const char *what)
{
	int line, status = child(f, &line);

	cr_expect_eq(line, 0, "%s: failed at line %d", what, line);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
	    "%s: status 0x%x", what, (unsigned int)status);
}

Test(sandbox, levels)
{
	static const struct {
		const char *in;
		int level; /* -1: refused */
	} rows[] = {{"enforce", SANDBOX_ENFORCE}, {"report", SANDBOX_REPORT},
	    {"off", SANDBOX_OFF}, {"", -1}, {"Enforce", -1}, {"of", -1},
	    {"offf", -1}, {"off ", -1}, {"0", -1}};

	for (size_t i = 0; i < N(rows); i++) {
		enum sandbox_level level = SANDBOX_ENFORCE;

		cr_expect_eq(sandbox_level_parse(rows[i].in, &level),
		    rows[i].level == -1 ? -1 : 0, "%s", rows[i].in);
		if (rows[i].level == -1)
			continue;
		cr_expect_eq((int)level, rows[i].level);
		cr_expect_str_eq(sandbox_level_name(level), rows[i].in);
	}
}

static void
prepare(void)
{
	struct rlimit rl;
	int fds[2];

	close(STDIN_FILENO);
	close(STDERR_FILENO);
	umask(0);
	MUST(sandbox_prepare() == 0);
	MUST(umask(0) == 077);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		MUST(fcntl(fd, F_GETFD) == 0);
	MUST(getrlimit(RLIMIT_CORE, &rl) == 0);
	MUST(rl.rlim_cur == 0 && rl.rlim_max == 0);
	MUST(pipe(fds) == 0);
	MUST(fds[0] > STDERR_FILENO);
	close(fds[0]);
	MUST(write(fds[1], "", 1) == -1 && errno == EPIPE);
}

Test(sandbox, prepare)
{
	expect_done(prepare);
}

Test(sandbox, user)
{
	static const char *const refused[] = {
	    "root", "", "_wirelink_is_not_there"};
	uid_t uid = 7;
	gid_t gid = 7;

	for (size_t i = 0; i < N(refused); i++) {
		errno = 0;
		cr_expect_eq(sandbox_user(refused[i], &uid, &gid), -1);
		cr_expect_eq(errno, i == 0 ? EPERM : ENOENT, "%s", refused[i]);
		cr_expect(uid == 7 && gid == 7);
	}
	cr_assert_eq(sandbox_user("nobody", &uid, &gid), 0);
	cr_expect_eq(uid, NOBODY);
	cr_expect_neq(gid, 0);
}

static char top[] = "/tmp/wirelink-sandbox-XXXXXX";

static void
make_top(void)
{
	cr_assert_not_null(mkdtemp(top));
	cr_assert_eq(chmod(top, 0755), 0);
}

static void
remove_top(void)
{
	static const char *const left[] = {"file", "outside", "in/a", "in"};
	char path[64];

	for (size_t i = 0; i < N(left); i++) {
		snprintf(path, sizeof(path), "%s/%s", top, left[i]);
		(void)remove(path);
	}
	cr_expect_eq(rmdir(top), 0, "something is left in %s", top);
}

TestSuite(sandbox_dir, .init = make_top, .fini = remove_top);

static void
chroot_good(void)
{
	struct stat st;

	MUST(sandbox_chroot(top) == 0);
	MUST(stat("/etc", &st) == -1 && errno == ENOENT);
	MUST(stat("../../etc", &st) == -1 && errno == ENOENT);
	MUST(stat("/", &st) == 0);
}

static void
chroot_bad(void)
{
	MUST(sandbox_chroot(top) == -1 && errno == EPERM);
	MUST(access("/etc", F_OK) == 0);
}

static void
chroot_file(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/file", top);
	MUST(close(open(path, O_WRONLY | O_CREAT, 0600)) == 0);
	MUST(sandbox_chroot(path) == -1 && errno == ENOTDIR);
	MUST(sandbox_chroot("/nonexistent") == -1 && errno == ENOENT);
}

Test(sandbox_dir, chroot)
{
	static const struct {
		mode_t mode;
		uid_t uid;
		bool good;
	} rows[] = {
	    {0755, 0, true},
	    {0700, 0, true},
	    {0555, 0, true},
	    {0775, 0, false},
	    {0757, 0, false},
	    {01777, 0, false},
	    {0755, NOBODY, false},
	};

	for (size_t i = 0; i < N(rows); i++) {
		cr_assert_eq(chown(top, rows[i].uid, 0), 0);
		cr_assert_eq(chmod(top, rows[i].mode), 0);
		expect_done(rows[i].good ? chroot_good : chroot_bad);
	}
	cr_assert_eq(chown(top, 0, 0), 0);
	cr_assert_eq(chmod(top, 0755), 0);
	expect_done(chroot_file);
}

struct caps {
	uint64_t permitted, effective, inheritable;
};

static struct caps
caps(void)
{
	struct __user_cap_header_struct h = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2];

	MUST(syscall(SYS_capget, &h, d) == 0);
	return (struct caps){
	    (uint64_t)d[1].permitted << 32 | d[0].permitted,
	    (uint64_t)d[1].effective << 32 | d[0].effective,
	    (uint64_t)d[1].inheritable << 32 | d[0].inheritable,
	};
}

static void
bounding(void)
{
	MUST(sandbox_bounding_drop() == 0);
	for (unsigned long cap = 0; cap <= CAP_LAST_CAP; cap++) {
		int rv = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		/* A kernel may know fewer than the headers. */
		MUST(rv == 0 || (rv == -1 && errno == EINVAL));
	}
	/* Dropped already: no harm. */
	MUST(sandbox_bounding_drop() == 0);
	MUST(sandbox_caps(0) == -1 || getuid() == 0);
}

static void
bounding_without_right(void)
{
	MUST(sandbox_setids(NOBODY, NOBODY) == 0);
	MUST(sandbox_bounding_drop() == -1 && errno == EPERM);
}

static void
securebits(void)
{
	const int want = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
	    SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
	    SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
	    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

	MUST(sandbox_securebits() == 0);
	MUST(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == want);
	MUST(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0) == -1 && errno == EPERM);
	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1 && errno == EPERM);
	MUST(
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) == -1);
}

/* As privd does it: the order, and one capability that stays. */
static void
drop_to_one(void)
{
	const uint64_t mask = UINT64_C(1) << CAP_NET_ADMIN;
	struct caps c;

	MUST(sandbox_bounding_drop() == 0);
	MUST(sandbox_securebits() == 0);
	MUST(sandbox_setids(NOBODY, NOBODY) == 0);
	MUST(sandbox_caps(mask) == 0);
	c = caps();
	MUST(c.permitted == mask && c.effective == mask && c.inheritable == 0);
	MUST(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_ADMIN, 0,
		 0) == 0);
	MUST(sandbox_caps(UINT64_C(1) << CAP_CHOWN) == -1 && errno == EPERM);
	MUST(sandbox_caps(mask | UINT64_C(1) << CAP_SETUID) == -1);
	MUST(setuid(0) == -1 && setgid(0) == -1 && setgroups(0, NULL) == -1);
	/* Less is still possible, and then that is what there is. */
	MUST(sandbox_caps(0) == 0);
	MUST(caps().permitted == 0);
	MUST(sandbox_caps(mask) == -1 && errno == EPERM);
}

/* As with the UAPI backend: uid 0, which then means little. */
static void
drop_as_root(void)
{
	const uint64_t mask = UINT64_C(1) << CAP_NET_ADMIN;

	MUST(sandbox_bounding_drop() == 0);
	MUST(sandbox_securebits() == 0);
	MUST(sandbox_setids(0, 0) == 0);
	MUST(sandbox_caps(mask) == 0);
	MUST(caps().permitted == mask);
	MUST(setuid(NOBODY) == -1 && errno == EPERM);
	MUST(chown(".", 1, 1) == -1 && errno == EPERM);
}

static void
caps_that_lead_back(void)
{
	MUST(sandbox_securebits() == 0);
	MUST(sandbox_setids(NOBODY, NOBODY) == 0);
	MUST(sandbox_caps(UINT64_C(1) << CAP_SETUID) == -1 && errno == EPERM);
}

static void
ids(void)
{
	const gid_t groups[] = {1, 2, 3};
	uid_t r, e, s;
	gid_t g[4];

	MUST(setgroups(3, groups) == 0);
	MUST(sandbox_setids(NOBODY, NOBODY - 1) == 0);
	MUST(getresuid(&r, &e, &s) == 0);
	MUST(r == NOBODY && e == NOBODY && s == NOBODY);
	MUST(getresgid(&r, &e, &s) == 0);
	MUST(r == NOBODY - 1 && e == NOBODY - 1 && s == NOBODY - 1);
	MUST(getgroups(4, g) == 0);
	MUST(setuid(0) == -1 && seteuid(0) == -1 && setgid(0) == -1);
	MUST(caps().permitted == 0);
	MUST(sandbox_setids(0, 0) == -1 && errno == EPERM);
	MUST(sandbox_caps(0) == 0);
}

Test(sandbox, rights)
{
	expect_done(bounding);
	expect_done(bounding_without_right);
	expect_done(securebits);
	expect_done(ids);
	expect_done(drop_to_one);
	expect_done(drop_as_root);
	expect_done(caps_that_lead_back);
}

static void
no_dump_no_privs(void)
{
	MUST(sandbox_no_dump() == 0);
	MUST(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	MUST(sandbox_no_new_privs() == 0);
	MUST(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == -1);
}

Test(sandbox, prctls)
{
	expect_done(no_dump_no_privs);
}

static struct rlimit
limit_of(__rlimit_resource_t what)
{
	struct rlimit rl;

	MUST(getrlimit(what, &rl) == 0);
	return rl;
}

static void
limits_to_a_pipe(void)
{
	int fds[2];

	MUST(pipe(fds) == 0 && dup2(fds[1], STDERR_FILENO) == STDERR_FILENO);
	MUST(sandbox_rlimits(40, SIZE_MAX / 2, 4096) == 0);
	MUST(limit_of(RLIMIT_NOFILE).rlim_cur == 40);
	MUST(limit_of(RLIMIT_NOFILE).rlim_max == 40);
	MUST(limit_of(RLIMIT_NPROC).rlim_max == 0);
	MUST(limit_of(RLIMIT_FSIZE).rlim_max == 4096);
	MUST(limit_of(RLIMIT_AS).rlim_max == SIZE_MAX / 2);
	while (dup(0) != -1)
		;
	MUST(errno == EMFILE);
	/* Where the right is gone, the limit can't be raised. */
	MUST(sandbox_setids(NOBODY, NOBODY) == 0);
	MUST(sandbox_rlimits(41, 0, 4096) == -1 && errno == EPERM);
	MUST(fork() == -1 && errno == EAGAIN);
}

static void
limits_to_a_file(void)
{
	struct rlimit as = limit_of(RLIMIT_AS);
	int fd = open(top, O_TMPFILE | O_RDWR, 0600);

	MUST(fd != -1 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	MUST(sandbox_rlimits(40, 0, 0) == 0);
	MUST(limit_of(RLIMIT_FSIZE).rlim_max == RLIM_INFINITY);
	MUST(limit_of(RLIMIT_AS).rlim_max == as.rlim_max);
	MUST(write(STDERR_FILENO, "a log may grow\n", 15) == 15);
}

static void
file_limit(void)
{
	int fd = open(top, O_TMPFILE | O_RDWR, 0600), fds[2];

	MUST(fd != -1 && sandbox_prepare() == 0);
	MUST(pipe(fds) == 0 && dup2(fds[1], STDERR_FILENO) == STDERR_FILENO);
	MUST(sandbox_rlimits(40, 0, 4) == 0);
	MUST(write(fd, "123456", 6) == 4);
	/* An error, and no signal. */
	MUST(write(fd, "56", 2) == -1 && errno == EFBIG);
}

Test(sandbox_dir, limits)
{
	expect_done(limits_to_a_pipe);
	expect_done(limits_to_a_file);
	expect_done(file_limit);
}

static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static long
landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
}

static int
connect_tcp(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
	    .sin_port = htons(9),
	    .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0), saved;

	MUST(fd != -1);
	saved =
	    connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ? errno : 0;
	close(fd);
	return saved;
}

static void
landlock_nothing(void)
{
	MUST(sandbox_no_new_privs() == 0);
	MUST(sandbox_landlock(NULL, 0, -1, false) == 0);
	MUST(open("/etc/passwd", O_RDONLY) == -1 && errno == EACCES);
	MUST(open("/", O_RDONLY | O_DIRECTORY) == -1 && errno == EACCES);
	MUST(open("/tmp/wirelink-x", O_CREAT | O_WRONLY, 0600) == -1);
	MUST(errno == EACCES);
	MUST(landlock_abi() < 4 || connect_tcp() == EACCES);
}

static void
landlock_some(void)
{
	const char *const paths[] = {"/etc/passwd", "/nonexistent/path", top};
	char path[64];

	snprintf(path, sizeof(path), "%s/file", top);
	MUST(close(open(path, O_WRONLY | O_CREAT, 0600)) == 0);
	MUST(sandbox_no_new_privs() == 0);
	MUST(sandbox_landlock(paths, N(paths), -1, true) == 0);
	MUST(open("/etc/passwd", O_RDONLY) != -1);
	MUST(open("/etc/passwd", O_RDWR) == -1 && errno == EACCES);
	MUST(open("/etc/group", O_RDONLY) == -1 && errno == EACCES);
	MUST(open(path, O_RDONLY) != -1);
	MUST(open(top, O_RDONLY | O_DIRECTORY) != -1);
	MUST(open(path, O_WRONLY) == -1 && errno == EACCES);
	MUST(unlink(path) == -1 && errno == EACCES);
	MUST(connect_tcp() != EACCES);
}

/* As privd has its configuration: what is replaced by another file of that
 * name is still read, what lies beside the directory is not. */
static void
landlock_files_in(void)
{
	char path[64], inside[64];
	int dir;

	snprintf(inside, sizeof(inside), "%s/in", top);
	MUST(mkdir(inside, 0700) == 0);
	snprintf(path, sizeof(path), "%s/outside", top);
	MUST(close(open(path, O_WRONLY | O_CREAT, 0600)) == 0);
	dir = open(inside, O_PATH | O_DIRECTORY);
	MUST(dir != -1);
	MUST(close(openat(dir, "b", O_WRONLY | O_CREAT, 0600)) == 0);
	MUST(renameat(dir, "b", dir, "a") == 0);
	MUST(sandbox_no_new_privs() == 0);
	MUST(sandbox_landlock(NULL, 0, dir, false) == 0);
	MUST(openat(dir, "a", O_RDONLY) != -1);
	MUST(openat(dir, "a", O_WRONLY) == -1 && errno == EACCES);
	MUST(openat(dir, "../outside", O_RDONLY) == -1 && errno == EACCES);
	MUST(openat(dir, ".", O_RDONLY | O_DIRECTORY) == -1);
	MUST(errno == EACCES);
	MUST(open("/etc/passwd", O_RDONLY) == -1 && errno == EACCES);
}

static void
landlock_missing(void)
{
	MUST(sandbox_landlock(NULL, 0, -1, false) == 1);
}

Test(sandbox_dir, landlock)
{
	if (!has_landlock()) {
		expect_done(landlock_missing);
		return;
	}
	expect_done(landlock_nothing);
	expect_done(landlock_some);
	expect_done(landlock_files_in);
}

/* A kernel without Landlock is one where the call is not there. */
static void
landlock_not_in_the_kernel(void)
{
	static const struct seccomp_rule rules[] = {
	    {.name = "write"}, {.name = "exit_group"}};

	MUST(sandbox_no_new_privs() == 0);
	MUST(seccomp_apply(&FILTER(rules), SANDBOX_ENFORCE) == 0);
	MUST(sandbox_landlock(NULL, 0, -1, false) == 1);
}

Test(sandbox, landlock_not_in_the_kernel)
{
	expect_done(landlock_not_in_the_kernel);
}

static const struct seccomp_rule basic_rules[] = {
    {.name = "write"},
    {.name = "exit_group"},
    {.name = "getpid"},
    {.name = "not_a_system_call"},
    {.name = "mmap", .arg = {{2, PROT_EXEC, 0}}},
    {.name = "socket",
	.arg = {{0, SECCOMP_FULL, AF_INET}, {1, 0xf, SOCK_DGRAM}}},
    {.name = "socket",
	.arg = {{0, SECCOMP_FULL, AF_INET6}, {1, 0xf, SOCK_DGRAM}}},
};
static const struct seccomp_filter basic = {basic_rules, N(basic_rules)};

static void
filter(void)
{
	MUST(sandbox_no_new_privs() == 0);
	MUST(seccomp_apply(&basic, SANDBOX_ENFORCE) == 0);
}

static void
filter_allows(void)
{
	filter();
	MUST(prctl(PR_GET_SECCOMP) == -1 && errno == EPERM);
	MUST(syscall(SYS_getpid) > 0);
}

static void
filter_refuses(void)
{
	filter();
	/* Refused as a lack of rights, or as not there. */
	MUST(open("/etc/passwd", O_RDONLY) == -1 && errno == EPERM);
	MUST(syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY) == -1 &&
	    errno == EPERM);
	MUST(syscall(SYS_kill, 1, 0) == -1 && errno == EPERM);
	MUST(syscall(SYS_getppid) == -1 && errno == ENOSYS);
	MUST(syscall(SYS_clone3, NULL, 0) == -1 && errno == ENOSYS);
	MUST(syscall(1000000) == -1 && errno == ENOSYS);
}

static void
filter_looks_at_arguments(void)
{
	filter();
	MUST(socket(AF_INET, SOCK_DGRAM, 0) != -1);
	MUST(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) != -1);
	MUST(socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == ENOSYS);
	MUST(socket(AF_UNIX, SOCK_DGRAM, 0) == -1 && errno == ENOSYS);
	MUST(socket(AF_NETLINK, SOCK_RAW, 0) == -1 && errno == ENOSYS);
	MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	MUST(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	MUST(errno == ENOSYS);
}

/* An intruder's calls; each is made bare, and must end the process before
 * the kernel looks at the arguments. */
static const struct {
	const char *name;
	long nr;
} fatal_calls[] = {
    {"execve", SYS_execve},
    {"execveat", SYS_execveat},
    {"clone", SYS_clone},
    {"ptrace", SYS_ptrace},
    {"process_vm_readv", SYS_process_vm_readv},
    {"process_vm_writev", SYS_process_vm_writev},
    {"unshare", SYS_unshare},
    {"setns", SYS_setns},
    {"mount", SYS_mount},
    {"umount2", SYS_umount2},
    {"fsopen", SYS_fsopen},
    {"fsconfig", SYS_fsconfig},
    {"fspick", SYS_fspick},
    {"fsmount", SYS_fsmount},
    {"move_mount", SYS_move_mount},
    {"open_tree", SYS_open_tree},
    {"pivot_root", SYS_pivot_root},
    {"chroot", SYS_chroot},
    {"bpf", SYS_bpf},
    {"userfaultfd", SYS_userfaultfd},
    {"io_uring_setup", SYS_io_uring_setup},
    {"io_uring_enter", SYS_io_uring_enter},
    {"io_uring_register", SYS_io_uring_register},
    {"perf_event_open", SYS_perf_event_open},
    {"kexec_load", SYS_kexec_load},
    {"init_module", SYS_init_module},
    {"finit_module", SYS_finit_module},
    {"delete_module", SYS_delete_module},
    {"keyctl", SYS_keyctl},
    {"add_key", SYS_add_key},
    {"request_key", SYS_request_key},
    {"open_by_handle_at", SYS_open_by_handle_at},
    {"setuid", SYS_setuid},
    {"setresuid", SYS_setresuid},
    {"setresgid", SYS_setresgid},
    {"capset", SYS_capset},
#ifdef SYS_fork
    {"fork", SYS_fork},
    {"vfork", SYS_vfork},
#endif
};

static long fatal_nr;

static void
filter_kills(void)
{
	filter();
	/* Bad arguments: were it let through, nothing would come of it. */
	syscall(fatal_nr, -1L, -1L, -1L, -1L, -1L, -1L);
	MUST(false);
}

Test(seccomp, verdicts)
{
	expect_done(filter_allows);
	expect_done(filter_refuses);
	expect_done(filter_looks_at_arguments);
}

Test(seccomp, intruders_calls_kill)
{
	for (size_t i = 0; i < N(fatal_calls); i++) {
		fatal_nr = fatal_calls[i].nr;
		expect_killed(filter_kills, fatal_calls[i].name);
	}
}

#ifdef __x86_64__
/* The other two sets of calls that this processor has: i386 and x32. */
static void
foreign_i386(void)
{
	long rv;

	filter();
	/* 20: getpid, were it i386's table. */
	__asm__ volatile("int $0x80" : "=a"(rv) : "a"(20L) : "memory");
	MUST(rv == -ENOSYS);
}

static void
foreign_x32(void)
{
	filter();
	syscall(0x40000000L + SYS_getpid);
	MUST(false);
}

Test(seccomp, foreign_calls_kill)
{
	int line, status = child(foreign_i386, &line);

	/* A kernel may be built without that entry: SIGSEGV. */
	cr_expect(WIFSIGNALED(status), "line %d", line);
	expect_killed(foreign_x32, "x32");
}
#endif

static void
report_lets_pass(void)
{
	pid_t pid;
	int status;

	MUST(sandbox_no_new_privs() == 0);
	MUST(seccomp_apply(&basic, SANDBOX_REPORT) == 0);
	MUST(prctl(PR_GET_SECCOMP) == 2);
	MUST(open("/etc/passwd", O_RDONLY) != -1);
	pid = fork();
	MUST(pid != -1);
	if (pid == 0)
		leave(3);
	MUST(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
}

static void
off_does_nothing(void)
{
	MUST(seccomp_apply(&basic, SANDBOX_OFF) == 0);
	MUST(prctl(PR_GET_SECCOMP) == 0);
	MUST(open("/etc/passwd", O_RDONLY) != -1);
}

/* What the table allows is allowed, also when it is on another list. */
static void
table_comes_first(void)
{
	static const struct seccomp_rule rules[] = {{.name = "write"},
	    {.name = "exit_group"}, {.name = "openat"},
	    {.name = "setuid", .arg = {{0, SECCOMP_FULL, NOBODY}}}};

	MUST(sandbox_no_new_privs() == 0);
	MUST(seccomp_apply(&FILTER(rules), SANDBOX_ENFORCE) == 0);
	MUST(syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY) != -1);
	MUST(syscall(SYS_setuid, 0) == -1 && errno == ENOSYS);
	MUST(syscall(SYS_setuid, NOBODY) == 0);
}

/* A second filter can only take away. */
static void
filter_stays(void)
{
	static const struct seccomp_rule more[] = {{.name = "write"},
	    {.name = "exit_group"}, {.name = "seccomp"}, {.name = "prctl"},
	    {.name = "brk"}, {.name = "munmap"}, {.name = "mmap"},
	    {.name = "pipe2"}, {.name = "read"}, {.name = "close"}};
	static const struct seccomp_rule wide[] = {{.name = "openat"},
	    {.name = "open"}, {.name = "write"}, {.name = "exit_group"}};

	MUST(sandbox_no_new_privs() == 0);
	MUST(seccomp_apply(&FILTER(more), SANDBOX_ENFORCE) == 0);
	MUST(seccomp_apply(&FILTER(wide), SANDBOX_ENFORCE) == 0);
	MUST(syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY) == -1);
}

Test(seccomp, levels)
{
	expect_done(report_lets_pass);
	expect_done(off_does_nothing);
	expect_done(table_comes_first);
	expect_done(filter_stays);
}

/* A process tells what is so, before and after. */
static void
measured(void)
{
	struct sandbox_state s = {0};
	bool landlock = has_landlock();

	MUST(sandbox_enter(&basic, SANDBOX_OFF, &s) == 0);
	MUST(s.uid == 0 && s.filter == SANDBOX_OFF && !s.landlock);
	MUST(!s.no_new_privs && s.dumpable && !s.own_root && s.bounding != 0);
	MUST(sandbox_bounding_drop() == 0 && sandbox_securebits() == 0);
	MUST(sandbox_chroot(top) == 0);
	MUST(sandbox_setids(NOBODY, NOBODY - 1) == 0);
	MUST(sandbox_caps(UINT64_C(1) << CAP_NET_ADMIN) == 0);
	MUST(sandbox_no_dump() == 0 && sandbox_no_new_privs() == 0);
	MUST(sandbox_rlimits(40, SIZE_MAX / 2, 4096) == 0);
	MUST(sandbox_landlock(NULL, 0, -1, false) == (landlock ? 0 : 1));
	MUST(sandbox_enter(&basic, SANDBOX_ENFORCE, &s) == 0);
	MUST(s.uid == NOBODY && s.gid == NOBODY - 1);
	MUST(s.caps == UINT64_C(1) << CAP_NET_ADMIN && s.bounding == 0);
	MUST(s.securebits == 0xef && s.no_new_privs && !s.dumpable);
	MUST(s.own_root && s.landlock == landlock);
	MUST(s.filter == SANDBOX_ENFORCE && s.calls == 6);
	MUST(s.nofile == 40 && s.nproc == 0 && s.memory == SIZE_MAX / 2);
}

static void
measured_report(void)
{
	struct sandbox_state s = {0};

	MUST(sandbox_no_new_privs() == 0);
	MUST(sandbox_enter(&basic, SANDBOX_REPORT, &s) == 0);
	MUST(s.filter == SANDBOX_REPORT);
}

Test(sandbox_dir, measured)
{
	expect_done(measured);
	expect_done(measured_report);
}

/* wirelinkctl, connected: it can print and be done. */
static void
ctl_confined(void)
{
	char byte = 0;
	int fds[2];

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	MUST(ctl_confine(stderr) == 0);
	MUST(write(report, &byte, 0) == 0);
	MUST(send(fds[0], &byte, 1, MSG_NOSIGNAL) == -1 && errno == ENOSYS);
	MUST(open("/etc/passwd", O_RDONLY) == -1 && errno == EPERM);
	MUST(socket(AF_UNIX, SOCK_STREAM, 0) == -1 && errno == EPERM);
	MUST(prctl(PR_GET_DUMPABLE) == -1 && errno == EPERM);
	MUST(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	MUST(syscall(SYS_newfstatat, AT_FDCWD, "/etc", NULL, 0) == -1 &&
	    errno == ENOSYS);
}

static void
ctl_execs(void)
{
	MUST(ctl_confine(stderr) == 0);
	execl("/bin/true", "true", (char *)NULL);
	MUST(false);
}

Test(sandbox, wirelinkctl)
{
	expect_done(ctl_confined);
	expect_killed(ctl_execs, "execve");
}
