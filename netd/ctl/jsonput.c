/* Members of JSON objects. See json.h. */
#include <string.h>

#include "common/log.h"
#include "netd/ctl/json.h"

void
json_put_str(struct json_object *o, const char *name, const char *s)
{
	json_object_object_add(o, name, json_object_new_string(s));
}

void
json_put_int(struct json_object *o, const char *name, int64_t v)
{
	json_object_object_add(o, name, json_object_new_int64(v));
}

void
json_put_u64(struct json_object *o, const char *name, uint64_t v)
{
	json_put_int(o, name, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void
json_put_bool(struct json_object *o, const char *name, bool v)
{
	json_object_object_add(o, name, json_object_new_boolean(v));
}

void
json_put_key(struct json_object *o, const char *name, const struct key *k)
{
	char text[KEY_STRLEN];

	json_put_str(o, name, key_format(k, text));
}

const char *
json_clean(const char *s, char *out, size_t outlen)
{
	return log_escape(s, strlen(s), out, outlen);
}

void
json_put_endpoint(
    struct json_object *o, const char *name, const struct endpoint *e)
{
	char text[ENDPOINT_STRLEN];

	if (e->addr.family != 0)
		json_put_str(o, name, endpoint_format(e, text));
}

void
json_put_prefix(struct json_object *o, const char *name, const struct prefix *p)
{
	char text[PREFIX_STRLEN];

	if (p->addr.family != 0)
		json_put_str(o, name, prefix_format(p, text));
}

int
json_print(struct json_object *o, int style, FILE *out)
{
	const char *text = json_object_to_json_string_ext(
	    o, style | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text != NULL)
		fprintf(out, "%s\n", text);
	json_object_put(o);
	return text != NULL ? 0 : -1;
}
