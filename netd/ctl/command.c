/* wirelinkctl's command line. See command.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netd/ctl/command.h"
#include "netd/ctl/select.h"
#include "netd/ctl/view.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

struct word {
	const char *name;
	enum ctl_what what;
	bool of_peer; /* takes one */
};

static const struct word commands[] = {
    {"show", CTL_PEERS, false},
    {"why", CTL_WHY, true},
    {"monitor", CTL_MONITOR, false},
    {"plan", CTL_PLAN, false},
    {NULL, CTL_PEERS, false},
};

/* What is done, and not asked for. */
static const struct {
	const char *name;
	enum ctl_deed deed;
} deeds[] = {
    {"probe", CTL_PROBE},
    {"forget", CTL_FORGET},
    {"log", CTL_LOG},
    {"reload", CTL_RELOAD},
};

static const char *const levels[] = {
    [CTL_BRIEF] = "brief",
    [CTL_VERBOSE] = "verbose",
    [CTL_DEBUG] = "debug",
    NULL,
};

static const struct word shows[] = {
    {"peers", CTL_PEERS, false},
    {"facts", CTL_FACTS, false},
    {"counters", CTL_COUNTERS, false},
    {"self", CTL_SELF_ONLY, false},
    {"sandbox", CTL_SANDBOXES, false},
    {"candidates", CTL_CANDIDATES, true},
    {"trust", CTL_TRUST, true},
    {"policy", CTL_POLICY, false},
    {NULL, CTL_PEERS, false},
};

static int
usage(FILE *err)
{
	fprintf(err,
	    "usage: wirelinkctl [-jv] [-i interface] [-R rundir] command\n"
	    "       show [peers | facts | counters | self | "
	    "sandbox | policy | candidates peer | "
	    "trust peer]\n"
	    "       why peer | plan | monitor | probe peer | forget peer | "
	    "log brief | verbose | debug | reload\n"
	    "       metrics | graph [-T format] | export [-b peer] | import file | init [file]\n"
	    "       eject [-f] [-o file] | top [-n seconds]\n");
	return CTL_USAGE;
}

#define WORDS_MAX 32

static void
print_unknown(const char *word, const char *const *list, FILE *err)
{
	const char *near = ctl_nearest(word, list);

	fprintf(err, "wirelinkctl: unknown command \"%.32s\"%s%s%s\n", word,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	usage(err);
}

/* NULL, with lines on err, when word is none of list. */
static const struct word *
find_word(const char *word, const struct word *list, FILE *err)
{
	const char *names[WORDS_MAX] = {NULL};
	size_t n = 0;

	for (; list[n].name != NULL; n++) {
		if (strcmp(word, list[n].name) == 0)
			return &list[n];
		names[n] = list[n].name;
	}
	for (size_t i = 0; list == commands && i < N(deeds); i++)
		names[n++] = deeds[i].name;
	for (size_t i = 0; list == commands && ctl_views[i].name != NULL; i++)
		names[n++] = ctl_views[i].name;
	print_unknown(word, names, err);
	return NULL;
}

/* A command that does something, with its argument. False: word is none. */
static bool
deed(int argc, char **argv, struct ctl_options *o, int *rv, FILE *err)
{
	size_t i = 0;

	while (i < N(deeds) && strcmp(argv[0], deeds[i].name) != 0)
		i++;
	if (i == N(deeds))
		return false;
	o->does = true;
	o->deed = deeds[i].deed;
	*rv = CTL_OK;
	if (argc != (o->deed == CTL_RELOAD ? 1 : 2)) {
		*rv = usage(err);
	} else if (o->deed == CTL_PROBE || o->deed == CTL_FORGET) {
		o->peer = argv[1];
	} else if (o->deed == CTL_LOG) {
		while (levels[o->level] != NULL &&
		    strcmp(argv[1], levels[o->level]) != 0)
			o->level++;
		if (levels[o->level] == NULL) {
			print_unknown(argv[1], levels, err);
			*rv = CTL_USAGE;
		}
	}
	return true;
}

/* The words after the options. */
static int
words(int argc, char **argv, struct ctl_options *o, FILE *err)
{
	const struct word *w;
	int rv;

	if (argc < 1)
		return usage(err);
	o->view = ctl_find_view(argv[0]);
	if (o->basic != NULL &&
	    (o->view == NULL || o->view->print != ctl_print_export))
		return usage(err);
	if ((o->output != NULL || o->force) &&
	    (o->view == NULL || o->view->file != ctl_eject))
		return usage(err);
	if (o->format != NULL &&
	    (o->view == NULL || o->view->print != ctl_print_graph))
		return usage(err);
	if (o->interval_s != 0 && (o->view == NULL || o->view->file != ctl_top))
		return usage(err);
	if (o->view != NULL) {
		bool file = o->view->file != NULL && !o->view->no_file;

		o->file = file && argc == 2 ? argv[1] : NULL;
		if (o->view->file_optional && argc == 1)
			file = false;
		return argc == (file ? 2 : 1) && !o->json ? CTL_OK : usage(err);
	}
	if (deed(argc, argv, o, &rv, err))
		return rv;
	w = find_word(argv[0], commands, err);
	argc--;
	argv++;
	if (w == &commands[0] && argc > 0) {
		w = find_word(argv[0], shows, err);
		argc--;
		argv++;
	}
	if (w == NULL)
		return CTL_USAGE;
	o->what = w->what;
	o->peer = w->of_peer && argc == 1 ? argv[0] : NULL;
	return argc == (w->of_peer ? 1 : 0) ? CTL_OK : usage(err);
}

int
ctl_options(int argc, char **argv, struct ctl_options *o, FILE *err)
{
	const char *wrong;
	int ch;

	while ((ch = getopt(argc, argv, "b:fi:jn:o:R:T:v")) != -1) {
		switch (ch) {
		case 'b':
			o->basic = optarg;
			break;
		case 'f':
			o->force = true;
			break;
		case 'i':
			o->ifname = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'n':
			o->interval_s =
			    (unsigned int)strtonum(optarg, 1, 3600, &wrong);
			if (wrong != NULL)
				return usage(err);
			break;
		case 'o':
			o->output = optarg;
			break;
		case 'R':
			o->rundir = optarg;
			break;
		case 'T':
			o->format = optarg;
			break;
		case 'v':
			o->style.full_keys = true;
			break;
		default:
			return usage(err);
		}
	}
	return words(argc - optind, argv + optind, o, err);
}

static void
print(const struct ctl_options *o, const struct ctl_answer *a,
    const struct key *key, FILE *out)
{
	switch (o->what) {
	case CTL_PEERS:
		ctl_print_peers(a, &o->style, out);
		break;
	case CTL_FACTS:
		ctl_print_facts(a, &o->style, out);
		break;
	case CTL_COUNTERS:
		ctl_print_counters(a, out);
		break;
	case CTL_SELF_ONLY:
		ctl_print_self(a, &o->style, out);
		break;
	case CTL_SANDBOXES:
		ctl_print_sandboxes(a, out);
		break;
	case CTL_WHY:
		ctl_print_why(a, key, &o->style, out);
		break;
	case CTL_CANDIDATES:
		ctl_print_candidates(a, key, &o->style, out);
		break;
	case CTL_POLICY:
		ctl_print_policy(a, &o->style, out);
		break;
	case CTL_TRUST:
		ctl_print_trust(a, key, &o->style, out);
		break;
	case CTL_PLAN:
		ctl_print_plan(a, &o->style, out);
		break;
	case CTL_NAMES:
	case CTL_MONITOR:
		break;
	}
}

static int
print_json(const struct ctl_options *o, const struct ctl_answer *a,
    const struct key *key, FILE *out)
{
	if (o->what == CTL_WHY || o->what == CTL_CANDIDATES)
		return ctl_print_why_json(a, key, o->what == CTL_WHY, out);
	if (o->what == CTL_PLAN)
		return ctl_print_plan_json(a, out);
	if (o->what == CTL_POLICY)
		return ctl_print_policy_json(a, out);
	if (o->what == CTL_TRUST)
		return ctl_print_trust_json(a, key, out);
	return ctl_print_json(a, o->what, out);
}

static int
ask(int fd, enum ctl_what what, const struct key *key, struct ctl_answer *a,
    FILE *err)
{
	struct ctl_get get = {.what = what};

	if (key != NULL) {
		get.has_key = true;
		get.key = *key;
	}
	return ctl_ask(fd, &get, ctl_gather, a, err);
}

/* Connects for each of its questions before it asks the first. */
int
ctl_view_run(
    const struct ctl_options *o, const char *ifname, FILE *out, FILE *err)
{
	const struct ctl_view *v = o->view;
	struct ctl_answer a = {0};
	int fds[VIEW_ASKS], rv;
	size_t n = 0;

	for (; n < VIEW_ASKS && v->asks[n] != 0; n++) {
		fds[n] = ctl_connect(o->rundir, ifname, err);
		if (fds[n] == -1)
			return CTL_FAILED;
	}
	if (o->confine && ctl_confine(err) == -1)
		return CTL_FAILED;
	for (size_t i = 0; i < n; i++) {
		if (ask(fds[i], v->asks[i], NULL, &a, err) == -1) {
			ctl_answer_clear(&a);
			return CTL_FAILED;
		}
	}
	ctl_answer_unique(&a);
	rv = v->print(&a, o, out, err);
	ctl_answer_clear(&a);
	return rv;
}

/* What names peers in the answer to the other question. */
static bool
wants_names(const struct ctl_options *o)
{
	return o->peer != NULL || o->what == CTL_MONITOR ||
	    ((o->what == CTL_FACTS || o->what == CTL_PLAN ||
		 o->what == CTL_POLICY) &&
		!o->json);
}

static int
do_deed(int fd, const struct ctl_options *o, const struct key *key, FILE *err)
{
	struct ctl_do m = {.deed = o->deed, .level = o->level, .key = *key};

	return ctl_do(fd, &m, err) == 0 ? CTL_OK : CTL_FAILED;
}

/* Asks, with a for the records. names: a connection, or -1. */
static int
run_on(const struct ctl_options *o, int names, int fd, struct ctl_answer *a,
    FILE *out, FILE *err)
{
	struct key key = {{0}};

	if (names != -1 && ask(names, CTL_NAMES, NULL, a, err) == -1)
		return CTL_FAILED;
	if (o->peer != NULL && ctl_select(a, o->peer, &key, err) == -1)
		return CTL_NO_PEER;
	if (o->does)
		return do_deed(fd, o, &key, err);
	if (o->what == CTL_MONITOR)
		return ctl_monitor(fd, o->json, a, out, err) == 0 ? CTL_OK
								  : CTL_FAILED;
	if (ask(fd, o->what, o->peer != NULL ? &key : NULL, a, err) == -1)
		return CTL_FAILED;
	if (!o->json)
		print(o, a, &key, out);
	else if (print_json(o, a, &key, out) == -1)
		return CTL_FAILED;
	return o->what == CTL_WHY && ctl_first_no(a) != NULL ? CTL_IS_NOT
							     : CTL_OK;
}

int
ctl_run(const struct ctl_options *o, FILE *out, FILE *err)
{
	char only[CONF_IFNAME_STRLEN];
	const char *ifname = o->ifname;
	struct ctl_answer a = {0};
	int names = -1, fd, rv;

	if (o->format != NULL)
		return ctl_draw(o, err);
	if (o->view != NULL && o->view->file != NULL)
		return o->view->file(o, out, err);
	if (ifname == NULL) {
		if (ctl_only_interface(o->rundir, only, err) == -1)
			return CTL_FAILED;
		ifname = only;
	}
	if (o->view != NULL)
		return ctl_view_run(o, ifname, out, err);
	if (wants_names(o) &&
	    (names = ctl_connect(o->rundir, ifname, err)) == -1)
		return CTL_FAILED;
	if ((fd = ctl_connect(o->rundir, ifname, err)) == -1 ||
	    (o->confine && ctl_confine(err) == -1))
		return CTL_FAILED;
	rv = run_on(o, names, fd, &a, out, err);
	ctl_answer_clear(&a);
	return rv;
}
