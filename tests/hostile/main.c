/*
 * hostile: a netd that is an enemy, for millions of messages, each judged.
 * The same seed does the same again.
 */
#include <sys/socket.h>

#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "common/log.h"
#include "privd/policy.h"
#include "tests/hostile/memory.h"

#define WORLD_MESSAGES 3000 /* before another world */
#define REASONS	       64

static struct world world;
static struct oracle oracle;
static struct attacker attacker;
static struct rng dice;
static uint8_t old_secret[KEY_LEN];
static struct snap before;
static int channel;

static struct {
	uint64_t messages, ends, done, changes, admin, worlds;
	uint64_t refused[64];
	size_t nreasons;
	struct {
		char text[48];
		uint64_t n;
	} reason[REASONS];
} count;

/* Why privd ended, counted. */
static void
count_end(const char *why)
{
	size_t i = 0;

	count.ends++;
	while (i < count.nreasons && strcmp(count.reason[i].text, why) != 0)
		i++;
	if (i == REASONS)
		return;
	if (i == count.nreasons)
		snprintf(count.reason[count.nreasons++].text,
		    sizeof count.reason[0].text, "%s", why);
	count.reason[i].n++;
}

/* Reads what privd has said. The number of whole answers to r. */
static unsigned int
listen_to(const struct request *r)
{
	static uint8_t buf[MSG_MAX + 1];
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(sizeof(int))];
	} control;
	unsigned int answers = 0;
	ssize_t n;

	for (;;) {
		struct iovec iov = {buf, sizeof buf};
		struct msghdr mh = {.msg_iov = &iov,
		    .msg_iovlen = 1,
		    .msg_control = control.b,
		    .msg_controllen = sizeof control.b};
		struct cmsghdr *c;
		int fd;

		if ((n = recvmsg(channel, &mh, MSG_CMSG_CLOEXEC)) <= 0)
			return answers;
		if ((c = CMSG_FIRSTHDR(&mh)) != NULL) {
			memcpy(&fd, CMSG_DATA(c), sizeof fd);
			close(fd);
		}
		if (oracle_answer(&oracle, &memory_dev, old_secret, r, buf,
			(size_t)n, &attacker))
			answers++;
		if (r != NULL && (size_t)n == MSG_HEADER + 8 &&
		    buf[1] == MSG_RESULT)
			count.refused[buf[MSG_HEADER + 5] & 63]++;
	}
}

static void
judge(void)
{
	/* What is half done is judged when privd has done all of it. */
	if (memory_half || snap_same(&before, &memory_dev))
		return;
	count.changes++;
	oracle_judge(
	    &oracle, &before, &memory_dev, memory_now_ns, memory_now_ns);
	snap_copy(&before, &memory_dev);
}

/* The device's keys and what it shares are secret. */
static void
learn_secrets(void)
{
	uint8_t shared[KEY_LEN];

	secrets_add(memory_dev.secret);
	for (size_t i = 0; i < memory_dev.npeers; i++) {
		const struct snap_peer *p = &memory_dev.peer[i];

		secrets_add(p->psk);
		if (crypto_scalarmult(shared, memory_dev.secret, p->key.b) == 0)
			secrets_add(shared);
	}
}

static void
act(struct admin_op *op)
{
	char text[160];

	op->at_ns = memory_now_ns;
	trace(admin_text(op, text, sizeof text), NULL);
	count.admin++;
	if (op->kind == ADMIN_KEY)
		memcpy(old_secret, memory_dev.secret, KEY_LEN);
	admin_apply(&world, &memory_dev, op);
	if (op->kind == ADMIN_KEY) {
		oracle_forget(&oracle);
		learn_secrets();
	} else if (op->kind == ADMIN_PEER)
		secrets_add(op->secret);
	snap_copy(&before, &memory_dev);
	memory_changed(&world);
}

/* Starts privd, at first or again, on what is there. */
static void
start(const char *why)
{
	struct admin_op op;
	uint32_t n = rng_below(&dice, 3);

	trace(why, NULL);
	if (memory_half) {
		/* It died in the middle of it: the administrator does it. */
		snap_copy(&memory_dev, &before);
		memory_half = false;
	}
	/* What happens while it is down. */
	while (oracle.nknown > 0 && rng_chance(&dice, 20) && n-- > 0) {
		op = world_admin(&world, &dice, &memory_dev);
		act(&op);
	}
	if (rng_chance(&dice, 2)) {
		trace("the ledger is lost", NULL);
		unlink(oracle.ledger);
		oracle_forget(&oracle);
	}
	memory_now_ns += 1000000;
	oracle_restart(&oracle);
	if ((channel = memory_start(&world)) == -1)
		errx(2, "privd does not start: %s",
		    memory_ended() != NULL ? memory_ended() : "link");
	oracle_seen(&oracle, &memory_dev);
	oracle_ledger(&oracle, &memory_dev);
}

static void
new_world(void)
{
	count.worlds++;
	world_make(&world, rng_next(&dice));
	snap_copy(&memory_dev, &world.start);
	snap_copy(&before, &world.start);
	memcpy(old_secret, world.start.secret, KEY_LEN);
	unlink(oracle.ledger);
	oracle_init(&oracle, &world.scene, oracle.ledger);
	attack_init(&attacker, &world, rng_next(&dice));
	secrets_forget();
	learn_secrets();
	memory_removes = rng_chance(&dice, 50);
	start("another world");
}

/* Sends one message and judges what comes of it. */
static void
attack(const struct attack *a)
{
	static struct request r;
	unsigned int phase = memory_phase(), answers;
	const char *wrong = wire_parse(a, phase, &r);
	bool crash = memory_fault >= FAULT_CRASH_LEDGER;

	trace(NULL, a);
	count.messages++;
	if (!transmit(channel, a))
		errx(2, "the channel is full");
	memory_turn();
	judge();
	answers = listen_to(wrong == NULL ? &r : NULL);
	if (memory_ended() != NULL) {
		if (wrong == NULL && !crash)
			oracle_broken(&oracle, 6,
			    "a good message ended privd: %s", memory_ended());
		if (!crash && wrong != NULL && answers > 0)
			oracle_broken(&oracle, 6, "answered, then ended");
		return;
	}
	if (wrong != NULL)
		oracle_broken(&oracle, 6, "taken, with a bad %s", wrong);
	else if (answers != (phase == PH_RUN))
		oracle_broken(&oracle, 6, "%u answers to one message", answers);
	count.done += answers;
}

/* Many at once, and nothing is read until privd has done them all, or can't
 * say any more. */
static void
flood(void)
{
	static struct attack a;
	static struct request r;
	bool good = true;

	trace("a flood, not read", NULL);
	for (int i = 0; i < 600 && good; i++) {
		attack_valid(&attacker, &memory_dev,
		    rng_chance(&dice, 50) ? MSG_DEVICE_GET : MSG_SEAL, &a);
		good = wire_parse(&a, memory_phase(), &r) == NULL &&
		    transmit(channel, &a);
		count.messages += good;
	}
	while (memory_turn() && memory_ended() == NULL)
		judge();
	judge();
	listen_to(NULL);
}

static void
close_channel(void)
{
	trace("the channel is closed, one way or both", NULL);
	shutdown(channel, rng_chance(&dice, 50) ? SHUT_WR : SHUT_RDWR);
	while (memory_turn() && memory_ended() == NULL)
		judge();
	if (memory_ended() == NULL)
		oracle_broken(&oracle, 6, "netd is gone and privd stays");
}

/* Time, faults and the administrator between two messages. */
static void
between(void)
{
	uint32_t d = rng_below(&dice, 1000);
	struct admin_op op;

	memory_now_ns += 1;
	memory_now_ns += attacker.burst > 0 ? rng_below(&dice, 3000000)
	    : d < 900			    ? rng_below(&dice, 20000000)
	    : d < 990 ? INT64_C(1000) * rng_below(&dice, 500000)
		      : INT64_C(100000) * rng_below(&dice, 300000);
	if (memory_phase() != PH_RUN)
		return;
	d = rng_below(&dice, 1000);
	if (d < 30 && memory_is_fresh()) {
		op = world_admin(&world, &dice, &memory_dev);
		act(&op);
	} else if (d >= 980)
		memory_fault = (enum fault)(1 + rng_below(&dice, FAULTS - 1));
}

static void
step(void)
{
	static struct attack a;
	uint32_t d = rng_below(&dice, 10000);

	between();
	if (memory_phase() == PH_RUN && d < 3)
		flood();
	else if (d < 10)
		close_channel();
	else {
		attack_next(&attacker, &memory_dev, memory_phase(), &a);
		attack(&a);
	}
	memory_fault = FAULT_NONE;
	if (d >= 9900 && memory_ended() == NULL && memory_is_fresh())
		oracle_ledger(&oracle, &memory_dev);
}

static void
usage(void)
{
	fprintf(stderr, "usage: hostile [--seed n] [--messages n]\n");
	exit(2);
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

static void
report(uint64_t seed, double s)
{
	printf("seed %" PRIu64 ": %" PRIu64 " messages in %.1f s (%.0f/s), "
	       "%" PRIu64 " worlds, %" PRIu64 " answers, %" PRIu64
	       " changes, %" PRIu64 " by the administrator, %" PRIu64 " ends\n",
	    seed, count.messages, s, (double)count.messages / s, count.worlds,
	    count.done, count.changes, count.admin, count.ends);
	for (size_t i = 0; i < count.nreasons; i++)
		printf("  end    %8" PRIu64 "  %s\n", count.reason[i].n,
		    count.reason[i].text);
	for (unsigned int i = RULE_ALLOWED; i <= RULE_REMAKE_SESSION; i++)
		printf("  rule %2u %7" PRIu64 "  %s\n", i, count.refused[i],
		    policy_text((enum policy_rule)i));
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"messages", required_argument, NULL, 'm'}, {NULL, 0, NULL, 0}};
	static struct attack a;
	uint64_t seed = 1, messages = 100000, until = 0;
	char dir[] = "/tmp/wirelink-hostile-XXXXXX", path[64];
	int64_t start_ns = memory_real_ns();
	size_t row = 0;
	bool table = true;
	int ch;

	while ((ch = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (ch) {
		case 's':
			seed = number(optarg);
			break;
		case 'm':
			messages = number(optarg);
			break;
		default:
			usage();
		}
	}
	log_init("hostile", true, LOG_LVL_ERR);
	if (mkdtemp(dir) == NULL)
		err(2, "%s", dir);
	snprintf(path, sizeof path, "%s/ledger", dir);
	oracle.ledger = path;
	dice.state = seed;
	memory_now_ns = INT64_C(1000000000000);
	memory_init(&oracle, dir, path);
	while (count.messages < messages && oracle.broken[0] == '\0') {
		if (count.messages >= until) {
			until = count.messages + WORLD_MESSAGES;
			new_world();
		}
		if (memory_ended() != NULL) {
			count_end(memory_ended());
			start(memory_ended());
		}
		if (!table ||
		    (memory_phase() == PH_BOOT && rng_chance(&dice, 80))) {
			step();
			continue;
		}
		/* First of all, all single faults, one after the other. */
		memory_now_ns += 1000000;
		if ((table = attack_table(&attacker, &memory_dev, &row, &a)))
			attack(&a);
	}
	memory_tidy();
	unlink(path);
	rmdir(dir);
	if (oracle.broken[0] != '\0') {
		printf("%s\nseed %" PRIu64 ", message %" PRIu64
		       "; the last ones:\n",
		    oracle.broken, seed, count.messages);
		trace_print();
		return 1;
	}
	report(seed, (double)(memory_real_ns() - start_ns) / 1e9);
	return 0;
}
