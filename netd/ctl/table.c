/* Answers as text for people. See show.h. */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "netd/ctl/show.h"
#include "netd/fact.h"

#define MAX_COLUMNS 10
#define CELL_LEN    320

struct table {
	size_t ncols;
	size_t nrows;
	size_t cap;
	char (*cells)[CELL_LEN];
};

/* Characters that a terminal shows, of text that log_escape let through. */
static size_t
width(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static char *
cell(struct table *t, size_t row, size_t col)
{
	return t->cells[row * t->ncols + col];
}

/* A row of empty cells; false without memory. */
static bool
add_row(struct table *t)
{
	if (t->nrows == t->cap) {
		size_t cap = t->cap == 0 ? 16 : t->cap * 2;
		void *grown = reallocarray(t->cells, cap, t->ncols * CELL_LEN);

		if (grown == NULL)
			return false;
		t->cells = grown;
		t->cap = cap;
	}
	t->nrows++;
	for (size_t c = 0; c < t->ncols; c++)
		cell(t, t->nrows - 1, c)[0] = '\0';
	return true;
}

static const char *
colour_of(const char *text)
{
	if (strcmp(text, "direct") == 0)
		return "\033[32m";
	if (strncmp(text, "via ", 4) == 0)
		return "\033[33m";
	if (strcmp(text, "down") == 0)
		return "\033[31m";
	return NULL;
}

static void
print_table(struct table *t, const struct ctl_style *s, FILE *out)
{
	size_t widest[MAX_COLUMNS] = {0};

	for (size_t r = 0; r < t->nrows; r++) {
		for (size_t c = 0; c < t->ncols; c++) {
			size_t n = width(cell(t, r, c));

			if (n > widest[c])
				widest[c] = n;
		}
	}
	for (size_t r = 0; r < t->nrows; r++) {
		for (size_t c = 0; c < t->ncols; c++) {
			const char *text = cell(t, r, c);
			const char *colour =
			    s->colour && r > 0 ? colour_of(text) : NULL;
			size_t pad = widest[c] - width(text) + 2;

			if (s->colour && r == 0)
				colour = "\033[1m";
			fprintf(out, "%s%s%s", colour != NULL ? colour : "",
			    text, colour != NULL ? "\033[0m" : "");
			if (c + 1 < t->ncols)
				fprintf(out, "%*s", (int)pad, "");
		}
		fputc('\n', out);
	}
	free(t->cells);
}

static void
header(struct table *t, const char *const *names, size_t n)
{
	t->ncols = n;
	if (!add_row(t))
		return;
	for (size_t c = 0; c < n; c++)
		strlcpy(cell(t, 0, c), names[c], CELL_LEN);
}

void
ctl_print_self(const struct ctl_answer *a, const struct ctl_style *s, FILE *out)
{
	char key[KEY_STRLEN], addr[ADDR_STRLEN];
	const struct ctl_self *m = &a->self;
	char ifname[4 * sizeof(m->ifname)], build[4 * sizeof(m->build)];

	key_format(&m->key, key);
	log_escape(m->ifname, strlen(m->ifname), ifname, sizeof(ifname));
	fprintf(out, "%s %.*s%s: %s, %s%s, %u peer%s, %u facts\n", ifname,
	    s->full_keys ? KEY_STRLEN : 8, key, s->full_keys ? "" : "...",
	    m->up ? "up" : "down", m->router ? "router" : "no router",
	    m->observe ? ", observes only" : "", (unsigned int)m->npeers,
	    m->npeers == 1 ? "" : "s", (unsigned int)m->nfacts);
	if (!s->full_keys)
		return;
	fprintf(out,
	    "auto address %s, listen port %u, facts on port %u, "
	    "wirelink %s\n",
	    addr_format(&m->auto_addr, addr), (unsigned int)m->listen_port,
	    (unsigned int)m->port,
	    log_escape(m->build, strlen(m->build), build, sizeof(build)));
}

/* What the device gives it, without the auto address; those that we gave
 * are marked. */
static void
prefixes_text(const struct ctl_peer *p, char *out)
{
	size_t shown = 0, more = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->nprefixes; i++) {
		const struct m_prefix *m = &p->prefixes[i];
		char text[PREFIX_STRLEN];

		if (addr_is_link_local(&m->prefix.addr))
			continue;
		if (shown == 4) {
			more++;
			continue;
		}
		strlcat(out, shown++ > 0 ? " " : "", CELL_LEN);
		strlcat(out, prefix_format(&m->prefix, text), CELL_LEN);
		strlcat(out, m->ours ? "+" : "", CELL_LEN);
	}
	if (more > 0) {
		char text[32];

		snprintf(text, sizeof(text), " and %zu more", more);
		strlcat(out, text, CELL_LEN);
	}
	if (shown == 0)
		strlcpy(out, "-", CELL_LEN);
}

static void
peer_row(struct table *t, const struct ctl_answer *a, const struct ctl_peer *p,
    const struct ctl_style *s)
{
	char label[80], text[ENDPOINT_STRLEN], age[24];
	size_t r = t->nrows - 1;

	strlcpy(cell(t, r, 0), ctl_peer_label(a, &p->key, s->full_keys, label),
	    CELL_LEN);
	if (p->path == CTL_PATH_VIA)
		snprintf(cell(t, r, 1), CELL_LEN, "via %s",
		    ctl_peer_label(a, &p->via, false, label));
	else
		strlcpy(cell(t, r, 1), ctl_path_name(p->path), CELL_LEN);
	strlcpy(cell(t, r, 2),
	    p->endpoint.addr.family != 0 ? endpoint_format(&p->endpoint, text)
					 : "-",
	    CELL_LEN);
	if (p->has_handshake)
		snprintf(cell(t, r, 3), CELL_LEN, "%s ago",
		    ctl_age(p->handshake_age_s, age));
	else
		strlcpy(cell(t, r, 3), "never", CELL_LEN);
	if (p->basic)
		strlcpy(cell(t, r, 4), "basic", CELL_LEN);
	else if (p->alive)
		snprintf(cell(t, r, 4), CELL_LEN, "for %s",
		    ctl_age(p->alive_for_s, age));
	else
		strlcpy(cell(t, r, 4), "no", CELL_LEN);
	strlcpy(cell(t, r, 5), trust_name(p->trust), CELL_LEN);
	if (p->has_rtt)
		snprintf(cell(t, r, 6), CELL_LEN, "%lld.%lld ms",
		    (long long)(p->rtt_us / 1000),
		    (long long)(p->rtt_us % 1000 / 100));
	else
		strlcpy(cell(t, r, 6), "-", CELL_LEN);
	prefixes_text(p, cell(t, r, 7));
}

void
ctl_print_peers(
    const struct ctl_answer *a, const struct ctl_style *s, FILE *out)
{
	static const char *const names[] = {"PEER", "PATH", "ENDPOINT",
	    "HANDSHAKE", "ALIVE", "TRUST", "RTT", "PREFIXES"};
	struct table t = {0};

	ctl_print_self(a, s, out);
	if (a->npeers == 0)
		return;
	header(&t, names, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < a->npeers && add_row(&t); i++)
		peer_row(&t, a, &a->peers[i], s);
	print_table(&t, s, out);
}

/* Bytes a second; -1: not known. */
static double
rate(uint64_t before, uint64_t now, const struct ctl_rates *r)
{
	int64_t ns = r->now_ns - r->before_ns;

	if (r->before_ns <= 0 || ns <= 0 || now < before)
		return -1;
	return (double)(now - before) * 1e9 / (double)ns;
}

static void
rate_text(double rate, char *out)
{
	static const char units[] = "kMGT";
	size_t unit = 0;

	if (rate < 0) {
		strlcpy(out, "-", CELL_LEN);
		return;
	}
	if (rate < 1000) {
		snprintf(out, CELL_LEN, "%.0f B/s", rate);
		return;
	}
	for (rate /= 1000; rate >= 1000 && units[unit + 1] != '\0'; unit++)
		rate /= 1000;
	snprintf(out, CELL_LEN, "%.1f %cB/s", rate, units[unit]);
}

/* A peer, and what goes each way. */
struct busy {
	const struct ctl_peer *peer;
	double rx;
	double tx;
};

static int
busier(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;
	double dx = x->rx + x->tx, dy = y->rx + y->tx;

	if (dx != dy)
		return dx > dy ? -1 : 1;
	return x->peer < y->peer ? -1 : x->peer > y->peer;
}

static void
fill_busy(struct busy *b, const struct ctl_peer *p, const struct ctl_rates *r)
{
	size_t n = r->n < CTL_MAX_PEERS ? r->n : 0;

	*b = (struct busy){p, -1, -1};
	for (size_t i = 0; i < n; i++) {
		if (!key_eq(&r->peer[i].key, &p->key))
			continue;
		b->rx = rate(r->peer[i].rx, p->rx_bytes, r);
		b->tx = rate(r->peer[i].tx, p->tx_bytes, r);
		return;
	}
}

/* Not of a moment ago: a rate is one of half a second at least. */
static void
remember(struct ctl_rates *r, const struct ctl_answer *a)
{
	if (r->before_ns > 0 && r->now_ns - r->before_ns < 500000000)
		return;
	r->before_ns = r->now_ns;
	for (size_t i = 0; i < a->npeers && i < CTL_MAX_PEERS; i++) {
		r->peer[i].key = a->peers[i].key;
		r->peer[i].rx = a->peers[i].rx_bytes;
		r->peer[i].tx = a->peers[i].tx_bytes;
	}
	r->n = a->npeers;
}

void
ctl_print_rates(const struct ctl_answer *a, struct ctl_rates *r,
    const struct ctl_style *s, FILE *out)
{
	static const char *const names[] = {"PEER", "PATH", "ENDPOINT",
	    "HANDSHAKE", "ALIVE", "TRUST", "RTT", "RECEIVED", "SENT"};
	struct busy *busy = reallocarray(NULL, a->npeers + 1, sizeof(*busy));
	struct table t = {0};

	ctl_print_self(a, s, out);
	if (busy == NULL)
		return;
	for (size_t i = 0; i < a->npeers; i++)
		fill_busy(&busy[i], &a->peers[i], r);
	qsort(busy, a->npeers, sizeof(*busy), busier);
	header(&t, names, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < a->npeers && add_row(&t); i++) {
		peer_row(&t, a, busy[i].peer, s);
		rate_text(busy[i].rx, cell(&t, t.nrows - 1, 7));
		rate_text(busy[i].tx, cell(&t, t.nrows - 1, 8));
	}
	print_table(&t, s, out);
	free(busy);
	remember(r, a);
}

void
ctl_print_facts(
    const struct ctl_answer *a, const struct ctl_style *s, FILE *out)
{
	static const char *const names[] = {
	    "SUBJECT", "ATTRIBUTE", "VALUE", "TTL", "SOURCE"};
	struct table t = {0};

	header(&t, names, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < a->nfacts && add_row(&t); i++) {
		const struct ctl_fact *f = &a->facts[i];
		char label[80], value[CELL_LEN];
		size_t r = t.nrows - 1;

		strlcpy(cell(&t, r, 0),
		    ctl_peer_label(a, &f->subject, s->full_keys, label),
		    CELL_LEN);
		strlcpy(cell(&t, r, 1), fact_attr_name((enum attr)f->attr),
		    CELL_LEN);
		strlcpy(cell(&t, r, 2), ctl_fact_value(f, value, sizeof(value)),
		    CELL_LEN);
		snprintf(
		    cell(&t, r, 3), CELL_LEN, "%us", (unsigned int)f->ttl_s);
		strlcpy(cell(&t, r, 4),
		    f->local
			? "this node"
			: ctl_peer_label(a, &f->source, s->full_keys, label),
		    CELL_LEN);
	}
	print_table(&t, s, out);
}

void
ctl_print_counters(const struct ctl_answer *a, FILE *out)
{
	for (size_t i = 0; i < a->ncounters; i++) {
		const struct ctl_counter *c = &a->counters[i];
		char name[4 * sizeof(c->name)];

		log_escape(c->name, strlen(c->name), name, sizeof(name));
		fprintf(
		    out, "%-24s %llu\n", name, (unsigned long long)c->value);
	}
}

void
ctl_print_sandboxes(const struct ctl_answer *a, FILE *out)
{
	for (size_t i = 0; i < a->nsandboxes; i++) {
		const struct sandbox_state *s = &a->sandboxes[i];
		char text[512];

		fprintf(out, "%s: %s\n", ctl_process_name(s->process),
		    sandbox_text(s, text, sizeof(text)));
	}
	if (a->has_self && a->self.observe)
		fprintf(out,
		    "wirelinkd observes only (-N): its rule 21 lets nothing "
		    "be changed that carries traffic\n");
}

static const char *
holder(const struct ctl_answer *a, const struct ctl_right *r,
    const struct ctl_style *s, char label[80])
{
	return r->kind == CTL_RIGHT_INTERFACE
	    ? "-"
	    : ctl_peer_label(a, &r->key, s->full_keys, label);
}

void
ctl_print_policy(
    const struct ctl_answer *a, const struct ctl_style *s, FILE *out)
{
	static const char *const names[] = {
	    "PREFIX", "PEER", "RIGHT", "WITHIN", "OF"};
	struct table t = {0};

	if (a->npolicies > 0)
		ctl_print_bounds(a->policies, out);
	header(&t, names, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < a->nrights && add_row(&t); i++) {
		const struct ctl_right *r = &a->rights[i], *over = NULL;
		char label[80], text[PREFIX_STRLEN];
		size_t row = t.nrows - 1;

		if (r->kind == CTL_RIGHT_LENT)
			over = ctl_right_over(a, r);
		strlcpy(cell(&t, row, 0), prefix_format(&r->prefix, text),
		    CELL_LEN);
		strlcpy(cell(&t, row, 1), holder(a, r, s, label), CELL_LEN);
		strlcpy(cell(&t, row, 2), ctl_right_name(r->kind), CELL_LEN);
		strlcpy(cell(&t, row, 3),
		    over != NULL ? prefix_format(&over->prefix, text) : "-",
		    CELL_LEN);
		strlcpy(cell(&t, row, 4),
		    over != NULL ? holder(a, over, s, label) : "-", CELL_LEN);
	}
	print_table(&t, s, out);
}
