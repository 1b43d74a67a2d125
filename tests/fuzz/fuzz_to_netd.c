/*
 * Messages from privd to netd: record by record, each a u16 length and that
 * many bytes with the header, checked against the table and decoded.
 *
 * Covers: proto/buf.c proto/codec.c proto/codec_netd.c proto/msgs.c
 */
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_records(data, size, DIR_P2N);
	return 0;
}
