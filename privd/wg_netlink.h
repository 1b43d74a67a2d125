/* The parts of wg_netlink.c that work on bytes alone, for the tests. */
#ifndef PRIVD_WG_NETLINK_H
#define PRIVD_WG_NETLINK_H

#include "privd/wg.h"

struct nlmsghdr;

#define WG_NL_BUFLEN 8192 /* of a message we build */

struct wg_nl_snapshot {
	struct wg_device *dev;
	uint8_t *secret; /* takes the private key */
	const struct key *psk_of; /* NULL: nobody's is wanted */
	uint8_t *psk; /* takes that peer's preshared key */
};

/* Takes in one message of a dump; arg is a struct wg_nl_snapshot. */
int wg_netlink_take(const struct nlmsghdr *nlh, void *arg);
/* The answer to which family WireGuard is; arg is a uint16_t. */
int wg_netlink_take_family(const struct nlmsghdr *nlh, void *arg);
/* Builds into buf (WG_NL_BUFLEN) a message with as much of the change as
 * fits, from prefix *i on (add, then del), and moves *i on. There is more to
 * come until *i is nadd + ndel. NULL with EMSGSIZE when nothing fits. */
struct nlmsghdr *wg_netlink_build(void *buf, uint16_t family, uint32_t ifindex,
    const struct wg_change *c, size_t *i);

#endif
