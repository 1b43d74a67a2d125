/* Conditions, reasons, events: their names. See reason.h. */
#include <stddef.h>

#include "proto/reason.h"

static const char unknown[] = "unknown";

const char *
cond_code(unsigned int c)
{
	static const char *const codes[] = {
#define X(name, code, text) code,
	    COND_TABLE(X)
#undef X
	};

	return c < COND_MAX ? codes[c] : unknown;
}

const char *
cond_text(unsigned int c)
{
	static const char *const texts[] = {
#define X(name, code, text) text,
	    COND_TABLE(X)
#undef X
	};

	return c < COND_MAX ? texts[c] : unknown;
}

static const struct {
	const char *code;
	const char *text;
	const char *advice;
} reasons[] = {
#define X(name, code, text, advice) {code, text, advice},
    REASON_TABLE(X)
#undef X
};

const char *
reason_code(unsigned int r)
{
	return r < REASON_MAX ? reasons[r].code : unknown;
}

const char *
reason_text(unsigned int r)
{
	return r < REASON_MAX ? reasons[r].text : unknown;
}

const char *
reason_advice(unsigned int r)
{
	return r < REASON_MAX ? reasons[r].advice : unknown;
}

const char *
event_name(unsigned int e)
{
	static const char *const names[] = {
#define X(name, code) code,
	    EVENT_TABLE(X)
#undef X
	};

	return e < EV_MAX ? names[e] : unknown;
}
