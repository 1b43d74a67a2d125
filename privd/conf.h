/*
 * The configuration as privd needs it: what it enforces itself, and what it
 * hands on to netd (wirelink.conf(5)).
 */
#ifndef PRIVD_CONF_H
#define PRIVD_CONF_H

#include <stdio.h>

#include "common/conf.h"
#include "privd/wg.h"

#define CONF_DEFAULT_MAX_PEERS 256

/* A prefix that the administrator gave to a peer. */
struct conf_home {
	struct key key;
	struct prefix prefix;
};

struct privd_conf {
	struct conf_link link;
	enum wg_choice backend;
	uint16_t port; /* 0: WireGuard's + 1 */
	char control_group[CONF_GROUP_STRLEN];
	size_t max_peers;
	size_t nallowed;
	struct prefix *allowed;
	size_t npeers;
	struct conf_peer *peers;
	size_t nhomes;
	struct conf_home *homes; /* of all peers */
};

/* What holds without a file. */
void conf_default(struct privd_conf *c);
/* Reads the file over the defaults. 0, or -1 with errno when a line, with
 * file:line, has been logged; conf_clear frees what *c holds in either case. A
 * file that isn't there is an error only if it must be. dir: a descriptor of
 * the directory it is in, if that was opened before, or AT_FDCWD. */
int conf_load(struct privd_conf *c, int dir, const char *path, bool must_exist);
void conf_clear(struct privd_conf *c);
/* The same from memory; path is for what is logged. */
int conf_parse(
    struct privd_conf *c, const char *path, const void *text, size_t len);
/* The effective policy in the file's own grammar. */
void conf_print(const struct privd_conf *c, FILE *out);
const struct conf_peer *
conf_find(const struct privd_conf *c, const struct key *key);

#endif
