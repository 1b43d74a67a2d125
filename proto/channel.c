/* Records between processes. See channel.h. */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/channel.h"

/* Room for more descriptors than may come, so that they can be closed. */
#define MAX_FDS 8

static enum recv_status
violation(int *fds, size_t nfds, const char **why, const char *what)
{
	for (size_t i = 0; i < nfds; i++)
		close(fds[i]);
	*why = what;
	return RECV_BAD;
}

static size_t
take_fds(struct msghdr *mh, int fds[MAX_FDS])
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c != NULL;
	     c = CMSG_NXTHDR(mh, c)) {
		size_t bytes;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		bytes = c->cmsg_len - CMSG_LEN(0);
		if (bytes > (MAX_FDS - n) * sizeof(int))
			bytes = (MAX_FDS - n) * sizeof(int);
		memcpy(fds + n, CMSG_DATA(c), bytes);
		n += bytes / sizeof(int);
	}
	return n;
}

static bool
flags_valid(const struct msg_info *info, uint16_t flags)
{
	if (info->type == MSG_ADDRS || info->type == MSG_DEVICE)
		return (flags & ~MSG_F_MORE) == 0;
	return flags == 0;
}

const char *
msg_check(const uint8_t *buf, size_t len, size_t nfds, enum msg_dir dir,
    unsigned int phase, struct msg *m)
{
	const struct msg_info *info;
	struct rbuf r;
	uint32_t stated, zero;
	uint16_t type;

	if (len < MSG_HEADER)
		return "shorter than a header";
	rbuf_init(&r, buf, len);
	type = rbuf_u16(&r);
	m->flags = rbuf_u16(&r);
	stated = rbuf_u32(&r);
	m->id = rbuf_u32(&r);
	zero = rbuf_u32(&r);
	info = msg_info(type);
	if (info == NULL)
		return "unknown type";
	if (stated != len || zero != 0)
		return "header does not fit the record";
	if (info->dir != dir)
		return "wrong direction";
	if ((info->phases & phase) == 0)
		return "out of phase";
	if (!flags_valid(info, m->flags))
		return "unknown flag";
	m->type = info->type;
	m->payload = buf + MSG_HEADER;
	m->len = len - MSG_HEADER;
	if (m->len < info->min || m->len > info->max)
		return "length out of range";
	if (nfds != (info->fd ? 1 : 0))
		return info->fd ? "without its descriptor"
				: "with a descriptor";
	return NULL;
}

enum recv_status
msg_recv(int fd, uint8_t *buf, enum msg_dir dir, unsigned int phase,
    struct msg *m, const char **why)
{
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(MAX_FDS * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = buf, .iov_len = MSG_MAX + 1};
	struct msghdr mh = {
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.b,
	    .msg_controllen = sizeof(control.b),
	};
	int fds[MAX_FDS];
	const char *what;
	size_t nfds;
	ssize_t n;

	memset(m, 0, sizeof(*m));
	m->fd = -1;
	*why = NULL;
	do {
		n = recvmsg(fd, &mh, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == -1) {
		if (errno == EAGAIN)
			return RECV_AGAIN;
		return errno == ECONNRESET ? RECV_EOF : RECV_ERROR;
	}
	nfds = take_fds(&mh, fds);
	if (n == 0 && nfds == 0)
		return RECV_EOF;
	if ((mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return violation(fds, nfds, why, "truncated");
	what = msg_check(buf, (size_t)n, nfds, dir, phase, m);
	if (what != NULL)
		return violation(fds, nfds, why, what);
	if (nfds == 1)
		m->fd = fds[0];
	return RECV_MSG;
}

int
msg_send(int sock, enum msg_type type, uint16_t flags, uint32_t id,
    const void *payload, size_t len, int fd)
{
	const struct msg_info *info = msg_info((unsigned int)type);
	uint8_t header[MSG_HEADER];
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[2] = {
	    {.iov_base = header, .iov_len = sizeof(header)},
	    {.iov_base = (void *)(uintptr_t)payload, .iov_len = len},
	};
	struct msghdr mh = {.msg_iov = iov, .msg_iovlen = len > 0 ? 2 : 1};
	struct wbuf w;
	ssize_t n;

	if (info == NULL || len < info->min || len > info->max ||
	    !flags_valid(info, flags) || (fd != -1) != info->fd) {
		errno = EINVAL;
		return -1;
	}
	wbuf_init(&w, header, sizeof(header));
	wbuf_u16(&w, (uint16_t)type);
	wbuf_u16(&w, flags);
	wbuf_u32(&w, (uint32_t)(len + MSG_HEADER));
	wbuf_u32(&w, id);
	wbuf_u32(&w, 0);
	if (fd != -1) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		mh.msg_control = control.b;
		mh.msg_controllen = sizeof(control.b);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	do {
		n = sendmsg(sock, &mh, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

int
msg_pair(int sv[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv);
}
