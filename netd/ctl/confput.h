/* What writes wirelink.conf(5), line by line: whatever a value is, what is
 * written can be read. */
#ifndef NETD_CTL_CONFPUT_H
#define NETD_CTL_CONFPUT_H

#include <stdio.h>

#include "common/addr.h"

/* Prefixes that have been written: the file takes none of two peers. */
struct confput {
	size_t n;
	size_t cap;
	struct prefix *prefixes; /* freed by who made it */
};

/* "Name = ...", or a comment when the file can't hold it. Nothing for an
 * empty one. */
void confput_name(const void *bytes, size_t len, FILE *out);
/* "AllowedIPs = ...", or a comment when another peer has it. 0, or -1 without
 * memory. */
int confput_prefix(struct confput *w, const struct prefix *p, FILE *out);

#endif
