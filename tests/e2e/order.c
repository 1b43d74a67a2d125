/*
 * order NETD DIR WORD...: plays wirelinkd for a wirelink-netd whose root is
 * DIR: says the words one after the other, whether it may or not, and ends as
 * netd does. Words: hello, other (another version), link, policy, end.
 */
#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/channel.h"
#include "proto/codec.h"

static void
say(int fd, const char *word)
{
	static const struct conf_link link = {.quorum = 1};
	static uint8_t buf[MSG_PAYLOAD];
	struct m_hello hello = {.version = PROTO_VERSION};
	enum msg_type type = MSG_HELLO;
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	strlcpy(hello.build, WIRELINK_VERSION, sizeof(hello.build));
	if (strcmp(word, "hello") == 0) {
		enc_hello(&w, &hello);
	} else if (strcmp(word, "other") == 0) {
		strlcpy(hello.build, "0.0", sizeof(hello.build));
		enc_hello(&w, &hello);
	} else if (strcmp(word, "link") == 0) {
		type = MSG_CONF_LINK;
		enc_conf_link(&w, &link);
	} else if (strcmp(word, "policy") == 0) {
		type = MSG_CONF_POLICY;
		enc_conf_policy(&w, 1, NULL, 0);
	} else if (strcmp(word, "end") == 0) {
		type = MSG_CONF_END;
	} else {
		errx(2, "%s: no such word", word);
	}
	/* It may have ended at an earlier one. */
	if (msg_send(fd, type, 0, 0, buf, w.off, -1) == -1)
		warn("%s", word);
}

int
main(int argc, char **argv)
{
	int fd[2], status;
	pid_t pid;

	if (argc < 3)
		errx(2, "usage: order netd dir word ...");
	signal(SIGPIPE, SIG_IGN);
	if (msg_pair(fd) == -1)
		err(2, "socketpair");
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		if (fd[1] != 3 && dup2(fd[1], 3) == -1)
			err(2, "dup2");
		execl(argv[1], argv[1], "-d", "-i", "order", "-R", argv[2],
		    (char *)NULL);
		err(2, "%s", argv[1]);
	}
	close(fd[1]);
	for (int i = 3; i < argc; i++)
		say(fd[0], argv[i]);
	close(fd[0]);
	if (waitpid(pid, &status, 0) == -1)
		err(2, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
