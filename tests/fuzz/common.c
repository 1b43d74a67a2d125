/* See fuzz.h. */
#include <sys/socket.h>
#include <linux/netlink.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privd/conf.h"
#include "tests/fuzz/fuzz.h"

void
fuzz_failed(const char *what, const char *file, int line)
{
	/* stderr may be closed against what the code logs. */
	fprintf(stdout, "%s:%d: does not hold: %s\n", file, line, what);
	fflush(stdout);
	abort();
}

/*
 * libbsd's are not instrumented: a source without its NUL would be read past
 * its end unseen.
 */
size_t
strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = 0;

	for (; src[len] != '\0'; len++) {
		if (len + 1 < size)
			dst[len] = src[len];
	}
	if (size > 0)
		dst[len < size ? len : size - 1] = '\0';
	return len;
}

size_t
strlcat(char *dst, const char *src, size_t size)
{
	size_t have = 0;

	while (have < size && dst[have] != '\0')
		have++;
	return have + strlcpy(dst + have, src, size - have);
}

void *
fuzz_copy(const void *p, size_t len)
{
	void *copy = malloc(len > 0 ? len : 1);

	REQUIRE(copy != NULL);
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

struct key
fuzz_key(uint8_t i)
{
	struct key k = {{i}};

	k.b[31] = 5;
	return k;
}

struct addr
fuzz_addr(struct rbuf *r)
{
	static const char *const texts[] = {"10.7.0.1", "10.7.0.2", "10.7.3.1",
	    "192.0.2.1", "203.0.113.9", "127.0.0.1", "224.0.0.1", "0.0.0.0",
	    "255.255.255.255", "169.254.1.1", "fd00::1", "fd00::2",
	    "2001:db8::1", "fe80::1", "ff02::1", "::1",
	    "::", "::ffff:10.0.0.1"};
	size_t n = sizeof(texts) / sizeof(texts[0]);
	uint8_t which = rbuf_u8(r), b[16];
	struct addr a;

	if (which < n) {
		REQUIRE(addr_parse(texts[which], &a) == 0);
		return a;
	}
	memset(b, 0, sizeof(b));
	rbuf_bytes(r, b, which % 2 == 0 ? 4 : 16);
	return which % 2 == 0 ? addr_v4(b) : addr_v6(b);
}

struct prefix
fuzz_prefix(struct rbuf *r)
{
	struct addr a = fuzz_addr(r);
	struct prefix p;

	REQUIRE(prefix_make(&a, rbuf_u8(r) % (addr_bits(&a) + 1), &p));
	return p;
}

void
fuzz_send(int fd, const uint8_t *record, size_t len)
{
	ssize_t n = send(fd, record, len, MSG_NOSIGNAL);

	REQUIRE(n == (ssize_t)len || errno == EMSGSIZE || errno == EPIPE);
}

void
fuzz_pair(int sv[2])
{
	REQUIRE(msg_pair(sv) == 0);
	REQUIRE(fcntl(sv[0], F_SETFL, O_NONBLOCK) == 0);
	REQUIRE(fcntl(sv[1], F_SETFL, O_NONBLOCK) == 0);
}

void
fuzz_netlink(uint8_t *buf, size_t len, uint32_t seq)
{
	struct nlmsghdr h;

	while (len >= sizeof(h)) {
		size_t step;

		memcpy(&h, buf, sizeof(h));
		if (h.nlmsg_seq == 0)
			h.nlmsg_seq = seq;
		memcpy(buf, &h, sizeof(h));
		step = ((size_t)h.nlmsg_len + 3) / 4 * 4;
		if (step < sizeof(h) || step > len)
			break;
		buf += step;
		len -= step;
	}
}

void
fuzz_harmless(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		REQUIRE((c >= 0x20 && c != 0x7f) || c == '\n');
		/* C1 controls, in UTF-8. */
		REQUIRE(c != 0xc2 || i + 1 == len ||
		    (unsigned char)text[i + 1] >= 0xa0);
	}
}

void
fuzz_conf(const char *text, size_t len)
{
	struct privd_conf c;

	REQUIRE(conf_parse(&c, "made", text, len) == 0);
	conf_clear(&c);
}
