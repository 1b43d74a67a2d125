/*
 * System call filters from a table, with three verdicts: what is in the
 * table is allowed (and only with the arguments that it says); what no
 * process of ours has any business with kills it; the rest gets an errno, so
 * that a newer libc which tries something falls back.
 */
#ifndef COMMON_SECCOMP_H
#define COMMON_SECCOMP_H

#include <stddef.h>
#include <stdint.h>

#include "common/sandbox.h"

/* An argument must equal value under mask; mask 0: not looked at. */
struct seccomp_arg {
	unsigned int index;
	uint64_t mask;
	uint64_t value;
};

/* One call allowed, and what for; the same name may stand in several rows.
 * Names that this architecture doesn't have are passed over. */
struct seccomp_rule {
	const char *name;
	const char *why;
	struct seccomp_arg arg[3];
};

/* What a process may call; each has its own in a file filter.c. */
struct seccomp_filter {
	const struct seccomp_rule *rules;
	size_t n;
};

#define SECCOMP_FULL UINT64_MAX /* mask: the whole argument */

/* Rows: always, or where all of up to three arguments are so. */
#define ALLOW(call, reason)                                                    \
	{                                                                      \
		.name = (call), .why = (reason)                                \
	}
#define ALLOW_IF(call, reason, ...)                                            \
	{                                                                      \
		.name = (call), .why = (reason), .arg = { __VA_ARGS__ }        \
	}
/* Argument i is v; has no bit of m; is a type of socket, with any flags. */
#define IS(i, v)                                                               \
	{                                                                      \
		(i), SECCOMP_FULL, (uint64_t)(v)                               \
	}
#define NONE_OF(i, m)                                                          \
	{                                                                      \
		(i), (uint64_t)(m), 0                                          \
	}
#define SOCK_IS(v)                                                             \
	{                                                                      \
		1, 0xff, (uint64_t)(v)                                         \
	}

/* How many different calls that is. */
unsigned int seccomp_calls(const struct seccomp_filter *f);
/* Adds the verdicts to a libseccomp context (scmp_filter_ctx). 0, or a
 * negative errno. */
int seccomp_fill(
    void *ctx, const struct seccomp_filter *f, enum sandbox_level level);
/* Loads the filter; the process must have no_new_privs. 0, or -1 with
 * errno. SANDBOX_REPORT logs (audit) and allows; SANDBOX_OFF does nothing. */
int seccomp_apply(const struct seccomp_filter *f, enum sandbox_level level);
/* The last step: measures the others, applies the filter, and sees whether it
 * is in force. s->process is the caller's to fill. 0, or -1 with errno. */
int sandbox_enter(const struct seccomp_filter *f, enum sandbox_level level,
    struct sandbox_state *s);

#endif
