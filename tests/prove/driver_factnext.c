/*
 * prove: fact_next skip_value skip_endpoint skip_prefix skip_digest
 * read_metadata utf8_valid utf8_more group_parse group_body_valid
 *
 * files: netd/fact.c netd/group.c proto/buf.c common/addr.c
 *
 * Not named, because one statement of each is never reached: fact_uvarint,
 * whose loop always ends within, and entry_valid, behind its switch.
 */
#include "netd/group.h"
#include "tests/prove/prove.h"

static void
group(const uint8_t *p, size_t len)
{
	struct group g;

	if (group_parse(p, len, &g) == 0)
		HOLDS(g.len <= BODY_MAX_RECV);
}

static void
body(const uint8_t *p, size_t len)
{
	(void)group_body_valid(p, len);
}

int
main(void)
{
	/* A datagram longer than any that is taken is refused. */
	EVERY_INPUT(group, GROUP_OVERHEAD, DATAGRAM_MAX_RECV + 1);
	EVERY_INPUT(body, 34, BODY_MAX_RECV);
	return 0;
}
