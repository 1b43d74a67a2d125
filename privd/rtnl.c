/*
 * Events are only a door bell: after any of them, and after the kernel had to
 * drop some (ENOBUFS), everything is dumped anew, so there is one way to
 * learn the state and nothing to miss.
 */
#include <sys/socket.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "privd/rtnl.h"

#define EVENTS (RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)

int
rtnl_open(struct rtnl *r, const char *ifname)
{
	memset(r, 0, sizeof *r);
	strlcpy(r->ifname, ifname, sizeof r->ifname);
	r->link = calloc(RTNL_MAX_LINKS, sizeof *r->link);
	r->addr = calloc(RTNL_MAX_ADDRS, sizeof *r->addr);
	if (r->link == NULL || r->addr == NULL)
		return -1;
	if (nl_open(&r->events, NETLINK_ROUTE, EVENTS) == -1)
		return -1;
	return nl_open(&r->request, NETLINK_ROUTE, 0);
}

int
rtnl_fd(const struct rtnl *r)
{
	return mnl_socket_get_fd(r->events.sock);
}

void
rtnl_drain(struct rtnl *r)
{
	uint8_t buf[4096];

	while (recv(rtnl_fd(r), buf, sizeof buf, MSG_DONTWAIT) != -1 ||
	    errno == EINTR || errno == ENOBUFS)
		;
}

static void
full(struct rtnl *r, const char *what)
{
	if (!r->overflow)
		log_warnx("too many %s on this host, some are left out", what);
	r->overflow = true;
}

int
rtnl_take_link(const struct nlmsghdr *nlh, void *arg)
{
	struct rtnl *r = arg;
	struct nl_attrs as = nl_attrs(nlh, sizeof(struct ifinfomsg));
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;
	struct rtnl_link *l = &r->link[r->nlinks];

	if (nlh->nlmsg_type != RTM_NEWLINK || as.next == NULL)
		return 0;
	if (r->nlinks == RTNL_MAX_LINKS) {
		full(r, "interfaces");
		return 0;
	}
	memset(l, 0, sizeof *l);
	l->ifindex = (uint32_t)ifi->ifi_index;
	l->up = (ifi->ifi_flags & IFF_UP) != 0;
	while ((a = nl_next(&as)) != NULL)
		if (mnl_attr_get_type(a) == IFLA_IFNAME)
			nl_get_str(a, l->name, sizeof l->name);
	if (strcmp(l->name, r->ifname) == 0) {
		r->ifindex = l->ifindex;
		r->up = l->up;
	}
	r->nlinks++;
	return 0;
}

int
rtnl_take_addr(const struct nlmsghdr *nlh, void *arg)
{
	struct rtnl *r = arg;
	struct nl_attrs as = nl_attrs(nlh, sizeof(struct ifaddrmsg));
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;
	struct m_addr *m = &r->addr[r->naddrs];
	size_t len;
	uint32_t flags;
	bool local = false, any = false;

	if (nlh->nlmsg_type != RTM_NEWADDR || as.next == NULL ||
	    (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6))
		return 0;
	if (r->naddrs == RTNL_MAX_ADDRS) {
		full(r, "addresses");
		return 0;
	}
	len = ifa->ifa_family == AF_INET ? 4 : 16;
	flags = ifa->ifa_flags;
	memset(m, 0, sizeof *m);
	while ((a = nl_next(&as)) != NULL) {
		switch (mnl_attr_get_type(a)) {
		case IFA_LOCAL: /* the own one of a point-to-point pair */
			local = nl_get(a, m->addr.b, len);
			any |= local;
			break;
		case IFA_ADDRESS:
			if (!local)
				any |= nl_get(a, m->addr.b, len);
			break;
		case IFA_FLAGS:
			nl_get(a, &flags, sizeof flags);
			break;
		}
	}
	m->addr.family = len == 4 ? 4 : 6;
	m->len = ifa->ifa_prefixlen;
	m->ifindex = ifa->ifa_index;
	for (size_t i = 0; i < r->nlinks; i++)
		if (r->link[i].ifindex == m->ifindex) {
			m->up = r->link[i].up;
			strlcpy(m->ifname, r->link[i].name, sizeof m->ifname);
		}
	if ((flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0 && any &&
	    m->len <= addr_bits(&m->addr) && *m->ifname != '\0')
		r->naddrs++;
	return 0;
}

static int
dump(struct rtnl *r, uint16_t type, nl_take *take)
{
	_Alignas(struct nlmsghdr) uint8_t buf[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (type == RTM_GETLINK)
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	else
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	return nl_transact(&r->request, nlh, take, r);
}

int
rtnl_refresh(struct rtnl *r)
{
	for (int tries = 0; tries < NL_DUMP_TRIES; tries++) {
		r->nlinks = r->naddrs = r->ifindex = 0;
		r->up = false;
		if (dump(r, RTM_GETLINK, rtnl_take_link) == 0 &&
		    dump(r, RTM_GETADDR, rtnl_take_addr) == 0)
			return 0;
		if (errno != EINTR)
			break;
	}
	return -1;
}

bool
rtnl_has(const struct rtnl *r, const struct addr *a)
{
	for (size_t i = 0; i < r->naddrs; i++)
		if (r->addr[i].ifindex == r->ifindex &&
		    addr_eq(&r->addr[i].addr, a))
			return true;
	return false;
}

int
rtnl_set(struct rtnl *r, const struct addr *a, bool there)
{
	_Alignas(struct nlmsghdr) uint8_t buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = there ? RTM_NEWADDR : RTM_DELADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (there)
		nlh->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof *ifa);
	ifa->ifa_family = AF_INET6;
	ifa->ifa_prefixlen = 64;
	ifa->ifa_flags = IFA_F_NODAD;
	ifa->ifa_scope = RT_SCOPE_LINK;
	ifa->ifa_index = r->ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, 16, a->b);
	mnl_attr_put(nlh, IFA_ADDRESS, 16, a->b);
	return nl_transact(&r->request, nlh, NULL, NULL);
}
