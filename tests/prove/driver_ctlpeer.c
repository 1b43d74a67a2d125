/*
 * prove: dec_ctl_peer dec_maybe
 *
 * messages: CTL_PEER
 *
 * files: proto/ctl.c proto/codec.c proto/buf.c common/addr.c
 */
#include "proto/ctl.h"
#include "tests/prove/prove.h"

static void
peer(const uint8_t *p, size_t len)
{
	static struct ctl_peer m;

	if (dec_ctl_peer(p, len, &m) == 0) {
		HOLDS(m.name_len <= CTL_NAME_MAX);
		HOLDS(m.trust <= TRUST_UNSET);
		HOLDS(m.path <= CTL_PATH_ROUTER);
		HOLDS(m.nprefixes <= CTL_MAX_PREFIXES);
	}
}

int
main(void)
{
	EVERY_INPUT(peer, 140, MSG_PAYLOAD);
	return 0;
}
