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

/* Is there something to tell it? */
static bool
has_something(const struct control *c, const struct control_client *cl)
{
	return cl->monitor ? cl->seen != c->nevents : cl->asked;
}

size_t
control_poll(const struct control *c, struct pollfd *pfd, int64_t now_ns)
{
	bool room = false;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		pfd[1 + i].fd = c->client[i].fd;
		pfd[1 + i].events =
		    has_something(c, &c->client[i]) ? POLLOUT : POLLIN;
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

/* Is the sender of what is to be read next root? The kernel says so with each
 * message, since privd asked for it; no descriptor fits beside that. */
static bool
from_root(int fd)
{
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct msghdr mh = {
	    .msg_control = control.b, .msg_controllen = sizeof(control.b)};
	const struct cmsghdr *cm;
	struct ucred cred;

	if (recvmsg(fd, &mh, MSG_PEEK) == -1)
		return false;
	cm = CMSG_FIRSTHDR(&mh);
	if (cm == NULL || cm->cmsg_level != SOL_SOCKET ||
	    cm->cmsg_type != SCM_CREDENTIALS ||
	    cm->cmsg_len != CMSG_LEN(sizeof(cred)))
		return false;
	memcpy(&cred, CMSG_DATA(cm), sizeof(cred));
	return cred.uid == 0;
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

/* The answer is an error, or that it was done. */
static void
send_end(struct control_client *cl, int error)
{
	uint8_t buf[4];
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	wbuf_u32(&w, (uint32_t)error);
	msg_send(cl->fd, MSG_CTL_END, 0, 0, buf, w.off, -1);
	drop(cl);
}

static int
do_deed(struct node *n, int64_t now_ns, const struct ctl_do *m)
{
	static const enum log_level levels[] = {
	    [CTL_BRIEF] = LOG_LVL_WARN,
	    [CTL_VERBOSE] = LOG_LVL_INFO,
	    [CTL_DEBUG] = LOG_LVL_DEBUG,
	};

	switch (m->deed) {
	case CTL_PROBE:
		return n != NULL ? node_probe(n, now_ns, &m->key) : ENOENT;
	case CTL_FORGET:
		return n != NULL ? node_forget(n, now_ns, &m->key) : ENOENT;
	case CTL_LOG:
		log_set_level(levels[m->level]);
		return 0;
	case CTL_RELOAD:
		break;
	}
	return EINVAL;
}

static size_t
monitors(const struct control *c)
{
	size_t n = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		n += c->client[i].fd != -1 && c->client[i].asked &&
		    c->client[i].answer.get.what == CTL_MONITOR;
	return n;
}

static void
take_question(struct control *c, struct control_client *cl, struct node *n,
    int64_t now_ns, const struct msg *m)
{
	struct ctl_get get;
	struct ctl_do deed;

	if (m->type == MSG_CTL_DO) {
		if (dec_ctl_do(m->payload, m->len, &deed) == -1)
			drop(cl);
		else if (cl->root && deed.deed == CTL_RELOAD)
			cl->wait = WAIT_RELOAD;
		else
			send_end(
			    cl, cl->root ? do_deed(n, now_ns, &deed) : EACCES);
		return;
	}
	if (dec_ctl_get(m->payload, m->len, &get) == -1) {
		drop(cl);
		return;
	}
	if (get.what == CTL_MONITOR && monitors(c) >= CONTROL_MONITORS) {
		send_end(cl, EBUSY);
		return;
	}
	cl->asked = true;
	answer_start(&cl->answer, &get);
	cl->deadline_ns = now_ns + CLIENT_NS;
}

static void
read_question(struct control *c, struct control_client *cl, struct node *n,
    int64_t now_ns)
{
	static uint8_t buf[MSG_MAX + 1];
	const char *why;
	struct msg m;

	cl->root = from_root(cl->fd);
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
		take_question(c, cl, n, now_ns, &m);
		break;
	}
}

static void
send_answer(struct control *c, struct control_client *cl, const struct node *n,
    int64_t now_ns)
{
	static uint8_t buf[MSG_PAYLOAD];

	for (int i = 0; i < RECORDS_A_TURN; i++) {
		enum msg_type type;
		struct wbuf w;

		wbuf_init(&w, buf, sizeof(buf));
		type = answer_record(&cl->answer, n, now_ns, &w);
		if (type == MSG_CTL_END && cl->answer.get.what == CTL_MONITOR) {
			cl->monitor = true;
			cl->seen = c->nevents;
			cl->deadline_ns = INT64_MAX;
			return;
		}
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

static void
send_events(struct control *c, struct control_client *cl)
{
	static uint8_t buf[MSG_PAYLOAD];

	while (cl->seen != c->nevents) {
		uint64_t behind = c->nevents - cl->seen, at = cl->seen;
		struct ctl_event *m;
		struct wbuf w;

		if (behind > CONTROL_EVENTS)
			at = c->nevents - CONTROL_EVENTS;
		m = &c->event[at % CONTROL_EVENTS];
		m->lost = at - cl->seen;
		wbuf_init(&w, buf, sizeof(buf));
		enc_ctl_event(&w, m);
		if (msg_send(cl->fd, MSG_CTL_EVENT, 0, 0, buf, w.off, -1) ==
		    -1) {
			if (errno != EAGAIN && errno != ENOBUFS)
				drop(cl);
			return;
		}
		cl->seen = at + 1;
	}
}

bool
control_wants_reload(const struct control *c)
{
	bool wants = false;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		wants |= c->client[i].wait == WAIT_RELOAD;
	return wants && !c->reloading;
}

void
control_reload_asked(struct control *c)
{
	c->reloading = true;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->client[i].wait == WAIT_RELOAD)
			c->client[i].wait = WAIT_RELOADED;
	}
}

void
control_reloaded(struct control *c, int error, const char *text)
{
	c->reloading = false;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *cl = &c->client[i];

		if (cl->wait != WAIT_RELOADED)
			continue;
		if (text[0] != '\0')
			msg_send(
			    cl->fd, MSG_CTL_TEXT, 0, 0, text, strlen(text), -1);
		send_end(cl, error);
	}
}

/* It has nothing more to say: whatever it sends, or its end, ends it. */
static void
serve_monitor(struct control *c, struct control_client *cl, short revents)
{
	if ((revents & ~POLLOUT) != 0)
		drop(cl);
	else
		send_events(c, cl);
}

void
control_event(
    struct control *c, const struct node *node, const struct event *ev)
{
	if (monitors(c) == 0)
		return;
	answer_event(&c->event[c->nevents++ % CONTROL_EVENTS], node, ev);
}

void
control_serve(struct control *c, const struct pollfd *pfd, size_t n,
    struct node *node, int64_t now_ns)
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
		if (cl->wait != WAIT_NOTHING) {
			drop(cl);
			continue;
		}
		if (cl->monitor) {
			serve_monitor(c, cl, pfd[1 + i].revents);
			continue;
		}
		if (!cl->asked)
			read_question(c, cl, node, now_ns);
		if (cl->fd != -1 && cl->asked)
			send_answer(c, cl, node, now_ns);
	}
	if (pfd[0].revents != 0)
		accept_client(c, now_ns);
}
