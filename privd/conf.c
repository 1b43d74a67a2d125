/*
 * The grammar of /etc/wirelink/IFACE.conf, on top of common/confread, which
 * has seen to the file's owner, mode and size. What is not understood is an
 * error, never ignored.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/confread.h"
#include "common/log.h"
#include "privd/conf.h"

#define NAME_ADVISED 16 /* bytes that every implementation takes */

/* In the order of their enums. */
static const char *const noyes[] = {"no", "yes", NULL};
static const char *const routers[] = {"auto", "yes", "no", NULL};
static const char *const backends[] = {"auto", "kernel", "userspace", NULL};
static const char *const memberships[] = {
    "none", "configured", "routers", NULL};

struct parser {
	struct confread cr;
	struct privd_conf *c;
	struct conf_peer *peer; /* of the [Peer] at hand */
	unsigned int seen; /* settings, by their place in the table */
	unsigned int quorum_line;
};

typedef int setter(struct parser *p, const char *value);

static int
expected(struct parser *p, const char *what, const char *value)
{
	return confread_fail(
	    &p->cr, "%s: expected %s, not \"%.100s\"", p->cr.name, what, value);
}

/* The index of value among words, or -1 with the error set. */
static int
one_of(struct parser *p, const char *value, const char *const *words,
    const char *what)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcasecmp(words[i], value) == 0)
			return i;
	return expected(p, what, value);
}

static int
yes_no(struct parser *p, const char *value, bool *out)
{
	int i = one_of(p, value, noyes, "yes or no");

	*out = i == 1;
	return i == -1 ? -1 : 0;
}

static int
integer(struct parser *p, const char *value, long long max, long long *out)
{
	const char *why;

	*out = strtonum(value, 1, max, &why);
	return why == NULL ? 0
			   : confread_fail(&p->cr,
				 "%s: expected a number from 1 to %lld, not "
				 "\"%.100s\"",
				 p->cr.name, max, value);
}

/* The next item of a comma list, trimmed; NULL at the end. Items are cut
 * from *s in place. */
static char *
next_item(char **s)
{
	char *item = strsep(s, ","), *end;

	if (item == NULL)
		return NULL;
	item += strspn(item, " \t");
	end = item + strlen(item);
	while (end > item && isblank((unsigned char)end[-1]))
		*--end = '\0';
	return item;
}

static int
add_prefix(struct parser *p, const char *s, struct prefix **list, size_t *n)
{
	struct prefix prefix, *more;

	if (prefix_parse(s, &prefix) == -1)
		return expected(p, "address/length", s);
	for (size_t i = 0; i < *n; i++)
		if (prefix_eq(&(*list)[i], &prefix))
			return confread_fail(
			    &p->cr, "%s: %s is there twice", p->cr.name, s);
	if (*n == CONF_MAX_PREFIXES)
		return confread_fail(&p->cr, "%s: more than %d prefixes",
		    p->cr.name, CONF_MAX_PREFIXES);
	more = reallocarray(*list, *n + 1, sizeof prefix);
	if (more == NULL)
		return confread_fail(&p->cr, "no memory");
	more[(*n)++] = prefix;
	*list = more;
	return 0;
}

static int
add_glob(struct parser *p, const char *s, struct conf_globs *g)
{
	if (*s == '\0' || strlen(s) >= CONF_GLOB_STRLEN)
		return expected(p, "interface names or patterns", s);
	if (g->n == CONF_MAX_GLOBS)
		return confread_fail(&p->cr, "%s: more than %d patterns",
		    p->cr.name, CONF_MAX_GLOBS);
	strlcpy(g->glob[g->n++], s, CONF_GLOB_STRLEN);
	return 0;
}

/* "host:port"; an IPv6 address in brackets. */
static int
add_host(struct parser *p, const char *s)
{
	static const char what[] = "host:port, with an IPv6 address in []";
	struct conf_host h = {0}, *more;
	const char *colon = strrchr(s, ':'), *why;
	struct addr addr;
	size_t len;

	if (colon == NULL)
		return expected(p, what, s);
	h.port = (uint16_t)strtonum(colon + 1, 1, 65535, &why);
	len = (size_t)(colon - s);
	if (why != NULL || len == 0 || len >= sizeof h.host)
		return expected(p, what, s);
	if (s[0] == '[' && s[len - 1] == ']') {
		memcpy(h.host, s + 1, len - 2);
		if (addr_parse(h.host, &addr) == -1 || addr.family != 6)
			return expected(p, what, s);
	} else {
		memcpy(h.host, s, len);
		for (const char *q = h.host; *q != '\0'; q++)
			if (!isalnum((unsigned char)*q) &&
			    strchr("-._", *q) == NULL)
				return expected(p, what, s);
	}
	if (p->peer->nendpoints == CONF_MAX_ENDPOINTS)
		return confread_fail(
		    &p->cr, "%s: more than %d", p->cr.name, CONF_MAX_ENDPOINTS);
	more =
	    reallocarray(p->peer->endpoints, p->peer->nendpoints + 1, sizeof h);
	if (more == NULL)
		return confread_fail(&p->cr, "no memory");
	more[p->peer->nendpoints++] = h;
	p->peer->endpoints = more;
	return 0;
}

static int
set_router(struct parser *p, const char *value)
{
	int i = one_of(p, value, routers, "auto, yes or no");

	p->c->link.router = (enum conf_router)i;
	return i;
}

static int
set_port(struct parser *p, const char *value)
{
	long long v;

	if (integer(p, value, 65535, &v) == -1)
		return -1;
	p->c->port = (uint16_t)v;
	return 0;
}

static int
set_chatty(struct parser *p, const char *value)
{
	return yes_no(p, value, &p->c->link.chatty);
}

static int
set_report(struct parser *p, const char *item)
{
	return add_glob(p, item, &p->c->link.report);
}

static int
set_hide(struct parser *p, const char *item)
{
	return add_glob(p, item, &p->c->link.hide);
}

static int
set_backend(struct parser *p, const char *value)
{
	int i = one_of(p, value, backends, "auto, kernel or userspace");

	p->c->backend = (enum wg_choice)i;
	return i;
}

static int
set_group(struct parser *p, const char *value)
{
	if (strlcpy(p->c->control_group, value, CONF_GROUP_STRLEN) >=
	    CONF_GROUP_STRLEN)
		return expected(p, "the name of a group", value);
	return 0;
}

static int
set_membership(struct parser *p, const char *value)
{
	int i = one_of(p, value, memberships, "none, configured or routers");

	p->c->link.membership = (enum conf_membership)i;
	return i;
}

static int
set_allowed(struct parser *p, const char *item)
{
	return add_prefix(p, item, &p->c->allowed, &p->c->nallowed);
}

static int
set_max_peers(struct parser *p, const char *value)
{
	long long v;

	if (integer(p, value, WG_MAX_PEERS, &v) == -1)
		return -1;
	p->c->max_peers = (size_t)v;
	return 0;
}

static int
set_quorum(struct parser *p, const char *value)
{
	long long v;

	if (integer(p, value, CONF_MAX_QUORUM, &v) == -1)
		return -1;
	p->c->link.quorum = (uint8_t)v;
	p->quorum_line = p->cr.line;
	return 0;
}

static int
set_tell_trust(struct parser *p, const char *value)
{
	return yes_no(p, value, &p->c->link.tell_trust);
}

static int
set_key(struct parser *p, const char *value)
{
	struct key key;

	if (key_parse(value, &key) == -1 || key_is_zero(&key))
		return expected(p, "a public key in base64", value);
	if (conf_find(p->c, &key) != NULL)
		return confread_fail(
		    &p->cr, "a second [Peer] with the key %s", value);
	p->peer->key = key;
	return 0;
}

static int
set_name(struct parser *p, const char *value)
{
	char escaped[CONF_NAME_STRLEN * 4 + 8];

	/* What has to be escaped can't be shown as it is. */
	log_escape(value, strlen(value), escaped, sizeof escaped);
	if (strlen(value) >= CONF_NAME_STRLEN || strcmp(escaped, value) != 0)
		return expected(p,
		    "at most 64 bytes of printable UTF-8, no backslash",
		    escaped);
	if (strlen(value) > NAME_ADVISED)
		log_warnx("%s:%u: Name: other implementations take no more "
			  "than %d bytes",
		    p->cr.path, p->cr.line, NAME_ADVISED);
	strlcpy(p->peer->name, value, sizeof p->peer->name);
	return 0;
}

static int
set_trust(struct parser *p, const char *value)
{
	if (trust_parse(value, &p->peer->trust) == 0 &&
	    p->peer->trust != TRUST_UNSET)
		return 0;
	return expected(p,
	    "Untrusted, Endpoint, AllowedIPs, Membership or DelegateTrust",
	    value);
}

static int
set_exchanger(struct parser *p, const char *value)
{
	return yes_no(p, value, &p->peer->exchanger);
}

static int
set_basic(struct parser *p, const char *value)
{
	return yes_no(p, value, &p->peer->basic);
}

static int
set_allowed_ips(struct parser *p, const char *item)
{
	const struct conf_peer *other;
	struct prefix prefix;

	for (other = p->c->peers; other < p->peer; other++)
		for (size_t i = 0; i < other->nprefixes; i++)
			if (prefix_parse(item, &prefix) == 0 &&
			    prefix_eq(&other->prefixes[i], &prefix))
				return confread_fail(&p->cr,
				    "AllowedIPs: another [Peer] has %s", item);
	return add_prefix(p, item, &p->peer->prefixes, &p->peer->nprefixes);
}

static const struct setting {
	const char *section;
	const char *name;
	setter *set;
	bool list; /* may be repeated; set is called for each item */
} settings[] = {
    {"Link", "Router", set_router, false},
    {"Link", "Port", set_port, false},
    {"Link", "Chatty", set_chatty, false},
    {"Link", "ReportInterfaces", set_report, true},
    {"Link", "HideInterfaces", set_hide, true},
    {"Link", "Backend", set_backend, false},
    {"Link", "ControlGroup", set_group, false},
    {"Policy", "Membership", set_membership, false},
    {"Policy", "AllowedPrefixes", set_allowed, true},
    {"Policy", "MaxPeers", set_max_peers, false},
    {"Policy", "Quorum", set_quorum, false},
    {"Policy", "TellTrust", set_tell_trust, false},
    {"Peer", "PublicKey", set_key, false},
    {"Peer", "Name", set_name, false},
    {"Peer", "Trust", set_trust, false},
    {"Peer", "FactExchanger", set_exchanger, false},
    {"Peer", "Basic", set_basic, false},
    {"Peer", "Endpoints", add_host, true},
    {"Peer", "AllowedIPs", set_allowed_ips, true},
};
#define NSETTINGS (sizeof settings / sizeof settings[0])

/* "a, b or c" of the keys of a section. */
static const char *
list_keys(const char *section, char *out, size_t len)
{
	*out = '\0';
	for (size_t i = 0; i < NSETTINGS; i++) {
		if (strcmp(settings[i].section, section) != 0)
			continue;
		if (*out != '\0')
			strlcat(out, ", ", len);
		strlcat(out, settings[i].name, len);
	}
	return out;
}

/* Hands a value, or an item of a list, to its setter. 0 or -1. */
static int
set(struct parser *p, const struct setting *s, const char *value)
{
	if (*value == '#')
		return confread_fail(&p->cr,
		    "%s: a value can't begin with #, which begins a comment",
		    s->name);
	return s->set(p, value) == -1 ? -1 : 0;
}

static int
entry(struct parser *p, const char *section)
{
	char keys[200], *rest = p->cr.value, *item;
	size_t i;

	if (section == NULL)
		return confread_fail(&p->cr,
		    "expected [Link], [Policy] or [Peer] before %s",
		    p->cr.name);
	for (i = 0; i < NSETTINGS; i++)
		if (strcmp(settings[i].section, section) == 0 &&
		    strcasecmp(settings[i].name, p->cr.name) == 0)
			break;
	if (i == NSETTINGS)
		return confread_fail(&p->cr,
		    "unknown key \"%.40s\" in [%s], expected one of %s",
		    p->cr.name, section, list_keys(section, keys, sizeof keys));
	if (!settings[i].list) {
		if (p->seen & 1u << i)
			return confread_fail(
			    &p->cr, "%s is there twice", settings[i].name);
		p->seen |= 1u << i;
		return set(p, &settings[i], p->cr.value);
	}
	while ((item = next_item(&rest)) != NULL)
		if (set(p, &settings[i], item) == -1)
			return -1;
	return 0;
}

static int
end_peer(struct parser *p)
{
	if (p->peer != NULL && key_is_zero(&p->peer->key))
		return confread_fail(
		    &p->cr, "the [Peer] before this line has no PublicKey");
	return 0;
}

/* A new section; the name as in the table, or NULL with the error set. */
static const char *
enter(struct parser *p)
{
	static const char *const names[] = {"Link", "Policy", "Peer", NULL};
	struct privd_conf *c = p->c;
	struct conf_peer *more;
	int i;

	if (end_peer(p) == -1)
		return NULL;
	for (i = 0; names[i] != NULL; i++)
		if (strcasecmp(names[i], p->cr.name) == 0)
			break;
	if (names[i] == NULL) {
		confread_fail(&p->cr,
		    "unknown section [%.40s], expected [Link], [Policy] or "
		    "[Peer]",
		    p->cr.name);
		return NULL;
	}
	p->peer = NULL;
	if (i != 2)
		return names[i];
	if (c->npeers == CONF_MAX_PEERS) {
		confread_fail(&p->cr, "more than %d [Peer]", CONF_MAX_PEERS);
		return NULL;
	}
	more = reallocarray(c->peers, c->npeers + 1, sizeof *more);
	if (more == NULL) {
		confread_fail(&p->cr, "no memory");
		return NULL;
	}
	c->peers = more;
	p->peer = &c->peers[c->npeers++];
	*p->peer = (struct conf_peer){.trust = TRUST_UNSET};
	for (size_t s = 0; s < NSETTINGS; s++)
		if (strcmp(settings[s].section, names[i]) == 0)
			p->seen &= ~(1u << s);
	return names[i];
}

/* The AllowedIPs of all peers in one list. */
static int
gather_homes(struct parser *p)
{
	struct privd_conf *c = p->c;
	size_t total = 0;

	for (size_t i = 0; i < c->npeers; i++)
		total += c->peers[i].nprefixes;
	c->homes = calloc(total + 1, sizeof *c->homes);
	if (c->homes == NULL)
		return confread_fail(&p->cr, "no memory");
	for (size_t i = 0; i < c->npeers; i++)
		for (size_t j = 0; j < c->peers[i].nprefixes; j++)
			c->homes[c->nhomes++] = (struct conf_home){
			    c->peers[i].key, c->peers[i].prefixes[j]};
	return 0;
}

void
conf_default(struct privd_conf *c)
{
	memset(c, 0, sizeof *c);
	c->max_peers = CONF_DEFAULT_MAX_PEERS;
	c->link.quorum = 1;
}

void
conf_clear(struct privd_conf *c)
{
	for (size_t i = 0; i < c->npeers; i++)
		conf_peer_clear(&c->peers[i]);
	free(c->peers);
	free(c->allowed);
	free(c->homes);
	memset(c, 0, sizeof *c);
}

/* With Membership = routers the device decides how many there are. */
static void
warn_quorum(const struct parser *p)
{
	const struct privd_conf *c = p->c;
	unsigned int sources = 0;

	for (size_t i = 0; i < c->npeers; i++)
		sources += c->peers[i].trust == TRUST_MEMBERSHIP ||
		    c->peers[i].trust == TRUST_DELEGATE;
	if (c->link.quorum > 1 && c->link.membership != MEMBERSHIP_ROUTERS &&
	    (c->link.quorum > sources || c->link.membership == MEMBERSHIP_NONE))
		log_warnx("%s:%u: Quorum = %u, but %u sources may name "
			  "members: none is accepted",
		    p->cr.path, p->quorum_line, c->link.quorum,
		    c->link.membership == MEMBERSHIP_NONE ? 0 : sources);
}

/* Reads what p->cr has open, and closes it. 0 or -1, as conf_load. */
static int
parse(struct parser *p)
{
	const char *section = NULL;
	int r = 0;

	while (r == 0) {
		switch (confread_next(&p->cr)) {
		case CONFREAD_SECTION:
			r = (section = enter(p)) == NULL ? -1 : 0;
			break;
		case CONFREAD_ENTRY:
			r = entry(p, section);
			break;
		case CONFREAD_ERROR:
			r = -1;
			break;
		case CONFREAD_END:
			r = end_peer(p) == -1 || gather_homes(p) == -1 ? -1 : 1;
			warn_quorum(p);
			break;
		}
	}
	if (r == -1)
		log_errx("%s", p->cr.error);
	confread_close(&p->cr);
	errno = EINVAL;
	return r == -1 ? -1 : 0;
}

int
conf_load(struct privd_conf *c, int dir, const char *path, bool must_exist)
{
	const char *slash = strrchr(path, '/'), *name = path;
	struct parser p = {.c = c};
	int saved;

	conf_default(c);
	if (dir != AT_FDCWD && slash != NULL)
		name = slash + 1;
	if (confread_openat(&p.cr, dir, name, path) == 0)
		return parse(&p);
	if (errno == ENOENT && !must_exist)
		return 0;
	saved = errno;
	log_errx("%s", p.cr.error);
	errno = saved;
	return -1;
}

int
conf_parse(struct privd_conf *c, const char *path, const void *text, size_t len)
{
	struct parser p = {.c = c};

	conf_default(c);
	if (confread_memory(&p.cr, path, text, len) == 0)
		return parse(&p);
	log_errx("%s", p.cr.error);
	return -1;
}

const struct conf_peer *
conf_find(const struct privd_conf *c, const struct key *key)
{
	for (size_t i = 0; i < c->npeers; i++)
		if (key_eq(&c->peers[i].key, key))
			return &c->peers[i];
	return NULL;
}

static void
print_globs(const char *name, const struct conf_globs *g, FILE *out)
{
	for (size_t i = 0; i < g->n; i++)
		fprintf(out, "%s = %s\n", name, g->glob[i]);
}

static void
print_host(const struct conf_host *h, FILE *out)
{
	bool v6 = strchr(h->host, ':') != NULL;

	fprintf(out, "Endpoints = %s%s%s:%u\n", v6 ? "[" : "", h->host,
	    v6 ? "]" : "", h->port);
}

static void
print_peer(const struct conf_peer *p, FILE *out)
{
	char key[KEY_STRLEN], prefix[PREFIX_STRLEN];

	fprintf(out, "\n[Peer]\nPublicKey = %s\n", key_format(&p->key, key));
	if (*p->name != '\0')
		fprintf(out, "Name = %s\n", p->name);
	if (p->trust != TRUST_UNSET)
		fprintf(out, "Trust = %s\n", trust_name(p->trust));
	fprintf(out, "FactExchanger = %s\nBasic = %s\n", noyes[p->exchanger],
	    noyes[p->basic]);
	for (size_t i = 0; i < p->nendpoints; i++)
		print_host(&p->endpoints[i], out);
	for (size_t i = 0; i < p->nprefixes; i++)
		fprintf(out, "AllowedIPs = %s\n",
		    prefix_format(&p->prefixes[i], prefix));
}

void
conf_print(const struct privd_conf *c, FILE *out)
{
	char prefix[PREFIX_STRLEN];

	fprintf(out, "[Link]\nRouter = %s\nChatty = %s\nBackend = %s\n",
	    routers[c->link.router], noyes[c->link.chatty],
	    backends[c->backend]);
	if (c->port != 0)
		fprintf(out, "Port = %u\n", c->port);
	else
		fprintf(out, "# Port = WireGuard's listen port + 1\n");
	if (*c->control_group != '\0')
		fprintf(out, "ControlGroup = %s\n", c->control_group);
	print_globs("ReportInterfaces", &c->link.report, out);
	print_globs("HideInterfaces", &c->link.hide, out);
	fprintf(out,
	    "\n[Policy]\nMembership = %s\nMaxPeers = %zu\nQuorum = %u\n"
	    "TellTrust = %s\n",
	    memberships[c->link.membership], c->max_peers, c->link.quorum,
	    noyes[c->link.tell_trust]);
	for (size_t i = 0; i < c->nallowed; i++)
		fprintf(out, "AllowedPrefixes = %s\n",
		    prefix_format(&c->allowed[i], prefix));
	for (size_t i = 0; i < c->npeers; i++)
		print_peer(&c->peers[i], out);
}
