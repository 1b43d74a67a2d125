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

/* The only interface with a socket in rundir, into out (CONF_IFNAME_STRLEN
 * bytes). 0, or -1 with a line on err that names the choices. */
int ctl_only_interface(const char *rundir, char *out, FILE *err);
/* 0, or -1 with a line on err: also when netd answers with an error. */
int ctl_ask(const char *rundir, const char *ifname, const struct ctl_get *get,
    ctl_record *fn, void *arg, FILE *err);

#endif
