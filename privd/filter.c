/* The system calls that privd may make once it has started. */
#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>

#include "common/confread.h"
#include "privd/privd.h"

static const struct seccomp_rule rules[] = {
    ALLOW("ppoll", "wait for netd and for the host's events"),
    ALLOW("recvmsg", "messages of netd, answers over netlink"),
    ALLOW("recvfrom", "netlink events; answers of a userspace WireGuard"),
    ALLOW("sendmsg", "messages to netd"),
    ALLOW("sendto", "requests over netlink, to WireGuard; syslog"),
    ALLOW("write", "the log; that the start is done"),
    ALLOW("pwrite64", "the ledger, which is open"),
    ALLOW("close", "sockets of an interface that has gone"),
    ALLOW_IF("socket", "facts, on an interface that is back", IS(0, AF_INET6),
	SOCK_IS(SOCK_DGRAM), IS(2, 0)),
    ALLOW("bind", "facts: to the interface's auto address"),
    ALLOW("wait4", "how netd and the resolver ended"),
    ALLOW("clock_gettime", "rates, where the kernel offers no vDSO"),
    ALLOW("getrandom", "nonces"),
    ALLOW("getpid", "syslog's lines"),
    ALLOW("rt_sigreturn", "back from a signal"),
    ALLOW("brk", "memory"),
    ALLOW_IF("mmap", "memory for large devices; nothing executable",
	NONE_OF(2, PROT_EXEC)),
    ALLOW("munmap", "memory"),
    ALLOW_IF("openat", "the configuration, to reload it: to read, no link",
	IS(2, CONFREAD_FLAGS)),
    ALLOW_IF("newfstatat", "its owner and mode, by its descriptor",
	IS(3, AT_EMPTY_PATH)),
    ALLOW("pread64", "what is in it"),
    ALLOW("exit_group", "the end"),
    /* With a userspace WireGuard only. */
    ALLOW_IF("socket", "a userspace WireGuard, which may have restarted",
	IS(0, AF_UNIX), SOCK_IS(SOCK_STREAM), IS(2, 0)),
    ALLOW("connect", "a userspace WireGuard's socket"),
    ALLOW_IF("setsockopt", "a time limit for its answers", IS(1, SOL_SOCKET),
	IS(2, SO_RCVTIMEO)),
    ALLOW_IF("setsockopt", "a time limit for requests", IS(1, SOL_SOCKET),
	IS(2, SO_SNDTIMEO)),
};

#define USERSPACE 4 /* the last ones */

const struct seccomp_filter privd_filter = {
    rules, sizeof rules / sizeof rules[0] - USERSPACE};
const struct seccomp_filter privd_filter_userspace = {
    rules, sizeof rules / sizeof rules[0]};
