/*
 * privd/nl.c and privd/wg_netlink.c on messages as the kernel makes and takes
 * them, built here attribute by attribute.
 */
#include <netinet/in.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "privd/wg_netlink.h"

#define FAMILY 29
#define SEQ    1234
#define PORTID 77

static _Alignas(struct nlmsghdr) uint8_t buf[65536];
static size_t used;
static struct wg_device dev;
static uint8_t secret[KEY_LEN];
static struct wg_nl_snapshot to = {.dev = &dev, .secret = secret};
static struct nl_reply reply;

static void
setup(void)
{
	reply = (struct nl_reply){
	    .seq = SEQ, .portid = PORTID, .take = wg_netlink_take, .arg = &to};
}

TestSuite(wg_netlink, .init = setup);

static struct key
K(int c) {
	struct key k;

	memset(k.b, c, sizeof k.b);
	return k;
}

static struct prefix
P(const char *s) {
	struct prefix p;

	cr_assert_eq(prefix_parse(s, &p), 0);
	return p;
}

static struct nlmsghdr *
begin(uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf + used);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = SEQ;
	nlh->nlmsg_pid = PORTID;
	if (type == FAMILY)
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	return nlh;
}

static void
finish(const struct nlmsghdr *nlh)
{
	used += (nlh->nlmsg_len + 3u) & ~3u;
}

static void
end_dump(int error)
{
	struct nlmsghdr *nlh = begin(NLMSG_DONE, NLM_F_MULTI);

	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof error), &error,
	    sizeof error);
	finish(nlh);
}

static void
put_ip(struct nlmsghdr *nlh, const char *s)
{
	struct prefix p = P(s);
	struct nlattr *nest = mnl_attr_nest_start(nlh, 0);

	mnl_attr_put_u16(
	    nlh, WGALLOWEDIP_A_FAMILY, p.addr.family == 4 ? AF_INET : AF_INET6);
	mnl_attr_put(
	    nlh, WGALLOWEDIP_A_IPADDR, addr_bits(&p.addr) / 8, p.addr.b);
	mnl_attr_put_u8(nlh, WGALLOWEDIP_A_CIDR_MASK, p.len);
	mnl_attr_nest_end(nlh, nest);
}

/* A peer with its statistics, unless it goes on from the message before. */
static void
put_peer(struct nlmsghdr *nlh, int key, bool goes_on, const char *const *ips)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, 0), *list;
	struct key k = K(key);
	int64_t handshake[2] = {1700000000, 5};
	struct sockaddr_in sin = {.sin_family = AF_INET,
	    .sin_port = htons(51820),
	    .sin_addr = {htonl(0xc0000201)}};

	mnl_attr_put(nlh, WGPEER_A_PUBLIC_KEY, KEY_LEN, k.b);
	if (!goes_on) {
		mnl_attr_put(nlh, WGPEER_A_PRESHARED_KEY, KEY_LEN, k.b);
		mnl_attr_put(nlh, WGPEER_A_LAST_HANDSHAKE_TIME,
		    sizeof handshake, handshake);
		mnl_attr_put_u16(
		    nlh, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, 25);
		mnl_attr_put_u64(nlh, WGPEER_A_TX_BYTES, 111);
		mnl_attr_put_u64(nlh, WGPEER_A_RX_BYTES, 222);
		mnl_attr_put(nlh, WGPEER_A_ENDPOINT, sizeof sin, &sin);
	}
	list = mnl_attr_nest_start(nlh, WGPEER_A_ALLOWEDIPS);
	for (; *ips != NULL; ips++)
		put_ip(nlh, *ips);
	mnl_attr_nest_end(nlh, list);
	mnl_attr_nest_end(nlh, nest);
}

static void
put_device(struct nlmsghdr *nlh)
{
	struct key private = K('p');

	mnl_attr_put_u16(nlh, WGDEVICE_A_LISTEN_PORT, 51820);
	mnl_attr_put_u32(nlh, WGDEVICE_A_IFINDEX, 7);
	mnl_attr_put_strz(nlh, WGDEVICE_A_IFNAME, "wl0");
	mnl_attr_put(nlh, WGDEVICE_A_PRIVATE_KEY, KEY_LEN, private.b);
}

static bool
feed(void)
{
	return nl_feed(&reply, buf, used);
}

Test(wg_netlink, dump_in_several_messages)
{
	struct nlmsghdr *nlh = begin(FAMILY, NLM_F_MULTI);
	struct nlattr *peers;
	struct wg_peer *p;
	char text[ENDPOINT_STRLEN];

	put_device(nlh);
	peers = mnl_attr_nest_start(nlh, WGDEVICE_A_PEERS);
	put_peer(nlh, 'a', false,
	    (const char *[]){"10.0.0.1/32", "fd00::/64", NULL});
	put_peer(nlh, 'b', false, (const char *[]){"10.0.0.2/32", NULL});
	mnl_attr_nest_end(nlh, peers);
	finish(nlh);
	cr_assert_not(feed());

	/* b goes on, c is new. */
	used = 0;
	nlh = begin(FAMILY, NLM_F_MULTI);
	peers = mnl_attr_nest_start(nlh, WGDEVICE_A_PEERS);
	put_peer(nlh, 'b', true,
	    (const char *[]){"10.0.0.3/32", "10.0.0.4/32", NULL});
	put_peer(nlh, 'c', false, (const char *[]){NULL});
	mnl_attr_nest_end(nlh, peers);
	finish(nlh);
	end_dump(0);
	cr_assert(feed());

	cr_assert_eq(reply.error, 0);
	cr_assert_eq(dev.npeers, 3);
	cr_assert_eq(dev.nprefixes, 5);
	cr_assert_eq(dev.listen_port, 51820);
	cr_assert_eq(secret[0], 'p');
	p = &dev.peers[1];
	cr_assert_eq(p->key.b[0], 'b');
	cr_assert_eq(p->first, 2);
	cr_assert_eq(p->nprefixes, 3);
	cr_assert_eq(p->keepalive_s, 25);
	cr_assert_eq(p->handshake_ns, INT64_C(1700000000) * 1000000000 + 5);
	cr_assert_eq(p->tx_bytes, 111);
	cr_assert_eq(p->rx_bytes, 222);
	cr_assert_str_eq(
	    endpoint_format(&p->endpoint, text), "192.0.2.1:51820");
	cr_assert_eq(dev.peers[2].nprefixes, 0);
}

/* The preshared key of one peer is read, when it is wanted. */
Test(wg_netlink, preshared_key)
{
	static const uint8_t zero[KEY_LEN];
	uint8_t psk[KEY_LEN] = {0};
	struct key a = K('a');

	to.psk = psk;
	for (int wanted = 0; wanted < 2; wanted++) {
		struct nlmsghdr *nlh;
		struct nlattr *peers;

		used = 0;
		to.psk_of = wanted ? &a : NULL;
		nlh = begin(FAMILY, NLM_F_MULTI);
		put_device(nlh);
		peers = mnl_attr_nest_start(nlh, WGDEVICE_A_PEERS);
		put_peer(nlh, 'a', false, (const char *[]){NULL});
		put_peer(nlh, 'b', false, (const char *[]){NULL});
		mnl_attr_nest_end(nlh, peers);
		finish(nlh);
		cr_assert_not(feed());
		cr_expect_eq(memcmp(psk, wanted ? a.b : zero, KEY_LEN), 0);
	}
}

Test(wg_netlink, interrupted_dump_is_read_to_its_end)
{
	struct nlmsghdr *nlh = begin(FAMILY, NLM_F_MULTI | NLM_F_DUMP_INTR);

	put_device(nlh);
	finish(nlh);
	cr_assert_not(feed());
	used = 0;
	end_dump(0);
	cr_assert(feed());
	cr_assert(reply.interrupted);
	cr_assert_eq(reply.error, 0);
}

Test(wg_netlink, error_and_end_codes)
{
	static const struct {
		uint16_t type;
		int code;
		int error;
	} cases[] = {
	    {NLMSG_ERROR, 0, 0},
	    {NLMSG_ERROR, -ENODEV, ENODEV},
	    {NLMSG_DONE, 0, 0},
	    {NLMSG_DONE, -EMSGSIZE, EMSGSIZE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct nlmsghdr *nlh;

		setup();
		used = 0;
		nlh = begin(cases[i].type, 0);
		memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(int)),
		    &cases[i].code, sizeof(int));
		finish(nlh);
		cr_expect(feed());
		cr_expect_eq(reply.error, cases[i].error, "case %zu", i);
	}
	/* One without its code. */
	setup();
	used = 0;
	finish(begin(NLMSG_ERROR, 0));
	cr_expect(feed());
	cr_expect_eq(reply.error, EPROTO);
}

Test(wg_netlink, answers_to_others_are_skipped)
{
	struct nlmsghdr *nlh = begin(NLMSG_ERROR, 0);
	int code = -EPERM;

	memcpy(
	    mnl_nlmsg_put_extra_header(nlh, sizeof code), &code, sizeof code);
	nlh->nlmsg_seq = SEQ - 1;
	cr_expect_not(nl_feed(&reply, buf, nlh->nlmsg_len));
	nlh->nlmsg_seq = SEQ;
	nlh->nlmsg_pid = PORTID + 1;
	cr_expect_not(nl_feed(&reply, buf, nlh->nlmsg_len));
	cr_expect_eq(reply.error, 0);
	nlh->nlmsg_pid = PORTID;
	cr_expect(nl_feed(&reply, buf, nlh->nlmsg_len));
	cr_expect_eq(reply.error, EPERM);
}

Test(wg_netlink, attributes_of_wrong_size)
{
	struct nlmsghdr *nlh = begin(FAMILY, NLM_F_MULTI);
	struct nlattr *peers, *peer, *ips, *ip;
	struct key k = K('a');

	mnl_attr_put_u32(nlh, WGDEVICE_A_LISTEN_PORT, 99);
	mnl_attr_put(nlh, WGDEVICE_A_PRIVATE_KEY, KEY_LEN + 4, buf + 30000);
	peers = mnl_attr_nest_start(nlh, WGDEVICE_A_PEERS);
	peer = mnl_attr_nest_start(nlh, 0);
	mnl_attr_put(nlh, WGPEER_A_PUBLIC_KEY, KEY_LEN, k.b);
	mnl_attr_put_u8(nlh, WGPEER_A_RX_BYTES, 1);
	mnl_attr_put(nlh, WGPEER_A_ENDPOINT, 3, k.b);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, peers);
	finish(nlh);
	cr_assert_not(feed());
	cr_assert_eq(reply.error, 0);
	cr_assert_eq(dev.listen_port, 0);
	cr_assert_eq(dev.npeers, 1);
	cr_assert_eq(dev.peers[0].rx_bytes, 0);
	cr_assert_eq(dev.peers[0].endpoint.addr.family, 0);

	/* An allowed IP that makes no sense spoils the snapshot. */
	used = 0;
	nlh = begin(FAMILY, NLM_F_MULTI);
	peers = mnl_attr_nest_start(nlh, WGDEVICE_A_PEERS);
	peer = mnl_attr_nest_start(nlh, 0);
	mnl_attr_put(nlh, WGPEER_A_PUBLIC_KEY, KEY_LEN, k.b);
	ips = mnl_attr_nest_start(nlh, WGPEER_A_ALLOWEDIPS);
	ip = mnl_attr_nest_start(nlh, 0);
	mnl_attr_put_u16(nlh, WGALLOWEDIP_A_FAMILY, AF_INET);
	mnl_attr_put(nlh, WGALLOWEDIP_A_IPADDR, 4, k.b);
	mnl_attr_put_u8(nlh, WGALLOWEDIP_A_CIDR_MASK, 33);
	mnl_attr_nest_end(nlh, ip);
	mnl_attr_nest_end(nlh, ips);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, peers);
	finish(nlh);
	cr_assert_not(feed());
	cr_assert_eq(reply.error, EPROTO);
}

Test(wg_netlink, peer_without_a_key)
{
	struct nlmsghdr *nlh = begin(FAMILY, NLM_F_MULTI);
	struct nlattr *peers = mnl_attr_nest_start(nlh, WGDEVICE_A_PEERS);
	struct nlattr *peer = mnl_attr_nest_start(nlh, 0);

	mnl_attr_put_u64(nlh, WGPEER_A_RX_BYTES, 1);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, peers);
	finish(nlh);
	cr_assert_not(feed());
	cr_assert_eq(reply.error, EPROTO);
}

/* A truncated message must not be read past its end: every length. */
Test(wg_netlink, truncated)
{
	struct nlmsghdr *nlh = begin(FAMILY, NLM_F_MULTI);
	struct nlattr *peers;
	uint32_t len;

	put_device(nlh);
	peers = mnl_attr_nest_start(nlh, WGDEVICE_A_PEERS);
	put_peer(nlh, 'a', false, (const char *[]){"10.0.0.1/32", NULL});
	mnl_attr_nest_end(nlh, peers);
	len = nlh->nlmsg_len;
	for (uint32_t n = 0; n < len; n++) {
		uint8_t *copy = malloc(n + 1);

		setup();
		wg_device_clear(&dev);
		memcpy(copy, buf, n);
		if (n >= sizeof *nlh)
			memcpy(copy, &n, sizeof n); /* nlmsg_len */
		cr_expect_not(nl_feed(&reply, copy, n));
		free(copy);
	}
}

Test(wg_netlink, too_many_peers)
{
	struct key k = K('a');

	for (unsigned int i = 0; i < WG_MAX_PEERS; i++) {
		memcpy(k.b, &i, sizeof i);
		cr_assert_not_null(wg_device_peer(&dev, &k));
	}
	cr_assert_not_null(wg_device_peer(&dev, &k));
	k = K('b');
	errno = 0;
	cr_assert_null(wg_device_peer(&dev, &k));
	cr_assert_eq(errno, E2BIG);
}

/*
 * What is built, read back.
 */
struct seen {
	size_t messages, prefixes, removed, vanished, keys;
	uint32_t first_flags, later_flags;
	bool endpoint, keepalive;
	uint8_t psk[KEY_LEN];
};

static void
look_at_peer(const struct nlattr *peer, size_t nth, struct seen *seen)
{
	struct nl_attrs as = nl_nest(peer), ips, xs;
	const struct nlattr *a, *ip, *x;
	uint32_t flags = 0;

	while ((a = nl_next(&as)) != NULL) {
		switch (mnl_attr_get_type(a)) {
		case WGPEER_A_PUBLIC_KEY:
			cr_assert_eq(mnl_attr_get_payload_len(a), KEY_LEN);
			seen->keys++;
			break;
		case WGPEER_A_PRESHARED_KEY:
			cr_assert(nl_get(a, seen->psk, KEY_LEN));
			break;
		case WGPEER_A_FLAGS:
			flags = mnl_attr_get_u32(a);
			break;
		case WGPEER_A_ENDPOINT:
			cr_assert_eq(seen->messages, 0);
			cr_assert_eq(mnl_attr_get_payload_len(a),
			    sizeof(struct sockaddr_in6));
			seen->endpoint = true;
			break;
		case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
			cr_assert_eq(seen->messages, 0);
			seen->keepalive = true;
			break;
		case WGPEER_A_ALLOWEDIPS:
			cr_assert(a->nla_type & NLA_F_NESTED);
			ips = nl_nest(a);
			while ((ip = nl_next(&ips)) != NULL) {
				seen->prefixes++;
				xs = nl_nest(ip);
				while ((x = nl_next(&xs)) != NULL)
					if (mnl_attr_get_type(x) == 4)
						seen->removed++;
			}
			break;
		default:
			cr_assert_fail("attribute %u", mnl_attr_get_type(a));
		}
	}
	if (nth == 1) {
		cr_assert_eq(flags, WGPEER_F_REMOVE_ME);
		seen->vanished++;
	} else if (seen->messages == 0) {
		seen->first_flags = flags;
	} else {
		seen->later_flags = flags;
	}
}

static struct seen
build_all(const struct wg_change *c)
{
	struct seen seen = {0};
	size_t i = 0, before;

	do {
		const struct nlattr *a, *peer;
		struct nl_attrs as, nest;
		struct nlmsghdr *nlh;
		size_t nth = 0;

		before = i;
		nlh = wg_netlink_build(buf, FAMILY, 7, c, &i);
		cr_assert_not_null(nlh);
		cr_assert_leq(nlh->nlmsg_len, WG_NL_BUFLEN);
		cr_assert_eq(nlh->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
		as = nl_attrs(nlh, sizeof(struct genlmsghdr));
		while ((a = nl_next(&as)) != NULL) {
			if (mnl_attr_get_type(a) == WGDEVICE_A_IFINDEX) {
				cr_assert_eq(mnl_attr_get_u32(a), 7);
				continue;
			}
			/* Nothing else of the device is ever set. */
			cr_assert_eq(mnl_attr_get_type(a), WGDEVICE_A_PEERS);
			nest = nl_nest(a);
			while ((peer = nl_next(&nest)) != NULL)
				look_at_peer(peer, nth++, &seen);
		}
		seen.messages++;
		cr_assert(i > before || i == c->nadd + c->ndel);
	} while (i < c->nadd + c->ndel);
	return seen;
}

Test(wg_netlink, set_that_needs_several_messages)
{
	static struct prefix add[SET_MAX_PREFIXES], del[SET_MAX_PREFIXES];
	struct wg_change c = {.key = K('a'),
	    .create = true,
	    .set_keepalive = true,
	    .keepalive_s = 25,
	    .endpoint = {{6, {0x20, 1}}, 51820},
	    .add = add,
	    .del = del,
	    .nadd = SET_MAX_PREFIXES,
	    .ndel = SET_MAX_PREFIXES};
	struct seen seen;

	for (size_t i = 0; i < SET_MAX_PREFIXES; i++) {
		add[i] = P("2001:db8::/128");
		add[i].addr.b[15] = (uint8_t)i;
		del[i] = P("10.0.0.0/32");
		del[i].addr.b[3] = (uint8_t)i;
	}
	seen = build_all(&c);
	cr_assert_gt(seen.messages, 2);
	cr_assert_eq(seen.prefixes, 2 * SET_MAX_PREFIXES);
	cr_assert_eq(seen.removed, SET_MAX_PREFIXES);
	cr_assert_eq(seen.first_flags, 0);
	cr_assert_eq(seen.later_flags, WGPEER_F_UPDATE_ONLY);
	cr_assert(seen.endpoint && seen.keepalive);
	cr_assert_eq(seen.vanished, 0);

	/* Each message makes its peer and removes it. */
	c = (struct wg_change){.key = K('v'),
	    .create = true,
	    .vanish = true,
	    .add = add,
	    .nadd = SET_MAX_PREFIXES};
	seen = build_all(&c);
	cr_assert_gt(seen.messages, 1);
	cr_assert_eq(seen.vanished, seen.messages);
	cr_assert_eq(seen.prefixes, SET_MAX_PREFIXES);
	cr_assert_eq(seen.first_flags, 0);
	cr_assert_eq(seen.later_flags, 0);
}

/* One that is made anew: removed first and made then, whole, in one message
 * however many prefixes it may have. */
Test(wg_netlink, remake)
{
	static struct prefix add[WG_REMAKE_PREFIXES];
	struct key psk = K('p');
	struct wg_change c = {.key = K('a'),
	    .create = true,
	    .remake = true,
	    .psk = psk.b,
	    .set_keepalive = true,
	    .endpoint = {{6, {0x20, 1}}, 51820},
	    .add = add,
	    .nadd = WG_REMAKE_PREFIXES};
	const struct nlattr *a, *peer;
	struct nl_attrs as, nest;
	struct nlmsghdr *nlh;
	struct seen seen = {0};
	size_t i = 0, nth = 0;

	for (size_t k = 0; k < WG_REMAKE_PREFIXES; k++) {
		add[k] = P("2001:db8::/128");
		add[k].addr.b[15] = (uint8_t)k;
	}
	nlh = wg_netlink_build(buf, FAMILY, 7, &c, &i);
	cr_assert_not_null(nlh);
	cr_assert_eq(i, WG_REMAKE_PREFIXES);
	as = nl_attrs(nlh, sizeof(struct genlmsghdr));
	while (mnl_attr_get_type(a = nl_next(&as)) != WGDEVICE_A_PEERS)
		;
	nest = nl_nest(a);
	while ((peer = nl_next(&nest)) != NULL) {
		look_at_peer(peer, 0, &seen);
		cr_expect_eq(
		    seen.first_flags, nth == 0 ? WGPEER_F_REMOVE_ME : 0);
		cr_expect_eq(seen.prefixes, nth * WG_REMAKE_PREFIXES);
		cr_expect_eq(seen.endpoint && seen.keepalive, nth == 1);
		cr_expect_eq(seen.psk[0], nth == 0 ? 0 : 'p');
		nth++;
	}
	cr_expect_eq(nth, 2);
}

Test(wg_netlink, set_flags)
{
	struct wg_change c = {.key = K('a')};
	struct seen seen = build_all(&c);

	cr_assert_eq(seen.messages, 1);
	cr_assert_eq(seen.first_flags, WGPEER_F_UPDATE_ONLY);
	cr_assert_not(seen.endpoint || seen.keepalive);
	c.remove = true;
	seen = build_all(&c);
	cr_assert_eq(seen.first_flags, WGPEER_F_REMOVE_ME);
}
