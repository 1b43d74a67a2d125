/* What wirelinkctl makes of answers: metrics, graphs, configuration. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netd/ctl/view.h"
#include "netd/fact.h"
#include "netd/state.h"
#include "privd/conf.h"

static struct ctl_peer peers[4];
static struct ctl_name names[4];
static struct ctl_counter counters[64];
static struct ctl_fact facts[4];
static struct ctl_answer a;
static char *text;
static size_t text_len;
static char complaint[512];

static struct key
key(uint8_t i)
{
	struct key k;

	memset(&k, i, sizeof(k));
	return k;
}

/* A router, one over it, both named, and one of the configuration alone. */
static void
fill(void)
{
	memset(peers, 0, sizeof(peers));
	memset(names, 0, sizeof(names));
	memset(&a, 0, sizeof(a));
	a = (struct ctl_answer){.has_self = true,
	    .npeers = 2,
	    .peers = peers,
	    .nnames = 3,
	    .names = names,
	    .facts = facts,
	    .counters = counters};
	strlcpy(a.self.ifname, "wg0", sizeof(a.self.ifname));
	for (uint8_t i = 0; i < 3; i++) {
		names[i].key = key((uint8_t)(i + 1));
		names[i].on_device = i < 2;
	}
	for (size_t i = 0; i < 2; i++)
		peers[i].key = names[i].key;
	memcpy(peers[0].name, "hub", 3);
	peers[0].name_len = 3;
	peers[0].path = CTL_PATH_ROUTER;
	peers[0].has_handshake = true;
	peers[0].handshake_age_s = 7;
	peers[1].path = CTL_PATH_VIA;
	peers[1].via = peers[0].key;
}

/* What it prints is in text; what it complains of, in complaint. */
static int
view(const char *name, const char *basic)
{
	const struct ctl_view *v = ctl_find_view(name);
	struct ctl_options o = {.view = v, .basic = basic};
	FILE *out, *err = fmemopen(complaint, sizeof(complaint), "w");
	int rv;

	cr_assert_not_null(v);
	cr_assert_not_null(err);
	free(text);
	out = open_memstream(&text, &text_len);
	cr_assert_not_null(out);
	rv = v->print(&a, &o, out, err);
	fclose(out);
	fclose(err);
	return rv;
}

static void
printed(const char *name)
{
	cr_expect_eq(view(name, NULL), CTL_OK);
}

#define HAS(s)	   cr_expect_not_null(strstr(text, s), "%s not in:\n%s", s, text)
#define HAS_NOT(s) cr_expect_null(strstr(text, s), "%s in:\n%s", s, text)

Test(ctl_view, unique)
{
	fill();
	a.npeers = 4;
	a.nnames = 4;
	peers[2].key = peers[0].key;
	peers[3].key = key(3);
	names[3].key = names[1].key;
	ctl_answer_unique(&a);
	cr_assert_eq(a.npeers, 3);
	cr_expect_eq(a.peers[0].name_len, 3);
	cr_expect(key_eq(&a.peers[1].key, &names[1].key));
	cr_expect(key_eq(&a.peers[2].key, &names[2].key));
	cr_assert_eq(a.nnames, 3);
	cr_expect(key_eq(&a.names[2].key, &a.peers[2].key));
}

Test(ctl_view, metrics)
{
	fill();
	printed("metrics");
	HAS("\nwirelink_peers{interface=\"wg0\",path=\"via\"} 1\n");
	HAS("\nwirelink_peer_path{interface=\"wg0\",name=\"hub\",key=\"AQEBAQEB"
	    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\",path=\"router\"} 1\n");
	HAS("\nwirelink_peer_handshake_age_seconds{interface=\"wg0\",name="
	    "\"hub\",key=\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\"} 7\n");
	HAS("key=\"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\",path=\"via\"} "
	    "1\n");
	HAS("\nwirelink_peer_never_seen{interface=\"wg0\",name=\"\",key="
	    "\"AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=\"} 1\n");
	HAS_NOT("rtt_seconds{");
	cr_expect_str_eq(text + text_len - 6, "# EOF\n");
}

Test(ctl_view, metrics_escape_labels)
{
	static const uint8_t evil[] = "\"\\\n\x1b\xff}";

	fill();
	memcpy(peers[0].name, evil, sizeof(evil)); /* and NUL */
	peers[0].name_len = sizeof(evil);
	printed("metrics");
	HAS("name=\"\\\"\\\\x5c\\\\x0a\\\\x1b\\\\xff}\\\\x00\"");
	/* The longest there is. */
	memset(peers[0].name, 0xff, CTL_NAME_MAX);
	peers[0].name_len = CTL_NAME_MAX;
	printed("metrics");
	HAS("name=\"\\\\xff\\\\xff");
	cr_expect_eq(strlen(text), text_len);
}

/* Whatever netd counts is a metric. */
Test(ctl_view, metrics_have_each_counter)
{
	static struct node n;
	struct counter_view v;

	fill();
	for (size_t i = 0; node_counter(&n, i, &v); i++) {
		char line[32];

		memset(counters, 0, sizeof(counters));
		strlcpy(counters[0].name, v.name, sizeof(counters[0].name));
		counters[0].value = 4711;
		a.ncounters = 1;
		printed("metrics");
		snprintf(line, sizeof(line), "} %d\n", 4711);
		cr_expect_not_null(strstr(text, line), "%s", v.name);
	}
	strlcpy(counters[0].name, "other", sizeof(counters[0].name));
	printed("metrics");
	HAS_NOT("4711");
}

Test(ctl_view, graph)
{
	static const uint8_t evil[] = "\"]; x -> y [label=\"\\N\n<b>";

	fill();
	prefix_parse("fe80::1", &peers[0].prefixes[0].prefix);
	prefix_parse("10.7.0.0/24", &peers[0].prefixes[1].prefix);
	peers[0].nprefixes = 2;
	peers[0].has_rtt = true;
	peers[0].rtt_us = 12345;
	printed("graph");
	cr_expect_str_eq(text,
	    "graph wirelink {\n"
	    "\tnode [shape=ellipse];\n"
	    "\t\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\" "
	    "[label=\"this node\\nwg0\", style=bold];\n"
	    "\t\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\" "
	    "[label=\"hub\\n10.7.0.0/24\", shape=box];\n"
	    "\t\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\" -- "
	    "\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\" "
	    "[color=darkgreen, label=\"12.3 ms\"];\n"
	    "\t\"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\" "
	    "[label=\"AgICAgIC...\"];\n"
	    "\t\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\" -- "
	    "\"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\" "
	    "[style=dashed, color=orange];\n"
	    "}\n");
	memcpy(peers[1].name, evil, sizeof(evil) - 1);
	peers[1].name_len = sizeof(evil) - 1;
	peers[1].path = CTL_PATH_NONE;
	a.self.router = true;
	printed("graph");
	HAS("[label=\"\\\"]; x -> y [label=\\\"\\\\x5cN\\\\x0a<b>\", color=red");
	HAS("\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\" -- "
	    "\"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\" "
	    "[style=dotted, color=red]");
	HAS("style=bold, shape=box];");
}

static void
fact(size_t i, uint8_t subject, const char *prefix, const char *endpoint)
{
	struct ctl_fact *f = &facts[i];
	struct endpoint e;
	struct prefix p;
	enum attr attr;

	memset(f, 0, sizeof(*f));
	f->subject = key(subject);
	if (prefix != NULL) {
		cr_assert_eq(prefix_parse(prefix, &p), 0);
		f->len = fact_prefix_value(&p, f->value, &attr);
	} else {
		cr_assert_eq(endpoint_parse(endpoint, &e), 0);
		f->len = fact_endpoint_value(&e, f->value, &attr);
	}
	f->attr = (uint8_t)attr;
	a.nfacts = i + 1;
}

/* What export prints, wirelinkd reads. */
Test(ctl_view, export)
{
	struct privd_conf conf;

	fill();
	memcpy(names[0].name, "hub", 3);
	names[0].name_len = 3;
	prefix_parse("fe80::1", &peers[0].prefixes[0].prefix);
	prefix_parse("10.7.0.0/24", &peers[0].prefixes[1].prefix);
	peers[0].nprefixes = 2;
	endpoint_parse("192.0.2.1:1", &peers[0].endpoint);
	peers[1].basic = true;
	fact(0, 1, NULL, "192.0.2.1:1");
	fact(1, 1, NULL, "[2001:db8::1]:2");
	fact(2, 2, "10.7.0.2", NULL);
	fact(3, 3, "10.7.0.2", NULL);
	printed("export");
	HAS("# There already: AllowedIPs = 10.7.0.2/32\n");
	cr_assert_eq(conf_parse(&conf, "x", text, text_len), 0, "%s", text);
	cr_assert_eq(conf.npeers, 3);
	cr_expect_str_eq(conf.peers[0].name, "hub");
	cr_assert_eq(conf.peers[0].nendpoints, 2, "each once");
	cr_expect_str_eq(conf.peers[0].endpoints[0].host, "192.0.2.1");
	cr_expect_str_eq(conf.peers[0].endpoints[1].host, "2001:db8::1");
	cr_assert_eq(conf.peers[0].nprefixes, 1, "not link-local");
	cr_expect(conf.peers[1].basic);
	cr_assert_eq(conf.peers[1].nprefixes, 1);
	cr_expect_eq(conf.peers[2].nprefixes, 0, "one owner");
	facts[2].len = 1;
	printed("export");
	HAS_NOT("There already");
}

/* Whatever a peer calls itself, the file stays one that can be read. */
Test(ctl_view, export_of_names)
{
	static const struct {
		const char *name;
		bool plain;
	} rows[] = {
	    {"a", true},
	    {"a b", true},
	    {"a#b", true},
	    {"r\xc3\xb6uter", true},
	    {"a = b, c", true},
	    {"[Peer]", true},
	    {"a #b", false},
	    {"#b", false},
	    {" a", false},
	    {"a ", false},
	    {"a\\b", false},
	    {"a\nTrust = Membership", false},
	    {"\xff", false},
	    {"\"a\"", true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct privd_conf conf;

		fill();
		names[0].name_len = strlen(rows[i].name);
		memcpy(names[0].name, rows[i].name, names[0].name_len);
		printed("export");
		cr_assert_eq(
		    conf_parse(&conf, "x", text, text_len), 0, "%s", text);
		cr_expect_str_eq(
		    conf.peers[0].name, rows[i].plain ? rows[i].name : "");
		cr_expect_eq(conf.peers[0].trust, TRUST_UNSET);
	}
}

Test(ctl_view, export_for_a_basic_peer)
{
	fill();
	memcpy(names[1].name, "phone", 5);
	names[1].name_len = 5;
	prefix_parse("10.7.0.0/24", &peers[0].prefixes[0].prefix);
	peers[0].nprefixes = 1;
	fact(0, 2, "10.7.0.2", NULL);
	fact(1, 1, NULL, "192.0.2.1:1");
	cr_expect_eq(view("export", "phone"), CTL_OK);
	cr_expect_str_eq(text,
	    "[Interface]\n"
	    "# The private key to "
	    "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=:\n"
	    "# PrivateKey =\n"
	    "Address = 10.7.0.2/32\n"
	    "\n"
	    "[Peer]\n"
	    "PublicKey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
	    "Endpoint = 192.0.2.1:1\n"
	    "AllowedIPs = 10.7.0.0/24\n"
	    "PersistentKeepalive = 25\n");
	cr_expect_eq(view("export", "phon"), CTL_NO_PEER);
	cr_expect_not_null(strstr(complaint, "did you mean \"phone\"?"));
	a.nfacts = 1;
	cr_expect_eq(view("export", "phone"), CTL_FAILED);
	cr_expect_not_null(strstr(complaint, "no router"));
	/* This node itself is one. */
	a.self.router = true;
	fact(1, 0, "10.7.0.0/16", NULL);
	fact(2, 0, NULL, "192.0.2.9:9");
	cr_expect_eq(view("export", "phone"), CTL_OK);
	HAS("PublicKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	    "Endpoint = 192.0.2.9:9\nAllowedIPs = 10.7.0.0/16\n");
	a.nfacts = 0;
	cr_expect_eq(view("export", "phone"), CTL_FAILED);
	cr_expect_not_null(strstr(complaint, "no AllowedIPs"));
}

Test(ctl_view, a_program_that_is_there)
{
	static const char *const some[] = {
	    "/nowhere/sh", "/bin/sh", "/bin/true", NULL};
	static const char *const none[] = {"/nowhere/sh", NULL};

	cr_expect_str_eq(ctl_find_program(some), "/bin/sh");
	cr_expect_null(ctl_find_program(none));
}
