/*
 * The configuration file. What is accepted is within its limits, and printed
 * it is read as the same again.
 *
 * Covers: privd/conf.c common/confread.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privd/conf.h"
#include "tests/fuzz/fuzz.h"

static void
clear(struct privd_conf *c)
{
	for (size_t i = 0; i < c->npeers; i++) {
		free(c->peers[i].endpoints);
		free(c->peers[i].prefixes);
	}
	free(c->peers);
	free(c->allowed);
	free(c->homes);
}

/* The caller frees it. */
static char *
print(const struct privd_conf *c, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (f == NULL)
		abort();
	conf_print(c, f);
	REQUIRE(fclose(f) == 0);
	return text;
}

static void
limits(const struct privd_conf *c)
{
	size_t homes = 0;

	REQUIRE(c->max_peers >= 1 && c->max_peers <= WG_MAX_PEERS);
	REQUIRE(c->npeers <= CONF_MAX_PEERS);
	REQUIRE(c->nallowed <= CONF_MAX_PREFIXES);
	REQUIRE(c->link.report.n <= CONF_MAX_GLOBS);
	REQUIRE(c->link.hide.n <= CONF_MAX_GLOBS);
	for (size_t i = 0; i < c->npeers; i++) {
		const struct conf_peer *p = &c->peers[i];

		REQUIRE(!key_is_zero(&p->key) && conf_find(c, &p->key) == p);
		REQUIRE(p->nprefixes <= CONF_MAX_PREFIXES);
		REQUIRE(p->nendpoints <= CONF_MAX_ENDPOINTS);
		for (size_t k = 0; k < p->nendpoints; k++)
			REQUIRE(p->endpoints[k].port != 0 &&
			    p->endpoints[k].host[0] != '\0');
		homes += p->nprefixes;
	}
	REQUIRE(homes == c->nhomes);
}

/* netd takes what it is sent of it. */
static void
message(const struct conf_peer *p)
{
	static uint8_t buf[MSG_PAYLOAD];
	struct msg m = {.type = MSG_CONF_PEER, .payload = buf};
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	enc_conf_peer(&w, p);
	m.len = w.off;
	REQUIRE(!w.bad && fuzz_message(&m));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct privd_conf c, again;
	size_t len, len2;
	char *text, *text2;

	if (conf_parse(&c, "fuzz.conf", data, size) == 0) {
		limits(&c);
		for (size_t i = 0; i < c.npeers; i++)
			message(&c.peers[i]);
		text = print(&c, &len);
		REQUIRE(conf_parse(&again, "again.conf", text, len) == 0);
		limits(&again);
		text2 = print(&again, &len2);
		REQUIRE(len == len2 && memcmp(text, text2, len) == 0);
		free(text);
		free(text2);
		clear(&again);
	}
	clear(&c);
	return 0;
}
