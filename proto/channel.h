/*
 * Records over an AF_UNIX SOCK_SEQPACKET socket: one message, one record, at
 * most one descriptor. Everything that arrives is checked against the table
 * of proto/msgs.h before anybody looks at its payload.
 */
#ifndef PROTO_CHANNEL_H
#define PROTO_CHANNEL_H

#include "proto/msgs.h"

struct msg {
	enum msg_type type;
	uint16_t flags;
	uint32_t id;
	const uint8_t
	    *payload; /* in the channel's buffer, until the next one */
	size_t len;
	int fd; /* -1, or now the caller's to close */
};

enum recv_status {
	RECV_MSG, /* *m is filled */
	RECV_AGAIN, /* nothing there */
	RECV_EOF, /* the other side has closed */
	RECV_BAD, /* violation; *why says which, descriptors are closed */
	RECV_ERROR, /* errno says which */
};

/* buf must hold MSG_MAX + 1 bytes and lives as long as *m is used. dir and
 * phase are what may arrive now. why is a static string. */
enum recv_status msg_recv(int fd, uint8_t *buf, enum msg_dir dir,
    unsigned int phase, struct msg *m, const char **why);
/* The part of it that works on bytes alone: a record of len bytes that came
 * with nfds descriptors. NULL when it may arrive now, and *m is filled but for
 * fd; else why not. */
const char *msg_check(const uint8_t *buf, size_t len, size_t nfds,
    enum msg_dir dir, unsigned int phase, struct msg *m);
/* Sends one record. fd is -1 or a descriptor to pass (it stays the
 * caller's). 0, or -1 with errno (EAGAIN when a non-blocking socket is
 * full; EINVAL for what the table does not allow). */
int msg_send(int sock, enum msg_type type, uint16_t flags, uint32_t id,
    const void *payload, size_t len, int fd);
/* A close-on-exec pair; both blocking. 0 or -1. */
int msg_pair(int sv[2]);

#endif
