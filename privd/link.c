/*
 * The interface comes and goes: this is where it is opened, left, and opened
 * again, and where netd is told.
 */
#include <sys/socket.h>
#include <netinet/in.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "common/log.h"
#include "privd/privd.h"

#define SEND_TRIES 500 /* 10 ms apart */

static const char gone[] = "there is no such interface";
static const char down[] = "the interface is down";

int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void
privd_send(struct privd *p, enum msg_type type, uint16_t flags, uint32_t id,
    const struct wbuf *w, int fd)
{
	if (w != NULL && w->bad)
		fatalx("%s: too large to send", msg_info(type)->name);
	/* When netd is gone, the next receive tells. Descriptors on their way
	 * are counted for all processes of a user: others' will have come. */
	for (int tries = 0;
	     msg_send(p->channel, type, flags, id, w != NULL ? w->p : NULL,
		 w != NULL ? w->off : 0, fd) == -1 &&
	     errno != EPIPE && errno != ECONNRESET;
	     tries++) {
		if (errno != ETOOMANYREFS || tries == SEND_TRIES)
			fatal("send %s to netd", msg_info(type)->name);
		ppoll(NULL, 0, &(struct timespec){.tv_nsec = 10000000}, NULL);
	}
}

/* Always -1; logs each trouble once. */
static int __attribute__((format(printf, 2, 3)))
trouble(struct privd *p, const char *fmt, ...)
{
	char text[sizeof p->trouble];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (p->phase == PH_RUN && strcmp(text, p->trouble) != 0)
		log_warnx("%s", text);
	strlcpy(p->trouble, text, sizeof p->trouble);
	return -1;
}

/* Why WireGuard refused. */
static const char *
wg_error(int error)
{
	if (error == EPERM)
		return "CAP_NET_ADMIN is missing";
	if (error != EOPNOTSUPP && error != EPROTONOSUPPORT)
		return strerror(error);
	if (getuid() != 0)
		return "the kernel has none there; for a program's, whose "
		       "socket is root's, see -s in wirelinkd(8)";
	return error == EOPNOTSUPP
	    ? "this is no WireGuard interface"
	    : "the kernel has none, and no program's socket is alive";
}

/* Sees to it that the interface has its auto address. 0, or -1 with the
 * reason in text. */
static int
auto_addr(struct privd *p, const struct addr *a, char text[sizeof p->trouble])
{
	char addr[ADDR_STRLEN];

	if (rtnl_has(&p->rtnl, a))
		return 0;
	if (rtnl_set(&p->rtnl, a, true) == 0) {
		p->added_addr = true;
		return 0;
	}
	addr_format(a, addr);
	if (errno == EACCES)
		snprintf(text, sizeof p->trouble,
		    "add address %s: IPv6 is off: set "
		    "net.ipv6.conf.%s.disable_ipv6 to 0",
		    addr, p->ifname);
	else
		snprintf(text, sizeof p->trouble, "add address %s: %s", addr,
		    errno == EPERM ? wg_error(errno) : strerror(errno));
	return -1;
}

static int
udp_socket(const struct m_link *l)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6,
	    .sin6_port = htons(l->port),
	    .sin6_scope_id = l->ifindex};
	int fd, error;

	memcpy(&sin6.sin6_addr, l->auto_addr.b, sizeof sin6.sin6_addr);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin6, sizeof sin6) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* The port of the facts, as configured or following WireGuard's; more than
 * 65535 when there is none. */
static unsigned int
facts_port(const struct privd *p, uint16_t listen_port)
{
	if (p->conf.port != 0)
		return p->conf.port;
	return listen_port != 0 ? listen_port + 1u : 65536;
}

int
link_open(struct privd *p, struct m_link *l)
{
	char addr[ADDR_STRLEN], text[sizeof p->trouble];
	unsigned int port;
	int fd;

	p->read_ns = 0;
	if (p->rtnl.ifindex == 0)
		return trouble(p, "%s", gone);
	if (!p->rtnl.up)
		return trouble(p, "%s", down);
	if (wg_open(&p->wg, p->rtnl.ifindex) == -1 ||
	    wg_get(&p->wg, &p->dev) == -1)
		return trouble(
		    p, "WireGuard (%s): %s", p->wg.be->name, wg_error(errno));
	seal_flush(p->seal);
	if (key_is_zero(&p->dev.key))
		return trouble(p, "the interface has no private key yet");
	port = facts_port(p, p->dev.listen_port);
	if (p->dev.listen_port == 0 || port > 65535)
		return trouble(p, "listen port %u: set Port in [Link]",
		    p->dev.listen_port);
	memset(l, 0, sizeof *l);
	strlcpy(l->ifname, p->ifname, sizeof l->ifname);
	l->ifindex = p->rtnl.ifindex;
	l->key = p->dev.key;
	l->listen_port = p->dev.listen_port;
	l->port = (uint16_t)port;
	l->auto_addr = key_auto_addr(&l->key);
	if (ledger_bind(&p->ledger, &l->key, l->ifindex) == -1)
		return trouble(p, "ledger: %s", strerror(errno));
	ledger_apply(&p->ledger, &p->dev);
	if (auto_addr(p, &l->auto_addr, text) == -1)
		return trouble(p, "%s", text);
	if ((fd = udp_socket(l)) == -1)
		return trouble(p, "UDP socket on [%s]:%u: %s",
		    addr_format(&l->auto_addr, addr), port, strerror(errno));
	return fd;
}

static void
send_up(struct privd *p, int fd)
{
	struct wbuf w;

	wbuf_init(&w, p->out, sizeof p->out);
	enc_link(&w, &p->link);
	privd_send(p, MSG_LINK_UP, 0, 0, &w, fd);
	close(fd);
}

int
link_port(struct privd *p)
{
	unsigned int port = facts_port(p, p->link.listen_port);
	struct m_link l = p->link;
	int fd;

	if (!p->up || port == l.port)
		return 0;
	if (port > 65535) {
		errno = ERANGE;
		return -1;
	}
	l.port = (uint16_t)port;
	if ((fd = udp_socket(&l)) == -1)
		return -1;
	p->link = l;
	send_up(p, fd);
	return 0;
}

static void
link_down(struct privd *p, const char *why)
{
	log_warnx("out of use: %s", why);
	strlcpy(p->trouble, why, sizeof p->trouble);
	privd_send(p, MSG_LINK_DOWN, 0, 0, NULL, -1);
	p->up = false;
	p->read_ns = 0;
	wg_device_clear(&p->dev);
	seal_flush(p->seal);
	wg_wipe(&p->wg);
}

/* NULL when all is as netd knows it; else what it says may be in text. */
static const char *
what_changed(struct privd *p, char text[sizeof p->trouble])
{
	if (p->rtnl.ifindex == 0)
		return gone;
	if (p->rtnl.ifindex != p->link.ifindex)
		return "it is another interface now";
	if (!p->rtnl.up)
		return down;
	if (!p->suspect)
		return auto_addr(p, &p->link.auto_addr, text) == -1 ? text
								    : NULL;
	p->suspect = false;
	p->read_ns = 0;
	if (wg_get(&p->wg, &p->dev) == -1) {
		/* Somebody changes it without a pause: it is there. */
		if (errno == EINTR)
			return NULL;
		snprintf(text, sizeof p->trouble, "WireGuard (%s): %s",
		    p->wg.be->name, wg_error(errno));
		return text;
	}
	if (!key_eq(&p->dev.key, &p->link.key))
		return "its key has changed";
	if (p->dev.listen_port != p->link.listen_port)
		return "its listen port has changed";
	return auto_addr(p, &p->link.auto_addr, text) == -1 ? text : NULL;
}

void
link_check(struct privd *p)
{
	char text[sizeof p->trouble];
	const char *why = p->up ? what_changed(p, text) : NULL;
	struct m_link l;
	int fd;

	if (why != NULL)
		link_down(p, why);
	p->suspect = false;
	if (p->up)
		return;
	if ((fd = link_open(p, &l)) == -1)
		return;
	p->link = l;
	p->up = true;
	*p->trouble = '\0';
	send_up(p, fd);
	log_info("in use again");
}

void
link_restore(struct privd *p)
{
	struct wg_change change = {.ndel = 1};
	struct ledger *l = &p->ledger;

	if (wg_get(&p->wg, &p->dev) == -1 || !key_eq(&p->dev.key, &p->link.key))
		return;
	ledger_apply(l, &p->dev);
	for (size_t i = 0; i < l->n; i++) {
		change.key = l->rec[i].key;
		change.del = &l->rec[i].prefix;
		if (l->rec[i].kind == LEDGER_PREFIX && l->rec[i].added &&
		    wg_set(&p->wg, &change) == -1)
			log_warn("take back what was added to listen");
	}
	if (p->added_addr &&
	    rtnl_set(&p->rtnl, &p->link.auto_addr, false) == -1)
		log_warn("take back the auto address");
}

void
link_send_addrs(struct privd *p)
{
	const struct rtnl *r = &p->rtnl;
	uint8_t hash[sizeof p->addrs_seen];
	size_t i = 0, room, n;
	struct wbuf w;

	crypto_generichash(hash, sizeof hash, (const uint8_t *)r->addr,
	    r->naddrs * sizeof *r->addr, NULL, 0);
	if (memcmp(hash, p->addrs_seen, sizeof hash) == 0)
		return;
	memcpy(p->addrs_seen, hash, sizeof hash);
	do {
		wbuf_init(&w, p->out, sizeof p->out);
		room = (sizeof p->out - 2) / M_ADDR_MAX;
		n = r->naddrs - i < room ? r->naddrs - i : room;
		wbuf_u16(&w, (uint16_t)n);
		for (; n > 0; n--)
			enc_addr(&w, &r->addr[i++]);
		privd_send(
		    p, MSG_ADDRS, i < r->naddrs ? MSG_F_MORE : 0, 0, &w, -1);
	} while (i < r->naddrs);
}

int
link_read(struct privd *p, int64_t max_age_ns)
{
	int64_t now = now_ns();

	if (!p->up) {
		errno = ENETDOWN;
		return -1;
	}
	if (p->read_ns != 0 && now - p->read_ns <= max_age_ns)
		return 0;
	p->read_ns = 0;
	if (wg_get(&p->wg, &p->dev) == -1) {
		p->suspect = true;
		return -1;
	}
	if (!key_eq(&p->dev.key, &p->link.key) ||
	    p->dev.listen_port != p->link.listen_port) {
		/* No secret of the old key may serve the new one. */
		seal_flush(p->seal);
		p->suspect = true;
		errno = ENETDOWN;
		return -1;
	}
	ledger_apply(&p->ledger, &p->dev);
	p->read_ns = now;
	return 0;
}
