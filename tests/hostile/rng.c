/* Numbers that a seed repeats (splitmix64). */
#include <string.h>

#include "tests/hostile/hostile.h"

uint64_t
rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

bool
rng_chance(struct rng *r, uint32_t percent)
{
	return rng_below(r, 100) < percent;
}

void
rng_fill(struct rng *r, void *out, size_t len)
{
	uint8_t *p = out;
	uint64_t v;

	for (; len > 0; p += 8, len -= 8) {
		v = rng_next(r);
		if (len < 8) {
			memcpy(p, &v, len);
			break;
		}
		memcpy(p, &v, 8);
	}
}
