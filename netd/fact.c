/*
 * Facts as bytes. Everything read here was written by another host; nothing
 * is trusted but the cursor, whose offset never passes its length.
 */
#include <string.h>

#include "netd/fact.h"

#define UVARINT_BYTES 10 /* 64 bits, 7 in each */
#define TAG_NAME      'n'
#define TAG_BASIC     'b'
#define TAGS	      256

#define V4_LEN 4
#define V6_LEN 16

uint64_t
fact_uvarint(struct rbuf *r, uint64_t max)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < UVARINT_BYTES; i++) {
		uint8_t b = rbuf_u8(r);

		if (r->bad || (i == UVARINT_BYTES - 1 && b > 1))
			break;
		v |= (uint64_t)(b & 0x7f) << (7 * i);
		if ((b & 0x80) != 0)
			continue;
		if (v > max)
			break;
		return v;
	}
	r->bad = true;
	return 0;
}

void
fact_put_uvarint(struct wbuf *w, uint64_t v)
{
	while (v >= 0x80) {
		wbuf_u8(w, (uint8_t)(v & 0x7f) | 0x80);
		v >>= 7;
	}
	wbuf_u8(w, (uint8_t)v);
}

static size_t
uvarint_size(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

/* How many bytes follow in the sequence that c starts: 0 to 3, or -1 when
 * none starts so. *low and *high bound the first of them, which is what keeps
 * out overlong forms, surrogates and what is past U+10FFFF. */
static int
utf8_more(uint8_t c, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (c < 0x80)
		return 0;
	if (c < 0xc2 || c > 0xf4)
		return -1;
	if (c < 0xe0)
		return 1;
	if (c == 0xe0)
		*low = 0xa0;
	if (c == 0xed)
		*high = 0x9f;
	if (c < 0xf0)
		return 2;
	if (c == 0xf0)
		*low = 0x90;
	if (c == 0xf4)
		*high = 0x8f;
	return 3;
}

static bool
utf8_valid(struct rbuf r)
{
	while (rbuf_left(&r) > 0) {
		uint8_t low, high;
		int more = utf8_more(rbuf_u8(&r), &low, &high);

		if (more < 0)
			return false;
		for (; more > 0; more--) {
			/* 0 past the end, which is below every low. */
			uint8_t c = rbuf_u8(&r);

			if (c < low || c > high)
				return false;
			low = 0x80;
			high = 0xbf;
		}
	}
	return true;
}

static bool
entry_valid(uint8_t tag, struct rbuf value)
{
	switch (tag) {
	case TAG_NAME:
		return utf8_valid(value);
	case TAG_BASIC:
		return rbuf_left(&value) == 1 && rbuf_u8(&value) <= 1;
	default:
		return true;
	}
}

/*
 * Reads a whole MemberMetadata, its length first, and leaves r behind it. All
 * of e, the values by tag, is set; p is NULL where there is none. r->bad when
 * it is malformed.
 */
static void
read_metadata(struct rbuf *r, struct rbuf e[TAGS])
{
	uint64_t len = fact_uvarint(r, rbuf_left(r));
	struct rbuf in = rbuf_part(r, (size_t)len);

	memset(e, 0, TAGS * sizeof(*e));
	if (r->bad)
		return;
	while (rbuf_left(&in) > 0) {
		uint8_t tag = rbuf_u8(&in);
		uint64_t n = fact_uvarint(&in, rbuf_left(&in));
		struct rbuf value = rbuf_part(&in, (size_t)n);

		if (in.bad || e[tag].p != NULL || !entry_valid(tag, value)) {
			r->bad = true;
			return;
		}
		e[tag] = value;
	}
}

static void
skip_endpoint(struct rbuf *r, size_t addr_len)
{
	const uint8_t *p = rbuf_take(r, addr_len);
	struct addr a;

	(void)rbuf_u16(r);
	if (r->bad || addr_len != V6_LEN)
		return;
	a = addr_v6(p);
	if (addr_is_v4_mapped(&a))
		r->bad = true;
}

static void
skip_prefix(struct rbuf *r, size_t addr_len)
{
	const uint8_t *p = rbuf_take(r, addr_len);
	uint8_t len = rbuf_u8(r);
	struct addr a;

	if (r->bad)
		return;
	a = addr_len == V6_LEN ? addr_v6(p) : addr_v4(p);
	if (len > addr_len * 8 || addr_is_v4_mapped(&a))
		r->bad = true;
}

static void
skip_digest(struct rbuf *r)
{
	uint8_t flags = rbuf_u8(r);
	uint8_t kind = flags & (DIGEST_ASK | DIGEST_ANSWER);

	if ((flags & ~(DIGEST_ASK | DIGEST_ANSWER | DIGEST_DOUBT)) != 0 ||
	    (kind != DIGEST_ASK && kind != DIGEST_ANSWER)) {
		r->bad = true;
		return;
	}
	(void)rbuf_take(r,
	    (kind == DIGEST_ASK ? FACT_DIGEST_LEN : FACT_DIGEST_ANSWER_LEN) -
		1);
}

/* Moves r past the value of an attribute; r->bad when it is none. */
static void
skip_value(struct rbuf *r, uint8_t attr)
{
	struct rbuf e[TAGS];
	uint8_t n;

	switch (attr) {
	case ATTR_ALIVE:
		(void)rbuf_take(r, BOOT_ID_LEN);
		break;
	case ATTR_ENDPOINT_V4:
		skip_endpoint(r, V4_LEN);
		break;
	case ATTR_ENDPOINT_V6:
		skip_endpoint(r, V6_LEN);
		break;
	case ATTR_ALLOWED_V4:
		skip_prefix(r, V4_LEN);
		break;
	case ATTR_ALLOWED_V6:
		skip_prefix(r, V6_LEN);
		break;
	case ATTR_METADATA:
		read_metadata(r, e);
		break;
	case ATTR_MEMBER:
	case ATTR_PING:
		break;
	case ATTR_ACK:
		n = rbuf_u8(r);
		if (n == 0 || n > ACK_MAX)
			r->bad = true;
		else
			(void)rbuf_take(r, (size_t)n * ACK_NONCE_LEN);
		break;
	case ATTR_LINK:
		(void)rbuf_take(r, FACT_LINK_LEN - 1);
		if (rbuf_u8(r) > FACT_LINK_DOUBT)
			r->bad = true;
		break;
	case ATTR_DIGEST:
		skip_digest(r);
		break;
	case ATTR_TRUST:
		if (rbuf_u8(r) > FACT_TRUST_MAX)
			r->bad = true;
		break;
	default:
		r->bad = true;
		break;
	}
}

int
fact_next(struct rbuf *r, struct fact *f)
{
	uint8_t attr;
	size_t start;

	if (r->bad)
		return -1;
	if (rbuf_left(r) == 0)
		return 0;
	attr = rbuf_u8(r);
	f->ttl_s = (uint16_t)fact_uvarint(r, FACT_TTL_MAX);
	rbuf_key(r, &f->subject);
	if (r->bad)
		return -1;
	start = r->off;
	skip_value(r, attr);
	if (r->bad)
		return -1;
	f->attr = (enum attr)attr;
	f->value = r->p + start;
	f->len = r->off - start;
	return 1;
}

void
fact_put(struct wbuf *w, const struct fact *f)
{
	wbuf_u8(w, (uint8_t)f->attr);
	fact_put_uvarint(w, f->ttl_s);
	wbuf_key(w, &f->subject);
	wbuf_bytes(w, f->value, f->len);
}

size_t
fact_size(const struct fact *f)
{
	return 1 + uvarint_size(f->ttl_s) + KEY_LEN + f->len;
}

/* FNV-1a, byte by byte, so that byte order is nothing to it. */
static uint64_t
fnv(uint64_t h, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

uint64_t
fact_id(const struct fact *f)
{
	const uint8_t attr = (uint8_t)f->attr;
	uint64_t h = UINT64_C(14695981039346656037);

	h = fnv(h, &attr, 1);
	h = fnv(h, f->subject.b, KEY_LEN);
	h = fnv(h, f->value, f->len);
	/* MurmurHash3's last steps: sums of FNV alone would have little in
	 * their upper bits that differs. */
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

struct endpoint
fact_endpoint(const struct fact *f)
{
	bool v6 = f->attr == ATTR_ENDPOINT_V6;
	const uint8_t *port = f->value + (v6 ? V6_LEN : V4_LEN);
	struct endpoint e;

	e.addr = v6 ? addr_v6(f->value) : addr_v4(f->value);
	e.port = (uint16_t)(port[0] << 8 | port[1]);
	return e;
}

struct prefix
fact_prefix(const struct fact *f)
{
	bool v6 = f->attr == ATTR_ALLOWED_V6;
	struct addr a = v6 ? addr_v6(f->value) : addr_v4(f->value);
	struct prefix p = {.len = 0};

	(void)prefix_make(&a, f->value[v6 ? V6_LEN : V4_LEN], &p);
	return p;
}

/* Copies the address and returns its length. */
static size_t
put_addr(const struct addr *a, uint8_t *out)
{
	size_t len = a->family == 6 ? V6_LEN : V4_LEN;

	memcpy(out, a->b, len);
	return len;
}

size_t
fact_endpoint_value(const struct endpoint *e, uint8_t *out, enum attr *attr)
{
	size_t len = put_addr(&e->addr, out);

	*attr = e->addr.family == 6 ? ATTR_ENDPOINT_V6 : ATTR_ENDPOINT_V4;
	out[len] = (uint8_t)(e->port >> 8);
	out[len + 1] = (uint8_t)e->port;
	return len + 2;
}

size_t
fact_prefix_value(const struct prefix *p, uint8_t *out, enum attr *attr)
{
	size_t len = put_addr(&p->addr, out);

	*attr = p->addr.family == 6 ? ATTR_ALLOWED_V6 : ATTR_ALLOWED_V4;
	out[len] = p->len;
	return len + 1;
}

void
fact_metadata(const uint8_t *value, size_t len, struct metadata *m)
{
	struct rbuf e[TAGS];
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, value, len);
	read_metadata(&r, e);
	if (r.bad)
		return;
	if (e[TAG_NAME].p != NULL) {
		m->name_len = rbuf_left(&e[TAG_NAME]);
		m->name = rbuf_take(&e[TAG_NAME], m->name_len);
	}
	if (e[TAG_BASIC].p == NULL)
		return;
	m->has_basic = true;
	m->basic = rbuf_u8(&e[TAG_BASIC]) != 0;
}

static size_t
entry_size(const struct rbuf *e)
{
	size_t len = rbuf_left(e);

	return e->p == NULL ? 0 : 1 + uvarint_size(len) + len;
}

static void
put_entry(struct wbuf *w, uint8_t tag, struct rbuf e)
{
	if (e.p == NULL)
		return;
	wbuf_u8(w, tag);
	fact_put_uvarint(w, rbuf_left(&e));
	while (rbuf_left(&e) > 0)
		wbuf_u8(w, rbuf_u8(&e));
}

/* Length, name, then the rest by tag. Returns the bytes written, 0 when they
 * don't fit. */
static size_t
put_entries(const struct rbuf e[TAGS], uint8_t *out, size_t cap)
{
	struct wbuf w;
	size_t len = 0;

	for (size_t i = 0; i < TAGS; i++)
		len += entry_size(&e[i]);
	wbuf_init(&w, out, cap);
	fact_put_uvarint(&w, len);
	put_entry(&w, TAG_NAME, e[TAG_NAME]);
	for (size_t i = 0; i < TAGS; i++) {
		if (i != TAG_NAME)
			put_entry(&w, (uint8_t)i, e[i]);
	}
	return w.bad ? 0 : w.off;
}

size_t
fact_metadata_value(const struct metadata *m, uint8_t *out, size_t cap)
{
	struct rbuf e[TAGS] = {{.p = NULL}};
	uint8_t basic = m->basic ? 1 : 0;

	rbuf_init(&e[TAG_NAME], m->name, m->name_len);
	if (m->has_basic)
		rbuf_init(&e[TAG_BASIC], &basic, 1);
	return put_entries(e, out, cap);
}

size_t
fact_metadata_canonical(
    const uint8_t *value, size_t len, uint8_t *out, size_t cap)
{
	struct rbuf e[TAGS];
	struct rbuf r;

	rbuf_init(&r, value, len);
	read_metadata(&r, e);
	return r.bad ? 0 : put_entries(e, out, cap);
}

const char *
fact_attr_name(enum attr attr)
{
	switch (attr) {
	case ATTR_ALIVE:
		return "Alive";
	case ATTR_ENDPOINT_V4:
		return "EndpointV4";
	case ATTR_ENDPOINT_V6:
		return "EndpointV6";
	case ATTR_ALLOWED_V4:
		return "AllowedCidrV4";
	case ATTR_ALLOWED_V6:
		return "AllowedCidrV6";
	case ATTR_MEMBER:
		return "Member";
	case ATTR_METADATA:
		return "MemberMetadata";
	case ATTR_GROUP:
		return "SignedGroup";
	case ATTR_PING:
		return "Ping";
	case ATTR_ACK:
		return "Ack";
	case ATTR_LINK:
		return "Link";
	case ATTR_DIGEST:
		return "Digest";
	case ATTR_TRUST:
		return "Trust";
	}
	return "unknown";
}

/* A UUID of version 8, "WL" in bytes 9 and 10, 40 bits of capabilities. */
uint64_t
boot_id_caps(const uint8_t id[BOOT_ID_LEN])
{
	uint64_t caps = 0;

	if (id[6] >> 4 != 8 || id[8] >> 6 != 2 || id[9] != 0x57 ||
	    id[10] != 0x4c)
		return 0;
	for (size_t i = 11; i < BOOT_ID_LEN; i++)
		caps = caps << 8 | id[i];
	return caps;
}

void
boot_id_make(
    const uint8_t random[BOOT_ID_LEN], uint64_t caps, uint8_t id[BOOT_ID_LEN])
{
	memcpy(id, random, BOOT_ID_LEN);
	id[6] = (uint8_t)((id[6] & 0x0f) | 0x80);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
	id[9] = 0x57;
	id[10] = 0x4c;
	for (size_t i = BOOT_ID_LEN; i-- > 11; caps >>= 8)
		id[i] = (uint8_t)caps;
}

bool
boot_id_before(const uint8_t a[BOOT_ID_LEN], const uint8_t b[BOOT_ID_LEN])
{
	return (boot_id_caps(a) & boot_id_caps(b) & CAP_ORDER) != 0 &&
	    memcmp(a, b, BOOT_ID_ORDER_LEN) < 0;
}
