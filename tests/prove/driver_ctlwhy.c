/*
 * prove: dec_ctl_get dec_ctl_name dec_ctl_why dec_ctl_candidate dec_ctl_event
 * dec_ctl_do dec_ctl_trust dec_ctl_plan dec_ctl_policy dec_ctl_right
 *
 * messages: CTL_NAME CTL_WHY CTL_CANDIDATE CTL_EVENT CTL_DO CTL_TRUST
 * messages: CTL_PLAN CTL_POLICY CTL_RIGHT
 *
 * files: proto/ctl_why.c proto/codec.c proto/buf.c common/addr.c common/key.c
 */
#include "proto/ctl.h"
#include "tests/prove/prove.h"

static void
get(const uint8_t *p, size_t len)
{
	struct ctl_get m;

	(void)dec_ctl_get(p, len, &m);
}

static void
name(const uint8_t *p, size_t len)
{
	struct ctl_name m;

	if (dec_ctl_name(p, len, &m) == 0)
		HOLDS(m.name_len <= CTL_NAME_MAX);
}

static void
why(const uint8_t *p, size_t len)
{
	struct ctl_why m;

	if (dec_ctl_why(p, len, &m) == 0)
		HOLDS(m.reason < REASON_MAX);
}

static void
candidate(const uint8_t *p, size_t len)
{
	struct ctl_candidate m;

	(void)dec_ctl_candidate(p, len, &m);
}

static void
event(const uint8_t *p, size_t len)
{
	struct ctl_event m;

	if (dec_ctl_event(p, len, &m) == 0)
		HOLDS(m.name_len <= CTL_NAME_MAX);
}

static void
order(const uint8_t *p, size_t len)
{
	struct ctl_do m;

	(void)dec_ctl_do(p, len, &m);
}

static void
trust(const uint8_t *p, size_t len)
{
	struct ctl_trust m;

	(void)dec_ctl_trust(p, len, &m);
}

static void
plan(const uint8_t *p, size_t len)
{
	struct ctl_plan m;

	if (dec_ctl_plan(p, len, &m) == 0) {
		HOLDS(m.change < CHANGES);
		HOLDS(m.basis < BASES);
		HOLDS(m.reason < REASON_MAX);
	}
}

static void
policy(const uint8_t *p, size_t len)
{
	static struct ctl_policy m;

	if (dec_ctl_policy(p, len, &m) == 0) {
		HOLDS(m.membership <= MEMBERSHIP_ROUTERS);
		HOLDS(m.conf.nallowed <= CONF_MAX_PREFIXES);
	}
}

static void
right(const uint8_t *p, size_t len)
{
	struct ctl_right m;

	if (dec_ctl_right(p, len, &m) == 0)
		HOLDS(m.kind <= CTL_RIGHT_LENT);
}

int
main(void)
{
	EVERY_INPUT(get, 33, MSG_PAYLOAD);
	EVERY_INPUT(name, 34, MSG_PAYLOAD);
	EVERY_INPUT(why, 86, MSG_PAYLOAD);
	EVERY_INPUT(candidate, 66, MSG_PAYLOAD);
	EVERY_INPUT(event, 137, MSG_PAYLOAD);
	EVERY_INPUT(order, 34, MSG_PAYLOAD);
	EVERY_INPUT(trust, 75, MSG_PAYLOAD);
	EVERY_INPUT(plan, 141, MSG_PAYLOAD);
	EVERY_INPUT(policy, 14, MSG_PAYLOAD);
	EVERY_INPUT(right, 51, MSG_PAYLOAD);
	return 0;
}
