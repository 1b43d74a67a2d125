/*
 * The datagram: one SignedGroup (WIRE.md, "Fact" and "Signing"). privd seals
 * and checks; here are only its outer bytes.
 */
#ifndef NETD_GROUP_H
#define NETD_GROUP_H

#include "netd/fact.h"
#include "proto/codec.h"

#define GROUP_OVERHEAD	  (36 + NONCE_LEN + TAG_LEN) /* ttl at its longest */
#define DATAGRAM_MAX_SEND 1212
#define DATAGRAM_MAX_RECV 2424

struct group {
	struct key signer;
	uint8_t nonce[NONCE_LEN];
	uint8_t tag[TAG_LEN];
	const uint8_t *body; /* into the datagram */
	size_t len;
};

/* 0, or -1 when the datagram is no single well-formed group. */
int group_parse(const uint8_t *p, size_t len, struct group *g);
/* Every fact of the body is well-formed and known. */
bool group_body_valid(const uint8_t *body, size_t len);
/* Writes the datagram; returns its length, 0 when it doesn't fit cap. */
size_t group_build(uint8_t *out, size_t cap, const struct group *g);

#endif
