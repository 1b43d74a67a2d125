/*
 * Messages from privd to netd: record by record, each a u16 length and that
 * many bytes with the header, checked against the table and decoded.
 *
 * Covers: proto/buf.c proto/codec.c proto/codec_netd.c proto/msgs.c
 */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rbuf r;

	rbuf_init(&r, data, size);
	while (rbuf_left(&r) > 2) {
		size_t len = rbuf_u16(&r);
		struct msg m = {.fd = -1};
		uint8_t *record;

		if (len > rbuf_left(&r))
			len = rbuf_left(&r);
		if (len > MSG_MAX)
			len = MSG_MAX;
		record = fuzz_copy(rbuf_take(&r, len), len);
		/* A descriptor is not looked at here: any number will do. */
		for (size_t fds = 0; fds <= 1; fds++) {
			if (msg_check(record, len, fds, DIR_P2N,
				PH_BOOT | PH_RUN, &m) == NULL)
				(void)fuzz_message(&m);
		}
		free(record);
	}
	return 0;
}
