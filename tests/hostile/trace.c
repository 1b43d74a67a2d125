/* The last messages, to be told when a promise is broken; and how one is
 * sent. */
#include <sys/socket.h>
#include <sys/uio.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/hostile/hostile.h"

#define HISTORY 40

static struct {
	bool is_attack;
	struct attack attack;
	char text[160];
} history[HISTORY];
static uint64_t nhistory;

void
trace(const char *text, const struct attack *a)
{
	size_t i = nhistory++ % HISTORY;

	history[i].is_attack = a != NULL;
	if (a != NULL)
		memcpy(&history[i].attack, a,
		    offsetof(struct attack, byte) + a->len);
	else
		snprintf(history[i].text, sizeof history[i].text, "%s", text);
}

void
trace_print(void)
{
	char text[512];

	for (uint64_t n = nhistory > HISTORY ? nhistory - HISTORY : 0;
	     n < nhistory; n++) {
		size_t i = n % HISTORY;

		printf("  %s\n",
		    history[i].is_attack
			? wire_text(&history[i].attack, text, sizeof text)
			: history[i].text);
	}
}

bool
transmit(int channel, const struct attack *a)
{
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(16 * sizeof(int))];
	} control;
	struct iovec iov = {(void *)(uintptr_t)a->byte, a->len};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};

	if (a->nfds > 0) {
		struct cmsghdr *c;
		int fd = 1;

		memset(&control, 0, sizeof control);
		mh.msg_control = control.b;
		mh.msg_controllen = CMSG_SPACE(a->nfds * sizeof fd);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(a->nfds * sizeof fd);
		for (size_t i = 0; i < a->nfds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof fd, &fd, sizeof fd);
	}
	if (sendmsg(channel, &mh, MSG_NOSIGNAL) != -1)
		return true;
	if (errno != EAGAIN && errno != EPIPE)
		err(2, "send");
	return false;
}
