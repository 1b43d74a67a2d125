/* Copies of [Peer] sections. See conf.h. */
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"

int
conf_peer_copy(struct conf_peer *dst, const struct conf_peer *src)
{
	*dst = *src;
	dst->endpoints = NULL;
	dst->prefixes = NULL;
	if (src->nendpoints > 0) {
		dst->endpoints =
		    calloc(src->nendpoints, sizeof(*dst->endpoints));
		if (dst->endpoints == NULL)
			goto fail;
		memcpy(dst->endpoints, src->endpoints,
		    src->nendpoints * sizeof(*dst->endpoints));
	}
	if (src->nprefixes > 0) {
		dst->prefixes = calloc(src->nprefixes, sizeof(*dst->prefixes));
		if (dst->prefixes == NULL)
			goto fail;
		memcpy(dst->prefixes, src->prefixes,
		    src->nprefixes * sizeof(*dst->prefixes));
	}
	return 0;
fail:
	conf_peer_clear(dst);
	return -1;
}

void
conf_peer_clear(struct conf_peer *p)
{
	free(p->endpoints);
	free(p->prefixes);
	memset(p, 0, sizeof(*p));
}
