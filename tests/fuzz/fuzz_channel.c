/*
 * Framing: one record, as it is and with descriptors, between two sockets.
 * The first byte says direction and phase, the second how many descriptors.
 *
 * Covers: proto/channel.c proto/msgs.c
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define MAX_FDS 10 /* more than the channel has room for */

static int sv[2] = {-1, -1};

/* The lowest number that is free: all below are in use. */
static int
lowest(void)
{
	int fd = dup(0);

	REQUIRE(fd != -1);
	close(fd);
	return fd;
}

static void
send_fds(const uint8_t *p, size_t len, size_t nfds)
{
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(MAX_FDS * sizeof(int))];
	} control;
	struct iovec iov = {(void *)(uintptr_t)p, len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;
	int fds[MAX_FDS] = {0};

	if (nfds > 0) {
		memset(&control, 0, sizeof(control));
		mh.msg_control = control.b;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	REQUIRE(sendmsg(sv[0], &mh, MSG_NOSIGNAL) == (ssize_t)len);
}

/* What was accepted, sent by ourselves, arrives as the same. */
static void
again(const struct msg *m, enum msg_dir dir, unsigned int phase)
{
	static uint8_t in[MSG_MAX + 1];
	struct msg got;
	const char *why;

	REQUIRE(msg_send(sv[0], m->type, m->flags, m->id, m->payload, m->len,
		    m->fd) == 0);
	REQUIRE(msg_recv(sv[1], in, dir, phase, &got, &why) == RECV_MSG);
	REQUIRE(got.type == m->type && got.flags == m->flags &&
	    got.id == m->id && got.len == m->len);
	REQUIRE(memcmp(got.payload, m->payload, m->len) == 0);
	REQUIRE((got.fd != -1) == (m->fd != -1));
	if (got.fd != -1)
		close(got.fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int phases[] = {PH_BOOT, PH_RUN, PH_STOP};
	uint8_t *in = malloc(MSG_MAX + 1);
	const struct msg_info *info;
	enum msg_dir dir;
	unsigned int phase;
	const char *why;
	struct msg m;
	size_t nfds;
	int before;

	REQUIRE(in != NULL);
	if (sv[0] == -1)
		fuzz_pair(sv);
	before = lowest();
	if (size < 2 || size > MSG_MAX + 100)
		goto out;
	dir = (enum msg_dir)(data[0] % (DIR_N2C + 1));
	phase = phases[data[0] / 8 % 3];
	nfds = data[1] % (MAX_FDS + 1);
	send_fds(data + 2, size - 2, nfds);
	switch (msg_recv(sv[1], in, dir, phase, &m, &why)) {
	case RECV_MSG:
		info = msg_info((unsigned int)m.type);
		REQUIRE(info->dir == dir && (info->phases & phase) != 0);
		REQUIRE(m.len >= info->min && m.len <= info->max);
		REQUIRE(m.len + MSG_HEADER == size - 2);
		REQUIRE((m.fd != -1) == info->fd);
		(void)fuzz_message(&m);
		again(&m, dir, phase);
		if (m.fd != -1)
			close(m.fd);
		break;
	case RECV_BAD:
		REQUIRE(why != NULL && m.fd == -1);
		break;
	case RECV_EOF: /* an empty record looks like it */
		REQUIRE(size == 2 && nfds == 0);
		break;
	case RECV_AGAIN:
	case RECV_ERROR:
		REQUIRE(false);
	}
	REQUIRE(msg_recv(sv[1], in, dir, phase, &m, &why) == RECV_AGAIN);
	/* No wrong message, and no wrong call, goes out. */
	REQUIRE(msg_send(sv[0], (enum msg_type)data[1], data[0], 1, in,
		    size % 7, -1) == 0 ||
	    errno == EINVAL);
	while (msg_recv(sv[1], in, dir, phase, &m, &why) != RECV_AGAIN)
		if (m.fd != -1)
			close(m.fd);
out:
	REQUIRE(lowest() == before);
	free(in);
	return 0;
}
