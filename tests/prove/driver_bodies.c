/*
 * prove: dec_seal dec_check dec_body dec_sealed dec_checked
 *
 * messages: SEAL CHECK SEALED CHECKED
 *
 * files: proto/codec_privd.c proto/codec_netd.c proto/buf.c common/addr.c
 */
#include "proto/codec.h"
#include "tests/prove/prove.h"

/* As privd/dispatch.c reads them. */
static void
batch(const uint8_t *p, size_t len, int (*dec)(struct rbuf *, struct m_body *))
{
	struct m_body body[BATCH_MAX];
	struct rbuf r;
	size_t n;

	rbuf_init(&r, p, len);
	n = rbuf_u8(&r);
	if (n > BATCH_MAX)
		return;
	for (size_t i = 0; i < n; i++) {
		if (dec(&r, &body[i]) == -1)
			return;
	}
}

static void
seal(const uint8_t *p, size_t len)
{
	batch(p, len, dec_seal);
}

static void
check(const uint8_t *p, size_t len)
{
	batch(p, len, dec_check);
}

static void
sealed(const uint8_t *p, size_t len)
{
	struct m_sealed m;
	struct rbuf r;

	rbuf_init(&r, p, len);
	for (uint8_t n = rbuf_u8(&r); n > 0; n--) {
		if (dec_sealed(&r, &m) == -1)
			return;
		HOLDS(m.status <= CRYPT_RATE);
	}
}

static void
checked(const uint8_t *p, size_t len)
{
	uint8_t status[BATCH_MAX];
	size_t n;

	if (dec_checked(p, len, status, &n) == 0)
		HOLDS(1 <= n && n <= BATCH_MAX);
}

int
main(void)
{
	EVERY_INPUT(seal, 35, MSG_PAYLOAD);
	EVERY_INPUT(check, 75, MSG_PAYLOAD);
	EVERY_INPUT(sealed, 42, MSG_PAYLOAD);
	EVERY_INPUT(checked, 5, MSG_PAYLOAD);
	return 0;
}
