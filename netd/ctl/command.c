/* wirelinkctl's command line. See command.h. */
#include <string.h>
#include <unistd.h>

#include "netd/ctl/command.h"

#define WORD_MAX 32

static const char *const commands[] = {"show", NULL};
static const char *const shows[] = {"peers", "facts", "counters", "self", NULL};
static const enum ctl_what whats[] = {
    CTL_PEERS, CTL_FACTS, CTL_COUNTERS, CTL_SELF_ONLY};

static int
usage(FILE *err)
{
	fprintf(err,
	    "usage: wirelinkctl [-jv] [-i interface] [-R rundir] show "
	    "[peers|facts|counters|self]\n");
	return CTL_USAGE;
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits that lead from a to b (Levenshtein); both up to WORD_MAX. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1] = {0}, la = strlen(a), lb = strlen(b);

	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
			    diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb];
}

const char *
ctl_nearest(const char *word, const char *const *list)
{
	const char *best = NULL;
	size_t least_far = 3;

	if (strlen(word) > WORD_MAX)
		return NULL;
	for (; *list != NULL; list++) {
		size_t far = distance(word, *list);

		if (far < least_far) {
			least_far = far;
			best = *list;
		}
	}
	return best;
}

static int
unknown(const char *word, const char *const *list, FILE *err)
{
	const char *near = ctl_nearest(word, list);

	fprintf(err, "wirelinkctl: unknown command \"%.32s\"%s%s%s\n", word,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	return usage(err);
}

int
ctl_options(int argc, char **argv, struct ctl_options *o, FILE *err)
{
	int ch;

	while ((ch = getopt(argc, argv, "i:jR:v")) != -1) {
		switch (ch) {
		case 'i':
			o->ifname = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'R':
			o->rundir = optarg;
			break;
		case 'v':
			o->style.full_keys = true;
			break;
		default:
			return usage(err);
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > 2)
		return usage(err);
	if (strcmp(argv[0], commands[0]) != 0)
		return unknown(argv[0], commands, err);
	o->what = CTL_PEERS;
	if (argc == 1)
		return CTL_OK;
	for (size_t i = 0; shows[i] != NULL; i++) {
		if (strcmp(argv[1], shows[i]) == 0) {
			o->what = whats[i];
			return CTL_OK;
		}
	}
	return unknown(argv[1], shows, err);
}

static void
print(const struct ctl_options *o, const struct ctl_answer *a, FILE *out)
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
	}
}

int
ctl_run(const struct ctl_options *o, FILE *out, FILE *err)
{
	char only[CONF_IFNAME_STRLEN];
	const char *ifname = o->ifname;
	struct ctl_answer a = {0};
	int rv = CTL_FAILED;

	if (ifname == NULL) {
		if (ctl_only_interface(o->rundir, only, err) == -1)
			return CTL_FAILED;
		ifname = only;
	}
	/* Facts name peers, so that the table of peers is wanted too. */
	if (o->what == CTL_FACTS && !o->json &&
	    ctl_ask(o->rundir, ifname, CTL_PEERS, ctl_gather, &a, err) == -1)
		goto out;
	if (ctl_ask(o->rundir, ifname, o->what, ctl_gather, &a, err) == -1)
		goto out;
	if (!o->json)
		print(o, &a, out);
	else if (ctl_print_json(&a, o->what, out) == -1)
		goto out;
	rv = CTL_OK;
out:
	ctl_answer_clear(&a);
	return rv;
}
