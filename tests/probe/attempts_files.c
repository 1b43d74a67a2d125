/* Files, and the ways out of a chroot. */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/confread.h"
#include "tests/probe/probe.h"

#define AT     AT_FDCWD
#define FD_END 32 /* descriptors that are looked at */
/* Reading beneath /etc is what the resolver may. */
#define ETC RESOLVER

/* The best that any kept descriptor gives: a result, or the errno of those
 * that are open. */
static long
best(long so_far, long now)
{
	if (so_far >= 0 || now == -EBADF)
		return so_far;
	return now;
}

static long
fchdir_any(long arg)
{
	long rv = -EBADF;

	(void)arg;
	for (int fd = 0; fd < FD_END; fd++)
		rv = best(rv, probe_call(SYS_fchdir, fd, 0, 0, 0, 0, 0));
	return rv;
}

static long
openat_any(long flags)
{
	long rv = -EBADF;

	for (int fd = 0; fd < FD_END; fd++)
		rv = best(
		    rv, probe_call(SYS_openat, fd, PTR(".."), flags, 0, 0, 0));
	return rv;
}

/* As privd opens its configuration: name, by any kept descriptor. */
static long
openat_conf_any(long name)
{
	long rv = -EBADF, now;

	for (int fd = 0; fd < FD_END; fd++) {
		now = probe_call(SYS_openat, fd, name, CONFREAD_FLAGS, 0, 0, 0);
		if (now != -ENOTDIR)
			rv = best(rv, now);
	}
	return rv;
}

static long
fd_path_any(long flags)
{
	char path[] = "/proc/self/fd/00";
	long rv = -ENOENT, now;

	for (int fd = 3; fd < FD_END; fd++) {
		path[14] = (char)('0' + fd / 10);
		path[15] = (char)('0' + fd % 10);
		if (fd < 10) {
			path[14] = path[15];
			path[15] = '\0';
		}
		now = probe_call(SYS_openat, AT, PTR(path), flags, 0, 0, 0);
		path[15] = '0';
		if (now != -ENOENT)
			rv = best(rv, now);
	}
	return rv;
}

static long
truncate_any(long arg)
{
	long rv = -EBADF, now;

	(void)arg;
	for (int fd = 0; fd < FD_END; fd++) {
		now = probe_call(SYS_ftruncate, fd, 0, 0, 0, 0, 0);
		if (now != -EINVAL)
			rv = best(rv, now);
	}
	return rv;
}

/* The classic: a second chroot while the first one's inside is open. */
static long
chroot_twice(long arg)
{
	long fd, rv;

	(void)arg;
	fd = probe_call(
	    SYS_openat, AT, PTR("/"), O_RDONLY | O_DIRECTORY, 0, 0, 0);
	if (fd < 0)
		return fd;
	rv = probe_call(SYS_chroot, PTR(probe_paths.dir), 0, 0, 0, 0, 0);
	if (rv < 0)
		return rv;
	rv = probe_call(SYS_fchdir, fd, 0, 0, 0, 0, 0);
	for (int i = 0; rv >= 0 && i < 64; i++)
		rv = probe_call(SYS_chdir, PTR(".."), 0, 0, 0, 0, 0);
	return rv;
}

static struct open_how how = {.flags = O_RDONLY, .resolve = 0};
static char buf[256];
static struct {
	unsigned int bytes;
	int type;
	unsigned char handle[128];
} handle = {.bytes = 128};

#define OPEN(what, path, flags, who)                                           \
	{                                                                      \
		.name = "openat " what, .nr = SYS_openat,                      \
		.a = {AT, PTR(path), flags, 0600}, .meant = (who),             \
	}

static const struct attempt list[] = {
    OPEN("/etc/passwd, to read", "/etc/passwd", O_RDONLY, ETC),
    OPEN("/etc/shadow, to read", "/etc/shadow", O_RDONLY, 0),
    OPEN("/etc/passwd, to write", "/etc/passwd", O_WRONLY, 0),
    OPEN("/, to list", "/", O_RDONLY | O_DIRECTORY, 0),
    OPEN("/.., as a path only", "/..", O_PATH, 0),
    OPEN("/tmp, to list", "/tmp", O_RDONLY | O_DIRECTORY, 0),
    OPEN("the working directory", ".", O_RDONLY | O_DIRECTORY, 0),
    OPEN("/proc, to list", "/proc", O_RDONLY | O_DIRECTORY, 0),
    OPEN("/proc/self/mem, to read", "/proc/self/mem", O_RDONLY, 0),
    OPEN("/proc/self/mem, to write", "/proc/self/mem", O_RDWR, 0),
    OPEN("/proc/self/maps", "/proc/self/maps", O_RDONLY, 0),
    OPEN("/proc/PID/mem of a process of root's", probe_paths.root_mem, O_RDWR,
	0),
    OPEN("/proc/PID/environ of a process of root's", probe_paths.root_environ,
	O_RDONLY, 0),
    OPEN("/proc/PID/mem of one like us", probe_paths.sibling_mem, O_RDWR, 0),
    OPEN("/proc/sys/kernel/core_pattern, to write",
	"/proc/sys/kernel/core_pattern", O_WRONLY, 0),
    OPEN("/sys, to list", "/sys", O_RDONLY | O_DIRECTORY, 0),
    OPEN("/dev/kmsg, to write", "/dev/kmsg", O_WRONLY, 0),
    OPEN("/dev/net/tun", "/dev/net/tun", O_RDWR, 0),
    OPEN("/dev/ptmx", "/dev/ptmx", O_RDWR | O_NOCTTY, 0),
    OPEN("a file that all may read", probe_paths.file, O_RDONLY, 0),
    OPEN("a file that all may write, to write", probe_paths.file, O_WRONLY, 0),
    OPEN("a file that all may write, to empty it", probe_paths.file,
	O_RDONLY | O_TRUNC, 0),
    OPEN("a new file", probe_paths.made, O_CREAT | O_EXCL | O_WRONLY, 0),
    OPEN("a file without a name", probe_paths.dir, O_TMPFILE | O_RDWR, 0),
    {.name = "openat2",
	.nr = SYS_openat2,
	.a = {AT, PTR(probe_paths.file), PTR(&how), sizeof(how)}},
#ifdef SYS_open
    {.name = "open", .nr = SYS_open, .a = {PTR(probe_paths.file), O_WRONLY}},
    {.name = "creat", .nr = SYS_creat, .a = {PTR(probe_paths.made), 0600}},
#endif
    {.name = "name_to_handle_at",
	.nr = SYS_name_to_handle_at,
	.a = {AT, PTR(probe_paths.file), PTR(&handle), PTR(buf), 0}},
    {.name = "open_by_handle_at",
	.nr = SYS_open_by_handle_at,
	.a = {AT, PTR(&handle), O_RDONLY},
	.natural = ESTALE},
    {.name = "fchdir to a kept descriptor", .fn = fchdir_any},
    {.name = "openat .. of a kept descriptor",
	.fn = openat_any,
	.a = {O_RDONLY | O_DIRECTORY}},
    {.name = "openat .. of a kept descriptor, as a path only",
	.fn = openat_any,
	.a = {O_PATH}},
    {.name = "openat the configuration, in its kept directory",
	.fn = openat_conf_any,
	.a = {PTR("conf1")},
	.meant = BOTH_PRIVDS},
    {.name = "openat /etc/passwd from there, in the same way",
	.fn = openat_conf_any,
	.a = {PTR("../../etc/passwd")}},
    {.name = "openat a file that all may read, in the same way",
	.nr = SYS_openat,
	.a = {AT, PTR(probe_paths.file), CONFREAD_FLAGS}},
    {.name = "open a kept descriptor again, to write",
	.fn = fd_path_any,
	.a = {O_RDWR}},
    {.name = "ftruncate a kept descriptor", .fn = truncate_any},
    {.name = "chroot", .nr = SYS_chroot, .a = {PTR(probe_paths.dir)}},
    {.name = "chroot again and climb out", .fn = chroot_twice},
    {.name = "chdir", .nr = SYS_chdir, .a = {PTR(probe_paths.dir)}},
    {.name = "mkdirat",
	.nr = SYS_mkdirat,
	.a = {AT, PTR(probe_paths.made), 0700}},
    {.name = "mknodat of a device",
	.nr = SYS_mknodat,
	.a = {AT, PTR(probe_paths.made), S_IFCHR | 0600, 0x0103}},
    {.name = "symlinkat",
	.nr = SYS_symlinkat,
	.a = {PTR("/"), AT, PTR(probe_paths.made)}},
    {.name = "linkat",
	.nr = SYS_linkat,
	.a = {AT, PTR(probe_paths.file), AT, PTR(probe_paths.made), 0}},
    {.name = "renameat2",
	.nr = SYS_renameat2,
	.a = {AT, PTR(probe_paths.file), AT, PTR(probe_paths.file), 0}},
    {.name = "unlinkat of what isn't there",
	.nr = SYS_unlinkat,
	.a = {AT, PTR(probe_paths.made), 0},
	.natural = ENOENT},
    {.name = "truncate", .nr = SYS_truncate, .a = {PTR(probe_paths.file), 0}},
    {.name = "fchmodat",
	.nr = SYS_fchmodat,
	.a = {AT, PTR(probe_paths.file), 0666}},
    {.name = "fchownat to root",
	.nr = SYS_fchownat,
	.a = {AT, PTR(probe_paths.file), 0, 0, 0}},
    {.name = "utimensat",
	.nr = SYS_utimensat,
	.a = {AT, PTR(probe_paths.file), 0, 0}},
    {.name = "setxattr",
	.nr = SYS_setxattr,
	.a = {PTR(probe_paths.file), PTR("user.probe"), PTR(buf), 1, 0},
	.natural = EOPNOTSUPP},
    {.name = "readlinkat /proc/self/exe",
	.nr = SYS_readlinkat,
	.a = {AT, PTR("/proc/self/exe"), PTR(buf), sizeof(buf)}},
    {.name = "inotify_init1", .nr = SYS_inotify_init1},
    {.name = "fanotify_init", .nr = SYS_fanotify_init},
    {.name = "memfd_create", .nr = SYS_memfd_create, .a = {PTR("probe"), 0}},
    {.name = "read the log back",
	.nr = SYS_read,
	.a = {STDERR_FILENO, PTR(buf), sizeof(buf)}},
    {.name = "ftruncate the log", .nr = SYS_ftruncate, .a = {STDERR_FILENO, 0}},
    {.name = "write to the log, as it is for",
	.nr = SYS_write,
	.a = {STDERR_FILENO, PTR("probe\n"), 6},
	.meant = ALL},
};

const struct attempts attempts_files = {list, sizeof(list) / sizeof(list[0])};
