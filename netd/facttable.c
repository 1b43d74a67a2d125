/*
 * Where facts are kept: an array with holes, and a hash table over it. What
 * may be kept, and for how long, is factdb.c's.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "netd/facttable.h"

#define BUCKETS_MIN 64
/* So many facts gone, and their pages are given back to the system. */
#define TRIM_FACTS 1024

int
factdb_init(struct factdb *db, uint64_t hash_key, size_t limit)
{
	memset(db, 0, sizeof(*db));
	db->hash_key = hash_key;
	db->limit = limit;
	db->next_expiry_ns = INT64_MAX;
	db->nbuckets = BUCKETS_MIN;
	db->buckets = malloc(db->nbuckets * sizeof(*db->buckets));
	if (db->buckets == NULL)
		return -1;
	memset(db->buckets, 0xff, db->nbuckets * sizeof(*db->buckets));
	return 0;
}

static void
dbfact_free(struct dbfact *d)
{
	if (d != NULL)
		free(d->known);
	free(d);
}

void
factdb_clear(struct factdb *db)
{
	for (size_t i = 0; i < db->top; i++)
		dbfact_free(db->facts[i]);
	free(db->facts);
	free(db->buckets);
	memset(db, 0, sizeof(*db));
}

/* Keyed, so that nobody outside can aim at one bucket. */
static uint64_t
mix(uint64_t h, const uint8_t *p, size_t len)
{
	while (len > 0) {
		uint64_t word = 0;
		size_t n = len < sizeof(word) ? len : sizeof(word);

		memcpy(&word, p, n);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
		p += n;
		len -= n;
	}
	return h;
}

/* LINK statements are one per (subject, peer): the rest of the value is not
 * what they are about. */
static const uint8_t *
identity(enum attr attr, const uint8_t *value, size_t len, size_t *idlen)
{
	if (attr == ATTR_LINK) {
		*idlen = KEY_LEN;
		return value + FACT_LINK_PEER;
	}
	*idlen = len;
	return value;
}

uint32_t
facttable_hash(const struct factdb *db, const struct fact *f)
{
	size_t idlen;
	const uint8_t *id = identity(f->attr, f->value, f->len, &idlen);
	uint64_t h = db->hash_key ^ ((uint64_t)f->attr << 32 ^ idlen);

	h = mix(h, f->subject.b, KEY_LEN);
	h = mix(h, id, idlen);
	h ^= h >> 32;
	return (uint32_t)h;
}

static bool
same_fact(const struct dbfact *d, const struct fact *f)
{
	size_t a, b;
	const uint8_t *da = identity(d->attr, d->value, d->len, &a);
	const uint8_t *fb = identity(f->attr, f->value, f->len, &b);

	return d->attr == f->attr && a == b && memcmp(da, fb, a) == 0 &&
	    key_eq(&d->subject, &f->subject);
}

uint32_t
facttable_find(const struct factdb *db, const struct fact *f, uint32_t hash)
{
	uint32_t i = db->buckets[hash & (db->nbuckets - 1)];

	while (i != NO_FACT) {
		const struct dbfact *d = db->facts[i];

		if (d->hash == hash && same_fact(d, f))
			return i;
		i = d->next;
	}
	return NO_FACT;
}

static int
grow(struct factdb *db)
{
	size_t ncap = db->cap == 0 ? 64 : db->cap * 2;
	struct dbfact **facts;
	uint32_t *buckets;

	facts = reallocarray(db->facts, ncap, sizeof(struct dbfact *));
	if (facts == NULL)
		return -1;
	db->facts = facts;
	db->cap = ncap;
	buckets = reallocarray(db->buckets, ncap, sizeof(*buckets));
	if (buckets == NULL)
		return -1;
	db->buckets = buckets;
	db->nbuckets = ncap;
	memset(buckets, 0xff, ncap * sizeof(*buckets));
	for (uint32_t i = 0; i < db->top; i++) {
		struct dbfact *d = facts[i];

		if (d == NULL)
			continue;
		d->next = buckets[d->hash & (ncap - 1)];
		buckets[d->hash & (ncap - 1)] = i;
	}
	return 0;
}

uint32_t
facttable_insert(struct factdb *db, const struct fact *f, uint32_t hash)
{
	struct dbfact *d;
	uint32_t i = NO_FACT, *bucket;

	if (db->count == db->top) {
		if (db->top == db->cap && grow(db) == -1)
			return NO_FACT;
		i = (uint32_t)db->top;
	} else {
		for (i = db->free_hint; db->facts[i] != NULL; i++)
			;
	}
	d = calloc(1, sizeof(*d) + f->len);
	if (d == NULL)
		return NO_FACT;
	if (i == db->top)
		db->top++;
	db->free_hint = i + 1;
	d->subject = f->subject;
	d->attr = f->attr;
	d->len = f->len;
	if (f->len > 0)
		memcpy(d->value, f->value, f->len);
	d->hash = hash;
	d->id = fact_id(f);
	d->serial = ++db->serial;
	bucket = &db->buckets[hash & (db->nbuckets - 1)];
	d->next = *bucket;
	*bucket = i;
	db->facts[i] = d;
	db->count++;
	return i;
}

void
facttable_drop(struct factdb *db, uint32_t index)
{
	struct dbfact *d = db->facts[index];
	uint32_t *link = &db->buckets[d->hash & (db->nbuckets - 1)];

	while (*link != index)
		link = &db->facts[*link]->next;
	*link = d->next;
	/* No digest renews statements of links. */
	for (size_t i = 0; i < d->nknown && d->attr != ATTR_LINK; i++) {
		if ((d->known[i] & KNOWN_TIME) > db->gone_s[i])
			db->gone_s[i] = d->known[i] & KNOWN_TIME;
	}
	db->vacated = true;
	dbfact_free(d);
	db->facts[index] = NULL;
	db->count--;
	db->dropped++;
	if (index < db->free_hint)
		db->free_hint = index;
	if (db->count == 0) {
		db->top = 0;
		db->free_hint = 0;
	}
}

/* The C library keeps what is free between what is not. */
void
facttable_trim(struct factdb *db)
{
	if (db->dropped < TRIM_FACTS)
		return;
	db->dropped = 0;
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

struct dbfact *
factdb_next(const struct factdb *db, uint32_t *index)
{
	while (*index < db->top) {
		struct dbfact *d = db->facts[(*index)++];

		if (d != NULL)
			return d;
	}
	return NULL;
}

struct dbfact *
factdb_at(const struct factdb *db, uint32_t index, uint32_t serial)
{
	if (index >= db->top || db->facts[index] == NULL ||
	    db->facts[index]->serial != serial)
		return NULL;
	return db->facts[index];
}
