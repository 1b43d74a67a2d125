/* The resolver: it waits for netd's questions at once. */
#include <err.h>
#include <unistd.h>

#include "common/child.h"
#include "proto/channel.h"
#include "tests/probe/probe.h"

static int pair[2];

const struct stage *
stage_get(void)
{
	static const struct stage s = {.name = "resolver", .bit = RESOLVER};

	return &s;
}

void
stage_before(void)
{
	if (msg_pair(pair) == -1)
		err(2, "socketpair");
}

void
stage_child(void)
{
	if (dup2(pair[1], CHILD_CHANNEL_FD) == -1)
		err(2, "channel");
}

void
stage_after(void)
{
	close(pair[0]);
	close(pair[1]);
}
