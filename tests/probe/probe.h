/*
 * What somebody would try who has taken over one of our processes. The probe
 * is linked into the processes themselves: their own code makes the sandbox,
 * and where their loop would first wait, an attempt is made instead.
 *
 * Each attempt has a fresh process, forked just before the sandbox, and is
 * repeated with the sandbox's layers taken off one after the other from the
 * outside in. So one sees which layer refuses, what would refuse if that one
 * failed, and that the attempt is one that can succeed.
 */
#ifndef TESTS_PROBE_PROBE_H
#define TESTS_PROBE_PROBE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/* The processes, as bits: where an attempt is meant to succeed. */
#define NETD	    1u
#define RESOLVER    2u
#define PRIVD	    4u /* with the kernel's WireGuard: no root */
#define PRIVD_UAPI  8u /* with a program's: uid 0 */
#define BOTH_PRIVDS (PRIVD | PRIVD_UAPI)
#define ALL	    (NETD | RESOLVER | BOTH_PRIVDS)

/* In a system call's arguments: the pid of a process of root's outside any
 * sandbox, and of one in the same sandbox. */
#define PID_ROOT    0x7ead0001L
#define PID_SIBLING 0x7ead0002L

#define PTR(x) ((long)(x))

/* A system call, or a function that returns as the kernel does: a negative
 * errno, or what it got. */
struct attempt {
	const char *name;
	long nr;
	long a[6];
	long (*fn)(long arg);
	int natural; /* an errno that says: let through */
	unsigned int meant; /* the processes that may do it */
	bool harmful; /* not to be tried with all rights */
};

struct attempts {
	const struct attempt *list;
	size_t n;
};

extern const struct attempts attempts_files, attempts_sockets,
    attempts_processes, attempts_kernel;

/* Paths that the attempts use; filled in before the first one. */
struct probe_paths {
	char dir[64]; /* anybody may write there */
	char file[80]; /* a file of everybody's in it */
	char made[80]; /* doesn't exist; removed after each attempt */
	char root_mem[32]; /* /proc/PID/mem of PID_ROOT */
	char sibling_mem[32];
	char root_environ[32];
	char stream[80]; /* a UNIX socket of everybody's */
	char abstract[48]; /* the same, abstract: behind a 0 byte */
};
extern struct probe_paths probe_paths;
extern pid_t probe_root, probe_sibling;
/* The bytes of a small program, for those who bring their own. */
extern char probe_program[1 << 17];
extern size_t probe_program_len;

/* A system call by its number: a negative errno or its result. */
long probe_call(long nr, long a, long b, long c, long d, long e, long f);

/* layers.c: how many layers are off, from the outside; and whether the
 * filter's errnos are marked as the filter's. */
enum layer {
	LAYER_FILTER,
	LAYER_LANDLOCK,
	LAYER_PROCESS, /* limits, not dumpable, no_new_privs */
	LAYER_CHROOT,
	LAYER_IDS, /* ids, groups, capabilities, securebits */
	LAYERS
};
#define MARK 1000 /* on top of the filter's errnos, when they are marked */
extern int layers_off;
extern bool layers_marked;
extern unsigned int layers_seen; /* bits: the process has asked for it */
extern bool probe_inside; /* this is the process that goes in */

/* run.c: does everything and ends; returns only in the processes that are
 * forked to go in. */
void probe_main(void);
/* Called in the sandbox. */
_Noreturn void probe_attempt(void);

/* stage_*.c: what this process is, and what it needs to come as far as its
 * loop. */
struct stage {
	const char *name;
	unsigned int bit;
	int turns; /* of the loop until it has all its descriptors */
};
const struct stage *stage_get(void);
/* Before each fork; in the child after it. */
void stage_before(void);
void stage_child(void);
void stage_after(void);

#endif
