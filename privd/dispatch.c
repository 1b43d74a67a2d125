/*
 * What netd may ask for, one function each. Syntax has been checked by proto
 * as far as the table goes; a payload that doesn't decode ends the daemon, a
 * refusal by policy or an error of the kernel is an answer.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "privd/privd.h"

#define MAX_AGE_NS (INT64_C(250) * 1000 * 1000)

static const char malformed[] = "malformed payload";

struct policy_state
dispatch_state(const struct privd *p)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (struct policy_state){.dev = &p->dev,
	    .ledger = &p->ledger,
	    .conf = &p->conf,
	    .ifindex = p->rtnl.ifindex,
	    .wall_ns = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec,
	    .addrs = p->rtnl.addr,
	    .naddrs = p->rtnl.naddrs};
}

static const char *
result(struct privd *p, uint32_t id, int error, enum policy_rule rule,
    uint16_t index)
{
	struct m_result r = {
	    .error = error, .rule = (uint16_t)rule, .index = index};
	struct wbuf w;

	wbuf_init(&w, p->out, sizeof p->out);
	enc_result(&w, &r);
	privd_send(p, MSG_RESULT, 0, id, &w, -1);
	return NULL;
}

static const char *
failed(struct privd *p, uint32_t id, int error)
{
	return result(p, id, error, RULE_ALLOWED, RESULT_NO_INDEX);
}

static const char *
refused(struct privd *p, uint32_t id, const struct key *key,
    enum policy_rule rule, uint16_t index)
{
	char text[KEY_STRLEN];

	log_debug(
	    "refused for %s: %s", key_format(key, text), policy_text(rule));
	return result(p, id, policy_errno(rule), rule, index);
}

static void
begin_device(struct privd *p, struct wbuf *w)
{
	wbuf_init(w, p->out, sizeof p->out);
	wbuf_i64(w, dispatch_state(p).wall_ns);
	wbuf_u16(w, 0);
}

static const char *
device_get(struct privd *p, const struct msg *m)
{
	struct wbuf w;
	uint16_t n = 0;

	if (!rate_take(&p->gets, now_ns(), 100, 50))
		return failed(p, m->id, EAGAIN);
	if (link_read(p, 0) == -1)
		return failed(p, m->id, errno);
	begin_device(p, &w);
	for (size_t i = 0; i < p->dev.npeers; i++) {
		const struct wg_peer *peer = &p->dev.peers[i];
		size_t done = 0, part;

		do {
			if (wbuf_left(&w) < M_PEER_FIXED + M_PREFIX_LEN) {
				wbuf_patch_u16(&w, 8, n);
				privd_send(
				    p, MSG_DEVICE, MSG_F_MORE, m->id, &w, -1);
				begin_device(p, &w);
				n = 0;
			}
			part = (wbuf_left(&w) - M_PEER_FIXED) / M_PREFIX_LEN;
			if (part > peer->nprefixes - done)
				part = peer->nprefixes - done;
			enc_peer(&w,
			    &(struct m_peer){.key = peer->key,
				.endpoint = peer->endpoint,
				.handshake_ns = peer->handshake_ns,
				.rx_bytes = peer->rx_bytes,
				.tx_bytes = peer->tx_bytes,
				.keepalive_s = peer->keepalive_s,
				.ours = peer->ours,
				.nprefixes = (uint16_t)part});
			n++;
			for (size_t j = 0; j < part; j++)
				enc_prefix(
				    &w, &p->dev.prefixes[peer->first + done++]);
		} while (done < peer->nprefixes);
	}
	wbuf_patch_u16(&w, 8, n);
	privd_send(p, MSG_DEVICE, 0, m->id, &w, -1);
	return NULL;
}

/* A peer on the device, or configured? */
static bool
is_known(struct privd *p, const struct key *key)
{
	return wg_device_find(&p->dev, key) != NULL ||
	    conf_find(&p->conf, key) != NULL ||
	    (link_read(p, MAX_AGE_NS) == 0 &&
		wg_device_find(&p->dev, key) != NULL);
}

/* May the secret shared with that peer be used now? */
static enum crypt_status
may_crypt(struct privd *p, const struct key *key)
{
	if (!p->up || !is_known(p, key))
		return CRYPT_UNKNOWN;
	return rate_take(&p->bodies, now_ns(), 8192, 4096) ? CRYPT_OK
							   : CRYPT_RATE;
}

/* Decodes a whole batch. Their number, or 0 when it is malformed. */
static size_t
batch(const struct msg *m, int (*dec)(struct rbuf *, struct m_body *),
    size_t max, struct m_body body[BATCH_MAX])
{
	struct rbuf r;
	size_t n;

	rbuf_init(&r, m->payload, m->len);
	n = rbuf_u8(&r);
	if (n > BATCH_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (dec(&r, &body[i]) == -1 || body[i].len > max)
			return 0;
	return rbuf_done(&r) ? n : 0;
}

static const char *
seal(struct privd *p, const struct msg *m)
{
	struct m_body body[BATCH_MAX];
	size_t n = batch(m, dec_seal, BODY_MAX, body);
	struct m_sealed sealed;
	struct wbuf w;

	if (n == 0)
		return malformed;
	wbuf_init(&w, p->out, sizeof p->out);
	wbuf_u8(&w, (uint8_t)n);
	for (size_t i = 0; i < n; i++) {
		memset(&sealed, 0, sizeof sealed);
		sealed.status = may_crypt(p, &body[i].peer);
		if (sealed.status == CRYPT_OK)
			sealed.status =
			    seal_make(p->seal, &body[i].peer, body[i].body,
				body[i].len, sealed.nonce, sealed.tag);
		enc_sealed(&w, &sealed);
	}
	privd_send(p, MSG_SEALED, 0, m->id, &w, -1);
	return NULL;
}

static const char *
check(struct privd *p, const struct msg *m)
{
	struct m_body body[BATCH_MAX];
	size_t n = batch(m, dec_check, BODY_MAX_RECV, body);
	uint8_t status[BATCH_MAX];
	enum crypt_status s;
	struct wbuf w;

	if (n == 0)
		return malformed;
	for (size_t i = 0; i < n; i++) {
		s = may_crypt(p, &body[i].peer);
		if (s == CRYPT_OK)
			s = seal_check(p->seal, &body[i].peer, body[i].body,
			    body[i].len, body[i].nonce, body[i].tag);
		status[i] = (uint8_t)s;
	}
	wbuf_init(&w, p->out, sizeof p->out);
	enc_checked(&w, status, n);
	privd_send(p, MSG_CHECKED, 0, m->id, &w, -1);
	return NULL;
}

/* Everything that will be ours or withdrawn goes into the ledger before the
 * device is touched: a crash must not make it the administrator's. */
static int
note(struct ledger *l, const struct key *key, const struct policy_plan *plan)
{
	if (plan->create && ledger_add(l, LEDGER_PEER, key, NULL) == -1)
		return -1;
	for (size_t i = 0; i < plan->nadd; i++)
		if (plan->add_noted[i] &&
		    ledger_add(l, LEDGER_PREFIX, key, &plan->add[i]) == -1)
			return -1;
	for (size_t i = 0; i < plan->ndel; i++)
		if (plan->del_noted[i] &&
		    ledger_add(l, LEDGER_WITHDRAWN, key, &plan->del[i]) == -1)
			return -1;
	return 0;
}

static bool
changes(const struct policy_plan *plan)
{
	return plan->create || plan->set_keepalive ||
	    plan->nadd + plan->ndel > 0 || plan->endpoint.addr.family != 0;
}

/*
 * A snapshot that is not new serves to refuse, and to see that there is
 * nothing to do. What changes the device is judged by one taken now: netd
 * could use the time since for what the administrator has just given or
 * taken.
 */
static const char *
peer_set(struct privd *p, const struct msg *m)
{
	static struct m_peer_set set;
	static struct policy_plan plan;
	struct policy_state state;
	enum policy_rule rule;
	uint16_t index;
	char text[KEY_STRLEN];
	int64_t begin_ns = now_ns(), age_ns = MAX_AGE_NS;
	int error;

	if (dec_peer_set(m->payload, m->len, &set) == -1)
		return malformed;
	if (set.remake) {
		p->wg.psk_of = &set.key;
		p->read_ns = 0; /* a snapshot that is there has not that */
	}
	do {
		if (link_read(p, age_ns) == -1)
			return failed(p, m->id, errno);
		state = dispatch_state(p);
		rule = policy_peer_set(&state, &set, &plan, &index);
		age_ns = 0;
	} while (
	    rule == RULE_ALLOWED && changes(&plan) && p->read_ns < begin_ns);
	if (rule == RULE_ALLOWED && plan.endpoint.addr.family != 0)
		rule = policy_endpoint_rate(&p->endpoints, &set.key, now_ns());
	if (rule != RULE_ALLOWED)
		return refused(p, m->id, &set.key, rule, index);
	if (!changes(&plan))
		return failed(p, m->id, 0);
	p->read_ns = 0;
	if (note(&p->ledger, &set.key, &plan) == -1)
		return failed(p, m->id, errno);
	if (plan.remake)
		error = wg_remake(&p->wg, &p->dev, &set.key, &plan.endpoint);
	else
		error = wg_set(&p->wg,
		    &(struct wg_change){.key = set.key,
			.create = plan.create,
			.endpoint = plan.endpoint,
			.set_keepalive = plan.set_keepalive,
			.keepalive_s = set.keepalive_s,
			.nadd = plan.nadd,
			.add = plan.add,
			.ndel = plan.ndel,
			.del = plan.del});
	error = error == -1 ? errno : 0;
	if (plan.remake)
		log_debug("made anew peer %s", key_format(&set.key, text));
	if (plan.create)
		log_info("added peer %s", key_format(&set.key, text));
	if (error != 0)
		p->suspect = true;
	return failed(p, m->id, error);
}

static const char *
peer_remove(struct privd *p, const struct msg *m)
{
	struct wg_change change = {.remove = true};
	struct policy_state state;
	enum policy_rule rule;
	struct rbuf r;
	char text[KEY_STRLEN];
	int64_t begin_ns = now_ns(), age_ns = MAX_AGE_NS;

	rbuf_init(&r, m->payload, m->len);
	rbuf_key(&r, &change.key);
	if (!rbuf_done(&r))
		return malformed;
	do {
		if (link_read(p, age_ns) == -1)
			return failed(p, m->id, errno);
		state = dispatch_state(p);
		rule = policy_peer_remove(&state, &change.key);
		age_ns = 0;
	} while (rule == RULE_ALLOWED && p->read_ns < begin_ns);
	if (rule != RULE_ALLOWED)
		return refused(p, m->id, &change.key, rule, RESULT_NO_INDEX);
	if (wg_device_find(&p->dev, &change.key) == NULL)
		return failed(p, m->id, 0);
	p->read_ns = 0;
	if (wg_set(&p->wg, &change) == -1) {
		p->suspect = true;
		return failed(p, m->id, errno);
	}
	log_info("removed peer %s", key_format(&change.key, text));
	return failed(p, m->id, 0);
}

/* There is nothing that netd could choose but when. */
static const char *
again(struct privd *p, const struct msg *m)
{
	if (!rate_take(&p->reloads, now_ns(), 5, 1))
		return failed(p, m->id, EAGAIN);
	reload_asked(p, m->id);
	return NULL;
}

const char *
dispatch(struct privd *p, const struct msg *m)
{
	static const struct {
		enum msg_type type;
		const char *(*handle)(struct privd *, const struct msg *);
	} handlers[] = {
	    {MSG_DEVICE_GET, device_get},
	    {MSG_SEAL, seal},
	    {MSG_CHECK, check},
	    {MSG_PEER_SET, peer_set},
	    {MSG_PEER_REMOVE, peer_remove},
	    {MSG_RELOAD, again},
	};

	p->wg.psk_of = NULL;
	for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
		if (handlers[i].type == m->type)
			return handlers[i].handle(p, m);
	return "nothing handles it";
}
