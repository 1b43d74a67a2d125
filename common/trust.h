/* Trust levels, in order (WIRE.md, "Trust"). */
#ifndef COMMON_TRUST_H
#define COMMON_TRUST_H

enum trust {
	TRUST_UNTRUSTED,
	TRUST_ENDPOINT,
	TRUST_ALLOWED_IPS,
	TRUST_MEMBERSHIP,
	TRUST_DELEGATE,
	TRUST_UNSET, /* no opinion */
};

/* "AllowedIPs" and its like; "unset" for TRUST_UNSET. */
const char *trust_name(enum trust t);
/* Case-insensitive. 0 or -1. */
int trust_parse(const char *s, enum trust *out);

#endif
