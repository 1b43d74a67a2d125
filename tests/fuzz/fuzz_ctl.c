/*
 * The answer of netd as wirelinkctl reads it, which root may run: records,
 * each a u16 length and that many bytes with the header, then what is printed
 * of them. First byte: what was asked for, and how it is shown.
 *
 * Covers: proto/ctl.c netd/ctl/gather.c netd/ctl/table.c netd/ctl/json.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "netd/ctl/show.h"
#include "tests/fuzz/fuzz.h"

static void
show(const struct ctl_answer *a, enum ctl_what what, bool full_keys)
{
	struct ctl_style style = {.full_keys = full_keys};
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		abort();
	ctl_print_peers(a, &style, f);
	ctl_print_facts(a, &style, f);
	ctl_print_counters(a, f);
	ctl_print_self(a, &style, f);
	REQUIRE(fclose(f) == 0);
	fuzz_harmless(text, len);
	free(text);
	text = NULL;
	style.colour = true;
	if ((f = open_memstream(&text, &len)) == NULL)
		abort();
	ctl_print_peers(a, &style, f);
	REQUIRE(fclose(f) == 0);
	free(text);
	text = NULL;
	if ((f = open_memstream(&text, &len)) == NULL)
		abort();
	if (ctl_print_json(a, what, f) == 0) {
		json_object *o;

		REQUIRE(fclose(f) == 0);
		fuzz_harmless(text, len);
		o = json_tokener_parse(text);
		REQUIRE(o != NULL);
		json_object_put(o);
	} else {
		fclose(f);
	}
	free(text);
}

/* Is there no room for another record of that kind? */
static bool
full(const struct ctl_answer *a, enum msg_type type)
{
	const struct {
		enum msg_type type;
		size_t n, max;
	} kinds[] = {
	    {MSG_CTL_PEER, a->npeers, CTL_MAX_PEERS},
	    {MSG_CTL_FACT, a->nfacts, CTL_MAX_FACTS},
	    {MSG_CTL_COUNTER, a->ncounters, CTL_MAX_COUNTERS},
	    {MSG_CTL_SANDBOX, a->nsandboxes, CTL_MAX_BOXES},
	    {MSG_CTL_NAME, a->nnames, CTL_MAX_NAMES},
	    {MSG_CTL_WHY, a->nwhys, CTL_MAX_WHYS},
	    {MSG_CTL_CANDIDATE, a->ncandidates, CTL_MAX_CANDS},
	    {MSG_CTL_EVENT, a->nevents, CTL_MAX_EVENTS},
	    {MSG_CTL_TRUST, a->ntrusts, CTL_MAX_TRUSTS},
	    {MSG_CTL_PLAN, a->nplans, CTL_MAX_PLANS},
	    {MSG_CTL_POLICY, a->npolicies, CTL_MAX_POLICIES},
	    {MSG_CTL_RIGHT, a->nrights, CTL_MAX_RIGHTS},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].type == type)
			return kinds[i].n == kinds[i].max;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctl_answer a = {0};
	struct rbuf r;
	bool good = true;
	uint8_t how;

	rbuf_init(&r, data, size);
	how = rbuf_u8(&r);
	while (good && rbuf_left(&r) > 2) {
		size_t len = rbuf_u16(&r);
		struct msg m = {.fd = -1};
		uint8_t *record;

		if (len > rbuf_left(&r))
			len = rbuf_left(&r);
		record = fuzz_copy(rbuf_take(&r, len), len);
		good = msg_check(record, len, 0, DIR_N2C, PH_RUN, &m) == NULL;
		if (good && m.type != MSG_CTL_END) {
			/* A text is no part of an answer. */
			bool valid = fuzz_message(&m) && !full(&a, m.type) &&
			    m.type != MSG_CTL_TEXT;

			good = ctl_gather(&a, &m) == 0;
			REQUIRE(good == valid);
		}
		free(record);
	}
	REQUIRE(a.npeers <= CTL_MAX_PEERS && a.nfacts <= CTL_MAX_FACTS);
	/* Nothing is shown of an answer that is wrong. */
	if (good)
		show(&a, (enum ctl_what)(CTL_PEERS + how % 4), how >= 128);
	ctl_answer_clear(&a);
	return 0;
}
