/*
 * wirelinkctl metrics: OpenMetrics text. Names and labels are an interface:
 * docs/wirelinkctl.8 lists them. Gauges and counters only, so that readers
 * of Prometheus' older text format take it too.
 */
#include <inttypes.h>
#include <string.h>

#include "common/log.h"
#include "netd/ctl/view.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

#define NAME_LEN  (CTL_NAME_MAX * 4 + 1)
#define LABEL_LEN (NAME_LEN * 2)

/* Bytes as a label's value: printable first, then what the format wants. */
static const char *
label(const void *bytes, size_t len, char out[LABEL_LEN])
{
	char text[NAME_LEN];
	size_t n = 0;

	log_escape(bytes, len, text, sizeof(text));
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\\' || *c == '"')
			out[n++] = '\\';
		out[n++] = *c;
	}
	out[n] = '\0';
	return out;
}

static const char *
ifname_label(const struct ctl_answer *a, char out[LABEL_LEN])
{
	return label(a->self.ifname, strlen(a->self.ifname), out);
}

/* What comes before the samples of a metric; unit is NULL when it has none. */
static void
describe(const char *name, const char *type, const char *unit, const char *help,
    FILE *out)
{
	fprintf(out, "# TYPE wirelink_%s %s\n", name, type);
	if (unit != NULL)
		fprintf(out, "# UNIT wirelink_%s %s\n", name, unit);
	fprintf(out, "# HELP wirelink_%s %s\n", name, help);
}

/*
 * The node.
 */
static void
print_gauge(const struct ctl_answer *a, const char *name, uint64_t value,
    const char *help, FILE *out)
{
	char ifname[LABEL_LEN];

	describe(name, "gauge", NULL, help, out);
	fprintf(out, "wirelink_%s{interface=\"%s\"} %" PRIu64 "\n", name,
	    ifname_label(a, ifname), value);
}

static void
print_node(const struct ctl_answer *a, FILE *out)
{
	const struct ctl_self *m = &a->self;
	char ifname[LABEL_LEN], build[LABEL_LEN], key[KEY_STRLEN];

	describe(
	    "node", "gauge", NULL, "Always 1; of which node this is.", out);
	fprintf(out,
	    "wirelink_node{interface=\"%s\",key=\"%s\",build=\"%s\"} 1\n",
	    ifname_label(a, ifname), key_format(&m->key, key),
	    label(m->build, strlen(m->build), build));
	print_gauge(a, "up", m->up, "Is the interface up.", out);
	print_gauge(a, "router", m->router, "Is this node a router.", out);
	print_gauge(a, "facts", m->nfacts, "Facts taken for true.", out);
}

/*
 * Peers. A function prints the samples of one, labels is what it has in
 * common with the other metrics of the peer.
 */
struct peer_metric {
	const char *name;
	const char *type;
	const char *unit;
	const char *help;
	/* False: there is no value. */
	bool (*value)(const struct ctl_peer *p, char out[32]);
};

static bool
put_u64(uint64_t v, char out[32])
{
	snprintf(out, 32, "%" PRIu64, v);
	return true;
}

static bool
alive(const struct ctl_peer *p, char out[32])
{
	return put_u64(p->alive, out);
}

static bool
basic(const struct ctl_peer *p, char out[32])
{
	return put_u64(p->basic, out);
}

static bool
handshake_age(const struct ctl_peer *p, char out[32])
{
	snprintf(out, 32, "%" PRId64, p->handshake_age_s);
	return p->has_handshake;
}

static bool
rtt(const struct ctl_peer *p, char out[32])
{
	uint64_t us = p->rtt_us > 0 ? (uint64_t)p->rtt_us : 0;

	snprintf(out, 32, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
	return p->has_rtt;
}

static bool
endpoints(const struct ctl_peer *p, char out[32])
{
	return put_u64(p->ncandidates, out);
}

static bool
prefixes(const struct ctl_peer *p, char out[32])
{
	return put_u64(p->nheld, out);
}

static bool
received(const struct ctl_peer *p, char out[32])
{
	return put_u64(p->rx_bytes, out);
}

static bool
sent(const struct ctl_peer *p, char out[32])
{
	return put_u64(p->tx_bytes, out);
}

static const struct peer_metric peer_metrics[] = {
    {"peer_alive", "gauge", NULL, "Has its wirelink been heard lately.", alive},
    {"peer_basic", "gauge", NULL, "Does it run WireGuard alone.", basic},
    {"peer_handshake_age_seconds", "gauge", "seconds",
	"Time since the last handshake; without a sample, there was none.",
	handshake_age},
    {"peer_rtt_seconds", "gauge", "seconds",
	"Round-trip time inside the tunnel, when it has been measured.", rtt},
    {"peer_endpoints", "gauge", NULL, "Endpoints at which it may be.",
	endpoints},
    {"peer_prefixes", "gauge", NULL, "Allowed IPs that the device gives it.",
	prefixes},
    {"peer_received_bytes", "counter", "bytes",
	"Received from it by WireGuard.", received},
    {"peer_sent_bytes", "counter", "bytes", "Sent to it by WireGuard.", sent},
};

/* Labels without braces, of the peer with that key and raw name. */
static void
print_labels(const struct ctl_answer *a, const struct key *key,
    const uint8_t *name, size_t len, FILE *out)
{
	char ifname[LABEL_LEN], text[LABEL_LEN], k[KEY_STRLEN];

	fprintf(out, "interface=\"%s\",name=\"%s\",key=\"%s\"",
	    ifname_label(a, ifname), label(name, len, text),
	    key_format(key, k));
}

static void
print_peer_metric(
    const struct ctl_answer *a, const struct peer_metric *m, FILE *out)
{
	const char *suffix = strcmp(m->type, "counter") == 0 ? "_total" : "";

	describe(m->name, m->type, m->unit, m->help, out);
	for (size_t i = 0; i < a->npeers; i++) {
		const struct ctl_peer *p = &a->peers[i];
		char value[32];

		if (!m->value(p, value))
			continue;
		fprintf(out, "wirelink_%s%s{", m->name, suffix);
		print_labels(a, &p->key, p->name, p->name_len, out);
		fprintf(out, "} %s\n", value);
	}
}

/* One sample a kind of path, so that none goes away when the path changes. */
static void
print_paths(const struct ctl_answer *a, FILE *out)
{
	size_t n[CTL_PATH_ROUTER + 1] = {0};
	char ifname[LABEL_LEN];

	describe("peer_path", "gauge", NULL,
	    "1 for the path that it is reached by, 0 for the others.", out);
	for (size_t i = 0; i < a->npeers; i++) {
		const struct ctl_peer *p = &a->peers[i];

		n[p->path]++;
		for (enum ctl_path k = 0; k <= CTL_PATH_ROUTER; k++) {
			fprintf(out, "wirelink_peer_path{");
			print_labels(a, &p->key, p->name, p->name_len, out);
			fprintf(out, ",path=\"%s\"} %d\n", ctl_path_name(k),
			    p->path == k);
		}
	}
	describe("peers", "gauge", NULL, "Peers, by their path.", out);
	for (enum ctl_path k = 0; k <= CTL_PATH_ROUTER; k++)
		fprintf(out,
		    "wirelink_peers{interface=\"%s\",path=\"%s\"} %zu\n",
		    ifname_label(a, ifname), ctl_path_name(k), n[k]);
}

static void
print_seen(const struct ctl_answer *a, const struct key *key,
    const uint8_t *name, size_t len, bool never, FILE *out)
{
	fprintf(out, "wirelink_peer_never_seen{");
	print_labels(a, key, name, len, out);
	fprintf(out, "} %d\n", never);
}

/* Of peers on the device, and of those that the configuration names alone. */
static void
print_never_seen(const struct ctl_answer *a, FILE *out)
{
	describe("peer_never_seen", "gauge", NULL,
	    "No handshake yet, or not even on the device.", out);
	for (size_t i = 0; i < a->npeers; i++) {
		const struct ctl_peer *p = &a->peers[i];

		print_seen(
		    a, &p->key, p->name, p->name_len, !p->has_handshake, out);
	}
	for (size_t i = 0; i < a->nnames; i++) {
		const struct ctl_name *m = &a->names[i];
		bool peer = false;

		for (size_t k = 0; k < a->npeers && !peer; k++)
			peer = key_eq(&a->peers[k].key, &m->key);
		if (!peer && !m->on_device)
			print_seen(a, &m->key, m->name, m->name_len, true, out);
	}
}

/*
 * netd's counters. Those of a metric follow each other; the help is with the
 * first.
 */
static const struct {
	const char *counter; /* netd's name */
	const char *name;
	const char *label; /* NULL: has none */
	const char *value;
	const char *help;
} counters[] = {
    {"datagrams_received", "datagrams_received", NULL, NULL,
	"Groups of facts received."},
    {"datagrams_accepted", "datagrams_accepted", NULL, NULL,
	"Groups of facts that were taken."},
    {"datagrams_sent", "datagrams_sent", NULL, NULL, "Groups of facts sent."},
    {"dropped_size", "datagrams_dropped", "cause", "size",
	"Groups of facts that were not taken, by cause."},
    {"dropped_format", "datagrams_dropped", "cause", "format", NULL},
    {"dropped_source", "datagrams_dropped", "cause", "source", NULL},
    {"dropped_self", "datagrams_dropped", "cause", "self", NULL},
    {"dropped_stranger", "datagrams_dropped", "cause", "stranger", NULL},
    {"dropped_replay", "datagrams_dropped", "cause", "replay", NULL},
    {"dropped_signature", "datagrams_dropped", "cause", "signature", NULL},
    {"dropped_weak_key", "datagrams_dropped", "cause", "weak_key", NULL},
    {"dropped_rate", "datagrams_dropped", "cause", "rate", NULL},
    {"dropped_body", "datagrams_dropped", "cause", "body", NULL},
    {"facts_new", "facts_new", NULL, NULL, "Facts taken."},
    {"facts_refused", "facts_refused", "cause", "disbelieved",
	"Facts not taken, by cause."},
    {"facts_limited", "facts_refused", "cause", "limit", NULL},
    {"facts_resent", "facts_resent", NULL, NULL,
	"Facts sent again, because nothing had acknowledged them."},
    {"digests_sent", "digests_sent", NULL, NULL,
	"Digests sent instead of facts that hold."},
    {"digests_doubted", "digests_doubted", NULL, NULL,
	"Digests received that did not fit what was held."},
    {"requests_refused", "requests_refused", NULL, NULL,
	"Requests that wirelinkd refused."},
    {"changes_to_direct", "path_changes", "to", "direct",
	"Changes of peers' paths."},
    {"changes_to_router", "path_changes", "to", "router", NULL},
    {"endpoints_tried", "probes", "kind", "endpoint",
	"Endpoints tried, and pings sent into the tunnel."},
    {"pings_sent", "probes", "kind", "ping", NULL},
    {"log_lines_held", "log_lines_held", NULL, NULL,
	"Lines about a peer that were not logged."},
};

static const struct ctl_counter *
find_counter(const struct ctl_answer *a, const char *name)
{
	for (size_t i = 0; i < a->ncounters; i++) {
		if (strcmp(a->counters[i].name, name) == 0)
			return &a->counters[i];
	}
	return NULL;
}

static void
print_counters(const struct ctl_answer *a, FILE *out)
{
	char ifname[LABEL_LEN];

	ifname_label(a, ifname);
	for (size_t i = 0; i < N(counters); i++) {
		const struct ctl_counter *c =
		    find_counter(a, counters[i].counter);

		if (counters[i].help != NULL)
			describe(counters[i].name, "counter", NULL,
			    counters[i].help, out);
		if (c == NULL)
			continue;
		fprintf(out, "wirelink_%s_total{interface=\"%s\"",
		    counters[i].name, ifname);
		if (counters[i].label != NULL)
			fprintf(out, ",%s=\"%s\"", counters[i].label,
			    counters[i].value);
		fprintf(out, "} %" PRIu64 "\n", c->value);
	}
}

int
ctl_print_metrics(const struct ctl_answer *a, const struct ctl_options *o,
    FILE *out, FILE *err)
{
	(void)o;
	(void)err;
	print_node(a, out);
	print_paths(a, out);
	for (size_t i = 0; i < N(peer_metrics); i++)
		print_peer_metric(a, &peer_metrics[i], out);
	print_never_seen(a, out);
	print_counters(a, out);
	fprintf(out, "# EOF\n");
	return CTL_OK;
}
