/*
 * prove: dec_peer_set dec_result
 *
 * messages: PEER_SET PEER_REMOVE RESULT
 *
 * files: proto/codec_privd.c proto/codec_netd.c proto/buf.c common/addr.c
 */
#include "proto/codec.h"
#include "tests/prove/prove.h"

static void
peer_set(const uint8_t *p, size_t len)
{
	static struct m_peer_set m;

	if (dec_peer_set(p, len, &m) == 0)
		HOLDS(m.add[0].len <= 128);
}

/* As privd/dispatch.c reads it. */
static void
peer_remove(const uint8_t *p, size_t len)
{
	struct rbuf r;
	struct key key;

	rbuf_init(&r, p, len);
	rbuf_key(&r, &key);
}

static void
result(const uint8_t *p, size_t len)
{
	struct m_result m;

	if (dec_result(p, len, &m) == 0)
		HOLDS(0 <= m.error && m.error <= 4095);
}

int
main(void)
{
	EVERY_INPUT(peer_set, 58, MSG_PAYLOAD);
	EVERY_INPUT(peer_remove, 32, MSG_PAYLOAD);
	EVERY_INPUT(result, 8, MSG_PAYLOAD);
	return 0;
}
