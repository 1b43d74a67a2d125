/*
 * Datagrams between the UDP socket, the core and privd: those that come in
 * wait in a small pool until privd has checked them, those that go out until
 * it has sealed them. While privd checks, what comes in waits in the socket,
 * so that a flood goes to privd in batches; a full pool holds back what goes
 * out. Nothing blocks.
 */
#ifndef NETD_TUNNEL_H
#define NETD_TUNNEL_H

#include "netd/node.h"
#include "netd/uplink.h"

#define TUNNEL_POOL 32

struct tunnel;

/* NULL without memory. */
struct tunnel *tunnel_new(struct node *n, struct uplink *u);
/* fd becomes the tunnel's; -1: there is none. ifindex is the scope of the
 * addresses. */
void tunnel_socket(struct tunnel *t, int fd, const struct m_link *link);
/* What to wait for; -1: there is none, or nothing is read now. */
int tunnel_fd(const struct tunnel *t);
/* Takes in what has arrived, a bounded number. */
void tunnel_read(struct tunnel *t, int64_t now_ns);
/* Is there room for one more body to seal? */
bool tunnel_room(const struct tunnel *t);
/* An ACT_SEND of the core. */
void tunnel_send(struct tunnel *t, const struct action *act);
/* Hands what has gathered to privd, as far as its window allows. */
void tunnel_flush(struct tunnel *t);
/* privd's answers; -1 when they don't fit what was asked. */
int tunnel_sealed(struct tunnel *t, int64_t now_ns,
    const struct request_slot *s, const struct msg *m);
int tunnel_checked(struct tunnel *t, int64_t now_ns,
    const struct request_slot *s, const struct msg *m);
/* privd could not do it at all. */
void
tunnel_refused(struct tunnel *t, int64_t now_ns, const struct request_slot *s);

#endif
