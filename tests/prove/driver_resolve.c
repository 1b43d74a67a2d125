/*
 * prove: dec_resolve dec_resolved
 *
 * messages: RESOLVE RESOLVED
 *
 * files: proto/codec_resolve.c proto/buf.c common/addr.c
 */
#include "proto/codec.h"
#include "tests/prove/prove.h"

static void
resolve(const uint8_t *p, size_t len)
{
	char host[CONF_HOST_STRLEN];

	(void)dec_resolve(p, len, host);
}

static void
resolved(const uint8_t *p, size_t len)
{
	struct m_resolved m;

	if (dec_resolved(p, len, &m) == 0) {
		HOLDS(m.error <= RESOLVE_TEMPORARY);
		HOLDS(m.n <= RESOLVED_MAX);
	}
}

int
main(void)
{
	EVERY_INPUT(resolve, 2, MSG_PAYLOAD);
	EVERY_INPUT(resolved, 2, MSG_PAYLOAD);
	return 0;
}
