/*
 * What both backends share: the snapshot, the private key, and removal of
 * single allowed IPs where the other side can't do it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "privd/wg.h"

void
wg_device_clear(struct wg_device *d)
{
	d->npeers = d->nprefixes = 0;
	d->listen_port = 0;
	memset(&d->key, 0, sizeof d->key);
}

static int
compare_peer(const void *a, const void *b)
{
	return key_cmp(&((const struct wg_peer *)a)->key,
	    &((const struct wg_peer *)b)->key);
}

struct wg_peer *
wg_device_find(const struct wg_device *d, const struct key *key)
{
	struct wg_peer want = {.key = *key};

	if (d->npeers == 0)
		return NULL;
	return bsearch(&want, d->peers, d->npeers, sizeof want, compare_peer);
}

/* Makes room for one more. The array or NULL with errno. */
static void *
grow(void *array, size_t n, size_t *cap, size_t max, size_t size)
{
	size_t more = *cap == 0 ? 64 : *cap * 2;

	if (n < *cap)
		return array;
	if (n >= max) {
		errno = E2BIG;
		return NULL;
	}
	if ((array = reallocarray(array, more, size)) != NULL)
		*cap = more;
	return array;
}

struct wg_peer *
wg_device_peer(struct wg_device *d, const struct key *key)
{
	struct wg_peer *peers, *p;

	if (d->npeers > 0 && key_eq(&d->peers[d->npeers - 1].key, key))
		return &d->peers[d->npeers - 1];
	peers = grow(
	    d->peers, d->npeers, &d->peers_cap, WG_MAX_PEERS, sizeof *peers);
	if (peers == NULL)
		return NULL;
	d->peers = peers;
	p = &peers[d->npeers++];
	memset(p, 0, sizeof *p);
	p->key = *key;
	p->first = d->nprefixes;
	return p;
}

int
wg_device_prefix(struct wg_device *d, const struct prefix *prefix)
{
	struct m_prefix *prefixes;

	if (d->npeers == 0) {
		errno = EPROTO;
		return -1;
	}
	prefixes = grow(d->prefixes, d->nprefixes, &d->prefixes_cap,
	    WG_MAX_PREFIXES, sizeof *prefixes);
	if (prefixes == NULL)
		return -1;
	d->prefixes = prefixes;
	prefixes[d->nprefixes++] = (struct m_prefix){.prefix = *prefix};
	d->peers[d->npeers - 1].nprefixes++;
	return 0;
}

int
wg_init(struct wg *wg, const char *ifname)
{
	memset(wg, 0, sizeof *wg);
	strlcpy(wg->ifname, ifname, sizeof wg->ifname);
	wg->secret = sodium_malloc(KEY_LEN);
	wg->incoming = sodium_malloc(KEY_LEN);
	wg->psk = sodium_malloc((size_t)2 * KEY_LEN);
	if (wg->secret == NULL || wg->incoming == NULL || wg->psk == NULL)
		return -1;
	wg_wipe(wg);
	return 0;
}

void
wg_choose(struct wg *wg, enum wg_choice choice)
{
	/* As wg(8) does: a live socket goes before the kernel. */
	if (choice == WG_USERSPACE ||
	    (choice == WG_AUTO && wg_uapi_alive(wg->ifname)))
		wg->be = &wg_uapi;
	else
		wg->be = &wg_netlink;
}

int
wg_open(struct wg *wg, uint32_t ifindex)
{
	if (wg->ifindex != ifindex)
		wg->unsure = false; /* that peer went with its interface */
	wg->ifindex = ifindex;
	return wg->be->open(wg);
}

/* 0, or -1 with errno when it is still unsure. */
static int
remake(struct wg *wg)
{
	if (wg->unsure && wg->be->set(wg, &wg->remake) == -1)
		return -1;
	wg->unsure = false;
	sodium_memzero(wg->psk, (size_t)2 * KEY_LEN);
	return 0;
}

int
wg_remake(struct wg *wg, const struct wg_device *d, const struct key *key,
    const struct endpoint *e)
{
	const struct wg_peer *p = wg_device_find(d, key);

	if (p == NULL || p->nprefixes > WG_REMAKE_PREFIXES) {
		errno = EMSGSIZE;
		return -1;
	}
	for (size_t i = 0; i < p->nprefixes; i++)
		wg->remake_add[i] = d->prefixes[p->first + i].prefix;
	memcpy(wg->psk + KEY_LEN, wg->psk, KEY_LEN);
	wg->remake = (struct wg_change){.key = *key,
	    .create = true,
	    .remake = true,
	    .psk = wg->psk + KEY_LEN,
	    .endpoint = *e,
	    .set_keepalive = true,
	    .keepalive_s = p->keepalive_s,
	    .nadd = p->nprefixes,
	    .add = wg->remake_add};
	wg->unsure = true;
	return remake(wg);
}

int
wg_get(struct wg *wg, struct wg_device *d)
{
	int error;

	wg_device_clear(d);
	sodium_memzero(wg->incoming, KEY_LEN);
	if (remake(wg) == -1 || wg->be->get(wg, d) == -1) {
		error = errno;
		sodium_memzero(wg->incoming, KEY_LEN);
		wg_device_clear(d);
		errno = error;
		return -1;
	}
	if (sodium_memcmp(wg->incoming, wg->secret, KEY_LEN) != 0) {
		memcpy(wg->secret, wg->incoming, KEY_LEN);
		memset(&wg->key, 0, sizeof wg->key);
		if (!sodium_is_zero(wg->secret, KEY_LEN))
			crypto_scalarmult_base(wg->key.b, wg->secret);
	}
	sodium_memzero(wg->incoming, KEY_LEN);
	d->key = wg->key;
	if (d->npeers > 0)
		qsort(d->peers, d->npeers, sizeof *d->peers, compare_peer);
	return 0;
}

/*
 * Older kernels (before 6.16) and programs can't remove one allowed IP, and
 * replacing them all isn't atomic: traffic of the others would be dropped.
 * But an allowed IP moves to the peer that it is given to. So give these to a
 * peer with a random key, which is removed in the same message.
 */
static int
remove_by_move(struct wg *wg, const struct wg_change *c)
{
	struct wg_change move = {
	    .create = true, .vanish = true, .nadd = c->ndel, .add = c->del};

	randombytes_buf(move.key.b, sizeof move.key.b);
	return wg->be->set(wg, &move);
}

int
wg_set(struct wg *wg, const struct wg_change *c)
{
	struct wg_change rest = *c;

	if (c->ndel > 0 && !wg->by_move) {
		if (wg->be->set(wg, c) == 0)
			return 0;
		if (errno != EINVAL && errno != EOPNOTSUPP && errno != ERANGE)
			return -1;
		wg->by_move = true;
	}
	rest.ndel = 0;
	if ((c->ndel == 0 || c->create || c->nadd > 0 || c->set_keepalive ||
		c->endpoint.addr.family != 0) &&
	    wg->be->set(wg, &rest) == -1)
		return -1;
	return c->ndel == 0 ? 0 : remove_by_move(wg, c);
}

void
wg_wipe(struct wg *wg)
{
	sodium_memzero(wg->secret, KEY_LEN);
	sodium_memzero(wg->incoming, KEY_LEN);
	/* That of a peer which is still to be made again is needed for it. */
	sodium_memzero(wg->psk, wg->unsure ? KEY_LEN : (size_t)2 * KEY_LEN);
	memset(&wg->key, 0, sizeof wg->key);
}
