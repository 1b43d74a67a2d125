/* proto/channel.c and proto/msgs.c: what gets through, what ends the
 * channel, and that no descriptor is left behind. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/channel.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define FDS_MAX 16

static int sv[2];
static uint8_t rx[MSG_MAX + 1];
static uint8_t zeroes[MSG_MAX + 64];

static void
setup(void)
{
	int size = 1 << 20;

	cr_assert_eq(msg_pair(sv), 0);
	setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	cr_assert_eq(fcntl(sv[1], F_SETFL, O_NONBLOCK), 0);
}

TestSuite(channel, .init = setup);

struct raw {
	unsigned int type;
	unsigned int flags;
	uint32_t stated; /* length in the header */
	uint32_t reserved;
	size_t len; /* of the record, with the header */
	size_t nfds;
};

/* Sends a record that msg_send would not. */
static void
send_raw(const struct raw *m)
{
	static uint8_t record[MSG_MAX + 64];
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = record, .iov_len = m->len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[FDS_MAX];
	struct wbuf w;

	memset(record, 0, sizeof(record));
	wbuf_init(&w, record, sizeof(record));
	wbuf_u16(&w, (uint16_t)m->type);
	wbuf_u16(&w, (uint16_t)m->flags);
	wbuf_u32(&w, m->stated);
	wbuf_u32(&w, 0xdeadbeef);
	wbuf_u32(&w, m->reserved);
	if (m->nfds > 0) {
		struct cmsghdr *c;

		cr_assert_leq(m->nfds, FDS_MAX);
		for (size_t i = 0; i < m->nfds; i++)
			fds[i] = sv[0];
		memset(&control, 0, sizeof(control));
		mh.msg_control = control.b;
		mh.msg_controllen = CMSG_SPACE(m->nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(m->nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, m->nfds * sizeof(int));
	}
	cr_assert_eq(sendmsg(sv[0], &mh, MSG_NOSIGNAL), (ssize_t)m->len);
}

/* As the table wants it, with a payload of len bytes. */
static struct raw
valid(const struct msg_info *info, size_t len)
{
	return (struct raw){.type = info->type,
	    .stated = (uint32_t)(MSG_HEADER + len),
	    .len = MSG_HEADER + len,
	    .nfds = info->fd ? 1 : 0};
}

static unsigned int
one_phase(const struct msg_info *info)
{
	return info->phases & ~(info->phases - 1);
}

static size_t
open_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* Receives what should be a violation. */
static void
expect_bad(const struct msg_info *info, const char *what)
{
	size_t before = open_fds();
	const char *why;
	struct msg m;

	cr_expect_eq(
	    msg_recv(sv[1], rx, info->dir, one_phase(info), &m, &why),
	    RECV_BAD, "%s: %s", info->name, what);
	cr_expect_not_null(why, "%s: %s", info->name, what);
	cr_expect_eq(m.fd, -1, "%s: %s", info->name, what);
	cr_expect_eq(open_fds(), before, "%s: %s", info->name, what);
}

static void
expect_good(const struct msg_info *info, size_t len)
{
	const char *why;
	struct msg m;

	cr_expect_eq(
	    msg_recv(sv[1], rx, info->dir, one_phase(info), &m, &why),
	    RECV_MSG, "%s, %zu bytes: %s", info->name, len, why);
	cr_expect_null(why);
	cr_expect_eq(m.type, info->type);
	cr_expect_eq(m.len, len);
	cr_expect_eq(m.id, 0xdeadbeef);
	cr_expect_eq(m.fd != -1, info->fd, "%s", info->name);
	if (m.fd != -1)
		close(m.fd);
}

Test(channel, table)
{
	const struct msg_info *a, *b;
	size_t n = 0;

	for (size_t i = 0; (a = msg_row(i)) != NULL; i++) {
		cr_expect_eq(msg_info((unsigned int)a->type), a);
		cr_expect_leq(a->min, a->max, "%s", a->name);
		cr_expect_leq(a->max, MSG_PAYLOAD, "%s", a->name);
		cr_expect_neq(a->phases, 0, "%s", a->name);
		cr_expect_eq(a->phases & ~(unsigned int)(PH_LIVE | PH_STOP), 0,
		    "%s", a->name);
		/* Descriptors go from privd to netd only. */
		cr_expect(!a->fd || a->dir == DIR_P2N, "%s", a->name);
		for (size_t k = 0; k < i; k++) {
			b = msg_row(k);
			cr_expect_neq(a->type, b->type, "%s", a->name);
			cr_expect_str_neq(a->name, b->name);
		}
		n++;
	}
	cr_expect_gt(n, 0);
	cr_expect_null(msg_row(n));
	cr_expect_null(msg_row(SIZE_MAX));
	cr_expect_null(msg_info(0));
	cr_expect_null(msg_info(UINT16_MAX));
	cr_expect_null(msg_info(UINT32_MAX));
}

Test(channel, lengths)
{
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		struct raw m;

		m = valid(info, info->min);
		send_raw(&m);
		expect_good(info, info->min);
		m = valid(info, info->max);
		send_raw(&m);
		expect_good(info, info->max);
		if (info->min > 0) {
			m = valid(info, info->min - 1);
			send_raw(&m);
			expect_bad(info, "min - 1");
		}
		m = valid(info, info->max + 1);
		send_raw(&m);
		expect_bad(info, "max + 1");
	}
}

Test(channel, sender_keeps_to_the_table)
{
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		int fd = info->fd ? sv[0] : -1;
		struct {
			size_t len;
			unsigned int flags;
			int fd;
			bool good;
		} rows[] = {
		    {info->min, 0, fd, true},
		    {info->max, 0, fd, true},
		    {info->max + 1, 0, fd, false},
		    {info->min - 1, 0, fd, false},
		    {info->min, 0, info->fd ? -1 : sv[0], false},
		    {info->min, MSG_F_MORE, fd,
			info->type == MSG_ADDRS || info->type == MSG_DEVICE},
		    {info->min, 0x8000, fd, false},
		    {info->min, MSG_F_MORE | 2, fd, false},
		};

		for (size_t k = 0; k < N(rows); k++) {
			const char *why;
			struct msg m;
			int rv;

			errno = 0;
			rv = msg_send(sv[0], info->type,
			    (uint16_t)rows[k].flags, 7, zeroes, rows[k].len,
			    rows[k].fd);
			cr_expect_eq(rv, rows[k].good ? 0 : -1, "%s, row %zu",
			    info->name, k);
			if (rv == -1) {
				cr_expect_eq(errno, EINVAL);
				continue;
			}
			cr_expect_eq(msg_recv(sv[1], rx, info->dir,
					 one_phase(info), &m, &why),
			    RECV_MSG, "%s, row %zu: %s", info->name, k, why);
			cr_expect_eq(m.flags, rows[k].flags);
			cr_expect_eq(m.id, 7);
			if (m.fd != -1)
				close(m.fd);
		}
	}
	cr_expect_eq(msg_send(sv[0], (enum msg_type)999, 0, 0, NULL, 0, -1), -1);
	cr_expect_eq(errno, EINVAL);
}

Test(channel, direction_and_phase)
{
	static const unsigned int phases[] = {PH_BOOT, PH_RUN, PH_STOP};
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		struct raw m = valid(info, info->min);
		size_t before = open_fds();

		for (int dir = DIR_P2N; dir <= DIR_N2C; dir++) {
			for (size_t k = 0; k < N(phases); k++) {
				bool ok = (int)info->dir == dir &&
				    (info->phases & phases[k]) != 0;
				const char *why;
				struct msg got;

				send_raw(&m);
				cr_expect_eq(msg_recv(sv[1], rx,
						 (enum msg_dir)dir, phases[k],
						 &got, &why),
				    ok ? RECV_MSG : RECV_BAD, "%s %d %u",
				    info->name, dir, phases[k]);
				if (got.fd != -1)
					close(got.fd);
			}
		}
		cr_expect_eq(open_fds(), before, "%s", info->name);
	}
}

Test(channel, headers)
{
	static const struct {
		const char *what;
		struct raw m;
		bool good;
	} rows[] = {
	    {"as it should be", {MSG_DEVICE, 0, 26, 0, 26, 0}, true},
	    {"more", {MSG_DEVICE, MSG_F_MORE, 26, 0, 26, 0}, true},
	    {"unknown flag", {MSG_DEVICE, 0x0002, 26, 0, 26, 0}, false},
	    {"highest flag", {MSG_DEVICE, 0x8000, 26, 0, 26, 0}, false},
	    {"both", {MSG_DEVICE, MSG_F_MORE | 2, 26, 0, 26, 0}, false},
	    {"more, where it isn't", {MSG_SEALED, 1, 58, 0, 58, 0}, false},
	    {"type 0", {0, 0, 26, 0, 26, 0}, false},
	    {"unknown type", {999, 0, 26, 0, 26, 0}, false},
	    {"highest type", {0xffff, 0, 26, 0, 26, 0}, false},
	    {"reserved", {MSG_DEVICE, 0, 26, 1, 26, 0}, false},
	    {"reserved, high", {MSG_DEVICE, 0, 26, 0x80000000, 26, 0}, false},
	    {"says less", {MSG_DEVICE, 0, 25, 0, 26, 0}, false},
	    {"says more", {MSG_DEVICE, 0, 27, 0, 26, 0}, false},
	    {"says payload only", {MSG_DEVICE, 0, 10, 0, 26, 0}, false},
	    {"says nothing", {MSG_DEVICE, 0, 0, 0, 26, 0}, false},
	    {"says 4 GiB", {MSG_DEVICE, 0, UINT32_MAX, 0, 26, 0}, false},
	    {"one byte", {MSG_DEVICE, 0, 1, 0, 1, 0}, false},
	    {"header cut", {MSG_DEVICE, 0, 15, 0, 15, 0}, false},
	    {"header alone", {MSG_DEVICE, 0, 16, 0, 16, 0}, false},
	    {"one too long", {MSG_DEVICE, 0, MSG_MAX + 1, 0, MSG_MAX + 1, 0},
		false},
	    {"cut by the buffer",
		{MSG_DEVICE, 0, MSG_MAX + 2, 0, MSG_MAX + 2, 0}, false},
	    {"cut, and says what is left",
		{MSG_DEVICE, 0, MSG_MAX + 1, 0, MSG_MAX + 2, 0}, false},
	};

	for (size_t i = 0; i < N(rows); i++) {
		enum msg_type type = rows[i].m.type == MSG_SEALED ? MSG_SEALED
								  : MSG_DEVICE;

		send_raw(&rows[i].m);
		if (rows[i].good)
			expect_good(msg_info(type), rows[i].m.len - MSG_HEADER);
		else
			expect_bad(msg_info(type), rows[i].what);
	}
}

Test(channel, descriptors)
{
	static const size_t counts[] = {0, 1, 2, 7, 8, 9, FDS_MAX};
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		for (size_t k = 0; k < N(counts); k++) {
			struct raw m = valid(info, info->min);
			char what[32];

			m.nfds = counts[k];
			send_raw(&m);
			snprintf(what, sizeof(what), "%zu descriptors",
			    counts[k]);
			if (m.nfds == (info->fd ? 1 : 0))
				expect_good(info, info->min);
			else
				expect_bad(info, what);
		}
	}
}

/* Whatever else is wrong, a descriptor that came along is closed. */
Test(channel, descriptors_of_violations_are_closed)
{
	static const struct raw rows[] = {
	    {MSG_CONTROL, 0, 17, 0, 17, 1},
	    {MSG_CONTROL, 0, 16, 1, 16, 1},
	    {MSG_CONTROL, 1, 16, 0, 16, 1},
	    {999, 0, 16, 0, 16, 1},
	    {MSG_CONTROL, 0, 3, 0, 3, 3},
	    {MSG_CONTROL, 0, 16, 0, MSG_MAX + 2, 1},
	};

	for (size_t i = 0; i < N(rows); i++) {
		send_raw(&rows[i]);
		expect_bad(msg_info(MSG_CONTROL), "with a descriptor");
	}
}

Test(channel, passed_descriptor)
{
	struct stat st, got_st;
	const char *why;
	int pipefd[2];
	struct msg m;

	cr_assert_eq(pipe(pipefd), 0);
	cr_assert_eq(msg_send(sv[0], MSG_CONTROL, 0, 1, NULL, 0, pipefd[1]), 0);
	cr_assert_eq(
	    msg_recv(sv[1], rx, DIR_P2N, PH_BOOT, &m, &why), RECV_MSG);
	cr_assert_neq(m.fd, -1);
	cr_expect_neq(m.fd, pipefd[1]);
	cr_expect_eq(fcntl(m.fd, F_GETFD), FD_CLOEXEC);
	cr_assert_eq(fstat(pipefd[1], &st), 0, "it stays the sender's");
	cr_assert_eq(fstat(m.fd, &got_st), 0);
	cr_expect_eq(st.st_ino, got_st.st_ino);
}

Test(channel, payload_and_order)
{
	uint8_t key[32];
	const char *why;
	struct msg m;

	for (uint32_t i = 0; i < 3; i++) {
		memset(key, (int)i + 1, sizeof(key));
		cr_assert_eq(msg_send(sv[0], MSG_PEER_REMOVE, 0, i, key,
				 sizeof(key), -1),
		    0);
	}
	for (uint32_t i = 0; i < 3; i++) {
		memset(key, (int)i + 1, sizeof(key));
		cr_assert_eq(msg_recv(sv[1], rx, DIR_N2P, PH_RUN, &m, &why),
		    RECV_MSG);
		cr_expect_eq(m.id, i);
		cr_assert_eq(m.len, sizeof(key));
		cr_expect_arr_eq(m.payload, key, sizeof(key));
	}
}

Test(channel, header_on_the_wire)
{
	static const uint8_t want[] = {0, MSG_PEER_REMOVE, 0, 0, 0, 0, 0, 48,
	    1, 2, 3, 4, 0, 0, 0, 0};

	cr_assert_eq(msg_send(sv[0], MSG_PEER_REMOVE, 0, 0x01020304, zeroes,
			 32, -1),
	    0);
	cr_assert_eq(recv(sv[1], rx, sizeof(rx), 0), 48);
	cr_expect_arr_eq(rx, want, sizeof(want));
}

Test(channel, nothing_there_and_the_end)
{
	const char *why;
	struct msg m;

	cr_expect_eq(
	    msg_recv(sv[1], rx, DIR_P2N, PH_RUN, &m, &why), RECV_AGAIN);
	cr_expect_eq(m.fd, -1);
	/* What was sent before the end still comes. */
	cr_assert_eq(
	    msg_send(sv[0], MSG_LINK_DOWN, 0, 1, NULL, 0, -1), 0);
	close(sv[0]);
	cr_expect_eq(
	    msg_recv(sv[1], rx, DIR_P2N, PH_RUN, &m, &why), RECV_MSG);
	for (int i = 0; i < 2; i++)
		cr_expect_eq(msg_recv(sv[1], rx, DIR_P2N, PH_RUN, &m, &why),
		    RECV_EOF);
	cr_expect_eq(m.fd, -1);
}

Test(channel, empty_record_is_the_end)
{
	const char *why;
	struct msg m;

	cr_assert_eq(send(sv[0], zeroes, 0, 0), 0);
	cr_expect_eq(
	    msg_recv(sv[1], rx, DIR_P2N, PH_RUN, &m, &why), RECV_EOF);
}

/* The other side went with records unread. */
Test(channel, reset_is_the_end)
{
	const char *why;
	struct msg m;

	cr_assert_eq(
	    msg_send(sv[1], MSG_DEVICE_GET, 0, 1, NULL, 0, -1), 0);
	close(sv[0]);
	cr_expect_eq(
	    msg_recv(sv[1], rx, DIR_P2N, PH_RUN, &m, &why), RECV_EOF);
}

Test(channel, errors)
{
	const char *why;
	struct msg m;

	cr_expect_eq(msg_recv(-1, rx, DIR_P2N, PH_RUN, &m, &why), RECV_ERROR);
	cr_expect_eq(errno, EBADF);
	cr_expect_eq(m.fd, -1);
	/* No SIGPIPE, which would end the test. */
	close(sv[1]);
	cr_expect_eq(
	    msg_send(sv[0], MSG_LINK_DOWN, 0, 1, NULL, 0, -1), -1);
	cr_expect_eq(errno, EPIPE);
}

Test(channel, full_socket)
{
	int n = 0;

	cr_assert_eq(fcntl(sv[0], F_SETFL, O_NONBLOCK), 0);
	while (n < 1000000 &&
	    msg_send(sv[0], MSG_LINK_DOWN, 0, 1, NULL, 0, -1) == 0)
		n++;
	cr_expect_eq(errno, EAGAIN);
	cr_expect_gt(n, 0);
}

Test(channel, pair)
{
	int type;
	socklen_t len = sizeof(type);
	int pair[2];

	cr_assert_eq(msg_pair(pair), 0);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(fcntl(pair[i], F_GETFD), FD_CLOEXEC);
		cr_expect_eq(fcntl(pair[i], F_GETFL) & O_NONBLOCK, 0);
		cr_assert_eq(getsockopt(
				 pair[i], SOL_SOCKET, SO_TYPE, &type, &len),
		    0);
		cr_expect_eq(type, SOCK_SEQPACKET);
	}
}
