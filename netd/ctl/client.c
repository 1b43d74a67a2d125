/* The control socket's other end. See client.h. */
#include <sys/socket.h>
#include <sys/un.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "netd/ctl/client.h"

#define SUFFIX ".sock"

/* "wg0.sock" -> "wg0"; false for any other name. */
static bool
interface_of(const char *file, const char *suffix, char *out)
{
	size_t len = strlen(file), cut = strlen(suffix);

	if (len <= cut || len - cut >= CONF_IFNAME_STRLEN ||
	    strcmp(file + len - cut, suffix) != 0)
		return false;
	memcpy(out, file, len - cut);
	out[len - cut] = '\0';
	return true;
}

size_t
ctl_interfaces(const char *dirname, const char *suffix, char *last, char *names,
    size_t size)
{
	char name[CONF_IFNAME_STRLEN];
	const struct dirent *de;
	size_t n = 0;
	DIR *dir = opendir(dirname);

	names[0] = '\0';
	if (dir == NULL)
		return 0;
	errno = 0;
	while ((de = readdir(dir)) != NULL) {
		if (!interface_of(de->d_name, suffix, name))
			continue;
		n++;
		strlcpy(last, name, CONF_IFNAME_STRLEN);
		strlcat(names, " ", size);
		strlcat(names, name, size);
	}
	closedir(dir);
	return n;
}

int
ctl_only_interface(const char *rundir, char *out, FILE *err)
{
	char names[512];

	switch (ctl_interfaces(rundir, SUFFIX, out, names, sizeof(names))) {
	case 0:
		if (errno != 0)
			fprintf(err,
			    "wirelinkctl: %s: %s; is wirelinkd running?\n",
			    rundir, strerror(errno));
		else
			fprintf(err,
			    "wirelinkctl: no wirelinkd runs (no socket in "
			    "%s)\n",
			    rundir);
		return -1;
	case 1:
		return 0;
	default:
		fprintf(err, "wirelinkctl: which interface? -i and one of:%s\n",
		    names);
		return -1;
	}
}

/* Or -1 with errno. path is what was tried. */
static int
connect_to(const char *rundir, const char *ifname, char *path, size_t size)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd, saved;

	snprintf(path, size, "%s/%s" SUFFIX, rundir, ifname);
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
ctl_connect_quietly(const char *rundir, const char *ifname)
{
	char path[256];

	return connect_to(rundir, ifname, path, sizeof(path));
}

int
ctl_connect(const char *rundir, const char *ifname, FILE *err)
{
	char path[256];
	int fd = connect_to(rundir, ifname, path, sizeof(path));

	if (fd != -1)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		fprintf(err,
		    "wirelinkctl: no wirelinkd runs on %s (tried "
		    "%s)\n",
		    ifname, path);
	else if (errno == EACCES || errno == EPERM)
		fprintf(err,
		    "wirelinkctl: %s: not allowed; be root or a "
		    "member of ControlGroup\n",
		    path);
	else
		fprintf(err, "wirelinkctl: %s: %s\n", path, strerror(errno));
	return -1;
}

static const char *
error_text(uint32_t error)
{
	switch (error) {
	case EACCES:
		return "not allowed: only root may do that";
	case EPERM:
		return "the administrator gave this peer: it stays";
	case ENOENT:
		return "netd knows no such peer";
	case EBUSY:
		return "too many monitors already";
	case EAGAIN:
		return "asked too often; try again in a moment";
	case ECANCELED:
		return "nothing was changed";
	default:
		return "netd could not do it";
	}
}

/* What CTL_END says: 0, or an error that netd tells. */
static int
end_of(const struct msg *m, FILE *err)
{
	struct rbuf r;
	uint32_t error;

	rbuf_init(&r, m->payload, m->len);
	error = rbuf_u32(&r);
	if (error == 0)
		return 0;
	fprintf(err, "wirelinkctl: %s\n", error_text(error));
	return -1;
}

static int
read_answer(int fd, ctl_record *fn, void *arg, FILE *err)
{
	uint8_t *buf = malloc(MSG_MAX + 1);
	const char *why = NULL;
	struct msg m;
	int rv = -1;

	if (buf == NULL) {
		fprintf(err, "wirelinkctl: no memory\n");
		return -1;
	}
	for (;;) {
		enum recv_status st =
		    msg_recv(fd, buf, DIR_N2C, PH_RUN, &m, &why);

		if (st == RECV_MSG && m.type == MSG_CTL_END) {
			rv = end_of(&m, err);
			break;
		}
		if (st == RECV_MSG && fn(arg, &m) == 0)
			continue;
		if (why == NULL)
			why = st == RECV_EOF ? "the answer broke off"
			    : st == RECV_MSG ? "malformed record"
					     : strerror(errno);
		fprintf(err,
		    "wirelinkctl: %s; are wirelinkctl and wirelinkd "
		    "of the same version?\n",
		    why);
		break;
	}
	free(buf);
	return rv;
}

/* Sends the question, reads the answer, closes fd. */
static int
converse(int fd, enum msg_type type, const struct wbuf *question,
    ctl_record *fn, void *arg, FILE *err)
{
	int rv = -1;

	if (msg_send(fd, type, 0, 0, question->p, question->off, -1) == -1)
		fprintf(err, "wirelinkctl: ask: %s\n", strerror(errno));
	else
		rv = read_answer(fd, fn, arg, err);
	close(fd);
	return rv;
}

int
ctl_ask(int fd, const struct ctl_get *get, ctl_record *fn, void *arg, FILE *err)
{
	uint8_t buf[64];
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_get(&w, get);
	return converse(fd, MSG_CTL_GET, &w, fn, arg, err);
}

/* What was said of a deed, a line each. */
static int
take_text(void *arg, const struct msg *m)
{
	char text[CTL_TEXT_LEN], line[4 * CTL_TEXT_LEN];
	const char *s = text;

	if (m->type != MSG_CTL_TEXT ||
	    dec_ctl_text(m->payload, m->len, text) == -1)
		return -1;
	while (*s != '\0') {
		size_t len = strcspn(s, "\n");

		fprintf(arg, "wirelinkctl: %s\n",
		    log_escape(s, len, line, sizeof(line)));
		s += len + (s[len] == '\n');
	}
	return 0;
}

int
ctl_do(int fd, const struct ctl_do *deed, FILE *err)
{
	uint8_t buf[64];
	struct wbuf w;

	wbuf_init(&w, buf, sizeof(buf));
	enc_ctl_do(&w, deed);
	return converse(fd, MSG_CTL_DO, &w, take_text, err, err);
}
