/* See wgquick.h. */
#include <string.h>

#include "netd/ctl/wgquick.h"

#define LINE_LEN 1024

/* Cuts white space at both ends, in place. */
static char *
trim(char *s)
{
	char *end = s + strlen(s);

	s += strspn(s, " \t\r");
	while (end > s && strchr(" \t\r", end[-1]) != NULL)
		*--end = '\0';
	return s;
}

/* What a comment, from its # on, may call a peer; out is left alone when
 * that is no name: it is too long, or a setting that was commented out. */
static void
name_of(char *comment, char out[CONF_NAME_STRLEN])
{
	static const char *const heads[] = {"name", "friendly_name"};
	char *s = trim(comment + strspn(comment, "# \t"));

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t len = strlen(heads[i]);
		char *rest = s + len;

		if (strncasecmp(s, heads[i], len) != 0)
			continue;
		rest += strspn(rest, " \t");
		if (*rest == '=' || *rest == ':') {
			s = trim(rest + 1);
			break;
		}
	}
	if (*s != '\0' && strchr(s, '=') == NULL &&
	    strlen(s) < CONF_NAME_STRLEN)
		strlcpy(out, s, CONF_NAME_STRLEN);
}

struct state {
	struct wgquick *out;
	bool in_peer;
	char before[CONF_NAME_STRLEN]; /* of the line before */
	char name[CONF_NAME_STRLEN]; /* of the section */
};

static void
add(struct state *st, const struct key *key)
{
	struct wgquick *out = st->out;

	for (size_t i = 0; i < out->n; i++) {
		if (key_eq(&out->peers[i].key, key))
			return;
	}
	if (out->n == CONF_MAX_PEERS)
		return;
	out->peers[out->n].key = *key;
	strlcpy(out->peers[out->n++].name, st->name, CONF_NAME_STRLEN);
}

/* A line that is more than a comment; that one is in own, or "". */
static void
take(struct state *st, const char *line, const char *own)
{
	const char *nearest = own[0] != '\0' ? own : st->before, *eq;
	struct key key;

	if (line[0] == '[') {
		st->in_peer = strcasecmp(line, "[Peer]") == 0;
		strlcpy(st->name, nearest, sizeof(st->name));
		return;
	}
	eq = strchr(line, '=');
	if (!st->in_peer || eq == NULL ||
	    strncasecmp(line, "PublicKey", 9) != 0)
		return;
	eq++;
	eq += strspn(eq, " \t");
	if (st->name[0] == '\0')
		strlcpy(st->name, nearest, sizeof(st->name));
	if (key_parse(eq, &key) == 0)
		add(st, &key);
}

void
wgquick_parse(const char *text, size_t len, struct wgquick *out)
{
	struct state st = {.out = out};

	out->n = 0;
	while (len > 0) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl != NULL ? (size_t)(nl - text) : len;
		char line[LINE_LEN] = "", own[CONF_NAME_STRLEN] = "";
		char *s, *hash;

		if (n < sizeof(line))
			memcpy(line, text, n);
		hash = strchr(line, '#');
		if (hash != NULL) {
			name_of(hash, own);
			*hash = '\0';
		}
		s = trim(line);
		if (*s != '\0') {
			take(&st, s, own);
			own[0] = '\0';
		}
		/* A blank line, or a setting, parts it from what follows. */
		strlcpy(st.before, own, sizeof(st.before));
		explicit_bzero(line, sizeof(line));
		len -= nl != NULL ? n + 1 : n;
		text += nl != NULL ? n + 1 : n;
	}
}
