/*
 * What local users are told, record by record: the node's views as messages
 * of proto/ctl.h. An answer has no more state than what was asked for and
 * which record is next, so that it may take as long as its reader does.
 */
#ifndef NETD_ANSWER_H
#define NETD_ANSWER_H

#include "netd/node.h"
#include "proto/ctl.h"

struct answer {
	struct ctl_get get;
	size_t part; /* kinds of records follow each other */
	size_t next; /* the record of that kind that is to go */
};

void answer_start(struct answer *a, const struct ctl_get *get);
/* Writes the next record to w and returns its type: MSG_CTL_END when there
 * are no more. The same one again until answer_sent is called. */
enum msg_type answer_record(
    struct answer *a, const struct node *n, int64_t now_ns, struct wbuf *w);
void answer_sent(struct answer *a);
/* An event as it is told to those who monitor. */
void
answer_event(struct ctl_event *m, const struct node *n, const struct event *ev);

#endif
