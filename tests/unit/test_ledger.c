/* privd/ledger.c: what survives a restart, and what must not. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "privd/ledger.h"

static char dir[] = "/tmp/wirelink-ledger-XXXXXX";
static char path[64];
static struct key device;

static struct key
K(char c) {
	struct key k;

	memset(k.b, c, sizeof k.b);
	return k;
}

static struct prefix
P(const char *s) {
	struct prefix p;

	cr_assert_eq(prefix_parse(s, &p), 0);
	return p;
}

static void
setup(void)
{
	log_init("test", true, LOG_LVL_ERR);
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/wl0.ledger", dir);
	device = K('x');
}

static void
teardown(void)
{
	unlink(path);
	rmdir(dir);
}

TestSuite(ledger, .init = setup, .fini = teardown);

static void
reopen(struct ledger *l, const struct key *key, uint32_t ifindex)
{
	cr_assert_eq(ledger_open(l, path), 0, "%s", strerror(errno));
	cr_assert_eq(ledger_bind(l, key, ifindex), 0);
}

static void
fill(struct ledger *l)
{
	struct key a = K('A'), b = K('B');
	struct prefix p = P("10.0.0.9/32"), q = P("2001:db8::/48");

	reopen(l, &device, 7);
	cr_assert_eq(ledger_add(l, LEDGER_PEER, &a, NULL), 0);
	cr_assert_eq(ledger_add(l, LEDGER_PREFIX, &a, &p), 0);
	cr_assert_eq(ledger_add(l, LEDGER_WITHDRAWN, &b, &q), 0);
	cr_assert_eq(l->used, 3);
}

Test(ledger, survives_a_restart)
{
	struct ledger l, again;
	struct stat st;

	fill(&l);
	/* The same once more takes no room. */
	cr_assert_eq(ledger_add(&l, LEDGER_PEER, &l.rec[0].key, NULL), 0);
	cr_assert_eq(l.used, 3);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	close(l.fd);
	reopen(&again, &device, 7);
	cr_assert_eq(again.n, 3);
	cr_assert_eq(again.used, 3);
	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(again.rec[i].kind, l.rec[i].kind);
		cr_expect(key_eq(&again.rec[i].key, &l.rec[i].key));
		cr_expect(prefix_eq(&again.rec[i].prefix, &l.rec[i].prefix));
	}
}

Test(ledger, other_device_starts_afresh)
{
	struct ledger l, again;
	struct key other = K('y');

	fill(&l);
	close(l.fd);
	reopen(&again, &other, 7);
	cr_assert_eq(again.used, 0);
	close(again.fd);
	/* And for good. */
	reopen(&again, &device, 7);
	cr_assert_eq(again.used, 0);
}

Test(ledger, other_index_starts_afresh)
{
	struct ledger l, again;

	fill(&l);
	close(l.fd);
	reopen(&again, &device, 8);
	cr_assert_eq(again.used, 0);
}

Test(ledger, rebinding)
{
	struct ledger l, again;

	fill(&l);
	cr_assert_eq(ledger_bind(&l, &device, 7), 0);
	cr_assert_eq(l.used, 3);
	cr_assert_eq(ledger_bind(&l, &device, 9), 0);
	cr_assert_eq(l.used, 0);
	close(l.fd);
	reopen(&again, &device, 9);
	cr_assert_eq(again.used, 0);
}

Test(ledger, one_holder)
{
	struct ledger l, second;

	fill(&l);
	errno = 0;
	cr_assert_eq(ledger_open(&second, path), -1);
	cr_assert_eq(errno, EWOULDBLOCK);
}

Test(ledger, link_or_open_file_is_refused)
{
	struct ledger l;
	char target[80];
	int fd;

	snprintf(target, sizeof target, "%s/other", dir);
	cr_assert_eq(symlink(target, path), 0);
	cr_expect_eq(ledger_open(&l, path), -1);
	cr_expect_eq(errno, ELOOP);
	unlink(path);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	fchmod(fd, 0644);
	close(fd);
	cr_expect_eq(ledger_open(&l, path), -1);
	cr_expect_eq(errno, EPERM);
}

/* Damage of any kind: nothing of it is believed. */
Test(ledger, damaged)
{
	static const struct {
		off_t at;
		const char *bytes;
		size_t len;
	} cases[] = {
	    {0, "W", 1}, /* magic */
	    {64, "\x09", 1}, /* kind */
	    {65, "\x04", 1}, /* a prefix on a peer */
	    {128 + 1, "\x07", 1}, /* family */
	    {128 + 18, "\xff", 1}, /* length */
	    {128 + 60, "x", 1}, /* behind the fields */
	    {256, "\x01\x00", 2}, /* half a record */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ledger l;

		unlink(path);
		fill(&l);
		cr_assert_eq(
		    pwrite(l.fd, cases[i].bytes, cases[i].len, cases[i].at),
		    (ssize_t)cases[i].len);
		close(l.fd);
		reopen(&l, &device, 7);
		cr_expect_eq(l.used, 0, "case %zu", i);
		close(l.fd);
	}
}

Test(ledger, too_long)
{
	struct ledger l;

	fill(&l);
	cr_assert_eq(ftruncate(l.fd, 64 + (LEDGER_MAX + 1) * 64), 0);
	close(l.fd);
	reopen(&l, &device, 7);
	cr_assert_eq(l.used, 0);
}

Test(ledger, full)
{
	struct ledger l;
	struct key k = K('k');

	reopen(&l, &device, 7);
	for (unsigned int i = 0; i < LEDGER_MAX; i++) {
		memcpy(k.b, &i, sizeof i);
		/* A full scan each: fill it by hand but for the last ones. */
		if (i < LEDGER_MAX - 2) {
			l.rec[l.n++] =
			    (struct ledger_rec){.kind = LEDGER_PEER, .key = k};
			l.used++;
		} else {
			cr_assert_eq(ledger_add(&l, LEDGER_PEER, &k, NULL), 0);
		}
	}
	cr_assert_eq(l.used, LEDGER_MAX);
	k = K('!');
	cr_assert_eq(ledger_add(&l, LEDGER_PEER, &k, NULL), -1);
	cr_assert_eq(errno, ENOSPC);
}

Test(ledger, failed_write_is_not_taken)
{
	struct ledger l;
	struct key a = K('A');

	reopen(&l, &device, 7);
	close(l.fd);
	l.fd = open(path, O_RDONLY);
	cr_assert_eq(ledger_add(&l, LEDGER_PEER, &a, NULL), -1);
	cr_assert_eq(l.used, 0);
}

/* What could not be struck out must not be an addition of ours to the next
 * one who reads the file. */
Test(ledger, failed_write_is_tried_again)
{
	static struct wg_device none;
	struct ledger l;
	int fd;

	fill(&l);
	fd = l.fd;
	l.fd = -1;
	ledger_apply(&l, &none);
	cr_expect_eq(l.used, 3);
	l.fd = fd;
	ledger_apply(&l, &none);
	cr_expect_eq(l.used, 0);
	close(l.fd);
	reopen(&l, &device, 7);
	cr_expect_eq(l.used, 0);
	close(l.fd);
}

Test(ledger, apply_marks_and_forgets)
{
	struct m_prefix held[2] = {
	    {P("10.0.0.9/32"), false}, {P("10.0.0.2/32"), false}};
	struct wg_peer peers[2] = {
	    {.key = K('A'), .nprefixes = 2}, {.key = K('B'), .first = 2}};
	struct wg_device d = {
	    .npeers = 2, .peers = peers, .nprefixes = 2, .prefixes = held};
	struct ledger l;

	fill(&l);
	ledger_apply(&l, &d);
	cr_expect_eq(l.used, 3);
	cr_expect(peers[0].ours && held[0].ours);
	cr_expect_not(peers[1].ours || held[1].ours);
	/* The withdrawn one is back. */
	d.nprefixes = 3;
	held[1].prefix = P("2001:db8::/48");
	peers[0].nprefixes = 1;
	peers[1].first = 1;
	peers[1].nprefixes = 1;
	ledger_apply(&l, &d);
	cr_expect_eq(l.used, 2);
	cr_expect_not(held[1].ours);
	/* Our prefix is gone; then the peer itself. */
	peers[0].nprefixes = 0;
	ledger_apply(&l, &d);
	cr_expect_eq(l.used, 1);
	d.npeers = 0;
	ledger_apply(&l, &d);
	cr_expect_eq(l.used, 0);
	cr_expect_eq(l.n, 0);
	close(l.fd);
	/* In the file as well. */
	reopen(&l, &device, 7);
	cr_expect_eq(l.used, 0);
}

/* After eject all that is on the device is the administrator's, also for
 * who reads the file later. */
Test(ledger, forget)
{
	struct ledger l;
	struct key k = K('a');
	struct prefix p = P("10.0.0.2/32");

	reopen(&l, &device, 3);
	cr_assert_eq(ledger_add(&l, LEDGER_PEER, &k, NULL), 0);
	cr_assert_eq(ledger_add(&l, LEDGER_PREFIX, &k, &p), 0);
	cr_assert_eq(ledger_forget(&l), 0);
	cr_expect_eq(l.used, 0);
	close(l.fd);
	reopen(&l, &device, 3);
	cr_expect_eq(l.used, 0);
	cr_assert_eq(ledger_add(&l, LEDGER_PREFIX, &k, &p), 0, "in use again");
	close(l.fd);
	reopen(&l, &device, 3);
	cr_expect_eq(l.used, 1);
}
