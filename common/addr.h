/*
 * Addresses, prefixes and endpoints as plain values. Nothing here resolves a
 * name or touches a socket.
 */
#ifndef COMMON_ADDR_H
#define COMMON_ADDR_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* family is 0 (no address), 4 or 6; an IPv4 address uses the first 4 bytes
 * and leaves the rest zero, so that two equal addresses are equal bytes. */
struct addr {
	uint8_t family;
	uint8_t b[16];
};

struct prefix {
	struct addr addr; /* host bits are zero */
	uint8_t len;
};

struct endpoint {
	struct addr addr;
	uint16_t port; /* host byte order */
};

#define ADDR_STRLEN	46
#define PREFIX_STRLEN	50
#define ENDPOINT_STRLEN 56

struct addr addr_v4(const uint8_t b[4]);
struct addr addr_v6(const uint8_t b[16]);
/* Numeric only. 0 or -1. */
int addr_parse(const char *s, struct addr *out);
const char *addr_format(const struct addr *a, char out[ADDR_STRLEN]);
int addr_cmp(const struct addr *a, const struct addr *b);
bool addr_eq(const struct addr *a, const struct addr *b);
/* 32, 128, or 0 without a family. */
uint8_t addr_bits(const struct addr *a);
bool addr_is_unspecified(const struct addr *a);
bool addr_is_loopback(const struct addr *a);
bool addr_is_multicast(const struct addr *a);
bool addr_is_link_local(const struct addr *a);
bool addr_is_v4_mapped(const struct addr *a);
/* Neither unspecified, loopback, multicast, link-local nor 255.255.255.255;
 * private ranges count as global (WIRE.md, "What a node says"). */
bool addr_is_global_unicast(const struct addr *a);
/* RFC 1918, RFC 6598, fc00::/7. */
bool addr_is_private(const struct addr *a);

/* Host bits are cleared. False when len is too long for the family. */
bool prefix_make(const struct addr *a, uint8_t len, struct prefix *out);
/* "10.0.0.0/8"; without a length, a full one. Host bits are cleared.
 * 0 or -1. */
int prefix_parse(const char *s, struct prefix *out);
const char *prefix_format(const struct prefix *p, char out[PREFIX_STRLEN]);
int prefix_cmp(const struct prefix *a, const struct prefix *b);
bool prefix_eq(const struct prefix *a, const struct prefix *b);
/* Does outer contain inner (or equal it)? */
bool prefix_contains(const struct prefix *outer, const struct prefix *inner);
bool prefix_contains_addr(const struct prefix *p, const struct addr *a);
bool prefix_is_full(const struct prefix *p); /* /32 or /128 */
/* Global unicast and shorter than a full address: what makes its holder a
 * router (WIRE.md, "Router"). /0 counts. */
bool prefix_is_routing(const struct prefix *p);

/* "192.0.2.1:51820" or "[2001:db8::1]:51820". 0 or -1. */
int endpoint_parse(const char *s, struct endpoint *out);
const char *
endpoint_format(const struct endpoint *e, char out[ENDPOINT_STRLEN]);
int endpoint_cmp(const struct endpoint *a, const struct endpoint *b);
bool endpoint_eq(const struct endpoint *a, const struct endpoint *b);
/* May be sent to at all: global unicast, not IPv4-mapped, port not 0. */
bool endpoint_is_usable(const struct endpoint *e);

/* A v4-mapped IPv6 socket address becomes family 4. False for any other
 * family or a short length. */
bool endpoint_from_sockaddr(
    const struct sockaddr *sa, socklen_t len, struct endpoint *out);
/* Fills ss with an AF_INET or AF_INET6 address; returns its length. */
socklen_t
endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss);

#endif
