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

/* One call allowed; the same name may stand in several rows. Names that
 * this architecture doesn't have are passed over. */
struct seccomp_rule {
	const char *name;
	struct seccomp_arg arg[3];
};

#define SECCOMP_FULL UINT64_MAX /* mask: the whole argument */

/* Loads the filter; the process must have no_new_privs. 0, or -1 with
 * errno. SANDBOX_REPORT logs (audit) and allows; SANDBOX_OFF does nothing. */
int seccomp_apply(
    const struct seccomp_rule *rules, size_t n, enum sandbox_level level);

#endif
