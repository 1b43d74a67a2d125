/* wirelinkctl top: rates, and what fits on a screen. */
#include <criterion/criterion.h>

#include <string.h>

#include "netd/ctl/view.h"
#include "tests/unit/printed.h"

#define SECOND INT64_C(1000000000)

static struct ctl_peer peers[2];
static struct ctl_answer a = {.npeers = 2, .peers = peers};
static struct ctl_rates r;
static const struct ctl_style plain;

static const char *
table(int64_t now_ns)
{
	r.now_ns = now_ns;
	ctl_print_rates(&a, &r, &plain, print_start());
	return printed();
}

static void
setup(void)
{
	for (uint8_t i = 0; i < 2; i++) {
		memset(peers[i].key.b, i + 1, KEY_LEN);
		peers[i].name[0] = (uint8_t)('a' + i);
		peers[i].name_len = 1;
	}
}

TestSuite(ctl_top, .init = setup);

Test(ctl_top, the_busiest_first)
{
	const char *text = table(SECOND);

	cr_expect_null(strstr(text, "B/s"), "nothing is known yet: %s", text);
	peers[1].rx_bytes = 3000;
	peers[1].tx_bytes = 5;
	text = table(3 * SECOND);
	cr_expect_lt(strstr(text, "\nb "), strstr(text, "\na "), "%s", text);
	cr_expect_not_null(strstr(text, "1.5 kB/s  2 B/s"), "%s", text);
	cr_expect_not_null(strstr(text, "0 B/s     0 B/s"), "%s", text);
	peers[0].rx_bytes = UINT64_MAX;
	text = table(4 * SECOND);
	cr_expect_lt(strstr(text, "\na "), strstr(text, "\nb "), "%s", text);
	cr_expect_not_null(strstr(text, "TB/s"), "%s", text);
}

/* A table of a moment later has the rate since the one that is older. */
Test(ctl_top, not_of_a_moment)
{
	const char *text;

	table(SECOND);
	peers[0].rx_bytes = 100;
	table(SECOND + SECOND / 4);
	peers[0].rx_bytes = 400;
	text = table(3 * SECOND);
	cr_expect_not_null(strstr(text, "200 B/s"), "%s", text);
}

/* Numbers that another process wrote, and peers that begin anew. */
Test(ctl_top, any_numbers)
{
	r.n = SIZE_MAX;
	r.before_ns = INT64_MAX;
	table(SECOND);
	r.n = CTL_MAX_PEERS + 1;
	r.before_ns = 1;
	cr_expect_null(strstr(table(SECOND), "B/s"));
	peers[0].rx_bytes = 7;
	table(2 * SECOND);
	peers[0].rx_bytes = 6;
	cr_expect_not_null(
	    strstr(table(3 * SECOND), "-         0 B/s"), "%s", printed());
}

static const char *
screen(const char *text, size_t lines, size_t columns)
{
	ctl_put_screen(text, lines, columns, "last", print_start());
	return printed();
}

#define EL "\033[K\n"
Test(ctl_top, what_fits)
{
	cr_expect_str_eq(screen("one\ntwo\n", 4, 10),
	    "\033[Hone" EL "two" EL "last\033[K\033[J");
	cr_expect_str_eq(screen("one\ntwo\nthree\n", 4, 10),
	    "\033[Hone" EL "two" EL "and 1 more" EL "last\033[K\033[J");
	cr_expect_str_eq(
	    screen("one\ntwo", 0, 2), "\033[Hon" EL "an" EL "la\033[K\033[J");
	/* Characters, not bytes; a colour takes no room, and ends. */
	cr_expect_str_eq(screen("\xc3\xa4\xc3\xb6\xc3\xbc\n", 5, 2),
	    "\033[H\xc3\xa4\xc3\xb6" EL "la\033[K\033[J");
	cr_expect_str_eq(screen("\033[32mdirect\033[0m x\n", 5, 3),
	    "\033[H\033[32mdir\033[0m" EL "las\033[K\033[J");
	cr_expect_str_eq(screen("a\033[32", 5, 3),
	    "\033[Ha\033[32m\033[0m" EL "las\033[K\033[J");
	cr_expect_str_eq(screen("", 5, 9), "\033[Hlast\033[K\033[J");
}
