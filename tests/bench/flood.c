/*
 * flood IFNAME KEYFILE TARGET PORT COUNT PAUSE_US: sends datagrams to the node
 * of key TARGET from a node's own auto address and with its own key, each with
 * a nonce of its own and a tag that is wrong. A pause of so many microseconds
 * comes after every eighth.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "netd/group.h"
#include "tests/e2e/args.h"

#define FACTS	    10
#define PAUSE_AFTER 8

/* A body like those that nodes send, of endpoints. Returns its length. */
static size_t
make_body(const struct key *subject, uint8_t *body, size_t cap)
{
	const uint8_t value[6] = {198, 51, 100, 7, 0xca, 0x6c};
	struct fact f = {.attr = ATTR_ENDPOINT_V4,
	    .subject = *subject,
	    .ttl_s = 255,
	    .value = value,
	    .len = sizeof(value)};
	struct wbuf w;

	wbuf_init(&w, body, cap);
	for (int i = 0; i < FACTS; i++)
		fact_put(&w, &f);
	return w.bad ? 0 : w.off;
}

int
main(int argc, char **argv)
{
	struct group g = {0};
	struct key private, target;
	struct sockaddr_in6 from, to;
	uint8_t body[BODY_MAX], dgram[DATAGRAM_MAX_SEND];
	const char *error[2];
	long long count, pause_us;
	size_t len;
	int fd;

	if (argc != 7 || sodium_init() == -1)
		errx(2,
		    "usage: flood ifname keyfile target port count pause_us");
	count = strtonum(argv[5], 1, 10000000, &error[0]);
	pause_us = strtonum(argv[6], 0, 999999, &error[1]);
	if (key_parse(argv[3], &target) == -1 || error[0] != NULL ||
	    error[1] != NULL)
		errx(2, "bad argument");
	args_key(argv[2], &private);
	crypto_scalarmult_base(g.signer.b, private.b);
	g.body = body;
	g.len = make_body(&target, body, sizeof(body));
	from = args_sockaddr(&g.signer, argv[1], argv[4]);
	to = args_sockaddr(&target, argv[1], argv[4]);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    bind(fd, (const struct sockaddr *)&from, sizeof(from)) == -1)
		err(1, "bind");
	for (long long i = 0; i < count; i++) {
		randombytes_buf(g.nonce, sizeof(g.nonce));
		len = group_build(dgram, sizeof(dgram), &g);
		if (sendto(fd, dgram, len, 0, (const struct sockaddr *)&to,
			sizeof(to)) == -1)
			err(1, "send");
		if (pause_us > 0 && i % PAUSE_AFTER == PAUSE_AFTER - 1)
			nanosleep(&(struct timespec){.tv_nsec =
							 (long)pause_us * 1000},
			    NULL);
	}
	return 0;
}
