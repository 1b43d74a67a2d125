/*
 * The encoding of facts (WIRE.md, "Fact"; docs/wire.md). Decoding is pure:
 * it points into the bytes it was given, allocates nothing and has checked
 * every value when it returns.
 */
#ifndef NETD_FACT_H
#define NETD_FACT_H

#include "common/addr.h"
#include "common/key.h"
#include "proto/buf.h"

enum attr {
	ATTR_ALIVE = '!',
	ATTR_ENDPOINT_V4 = 'e',
	ATTR_ENDPOINT_V6 = 'E',
	ATTR_ALLOWED_V4 = 'a',
	ATTR_ALLOWED_V6 = 'A',
	ATTR_MEMBER = 'm',
	ATTR_METADATA = 'M',
	ATTR_GROUP = 'S', /* only outside a group */
	/* Extensions, to peers with CAP_ACK alone (docs/wire.md). */
	ATTR_PING = 'p', /* empty: acknowledge this group at once */
	ATTR_ACK = 'k', /* u8 count, that many first 8 bytes of nonces */
	ATTR_LINK = 'l', /* see FACT_LINK_LEN */
	ATTR_DIGEST = 'd', /* with CAP_DIGEST alone; see FACT_DIGEST_LEN */
	ATTR_TRUST = 't', /* with CAP_TRUST alone: u8 level of the subject */
};

#define BOOT_ID_LEN   16
#define FACT_TTL_MAX  65535 /* on the wire */
#define FACT_NAME_MAX 16 /* bytes of a name that every peer takes */
#define ACK_MAX	      16 /* nonces in one ACK */
#define ACK_NONCE_LEN 8
/* LINK: u64 sequence, first 8 bytes of the sender's boot id (older ones are
 * void with it), the peer's key, u8 enum fact_link. */
#define FACT_LINK_BOOT	   8 /* offsets in the value */
#define FACT_LINK_PEER	   16
#define FACT_LINK_BOOT_LEN 8
#define FACT_LINK_LEN	   (FACT_LINK_PEER + KEY_LEN + 1)
enum fact_link {
	FACT_LINK_DOWN,
	FACT_LINK_READY,
	FACT_LINK_DOUBT, /* in use, but asked and not answered */
};
/* DIGEST: u8 flags, u64 sum, and with DIGEST_ANSWER the first 8 bytes of the
 * nonce that it answers. Just one of DIGEST_ASK and DIGEST_ANSWER is set. */
#define DIGEST_ASK	       0x01 /* to be answered at once */
#define DIGEST_ANSWER	       0x02
#define DIGEST_DOUBT	       0x04 /* what I have of you is not what you said */
#define FACT_DIGEST_LEN	       9
#define FACT_DIGEST_ANSWER_LEN (FACT_DIGEST_LEN + ACK_NONCE_LEN)
#define FACT_TRUST_MAX	       3 /* Membership: trust is not handed on */
#define FACT_METADATA_MAX      512 /* we store and relay none longer */
#define FACT_HEADER_MAX	       (1 + 3 + KEY_LEN)

/* value points into the buffer that was decoded. It is well-formed for
 * attr, but nothing is said about its sense: a zero subject, port 0 or host
 * bits are for others to judge. */
struct fact {
	enum attr attr;
	uint16_t ttl_s;
	struct key subject;
	const uint8_t *value;
	size_t len;
};

/* LEB128, any form of up to 10 bytes; sets r->bad past that or over max. */
uint64_t fact_uvarint(struct rbuf *r, uint64_t max);
void fact_put_uvarint(struct wbuf *w, uint64_t v);

/* The next fact of a group's body: 1, 0 at its exact end, -1 when it is
 * malformed, unknown or another group (which spoils the whole body). */
int fact_next(struct rbuf *r, struct fact *f);
/* w->bad when it doesn't fit. */
void fact_put(struct wbuf *w, const struct fact *f);
/* Bytes that fact_put would write. */
size_t fact_size(const struct fact *f);
/* A number that stands for subject, attribute and value, the same on every
 * node: digests are sums of them. It tells facts apart that nobody made for
 * it; against malice it is nothing. */
uint64_t fact_id(const struct fact *f);

/* Typed values; the fact must have the right attribute. */
struct endpoint fact_endpoint(const struct fact *f);
struct prefix fact_prefix(const struct fact *f); /* host bits cleared */
/* Writes the value and returns its length; out holds 18 bytes. attr is the
 * one that fits the family. */
size_t
fact_endpoint_value(const struct endpoint *e, uint8_t *out, enum attr *attr);
size_t fact_prefix_value(const struct prefix *p, uint8_t *out, enum attr *attr);

struct metadata {
	const uint8_t *name; /* NULL when there is none; valid UTF-8 */
	size_t name_len;
	bool has_basic;
	bool basic;
};
/* value is a well-formed MemberMetadata. */
void fact_metadata(const uint8_t *value, size_t len, struct metadata *m);
/* name first, then basic. Returns the length, 0 when it doesn't fit. */
size_t fact_metadata_value(const struct metadata *m, uint8_t *out, size_t cap);
/* The same entries with the name first and the rest by tag, as they are
 * relayed; out holds len bytes or more. Returns the length. */
size_t fact_metadata_canonical(
    const uint8_t *value, size_t len, uint8_t *out, size_t cap);

/* Attribute's name, for people; "unknown" when it is none. */
const char *fact_attr_name(enum attr attr);

/* Capabilities of our own nodes, in the boot id (WIRE.md, last section but
 * one). 0 for the id of another implementation. */
#define CAP_ACK		  0x01 /* PING, ACK and LINK are understood */
#define CAP_DIGEST	  0x02 /* and, beside them, DIGEST */
#define CAP_TRUST	  0x04 /* and, beside PING and so on, TRUST */
#define CAP_ORDER	  0x08 /* a host's ids are in order: see boot_id_before */
#define BOOT_ID_ORDER_LEN 6
uint64_t boot_id_caps(const uint8_t id[BOOT_ID_LEN]);
/* Makes a version 8 id from 16 random bytes. */
void boot_id_make(
    const uint8_t random[BOOT_ID_LEN], uint64_t caps, uint8_t id[BOOT_ID_LEN]);
/* Of two ids of one host: is a the earlier? By their first six bytes, where
 * both say that these count up. */
bool boot_id_before(const uint8_t a[BOOT_ID_LEN], const uint8_t b[BOOT_ID_LEN]);

#endif
