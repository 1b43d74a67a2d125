/*
 * hostile-real: the same enemy against a wirelinkd as it is installed, in its
 * sandbox, over a real WireGuard interface. wirelinkd starts a relay as its
 * netd, which hands the channel to us.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <net/if.h>

#include <sodium.h>

#include "tests/hostile/wg.h"

#define WAIT_MS	   20000 /* for what has to come */
#define FLOOD	   24
#define BOOT_PARTS 64

static struct world world;
static struct oracle oracle;
static struct attacker attacker;
static struct rng dice;
static struct snap before, after;
static const char *ifname, *dir, *program;
static int listener, channel = -1, resolver = -1, relay = -1;
static pid_t privd = -1;
static unsigned int phase;
static struct {
	uint64_t messages, ends, starts, kills, answers, changes, admin;
} count;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static const char *
in_dir(const char *name)
{
	static char path[4][256];
	static unsigned int turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", dir, name);
	return p;
}

static void
write_conf(const struct scene *s)
{
	static const char *const memberships[] = {
	    "none", "configured", "routers"};
	char text[PREFIX_STRLEN], key[KEY_STRLEN];
	FILE *f = fopen(in_dir("conf"), "w");

	if (f == NULL)
		err(2, "%s", in_dir("conf"));
	fprintf(f, "[Policy]\nMembership = %s\nMaxPeers = %zu\n",
	    memberships[s->membership], s->max_peers);
	for (size_t i = 0; i < s->nallowed; i++)
		fprintf(f, "AllowedPrefixes = %s\n",
		    prefix_format(&s->allowed[i], text));
	for (size_t i = 0; i < s->nconf; i++) {
		fprintf(f, "[Peer]\nPublicKey = %s\n",
		    key_format(&s->conf[i].key, key));
		for (size_t j = 0; j < s->conf[i].n; j++)
			fprintf(f, "AllowedIPs = %s\n",
			    prefix_format(&s->conf[i].prefix[j], text));
	}
	if (fclose(f) != 0)
		err(2, "%s", in_dir("conf"));
}

static void
learn_secrets(void)
{
	uint8_t shared[KEY_LEN];

	secrets_add(before.secret);
	for (size_t i = 0; i < before.npeers; i++) {
		secrets_add(before.peer[i].psk);
		if (crypto_scalarmult(
			shared, before.secret, before.peer[i].key.b) == 0)
			secrets_add(shared);
	}
}

static void
listen_for_relay(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	snprintf(sun.sun_path, sizeof sun.sun_path, "%s/lib/master.sock", dir);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener == -1 ||
	    bind(listener, (struct sockaddr *)&sun, sizeof sun) == -1 ||
	    listen(listener, 1) == -1)
		err(2, "%s", sun.sun_path);
}

static bool
wait_for(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int n;

	while ((n = poll(&pfd, 1, WAIT_MS)) == -1 && errno == EINTR)
		;
	return n == 1;
}

/* One message, and the descriptor with it or -1. Its length; 0 at the end of
 * the channel. */
static size_t
receive(int s, uint8_t *buf, size_t size, int *fd)
{
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {buf, size};
	struct msghdr mh = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.b,
	    .msg_controllen = sizeof control.b};
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	if (!wait_for(s)) {
		oracle_broken(&oracle, 6, "wirelinkd neither answers nor ends");
		return 0;
	}
	if ((n = recvmsg(s, &mh, MSG_CMSG_CLOEXEC)) <= 0)
		return 0;
	if ((c = CMSG_FIRSTHDR(&mh)) != NULL)
		memcpy(fd, CMSG_DATA(c), sizeof *fd);
	return (size_t)n;
}

/* Reads until the answer to r is complete. False at the end of the channel.
 * Counts in *error the errno of a RESULT, or -1. */
static bool
hear(const struct request *r, int *error)
{
	static uint8_t buf[MSG_MAX + 1];
	size_t n;
	int fd;

	*error = -1;
	for (;;) {
		if ((n = receive(channel, buf, sizeof buf, &fd)) == 0)
			return false;
		if (fd != -1)
			close(fd);
		if (n == MSG_HEADER + 8 && buf[1] == MSG_RESULT)
			*error = buf[MSG_HEADER + 2] << 8 | buf[MSG_HEADER + 3];
		if (oracle_answer(&oracle, &before, before.secret, r, buf, n,
			&attacker)) {
			count.answers++;
			return true;
		}
	}
}

/* What wirelinkd tells netd first: descriptors with it are kept as long as
 * netd would. */
static void
hear_boot(void)
{
	static uint8_t buf[MSG_MAX + 1];
	size_t n;
	int fd;

	for (int i = 0; i < BOOT_PARTS; i++) {
		if ((n = receive(channel, buf, sizeof buf, &fd)) < MSG_HEADER)
			errx(2, "wirelinkd did not start: see %s",
			    in_dir("log"));
		oracle_answer(
		    &oracle, &before, before.secret, NULL, buf, n, &attacker);
		if (buf[1] == MSG_RESOLVER)
			resolver = fd;
		else if (fd != -1)
			close(fd);
		if (buf[1] == MSG_START)
			return;
	}
	errx(2, "wirelinkd does not end its start");
}

static void
start(void)
{
	uint8_t byte;
	int log;

	trace("wirelinkd starts", NULL);
	count.starts++;
	log =
	    open(in_dir("log"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (log == -1 || (privd = fork()) == -1)
		err(2, "%s", in_dir("log"));
	if (privd == 0) {
		dup2(log, 2);
		execl(program, program, world.scene.observe ? "-Nd" : "-d",
		    "-i", ifname, "-f", in_dir("conf"), "-R", in_dir("run"),
		    "-L", in_dir("lib"), (char *)NULL);
		err(2, "%s", program);
	}
	close(log);
	if (!wait_for(listener) ||
	    (relay = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) == -1 ||
	    receive(relay, &byte, 1, &channel) != 1 || channel == -1)
		errx(2, "wirelinkd did not start: see %s", in_dir("log"));
	oracle_restart(&oracle);
	wg_read(ifname, &before);
	oracle_read(&oracle, &before);
	hear_boot();
	wg_read(ifname, &before);
	oracle_seen(&oracle, &before);
	oracle_ledger(&oracle, &before);
	phase = PH_BOOT;
}

/* The log of this life: no key, raw or as text, and lines that tell of a
 * broken protocol. Their number. */
static unsigned int
read_log(void)
{
	static uint8_t buf[1 << 20];
	char text[KEY_STRLEN];
	unsigned int lines = 0;
	struct key key;
	FILE *f = fopen(in_dir("log"), "r");
	size_t n;

	if (f == NULL)
		err(2, "%s", in_dir("log"));
	n = fread(buf, 1, sizeof buf - 1, f);
	fclose(f);
	buf[n] = '\0';
	memcpy(key.b, before.secret, KEY_LEN);
	if (secrets_in(buf, n) ||
	    strstr((char *)buf, key_format(&key, text)) != NULL)
		oracle_broken(&oracle, 1, "a key lies in the log");
	for (const char *p = (char *)buf; (p = strstr(p, "netd ")) != NULL; p++)
		if (strncmp(p, "netd broke the protocol", 23) == 0 ||
		    strncmp(p, "netd did not start", 18) == 0 ||
		    /* A record of no bytes is the end of a channel. */
		    strncmp(p, "netd is gone", 12) == 0 ||
		    strncmp(p, "netd is another version", 23) == 0)
			lines++;
	return lines;
}

/* wirelinkd has ended, or is about to. fault: by a message that was bad. */
static void
end(bool fault)
{
	int status = 0, i;

	count.ends++;
	close(channel);
	close(relay);
	if (resolver != -1)
		close(resolver);
	channel = relay = resolver = -1;
	for (i = 0; i < WAIT_MS; i++) {
		if (waitpid(privd, &status, WNOHANG) == privd)
			break;
		poll(NULL, 0, 1);
	}
	if (i == WAIT_MS)
		oracle_broken(&oracle, 6, "wirelinkd does not end");
	else if (fault && (!WIFEXITED(status) || WEXITSTATUS(status) != 1))
		oracle_broken(&oracle, 6, "wirelinkd ends with status %x",
		    (unsigned int)status);
	if (fault && read_log() != 1)
		oracle_broken(
		    &oracle, 6, "not one line in the log, but %u", read_log());
	privd = -1;
}

/* Reads the device and judges what became of it since from_ns. */
static void
judge(int64_t from_ns)
{
	wg_read(ifname, &after);
	if (snap_same(&before, &after))
		return;
	count.changes++;
	/* It was read, to be judged, before it was changed. */
	oracle_seen(&oracle, &before);
	oracle_judge(&oracle, &before, &after, from_ns, now_ns());
	snap_copy(&before, &after);
	oracle_read(&oracle, &before);
	learn_secrets();
}

/* Has wirelinkd read the device as it is now. */
static void
synchronize(void)
{
	static struct attack a;
	static struct request r;
	int error = EAGAIN;

	while (error == EAGAIN) {
		attack_valid(&attacker, &before, MSG_DEVICE_GET, &a);
		wire_parse(&a, PH_RUN, &r);
		oracle_read(&oracle, &before);
		if (!transmit(channel, &a) || !hear(&r, &error)) {
			oracle_broken(&oracle, 6, "wirelinkd ended unasked");
			return;
		}
		count.messages++;
		if (error == EAGAIN)
			poll(NULL, 0, 20);
	}
	oracle_seen(&oracle, &before);
	oracle_ledger(&oracle, &before);
}

static void
administrate(void)
{
	struct admin_op op = world_admin(&world, &dice, &before);
	char text[160];

	trace(admin_text(&op, text, sizeof text), NULL);
	count.admin++;
	synchronize();
	wg_admin(ifname, dir, &before, &op);
	wg_read(ifname, &before);
	learn_secrets();
	synchronize();
}

static void
attack(const struct attack *a)
{
	static struct request r;
	const char *wrong = wire_parse(a, phase, &r);
	int64_t from_ns = now_ns();
	bool lives, touches;
	int error;

	trace(NULL, a);
	count.messages++;
	if (!transmit(channel, a))
		oracle_broken(&oracle, 6, "wirelinkd ended unasked");
	if (phase == PH_BOOT && wrong == NULL) {
		phase = PH_RUN;
		return;
	}
	lives = hear(wrong == NULL ? &r : NULL, &error);
	touches = r.type == MSG_PEER_SET || r.type == MSG_PEER_REMOVE;
	if (!lives || touches || rng_chance(&dice, 5))
		judge(from_ns);
	if (wrong == NULL && !lives)
		oracle_broken(&oracle, 6, "a good message ended wirelinkd");
	if (!lives)
		end(wrong != NULL);
}

/* Many at once, before the first answer is read. */
static void
flood(void)
{
	static struct attack a;
	static struct request r[FLOOD];
	static uint8_t payload[FLOOD][MSG_MAX];
	int error;

	trace("a flood", NULL);
	for (size_t i = 0; i < FLOOD; i++) {
		do
			attack_valid(&attacker, &before,
			    rng_chance(&dice, 50) ? MSG_SEAL : MSG_CHECK, &a);
		while (wire_parse(&a, PH_RUN, &r[i]) != NULL);
		/* The next one will lie where this one does. */
		memcpy(payload[i], a.byte, a.len);
		for (size_t j = 0; j < r[i].n; j++)
			r[i].body[j].body =
			    payload[i] + (r[i].body[j].body - a.byte);
		if (!transmit(channel, &a))
			oracle_broken(&oracle, 6, "wirelinkd ended unasked");
	}
	count.messages += FLOOD;
	for (size_t i = 0; i < FLOOD; i++)
		if (!hear(&r[i], &error)) {
			oracle_broken(&oracle, 6, "a flood ended wirelinkd");
			return;
		}
}

/* Sends a change, and wirelinkd is killed in the middle of it, or not. */
static void
crash(void)
{
	static struct attack a;
	int64_t from_ns = now_ns();

	attack_valid(&attacker, &before, MSG_PEER_SET, &a);
	trace(NULL, &a);
	trace("wirelinkd is killed", NULL);
	count.messages++;
	count.kills++;
	transmit(channel, &a);
	poll(NULL, 0, (int)rng_below(&dice, 3));
	kill(privd, SIGKILL);
	end(false);
	judge(from_ns);
}

static void
close_channel(void)
{
	int64_t from_ns = now_ns();
	int error;

	trace("the channel is closed, one way or both", NULL);
	shutdown(channel, rng_chance(&dice, 50) ? SHUT_WR : SHUT_RDWR);
	if (hear(NULL, &error))
		oracle_broken(&oracle, 6, "netd is gone and wirelinkd stays");
	judge(from_ns);
	end(false);
}

static void
step(void)
{
	static struct attack a;
	uint32_t d = rng_below(&dice, 1000);

	if (phase == PH_RUN && d < 25)
		administrate();
	else if (phase == PH_RUN && d < 28)
		flood();
	else if (phase == PH_RUN && d < 31)
		crash();
	else if (d < 33)
		close_channel();
	else {
		attack_next(&attacker, &before, phase, &a);
		attack(&a);
	}
}

static void
setup(uint64_t seed)
{
	struct m_addr *m;
	char text[ADDR_STRLEN], address[ADDR_STRLEN + 4];

	world_make(&world, seed);
	/* The rest of the scene is as whoever starts us has it. */
	for (size_t i = 0; i < world.scene.naddrs; i++) {
		m = &world.scene.addr[i];
		if (m->ifindex == 1)
			continue;
		snprintf(address, sizeof address, "%s/%u",
		    addr_format(&m->addr, text), (unsigned int)m->len);
		run((const char *const[]){"ip", "address", "replace", address,
		    "dev",
		    m->ifindex == world.scene.ifindex ? ifname : m->ifname,
		    m->addr.family == 6 ? "nodad" : NULL, NULL});
	}
	wg_setup(ifname, dir, &world.start);
	write_conf(&world.scene);
	wg_read(ifname, &before);
}

static uint64_t
number(const char *s)
{
	const char *error;
	long long n = strtonum(s, 0, INT64_MAX, &error);

	if (error != NULL)
		errx(2, "%s: %s", s, error);
	return (uint64_t)n;
}

static _Noreturn void
usage(void)
{
	fprintf(stderr,
	    "usage: hostile-real [--seed n] [--messages n] -i interface\n"
	    "                    -p wirelinkd -d directory\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"messages", required_argument, NULL, 'm'}, {NULL, 0, NULL, 0}};
	uint64_t seed = 1, messages = 500;
	char ledger[256];
	int64_t start_ns = now_ns();
	double s;
	int ch;

	while ((ch = getopt_long(argc, argv, "d:i:p:", options, NULL)) != -1) {
		switch (ch) {
		case 's':
			seed = number(optarg);
			break;
		case 'm':
			messages = number(optarg);
			break;
		case 'd':
			dir = optarg;
			break;
		case 'i':
			ifname = optarg;
			break;
		case 'p':
			program = optarg;
			break;
		default:
			usage();
		}
	}
	if (dir == NULL || ifname == NULL || program == NULL)
		usage();
	if (sodium_init() == -1)
		errx(2, "libsodium");
	signal(SIGPIPE, SIG_IGN);
	dice.state = seed;
	snprintf(ledger, sizeof ledger, "%s/run/%s.ledger", dir, ifname);
	setup(rng_next(&dice));
	oracle_init(&oracle, &world.scene, ledger);
	attack_init(&attacker, &world, rng_next(&dice));
	learn_secrets();
	unlink(ledger);
	listen_for_relay();
	while (count.messages < messages && oracle.broken[0] == '\0') {
		if (privd == -1)
			start();
		step();
	}
	if (privd != -1) {
		kill(privd, SIGTERM);
		end(false);
	}
	s = (double)(now_ns() - start_ns) / 1e9;
	if (oracle.broken[0] != '\0') {
		printf("%s\nseed %" PRIu64 ", message %" PRIu64
		       "; the last ones:\n",
		    oracle.broken, seed, count.messages);
		trace_print();
		return 1;
	}
	printf("seed %" PRIu64 ": %" PRIu64 " messages in %.1f s (%.0f/s), "
	       "%" PRIu64 " answers, %" PRIu64 " changes, %" PRIu64
	       " by the administrator, %" PRIu64 " starts, %" PRIu64 " kills\n",
	    seed, count.messages, s, (double)count.messages / s, count.answers,
	    count.changes, count.admin, count.starts, count.kills);
	return 0;
}
