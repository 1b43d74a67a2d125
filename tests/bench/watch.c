/*
 * watch FIFO NODES LOG: reads what the daemons of a laboratory log, all of
 * them into one FIFO, and copies it to LOG with the time before each line.
 * Prints, each once and with the time, "runs" when that many have started and
 * "direct" when each leaf holds every other leaf's prefixes on its own link.
 * Times are microseconds of the wall clock, as the shell has them too: nobody
 * has to poll, which would take time from what is measured.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
tell(const char *what, long long at_us)
{
	printf("%s %lld\n", what, at_us);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	long long nodes, started = 0, pairs, direct = 0;
	bool all_run = false, all_direct = false;
	const char *error;
	char *line = NULL;
	size_t cap = 0;
	FILE *in, *out;
	int fd;

	if (argc != 4)
		errx(2, "usage: watch fifo nodes log");
	nodes = strtonum(argv[2], 1, 1000, &error);
	if (error != NULL)
		errx(2, "%s: no number", argv[2]);
	pairs = (nodes - 1) * (nodes - 2);
	/* Open for writing, too: it has no end while daemons come and go. */
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	in = fd != -1 ? fdopen(fd, "r") : NULL;
	out = fopen(argv[3], "w");
	if (in == NULL || out == NULL)
		err(1, "%s", in == NULL ? argv[1] : argv[3]);
	tell("ready", now_us());
	while (getline(&line, &cap, in) != -1) {
		long long at_us = now_us();

		fprintf(out, "%lld %s", at_us, line);
		fflush(out);
		started += strstr(line, " runs: ") != NULL;
		direct += strstr(line, " is direct at ") != NULL;
		direct -= strstr(line, " goes over the router ") != NULL;
		if (!all_run && started == nodes) {
			all_run = true;
			tell("runs", at_us);
		}
		if (!all_direct && nodes > 2 && direct == pairs) {
			all_direct = true;
			tell("direct", at_us);
		}
	}
	err(1, "%s", argv[1]);
}
