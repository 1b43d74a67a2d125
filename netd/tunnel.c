/* Datagrams in and out. See tunnel.h. */
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "netd/tunnel.h"

#define READ_MAX     64 /* datagrams a turn */
#define LOG_EVERY_NS (60 * SECOND_NS)
#define CHECK_FIXED  (KEY_LEN + NONCE_LEN + TAG_LEN + 2)

enum stage { FREE, QUEUED, ASKED };

struct inbound {
	enum stage stage;
	struct group g; /* points into data */
	uint8_t data[DATAGRAM_MAX_RECV];
};

struct outbound {
	enum stage stage;
	uint32_t token;
	struct key key;
	struct addr dst;
	size_t len;
	uint8_t body[BODY_MAX];
};

struct tunnel {
	struct node *node;
	struct uplink *uplink;
	int fd;
	struct m_link link;
	size_t checks; /* CHECKs under way */
	struct log_limit limit[DROP_MAX];
	struct inbound in[TUNNEL_POOL];
	struct outbound out[TUNNEL_POOL];
};

struct tunnel *
tunnel_new(struct node *n, struct uplink *u)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->node = n;
	t->uplink = u;
	t->fd = -1;
	for (size_t i = 0; i < DROP_MAX; i++) {
		t->limit[i].burst = 1;
		t->limit[i].interval_ns = LOG_EVERY_NS;
	}
	return t;
}

void
tunnel_socket(struct tunnel *t, int fd, const struct m_link *link)
{
	if (t->fd != -1)
		close(t->fd);
	t->fd = fd;
	if (link != NULL)
		t->link = *link;
}

int
tunnel_fd(const struct tunnel *t)
{
	return t->checks == 0 ? t->fd : -1;
}

static void
log_drop(struct tunnel *t, enum drop d, int64_t now_ns, const struct addr *src)
{
	char text[ADDR_STRLEN];
	unsigned int more;

	if (!log_allowed(&t->limit[d], now_ns, &more))
		return;
	log_warnx("datagram from %s %s (and %u more of its kind in the "
		  "last minute)",
	    addr_format(src, text), drop_name(d), more);
}

static struct inbound *
free_in(struct tunnel *t)
{
	for (size_t i = 0; i < TUNNEL_POOL; i++) {
		if (t->in[i].stage == FREE)
			return &t->in[i];
	}
	return NULL;
}

/* One datagram; false when there is none, or no room for one. */
static bool
read_one(struct tunnel *t, int64_t now_ns)
{
	struct inbound *in = free_in(t);
	struct sockaddr_in6 sin6;
	struct iovec iov;
	struct msghdr mh = {.msg_name = &sin6,
	    .msg_namelen = sizeof(sin6),
	    .msg_iov = &iov,
	    .msg_iovlen = 1};
	struct addr src;
	enum drop d;
	ssize_t n;

	if (in == NULL)
		return false;
	iov.iov_base = in->data;
	iov.iov_len = sizeof(in->data);
	/* MSG_TRUNC: the true length, also of one that is too long. */
	n = recvmsg(t->fd, &mh, MSG_TRUNC | MSG_DONTWAIT);
	if (n == -1)
		return errno == EINTR || errno == ECONNREFUSED;
	if (mh.msg_namelen < sizeof(sin6) || sin6.sin6_family != AF_INET6)
		return true;
	src = addr_v6(sin6.sin6_addr.s6_addr);
	d = node_screen(t->node, now_ns, &src, ntohs(sin6.sin6_port), in->data,
	    (size_t)n, &in->g);
	if (d == DROP_NONE)
		in->stage = QUEUED;
	else
		log_drop(t, d, now_ns, &src);
	return true;
}

void
tunnel_read(struct tunnel *t, int64_t now_ns)
{
	for (int i = 0; i < READ_MAX && tunnel_fd(t) != -1; i++) {
		if (!read_one(t, now_ns))
			break;
	}
	tunnel_flush(t);
}

bool
tunnel_room(const struct tunnel *t)
{
	for (size_t i = 0; i < TUNNEL_POOL; i++) {
		if (t->out[i].stage == FREE)
			return true;
	}
	return false;
}

void
tunnel_send(struct tunnel *t, const struct action *act)
{
	struct outbound *out = t->out;

	while (out->stage != FREE)
		out++;
	out->stage = QUEUED;
	out->token = act->token;
	out->key = act->key;
	out->dst = act->dst;
	out->len = act->len;
	memcpy(out->body, act->body, act->len);
}

/* Asks privd to check up to BATCH_MAX datagrams. False: none are queued. */
static bool
ask_check(struct tunnel *t)
{
	static uint8_t buf[MSG_PAYLOAD];
	struct request_slot *s = NULL;
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	wbuf_u8(&w, 0);
	for (uint16_t i = 0; i < TUNNEL_POOL; i++) {
		struct inbound *in = &t->in[i];
		struct m_body m;

		if (in->stage != QUEUED ||
		    CHECK_FIXED + in->g.len > wbuf_left(&w))
			continue;
		if (s == NULL)
			s = uplink_request(t->uplink, REQ_CHECK);
		if (s == NULL || s->n == BATCH_MAX)
			break;
		m.peer = in->g.signer;
		memcpy(m.nonce, in->g.nonce, NONCE_LEN);
		memcpy(m.tag, in->g.tag, TAG_LEN);
		m.body = in->g.body;
		m.len = in->g.len;
		enc_check(&w, &m);
		in->stage = ASKED;
		s->item[s->n++] = i;
	}
	if (s == NULL)
		return false;
	buf[0] = (uint8_t)s->n;
	t->checks++;
	uplink_send(t->uplink, MSG_CHECK, s->id, buf, w.off);
	return true;
}

static bool
ask_seal(struct tunnel *t)
{
	static uint8_t buf[MSG_PAYLOAD];
	struct request_slot *s = NULL;
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	wbuf_u8(&w, 0);
	for (uint16_t i = 0; i < TUNNEL_POOL; i++) {
		struct outbound *out = &t->out[i];
		struct m_body m = {
		    .peer = out->key, .body = out->body, .len = out->len};

		if (out->stage != QUEUED)
			continue;
		if (s == NULL)
			s = uplink_request(t->uplink, REQ_SEAL);
		if (s == NULL || s->n == BATCH_MAX)
			break;
		enc_seal(&w, &m);
		out->stage = ASKED;
		s->item[s->n++] = i;
	}
	if (s == NULL)
		return false;
	buf[0] = (uint8_t)s->n;
	uplink_send(t->uplink, MSG_SEAL, s->id, buf, w.off);
	return true;
}

void
tunnel_flush(struct tunnel *t)
{
	while (uplink_ready(t->uplink) && ask_check(t))
		;
	while (uplink_ready(t->uplink) && ask_seal(t))
		;
}

static void
transmit(
    struct tunnel *t, const struct outbound *out, const struct m_sealed *sealed)
{
	uint8_t dgram[DATAGRAM_MAX_SEND];
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};
	struct group g = {
	    .signer = t->link.key, .body = out->body, .len = out->len};
	struct iovec iov = {.iov_base = dgram};
	struct msghdr mh = {.msg_name = &sin6,
	    .msg_namelen = sizeof(sin6),
	    .msg_iov = &iov,
	    .msg_iovlen = 1};

	memcpy(g.nonce, sealed->nonce, NONCE_LEN);
	memcpy(g.tag, sealed->tag, TAG_LEN);
	iov.iov_len = group_build(dgram, sizeof(dgram), &g);
	memcpy(&sin6.sin6_addr, out->dst.b, sizeof(sin6.sin6_addr));
	sin6.sin6_port = htons(t->link.port);
	sin6.sin6_scope_id = t->link.ifindex;
	/* What is lost here is repeated like what is lost on the way. */
	if (t->fd != -1 && iov.iov_len > 0 &&
	    sendmsg(t->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		log_debug("send to a peer: %s", strerror(errno));
}

int
tunnel_sealed(struct tunnel *t, int64_t now_ns, const struct request_slot *s,
    const struct msg *m)
{
	struct rbuf r;

	rbuf_init(&r, m->payload, m->len);
	if (rbuf_u8(&r) != s->n)
		return -1;
	for (size_t i = 0; i < s->n; i++) {
		struct outbound *out = &t->out[s->item[i]];
		struct m_sealed sealed;

		if (dec_sealed(&r, &sealed) == -1)
			return -1;
		out->stage = FREE;
		if (sealed.status == CRYPT_OK) {
			transmit(t, out, &sealed);
			node_sent(t->node, now_ns, out->token, sealed.nonce);
		} else {
			node_not_sent(
			    t->node, now_ns, out->token, sealed.status);
		}
	}
	return rbuf_done(&r) ? 0 : -1;
}

static void
accept_one(struct tunnel *t, int64_t now_ns, struct inbound *in,
    enum crypt_status status)
{
	struct addr src = key_auto_addr(&in->g.signer);
	enum drop d = node_accept(t->node, now_ns, &in->g, status);

	in->stage = FREE;
	if (d != DROP_NONE)
		log_drop(t, d, now_ns, &src);
}

int
tunnel_checked(struct tunnel *t, int64_t now_ns, const struct request_slot *s,
    const struct msg *m)
{
	uint8_t status[BATCH_MAX];
	size_t n;

	if (dec_checked(m->payload, m->len, status, &n) == -1 || n != s->n)
		return -1;
	t->checks--;
	for (size_t i = 0; i < n; i++)
		accept_one(t, now_ns, &t->in[s->item[i]],
		    (enum crypt_status)status[i]);
	return 0;
}

void
tunnel_refused(struct tunnel *t, int64_t now_ns, const struct request_slot *s)
{
	t->checks -= s->kind == REQ_CHECK;
	for (size_t i = 0; i < s->n; i++) {
		if (s->kind == REQ_CHECK) {
			accept_one(t, now_ns, &t->in[s->item[i]], CRYPT_RATE);
			continue;
		}
		t->out[s->item[i]].stage = FREE;
		node_not_sent(
		    t->node, now_ns, t->out[s->item[i]].token, CRYPT_RATE);
	}
}
