/*
 * wirelink-netd: the process that reads what comes from other hosts and
 * decides. It gives up everything before it reads its first byte, then joins
 * the core (netd/node.h) to its descriptors: privd, the tunnel, the resolver
 * and those who ask.
 */
#include <sys/random.h>
#include <sys/socket.h>

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
#include "netd/boxes.h"
#include "netd/control.h"
#include "netd/events.h"
#include "netd/filter.h"
#include "netd/lookup.h"
#include "netd/tunnel.h"

#define NETD_USER  "_wirelink"
#define MAX_FILES  (12 + CONTROL_CLIENTS)
#define MEMORY_MAX ((size_t)512 * 1024 * 1024)
#define READ_MAX   64 /* messages a turn */
#define SUSPEND_NS (5 * SECOND_NS)

struct netd {
	struct node *node;
	struct uplink uplink;
	struct tunnel *tunnel;
	struct lookup lookup;
	struct control control;
	unsigned int phase;
	bool greeted;
	bool configured;
	bool bounded; /* CONF_POLICY has come for that configuration */
	bool reconf; /* the configuration comes in again */
	uint32_t link; /* counts LINK_UP and LINK_DOWN */
	bool in_device;
	bool in_addrs;
	struct key device_key; /* the peer whose prefixes may go on */
	int64_t slept_ns; /* boot time ahead of monotonic time */
	uint8_t in[MSG_MAX + 1];
	struct action act;
	uint8_t seed[32]; /* of the core; drawn before the sandbox */
};

static int64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) == -1)
		fatal("clock_gettime");
	return (int64_t)ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

static int64_t
now(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

static _Noreturn void
broken(const char *what)
{
	fatalx("wirelinkd broke the protocol: %s", what);
}

/*
 * BOOT; the configuration comes in again in RUN, when it has changed.
 */
static void
take_hello(struct netd *d, const struct msg *m)
{
	struct m_hello hello;

	if (d->greeted || dec_hello(m->payload, m->len, &hello) == -1)
		broken("HELLO");
	if (hello.version != PROTO_VERSION ||
	    strcmp(hello.build, WIRELINK_VERSION) != 0)
		fatalx("wirelinkd is version %s, this is %s", hello.build,
		    WIRELINK_VERSION);
	d->greeted = true;
}

static void
take_sandbox(const struct msg *m)
{
	struct sandbox_state s;

	if (dec_sandbox(m->payload, m->len, &s) == -1 ||
	    s.process != SANDBOX_PRIVD)
		broken("SANDBOX");
	boxes_tell(&s);
}

static void
take_conf_link(struct netd *d, const struct msg *m)
{
	struct conf_link conf;

	if (!d->greeted || (d->node != NULL) != (d->phase == PH_RUN) ||
	    d->reconf || dec_conf_link(m->payload, m->len, &conf) == -1)
		broken("CONF_LINK");
	d->bounded = false;
	if (d->phase == PH_RUN) {
		d->reconf = true;
		if (node_reconf_begin(d->node, &conf) == -1)
			fatal("configuration");
		return;
	}
	d->node = node_new(&conf, d->seed);
	explicit_bzero(d->seed, sizeof(d->seed));
	if (d->node == NULL)
		fatal("start the core");
	d->tunnel = tunnel_new(d->node, &d->uplink);
	if (d->tunnel == NULL)
		fatal("start the tunnel");
}

static void
take_conf_policy(struct netd *d, const struct msg *m)
{
	struct conf_policy policy;

	if (d->node == NULL || d->bounded ||
	    dec_conf_policy(m->payload, m->len, &policy) == -1)
		broken("CONF_POLICY");
	node_conf_policy(d->node, &policy);
	d->bounded = true;
}

static void
take_conf_peer(struct netd *d, const struct msg *m)
{
	struct conf_scratch *scratch = malloc(sizeof(*scratch));
	struct conf_peer peer;

	if (scratch == NULL)
		fatal("configuration");
	if (d->node == NULL || (d->configured && !d->reconf) ||
	    dec_conf_peer(m->payload, m->len, &peer, scratch) == -1)
		broken("CONF_PEER");
	if (d->reconf ? node_reconf_peer(d->node, &peer) == -1
		      : node_conf_peer(d->node, &peer) == -1)
		fatalx("configuration: too many peers or host names");
	free(scratch);
}

static void
take_conf_end(struct netd *d)
{
	if (!d->bounded || (d->configured && !d->reconf))
		broken("CONF_END");
	if (d->reconf)
		node_reconf_end(d->node, now());
	d->reconf = false;
	d->configured = true;
}

static void
take_link(struct netd *d, const struct msg *m)
{
	struct m_link link;

	if (!d->configured || dec_link(m->payload, m->len, &link) == -1)
		broken(msg_info((unsigned int)m->type)->name);
	log_ifname(link.ifname);
	d->link++;
	tunnel_socket(d->tunnel, m->fd, &link);
	node_link_up(d->node, now(), &link);
}

static void
take_start(struct netd *d, const struct msg *m)
{
	struct m_hello hello = {.version = PROTO_VERSION};
	uint8_t buf[64];
	struct wbuf w;

	take_link(d, m);
	strlcpy(hello.build, WIRELINK_VERSION, sizeof(hello.build));
	wbuf_init(&w, buf, sizeof(buf));
	enc_hello(&w, &hello);
	uplink_send(&d->uplink, MSG_READY, 0, buf, w.off);
	d->phase = PH_RUN;
}

/*
 * RUN.
 */
static void
take_addrs(struct netd *d, const struct msg *m)
{
	struct m_addr a;
	struct rbuf r;
	uint16_t left;
	int rv;

	if (d->node == NULL)
		broken("ADDRS before the configuration");
	rbuf_init(&r, m->payload, m->len);
	left = rbuf_u16(&r);
	if (!d->in_addrs)
		node_addrs_begin(d->node);
	d->in_addrs = true;
	while ((rv = dec_addrs_next(&r, &left, &a)) == 1)
		node_addrs_add(d->node, &a);
	if (rv == -1)
		broken("ADDRS");
	if ((m->flags & MSG_F_MORE) != 0)
		return;
	d->in_addrs = false;
	node_addrs_end(d->node, now());
}

/* current: the snapshot is of the interface as it is, not of one that has
 * gone since. */
static void
read_peers(struct netd *d, struct rbuf *r, bool current)
{
	uint16_t count = rbuf_u16(r);

	for (uint16_t i = 0; i < count; i++) {
		struct m_peer p;

		if (dec_peer(r, &p) == -1)
			broken("DEVICE");
		if (current)
			node_device_peer(d->node, &p);
		for (uint16_t k = 0; k < p.nprefixes; k++) {
			struct m_prefix prefix;

			if (dec_prefix(r, &prefix) == -1)
				broken("DEVICE");
			if (current)
				node_device_prefix(d->node, &prefix);
		}
	}
	if (!rbuf_done(r))
		broken("DEVICE");
}

static void
take_device(struct netd *d, const struct msg *m)
{
	struct request_slot *s = uplink_find(&d->uplink, m->id);
	bool current;
	int64_t wall_ns;
	struct rbuf r;

	if (s == NULL || s->kind != REQ_DEVICE)
		broken("DEVICE that was not asked for");
	current = s->token == d->link;
	rbuf_init(&r, m->payload, m->len);
	wall_ns = rbuf_i64(&r);
	if (current && !d->in_device)
		node_device_begin(d->node, now(), wall_ns);
	d->in_device = true;
	read_peers(d, &r, current);
	if ((m->flags & MSG_F_MORE) != 0)
		return;
	d->in_device = false;
	uplink_done(&d->uplink, s);
	if (current)
		node_device_end(d->node, now());
}

static void
take_result(struct netd *d, const struct msg *m)
{
	struct request_slot *s = uplink_find(&d->uplink, m->id);
	struct request_slot done;
	struct m_result r;

	if (s == NULL || dec_result(m->payload, m->len, &r) == -1)
		broken("RESULT");
	done = *s;
	uplink_done(&d->uplink, s);
	switch (done.kind) {
	case REQ_DEVICE:
		if (done.token == d->link)
			node_device_failed(d->node, now());
		d->in_device = false;
		break;
	case REQ_SEAL:
	case REQ_CHECK:
		tunnel_refused(d->tunnel, now(), &done);
		break;
	case REQ_OP:
		node_result(d->node, now(), done.token, &r);
		break;
	case REQ_RELOAD:
		control_reloaded(
		    &d->control, r.error != 0 ? r.error : EPROTO, "");
		break;
	case REQ_NONE:
		break;
	}
}

static void
take_reloaded(struct netd *d, const struct msg *m)
{
	struct request_slot *s = uplink_find(&d->uplink, m->id);
	struct m_reloaded r;

	if (s == NULL || s->kind != REQ_RELOAD ||
	    dec_reloaded(m->payload, m->len, &r) == -1)
		broken("RELOADED");
	uplink_done(&d->uplink, s);
	control_reloaded(&d->control, r.done ? 0 : ECANCELED, r.text);
}

static void
take_crypt(struct netd *d, const struct msg *m)
{
	struct request_slot *s = uplink_find(&d->uplink, m->id);
	enum request kind = m->type == MSG_SEALED ? REQ_SEAL : REQ_CHECK;
	struct request_slot done;
	int rv;

	if (s == NULL || s->kind != kind)
		broken("answer to no question");
	done = *s;
	uplink_done(&d->uplink, s);
	rv = kind == REQ_SEAL ? tunnel_sealed(d->tunnel, now(), &done, m)
			      : tunnel_checked(d->tunnel, now(), &done, m);
	if (rv == -1)
		broken("answer does not fit the question");
}

static void
take_down(struct netd *d)
{
	if (!d->configured)
		broken("LINK_DOWN before the configuration");
	d->link++;
	tunnel_socket(d->tunnel, -1, NULL);
	node_link_down(d->node, now());
}

static void
handle(struct netd *d, const struct msg *m)
{
	switch (m->type) {
	case MSG_HELLO:
		take_hello(d, m);
		break;
	case MSG_SANDBOX:
		take_sandbox(m);
		break;
	case MSG_CONF_LINK:
		take_conf_link(d, m);
		break;
	case MSG_CONF_POLICY:
		take_conf_policy(d, m);
		break;
	case MSG_CONF_PEER:
		take_conf_peer(d, m);
		break;
	case MSG_CONF_END:
		take_conf_end(d);
		break;
	case MSG_CONTROL:
		control_start(&d->control, m->fd);
		break;
	case MSG_RESOLVER:
		if (fcntl(m->fd, F_SETFL, O_NONBLOCK) == -1)
			fatal("resolver channel");
		lookup_start(&d->lookup, m->fd);
		break;
	case MSG_START:
		take_start(d, m);
		break;
	case MSG_LINK_UP:
		take_link(d, m);
		break;
	case MSG_LINK_DOWN:
		take_down(d);
		break;
	case MSG_ADDRS:
		take_addrs(d, m);
		break;
	case MSG_DEVICE:
		take_device(d, m);
		break;
	case MSG_SEALED:
	case MSG_CHECKED:
		take_crypt(d, m);
		break;
	case MSG_RESULT:
		take_result(d, m);
		break;
	case MSG_RELOADED:
		take_reloaded(d, m);
		break;
	default:
		broken("a message that is not for netd");
	}
}

static void
read_channel(struct netd *d)
{
	const char *why;
	struct msg m;

	for (int i = 0; i < READ_MAX; i++) {
		switch (msg_recv(
		    CHILD_CHANNEL_FD, d->in, DIR_P2N, d->phase, &m, &why)) {
		case RECV_AGAIN:
			return;
		case RECV_EOF:
			log_debug("wirelinkd is gone");
			exit(0);
		case RECV_BAD:
			broken(why);
		case RECV_ERROR:
			fatal("receive from wirelinkd");
		case RECV_MSG:
			handle(d, &m);
			break;
		}
	}
}

/*
 * What the core wants done.
 */
static void
ask_device(struct netd *d)
{
	struct request_slot *s = uplink_request(&d->uplink, REQ_DEVICE);

	s->token = d->link;
	uplink_send(&d->uplink, MSG_DEVICE_GET, s->id, NULL, 0);
}

static void
ask_op(struct netd *d, const struct action *act)
{
	static uint8_t buf[MSG_PAYLOAD];
	struct request_slot *s = uplink_request(&d->uplink, REQ_OP);
	struct wbuf w;

	s->token = act->token;
	wbuf_init(&w, buf, sizeof(buf));
	if (act->kind == ACT_PEER_SET)
		enc_peer_set(&w, &act->set);
	else
		wbuf_key(&w, &act->key);
	uplink_send(&d->uplink,
	    act->kind == ACT_PEER_SET ? MSG_PEER_SET : MSG_PEER_REMOVE, s->id,
	    buf, w.off);
}

/* As soon as there is room for the request. */
static void
ask_reload(struct netd *d)
{
	struct request_slot *s;

	if (!uplink_ready(&d->uplink) || !control_wants_reload(&d->control))
		return;
	s = uplink_request(&d->uplink, REQ_RELOAD);
	uplink_send(&d->uplink, MSG_RELOAD, s->id, NULL, 0);
	control_reload_asked(&d->control);
}

/* node_next is asked only when whatever it answers can be done. */
static bool
can_act(const struct netd *d)
{
	return uplink_ready(&d->uplink) && tunnel_room(d->tunnel);
}

static void
act(struct netd *d)
{
	while (can_act(d) && node_next(d->node, now(), &d->act)) {
		switch (d->act.kind) {
		case ACT_SEND:
			tunnel_send(d->tunnel, &d->act);
			break;
		case ACT_PEER_SET:
		case ACT_PEER_REMOVE:
			ask_op(d, &d->act);
			break;
		case ACT_DEVICE_GET:
			ask_device(d);
			break;
		case ACT_RESOLVE:
			lookup_ask(&d->lookup, d->node, now(), d->act.host);
			break;
		case ACT_EVENT:
			event_log(d->node, &d->act.event);
			control_event(&d->control, d->node, &d->act.event);
			break;
		}
	}
	tunnel_flush(d->tunnel);
}

/* A host that slept, or was stopped: boot time has run ahead. */
static void
check_sleep(struct netd *d)
{
	int64_t slept_ns = now() - clock_ns(CLOCK_MONOTONIC);

	if (d->phase == PH_RUN && slept_ns - d->slept_ns > SUSPEND_NS)
		node_suspended(d->node, now());
	d->slept_ns = slept_ns;
}

static int
timeout_ms(const struct netd *d)
{
	int64_t now_ns = now(), at_ns, ms;

	if (d->phase != PH_RUN)
		return -1;
	at_ns = control_deadline(&d->control);
	if (can_act(d)) {
		int64_t node_ns = node_deadline(d->node, now_ns);

		if (node_ns < at_ns)
			at_ns = node_ns;
	}
	if (at_ns == INT64_MAX)
		return -1;
	if (at_ns <= now_ns)
		return 0;
	ms = (at_ns - now_ns + MSEC_NS - 1) / MSEC_NS;
	return ms < 60000 ? (int)ms : 60000;
}

static _Noreturn void
run(struct netd *d)
{
	struct pollfd pfd[3 + CONTROL_POLLFDS];
	struct timespec ts;
	size_t ncontrol;
	int ms;

	for (;;) {
		pfd[0].fd = CHILD_CHANNEL_FD;
		pfd[0].events =
		    (short)(POLLIN | (d->uplink.waiting ? POLLOUT : 0));
		pfd[1].fd = d->tunnel != NULL ? tunnel_fd(d->tunnel) : -1;
		pfd[1].events = POLLIN;
		pfd[2].fd = d->lookup.fd;
		pfd[2].events = POLLIN;
		ncontrol = d->phase == PH_RUN
		    ? control_poll(&d->control, pfd + 3, now())
		    : 0;
		ms = timeout_ms(d);
		ts.tv_sec = ms / 1000;
		ts.tv_nsec = ms % 1000 * MSEC_NS;
		if (ppoll(pfd, 3 + ncontrol, ms == -1 ? NULL : &ts, NULL) ==
			-1 &&
		    errno != EINTR)
			fatal("poll");
		check_sleep(d);
		if ((pfd[0].revents & POLLOUT) != 0)
			uplink_flush(&d->uplink);
		if ((pfd[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			read_channel(d);
		if (d->phase != PH_RUN)
			continue;
		if (pfd[1].revents != 0 && tunnel_fd(d->tunnel) != -1)
			tunnel_read(d->tunnel, now());
		if (pfd[2].revents != 0)
			lookup_read(&d->lookup, d->node, now());
		act(d);
		control_serve(&d->control, pfd + 3, ncontrol, d->node, now());
		ask_reload(d);
	}
}

/* The order matters: docs/architecture.md, "Sandbox". */
static void
sandbox(const struct child *c)
{
	struct sandbox_state s = {.process = SANDBOX_NETD};
	int landlock = 0;

	child_drop(c, NETD_USER, MAX_FILES, MEMORY_MAX);
	if (c->level != SANDBOX_OFF)
		landlock = sandbox_landlock(NULL, 0, -1, false);
	if (landlock == -1)
		fatal("Landlock");
	if (sandbox_enter(&netd_filter, c->level, &s) == -1)
		fatal("seccomp");
	boxes_tell(&s);
}

int
main(int argc, char **argv)
{
	static struct netd netd;
	struct child c;

	child_start(&c, "wirelink-netd", argc, argv);
	if (c.chroot_dir == NULL && !c.service)
		fatalx("is started by wirelinkd(8)");
	if (fcntl(CHILD_CHANNEL_FD, F_SETFL, O_NONBLOCK) == -1)
		fatal("channel");
	if (getrandom(netd.seed, sizeof(netd.seed), 0) !=
	    (ssize_t)sizeof(netd.seed))
		fatal("getrandom");
	sandbox(&c);
	netd.phase = PH_BOOT;
	uplink_init(&netd.uplink, CHILD_CHANNEL_FD);
	lookup_init(&netd.lookup);
	control_init(&netd.control);
	run(&netd);
}
