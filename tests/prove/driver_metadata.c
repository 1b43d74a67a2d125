/*
 * prove: fact_metadata fact_metadata_canonical put_entries put_entry entry_size
 * uvarint_size fact_put_uvarint
 *
 * files: netd/fact.c proto/buf.c common/addr.c
 */
#include "netd/fact.h"
#include "proto/codec.h"
#include "tests/prove/prove.h"

static void
read_value(const uint8_t *p, size_t len)
{
	struct metadata m;

	fact_metadata(p, len, &m);
}

static void
canonical(const uint8_t *p, size_t len)
{
	static uint8_t out[BODY_MAX_RECV];

	(void)fact_metadata_canonical(p, len, out, any_size(sizeof(out)));
	(void)fact_metadata_canonical(p, len, out + sizeof(out) - 1, 1);
}

int
main(void)
{
	EVERY_INPUT(read_value, 2, BODY_MAX_RECV);
	EVERY_INPUT(canonical, 2, BODY_MAX_RECV);
	return 0;
}
