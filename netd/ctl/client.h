/* wirelinkctl's connection to netd: finds the control socket, asks, hands
 * each record of the answer to a function. */
#ifndef NETD_CTL_CLIENT_H
#define NETD_CTL_CLIENT_H

#include <stdio.h>

#include "proto/channel.h"
#include "proto/ctl.h"

#define CTL_RUNDIR "/run/wirelink"

/* Returns 0, or -1 with a line on err. */
typedef int ctl_record(void *arg, const struct msg *m);

/* How many files of a directory are named by an interface and suffix; one of
 * these into last (CONF_IFNAME_STRLEN bytes), all into names, a space before
 * each. errno is 0, or why the directory could not be read. */
size_t ctl_interfaces(const char *dirname, const char *suffix, char *last,
    char *names, size_t size);
/* The only interface with a socket in rundir, into out (CONF_IFNAME_STRLEN
 * bytes). 0, or -1 with a line on err that names the choices. */
int ctl_only_interface(const char *rundir, char *out, FILE *err);
/* A connection for one question, or -1 with a line on err. */
int ctl_connect(const char *rundir, const char *ifname, FILE *err);
/* The same where none is needed: -1 with errno. */
int ctl_connect_quietly(const char *rundir, const char *ifname);
/* Asks over fd and closes it. 0, or -1 with a line on err: also when netd
 * answers with an error. */
int ctl_ask(
    int fd, const struct ctl_get *get, ctl_record *fn, void *arg, FILE *err);
/* The same with what is to be done. What was said of it goes to err. */
int ctl_do(int fd, const struct ctl_do *deed, FILE *err);
/* Once connected, the process needs to read answers and to print, and from
 * now on it can do nothing else. 0, or -1 with a line on err. */
int ctl_confine(FILE *err);

#endif
