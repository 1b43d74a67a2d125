/*
 * The Go program's configuration, JSON, as wirelinkctl import takes it over.
 *
 * Covers: netd/ctl/import.c netd/ctl/confput.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netd/ctl/view.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *json = malloc(size + 1), *text = NULL, *said = NULL;
	size_t len = 0, said_len = 0;
	FILE *out = open_memstream(&text, &len);
	FILE *err = open_memstream(&said, &said_len);
	int rv;

	if (json == NULL || out == NULL || err == NULL)
		abort();
	if (size > 0)
		memcpy(json, data, size);
	json[size] = '\0';
	rv = ctl_import_text(json, size + 1, out, err);
	REQUIRE(fclose(out) == 0 && fclose(err) == 0);
	fuzz_harmless(text, len);
	fuzz_harmless(said, said_len);
	/* Whatever it was, wirelinkd can read what was made of it. */
	if (rv == CTL_OK)
		fuzz_conf(text, len);
	REQUIRE(rv == CTL_OK || (rv == CTL_FAILED && said_len > 0));
	free(json);
	free(text);
	free(said);
	return 0;
}
