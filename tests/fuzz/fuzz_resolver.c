/*
 * What the resolver does with what netd sends it: records, each a u16 length
 * and that many bytes. In place of c-ares, which is not ours, are answers
 * made up from the rest of the input, at once, later, or when it is closed.
 *
 * Covers: netd/resolver.c
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <ares.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/child.h"
#include "common/log.h"
#include "common/seccomp.h"
#include "tests/fuzz/fuzz.h"

static jmp_buf ended;
static int sock = -1; /* the resolver's end */
static struct rbuf input;
static struct pending {
	ares_addrinfo_callback fn;
	void *arg;
} pending[64];
static size_t npending;

static _Noreturn void
end(void)
{
	longjmp(ended, 1);
}

/* Calls back with a status and addresses from the input. */
static void
answer(const struct pending *p, int status)
{
	static struct ares_addrinfo info;
	static struct ares_addrinfo_node nodes[12];
	static struct sockaddr_storage ss[12];
	size_t n = rbuf_u8(&input) % 13;

	info.nodes = n > 0 ? nodes : NULL;
	for (size_t i = 0; i < n; i++) {
		struct endpoint e = {.addr = fuzz_addr(&input), .port = 1};

		memset(&nodes[i], 0, sizeof(nodes[i]));
		nodes[i].ai_addrlen = endpoint_to_sockaddr(&e, &ss[i]);
		nodes[i].ai_addr = (struct sockaddr *)&ss[i];
		nodes[i].ai_next = i + 1 < n ? &nodes[i + 1] : NULL;
		if (rbuf_u8(&input) == 0)
			nodes[i].ai_addrlen = 2;
	}
	p->fn(p->arg, status, 0, status == ARES_SUCCESS ? &info : NULL);
}

static void
fuzz_getaddrinfo(ares_channel c, const char *name, const char *service,
    const struct ares_addrinfo_hints *hints, ares_addrinfo_callback fn,
    void *arg)
{
	struct pending p = {fn, arg};

	(void)c;
	REQUIRE(name[0] != '\0' && strlen(name) < CONF_HOST_STRLEN);
	REQUIRE(service == NULL && hints->ai_family == AF_UNSPEC);
	if (rbuf_u8(&input) % 2 == 0) {
		answer(&p, rbuf_u8(&input) % 24);
		return;
	}
	REQUIRE(npending < sizeof(pending) / sizeof(pending[0]));
	pending[npending++] = p;
}

static void
fuzz_destroy(ares_channel c)
{
	(void)c;
	while (npending > 0)
		answer(&pending[--npending], ARES_EDESTRUCTION);
}

static int
fuzz_init(ares_channel *c, struct ares_options *o, int mask)
{
	(void)c;
	(void)mask;
	REQUIRE(o->sock_state_cb != NULL);
	return ARES_SUCCESS;
}

#define ares_getaddrinfo	    fuzz_getaddrinfo
#define ares_destroy		    fuzz_destroy
#define ares_init_options	    fuzz_init
#define ares_freeaddrinfo(info)	    ((void)(info))
#define ares_library_init(flags)    ARES_SUCCESS
#define ares_timeout(c, max, tv)    NULL
#define ares_process_fd(c, in, out) ((void)(in), (void)(out))
#define fatal(...)		    end()
#define fatalx(...)		    end()
#define exit(status)		    end()
#undef CHILD_CHANNEL_FD
#define CHILD_CHANNEL_FD sock
#define main		 resolver_main
int resolver_main(int argc, char **argv);
#include "netd/resolver.c" /* NOLINT(bugprone-suspicious-include) */

/* netd understands each answer. */
static size_t
read_answers(int fd)
{
	static uint8_t in[MSG_MAX + 1];
	const char *why;
	size_t n = 0;
	struct msg m;

	while (msg_recv(fd, in, DIR_R2N, PH_RUN, &m, &why) == RECV_MSG) {
		REQUIRE(m.type == MSG_RESOLVED && fuzz_message(&m));
		n++;
	}
	return n;
}

static void
play(int netd)
{
	size_t asked = 0, answered = 0;

	channel_open();
	while (!input.bad && rbuf_left(&input) > 2) {
		size_t len = rbuf_u16(&input) % 512;
		int which;

		if (len > rbuf_left(&input))
			len = rbuf_left(&input);
		fuzz_send(netd, rbuf_take(&input, len), len);
		read_channel();
		asked++;
		if (npending > 0 && rbuf_u8(&input) % 4 == 0) {
			struct pending p = pending[--npending];

			answer(&p, rbuf_u8(&input) % 24);
		}
		which = rbuf_u8(&input);
		on_socket(NULL, which / 4, which % 2, which / 2 % 2);
		answered += read_answers(netd);
		REQUIRE(nqueries == npending && nsockets <= SOCKETS_MAX);
		/* A cancelled question has no answer. */
		REQUIRE(answered + npending <= asked);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int sv[2];

	fuzz_pair(sv);
	sock = sv[0];
	rbuf_init(&input, data, size);
	npending = 0;
	if (setjmp(ended) == 0)
		play(sv[1]);
	ares_destroy(channel);
	memset(queries, 0, sizeof(queries));
	nqueries = nsockets = 0;
	close(sv[0]);
	close(sv[1]);
	return 0;
}
