/* What each process has told of its sandbox, once and for all. */
#ifndef NETD_BOXES_H
#define NETD_BOXES_H

#include "common/sandbox.h"

/* Keeps it, and logs it the first time. */
void boxes_tell(const struct sandbox_state *s);
/* The i-th that is known; NULL past the last. */
const struct sandbox_state *boxes_get(size_t i);

#endif
