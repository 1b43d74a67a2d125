/* Events as they happen. See show.h. */
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "netd/ctl/json.h"
#include "netd/ctl/show.h"

struct monitor {
	const struct ctl_answer *names;
	bool json;
	FILE *out;
};

/* A peer's name as it came with the event, or as it was known at the start,
 * or its key's beginning. */
static const char *
label(const struct monitor *m, const struct ctl_event *ev, char out[80])
{
	if (ev->name_len > 0)
		return log_escape(ev->name, ev->name_len, out, 80);
	return ctl_peer_label(m->names, &ev->key, false, out);
}

static int
print_json(const struct monitor *m, const struct ctl_event *ev, int64_t now_s)
{
	struct json_object *o = json_event(ev);

	json_put_int(o, "version", JSON_VERSION);
	json_put_int(o, "time", now_s);
	if (ev->lost > 0)
		json_put_u64(o, "lost", ev->lost);
	return json_print(o, JSON_C_TO_STRING_PLAIN, m->out);
}

static void
print_line(const struct monitor *m, const struct ctl_event *ev, time_t now_s)
{
	char name[80], detail[256], clock[16] = "";
	struct tm tm;

	if (localtime_r(&now_s, &tm) != NULL)
		strftime(clock, sizeof(clock), "%H:%M:%S ", &tm);
	if (ev->lost > 0)
		fprintf(m->out, "%s%llu events lost\n", clock,
		    (unsigned long long)ev->lost);
	ctl_event_detail(m->names, ev, detail);
	fprintf(m->out, "%s%-16s %s%s%s\n", clock, label(m, ev, name),
	    event_name(ev->code), detail[0] != '\0' ? " " : "", detail);
}

static int
take(void *arg, const struct msg *msg)
{
	const struct monitor *m = arg;
	struct ctl_event ev;
	struct ctl_self self;
	time_t now_s = time(NULL);

	if (msg->type == MSG_CTL_SELF)
		return dec_ctl_self(msg->payload, msg->len, &self);
	if (msg->type != MSG_CTL_EVENT ||
	    dec_ctl_event(msg->payload, msg->len, &ev) == -1)
		return -1;
	if (m->json && print_json(m, &ev, now_s) == -1)
		return -1;
	if (!m->json)
		print_line(m, &ev, now_s);
	return fflush(m->out) == 0 ? 0 : -1;
}

int
ctl_monitor(int fd, bool json, const struct ctl_answer *a, FILE *out, FILE *err)
{
	const struct ctl_get get = {.what = CTL_MONITOR};
	struct monitor m = {a, json, out};

	return ctl_ask(fd, &get, take, &m, err);
}
