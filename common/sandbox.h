/*
 * The steps by which a process gives up rights, each on its own so that each
 * process takes those that fit it, in an order that works (docs/
 * architecture.md). Each returns 0, or -1 with errno; none can be undone.
 */
#ifndef COMMON_SANDBOX_H
#define COMMON_SANDBOX_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sandbox_level {
	SANDBOX_ENFORCE, /* refuse */
	SANDBOX_REPORT, /* the filter only tells the kernel's audit log */
	SANDBOX_OFF, /* no filter and no Landlock */
};

/* Sanitizers make calls that no filter of ours knows. */
#ifdef __SANITIZE_ADDRESS__
#define SANDBOX_DEFAULT SANDBOX_REPORT
#else
#define SANDBOX_DEFAULT SANDBOX_ENFORCE
#endif

/* "enforce", "report", "off". 0 or -1. */
int sandbox_level_parse(const char *s, enum sandbox_level *out);
const char *sandbox_level_name(enum sandbox_level level);

/* umask 077, descriptors 0 to 2 open, SIGPIPE and SIGXFSZ ignored, no core
 * files. */
int sandbox_prepare(void);
/* Ids of a system user, by NSS, so before any chroot. */
int sandbox_user(const char *name, uid_t *uid, gid_t *gid);
/* Empties the bounding set; needs CAP_SETPCAP, unless it is empty. */
int sandbox_bounding_drop(void);
/* uid 0 and changes of uid mean nothing for capabilities from now on. */
int sandbox_securebits(void);
/* dir must be a directory of root's, not writable by others; changes into
 * it. EPERM when it is not. */
int sandbox_chroot(const char *dir);
/* Root changes to uid and gid for good, without supplementary groups; who isn't
 * root has to be so already. Read back: EPERM. The capabilities go afterwards,
 * by sandbox_caps. */
int sandbox_setids(uid_t uid, gid_t gid);
/* permitted = effective = mask (bits by capability number), read back; nothing
 * ambient; nothing inheritable, or what a service manager has left of mask and
 * refuses to change, which matters to exec alone. Unless the process is uid
 * 0, it must not be able to become root: EPERM. */
int sandbox_caps(uint64_t mask);
int sandbox_no_dump(void);
int sandbox_no_new_privs(void);
/* No new processes, at most nofile descriptors, as_bytes of address space
 * (0: no limit), and no file longer than file_bytes, unless the log itself
 * goes to one. */
int sandbox_rlimits(unsigned int nofile, size_t as_bytes, size_t file_bytes);

/* What is in force in a process, as it has measured it itself. */
enum sandbox_process { SANDBOX_PRIVD, SANDBOX_NETD, SANDBOX_RESOLVER };
#define SANDBOX_PROCESSES 3
struct sandbox_state {
	enum sandbox_process process;
	uint32_t uid, gid; /* effective */
	uint64_t caps,
	    bounding; /* bits by capability number; caps: permitted */
	uint32_t securebits;
	bool no_new_privs;
	bool dumpable;
	bool own_root; /* not the host's */
	bool landlock; /* the root can't be listed */
	enum sandbox_level filter;
	uint16_t calls; /* in the filter */
	uint64_t nofile, nproc, memory, file_size; /* limits; UINT64_MAX none */
};
/* One line of it. */
const char *
sandbox_text(const struct sandbox_state *s, char *out, size_t outlen);

/* Pages of program and libraries that were read while starting are no longer
 * counted as ours; those that are used come back by themselves. */
void sandbox_shrink(void);

/* What Landlock leaves: reading beneath (or of) each path; connecting to
 * UNIX sockets is not restricted by it. Paths that don't exist are left
 * out. files_in: the descriptor of a directory, of which files may be read
 * but names not listed, or -1. Returns 1 when the kernel has no Landlock.
 * allow_net: TCP may be used, as the resolver must. */
int sandbox_landlock(
    const char *const *read_paths, size_t n, int files_in, bool allow_net);

#endif
