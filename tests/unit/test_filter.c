/* The filter of each process, on x86-64 and arm64: as the kernel would run
 * it, on every call with the arguments that it looks at. */
#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "netd/filter.h"
#include "privd/privd.h"

#define N(a)	 (sizeof(a) / sizeof((a)[0]))
#define CODE_MAX 4096 /* the kernel's own limit */
#define CALLS	 512 /* numbers that are looked at */

static const struct {
	const char *name;
	const struct seccomp_filter *filter;
	unsigned int most; /* calls */
} filters[] = {
    {"privd", &privd_filter, 24},
    {"privd, userspace", &privd_filter_userspace, 24},
    {"netd", &netd_filter, 16},
    {"resolver", &resolver_filter, 50},
    {"wirelinkctl", &ctl_filter, 16},
};

static const struct arch {
	const char *name;
	uint32_t scmp, audit;
	/* Names that it doesn't have. */
	const char *without[4];
} archs[] = {
    {"x86-64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, {NULL}},
    {"arm64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64,
	{"poll", "open", "stat", NULL}},
};

struct program {
	struct sock_filter code[CODE_MAX];
	size_t n;
};

static void
make(const struct seccomp_filter *f, const struct arch *arch, struct program *p)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t len;

	cr_assert(ctx != NULL && fd != -1);
	seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (seccomp_arch_native() != arch->scmp) {
		cr_assert_eq(seccomp_arch_add(ctx, arch->scmp), 0);
		cr_assert_eq(seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE), 0);
	}
	cr_assert_eq(seccomp_fill(ctx, f, SANDBOX_ENFORCE), 0);
	cr_assert_eq(seccomp_export_bpf(ctx, fd), 0);
	seccomp_release(ctx);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	len = read(fd, p->code, sizeof(p->code));
	close(fd);
	cr_assert(len > 0 && (size_t)len % sizeof(p->code[0]) == 0);
	p->n = (size_t)len / sizeof(p->code[0]);
}

static bool
jumps(const struct sock_filter *i, uint32_t a)
{
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return a == i->k;
	case BPF_JGT:
		return a > i->k;
	case BPF_JGE:
		return a >= i->k;
	case BPF_JSET:
		return (a & i->k) != 0;
	}
	cr_assert_fail("jump 0x%x", i->code);
	return false;
}

/* The verdict; the kernel's interpreter in small. */
static uint32_t
verdict(const struct program *p, const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < p->n; pc++) {
		const struct sock_filter *i = &p->code[pc];

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			cr_assert(BPF_MODE(i->code) == BPF_ABS &&
			    i->k <= sizeof(*d) - sizeof(a));
			memcpy(&a, (const char *)d + i->k, sizeof(a));
			break;
		case BPF_ALU:
			cr_assert_eq(i->code, BPF_ALU | BPF_AND | BPF_K);
			a &= i->k;
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA)
				pc += i->k;
			else
				pc += jumps(i, a) ? i->jt : i->jf;
			break;
		case BPF_RET:
			return i->k;
		default:
			cr_assert_fail("instruction 0x%x", i->code);
		}
	}
	cr_assert_fail("ran off its end");
	return 0;
}

static bool
lacks(const struct arch *arch, const char *name)
{
	for (size_t i = 0; arch->without[i] != NULL; i++) {
		if (strcmp(arch->without[i], name) == 0)
			return true;
	}
	return false;
}

/* What the table says of a call. */
static bool
allowed(const struct seccomp_filter *f, const struct arch *arch,
    const struct seccomp_data *d)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct seccomp_rule *r = &f->rules[i];
		bool fits = seccomp_syscall_resolve_name_arch(
				arch->scmp, r->name) == d->nr;

		for (size_t k = 0; k < N(r->arg); k++)
			fits &= (d->args[r->arg[k].index] & r->arg[k].mask) ==
			    r->arg[k].value;
		if (fits)
			return true;
	}
	return false;
}

/* A row as it stands, and with each bit of its arguments changed. */
static void
try_row(const struct seccomp_filter *f, const struct arch *arch,
    const struct program *p, const struct seccomp_rule *r)
{
	struct seccomp_data d = {.arch = arch->audit,
	    .nr = seccomp_syscall_resolve_name_arch(arch->scmp, r->name)};

	cr_expect_eq(d.nr < 0, lacks(arch, r->name), "%s", r->name);
	cr_expect(r->why != NULL && *r->why != '\0', "%s", r->name);
	if (d.nr < 0)
		return;
	for (size_t k = 0; k < N(r->arg); k++)
		d.args[r->arg[k].index] |= r->arg[k].value;
	cr_expect_eq(verdict(p, &d), SECCOMP_RET_ALLOW, "%s", r->name);
	for (size_t k = 0; k < N(r->arg); k++) {
		for (unsigned int bit = 0; bit < 64; bit++) {
			uint64_t change = UINT64_C(1) << bit;
			__u64 *arg = &d.args[r->arg[k].index];
			uint32_t v;

			*arg ^= change;
			v = verdict(p, &d);
			cr_expect_eq(v,
			    allowed(f, arch, &d) ? SECCOMP_RET_ALLOW
						 : (SECCOMP_RET_ERRNO | ENOSYS),
			    "%s, argument %u, bit %u: 0x%x", r->name,
			    r->arg[k].index, bit, v);
			*arg ^= change;
		}
	}
}

/* Nothing that the table doesn't name is allowed, and what only an intruder
 * calls is the end. */
static void
try_rest(const struct seccomp_filter *f, const struct arch *arch,
    const struct program *p)
{
	static const char *const fatal[] = {"execve", "clone", "ptrace",
	    "mount", "setns", "unshare", "bpf", "io_uring_setup", "setuid",
	    "process_vm_readv", "userfaultfd", "init_module", "keyctl"};
	struct seccomp_data d = {.arch = arch->audit};

	for (d.nr = 0; d.nr < CALLS; d.nr++) {
		bool named = false;

		for (size_t i = 0; i < f->n; i++)
			named |= seccomp_syscall_resolve_name_arch(
				     arch->scmp, f->rules[i].name) == d.nr;
		cr_expect(named || verdict(p, &d) != SECCOMP_RET_ALLOW,
		    "call %d", d.nr);
	}
	for (size_t i = 0; i < N(fatal); i++) {
		d.nr = seccomp_syscall_resolve_name_arch(arch->scmp, fatal[i]);
		cr_expect_eq(
		    verdict(p, &d), SECCOMP_RET_KILL_PROCESS, "%s", fatal[i]);
	}
	d.arch = AUDIT_ARCH_I386;
	d.nr = 4;
	cr_expect_eq(verdict(p, &d), SECCOMP_RET_KILL_PROCESS, "i386");
}

Test(filter, says_what_its_table_says)
{
	static struct program p;

	for (size_t i = 0; i < N(filters); i++) {
		const struct seccomp_filter *f = filters[i].filter;

		for (size_t a = 0; a < N(archs); a++) {
			make(f, &archs[a], &p);
			for (size_t k = 0; k < f->n; k++)
				try_row(f, &archs[a], &p, &f->rules[k]);
			try_rest(f, &archs[a], &p);
		}
		cr_expect_leq(seccomp_calls(f), filters[i].most, "%s: %u calls",
		    filters[i].name, seccomp_calls(f));
	}
}
