/*
 * What the two processes that wirelinkd starts have in common: their options
 * and the first steps of their way down.
 */
#ifndef COMMON_CHILD_H
#define COMMON_CHILD_H

#include <stdbool.h>

#include "common/sandbox.h"

#define CHILD_CHANNEL_FD 3

struct child {
	enum sandbox_level level;
	const char *chroot_dir; /* NULL: none was given */
};

/* Reads the options that wirelinkd gives, opens the log, closes all but the
 * channel, and leaves ending to wirelinkd: the end of the channel is ours.
 * Dies when this was started by anybody else. */
void child_start(struct child *c, const char *name, int argc, char **argv);
/* Becomes user, without a capability or a way back, in chroot_dir if that is
 * given. Landlock and the filter come after. Dies when a step fails. */
void child_drop(const char *user, const char *chroot_dir,
    unsigned int max_files, size_t max_memory);

#endif
