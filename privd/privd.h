/*
 * The state of the privileged process, and its parts that work on all of it:
 * link.c (the interface comes and goes), dispatch.c (what netd asks for),
 * start.c (what is done once, with full rights) and filter.c (system calls).
 */
#ifndef PRIVD_PRIVD_H
#define PRIVD_PRIVD_H

#include <sys/types.h>

#include "common/seccomp.h"
#include "privd/conf.h"
#include "privd/ledger.h"
#include "privd/notify.h"
#include "privd/policy.h"
#include "privd/rtnl.h"
#include "privd/seal.h"
#include "privd/wg.h"
#include "proto/channel.h"

struct privd {
	char ifname[CONF_IFNAME_STRLEN];
	struct privd_conf conf;
	const char *conf_path;
	bool conf_named; /* by -f: the file must be there */
	int conf_dir; /* its directory; -1: there was none at the start */
	struct rtnl rtnl;
	struct wg wg;
	struct wg_device dev; /* the last snapshot */
	int64_t read_ns; /* when it was taken; 0: it is stale */
	struct ledger ledger;
	struct seal *seal;
	struct notify notify;

	int channel; /* to netd */
	int64_t heard_ns; /* its last word, while it has to speak */
	unsigned int phase;
	bool up; /* netd knows the interface as usable */
	bool added_addr; /* the auto address was not there before */
	bool suspect; /* something is odd about it: call link_check */
	struct m_link link; /* what netd was told of it last */
	uint8_t addrs_seen[16]; /* hash of the addresses netd knows */
	char trouble[128]; /* what keeps it down, as logged last */

	struct sandbox_state sandbox;
	struct endpoint_rate endpoints;
	struct rate gets;
	struct rate reloads;
	struct rate bodies;
	uint8_t in[MSG_MAX + 1];
	uint8_t out[MSG_PAYLOAD];
};

int64_t now_ns(void);

/* Ends the process, since netd doesn't read, if it can't be sent. */
void privd_send(struct privd *p, enum msg_type type, uint16_t flags,
    uint32_t id, const struct wbuf *w, int fd);

/* link.c */
/* Opens the device, reads it, sees to the address, and fills *l. Returns the
 * UDP socket, or -1 when p->trouble says why not. */
int link_open(struct privd *p, struct m_link *l);
/* Looks again whether the interface is there, and tells netd what changed. */
void link_check(struct privd *p);
/* The end of -N: what it took to listen goes again. */
void link_restore(struct privd *p);
/* Tells netd the host's addresses, unless it knows. */
void link_send_addrs(struct privd *p);
/* A snapshot no older than that, marked by the ledger. 0, or -1 with errno
 * (ENETDOWN: it isn't what netd knows). */
int link_read(struct privd *p, int64_t max_age_ns);

/* The port of the facts may have changed: binds to it and tells netd. 0, or
 * -1 with errno when that can't be, and all is as before. */
int link_port(struct privd *p);

/* reload.c */
/* Reads the configuration again, hands it on and says what comes of it. A
 * broken one changes nothing: false. */
bool reload(struct privd *p);
/* The same for netd, which is told what was said. */
void reload_asked(struct privd *p, uint32_t id);
/* Sends netd the configuration, whole. */
void reload_send(struct privd *p);

/* filter.c */
extern const struct seccomp_filter privd_filter, privd_filter_userspace;

/* dispatch.c */
/* Does or refuses what netd asks for. NULL, or how it broke the protocol. */
const char *dispatch(struct privd *p, const struct msg *m);
struct policy_state dispatch_state(const struct privd *p);

/* start.c */
struct options {
	const char *ifname;
	const char *file; /* NULL: the default one */
	const char *rundir;
	const char *libexecdir;
	const char *sandbox; /* as given to -S */
	enum sandbox_level level;
	bool foreground;
	bool observe;
	bool service; /* of a service manager, as the other two */
	bool wait;
	int verbose;
};
/* What it makes are privd's user's files, whoever starts it: root acts as that
 * user, in group too, and then as root again; a service is that user. Fatal on
 * error. */
void start_as(uid_t uid, gid_t gid, gid_t group);
void start_as_before(void);
/* Makes RUNDIR, in which the group may make files and only their owner removes
 * them, and RUNDIR/empty; or checks them. */
void start_rundir(const char *rundir, gid_t gid);
/* The directory of a file, to open it from the sandbox; -1 when there is
 * none. */
int start_directory(const char *path);
/* The listening control socket, which is uid's, and of the configuration's
 * group or gid; fatal on error. */
int start_control(
    const struct options *o, const struct privd_conf *c, uid_t uid, gid_t gid);
/* Runs wirelink-NAME with a channel to it as its descriptor 3, and sets *pid;
 * chrooted: it is told RUNDIR/empty. As a service, connects to
 * RUNDIR/.IFNAME.NAME, where the service manager has it. Returns our end;
 * fatal on error. */
int start_process(
    const struct options *o, const char *name, bool chrooted, pid_t *pid);
/* Standard input and output to nowhere. */
void start_null(void);
/* Leaves the terminal. Returns where to say that all is well, with
 * start_detach. */
int start_daemon(void);
void start_detach(int fd);

#endif
