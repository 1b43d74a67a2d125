/*
 * prove: fact_endpoint_value fact_prefix_value put_addr
 * boot_id_caps boot_id_make fact_size fact_id fnv
 *
 * files: netd/fact.c proto/buf.c common/addr.c
 */
#include "netd/fact.h"
#include "tests/prove/prove.h"

int
main(void)
{
	uint8_t value[18], id[BOOT_ID_LEN], random[BOOT_ID_LEN];
	struct endpoint e;
	struct prefix p;
	struct fact f;
	enum attr attr;

	ANY_BYTES(&e);
	ANY_BYTES(&p);
	ANY_BYTES(&f);
	ANY_BYTES(&id);
	ANY_BYTES(&random);
	(void)fact_endpoint_value(&e, value, &attr);
	(void)fact_prefix_value(&p, value, &attr);
	(void)fact_size(&f);
	ANY_BYTES(&value);
	f.value = value;
	f.len = any_size(sizeof(value));
	(void)fact_id(&f);
	(void)boot_id_caps(id);
	boot_id_make(random, CAP_ACK, id);
	return 0;
}
