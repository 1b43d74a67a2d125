/* Commands that make something of one or more answers: metrics, graphs,
 * configuration. Each is a file of its own; view.c has their table. */
#ifndef NETD_CTL_VIEW_H
#define NETD_CTL_VIEW_H

#include "netd/ctl/command.h"

#define VIEW_ASKS 3

struct ctl_view {
	const char *name;
	enum ctl_what asks[VIEW_ASKS]; /* up to the first 0 */
	/* An exit code, with a line on err unless it is CTL_OK. No key is
	 * twice in the peers or in the names of a. */
	int (*print)(const struct ctl_answer *a, const struct ctl_options *o,
	    FILE *out, FILE *err);
	/* Instead of both, for what asks nothing or more, of a file. */
	int (*file)(const struct ctl_options *o, FILE *out, FILE *err);
	bool file_optional;
	bool no_file; /* it has options for that */
};

/* Ends with one without a name. */
extern const struct ctl_view ctl_views[];
/* NULL for any other word. */
const struct ctl_view *ctl_find_view(const char *name);
/* Leaves the first record of each key: peers that come or go while netd
 * answers can make it tell of one twice. */
void ctl_answer_unique(struct ctl_answer *a);

int ctl_print_metrics(const struct ctl_answer *a, const struct ctl_options *o,
    FILE *out, FILE *err);
int ctl_print_graph(const struct ctl_answer *a, const struct ctl_options *o,
    FILE *out, FILE *err);
/* The same as a picture, in o->format, by dot: it writes to the standard
 * output itself. An exit code. */
int ctl_draw(const struct ctl_options *o, FILE *err);
/* The first of list, up to NULL, that can be run; NULL when none can. */
const char *ctl_find_program(const char *const *list);
int ctl_print_export(const struct ctl_answer *a, const struct ctl_options *o,
    FILE *out, FILE *err);
int ctl_import(const struct ctl_options *o, FILE *out, FILE *err);
/* The same of a file's text: len counts its NUL. */
int ctl_import_text(const char *text, size_t len, FILE *out, FILE *err);
int ctl_init(const struct ctl_options *o, FILE *out, FILE *err);
int ctl_top(const struct ctl_options *o, FILE *out, FILE *err);
/* What of text fits on a screen of so many lines and columns, from its upper
 * left corner on, with last under it. */
void ctl_put_screen(const char *text, size_t lines, size_t columns,
    const char *last, FILE *out);
int ctl_print_top(const struct ctl_answer *a, const struct ctl_options *o,
    FILE *out, FILE *err);
/* Connects, confines the process, asks and prints. An exit code. */
int ctl_view_run(
    const struct ctl_options *o, const char *ifname, FILE *out, FILE *err);
int ctl_eject(const struct ctl_options *o, FILE *out, FILE *err);
/* The file of eject, with the interface's addresses. An exit code, with a
 * line on err unless it is CTL_OK. */
int ctl_print_static(const struct ctl_answer *a, const struct m_addr *addrs,
    size_t naddrs, FILE *out, FILE *err);
struct wgquick;
void
ctl_print_init(const struct ctl_answer *a, const struct wgquick *w, FILE *out);

#endif
