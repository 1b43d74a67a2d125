/*
 * WireGuard in the kernel, over generic netlink. The kernel is
 * trusted, but every attribute's length is checked all the same.
 */
#include <sys/socket.h>
#include <netinet/in.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "privd/wg_netlink.h"

/* Linux 6.16; older headers lack them. */
#define ALLOWEDIP_A_FLAGS     (WGALLOWEDIP_A_CIDR_MASK + 1)
#define ALLOWEDIP_F_REMOVE_ME 1u

#define VANISH_SPACE 64 /* the second peer of a change that vanishes */

static int
parse_prefix(const struct nlattr *nest, struct wg_device *d)
{
	struct nl_attrs as = nl_nest(nest);
	const struct nlattr *a;
	struct addr addr = {0};
	struct prefix prefix;
	uint16_t family = 0;
	uint8_t len = 0;
	size_t addrlen = 0;

	while ((a = nl_next(&as)) != NULL) {
		switch (mnl_attr_get_type(a)) {
		case WGALLOWEDIP_A_FAMILY:
			nl_get(a, &family, sizeof family);
			break;
		case WGALLOWEDIP_A_IPADDR:
			addrlen = mnl_attr_get_payload_len(a);
			if (addrlen <= sizeof addr.b)
				nl_get(a, addr.b, addrlen);
			break;
		case WGALLOWEDIP_A_CIDR_MASK:
			nl_get(a, &len, sizeof len);
			break;
		}
	}
	addr.family = family == AF_INET && addrlen == 4 ? 4
	    : family == AF_INET6 && addrlen == 16	? 6
							: 0;
	if (addr.family == 0 || !prefix_make(&addr, len, &prefix)) {
		errno = EPROTO;
		return -1;
	}
	return wg_device_prefix(d, &prefix);
}

static int
parse_peer(const struct nlattr *nest, const struct wg_nl_snapshot *to)
{
	struct wg_device *d = to->dev;
	struct nl_attrs as = nl_nest(nest), ips;
	const struct nlattr *a;
	struct wg_peer *p = NULL;
	struct key key;
	int64_t handshake[2];

	while ((a = nl_next(&as)) != NULL) {
		if (mnl_attr_get_type(a) == WGPEER_A_PUBLIC_KEY &&
		    nl_get(a, key.b, sizeof key.b) &&
		    (p = wg_device_peer(d, &key)) == NULL)
			return -1;
	}
	if (p == NULL) {
		errno = EPROTO;
		return -1;
	}
	as = nl_nest(nest);
	while ((a = nl_next(&as)) != NULL) {
		switch (mnl_attr_get_type(a)) {
		case WGPEER_A_PRESHARED_KEY:
			if (to->psk_of != NULL && key_eq(&p->key, to->psk_of))
				nl_get(a, to->psk, KEY_LEN);
			break;
		case WGPEER_A_ENDPOINT:
			endpoint_from_sockaddr(mnl_attr_get_payload(a),
			    mnl_attr_get_payload_len(a), &p->endpoint);
			break;
		case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
			nl_get(a, &p->keepalive_s, sizeof p->keepalive_s);
			break;
		case WGPEER_A_LAST_HANDSHAKE_TIME:
			if (nl_get(a, handshake, sizeof handshake) &&
			    handshake[0] >= 0 &&
			    handshake[0] < INT64_C(1) << 33 &&
			    handshake[1] >= 0 && handshake[1] < 1000000000)
				p->handshake_ns =
				    handshake[0] * 1000000000 + handshake[1];
			break;
		case WGPEER_A_RX_BYTES:
			nl_get(a, &p->rx_bytes, sizeof p->rx_bytes);
			break;
		case WGPEER_A_TX_BYTES:
			nl_get(a, &p->tx_bytes, sizeof p->tx_bytes);
			break;
		case WGPEER_A_ALLOWEDIPS:
			ips = nl_nest(a);
			while ((a = nl_next(&ips)) != NULL)
				if (parse_prefix(a, d) == -1)
					return -1;
			break;
		}
	}
	return 0;
}

int
wg_netlink_take(const struct nlmsghdr *nlh, void *arg)
{
	struct wg_nl_snapshot *to = arg;
	struct nl_attrs as = nl_attrs(nlh, sizeof(struct genlmsghdr)), peers;
	const struct nlattr *a;

	while ((a = nl_next(&as)) != NULL) {
		switch (mnl_attr_get_type(a)) {
		case WGDEVICE_A_PRIVATE_KEY:
			nl_get(a, to->secret, KEY_LEN);
			break;
		case WGDEVICE_A_LISTEN_PORT:
			nl_get(a, &to->dev->listen_port,
			    sizeof to->dev->listen_port);
			break;
		case WGDEVICE_A_PEERS:
			peers = nl_nest(a);
			while ((a = nl_next(&peers)) != NULL)
				if (parse_peer(a, to) == -1)
					return -1;
			break;
		}
	}
	return 0;
}

int
wg_netlink_take_family(const struct nlmsghdr *nlh, void *arg)
{
	struct nl_attrs as = nl_attrs(nlh, sizeof(struct genlmsghdr));
	const struct nlattr *a;

	while ((a = nl_next(&as)) != NULL)
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID)
			nl_get(a, arg, sizeof(uint16_t));
	return 0;
}

static struct nlmsghdr *
start(void *buf, uint16_t type, uint16_t flags, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof *genl);
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

/* False when it does not fit; the message is then as it was. */
static bool
put_prefix(
    struct nlmsghdr *nlh, size_t cap, const struct prefix *p, bool remove)
{
	uint16_t family = p->addr.family == 4 ? AF_INET : AF_INET6;
	struct nlattr *nest = mnl_attr_nest_start_check(nlh, cap, 0);

	if (nest == NULL)
		return false;
	if (mnl_attr_put_u16_check(nlh, cap, WGALLOWEDIP_A_FAMILY, family) &&
	    mnl_attr_put_check(nlh, cap, WGALLOWEDIP_A_IPADDR,
		addr_bits(&p->addr) / 8, p->addr.b) &&
	    mnl_attr_put_u8_check(nlh, cap, WGALLOWEDIP_A_CIDR_MASK, p->len) &&
	    (!remove ||
		mnl_attr_put_u32_check(
		    nlh, cap, ALLOWEDIP_A_FLAGS, ALLOWEDIP_F_REMOVE_ME))) {
		mnl_attr_nest_end(nlh, nest);
		return true;
	}
	mnl_attr_nest_cancel(nlh, nest);
	return false;
}

static bool
put_peer(struct nlmsghdr *nlh, const struct key *key, uint32_t flags)
{
	return mnl_attr_put_check(
		   nlh, WG_NL_BUFLEN, WGPEER_A_PUBLIC_KEY, KEY_LEN, key->b) &&
	    mnl_attr_put_u32_check(nlh, WG_NL_BUFLEN, WGPEER_A_FLAGS, flags);
}

/* What is not a prefix; goes only into the first message. */
static bool
put_settings(struct nlmsghdr *nlh, const struct wg_change *c)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (c->psk != NULL &&
	    !mnl_attr_put_check(
		nlh, WG_NL_BUFLEN, WGPEER_A_PRESHARED_KEY, KEY_LEN, c->psk))
		return false;
	if (c->set_keepalive &&
	    !mnl_attr_put_u16_check(nlh, WG_NL_BUFLEN,
		WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, c->keepalive_s))
		return false;
	if (c->endpoint.addr.family == 0)
		return true;
	len = endpoint_to_sockaddr(&c->endpoint, &ss);
	return mnl_attr_put_check(
	    nlh, WG_NL_BUFLEN, WGPEER_A_ENDPOINT, len, &ss);
}

/* The peer is removed. */
static bool
put_remove(struct nlmsghdr *nlh, const struct key *key)
{
	struct nlattr *peer = mnl_attr_nest_start_check(nlh, WG_NL_BUFLEN, 0);

	if (peer == NULL || !put_peer(nlh, key, WGPEER_F_REMOVE_ME))
		return false;
	mnl_attr_nest_end(nlh, peer);
	return true;
}

struct nlmsghdr *
wg_netlink_build(void *buf, uint16_t family, uint32_t ifindex,
    const struct wg_change *c, size_t *i)
{
	struct nlmsghdr *nlh = start(buf, family, NLM_F_ACK, WG_CMD_SET_DEVICE);
	struct nlattr *peers, *peer, *ips;
	size_t from = *i, cap = WG_NL_BUFLEN - VANISH_SPACE;
	/* A continuation must not make the peer again. */
	uint32_t flags = c->remove		    ? WGPEER_F_REMOVE_ME
	    : c->create && (from == 0 || c->vanish) ? 0u
						    : WGPEER_F_UPDATE_ONLY;

	if (!mnl_attr_put_u32_check(nlh, cap, WGDEVICE_A_IFINDEX, ifindex) ||
	    (peers = mnl_attr_nest_start_check(nlh, cap, WGDEVICE_A_PEERS)) ==
		NULL ||
	    (c->remake && !put_remove(nlh, &c->key)) ||
	    (peer = mnl_attr_nest_start_check(nlh, cap, 0)) == NULL ||
	    !put_peer(nlh, &c->key, flags) ||
	    (from == 0 && !put_settings(nlh, c)))
		goto full;
	if (*i < c->nadd + c->ndel) {
		ips = mnl_attr_nest_start_check(nlh, cap, WGPEER_A_ALLOWEDIPS);
		if (ips == NULL)
			goto full;
		for (; *i < c->nadd + c->ndel; (*i)++)
			if (!put_prefix(nlh, cap,
				*i < c->nadd ? &c->add[*i]
					     : &c->del[*i - c->nadd],
				*i >= c->nadd))
				break;
		mnl_attr_nest_end(nlh, ips);
		if (*i == from)
			goto full;
	}
	mnl_attr_nest_end(nlh, peer);
	if (c->vanish && !put_remove(nlh, &c->key))
		goto full;
	mnl_attr_nest_end(nlh, peers);
	return nlh;
full:
	errno = EMSGSIZE;
	return NULL;
}

static int
netlink_open(struct wg *wg)
{
	_Alignas(struct nlmsghdr) uint8_t buf[256];
	struct nlmsghdr *nlh;

	if (nl_open(&wg->nl, NETLINK_GENERIC, 0) == -1)
		return -1;
	nlh = start(buf, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
	if (nl_transact(&wg->nl, nlh, wg_netlink_take_family, &wg->family) == 0)
		return 0;
	if (errno == ENOENT)
		errno = EPROTONOSUPPORT;
	return -1;
}

static int
netlink_get(struct wg *wg, struct wg_device *d)
{
	_Alignas(struct nlmsghdr) uint8_t buf[256];
	struct wg_nl_snapshot to = {d, wg->incoming, wg->psk_of, wg->psk};
	struct nlmsghdr *nlh;

	for (int tries = 0; tries < NL_DUMP_TRIES; tries++) {
		wg_device_clear(d);
		nlh = start(buf, wg->family, NLM_F_DUMP, WG_CMD_GET_DEVICE);
		mnl_attr_put_u32(nlh, WGDEVICE_A_IFINDEX, wg->ifindex);
		if (nl_transact(&wg->nl, nlh, wg_netlink_take, &to) == 0)
			return 0;
		if (errno != EINTR)
			break;
		log_debug("WireGuard changed while it was read: again");
	}
	return -1;
}

static int
netlink_set(struct wg *wg, const struct wg_change *c)
{
	static _Alignas(struct nlmsghdr) uint8_t buf[WG_NL_BUFLEN];
	struct nlmsghdr *nlh;
	size_t i = 0;
	int result;

	do {
		nlh = wg_netlink_build(buf, wg->family, wg->ifindex, c, &i);
		result =
		    nlh == NULL ? -1 : nl_transact(&wg->nl, nlh, NULL, NULL);
	} while (result == 0 && i < c->nadd + c->ndel);
	explicit_bzero(buf, sizeof buf); /* a preshared key may be in it */
	return result;
}

const struct wg_backend wg_netlink = {
    "kernel", netlink_open, netlink_get, netlink_set};
