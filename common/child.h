/*
 * What netd and the resolver have in common: their options and the first
 * steps of their way down. wirelinkd starts them as root, with the channel on
 * descriptor 3; or a service manager does, with a socket there to which
 * wirelinkd connects, and has taken all rights from them already.
 */
#ifndef COMMON_CHILD_H
#define COMMON_CHILD_H

#include <stdbool.h>

#include "common/sandbox.h"

#define CHILD_CHANNEL_FD 3

struct child {
	enum sandbox_level level;
	const char *chroot_dir; /* NULL: none was given */
	bool service; /* of a service manager */
};

/* Reads the options, opens the log, closes all but the channel (as a service:
 * once wirelinkd has connected), and leaves ending to wirelinkd: the end of
 * the channel is ours. Dies when this was started by anybody else. */
void child_start(struct child *c, const char *name, int argc, char **argv);
/* Becomes user, without a capability or a way back, in chroot_dir if that is
 * given; or sees to it that a service is so. Landlock and the filter come
 * after. Dies when a step fails. */
void child_drop(const struct child *c, const char *user, unsigned int max_files,
    size_t max_memory);

#endif
