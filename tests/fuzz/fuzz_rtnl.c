/*
 * Dumps of the host's links and addresses: what each read of the socket gave,
 * a u16 (little-endian) length before it; links until the dump is done, then
 * addresses.
 *
 * Covers: privd/rtnl.c privd/nl.c
 */
#include <stdlib.h>
#include <string.h>

#include "privd/rtnl.h"
#include "tests/fuzz/fuzz.h"

#define SEQ 7

static struct rtnl rtnl;

/* netd takes what it is told of an address. */
static void
message(const struct m_addr *a)
{
	uint8_t buf[2 + M_ADDR_MAX];
	struct m_addr again;
	struct wbuf w;
	struct rbuf r;
	uint16_t left = 1;

	wbuf_init(&w, buf, sizeof(buf));
	enc_addr(&w, a);
	REQUIRE(!w.bad);
	rbuf_init(&r, buf, w.off);
	REQUIRE(dec_addrs_next(&r, &left, &again) == 1);
	REQUIRE(dec_addrs_next(&r, &left, &again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nl_reply links = {
	    .seq = SEQ, .take = rtnl_take_link, .arg = &rtnl};
	struct nl_reply addrs = {
	    .seq = SEQ, .take = rtnl_take_addr, .arg = &rtnl};
	struct nl_reply *r = &links;

	if (rtnl.link == NULL) {
		strlcpy(rtnl.ifname, "wg0", sizeof(rtnl.ifname));
		rtnl.link = calloc(RTNL_MAX_LINKS, sizeof(*rtnl.link));
		rtnl.addr = calloc(RTNL_MAX_ADDRS, sizeof(*rtnl.addr));
		REQUIRE(rtnl.link != NULL && rtnl.addr != NULL);
	}
	rtnl.nlinks = rtnl.naddrs = rtnl.ifindex = 0;
	rtnl.up = rtnl.overflow = false;
	while (size > 2) {
		size_t len = data[0] | (size_t)data[1] << 8;
		uint8_t *buf;
		bool done;

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		buf = fuzz_copy(data, len);
		fuzz_netlink(buf, len, SEQ);
		done = nl_feed(r, buf, len);
		free(buf);
		data += len;
		size -= len;
		if (done && r == &addrs)
			break;
		if (done)
			r = &addrs;
	}
	REQUIRE(rtnl.nlinks <= RTNL_MAX_LINKS);
	REQUIRE(rtnl.naddrs <= RTNL_MAX_ADDRS);
	for (size_t i = 0; i < rtnl.nlinks; i++)
		REQUIRE(memchr(rtnl.link[i].name, '\0',
			    sizeof(rtnl.link[i].name)) != NULL);
	for (size_t i = 0; i < rtnl.naddrs; i++)
		message(&rtnl.addr[i]);
	if (rtnl.naddrs > 0 && rtnl.addr[0].ifindex == rtnl.ifindex)
		REQUIRE(rtnl_has(&rtnl, &rtnl.addr[0].addr));
	return 0;
}
