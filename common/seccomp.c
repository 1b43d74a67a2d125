/* System call filters. See seccomp.h. */
#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <unistd.h>

#include "common/seccomp.h"

/* Nothing of ours ever does these: whoever does is an intruder. */
static const char *const fatal_calls[] = {
    "execve",
    "execveat",
    "fork",
    "vfork",
    "clone",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    "unshare",
    "setns",
    "mount",
    "umount2",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "mount_setattr",
    "pivot_root",
    "chroot",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "open_by_handle_at",
    "personality",
    "modify_ldt",
    "setuid",
    "setreuid",
    "setresuid",
    "setgid",
    "setregid",
    "setresgid",
    "capset",
};

/* Tried by libraries, and answered as a lack of rights. */
static const char *const refused_calls[] = {
    "open",
    "openat",
    "openat2",
    "creat",
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "kill",
    "tkill",
    "tgkill",
    "stat",
    "newfstatat",
    "statx",
    "access",
    "faccessat",
    "faccessat2",
    "readlink",
    "readlinkat",
    "unlink",
    "unlinkat",
    "prctl",
    "mmap",
    "mprotect",
    "ioctl",
    "setsockopt",
    "getsockopt",
    "dup",
    "dup2",
    "dup3",
    "fcntl",
};

static int
add(scmp_filter_ctx ctx, uint32_t action, const char *name, unsigned int nargs,
    const struct scmp_arg_cmp *cmp)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR || nr < 0)
		return 0;
	return seccomp_rule_add_array(ctx, action, nr, nargs, cmp);
}

static int
allow(scmp_filter_ctx ctx, const struct seccomp_rule *rule)
{
	struct scmp_arg_cmp cmp[3];
	unsigned int n = 0;

	for (int i = 0; i < 3; i++) {
		const struct seccomp_arg *a = &rule->arg[i];

		if (a->mask == 0)
			continue;
		cmp[n].arg = a->index;
		cmp[n].op = SCMP_CMP_MASKED_EQ;
		cmp[n].datum_a = a->mask;
		cmp[n].datum_b = a->value;
		n++;
	}
	return add(ctx, SCMP_ACT_ALLOW, rule->name, n, cmp);
}

/* A call that the table allows, perhaps for some arguments only, gets no
 * second verdict here: for other arguments it is the filter's ENOSYS. */
static int
refuse(scmp_filter_ctx ctx, uint32_t action, const char *const *names, size_t n,
    const struct seccomp_filter *f)
{
	for (size_t i = 0; i < n; i++) {
		int nr = seccomp_syscall_resolve_name(names[i]), rv;
		size_t k = 0;

		while (k < f->n &&
		    seccomp_syscall_resolve_name(f->rules[k].name) != nr)
			k++;
		if (k < f->n)
			continue;
		rv = add(ctx, action, names[i], 0, NULL);
		if (rv < 0)
			return rv;
	}
	return 0;
}

unsigned int
seccomp_calls(const struct seccomp_filter *f)
{
	unsigned int n = 0;

	for (size_t i = 0; i < f->n; i++) {
		size_t k = 0;

		while (strcmp(f->rules[k].name, f->rules[i].name) != 0)
			k++;
		n += k == i;
	}
	return n;
}

int
seccomp_fill(
    void *ctx, const struct seccomp_filter *f, enum sandbox_level level)
{
	int rv;

	for (size_t i = 0; i < f->n; i++) {
		rv = allow(ctx, &f->rules[i]);
		if (rv < 0)
			return rv;
	}
	if (level == SANDBOX_REPORT)
		return 0;
	rv = refuse(ctx, SCMP_ACT_KILL_PROCESS, fatal_calls,
	    sizeof(fatal_calls) / sizeof(fatal_calls[0]), f);
	if (rv < 0)
		return rv;
	return refuse(ctx, SCMP_ACT_ERRNO(EPERM), refused_calls,
	    sizeof(refused_calls) / sizeof(refused_calls[0]), f);
}

/* The program that the kernel is to run. Its length, or a negative errno. */
static int
program(scmp_filter_ctx ctx, struct sock_filter *code, size_t max)
{
	int fd[2], rv;
	ssize_t n;

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) == -1)
		return -errno;
	rv = seccomp_export_bpf(ctx, fd[1]);
	if (rv == 0) {
		n = read(fd[0], code, max * sizeof(*code));
		rv = n > 0 && (size_t)n < max * sizeof(*code)
		    ? (int)((size_t)n / sizeof(*code))
		    : -E2BIG;
	}
	close(fd[0]);
	close(fd[1]);
	return rv;
}

int
seccomp_apply(const struct seccomp_filter *f, enum sandbox_level level)
{
	static struct sock_filter code[1024];
	struct sock_fprog prog = {.filter = code};
	scmp_filter_ctx ctx;
	int rv;

	if (level == SANDBOX_OFF)
		return 0;
	ctx = seccomp_init(
	    level == SANDBOX_REPORT ? SCMP_ACT_LOG : SCMP_ACT_ERRNO(ENOSYS));
	if (ctx == NULL) {
		errno = ENOMEM;
		return -1;
	}
	rv = seccomp_attr_set(
	    ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rv == 0)
		rv = seccomp_fill(ctx, f, level);
	if (rv == 0)
		rv = program(ctx, code, sizeof(code) / sizeof(code[0]));
	seccomp_release(ctx);
	if (rv < 0) {
		errno = -rv;
		return -1;
	}
	/* The last moment at which this is allowed, and the library that made
	 * the filter is not needed any more. */
	sandbox_shrink();
	prog.len = (unsigned short)rv;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}
