/*
 * dropcap PID: has a running process give up all its capabilities, by a
 * capset(2) put into it with ptrace(2) in the place of the call that it waits
 * in. Its seccomp filter is suspended for that.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <linux/capability.h>
#include <linux/elf.h>

#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What capset reads, laid out as one block of the other's stack. */
struct request {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
};

static pid_t pid;

static void
ptrace_do(enum __ptrace_request what, uintptr_t addr, void *data)
{
	if (ptrace(what, pid, (void *)addr, data) == -1)
		err(1, "ptrace request %d", (int)what);
}

static void
wait_stop(void)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		errx(1, "%d did not stop", (int)pid);
}

static void
copy(const struct iovec *from, uintptr_t to)
{
	struct iovec remote = {(void *)to, from->iov_len};

	if (process_vm_writev(pid, from, 1, &remote, 1, 0) !=
	    (ssize_t)from->iov_len)
		err(1, "write to memory of %d", (int)pid);
}

int
main(int argc, char **argv)
{
	struct request req = {.head = {.version = _LINUX_CAPABILITY_VERSION_3}};
	struct user_regs_struct saved, r;
	struct iovec local = {&req, sizeof req};
	uintptr_t at;

	if (argc != 2)
		errx(1, "usage: dropcap pid");
	pid = (pid_t)strtol(argv[1], NULL, 10);
	ptrace_do(PTRACE_SEIZE, 0, (void *)PTRACE_O_SUSPEND_SECCOMP);
	ptrace_do(PTRACE_INTERRUPT, 0, NULL);
	wait_stop();
	ptrace_do(PTRACE_GETREGS, 0, &saved);

	/* Below the red zone of the stack, where nothing is. */
	at = (saved.rsp - 1024) & ~(uintptr_t)15;
	copy(&local, at);
	r = saved;
	r.orig_rax = (unsigned long long)-1; /* restart nothing now */
	r.rax = SYS_capset;
	r.rdi = at + offsetof(struct request, head);
	r.rsi = at + offsetof(struct request, data);
	r.rip = saved.rip - 2; /* the syscall instruction it waits in */
	ptrace_do(PTRACE_SETREGS, 0, &r);
	ptrace_do(PTRACE_SINGLESTEP, 0, NULL);
	wait_stop();
	ptrace_do(PTRACE_GETREGS, 0, &r);
	if (r.rax != 0)
		errx(1, "capset: %s", strerror((int)-r.rax));
	ptrace_do(PTRACE_SETREGS, 0, &saved);
	ptrace_do(PTRACE_DETACH, 0, NULL);
	return 0;
}
