/*
 * A file of wg-quick(8), for the names of peers in its comments, and the first
 * configuration that wirelinkctl init makes of them.
 *
 * Covers: netd/ctl/wgquick.c netd/ctl/confput.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netd/ctl/view.h"
#include "netd/ctl/wgquick.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ctl_answer nobody;
	static struct wgquick w;
	char *file = fuzz_copy(data, size), *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		abort();
	wgquick_parse(file, size, &w);
	REQUIRE(w.n <= CONF_MAX_PEERS);
	for (size_t i = 0; i < w.n; i++) {
		REQUIRE(
		    memchr(w.peers[i].name, '\0', CONF_NAME_STRLEN) != NULL);
		for (size_t k = 0; k < i; k++)
			REQUIRE(!key_eq(&w.peers[i].key, &w.peers[k].key));
	}
	ctl_print_init(&nobody, &w, out);
	REQUIRE(fclose(out) == 0);
	fuzz_conf(text, len);
	/* Its own text has tabs. */
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\t')
			text[i] = ' ';
	}
	fuzz_harmless(text, len);
	free(file);
	free(text);
	return 0;
}
