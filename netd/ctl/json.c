/* Answers as JSON. See show.h; docs/wirelinkctl.8 lists the fields. */
#include <json-c/json.h>
#include <string.h>

#include "common/log.h"
#include "netd/ctl/json.h"
#include "netd/ctl/show.h"
#include "netd/fact.h"

struct json_object *
json_self(const struct ctl_self *m)
{
	struct json_object *o = json_object_new_object();
	char text[ADDR_STRLEN], s[4 * PROTO_BUILD_LEN];

	json_put_str(o, "interface", json_clean(m->ifname, s, sizeof(s)));
	json_put_key(o, "public_key", &m->key);
	json_put_str(o, "auto_address", addr_format(&m->auto_addr, text));
	json_put_int(o, "listen_port", m->listen_port);
	json_put_int(o, "port", m->port);
	json_put_bool(o, "up", m->up);
	json_put_bool(o, "router", m->router);
	json_put_bool(o, "observes_only", m->observe);
	json_put_int(o, "peers", m->npeers);
	json_put_int(o, "facts", m->nfacts);
	json_put_str(o, "build", json_clean(m->build, s, sizeof(s)));
	return o;
}

static struct json_object *
json_prefixes(const struct ctl_peer *p)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < p->nprefixes; i++) {
		struct json_object *o = json_object_new_object();
		char text[PREFIX_STRLEN];

		json_put_str(
		    o, "prefix", prefix_format(&p->prefixes[i].prefix, text));
		json_put_bool(o, "given_by_wirelink", p->prefixes[i].ours);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
json_peer(const struct ctl_peer *p)
{
	struct json_object *o = json_object_new_object();
	char text[ENDPOINT_STRLEN], name[CTL_NAME_MAX * 4 + 1];

	json_put_key(o, "public_key", &p->key);
	if (p->name_len > 0)
		json_put_str(o, "name",
		    log_escape(p->name, p->name_len, name, sizeof(name)));
	json_put_str(o, "path", ctl_path_name(p->path));
	if (p->path == CTL_PATH_VIA)
		json_put_key(o, "via", &p->via);
	if (p->endpoint.addr.family != 0)
		json_put_str(
		    o, "endpoint", endpoint_format(&p->endpoint, text));
	if (p->has_handshake)
		json_put_int(o, "handshake_age_s", p->handshake_age_s);
	json_put_bool(o, "alive", p->alive);
	if (p->alive)
		json_put_int(o, "alive_for_s", p->alive_for_s);
	json_put_str(o, "trust", trust_name(p->trust));
	if (p->has_rtt)
		json_put_int(o, "rtt_us", p->rtt_us);
	json_put_bool(o, "healthy", p->healthy);
	json_put_bool(o, "basic", p->basic);
	json_put_bool(o, "configured", p->configured);
	json_put_bool(o, "introduced", p->introduced);
	json_put_bool(o, "extended", p->extended);
	json_put_u64(o, "rx_bytes", p->rx_bytes);
	json_put_u64(o, "tx_bytes", p->tx_bytes);
	json_put_int(o, "candidates", p->ncandidates);
	json_put_int(o, "prefixes_held", p->nheld);
	json_object_object_add(o, "prefixes", json_prefixes(p));
	return o;
}

static struct json_object *
json_fact(const struct ctl_fact *f)
{
	struct json_object *o = json_object_new_object();
	char value[320];

	json_put_key(o, "subject", &f->subject);
	json_put_str(o, "attribute", fact_attr_name((enum attr)f->attr));
	json_put_str(o, "value", ctl_fact_value(f, value, sizeof(value)));
	json_put_int(o, "ttl_s", f->ttl_s);
	json_put_bool(o, "local", f->local);
	if (!f->local)
		json_put_key(o, "source", &f->source);
	return o;
}

/* A limit; one that there isn't is left out. */
static void
put_limit(struct json_object *o, const char *name, uint64_t limit)
{
	if (limit != UINT64_MAX)
		json_put_u64(o, name, limit);
}

static struct json_object *
json_sandbox(const struct sandbox_state *s)
{
	struct json_object *o = json_object_new_object();

	json_put_str(o, "process", ctl_process_name(s->process));
	json_put_int(o, "uid", s->uid);
	json_put_int(o, "gid", s->gid);
	json_put_u64(o, "capabilities", s->caps);
	json_put_u64(o, "bounding", s->bounding);
	json_put_int(o, "securebits", s->securebits);
	json_put_bool(o, "no_new_privs", s->no_new_privs);
	json_put_bool(o, "dumpable", s->dumpable);
	json_put_bool(o, "own_root", s->own_root);
	json_put_bool(o, "landlock", s->landlock);
	json_put_str(o, "filter", sandbox_level_name(s->filter));
	json_put_int(o, "calls", s->calls);
	put_limit(o, "max_files", s->nofile);
	put_limit(o, "max_processes", s->nproc);
	put_limit(o, "max_memory", s->memory);
	put_limit(o, "max_file_size", s->file_size);
	return o;
}

int
ctl_print_json(const struct ctl_answer *a, enum ctl_what what, FILE *out)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();

	json_put_int(o, "version", JSON_VERSION);
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
	} else if (what == CTL_SANDBOXES) {
		for (size_t i = 0; i < a->nsandboxes; i++)
			json_object_array_add(
			    list, json_sandbox(&a->sandboxes[i]));
		json_object_object_add(o, "sandboxes", json_object_get(list));
	} else if (what == CTL_COUNTERS) {
		struct json_object *c = json_object_new_object();

		for (size_t i = 0; i < a->ncounters; i++) {
			const struct ctl_counter *m = &a->counters[i];
			char name[4 * sizeof(m->name)];

			json_put_u64(c, json_clean(m->name, name, sizeof(name)),
			    m->value);
		}
		json_object_object_add(o, "counters", c);
	}
	json_object_put(list);
	return json_print(o, JSON_C_TO_STRING_PRETTY, out);
}
