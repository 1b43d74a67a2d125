/*
 * wirelinkctl graph -T: the graph as a picture. One child asks netd and prints
 * the graph from inside the sandbox, as without -T; another one is dot, with
 * an empty environment and, when root runs this, as nobody.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "netd/ctl/view.h"

#define NOBODY 65534

static const char *const places[] = {
    "/usr/bin/dot", "/usr/local/bin/dot", "/bin/dot", NULL};

const char *
ctl_find_program(const char *const *list)
{
	while (*list != NULL && access(*list, X_OK) == -1)
		list++;
	return *list;
}

/* A name of a format: "svg", "png:cairo". */
static bool
is_format(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len < 32 &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789:_.") == len;
}

static _Noreturn void
run_dot(const char *path, const char *format, int in, FILE *err)
{
	char option[40];
	const char *const argv[] = {"dot", option, NULL}, *const env[] = {NULL};

	snprintf(option, sizeof(option), "-T%s", format);
	if (dup2(in, STDIN_FILENO) == -1)
		_exit(CTL_FAILED);
	closefrom(STDERR_FILENO + 1);
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) == -1 ||
		setresgid(NOBODY, NOBODY, NOBODY) == -1 ||
		setresuid(NOBODY, NOBODY, NOBODY) == -1))
		_exit(CTL_FAILED);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && chdir("/") == 0)
		execve(path, (char *const *)(uintptr_t)argv,
		    (char *const *)(uintptr_t)env);
	fprintf(err, "wirelinkctl: %s: %s\n", path, strerror(errno));
	_exit(CTL_FAILED);
}

/* The graph as text, to fd. */
static _Noreturn void
run_data(const struct ctl_options *o, int fd, FILE *err)
{
	struct ctl_options text = *o;
	FILE *out = fdopen(fd, "w");
	int rv = CTL_FAILED;

	text.format = NULL;
	if (out != NULL)
		rv = ctl_run(&text, out, err);
	if (rv == CTL_OK && fflush(out) != 0)
		rv = CTL_FAILED;
	_exit(rv);
}

/* An exit code; what a signal ended has failed. */
static int
wait_for(pid_t pid)
{
	int status;

	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return CTL_FAILED;
	return WEXITSTATUS(status);
}

int
ctl_draw(const struct ctl_options *o, FILE *err)
{
	const char *dot = ctl_find_program(places);
	pid_t data, picture = -1;
	int fd[2], rv, drawn;

	if (!is_format(o->format)) {
		fprintf(err,
		    "wirelinkctl: -T: svg, png or another format of "
		    "dot(1)\n");
		return CTL_USAGE;
	}
	if (dot == NULL) {
		fprintf(err,
		    "wirelinkctl: -T needs dot(1): install graphviz, "
		    "or draw what graph prints elsewhere\n");
		return CTL_FAILED;
	}
	if (pipe(fd) == -1 || (data = fork()) == -1) {
		fprintf(err, "wirelinkctl: %s\n", strerror(errno));
		return CTL_FAILED;
	}
	if (data == 0) {
		close(fd[0]);
		run_data(o, fd[1], err);
	}
	close(fd[1]);
	if ((picture = fork()) == 0)
		run_dot(dot, o->format, fd[0], err);
	close(fd[0]);
	rv = wait_for(data);
	drawn = wait_for(picture);
	if (rv != CTL_OK || drawn == 0)
		return rv;
	fprintf(err, "wirelinkctl: dot failed\n");
	return CTL_FAILED;
}
