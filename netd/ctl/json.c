/* Answers as JSON. See show.h; docs/wirelinkctl.8 lists the fields. */
#include <json-c/json.h>
#include <string.h>

#include "common/log.h"
#include "netd/ctl/show.h"
#include "netd/fact.h"

#define JSON_VERSION 1

static void
put_str(struct json_object *o, const char *name, const char *s)
{
	json_object_object_add(o, name, json_object_new_string(s));
}

static void
put_int(struct json_object *o, const char *name, int64_t v)
{
	json_object_object_add(o, name, json_object_new_int64(v));
}

static void
put_u64(struct json_object *o, const char *name, uint64_t v)
{
	put_int(o, name, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

static void
put_bool(struct json_object *o, const char *name, bool v)
{
	json_object_object_add(o, name, json_object_new_boolean(v));
}

static void
put_key(struct json_object *o, const char *name, const struct key *k)
{
	char text[KEY_STRLEN];

	put_str(o, name, key_format(k, text));
}

/* Text from netd: JSON is to be valid whatever it holds. */
static const char *
clean(const char *s, char *out, size_t outlen)
{
	return log_escape(s, strlen(s), out, outlen);
}

static struct json_object *
json_self(const struct ctl_self *m)
{
	struct json_object *o = json_object_new_object();
	char text[ADDR_STRLEN], s[4 * PROTO_BUILD_LEN];

	put_str(o, "interface", clean(m->ifname, s, sizeof(s)));
	put_key(o, "public_key", &m->key);
	put_str(o, "auto_address", addr_format(&m->auto_addr, text));
	put_int(o, "listen_port", m->listen_port);
	put_int(o, "port", m->port);
	put_bool(o, "up", m->up);
	put_bool(o, "router", m->router);
	put_int(o, "peers", m->npeers);
	put_int(o, "facts", m->nfacts);
	put_str(o, "build", clean(m->build, s, sizeof(s)));
	return o;
}

static struct json_object *
json_prefixes(const struct ctl_peer *p)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < p->nprefixes; i++) {
		struct json_object *o = json_object_new_object();
		char text[PREFIX_STRLEN];

		put_str(
		    o, "prefix", prefix_format(&p->prefixes[i].prefix, text));
		put_bool(o, "given_by_wirelink", p->prefixes[i].ours);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
json_peer(const struct ctl_peer *p)
{
	struct json_object *o = json_object_new_object();
	char text[ENDPOINT_STRLEN], name[CTL_NAME_MAX * 4 + 1];

	put_key(o, "public_key", &p->key);
	if (p->name_len > 0)
		put_str(o, "name",
		    log_escape(p->name, p->name_len, name, sizeof(name)));
	put_str(o, "path", ctl_path_name(p->path));
	if (p->path == CTL_PATH_VIA)
		put_key(o, "via", &p->via);
	if (p->endpoint.addr.family != 0)
		put_str(o, "endpoint", endpoint_format(&p->endpoint, text));
	if (p->has_handshake)
		put_int(o, "handshake_age_s", p->handshake_age_s);
	put_bool(o, "alive", p->alive);
	if (p->alive)
		put_int(o, "alive_for_s", p->alive_for_s);
	put_str(o, "trust", trust_name(p->trust));
	if (p->has_rtt)
		put_int(o, "rtt_us", p->rtt_us);
	put_bool(o, "healthy", p->healthy);
	put_bool(o, "basic", p->basic);
	put_bool(o, "configured", p->configured);
	put_bool(o, "introduced", p->introduced);
	put_bool(o, "extended", p->extended);
	put_u64(o, "rx_bytes", p->rx_bytes);
	put_u64(o, "tx_bytes", p->tx_bytes);
	put_int(o, "candidates", p->ncandidates);
	put_int(o, "prefixes_held", p->nheld);
	json_object_object_add(o, "prefixes", json_prefixes(p));
	return o;
}

static struct json_object *
json_fact(const struct ctl_fact *f)
{
	struct json_object *o = json_object_new_object();
	char value[320];

	put_key(o, "subject", &f->subject);
	put_str(o, "attribute", fact_attr_name((enum attr)f->attr));
	put_str(o, "value", ctl_fact_value(f, value, sizeof(value)));
	put_int(o, "ttl_s", f->ttl_s);
	put_bool(o, "local", f->local);
	if (!f->local)
		put_key(o, "source", &f->source);
	return o;
}

int
ctl_print_json(const struct ctl_answer *a, enum ctl_what what, FILE *out)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const char *text;

	put_int(o, "version", JSON_VERSION);
	if (a->has_self)
		json_object_object_add(o, "self", json_self(&a->self));
	if (what == CTL_PEERS) {
		for (size_t i = 0; i < a->npeers; i++)
			json_object_array_add(list, json_peer(&a->peers[i]));
		json_object_object_add(o, "peers", json_object_get(list));
	} else if (what == CTL_FACTS) {
		for (size_t i = 0; i < a->nfacts; i++)
			json_object_array_add(list, json_fact(&a->facts[i]));
		json_object_object_add(o, "facts", json_object_get(list));
	} else if (what == CTL_COUNTERS) {
		struct json_object *c = json_object_new_object();

		for (size_t i = 0; i < a->ncounters; i++) {
			const struct ctl_counter *m = &a->counters[i];
			char name[4 * sizeof(m->name)];

			put_u64(
			    c, clean(m->name, name, sizeof(name)), m->value);
		}
		json_object_object_add(o, "counters", c);
	}
	json_object_put(list);
	text = json_object_to_json_string_ext(
	    o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text != NULL)
		fprintf(out, "%s\n", text);
	json_object_put(o);
	return text != NULL ? 0 : -1;
}
