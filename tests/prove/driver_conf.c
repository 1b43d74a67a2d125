/*
 * prove: dec_conf_link dec_globs dec_conf_policy dec_conf_peer
 *
 * messages: CONF_LINK CONF_POLICY CONF_PEER
 *
 * files: proto/codec_netd.c proto/buf.c common/addr.c
 */
#include "proto/codec.h"
#include "tests/prove/prove.h"

static void
conf_link(const uint8_t *p, size_t len)
{
	struct conf_link m;

	if (dec_conf_link(p, len, &m) == 0) {
		HOLDS(m.router <= ROUTER_NO);
		HOLDS(m.membership <= MEMBERSHIP_ROUTERS);
		HOLDS(m.quorum >= 1 && m.quorum <= CONF_MAX_QUORUM);
		HOLDS(m.report.n <= CONF_MAX_GLOBS);
		HOLDS(m.hide.n <= CONF_MAX_GLOBS);
	}
}

static void
conf_policy(const uint8_t *p, size_t len)
{
	static struct conf_policy m;

	if (dec_conf_policy(p, len, &m) == 0) {
		HOLDS(m.max_peers > 0);
		HOLDS(m.nallowed <= CONF_MAX_PREFIXES);
		HOLDS(m.allowed[0].len <= 128);
	}
}

static void
conf_peer(const uint8_t *p, size_t len)
{
	static struct conf_scratch scratch;
	struct conf_peer m;

	if (dec_conf_peer(p, len, &m, &scratch) == 0) {
		HOLDS(m.trust <= TRUST_UNSET);
		HOLDS(m.nendpoints <= CONF_MAX_ENDPOINTS);
		HOLDS(m.nprefixes <= CONF_MAX_PREFIXES);
		HOLDS(scratch.prefixes[0].len <= 128);
	}
}

int
main(void)
{
	EVERY_INPUT(conf_link, 8, MSG_PAYLOAD);
	EVERY_INPUT(conf_policy, 4, MSG_PAYLOAD);
	EVERY_INPUT(conf_peer, 39, MSG_PAYLOAD);
	return 0;
}
