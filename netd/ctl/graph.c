/* wirelinkctl graph: the mesh as this node knows it, for Graphviz. */
#include <string.h>

#include "common/log.h"
#include "netd/ctl/view.h"

#define NAME_LEN (CTL_NAME_MAX * 4 + 1)

/* Bytes inside of a quoted string: no escape of dot's own comes through. */
static void
put_text(const void *bytes, size_t len, FILE *out)
{
	char text[NAME_LEN];

	log_escape(bytes, len, text, sizeof(text));
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\\' || *c == '"')
			fputc('\\', out);
		fputc(*c, out);
	}
}

/* A key is its node's id: base64 has nothing that needs an escape. */
static void
put_key(const struct key *key, FILE *out)
{
	char text[KEY_STRLEN];

	fprintf(out, "\"%s\"", key_format(key, text));
}

/* Name, or the key's beginning, and the first prefix on a line of its own. */
static void
put_label(const struct ctl_peer *p, FILE *out)
{
	char text[PREFIX_STRLEN];

	fprintf(out, "label=\"");
	if (p->name_len > 0)
		put_text(p->name, p->name_len, out);
	else
		fprintf(out, "%.8s...", key_format(&p->key, text));
	for (size_t i = 0; i < p->nprefixes; i++) {
		const struct prefix *prefix = &p->prefixes[i].prefix;

		if (addr_is_link_local(&prefix->addr))
			continue;
		fprintf(out, "\\n%s", prefix_format(prefix, text));
		break;
	}
	fprintf(out, "\"");
}

static void
print_peer(const struct ctl_answer *a, const struct ctl_peer *p, FILE *out)
{
	fprintf(out, "\t");
	put_key(&p->key, out);
	fprintf(out, " [");
	put_label(p, out);
	fprintf(out, "%s%s];\n",
	    p->path == CTL_PATH_ROUTER ? ", shape=box" : "",
	    p->path == CTL_PATH_NONE ? ", color=red, fontcolor=red" : "");
	fprintf(out, "\t");
	put_key(p->path == CTL_PATH_VIA ? &p->via : &a->self.key, out);
	fprintf(out, " -- ");
	put_key(&p->key, out);
	switch (p->path) {
	case CTL_PATH_NONE:
		fprintf(out, " [style=dotted, color=red]");
		break;
	case CTL_PATH_VIA:
		fprintf(out, " [style=dashed, color=orange]");
		break;
	case CTL_PATH_DIRECT:
	case CTL_PATH_ROUTER:
		fprintf(out, " [color=darkgreen");
		if (p->has_rtt)
			fprintf(out, ", label=\"%lld.%lld ms\"",
			    (long long)(p->rtt_us / 1000),
			    (long long)(p->rtt_us % 1000 / 100));
		fprintf(out, "]");
		break;
	}
	fprintf(out, ";\n");
}

int
ctl_print_graph(const struct ctl_answer *a, const struct ctl_options *o,
    FILE *out, FILE *err)
{
	const struct ctl_self *m = &a->self;

	(void)o;
	(void)err;
	fprintf(out, "graph wirelink {\n\tnode [shape=ellipse];\n\t");
	put_key(&m->key, out);
	fprintf(out, " [label=\"this node\\n");
	put_text(m->ifname, strlen(m->ifname), out);
	fprintf(out, "\", style=bold%s];\n", m->router ? ", shape=box" : "");
	for (size_t i = 0; i < a->npeers; i++)
		print_peer(a, &a->peers[i], out);
	fprintf(out, "}\n");
	return CTL_OK;
}
