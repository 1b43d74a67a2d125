/* What a file of wg-quick(8) tells of its peers' names: in comments. */
#ifndef NETD_CTL_WGQUICK_H
#define NETD_CTL_WGQUICK_H

#include "common/conf.h"

struct wgquick {
	size_t n;
	struct {
		struct key key;
		char name[CONF_NAME_STRLEN]; /* "" without one */
	} peers[CONF_MAX_PEERS];
};

/* The peers of len bytes of text, each once, up to CONF_MAX_PEERS. A name is
 * the comment on the line before [Peer], on one of these lines, or between
 * [Peer] and PublicKey; "Name = x" in it is x. */
void wgquick_parse(const char *text, size_t len, struct wgquick *out);

#endif
