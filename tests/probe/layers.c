/* The sandbox's steps, by the linker's --wrap: each is done as the process
 * asks for it, unless its layer is off. */
#include <sys/types.h>

#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>

#include "common/seccomp.h"
#include "tests/probe/probe.h"

int layers_off;
bool layers_marked, probe_inside;
unsigned int layers_seen;

/* Is the layer to be put on? */
static bool
on(enum layer l)
{
	layers_seen |= 1u << l;
	return (int)l >= layers_off;
}

#define STEP(layer, name, params, args)                                        \
	int __real_##name params;                                              \
	int __wrap_##name params;                                              \
	int __wrap_##name params                                               \
	{                                                                      \
		return on(layer) ? __real_##name args : 0;                     \
	}

STEP(LAYER_FILTER, seccomp_apply,
    (const struct seccomp_filter *f, enum sandbox_level l), (f, l))
STEP(LAYER_LANDLOCK, sandbox_landlock,
    (const char *const *paths, size_t n, int dir, bool net),
    (paths, n, dir, net))
STEP(LAYER_PROCESS, sandbox_no_dump, (void), ())
STEP(LAYER_PROCESS, sandbox_no_new_privs, (void), ())
STEP(LAYER_PROCESS, sandbox_rlimits, (unsigned int n, size_t as, size_t file),
    (n, as, file))
STEP(LAYER_CHROOT, sandbox_chroot, (const char *dir), (dir))
STEP(LAYER_IDS, sandbox_setids, (uid_t u, gid_t g), (u, g))
STEP(LAYER_IDS, sandbox_caps, (uint64_t mask), (mask))
STEP(LAYER_IDS, sandbox_securebits, (void), ())

/* The first step of all processes: the probe goes in by it. */
int __real_sandbox_bounding_drop(void);
int __wrap_sandbox_bounding_drop(void);
int
__wrap_sandbox_bounding_drop(void)
{
	if (!probe_inside)
		probe_main();
	return on(LAYER_IDS) ? __real_sandbox_bounding_drop() : 0;
}

/* The filter's own errnos, told apart from everybody else's. */
static uint32_t
mark(uint32_t action)
{
	if (layers_marked && (action & 0xffff0000u) == SCMP_ACT_ERRNO(0))
		return SCMP_ACT_ERRNO((action & 0xffff) + MARK);
	return action;
}

scmp_filter_ctx __real_seccomp_init(uint32_t action);
scmp_filter_ctx __wrap_seccomp_init(uint32_t action);
scmp_filter_ctx
__wrap_seccomp_init(uint32_t action)
{
	return __real_seccomp_init(mark(action));
}

int __real_seccomp_rule_add_array(scmp_filter_ctx ctx, uint32_t action, int nr,
    unsigned int n, const struct scmp_arg_cmp *cmp);
int __wrap_seccomp_rule_add_array(scmp_filter_ctx ctx, uint32_t action, int nr,
    unsigned int n, const struct scmp_arg_cmp *cmp);
int
__wrap_seccomp_rule_add_array(scmp_filter_ctx ctx, uint32_t action, int nr,
    unsigned int n, const struct scmp_arg_cmp *cmp)
{
	return __real_seccomp_rule_add_array(ctx, mark(action), nr, n, cmp);
}

/* Where the loop waits. */
static void
turn(void)
{
	static int turns;

	if (probe_inside && turns++ == stage_get()->turns)
		probe_attempt();
}

#define WAIT(name, params, args)                                               \
	int __real_##name params;                                              \
	int __wrap_##name params;                                              \
	int __wrap_##name params                                               \
	{                                                                      \
		turn();                                                        \
		return __real_##name args;                                     \
	}

WAIT(poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms))
WAIT(__poll_chk, (struct pollfd * p, nfds_t n, int ms, size_t len),
    (p, n, ms, len))
WAIT(ppoll,
    (struct pollfd * p, nfds_t n, const struct timespec *t, const sigset_t *s),
    (p, n, t, s))
WAIT(__ppoll_chk,
    (struct pollfd * p, nfds_t n, const struct timespec *t, const sigset_t *s,
	size_t len),
    (p, n, t, s, len))
