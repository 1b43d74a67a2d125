/*
 * notified SOCKET: plays the service manager (sd_notify(3)): makes the socket
 * and prints what it is told, a line each, until it is ended.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	char buf[4096];
	ssize_t len;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: notified socket\n");
		return 1;
	}
	if (strlcpy(sun.sun_path, argv[1], sizeof sun.sun_path) >=
	    sizeof sun.sun_path)
		errx(1, "%s: too long for a socket", argv[1]);
	if (unlink(argv[1]) == 0)
		warnx("%s was there", argv[1]);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sun, sizeof sun) == -1)
		err(1, "%s", argv[1]);
	while ((len = recv(fd, buf, sizeof buf, 0)) != -1) {
		printf("%.*s\n", (int)len, buf);
		fflush(stdout);
	}
	err(1, "recv");
}
