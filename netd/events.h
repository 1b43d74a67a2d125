/* What the core reports, as lines in the log. */
#ifndef NETD_EVENTS_H
#define NETD_EVENTS_H

#include "netd/node.h"

/* n is asked for the peer's name. */
void event_log(const struct node *n, const struct event *ev);
/* "name" or the key's first characters; out holds EVENT_WHO_LEN. */
#define EVENT_WHO_LEN 96
const char *
event_who(const struct node *n, const struct key *key, char out[EVENT_WHO_LEN]);

#endif
