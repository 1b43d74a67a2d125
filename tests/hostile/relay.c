/*
 * Is started as wirelink-netd and hands its channel to the one who listens
 * next to it; stays until that one lets go, since wirelinkd watches it.
 */
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <err.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHANNEL 3

int
main(int argc, char **argv)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	union {
		struct cmsghdr align;
		char b[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = 0, name[sizeof sun.sun_path];
	struct iovec iov = {&byte, 1};
	struct msghdr mh = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.b,
	    .msg_controllen = sizeof control.b};
	struct cmsghdr *c;
	int fd = CHANNEL, s;

	if (argc < 1)
		return 2;
	snprintf(name, sizeof name, "%s", argv[0]);
	if ((size_t)snprintf(sun.sun_path, sizeof sun.sun_path,
		"%s/master.sock", dirname(name)) >= sizeof sun.sun_path)
		errx(2, "%s", argv[0]);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	if (s == -1 || connect(s, (struct sockaddr *)&sun, sizeof sun) == -1)
		err(2, "%s", sun.sun_path);
	memset(&control, 0, sizeof control);
	c = CMSG_FIRSTHDR(&mh);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	if (sendmsg(s, &mh, 0) != 1)
		err(2, "send");
	close(CHANNEL);
	while (read(s, &byte, 1) > 0)
		;
	return 0;
}
