/* What the service manager is told, with the test in its place. */
#include <sys/socket.h>
#include <sys/un.h>

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "privd/notify.h"

#define SECOND INT64_C(1000000000)

static int manager = -1;

/* The next word, or "" when there is none. */
static const char *
word(void)
{
	static char buf[64];
	ssize_t len = recv(manager, buf, sizeof buf - 1, MSG_DONTWAIT);

	buf[len > 0 ? len : 0] = '\0';
	return buf;
}

/* Listens at an abstract name, and says so in the environment. */
static void
listens(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	char name[64];
	int len;

	len = snprintf(name, sizeof name, "@wirelink-test-%d", (int)getpid());
	memcpy(sun.sun_path + 1, name + 1, (size_t)len - 1);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(manager, (struct sockaddr *)&sun,
			 (socklen_t)offsetof(struct sockaddr_un, sun_path) +
			     (socklen_t)len),
	    0);
	setenv("NOTIFY_SOCKET", name, 1);
}

Test(notify, nobody_listens)
{
	struct notify n = {0};

	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "1000000", 1);
	notify_open(&n, 0);
	cr_expect_not(n.on);
	notify_ready(&n);
	notify_stopping(&n);
	cr_expect_eq(notify_watchdog(&n, SECOND, true), INT64_MAX);
}

Test(notify, ready_and_stopping)
{
	struct notify n = {0};

	listens();
	unsetenv("WATCHDOG_USEC");
	notify_open(&n, 0);
	cr_expect_str_eq(word(), "");
	notify_ready(&n);
	cr_expect_str_eq(word(), "READY=1");
	notify_ready(&n);
	cr_expect_str_eq(word(), "");
	cr_expect_eq(notify_watchdog(&n, SECOND, true), INT64_MAX);
	notify_stopping(&n);
	cr_expect_str_eq(word(), "STOPPING=1");
	cr_expect_str_eq(word(), "");
}

Test(notify, watchdog_twice_in_its_time)
{
	struct notify n = {0};

	listens();
	setenv("WATCHDOG_USEC", "30000000", 1);
	notify_open(&n, SECOND);
	cr_expect_eq(notify_watchdog(&n, SECOND, true), 15 * SECOND);
	cr_expect_eq(notify_watchdog(&n, 15 * SECOND, true), SECOND);
	cr_expect_str_eq(word(), "");
	cr_expect_eq(notify_watchdog(&n, 16 * SECOND, true), 15 * SECOND);
	cr_expect_str_eq(word(), "WATCHDOG=1");
	cr_expect_str_eq(word(), "");
}

Test(notify, watchdog_only_when_well)
{
	struct notify n = {0};

	listens();
	setenv("WATCHDOG_USEC", "30000000", 1);
	notify_open(&n, 0);
	cr_expect_eq(notify_watchdog(&n, 15 * SECOND, false), SECOND);
	cr_expect_eq(notify_watchdog(&n, 16 * SECOND, false), SECOND);
	cr_expect_str_eq(word(), "");
	cr_expect_eq(notify_watchdog(&n, 17 * SECOND, true), 15 * SECOND);
	cr_expect_str_eq(word(), "WATCHDOG=1");
}

Test(notify, watchdog_of_another_process)
{
	static const char *const pids[] = {"1", "", "x", "99999999999"};
	char own[16];

	listens();
	setenv("WATCHDOG_USEC", "30000000", 1);
	for (size_t i = 0; i < sizeof pids / sizeof pids[0]; i++) {
		struct notify n = {0};

		setenv("WATCHDOG_PID", pids[i], 1);
		notify_open(&n, 0);
		cr_expect_eq(n.every_ns, 0, "WATCHDOG_PID=%s", pids[i]);
		close(n.fd);
	}
	struct notify n = {0};

	snprintf(own, sizeof own, "%d", (int)getpid());
	setenv("WATCHDOG_PID", own, 1);
	notify_open(&n, 0);
	cr_expect_eq(n.every_ns, 15 * SECOND);
}

Test(notify, watchdog_that_is_no_number)
{
	static const char *const usecs[] = {
	    "", "0", "-1", "1s", "9999999999999999999"};

	listens();
	unsetenv("WATCHDOG_PID");
	for (size_t i = 0; i < sizeof usecs / sizeof usecs[0]; i++) {
		struct notify n = {0};

		setenv("WATCHDOG_USEC", usecs[i], 1);
		notify_open(&n, 0);
		cr_expect_eq(n.every_ns, 0, "WATCHDOG_USEC=%s", usecs[i]);
		close(n.fd);
	}
}

/* A manager whose queue is full, or that is gone, holds nobody up. */
Test(notify, a_deaf_manager)
{
	struct notify n = {0};

	/* It says so each time. */
	cr_assert_not_null(freopen("/dev/null", "w", stderr));
	listens();
	unsetenv("WATCHDOG_USEC");
	notify_open(&n, 0);
	for (int i = 0; i < 4096; i++)
		notify_stopping(&n);
	close(manager);
	notify_stopping(&n);
}

/* A reload begins only when all is ready, and ends as the start does. */
Test(notify, reloading)
{
	struct notify n = {0};

	listens();
	notify_open(&n, 0);
	notify_reloading(&n, 5 * SECOND);
	cr_expect_str_eq(word(), "");
	notify_ready(&n);
	cr_expect_str_eq(word(), "READY=1");
	notify_reloading(&n, 5 * SECOND);
	cr_expect_str_eq(word(), "RELOADING=1\nMONOTONIC_USEC=5000000");
	notify_ready(&n);
	cr_expect_str_eq(word(), "READY=1");
	notify_ready(&n);
	cr_expect_str_eq(word(), "");
}
