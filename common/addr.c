/* Addresses, prefixes and endpoints. See addr.h. */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"

struct addr
addr_v4(const uint8_t b[4])
{
	struct addr a = {.family = 4};

	memcpy(a.b, b, 4);
	return a;
}

struct addr
addr_v6(const uint8_t b[16])
{
	struct addr a = {.family = 6};

	memcpy(a.b, b, 16);
	return a;
}

int
addr_parse(const char *s, struct addr *out)
{
	uint8_t b[16] = {0};

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, s, b) == 1)
		*out = addr_v4(b);
	else if (inet_pton(AF_INET6, s, b) == 1)
		*out = addr_v6(b);
	else
		return -1;
	return 0;
}

const char *
addr_format(const struct addr *a, char out[ADDR_STRLEN])
{
	if (a->family == 0 ||
	    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->b, out,
		ADDR_STRLEN) == NULL)
		strlcpy(out, "none", ADDR_STRLEN);
	return out;
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_cmp(a, b) == 0;
}

uint8_t
addr_bits(const struct addr *a)
{
	if (a->family == 0)
		return 0;
	return a->family == 4 ? 32 : 128;
}

static bool
all_zero(const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (b[i] != 0)
			return false;
	}
	return true;
}

bool
addr_is_unspecified(const struct addr *a)
{
	return all_zero(a->b, sizeof(a->b));
}

bool
addr_is_loopback(const struct addr *a)
{
	if (a->family == 4)
		return a->b[0] == 127;
	return a->family == 6 && all_zero(a->b, 15) && a->b[15] == 1;
}

bool
addr_is_multicast(const struct addr *a)
{
	if (a->family == 4)
		return (a->b[0] & 0xf0) == 0xe0;
	return a->family == 6 && a->b[0] == 0xff;
}

bool
addr_is_link_local(const struct addr *a)
{
	if (a->family == 4)
		return a->b[0] == 169 && a->b[1] == 254;
	return a->family == 6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

bool
addr_is_v4_mapped(const struct addr *a)
{
	return a->family == 6 && all_zero(a->b, 10) && a->b[10] == 0xff &&
	    a->b[11] == 0xff;
}

bool
addr_is_global_unicast(const struct addr *a)
{
	static const uint8_t broadcast[4] = {255, 255, 255, 255};

	if (a->family == 0 || addr_is_unspecified(a) || addr_is_loopback(a) ||
	    addr_is_multicast(a) || addr_is_link_local(a) ||
	    addr_is_v4_mapped(a))
		return false;
	return a->family == 6 || memcmp(a->b, broadcast, 4) != 0;
}

bool
addr_is_private(const struct addr *a)
{
	if (a->family == 6)
		return (a->b[0] & 0xfe) == 0xfc;
	return a->family == 4 &&
	    (a->b[0] == 10 || (a->b[0] == 172 && (a->b[1] & 0xf0) == 16) ||
		(a->b[0] == 192 && a->b[1] == 168) ||
		(a->b[0] == 100 && (a->b[1] & 0xc0) == 64));
}

bool
prefix_make(const struct addr *a, uint8_t len, struct prefix *out)
{
	uint8_t bits = addr_bits(a);

	memset(out, 0, sizeof(*out));
	if (bits == 0 || len > bits)
		return false;
	out->addr = *a;
	out->len = len;
	for (uint8_t i = len; i < bits; i++)
		out->addr.b[i / 8] &= (uint8_t) ~(0x80u >> (i % 8));
	return true;
}

int
prefix_parse(const char *s, struct prefix *out)
{
	char text[PREFIX_STRLEN];
	const char *error;
	struct addr a;
	uint8_t len;
	char *slash;

	if (strlcpy(text, s, sizeof(text)) >= sizeof(text))
		return -1;
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash++ = '\0';
	if (addr_parse(text, &a) == -1)
		return -1;
	len = addr_bits(&a);
	if (slash != NULL) {
		if (slash[0] < '0' || slash[0] > '9')
			return -1;
		len = (uint8_t)strtonum(slash, 0, len, &error);
		if (error != NULL)
			return -1;
	}
	return prefix_make(&a, len, out) ? 0 : -1;
}

const char *
prefix_format(const struct prefix *p, char out[PREFIX_STRLEN])
{
	char text[ADDR_STRLEN];

	snprintf(out, PREFIX_STRLEN, "%s/%u", addr_format(&p->addr, text),
	    (unsigned int)p->len);
	return out;
}

int
prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int r = addr_cmp(&a->addr, &b->addr);

	if (r != 0)
		return r;
	return (a->len > b->len) - (a->len < b->len);
}

bool
prefix_eq(const struct prefix *a, const struct prefix *b)
{
	return prefix_cmp(a, b) == 0;
}

bool
prefix_contains_addr(const struct prefix *p, const struct addr *a)
{
	uint8_t len = p->len, mask;
	size_t whole;

	/* Whatever len says, nothing past the address is looked at. */
	if (p->addr.family == 0 || p->addr.family != a->family ||
	    len > addr_bits(a))
		return false;
	whole = len / 8;
	mask = (uint8_t)(0xff00u >> len % 8);
	if (memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	return whole == sizeof(a->b) ||
	    ((p->addr.b[whole] ^ a->b[whole]) & mask) == 0;
}

bool
prefix_contains(const struct prefix *outer, const struct prefix *inner)
{
	return outer->len <= inner->len &&
	    prefix_contains_addr(outer, &inner->addr);
}

bool
prefix_is_full(const struct prefix *p)
{
	return p->addr.family != 0 && p->len == addr_bits(&p->addr);
}

bool
prefix_is_routing(const struct prefix *p)
{
	if (p->addr.family == 0 || prefix_is_full(p))
		return false;
	return p->len == 0 || addr_is_global_unicast(&p->addr);
}

int
endpoint_parse(const char *s, struct endpoint *out)
{
	char text[ENDPOINT_STRLEN];
	const char *error;
	char *host = text, *colon;

	memset(out, 0, sizeof(*out));
	if (strlcpy(text, s, sizeof(text)) >= sizeof(text))
		return -1;
	colon = strrchr(text, ':');
	if (colon == NULL || colon == text || colon[1] < '0' || colon[1] > '9')
		return -1;
	*colon = '\0';
	if (host[0] == '[') {
		if (colon[-1] != ']')
			return -1;
		colon[-1] = '\0';
		host++;
	}
	if (addr_parse(host, &out->addr) == -1 ||
	    (out->addr.family == 6) != (host != text)) {
		memset(out, 0, sizeof(*out));
		return -1;
	}
	out->port = (uint16_t)strtonum(colon + 1, 0, UINT16_MAX, &error);
	if (error != NULL) {
		memset(out, 0, sizeof(*out));
		return -1;
	}
	return 0;
}

const char *
endpoint_format(const struct endpoint *e, char out[ENDPOINT_STRLEN])
{
	char text[ADDR_STRLEN];

	addr_format(&e->addr, text);
	if (e->addr.family == 0)
		strlcpy(out, text, ENDPOINT_STRLEN);
	else if (e->addr.family == 6)
		snprintf(out, ENDPOINT_STRLEN, "[%s]:%u", text,
		    (unsigned int)e->port);
	else
		snprintf(
		    out, ENDPOINT_STRLEN, "%s:%u", text, (unsigned int)e->port);
	return out;
}

int
endpoint_cmp(const struct endpoint *a, const struct endpoint *b)
{
	int r = addr_cmp(&a->addr, &b->addr);

	if (r != 0)
		return r;
	return (a->port > b->port) - (a->port < b->port);
}

bool
endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
	return endpoint_cmp(a, b) == 0;
}

bool
endpoint_is_usable(const struct endpoint *e)
{
	return e->port != 0 && addr_is_global_unicast(&e->addr) &&
	    (e->addr.family == 6 || e->addr.b[0] != 0);
}

bool
endpoint_from_sockaddr(
    const struct sockaddr *sa, socklen_t len, struct endpoint *out)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(out, 0, sizeof(*out));
	if (len >= sizeof(in) && sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		out->addr = addr_v4((const uint8_t *)&in.sin_addr);
		out->port = ntohs(in.sin_port);
		return true;
	}
	if (len >= sizeof(in6) && sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		out->addr = addr_v6(in6.sin6_addr.s6_addr);
		if (addr_is_v4_mapped(&out->addr))
			out->addr = addr_v4(in6.sin6_addr.s6_addr + 12);
		out->port = ntohs(in6.sin6_port);
		return true;
	}
	return false;
}

socklen_t
endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	memset(ss, 0, sizeof(*ss));
	if (e->addr.family == 4) {
		memcpy(&in.sin_addr, e->addr.b, 4);
		in.sin_port = htons(e->port);
		memcpy(ss, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, e->addr.b, 16);
	in6.sin6_port = htons(e->port);
	memcpy(ss, &in6, sizeof(in6));
	return sizeof(in6);
}
