/* netd's end of the channel to the resolver. What comes from there is
 * foreign: when it is wrong, lookups stop. When the resolver is gone, netd
 * ends, and so all do. */
#ifndef NETD_LOOKUP_H
#define NETD_LOOKUP_H

#include "netd/node.h"

#define LOOKUP_MAX 32

struct lookup {
	int fd; /* -1: no resolver */
	uint32_t next_id;
	uint32_t id[LOOKUP_MAX]; /* 0: free */
	char host[LOOKUP_MAX][CONF_HOST_STRLEN];
};

void lookup_init(struct lookup *l);
/* fd becomes the lookup's. */
void lookup_start(struct lookup *l, int fd);
/* Asks for host; when that can't be done, the core is told so at once. */
void
lookup_ask(struct lookup *l, struct node *n, int64_t now_ns, const char *host);
void lookup_read(struct lookup *l, struct node *n, int64_t now_ns);

#endif
