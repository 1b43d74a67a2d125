/* Addresses, prefixes and endpoints as text and as values. */
#include <criterion/criterion.h>

#include <sys/socket.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "common/addr.h"

static struct addr
addr(const char *s)
{
	struct addr a;

	cr_assert_eq(addr_parse(s, &a), 0, "%s", s);
	return a;
}

static struct prefix
prefix(const char *s)
{
	struct prefix p;

	cr_assert_eq(prefix_parse(s, &p), 0, "%s", s);
	return p;
}

/* NULL: must be refused. */
struct text {
	const char *in;
	const char *out;
};

static const struct text addr_texts[] = {
    {"0.0.0.0", "0.0.0.0"},
    {"192.0.2.1", "192.0.2.1"},
    {"255.255.255.255", "255.255.255.255"},
    {"::", "::"},
    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
    {"fe80::de8a:847b:ff8c:343d", "fe80::de8a:847b:ff8c:343d"},
    {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"", NULL},
    {" 192.0.2.1", NULL},
    {"192.0.2.1 ", NULL},
    {"192.0.2", NULL},
    {"192.0.2.1.1", NULL},
    {"192.0.2.256", NULL},
    {"0x7f.0.0.1", NULL},
    {"-1.0.0.0", NULL},
    {"localhost", NULL},
    {":::", NULL},
    {"1::2::3", NULL},
    {"2001:db8::g", NULL},
    {"fe80::1%lo", NULL},
    {"[::1]", NULL},
    {"1:2:3:4:5:6:7:8:9", NULL},
    {"12345::", NULL},
};

Test(addr, parse_and_format)
{
	for (size_t i = 0; i < sizeof(addr_texts) / sizeof(*addr_texts); i++) {
		const struct text *t = &addr_texts[i];
		char text[ADDR_STRLEN];
		struct addr a, again;
		int rv = addr_parse(t->in, &a);

		cr_expect_eq(rv, t->out == NULL ? -1 : 0, "\"%s\"", t->in);
		if (t->out == NULL) {
			cr_expect_eq(a.family, 0, "\"%s\"", t->in);
			continue;
		}
		cr_expect_str_eq(addr_format(&a, text), t->out);
		cr_expect_eq(addr_parse(text, &again), 0);
		cr_expect(addr_eq(&a, &again), "%s", t->in);
	}
}

Test(addr, none_has_a_text_and_no_bits)
{
	struct addr a = {0}, v4 = addr("192.0.2.1"), v6 = addr("::1");
	struct endpoint e = {0};
	char text[ADDR_STRLEN], etext[ENDPOINT_STRLEN];

	cr_expect_str_eq(addr_format(&a, text), "none");
	cr_expect_str_eq(endpoint_format(&e, etext), "none");
	cr_expect_eq(addr_bits(&a), 0);
	cr_expect_eq(addr_bits(&v4), 32);
	cr_expect_eq(addr_bits(&v6), 128);
}

Test(addr, equal_addresses_are_equal_bytes)
{
	const uint8_t b[4] = {192, 0, 2, 1};
	struct addr made = addr_v4(b), parsed = addr("192.0.2.1");

	cr_expect_arr_eq(&made, &parsed, sizeof(made));
}

Test(addr, order)
{
	static const char *const ordered[] = {"0.0.0.0", "9.255.255.255",
	    "10.0.0.0", "255.255.255.255", "::", "::1",
	    "2001:db8::", "ff02::1"};
	size_t n = sizeof(ordered) / sizeof(*ordered);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			struct addr a = addr(ordered[i]), b = addr(ordered[k]);
			int c = addr_cmp(&a, &b);

			cr_expect_eq((c > 0) - (c < 0), (i > k) - (i < k),
			    "%s %s", ordered[i], ordered[k]);
			cr_expect_eq(addr_eq(&a, &b), i == k);
		}
	}
}

#define UNSPEC	  0x01
#define LOOP	  0x02
#define MULTI	  0x04
#define LINKLOCAL 0x08
#define MAPPED	  0x10
#define GLOBAL	  0x20
#define PRIVATE	  0x40

static const struct {
	const char *in;
	unsigned int is;
} classes[] = {
    {"0.0.0.0", UNSPEC},
    {"0.0.0.1", GLOBAL},
    {"127.0.0.0", LOOP},
    {"127.255.255.255", LOOP},
    {"126.255.255.255", GLOBAL},
    {"128.0.0.0", GLOBAL},
    {"223.255.255.255", GLOBAL},
    {"224.0.0.0", MULTI},
    {"239.255.255.255", MULTI},
    {"240.0.0.0", GLOBAL},
    {"255.255.255.254", GLOBAL},
    {"255.255.255.255", 0},
    {"169.253.255.255", GLOBAL},
    {"169.254.0.0", LINKLOCAL},
    {"169.254.255.255", LINKLOCAL},
    {"169.255.0.0", GLOBAL},
    {"9.255.255.255", GLOBAL},
    {"10.0.0.0", GLOBAL | PRIVATE},
    {"10.255.255.255", GLOBAL | PRIVATE},
    {"11.0.0.0", GLOBAL},
    {"172.15.255.255", GLOBAL},
    {"172.16.0.0", GLOBAL | PRIVATE},
    {"172.31.255.255", GLOBAL | PRIVATE},
    {"172.32.0.0", GLOBAL},
    {"192.167.255.255", GLOBAL},
    {"192.168.0.0", GLOBAL | PRIVATE},
    {"192.169.0.0", GLOBAL},
    {"100.63.255.255", GLOBAL},
    {"100.64.0.0", GLOBAL | PRIVATE},
    {"100.127.255.255", GLOBAL | PRIVATE},
    {"100.128.0.0", GLOBAL},
    {"::", UNSPEC},
    {"::1", LOOP},
    {"::2", GLOBAL},
    {"1::1", GLOBAL},
    {"ff00::", MULTI},
    {"ff02::1", MULTI},
    {"feff::", GLOBAL},
    {"fe7f::1", GLOBAL},
    {"fe80::", LINKLOCAL},
    {"febf:ffff::1", LINKLOCAL},
    {"fec0::", GLOBAL},
    {"fbff::", GLOBAL},
    {"fc00::", GLOBAL | PRIVATE},
    {"fdff::1", GLOBAL | PRIVATE},
    {"fe00::1", GLOBAL},
    {"::ffff:0.0.0.0", MAPPED},
    {"::ffff:192.0.2.1", MAPPED},
    {"::fffe:192.0.2.1", GLOBAL},
    {"1::ffff:192.0.2.1", GLOBAL},
    {"2001:db8::1", GLOBAL},
};

Test(addr, classes)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		struct addr a = addr(classes[i].in);
		unsigned int is = 0;

		is |= addr_is_unspecified(&a) ? UNSPEC : 0;
		is |= addr_is_loopback(&a) ? LOOP : 0;
		is |= addr_is_multicast(&a) ? MULTI : 0;
		is |= addr_is_link_local(&a) ? LINKLOCAL : 0;
		is |= addr_is_v4_mapped(&a) ? MAPPED : 0;
		is |= addr_is_global_unicast(&a) ? GLOBAL : 0;
		is |= addr_is_private(&a) ? PRIVATE : 0;
		cr_expect_eq(is, classes[i].is, "%s: 0x%x", classes[i].in, is);
	}
}

Test(addr, no_address_is_nothing)
{
	struct addr a = {0};

	cr_expect_not(addr_is_global_unicast(&a));
	cr_expect_not(addr_is_loopback(&a));
	cr_expect_not(addr_is_multicast(&a));
	cr_expect_not(addr_is_link_local(&a));
	cr_expect_not(addr_is_v4_mapped(&a));
	cr_expect_not(addr_is_private(&a));
}

static const struct text prefix_texts[] = {
    {"0.0.0.0/0", "0.0.0.0/0"},
    {"10.0.0.0/8", "10.0.0.0/8"},
    {"10.255.255.255/9", "10.128.0.0/9"},
    {"10.1.2.3/31", "10.1.2.2/31"},
    {"10.1.2.3/32", "10.1.2.3/32"},
    {"10.1.2.3", "10.1.2.3/32"},
    {"::/0", "::/0"},
    {"2001:db8::1", "2001:db8::1/128"},
    {"2001:db8:ffff::1/33", "2001:db8:8000::/33"},
    {"2001:db8::3/127", "2001:db8::2/127"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
    {"", NULL},
    {"/", NULL},
    {"/8", NULL},
    {"10.0.0.0/", NULL},
    {"10.0.0.0/33", NULL},
    {"10.0.0.0/-1", NULL},
    {"10.0.0.0/+8", NULL},
    {"10.0.0.0/ 8", NULL},
    {"10.0.0.0/8 ", NULL},
    {"10.0.0.0/8/8", NULL},
    {"10.0.0.0/0x8", NULL},
    {"10.0.0.0/256", NULL},
    {"10.0.0.0/4294967304", NULL},
    {"10.0.0.0/99999999999999999999", NULL},
    {"10.0.0.0/255.0.0.0", NULL},
    {"10.0.0/8", NULL},
    {"::/129", NULL},
    {"fe80::1%lo/64", NULL},
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/00000128", NULL},
};

Test(prefix, parse_and_format)
{
	size_t n = sizeof(prefix_texts) / sizeof(*prefix_texts);

	for (size_t i = 0; i < n; i++) {
		const struct text *t = &prefix_texts[i];
		char text[PREFIX_STRLEN];
		struct prefix p, again;
		int rv = prefix_parse(t->in, &p);

		cr_expect_eq(rv, t->out == NULL ? -1 : 0, "\"%s\"", t->in);
		if (t->out == NULL || rv == -1)
			continue;
		cr_expect_str_eq(prefix_format(&p, text), t->out);
		cr_expect_eq(prefix_parse(text, &again), 0);
		cr_expect(prefix_eq(&p, &again));
	}
}

Test(prefix, make)
{
	struct addr none = {0}, v4 = addr("255.255.255.255"),
		    v6 = addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	struct prefix p;

	cr_expect_not(prefix_make(&none, 0, &p));
	cr_expect_not(prefix_make(&v4, 33, &p));
	cr_expect_not(prefix_make(&v6, 129, &p));
	cr_expect_not(prefix_make(&v4, 255, &p));
	for (uint8_t len = 0; len <= 128; len++) {
		size_t ones = 0;

		cr_expect_eq(prefix_make(&v4, len, &p), len <= 32);
		cr_assert(prefix_make(&v6, len, &p));
		cr_expect_eq(p.len, len);
		for (size_t i = 0; i < 128; i++) {
			bool bit = p.addr.b[i / 8] >> (7 - i % 8) & 1;

			cr_expect_eq(bit, i < len, "/%u bit %zu", len, i);
			ones += bit;
		}
		cr_expect_eq(ones, len);
	}
}

static const struct {
	const char *outer;
	const char *inner;
	bool yes;
} contained[] = {
    {"10.0.0.0/8", "10.0.0.0/8", true},
    {"10.0.0.0/8", "10.255.255.255/32", true},
    {"10.0.0.0/8", "10.128.0.0/9", true},
    {"10.0.0.0/8", "10.0.0.0/7", false},
    {"10.0.0.0/8", "11.0.0.0/8", false},
    {"10.0.0.0/8", "9.255.255.255/32", false},
    {"10.4.0.0/15", "10.5.255.255/32", true},
    {"10.4.0.0/15", "10.6.0.0/32", false},
    {"10.0.0.1/32", "10.0.0.1/32", true},
    {"10.0.0.1/32", "10.0.0.0/32", false},
    {"0.0.0.0/0", "255.255.255.255/32", true},
    {"0.0.0.0/0", "0.0.0.0/0", true},
    {"0.0.0.0/0", "::/0", false},
    {"::/0", "0.0.0.0/0", false},
    {"::/0", "10.0.0.0/8", false},
    {"::/0", "2001:db8::/32", true},
    {"2001:db8::/33", "2001:db8:7fff::/48", true},
    {"2001:db8::/33", "2001:db8:8000::/48", false},
    {"fe80::/64", "fe80::1/128", true},
    {"fe80::/64", "fe80:0:0:1::1/128", false},
    {"2001:db8::2/127", "2001:db8::3/128", true},
    {"2001:db8::2/127", "2001:db8::4/128", false},
    {"::ffff:10.0.0.0/104", "10.0.0.0/8", false},
};

Test(prefix, containment)
{
	for (size_t i = 0; i < sizeof(contained) / sizeof(*contained); i++) {
		struct prefix o = prefix(contained[i].outer),
			      n = prefix(contained[i].inner);

		cr_expect_eq(prefix_contains(&o, &n), contained[i].yes,
		    "%s in %s", contained[i].inner, contained[i].outer);
		if (prefix_is_full(&n))
			cr_expect_eq(prefix_contains_addr(&o, &n.addr),
			    contained[i].yes, "%s", contained[i].inner);
	}
}

Test(prefix, of_nothing_contains_nothing)
{
	struct prefix none = {0}, all = prefix("0.0.0.0/0");
	struct addr no_addr = {0}, a = addr("0.0.0.0");

	cr_expect_not(prefix_contains(&none, &all));
	cr_expect_not(prefix_contains(&all, &none));
	cr_expect_not(prefix_contains(&none, &none));
	cr_expect_not(prefix_contains_addr(&none, &a));
	cr_expect_not(prefix_contains_addr(&all, &no_addr));
}

/* Against a comparison bit by bit. */
Test(prefix, containment_by_bits)
{
	struct addr a = addr("2001:db8:a5a5:5a5a:ff00:ff:1234:5678"), b;
	struct prefix p;

	for (uint8_t len = 0; len <= 128; len++) {
		for (size_t flip = 0; flip < 128; flip++) {
			b = a;
			b.b[flip / 8] ^= (uint8_t)(0x80 >> flip % 8);
			prefix_make(&a, len, &p);
			cr_expect_eq(prefix_contains_addr(&p, &b), flip >= len,
			    "/%u bit %zu", len, flip);
		}
	}
}

static const struct {
	const char *in;
	bool full, routing;
} kinds[] = {
    {"0.0.0.0/0", false, true},
    {"::/0", false, true},
    {"10.0.0.0/31", false, true},
    {"10.0.0.0/32", true, false},
    {"192.0.2.0/24", false, true},
    {"127.0.0.0/8", false, false},
    {"169.254.0.0/16", false, false},
    {"224.0.0.0/4", false, false},
    {"fe80::/64", false, false},
    {"fe80::1/128", true, false},
    {"fd00::/8", false, true},
    {"2001:db8::/127", false, true},
    {"2001:db8::/128", true, false},
    {"ff00::/8", false, false},
    {"::ffff:0.0.0.0/96", false, false},
};

Test(prefix, kinds)
{
	struct prefix none = {0};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct prefix p = prefix(kinds[i].in);

		cr_expect_eq(
		    prefix_is_full(&p), kinds[i].full, "%s", kinds[i].in);
		cr_expect_eq(
		    prefix_is_routing(&p), kinds[i].routing, "%s", kinds[i].in);
	}
	cr_expect_not(prefix_is_full(&none));
	cr_expect_not(prefix_is_routing(&none));
}

Test(prefix, order)
{
	struct prefix a = prefix("10.0.0.0/8"), b = prefix("10.0.0.0/9"),
		      c = prefix("10.128.0.0/9"), d = prefix("::/0");

	cr_expect_lt(prefix_cmp(&a, &b), 0);
	cr_expect_gt(prefix_cmp(&b, &a), 0);
	cr_expect_lt(prefix_cmp(&b, &c), 0);
	cr_expect_lt(prefix_cmp(&c, &d), 0);
	cr_expect_eq(prefix_cmp(&a, &a), 0);
	cr_expect_not(prefix_eq(&a, &b));
}

static const struct {
	const char *in;
	const char *out;
	bool usable;
} endpoints[] = {
    {"192.0.2.1:51820", "192.0.2.1:51820", true},
    {"192.0.2.1:1", "192.0.2.1:1", true},
    {"192.0.2.1:65535", "192.0.2.1:65535", true},
    {"192.0.2.1:0", "192.0.2.1:0", false},
    {"0.0.0.0:1", "0.0.0.0:1", false},
    {"0.1.2.3:1", "0.1.2.3:1", false},
    {"127.0.0.1:1", "127.0.0.1:1", false},
    {"169.254.1.1:1", "169.254.1.1:1", false},
    {"224.0.0.1:1", "224.0.0.1:1", false},
    {"255.255.255.255:1", "255.255.255.255:1", false},
    {"10.0.0.1:1", "10.0.0.1:1", true},
    {"[2001:db8::1]:51820", "[2001:db8::1]:51820", true},
    {"[2001:db8::1]:0", "[2001:db8::1]:0", false},
    {"[::]:1", "[::]:1", false},
    {"[::1]:1", "[::1]:1", false},
    {"[fe80::1]:1", "[fe80::1]:1", false},
    {"[ff02::1]:1", "[ff02::1]:1", false},
    {"[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.1]:1", false},
    {"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
	"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", false},
    {"", NULL, false},
    {":", NULL, false},
    {":1", NULL, false},
    {"192.0.2.1", NULL, false},
    {"192.0.2.1:", NULL, false},
    {"192.0.2.1:65536", NULL, false},
    {"192.0.2.1:-1", NULL, false},
    {"192.0.2.1:+1", NULL, false},
    {"192.0.2.1: 1", NULL, false},
    {"192.0.2.1:1 ", NULL, false},
    {"192.0.2.1:0x1", NULL, false},
    {"192.0.2.1:http", NULL, false},
    {"192.0.2.1:1:2", NULL, false},
    {"[192.0.2.1]:1", NULL, false},
    {"2001:db8::1", NULL, false},
    {"2001:db8::1:51820", NULL, false},
    {"[2001:db8::1]", NULL, false},
    {"[2001:db8::1]51820", NULL, false},
    {"[2001:db8::1:51820", NULL, false},
    {"2001:db8::1]:51820", NULL, false},
    {"[[2001:db8::1]]:51820", NULL, false},
    {"[]:1", NULL, false},
    {"[:1", NULL, false},
    {"]:1", NULL, false},
    {"[fe80::1%lo]:1", NULL, false},
    {"example.org:1", NULL, false},
    {"0000000000000000000000000000000000000000000000000000000001:1", NULL,
	false},
};

Test(endpoint, parse_format_use)
{
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints); i++) {
		char text[ENDPOINT_STRLEN];
		const char *in = endpoints[i].in;
		const struct endpoint zero = {0};
		struct endpoint e, again;
		int rv = endpoint_parse(in, &e);

		cr_expect_eq(
		    rv, endpoints[i].out == NULL ? -1 : 0, "\"%s\"", in);
		cr_expect_eq(
		    endpoint_is_usable(&e), endpoints[i].usable, "\"%s\"", in);
		if (endpoints[i].out == NULL) {
			cr_expect(endpoint_eq(&e, &zero), "\"%s\"", in);
			continue;
		}
		cr_expect_str_eq(endpoint_format(&e, text), endpoints[i].out);
		cr_expect_eq(endpoint_parse(text, &again), 0);
		cr_expect(endpoint_eq(&e, &again));
	}
}

Test(endpoint, order)
{
	struct endpoint a, b, c;

	endpoint_parse("192.0.2.1:1", &a);
	endpoint_parse("192.0.2.1:2", &b);
	endpoint_parse("192.0.2.2:1", &c);
	cr_expect_lt(endpoint_cmp(&a, &b), 0);
	cr_expect_gt(endpoint_cmp(&b, &a), 0);
	cr_expect_lt(endpoint_cmp(&b, &c), 0);
	cr_expect_not(endpoint_eq(&a, &b));
	cr_expect(endpoint_eq(&a, &a));
}

Test(endpoint, sockaddr)
{
	static const char *const both[] = {
	    "192.0.2.1:51820", "[2001:db8::1]:65535"};
	struct sockaddr_storage ss;
	struct endpoint e, back;
	socklen_t len;

	for (size_t i = 0; i < 2; i++) {
		endpoint_parse(both[i], &e);
		len = endpoint_to_sockaddr(&e, &ss);
		cr_expect(
		    endpoint_from_sockaddr((struct sockaddr *)&ss, len, &back));
		cr_expect(endpoint_eq(&e, &back), "%s", both[i]);
		cr_expect_not(endpoint_from_sockaddr(
		    (struct sockaddr *)&ss, len - 1, &back));
		cr_expect_eq(back.addr.family, 0);
		cr_expect_not(
		    endpoint_from_sockaddr((struct sockaddr *)&ss, 0, &back));
	}
	endpoint_parse("[::ffff:192.0.2.1]:7", &e);
	len = endpoint_to_sockaddr(&e, &ss);
	cr_expect_eq(len, sizeof(struct sockaddr_in6));
	cr_assert(endpoint_from_sockaddr((struct sockaddr *)&ss, len, &back));
	endpoint_parse("192.0.2.1:7", &e);
	cr_expect(endpoint_eq(&e, &back), "mapped becomes IPv4");
	ss.ss_family = AF_UNIX;
	cr_expect_not(
	    endpoint_from_sockaddr((struct sockaddr *)&ss, sizeof(ss), &back));
}
