/* The channel to privd. See uplink.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "netd/uplink.h"

void
uplink_init(struct uplink *u, int fd)
{
	memset(u, 0, offsetof(struct uplink, out));
	u->fd = fd;
}

bool
uplink_ready(const struct uplink *u)
{
	return !u->waiting && u->in_flight < UPLINK_WINDOW;
}

struct request_slot *
uplink_request(struct uplink *u, enum request kind)
{
	struct request_slot *s = u->slot;

	if (!uplink_ready(u))
		return NULL;
	while (s->kind != REQ_NONE)
		s++;
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	if (++u->next_id == 0)
		u->next_id = 1;
	s->id = u->next_id;
	u->in_flight++;
	return s;
}

void
uplink_send(struct uplink *u, enum msg_type type, uint32_t id,
    const void *payload, size_t len)
{
	if (msg_send(u->fd, type, 0, id, payload, len, -1) == 0)
		return;
	if (errno == EPIPE || errno == ECONNRESET)
		exit(0);
	if ((errno != EAGAIN && errno != ENOBUFS) || len > sizeof(u->out))
		fatal("send to wirelinkd");
	u->waiting = true;
	u->out_type = type;
	u->out_id = id;
	u->out_len = len;
	if (len > 0 && payload != u->out)
		memcpy(u->out, payload, len);
}

void
uplink_flush(struct uplink *u)
{
	if (!u->waiting)
		return;
	u->waiting = false;
	uplink_send(u, u->out_type, u->out_id, u->out, u->out_len);
}

struct request_slot *
uplink_find(struct uplink *u, uint32_t id)
{
	for (size_t i = 0; i < UPLINK_WINDOW; i++) {
		if (u->slot[i].kind != REQ_NONE && u->slot[i].id == id)
			return &u->slot[i];
	}
	return NULL;
}

void
uplink_done(struct uplink *u, struct request_slot *s)
{
	s->kind = REQ_NONE;
	u->in_flight--;
}
