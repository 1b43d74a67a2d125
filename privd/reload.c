/*
 * The configuration is read again while all runs, from inside the sandbox:
 * by the descriptor of its directory that was opened at the start.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "privd/privd.h"

void
reload_send(struct privd *p)
{
	struct wbuf w;

	wbuf_init(&w, p->out, sizeof p->out);
	enc_conf_link(&w, &p->conf.link);
	privd_send(p, MSG_CONF_LINK, 0, 0, &w, -1);
	wbuf_init(&w, p->out, sizeof p->out);
	enc_conf_policy(
	    &w, p->conf.max_peers, p->conf.allowed, p->conf.nallowed);
	privd_send(p, MSG_CONF_POLICY, 0, 0, &w, -1);
	for (size_t i = 0; i < p->conf.npeers; i++) {
		wbuf_init(&w, p->out, sizeof p->out);
		enc_conf_peer(&w, &p->conf.peers[i]);
		privd_send(p, MSG_CONF_PEER, 0, 0, &w, -1);
	}
	privd_send(p, MSG_CONF_END, 0, 0, NULL, -1);
}

/* What has served its purpose at the start stays as it was in *old, and is
 * said in one line. */
static void
keep_fixed(struct privd_conf *c, const struct privd_conf *old)
{
	bool backend = c->backend != old->backend;
	bool group = strcmp(c->control_group, old->control_group) != 0;

	if (backend || group)
		log_warnx("%s%s%s: read at the start only, so a restart has "
			  "to change it",
		    backend ? "Backend" : "", backend && group ? ", " : "",
		    group ? "ControlGroup" : "");
	c->link.observe = old->link.observe;
	c->backend = old->backend;
	memcpy(c->control_group, old->control_group, sizeof c->control_group);
}

/* 0, or -1 when what is wrong has been logged. */
static int
read_again(struct privd *p, struct privd_conf *c)
{
	if (p->conf_dir == -1) {
		conf_default(c);
		log_errx("%s: its directory was not there at the start",
		    p->conf_path);
		return -1;
	}
	if (conf_load(c, p->conf_dir, p->conf_path, p->conf_named) == 0)
		return 0;
	if (errno == EACCES)
		log_errx("to be read again it must be readable by the group "
			 "_wirelinkp");
	return -1;
}

static void
change(struct privd *p, struct privd_conf *c)
{
	uint16_t port = p->conf.port;

	keep_fixed(c, &p->conf);
	conf_clear(&p->conf);
	p->conf = *c;
	if (link_port(p) == -1) {
		log_warn("Port stays: UDP port %u",
		    p->conf.port != 0 ? p->conf.port
				      : p->link.listen_port + 1u);
		p->conf.port = port;
	}
	reload_send(p);
	log_info("configuration read again: %zu [Peer]", p->conf.npeers);
}

bool
reload(struct privd *p)
{
	struct privd_conf c;
	bool done;

	notify_reloading(&p->notify, now_ns());
	done = read_again(p, &c) == 0;
	if (done) {
		change(p, &c);
	} else {
		log_errx("the configuration stays as it was");
		conf_clear(&c);
	}
	notify_ready(&p->notify);
	return done;
}

void
reload_asked(struct privd *p, uint32_t id)
{
	struct m_reloaded m = {.done = false};
	struct wbuf w;

	log_keep(m.text, sizeof m.text);
	m.done = reload(p);
	log_keep(NULL, 0);
	wbuf_init(&w, p->out, sizeof p->out);
	enc_reloaded(&w, &m);
	privd_send(p, MSG_RELOADED, 0, id, &w, -1);
}
