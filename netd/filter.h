/* What each of the processes that face the network may call: filter.c,
 * resolver_filter.c, ctl/filter.c. */
#ifndef NETD_FILTER_H
#define NETD_FILTER_H

#include "common/seccomp.h"

extern const struct seccomp_filter netd_filter;
extern const struct seccomp_filter resolver_filter;
extern const struct seccomp_filter ctl_filter;

#endif
