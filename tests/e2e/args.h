/* What the small programs of the tests are called with. What it is not ends
 * them, with a line and status 2. */
#ifndef TESTS_E2E_ARGS_H
#define TESTS_E2E_ARGS_H

#include <netinet/in.h>

#include "common/key.h"

/* A node's auto address, by its key, on that interface. */
struct sockaddr_in6
args_sockaddr(const struct key *k, const char *ifname, const char *port);
/* The first line of a file, in base64. */
void args_key(const char *path, struct key *k);

#endif
