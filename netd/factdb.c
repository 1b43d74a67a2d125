/* Facts, merged and bounded. See factdb.h. */
#include <string.h>

#include "netd/facttable.h"

static struct fact_source *
source_of(struct dbfact *d, uint16_t slot)
{
	for (size_t i = 0; i < d->nsrc; i++) {
		if (d->src[i].peer == slot)
			return &d->src[i];
	}
	return NULL;
}

static void
recount(struct dbfact *d)
{
	d->expires_ns = 0;
	for (size_t i = 0; i < d->nsrc; i++) {
		if (d->src[i].until_ns > d->expires_ns)
			d->expires_ns = d->src[i].until_ns;
	}
}

static bool
is_endpoint(enum attr attr)
{
	return attr == ATTR_ENDPOINT_V4 || attr == ATTR_ENDPOINT_V6;
}

static bool
is_allowed(enum attr attr)
{
	return attr == ATTR_ALLOWED_V4 || attr == ATTR_ALLOWED_V6;
}

/*
 * May this source add one more fact about the subject? Of endpoints it may
 * replace one that it has not renewed for half a TTL, which *stale gives.
 */
static bool
within_limits(struct factdb *db, int64_t now_ns, const struct fact *f,
    uint16_t source, size_t most, uint32_t *stale)
{
	size_t all = 0, his = 0, prefixes = 0;
	uint32_t i = 0;
	struct dbfact *d;

	*stale = NO_FACT;
	if (!is_endpoint(f->attr) && !is_allowed(f->attr))
		return true;
	while ((d = factdb_next(db, &i)) != NULL) {
		if (!key_eq(&d->subject, &f->subject))
			continue;
		if (is_allowed(d->attr))
			prefixes++;
		if (!is_endpoint(d->attr))
			continue;
		all++;
		if (source_of(d, source) == NULL)
			continue;
		his++;
		if (!d->local && d->nsrc == 1 &&
		    now_ns - d->renewed_ns >
			FACT_TTL_S * SECOND_NS / 2 + 10 * SECOND_NS)
			*stale = i - 1;
	}
	if (is_allowed(f->attr))
		return prefixes < SUBJECT_MAX_PREFIXES;
	if (all < SUBJECT_MAX_ENDPOINTS && his < most) {
		*stale = NO_FACT;
		return true;
	}
	return *stale != NO_FACT;
}

/* Sequence numbers of one boot id are in order; of two, the one that comes
 * counts, since only the subject itself is listened to. */
static bool
link_older(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a + FACT_LINK_BOOT, b + FACT_LINK_BOOT,
		   FACT_LINK_BOOT_LEN) == 0 &&
	    memcmp(a, b, 8) < 0;
}

static void
take_back(
    struct factdb *db, int64_t now_ns, struct dbfact *d, struct fact_source *s)
{
	*s = d->src[--d->nsrc];
	db->vacated = true;
	recount(d);
	db->next_expiry_ns = now_ns;
}

/* A source states one name of a subject, and one trust: the new one is instead
 * of what it stated before. */
static void
other_words(struct factdb *db, int64_t now_ns, const struct fact *f,
    uint32_t index, uint16_t source)
{
	uint32_t i = 0;
	struct dbfact *d;
	bool vacated = db->vacated;

	while ((d = factdb_next(db, &i)) != NULL) {
		struct fact_source *s;

		if (i - 1 == index || d->attr != f->attr ||
		    !key_eq(&d->subject, &f->subject))
			continue;
		s = source_of(d, source);
		if (s == NULL)
			continue;
		db->ousted = d->id;
		take_back(db, now_ns, d, s);
		if (d->nsrc == 0 && !d->local)
			facttable_drop(db, i - 1);
	}
	/* Names are under no limit but the table's. */
	db->vacated = vacated;
}

static enum put
renew(struct factdb *db, int64_t now_ns, uint32_t index, int64_t until_ns,
    uint16_t source)
{
	struct dbfact *d = db->facts[index];
	struct fact_source *s = source_of(d, source);
	int64_t before = d->expires_ns;

	if (until_ns <= now_ns) {
		if (s == NULL)
			return PUT_SAME;
		take_back(db, now_ns, d, s);
		return PUT_RENEWED;
	}
	if (s == NULL && d->nsrc < FACT_SOURCES) {
		s = &d->src[d->nsrc++];
		s->peer = source;
		s->until_ns = 0;
	}
	if (s == NULL)
		return PUT_SAME;
	s->old = false;
	if (until_ns > s->until_ns)
		s->until_ns = until_ns;
	d->renewed_ns = now_ns;
	recount(d);
	if (until_ns < db->next_expiry_ns)
		db->next_expiry_ns = until_ns;
	return d->expires_ns > before ? PUT_RENEWED : PUT_SAME;
}

static enum put
put_most(struct factdb *db, int64_t now_ns, const struct fact *f,
    uint16_t source, size_t most, uint32_t *index)
{
	int64_t ttl_s =
	    f->ttl_s < TTL_COUNTED_MAX_S ? f->ttl_s : TTL_COUNTED_MAX_S;
	uint32_t hash = facttable_hash(db, f), stale,
		 i = facttable_find(db, f, hash);
	bool replaced = false;

	*index = i;
	db->ousted = 0;
	if ((f->attr == ATTR_METADATA || f->attr == ATTR_TRUST) && ttl_s > 0)
		other_words(db, now_ns, f, i, source);
	if (i != NO_FACT && f->attr == ATTR_LINK) {
		const uint8_t *had = db->facts[i]->value;

		if (db->facts[i]->local || link_older(f->value, had))
			return PUT_SAME;
		if (memcmp(had, f->value, f->len) != 0) {
			facttable_drop(db, i);
			i = NO_FACT;
			replaced = true;
		}
	}
	if (i != NO_FACT)
		return renew(db, now_ns, i, now_ns + ttl_s * SECOND_NS, source);
	*index = NO_FACT;
	if (ttl_s == 0)
		return replaced ? PUT_NEW : PUT_SAME;
	if (!within_limits(db, now_ns, f, source, most, &stale))
		return PUT_LIMIT;
	if (stale != NO_FACT)
		facttable_drop(db, stale);
	if (db->count >= db->limit - db->limit / 4)
		return PUT_FULL;
	i = facttable_insert(db, f, hash);
	if (i == NO_FACT)
		return PUT_FULL;
	renew(db, now_ns, i, now_ns + ttl_s * SECOND_NS, source);
	*index = i;
	return PUT_NEW;
}

enum put
factdb_put(struct factdb *db, int64_t now_ns, const struct fact *f,
    uint16_t source, uint32_t *index)
{
	return put_most(db, now_ns, f, source, SUBJECT_SOURCE_ENDPOINTS, index);
}

enum put
factdb_put_router(struct factdb *db, int64_t now_ns, const struct fact *f,
    uint16_t source, uint32_t *index)
{
	return put_most(db, now_ns, f, source, SUBJECT_ROUTER_ENDPOINTS, index);
}

void
factdb_local_begin(struct factdb *db)
{
	db->local_gen++;
}

bool
factdb_local(struct factdb *db, int64_t now_ns, const struct fact *f)
{
	uint32_t hash = facttable_hash(db, f), i = facttable_find(db, f, hash);
	struct dbfact *d;
	bool changed = false;

	if (i != NO_FACT && f->attr == ATTR_LINK &&
	    memcmp(db->facts[i]->value, f->value, f->len) != 0) {
		facttable_drop(db, i);
		i = NO_FACT;
	}
	if (i == NO_FACT) {
		if (db->count >= db->limit)
			return false;
		i = facttable_insert(db, f, hash);
		if (i == NO_FACT)
			return false;
		changed = true;
	}
	d = db->facts[i];
	changed |= !d->local;
	d->local = true;
	d->local_gen = db->local_gen;
	d->renewed_ns = now_ns;
	return changed;
}

bool
factdb_local_end(struct factdb *db)
{
	bool changed = false;
	uint32_t i = 0;
	struct dbfact *d;

	while ((d = factdb_next(db, &i)) != NULL) {
		if (!d->local || d->local_gen == db->local_gen)
			continue;
		changed = true;
		d->local = false;
		if (d->nsrc == 0)
			facttable_drop(db, i - 1);
	}
	return changed;
}

bool
factdb_expire(struct factdb *db, int64_t now_ns, bool *relied)
{
	bool gone = false;
	uint32_t i = 0;
	struct dbfact *d;

	*relied = false;
	if (now_ns < db->next_expiry_ns)
		return false;
	db->next_expiry_ns = INT64_MAX;
	while ((d = factdb_next(db, &i)) != NULL) {
		for (size_t s = 0; s < d->nsrc;) {
			if (d->src[s].until_ns <= now_ns) {
				d->src[s] = d->src[--d->nsrc];
				db->vacated = true;
				continue;
			}
			if (d->src[s].until_ns < db->next_expiry_ns)
				db->next_expiry_ns = d->src[s].until_ns;
			s++;
		}
		recount(d);
		if (d->nsrc > 0 || d->local)
			continue;
		if (is_allowed(d->attr) || d->attr == ATTR_MEMBER)
			*relied = true;
		facttable_drop(db, i - 1);
		gone = true;
	}
	facttable_trim(db);
	return gone;
}

void
factdb_drop_links(struct factdb *db, const struct key *subject)
{
	uint32_t i = 0;
	const struct dbfact *d;

	while ((d = factdb_next(db, &i)) != NULL) {
		if (d->attr == ATTR_LINK && !d->local &&
		    key_eq(&d->subject, subject))
			facttable_drop(db, i - 1);
	}
}

bool
factdb_drop_subject(struct factdb *db, const struct key *subject)
{
	uint32_t i = 0;
	struct dbfact *d;
	bool any = false;

	while ((d = factdb_next(db, &i)) != NULL) {
		if (d->nsrc == 0 || !key_eq(&d->subject, subject))
			continue;
		any = true;
		db->vacated = true;
		d->nsrc = 0;
		recount(d);
		if (!d->local)
			facttable_drop(db, i - 1);
	}
	return any;
}

void
factdb_take_back(struct factdb *db, uint32_t index, uint16_t source)
{
	struct dbfact *d = db->facts[index];
	struct fact_source *s = source_of(d, source);

	if (s == NULL)
		return;
	*s = d->src[--d->nsrc];
	db->vacated = true;
	recount(d);
	if (d->nsrc == 0 && !d->local)
		facttable_drop(db, index);
}

bool
factdb_forget_peer(struct factdb *db, uint16_t slot)
{
	bool told = db->gone_s[slot] != 0;
	uint32_t i = 0;
	struct dbfact *d;

	while ((d = factdb_next(db, &i)) != NULL) {
		if (slot < d->nknown) {
			told |= d->known[slot] != 0;
			d->known[slot] = 0;
		}
		factdb_take_back(db, i - 1, slot);
	}
	db->gone_s[slot] = 0;
	return told;
}

void
factdb_restarted(struct factdb *db, uint16_t source)
{
	uint32_t i = 0;
	struct dbfact *d;

	while ((d = factdb_next(db, &i)) != NULL) {
		struct fact_source *s = source_of(d, source);

		if (s != NULL)
			s->old = true;
	}
}

int64_t
factdb_stated(const struct dbfact *d, uint16_t source)
{
	for (size_t i = 0; i < d->nsrc; i++) {
		if (d->src[i].peer == source && !d->src[i].old)
			return d->src[i].until_ns;
	}
	return 0;
}

bool
factdb_restate(
    struct dbfact *d, uint16_t source, int64_t now_ns, int64_t until_ns)
{
	struct fact_source *s = source_of(d, source);
	int64_t before = d->expires_ns;

	if (s == NULL)
		return false;
	if (until_ns > s->until_ns)
		s->until_ns = until_ns;
	d->renewed_ns = now_ns;
	recount(d);
	return d->expires_ns > before;
}

int64_t
factdb_until(const struct dbfact *d)
{
	return d->local ? INT64_MAX : d->expires_ns;
}

struct fact
factdb_fact(const struct dbfact *d, int64_t now_ns)
{
	struct fact f = {
	    .attr = d->attr,
	    .subject = d->subject,
	    .value = d->value,
	    .len = d->len,
	};
	int64_t left_s = FACT_TTL_S;

	if (!d->local)
		left_s = (d->expires_ns - now_ns) / SECOND_NS;
	f.ttl_s = (uint16_t)(left_s > 0 ? left_s : 0);
	return f;
}
