/*
 * prove: dec_ctl_self dec_ctl_fact dec_ctl_counter
 *
 * messages: CTL_GET CTL_SELF CTL_FACT CTL_COUNTER CTL_END
 *
 * files: proto/ctl.c proto/codec.c proto/buf.c common/addr.c
 */
#include "proto/ctl.h"
#include "tests/prove/prove.h"

static void
self(const uint8_t *p, size_t len)
{
	struct ctl_self m;

	(void)dec_ctl_self(p, len, &m);
}

static void
fact(const uint8_t *p, size_t len)
{
	struct ctl_fact m;

	if (dec_ctl_fact(p, len, &m) == 0)
		HOLDS(m.len <= CTL_VALUE_MAX);
}

static void
counter(const uint8_t *p, size_t len)
{
	struct ctl_counter m;

	(void)dec_ctl_counter(p, len, &m);
}

/* CTL_GET and CTL_END are one number each. */
static void
number(const uint8_t *p, size_t len)
{
	struct rbuf r;

	rbuf_init(&r, p, len);
	(void)rbuf_u8(&r);
	rbuf_init(&r, p, len);
	(void)rbuf_u32(&r);
}

int
main(void)
{
	EVERY_INPUT(self, 82, MSG_PAYLOAD);
	EVERY_INPUT(fact, 70, MSG_PAYLOAD);
	EVERY_INPUT(counter, 10, MSG_PAYLOAD);
	EVERY_INPUT(number, 4, MSG_PAYLOAD);
	return 0;
}
