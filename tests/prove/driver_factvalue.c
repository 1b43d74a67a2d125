/*
 * prove: fact_endpoint fact_prefix
 *
 * files: netd/fact.c proto/buf.c common/addr.c
 *
 * options: -eva-slevel 200
 */
#include "netd/fact.h"
#include "proto/codec.h"
#include "tests/prove/prove.h"

/* Each value has just the length that its attribute has, and may be read as
 * that. */
static void
fact(uint8_t attr)
{
	static uint8_t input[BODY_MAX_RECV];
	struct fact f;
	struct rbuf r;

	ANY_BYTES(&input);
	input[0] = attr;
	rbuf_init(&r, input, any_size(sizeof(input)));
	if (fact_next(&r, &f) != 1)
		return;
	switch (f.attr) {
	case ATTR_ENDPOINT_V4:
	case ATTR_ENDPOINT_V6:
		HOLDS(f.len == (f.attr == ATTR_ENDPOINT_V6 ? 18 : 6));
		(void)fact_endpoint(&f);
		break;
	case ATTR_ALLOWED_V4:
	case ATTR_ALLOWED_V6:
		HOLDS(f.len == (f.attr == ATTR_ALLOWED_V6 ? 17 : 5));
		(void)fact_prefix(&f);
		break;
	case ATTR_ALIVE:
		HOLDS(f.len == BOOT_ID_LEN);
		break;
	case ATTR_LINK:
		HOLDS(f.len == FACT_LINK_LEN);
		break;
	case ATTR_DIGEST:
		HOLDS(f.len == FACT_DIGEST_LEN ||
		    f.len == FACT_DIGEST_ANSWER_LEN);
		break;
	case ATTR_TRUST:
		HOLDS(f.len == 1);
		break;
	case ATTR_MEMBER:
	case ATTR_PING:
		HOLDS(f.len == 0);
		break;
	default:
		break;
	}
}

/* An answer has its nonce: flags, told apart from any by their place. */
static void
digest(uint8_t flags)
{
	static uint8_t input[BODY_MAX_RECV];
	struct fact f;
	struct rbuf r;

	ANY_BYTES(&input);
	input[0] = ATTR_DIGEST;
	input[1] = 0;
	input[2 + KEY_LEN] = flags;
	rbuf_init(&r, input, any_size(sizeof(input)));
	if (fact_next(&r, &f) != 1)
		return;
	HOLDS(f.len ==
	    ((flags & DIGEST_ANSWER) != 0 ? FACT_DIGEST_ANSWER_LEN
					  : FACT_DIGEST_LEN));
}

int
main(void)
{
	fact(ATTR_ALIVE);
	fact(ATTR_ENDPOINT_V4);
	fact(ATTR_ENDPOINT_V6);
	fact(ATTR_ALLOWED_V4);
	fact(ATTR_ALLOWED_V6);
	fact(ATTR_MEMBER);
	fact(ATTR_PING);
	fact(ATTR_LINK);
	fact(ATTR_DIGEST);
	digest(DIGEST_ASK);
	digest(DIGEST_ANSWER);
	digest(DIGEST_ASK | DIGEST_DOUBT);
	digest(DIGEST_ANSWER | DIGEST_DOUBT);
	fact(ATTR_TRUST);
	return 0;
}
