/* wirelinkctl: its command line, its connection, what it prints. netd is not
 * trusted: whatever an answer holds, the terminal and JSON stay whole. */
#include <criterion/criterion.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netd/ctl/command.h"
#include "netd/ctl/select.h"
#include "netd/fact.h"
#include "tests/unit/printed.h"
#include "tests/unit/vectors.h"

#define EVIL "\x1b]0;x\a\xff\xe2\x80\xae"

static struct key
key(uint8_t i)
{
	struct key k;

	memset(&k, i, sizeof(k));
	return k;
}

/*
 * Small things.
 */
Test(ctl, age)
{
	static const struct {
		int64_t s;
		const char *text;
	} rows[] = {
	    {0, "0s"},
	    {1, "1s"},
	    {119, "119s"},
	    {120, "2m"},
	    {179, "2m"},
	    {180, "3m"},
	    {7199, "119m"},
	    {7200, "2h"},
	    {172799, "47h"},
	    {172800, "2d"},
	    {86400 * 1000, "1000d"},
	    {INT64_MAX, "106751991167300d"},
	};
	char age[24];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_str_eq(ctl_age(rows[i].s, age), rows[i].text);
}

Test(ctl, nearest)
{
	static const char *const list[] = {
	    "peers", "facts", "counters", "self", NULL};
	static const struct {
		const char *word;
		const char *near;
	} rows[] = {
	    {"peers", "peers"},
	    {"peer", "peers"},
	    {"pers", "peers"},
	    {"prees", "peers"},
	    {"fact", "facts"},
	    {"facst", "facts"},
	    {"counter", "counters"},
	    {"cuonters", "counters"},
	    {"slef", "self"},
	    {"sel", "self"},
	    {"", NULL},
	    {"x", NULL},
	    {"everything", NULL},
	    {"PEERS", NULL},
	    {"countersssssssssssssssssssssssss", NULL},
	    {"peerspeerspeerspeerspeerspeerspeerspeerspeers", NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *near = ctl_nearest(rows[i].word, list);

		cr_expect_eq(
		    near == NULL, rows[i].near == NULL, "%s", rows[i].word);
		if (near != NULL && rows[i].near != NULL)
			cr_expect_str_eq(
			    near, rows[i].near, "%s", rows[i].word);
	}
}

Test(ctl, label)
{
	static struct ctl_peer peers[2];
	struct ctl_answer a = {.npeers = 2, .peers = peers};
	struct key one = key(1), two = key(2), three = key(3);
	char label[80], full[KEY_STRLEN];

	peers[0].key = one;
	memcpy(peers[0].name, "al\x1b[0mfa", 8);
	peers[0].name_len = 8;
	peers[1].key = two;
	cr_expect_str_eq(
	    ctl_peer_label(&a, &one, false, label), "al\\x1b[0mfa");
	cr_expect_str_eq(ctl_peer_label(&a, &two, false, label), "AgICAgIC...");
	cr_expect_str_eq(
	    ctl_peer_label(&a, &three, false, label), "AwMDAwMD...");
	cr_expect_str_eq(
	    ctl_peer_label(&a, &one, true, label), key_format(&one, full));
	memset(peers[0].name, 0xff, sizeof(peers[0].name));
	peers[0].name_len = CTL_NAME_MAX;
	cr_expect_lt(strlen(ctl_peer_label(&a, &one, false, label)), 80);
}

static const struct {
	enum attr attr;
	const char *hex;
	const char *text;
} values[] = {
    {ATTR_ENDPOINT_V4, "c0000201ca6c", "192.0.2.1:51820"},
    {ATTR_ENDPOINT_V4, "c0000201ca", ""},
    {ATTR_ENDPOINT_V4, "", ""},
    {ATTR_ENDPOINT_V6, "20010db8000000000000000000000001ca6c",
	"[2001:db8::1]:51820"},
    {ATTR_ENDPOINT_V6, "c0000201ca6c", ""},
    {ATTR_ALLOWED_V4, "0a00000008", "10.0.0.0/8"},
    {ATTR_ALLOWED_V4, "0a000000", ""},
    {ATTR_ALLOWED_V6, "20010db800000000000000000000000020", "2001:db8::/32"},
    {ATTR_ALLOWED_V6, "0a00000008", ""},
    {ATTR_MEMBER, "", ""},
    {ATTR_METADATA, "036e0161", "a"},
    {ATTR_METADATA, "066e0161620101", "a basic"},
    {ATTR_METADATA, "03620101", "- basic"},
    {ATTR_METADATA, "046e02c3bc", "\xc3\xbc"},
    {ATTR_METADATA, "036e011b", "\\x1b"},
    {ATTR_METADATA, "", "- (empty)"},
    {ATTR_METADATA, "ff6e0161", "-"},
    {ATTR_METADATA, "036e0961", "-"},
    {ATTR_LINK, "00", ""},
    {ATTR_TRUST, "03", "Membership"},
    {ATTR_TRUST, "04", "DelegateTrust"},
    {ATTR_TRUST, "ff", "unset"},
    {ATTR_TRUST, "0303", ""},
    {(enum attr)'?', "616263", ""},
};

Test(ctl, fact_values)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct ctl_fact f = {.attr = (uint8_t)values[i].attr};
		char value[320];

		f.len = vector_unhex(values[i].hex, f.value);
		cr_expect_str_eq(ctl_fact_value(&f, value, sizeof(value)),
		    values[i].text, "row %zu: %s", i, value);
	}
}

Test(ctl, link_values)
{
	struct ctl_fact f = {.attr = ATTR_LINK, .len = FACT_LINK_LEN};
	char value[320];

	cr_expect_str_eq(ctl_fact_value(&f, value, sizeof(value)), "down");
	f.value[FACT_LINK_LEN - 1] = 1;
	cr_expect_str_eq(ctl_fact_value(&f, value, sizeof(value)), "ready");
}

/*
 * Gathering.
 */
static int
gather(struct ctl_answer *a, enum msg_type type, const uint8_t *p, size_t len)
{
	struct msg m = {.type = type, .payload = p, .len = len};

	return ctl_gather(a, &m);
}

Test(ctl, gather)
{
	static struct ctl_peer peer;
	struct ctl_answer a = {0};
	struct ctl_fact fact = {.ttl_s = 1};
	struct ctl_counter counter = {.name = "x"};
	uint8_t p[1024];
	struct wbuf w;

	for (uint16_t i = 0; i < 100; i++) {
		peer.nheld = i;
		wbuf_init(&w, p, sizeof(p));
		enc_ctl_peer(&w, &peer);
		cr_assert_eq(gather(&a, MSG_CTL_PEER, p, w.off), 0);
		fact.ttl_s = i;
		wbuf_init(&w, p, sizeof(p));
		enc_ctl_fact(&w, &fact);
		cr_assert_eq(gather(&a, MSG_CTL_FACT, p, w.off), 0);
		counter.value = i;
		wbuf_init(&w, p, sizeof(p));
		enc_ctl_counter(&w, &counter);
		cr_assert_eq(gather(&a, MSG_CTL_COUNTER, p, w.off), 0);
	}
	for (uint16_t i = 0; i < 100; i++) {
		cr_expect_eq(a.peers[i].nheld, i);
		cr_expect_eq(a.facts[i].ttl_s, i);
		cr_expect_eq(a.counters[i].value, i);
	}
	cr_expect_eq(gather(&a, MSG_CTL_SELF, p, 3), -1);
	cr_expect_eq(gather(&a, MSG_CTL_PEER, p, 3), -1);
	cr_expect_eq(gather(&a, MSG_CTL_FACT, p, 3), -1);
	cr_expect_eq(gather(&a, MSG_CTL_COUNTER, p, 3), -1);
	cr_expect_eq(gather(&a, MSG_HELLO, p, 3), -1);
	ctl_answer_clear(&a);
	cr_expect_null(a.peers);
	cr_expect_eq(a.npeers, 0);
}

/* What a netd that has been taken over sends without an end. */
Test(ctl, gather_has_limits)
{
	struct ctl_answer a = {0};
	struct ctl_fact fact = {.ttl_s = 1};
	struct ctl_counter counter = {.name = "x"};
	uint8_t p[256];
	struct wbuf w;
	size_t n = 0;

	wbuf_init(&w, p, sizeof(p));
	enc_ctl_fact(&w, &fact);
	while (n < 100000 && gather(&a, MSG_CTL_FACT, p, w.off) == 0)
		n++;
	cr_expect_eq(n, CTL_MAX_FACTS);
	wbuf_init(&w, p, sizeof(p));
	enc_ctl_counter(&w, &counter);
	for (n = 0; n < 100000 && gather(&a, MSG_CTL_COUNTER, p, w.off) == 0;)
		n++;
	cr_expect_eq(n, CTL_MAX_COUNTERS);
	ctl_answer_clear(&a);
}

/*
 * Printing.
 */
static struct ctl_peer three[3];
static struct ctl_fact facts[2];
static struct ctl_counter counters[2];
static struct sandbox_state box = {
    .process = SANDBOX_NETD, .uid = 995, .calls = 16, .memory = UINT64_MAX};
static struct ctl_answer full = {.has_self = true,
    .npeers = 3,
    .peers = three,
    .nfacts = 2,
    .facts = facts,
    .ncounters = 2,
    .counters = counters,
    .nsandboxes = 1,
    .sandboxes = &box};

static void
fill(void)
{
	struct ctl_self *s = &full.self;
	struct prefix p;

	s->key = key(9);
	strlcpy(s->ifname, "wg0", sizeof(s->ifname));
	strlcpy(s->build, "1.2", sizeof(s->build));
	s->auto_addr = key_auto_addr(&s->key);
	s->listen_port = 51820;
	s->port = 51821;
	s->up = true;
	s->npeers = 3;
	s->nfacts = 2;
	memset(three, 0, sizeof(three));
	for (uint8_t i = 0; i < 3; i++) {
		three[i].key = key((uint8_t)(i + 1));
		prefix_parse("fe80::1", &three[i].prefixes[0].prefix);
		three[i].nprefixes = 1;
		three[i].nheld = 1;
		three[i].trust = TRUST_ENDPOINT;
	}
	memcpy(three[0].name, "r\xc3\xb6uter", 7);
	three[0].name_len = 7;
	three[0].path = CTL_PATH_ROUTER;
	three[0].trust = TRUST_ALLOWED_IPS;
	endpoint_parse("192.0.2.1:51820", &three[0].endpoint);
	three[0].has_handshake = true;
	three[0].handshake_age_s = 12;
	three[0].alive = true;
	three[0].alive_for_s = 180;
	three[0].has_rtt = true;
	three[0].rtt_us = 1234;
	prefix_parse("10.7.0.0/24", &three[0].prefixes[1].prefix);
	three[0].nprefixes = 2;
	three[1].path = CTL_PATH_VIA;
	three[1].via = three[0].key;
	three[1].basic = true;
	for (size_t i = 1; i < 8; i++) {
		char s2[32];

		snprintf(s2, sizeof(s2), "10.7.0.%zu", i);
		prefix_parse(s2, &p);
		three[1].prefixes[i].prefix = p;
		three[1].prefixes[i].ours = i % 2;
	}
	three[1].nprefixes = three[1].nheld = 8;
	facts[0] = (struct ctl_fact){.attr = ATTR_ENDPOINT_V4,
	    .ttl_s = 255,
	    .subject = three[0].key,
	    .local = true,
	    .len = 6,
	    .value = {192, 0, 2, 1, 0xca, 0x6c}};
	facts[1] = (struct ctl_fact){.attr = ATTR_ALLOWED_V4,
	    .ttl_s = 7,
	    .subject = three[2].key,
	    .source = three[0].key,
	    .len = 5,
	    .value = {10, 7, 0, 3, 32}};
	strlcpy(counters[0].name, "datagrams_sent", sizeof(counters[0].name));
	counters[0].value = 5;
	strlcpy(counters[1].name, "n", sizeof(counters[1].name));
	counters[1].value = UINT64_MAX;
}

Test(ctl, table_of_peers)
{
	struct ctl_style s = {.colour = false};

	fill();
	ctl_print_peers(&full, &s, print_start());
	cr_expect_str_eq(printed(),
	    "wg0 CQkJCQkJ...: up, no router, 3 peers, 2 facts\n"
	    "PEER         PATH        ENDPOINT         HANDSHAKE  ALIVE   "
	    "TRUST       RTT     PREFIXES\n"
	    "r\xc3\xb6uter       router      192.0.2.1:51820  12s ago    "
	    "for 3m  AllowedIPs  1.2 ms  10.7.0.0/24\n"
	    "AgICAgIC...  via r\xc3\xb6uter  -                never      "
	    "basic   Endpoint    -       "
	    "10.7.0.1/32+ 10.7.0.2/32 10.7.0.3/32+ 10.7.0.4/32 and 3 more\n"
	    "AwMDAwMD...  down        -                never      "
	    "no      Endpoint    -       -\n");
}

/* Where each column starts, in characters, is the same in each row. */
Test(ctl, columns_are_aligned_in_colour_too)
{
	struct ctl_style s = {.colour = true};
	char *plain, *o;

	fill();
	three[2].path = CTL_PATH_DIRECT;
	ctl_print_peers(&full, &s, print_start());
	cr_expect_not_null(strstr(printed(), "\033[32mdirect\033[0m"));
	cr_expect_not_null(strstr(printed(), "\033[33mvia r"));
	cr_expect_not_null(strstr(printed(), "\033[1mPEER\033[0m"));
	o = plain = strdup(printed());
	for (const char *c = printed(); *c != '\0'; c++) {
		if (*c == '\033')
			c = strchr(c, 'm');
		else
			*o++ = *c;
	}
	*o = '\0';
	s.colour = false;
	ctl_print_peers(&full, &s, print_start());
	cr_expect_str_eq(plain, printed());
	free(plain);
}

Test(ctl, full_keys)
{
	struct ctl_style s = {.full_keys = true};
	char k[KEY_STRLEN];

	fill();
	ctl_print_peers(&full, &s, print_start());
	for (size_t i = 0; i < 3; i++)
		cr_expect_not_null(
		    strstr(printed(), key_format(&three[i].key, k)));
	cr_expect_not_null(strstr(printed(), key_format(&full.self.key, k)));
	cr_expect_not_null(strstr(printed(), "wirelink 1.2\n"));
	cr_expect_not_null(strstr(printed(), "listen port 51820"));
}

Test(ctl, table_of_nothing)
{
	struct ctl_answer a = {.has_self = true};
	struct ctl_style s = {.colour = false};

	ctl_print_peers(&a, &s, print_start());
	cr_expect_str_eq(
	    printed(), " AAAAAAAA...: down, no router, 0 peers, 0 facts\n");
	ctl_print_facts(&a, &s, print_start());
	cr_expect_str_eq(printed(), "SUBJECT  ATTRIBUTE  VALUE  TTL  SOURCE\n");
	ctl_print_counters(&a, print_start());
	cr_expect_eq(strlen(printed()), 0);
	a.self.npeers = 1;
	ctl_print_self(&a, &s, print_start());
	cr_expect_not_null(strstr(printed(), "1 peer,"));
}

Test(ctl, table_of_facts_and_counters)
{
	struct ctl_style s = {.colour = false};

	fill();
	ctl_print_facts(&full, &s, print_start());
	cr_expect_str_eq(printed(),
	    "SUBJECT      ATTRIBUTE      VALUE            TTL   SOURCE\n"
	    "r\xc3\xb6uter       EndpointV4     192.0.2.1:51820  255s  "
	    "this node\n"
	    "AwMDAwMD...  AllowedCidrV4  10.7.0.3/32      7s    "
	    "r\xc3\xb6uter\n");
	ctl_print_counters(&full, print_start());
	cr_expect_str_eq(printed(),
	    "datagrams_sent           5\n"
	    "n                        18446744073709551615\n");
}

/* Every text that comes from netd, with what a terminal obeys. */
static void
evil(void)
{
	fill();
	strlcpy(full.self.ifname, EVIL, sizeof(full.self.ifname));
	strlcpy(full.self.build, EVIL, sizeof(full.self.build));
	for (size_t i = 0; i < 3; i++) {
		memcpy(three[i].name, EVIL, sizeof(EVIL));
		three[i].name_len = sizeof(EVIL); /* with a NUL */
	}
	facts[1] = (struct ctl_fact){.attr = ATTR_METADATA,
	    .subject = three[2].key,
	    .source = three[0].key,
	    .len = 8,
	    .value = {7, 'n', 5, 0x1b, '[', '2', 'J', '\n'}};
	facts[0].attr = 0x1b;
	strlcpy(counters[0].name, EVIL, sizeof(counters[0].name));
}

static void
expect_harmless(const char *what)
{
	const char *s = printed();

	cr_expect_gt(strlen(s), 0, "%s", what);
	cr_expect_eq(strlen(s), printed_len(), "%s: NUL", what);
	for (; *s != '\0'; s++)
		cr_expect(*s == '\n' || *s == '\t' ||
			((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7f),
		    "%s: 0x%02x", what, (unsigned int)(unsigned char)*s);
}

Test(ctl, nothing_reaches_the_terminal_raw)
{
	for (int full_keys = 0; full_keys < 2; full_keys++) {
		struct ctl_style s = {.full_keys = full_keys};

		evil();
		ctl_print_peers(&full, &s, print_start());
		expect_harmless("peers");
		ctl_print_self(&full, &s, print_start());
		expect_harmless("self");
		ctl_print_facts(&full, &s, print_start());
		expect_harmless("facts");
		ctl_print_counters(&full, print_start());
		expect_harmless("counters");
		ctl_print_sandboxes(&full, print_start());
		cr_expect(strstr(printed(), "netd: uid 995") != NULL);
		cr_expect(strstr(printed(), "enforce (16 calls)") != NULL);
		cr_expect(strstr(printed(), "memory unlimited") != NULL);
		expect_harmless("sandboxes");
	}
	for (int what = CTL_PEERS; what <= CTL_SANDBOXES; what++) {
		json_object *o;

		cr_expect_eq(
		    ctl_print_json(&full, (enum ctl_what)what, print_start()),
		    0);
		expect_harmless("JSON");
		o = json_tokener_parse(printed());
		cr_expect_not_null(o);
		json_object_put(o);
	}
}

/*
 * JSON.
 */
static json_object *
parse(enum ctl_what what)
{
	json_object *o;

	cr_assert_eq(ctl_print_json(&full, what, print_start()), 0);
	o = json_tokener_parse(printed());
	cr_assert_not_null(o, "%s", printed());
	cr_expect_eq(vector_int(o, "version"), 1);
	return o;
}

static json_object *
member(json_object *o, const char *name)
{
	json_object *m = NULL;

	cr_assert(json_object_object_get_ex(o, name, &m), "%s", name);
	return m;
}

Test(ctl, json_of_peers)
{
	json_object *o, *list, *p, *self, *x;
	char k[KEY_STRLEN];

	fill();
	o = parse(CTL_PEERS);
	self = member(o, "self");
	cr_expect_str_eq(vector_str(self, "interface"), "wg0");
	cr_expect_str_eq(
	    vector_str(self, "public_key"), key_format(&full.self.key, k));
	cr_expect_str_eq(vector_str(self, "build"), "1.2");
	cr_expect_eq(vector_int(self, "listen_port"), 51820);
	cr_expect_eq(vector_int(self, "port"), 51821);
	cr_expect_eq(vector_int(self, "peers"), 3);
	cr_expect_eq(vector_int(self, "facts"), 2);
	cr_expect(vector_bool(self, "up"));
	cr_expect_not(vector_bool(self, "router"));
	cr_expect_eq(strncmp(vector_str(self, "auto_address"), "fe80::", 6), 0);
	list = member(o, "peers");
	cr_assert_eq(json_object_array_length(list), 3);
	p = json_object_array_get_idx(list, 0);
	cr_expect_str_eq(vector_str(p, "name"), "r\xc3\xb6uter");
	cr_expect_str_eq(vector_str(p, "path"), "router");
	cr_expect_str_eq(vector_str(p, "endpoint"), "192.0.2.1:51820");
	cr_expect_str_eq(vector_str(p, "trust"), "AllowedIPs");
	cr_expect_eq(vector_int(p, "handshake_age_s"), 12);
	cr_expect_eq(vector_int(p, "alive_for_s"), 180);
	cr_expect_eq(vector_int(p, "rtt_us"), 1234);
	cr_expect(vector_bool(p, "alive"));
	cr_expect_not(vector_has(p, "via"));
	x = json_object_array_get_idx(member(p, "prefixes"), 1);
	cr_expect_str_eq(vector_str(x, "prefix"), "10.7.0.0/24");
	cr_expect_not(vector_bool(x, "given_by_wirelink"));
	p = json_object_array_get_idx(list, 1);
	cr_expect_str_eq(vector_str(p, "path"), "via");
	cr_expect_str_eq(vector_str(p, "via"), key_format(&three[0].key, k));
	cr_expect_eq(vector_int(p, "prefixes_held"), 8);
	cr_expect(vector_bool(p, "basic"));
	p = json_object_array_get_idx(list, 2);
	cr_expect_str_eq(vector_str(p, "path"), "down");
	/* What there is not is not there, rather than 0. */
	cr_expect_not(vector_has(p, "name"));
	cr_expect_not(vector_has(p, "endpoint"));
	cr_expect_not(vector_has(p, "handshake_age_s"));
	cr_expect_not(vector_has(p, "alive_for_s"));
	cr_expect_not(vector_has(p, "rtt_us"));
	cr_expect_not(vector_bool(p, "alive"));
	cr_expect_not(vector_has(o, "facts"));
	json_object_put(o);
}

Test(ctl, json_of_the_rest)
{
	json_object *o, *f;
	char k[KEY_STRLEN];

	fill();
	o = parse(CTL_FACTS);
	cr_assert_eq(json_object_array_length(member(o, "facts")), 2);
	f = json_object_array_get_idx(member(o, "facts"), 0);
	cr_expect_str_eq(vector_str(f, "attribute"), "EndpointV4");
	cr_expect_str_eq(vector_str(f, "value"), "192.0.2.1:51820");
	cr_expect_eq(vector_int(f, "ttl_s"), 255);
	cr_expect(vector_bool(f, "local"));
	cr_expect_not(vector_has(f, "source"));
	f = json_object_array_get_idx(member(o, "facts"), 1);
	cr_expect_not(vector_bool(f, "local"));
	cr_expect_str_eq(vector_str(f, "source"), key_format(&three[0].key, k));
	cr_expect_str_eq(
	    vector_str(f, "subject"), key_format(&three[2].key, k));
	cr_expect_not(vector_has(o, "peers"));
	json_object_put(o);
	o = parse(CTL_COUNTERS);
	cr_expect_eq(vector_int(member(o, "counters"), "datagrams_sent"), 5);
	cr_expect_eq(vector_int(member(o, "counters"), "n"), INT64_MAX,
	    "as large as JSON readers take");
	json_object_put(o);
	o = parse(CTL_SELF_ONLY);
	cr_expect(vector_has(o, "self"));
	cr_expect_not(vector_has(o, "peers"));
	json_object_put(o);
	full.has_self = false;
	full.npeers = 0;
	o = parse(CTL_PEERS);
	cr_expect_not(vector_has(o, "self"));
	cr_expect_eq(json_object_array_length(member(o, "peers")), 0,
	    "an empty list, not none");
	json_object_put(o);
}

/*
 * The command line.
 */
static const struct {
	const char *argv[8];
	int rv;
	enum ctl_what what;
	bool json, verbose;
	const char *ifname;
	const char *err; /* part of what it says */
} lines[] = {
    {{"show"}, 0, CTL_PEERS, false, false, NULL, NULL},
    {{"show", "peers"}, 0, CTL_PEERS, false, false, NULL, NULL},
    {{"show", "facts"}, 0, CTL_FACTS, false, false, NULL, NULL},
    {{"show", "counters"}, 0, CTL_COUNTERS, false, false, NULL, NULL},
    {{"show", "self"}, 0, CTL_SELF_ONLY, false, false, NULL, NULL},
    {{"show", "sandbox"}, 0, CTL_SANDBOXES, false, false, NULL, NULL},
    {{"why", "hub"}, 0, CTL_WHY, false, false, NULL, NULL},
    {{"show", "candidates", "hub"}, 0, CTL_CANDIDATES, false, false, NULL,
	NULL},
    {{"metrics"}, 0, 0, false, false, NULL, NULL},
    {{"-j", "metrics"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"metrics", "x"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"graph"}, 0, 0, false, false, NULL, NULL},
    {{"export"}, 0, 0, false, false, NULL, NULL},
    {{"export", "-b", "phone"}, 0, 0, false, false, NULL, NULL},
    {{"export", "phone"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"-b", "phone", "graph"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"-b", "phone", "show"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"import", "file"}, 0, 0, false, false, NULL, NULL},
    {{"init"}, 0, 0, false, false, NULL, NULL},
    {{"-i", "wg1", "init", "file"}, 0, 0, false, false, "wg1", NULL},
    {{"init", "a", "b"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"import"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"metric"}, CTL_USAGE, 0, false, false, NULL, "did you mean \"metrics\"?"},
    {{"show", "trust", "hub"}, 0, CTL_TRUST, false, false, NULL, NULL},
    {{"why"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"why", "a", "b"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"show", "candidates"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"-j", "-v", "-i", "wg1", "show"}, 0, CTL_PEERS, true, true, "wg1", NULL},
    {{"-jvi", "wg1", "show", "facts"}, 0, CTL_FACTS, true, true, "wg1", NULL},
    {{NULL}, CTL_USAGE, 0, false, false, NULL, "usage: wirelinkctl"},
    {{"show", "peers", "x"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"-x", "show"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"-i"}, CTL_USAGE, 0, false, false, NULL, "usage:"},
    {{"shwo"}, CTL_USAGE, 0, false, false, NULL,
	"unknown command \"shwo\"; did you mean \"show\"?"},
    {{"show", "fact"}, CTL_USAGE, 0, false, false, NULL,
	"did you mean \"facts\"?"},
    {{"delete"}, CTL_USAGE, 0, false, false, NULL,
	"unknown command \"delete\"\n"},
    {{""}, CTL_USAGE, 0, false, false, NULL, "unknown command \"\"\n"},
};

Test(ctl, command_line)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct ctl_options o = {.rundir = CTL_RUNDIR};
		char *argv[10] = {(char *)(uintptr_t) "wirelinkctl"};
		int argc = 1, rv;

		while (argc < 9 && lines[i].argv[argc - 1] != NULL) {
			argv[argc] = (char *)(uintptr_t)lines[i].argv[argc - 1];
			argc++;
		}
		optind = 0; /* glibc: from the start */
		opterr = 0;
		rv = ctl_options(argc, argv, &o, print_start());
		cr_expect_eq(rv, lines[i].rv, "row %zu", i);
		if (lines[i].err != NULL)
			cr_expect_not_null(
			    strstr(printed(), lines[i].err), "%s", printed());
		if (rv != CTL_OK)
			continue;
		cr_expect_eq(strlen(printed()), 0);
		cr_expect_eq(o.what, lines[i].what);
		cr_expect_eq(o.json, lines[i].json);
		cr_expect_eq(o.style.full_keys, lines[i].verbose);
		cr_expect_eq(o.ifname == NULL, lines[i].ifname == NULL);
		cr_expect_str_eq(o.rundir, CTL_RUNDIR);
	}
}

/*
 * The connection, to a netd that answers as the test says.
 */
static char dir[] = "/tmp/wirelink-ctl-XXXXXX";
static char sock_path[64];
static int listener;

static void
rundir(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	cr_assert_not_null(mkdtemp(dir));
	snprintf(sock_path, sizeof(sock_path), "%s/wg0.sock", dir);
	strlcpy(sun.sun_path, sock_path, sizeof(sun.sun_path));
	listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(listener, 4), 0);
}

static void
remove_file(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

static void
cleanup(void)
{
	remove_file("wg0.sock");
	remove_file("wg1.sock");
	remove_file("wg0.ledger");
	remove_file("averyveryverylongname.sock");
	remove_file(".sock");
	rmdir(dir);
}

TestSuite(ctl_run, .init = rundir, .fini = cleanup);

static void
make(const char *name)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	cr_assert_neq(fd, -1);
	close(fd);
}

Test(ctl_run, the_only_interface)
{
	char name[CONF_IFNAME_STRLEN];

	make("wg0.ledger");
	make(".sock");
	make("averyveryverylongname.sock");
	cr_expect_eq(ctl_only_interface(dir, name, print_start()), 0);
	cr_expect_str_eq(name, "wg0");
	make("wg1.sock");
	cr_expect_eq(ctl_only_interface(dir, name, print_start()), -1);
	cr_expect_not_null(strstr(printed(), "which interface?"));
	cr_expect_not_null(strstr(printed(), " wg0"));
	cr_expect_not_null(strstr(printed(), " wg1"));
	remove_file("wg0.sock");
	remove_file("wg1.sock");
	cr_expect_eq(ctl_only_interface(dir, name, print_start()), -1);
	cr_expect_not_null(strstr(printed(), "no wirelinkd runs"));
	cr_expect_eq(
	    ctl_only_interface("/nonexistent", name, print_start()), -1);
	cr_expect_not_null(strstr(printed(), "is wirelinkd running?"));
}

Test(ctl_run, interfaces_of_other_files)
{
	char last[CONF_IFNAME_STRLEN], names[64];

	make("wg0.conf");
	make("wg1.conf.static");
	make("wg2.sock");
	cr_expect_eq(
	    ctl_interfaces(dir, ".conf", last, names, sizeof(names)), 1);
	cr_expect_eq(errno, 0);
	cr_expect_str_eq(last, "wg0");
	cr_expect_str_eq(names, " wg0");
	cr_expect_eq(
	    ctl_interfaces(dir, ".none", last, names, sizeof(names)), 0);
	cr_expect_eq(errno, 0);
	cr_expect_str_eq(names, "");
	cr_expect_eq(
	    ctl_interfaces("/nonexistent", ".conf", last, names, sizeof(names)),
	    0);
	cr_expect_eq(errno, ENOENT);
	remove_file("wg0.conf");
	remove_file("wg1.conf.static");
	remove_file("wg2.sock");
}

/* A child that takes one client, and each that follows, and sends it those
 * records after its question. */
struct reply {
	enum msg_type type;
	const uint8_t *p;
	size_t len;
};

static pid_t
serve(const struct reply *r, size_t n)
{
	pid_t pid = fork();

	cr_assert_neq(pid, -1);
	if (pid != 0)
		return pid;
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		uint8_t q[64];

		if (recv(fd, q, sizeof(q), 0) <= 0)
			_exit(1);
		for (size_t i = 0; i < n; i++)
			msg_send(fd, r[i].type, 0, 0, r[i].p, r[i].len, -1);
		close(fd);
	}
}

static int
run(const struct reply *r, size_t n, struct ctl_options *o, char *err,
    size_t errlen)
{
	FILE *fp = fmemopen(err, errlen, "w");
	pid_t pid = serve(r, n);
	int rv;

	memset(err, 0, errlen);
	o->rundir = dir;
	rv = ctl_run(o, print_start(), fp);
	fclose(fp);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return rv;
}

static uint8_t end[4], self_rec[256], fact_rec[256];
static size_t self_len, fact_len;

static void
records(void)
{
	struct wbuf w;

	fill();
	wbuf_init(&w, self_rec, sizeof(self_rec));
	enc_ctl_self(&w, &full.self);
	self_len = w.off;
	wbuf_init(&w, fact_rec, sizeof(fact_rec));
	enc_ctl_fact(&w, &facts[1]);
	fact_len = w.off;
}

Test(ctl_run, good_answers)
{
	struct ctl_options o = {.what = CTL_SELF_ONLY};
	char err[512];

	records();
	{
		const struct reply r[] = {
		    {MSG_CTL_SELF, self_rec, self_len}, {MSG_CTL_END, end, 4}};

		cr_expect_eq(run(r, 2, &o, err, sizeof(err)), CTL_OK);
		cr_expect_str_eq(err, "");
		cr_expect_str_eq(printed(),
		    "wg0 CQkJCQkJ...: up, no router, 3 peers, 2 facts\n");
		o.json = true;
		o.ifname = "wg0";
		cr_expect_eq(run(r, 2, &o, err, sizeof(err)), CTL_OK);
		cr_expect_eq(printed()[0], '{');
	}
	o.what = CTL_FACTS;
	o.json = false;
	{
		const struct reply r[] = {{MSG_CTL_SELF, self_rec, self_len},
		    {MSG_CTL_FACT, fact_rec, fact_len}, {MSG_CTL_END, end, 4}};

		/* Asked for peers first, whose names it would show. */
		cr_expect_eq(run(r, 3, &o, err, sizeof(err)), CTL_OK);
		cr_expect_not_null(strstr(printed(), "10.7.0.3/32"));
	}
}

Test(ctl_run, bad_answers)
{
	struct ctl_options o = {.what = CTL_FACTS, .json = true};
	char err[512];

	records();
	fact_rec[35] = 9; /* no boolean */
	{
		const struct reply r[] = {{MSG_CTL_SELF, self_rec, self_len},
		    {MSG_CTL_FACT, fact_rec, fact_len}, {MSG_CTL_END, end, 4}};

		cr_expect_eq(run(r, 3, &o, err, sizeof(err)), CTL_FAILED);
		cr_expect_not_null(strstr(err, "malformed record"), "%s", err);
		cr_expect_not_null(strstr(err, "same version?"));
		cr_expect_eq(strlen(printed()), 0, "no half an answer");
		cr_expect_eq(run(r, 1, &o, err, sizeof(err)), CTL_FAILED);
		cr_expect_not_null(
		    strstr(err, "the answer broke off"), "%s", err);
	}
	{
		const struct reply r[] = {
		    {MSG_RESOLVE, (const uint8_t *)"\1a", 2}};

		cr_expect_eq(run(r, 1, &o, err, sizeof(err)), CTL_FAILED);
		cr_expect_not_null(strstr(err, "wrong direction"), "%s", err);
	}
}

Test(ctl_run, nobody_there)
{
	struct ctl_options o = {.rundir = dir, .ifname = "wg7"};
	char nobody[64];

	cr_expect_eq(ctl_run(&o, stdout, print_start()), CTL_FAILED);
	cr_expect_not_null(strstr(printed(), "no wirelinkd runs on wg7"));
	close(listener);
	o.ifname = "wg0";
	cr_expect_eq(ctl_run(&o, stdout, print_start()), CTL_FAILED);
	cr_expect_not_null(strstr(printed(), "no wirelinkd runs on wg0"));
	memset(nobody, 'x', sizeof(nobody) - 1);
	nobody[sizeof(nobody) - 1] = '\0';
	{
		char deep[200];

		snprintf(deep, sizeof(deep), "/%s/%s", nobody, nobody);
		o.rundir = deep;
		cr_expect_eq(ctl_run(&o, stdout, print_start()), CTL_FAILED);
		cr_expect_not_null(strstr(printed(), "name too long"));
	}
}

Test(ctl_run, not_allowed)
{
	struct ctl_options o = {.rundir = dir, .ifname = "wg0"};

	chmod(dir, 0755);
	chmod(sock_path, 0600);
	cr_assert_eq(seteuid(65534), 0);
	cr_expect_eq(ctl_run(&o, stdout, print_start()), CTL_FAILED);
	cr_assert_eq(seteuid(0), 0);
	cr_expect_not_null(strstr(printed(), "not allowed"));
	cr_expect_not_null(strstr(printed(), "ControlGroup"));
}
