/*
 * The kernel is trusted; all the same every length is checked, and answers to
 * other questions are skipped.
 */
#include <sys/socket.h>
#include <sys/time.h>
#include <linux/netlink.h>

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "privd/nl.h"

#define ERRNO_MAX 4095 /* the kernel's MAX_ERRNO */
#define READ_LEN  32768 /* the kernel makes the parts of a dump to fit */

/* What is read: keys may be in it, so it is locked and has guard pages. */
static uint8_t *incoming;

int
nl_open(struct nl *nl, int bus, unsigned int groups)
{
	struct timeval limit = {.tv_sec = 5};

	if (nl->sock != NULL)
		return 0;
	if (incoming == NULL && (incoming = sodium_malloc(READ_LEN)) == NULL)
		return -1;
	nl->sock = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (nl->sock == NULL ||
	    mnl_socket_bind(nl->sock, groups, MNL_SOCKET_AUTOPID) == -1)
		return -1;
	return setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVTIMEO,
	    &limit, sizeof limit);
}

/* error: an errno or its negative; anything else is no answer. */
static void
note_error(struct nl_reply *r, int error)
{
	if (error < -ERRNO_MAX || error > ERRNO_MAX)
		error = EPROTO;
	if (r->error == 0)
		r->error = error < 0 ? -error : error;
}

/*
 * The message at the front of *left bytes, cut from them; NULL when none is
 * there whole. libmnl's check takes a length over INT_MAX for a negative one.
 */
static const struct nlmsghdr *
next_message(const uint8_t **p, size_t *left)
{
	const struct nlmsghdr *nlh = (const void *)*p;
	size_t size;

	if (*left < sizeof *nlh || nlh->nlmsg_len < sizeof *nlh ||
	    nlh->nlmsg_len > *left)
		return NULL;
	size = ((size_t)nlh->nlmsg_len + 3) / 4 * 4; /* aligned */
	if (size > *left)
		size = *left;
	*p += size;
	*left -= size;
	return nlh;
}

bool
nl_feed(struct nl_reply *r, const void *buf, size_t len)
{
	const struct nlmsghdr *nlh;
	const uint8_t *p = buf;
	int error;

	while ((nlh = next_message(&p, &len)) != NULL) {
		if (nlh->nlmsg_seq != r->seq || nlh->nlmsg_pid != r->portid)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			r->interrupted = true;
		if (nlh->nlmsg_type == NLMSG_ERROR ||
		    nlh->nlmsg_type == NLMSG_DONE) {
			error = EPROTO;
			if (mnl_nlmsg_get_payload_len(nlh) >= sizeof error)
				memcpy(&error, mnl_nlmsg_get_payload(nlh),
				    sizeof error);
			note_error(r, error);
			return true;
		}
		/* A dump is read to its end even so: it blocks the next. */
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && r->error == 0 &&
		    r->take != NULL && r->take(nlh, r->arg) == -1)
			note_error(r, errno);
	}
	return false;
}

int
nl_transact(struct nl *nl, struct nlmsghdr *nlh, nl_take *take, void *arg)
{
	struct nl_reply r = {.seq = ++nl->seq,
	    .portid = mnl_socket_get_portid(nl->sock),
	    .take = take,
	    .arg = arg};
	ssize_t n;
	bool done = false;

	nlh->nlmsg_seq = r.seq;
	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) == -1)
		return -1;
	while (!done) {
		n = mnl_socket_recvfrom(nl->sock, incoming, READ_LEN);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		done = nl_feed(&r, incoming, (size_t)n);
		explicit_bzero(incoming, (size_t)n);
	}
	if (r.error == 0 && r.interrupted)
		r.error = EINTR;
	errno = r.error;
	return r.error == 0 ? 0 : -1;
}

struct nl_attrs
nl_attrs(const struct nlmsghdr *nlh, size_t skip)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (len < skip)
		return (struct nl_attrs){0};
	return (struct nl_attrs){
	    mnl_nlmsg_get_payload_offset(nlh, skip), len - skip};
}

struct nl_attrs
nl_nest(const struct nlattr *nest)
{
	return (struct nl_attrs){
	    mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest)};
}

const struct nlattr *
nl_next(struct nl_attrs *as)
{
	const struct nlattr *a = as->next;
	size_t size;

	if (a == NULL || !mnl_attr_ok(a, (int)as->left))
		return NULL;
	as->next = mnl_attr_next(a);
	size = (size_t)((const char *)as->next - (const char *)a);
	as->left -= size < as->left ? size : as->left;
	return a;
}

bool
nl_get(const struct nlattr *a, void *out, size_t len)
{
	if (mnl_attr_get_payload_len(a) != len)
		return false;
	memcpy(out, mnl_attr_get_payload(a), len);
	return true;
}

bool
nl_get_str(const struct nlattr *a, char *out, size_t cap)
{
	const char *s = mnl_attr_get_payload(a);
	size_t len = mnl_attr_get_payload_len(a);
	const char *end = memchr(s, '\0', len);

	if (end == NULL || (size_t)(end - s) >= cap)
		return false;
	memcpy(out, s, (size_t)(end - s) + 1);
	return true;
}
