/* Words to commands and peers. See select.h. */
#include <string.h>

#include "common/log.h"
#include "netd/ctl/select.h"

#define WORD_MAX  32
#define LABEL_LEN (CTL_NAME_MAX * 4 + 1)

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

/* As show prints it, so that what is read can be typed. */
static const char *
name_text(const struct ctl_name *m, char out[LABEL_LEN])
{
	return log_escape(m->name, m->name_len, out, LABEL_LEN);
}

/* Peers whose name is word, or whose key begins with it; *found is one. */
static size_t
matches(const struct ctl_answer *a, const char *word, bool by_name,
    const struct ctl_name **found)
{
	size_t n = 0, len = strlen(word);

	for (size_t i = 0; i < a->nnames; i++) {
		const struct ctl_name *m = &a->names[i];
		char text[LABEL_LEN];
		bool is = by_name
		    ? m->name_len > 0 && strcmp(name_text(m, text), word) == 0
		    : strncmp(key_format(&m->key, text), word, len) == 0;

		if (!is)
			continue;
		*found = m;
		n++;
	}
	return n;
}

static void
print_ambiguous(
    const struct ctl_answer *a, const char *word, bool by_name, FILE *err)
{
	const struct ctl_name *found = NULL;
	struct ctl_answer one = {.nnames = 1};

	fprintf(err, "wirelinkctl: \"%.44s\" may be:\n", word);
	for (size_t i = 0; i < a->nnames; i++) {
		char key[KEY_STRLEN], text[LABEL_LEN];

		one.names = &a->names[i];
		if (matches(&one, word, by_name, &found) == 1)
			fprintf(err, "  %s  %s\n", key_format(&found->key, key),
			    name_text(found, text));
	}
}

/* Distance of peers' names. */
static void
print_nearest(const struct ctl_answer *a, const char *word, FILE *err)
{
	const char *list[2] = {NULL, NULL}, *near;
	char text[LABEL_LEN], best[LABEL_LEN] = "";
	size_t best_far = SIZE_MAX;

	for (size_t i = 0; i < a->nnames && strlen(word) <= WORD_MAX; i++) {
		size_t far;

		list[0] = name_text(&a->names[i], text);
		near = ctl_nearest(word, list);
		far = near != NULL ? distance(word, near) : SIZE_MAX;
		if (far < best_far) {
			best_far = far;
			strlcpy(best, near, sizeof(best));
		}
	}
	fprintf(err, "wirelinkctl: no peer \"%.44s\"%s%s%s\n", word,
	    best[0] != '\0' ? "; did you mean \"" : "", best,
	    best[0] != '\0' ? "\"?" : "");
}

int
ctl_select(
    const struct ctl_answer *a, const char *word, struct key *out, FILE *err)
{
	const struct ctl_name *found = NULL;

	for (int by_name = 1; by_name >= 0; by_name--) {
		size_t n = word[0] != '\0'
		    ? matches(a, word, by_name == 1, &found)
		    : 0;

		if (n == 1) {
			*out = found->key;
			return 0;
		}
		if (n > 1) {
			print_ambiguous(a, word, by_name == 1, err);
			return -1;
		}
	}
	if (key_parse(word, out) == 0)
		return 0;
	print_nearest(a, word, err);
	return -1;
}
