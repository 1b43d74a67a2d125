/* See args.h. */
#include <net/if.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/args.h"

struct sockaddr_in6
args_sockaddr(const struct key *k, const char *ifname, const char *port)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};
	struct addr a = key_auto_addr(k);
	const char *error;

	memcpy(&sin6.sin6_addr, a.b, sizeof(a.b));
	sin6.sin6_port = htons((uint16_t)strtonum(port, 1, 65535, &error));
	sin6.sin6_scope_id = if_nametoindex(ifname);
	if (error != NULL || sin6.sin6_scope_id == 0)
		errx(2, "%s, port %s: no such thing", ifname, port);
	return sin6;
}

void
args_key(const char *path, struct key *k)
{
	char text[64] = "";
	FILE *f = fopen(path, "r");

	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		err(2, "%s", path);
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	if (key_parse(text, k) == -1)
		errx(2, "%s: no key", path);
}
