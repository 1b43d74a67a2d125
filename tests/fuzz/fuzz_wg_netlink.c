/*
 * Answers of the kernel's WireGuard: what each read of the socket gave, a u16
 * (little-endian) length before it. Message headers get the right sequence
 * number and port when they have zeroes there, so that they are looked at.
 *
 * Covers: privd/wg_netlink.c privd/nl.c privd/wg.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "privd/wg_netlink.h"
#include "tests/fuzz/device.h"

#define SEQ 7

/* The message that we make of a peer holds its prefixes, all of them. */
static void
build(const struct wg_device *d)
{
	static _Alignas(struct nlmsghdr) uint8_t buf[WG_NL_BUFLEN];
	static struct prefix list[256];

	for (size_t i = 0; i < d->npeers; i++) {
		const struct wg_peer *p = &d->peers[i];
		struct wg_change c = {.key = p->key,
		    .create = true,
		    .vanish = p->keepalive_s == 1,
		    .remake = p->keepalive_s == 2 &&
			p->nprefixes <= WG_REMAKE_PREFIXES,
		    .endpoint = p->endpoint,
		    .add = list,
		    .del = list};
		struct wg_device back = {0};
		struct wg_nl_snapshot to = {.dev = &back, .secret = buf};
		size_t done = 0;

		if (c.remake)
			c.psk = p->key.b;
		c.nadd = p->nprefixes < 256 ? p->nprefixes : 256;
		for (size_t k = 0; k < c.nadd; k++)
			list[k] = d->prefixes[p->first + k].prefix;
		do {
			struct nlmsghdr *nlh =
			    wg_netlink_build(buf, 20, 3, &c, &done);

			REQUIRE(nlh != NULL && nlh->nlmsg_len <= WG_NL_BUFLEN);
			REQUIRE(wg_netlink_take(nlh, &to) == 0);
			REQUIRE(!c.remake || done == c.nadd);
		} while (done < c.nadd);
		device_sound(&back);
		REQUIRE(back.npeers >= 1 && back.nprefixes == c.nadd);
		REQUIRE(key_eq(&back.peers[0].key, &p->key));
		for (size_t k = 0; k < c.nadd; k++)
			REQUIRE(prefix_eq(&back.prefixes[k].prefix, &list[k]));
		free(back.peers);
		free(back.prefixes);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wg_device d = {0};
	uint8_t secret[KEY_LEN];
	uint8_t psk[KEY_LEN];
	uint16_t family = 0;
	struct key key = {{1}};
	struct wg_nl_snapshot to = {
	    .dev = &d, .secret = secret, .psk_of = &key, .psk = psk};
	struct nl_reply r = {.seq = SEQ, .take = wg_netlink_take, .arg = &to};
	struct nl_reply ctrl = {
	    .seq = SEQ, .take = wg_netlink_take_family, .arg = &family};
	bool done = false;

	while (!done && size > 2) {
		size_t len = data[0] | (size_t)data[1] << 8;
		uint8_t *buf;

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		buf = fuzz_copy(data, len);
		fuzz_netlink(buf, len, SEQ);
		done = nl_feed(&r, buf, len);
		(void)nl_feed(&ctrl, buf, len);
		free(buf);
		data += len;
		size -= len;
	}
	device_sound(&d);
	REQUIRE(r.error >= 0 || r.error == INT32_MIN);
	if (done && r.error == 0)
		build(&d);
	free(d.peers);
	free(d.prefixes);
	return 0;
}
