/*
 * Writes the seed corpora that our own encoders make: seeds DIR, which is
 * tests/fuzz/corpus. Those of datagrams come from tests/vectors (seeds.sh).
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/wireguard.h>
#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privd/ledger.h"
#include "privd/wg_netlink.h"
#include "proto/channel.h"
#include "proto/ctl.h"

static const char *corpus;
static uint8_t buf[65536];
static struct wbuf w;

static void
begin(void)
{
	wbuf_init(&w, buf, sizeof(buf));
}

static void
save(const char *target, const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", corpus, target);
	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		err(1, "%s", path);
	snprintf(path, sizeof(path), "%s/%s/%s", corpus, target, name);
	f = fopen(path, "w");
	if (w.bad || f == NULL || fwrite(buf, 1, w.off, f) != w.off ||
	    fclose(f) != 0)
		err(1, "%s", path);
}

static struct key
K(uint8_t i) {
	struct key k = {{i}};

	k.b[31] = 5;
	return k;
}

static struct prefix
P(const char *s) {
	struct prefix p;

	if (prefix_parse(s, &p) == -1)
		errx(1, "%s", s);
	return p;
}

static struct endpoint
E(const char *s) {
	struct endpoint e;

	if (endpoint_parse(s, &e) == -1)
		errx(1, "%s", s);
	return e;
}

/* Writes one payload. */
typedef void
payload(struct wbuf *to);

static void
p_hello(struct wbuf *to)
{
	struct m_hello m = {.version = PROTO_VERSION, .build = "0.1.0"};

	enc_hello(to, &m);
}

static void
p_conf_link(struct wbuf *to)
{
	struct conf_link m = {.membership = MEMBERSHIP_ROUTERS,
	    .quorum = 2,
	    .tell_trust = true,
	    .report = {.n = 2, .glob = {"eth*", "wlan0"}},
	    .hide = {.n = 1, .glob = {"docker*"}}};

	enc_conf_link(to, &m);
}

static void
p_conf_policy(struct wbuf *to)
{
	struct prefix allowed[] = {P("10.7.0.0/16"), P("fd07::/32")};

	enc_conf_policy(to, 256, allowed, 2);
}

static void
p_conf_peer(struct wbuf *to)
{
	struct conf_host host = {.host = "vpn.example.org", .port = 51820};
	struct prefix prefix = P("10.7.0.0/16");
	struct conf_peer m = {.key = K(1),
	    .name = "hub",
	    .trust = TRUST_MEMBERSHIP,
	    .nendpoints = 1,
	    .endpoints = &host,
	    .nprefixes = 1,
	    .prefixes = &prefix};

	enc_conf_peer(to, &m);
}

static void
p_link(struct wbuf *to)
{
	struct m_link m = {.ifindex = 9,
	    .ifname = "wg0",
	    .key = K(100),
	    .listen_port = 51820,
	    .port = 51821};

	m.auto_addr = key_auto_addr(&m.key);
	enc_link(to, &m);
}

static void
p_addrs(struct wbuf *to)
{
	struct m_addr m = {.ifindex = 2, .up = true, .ifname = "eth0"};

	wbuf_u16(to, 2);
	m.addr = P("192.0.2.7").addr;
	m.len = 24;
	enc_addr(to, &m);
	m.addr = P("2001:db8::7").addr;
	m.len = 64;
	enc_addr(to, &m);
}

static void
p_device(struct wbuf *to)
{
	struct m_prefix prefix = {.prefix = P("10.7.0.0/16")};
	struct m_peer m = {.key = K(1),
	    .endpoint = E("203.0.113.1:51820"),
	    .handshake_ns = 1,
	    .nprefixes = 1};

	wbuf_i64(to, 1);
	wbuf_u16(to, 2);
	enc_peer(to, &m);
	enc_prefix(to, &prefix);
	m.key = K(2);
	m.nprefixes = 0;
	enc_peer(to, &m);
}

static void
p_seal(struct wbuf *to)
{
	struct m_body m = {
	    .peer = K(1), .body = (const uint8_t *)"body", .len = 4};

	wbuf_u8(to, 2);
	enc_seal(to, &m);
	enc_seal(to, &m);
}

static void
p_check(struct wbuf *to)
{
	struct m_body m = {
	    .peer = K(1), .body = (const uint8_t *)"body", .len = 4};

	wbuf_u8(to, 1);
	enc_check(to, &m);
}

static void
p_sealed(struct wbuf *to)
{
	struct m_sealed m = {.status = CRYPT_OK};

	wbuf_u8(to, 1);
	enc_sealed(to, &m);
}

static void
p_checked(struct wbuf *to)
{
	const uint8_t status[3] = {CRYPT_OK, CRYPT_BAD, CRYPT_RATE};

	enc_checked(to, status, 3);
}

static void
p_peer_set(struct wbuf *to)
{
	static struct m_peer_set m;

	m.key = K(2);
	m.may_add = true;
	m.endpoint = E("[2001:db8::1]:51820");
	m.keepalive_s = 25;
	m.nadd = m.ndel = 1;
	m.add[0] = P("10.7.0.2/32");
	m.del[0] = P("fd00::/64");
	enc_peer_set(to, &m);
}

static void
p_peer_remake(struct wbuf *to)
{
	static struct m_peer_set m;

	m.key = K(2);
	m.remake = true;
	m.endpoint = E("[2001:db8::1]:51820");
	m.keepalive_s = KEEPALIVE_KEEP;
	enc_peer_set(to, &m);
}

static void
p_key(struct wbuf *to)
{
	struct key k = K(2);

	wbuf_key(to, &k);
}

static void
p_result(struct wbuf *to)
{
	struct m_result m = {.error = EPERM, .rule = 12, .index = 1};

	enc_result(to, &m);
}

static void
p_reloaded(struct wbuf *to)
{
	struct m_reloaded m = {.text = "a:5: unknown key\nit stays"};

	enc_reloaded(to, &m);
}

static void
p_ctl_text(struct wbuf *to)
{
	enc_ctl_text(to, "a:5: unknown key\nit stays");
}

static void
p_ctl_reload(struct wbuf *to)
{
	struct ctl_do m = {.deed = CTL_RELOAD};

	enc_ctl_do(to, &m);
}

static void
p_resolve(struct wbuf *to)
{
	enc_resolve(to, "vpn.example.org");
}

static void
p_resolved(struct wbuf *to)
{
	struct m_resolved m = {.n = 2};

	m.addr[0] = P("192.0.2.1").addr;
	m.addr[1] = P("2001:db8::1").addr;
	enc_resolved(to, &m);
}

static void
p_ctl_get(struct wbuf *to)
{
	wbuf_u8(to, CTL_PEERS);
}

static void
p_ctl_self(struct wbuf *to)
{
	struct ctl_self m = {.key = K(100),
	    .ifname = "wg0",
	    .listen_port = 51820,
	    .port = 51821,
	    .up = true,
	    .npeers = 1,
	    .nfacts = 3,
	    .build = "0.1.0"};

	m.auto_addr = key_auto_addr(&m.key);
	enc_ctl_self(to, &m);
}

static void
p_ctl_peer(struct wbuf *to)
{
	static struct ctl_peer m;

	m.key = K(1);
	memcpy(m.name, "h\xc3\xbc\x1b[", 5);
	m.name_len = 5;
	m.trust = TRUST_MEMBERSHIP;
	m.path = CTL_PATH_DIRECT;
	m.endpoint = E("203.0.113.1:51820");
	m.has_handshake = m.alive = m.has_rtt = m.healthy = true;
	m.handshake_age_s = 90;
	m.alive_for_s = 200;
	m.rtt_us = 1500;
	m.nheld = 1;
	m.nprefixes = 1;
	m.prefixes[0].prefix = P("10.7.0.0/16");
	enc_ctl_peer(to, &m);
}

static void
p_ctl_fact(struct wbuf *to)
{
	struct ctl_fact m = {.attr = 'e',
	    .ttl_s = 255,
	    .subject = K(2),
	    .source = K(1),
	    .len = 6,
	    .value = {203, 0, 113, 9, 0xca, 0x6c}};

	enc_ctl_fact(to, &m);
}

static void
p_ctl_metadata(struct wbuf *to)
{
	struct ctl_fact m = {.attr = 'M',
	    .ttl_s = 255,
	    .subject = K(2),
	    .source = K(1),
	    .len = 9,
	    .value = {8, 'n', 3, 'h', 'u', 'b', 'b', 1, 1}};

	enc_ctl_fact(to, &m);
}

static void
p_ctl_counter(struct wbuf *to)
{
	struct ctl_counter m = {.name = "received", .value = 7};

	enc_ctl_counter(to, &m);
}

static void
p_ctl_get_why(struct wbuf *to)
{
	struct ctl_get m = {.what = CTL_WHY, .has_key = true, .key = K(2)};

	enc_ctl_get(to, &m);
}

static void
p_ctl_do(struct wbuf *to)
{
	struct ctl_do m = {.deed = CTL_PROBE, .key = K(2)};

	enc_ctl_do(to, &m);
}

static void
p_ctl_policy(struct wbuf *to)
{
	struct ctl_policy m = {.membership = MEMBERSHIP_ROUTERS,
	    .conf = {.max_peers = 256,
		.nallowed = 1,
		.allowed = {P("10.7.0.0/16")}},
	    .has_device = true,
	    .npeers = 3,
	    .nadded = 2};

	enc_ctl_policy(to, &m);
}

static void
p_ctl_right(struct wbuf *to)
{
	struct ctl_right m = {
	    .kind = CTL_RIGHT_LENT, .key = K(2), .prefix = P("10.7.0.2/32")};

	enc_ctl_right(to, &m);
}

static void
p_ctl_trust(struct wbuf *to)
{
	struct ctl_trust m = {.key = K(2),
	    .level = TRUST_ENDPOINT,
	    .by = CTL_BY_DELEGATE,
	    .lender = K(1),
	    .known = CTL_TAKES_ENDPOINT,
	    .nfacts = 2,
	    .quorum = 2,
	    .sources = 3};

	enc_ctl_trust(to, &m);
}

static void
p_ctl_plan(struct wbuf *to)
{
	struct ctl_plan m = {.change = CHANGE_MOVE,
	    .key = K(2),
	    .has_other = true,
	    .other = K(1),
	    .prefix = P("10.7.0.2/32"),
	    .has_source = true,
	    .source = K(1),
	    .attr = 3,
	    .reason = REASON_REFUSED_BY_POLICY,
	    .rule = 17};

	enc_ctl_plan(to, &m);
}

static void
p_ctl_name(struct wbuf *to)
{
	struct ctl_name m = {
	    .key = K(2), .name = {'h', 'u', 'b'}, .name_len = 3};

	enc_ctl_name(to, &m);
}

static void
p_ctl_why(struct wbuf *to)
{
	struct ctl_why m = {.cond = COND_ALLOWED,
	    .answer = CTL_NO,
	    .reason = REASON_REFUSED_BY_POLICY,
	    .has_other = true,
	    .other = K(1),
	    .endpoint = E("203.0.113.1:51820"),
	    .prefix = P("10.7.0.0/16"),
	    .rule = 16,
	    .has = 1,
	    .needs = 2,
	    .has_age = true,
	    .age_s = 7};

	enc_ctl_why(to, &m);
}

static void
p_ctl_candidate(struct wbuf *to)
{
	struct ctl_candidate m = {.endpoint = E("203.0.113.1:51820"),
	    .stated = true,
	    .usable = true,
	    .tried = true,
	    .tried_age_s = 12,
	    .has_source = true,
	    .source = K(1)};

	enc_ctl_candidate(to, &m);
}

static void
p_ctl_event(struct wbuf *to)
{
	struct ctl_event m = {.code = EV_FACT_REFUSED,
	    .reason = REASON_NOT_TRUSTED,
	    .key = K(2),
	    .has_other = true,
	    .other = K(1),
	    .attr = 'e',
	    .endpoint = E("203.0.113.1:51820"),
	    .times = 3,
	    .first_age_s = 60,
	    .last_age_s = 2,
	    .name = {'a', 0xff},
	    .name_len = 2};

	enc_ctl_event(to, &m);
}

static void
p_end(struct wbuf *to)
{
	wbuf_u32(to, 0);
}

static void
p_sandbox(struct wbuf *to)
{
	static const struct sandbox_state s = {.process = SANDBOX_PRIVD,
	    .uid = 990,
	    .no_new_privs = true,
	    .calls = 21,
	    .memory = UINT64_MAX};

	enc_sandbox(to, &s);
}

static void
p_none(struct wbuf *to)
{
	(void)to;
}

static const struct {
	enum msg_type type;
	payload *make;
} rows[] = {
    {MSG_HELLO, p_hello},
    {MSG_CONF_LINK, p_conf_link},
    {MSG_CONF_PEER, p_conf_peer},
    {MSG_CONF_END, p_none},
    {MSG_CONTROL, p_none},
    {MSG_RESOLVER, p_none},
    {MSG_START, p_link},
    {MSG_READY, p_hello},
    {MSG_LINK_UP, p_link},
    {MSG_LINK_DOWN, p_none},
    {MSG_ADDRS, p_addrs},
    {MSG_DEVICE_GET, p_none},
    {MSG_DEVICE, p_device},
    {MSG_SEAL, p_seal},
    {MSG_SEALED, p_sealed},
    {MSG_CHECK, p_check},
    {MSG_CHECKED, p_checked},
    {MSG_PEER_SET, p_peer_set},
    {MSG_PEER_SET, p_peer_remake},
    {MSG_PEER_REMOVE, p_key},
    {MSG_RESULT, p_result},
    {MSG_SANDBOX, p_sandbox},
    {MSG_RELOAD, p_none},
    {MSG_RELOADED, p_reloaded},
    {MSG_CONF_POLICY, p_conf_policy},
    {MSG_RESOLVE, p_resolve},
    {MSG_RESOLVED, p_resolved},
    {MSG_RESOLVER_SANDBOX, p_sandbox},
    {MSG_CTL_SANDBOX, p_sandbox},
    {MSG_CTL_GET, p_ctl_get},
    {MSG_CTL_SELF, p_ctl_self},
    {MSG_CTL_PEER, p_ctl_peer},
    {MSG_CTL_FACT, p_ctl_fact},
    {MSG_CTL_FACT, p_ctl_metadata},
    {MSG_CTL_COUNTER, p_ctl_counter},
    {MSG_CTL_END, p_end},
    {MSG_CTL_GET, p_ctl_get_why},
    {MSG_CTL_DO, p_ctl_do},
    {MSG_CTL_DO, p_ctl_reload},
    {MSG_CTL_TRUST, p_ctl_trust},
    {MSG_CTL_PLAN, p_ctl_plan},
    {MSG_CTL_RIGHT, p_ctl_right},
    {MSG_CTL_POLICY, p_ctl_policy},
    {MSG_CTL_NAME, p_ctl_name},
    {MSG_CTL_WHY, p_ctl_why},
    {MSG_CTL_CANDIDATE, p_ctl_candidate},
    {MSG_CTL_EVENT, p_ctl_event},
    {MSG_CTL_TEXT, p_ctl_text},
};
#define NROWS (sizeof(rows) / sizeof(rows[0]))

static void
put_record(size_t i, uint32_t id)
{
	static uint8_t payload_buf[MSG_PAYLOAD];
	struct wbuf p;

	wbuf_init(&p, payload_buf, sizeof(payload_buf));
	rows[i].make(&p);
	wbuf_u16(&w, (uint16_t)rows[i].type);
	wbuf_u16(&w, 0);
	wbuf_u32(&w, (uint32_t)(MSG_HEADER + p.off));
	wbuf_u32(&w, id);
	wbuf_u32(&w, 0);
	wbuf_bytes(&w, payload_buf, p.off);
}

/* All messages of one direction, each after its length. */
static void
put_all(enum msg_dir way)
{
	for (size_t i = 0; i < NROWS; i++) {
		size_t at = w.off;

		if (msg_info((unsigned int)rows[i].type)->dir != way)
			continue;
		wbuf_u16(&w, 0);
		put_record(i, (uint32_t)(i + 1));
		wbuf_patch_u16(&w, at, (uint16_t)(w.off - at - 2));
	}
}

static void
direction(enum msg_dir way, const char *target)
{
	begin();
	put_all(way);
	save(target, "all");
}

/* A byte for the target, then the messages. */
static void
answers(uint8_t how, enum msg_dir way, const char *target, const char *name)
{
	begin();
	wbuf_u8(&w, how);
	put_all(way);
	save(target, name);
}

static void
channel(void)
{
	for (size_t i = 0; i < NROWS; i++) {
		const struct msg_info *m = msg_info((unsigned int)rows[i].type);
		unsigned int phase = (m->phases & PH_RUN) != 0 ? 8 : 0;

		if (i > 0 && rows[i].type == rows[i - 1].type)
			continue;
		begin();
		wbuf_u8(&w, (uint8_t)((unsigned int)m->dir + phase));
		wbuf_u8(&w, m->fd ? 1 : 0);
		put_record(i, 5);
		save("channel", m->name);
	}
}

/* Netlink: reads, each after its length in two bytes, little-endian. */
static void
put_read(const void *p, size_t len)
{
	wbuf_u8(&w, (uint8_t)len);
	wbuf_u8(&w, (uint8_t)(len >> 8));
	wbuf_bytes(&w, p, len);
}

static void
put_done(void)
{
	struct {
		struct nlmsghdr h;
		int32_t error;
	} done = {.h = {.nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_DONE}};

	put_read(&done, sizeof(done));
}

static void
wg_netlink_seed(void)
{
	static _Alignas(struct nlmsghdr) uint8_t msg[WG_NL_BUFLEN];
	struct timespec64 {
		int64_t s, ns;
	} handshake = {1700000000, 7};
	struct sockaddr_storage ss;
	struct endpoint e = E("203.0.113.1:51820");
	const struct prefix prefixes[2] = {P("10.7.0.0/16"), P("fd00::/64")};
	struct key k = K(1);
	struct nlmsghdr *nlh;
	struct nlattr *peers, *peer, *ips, *ip;

	nlh = mnl_nlmsg_put_header(msg);
	nlh->nlmsg_type = 20;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, 20);
	mnl_attr_put(nlh, WGDEVICE_A_PRIVATE_KEY, KEY_LEN, k.b);
	mnl_attr_put_u16(nlh, WGDEVICE_A_LISTEN_PORT, 51820);
	peers = mnl_attr_nest_start(nlh, WGDEVICE_A_PEERS);
	peer = mnl_attr_nest_start(nlh, 0);
	mnl_attr_put(nlh, WGPEER_A_PUBLIC_KEY, KEY_LEN, k.b);
	mnl_attr_put(
	    nlh, WGPEER_A_ENDPOINT, endpoint_to_sockaddr(&e, &ss), &ss);
	mnl_attr_put_u16(nlh, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, 25);
	mnl_attr_put(
	    nlh, WGPEER_A_LAST_HANDSHAKE_TIME, sizeof(handshake), &handshake);
	mnl_attr_put_u64(nlh, WGPEER_A_RX_BYTES, 148);
	mnl_attr_put_u64(nlh, WGPEER_A_TX_BYTES, 92);
	ips = mnl_attr_nest_start(nlh, WGPEER_A_ALLOWEDIPS);
	for (size_t i = 0; i < 2; i++) {
		ip = mnl_attr_nest_start(nlh, 0);
		mnl_attr_put_u16(nlh, WGALLOWEDIP_A_FAMILY,
		    prefixes[i].addr.family == 4 ? AF_INET : AF_INET6);
		mnl_attr_put(nlh, WGALLOWEDIP_A_IPADDR,
		    addr_bits(&prefixes[i].addr) / 8, prefixes[i].addr.b);
		mnl_attr_put_u8(nlh, WGALLOWEDIP_A_CIDR_MASK, prefixes[i].len);
		mnl_attr_nest_end(nlh, ip);
	}
	mnl_attr_nest_end(nlh, ips);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, peers);
	begin();
	put_read(nlh, nlh->nlmsg_len);
	put_done();
	save("wg_netlink", "device");
}

static void
rtnl_seed(void)
{
	static _Alignas(struct nlmsghdr) uint8_t msg[512];
	struct prefix p = P("192.0.2.7"), q = P("fe80::7");
	struct ifinfomsg *ifi;
	struct ifaddrmsg *ifa;
	struct nlmsghdr *nlh;

	begin();
	nlh = mnl_nlmsg_put_header(msg);
	nlh->nlmsg_type = RTM_NEWLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = 3;
	ifi->ifi_flags = IFF_UP;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "wg0");
	put_read(nlh, nlh->nlmsg_len);
	put_done();
	nlh = mnl_nlmsg_put_header(msg);
	nlh->nlmsg_type = RTM_NEWADDR;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = 24;
	ifa->ifa_index = 3;
	mnl_attr_put(nlh, IFA_LOCAL, 4, p.addr.b);
	mnl_attr_put(nlh, IFA_ADDRESS, 4, p.addr.b);
	put_read(nlh, nlh->nlmsg_len);
	nlh = mnl_nlmsg_put_header(msg);
	nlh->nlmsg_type = RTM_NEWADDR;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = AF_INET6;
	ifa->ifa_prefixlen = 64;
	ifa->ifa_index = 3;
	mnl_attr_put(nlh, IFA_ADDRESS, 16, q.addr.b);
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_PERMANENT);
	put_read(nlh, nlh->nlmsg_len);
	put_done();
	save("rtnl", "dumps");
}

static void
put_ledger(enum ledger_kind kind, const char *prefix)
{
	static const uint8_t zeroes[64];
	struct prefix p = {.len = 0};
	struct key k = K(1);
	size_t at = w.off;

	wbuf_u8(&w, (uint8_t)kind);
	if (prefix != NULL)
		p = P(prefix);
	wbuf_prefix(&w, &p);
	wbuf_key(&w, &k);
	wbuf_bytes(&w, zeroes, 64 - (w.off - at));
}

static void
ledger_seed(void)
{
	static const uint8_t magic[16] = "wirelink ledger", zeroes[12];
	struct key k = K(100);

	begin();
	wbuf_u8(&w, 1);
	put_ledger(LEDGER_PEER, NULL);
	put_ledger(LEDGER_PREFIX, "10.7.0.2/32");
	put_ledger(LEDGER_WITHDRAWN, "fd00::/64");
	save("ledger", "records");
	begin();
	wbuf_u8(&w, 0);
	wbuf_bytes(&w, magic, sizeof(magic));
	wbuf_u32(&w, 3);
	wbuf_key(&w, &k);
	wbuf_bytes(&w, zeroes, sizeof(zeroes));
	put_ledger(LEDGER_PEER, NULL);
	save("ledger", "file");
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: seeds DIR");
	corpus = argv[1];
	direction(DIR_N2P, "to_privd");
	direction(DIR_P2N, "to_netd");
	direction(DIR_N2R, "resolver");
	direction(DIR_C2N, "control");
	answers(0, DIR_R2N, "lookup", "answer");
	answers(0, DIR_N2C, "ctl", "peers");
	answers(1, DIR_N2C, "ctl", "facts");
	answers(130, DIR_N2C, "ctl", "counters");
	channel();
	ledger_seed();
	wg_netlink_seed();
	rtnl_seed();
	return 0;
}
