/* wirelinkctl import: the Go program's configuration, in JSON, as ours. Keys
 * are its own, whatever their case; what has no counterpart, or a value that
 * ours does not take, is left as a comment. */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "netd/ctl/confput.h"
#include "netd/ctl/view.h"

#define FILE_MAX_LEN 1048576
#define DEPTH_MAX    16
#define SHOWN_LEN    200 /* of what is put into a comment */

struct import {
	FILE *out;
	struct confput written;
	size_t nkeys;
	struct key keys[CONF_MAX_PEERS]; /* that have a section */
};

/* A member's counterpart. False: it has none, or not with that value. */
typedef bool putter(struct import *im, struct json_object *v);

struct member {
	const char *name;
	putter *put;
};

/*
 * Values.
 */
static const char *
shown(struct json_object *v, char out[SHOWN_LEN])
{
	const char *s = json_object_to_json_string_ext(
	    v, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	return log_escape(
	    s != NULL ? s : "", s != NULL ? strlen(s) : 0, out, SHOWN_LEN);
}

/* NULL when v is no text, or not of one line of it. */
static const char *
string(struct json_object *v)
{
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return NULL;
	s = json_object_get_string(v);
	if (strlen(s) != (size_t)json_object_get_string_len(v))
		return NULL;
	return s;
}

/* A boolean, or one of the words that Go reads as one. */
static bool
boolean(struct json_object *v, bool *out)
{
	static const char *const words[] = {"0", "f", "F", "false", "FALSE",
	    "False", "1", "t", "T", "true", "TRUE", "True"};
	const char *s;

	if (json_object_is_type(v, json_type_boolean)) {
		*out = json_object_get_boolean(v);
		return true;
	}
	s = string(v);
	for (size_t i = 0; s != NULL && i < 12; i++) {
		if (strcmp(s, words[i]) == 0) {
			*out = i >= 6;
			return true;
		}
	}
	return false;
}

static bool
put_bool(struct import *im, const char *name, struct json_object *v)
{
	bool yes;

	if (!boolean(v, &yes))
		return false;
	fprintf(im->out, "%s = %s\n", name, yes ? "yes" : "no");
	return true;
}

/* Each text of a list by put_one, those that it does not take as comments. */
static bool
put_list(struct import *im, const char *name, struct json_object *v, size_t max,
    bool (*put_one)(struct import *im, const char *s))
{
	size_t n = 0;

	if (!json_object_is_type(v, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		struct json_object *one = json_object_array_get_idx(v, i);
		const char *s = string(one);
		char text[SHOWN_LEN];

		if (s != NULL && n < max && put_one(im, s))
			n++;
		else
			fprintf(im->out, "# Not taken over: %s: %s\n", name,
			    shown(one, text));
	}
	return true;
}

/*
 * Members of the whole.
 */
static bool
put_iface(struct import *im, struct json_object *v)
{
	char text[SHOWN_LEN];

	fprintf(im->out, "# Iface %s: the name of the file says which.\n",
	    shown(v, text));
	return true;
}

static bool
put_port(struct import *im, struct json_object *v)
{
	int64_t port = json_object_get_int64(v);

	if (!json_object_is_type(v, json_type_int) || port < 0 || port > 65535)
		return false;
	if (port == 0)
		fprintf(im->out, "# Port 0: WireGuard's + 1.\n");
	else
		fprintf(im->out, "Port = %d\n", (int)port);
	return true;
}

static bool
put_router(struct import *im, struct json_object *v)
{
	const char *s = string(v);

	if (s == NULL || strcmp(s, "auto") != 0)
		return put_bool(im, "Router", v);
	fprintf(im->out, "Router = auto\n");
	return true;
}

static bool
put_chatty(struct import *im, struct json_object *v)
{
	return put_bool(im, "Chatty", v);
}

static bool
plain_glob(const char *s)
{
	size_t len = strlen(s);

	for (const char *c = s; *c != '\0'; c++) {
		if (*c <= ' ' || *c == 0x7f || *c == ',' || *c == '#')
			return false;
	}
	return len > 0 && len < CONF_GLOB_STRLEN;
}

static bool
put_report_one(struct import *im, const char *s)
{
	if (plain_glob(s))
		fprintf(im->out, "ReportInterfaces = %s\n", s);
	return plain_glob(s);
}

static bool
put_report(struct import *im, struct json_object *v)
{
	return put_list(im, "ReportIfaces", v, CONF_MAX_GLOBS, put_report_one);
}

static bool
put_hide_one(struct import *im, const char *s)
{
	if (plain_glob(s))
		fprintf(im->out, "HideInterfaces = %s\n", s);
	return plain_glob(s);
}

static bool
put_hide(struct import *im, struct json_object *v)
{
	return put_list(im, "HideIfaces", v, CONF_MAX_GLOBS, put_hide_one);
}

/* Said elsewhere. */
static bool
put_nothing(struct import *im, struct json_object *v)
{
	(void)im;
	(void)v;
	return true;
}

static const struct member whole[] = {
    {"Iface", put_iface},
    {"Port", put_port},
    {"Router", put_router},
    {"Chatty", put_chatty},
    {"ReportIfaces", put_report},
    {"HideIfaces", put_hide},
    {"Peers", put_nothing},
    {NULL, NULL},
};

/*
 * Members of a peer.
 */
static bool
put_name(struct import *im, struct json_object *v)
{
	if (!json_object_is_type(v, json_type_string))
		return false;
	confput_name(json_object_get_string(v),
	    (size_t)json_object_get_string_len(v), im->out);
	return true;
}

static bool
put_trust(struct import *im, struct json_object *v)
{
	const char *s = string(v);
	enum trust trust;

	if (s != NULL && s[0] == '\0')
		return true;
	if (s == NULL || trust_parse(s, &trust) == -1)
		return false;
	fprintf(im->out, "Trust = %s\n", trust_name(trust));
	return true;
}

static bool
put_exchanger(struct import *im, struct json_object *v)
{
	return put_bool(im, "FactExchanger", v);
}

static bool
put_basic(struct import *im, struct json_object *v)
{
	return put_bool(im, "Basic", v);
}

/* host:port with a number; a name, an IPv4 address, or an IPv6 one in []. */
static bool
put_endpoint(struct import *im, const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM"
				      "NOPQRSTUVWXYZ0123456789-._";
	const char *colon = strrchr(s, ':'), *why;
	struct endpoint e;
	size_t len;

	if (colon == NULL)
		return false;
	len = (size_t)(colon - s);
	if (strtonum(colon + 1, 1, 65535, &why) == 0 || why != NULL ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return false;
	if (len == 0 || len >= CONF_HOST_STRLEN ||
	    (strspn(s, letters) != len && endpoint_parse(s, &e) == -1))
		return false;
	fprintf(im->out, "Endpoints = %s\n", s);
	return true;
}

static bool
put_endpoints(struct import *im, struct json_object *v)
{
	return put_list(im, "Endpoints", v, CONF_MAX_ENDPOINTS, put_endpoint);
}

static bool
put_prefix(struct import *im, const char *s)
{
	struct prefix p;

	return prefix_parse(s, &p) == 0 &&
	    confput_prefix(&im->written, &p, im->out) == 0;
}

static bool
put_allowed(struct import *im, struct json_object *v)
{
	return put_list(im, "AllowedIPs", v, CONF_MAX_PREFIXES, put_prefix);
}

static const struct member peer[] = {
    {"PublicKey", put_nothing},
    {"Name", put_name},
    {"Trust", put_trust},
    {"FactExchanger", put_exchanger},
    {"Basic", put_basic},
    {"Endpoints", put_endpoints},
    {"AllowedIPs", put_allowed},
    {NULL, NULL},
};

/*
 * Objects.
 */

/* NULL when o is no object, or has none; if it has several, the last. */
static struct json_object *
find(struct json_object *o, const char *name)
{
	struct json_object *found = NULL;

	if (!json_object_is_type(o, json_type_object))
		return NULL;
	json_object_object_foreach(o, key, value)
	{
		if (strcasecmp(key, name) == 0)
			found = value;
	}
	return found;
}

static void
put_member(struct import *im, const struct member *list, const char *name,
    struct json_object *v)
{
	char text[SHOWN_LEN], key[SHOWN_LEN];

	while (list->name != NULL && strcasecmp(list->name, name) != 0)
		list++;
	log_escape(name, strlen(name), key, sizeof(key));
	if (list->name == NULL)
		fprintf(
		    im->out, "# No counterpart: %s: %s\n", key, shown(v, text));
	else if (!list->put(im, v))
		fprintf(
		    im->out, "# Not taken over: %s: %s\n", key, shown(v, text));
}

/* Two spellings of one key are one: the last counts. */
static void
put_members(struct import *im, const struct member *list, struct json_object *o)
{
	json_object_object_foreach(o, key, value)
	{
		if (find(o, key) == value)
			put_member(im, list, key, value);
	}
}

static bool
new_key(struct import *im, struct json_object *o, struct key *key)
{
	struct json_object *v = find(o, "PublicKey");
	const char *s = v != NULL ? string(v) : NULL;

	if (s == NULL || key_parse(s, key) == -1 || key_is_zero(key) ||
	    im->nkeys == CONF_MAX_PEERS)
		return false;
	for (size_t i = 0; i < im->nkeys; i++) {
		if (key_eq(&im->keys[i], key))
			return false;
	}
	im->keys[im->nkeys++] = *key;
	return true;
}

static void
put_peer(struct import *im, struct json_object *o)
{
	char text[SHOWN_LEN];
	struct key key;

	if (!new_key(im, o, &key)) {
		fprintf(
		    im->out, "\n# Not taken over: Peers: %s\n", shown(o, text));
		return;
	}
	fprintf(im->out, "\n[Peer]\nPublicKey = %s\n", key_format(&key, text));
	put_members(im, peer, o);
}

/* Its rule for who may introduce peers, which is no key of its own. */
static void
put_policy(struct import *im, struct json_object *peers)
{
	bool trust = false;
	size_t n = json_object_is_type(peers, json_type_array)
	    ? json_object_array_length(peers)
	    : 0;

	for (size_t i = 0; i < n && !trust; i++) {
		struct json_object *v =
		    find(json_object_array_get_idx(peers, i), "Trust");
		const char *s = v != NULL ? string(v) : NULL;

		trust = s != NULL && s[0] != '\0';
	}
	fprintf(im->out,
	    "\n[Policy]\n"
	    "# It let routers introduce peers where no peer had a Trust, and\n"
	    "# else those whose Trust said so. \"none\" lets nobody.\n"
	    "Membership = %s\n"
	    "# It had nothing like this, which bounds what peers may be given:\n"
	    "#AllowedPrefixes =\n",
	    trust ? "configured" : "routers");
}

static int
put_whole(struct import *im, struct json_object *o, FILE *err)
{
	struct json_object *peers = find(o, "Peers");

	if (!json_object_is_type(o, json_type_object) ||
	    (peers != NULL && !json_object_is_type(peers, json_type_array))) {
		fprintf(err, "wirelinkctl: this is no configuration\n");
		return CTL_FAILED;
	}
	fprintf(im->out, "[Link]\n");
	put_members(im, whole, o);
	put_policy(im, peers);
	for (size_t i = 0; peers != NULL && i < json_object_array_length(peers);
	     i++)
		put_peer(im, json_object_array_get_idx(peers, i));
	return CTL_OK;
}

int
ctl_import_text(const char *text, size_t len, FILE *out, FILE *err)
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
	struct import *im = calloc(1, sizeof(*im));
	struct json_object *o = NULL;
	int rv = CTL_FAILED;

	if (tok == NULL || im == NULL) {
		fprintf(err, "wirelinkctl: no memory\n");
	} else {
		json_tokener_set_flags(
		    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		o = json_tokener_parse_ex(tok, text, (int)len);
		im->out = out;
		if (o != NULL)
			rv = put_whole(im, o, err);
		else
			fprintf(err, "wirelinkctl: byte %zu: %s\n",
			    json_tokener_get_parse_end(tok),
			    json_tokener_error_desc(
				json_tokener_get_error(tok)));
		free(im->written.prefixes);
	}
	json_object_put(o);
	free(im);
	if (tok != NULL)
		json_tokener_free(tok);
	return rv;
}

/* The whole file, with a NUL; NULL with a line on err. */
static char *
read_file(const char *path, size_t *len, FILE *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text = malloc(FILE_MAX_LEN + 1);
	ssize_t n = 0;

	*len = 0;
	if (fd != -1 && text != NULL) {
		do {
			n = read(fd, text + *len, FILE_MAX_LEN + 1 - *len);
			*len += n > 0 ? (size_t)n : 0;
		} while (n > 0);
	}
	if (fd == -1 || text == NULL || n == -1 || *len > FILE_MAX_LEN) {
		fprintf(err, "wirelinkctl: %s: %s\n", path,
		    *len > FILE_MAX_LEN ? "longer than 1 MiB"
					: strerror(errno));
		free(text);
		text = NULL;
	} else {
		text[*len] = '\0';
	}
	if (fd != -1)
		close(fd);
	return text;
}

int
ctl_import(const struct ctl_options *o, FILE *out, FILE *err)
{
	size_t len;
	char *text = read_file(o->file, &len, err);
	int rv = CTL_FAILED;

	if (text == NULL)
		return CTL_FAILED;
	if (!o->confine || ctl_confine(err) == 0)
		rv = ctl_import_text(text, len + 1, out, err);
	free(text);
	return rv;
}
