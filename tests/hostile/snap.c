/* A WireGuard device as two plain lists. */
#include <string.h>

#include "tests/hostile/hostile.h"

void
snap_copy(struct snap *to, const struct snap *from)
{
	memcpy(to, from, offsetof(struct snap, peer));
	memcpy(to->peer, from->peer, from->npeers * sizeof from->peer[0]);
	memcpy(
	    to->prefix, from->prefix, from->nprefixes * sizeof from->prefix[0]);
}

bool
snap_same(const struct snap *a, const struct snap *b)
{
	if (memcmp(a->secret, b->secret, KEY_LEN) != 0 ||
	    a->listen_port != b->listen_port || a->mark != b->mark ||
	    a->npeers != b->npeers || a->nprefixes != b->nprefixes)
		return false;
	for (size_t i = 0; i < a->npeers; i++) {
		const struct snap_peer *p = &a->peer[i], *q = &b->peer[i];

		if (memcmp(p->key.b, q->key.b, KEY_LEN) != 0 ||
		    memcmp(p->psk, q->psk, KEY_LEN) != 0 ||
		    memcmp(&p->endpoint.addr, &q->endpoint.addr,
			sizeof p->endpoint.addr) != 0 ||
		    p->endpoint.port != q->endpoint.port ||
		    p->keepalive_s != q->keepalive_s ||
		    p->handshake_ns != q->handshake_ns ||
		    p->rx_bytes != q->rx_bytes)
			return false;
	}
	return memcmp(a->prefix, b->prefix,
		   a->nprefixes * sizeof a->prefix[0]) == 0;
}

struct snap_peer *
snap_find(const struct snap *s, const struct key *key)
{
	for (size_t i = 0; i < s->npeers; i++)
		if (memcmp(s->peer[i].key.b, key->b, KEY_LEN) == 0)
			return (struct snap_peer *)(uintptr_t)&s->peer[i];
	return NULL;
}

const struct key *
snap_holder(const struct snap *s, const struct prefix *p)
{
	for (size_t i = 0; i < s->nprefixes; i++)
		if (memcmp(&s->prefix[i].prefix, p, sizeof *p) == 0)
			return &s->prefix[i].key;
	return NULL;
}

struct snap_peer *
snap_peer(struct snap *s, const struct key *key)
{
	struct snap_peer *p = snap_find(s, key);

	if (p != NULL || s->npeers == SNAP_PEERS)
		return p;
	p = &s->peer[s->npeers++];
	memset(p, 0, sizeof *p);
	p->key = *key;
	return p;
}

static void
remove_prefix(struct snap *s, size_t i)
{
	s->prefix[i] = s->prefix[--s->nprefixes];
}

void
snap_drop(struct snap *s, const struct key *key)
{
	struct snap_peer *p = snap_find(s, key);

	if (p == NULL)
		return;
	for (size_t i = s->nprefixes; i-- > 0;)
		if (memcmp(s->prefix[i].key.b, key->b, KEY_LEN) == 0)
			remove_prefix(s, i);
	*p = s->peer[--s->npeers];
}

bool
snap_give(struct snap *s, const struct key *key, const struct prefix *prefix)
{
	struct snap_prefix *to;

	for (size_t i = s->nprefixes; i-- > 0;)
		if (memcmp(&s->prefix[i].prefix, prefix, sizeof *prefix) == 0)
			remove_prefix(s, i);
	if (s->nprefixes == SNAP_PREFIXES)
		return false;
	to = &s->prefix[s->nprefixes++];
	memset(to, 0, sizeof *to);
	to->key = *key;
	to->prefix = *prefix;
	return true;
}

void
snap_take(struct snap *s, const struct key *key, const struct prefix *prefix)
{
	for (size_t i = s->nprefixes; i-- > 0;)
		if (memcmp(&s->prefix[i].prefix, prefix, sizeof *prefix) == 0 &&
		    memcmp(s->prefix[i].key.b, key->b, KEY_LEN) == 0)
			remove_prefix(s, i);
}
