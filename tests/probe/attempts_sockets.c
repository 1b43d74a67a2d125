/* Sockets of all families, and what can be asked of those that are open. */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "tests/probe/probe.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define CHANNEL	     3
#define FD_END	     32
#define IP6T_REPLACE 64 /* IP6T_SO_SET_REPLACE */

/* connect of a new UNIX stream socket. */
static long
connect_unix(const char *path, size_t len)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	long fd;

	memcpy(sun.sun_path, path, len);
	fd = probe_call(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0, 0, 0);
	if (fd < 0)
		return fd;
	return probe_call(SYS_connect, fd, PTR(&sun),
	    (long)(offsetof(struct sockaddr_un, sun_path) + len), 0, 0, 0);
}

static long
connect_path(long arg)
{
	(void)arg;
	return connect_unix(probe_paths.stream, strlen(probe_paths.stream) + 1);
}

static long
connect_abstract(long arg)
{
	(void)arg;
	return connect_unix(
	    probe_paths.abstract, 1 + strlen(probe_paths.abstract + 1));
}

/* connect to a TCP service of this host. */
static long
connect_tcp(long arg)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
	    .sin_port = htons(9),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	long fd = probe_call(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);

	(void)arg;
	return fd < 0
	    ? fd
	    : probe_call(SYS_connect, fd, PTR(&sin), sizeof(sin), 0, 0, 0);
}

static long
listen_tcp(long arg)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	long fd = probe_call(SYS_socket, AF_INET, SOCK_STREAM, 0, 0, 0, 0);
	long rv;

	(void)arg;
	if (fd < 0)
		return fd;
	rv = probe_call(SYS_bind, fd, PTR(&sin), sizeof(sin), 0, 0, 0);
	if (rv < 0)
		return rv;
	return probe_call(SYS_listen, fd, 1, 0, 0, 0, 0);
}

/* An option of any kept descriptor that is a socket. */
static long
option_any(long arg, int level, int value)
{
	int data[32] = {value};
	long rv = -EBADF, now;

	for (int fd = 0; fd < FD_END && rv < 0; fd++) {
		now = probe_call(SYS_setsockopt, fd, level, arg, PTR(data),
		    level == SOL_SOCKET ? sizeof(int) : sizeof(data), 0);
		if (now != -EBADF && now != -ENOTSOCK && now != -ENOPROTOOPT &&
		    now != -EOPNOTSUPP)
			rv = now;
	}
	return rv;
}

static long
option_socket(long arg)
{
	return option_any(arg, SOL_SOCKET, 1);
}

static long
option_ip6(long arg)
{
	return option_any(arg, IPPROTO_IPV6, 0);
}

static long
dup_any(long arg)
{
	(void)arg;
	return probe_call(SYS_dup, STDERR_FILENO, 0, 0, 0, 0, 0);
}

#define SOCKET(what, domain, type, protocol, who)                              \
	{                                                                      \
		.name = "socket " what, .nr = SYS_socket,                      \
		.a = {domain, type, protocol}, .meant = (who),                 \
	}
#define NETLINK(what, protocol)                                                \
	SOCKET("AF_NETLINK " what, AF_NETLINK, SOCK_RAW, protocol, 0)

static char push = '\n';
static int pair[2];
static char ifreq[64] = "lo";

static const struct attempt list[] = {
    SOCKET("AF_INET datagram", AF_INET, SOCK_DGRAM, 0, RESOLVER),
    SOCKET("AF_INET stream", AF_INET, SOCK_STREAM, 0, RESOLVER),
    SOCKET("AF_INET raw", AF_INET, SOCK_RAW, IPPROTO_ICMP, 0),
    SOCKET("AF_INET raw, with headers", AF_INET, SOCK_RAW, IPPROTO_RAW, 0),
    SOCKET("AF_INET MPTCP", AF_INET, SOCK_STREAM, IPPROTO_MPTCP, 0),
    SOCKET("AF_INET SCTP", AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP, 0),
    SOCKET(
	"AF_INET6 datagram", AF_INET6, SOCK_DGRAM, 0, RESOLVER | BOTH_PRIVDS),
    SOCKET("AF_INET6 UDP-Lite", AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE, 0),
    SOCKET("AF_INET6 stream", AF_INET6, SOCK_STREAM, 0, RESOLVER),
    SOCKET("AF_INET6 raw", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, 0),
    SOCKET("AF_UNIX stream", AF_UNIX, SOCK_STREAM, 0, PRIVD_UAPI),
    SOCKET("AF_UNIX datagram", AF_UNIX, SOCK_DGRAM, 0, 0),
    SOCKET("AF_UNIX seqpacket", AF_UNIX, SOCK_SEQPACKET, 0, 0),
    NETLINK("route", NETLINK_ROUTE),
    NETLINK("generic", NETLINK_GENERIC),
    NETLINK("sock_diag", NETLINK_SOCK_DIAG),
    NETLINK("netfilter", NETLINK_NETFILTER),
    NETLINK("xfrm", NETLINK_XFRM),
    NETLINK("audit", NETLINK_AUDIT),
    NETLINK("connector", NETLINK_CONNECTOR),
    NETLINK("uevent", NETLINK_KOBJECT_UEVENT),
    NETLINK("crypto", NETLINK_CRYPTO),
    SOCKET("AF_PACKET raw", AF_PACKET, SOCK_RAW, 0, 0),
    SOCKET("AF_PACKET datagram", AF_PACKET, SOCK_DGRAM, 0, 0),
    SOCKET("AF_KEY", AF_KEY, SOCK_RAW, 2, 0),
    SOCKET("AF_ALG", AF_ALG, SOCK_SEQPACKET, 0, 0),
    SOCKET("AF_VSOCK", AF_VSOCK, SOCK_STREAM, 0, 0),
    SOCKET("AF_XDP", AF_XDP, SOCK_RAW, 0, 0),
    SOCKET("AF_BLUETOOTH", AF_BLUETOOTH, SOCK_RAW, 1, 0),
    SOCKET("AF_CAN", AF_CAN, SOCK_RAW, 1, 0),
    SOCKET("AF_TIPC", AF_TIPC, SOCK_DGRAM, 0, 0),
    SOCKET("AF_RDS", AF_RDS, SOCK_SEQPACKET, 0, 0),
    SOCKET("AF_SMC", AF_SMC, SOCK_STREAM, 0, 0),
    SOCKET("AF_QIPCRTR", AF_QIPCRTR, SOCK_DGRAM, 0, 0),
    {.name = "socketpair",
	.nr = SYS_socketpair,
	.a = {AF_UNIX, SOCK_STREAM, 0, PTR(pair)}},
    {.name = "pipe2", .nr = SYS_pipe2, .a = {PTR(pair), 0}},
    {.name = "connect to a UNIX socket by its path", .fn = connect_path},
    {.name = "connect to an abstract UNIX socket", .fn = connect_abstract},
    {.name = "connect to a TCP port of this host",
	.fn = connect_tcp,
	.natural = ECONNREFUSED,
	.meant = RESOLVER},
    {.name = "listen on a TCP port", .fn = listen_tcp},
    {.name = "setsockopt SO_MARK of a kept socket",
	.fn = option_socket,
	.a = {SO_MARK}},
    {.name = "setsockopt SO_RCVBUFFORCE of a kept socket",
	.fn = option_socket,
	.a = {SO_RCVBUFFORCE}},
    {.name = "setsockopt SO_ATTACH_BPF of a kept socket",
	.fn = option_socket,
	.a = {SO_ATTACH_BPF},
	.natural = EINVAL},
    {.name = "setsockopt SO_PEEK_OFF of a kept socket",
	.fn = option_socket,
	.a = {SO_PEEK_OFF}},
    {.name = "setsockopt IP6T_SO_SET_REPLACE of a kept socket",
	.fn = option_ip6,
	.a = {IP6T_REPLACE},
	.natural = EINVAL},
    {.name = "ioctl TIOCSTI: type into the terminal",
	.nr = SYS_ioctl,
	.a = {STDIN_FILENO, TIOCSTI, PTR(&push)}},
    {.name = "ioctl TIOCLINUX: paste into the console",
	.nr = SYS_ioctl,
	.a = {STDIN_FILENO, TIOCLINUX, PTR(&push)},
	.natural = ENOTTY},
    {.name = "ioctl SIOCGIFFLAGS of a kept descriptor",
	.nr = SYS_ioctl,
	.a = {CHANNEL, 0x8913, PTR(ifreq)},
	.natural = ENOTTY},
    {.name = "dup", .fn = dup_any},
    {.name = "fcntl F_SETOWN: signals from a descriptor",
	.nr = SYS_fcntl,
	.a = {CHANNEL, F_SETOWN, PID_SIBLING}},
};

const struct attempts attempts_sockets = {list, sizeof(list) / sizeof(list[0])};
