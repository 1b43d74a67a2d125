/*
 * WireGuard in another program (wireguard-go and its like), over its socket.
 * That program runs as root and is trusted no less than the kernel, but its
 * answers are bounded, and it may restart at any time, or answer once on each
 * connection: one that has ended is made anew.
 */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "common/sandbox.h"
#include "privd/wg_uapi.h"

#define SOCKET_DIR "/var/run/wireguard/"
#define LINE_CAP   4096
#define REPLY_MAX  (8u << 20)
#define SET_CAP	   65536
#define SECOND_NS  INT64_C(1000000000)

static bool
hex_key(const char *s, uint8_t out[KEY_LEN])
{
	size_t n = 0;

	return strlen(s) == (size_t)2 * KEY_LEN &&
	    sodium_hex2bin(
		out, KEY_LEN, s, (size_t)2 * KEY_LEN, NULL, &n, NULL) == 0 &&
	    n == KEY_LEN;
}

/* Decimal digits alone, up to max. */
static bool
number(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0, digit;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		digit = (uint64_t)(*s - '0');
		if (v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

/* A line that belongs to the peer at hand. False when it is no good. */
static bool
peer_line(struct wg_uapi_reply *r, const char *name, const char *value)
{
	struct wg_peer *p = r->peer;
	struct prefix prefix;
	uint64_t v = 0;

	if (strcmp(name, "endpoint") == 0) {
		/* One with a zone is of no use to us. */
		if (endpoint_parse(value, &p->endpoint) == -1)
			memset(&p->endpoint, 0, sizeof p->endpoint);
	} else if (strcmp(name, "preshared_key") == 0) {
		return r->psk_of == NULL || !key_eq(&p->key, r->psk_of) ||
		    hex_key(value, r->psk);
	} else if (strcmp(name, "allowed_ip") == 0) {
		return prefix_parse(value, &prefix) == 0 &&
		    wg_device_prefix(r->dev, &prefix) == 0;
	} else if (strcmp(name, "last_handshake_time_sec") == 0) {
		if (!number(value, UINT64_C(1) << 33, &v))
			return false;
		p->handshake_ns =
		    (int64_t)v * SECOND_NS + p->handshake_ns % SECOND_NS;
	} else if (strcmp(name, "last_handshake_time_nsec") == 0) {
		if (!number(value, SECOND_NS - 1, &v))
			return false;
		p->handshake_ns += (int64_t)v - p->handshake_ns % SECOND_NS;
	} else if (strcmp(name, "rx_bytes") == 0) {
		return number(value, INT64_MAX, &p->rx_bytes);
	} else if (strcmp(name, "tx_bytes") == 0) {
		return number(value, INT64_MAX, &p->tx_bytes);
	} else if (strcmp(name, "persistent_keepalive_interval") == 0) {
		if (!number(value, UINT16_MAX, &v))
			return false;
		p->keepalive_s = (uint16_t)v;
	}
	return true;
}

static bool
device_line(struct wg_uapi_reply *r, const char *name, const char *value)
{
	struct key key;
	uint64_t v = 0;

	if (strcmp(name, "private_key") == 0)
		return hex_key(value, r->secret);
	if (strcmp(name, "listen_port") == 0) {
		if (!number(value, UINT16_MAX, &v))
			return false;
		r->dev->listen_port = (uint16_t)v;
	} else if (strcmp(name, "public_key") == 0) {
		return hex_key(value, key.b) &&
		    (r->peer = wg_device_peer(r->dev, &key)) != NULL;
	} else if (r->peer != NULL) {
		return peer_line(r, name, value);
	}
	return true;
}

int
wg_uapi_line(struct wg_uapi_reply *r, const char *line)
{
	const char *value = strchr(line, '=');
	char name[40];
	uint64_t v = 0;

	if (*line == '\0') {
		if (!r->has_error)
			errno = EPROTO;
		return r->has_error ? 1 : -1;
	}
	errno = 0;
	if (value == NULL || (size_t)(value - line) >= sizeof name)
		goto bad;
	strlcpy(name, line, (size_t)(value - line) + 1);
	value++;
	if (strcmp(name, "errno") == 0) {
		/* The sign differs from program to program. */
		if (!number(value + (*value == '-'), 4095, &v))
			goto bad;
		r->error = (int)v;
		r->has_error = true;
		return 0;
	}
	if (r->dev == NULL || device_line(r, name, value))
		return 0;
bad:
	if (errno != E2BIG && errno != ENOMEM)
		errno = EPROTO;
	return -1;
}

struct text {
	char *p;
	size_t cap, len;
};

static void __attribute__((format(printf, 2, 3)))
put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	/* Too long once is too long for good. */
	if (n < 0 || (size_t)n >= t->cap - t->len)
		t->len = t->cap - 1;
	else
		t->len += (size_t)n;
}

size_t
wg_uapi_build(char *out, size_t cap, const struct wg_change *c)
{
	struct text t = {out, cap, 0};
	char hex[KEY_LEN * 2 + 1], ep[ENDPOINT_STRLEN], prefix[PREFIX_STRLEN];

	sodium_bin2hex(hex, sizeof hex, c->key.b, KEY_LEN);
	put(&t, "set=1\n");
	if (c->remake)
		put(&t, "public_key=%s\nremove=true\n", hex);
	put(&t, "public_key=%s\n", hex);
	if (c->remove)
		put(&t, "remove=true\n");
	else if (!c->create)
		put(&t, "update_only=true\n");
	if (c->psk != NULL) {
		sodium_bin2hex(hex, sizeof hex, c->psk, KEY_LEN);
		put(&t, "preshared_key=%s\n", hex);
		sodium_memzero(hex, sizeof hex);
	}
	if (c->endpoint.addr.family != 0)
		put(&t, "endpoint=%s\n", endpoint_format(&c->endpoint, ep));
	if (c->set_keepalive)
		put(&t, "persistent_keepalive_interval=%u\n", c->keepalive_s);
	for (size_t i = 0; i < c->nadd; i++)
		put(&t, "allowed_ip=%s\n", prefix_format(&c->add[i], prefix));
	for (size_t i = 0; i < c->ndel; i++)
		put(&t, "allowed_ip=-%s\n", prefix_format(&c->del[i], prefix));
	if (c->vanish)
		put(&t, "public_key=%s\nremove=true\n", hex);
	put(&t, "\n");
	return t.len == cap - 1 ? 0 : t.len;
}

static const char *socket_dir = SOCKET_DIR;

int
wg_uapi_chroot(void)
{
	if (sandbox_chroot(SOCKET_DIR) == -1)
		return -1;
	socket_dir = "/";
	return 0;
}

/* A connection, or -1 with errno. */
static int
uapi_connect(const char *ifname)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 2};
	int fd, error;

	snprintf(
	    sun.sun_path, sizeof sun.sun_path, "%s%s.sock", socket_dir, ifname);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) ==
		-1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) ==
		-1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof sun) == -1) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int
wg_uapi_lines(struct wg_uapi_reply *r, char *buf, size_t *have)
{
	char *line = buf, *end;
	int done = 0;

	while (done == 0 &&
	    (end = memchr(line, '\n', *have - (size_t)(line - buf))) != NULL) {
		*end = '\0';
		done = wg_uapi_line(r, line);
		line = end + 1;
	}
	*have -= (size_t)(line - buf);
	memmove(buf, line, *have);
	return done;
}

/* Reads to the end of the answer. 0 or -1 with errno. */
static int
read_reply(int fd, struct wg_uapi_reply *r)
{
	static char *buf; /* keys are in it: locked, with guard pages */
	size_t have = 0, total = 0;
	ssize_t n;
	int done = 0, error;

	if (buf == NULL && (buf = sodium_malloc(LINE_CAP)) == NULL)
		return -1;
	while (done == 0) {
		n = recv(fd, buf + have, LINE_CAP - have, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = total == 0 ? EPIPE : EPROTO;
		if (n <= 0)
			break;
		have += (size_t)n;
		if ((total += (size_t)n) > REPLY_MAX) {
			errno = E2BIG;
			break;
		}
		done = wg_uapi_lines(r, buf, &have);
	}
	error = done == 1 ? r->error : errno;
	explicit_bzero(buf, LINE_CAP);
	errno = error;
	return done == 1 && error == 0 ? 0 : -1;
}

static int connection = -1; /* kept while all goes well */

static void
disconnect(void)
{
	int error = errno;

	if (connection != -1)
		close(connection);
	connection = -1;
	errno = error;
}

static int
transact(
    struct wg *wg, const char *request, size_t len, struct wg_uapi_reply *r)
{
	bool kept = connection != -1;
	size_t sent = 0;
	ssize_t n;

	if (!kept && (connection = uapi_connect(wg->ifname)) == -1)
		return -1;
	while (sent < len &&
	    ((n = send(connection, request + sent, len - sent, MSG_NOSIGNAL)) >
		    0 ||
		errno == EINTR))
		sent += n > 0 ? (size_t)n : 0;
	if (sent == len && read_reply(connection, r) == 0)
		return 0;
	disconnect();
	/* It had ended before; to do a thing twice would do no harm. */
	if (kept && (errno == EPIPE || errno == ECONNRESET))
		return transact(wg, request, len, r);
	return -1;
}

static int
uapi_open(struct wg *wg)
{
	disconnect();
	return wg_uapi_alive(wg->ifname) ? 0 : -1;
}

static int
uapi_get(struct wg *wg, struct wg_device *d)
{
	struct wg_uapi_reply r = {.dev = d,
	    .secret = wg->incoming,
	    .psk_of = wg->psk_of,
	    .psk = wg->psk};
	static const char get[] = "get=1\n\n";

	return transact(wg, get, sizeof get - 1, &r);
}

static int
uapi_set(struct wg *wg, const struct wg_change *c)
{
	static char request[SET_CAP];
	struct wg_uapi_reply r = {0};
	size_t len = wg_uapi_build(request, sizeof request, c);
	int result;

	if (len == 0) {
		errno = EMSGSIZE;
		return -1;
	}
	result = transact(wg, request, len, &r);
	explicit_bzero(request, len); /* a preshared key may be in it */
	return result;
}

bool
wg_uapi_alive(const char *ifname)
{
	int fd = uapi_connect(ifname);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

const struct wg_backend wg_uapi = {"userspace", uapi_open, uapi_get, uapi_set};
