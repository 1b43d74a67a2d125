/* Events as log lines. See events.h. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "netd/events.h"

#define KEY_SHOWN 8

const char *
event_who(const struct node *n, const struct key *key, char out[EVENT_WHO_LEN])
{
	char text[KEY_STRLEN], name[64];
	size_t len;
	const uint8_t *known_as = node_name_of(n, key, &len);

	key_format(key, text);
	if (known_as != NULL) {
		snprintf(out, EVENT_WHO_LEN, "%s (%.*s)",
		    log_escape(known_as, len, name, sizeof(name)), KEY_SHOWN,
		    text);
		return out;
	}
	snprintf(out, EVENT_WHO_LEN, "peer %.*s", KEY_SHOWN, text);
	return out;
}

static void
log_refused(const char *who, const struct event *ev)
{
	char prefix[PREFIX_STRLEN];

	if (ev->text != NULL)
		log_warnx("%s: %s", who, ev->text);
	else if (ev->prefix.addr.family != 0)
		log_warnx("%s: %s refused by rule %u (%s)", who,
		    prefix_format(&ev->prefix, prefix),
		    (unsigned int)ev->result.rule, strerror(ev->result.error));
	else
		log_warnx("%s: refused by rule %u (%s)", who,
		    (unsigned int)ev->result.rule, strerror(ev->result.error));
}

void
event_log(const struct node *n, const struct event *ev)
{
	char buf[EVENT_WHO_LEN], other[EVENT_WHO_LEN], ep[ENDPOINT_STRLEN];
	const char *who = event_who(n, &ev->key, buf);

	switch (ev->code) {
	case EV_LINK_UP:
		log_info("link up");
		break;
	case EV_LINK_DOWN:
		log_warnx("link down");
		break;
	case EV_PEER_ALIVE:
		log_info("%s is alive", who);
		break;
	case EV_PEER_RESTARTED:
		log_info("%s has restarted", who);
		break;
	case EV_PEER_SILENT:
		log_info("%s is silent", who);
		break;
	case EV_PEER_MUTE:
		log_info("%s: its wirelink is silent, its WireGuard answers: "
			 "its link is left as it is",
		    who);
		break;
	case EV_PEER_ADDED:
		log_info("%s introduced", who);
		break;
	case EV_PEER_REMOVED:
		log_info("%s removed, no longer a member", who);
		break;
	case EV_DIRECT:
		log_info("%s is direct at %s", who,
		    endpoint_format(&ev->endpoint, ep));
		break;
	case EV_FALLBACK:
		log_info("%s goes over the router (%s)", who,
		    reason_code(ev->reason));
		break;
	case EV_TRY:
		log_debug(
		    "%s: trying %s", who, endpoint_format(&ev->endpoint, ep));
		break;
	case EV_REFUSED:
		log_refused(who, ev);
		break;
	case EV_COLLISION:
		log_errx("%s has the auto address of another peer: it is "
			 "ignored; one of the two needs a new key",
		    who);
		break;
	case EV_TABLE_FULL:
		log_warnx(
		    "table of %s is full: what is new is not taken", ev->text);
		break;
	case EV_ROUTER:
		log_info("this node is %s router", ev->yes ? "a" : "no");
		break;
	case EV_SUSPENDED:
		log_info("the clock jumped: all is told anew");
		break;
	case EV_RESOLVE_FAILED:
		log_warnx("%s: no address found; goes on trying", ev->text);
		break;
	case EV_PEER_FOUND:
		log_debug("%s is on the device", who);
		break;
	case EV_HANDSHAKE:
		log_debug("%s: handshake at %s", who,
		    endpoint_format(&ev->endpoint, ep));
		break;
	case EV_FACT_REFUSED:
		log_debug("%s: %s stated by %s refused (%s)", who,
		    fact_attr_name(ev->attr), event_who(n, &ev->other, other),
		    reason_code(ev->reason));
		break;
	case EV_TRUST:
		log_info("%s has trust %s%s%s", who, ev->text,
		    ev->yes ? ", which it has from " : "",
		    ev->yes ? event_who(n, &ev->other, other) : "");
		break;
	case EV_PROBE:
		log_info("%s: tried at once, as asked", who);
		break;
	case EV_FORGET:
		log_info("%s: forgotten, as asked", who);
		break;
	case EV_MAX:
		break;
	}
	if (ev->held > 0)
		log_info("%s: %llu lines before this one were held back", who,
		    (unsigned long long)ev->held);
}
