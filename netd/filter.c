/* The system calls that netd may make, from before it reads its first byte
 * on. */
#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>

#include "netd/filter.h"

static const struct seccomp_rule rules[] = {
    ALLOW("ppoll", "wait for any of its descriptors"),
    ALLOW("recvmsg", "messages, datagrams, questions; descriptors of privd"),
    ALLOW("sendmsg", "messages, datagrams, answers"),
    ALLOW("sendto", "syslog"),
    ALLOW("write", "the log in the foreground"),
    ALLOW_IF("accept4", "wirelinkctl on the control socket",
	IS(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
    ALLOW_IF("fcntl", "the resolver's channel must not block", IS(1, F_SETFL),
	IS(2, O_NONBLOCK)),
    ALLOW("close",
	"clients that are done, sockets of an interface that has gone"),
    ALLOW("clock_gettime", "time, where the kernel offers no vDSO"),
    ALLOW("getpid", "syslog's lines"),
    ALLOW("brk", "memory"),
    ALLOW_IF("mmap", "memory; nothing executable", NONE_OF(2, PROT_EXEC)),
    ALLOW("munmap", "memory"),
    ALLOW_IF("mremap", "memory: tables that grow", IS(3, MREMAP_MAYMOVE)),
    ALLOW_IF("madvise", "memory given back", IS(2, MADV_DONTNEED)),
    ALLOW("exit_group", "the end"),
};

const struct seccomp_filter netd_filter = {
    rules, sizeof(rules) / sizeof(rules[0])};
