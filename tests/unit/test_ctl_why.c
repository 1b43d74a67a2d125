/* wirelinkctl why: which peer is meant, and what is printed of it. */
#include <criterion/criterion.h>

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netd/ctl/select.h"
#include "tests/unit/printed.h"

static struct key
key(uint8_t i)
{
	struct key k;

	memset(&k, i, sizeof(k));
	return k;
}

static struct ctl_name names[5];
static struct ctl_why whys[3];
static struct ctl_candidate candidates[2];
static struct ctl_event events[2];
static struct ctl_answer a = {.has_self = true,
    .nnames = 5,
    .names = names,
    .nwhys = 3,
    .whys = whys,
    .ncandidates = 2,
    .candidates = candidates,
    .nevents = 2,
    .events = events};

static void
name(size_t i, uint8_t k, const char *s)
{
	names[i].key = key(k);
	names[i].name_len = strlen(s);
	memcpy(names[i].name, s, names[i].name_len);
}

static void
fill(void)
{
	strlcpy(a.self.ifname, "wg0", sizeof(a.self.ifname));
	name(0, 1, "hub");
	name(1, 2, "leaf2");
	name(2, 3, "twin");
	name(3, 4, "twin");
	name(4, 5, "\x1b[2J");
	names[2].key.b[31] ^= 4; /* shares its beginning with none but 3 */
	whys[0] = (struct ctl_why){.cond = COND_KNOWN, .answer = CTL_YES};
	whys[1] = (struct ctl_why){.cond = COND_ALLOWED,
	    .answer = CTL_NO,
	    .reason = REASON_REFUSED_BY_POLICY,
	    .rule = 16,
	    .has_age = true,
	    .age_s = 9};
	cr_assert_eq(prefix_parse("10.9.0.0/16", &whys[1].prefix), 0);
	whys[2] = (struct ctl_why){.cond = COND_HOLDS,
	    .answer = CTL_NO,
	    .reason = REASON_HELD_BY_OTHER,
	    .has_other = true,
	    .other = key(1)};
	endpoint_parse("192.0.2.2:1", &candidates[0].endpoint);
	candidates[0].stated = candidates[0].usable = true;
	candidates[0].tried = candidates[0].has_source = true;
	candidates[0].tried_age_s = 5;
	candidates[0].source = key(1);
	endpoint_parse("10.7.0.2:1", &candidates[1].endpoint);
	events[0] = (struct ctl_event){.code = EV_TRY,
	    .key = key(2),
	    .times = 7,
	    .first_age_s = 600,
	    .last_age_s = 5};
	events[0].endpoint = candidates[0].endpoint;
	events[1] = (struct ctl_event){.code = EV_FACT_REFUSED,
	    .key = key(2),
	    .reason = REASON_NOT_TRUSTED,
	    .attr = 'e',
	    .has_other = true,
	    .other = key(5),
	    .times = 1};
}

TestSuite(ctl_why, .init = fill);

static int
selects(const char *word, struct key *k)
{
	return ctl_select(&a, word, k, print_start());
}

Test(ctl_why, select)
{
	char whole[KEY_STRLEN];
	struct key k, want = key(9);

	cr_expect_eq(selects("leaf2", &k), 0);
	cr_expect(key_eq(&k, &names[1].key));
	cr_expect_eq(selects("AQ", &k), 0, "a beginning");
	cr_expect(key_eq(&k, &names[0].key));
	cr_expect_eq(selects(key_format(&names[2].key, whole), &k), 0);
	cr_expect(key_eq(&k, &names[2].key));
	cr_expect_eq(selects(key_format(&want, whole), &k), 0, "a stranger's");
	cr_expect(key_eq(&k, &want));
	cr_expect_eq(selects("\\x1b[2J", &k), 0, "as it is shown");
	cr_expect(key_eq(&k, &names[4].key));
}

Test(ctl_why, select_nobody)
{
	struct key k;

	cr_expect_eq(selects("leef2", &k), -1);
	cr_expect_not_null(strstr(printed(), "did you mean \"leaf2\"?"));
	cr_expect_eq(selects("nothing like it", &k), -1);
	cr_expect_null(strstr(printed(), "did you mean"));
	cr_expect_eq(selects("", &k), -1, "the beginning of every key");
	cr_expect_eq(selects("twin", &k), -1);
	cr_expect_not_null(strstr(printed(), "\"twin\" may be:\n  AwMD"));
	cr_expect_not_null(strstr(printed(), "  BAQE"));
	/* Keys of 1, 2 and 3 begin with A. */
	cr_expect_eq(selects("A", &k), -1);
	cr_expect_not_null(strstr(printed(), "may be:\n  AQEB"));
	cr_expect_eq(selects("leaf2\x1b[2J", &k), -1);
}

Test(ctl_why, as_text)
{
	const struct ctl_style plain = {0}, coloured = {.colour = true};

	ctl_print_why(&a, &names[1].key, &plain, print_start());
	cr_expect_str_eq(printed(),
	    "leaf2 (AgICAgIC...) on wg0: not direct, refused-by-policy\n"
	    "\n"
	    "yes  known       has this node heard of the peer?\n"
	    "NO   allowed     does the policy allow its prefixes?"
	    "        refused-by-policy, 10.9.0.0/16, rule 16, 9s ago\n"
	    "NO   holds       does it hold its prefixes now?"
	    "             held-by-other, by hub\n"
	    "\n"
	    "refused-by-policy: wirelinkd refused what was asked for it.\n"
	    "What to do: see the rule under REFUSALS in wirelinkd(8).\n"
	    "\n"
	    "Endpoints:\n"
	    "  192.0.2.2:1            stated by hub, tried 5s ago, "
	    "no answer\n"
	    "  10.7.0.2:1             never tried: inside the tunnel or "
	    "this host\n"
	    "\n"
	    "What happened:\n"
	    "     5s ago  try           192.0.2.2:1, 7 times since 10m ago\n"
	    "     0s ago  fact-refused  EndpointV4 of \\x1b[2J "
	    "(not-trusted)\n",
	    "%s", printed());
	ctl_print_why(&a, &names[1].key, &coloured, print_start());
	cr_expect_not_null(strstr(printed(), "\033[31mnot direct"));
	a.nwhys = 1;
	a.nevents = a.ncandidates = 0;
	cr_expect_null(ctl_first_no(&a));
	ctl_print_why(&a, &names[1].key, &plain, print_start());
	cr_expect_not_null(strstr(printed(), "on wg0: direct\n"));
	cr_expect_null(strstr(printed(), "What to do"));
	a.nwhys = 3;
	a.nevents = a.ncandidates = 2;
}

Test(ctl_why, trust)
{
	const struct ctl_style plain = {0};
	struct ctl_trust t = {.level = TRUST_ENDPOINT,
	    .by = CTL_BY_DEVICE,
	    .known = CTL_TAKES_ENDPOINT,
	    .nfacts = 2,
	    .quorum = 2,
	    .sources = 3};

	a.trusts = &t;
	a.ntrusts = 1;
	ctl_print_trust(&a, &names[1].key, &plain, print_start());
	cr_expect_str_eq(printed(),
	    "leaf2 (AgICAgIC...) on wg0: trust Endpoint, since it is on the "
	    "device\n\n"
	    "BELIEVED         OF PEERS             OF OTHER KEYS\n"
	    "endpoints        yes                  no\n"
	    "allowed IPs      no                   no\n"
	    "members, names   no                   no\n"
	    "\n2 facts that it states are held.\n"
	    "A new member has to be named by 2 of the 3 that may.\n",
	    "%s", printed());
	cr_assert_eq(ctl_print_trust_json(&a, &names[1].key, print_start()), 0);
	cr_expect_not_null(strstr(printed(), "\"by\":\"device\""));
	cr_expect_not_null(strstr(printed(), "\"quorum\":2"));
	t.level = TRUST_MEMBERSHIP;
	t.by = CTL_BY_DELEGATE;
	t.lender = names[0].key;
	ctl_print_trust(&a, &names[1].key, &plain, print_start());
	cr_expect_not_null(strstr(printed(),
			       ": trust Membership, since one with "
			       "DelegateTrust says so: hub\n"),
	    "%s", printed());
	cr_assert_eq(ctl_print_trust_json(&a, &names[1].key, print_start()), 0);
	cr_expect_not_null(strstr(printed(), "\"by\":\"delegate\""));
	cr_expect_not_null(strstr(printed(), "\"delegate\":"));
}

Test(ctl_why, quorum)
{
	const struct ctl_style plain = {0};
	struct ctl_why why = {.cond = COND_MEMBER,
	    .answer = CTL_NO,
	    .reason = REASON_QUORUM,
	    .has = 1,
	    .needs = 2};
	const struct ctl_answer one = {.whys = &why, .nwhys = 1};

	ctl_print_why(&one, &names[1].key, &plain, print_start());
	cr_expect_not_null(
	    strstr(printed(), "quorum, needs 2 sources, has 1\n"), "%s",
	    printed());
	cr_assert_eq(
	    ctl_print_why_json(&one, &names[1].key, true, print_start()), 0);
	cr_expect_not_null(
	    strstr(printed(), "\"sources_needed\":2"), "%s", printed());
}

static const char *
string(json_object *o, const char *member)
{
	json_object *v = NULL;

	json_object_object_get_ex(o, member, &v);
	return v != NULL ? json_object_get_string(v) : "(none)";
}

static json_object *
item(json_object *o, const char *member, size_t i)
{
	json_object *v = NULL;

	cr_assert(json_object_object_get_ex(o, member, &v), "%s", member);
	cr_assert_lt(i, json_object_array_length(v));
	return json_object_array_get_idx(v, i);
}

Test(ctl_why, as_json)
{
	json_object *o;

	cr_assert_eq(
	    ctl_print_why_json(&a, &names[1].key, true, print_start()), 0);
	o = json_tokener_parse(printed());
	cr_assert_not_null(o);
	cr_expect_str_eq(string(o, "version"), "1");
	cr_expect_str_eq(string(o, "name"), "leaf2");
	cr_expect_str_eq(string(o, "direct"), "false");
	cr_expect_str_eq(string(o, "reason"), "refused-by-policy");
	cr_expect_str_eq(string(item(o, "conditions", 0), "answer"), "yes");
	cr_expect_str_eq(string(item(o, "conditions", 0), "reason"), "(none)");
	cr_expect_str_eq(string(item(o, "conditions", 1), "rule"), "16");
	cr_expect_str_eq(
	    string(item(o, "conditions", 1), "prefix"), "10.9.0.0/16");
	cr_expect_str_eq(string(item(o, "candidates", 0), "tried_age_s"), "5");
	cr_expect_str_eq(string(item(o, "events", 0), "event"), "try");
	cr_expect_str_eq(string(item(o, "events", 0), "times"), "7");
	cr_expect_str_eq(string(item(o, "events", 1), "reason"), "not-trusted");
	json_object_put(o);
	cr_assert_eq(
	    ctl_print_why_json(&a, &names[1].key, false, print_start()), 0);
	cr_expect_null(strstr(printed(), "conditions"));
	cr_expect_null(strchr(printed(), '\x1b'));
}
