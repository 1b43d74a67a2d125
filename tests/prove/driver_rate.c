/*
 * prove: rate_take policy_endpoint_rate
 *
 * files: privd/policy.c common/addr.c common/key.c
 *
 * At any time that is not negative and in the next hundred years, with
 * buckets of any content.
 */
#include "privd/policy.h"
#include "tests/prove/prove.h"

#define CENTURY_S 3155760000u

int
main(void)
{
	static struct endpoint_rate rate;
	struct rate one;
	struct key key;
	uint32_t second;
	int64_t now_ns;

	ANY_BYTES(&rate);
	ANY_BYTES(&one);
	ANY_BYTES(&key);
	ANY_BYTES(&second);
	if (second > CENTURY_S)
		return 0;
	now_ns = (int64_t)second * 1000000000 + Frama_C_interval(0, 999999999);
	(void)policy_endpoint_rate(&rate, &key, now_ns);
	(void)rate_take(&one, now_ns, 8192, 4096);
	return 0;
}
