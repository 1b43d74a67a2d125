/*
 * One WireGuard interface: a snapshot of it, a change to it, and the two ways
 * to talk to it (wg_netlink.c, wg_uapi.c) behind one interface.
 */
#ifndef PRIVD_WG_H
#define PRIVD_WG_H

#include "privd/nl.h"
#include "proto/codec.h"

#define WG_MAX_PEERS	4096 /* on a device; more are an error (E2BIG) */
#define WG_MAX_PREFIXES 65536 /* of all its peers */
/* Of a peer that is made anew: they fit into one message. */
#define WG_REMAKE_PREFIXES 128

struct wg_peer {
	struct key key;
	struct endpoint endpoint; /* family 0: none */
	int64_t handshake_ns; /* wall clock; 0 never */
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	uint16_t keepalive_s;
	bool ours; /* the ledger says so */
	size_t first; /* of its prefixes in the device's */
	size_t nprefixes;
};

/* Zero-filled is valid and empty. */
struct wg_device {
	struct key key; /* public; zero without a private key */
	uint16_t listen_port;
	size_t npeers, peers_cap;
	struct wg_peer *peers; /* by key, once it is complete */
	size_t nprefixes, prefixes_cap;
	struct m_prefix *prefixes; /* a peer's lie next to each other */
};

void wg_device_clear(struct wg_device *d);
/* NULL when it is not there. */
struct wg_peer *
wg_device_find(const struct wg_device *d, const struct key *key);

/* For the parsers. A key equal to the one before goes on with that peer.
 * NULL or -1 with errno when there are too many. */
struct wg_peer *wg_device_peer(struct wg_device *d, const struct key *key);
int wg_device_prefix(struct wg_device *d, const struct prefix *p);

/* What happens to one peer. Unless create, nothing happens to one that isn't
 * there. */
struct wg_change {
	struct key key;
	bool create;
	bool remove;
	bool vanish; /* make the peer and remove it in one go */
	bool remake; /* remove the peer and make it in one go */
	const uint8_t *psk; /* KEY_LEN bytes; NULL: leave as it is */
	struct endpoint endpoint; /* family 0: leave as it is */
	bool set_keepalive;
	uint16_t keepalive_s;
	size_t nadd, ndel;
	const struct prefix *add;
	const struct prefix *del;
};

struct wg;
/* Each returns 0, or -1 with errno. get fills an empty device, wg->incoming
 * with the private key, and wg->psk. */
struct wg_backend {
	const char *name;
	int (*open)(struct wg *wg);
	int (*get)(struct wg *wg, struct wg_device *d);
	int (*set)(struct wg *wg, const struct wg_change *c);
};
extern const struct wg_backend wg_netlink, wg_uapi;

enum wg_choice { WG_AUTO, WG_KERNEL, WG_USERSPACE };

struct wg {
	const struct wg_backend *be;
	char ifname[CONF_IFNAME_STRLEN];
	uint32_t ifindex;
	uint8_t *secret; /* locked memory: private key of the last get */
	uint8_t *incoming; /* locked memory: of the get under way */
	struct key key; /* public key of secret */
	const struct key *psk_of; /* whose preshared key get reads; or NULL */
	uint8_t *psk; /* locked memory: that one, zero: none; the remake's */
	/* The last remake. It is unsure until it has worked: whatever it left
	 * undone is done before anything else. */
	bool unsure;
	struct wg_change remake;
	struct prefix remake_add[WG_REMAKE_PREFIXES];
	bool by_move; /* removing one allowed IP is not known there */
	struct nl nl;
	uint16_t family; /* of generic netlink */
};

/* Allocates locked memory. 0 or -1 with errno. */
int wg_init(struct wg *wg, const char *ifname);
/* At start; auto asks whether the userspace socket is alive now. */
void wg_choose(struct wg *wg, enum wg_choice choice);
/* At start, and again whenever the interface has come back. */
int wg_open(struct wg *wg, uint32_t ifindex);
/* A whole snapshot, or -1 with errno and an empty one. */
int wg_get(struct wg *wg, struct wg_device *d);
int wg_set(struct wg *wg, const struct wg_change *c);
/* Removes the peer and makes it again in one message: as d, the last snapshot,
 * which was taken with psk_of, has it, but at e. EMSGSIZE: it has too many
 * prefixes. After any other error the peer may be gone or half of it: it is
 * made again before the next snapshot, which fails until then. */
int wg_remake(struct wg *wg, const struct wg_device *d, const struct key *key,
    const struct endpoint *e);
/* Wipes the private key. */
void wg_wipe(struct wg *wg);

/* Is something listening on the userspace socket of that name? */
bool wg_uapi_alive(const char *ifname);
/* Makes the directory of these sockets the root. 0 or -1 with errno. */
int wg_uapi_chroot(void);

#endif
