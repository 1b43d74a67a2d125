/* Giving up rights. See sandbox.h. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/sandbox.h"

static const char *const level_names[] = {
    [SANDBOX_ENFORCE] = "enforce",
    [SANDBOX_REPORT] = "report",
    [SANDBOX_OFF] = "off",
};

int
sandbox_level_parse(const char *s, enum sandbox_level *out)
{
	for (int l = SANDBOX_ENFORCE; l <= SANDBOX_OFF; l++) {
		if (strcmp(s, level_names[l]) == 0) {
			*out = (enum sandbox_level)l;
			return 0;
		}
	}
	return -1;
}

const char *
sandbox_level_name(enum sandbox_level level)
{
	return level_names[level];
}

int
sandbox_prepare(void)
{
	const struct rlimit none = {0, 0};
	int fd;

	umask(077);
	do {
		fd = open("/dev/null", O_RDWR);
		if (fd == -1)
			return -1;
	} while (fd <= STDERR_FILENO);
	close(fd);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -1;
	return setrlimit(RLIMIT_CORE, &none);
}

int
sandbox_user(const char *name, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL) {
		if (errno == 0)
			errno = ENOENT;
		return -1;
	}
	if (pw->pw_uid == 0 || pw->pw_gid == 0) {
		errno = EPERM;
		return -1;
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return 0;
}

int
sandbox_bounding_drop(void)
{
	for (unsigned long cap = 0; cap < 64; cap++) {
		int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (has == -1)
			return cap > 0 && errno == EINVAL ? 0 : -1;
		if (has == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return -1;
	}
	return 0;
}

int
sandbox_securebits(void)
{
	return prctl(PR_SET_SECUREBITS,
	    SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
		SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
		SECBIT_NO_CAP_AMBIENT_RAISE |
		SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
	    0, 0, 0);
}

int
sandbox_chroot(const char *dir)
{
	struct stat st;

	/* Entered first and then looked at, so that what is looked at is
	 * what becomes the root. */
	if (chdir(dir) == -1 || stat(".", &st) == -1)
		return -1;
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		errno = EPERM;
		return -1;
	}
	if (chroot(".") == -1)
		return -1;
	return chdir("/");
}

int
sandbox_setids(uid_t uid, gid_t gid)
{
	uid_t ru, eu, su;
	gid_t rg, eg, sg;

	if (getuid() == 0 &&
	    (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1 ||
		setresuid(uid, uid, uid) == -1))
		return -1;
	if (getresuid(&ru, &eu, &su) == -1 || getresgid(&rg, &eg, &sg) == -1)
		return -1;
	if (ru != uid || eu != uid || su != uid || rg != gid || eg != gid ||
	    sg != gid) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int
sandbox_caps(uint64_t mask)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct want[2] = {{0}}, have[2] = {{0}};

	for (int i = 0; i < 2; i++) {
		want[i].permitted = (uint32_t)(mask >> (32 * i));
		want[i].effective = want[i].permitted;
	}
	/* A service manager that has seen to it may refuse the call. */
	(void)syscall(SYS_capset, &header, want);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 ||
	    syscall(SYS_capget, &header, have) == -1)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (have[i].permitted != want[i].permitted ||
		    have[i].effective != want[i].effective ||
		    (have[i].inheritable & ~want[i].permitted) != 0) {
			errno = EPERM;
			return -1;
		}
	}
	/* Having been root must not be enough to become it again. */
	if (getuid() != 0 && (setuid(0) == 0 || setgid(0) == 0)) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int
sandbox_no_dump(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int
sandbox_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int
limit(__rlimit_resource_t what, rlim_t value)
{
	const struct rlimit rl = {value, value};

	return setrlimit(what, &rl);
}

int
sandbox_rlimits(unsigned int nofile, size_t as_bytes, size_t file_bytes)
{
	struct stat st;

	if (fstat(STDERR_FILENO, &st) == -1)
		return -1;
	/* In the foreground the log may be a file, which has to grow. */
	if (!S_ISREG(st.st_mode) && limit(RLIMIT_FSIZE, file_bytes) == -1)
		return -1;
	if (limit(RLIMIT_NPROC, 0) == -1 || limit(RLIMIT_NOFILE, nofile) == -1)
		return -1;
#ifdef __SANITIZE_ADDRESS__
	as_bytes = 0; /* the sanitizer's shadow memory is terabytes */
#endif
	return as_bytes > 0 ? limit(RLIMIT_AS, as_bytes) : 0;
}
