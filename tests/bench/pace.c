/*
 * pace LOCAL REMOTE PORT RATE: sends numbered datagrams to REMOTE, RATE a
 * second at even distances, and counts those that the same program sends from
 * there. Prints "heard" when the first one comes, and when it is told to end
 * (SIGTERM) a line of JSON: how many came, how many of those between the
 * first and the last did not, how many came after a later one, and the
 * longest time without one, in microseconds.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/addr.h"

#define SECOND_NS INT64_C(1000000000)
#define LINGER_NS (SECOND_NS / 5) /* for what is still on its way */
#define PAYLOAD	  64

static volatile sig_atomic_t ended;

struct heard {
	uint64_t count;
	uint64_t first, last; /* the highest number */
	uint64_t late;
	int64_t at_ns; /* the last one came */
	int64_t gap_ns;
};

static void
on_term(int sig)
{
	(void)sig;
	ended = 1;
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

static int
open_socket(const char *local, const char *remote, const char *port)
{
	struct endpoint e[2];
	struct sockaddr_in sin[2];
	const char *error;
	int fd;

	memset(sin, 0, sizeof(sin));
	for (size_t i = 0; i < 2; i++) {
		if (addr_parse(i == 0 ? local : remote, &e[i].addr) == -1 ||
		    e[i].addr.family != 4)
			errx(2, "%s: no address", i == 0 ? local : remote);
		sin[i].sin_family = AF_INET;
		memcpy(&sin[i].sin_addr, e[i].addr.b, 4);
		sin[i].sin_port =
		    htons((uint16_t)strtonum(port, 1, 65535, &error));
		if (error != NULL)
			errx(2, "%s: no port", port);
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&sin[0], sizeof(sin[0])) == -1 ||
	    connect(fd, (struct sockaddr *)&sin[1], sizeof(sin[1])) == -1)
		err(1, "socket");
	return fd;
}

static void
send_one(int fd, uint64_t number)
{
	uint8_t buf[PAYLOAD] = {0};

	memcpy(buf, &number, sizeof(number));
	/* What the network refuses is lost like what it drops. */
	(void)!send(fd, buf, sizeof(buf), 0);
}

static void
receive(int fd, struct heard *h)
{
	uint8_t buf[PAYLOAD];
	uint64_t number;
	int64_t now;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) != -1 || errno != EAGAIN) {
		if (n != sizeof(buf))
			continue;
		memcpy(&number, buf, sizeof(number));
		now = now_ns();
		if (h->count++ == 0) {
			h->first = number;
			h->last = number;
			printf("heard\n");
			fflush(stdout);
		} else if (number < h->last) {
			h->late++;
		} else {
			h->last = number;
		}
		if (h->at_ns != 0 && now - h->at_ns > h->gap_ns)
			h->gap_ns = now - h->at_ns;
		h->at_ns = now;
	}
}

static void
wait_until(int fd, int64_t at_ns)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int64_t left_ns = at_ns - now_ns();
	struct timespec ts = {0};

	if (left_ns > 0) {
		ts.tv_sec = left_ns / SECOND_NS;
		ts.tv_nsec = left_ns % SECOND_NS;
	}
	ppoll(&pfd, 1, &ts, NULL);
}

int
main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = on_term};
	struct heard h = {0};
	uint64_t number = 0;
	int64_t next_ns, each_ns, until_ns;
	const char *error;
	int fd;

	if (argc != 5)
		errx(2, "usage: pace local remote port rate");
	each_ns = SECOND_NS / strtonum(argv[4], 1, 100000, &error);
	if (error != NULL)
		errx(2, "%s: no rate", argv[4]);
	fd = open_socket(argv[1], argv[2], argv[3]);
	sigaction(SIGTERM, &sa, NULL);
	for (next_ns = now_ns(); !ended; wait_until(fd, next_ns)) {
		receive(fd, &h);
		for (; now_ns() >= next_ns; next_ns += each_ns)
			send_one(fd, number++);
	}
	until_ns = now_ns() + LINGER_NS;
	while (now_ns() < until_ns) {
		wait_until(fd, until_ns);
		receive(fd, &h);
	}
	printf("{\"received\":%llu,\"lost\":%llu,\"late\":%llu,"
	       "\"gap_us\":%lld}\n",
	    (unsigned long long)h.count,
	    (unsigned long long)(h.count > 0 ? h.last - h.first + 1 - h.count
					     : 0),
	    (unsigned long long)h.late, (long long)(h.gap_ns / 1000));
	return 0;
}
