/* The parts of wg_uapi.c that work on bytes alone, for the tests. */
#ifndef PRIVD_WG_UAPI_H
#define PRIVD_WG_UAPI_H

#include "privd/wg.h"

struct wg_uapi_reply {
	struct wg_device *dev; /* NULL: errno is all we expect */
	uint8_t *secret; /* takes the private key */
	const struct key *psk_of; /* NULL: nobody's is wanted */
	uint8_t *psk; /* takes that peer's preshared key */
	struct wg_peer *peer;
	int error;
	bool has_error; /* errno= was there */
};

/* One line without its newline. 1 when it was the empty one that ends the
 * answer, 0, or -1 with errno. */
int wg_uapi_line(struct wg_uapi_reply *r, const char *line);
/* Takes the whole lines of the *have bytes in buf and moves what is left of
 * them, the beginning of the next line, to the front. Returns as
 * wg_uapi_line does. */
int wg_uapi_lines(struct wg_uapi_reply *r, char *buf, size_t *have);
/* The text of a change; returns its length, 0 when it doesn't fit. */
size_t wg_uapi_build(char *out, size_t cap, const struct wg_change *c);

#endif
