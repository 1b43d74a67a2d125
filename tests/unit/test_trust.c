/* netd/trust.c, by its vectors. */
#include <criterion/criterion.h>
#include <string.h>

#include "netd/trust.h"
#include "tests/unit/vectors.h"

static enum trust
level(json_object *row, const char *name)
{
	enum trust t;

	if (!vector_has(row, name) || *vector_str(row, name) == '\0')
		return TRUST_UNSET;
	cr_assert_eq(trust_parse(vector_str(row, name), &t), 0);
	return t;
}

static void
accept_row(json_object *row, void *arg)
{
	enum attr attr = (enum attr)vector_int(row, "attr_byte");

	(void)arg;
	cr_expect_eq(
	    trust_accepts(attr, vector_bool(row, "known"), level(row, "level")),
	    vector_bool(row, "accept"), "%s", json_object_to_json_string(row));
}

Test(trust, accept)
{
	cr_expect_eq(vectors_each("trust.jsonl", accept_row, NULL), 99);
}

/* What is not stored is never accepted. */
Test(trust, extensions)
{
	static const enum attr attrs[] = {ATTR_ALIVE, ATTR_PING, ATTR_ACK,
	    ATTR_LINK, ATTR_DIGEST, ATTR_GROUP};

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		for (int t = TRUST_UNTRUSTED; t <= TRUST_UNSET; t++) {
			cr_expect_not(
			    trust_accepts(attrs[i], true, (enum trust)t));
			cr_expect_not(
			    trust_accepts(attrs[i], false, (enum trust)t));
		}
	}
}

/* Trust is stated by those alone to whom the configuration delegates it. */
Test(trust, of_others)
{
	for (int t = TRUST_UNTRUSTED; t <= TRUST_UNSET; t++) {
		bool may = t == TRUST_DELEGATE;

		cr_expect_eq(
		    trust_accepts(ATTR_TRUST, true, (enum trust)t), may);
		cr_expect_eq(
		    trust_accepts(ATTR_TRUST, false, (enum trust)t), may);
	}
}

/* What is lent raises, up to Membership, where nothing is configured. */
Test(trust, lent)
{
	for (int c = TRUST_UNTRUSTED; c < TRUST_UNSET; c++) {
		for (int l = TRUST_UNTRUSTED; l <= TRUST_UNSET; l++)
			cr_expect_eq(trust_with_lent((enum trust)c,
					 (enum trust)c, (enum trust)l),
			    (enum trust)c);
	}
	for (int own = TRUST_UNTRUSTED; own < TRUST_UNSET; own++) {
		for (int l = TRUST_UNTRUSTED; l <= TRUST_UNSET; l++) {
			enum trust is = trust_with_lent(
			    TRUST_UNSET, (enum trust)own, (enum trust)l);

			cr_expect_eq((int)is,
			    l <= TRUST_MEMBERSHIP && l > own ? l : own);
		}
	}
	cr_expect_eq(
	    trust_with_lent(TRUST_UNSET, TRUST_UNSET, TRUST_MEMBERSHIP),
	    TRUST_UNSET, "who is not on the device is nobody");
}

/* Why a row differs on purpose (WIRE.md, "Router" and "Trust"). */
enum why { SAME, DEFAULT_ROUTE, OTHERS_TRUST, WHYS };

static void
level_row(json_object *row, void *arg)
{
	size_t *count = arg;
	json_object *prefixes =
	    json_object_object_get(row, "source_allowed_ips");
	enum trust configured = level(row, "source_config_trust");
	bool routes_all = false, router = false;
	enum trust expected = level(row, "level");
	enum why why = SAME;
	size_t n = prefixes == NULL ? 0 : json_object_array_length(prefixes);

	for (size_t i = 0; i < n; i++) {
		struct prefix p;

		cr_assert_eq(
		    prefix_parse(json_object_get_string(
				     json_object_array_get_idx(prefixes, i)),
			&p),
		    0);
		if (prefix_is_routing(&p))
			router = true;
		if (p.len == 0)
			routes_all = true;
	}
	if (!routes_all)
		cr_expect_eq(router, vector_bool(row, "source_seen_as_router"),
		    "%s", json_object_to_json_string(row));
	if (router && configured == TRUST_UNSET) {
		if (routes_all)
			why = DEFAULT_ROUTE;
		else if (*vector_str(row, "another_peer_config_trust") != '\0')
			why = OTHERS_TRUST;
	}
	count[why]++;
	if (why != SAME) {
		cr_expect_eq(expected, TRUST_ENDPOINT, "%s",
		    json_object_to_json_string(row));
		expected = TRUST_MEMBERSHIP;
	}
	cr_expect_eq(
	    trust_of_source(configured, router,
		vector_bool(row, "source_is_wg_peer"), MEMBERSHIP_ROUTERS),
	    expected, "%s", json_object_to_json_string(row));
}

Test(trust, level)
{
	size_t count[WHYS] = {0};

	cr_expect_eq(vectors_each("trustlevel.jsonl", level_row, count), 405);
	cr_expect_eq(count[DEFAULT_ROUTE], 13);
	cr_expect_eq(count[OTHERS_TRUST], 9);
}

/* Nobody introduces peers unless the configuration says so. */
Test(trust, router_by_default)
{
	cr_expect_eq(trust_of_source(TRUST_UNSET, true, true, MEMBERSHIP_NONE),
	    TRUST_ALLOWED_IPS);
	cr_expect_eq(
	    trust_of_source(TRUST_UNSET, true, true, MEMBERSHIP_CONFIGURED),
	    TRUST_ALLOWED_IPS);
	cr_expect_eq(
	    trust_of_source(TRUST_UNTRUSTED, true, true, MEMBERSHIP_ROUTERS),
	    TRUST_UNTRUSTED);
}
