/*
 * The control socket: local users ask, one question a connection, and are
 * answered record by record as their socket takes them. A client that is
 * slow, stuck or wrong is dropped; it never holds anything up. Who may
 * connect may look (root, and the group of ControlGroup); only root has
 * something done.
 */
#ifndef NETD_CONTROL_H
#define NETD_CONTROL_H

#include <poll.h>

#include "netd/answer.h"

#define CONTROL_CLIENTS	 16
#define CONTROL_MONITORS 8 /* of these; the rest is for questions */
#define CONTROL_EVENTS	 64 /* that a monitor may be behind */
#define CONTROL_POLLFDS	 (1 + CONTROL_CLIENTS)

/* What a client waits for that netd can't do by itself: a reload that is to
 * be asked for, or the answer to one. */
enum control_wait { WAIT_NOTHING, WAIT_RELOAD, WAIT_RELOADED };

struct control_client {
	int fd; /* -1: free */
	bool root; /* the sender of its question is */
	bool asked;
	enum control_wait wait;
	bool monitor; /* is told events until it goes */
	struct answer answer;
	uint64_t seen; /* events */
	int64_t deadline_ns;
};

struct control {
	int fd; /* -1: none */
	int64_t paused_until_ns;
	bool reloading; /* the answer of wirelinkd is due */
	uint64_t nevents; /* since the start; the last ones are kept */
	struct ctl_event event[CONTROL_EVENTS];
	struct control_client client[CONTROL_CLIENTS];
};

void control_init(struct control *c);
/* fd, the listening socket, becomes the control's. */
void control_start(struct control *c, int fd);
/* Fills pfd, CONTROL_POLLFDS of them; returns how many. */
size_t
control_poll(const struct control *c, struct pollfd *pfd, int64_t now_ns);
void control_serve(struct control *c, const struct pollfd *pfd, size_t n,
    struct node *node, int64_t now_ns);
/* To those who monitor. One that doesn't take them loses the oldest, and is
 * told how many. */
void control_event(
    struct control *c, const struct node *node, const struct event *ev);
/* Is wirelinkd to be asked for a reload? One at a time: who comes later may
 * have changed the file since, and waits for the next. */
bool control_wants_reload(const struct control *c);
void control_reload_asked(struct control *c);
/* To those who waited for it: text, unless it is empty, and an errno or 0. */
void control_reloaded(struct control *c, int error, const char *text);
int64_t control_deadline(const struct control *c);

#endif
