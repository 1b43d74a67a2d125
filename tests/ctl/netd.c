/*
 * ctl-netd RUNDIR [left]: plays netd's end of RUNDIR/wg0.sock until it is
 * ended, for one made-up network: a hub, a direct peer and one over the hub, a
 * basic one, one without a name, one that is configured and not on the device.
 * Prints a line when it listens. With "left" a child does that, and the one
 * that began to listen has ended, as a privd that netd outlives.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netd/fact.h"
#include "netd/state.h"
#include "proto/channel.h"
#include "proto/ctl.h"

#define HUB	1
#define DIRECT	2
#define VIA	3
#define BASIC	4
#define UNNAMED 5
#define ABSENT	6

static const char *const names[] = {
    [HUB] = "hub",
    [DIRECT] = "one\"two\\back\nline",
    [VIA] = "l\xc3\xa4ptop {a=\"b\"} # <x>",
    [BASIC] = "phone",
    [UNNAMED] = "",
    [ABSENT] = "absent",
};

static struct key
key(uint8_t i)
{
	struct key k;

	memset(&k, i, sizeof(k));
	return k;
}

static void
say(int fd, enum msg_type type, const struct wbuf *w)
{
	if (msg_send(fd, type, 0, 0, w->p, w->off, -1) == -1)
		warn("send");
}

static void
say_self(int fd)
{
	uint8_t buf[512];
	struct wbuf w;
	struct ctl_self m = {.key = key(9),
	    .ifname = "wg0",
	    .build = "0.1.0",
	    .listen_port = 51820,
	    .port = 51821,
	    .up = true,
	    .npeers = UNNAMED,
	    .nfacts = 3};

	m.auto_addr = key_auto_addr(&m.key);
	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_self(&w, &m);
	say(fd, MSG_CTL_SELF, &w);
}

static void
add_prefix(struct ctl_peer *m, const char *text, bool ours)
{
	struct m_prefix *p = &m->prefixes[m->nprefixes++];

	if (prefix_parse(text, &p->prefix) == -1)
		errx(1, "%s: no prefix", text);
	p->ours = ours;
	m->nheld++;
}

static void
path_of(struct ctl_peer *m, uint8_t i)
{
	switch (i) {
	case HUB:
		m->path = CTL_PATH_ROUTER;
		add_prefix(m, "10.7.0.0/24", false);
		break;
	case DIRECT:
		m->path = CTL_PATH_DIRECT;
		m->introduced = true;
		add_prefix(m, "10.7.0.2", true);
		break;
	case VIA:
		m->path = CTL_PATH_VIA;
		m->via = key(HUB);
		m->introduced = true;
		break;
	case BASIC:
		m->path = CTL_PATH_DIRECT;
		m->basic = true;
		add_prefix(m, "10.7.0.4", false);
		add_prefix(m, "fd07::4", false);
		break;
	default:
		m->path = CTL_PATH_NONE;
		break;
	}
}

static void
say_peer(int fd, uint8_t i)
{
	static struct ctl_peer m;
	static uint8_t buf[MSG_PAYLOAD];
	char text[ENDPOINT_STRLEN];
	struct addr own;
	struct wbuf w;

	memset(&m, 0, sizeof(m));
	m.key = key(i);
	m.name_len = strlen(names[i]);
	memcpy(m.name, names[i], m.name_len);
	m.trust = i == HUB ? TRUST_ALLOWED_IPS : TRUST_ENDPOINT;
	own = key_auto_addr(&m.key);
	add_prefix(&m, addr_format(&own, text), true);
	path_of(&m, i);
	m.ncandidates = 1;
	m.rx_bytes = 1000U * i;
	m.tx_bytes = UINT64_MAX;
	if (i != UNNAMED && i != VIA) {
		snprintf(text, sizeof(text), "192.0.2.%u:51820", i);
		if (endpoint_parse(text, &m.endpoint) == -1)
			errx(1, "%s: no endpoint", text);
		m.has_handshake = m.healthy = true;
		m.handshake_age_s = 10 + i;
		m.alive = m.extended = m.has_rtt = i != BASIC;
		m.alive_for_s = 60;
		m.rtt_us = 1234000 + i;
	}
	m.configured = i == HUB || i == BASIC;
	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_peer(&w, &m);
	say(fd, MSG_CTL_PEER, &w);
}

static void
say_name(int fd, uint8_t i)
{
	struct ctl_name m = {.key = key(i),
	    .name_len = strlen(names[i]),
	    .on_device = i != ABSENT};
	uint8_t buf[128];
	struct wbuf w;

	memcpy(m.name, names[i], m.name_len);
	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_name(&w, &m);
	say(fd, MSG_CTL_NAME, &w);
}

static void
say_fact(int fd, uint8_t subject, const char *prefix, const char *endpoint)
{
	struct ctl_fact m = {
	    .ttl_s = 200, .subject = key(subject), .source = key(HUB)};
	uint8_t buf[1024];
	enum attr attr;
	struct endpoint e;
	struct prefix p;
	struct wbuf w;

	if (prefix != NULL && prefix_parse(prefix, &p) == 0)
		m.len = fact_prefix_value(&p, m.value, &attr);
	else if (endpoint != NULL && endpoint_parse(endpoint, &e) == 0)
		m.len = fact_endpoint_value(&e, m.value, &attr);
	else
		errx(1, "no fact");
	m.attr = (uint8_t)attr;
	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_fact(&w, &m);
	say(fd, MSG_CTL_FACT, &w);
}

/* As many as netd has, each with another value. */
static void
say_counters(int fd)
{
	static struct node n;
	struct counter_view v;

	for (size_t i = 0; node_counter(&n, i, &v); i++) {
		struct ctl_counter m = {.value = i + 1};
		uint8_t buf[128];
		struct wbuf w;

		strlcpy(m.name, v.name, sizeof(m.name));
		wbuf_init(&w, buf, sizeof(buf));
		enc_ctl_counter(&w, &m);
		say(fd, MSG_CTL_COUNTER, &w);
	}
}

/* Of a peer: one that is tried in vain. */
static void
say_why(int fd, const struct key *of, bool conditions)
{
	struct ctl_candidate candidate = {.stated = true,
	    .usable = true,
	    .tried = true,
	    .tried_age_s = 5,
	    .has_source = true,
	    .source = key(HUB)};
	struct ctl_event event = {
	    .code = EV_TRY, .key = *of, .times = 2, .first_age_s = 9};
	struct ctl_why whys[] = {
	    {.cond = COND_KNOWN, .answer = CTL_YES},
	    {.cond = COND_MEMBER,
		.answer = CTL_NO,
		.reason = REASON_QUORUM,
		.has = 1,
		.needs = 2},
	    {.cond = COND_HANDSHAKE,
		.answer = CTL_NO,
		.reason = REASON_NO_HANDSHAKE,
		.has_age = true,
		.age_s = 3},
	};
	uint8_t buf[512];
	struct wbuf w;

	if (endpoint_parse("192.0.2.3:51820", &candidate.endpoint) == -1)
		errx(1, "no endpoint");
	event.endpoint = whys[2].endpoint = candidate.endpoint;
	for (size_t i = 0; conditions && i < sizeof(whys) / sizeof(whys[0]);
	     i++) {
		wbuf_init(&w, buf, sizeof(buf));
		enc_ctl_why(&w, &whys[i]);
		say(fd, MSG_CTL_WHY, &w);
	}
	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_candidate(&w, &candidate);
	say(fd, MSG_CTL_CANDIDATE, &w);
	if (!conditions)
		return;
	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_event(&w, &event);
	say(fd, MSG_CTL_EVENT, &w);
}

static void
say_right(int fd, enum ctl_right_kind kind, uint8_t who, const char *prefix)
{
	struct ctl_right m = {.kind = kind};
	uint8_t buf[128];
	struct wbuf w;

	if (who != 0)
		m.key = key(who);
	if (prefix_parse(prefix, &m.prefix) == -1)
		errx(1, "%s: no prefix", prefix);
	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_right(&w, &m);
	say(fd, MSG_CTL_RIGHT, &w);
}

/* In turns: with all that can be said, with the least, and with more peers
 * than netd looks at. */
static void
say_bounds(int fd)
{
	static struct ctl_policy m;
	static uint8_t buf[MSG_PAYLOAD];
	struct wbuf w;

	if (m.conf.max_peers == 256) {
		m.conf.max_peers = 4096;
		m.has_device = true;
		m.npeers = NODE_MAX_PEERS;
	} else if (m.conf.nallowed == 0) {
		m = (struct ctl_policy){.membership = MEMBERSHIP_ROUTERS,
		    .conf = {.max_peers = 20, .nallowed = 2},
		    .has_device = true,
		    .npeers = UNNAMED,
		    .nadded = 2};
		prefix_parse("10.0.0.0/8", &m.conf.allowed[0]);
		prefix_parse("fd07::/32", &m.conf.allowed[1]);
	} else {
		m = (struct ctl_policy){.conf = {.max_peers = 256}};
	}
	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_policy(&w, &m);
	say(fd, MSG_CTL_POLICY, &w);
}

/* The nearest that a lent prefix lies in is not the first. */
static void
say_policy(int fd)
{
	say_bounds(fd);
	say_right(fd, CTL_RIGHT_INTERFACE, 0, "10.0.0.0/8");
	say_right(fd, CTL_RIGHT_HOME, HUB, "10.7.0.0/24");
	say_right(fd, CTL_RIGHT_LENT, DIRECT, "10.7.0.2/32");
	say_right(fd, CTL_RIGHT_LENT, VIA, "10.9.0.3/32");
	say_right(fd, CTL_RIGHT_LENT, BASIC, "10.7.0.4/32");
	say_right(fd, CTL_RIGHT_WITHDRAWN, UNNAMED, "fd07::5/128");
	say_right(fd, CTL_RIGHT_CONFIGURED, BASIC, "10.7.0.4/32");
}

static void
say_trust(int fd, const struct key *of)
{
	struct ctl_trust m = {.level = TRUST_ALLOWED_IPS,
	    .by = CTL_BY_ROUTER,
	    .known = CTL_TAKES_ENDPOINT | CTL_TAKES_ALLOWED,
	    .nfacts = 3,
	    .quorum = 2,
	    .sources = 3,
	    .key = *of};
	uint8_t buf[128];
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_trust(&w, &m);
	say(fd, MSG_CTL_TRUST, &w);
}

static void
say_plan(int fd)
{
	struct ctl_plan m = {.change = CHANGE_MOVE,
	    .key = key(VIA),
	    .has_other = true,
	    .other = key(HUB),
	    .has_source = true,
	    .source = key(HUB),
	    .attr = 3,
	    .reason = REASON_REFUSED_BY_POLICY,
	    .rule = 17};
	uint8_t buf[256];
	struct wbuf w;

	prefix_parse("10.7.0.3/32", &m.prefix);
	for (; m.change < CHANGES; m.change++) {
		wbuf_init(&w, buf, sizeof(buf));
		enc_ctl_plan(&w, &m);
		say(fd, MSG_CTL_PLAN, &w);
		m.basis = BASIS_DEAD;
		m.has_source = false;
		m.attr = 0;
	}
}

static void
say_sandboxes(int fd)
{
	struct sandbox_state m = {
	    .caps = 1U << 12, .nofile = 64, .memory = UINT64_MAX};
	uint8_t buf[256];
	struct wbuf w;

	for (int i = SANDBOX_PRIVD; i <= SANDBOX_RESOLVER; i++) {
		m.process = (enum sandbox_process)i;
		wbuf_init(&w, buf, sizeof(buf));
		enc_sandbox(&w, &m);
		say(fd, MSG_CTL_SANDBOX, &w);
	}
}

/* As it happens; then it is over. */
static void
say_events(int fd)
{
	struct ctl_event m = {.code = EV_REFUSED,
	    .reason = REASON_NO_HANDSHAKE,
	    .key = key(HUB),
	    .rule = 7,
	    .times = 1,
	    .name = "hub",
	    .name_len = 3};
	uint8_t buf[512];
	struct wbuf w;

	for (int i = 0; i < 2; i++) {
		wbuf_init(&w, buf, sizeof(buf));
		enc_ctl_event(&w, &m);
		say(fd, MSG_CTL_EVENT, &w);
		m.lost = 3;
		m.code = EV_ROUTER;
		m.yes = true;
	}
}

static void
answer(int fd, const struct ctl_get *get)
{
	static const uint8_t end[4];

	if (get->what != CTL_COUNTERS && get->what != CTL_NAMES)
		say_self(fd);
	switch (get->what) {
	case CTL_PEERS:
		for (uint8_t i = HUB; i <= UNNAMED; i++)
			say_peer(fd, i);
		say_peer(fd, HUB); /* twice: one went while it answered */
		break;
	case CTL_FACTS:
		say_fact(fd, VIA, "10.7.0.3", NULL);
		say_fact(fd, VIA, NULL, "192.0.2.3:51820");
		say_fact(fd, HUB, "10.7.0.0/24", NULL);
		break;
	case CTL_COUNTERS:
		say_counters(fd);
		break;
	case CTL_NAMES:
		for (uint8_t i = HUB; i <= ABSENT; i++)
			say_name(fd, i);
		break;
	case CTL_SANDBOXES:
		say_sandboxes(fd);
		break;
	case CTL_POLICY:
		say_policy(fd);
		break;
	case CTL_TRUST:
		say_trust(fd, &get->key);
		break;
	case CTL_PLAN:
		say_plan(fd);
		break;
	case CTL_MONITOR:
		say_events(fd);
		break;
	case CTL_WHY:
	case CTL_CANDIDATES:
		say_why(fd, &get->key, get->what == CTL_WHY);
		break;
	default:
		break;
	}
	msg_send(fd, MSG_CTL_END, 0, 0, end, sizeof(end), -1);
}

int
main(int argc, char **argv)
{
	static uint8_t buf[MSG_MAX + 1];
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (argc != 2 && (argc != 3 || strcmp(argv[2], "left") != 0))
		errx(1, "usage: ctl-netd rundir [left]");
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/wg0.sock", argv[1]);
	if (fd == -1 ||
	    bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(fd, 16) == -1)
		err(1, "%s", sun.sun_path);
	if (argc == 3) {
		pid_t child = fork();

		if (child == -1)
			err(1, "fork");
		if (child != 0)
			_exit(0);
	}
	puts("listening");
	fflush(stdout);
	for (;;) {
		int client = accept(fd, NULL, NULL);
		const char *why;
		struct ctl_get get;
		struct msg m;

		if (client == -1)
			err(1, "accept");
		if (msg_recv(client, buf, DIR_C2N, PH_RUN, &m, &why) ==
			RECV_MSG &&
		    dec_ctl_get(m.payload, m.len, &get) == 0)
			answer(client, &get);
		close(client);
	}
}
