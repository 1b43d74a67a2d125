/* privd/conf.c: what the configuration may say, and the line that is told
 * when it says something else. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "privd/conf.h"

#define KEY_A "R9geJLJKm5hb3g6UCVl8ByTA4h5x5iWuAT2ALoLfHVM="
#define KEY_B "DjGfrZqhBQjP6ivQBa5LIu06v6F9I3RtY98tHz3VOjI="

static char path[] = "/tmp/wirelink-conf-XXXXXX";
static struct privd_conf conf;

static void
setup(void)
{
	log_init("test", true, LOG_LVL_INFO);
	cr_redirect_stderr();
	close(mkstemp(path));
}

static void
teardown(void)
{
	unlink(path);
}

TestSuite(conf, .init = setup, .fini = teardown);

static int
load(const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	return conf_load(&conf, AT_FDCWD, path, true);
}

Test(conf, everything)
{
	char key[KEY_STRLEN], prefix[PREFIX_STRLEN];
	const struct conf_peer *p;

	cr_assert_eq(load("# comment\n"
			  "[Link]\nRouter = yes\nPort=51999\nChatty = yes\n"
			  "ReportInterfaces = eth*, wlan0\n"
			  "ReportInterfaces = en*\nHideInterfaces = docker*\n"
			  "Backend = userspace\nControlGroup = adm\n"
			  "[policy]\nmembership = Routers\nMaxPeers = 7\n"
			  "quorum = 3\nTellTrust = yes\n"
			  "AllowedPrefixes = 10.0.0.0/8,fd00::/8\n"
			  "[Peer]\nPublicKey = " KEY_A "\nName = b\xc3\xa4r\n"
			  "Trust = membership\nFactExchanger = yes\n"
			  "Basic = no\n"
			  "Endpoints = host.example:51820, 192.0.2.1:1\n"
			  "Endpoints = [2001:db8::1]:2\n"
			  "AllowedIPs = 10.0.0.2/32, fd00::2\n"
			  "[Peer]\nPublicKey = " KEY_B "\n"
			  "AllowedIPs = 10.0.0.3/24\n"),
	    0);
	cr_assert_eq(conf.link.router, ROUTER_YES);
	cr_assert_eq(conf.port, 51999);
	cr_assert(conf.link.chatty);
	cr_assert_eq(conf.link.report.n, 3);
	cr_assert_str_eq(conf.link.report.glob[2], "en*");
	cr_assert_str_eq(conf.link.hide.glob[0], "docker*");
	cr_assert_eq(conf.backend, WG_USERSPACE);
	cr_assert_str_eq(conf.control_group, "adm");
	cr_assert_eq(conf.link.membership, MEMBERSHIP_ROUTERS);
	cr_assert_eq(conf.max_peers, 7);
	cr_assert_eq(conf.link.quorum, 3);
	cr_assert(conf.link.tell_trust);
	cr_assert_eq(conf.nallowed, 2);
	cr_assert_eq(conf.npeers, 2);
	p = &conf.peers[0];
	cr_assert_str_eq(key_format(&p->key, key), KEY_A);
	cr_assert_str_eq(p->name, "b\xc3\xa4r");
	cr_assert_eq(p->trust, TRUST_MEMBERSHIP);
	cr_assert(p->exchanger && !p->basic);
	cr_assert_eq(p->nendpoints, 3);
	cr_assert_str_eq(p->endpoints[0].host, "host.example");
	cr_assert_str_eq(p->endpoints[2].host, "2001:db8::1");
	cr_assert_eq(p->endpoints[2].port, 2);
	cr_assert_eq(p->nprefixes, 2);
	cr_assert_eq(conf.peers[1].trust, TRUST_UNSET);
	cr_assert_eq(conf.nhomes, 3);
	cr_assert_str_eq(
	    prefix_format(&conf.homes[2].prefix, prefix), "10.0.0.0/24");
	cr_assert_eq(conf_find(&conf, &p->key), p);
}

Test(conf, nothing)
{
	cr_assert_eq(load(""), 0);
	cr_assert_eq(conf.max_peers, CONF_DEFAULT_MAX_PEERS);
	cr_assert_eq(conf.link.membership, MEMBERSHIP_NONE);
	cr_assert_eq(conf.link.quorum, 1);
	cr_assert_not(conf.link.tell_trust);
	cr_assert_eq(conf.link.router, ROUTER_AUTO);
	cr_assert_eq(conf.backend, WG_AUTO);
	cr_assert_eq(conf.port, 0);
	unlink(path);
	cr_assert_eq(conf_load(&conf, AT_FDCWD, path, false), 0);
	cr_assert_eq(conf_load(&conf, AT_FDCWD, path, true), -1);
}

#define PEER "[Peer]\nPublicKey = " KEY_A "\n"

Test(conf, errors)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *says;
	} cases[] = {
	    {"Router = yes\n", 1, "expected [Link]"},
	    {"[Links]\n", 1, "unknown section [Links], expected [Link]"},
	    {"[Link]\nPorts = 1\n", 2,
		"unknown key \"Ports\" in [Link], expected one of Router"},
	    {"[Link]\nMembership = none\n", 2, "unknown key"},
	    {"[Policy]\nQuorum = 0\n", 2, "from 1 to 4"},
	    {"[Policy]\nQuorum = 5\n", 2, "from 1 to 4"},
	    {"[Link]\nQuorum = 2\n", 2, "unknown key \"Quorum\""},
	    {"[Link]\nRouter = maybe\n", 2,
		"Router: expected auto, yes or no, not \"maybe\""},
	    {"[Link]\n\nPort = 0\n", 3, "from 1 to 65535"},
	    {"[Link]\nPort = 65536\n", 2, "from 1 to 65535"},
	    {"[Link]\nPort = 1x\n", 2, "from 1 to 65535"},
	    {"[Link]\nPort = 1\nPort = 1\n", 3, "Port is there twice"},
	    {"[Link]\nPort = 1\n[Link]\nport = 1\n", 4, "Port is there twice"},
	    {"[Link]\nChatty = 1\n", 2, "expected yes or no"},
	    {"[Link]\nBackend = bsd\n", 2, "auto, kernel or userspace"},
	    {"[Link]\nHideInterfaces = a,,b\n", 2, "interface names"},
	    {"[Link]\nControlGroup = "
	     "a23456789012345678901234567890123\n",
		2, "the name of a group"},
	    {"[Policy]\nMembership = all\n", 2, "none, configured or routers"},
	    {"[Policy]\nMaxPeers = 5000\n", 2, "from 1 to 4096"},
	    {"[Policy]\nAllowedPrefixes = 10.0.0.0/33\n", 2, "address/length"},
	    {"[Policy]\nAllowedPrefixes = 10.0.0.1/8, 10.0.0.0/8\n", 2,
		"twice"},
	    {"[Peer]\nPublicKey = abc\n", 2, "a public key in base64"},
	    {"[Peer]\nPublicKey = "
	     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		2, "a public key in base64"},
	    {PEER PEER, 4, "a second [Peer] with the key"},
	    {PEER "PublicKey = " KEY_B "\n", 3, "twice"},
	    {"[Peer]\nName = x\n[Link]\n", 3, "has no PublicKey"},
	    {"[Peer]\nName = x\n", 2, "has no PublicKey"},
	    {PEER "Name = a\xff"
		  "b\n",
		3, "printable UTF-8"},
	    {PEER "Name = "
		  "12345678901234567890123456789012345678901234567890"
		  "123456789012345\n",
		3, "at most 64 bytes"},
	    {PEER "Trust = unset\n", 3, "Untrusted, Endpoint"},
	    {PEER "Trust = full\n", 3, "Untrusted, Endpoint"},
	    {PEER "Basic = perhaps\n", 3, "yes or no"},
	    {PEER "Name =#x\n", 3, "can't begin with #"},
	    {"[Link]\nReportInterfaces = a,#b\n", 2, "can't begin with #"},
	    {PEER "Endpoints = host\n", 3, "host:port"},
	    {PEER "Endpoints = host:0\n", 3, "host:port"},
	    {PEER "Endpoints = :5\n", 3, "host:port"},
	    {PEER "Endpoints = 2001:db8::1:5\n", 3, "host:port"},
	    {PEER "Endpoints = [10.0.0.1]:5\n", 3, "host:port"},
	    {PEER "Endpoints = []:5\n", 3, "host:port"},
	    {PEER "Endpoints = a b:5\n", 3, "host:port"},
	    {PEER "Endpoints = a:1,b:2,c:3,d:4,e:5,f:6,g:7,h:8,i:9\n", 3,
		"more than 8"},
	    {PEER "AllowedIPs = 10.0.0.0/8/9\n", 3, "address/length"},
	    {PEER "AllowedIPs = ten\n", 3, "address/length"},
	    {PEER "AllowedIPs = 10.0.0.1/24\n[Peer]\nPublicKey = " KEY_B
		  "\nAllowedIPs = 10.0.0.2/24\n",
		6, "another [Peer] has 10.0.0.2/24"},
	};
	char where[64], line[512];
	FILE *err = cr_get_redirected_stderr();

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		cr_expect_eq(load(cases[i].text), -1, "%s", cases[i].text);
		fflush(stderr);
		cr_assert_not_null(fgets(line, sizeof line, err));
		snprintf(where, sizeof where, "%s:%u: ", path, cases[i].line);
		cr_expect_not_null(
		    strstr(line, where), "%s: %s", cases[i].text, line);
		cr_expect_not_null(
		    strstr(line, cases[i].says), "%s: %s", cases[i].text, line);
	}
}

/* A quorum that can't be reached is said; the file is taken. */
Test(conf, quorum_out_of_reach)
{
	static const struct {
		const char *text;
		const char *says; /* NULL: nothing */
	} cases[] = {
	    {"[Policy]\nMembership = configured\nQuorum = 2\n" PEER
	     "Trust = Membership\n",
		":3: Quorum = 2, but 1 sources may name members"},
	    {"[Policy]\nQuorum = 2\n" PEER "Trust = Membership\n"
	     "[Peer]\nPublicKey = " KEY_B "\nTrust = Membership\n",
		":2: Quorum = 2, but 0 sources"},
	    {"[Policy]\nMembership = configured\nQuorum = 2\n" PEER
	     "Trust = Membership\n"
	     "[Peer]\nPublicKey = " KEY_B "\nTrust = DelegateTrust\n",
		NULL},
	    {"[Policy]\nMembership = routers\nQuorum = 4\n", NULL},
	    {"[Policy]\nQuorum = 1\n", NULL},
	};
	FILE *err = cr_get_redirected_stderr();
	char line[512];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		cr_expect_eq(load(cases[i].text), 0, "%s", cases[i].text);
		/* So that there is a line in any case. */
		log_warnx("end");
		fflush(stderr);
		cr_assert_not_null(fgets(line, sizeof line, err));
		if (cases[i].says == NULL) {
			cr_expect_not_null(strstr(line, "end"), "%s", line);
			continue;
		}
		cr_expect_not_null(strstr(line, cases[i].says), "%s", line);
		cr_assert_not_null(fgets(line, sizeof line, err));
		cr_expect_not_null(strstr(line, "end"), "%s", line);
	}
}

/* What -nv prints is a configuration that says the same. */
Test(conf, print_reads_back)
{
	char *text, *again;
	size_t len;
	FILE *f;

	cr_assert_eq(load("[Link]\nPort = 5\nRouter = no\nChatty = yes\n"
			  "HideInterfaces = a,b\nBackend = kernel\n"
			  "[Policy]\nMembership = configured\n"
			  "Quorum = 1\nTellTrust = yes\n"
			  "AllowedPrefixes = 10.0.0.0/8\n" PEER
			  "Name = x\nTrust = Endpoint\nFactExchanger = yes\n"
			  "Endpoints = [2001:db8::1]:2, h:3\n"
			  "AllowedIPs = fd00::1, 10.0.0.1\n"),
	    0);
	f = open_memstream(&text, &len);
	conf_print(&conf, f);
	fclose(f);
	cr_assert_eq(load(text), 0, "%s", text);
	f = open_memstream(&again, &len);
	conf_print(&conf, f);
	fclose(f);
	cr_assert_str_eq(text, again);
	cr_assert_not_null(strstr(text, "Endpoints = [2001:db8::1]:2"));
	cr_assert_not_null(strstr(text, "Router = no"));
	cr_assert_not_null(strstr(text, "Quorum = 1\nTellTrust = yes\n"));
	cr_assert_not_null(strstr(text, "HideInterfaces = a"));
}

Test(conf, file_of_others)
{
	cr_assert_eq(load("[Link]\n"), 0);
	chmod(path, 0666);
	cr_expect_eq(conf_load(&conf, AT_FDCWD, path, true), -1);
	chmod(path, 0600);
	cr_assert_eq(chown(path, 1, 1), 0);
	cr_expect_eq(conf_load(&conf, AT_FDCWD, path, true), -1);
	cr_assert_eq(chown(path, 0, 0), 0);
	cr_expect_eq(conf_load(&conf, AT_FDCWD, path, true), 0);
}
