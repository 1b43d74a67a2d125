/* Landlock, by its bare system calls: libc has no wrappers, and headers may
 * be older than the kernel (landlock(7)). See sandbox.h. */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <unistd.h>

#include "common/sandbox.h"

/* The ruleset as of ABI 6; an older kernel is given what it knows. */
struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

#define FS_READ_FILE UINT64_C(0x4)
#define FS_READ_DIR  UINT64_C(0x8)
#define FS_ABI_1     UINT64_C(0x1fff)
#define FS_REFER     UINT64_C(0x2000) /* ABI 2 */
#define FS_TRUNCATE  UINT64_C(0x4000) /* ABI 3 */
#define FS_IOCTL_DEV UINT64_C(0x8000) /* ABI 5 */
#define NET_TCP	     UINT64_C(0x3) /* ABI 4: bind and connect */
#define SCOPED	     UINT64_C(0x3) /* ABI 6: abstract sockets, signals */

static struct ruleset
ruleset_for(long abi, bool allow_net)
{
	struct ruleset rs = {.handled_access_fs = FS_ABI_1};

	if (abi >= 2)
		rs.handled_access_fs |= FS_REFER;
	if (abi >= 3)
		rs.handled_access_fs |= FS_TRUNCATE;
	if (abi >= 4 && !allow_net)
		rs.handled_access_net = NET_TCP;
	if (abi >= 5)
		rs.handled_access_fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		rs.scoped = SCOPED;
	return rs;
}

/* fd: a file, or a directory that counts for all beneath it. */
static int
allow(int ruleset, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {
	    .parent_fd = fd, .allowed_access = access};

	return syscall(SYS_landlock_add_rule, ruleset,
		   LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == -1
	    ? -1
	    : 0;
}

static int
allow_read(int ruleset, const char *path)
{
	uint64_t access = FS_READ_FILE;
	struct stat st;
	int fd, rv, saved;

	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == -1) {
		close(fd);
		return -1;
	}
	if (S_ISDIR(st.st_mode))
		access |= FS_READ_DIR;
	rv = allow(ruleset, fd, access);
	saved = errno;
	close(fd);
	errno = saved;
	return rv;
}

int
sandbox_landlock(
    const char *const *read_paths, size_t n, int files_in, bool allow_net)
{
	struct ruleset rs;
	size_t size;
	int fd, rv = 0;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	if (abi == -1)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 1 : -1;
	rs = ruleset_for(abi, allow_net);
	size = abi >= 6 ? sizeof(rs) : abi >= 4 ? 16 : 8;
	fd = (int)syscall(SYS_landlock_create_ruleset, &rs, size, 0);
	if (fd == -1)
		return -1;
	for (size_t i = 0; i < n && rv == 0; i++)
		rv = allow_read(fd, read_paths[i]);
	if (rv == 0 && files_in != -1)
		rv = allow(fd, files_in, FS_READ_FILE);
	if (rv == 0)
		rv = syscall(SYS_landlock_restrict_self, fd, 0) == -1 ? -1 : 0;
	close(fd);
	return rv;
}
