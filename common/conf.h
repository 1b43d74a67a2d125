/*
 * The configuration as both processes know it: privd reads it from the file,
 * netd gets it message by message. wirelink.conf(5) explains each setting.
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/key.h"
#include "common/trust.h"

#define CONF_MAX_PEERS	   1024
#define CONF_MAX_ENDPOINTS 8 /* a peer */
#define CONF_MAX_PREFIXES  256 /* a peer; also AllowedPrefixes */
#define CONF_MAX_GLOBS	   16
#define CONF_MAX_QUORUM	   4
#define CONF_GLOB_STRLEN   32
#define CONF_HOST_STRLEN   254
#define CONF_NAME_STRLEN   65
#define CONF_IFNAME_STRLEN 16
#define CONF_GROUP_STRLEN  33

enum conf_router { ROUTER_AUTO, ROUTER_YES, ROUTER_NO };
enum conf_membership {
	MEMBERSHIP_NONE,
	MEMBERSHIP_CONFIGURED,
	MEMBERSHIP_ROUTERS
};

struct conf_globs {
	size_t n;
	char glob[CONF_MAX_GLOBS][CONF_GLOB_STRLEN];
};

/* What netd needs of [Link] and [Policy]. */
struct conf_link {
	enum conf_router router;
	enum conf_membership membership;
	uint8_t quorum; /* sources that make a member, at least 1 */
	bool tell_trust;
	bool chatty;
	bool observe; /* wirelinkd -N: nothing is changed */
	struct conf_globs report; /* empty: all */
	struct conf_globs hide;
};

/* The bounds in [Policy], which privd goes by. */
struct conf_policy {
	uint16_t max_peers;
	size_t nallowed; /* 0: AllowedPrefixes is not set */
	struct prefix allowed[CONF_MAX_PREFIXES];
};

struct conf_host {
	char host[CONF_HOST_STRLEN]; /* name or numeric address */
	uint16_t port;
};

struct conf_peer {
	struct key key;
	char name[CONF_NAME_STRLEN]; /* "" when it has none */
	enum trust trust; /* TRUST_UNSET when not given */
	bool exchanger;
	bool basic;
	size_t nendpoints;
	struct conf_host *endpoints;
	size_t nprefixes;
	struct prefix *prefixes;
};

/* Deep copy into *dst; conf_peer_clear frees what it allocated. 0 or -1
 * without memory. */
int conf_peer_copy(struct conf_peer *dst, const struct conf_peer *src);
void conf_peer_clear(struct conf_peer *p);

#endif
