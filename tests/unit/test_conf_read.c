/* common/confread.c: which files are read, and their lines. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/confread.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct confread cr;

/* Everything that is read, as "[name]", "name=value;" and "!" for an error,
 * which ends it. */
static const char *
all(void)
{
	static char out[8192];
	size_t o = 0;

	out[0] = '\0';
	for (;;) {
		enum confread_item item = confread_next(&cr);
		int n = 0;

		if (item == CONFREAD_SECTION)
			n = snprintf(out + o, sizeof(out) - o, "[%s]", cr.name);
		else if (item == CONFREAD_ENTRY)
			n = snprintf(out + o, sizeof(out) - o, "%s=%s;",
			    cr.name, cr.value);
		else {
			if (item != CONFREAD_END)
				strlcat(out, "!", sizeof(out));
			return out;
		}
		o += (size_t)n;
		cr_assert_lt(o, sizeof(out) - 2);
	}
}

Test(conf_read, items)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
	    {"", ""},
	    {"\n\n \t\n", ""},
	    {"# only\n  # comments", ""},
	    {"[Peer]", "[Peer]"},
	    {"[Peer]\n", "[Peer]"},
	    {"  [Peer]\t\r\n", "[Peer]"},
	    {"[Peer] # one", "[Peer]"},
	    {"[pEER]", "[pEER]"}, /* names are the caller's to compare */
	    {"a=b", "a=b;"},
	    {"a = b", "a=b;"},
	    {"\ta\t=\tb\t", "a=b;"},
	    {"a=b\r\nc=d\r\n", "a=b;c=d;"},
	    {"a = b c", "a=b c;"},
	    {"a b = c", "a b=c;"},
	    {"a = b = c", "a=b = c;"},
	    {"a ==", "a==;"},
	    {"a = b # c", "a=b;"},
	    {"a = b\t#c", "a=b;"},
	    {"a = b#c", "a=b#c;"},
	    {"a = b#c #d", "a=b#c;"},
	    {"a = \xc3\xa4", "a=\xc3\xa4;"},
	    {"[A]\na=b\n\n[B]\nc=d\n", "[A]a=b;[B]c=d;"},
	    {"a", "!"},
	    {"a b", "!"},
	    {"=b", "!"},
	    {" = b", "!"},
	    {"a=", "!"},
	    {"a= \t", "!"},
	    {"a = # b", "!"},
	    {"a #= b", "!"},
	    {"[", "!"},
	    {"[]", "!"},
	    {"[a", "!"},
	    {"[a] b", "!"},
	    {"]", "!"},
	    {"a = b\x01", "!"},
	    {"a = b\x7f", "!"},
	    {"a = \x1b[0m", "!"},
	    {"# \x01", "!"},
	    {"a = b\rc", "!"},
	    {"a = b\r\r\n", "!"},
	    {"a = b\vc", "!"},
	    {"a = b\nc\n", "a=b;!"},
	};

	for (size_t i = 0; i < N(rows); i++) {
		cr_assert_eq(
		    confread_memory(&cr, "f", rows[i].in, strlen(rows[i].in)),
		    0);
		cr_expect_str_eq(
		    all(), rows[i].out, "row %zu: %s", i, rows[i].in);
		confread_close(&cr);
	}
}

Test(conf_read, errors_name_the_line)
{
	static const struct {
		const char *in;
		size_t len;
		const char *error;
	} rows[] = {
	    {"\n\nnonsense\n", 11,
		"wg0.conf:3: expected \"Key = value\" or [Section]"},
	    {"[A]\n# x\n[B", 10, "wg0.conf:3: expected [Section]"},
	    {"Port =\n", 7, "wg0.conf:1: Port has no value"},
	    {"\n= 1\n", 5, "wg0.conf:2: nothing before \"=\""},
	    {"a = b\0c\n", 8, "wg0.conf:1: control character 0x00"},
	    {"\0", 1, "wg0.conf:1: control character 0x00"},
	    {"a=b\r\n\r\n\x1f", 8, "wg0.conf:3: control character 0x1f"},
	};

	for (size_t i = 0; i < N(rows); i++) {
		enum confread_item item;

		cr_assert_eq(
		    confread_memory(&cr, "wg0.conf", rows[i].in, rows[i].len),
		    0);
		while ((item = confread_next(&cr)) != CONFREAD_ERROR)
			cr_assert_neq(item, CONFREAD_END, "row %zu", i);
		cr_expect_str_eq(cr.error, rows[i].error);
		confread_close(&cr);
	}
}

Test(conf_read, lines_are_counted)
{
	static const char text[] = "# 1\n[A]\n\na=b\r\nc=d";
	static const unsigned int want[] = {2, 4, 5};

	cr_assert_eq(confread_memory(&cr, "f", text, strlen(text)), 0);
	for (size_t i = 0; i < N(want); i++) {
		confread_next(&cr);
		cr_expect_eq(cr.line, want[i]);
	}
	cr_expect_eq(confread_next(&cr), CONFREAD_END);
	cr_expect_eq(confread_next(&cr), CONFREAD_END);
	cr_expect_eq(confread_fail(&cr, "bad %s", "thing"), -1);
	cr_expect_str_eq(cr.error, "f:5: bad thing");
	confread_close(&cr);
}

/* The longest line there may be, of each kind, and one byte more. */
Test(conf_read, long_lines)
{
	static const struct {
		const char *head;
		char fill;
		const char *tail;
		bool good;
	} rows[] = {
	    {"a=", 'x', "", true},
	    {"", 'x', "=b", true},
	    {"", 'x', "=", false}, /* no value, but it is read */
	    {"[", 'x', "]", true},
	    {"#", 'x', "", true},
	    {"a=b #", 'x', "", true},
	    {"", ' ', "", true},
	    {"", 'x', "", false},
	};

	for (size_t i = 0; i < N(rows); i++) {
		for (size_t len = CONFREAD_LINE_MAX - 1;
		     len <= CONFREAD_LINE_MAX + 1; len++) {
			char text[CONFREAD_LINE_MAX + 8], want[96];
			size_t tail = strlen(rows[i].tail);
			bool bad = false;
			enum confread_item item;

			memset(text, rows[i].fill, len);
			memcpy(text, rows[i].head, strlen(rows[i].head));
			memcpy(text + len - tail, rows[i].tail, tail);
			memcpy(text + len, "\r\n", 2);
			cr_assert_eq(
			    confread_memory(&cr, "f", text, len + 2), 0);
			while (
			    (item = confread_next(&cr)) != CONFREAD_END && !bad)
				bad = item == CONFREAD_ERROR;
			cr_expect_eq(bad,
			    !rows[i].good || len > CONFREAD_LINE_MAX,
			    "row %zu, %zu bytes", i, len);
			snprintf(want, sizeof(want),
			    "f:1: line has %zu bytes, at most %d are read", len,
			    CONFREAD_LINE_MAX);
			if (len > CONFREAD_LINE_MAX)
				cr_expect_str_eq(cr.error, want);
			confread_close(&cr);
		}
	}
}

Test(conf_read, long_errors_fit)
{
	static char path[300], text[1000];

	memset(path, 'p', sizeof(path) - 1);
	memset(text, 't', sizeof(text) - 1);
	cr_assert_eq(confread_memory(&cr, path, "", 0), 0);
	cr.line = 4294967295u;
	confread_fail(&cr, "%s", text);
	cr_expect_lt(strlen(cr.error), (size_t)CONFREAD_ERR_MAX);
	cr_expect_not_null(strstr(cr.error, "p:4294967295: ttt"));
	confread_close(&cr);
}

/* Any byte in any place of a small file: an item, an end or an error, and
 * always an end of it. */
Test(conf_read, any_byte)
{
	static const char text[] = "[A]\nkey = value # c\r\n";

	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		for (unsigned int c = 0; c < 256; c++) {
			char changed[sizeof(text)];
			size_t n = 0;

			memcpy(changed, text, sizeof(text));
			changed[at] = (char)c;
			cr_assert_eq(confread_memory(
					 &cr, "f", changed, sizeof(text) - 1),
			    0);
			while (confread_next(&cr) != CONFREAD_END)
				cr_assert_leq(++n, 4);
			confread_close(&cr);
		}
	}
}

static char dir[] = "/tmp/wirelink-confread-XXXXXX";

static void
enter(void)
{
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
}

static void
leave(void)
{
	static const char *const names[] = {
	    "good", "mode", "owner", "link", "fifo", "large", "larger"};

	for (size_t i = 0; i < N(names); i++)
		unlink(names[i]);
	rmdir("dir");
	cr_assert_eq(chdir("/"), 0);
	rmdir(dir);
}

TestSuite(conf_read_file, .init = enter, .fini = leave);

static void
make_file(const char *name, mode_t mode, const char *text, off_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	cr_assert_neq(fd, -1);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	if (size > 0)
		cr_assert_eq(ftruncate(fd, size), 0);
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void
expect_error(const char *path, int error, const char *text)
{
	errno = 0;
	cr_expect_eq(confread_open(&cr, path), -1, "%s", path);
	cr_expect_eq(errno, error, "%s", path);
	cr_expect_str_eq(cr.error, text);
	cr_expect_null(cr.text);
}

Test(conf_read_file, good)
{
	make_file("good", 0600, "[A]\na = b\n", 0);
	cr_assert_eq(confread_open(&cr, "good"), 0, "%s", cr.error);
	cr_expect_str_eq(all(), "[A]a=b;");
	confread_close(&cr);
	/* Twice does no harm. */
	confread_close(&cr);
}

Test(conf_read_file, modes)
{
	static const mode_t modes[] = {
	    0400, 0600, 0640, 0644, 0755, 0620, 0602, 0666, 0777};

	for (size_t i = 0; i < N(modes); i++) {
		bool good = (modes[i] & 022) == 0;
		char want[96];

		make_file("mode", modes[i], "a=b", 0);
		snprintf(want, sizeof(want),
		    "mode: is writable by others (mode %04o), must not be",
		    (unsigned int)modes[i]);
		if (good) {
			cr_expect_eq(confread_open(&cr, "mode"), 0, "%04o",
			    (unsigned int)modes[i]);
			confread_close(&cr);
		} else {
			expect_error("mode", EINVAL, want);
		}
		unlink("mode");
	}
}

Test(conf_read_file, owner)
{
	make_file("owner", 0600, "a=b", 0);
	cr_assert_eq(chown("owner", 65534, 0), 0);
	expect_error("owner", EINVAL,
	    "owner: belongs to uid 65534, must belong to root");
}

Test(conf_read_file, kinds)
{
	make_file("good", 0600, "a=b", 0);
	cr_assert_eq(symlink("good", "link"), 0);
	cr_assert_eq(mkdir("dir", 0700), 0);
	cr_assert_eq(mkfifo("fifo", 0600), 0);
	expect_error("link", ELOOP, "link: is a symbolic link");
	expect_error("dir", EINVAL, "dir: is not a regular file");
	/* Nobody writes to it, and nobody waits for that. */
	expect_error("fifo", EINVAL, "fifo: is not a regular file");
	expect_error("/dev/null", EINVAL, "/dev/null: is not a regular file");
	expect_error("none", ENOENT, "none: No such file or directory");
}

Test(conf_read_file, sizes)
{
	make_file("large", 0600, "a=b\n", CONFREAD_FILE_MAX);
	cr_assert_eq(confread_open(&cr, "large"), 0, "%s", cr.error);
	cr_expect_eq(cr.len, (size_t)CONFREAD_FILE_MAX);
	cr_expect_eq(confread_next(&cr), CONFREAD_ENTRY);
	confread_close(&cr);
	make_file("larger", 0600, "a=b\n", CONFREAD_FILE_MAX + 1);
	expect_error("larger", EINVAL,
	    "larger: has 1048577 bytes, at most 1048576 are read");
}

Test(conf_read_file, no_descriptor_is_left)
{
	int before = dup(0), after;

	make_file("good", 0600, "a=b", 0);
	cr_assert_eq(mkdir("dir", 0700), 0);
	cr_expect_eq(confread_open(&cr, "dir"), -1);
	cr_expect_eq(confread_open(&cr, "good"), 0);
	confread_close(&cr);
	close(before);
	after = dup(0);
	cr_expect_eq(before, after);
	close(after);
}
