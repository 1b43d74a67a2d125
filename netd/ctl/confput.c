/* See confput.h. */
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/log.h"
#include "netd/ctl/confput.h"

void
confput_name(const void *bytes, size_t len, FILE *out)
{
	char text[CONF_NAME_STRLEN * 4];
	size_t n;

	if (len == 0)
		return;
	/* What is not printable, or too long, comes out as something else. */
	log_escape(bytes, len, text, sizeof(text));
	n = strlen(text);
	if (n == len && n < CONF_NAME_STRLEN && memcmp(text, bytes, n) == 0 &&
	    strchr(" #", text[0]) == NULL && text[n - 1] != ' ' &&
	    strstr(text, " #") == NULL)
		fprintf(out, "Name = %s\n", text);
	else
		fprintf(out, "# Its name can't be written here: %s\n", text);
}

int
confput_prefix(struct confput *w, const struct prefix *p, FILE *out)
{
	char text[PREFIX_STRLEN];

	prefix_format(p, text);
	for (size_t i = 0; i < w->n; i++) {
		if (!prefix_eq(&w->prefixes[i], p))
			continue;
		fprintf(out, "# There already: AllowedIPs = %s\n", text);
		return 0;
	}
	if (w->n == w->cap) {
		size_t cap = w->cap == 0 ? 64 : w->cap * 2;
		void *more = reallocarray(w->prefixes, cap, sizeof(*p));

		if (more == NULL)
			return -1;
		w->prefixes = more;
		w->cap = cap;
	}
	w->prefixes[w->n++] = *p;
	fprintf(out, "AllowedIPs = %s\n", text);
	return 0;
}
