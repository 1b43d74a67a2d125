/* Names of trust levels. See trust.h. */
#include <strings.h>

#include "common/trust.h"

static const char *const names[] = {
    [TRUST_UNTRUSTED] = "Untrusted",
    [TRUST_ENDPOINT] = "Endpoint",
    [TRUST_ALLOWED_IPS] = "AllowedIPs",
    [TRUST_MEMBERSHIP] = "Membership",
    [TRUST_DELEGATE] = "DelegateTrust",
};

const char *
trust_name(enum trust t)
{
	return t <= TRUST_DELEGATE ? names[t] : "unset";
}

int
trust_parse(const char *s, enum trust *out)
{
	for (int t = TRUST_UNTRUSTED; t <= TRUST_DELEGATE; t++) {
		if (strcasecmp(s, names[t]) == 0) {
			*out = (enum trust)t;
			return 0;
		}
	}
	return -1;
}
