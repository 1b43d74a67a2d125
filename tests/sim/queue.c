/* Randomness from the seed, and the events in order of time. */
#include <err.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

/* xoshiro256**, by D. Blackman and S. Vigna. */
uint64_t
sim_random(struct sim *s)
{
	uint64_t *r = s->random;
	uint64_t result = r[1] * 5, t = r[1] << 17;

	result = (result << 7 | result >> 57) * 9;
	r[2] ^= r[0];
	r[3] ^= r[1];
	r[1] ^= r[2];
	r[0] ^= r[3];
	r[2] ^= t;
	r[3] = r[3] << 45 | r[3] >> 19;
	return result;
}

uint32_t
sim_below(struct sim *s, uint32_t n)
{
	return (uint32_t)((sim_random(s) >> 32) * n >> 32);
}

int64_t
sim_between(struct sim *s, int64_t low, int64_t high)
{
	return low + (int64_t)(sim_random(s) % (uint64_t)(high - low + 1));
}

bool
sim_chance(struct sim *s, double p)
{
	return (double)(sim_random(s) >> 11) * 0x1p-53 < p;
}

void *
sim_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		err(1, "calloc");
	return p;
}

static bool
before(const struct event_item *a, const struct event_item *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->seq < b->seq;
}

static void
swap(struct event_item *a, struct event_item *b)
{
	struct event_item t = *a;

	*a = *b;
	*b = t;
}

void
queue_put(struct sim *s, int64_t at_ns, enum what what, uint32_t a, uint32_t b,
    uint64_t gen, void *p)
{
	struct queue *q = &s->queue;
	size_t i = q->n;

	if (q->n == q->cap) {
		q->cap = q->cap == 0 ? 1024 : q->cap * 2;
		q->items = reallocarray(q->items, q->cap, sizeof(*q->items));
		if (q->items == NULL)
			err(1, "reallocarray");
	}
	q->items[q->n++] = (struct event_item){.at_ns = at_ns,
	    .seq = q->seq++,
	    .what = what,
	    .a = a,
	    .b = b,
	    .gen = gen,
	    .p = p};
	for (; i > 0 && before(&q->items[i], &q->items[(i - 1) / 2]);
	     i = (i - 1) / 2)
		swap(&q->items[i], &q->items[(i - 1) / 2]);
}

bool
queue_get(struct sim *s, struct event_item *e)
{
	struct queue *q = &s->queue;
	size_t i = 0;

	if (q->n == 0)
		return false;
	*e = q->items[0];
	q->items[0] = q->items[--q->n];
	for (;;) {
		size_t least = i, left = 2 * i + 1;

		if (left < q->n && before(&q->items[left], &q->items[least]))
			least = left;
		if (left + 1 < q->n &&
		    before(&q->items[left + 1], &q->items[least]))
			least = left + 1;
		if (least == i)
			return true;
		swap(&q->items[i], &q->items[least]);
		i = least;
	}
}
