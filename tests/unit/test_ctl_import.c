/* wirelinkctl import: whatever the Go program's file holds, what is printed
 * is a configuration, and what it does not say is said. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netd/ctl/view.h"
#include "privd/conf.h"

#define K1 "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define K2 "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="

static char *text;
static char complaint[512];

/* A file of that content, imported; its exit code. */
static int
import(const char *json, size_t len)
{
	char path[] = "/tmp/wirelink-import-XXXXXX";
	int fd = mkstemp(path), rv;
	FILE *out, *err = fmemopen(complaint, sizeof(complaint), "w");
	struct ctl_options o = {.file = path};
	size_t text_len;

	cr_assert_neq(fd, -1);
	cr_assert_eq(write(fd, json, len), (ssize_t)len);
	close(fd);
	free(text);
	out = open_memstream(&text, &text_len);
	cr_assert_not_null(out);
	cr_assert_not_null(err);
	rv = ctl_find_view("import")->file(&o, out, err);
	fclose(out);
	fclose(err);
	unlink(path);
	return rv;
}

static void
configuration(const char *json, struct privd_conf *conf)
{
	cr_assert_eq(import(json, strlen(json)), CTL_OK, "%s", complaint);
	cr_assert_eq(
	    conf_parse(conf, "imported", text, strlen(text)), 0, "%s", text);
}

#define HAS(s) cr_expect_not_null(strstr(text, s), "%s not in:\n%s", s, text)

Test(ctl_import, everything)
{
	struct privd_conf c;

	configuration(
	    "{\"iface\": \"wg0\", \"port\": 5, \"router\": true, \"Chatty\": "
	    "\"true\", \"ReportIfaces\": [\"eth*\"], \"HIDEIFACES\": "
	    "[\"docker*\", \"veth?\"], \"dump\": false, \"peers\": [{"
	    "\"PublicKey\": \"" K1 "\", \"Name\": \"hub\", \"Trust\": "
	    "\"Membership\", \"FactExchanger\": true, \"Endpoints\": "
	    "[\"hub.example.org:1\", \"192.0.2.1:2\", \"[2001:db8::1]:3\"], "
	    "\"AllowedIPs\": [\"10.7.0.9/24\", \"fd07::/64\"]}, "
	    "{\"publickey\": \"" K2 "\", \"basic\": true}]}",
	    &c);
	HAS("# No counterpart: dump: false\n");
	HAS("# Iface \"wg0\"");
	cr_expect_eq(c.port, 5);
	cr_expect_eq(c.link.router, ROUTER_YES);
	cr_expect(c.link.chatty);
	cr_expect_eq(c.link.membership, MEMBERSHIP_CONFIGURED);
	cr_expect_eq(c.link.report.n, 1);
	cr_expect_eq(c.link.hide.n, 2);
	cr_expect_str_eq(c.link.hide.glob[1], "veth?");
	cr_assert_eq(c.npeers, 2);
	cr_expect_str_eq(c.peers[0].name, "hub");
	cr_expect_eq(c.peers[0].trust, TRUST_MEMBERSHIP);
	cr_expect(c.peers[0].exchanger);
	cr_expect_not(c.peers[0].basic);
	cr_assert_eq(c.peers[0].nendpoints, 3);
	cr_expect_str_eq(c.peers[0].endpoints[0].host, "hub.example.org");
	cr_expect_eq(c.peers[0].endpoints[2].port, 3);
	cr_expect_eq(c.peers[0].nprefixes, 2);
	cr_expect(c.peers[1].basic);
	cr_expect_eq(c.peers[1].trust, TRUST_UNSET);
}

Test(ctl_import, nothing)
{
	struct privd_conf c;

	configuration("{}", &c);
	cr_expect_eq(c.link.membership, MEMBERSHIP_ROUTERS,
	    "as it does without any Trust");
	cr_expect_eq(c.link.router, ROUTER_AUTO);
	cr_expect_eq(c.npeers, 0);
}

/* Each is a comment, and the rest is whole. */
Test(ctl_import, what_is_not_taken_over)
{
	static const struct {
		const char *json;
		const char *says;
	} rows[] = {
	    {"{\"port\": 65536}", "# Not taken over: port: 65536\n"},
	    {"{\"port\": \"x\"}", "# Not taken over: port: \"x\"\n"},
	    {"{\"port\": 0}", "# Port 0"},
	    {"{\"router\": \"maybe\"}", "# Not taken over: router: \"maybe\""},
	    {"{\"router\": null}", "# Not taken over: router: null"},
	    {"{\"chatty\": [1]}", "# Not taken over: chatty: [1]"},
	    {"{\"a\\nRouter = yes\": \"b\\nRouter = no\"}",
		"# No counterpart: a\\x0aRouter = yes: \"b\\x5cnRouter"},
	    {"{\"hideifaces\": [\"a,b\", \"c d\", \"#\", \"\", 7]}",
		"# Not taken over: HideIfaces: 7"},
	    {"{\"reportifaces\": [\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}",
		"# Not taken over: ReportIfaces: \"aaaa"},
	    {"{\"peers\": [7]}", "# Not taken over: Peers: 7"},
	    {"{\"peers\": [null]}", "# Not taken over: Peers: null"},
	    {"{\"peers\": [{\"PublicKey\": \"x\"}]}",
		"# Not taken over: Peers: {\"PublicKey\":\"x\"}"},
	    {"{\"peers\": [{\"PublicKey\": \"" K1 "\"}, {\"PublicKey\": "
	     "\"" K1 "\"}]}",
		"# Not taken over: Peers: {\"PublicKey\":\"" K1 "\"}"},
	    {"{\"peers\": [{\"PublicKey\": \"" K1 "\", \"Other\": {}}]}",
		"# No counterpart: Other: {}"},
	    {"{\"peers\": [{\"PublicKey\": \"" K1 "\", \"Name\": \"a\\u0000b\","
	     "\"name\": \"a\\nb\"}]}",
		"# Its name can't be written here: a\\x0ab\n"},
	    {"{\"peers\": [{\"PublicKey\": \"" K1 "\", \"Name\": \"a #b\"}]}",
		"# Its name can't be written here: a #b\n"},
	    {"{\"peers\": [{\"PublicKey\": \"" K1 "\", \"Trust\": \"All\"}]}",
		"# Not taken over: Trust: \"All\""},
	    {"{\"peers\": [{\"PublicKey\": \"" K1 "\", \"Endpoints\": "
	     "[\"a:http\", \"a:0\", \"a\", \":1\", \"a b:1\", \"::1:1\", "
	     "\"a:1\\u0000\", \"a:+1\", \"a:1, b\", \"[::1]x:1\"]}]}",
		"# Not taken over: Endpoints: \"[::1]x:1\""},
	    {"{\"peers\": [{\"PublicKey\": \"" K1 "\", \"Endpoints\": [\"a:1\","
	     "\"a:2\", \"a:3\", \"a:4\", \"a:5\", \"a:6\", \"a:7\", \"a:8\", "
	     "\"a:9\"]}]}",
		"# Not taken over: Endpoints: \"a:9\""},
	    {"{\"peers\": [{\"PublicKey\": \"" K1 "\", \"AllowedIPs\": "
	     "[\"10.0.0.0/33\", \"10.0.0.0/8\", \"10.0.0.1/8\"]}]}",
		"# There already: AllowedIPs = 10.0.0.0/8"},
	    {"{\"peers\": [{\"PublicKey\": \"" K1 "\", \"AllowedIPs\": "
	     "[\"10.0.0.0/8\"]}, {\"PublicKey\": \"" K2 "\", "
	     "\"AllowedIPs\": [\"10.0.0.0/8\"]}]}",
		"# There already: AllowedIPs = 10.0.0.0/8"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct privd_conf c;

		configuration(rows[i].json, &c);
		HAS(rows[i].says);
		cr_expect_eq(c.link.router, ROUTER_AUTO, "row %zu", i);
		cr_expect_leq(c.link.hide.n + c.link.report.n, 0);
	}
}

Test(ctl_import, no_configuration)
{
	static const char *const rows[] = {"", "{", "[]", "7", "null",
	    "{\"peers\": {}}", "{\"a\": 1,}", "{} x", "{}{}",
	    "{\"a\": \"\xff\"}",
	    "{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}"};
	char *large;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cr_expect_eq(import(rows[i], strlen(rows[i])), CTL_FAILED,
		    "%s: %s", rows[i], text);
		cr_expect_gt(strlen(complaint), 0);
		cr_expect_eq(strlen(text), 0, "%s", text);
	}
	large = malloc(1048577);
	cr_assert_not_null(large);
	memset(large, ' ', 1048577);
	memcpy(large, "{}", 2);
	cr_expect_eq(import(large, 1048576), CTL_OK);
	cr_expect_eq(import(large, 1048577), CTL_FAILED);
	cr_expect_not_null(strstr(complaint, "longer than 1 MiB"));
	free(large);
}
