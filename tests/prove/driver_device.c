/*
 * prove: dec_addrs_next dec_peer dec_prefix
 *
 * messages: ADDRS DEVICE
 *
 * files: proto/codec.c proto/codec_netd.c proto/buf.c common/addr.c
 */
#include "proto/codec.h"
#include "tests/prove/prove.h"

/* As netd/main.c reads them, item by item to the end. */
static void
addrs(const uint8_t *p, size_t len)
{
	struct m_addr m;
	struct rbuf r;
	uint16_t left;

	rbuf_init(&r, p, len);
	left = rbuf_u16(&r);
	while (dec_addrs_next(&r, &left, &m) == 1)
		HOLDS(m.addr.family <= 6);
}

static void
device(const uint8_t *p, size_t len)
{
	struct rbuf r;
	uint16_t count;

	rbuf_init(&r, p, len);
	(void)rbuf_i64(&r);
	count = rbuf_u16(&r);
	for (uint16_t i = 0; i < count; i++) {
		struct m_peer m;

		if (dec_peer(&r, &m) == -1)
			return;
		HOLDS(m.handshake_ns >= 0);
		for (uint16_t k = 0; k < m.nprefixes; k++) {
			struct m_prefix prefix;

			if (dec_prefix(&r, &prefix) == -1)
				return;
			HOLDS(prefix.prefix.len <= 128);
		}
	}
}

int
main(void)
{
	EVERY_INPUT(addrs, 2, MSG_PAYLOAD);
	EVERY_INPUT(device, 10, MSG_PAYLOAD);
	return 0;
}
