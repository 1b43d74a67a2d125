/* Records between processes: each row of the table of messages from both
 * sides of each of its limits, and what no table allows. */
#include <criterion/criterion.h>

#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/channel.h"

#define MAX_SENT_FDS 12

static int sv[2];
static uint8_t record[MSG_MAX + 64];
static uint8_t got[MSG_MAX + 1];
static const uint8_t payload[MSG_PAYLOAD + 64];

static void
setup(void)
{
	int size = 1 << 20;

	cr_assert_eq(msg_pair(sv), 0);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(setsockopt(sv[i], SOL_SOCKET, SO_SNDBUF, &size,
				 sizeof(size)),
		    0);
		cr_assert_eq(fcntl(sv[i], F_SETFL, O_NONBLOCK), 0);
	}
}

TestSuite(channel, .init = setup);

/* Sends any bytes with any number of copies of a descriptor. */
static void
send_raw(const void *p, size_t len, size_t nfds)
{
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(MAX_SENT_FDS * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = (void *)(uintptr_t)p, .iov_len = len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[MAX_SENT_FDS];

	if (nfds > 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		mh.msg_control = control.b;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		for (size_t i = 0; i < nfds; i++)
			fds[i] = sv[1];
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	cr_assert_eq(
	    sendmsg(sv[0], &mh, 0), (ssize_t)len, "%s", strerror(errno));
}

struct header {
	uint16_t type, flags;
	uint32_t len, id, zero;
};

static void
send_record(const struct header *h, size_t len, size_t nfds)
{
	struct wbuf w;

	memset(record, 0, sizeof(record));
	wbuf_init(&w, record, MSG_HEADER);
	wbuf_u16(&w, h->type);
	wbuf_u16(&w, h->flags);
	wbuf_u32(&w, h->len);
	wbuf_u32(&w, h->id);
	wbuf_u32(&w, h->zero);
	send_raw(record, len, nfds);
}

static size_t
open_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* What arrives, and that no descriptor stays open unless it is m->fd. */
static enum recv_status
receive(enum msg_dir dir, unsigned int phase, struct msg *m, const char **why)
{
	size_t before = open_fds();
	enum recv_status st = msg_recv(sv[1], got, dir, phase, m, why);

	cr_expect_eq(open_fds(), before + (m->fd != -1), "descriptors");
	if (st != RECV_MSG)
		cr_expect_eq(m->fd, -1);
	cr_expect_eq(*why != NULL, st == RECV_BAD);
	return st;
}

static struct header
header_of(const struct msg_info *info, size_t len)
{
	return (struct header){.type = (uint16_t)info->type,
	    .len = (uint32_t)(len + MSG_HEADER),
	    .id = 0xdeadbeef};
}

static unsigned int
some_phase(const struct msg_info *info)
{
	return info->phases & -info->phases;
}

Test(channel, rows_at_their_limits)
{
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		const size_t lens[] = {info->min, info->max, info->min - 1,
		    info->max + 1, (info->min + info->max) / 2};

		for (size_t k = 0; k < sizeof(lens) / sizeof(*lens); k++) {
			size_t len = lens[k];
			bool ok = len >= info->min && len <= info->max;
			struct header h = header_of(info, len);
			const char *why;
			struct msg m;

			if (len == SIZE_MAX)
				continue; /* nothing is shorter than 0 */
			send_record(&h, len + MSG_HEADER, info->fd ? 1 : 0);
			cr_expect_eq(
			    receive(info->dir, some_phase(info), &m, &why),
			    ok ? RECV_MSG : RECV_BAD, "%s with %zu", info->name,
			    len);
			if (!ok)
				continue;
			cr_expect_eq(m.type, info->type);
			cr_expect_eq(m.len, len);
			cr_expect_eq(m.payload, got + MSG_HEADER);
			cr_expect_eq(m.id, 0xdeadbeef);
			cr_expect_eq(m.flags, 0);
			cr_expect_eq(m.fd != -1, info->fd, "%s", info->name);
			if (m.fd != -1) {
				cr_expect(fcntl(m.fd, F_GETFD) & FD_CLOEXEC);
				close(m.fd);
			}
		}
	}
}

Test(channel, rows_in_directions_and_phases)
{
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		for (enum msg_dir dir = DIR_P2N; dir <= DIR_N2C; dir++) {
			for (unsigned int ph = 1; ph <= PH_STOP; ph <<= 1) {
				bool ok = dir == info->dir &&
				    (info->phases & ph) != 0;
				struct header h = header_of(info, info->min);
				const char *why;
				struct msg m;

				send_record(&h, info->min + MSG_HEADER,
				    info->fd ? 1 : 0);
				cr_expect_eq(receive(dir, ph, &m, &why),
				    ok ? RECV_MSG : RECV_BAD,
				    "%s in direction %d, phase %u", info->name,
				    (int)dir, ph);
				if (m.fd != -1)
					close(m.fd);
			}
		}
	}
}

Test(channel, rows_with_any_number_of_descriptors)
{
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		for (size_t nfds = 0; nfds <= MAX_SENT_FDS; nfds++) {
			bool ok = nfds == (info->fd ? 1 : 0);
			struct header h = header_of(info, info->min);
			const char *why;
			struct msg m;

			send_record(&h, info->min + MSG_HEADER, nfds);
			cr_expect_eq(
			    receive(info->dir, some_phase(info), &m, &why),
			    ok ? RECV_MSG : RECV_BAD, "%s with %zu descriptors",
			    info->name, nfds);
			if (m.fd != -1)
				close(m.fd);
		}
	}
}

Test(channel, rows_with_flags)
{
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		bool more = info->type == MSG_ADDRS || info->type == MSG_DEVICE;

		for (unsigned int bit = 0; bit < 16; bit++) {
			bool ok = more && 1u << bit == MSG_F_MORE;
			struct header h = header_of(info, info->min);
			int fd = info->fd ? sv[1] : -1;
			const char *why;
			struct msg m;

			h.flags = (uint16_t)(1u << bit);
			send_record(
			    &h, info->min + MSG_HEADER, info->fd ? 1 : 0);
			cr_expect_eq(
			    receive(info->dir, some_phase(info), &m, &why),
			    ok ? RECV_MSG : RECV_BAD, "%s with flag 0x%x",
			    info->name, 1u << bit);
			cr_expect(!ok || m.flags == h.flags);
			if (m.fd != -1)
				close(m.fd);
			errno = 0;
			cr_expect_eq(msg_send(sv[1], info->type, h.flags, 1,
					 payload, info->min, fd),
			    ok ? 0 : -1, "%s", info->name);
			cr_expect(ok || errno == EINVAL);
			if (ok)
				msg_recv(sv[0], got, info->dir,
				    some_phase(info), &m, &why);
		}
	}
}

static const struct {
	const char *what;
	struct header h;
	size_t len; /* of the record */
} wrong[] = {
    {"type 0", {0, 0, 16, 0, 0}, 16},
    {"a type between two rows", {21, 0, 16, 0, 0}, 16},
    {"a type past the table", {46, 0, 16, 0, 0}, 16},
    {"the greatest type", {65535, 0, 16, 0, 0}, 16},
    {"a type in the wrong byte order", {MSG_CONF_END << 8, 0, 16, 0, 0}, 16},
    {"a length short of it", {MSG_CONF_END, 0, 15, 0, 0}, 16},
    {"a length without the header", {MSG_CONF_END, 0, 0, 0, 0}, 16},
    {"a length past it", {MSG_CONF_END, 0, 17, 0, 0}, 16},
    {"a length far past it", {MSG_CONF_END, 0, UINT32_MAX, 0, 0}, 16},
    {"more bytes than it says", {MSG_CONF_END, 0, 16, 0, 0}, 17},
    {"a last field that isn't 0", {MSG_CONF_END, 0, 16, 0, 1}, 16},
    {"the same, high", {MSG_CONF_END, 0, 16, 0, 0x80000000}, 16},
    {"half a header", {MSG_CONF_END, 0, 8, 0, 0}, 8},
    {"a header less one", {MSG_CONF_END, 0, 15, 0, 0}, 15},
    {"one byte", {MSG_CONF_END, 0, 1, 0, 0}, 1},
    {"a record of MSG_MAX + 1", {MSG_ADDRS, 0, MSG_MAX + 1, 0, 0}, MSG_MAX + 1},
    {"one of MSG_MAX + 2", {MSG_ADDRS, 0, MSG_MAX + 2, 0, 0}, MSG_MAX + 2},
    {"one that says MSG_MAX", {MSG_ADDRS, 0, MSG_MAX, 0, 0}, MSG_MAX + 40},
};

Test(channel, wrong_headers)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		for (size_t nfds = 0; nfds < 2; nfds++) {
			const char *why;
			struct msg m;

			send_record(&wrong[i].h, wrong[i].len, nfds);
			cr_expect_eq(receive(DIR_P2N,
					 PH_BOOT | PH_RUN | PH_STOP, &m, &why),
			    RECV_BAD, "%s", wrong[i].what);
		}
	}
}

Test(channel, empty_record_with_a_descriptor)
{
	const char *why;
	struct msg m;
	uint8_t none = 0;

	/* Without one it looks like the end, as for any reader of it. */
	send_raw(&none, 0, 1);
	cr_expect_eq(receive(DIR_P2N, PH_RUN, &m, &why), RECV_BAD);
}

/* A descriptor that doesn't fit this process is cut off by the kernel. That
 * it came is known all the same, also where none should. */
Test(channel, descriptors_past_the_limit)
{
	static const struct {
		enum msg_type type;
		enum msg_dir dir;
		unsigned int phase;
	} rows[] = {
	    {MSG_CONTROL, DIR_P2N, PH_BOOT},
	    {MSG_DEVICE_GET, DIR_N2P, PH_RUN},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct header h =
		    header_of(msg_info((unsigned int)rows[i].type), 0);
		enum recv_status status;
		struct rlimit rl, none;
		const char *why;
		struct msg m;

		send_record(&h, MSG_HEADER, 1);
		getrlimit(RLIMIT_NOFILE, &rl);
		none = rl;
		none.rlim_cur = 0;
		setrlimit(RLIMIT_NOFILE, &none);
		status =
		    msg_recv(sv[1], got, rows[i].dir, rows[i].phase, &m, &why);
		/* Back before anything else wants a descriptor. */
		setrlimit(RLIMIT_NOFILE, &rl);
		cr_expect_eq(status, RECV_BAD, "row %zu", i);
		cr_expect_eq(m.fd, -1, "row %zu", i);
	}
}

Test(channel, nothing_there_and_the_end)
{
	const char *why;
	struct msg m;

	cr_expect_eq(receive(DIR_P2N, PH_RUN, &m, &why), RECV_AGAIN);
	cr_assert_eq(msg_send(sv[0], MSG_DEVICE_GET, 0, 7, NULL, 0, -1), 0);
	close(sv[0]);
	cr_expect_eq(receive(DIR_N2P, PH_RUN, &m, &why), RECV_MSG,
	    "what was sent before the end");
	cr_expect_eq(m.id, 7);
	cr_expect_eq(receive(DIR_P2N, PH_RUN, &m, &why), RECV_EOF);
	cr_expect_eq(msg_recv(sv[0], got, DIR_P2N, PH_RUN, &m, &why),
	    RECV_ERROR, "a descriptor that isn't one");
	cr_expect_eq(errno, EBADF);
}

/* Killed with something unread, the other side gives ECONNRESET. */
Test(channel, the_end_with_unread_data)
{
	const char *why;
	struct msg m;

	cr_assert_eq(msg_send(sv[1], MSG_DEVICE_GET, 0, 7, NULL, 0, -1), 0);
	close(sv[0]);
	cr_expect_eq(receive(DIR_P2N, PH_RUN, &m, &why), RECV_EOF);
}

Test(channel, send_keeps_to_the_table)
{
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		int fd = info->fd ? sv[1] : -1;

		if (info->min > 0) {
			errno = 0;
			cr_expect_eq(msg_send(sv[0], info->type, 0, 1, payload,
					 info->min - 1, fd),
			    -1, "%s", info->name);
			cr_expect_eq(errno, EINVAL);
		}
		errno = 0;
		cr_expect_eq(msg_send(sv[0], info->type, 0, 1, payload,
				 info->max + 1, fd),
		    -1, "%s", info->name);
		cr_expect_eq(errno, EINVAL);
		errno = 0;
		cr_expect_eq(msg_send(sv[0], info->type, 0, 1, payload,
				 info->min, info->fd ? -1 : sv[1]),
		    -1, "%s", info->name);
		cr_expect_eq(errno, EINVAL);
	}
	cr_expect_eq(
	    msg_send(sv[0], (enum msg_type)0, 0, 1, payload, 0, -1), -1);
	cr_expect_eq(
	    msg_send(sv[0], (enum msg_type)999, 0, 1, payload, 0, -1), -1);
}

Test(channel, sent_is_received)
{
	const struct msg_info *info;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		const size_t lens[] = {info->min, info->max};

		for (size_t k = 0; k < 2; k++) {
			int fd = info->fd ? sv[1] : -1;
			const char *why;
			struct msg m;

			for (size_t b = 0; b < lens[k]; b++)
				record[b] = (uint8_t)(b * 7 + i);
			cr_assert_eq(msg_send(sv[0], info->type, 0,
					 (uint32_t)i + 1, record, lens[k], fd),
			    0, "%s: %s", info->name, strerror(errno));
			cr_assert_eq(
			    receive(info->dir, some_phase(info), &m, &why),
			    RECV_MSG);
			cr_expect_eq(m.id, i + 1);
			cr_assert_eq(m.len, lens[k]);
			cr_expect(memcmp(m.payload, record, m.len) == 0);
			if (m.fd != -1)
				close(m.fd);
		}
	}
}

Test(channel, a_full_socket)
{
	int size = 4096, rv = 0, sent = 0;
	const char *why;
	struct msg m;

	setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	while (sent < 10000 && rv == 0) {
		rv = msg_send(
		    sv[0], MSG_DEVICE_GET, 0, (uint32_t)++sent, NULL, 0, -1);
	}
	cr_expect_eq(rv, -1);
	cr_expect(errno == EAGAIN || errno == ENOBUFS, "%s", strerror(errno));
	for (int i = 1; i < sent; i++) {
		cr_assert_eq(receive(DIR_N2P, PH_RUN, &m, &why), RECV_MSG);
		cr_expect_eq(m.id, (uint32_t)i, "in order, none twice");
	}
	cr_expect_eq(receive(DIR_N2P, PH_RUN, &m, &why), RECV_AGAIN);
	close(sv[1]);
	errno = 0;
	cr_expect_eq(msg_send(sv[0], MSG_DEVICE_GET, 0, 1, NULL, 0, -1), -1);
	cr_expect_eq(errno, EPIPE, "and no signal");
}

Test(channel, table_is_sound)
{
	const struct msg_info *info, *other;

	for (size_t i = 0; (info = msg_row(i)) != NULL; i++) {
		cr_expect_eq(msg_info((unsigned int)info->type), info);
		cr_expect_leq(info->min, info->max);
		cr_expect_leq(info->max, MSG_PAYLOAD);
		cr_expect_neq(info->phases, 0);
		cr_expect(strlen(info->name) > 0 && strlen(info->what) > 0);
		/* Descriptors go from privd alone. */
		cr_expect(!info->fd || info->dir == DIR_P2N, "%s", info->name);
		for (size_t k = 0; k < i; k++) {
			other = msg_row(k);
			cr_expect_neq(info->type, other->type);
			cr_expect_str_neq(info->name, other->name);
		}
	}
	cr_expect_null(msg_info(0));
	cr_expect_null(msg_info(0x10000 + MSG_HELLO));
	cr_expect_null(msg_row(SIZE_MAX));
}

Test(channel, pair_is_closed_on_exec)
{
	cr_expect(fcntl(sv[0], F_GETFD) & FD_CLOEXEC);
	cr_expect(fcntl(sv[1], F_GETFD) & FD_CLOEXEC);
}
