/*
 * netd's end of the channel to privd: requests with ids, at most
 * UPLINK_WINDOW under way, each with exactly one final answer. It never
 * blocks: what the socket doesn't take waits, one record long, and no
 * further request is made until it has gone.
 */
#ifndef NETD_UPLINK_H
#define NETD_UPLINK_H

#include "proto/channel.h"
#include "proto/codec.h"

#define UPLINK_WINDOW 32

enum request { REQ_NONE, REQ_DEVICE, REQ_SEAL, REQ_CHECK, REQ_OP, REQ_RELOAD };

struct request_slot {
	enum request kind;
	uint32_t id;
	uint32_t token; /* REQ_OP: the core's; REQ_DEVICE: which link */
	size_t n; /* REQ_SEAL, REQ_CHECK: bodies */
	uint16_t item[BATCH_MAX]; /* their places in the pools */
};

struct uplink {
	int fd;
	uint32_t next_id;
	size_t in_flight;
	struct request_slot slot[UPLINK_WINDOW];
	bool waiting; /* the record below could not be sent yet */
	enum msg_type out_type;
	uint32_t out_id;
	size_t out_len;
	uint8_t out[MSG_PAYLOAD];
};

void uplink_init(struct uplink *u, int fd);
bool uplink_ready(const struct uplink *u);
/* A free slot, or NULL when not ready; fill it in and call uplink_send. */
struct request_slot *uplink_request(struct uplink *u, enum request kind);
/* payload is copied when it has to wait. Dies when privd is gone. */
void uplink_send(struct uplink *u, enum msg_type type, uint32_t id,
    const void *payload, size_t len);
/* The socket takes more. */
void uplink_flush(struct uplink *u);
/* The request with that id; NULL when there is none. */
struct request_slot *uplink_find(struct uplink *u, uint32_t id);
void uplink_done(struct uplink *u, struct request_slot *s);

#endif
