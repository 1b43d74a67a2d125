/* netd: what privd sends it at its start lies ready in its channel, so that
 * it reaches phase RUN with all the descriptors it ever gets. */
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/child.h"
#include "proto/channel.h"
#include "proto/codec.h"
#include "tests/probe/probe.h"

static int pair[2], control = -1, resolver[2], udp;

const struct stage *
stage_get(void)
{
	static const struct stage s = {.name = "netd", .bit = NETD, .turns = 1};

	return &s;
}

/* The descriptors that privd passes on. */
static void
open_descriptors(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct sockaddr_in6 sin6 = {
	    .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/netd.sock",
	    probe_paths.dir);
	control =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	udp = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (control == -1 || udp == -1 || msg_pair(resolver) == -1 ||
	    bind(control, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(control, 1) == -1 ||
	    bind(udp, (struct sockaddr *)&sin6, sizeof(sin6)) == -1)
		err(2, "sockets");
}

static void
send_one(enum msg_type type, const struct wbuf *w, int fd)
{
	if (msg_send(pair[0], type, 0, 0, w != NULL ? w->p : NULL,
		w != NULL ? w->off : 0, fd) == -1)
		err(2, "send to netd");
}

void
stage_before(void)
{
	struct m_hello hello = {.version = PROTO_VERSION};
	static const struct conf_link conf = {.quorum = 1};
	struct m_link link = {
	    .ifindex = 1, .ifname = "lo", .listen_port = 1, .port = 2};
	uint8_t buf[1024];
	struct wbuf w;

	if (control == -1)
		open_descriptors();
	if (msg_pair(pair) == -1)
		err(2, "socketpair");
	strlcpy(hello.build, WIRELINK_VERSION, sizeof(hello.build));
	wbuf_init(&w, buf, sizeof(buf));
	enc_hello(&w, &hello);
	send_one(MSG_HELLO, &w, -1);
	wbuf_init(&w, buf, sizeof(buf));
	enc_conf_link(&w, &conf);
	send_one(MSG_CONF_LINK, &w, -1);
	wbuf_init(&w, buf, sizeof(buf));
	enc_conf_policy(&w, 1, NULL, 0);
	send_one(MSG_CONF_POLICY, &w, -1);
	send_one(MSG_CONF_END, NULL, -1);
	send_one(MSG_CONTROL, NULL, control);
	send_one(MSG_RESOLVER, NULL, resolver[0]);
	memset(link.key.b, 1, sizeof(link.key.b));
	link.auto_addr = key_auto_addr(&link.key);
	wbuf_init(&w, buf, sizeof(buf));
	enc_link(&w, &link);
	send_one(MSG_START, &w, udp);
}

void
stage_child(void)
{
	if (dup2(pair[1], CHILD_CHANNEL_FD) == -1 ||
	    fcntl(CHILD_CHANNEL_FD, F_SETFL, O_NONBLOCK) == -1)
		err(2, "channel");
}

void
stage_after(void)
{
	close(pair[0]);
	close(pair[1]);
}
