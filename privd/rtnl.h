/*
 * The host's interfaces and addresses, as rtnetlink tells them, and the one
 * address that privd sets.
 */
#ifndef PRIVD_RTNL_H
#define PRIVD_RTNL_H

#include "privd/nl.h"
#include "proto/codec.h"

#define RTNL_MAX_LINKS 4096
#define RTNL_MAX_ADDRS 4096 /* both: more are left out, with a warning */

struct rtnl_link {
	uint32_t ifindex;
	bool up;
	char name[CONF_IFNAME_STRLEN];
};

struct rtnl {
	struct nl request;
	struct nl events;
	uint32_t ifindex; /* of our interface; 0: not there */
	bool up;
	char ifname[CONF_IFNAME_STRLEN];
	bool overflow;
	size_t nlinks, naddrs;
	struct rtnl_link *link;
	struct m_addr *addr; /* none that is tentative */
};

/* 0 or -1 with errno. */
int rtnl_open(struct rtnl *r, const char *ifname);
/* To poll; readable when anything may have changed. */
int rtnl_fd(const struct rtnl *r);
/* Throws away what is there to read: that something happened is enough. */
void rtnl_drain(struct rtnl *r);
/* Reads everything anew. 0, or -1 with errno and part of it. */
int rtnl_refresh(struct rtnl *r);
/* The parts of that which work on bytes alone: one message of a dump of
 * links, then of addresses; arg is the struct rtnl. */
int rtnl_take_link(const struct nlmsghdr *nlh, void *arg);
int rtnl_take_addr(const struct nlmsghdr *nlh, void *arg);
/* Has our interface this address? */
bool rtnl_has(const struct rtnl *r, const struct addr *a);
/* Adds a /64, without duplicate address detection, or takes it away. 0 or -1
 * with errno. */
int rtnl_set(struct rtnl *r, const struct addr *a, bool there);

#endif
