/* Programs, other processes, and rights. */
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/probe/probe.h"

/* A process that was made ends at once. */
static long
ended_if_child(long rv)
{
	if (rv == 0)
		probe_call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
	return rv;
}

#ifdef SYS_fork
static long
try_fork(long arg)
{
	(void)arg;
	return ended_if_child(probe_call(SYS_fork, 0, 0, 0, 0, 0, 0));
}
#endif

#ifdef __x86_64__
/* The child has our stack, so it mustn't return from anything. */
static long
try_vfork(long arg)
{
	long rv = SYS_vfork;

	(void)arg;
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "mov $231, %%eax\n\t"
			 "xor %%edi, %%edi\n\t"
			 "syscall\n"
			 "1:"
			 : "+a"(rv)
			 :
			 : "rcx", "rdi", "r11", "memory", "cc");
	return rv;
}
#endif

static long
try_clone(long flags)
{
	return ended_if_child(
	    probe_call(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0, 0));
}

static long
try_clone3(long arg)
{
	static struct clone_args args = {.exit_signal = SIGCHLD};

	(void)arg;
	return ended_if_child(
	    probe_call(SYS_clone3, PTR(&args), sizeof(args), 0, 0, 0, 0));
}

static const char *const argv[] = {"probe", NULL};
static const char *const envp[] = {NULL};

/* A program that we bring along. */
static long
exec_memfd(long arg)
{
	long fd = probe_call(SYS_memfd_create, PTR("p"), 0, 0, 0, 0, 0), rv;

	(void)arg;
	if (fd < 0)
		return fd;
	rv = probe_call(SYS_write, fd, PTR(probe_program),
	    (long)probe_program_len, 0, 0, 0);
	return rv < 0 ? rv
		      : probe_call(SYS_execveat, fd, PTR(""), PTR(argv),
			    PTR(envp), AT_EMPTY_PATH, 0);
}

/* setfsuid and setfsgid never fail; they tell what was. */
static long
setfs(long nr)
{
	long rv = probe_call(nr, 0, 0, 0, 0, 0, 0);

	if (rv < 0)
		return rv;
	rv = probe_call(nr, -1, 0, 0, 0, 0, 0);
	return rv == 0 ? 0 : -EPERM;
}

static struct __user_cap_header_struct cap = {
    .version = _LINUX_CAPABILITY_VERSION_3};
static struct __user_cap_data_struct all[2] = {
    {0xffffffff, 0xffffffff, 0}, {0x1ff, 0x1ff, 0}};
static char local[16], remote[16];
static const struct iovec to = {local, sizeof(local)};
static const struct iovec from = {remote, sizeof(remote)};
static siginfo_t info = {.si_code = SI_QUEUE};
static struct rlimit more = {4096, 4096}, less = {0, 0};
static const gid_t groups[] = {0};
static struct sched_param param;
static unsigned long mask = 1;

#define TWICE(what, call, ...)                                                 \
	{.name = what " a process of root's",                                  \
	    .nr = call,                                                        \
	    .a = {PID_ROOT, __VA_ARGS__}},                                     \
	{                                                                      \
		.name = what " one like us", .nr = call,                       \
		.a = {PID_SIBLING, __VA_ARGS__},                               \
	}
#define PRCTL(what, ...)                                                       \
	{                                                                      \
		.name = "prctl " what, .nr = SYS_prctl, .a = {__VA_ARGS__},    \
	}

static const struct attempt list[] = {
    {.name = "execve",
	.nr = SYS_execve,
	.a = {PTR("/bin/true"), PTR(argv), PTR(envp)}},
    {.name = "execveat",
	.nr = SYS_execveat,
	.a = {AT_FDCWD, PTR("/bin/true"), PTR(argv), PTR(envp), 0}},
    {.name = "execveat of a descriptor",
	.nr = SYS_execveat,
	.a = {3, PTR(""), PTR(argv), PTR(envp), AT_EMPTY_PATH},
	.natural = EACCES},
    {.name = "execveat of a program in memory", .fn = exec_memfd},
#ifdef SYS_fork
    {.name = "fork", .fn = try_fork},
#endif
#ifdef __x86_64__
    {.name = "vfork", .fn = try_vfork},
#endif
    {.name = "clone", .fn = try_clone},
    {.name = "clone into a user namespace",
	.fn = try_clone,
	.a = {CLONE_NEWUSER}},
    {.name = "clone3", .fn = try_clone3},
    {.name = "ptrace a process of root's",
	.nr = SYS_ptrace,
	.a = {PTRACE_SEIZE, PID_ROOT}},
    {.name = "ptrace one like us",
	.nr = SYS_ptrace,
	.a = {PTRACE_SEIZE, PID_SIBLING}},
    {.name = "ptrace: be traced", .nr = SYS_ptrace, .a = {PTRACE_TRACEME}},
    TWICE("process_vm_readv", SYS_process_vm_readv, PTR(&to), 1, PTR(&from), 1),
    TWICE(
	"process_vm_writev", SYS_process_vm_writev, PTR(&to), 1, PTR(&from), 1),
    TWICE("pidfd_open", SYS_pidfd_open, 0),
    TWICE("kcmp", SYS_kcmp, PID_ROOT, KCMP_VM),
    TWICE("kill", SYS_kill, 0),
    TWICE("tkill", SYS_tkill, 0),
    TWICE("rt_sigqueueinfo", SYS_rt_sigqueueinfo, 0, PTR(&info)),
    TWICE(
	"sched_setscheduler", SYS_sched_setscheduler, SCHED_OTHER, PTR(&param)),
    TWICE("sched_setaffinity", SYS_sched_setaffinity, sizeof(mask), PTR(&mask)),
    TWICE("prlimit64", SYS_prlimit64, RLIMIT_CORE, PTR(&less)),
    {.name = "kill everybody", .nr = SYS_kill, .a = {-1, 0}},
    {.name = "pidfd_getfd",
	.nr = SYS_pidfd_getfd,
	.a = {3, 3},
	.natural = EBADF},
    {.name = "setpriority -20",
	.nr = SYS_setpriority,
	.a = {PRIO_PROCESS, 0, -20}},
    {.name = "raise RLIMIT_NOFILE",
	.nr = SYS_prlimit64,
	.a = {0, RLIMIT_NOFILE, PTR(&more)}},
    {.name = "raise RLIMIT_NPROC",
	.nr = SYS_prlimit64,
	.a = {0, RLIMIT_NPROC, PTR(&more)}},
    {.name = "setrlimit", .nr = SYS_setrlimit, .a = {RLIMIT_NPROC, PTR(&more)}},
    {.name = "setsid", .nr = SYS_setsid},
    {.name = "setuid 0", .nr = SYS_setuid},
    {.name = "setreuid 0", .nr = SYS_setreuid},
    {.name = "setresuid 0", .nr = SYS_setresuid},
    {.name = "setgid 0", .nr = SYS_setgid},
    {.name = "setregid 0", .nr = SYS_setregid},
    {.name = "setresgid 0", .nr = SYS_setresgid},
    {.name = "setgroups", .nr = SYS_setgroups, .a = {1, PTR(groups)}},
    {.name = "setfsuid 0", .fn = setfs, .a = {SYS_setfsuid}},
    {.name = "setfsgid 0", .fn = setfs, .a = {SYS_setfsgid}},
    {.name = "capset, all of them",
	.nr = SYS_capset,
	.a = {PTR(&cap), PTR(all)}},
    PRCTL("PR_SET_DUMPABLE", PR_SET_DUMPABLE, 1),
    PRCTL("PR_SET_NO_NEW_PRIVS off", PR_SET_NO_NEW_PRIVS, 0),
    PRCTL("PR_SET_SECUREBITS off", PR_SET_SECUREBITS, 0),
    PRCTL("PR_SET_KEEPCAPS", PR_SET_KEEPCAPS, 1),
    PRCTL("PR_CAP_AMBIENT_RAISE", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
	CAP_NET_ADMIN),
    PRCTL("PR_SET_MM", PR_SET_MM, PR_SET_MM_ARG_START, PTR(local)),
    PRCTL("PR_SET_PTRACER, anybody", PR_SET_PTRACER, -1),
    PRCTL("PR_SET_SECCOMP", PR_SET_SECCOMP, 1),
    PRCTL("PR_SET_NAME", PR_SET_NAME, PTR("sshd")),
    PRCTL("PR_SET_PDEATHSIG off", PR_SET_PDEATHSIG, 0),
    PRCTL("PR_SET_CHILD_SUBREAPER", PR_SET_CHILD_SUBREAPER, 1),
    PRCTL("PR_SET_THP_DISABLE", PR_SET_THP_DISABLE, 1),
    PRCTL("PR_SET_SPECULATION_CTRL", PR_SET_SPECULATION_CTRL,
	PR_SPEC_STORE_BYPASS, PR_SPEC_ENABLE),
    {.name = "seccomp: another filter",
	.nr = SYS_seccomp,
	.a = {1, 0, PTR(&to)},
	.natural = EINVAL},
    {.name = "personality", .nr = SYS_personality, .a = {0x0400000}},
};

const struct attempts attempts_processes = {
    list, sizeof(list) / sizeof(list[0])};
