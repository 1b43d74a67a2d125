/* Text that is the rest of a payload. See buf.h. */
#include <string.h>

#include "proto/buf.h"

void
rbuf_text(struct rbuf *r, char *out, size_t outlen)
{
	size_t len = rbuf_left(r);

	memset(out, 0, outlen);
	if (len >= outlen) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < len; i++) {
		uint8_t c = rbuf_u8(r);

		if (c == 0)
			r->bad = true;
		out[i] = (char)c;
	}
	if (r->bad)
		out[0] = '\0';
}
