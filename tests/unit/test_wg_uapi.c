/* privd/wg_uapi.c: lines as programs write them, and as they should not. */
#include <criterion/criterion.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "privd/wg_uapi.h"

#define HEX_A "6161616161616161616161616161616161616161616161616161616161616161"
#define HEX_B "6262626262626262626262626262626262626262626262626262626262626262"

static struct wg_device dev;
static uint8_t secret[KEY_LEN];
static struct wg_uapi_reply reply;

static void
setup(void)
{
	wg_device_clear(&dev);
	reply = (struct wg_uapi_reply){.dev = &dev, .secret = secret};
}

TestSuite(wg_uapi, .init = setup);

static int
feed(const char *const *lines)
{
	int r = 0;

	for (; *lines != NULL && r == 0; lines++)
		r = wg_uapi_line(&reply, *lines);
	return r;
}

Test(wg_uapi, whole_answer)
{
	static const char *const lines[] = {"private_key=" HEX_A,
	    "listen_port=51820", "fwmark=17", "public_key=" HEX_B,
	    "protocol_version=1", "preshared_key=" HEX_A,
	    "endpoint=[2001:db8::1]:5", "last_handshake_time_sec=1700000000",
	    "last_handshake_time_nsec=7", "tx_bytes=38512", "rx_bytes=2139",
	    "persistent_keepalive_interval=111", "allowed_ip=192.168.4.4/32",
	    "allowed_ip=fd00::/64", "public_key=" HEX_A,
	    "endpoint=[fe80::1%eth0]:5", "some_new_thing=1", "errno=0", "",
	    NULL};
	char text[ENDPOINT_STRLEN];
	const struct wg_peer *p;

	cr_assert_eq(feed(lines), 1);
	cr_assert_eq(reply.error, 0);
	cr_assert_eq(secret[31], 'a');
	cr_assert_eq(dev.listen_port, 51820);
	cr_assert_eq(dev.npeers, 2);
	cr_assert_eq(dev.nprefixes, 2);
	p = &dev.peers[0];
	cr_assert_eq(p->key.b[0], 'b');
	cr_assert_eq(p->nprefixes, 2);
	cr_assert_eq(p->handshake_ns, INT64_C(1700000000) * 1000000000 + 7);
	cr_assert_eq(p->rx_bytes, 2139);
	cr_assert_eq(p->tx_bytes, 38512);
	cr_assert_eq(p->keepalive_s, 111);
	cr_assert_str_eq(
	    endpoint_format(&p->endpoint, text), "[2001:db8::1]:5");
	cr_assert_eq(dev.peers[1].endpoint.addr.family, 0);
}

Test(wg_uapi, errno_of_either_sign)
{
	static const struct {
		const char *line;
		int r, error;
	} cases[] = {
	    {"errno=0", 1, 0}, {"errno=22", 1, 22}, {"errno=-22", 1, 22},
	    {"errno=", -1, 0}, {"errno=--2", -1, 0}, {"errno=4096", -1, 0},
	    {"errno=99999999999999999999999", -1, 0},
	    {"listen_port=1", -1, 0}, /* and no errno at all */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		setup();
		cr_expect_eq(feed((const char *[]){cases[i].line, "", NULL}),
		    cases[i].r, "%s", cases[i].line);
		cr_expect_eq(reply.error, cases[i].error, "%s", cases[i].line);
	}
}

Test(wg_uapi, bad_lines)
{
	static const char *const cases[] = {"no equals sign", "=",
	    "private_key=", "private_key=" HEX_A "00",
	    ("private_key=zz616161616161616161616161616161"
	     "61616161616161616161616161616161"),
	    "listen_port=65536", "listen_port=-1", "listen_port= 1",
	    "listen_port=0x1", "public_key=61",
	    "a_name_that_is_longer_than_any_that_we_know_of=1"};
	static const char *const peer_cases[] = {"allowed_ip=10.0.0.0/33",
	    "allowed_ip=ten", "rx_bytes=99999999999999999999", "tx_bytes=-1",
	    "last_handshake_time_sec=99999999999999",
	    "last_handshake_time_nsec=1000000000",
	    "persistent_keepalive_interval=65536"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		setup();
		errno = 0;
		/* "=" is an unknown key with no value: skipped, like any. */
		cr_expect_eq(wg_uapi_line(&reply, cases[i]), i == 1 ? 0 : -1,
		    "%s", cases[i]);
		cr_expect(i == 1 || errno == EPROTO, "%s", cases[i]);
	}
	for (size_t i = 0; i < sizeof peer_cases / sizeof peer_cases[0]; i++) {
		setup();
		cr_assert_eq(wg_uapi_line(&reply, "public_key=" HEX_A), 0);
		cr_expect_eq(wg_uapi_line(&reply, peer_cases[i]), -1, "%s",
		    peer_cases[i]);
		/* The same without a peer belongs to nobody. */
	}
}

static struct prefix
P(const char *s) {
	struct prefix p;

	cr_assert_eq(prefix_parse(s, &p), 0);
	return p;
}

Test(wg_uapi, build)
{
	struct prefix add[1] = {P("10.0.0.1/32")};
	struct prefix del[1] = {P("fd00::/64")};
	struct wg_change c = {.set_keepalive = true,
	    .keepalive_s = 25,
	    .add = add,
	    .nadd = 1,
	    .del = del,
	    .ndel = 1};
	char text[1024];
	size_t n;

	memset(c.key.b, 'a', KEY_LEN);
	cr_assert_eq(endpoint_parse("[2001:db8::1]:5", &c.endpoint), 0);
	n = wg_uapi_build(text, sizeof text, &c);
	cr_assert_eq(n, strlen(text));
	cr_assert_str_eq(text,
	    "set=1\npublic_key=" HEX_A "\nupdate_only=true\n"
	    "endpoint=[2001:db8::1]:5\npersistent_keepalive_interval=25\n"
	    "allowed_ip=10.0.0.1/32\nallowed_ip=-fd00::/64\n\n");
	/* Cut nowhere. */
	for (size_t cap = 1; cap <= n; cap++)
		cr_expect_eq(wg_uapi_build(text, cap, &c), 0);
	cr_expect_eq(wg_uapi_build(text, n + 2, &c), n);

	c = (struct wg_change){.key = c.key, .remove = true};
	wg_uapi_build(text, sizeof text, &c);
	cr_assert_str_eq(text, "set=1\npublic_key=" HEX_A "\nremove=true\n\n");
	c = (struct wg_change){.key = c.key,
	    .create = true,
	    .vanish = true,
	    .add = add,
	    .nadd = 1};
	wg_uapi_build(text, sizeof text, &c);
	cr_assert_str_eq(text,
	    "set=1\npublic_key=" HEX_A "\nallowed_ip=10.0.0.1/32\n"
	    "public_key=" HEX_A "\nremove=true\n\n");
	c = (struct wg_change){.key = c.key,
	    .create = true,
	    .remake = true,
	    .psk = c.key.b,
	    .set_keepalive = true,
	    .endpoint = c.endpoint,
	    .add = add,
	    .nadd = 1};
	cr_assert_eq(endpoint_parse("192.0.2.1:5", &c.endpoint), 0);
	wg_uapi_build(text, sizeof text, &c);
	cr_assert_str_eq(text,
	    "set=1\npublic_key=" HEX_A "\nremove=true\n"
	    "public_key=" HEX_A "\npreshared_key=" HEX_A
	    "\nendpoint=192.0.2.1:5\npersistent_keepalive_interval=0\n"
	    "allowed_ip=10.0.0.1/32\n\n");
}

/* The preshared key of one peer is read, when it is wanted. */
Test(wg_uapi, preshared_key)
{
	static const uint8_t zero[KEY_LEN];
	uint8_t psk[KEY_LEN] = {0};
	struct key a;

	setup();
	memset(a.b, 'a', KEY_LEN);
	reply.psk = psk;
	for (int wanted = 0; wanted < 2; wanted++) {
		reply.psk_of = wanted ? &a : NULL;
		cr_assert_eq(wg_uapi_line(&reply, "public_key=" HEX_B), 0);
		cr_assert_eq(wg_uapi_line(&reply, "preshared_key=" HEX_B), 0);
		cr_expect_arr_eq(psk, zero, KEY_LEN);
		cr_assert_eq(wg_uapi_line(&reply, "public_key=" HEX_A), 0);
		cr_assert_eq(wg_uapi_line(&reply, "preshared_key=" HEX_A), 0);
		cr_expect_eq(memcmp(psk, wanted ? a.b : zero, KEY_LEN), 0);
	}
	cr_expect_eq(wg_uapi_line(&reply, "preshared_key=61"), -1);
}

/* A program that ends each connection after so many answers, and ends itself
 * after three; says by its status how many connections there were. */
static _Noreturn void
program(int listening, int answers)
{
	static const char ok[] = "errno=0\n\n";
	int connections = 0, total = 0, fd;
	char buf[4096];

	while (total < 3) {
		fd = accept(listening, NULL, NULL);
		connections++;
		for (int i = 0; i < answers && total < 3; i++, total++) {
			size_t have = 0;

			do {
				ssize_t n =
				    read(fd, buf + have, sizeof buf - have);

				if (n <= 0)
					_exit(100);
				have += (size_t)n;
			} while (
			    have < 2 || memcmp(buf + have - 2, "\n\n", 2) != 0);
			(void)!write(fd, ok, sizeof ok - 1);
		}
		close(fd);
	}
	_exit(connections);
}

static int
connections(int answers)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct wg_change c = {.set_keepalive = true};
	struct wg wg = {.ifname = ""};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), status;
	pid_t pid;

	snprintf(
	    wg.ifname, sizeof wg.ifname, "wltest%d", (int)getpid() % 100000);
	mkdir("/var/run/wireguard", 0755);
	snprintf(sun.sun_path, sizeof sun.sun_path,
	    "/var/run/wireguard/%s.sock", wg.ifname);
	unlink(sun.sun_path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	cr_assert_eq(listen(fd, 8), 0);
	if ((pid = fork()) == 0)
		program(fd, answers);
	for (int i = 0; i < 3; i++)
		cr_expect_eq(
		    wg_uapi.set(&wg, &c), 0, "%d: %s", i, strerror(errno));
	close(fd);
	unlink(sun.sun_path);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

Test(wg_uapi, a_connection_is_kept)
{
	cr_assert_neq(sodium_init(), -1);
	cr_expect_eq(connections(3), 1);
}

Test(wg_uapi, one_that_has_ended_is_made_anew)
{
	cr_assert_neq(sodium_init(), -1);
	cr_expect_eq(connections(1), 3);
}
