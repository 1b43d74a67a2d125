/* Answers to local users. See control.h. */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "netd/control.h"
#include "proto/channel.h"
#include "proto/ctl.h"

#define CLIENT_NS      (10 * SECOND_NS) /* to ask, and to take each record */
#define PAUSE_NS       SECOND_NS
#define RECORDS_A_TURN 64

void
control_init(struct control *c)
{
	memset(c, 0, sizeof(*c));
	c->fd = -1;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		c->client[i].fd = -1;
}

void
control_start(struct control *c, int fd)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = fd;
}

static struct control_client *
free_client(struct control *c)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->client[i].fd == -1)
			return &c->client[i];
	}
	return NULL;
}

size_t
control_poll(const struct control *c, struct pollfd *pfd, int64_t now_ns)
{
	bool room = false;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		pfd[1 + i].fd = c->client[i].fd;
		pfd[1 + i].events = c->client[i].asked ? POLLOUT : POLLIN;
		pfd[1 + i].revents = 0;
		room |= c->client[i].fd == -1;
	}
	pfd[0].fd = room && now_ns >= c->paused_until_ns ? c->fd : -1;
	pfd[0].events = POLLIN;
	pfd[0].revents = 0;
	return CONTROL_POLLFDS;
}

int64_t
control_deadline(const struct control *c)
{
	int64_t at_ns = INT64_MAX;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->client[i].fd != -1 && c->client[i].deadline_ns < at_ns)
			at_ns = c->client[i].deadline_ns;
	}
	return at_ns;
}

static void
drop(struct control_client *cl)
{
	close(cl->fd);
	memset(cl, 0, sizeof(*cl));
	cl->fd = -1;
}

static void
accept_client(struct control *c, int64_t now_ns)
{
	struct control_client *cl = free_client(c);
	int fd;

	if (cl == NULL)
		return;
	fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		/* Without a descriptor to spare, the socket stays ready. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			c->paused_until_ns = now_ns + PAUSE_NS;
		return;
	}
	memset(cl, 0, sizeof(*cl));
	cl->fd = fd;
	cl->deadline_ns = now_ns + CLIENT_NS;
}

static void
read_question(struct control_client *cl, int64_t now_ns)
{
	static uint8_t buf[MSG_MAX + 1];
	struct ctl_get get;
	const char *why;
	struct msg m;

	switch (msg_recv(cl->fd, buf, DIR_C2N, PH_RUN, &m, &why)) {
	case RECV_AGAIN:
		return;
	case RECV_EOF:
	case RECV_ERROR:
		drop(cl);
		return;
	case RECV_BAD:
		log_debug("control client: %s", why);
		drop(cl);
		return;
	case RECV_MSG:
		break;
	}
	if (dec_ctl_get(m.payload, m.len, &get) == -1) {
		drop(cl);
		return;
	}
	cl->asked = true;
	answer_start(&cl->answer, &get);
	cl->deadline_ns = now_ns + CLIENT_NS;
}

static void
send_answer(struct control_client *cl, const struct node *n, int64_t now_ns)
{
	static uint8_t buf[MSG_PAYLOAD];

	for (int i = 0; i < RECORDS_A_TURN; i++) {
		enum msg_type type;
		struct wbuf w;

		wbuf_init(&w, buf, sizeof(buf));
		type = answer_record(&cl->answer, n, now_ns, &w);
		if (msg_send(cl->fd, type, 0, 0, buf, w.off, -1) == -1) {
			if (errno != EAGAIN && errno != ENOBUFS)
				drop(cl);
			return;
		}
		cl->deadline_ns = now_ns + CLIENT_NS;
		if (type == MSG_CTL_END) {
			drop(cl);
			return;
		}
		answer_sent(&cl->answer);
	}
}

void
control_serve(struct control *c, const struct pollfd *pfd, size_t n,
    const struct node *node, int64_t now_ns)
{
	if (n == 0)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *cl = &c->client[i];

		if (cl->fd == -1 || cl->fd != pfd[1 + i].fd)
			continue;
		if (pfd[1 + i].revents == 0) {
			if (now_ns >= cl->deadline_ns)
				drop(cl);
			continue;
		}
		if (!cl->asked)
			read_question(cl, now_ns);
		if (cl->fd != -1 && cl->asked)
			send_answer(cl, node, now_ns);
	}
	if (pfd[0].revents != 0)
		accept_client(c, now_ns);
}
