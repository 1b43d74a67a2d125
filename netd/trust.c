/* Whom to believe what. See trust.h. */
#include "netd/trust.h"

enum trust
trust_of_source(enum trust configured, bool router, bool on_device,
    enum conf_membership membership)
{
	if (configured != TRUST_UNSET)
		return configured;
	if (router)
		return membership == MEMBERSHIP_ROUTERS ? TRUST_MEMBERSHIP
							: TRUST_ALLOWED_IPS;
	return on_device ? TRUST_ENDPOINT : TRUST_UNSET;
}

enum trust
trust_with_lent(enum trust configured, enum trust own, enum trust lent)
{
	if (configured != TRUST_UNSET || own == TRUST_UNSET ||
	    lent == TRUST_UNSET || lent > TRUST_MEMBERSHIP || lent <= own)
		return own;
	return lent;
}

static bool
needed_for(enum attr attr, enum trust *needed)
{
	switch (attr) {
	case ATTR_ENDPOINT_V4:
	case ATTR_ENDPOINT_V6:
		*needed = TRUST_ENDPOINT;
		return true;
	case ATTR_ALLOWED_V4:
	case ATTR_ALLOWED_V6:
		*needed = TRUST_ALLOWED_IPS;
		return true;
	case ATTR_MEMBER:
	case ATTR_METADATA:
		*needed = TRUST_MEMBERSHIP;
		return true;
	case ATTR_TRUST:
		*needed = TRUST_DELEGATE;
		return true;
	default:
		return false;
	}
}

bool
trust_accepts(enum attr attr, bool subject_known, enum trust level)
{
	enum trust needed;

	if (level == TRUST_UNSET || !needed_for(attr, &needed))
		return false;
	if (!subject_known && needed < TRUST_MEMBERSHIP)
		needed = TRUST_MEMBERSHIP;
	return level >= needed;
}
