/*
 * What generic netlink and rtnetlink share: a request and its answer, and
 * reading attributes.
 */
#ifndef PRIVD_NL_H
#define PRIVD_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

struct nl {
	struct mnl_socket *sock; /* NULL: not open */
	uint32_t seq;
};

/* Called for each message of an answer. 0, or -1 with errno. */
typedef int nl_take(const struct nlmsghdr *nlh, void *arg);

struct nl_reply {
	uint32_t seq;
	uint32_t portid;
	nl_take *take; /* NULL: an acknowledgement is all we expect */
	void *arg;
	int error; /* errno of the first thing that went wrong */
	bool interrupted; /* what was dumped changed meanwhile */
};

/* Does nothing when it is open. groups is a mask. 0 or -1 with errno. */
int nl_open(struct nl *nl, int bus, unsigned int groups);
/* Sends and reads until the answer is complete. 0 or -1 with errno, which is
 * EINTR when a dump has to be taken again. */
int nl_transact(struct nl *nl, struct nlmsghdr *nlh, nl_take *take, void *arg);
/* Takes in what one read gave. True when the answer is complete. */
bool nl_feed(struct nl_reply *r, const void *buf, size_t len);

#define NL_DUMP_TRIES 4

struct nl_attrs {
	const struct nlattr *next;
	size_t left;
};
/* Those of a message behind a header of skip bytes, or in a nest. */
struct nl_attrs nl_attrs(const struct nlmsghdr *nlh, size_t skip);
struct nl_attrs nl_nest(const struct nlattr *nest);
/* The next one, which lies in its message whole; NULL at the end. */
const struct nlattr *nl_next(struct nl_attrs *as);
/* A payload of exactly that length; false (and nothing copied) else. */
bool nl_get(const struct nlattr *a, void *out, size_t len);
/* A string with its NUL, both within the payload, that fits cap bytes; false
 * (and nothing copied) else. */
bool nl_get_str(const struct nlattr *a, char *out, size_t cap);

#endif
