/* netd's end of the channel to privd. */
#include <criterion/criterion.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netd/uplink.h"

static struct uplink u;
static int privd;
static uint8_t buf[MSG_MAX + 1];

static void
setup(void)
{
	int sv[2], size = 4096;

	cr_assert_eq(msg_pair(sv), 0);
	for (int i = 0; i < 2; i++) {
		fcntl(sv[i], F_SETFL, O_NONBLOCK);
		setsockopt(sv[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	}
	uplink_init(&u, sv[0]);
	privd = sv[1];
}

TestSuite(uplink, .init = setup);

static enum recv_status
receive(struct msg *m)
{
	const char *why;

	return msg_recv(privd, buf, DIR_N2P, PH_RUN, m, &why);
}

Test(uplink, window)
{
	struct request_slot *s[UPLINK_WINDOW];

	for (size_t i = 0; i < UPLINK_WINDOW; i++) {
		cr_expect(uplink_ready(&u));
		s[i] = uplink_request(&u, REQ_OP);
		cr_assert_not_null(s[i]);
		cr_expect_eq(s[i]->kind, REQ_OP);
		cr_expect_neq(s[i]->id, 0);
		for (size_t k = 0; k < i; k++)
			cr_expect_neq(s[i]->id, s[k]->id);
	}
	cr_expect_not(uplink_ready(&u));
	cr_expect_null(uplink_request(&u, REQ_SEAL), "the 33rd");
	for (size_t i = 0; i < UPLINK_WINDOW; i++)
		cr_expect_eq(uplink_find(&u, s[i]->id), s[i]);
	cr_expect_null(uplink_find(&u, 0));
	cr_expect_null(uplink_find(&u, 999));
	s[5]->n = 3;
	s[5]->token = 7;
	{
		uint32_t id = s[5]->id;

		uplink_done(&u, s[5]);
		cr_expect_null(uplink_find(&u, id), "answered once");
		cr_expect(uplink_ready(&u));
		cr_expect_eq(uplink_request(&u, REQ_CHECK), s[5]);
		cr_expect_neq(s[5]->id, id);
		cr_expect_eq(s[5]->n + s[5]->token, 0, "nothing is left");
	}
	cr_expect_eq(u.in_flight, UPLINK_WINDOW);
}

Test(uplink, id_0_is_none)
{
	struct request_slot *s;

	u.next_id = UINT32_MAX - 1;
	s = uplink_request(&u, REQ_OP);
	cr_expect_eq(s->id, UINT32_MAX);
	s = uplink_request(&u, REQ_OP);
	cr_expect_eq(s->id, 1);
}

/* Sends until one has to wait; the number that went. */
static uint32_t
fill(void)
{
	uint32_t n = 0;
	uint8_t key[KEY_LEN];

	while (!u.waiting && n < 10000) {
		n++;
		memset(key, (int)(n & 0xff), sizeof(key));
		uplink_send(&u, MSG_PEER_REMOVE, n, key, sizeof(key));
	}
	cr_assert(u.waiting);
	return n - 1;
}

Test(uplink, one_record_waits)
{
	uint32_t sent = fill();
	struct msg m;

	cr_expect_not(uplink_ready(&u));
	cr_expect_null(uplink_request(&u, REQ_OP));
	uplink_flush(&u);
	uplink_flush(&u);
	cr_expect(u.waiting, "still no room");
	for (uint32_t i = 1; i <= sent; i++) {
		cr_assert_eq(receive(&m), RECV_MSG);
		cr_expect_eq(m.id, i);
	}
	cr_expect_eq(receive(&m), RECV_AGAIN);
	uplink_flush(&u);
	cr_expect_not(u.waiting);
	cr_expect(uplink_ready(&u));
	cr_assert_eq(receive(&m), RECV_MSG);
	cr_expect_eq(m.id, sent + 1);
	cr_expect_eq(m.type, MSG_PEER_REMOVE);
	cr_expect_eq(m.len, KEY_LEN);
	cr_expect_eq(m.payload[0], (uint8_t)(sent + 1));
	uplink_flush(&u);
	cr_expect_eq(receive(&m), RECV_AGAIN, "sent once");
}

Test(uplink, one_without_payload_waits)
{
	struct msg m;

	while (!u.waiting)
		uplink_send(&u, MSG_DEVICE_GET, 5, NULL, 0);
	while (receive(&m) == RECV_MSG)
		;
	uplink_flush(&u);
	cr_assert_eq(receive(&m), RECV_MSG);
	cr_expect_eq(m.type, MSG_DEVICE_GET);
	cr_expect_eq(m.len, 0);
}

static int
in_child(void (*fn)(void))
{
	int status, null;
	pid_t pid = fork();

	cr_assert_neq(pid, -1);
	if (pid == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		fn();
		_exit(77);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
send_to_nobody(void)
{
	close(privd);
	uplink_send(&u, MSG_DEVICE_GET, 1, NULL, 0);
}

static void
send_what_the_table_forbids(void)
{
	uplink_send(&u, MSG_PEER_REMOVE, 1, "x", 1);
}

Test(uplink, ends_with_privd)
{
	int other = privd;

	cr_expect_eq(in_child(send_what_the_table_forbids), 1);
	/* Else this process would hold the other end for the child. */
	privd = dup(other);
	close(other);
	close(privd);
	cr_expect_eq(in_child(send_to_nobody), 0);
}
