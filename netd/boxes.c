/* Sandboxes as they were told. See boxes.h. */
#include "netd/boxes.h"
#include "common/log.h"

static struct sandbox_state told[SANDBOX_PROCESSES];
static bool known[SANDBOX_PROCESSES];

void
boxes_tell(const struct sandbox_state *s)
{
	static const char *const names[] = {
	    [SANDBOX_PRIVD] = "wirelinkd",
	    [SANDBOX_NETD] = "netd",
	    [SANDBOX_RESOLVER] = "resolver",
	};
	char text[512];

	told[s->process] = *s;
	if (known[s->process])
		return;
	known[s->process] = true;
	log_info("sandbox of %s: %s", names[s->process],
	    sandbox_text(s, text, sizeof(text)));
}

const struct sandbox_state *
boxes_get(size_t i)
{
	for (size_t p = 0; p < SANDBOX_PROCESSES; p++) {
		if (known[p] && i-- == 0)
			return &told[p];
	}
	return NULL;
}
