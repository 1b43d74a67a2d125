/* common/log.c: lines, limits, and what is made of bytes from outside. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* stderr is one end of it: what is written at once is read at once. */
static int lines[2];

static void
setup(void)
{
	cr_assert_eq(
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, lines), 0);
	cr_assert_eq(dup2(lines[0], STDERR_FILENO), STDERR_FILENO);
	log_init("wirelinkd", true, LOG_LVL_DEBUG);
}

TestSuite(log, .init = setup);

/* The next line, or "" when there is none. */
static const char *
line(void)
{
	static char buf[8192];
	ssize_t n = recv(lines[1], buf, sizeof(buf) - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

Test(log, lines)
{
	log_info("up, %d peers", 3);
	cr_expect_str_eq(line(), "wirelinkd: up, 3 peers\n");
	log_ifname("wg0");
	log_info("up");
	cr_expect_str_eq(line(), "wirelinkd(wg0): up\n");
	log_debug("up");
	cr_expect_str_eq(line(), "wirelinkd(wg0): debug: up\n");
	log_warnx("up");
	cr_expect_str_eq(line(), "wirelinkd(wg0): warning: up\n");
	log_errx("up");
	cr_expect_str_eq(line(), "wirelinkd(wg0): error: up\n");
	errno = ENOENT;
	log_warn("%s", "up");
	cr_expect_str_eq(
	    line(), "wirelinkd(wg0): warning: up: No such file or directory\n");
	errno = EPERM;
	log_err("up");
	cr_expect_str_eq(
	    line(), "wirelinkd(wg0): error: up: Operation not permitted\n");
	cr_expect_str_eq(line(), "");
}

Test(log, levels)
{
	for (int level = LOG_LVL_ERR; level <= LOG_LVL_DEBUG; level++) {
		int n = 0;

		log_set_level((enum log_level)level);
		cr_expect_eq((int)log_get_level(), level);
		log_errx("x");
		log_warnx("x");
		log_info("x");
		log_debug("x");
		while (line()[0] != '\0')
			n++;
		cr_expect_eq(n, level + 1);
	}
}

Test(log, errno_is_kept)
{
	errno = EBUSY;
	log_info("x");
	log_debug("x");
	log_warn("x");
	log_err("x");
	cr_expect_eq(errno, EBUSY);
	/* Also when the log is gone, or is not asked for. */
	close(STDERR_FILENO);
	log_info("x");
	cr_expect_eq(errno, EBUSY);
	log_set_level(LOG_LVL_ERR);
	log_info("x");
	cr_expect_eq(errno, EBUSY);
}

Test(log, long_lines_are_cut)
{
	static char text[5000];
	const char *l;

	memset(text, 'x', sizeof(text) - 1);
	log_ifname("a-name-that-is-too-long");
	errno = ENOENT;
	log_err("%s", text);
	l = line();
	cr_expect_leq(strlen(l), 1024);
	cr_expect_geq(strlen(l), 800);
	cr_expect_eq(l[strlen(l) - 1], '\n');
	cr_expect_eq(strchr(l, '\n'), l + strlen(l) - 1);
	cr_expect_eq(
	    strncmp(l, "wirelinkd(a-name-that-is-t): ", 23), 0, "%s", l);
	cr_expect_str_eq(line(), "", "one line is one write");
}

/* For whom asked for what is logged: errors and warnings, up to the bound. */
Test(log, kept)
{
	char text[33];

	memset(text, 'x', sizeof(text));
	text[0] = '\0';
	log_keep(text, sizeof(text));
	log_warnx("one");
	log_info("not this");
	errno = EPERM;
	log_err("%s", "");
	cr_expect_str_eq(text, "one\n: Operation not permitted");
	cr_expect_eq(strlen(text), sizeof(text) - 4);
	log_errx("23");
	cr_expect_str_eq(text, "one\n: Operation not permitted\n23");
	cr_expect_eq(strlen(text), sizeof(text) - 1);
	log_errx("none");
	cr_expect_eq(strlen(text), sizeof(text) - 1, "it is full");
	log_keep(NULL, 0);
	text[0] = '\0';
	log_errx("none");
	cr_expect_str_eq(text, "");
	log_set_level(LOG_LVL_ERR);
	log_keep(text, sizeof(text));
	log_warnx("none");
	cr_expect_str_eq(text, "", "what isn't logged isn't kept");
	log_keep(NULL, 0);
}

Test(log, not_to_stderr_in_the_background)
{
	log_init("wirelinkd", false, LOG_LVL_INFO);
	log_info("to syslog, from a unit test");
	cr_expect_str_eq(line(), "");
}

static void
expect_exit_1(void (*f)(void), const char *want)
{
	pid_t pid = fork();
	int status;

	cr_assert_neq(pid, -1);
	if (pid == 0) {
		f();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	cr_expect_eq(WEXITSTATUS(status), 1);
	cr_expect_str_eq(line(), want);
	cr_expect_str_eq(line(), "");
}

static void
die(void)
{
	errno = EACCES;
	fatal("can't %s", "go on");
}

static void
diex(void)
{
	errno = EACCES;
	fatalx("can't %s", "go on");
}

Test(log, fatal)
{
	/* Whatever the level. */
	log_set_level(LOG_LVL_ERR);
	expect_exit_1(
	    die, "wirelinkd: error: can't go on: Permission denied\n");
	expect_exit_1(diex, "wirelinkd: error: can't go on\n");
}

Test(log, limit)
{
	static const struct {
		int64_t now_ns;
		bool allowed;
		unsigned int suppressed;
	} rows[] = {
	    {0, true, 0},
	    {0, true, 0},
	    {0, true, 0},
	    {0, false, 0},
	    {99, false, 0},
	    {100, true, 2},
	    {100, false, 0},
	    {199, false, 0},
	    {200, true, 2},
	    {1000, true, 0},
	    {1001, false, 0},
	    /* A long silence saves nothing up. */
	    {9000, true, 1},
	    {9001, false, 0},
	};
	struct log_limit l = {.burst = 3, .interval_ns = 100};

	for (size_t i = 0; i < N(rows); i++) {
		unsigned int n = 99;

		cr_expect_eq(log_allowed(&l, rows[i].now_ns, &n),
		    rows[i].allowed, "row %zu", i);
		cr_expect_eq(n, rows[i].suppressed, "row %zu: %u", i, n);
	}
}

Test(log, escape)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} rows[] = {
	    {"", 0, ""},
	    {"plain text ~", 12, "plain text ~"},
	    {"a\nb", 3, "a\\x0ab"},
	    {"\0", 1, "\\x00"},
	    {"\x1b[2J", 4, "\\x1b[2J"},
	    {"\x7f", 1, "\\x7f"},
	    {"\\x41", 4, "\\x5cx41"},
	    {"b\xc3\xa4r", 4, "b\xc3\xa4r"},
	    {"\xe2\x82\xac", 3, "\xe2\x82\xac"},
	    {"\xf0\x9f\x94\x97", 4, "\xf0\x9f\x94\x97"},
	    /* Not UTF-8: cut, alone, too long, a surrogate, too high. */
	    {"\xc3", 1, "\\xc3"},
	    {"\xe2\x82", 2, "\\xe2\\x82"},
	    {"\xa4", 1, "\\xa4"},
	    {"\xc3(", 2, "\\xc3("},
	    {"\xc0\xaf", 2, "\\xc0\\xaf"},
	    {"\xe0\x80\xaf", 3, "\\xe0\\x80\\xaf"},
	    {"\xed\xa0\x80", 3, "\\xed\\xa0\\x80"},
	    {"\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80"},
	    {"\xff", 1, "\\xff"},
	    /* C1 controls and marks that reorder a line. */
	    {"\xc2\x9b", 2, "\\xc2\\x9b"},
	    {"\xe2\x80\xae", 3, "\\xe2\\x80\\xae"},
	    {"\xe2\x81\xa6", 3, "\\xe2\\x81\\xa6"},
	    {"\xef\xbb\xbf", 3, "\\xef\\xbb\\xbf"},
	};

	for (size_t i = 0; i < N(rows); i++) {
		char out[64];

		cr_expect_eq(
		    log_escape(rows[i].in, rows[i].len, out, sizeof(out)), out);
		cr_expect_str_eq(out, rows[i].out, "row %zu", i);
	}
}

/* In every size: ends within it, and says so when something is missing. */
Test(log, escape_in_little_room)
{
	static const struct {
		const char *in;
		const char *out; /* in full */
	} rows[] = {
	    {"abcdefghijklmnop", "abcdefghijklmnop"},
	    {"\1\2\3\4", "\\x01\\x02\\x03\\x04"},
	    {"ab\1cd\xc3\xa4"
	     "ef\xff",
		"ab\\x01cd\xc3\xa4"
		"ef\\xff"},
	    {"\xf0\x9f\x94\x97\xf0\x9f\x94\x97\xf0\x9f\x94\x97",
		"\xf0\x9f\x94\x97\xf0\x9f\x94\x97\xf0\x9f\x94\x97"},
	};

	for (size_t i = 0; i < N(rows); i++) {
		for (size_t size = 8; size < 32; size++) {
			char *out = malloc(size), *end;
			size_t len;

			log_escape(rows[i].in, strlen(rows[i].in), out, size);
			len = strlen(out);
			cr_assert_lt(len, size);
			if (strlen(rows[i].out) < size) {
				cr_expect_str_eq(out, rows[i].out);
			} else {
				end = out + len - 3;
				cr_assert_geq(len, 3);
				cr_expect_str_eq(end, "...", "%zu", size);
				cr_expect_eq(strncmp(out, rows[i].out, len - 3),
				    0, "row %zu in %zu", i, size);
			}
			free(out);
		}
	}
}
