/* What wirelinkctl makes of answers: metrics. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netd/ctl/view.h"
#include "netd/state.h"

static struct ctl_peer peers[4];
static struct ctl_name names[4];
static struct ctl_counter counters[64];
static struct ctl_answer a;
static char *text;
static size_t text_len;

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

static const char *
printed(const char *view)
{
	const struct ctl_view *v = ctl_find_view(view);
	struct ctl_options o = {.view = v};
	FILE *out;

	cr_assert_not_null(v);
	free(text);
	out = open_memstream(&text, &text_len);
	cr_assert_not_null(out);
	cr_expect_eq(v->print(&a, &o, out, stderr), CTL_OK);
	fclose(out);
	return text;
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
