/* privd/reload.c: a file that changes while all runs, and what netd is told.
 * The interface is made up, so no socket can be bound to its address. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "privd/privd.h"

#define KEY_A "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_B "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static struct privd p;
static int netd; /* our end */
static uint8_t buf[MSG_MAX + 1];
static char dir[] = "/tmp/wirelink-reload-XXXXXX", path[64];

static void
enter(void)
{
	int sv[2];

	log_init("test", true, LOG_LVL_WARN);
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/conf", dir);
	cr_assert_eq(msg_pair(sv), 0);
	p.channel = sv[0];
	netd = sv[1];
	cr_assert_neq(fcntl(netd, F_SETFL, O_NONBLOCK), -1);
	p.phase = PH_RUN;
	p.up = true;
	p.link.listen_port = 51820;
	p.link.port = 51821;
	strlcpy(p.link.ifname, "wl0", sizeof p.link.ifname);
	p.link.ifindex = 999999;
	p.link.auto_addr = (struct addr){6, {0xfe, 0x80}};
	p.conf_path = path;
	p.conf_named = true;
	p.conf_dir = start_directory(path);
	cr_assert_neq(p.conf_dir, -1);
	conf_default(&p.conf);
	cr_redirect_stderr();
}

static void
leave(void)
{
	conf_clear(&p.conf);
	unlink(path);
	rmdir(dir);
}

TestSuite(reload, .init = enter, .fini = leave);

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
	chmod(path, 0600);
}

/* The next record of netd's, of that type. */
static struct msg
told(enum msg_type type)
{
	const char *why;
	struct msg m;

	cr_assert_eq(msg_recv(netd, buf, DIR_P2N, PH_RUN, &m, &why), RECV_MSG,
	    "%s", why);
	cr_assert_eq(m.type, type, "%s", msg_info((unsigned int)m.type)->name);
	return m;
}

static void
told_nothing(void)
{
	const char *why;
	struct msg m;

	cr_expect_eq(
	    msg_recv(netd, buf, DIR_P2N, PH_RUN, &m, &why), RECV_AGAIN);
}

/* All that is logged, once: the process has no more to say then. */
static const char *
logged(void)
{
	static char text[2048];
	FILE *f = cr_get_redirected_stderr();
	size_t len;

	fflush(stderr);
	fclose(stderr);
	len = fread(text, 1, sizeof text - 1, f);
	text[len] = '\0';
	return text;
}

Test(reload, all_that_can_change)
{
	struct conf_link link;
	struct conf_policy policy;
	struct conf_peer peer;
	static struct conf_scratch scratch;
	struct msg m;

	put("[Link]\nRouter = yes\n[Policy]\nMembership = routers\n"
	    "MaxPeers = 7\nAllowedPrefixes = 10.0.0.0/8\n"
	    "[Peer]\nPublicKey = " KEY_A "\nName = one\nAllowedIPs = "
	    "10.1.0.0/16\n[Peer]\nPublicKey = " KEY_B "\nTrust = Membership\n");
	reload(&p);
	m = told(MSG_CONF_LINK);
	cr_assert_eq(dec_conf_link(m.payload, m.len, &link), 0);
	cr_expect_eq(link.router, ROUTER_YES);
	cr_expect_eq(link.membership, MEMBERSHIP_ROUTERS);
	m = told(MSG_CONF_POLICY);
	cr_assert_eq(dec_conf_policy(m.payload, m.len, &policy), 0);
	cr_expect_eq(policy.max_peers, 7);
	cr_assert_eq(policy.nallowed, 1);
	cr_expect_eq(policy.allowed[0].len, 8);
	cr_expect_eq(policy.allowed[0].addr.b[0], 10);
	m = told(MSG_CONF_PEER);
	cr_assert_eq(dec_conf_peer(m.payload, m.len, &peer, &scratch), 0);
	cr_expect_str_eq(peer.name, "one");
	m = told(MSG_CONF_PEER);
	cr_assert_eq(dec_conf_peer(m.payload, m.len, &peer, &scratch), 0);
	cr_expect_eq(peer.trust, TRUST_MEMBERSHIP);
	told(MSG_CONF_END);
	told_nothing();
	cr_expect_eq(p.conf.max_peers, 7);
	cr_expect_eq(p.conf.nallowed, 1);
	cr_expect_eq(p.conf.nhomes, 1);
	/* What is no longer said is no longer so. */
	put("");
	reload(&p);
	told(MSG_CONF_LINK);
	m = told(MSG_CONF_POLICY);
	cr_assert_eq(dec_conf_policy(m.payload, m.len, &policy), 0);
	cr_expect_eq(policy.max_peers, CONF_DEFAULT_MAX_PEERS);
	cr_expect_eq(policy.nallowed, 0);
	told(MSG_CONF_END);
	cr_expect_eq(p.conf.max_peers, CONF_DEFAULT_MAX_PEERS);
	cr_expect_eq(p.conf.nallowed, 0);
	cr_expect_eq(p.conf.nhomes, 0);
	cr_expect_eq(p.conf.link.membership, MEMBERSHIP_NONE);
}

/* What the log says of it goes to who asked, too. */
Test(reload, who_asks_is_told)
{
	struct m_reloaded r;
	struct msg m;

	put("[Link]\nBackend = userspace\n");
	reload_asked(&p, 7);
	told(MSG_CONF_LINK);
	told(MSG_CONF_POLICY);
	told(MSG_CONF_END);
	m = told(MSG_RELOADED);
	cr_expect_eq(m.id, 7);
	cr_assert_eq(dec_reloaded(m.payload, m.len, &r), 0);
	cr_expect(r.done);
	cr_expect_str_eq(r.text,
	    "Backend: read at the start only, so a restart has to change it");
	put("[Link]\n[Policy]\nNo\x1b = 1\n");
	reload_asked(&p, 8);
	m = told(MSG_RELOADED);
	cr_expect_eq(m.id, 8);
	cr_assert_eq(dec_reloaded(m.payload, m.len, &r), 0);
	cr_expect_not(r.done);
	cr_expect_not_null(strstr(r.text, "conf:3: "), "%s", r.text);
	cr_expect_null(strchr(r.text, '\x1b'));
	cr_expect_not_null(
	    strstr(r.text, "\nthe configuration stays as it was"));
	put("");
	reload_asked(&p, 9);
	told(MSG_CONF_LINK);
	told(MSG_CONF_POLICY);
	told(MSG_CONF_END);
	m = told(MSG_RELOADED);
	cr_assert_eq(dec_reloaded(m.payload, m.len, &r), 0);
	cr_expect(r.done);
	cr_expect_str_eq(r.text, "");
	told_nothing();
}

/* Each file is broken in its own way; the last one isn't there. */
Test(reload, a_broken_file_changes_nothing)
{
	put("[Policy]\nMaxPeers = 7\n");
	reload(&p);
	told(MSG_CONF_LINK);
	told(MSG_CONF_POLICY);
	told(MSG_CONF_END);
	put("[Policy]\nMaxPeers = 8\nMembership = all\n");
	reload(&p);
	put("[Peer]\nName = nobody\n");
	reload(&p);
	put("[Policy]\nMaxPeers = 9\n");
	chmod(path, 0622);
	reload(&p);
	unlink(path);
	cr_assert_eq(symlink("/etc/passwd", path), 0);
	reload(&p);
	unlink(path);
	reload(&p);
	told_nothing();
	cr_expect_eq(p.conf.max_peers, 7);
	cr_expect_not_null(strstr(logged(), "conf:3: Membership"));
}

Test(reload, without_the_file_all_is_automatic)
{
	put("[Policy]\nMaxPeers = 7\n");
	reload(&p);
	p.conf_named = false;
	unlink(path);
	reload(&p);
	cr_expect_eq(p.conf.max_peers, CONF_DEFAULT_MAX_PEERS);
	/* Nor is there anything where nothing was at the start. */
	p.conf.max_peers = 5;
	p.conf_dir = -1;
	reload(&p);
	cr_expect_eq(p.conf.max_peers, 5);
	cr_expect_not_null(strstr(logged(), "not there at the start"));
}

Test(reload, what_only_a_restart_changes)
{
	const char *text;

	put("[Link]\nBackend = userspace\nControlGroup = wheel\n"
	    "[Policy]\nMaxPeers = 3\n");
	reload(&p);
	told(MSG_CONF_LINK);
	told(MSG_CONF_POLICY);
	told(MSG_CONF_END);
	cr_expect_eq(p.conf.backend, WG_AUTO);
	cr_expect_str_eq(p.conf.control_group, "");
	cr_expect_eq(p.conf.max_peers, 3);
	text = logged();
	cr_expect_not_null(
	    strstr(text, "Backend, ControlGroup: read at the start"), "%s",
	    text);
}

Test(reload, a_port_that_cannot_be_had)
{
	put("[Link]\nPort = 4000\n[Policy]\nMaxPeers = 3\n");
	reload(&p);
	told(MSG_CONF_LINK);
	told(MSG_CONF_POLICY);
	told(MSG_CONF_END);
	cr_expect_eq(p.conf.port, 0);
	cr_expect_eq(p.link.port, 51821);
	cr_expect_eq(p.conf.max_peers, 3);
	cr_expect_not_null(strstr(logged(), "Port stays: UDP port 4000"));
}

Test(reload, a_port_that_can_be_had)
{
	struct m_link link;
	struct msg m;

	/* On the loopback interface. */
	p.link.ifindex = 0;
	p.link.auto_addr = (struct addr){6, {[15] = 1}};
	put("[Link]\nPort = 51999\n");
	reload(&p);
	m = told(MSG_LINK_UP);
	cr_assert_eq(dec_link(m.payload, m.len, &link), 0);
	cr_expect_eq(link.port, 51999);
	cr_expect_neq(m.fd, -1);
	cr_expect_eq(p.link.port, 51999);
	told(MSG_CONF_LINK);
	told(MSG_CONF_POLICY);
	told(MSG_CONF_END);
	/* The same again is no news. */
	reload(&p);
	told(MSG_CONF_LINK);
	told(MSG_CONF_POLICY);
}
