/* Why a peer is not direct, as text for people. See show.h. */
#include <string.h>

#include "common/log.h"
#include "netd/ctl/show.h"
#include "netd/fact.h"

#define TEXT_WIDTH 42 /* of the longest question */

const struct ctl_why *
ctl_first_no(const struct ctl_answer *a)
{
	for (size_t i = 0; i < a->nwhys; i++) {
		if (a->whys[i].answer == CTL_NO)
			return &a->whys[i];
	}
	return NULL;
}

static void
append(char *out, size_t outlen, const char *before, const char *text)
{
	strlcat(out, out[0] != '\0' ? before : "", outlen);
	strlcat(out, text, outlen);
}

/* What there is of these, in words. */
static void
append_place(char *out, size_t outlen, const struct endpoint *e,
    const struct prefix *p, uint16_t rule)
{
	char text[ENDPOINT_STRLEN];

	if (e->addr.family != 0)
		append(out, outlen, ", ", endpoint_format(e, text));
	if (p->addr.family != 0)
		append(out, outlen, ", ", prefix_format(p, text));
	if (rule != 0) {
		snprintf(text, sizeof(text), "rule %u", (unsigned int)rule);
		append(out, outlen, ", ", text);
	}
}

const char *
ctl_event_detail(
    const struct ctl_answer *a, const struct ctl_event *m, char out[256])
{
	char label[80];

	out[0] = '\0';
	if (m->attr != 0)
		append(out, 256, " ", fact_attr_name((enum attr)m->attr));
	append_place(out, 256, &m->endpoint, &m->prefix, m->rule);
	if (m->has_other) {
		append(out, 256, " ", "of ");
		strlcat(out, ctl_peer_label(a, &m->other, false, label), 256);
	}
	if (m->code == EV_ROUTER)
		append(out, 256, " ", m->yes ? "yes" : "no");
	if (m->reason != REASON_NONE) {
		append(out, 256, " ", "(");
		strlcat(out, reason_code(m->reason), 256);
		strlcat(out, ")", 256);
	}
	return out;
}

static void
print_condition(const struct ctl_answer *a, const struct ctl_why *m, FILE *out)
{
	static const char *const answers[] = {
	    [CTL_NO] = "NO", [CTL_YES] = "yes", [CTL_SKIP] = "-"};
	char detail[256] = "", age[24], text[80];

	if (m->answer == CTL_NO)
		append(detail, sizeof(detail), ", ", reason_code(m->reason));
	append_place(detail, sizeof(detail), &m->endpoint, &m->prefix, m->rule);
	if (m->needs != 0) {
		snprintf(text, sizeof(text), "needs %u sources, has %u",
		    (unsigned int)m->needs, (unsigned int)m->has);
		append(detail, sizeof(detail), ", ", text);
	}
	if (m->has_age) {
		append(detail, sizeof(detail), ", ", ctl_age(m->age_s, age));
		strlcat(detail, " ago", sizeof(detail));
	}
	if (m->has_other) {
		append(detail, sizeof(detail), ", ",
		    m->reason == REASON_HELD_BY_OTHER ? "by " : "goes over ");
		strlcat(detail, ctl_peer_label(a, &m->other, false, text),
		    sizeof(detail));
	}
	fprintf(out, "%-4s %-11s %-*s%s%s\n", answers[m->answer],
	    cond_code(m->cond), detail[0] != '\0' ? TEXT_WIDTH : 0,
	    cond_text(m->cond), detail[0] != '\0' ? " " : "", detail);
}

static void
print_candidate(const struct ctl_answer *a, const struct ctl_candidate *m,
    const struct ctl_style *s, FILE *out)
{
	char text[ENDPOINT_STRLEN], label[80], age[24];

	fprintf(out, "  %-22s", endpoint_format(&m->endpoint, text));
	if (m->has_source)
		fprintf(out, " stated by %s,",
		    ctl_peer_label(a, &m->source, s->full_keys, label));
	else if (m->stated)
		fprintf(out, " configured,");
	if (!m->usable)
		fprintf(out, " never tried: inside the tunnel or this host");
	else if (!m->tried)
		fprintf(out, " not tried");
	else
		fprintf(out, " %s %s ago", m->worked ? "worked," : "tried",
		    ctl_age(m->tried_age_s, age));
	if (m->waiting)
		fprintf(out, ", may still answer");
	else if (m->tried && !m->worked)
		fprintf(out, ", no answer");
	fprintf(out, "%s\n", m->current ? " (in use)" : "");
}

static void
print_title(const struct ctl_answer *a, const struct key *key,
    const struct ctl_style *s, FILE *out)
{
	char label[80], text[KEY_STRLEN];
	char ifname[4 * sizeof(a->self.ifname)];

	log_escape(
	    a->self.ifname, strlen(a->self.ifname), ifname, sizeof(ifname));
	key_format(key, text);
	fprintf(out, "%s (%.*s%s) on %s", ctl_peer_label(a, key, false, label),
	    s->full_keys ? KEY_STRLEN : 8, text, s->full_keys ? "" : "...",
	    ifname);
}

static void
print_endpoints(
    const struct ctl_answer *a, const struct ctl_style *s, FILE *out)
{
	for (size_t i = 0; i < a->ncandidates; i++)
		print_candidate(a, &a->candidates[i], s, out);
}

void
ctl_print_candidates(const struct ctl_answer *a, const struct key *key,
    const struct ctl_style *s, FILE *out)
{
	print_title(a, key, s, out);
	fprintf(out, ": %zu endpoint%s\n", a->ncandidates,
	    a->ncandidates == 1 ? "" : "s");
	print_endpoints(a, s, out);
}

static void
print_past(const struct ctl_answer *a, const struct ctl_event *m, FILE *out)
{
	char detail[256], first[24], last[24];

	fprintf(out, "  %5s ago  %-13s %s", ctl_age(m->last_age_s, last),
	    event_name(m->code), ctl_event_detail(a, m, detail));
	if (m->times > 1)
		fprintf(out, "%s%u times since %s ago",
		    detail[0] != '\0' ? ", " : "", (unsigned int)m->times,
		    ctl_age(m->first_age_s, first));
	fputc('\n', out);
}

void
ctl_print_why(const struct ctl_answer *a, const struct key *key,
    const struct ctl_style *s, FILE *out)
{
	const struct ctl_why *no = ctl_first_no(a);
	const char *colour = no != NULL ? "\033[31m" : "\033[32m";

	print_title(a, key, s, out);
	fprintf(out, ": %s%s%s%s\n\n", s->colour ? colour : "",
	    no != NULL ? "not direct, " : "",
	    no != NULL ? reason_code(no->reason) : "direct",
	    s->colour ? "\033[0m" : "");
	for (size_t i = 0; i < a->nwhys; i++)
		print_condition(a, &a->whys[i], out);
	if (no != NULL)
		fprintf(out, "\n%s: %s.\nWhat to do: %s.\n",
		    reason_code(no->reason), reason_text(no->reason),
		    reason_advice(no->reason));
	if (a->ncandidates > 0)
		fprintf(out, "\nEndpoints:\n");
	print_endpoints(a, s, out);
	if (a->nevents > 0)
		fprintf(out, "\nWhat happened:\n");
	for (size_t i = 0; i < a->nevents; i++)
		print_past(a, &a->events[i], out);
}

void
ctl_print_trust(const struct ctl_answer *a, const struct key *key,
    const struct ctl_style *s, FILE *out)
{
	static const char *const by[] = {
	    [CTL_BY_NOTHING] = "it is not on the device",
	    [CTL_BY_CONF] = "its [Peer] section says so",
	    [CTL_BY_ROUTER] = "it is a router",
	    [CTL_BY_DEVICE] = "it is on the device",
	    [CTL_BY_DELEGATE] = "one with DelegateTrust says so: ",
	};
	static const char *const rows[] = {
	    "endpoints", "allowed IPs", "members, names"};
	char label[80];

	if (a->ntrusts == 0)
		return;
	print_title(a, key, s, out);
	fprintf(out, ": trust %s, since %s%s\n\n%-16s %-20s %s\n",
	    a->trusts->level == TRUST_UNSET ? "none"
					    : trust_name(a->trusts->level),
	    by[a->trusts->by],
	    a->trusts->by == CTL_BY_DELEGATE
		? ctl_peer_label(a, &a->trusts->lender, s->full_keys, label)
		: "",
	    "BELIEVED", "OF PEERS", "OF OTHER KEYS");
	for (unsigned int i = 0; i < 3; i++)
		fprintf(out, "%-16s %-20s %s\n", rows[i],
		    (a->trusts->known >> i & 1) != 0 ? "yes" : "no",
		    (a->trusts->unknown >> i & 1) != 0 ? "yes" : "no");
	fprintf(out,
	    "\n%u facts that it states are held.\n"
	    "A new member has to be named by %u of the %u that may.\n",
	    (unsigned int)a->trusts->nfacts, (unsigned int)a->trusts->quorum,
	    (unsigned int)a->trusts->sources);
}
