/*
 * The control socket: local users ask, one question a connection, and are
 * answered record by record as their socket takes them. A client that is
 * slow, stuck or wrong is dropped; it never holds anything up.
 */
#ifndef NETD_CONTROL_H
#define NETD_CONTROL_H

#include <poll.h>

#include "netd/answer.h"

#define CONTROL_CLIENTS 16
#define CONTROL_POLLFDS (1 + CONTROL_CLIENTS)

struct control_client {
	int fd; /* -1: free */
	bool asked;
	struct answer answer;
	int64_t deadline_ns;
};

struct control {
	int fd; /* -1: none */
	int64_t paused_until_ns;
	struct control_client client[CONTROL_CLIENTS];
};

void control_init(struct control *c);
/* fd, the listening socket, becomes the control's. */
void control_start(struct control *c, int fd);
/* Fills pfd, CONTROL_POLLFDS of them; returns how many. */
size_t
control_poll(const struct control *c, struct pollfd *pfd, int64_t now_ns);
void control_serve(struct control *c, const struct pollfd *pfd, size_t n,
    const struct node *node, int64_t now_ns);
int64_t control_deadline(const struct control *c);

#endif
