/* privd over a device in memory. See memory.h. */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "common/log.h"
#include "privd/privd.h"
#include "tests/hostile/memory.h"

struct snap memory_dev;
int64_t memory_now_ns;
enum fault memory_fault;
bool memory_half;
bool memory_removes;

static struct privd p;
static struct oracle *oracle;
static const char *ledger_path;
static const char *ended;
static char ended_text[128];
static jmp_buf out_of_privd;
static bool inside; /* of privd */
static bool write_failed; /* so privd still remembers what is gone */
static bool unseen; /* what privd read last has not been told the oracle */
static int64_t changed_ns; /* the device, last */
static int netd = -1;
static struct rng noise;
static char conf_path[PATH_MAX];

/* What the linker puts in place of the real ones, for privd and us. */
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);
int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_bind(int fd, const struct sockaddr *sa, socklen_t len);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t off);
ssize_t __real_pwrite(int fd, const void *buf, size_t len, off_t off);
_Noreturn void __wrap_fatal(const char *fmt, ...);
_Noreturn void __wrap_fatalx(const char *fmt, ...);

static _Noreturn void
die(const char *why)
{
	ended = why;
	if (!inside)
		errx(2, "%s, outside of privd", why);
	longjmp(out_of_privd, 1);
}

int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	(void)id;
	ts->tv_sec = memory_now_ns / 1000000000;
	ts->tv_nsec = memory_now_ns % 1000000000;
	return 0;
}

int64_t
memory_real_ns(void)
{
	struct timespec ts;

	__real_clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* No interface has the address that privd wants to bind to. */
int
__wrap_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	(void)fd;
	(void)sa;
	(void)len;
	return 0;
}

ssize_t
__wrap_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	if (memory_fault == FAULT_CRASH_LEDGER)
		die("crash before the ledger");
	if (memory_fault == FAULT_LEDGER) {
		write_failed = true;
		errno = ENOSPC;
		return -1;
	}
	return __real_pwrite(fd, buf, len, off);
}

static void
say(const char *fmt, va_list ap)
{
	vsnprintf(ended_text, sizeof ended_text, fmt, ap);
	die(ended_text);
}

void
__wrap_fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	abort();
}

void
__wrap_fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	abort();
}

/* rtnl.c, for what link.c needs of it. */
bool
rtnl_has(const struct rtnl *r, const struct addr *a)
{
	for (size_t i = 0; i < r->naddrs; i++)
		if (r->addr[i].ifindex == r->ifindex &&
		    addr_eq(&r->addr[i].addr, a))
			return true;
	return false;
}

int
rtnl_set(struct rtnl *r, const struct addr *a, bool there)
{
	struct addr own = key_auto_addr(&p.dev.key);

	if (!there || !addr_eq(&own, a))
		oracle_broken(oracle, 2, "privd adds an address");
	/* In place of that of the key before. */
	for (size_t i = 0; i < r->naddrs; i++)
		if (r->addr[i].ifindex == r->ifindex &&
		    addr_is_link_local(&r->addr[i].addr))
			r->addr[i].addr = *a;
	return 0;
}

static int
device_open(struct wg *wg)
{
	(void)wg;
	return 0;
}

static int
device_get(struct wg *wg, struct wg_device *d)
{
	if (memory_fault == FAULT_GET) {
		errno = ENODEV;
		return -1;
	}
	if (memory_half)
		oracle_broken(oracle, 4,
		    "privd goes on without the peer that it has removed");
	unseen = true;
	oracle_read(oracle, &memory_dev);
	memcpy(wg->incoming, memory_dev.secret, KEY_LEN);
	d->listen_port = memory_dev.listen_port;
	for (size_t i = 0; i < memory_dev.npeers; i++) {
		const struct snap_peer *from = &memory_dev.peer[i];
		struct wg_peer *to = wg_device_peer(d, &from->key);

		if (to == NULL)
			return -1;
		to->endpoint = from->endpoint;
		to->keepalive_s = from->keepalive_s;
		to->handshake_ns = from->handshake_ns;
		to->rx_bytes = from->rx_bytes;
		if (wg->psk_of != NULL && key_eq(&from->key, wg->psk_of))
			memcpy(wg->psk, from->psk, KEY_LEN);
		for (size_t j = 0; j < memory_dev.nprefixes; j++)
			if (key_eq(&memory_dev.prefix[j].key, &from->key) &&
			    wg_device_prefix(d, &memory_dev.prefix[j].prefix) ==
				-1)
				return -1;
	}
	return 0;
}

/* What privd is about to do, to the oracle: a prefix that is moved to a peer
 * that vanishes is withdrawn from who has it. */
static void
announce(const struct wg_change *c)
{
	if (unseen && !write_failed)
		oracle_seen(oracle, &memory_dev);
	unseen = false;
	if (c->remake) {
		const struct snap_peer *at = snap_find(&memory_dev, &c->key);

		if (at != NULL && endpoint_eq(&at->endpoint, &c->endpoint))
			oracle_remade(oracle, &c->key, memory_now_ns);
		return;
	}
	if (!c->vanish) {
		oracle_change(oracle, &memory_dev, &c->key, c->create, c->nadd,
		    c->add, c->ndel, c->del);
		return;
	}
	for (size_t i = 0; i < c->nadd; i++) {
		const struct key *holder = snap_holder(&memory_dev, &c->add[i]);

		if (holder != NULL)
			oracle_change(oracle, &memory_dev, holder, false, 0,
			    NULL, 1, &c->add[i]);
	}
}

static int
apply(const struct wg_change *c, bool half)
{
	struct snap *d = &memory_dev;
	struct snap_peer *peer;

	if (c->remove) {
		snap_drop(d, &c->key);
		return 0;
	}
	if (c->remake) {
		snap_drop(d, &c->key);
		memory_half = half;
		if (half)
			return 0;
	}
	peer = c->create ? snap_peer(d, &c->key) : snap_find(d, &c->key);
	if (peer == NULL) {
		errno = ENOSPC;
		return c->create ? -1 : 0;
	}
	if (c->endpoint.addr.family != 0)
		peer->endpoint = c->endpoint;
	if (c->psk != NULL)
		memcpy(peer->psk, c->psk, KEY_LEN);
	if (c->set_keepalive)
		peer->keepalive_s = c->keepalive_s;
	for (size_t i = 0; i + half < c->nadd; i++)
		if (!snap_give(d, &c->key, &c->add[i])) {
			errno = ENOSPC;
			return -1;
		}
	for (size_t i = 0; i + half < c->ndel; i++)
		snap_take(d, &c->key, &c->del[i]);
	if (c->vanish)
		snap_drop(d, &c->key);
	return 0;
}

static int
device_set(struct wg *wg, const struct wg_change *c)
{
	enum fault fault = memory_fault;
	int r;

	(void)wg;
	if (c->ndel > 0 && !memory_removes) {
		errno = EOPNOTSUPP;
		return -1;
	}
	announce(c);
	if (fault == FAULT_CRASH_BEFORE)
		die("crash before the change");
	changed_ns = memory_now_ns;
	if (fault == FAULT_SET || fault == FAULT_HALF) {
		if (fault == FAULT_HALF)
			apply(c, true);
		errno = EIO;
		return -1;
	}
	r = apply(c, false);
	if (fault == FAULT_CRASH_AFTER)
		die("crash after the change");
	return r;
}

static const struct wg_backend backend = {
    "memory", device_open, device_get, device_set};

/* libsodium's numbers repeat with the seed. */
static const char *
noise_name(void)
{
	return "seed";
}

static uint32_t
noise_u32(void)
{
	return (uint32_t)rng_next(&noise);
}

static void
noise_buf(void *const buf, const size_t len)
{
	rng_fill(&noise, buf, len);
}

void
memory_init(struct oracle *o, const char *dir, const char *ledger)
{
	static struct randombytes_implementation seeded = {
	    .implementation_name = noise_name,
	    .random = noise_u32,
	    .buf = noise_buf};

	oracle = o;
	ledger_path = ledger;
	randombytes_set_implementation(&seeded);
	if (sodium_init() == -1 || wg_init(&p.wg, "wl0") == -1 ||
	    (p.seal = seal_new(p.wg.secret)) == NULL)
		errx(2, "libsodium");
	p.wg.be = &backend;
	strlcpy(p.ifname, "wl0", sizeof p.ifname);
	p.ledger.fd = -1;
	snprintf(conf_path, sizeof conf_path, "%s/conf", dir);
	p.conf_path = conf_path;
	p.conf_named = true;
	p.conf_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p.conf_dir == -1)
		err(2, "%s", dir);
	p.channel = -1;
}

void
memory_tidy(void)
{
	unlink(conf_path);
}

/* As the administrator wrote it, for privd to read it again. */
static void
write_conf(void)
{
	FILE *f = fopen(p.conf_path, "w");

	if (f == NULL)
		err(2, "%s", p.conf_path);
	conf_print(&p.conf, f);
	if (fclose(f) != 0)
		err(2, "%s", p.conf_path);
}

static void *
copy(const void *from, size_t n, size_t size)
{
	void *to = reallocarray(NULL, n + 1, size);

	if (to == NULL)
		err(2, NULL);
	if (n > 0)
		memcpy(to, from, n * size);
	return to;
}

static void
load_scene(const struct scene *s)
{
	p.rtnl.ifindex = s->ifindex;
	p.rtnl.up = true;
	p.rtnl.naddrs = s->naddrs;
	/* rtnl_set changes what the oracle sees, too. */
	p.rtnl.addr = (struct m_addr *)(uintptr_t)s->addr;
}

static void
load_conf(const struct scene *s)
{
	struct privd_conf *c = &p.conf;

	conf_clear(c);
	conf_default(c);
	c->link.membership = s->membership;
	c->link.observe = s->observe;
	c->max_peers = s->max_peers;
	c->nallowed = s->nallowed;
	c->allowed = copy(s->allowed, s->nallowed, sizeof s->allowed[0]);
	c->npeers = s->nconf;
	c->peers = copy(NULL, 0, s->nconf * sizeof *c->peers);
	c->nhomes = 0;
	c->homes = copy(NULL, 0, 2 * s->nconf * sizeof *c->homes);
	for (size_t i = 0; i < s->nconf; i++) {
		struct conf_peer *peer = &c->peers[i];

		memset(peer, 0, sizeof *peer);
		peer->key = s->conf[i].key;
		peer->trust = TRUST_UNSET;
		peer->nprefixes = s->conf[i].n;
		peer->prefixes = copy(s->conf[i].prefix, s->conf[i].n,
		    sizeof s->conf[i].prefix[0]);
		for (size_t j = 0; j < s->conf[i].n; j++)
			c->homes[c->nhomes++] = (struct conf_home){
			    s->conf[i].key, s->conf[i].prefix[j]};
	}
}

/* Does privd keep a descriptor that it should have closed? */
static void
count_descriptors(void)
{
	static int most = -1;
	int n = 0;

	for (int fd = 0; fd < 32; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	if (most == -1)
		most = n;
	if (n > most)
		oracle_broken(oracle, 6, "a descriptor is left open");
}

/* What the end of the process does. */
static void
clear(void)
{
	if (p.channel != -1)
		close(p.channel);
	if (netd != -1)
		close(netd);
	if (p.ledger.fd != -1)
		close(p.ledger.fd);
	count_descriptors();
	free(p.ledger.rec);
	seal_flush(p.seal);
	wg_wipe(&p.wg);
	p.wg.by_move = p.wg.unsure = false;
	wg_device_clear(&p.dev);
	p.read_ns = 0;
	p.up = p.suspect = false;
	memset(&p.link, 0, sizeof p.link);
	memset(p.addrs_seen, 0, sizeof p.addrs_seen);
	memset(p.trouble, 0, sizeof p.trouble);
	memset(&p.endpoints, 0, sizeof p.endpoints);
	memset(&p.gets, 0, sizeof p.gets);
	memset(&p.bodies, 0, sizeof p.bodies);
	memset(&p.reloads, 0, sizeof p.reloads);
}

int
memory_start(const struct world *w)
{
	int sv[2], udp;

	clear();
	ended = NULL;
	load_conf(&w->scene);
	write_conf();
	load_scene(&w->scene);
	if (msg_pair(sv) == -1)
		err(2, "socketpair");
	/* In place of the time that a message may take to send. */
	if (fcntl(sv[0], F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(sv[1], F_SETFL, O_NONBLOCK) == -1)
		err(2, "fcntl");
	p.channel = sv[0];
	netd = sv[1];
	p.phase = PH_BOOT;
	if (ledger_open(&p.ledger, ledger_path) == -1)
		err(2, "%s", ledger_path);
	inside = true;
	if (setjmp(out_of_privd) != 0 || (udp = link_open(&p, &p.link)) == -1) {
		inside = false;
		return -1;
	}
	close(udp);
	inside = false;
	return netd;
}

/* As in privd/main.c. */
static void
ready(const struct msg *m)
{
	struct m_hello hello;

	if (dec_hello(m->payload, m->len, &hello) == -1)
		die("netd did not start");
	if (hello.version != PROTO_VERSION ||
	    strcmp(hello.build, WIRELINK_VERSION) != 0)
		die("netd is another version");
	p.phase = PH_RUN;
	p.up = true;
}

static bool
receive(void)
{
	const char *why = NULL;
	struct msg m;

	switch (msg_recv(p.channel, p.in, DIR_N2P, p.phase, &m, &why)) {
	case RECV_AGAIN:
		return false;
	case RECV_EOF:
		die("netd is gone");
	case RECV_ERROR:
		die("receive from netd");
	case RECV_BAD:
		die(why);
	case RECV_MSG:
		break;
	}
	if (p.phase == PH_BOOT)
		ready(&m);
	else if ((why = dispatch(&p, &m)) != NULL)
		die(why);
	return true;
}

bool
memory_turn(void)
{
	int64_t read_ns = p.read_ns;
	bool got;

	if (ended != NULL)
		return false;
	inside = true;
	if (setjmp(out_of_privd) != 0) {
		inside = false;
		return true;
	}
	write_failed = false;
	got = receive();
	memory_fault = FAULT_NONE;
	if (p.read_ns != 0 && p.read_ns != read_ns && !write_failed)
		oracle_seen(oracle, &memory_dev);
	if (p.suspect)
		link_check(&p);
	inside = false;
	return got;
}

const char *
memory_ended(void)
{
	return ended;
}

unsigned int
memory_phase(void)
{
	return p.phase;
}

bool
memory_is_fresh(void)
{
	return p.read_ns > changed_ns;
}

void
memory_changed(const struct world *w)
{
	changed_ns = memory_now_ns;
	load_scene(&w->scene);
	inside = true;
	if (setjmp(out_of_privd) == 0)
		link_send_addrs(&p);
	inside = false;
}
