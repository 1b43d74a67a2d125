/*
 * wirelinkctl top: a table that is renewed. This process has the terminal and
 * looks at nothing that netd says: each table is asked for and printed by a
 * child in the sandbox, which ends then. So whatever becomes of a child, the
 * terminal is given back as it was.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "netd/ctl/view.h"

#define ENTER	  "\033[?1049h\033[?25l\033[?7l"
#define LEAVE	  "\033[?7h\033[?25h\033[?1049l"
#define NS	  INT64_C(1000000000)
#define NO_OUTPUT 100 /* a child's exit code */
#define DEFAULT_S 2
#define MIN_LINES 3

struct top {
	const struct ctl_options *o;
	const char *ifname;
	FILE *out;
	FILE *err;
	struct ctl_rates *rates; /* shared with the children */
	struct termios saved;
	bool screen; /* the output is a terminal */
	bool keys; /* the input is one, and has not ended */
	bool before; /* something has been printed */
	pid_t child; /* 0: none */
	sigset_t outside; /* the mask while we wait */
};

static volatile sig_atomic_t stop, again, suspend;

static void
on_signal(int sig)
{
	if (sig == SIGTSTP)
		suspend = 1;
	else if (sig == SIGWINCH || sig == SIGCONT)
		again = 1;
	else if (sig != SIGCHLD)
		stop = 1;
}

static const int signals[] = {
    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH, SIGCHLD};
#define NSIGNALS (sizeof(signals) / sizeof(signals[0]))

/* They come in only while we wait. */
static void
catch_signals(sigset_t *outside)
{
	struct sigaction sa = {
	    .sa_handler = on_signal, .sa_flags = SA_NOCLDSTOP};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < NSIGNALS; i++) {
		sigaddset(&set, signals[i]);
		sigaction(signals[i], &sa, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, outside);
}

static int64_t
clock_ns(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

static void
say(const struct top *t, const char *text)
{
	fputs(text, t->out);
	fflush(t->out);
}

static void
enter_screen(struct top *t)
{
	struct termios raw;

	if (!t->screen)
		return;
	if (t->keys) {
		raw = t->saved;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VMIN] = 1;
		raw.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
	}
	say(t, ENTER);
}

static void
leave_screen(struct top *t)
{
	if (!t->screen)
		return;
	say(t, LEAVE);
	if (t->keys)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &t->saved);
}

/* Stops as the shell expects it, and is back when it is continued. */
static void
pause_here(struct top *t)
{
	leave_screen(t);
	raise(SIGSTOP);
	enter_screen(t);
	suspend = 0;
	again = 1;
}

/* A line of text, cut to so many characters; colours take no room. Returns
 * what follows it. */
static const char *
put_line(const char *s, size_t columns, FILE *out)
{
	bool colour = false;
	size_t n = 0;

	for (; *s != '\0' && *s != '\n'; s++) {
		if (*s == '\033') {
			size_t len = strcspn(s, "m");

			colour = true;
			fprintf(out, "%.*sm", (int)len, s);
			s += len;
			if (*s == '\0')
				break;
			continue;
		}
		if (((unsigned char)*s & 0xc0) != 0x80 && ++n > columns) {
			s += strcspn(s, "\n");
			break;
		}
		fputc(*s, out);
	}
	fprintf(out, "%s\033[K\n", colour ? "\033[0m" : "");
	return *s == '\n' ? s + 1 : s;
}

void
ctl_put_screen(
    const char *text, size_t lines, size_t columns, const char *last, FILE *out)
{
	size_t n = 0;

	if (lines < MIN_LINES)
		lines = MIN_LINES;
	fputs("\033[H", out);
	for (; *text != '\0' && n + 2 < lines; n++)
		text = put_line(text, columns, out);
	if (*text != '\0') {
		char said[40];
		size_t more = 0;

		for (; *text != '\0'; text++)
			more += *text == '\n';
		snprintf(said, sizeof(said), "and %zu more", more);
		put_line(said, columns, out);
	}
	fprintf(out, "%.*s\033[K\033[J", (int)columns, last);
}

/* What is under the table. */
static const char *
last_line(const struct top *t, bool good, char out[64])
{
	snprintf(out, 64, "every %u s%s%s", t->o->interval_s,
	    t->keys ? "; q quits" : "", good ? "" : "; trying again");
	return out;
}

/* The child: one table. An exit code. */
static int
print_once(const struct top *t)
{
	struct winsize ws = {.ws_row = 24, .ws_col = 80};
	char *text = NULL, *said = NULL, last[64];
	size_t len = 0, said_len = 0;
	FILE *out = open_memstream(&text, &len);
	FILE *err = open_memstream(&said, &said_len);
	int rv;

	if (out == NULL || err == NULL)
		return CTL_FAILED;
	if (t->screen && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 &&
	    ws.ws_col == 0)
		ws = (struct winsize){.ws_row = 24, .ws_col = 80};
	rv = ctl_view_run(t->o, t->ifname, out, err);
	if (fclose(out) != 0 || fclose(err) != 0)
		return CTL_FAILED;
	if (t->screen)
		ctl_put_screen(rv == CTL_OK ? text : said, ws.ws_row, ws.ws_col,
		    last_line(t, rv == CTL_OK, last), t->out);
	else if (rv == CTL_OK)
		fprintf(t->out, "%s%s", t->before ? "\n" : "", text);
	else
		fputs(said, t->err);
	return fflush(t->out) == 0 ? rv : NO_OUTPUT;
}

static void
start_child(struct top *t)
{
	t->rates->now_ns = clock_ns();
	t->child = fork();
	if (t->child == -1)
		t->child = 0;
	if (t->child != 0)
		return;
	for (size_t i = 0; i < NSIGNALS; i++)
		signal(signals[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, &t->outside, NULL);
	_exit(print_once(t));
}

/* 0, or -1 when it makes no sense to go on; with a line on err unless nobody
 * reads on. */
static int
take_child(struct top *t)
{
	int status;

	if (t->child == 0 || waitpid(t->child, &status, WNOHANG) != t->child)
		return 0;
	t->child = 0;
	if (WIFEXITED(status)) {
		t->before |= WEXITSTATUS(status) == CTL_OK;
		return WEXITSTATUS(status) == NO_OUTPUT ? -1 : 0;
	}
	if (WTERMSIG(status) == SIGPIPE)
		return -1;
	leave_screen(t);
	t->screen = false;
	fprintf(t->err, "wirelinkctl: ended by signal %d\n", WTERMSIG(status));
	return -1;
}

/* What was typed. False: that is all. */
static bool
read_keys(struct top *t)
{
	char key[16];
	ssize_t n = read(STDIN_FILENO, key, sizeof(key));

	if (n <= 0)
		t->keys = n == -1 && errno == EINTR;
	for (ssize_t i = 0; i < n; i++) {
		if (key[i] == 'q' || key[i] == 'Q')
			return false;
		again = 1;
	}
	return true;
}

/* Until a signal, a key or that time. False when it is to end. */
static bool
wait_until(struct top *t, int64_t at_ns)
{
	struct pollfd pfd = {
	    .fd = t->keys ? STDIN_FILENO : -1, .events = POLLIN};
	int64_t left_ns = at_ns - clock_ns();
	struct timespec ts;

	if (left_ns < 0)
		left_ns = 0;
	ts.tv_sec = left_ns / NS;
	ts.tv_nsec = left_ns % NS;
	/* While a child is at work, its end is what is waited for. */
	if (ppoll(&pfd, 1, t->child == 0 ? &ts : NULL, &t->outside) == 1 &&
	    !read_keys(t))
		return false;
	return stop == 0;
}

static int
run(struct top *t)
{
	int64_t next_ns = clock_ns();
	int rv = CTL_OK;

	do {
		if (suspend != 0)
			pause_here(t);
		if (take_child(t) == -1) {
			rv = CTL_FAILED;
			break;
		}
		if (t->child == 0 && (again != 0 || clock_ns() >= next_ns)) {
			again = 0;
			start_child(t);
			next_ns = clock_ns() + (int64_t)t->o->interval_s * NS;
		}
	} while (wait_until(t, next_ns));
	if (t->child != 0 && kill(t->child, SIGKILL) == 0)
		waitpid(t->child, NULL, 0);
	return rv;
}

/* Memory that children share with us; NULL without. */
static struct ctl_rates *
share_rates(void)
{
	const int flags = MAP_SHARED | MAP_ANONYMOUS;
	const int prot = PROT_READ | PROT_WRITE;
	struct ctl_rates *p;

	/* cppcheck-suppress invalidFunctionArg ; there is no file */
	p = mmap(NULL, sizeof(*p), prot, flags, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	return p;
}

int
ctl_print_top(const struct ctl_answer *a, const struct ctl_options *o,
    FILE *out, FILE *err)
{
	(void)err;
	ctl_print_rates(a, o->rates, &o->style, out);
	return CTL_OK;
}

int
ctl_top(const struct ctl_options *o, FILE *out, FILE *err)
{
	struct ctl_options with = *o;
	char only[CONF_IFNAME_STRLEN];
	struct top t = {
	    .o = &with, .ifname = o->ifname, .out = out, .err = err};
	int rv;

	if (t.ifname == NULL) {
		if (ctl_only_interface(o->rundir, only, err) == -1)
			return CTL_FAILED;
		t.ifname = only;
	}
	if (with.interval_s == 0)
		with.interval_s = DEFAULT_S;
	t.rates = share_rates();
	if (t.rates == NULL) {
		fprintf(err, "wirelinkctl: %s\n", strerror(errno));
		return CTL_FAILED;
	}
	with.rates = t.rates;
	t.screen = isatty(STDOUT_FILENO) == 1;
	t.keys = t.screen && isatty(STDIN_FILENO) == 1 &&
	    tcgetattr(STDIN_FILENO, &t.saved) == 0;
	catch_signals(&t.outside);
	enter_screen(&t);
	rv = run(&t);
	leave_screen(&t);
	munmap(t.rates, sizeof(*t.rates));
	return rv;
}
