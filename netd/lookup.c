/* Questions to the resolver. See lookup.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "netd/boxes.h"
#include "netd/lookup.h"
#include "proto/channel.h"

void
lookup_init(struct lookup *l)
{
	memset(l, 0, sizeof(*l));
	l->fd = -1;
}

void
lookup_start(struct lookup *l, int fd)
{
	if (l->fd != -1)
		close(l->fd);
	l->fd = fd;
}

static void
answer(struct node *n, int64_t now_ns, const char *host, uint8_t error)
{
	const struct m_resolved failed = {.error = error};

	node_resolved(n, now_ns, host, &failed);
}

static void
stop(struct lookup *l, struct node *n, int64_t now_ns, const char *why)
{
	log_warnx("resolver: %s; host names are not looked up any more", why);
	close(l->fd);
	l->fd = -1;
	for (size_t i = 0; i < LOOKUP_MAX; i++) {
		if (l->id[i] != 0)
			answer(n, now_ns, l->host[i], RESOLVE_TEMPORARY);
		l->id[i] = 0;
	}
}

void
lookup_ask(struct lookup *l, struct node *n, int64_t now_ns, const char *host)
{
	uint8_t buf[CONF_HOST_STRLEN + 1];
	struct wbuf w;
	size_t i = 0;

	while (i < LOOKUP_MAX && l->id[i] != 0)
		i++;
	if (l->fd == -1 || i == LOOKUP_MAX) {
		answer(n, now_ns, host, RESOLVE_TEMPORARY);
		return;
	}
	if (++l->next_id == 0)
		l->next_id = 1;
	wbuf_init(&w, buf, sizeof(buf));
	enc_resolve(&w, host);
	if (w.bad ||
	    msg_send(l->fd, MSG_RESOLVE, 0, l->next_id, buf, w.off, -1) == -1) {
		answer(n, now_ns, host, RESOLVE_TEMPORARY);
		return;
	}
	l->id[i] = l->next_id;
	strlcpy(l->host[i], host, sizeof(l->host[i]));
}

void
lookup_read(struct lookup *l, struct node *n, int64_t now_ns)
{
	static uint8_t buf[MSG_MAX + 1];
	struct sandbox_state s;
	struct m_resolved r;
	const char *why;
	struct msg m;
	size_t i = 0;

	switch (msg_recv(l->fd, buf, DIR_R2N, PH_RUN, &m, &why)) {
	case RECV_AGAIN:
		return;
	case RECV_EOF:
		fatalx("the resolver is gone, so all end");
	case RECV_BAD:
		stop(l, n, now_ns, why);
		return;
	case RECV_ERROR:
		fatal("receive from the resolver");
	case RECV_MSG:
		break;
	}
	if (m.type == MSG_RESOLVER_SANDBOX) {
		if (dec_sandbox(m.payload, m.len, &s) == -1 ||
		    s.process != SANDBOX_RESOLVER)
			stop(l, n, now_ns, "malformed state of its sandbox");
		else
			boxes_tell(&s);
		return;
	}
	if (m.type != MSG_RESOLVED ||
	    dec_resolved(m.payload, m.len, &r) == -1) {
		stop(l, n, now_ns, "malformed answer");
		return;
	}
	while (i < LOOKUP_MAX && (l->id[i] == 0 || l->id[i] != m.id))
		i++;
	if (i == LOOKUP_MAX) {
		stop(l, n, now_ns, "answer to no question");
		return;
	}
	l->id[i] = 0;
	node_resolved(n, now_ns, l->host[i], &r);
}
