/* Memory that can be run, namespaces, and the kernel's larger doors. Calls
 * that would do harm are given what the kernel looks at only after it has
 * looked at the rights: then another errno than EPERM says "let through". */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/probe/probe.h"

#define RW		 (PROT_READ | PROT_WRITE)
#define ANON		 (MAP_PRIVATE | MAP_ANONYMOUS)
#define PAGE		 4096
#define DIR		 PTR(probe_paths.dir)
#define KEY_SPEC_SESSION (-3)

static long
protect(long prot)
{
	long p = probe_call(SYS_mmap, 0, PAGE, RW, ANON, -1, 0);

	return p < 0 && p > -PAGE
	    ? p
	    : probe_call(SYS_mprotect, p, PAGE, prot, 0, 0, 0);
}

static long
pkey_protect(long prot)
{
	long p = probe_call(SYS_mmap, 0, PAGE, RW, ANON, -1, 0);

	return p < 0 && p > -PAGE
	    ? p
	    : probe_call(SYS_pkey_mprotect, p, PAGE, prot, -1, 0, 0);
}

/* Our own code, made writable. */
static long
protect_code(long prot)
{
	return probe_call(SYS_mprotect, PTR(protect_code) & ~(PAGE - 1L), PAGE,
	    prot, 0, 0, 0);
}

static long
shm_exec(long arg)
{
	long id = probe_call(SYS_shmget, 0, PAGE, 01700, 0, 0, 0), p;

	(void)arg;
	if (id < 0)
		return id;
	p = probe_call(SYS_shmat, id, 0, 0100000, 0, 0, 0);
	probe_call(SYS_shmctl, id, 0, 0, 0, 0, 0);
	return p;
}

static long
set_clock(long arg)
{
	struct timespec now;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &now);
	return probe_call(
	    SYS_clock_settime, CLOCK_REALTIME, PTR(&now), 0, 0, 0, 0);
}

#ifdef __x86_64__
/* getpid by the door of 32-bit programs. */
static long
int80(long arg)
{
	long rv = 20;

	(void)arg;
	__asm__ volatile("int $0x80"
			 : "+a"(rv)
			 :
			 : "r8", "r9", "r10", "r11", "memory", "cc");
	return (int)rv;
}
#endif

static char ring[256], buf[256];
static union bpf_attr bpf = {.map_type = BPF_MAP_TYPE_ARRAY,
    .key_size = 4,
    .value_size = 4,
    .max_entries = 1};
static struct perf_event_attr perf = {
    .type = PERF_TYPE_SOFTWARE, .size = sizeof(perf), .disabled = 1};
static struct timezone tz;
static long aio;
static int clock_timer;
static struct sigevent event = {.sigev_notify = SIGEV_NONE};

#define MAP(what, addr, prot, flags)                                           \
	{                                                                      \
		.name = "mmap " what, .nr = SYS_mmap,                          \
		.a = {addr, PAGE, prot, flags, -1, 0},                         \
	}
#define UNSHARE(what, flag)                                                    \
	{                                                                      \
		.name = "unshare " what, .nr = SYS_unshare, .a = {flag},       \
	}

static const struct attempt list[] = {
    {.name = "mmap to read and write",
	.nr = SYS_mmap,
	.a = {0, PAGE, RW, ANON, -1, 0},
	.meant = ALL},
    MAP("PROT_EXEC", 0, PROT_READ | PROT_EXEC, ANON),
    MAP("PROT_EXEC and PROT_WRITE", 0, RW | PROT_EXEC, ANON),
    MAP("PROT_EXEC, shared", 0, RW | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS),
    MAP("the page at 0", 0, RW, ANON | MAP_FIXED),
    {.name = "mprotect PROT_EXEC", .fn = protect, .a = {PROT_READ | PROT_EXEC}},
    {.name = "mprotect PROT_EXEC and PROT_WRITE",
	.fn = protect,
	.a = {RW | PROT_EXEC}},
    {.name = "mprotect code, to write",
	.fn = protect_code,
	.a = {RW | PROT_EXEC}},
    {.name = "pkey_mprotect PROT_EXEC",
	.fn = pkey_protect,
	.a = {PROT_READ | PROT_EXEC}},
    {.name = "shmat SHM_EXEC", .fn = shm_exec},
    {.name = "userfaultfd", .nr = SYS_userfaultfd, .a = {1}},
    {.name = "memfd_secret", .nr = SYS_memfd_secret},
    {.name = "mlockall", .nr = SYS_mlockall, .a = {MCL_FUTURE}},
    {.name = "process_madvise",
	.nr = SYS_process_madvise,
	.a = {3, PTR(buf), 1, MADV_COLD},
	.natural = EBADF},
    UNSHARE("CLONE_NEWUSER", CLONE_NEWUSER),
    UNSHARE("CLONE_NEWNS", CLONE_NEWNS),
    UNSHARE("CLONE_NEWNET", CLONE_NEWNET),
    UNSHARE("CLONE_NEWPID", CLONE_NEWPID),
    UNSHARE("CLONE_NEWIPC", CLONE_NEWIPC),
    UNSHARE("CLONE_NEWUTS", CLONE_NEWUTS),
    UNSHARE("CLONE_NEWCGROUP", CLONE_NEWCGROUP),
    {.name = "setns", .nr = SYS_setns, .a = {3, 0}, .natural = EINVAL},
    {.name = "mount",
	.nr = SYS_mount,
	.a = {PTR("none"), DIR, PTR("nosuchfs"), 0, 0},
	.natural = ENODEV},
    {.name = "umount2", .nr = SYS_umount2, .a = {DIR}, .natural = EINVAL},
    {.name = "pivot_root",
	.nr = SYS_pivot_root,
	.a = {DIR, DIR},
	.natural = EINVAL},
    {.name = "fsopen", .nr = SYS_fsopen, .a = {PTR("tmpfs"), 0}},
    {.name = "open_tree", .nr = SYS_open_tree, .a = {AT_FDCWD, DIR, 1}},
    {.name = "move_mount",
	.nr = SYS_move_mount,
	.a = {AT_FDCWD, DIR, AT_FDCWD, DIR, 0},
	.natural = EINVAL},
    {.name = "mount_setattr",
	.nr = SYS_mount_setattr,
	.a = {AT_FDCWD, DIR, 0, PTR(buf), 32},
	.natural = EINVAL},
    {.name = "swapon", .nr = SYS_swapon, .a = {PTR(""), 0}, .natural = ENOENT},
    {.name = "swapoff", .nr = SYS_swapoff, .a = {PTR("")}, .natural = ENOENT},
    {.name = "quotactl",
	.nr = SYS_quotactl,
	.a = {0x80000700L, PTR("/dev/null"), 0, PTR(buf)},
	.natural = ENOTBLK},
    {.name = "acct", .nr = SYS_acct, .a = {PTR("/")}, .natural = EISDIR},
    {.name = "reboot",
	.nr = SYS_reboot,
	.a = {(int)0xfee1dead, 672274793, 1, 0},
	.natural = EINVAL},
    {.name = "kexec_load",
	.nr = SYS_kexec_load,
	.a = {0, 1, 0, 0x7fff},
	.natural = EINVAL},
    {.name = "init_module",
	.nr = SYS_init_module,
	.a = {PTR(buf), sizeof(buf), PTR("")},
	.natural = ENOEXEC},
    {.name = "finit_module",
	.nr = SYS_finit_module,
	.a = {-1, PTR(""), 0},
	.natural = EBADF},
    {.name = "delete_module",
	.nr = SYS_delete_module,
	.a = {PTR("nosuchmodule"), 0},
	.natural = ENOENT},
    {.name = "sethostname",
	.nr = SYS_sethostname,
	.a = {PTR(buf), -1},
	.natural = EINVAL},
    {.name = "setdomainname",
	.nr = SYS_setdomainname,
	.a = {PTR(buf), -1},
	.natural = EINVAL},
    {.name = "clock_settime", .fn = set_clock, .harmful = true},
    {.name = "settimeofday: the zone",
	.nr = SYS_settimeofday,
	.a = {0, PTR(&tz)}},
    {.name = "syslog: the kernel's messages",
	.nr = SYS_syslog,
	.a = {3, PTR(buf), sizeof(buf)}},
    {.name = "io_uring_setup", .nr = SYS_io_uring_setup, .a = {4, PTR(ring)}},
    {.name = "io_setup", .nr = SYS_io_setup, .a = {1, PTR(&aio)}},
    {.name = "bpf: make a map",
	.nr = SYS_bpf,
	.a = {BPF_MAP_CREATE, PTR(&bpf), sizeof(bpf)}},
    {.name = "perf_event_open",
	.nr = SYS_perf_event_open,
	.a = {PTR(&perf), 0, -1, -1, 0}},
    {.name = "keyctl: the session's keyring",
	.nr = SYS_keyctl,
	.a = {0, KEY_SPEC_SESSION, 1}},
    {.name = "add_key",
	.nr = SYS_add_key,
	.a = {PTR("user"), PTR("probe"), PTR("x"), 1, -1}},
    {.name = "request_key",
	.nr = SYS_request_key,
	.a = {PTR("user"), PTR("nosuchkey"), 0, 0},
	.natural = ENOKEY},
    {.name = "landlock_create_ruleset",
	.nr = SYS_landlock_create_ruleset,
	.a = {0, 0, 1}},
    {.name = "epoll_create1", .nr = SYS_epoll_create1},
    {.name = "eventfd2", .nr = SYS_eventfd2},
    {.name = "timerfd_create",
	.nr = SYS_timerfd_create,
	.a = {CLOCK_MONOTONIC, 0}},
    {.name = "timer_create",
	.nr = SYS_timer_create,
	.a = {CLOCK_MONOTONIC, PTR(&event), PTR(&clock_timer)}},
    {.name = "msgget", .nr = SYS_msgget, .a = {0x7ead, 0}, .natural = ENOENT},
    {.name = "mq_open",
	.nr = SYS_mq_open,
	.a = {PTR("nosuchqueue"), O_RDONLY, 0, 0},
	.natural = ENOENT},
    {.name = "splice",
	.nr = SYS_splice,
	.a = {-1, 0, STDERR_FILENO, 0, 1, 0},
	.natural = EBADF},
    {.name = "rseq",
	.nr = SYS_rseq,
	.a = {PTR(ring), 32, 0, 0},
	.natural = EINVAL},
#ifdef __x86_64__
    {.name = "iopl", .nr = SYS_iopl, .a = {3}},
    {.name = "ioperm", .nr = SYS_ioperm, .a = {0x80, 1, 1}},
    {.name = "modify_ldt", .nr = SYS_modify_ldt, .a = {0, PTR(buf), 1}},
    {.name = "arch_prctl: the GS base", .nr = SYS_arch_prctl, .a = {0x1001, 0}},
    {.name = "getpid by int 0x80", .fn = int80},
    {.name = "getpid by the x32 entry", .nr = 0x40000000 + SYS_getpid},
    {.name = "ptrace by the x32 entry",
	.nr = 0x40000000 + 521,
	.a = {0x4206, PID_ROOT}},
#endif
    {.name = "a call that doesn't exist", .nr = 1023},
};

const struct attempts attempts_kernel = {list, sizeof(list) / sizeof(list[0])};
