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
		pfd[1 + i].events = c->client[i].what == 0 ? POLLIN : POLLOUT;
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
	if (m.payload[0] < CTL_PEERS || m.payload[0] > CTL_SELF_ONLY) {
		drop(cl);
		return;
	}
	cl->what = m.payload[0];
	cl->self_sent = cl->what == CTL_COUNTERS;
	cl->deadline_ns = now_ns + CLIENT_NS;
}

static void
put_self(struct wbuf *w, const struct node *n, int64_t now_ns)
{
	struct self_view v;
	struct ctl_self m = {0};

	node_self(n, now_ns, &v);
	m.key = v.key;
	strlcpy(m.ifname, v.ifname, sizeof(m.ifname));
	m.auto_addr = v.auto_addr;
	m.listen_port = v.listen_port;
	m.port = v.port;
	m.up = v.up;
	m.router = v.router;
	memcpy(m.boot_id, v.boot_id, sizeof(m.boot_id));
	m.npeers = (uint32_t)v.npeers;
	m.nfacts = (uint32_t)v.nfacts;
	strlcpy(m.build, WIRELINK_VERSION, sizeof(m.build));
	enc_ctl_self(w, &m);
}

static enum ctl_path
path_of(enum peer_path path)
{
	switch (path) {
	case PATH_DIRECT:
		return CTL_PATH_DIRECT;
	case PATH_ROUTER:
		return CTL_PATH_VIA;
	case PATH_SELF_ROUTER:
		return CTL_PATH_ROUTER;
	case PATH_NONE:
		break;
	}
	return CTL_PATH_NONE;
}

static bool
put_peer(struct wbuf *w, const struct node *n, int64_t now_ns, size_t i)
{
	static struct ctl_peer m;
	struct peer_view v;

	if (!node_peer(n, now_ns, i, &v))
		return false;
	m.key = v.key;
	m.name_len = v.name_len < CTL_NAME_MAX ? v.name_len : CTL_NAME_MAX;
	if (m.name_len > 0)
		memcpy(m.name, v.name, m.name_len);
	m.trust = v.trust;
	m.path = path_of(v.path);
	m.via = v.via;
	m.endpoint = v.endpoint;
	m.has_handshake = v.handshake_age_ns >= 0;
	m.handshake_age_s = v.handshake_age_ns / SECOND_NS;
	m.alive = v.alive_for_ns > 0;
	m.alive_for_s = v.alive_for_ns / SECOND_NS;
	m.has_rtt = v.rtt_ns >= 0;
	m.rtt_us = v.rtt_ns / 1000;
	m.rx_bytes = v.rx_bytes;
	m.tx_bytes = v.tx_bytes;
	m.healthy = v.healthy;
	m.basic = v.basic;
	m.configured = v.configured;
	m.introduced = v.introduced;
	m.extended = v.extended;
	m.ncandidates = (uint16_t)v.ncandidates;
	m.nheld = (uint16_t)v.nprefixes;
	m.nprefixes =
	    v.nprefixes < CTL_MAX_PREFIXES ? v.nprefixes : CTL_MAX_PREFIXES;
	if (m.nprefixes > 0)
		memcpy(m.prefixes, v.prefixes,
		    m.nprefixes * sizeof(m.prefixes[0]));
	enc_ctl_peer(w, &m);
	return true;
}

static bool
put_fact(struct wbuf *w, const struct node *n, int64_t now_ns, size_t i)
{
	struct fact_view v;
	struct ctl_fact m = {0};

	if (!node_fact(n, now_ns, i, &v))
		return false;
	m.attr = (uint8_t)v.fact.attr;
	m.ttl_s = v.fact.ttl_s;
	m.subject = v.fact.subject;
	m.local = v.local;
	m.source = v.source;
	m.len = v.fact.len < CTL_VALUE_MAX ? v.fact.len : CTL_VALUE_MAX;
	if (m.len > 0)
		memcpy(m.value, v.fact.value, m.len);
	enc_ctl_fact(w, &m);
	return true;
}

static bool
put_counter(struct wbuf *w, const struct node *n, size_t i)
{
	struct counter_view v;
	struct ctl_counter m;

	if (!node_counter(n, i, &v))
		return false;
	strlcpy(m.name, v.name, sizeof(m.name));
	m.value = v.value;
	enc_ctl_counter(w, &m);
	return true;
}

/* The client's next record, and its type. */
static enum msg_type
next_record(struct wbuf *w, const struct control_client *cl,
    const struct node *n, int64_t now_ns)
{
	if (!cl->self_sent) {
		put_self(w, n, now_ns);
		return MSG_CTL_SELF;
	}
	if (cl->what == CTL_PEERS && put_peer(w, n, now_ns, cl->next))
		return MSG_CTL_PEER;
	if (cl->what == CTL_FACTS && put_fact(w, n, now_ns, cl->next))
		return MSG_CTL_FACT;
	if (cl->what == CTL_COUNTERS && put_counter(w, n, cl->next))
		return MSG_CTL_COUNTER;
	wbuf_u32(w, 0);
	return MSG_CTL_END;
}

static void
answer(struct control_client *cl, const struct node *n, int64_t now_ns)
{
	static uint8_t buf[MSG_PAYLOAD];

	for (int i = 0; i < RECORDS_A_TURN; i++) {
		enum msg_type type;
		struct wbuf w;

		wbuf_init(&w, buf, sizeof(buf));
		type = next_record(&w, cl, n, now_ns);
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
		if (type == MSG_CTL_SELF)
			cl->self_sent = true;
		else
			cl->next++;
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
		if (cl->what == 0)
			read_question(cl, now_ns);
		if (cl->fd != -1 && cl->what != 0)
			answer(cl, node, now_ns);
	}
	if (pfd[0].revents != 0)
		accept_client(c, now_ns);
}
