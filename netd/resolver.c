/*
 * wirelink-resolver: host names to addresses, in a process of its own. It
 * talks to name servers and to netd, and to nobody else; netd checks what it
 * says like anything foreign. c-ares, because the C library's own resolver
 * loads plug-ins that no filter can foresee.
 */
#include <sys/socket.h>

#include <ares.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/child.h"
#include "common/log.h"
#include "common/seccomp.h"
#include "netd/filter.h"
#include "proto/channel.h"
#include "proto/codec.h"

#define RESOLVER_USER "_wirelinkr"
#define QUERIES_MAX   32
#define SOCKETS_MAX   32
#define TRY_MS	      2000
#define TRIES	      3
#define MAX_FILES     64
#define MEMORY_MAX    ((size_t)256 * 1024 * 1024)

struct query {
	uint32_t id; /* 0: free */
};

static ares_channel channel;
static struct query queries[QUERIES_MAX];
static size_t nqueries;
static struct pollfd sockets[SOCKETS_MAX];
static size_t nsockets;

static void
reply(uint32_t id, const struct m_resolved *r)
{
	uint8_t buf[256];
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	enc_resolved(&w, r);
	if (msg_send(CHILD_CHANNEL_FD, MSG_RESOLVED, 0, id, buf, w.off, -1) ==
	    -1) {
		if (errno == EPIPE || errno == ECONNRESET)
			exit(0);
		fatal("send to netd");
	}
}

static void
collect(const struct ares_addrinfo *info, struct m_resolved *r)
{
	const struct ares_addrinfo_node *n;

	for (n = info->nodes; n != NULL; n = n->ai_next) {
		struct endpoint e;
		bool known = false;

		if (r->n == RESOLVED_MAX ||
		    !endpoint_from_sockaddr(
			n->ai_addr, (socklen_t)n->ai_addrlen, &e))
			continue;
		for (size_t i = 0; i < r->n; i++)
			known |= addr_eq(&r->addr[i], &e.addr);
		if (!known)
			r->addr[r->n++] = e.addr;
	}
}

static void
on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct query *q = arg;
	struct m_resolved r = {.error = RESOLVE_TEMPORARY};

	(void)timeouts;
	if (status == ARES_SUCCESS && info != NULL) {
		collect(info, &r);
		r.error = r.n > 0 ? RESOLVE_OK : RESOLVE_NOT_FOUND;
	} else if (status == ARES_ENOTFOUND || status == ARES_ENODATA ||
	    status == ARES_EBADNAME) {
		r.error = RESOLVE_NOT_FOUND;
	}
	if (info != NULL)
		ares_freeaddrinfo(info);
	/* Cancelled because we end: netd has gone. */
	if (status != ARES_EDESTRUCTION && status != ARES_ECANCELLED)
		reply(q->id, &r);
	q->id = 0;
	nqueries--;
}

/* c-ares tells which of its sockets wait for what; neither: it is closed. */
static void
on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	size_t i = 0;

	(void)arg;
	while (i < nsockets && sockets[i].fd != fd)
		i++;
	if (!readable && !writable) {
		if (i < nsockets)
			sockets[i] = sockets[--nsockets];
		return;
	}
	if (i == SOCKETS_MAX)
		fatalx("c-ares uses more than %d sockets", SOCKETS_MAX);
	if (i == nsockets)
		nsockets++;
	sockets[i].fd = fd;
	sockets[i].events =
	    (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
}

static void
channel_open(void)
{
	struct ares_options options;

	memset(&options, 0, sizeof(options));
	options.sock_state_cb = on_socket;
	options.timeout = TRY_MS;
	options.tries = TRIES;
	if (ares_init_options(&channel, &options,
		ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB) !=
	    ARES_SUCCESS)
		fatalx("c-ares: can't read the system's resolver settings");
}

/* /etc/resolv.conf may have changed since: read anew whenever nothing is
 * under way. */
static void
refresh(void)
{
	if (nqueries > 0)
		return;
	ares_destroy(channel);
	channel_open();
}

static void
ask(uint32_t id, const char *host)
{
	const struct m_resolved busy = {.error = RESOLVE_TEMPORARY};
	const struct ares_addrinfo_hints hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	size_t i = 0;

	while (i < QUERIES_MAX && queries[i].id != 0)
		i++;
	if (i == QUERIES_MAX || id == 0) {
		reply(id, &busy);
		return;
	}
	refresh();
	queries[i].id = id;
	nqueries++;
	ares_getaddrinfo(channel, host, NULL, &hints, on_answer, &queries[i]);
}

static void
read_channel(void)
{
	static uint8_t buf[MSG_MAX + 1];
	char host[CONF_HOST_STRLEN];
	const char *why;
	struct msg m;

	switch (msg_recv(CHILD_CHANNEL_FD, buf, DIR_N2R, PH_RUN, &m, &why)) {
	case RECV_AGAIN:
		return;
	case RECV_EOF:
		exit(0);
	case RECV_BAD:
		fatalx("netd broke the protocol: %s", why);
	case RECV_ERROR:
		fatal("receive from netd");
	case RECV_MSG:
		break;
	}
	if (dec_resolve(m.payload, m.len, host) == -1)
		fatalx("netd broke the protocol: malformed question");
	ask(m.id, host);
}

static _Noreturn void
run(void)
{
	for (;;) {
		struct pollfd pfd[1 + SOCKETS_MAX];
		nfds_t n = 1 + nsockets;
		struct timeval tv, *wait;
		struct timespec ts;

		pfd[0].fd = CHILD_CHANNEL_FD;
		pfd[0].events = POLLIN;
		memcpy(pfd + 1, sockets, nsockets * sizeof(sockets[0]));
		wait = ares_timeout(channel, NULL, &tv);
		if (wait != NULL) {
			ts.tv_sec = tv.tv_sec;
			ts.tv_nsec = tv.tv_usec * 1000;
		}
		if (ppoll(pfd, n, wait != NULL ? &ts : NULL, NULL) == -1) {
			if (errno != EINTR)
				fatal("poll");
			continue;
		}
		for (nfds_t i = 1; i < n; i++) {
			bool in = (pfd[i].revents &
				      (POLLIN | POLLERR | POLLHUP)) != 0;
			bool out = (pfd[i].revents & POLLOUT) != 0;

			if (in || out)
				ares_process_fd(channel,
				    in ? pfd[i].fd : ARES_SOCKET_BAD,
				    out ? pfd[i].fd : ARES_SOCKET_BAD);
		}
		/* Timeouts. */
		ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		if (pfd[0].revents != 0)
			read_channel();
	}
}

static void
sandbox(const struct child *c)
{
	/* Directories, because these files get replaced; what they link to
	 * must be readable too. */
	static const char *const readable[] = {"/etc", "/run/systemd/resolve",
	    "/run/resolvconf", "/run/NetworkManager", "/dev/urandom"};
	struct sandbox_state s = {.process = SANDBOX_RESOLVER};
	uint8_t buf[128];
	struct wbuf w;
	int landlock = 0;

	child_drop(c, RESOLVER_USER, MAX_FILES, MEMORY_MAX);
	if (c->level != SANDBOX_OFF)
		landlock = sandbox_landlock(
		    readable, sizeof(readable) / sizeof(readable[0]), -1, true);
	if (landlock == -1)
		fatal("Landlock");
	if (sandbox_enter(&resolver_filter, c->level, &s) == -1)
		fatal("seccomp");
	wbuf_init(&w, buf, sizeof(buf));
	enc_sandbox(&w, &s);
	if (msg_send(CHILD_CHANNEL_FD, MSG_RESOLVER_SANDBOX, 0, 0, buf, w.off,
		-1) == -1)
		fatal("send to netd");
}

int
main(int argc, char **argv)
{
	struct child c;

	child_start(&c, "wirelink-resolver", argc, argv);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		fatalx("c-ares: can't be initialised");
	sandbox(&c);
	channel_open();
	run();
}
