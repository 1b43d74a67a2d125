/* What is in force, as the kernel tells it. See seccomp.h. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "common/seccomp.h"

static uint64_t
limit(__rlimit_resource_t what)
{
	struct rlimit rl;

	return getrlimit(what, &rl) == -1 ? UINT64_MAX : rl.rlim_max;
}

static void
measure(struct sandbox_state *s)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2] = {{0}};
	int fd;

	s->uid = geteuid();
	s->gid = getegid();
	syscall(SYS_capget, &header, caps);
	s->caps = (uint64_t)caps[1].permitted << 32 | caps[0].permitted;
	s->bounding = 0;
	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			s->bounding |= UINT64_C(1) << cap;
	s->securebits = (uint32_t)prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
	s->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	s->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
	s->own_root = access("/proc", F_OK) == -1 && errno == ENOENT;
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->landlock = fd == -1 && errno == EACCES;
	if (fd != -1)
		close(fd);
	s->nofile = limit(RLIMIT_NOFILE);
	s->nproc = limit(RLIMIT_NPROC);
	s->memory = limit(RLIMIT_AS);
	s->file_size = limit(RLIMIT_FSIZE);
}

int
sandbox_enter(const struct seccomp_filter *f, enum sandbox_level level,
    struct sandbox_state *s)
{
	measure(s);
	if (seccomp_apply(f, level) == -1)
		return -1;
	/* No table has getppid, which has no other way to fail. */
	if (syscall(SYS_getppid) == -1)
		s->filter = SANDBOX_ENFORCE;
	else if (prctl(PR_GET_SECCOMP) == 2)
		s->filter = SANDBOX_REPORT;
	else
		s->filter = SANDBOX_OFF;
	s->calls = (uint16_t)seccomp_calls(f);
	return 0;
}
