/*
 * The answer of a userspace WireGuard, as its socket may cut it in pieces.
 * First byte: how long these are.
 *
 * Covers: privd/wg_uapi.c privd/wg.c common/addr.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "privd/wg_uapi.h"
#include "tests/fuzz/device.h"

#define LINE_CAP 4096 /* as in privd/wg_uapi.c */

/* Returns what wg_uapi_lines did last; *error is errno when that was -1. */
static int
feed(struct wg_uapi_reply *r, const uint8_t *p, size_t size, size_t piece,
    int *error)
{
	char *buf = malloc(LINE_CAP);
	size_t have = 0;
	int done = 0;

	REQUIRE(buf != NULL);
	while (done == 0 && size > 0 && have < LINE_CAP) {
		size_t n = size < piece ? size : piece;

		if (n > LINE_CAP - have)
			n = LINE_CAP - have;
		memcpy(buf + have, p, n);
		have += n;
		p += n;
		size -= n;
		done = wg_uapi_lines(r, buf, &have);
		REQUIRE(done >= -1 && done <= 1 && have <= LINE_CAP);
		REQUIRE(done != 0 || memchr(buf, '\n', have) == NULL);
	}
	*error = errno;
	free(buf);
	return done;
}

/* What we write is lines that any such program reads. */
static void
build(const struct wg_device *d)
{
	static struct prefix list[64];
	struct wg_change c = {.create = true, .add = list, .del = list};
	static char out[65536];

	for (size_t i = 0; i < d->npeers; i++) {
		const struct wg_peer *p = &d->peers[i];
		size_t n;

		c.key = p->key;
		c.remake = p->keepalive_s == 2;
		c.psk = c.remake ? p->key.b : NULL;
		c.endpoint = p->endpoint;
		c.nadd = c.ndel = p->nprefixes < 64 ? p->nprefixes : 64;
		for (size_t k = 0; k < c.nadd; k++)
			list[k] = d->prefixes[p->first + k].prefix;
		n = wg_uapi_build(out, sizeof(out), &c);
		REQUIRE(n > 2 && n == strlen(out));
		REQUIRE(strcmp(out + n - 2, "\n\n") == 0);
		REQUIRE(strstr(out, "\n\n") == out + n - 2);
		REQUIRE(wg_uapi_build(out, n, &c) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wg_device d = {0}, whole = {0};
	uint8_t secret[2][KEY_LEN] = {{0}};
	uint8_t psk[2][KEY_LEN] = {{0}};
	struct key key = {{1}};
	struct wg_uapi_reply r = {
	    .dev = &d, .secret = secret[0], .psk_of = &key, .psk = psk[0]};
	struct wg_uapi_reply at_once = {
	    .dev = &whole, .secret = secret[1], .psk_of = &key, .psk = psk[1]};
	struct wg_uapi_reply ack = {0};
	int done, error, error2;

	if (size == 0)
		return 0;
	done = feed(&r, data + 1, size - 1, (size_t)data[0] + 1, &error);
	device_sound(&d);
	REQUIRE(done != 1 || r.has_error);
	REQUIRE(r.error >= 0 && r.error < 4096);
	REQUIRE(done != -1 || error == EPROTO || error == E2BIG);
	/* Where it is cut makes no difference. */
	REQUIRE(feed(&at_once, data + 1, size - 1, LINE_CAP, &error2) == done);
	device_same(&d, &whole);
	REQUIRE(r.error == at_once.error);
	REQUIRE(memcmp(secret[0], secret[1], KEY_LEN) == 0);
	REQUIRE(memcmp(psk[0], psk[1], KEY_LEN) == 0);
	if (done == 1)
		build(&d);
	/* As the answer to a change. */
	(void)feed(&ack, data + 1, size - 1, LINE_CAP, &error);
	free(d.peers);
	free(d.prefixes);
	free(whole.peers);
	free(whole.prefixes);
	return 0;
}
