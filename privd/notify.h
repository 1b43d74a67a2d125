/*
 * What the service manager wants to be told (sd_notify(3)): that the start is
 * complete, that the program still works, that it stops.
 */
#ifndef PRIVD_NOTIFY_H
#define PRIVD_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
	bool on; /* somebody listens */
	bool ready; /* it was told so */
	bool withheld; /* the watchdog's turn came, and we had no good word */
	int fd;
	int64_t every_ns; /* half of what the watchdog allows; 0: none */
	int64_t next_ns; /* when it is to hear of us */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and opens the socket,
 * as far as they are set. Fatal if it can't be. */
void notify_open(struct notify *n, int64_t now_ns);

/* Says it once, however often it is called, and waits until it is taken: the
 * manager would end us without it. */
void notify_ready(struct notify *n);
/* Says, once that is said, that it is no longer so; the next notify_ready
 * takes it back. */
void notify_reloading(struct notify *n, int64_t now_ns);
/* Waits for nothing, as does notify_watchdog. */
void notify_stopping(struct notify *n);

/* Tells the watchdog, if it is time to, that all is well, or nothing when it
 * isn't. Returns the nanoseconds until it is to be called again; INT64_MAX:
 * no watchdog. */
int64_t notify_watchdog(struct notify *n, int64_t now_ns, bool well);

#endif
