/* The system calls that the resolver may make: c-ares's, for the most part,
 * of the versions from 1.18 on, and those of the C library that it uses. */
#include <sys/mman.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <fcntl.h>
#include <linux/futex.h>

#include "netd/filter.h"

/* What must not be in the flags of an open: it is for reading what is
 * there. */
#define WRITE_FLAGS                                                            \
	(O_ACCMODE | O_CREAT | O_TRUNC | O_PATH | (O_TMPFILE & ~O_DIRECTORY))

#define SOCKETS(name, type, protocol)                                          \
	ALLOW_IF("socket", "name servers over IPv4, " name, IS(0, AF_INET),    \
	    SOCK_IS(type), IS(2, protocol)),                                   \
	    ALLOW_IF("socket", "name servers over IPv6, " name,                \
		IS(0, AF_INET6), SOCK_IS(type), IS(2, protocol))

static const struct seccomp_rule rules[] = {
    ALLOW("ppoll", "wait for netd and name servers"),
    ALLOW("poll", "the same, in c-ares"),
    ALLOW("recvmsg", "questions of netd"),
    ALLOW("recvfrom", "answers of name servers"),
    ALLOW("sendmsg", "answers to netd"),
    ALLOW("sendto", "queries; syslog"),
    ALLOW("sendmmsg", "queries"),
    ALLOW("writev", "queries over TCP"),
    ALLOW("read", "resolv.conf, hosts"),
    ALLOW("write", "the log in the foreground; queries"),
    ALLOW("close", "files and sockets that are done"),
    SOCKETS("UDP", SOCK_DGRAM, 0),
    SOCKETS("UDP", SOCK_DGRAM, IPPROTO_UDP),
    SOCKETS("TCP", SOCK_STREAM, 0),
    SOCKETS("TCP", SOCK_STREAM, IPPROTO_TCP),
    ALLOW("connect", "name servers; which source address one is reached from"),
    ALLOW("bind", "a source address that is configured"),
    ALLOW("getsockname", "the order of addresses (RFC 6724)"),
    ALLOW("getpeername", "the name server that answered"),
    ALLOW_IF("setsockopt", "queries over TCP go at once", IS(1, IPPROTO_TCP)),
    ALLOW("getsockopt", "whether a connection came about"),
    ALLOW_IF("fcntl", "sockets that don't block", IS(1, F_GETFL)),
    ALLOW_IF("fcntl", "sockets that don't block", IS(1, F_SETFL)),
    ALLOW_IF("fcntl", "sockets that close on exec", IS(1, F_GETFD)),
    ALLOW_IF("fcntl", "sockets that close on exec", IS(1, F_SETFD)),
    ALLOW_IF("openat", "resolv.conf, hosts, nsswitch.conf, to read",
	NONE_OF(2, WRITE_FLAGS)),
    ALLOW_IF("open", "the same, in other C libraries", NONE_OF(1, WRITE_FLAGS)),
    ALLOW("fstat", "files while they are read"),
    ALLOW("newfstatat", "whether resolv.conf has changed"),
    ALLOW("stat", "the same, in other C libraries"),
    ALLOW("lseek", "files while they are read"),
    ALLOW("uname", "the host's own name, for its domain"),
    ALLOW("clock_gettime", "time, where the kernel offers no vDSO"),
    ALLOW("gettimeofday", "the same, in older versions"),
    ALLOW("getrandom", "ids and ports of queries"),
    ALLOW("getpid", "syslog's lines"),
    ALLOW("gettid", "locks of the C library"),
    ALLOW_IF("futex", "locks of c-ares: wait and wake",
	NONE_OF(1, 0x7f & ~FUTEX_WAKE)),
    ALLOW("rt_sigaction", "a socket's end is no signal"),
    ALLOW("rt_sigprocmask", "the same"),
    ALLOW("brk", "memory"),
    ALLOW_IF("mmap", "memory; nothing executable", NONE_OF(2, PROT_EXEC)),
    ALLOW_IF("mprotect", "memory; nothing executable", NONE_OF(2, PROT_EXEC)),
    ALLOW("munmap", "memory"),
    ALLOW_IF("mremap", "memory", IS(3, MREMAP_MAYMOVE)),
    ALLOW_IF("madvise", "memory given back", IS(2, MADV_DONTNEED)),
    ALLOW("exit_group", "the end"),
};

const struct seccomp_filter resolver_filter = {
    rules, sizeof(rules) / sizeof(rules[0])};
