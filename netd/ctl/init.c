/* wirelinkctl init: a first configuration, from the running daemon's peers
 * and from wg-quick's file. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netd/ctl/confput.h"
#include "netd/ctl/view.h"
#include "netd/ctl/wgquick.h"

#define WGQUICK_MAX_LEN 1048576
#define READER_GROUP	"_wirelinkp"

static const char head[] =
    "# What wirelinkd(8) does on this interface; wirelink.conf(5) explains\n"
    "# each setting. A line with a # has the default.\n"
    "\n"
    "[Link]\n"
    "#Router = auto\n"
    "#ControlGroup =\t\t\t# may look with wirelinkctl\n"
    "\n"
    "[Policy]\n"
    "# Who may introduce peers: none, configured, routers. With none, only\n"
    "# peers that are on the device become direct.\n"
    "#Membership = none\n"
    "# What peers may be given at all, like 10.7.0.0/16.\n"
    "#AllowedPrefixes =\n";

/* False without a line when there is no such file, or no room. */
static bool
read_wgquick(const char *path, struct wgquick *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text = malloc(WGQUICK_MAX_LEN);
	size_t len = 0;
	ssize_t n = 0;

	if (fd != -1 && text != NULL) {
		do {
			n = read(fd, text + len, WGQUICK_MAX_LEN - len);
			len += n > 0 ? (size_t)n : 0;
		} while (n > 0);
		wgquick_parse(text, len, out);
		/* It has the private key. */
		explicit_bzero(text, len);
	}
	free(text);
	if (fd != -1)
		close(fd);
	return fd != -1 && text != NULL && n == 0;
}

/* The name that the daemon knows, else wg-quick's. */
static void
print_peer(const struct ctl_answer *a, const struct wgquick *w,
    const struct key *key, FILE *out)
{
	const struct ctl_name *m = ctl_find_name(a, key);
	char text[KEY_STRLEN];

	fprintf(out, "\n[Peer]\nPublicKey = %s\n", key_format(key, text));
	if (m != NULL && m->name_len > 0) {
		confput_name(m->name, m->name_len, out);
		return;
	}
	for (size_t i = 0; i < w->n; i++) {
		if (key_eq(&w->peers[i].key, key) &&
		    w->peers[i].name[0] != '\0') {
			confput_name(
			    w->peers[i].name, strlen(w->peers[i].name), out);
			return;
		}
	}
	fprintf(out, "#Name =\n");
}

void
ctl_print_init(const struct ctl_answer *a, const struct wgquick *w, FILE *out)
{
	fputs(head, out);
	for (size_t i = 0; i < a->nnames; i++)
		print_peer(a, w, &a->names[i].key, out);
	for (size_t i = 0; i < w->n; i++) {
		if (ctl_find_name(a, &w->peers[i].key) == NULL)
			print_peer(a, w, &w->peers[i].key, out);
	}
}

/* wirelinkd reads it again when it is told to, as its own user. */
static void
let_read(int fd)
{
	const struct group *gr = getgrnam(READER_GROUP);

	if (gr != NULL && fchown(fd, (uid_t)-1, gr->gr_gid) == 0)
		(void)fchmod(fd, 0640);
}

/* A new file, or NULL with a line on err. The directory of the usual place
 * is made when it isn't there. */
static FILE *
create(const char *path, bool usual, FILE *err)
{
	FILE *out;
	int fd;

	if (usual && mkdir(WIRELINK_SYSCONFDIR "/wirelink", 0755) == -1 &&
	    errno != EEXIST)
		fprintf(err, "wirelinkctl: %s: %s\n",
		    WIRELINK_SYSCONFDIR "/wirelink", strerror(errno));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd != -1)
		let_read(fd);
	out = fd != -1 ? fdopen(fd, "w") : NULL;
	if (out == NULL) {
		fprintf(err, "wirelinkctl: %s: %s\n", path,
		    errno == EEXIST ? "is there already, and stays as it is"
				    : strerror(errno));
		if (fd != -1)
			close(fd);
	}
	return out;
}

/* From here on in the sandbox. fd is -1 when no daemon runs. */
static int
fill(const struct ctl_options *o, int fd, const struct wgquick *w,
    const char *path, FILE *file, FILE *out, FILE *err)
{
	const struct ctl_get get = {.what = CTL_NAMES};
	struct ctl_answer a = {0};
	int rv = CTL_OK;

	if (o->confine && ctl_confine(err) == -1)
		return CTL_FAILED;
	if (fd != -1 && ctl_ask(fd, &get, ctl_gather, &a, err) == -1)
		rv = CTL_FAILED;
	ctl_answer_unique(&a);
	ctl_print_init(&a, w, file);
	ctl_answer_clear(&a);
	if (fflush(file) != 0 || ferror(file)) {
		fprintf(err, "wirelinkctl: %s: %s\n", path, strerror(errno));
		return CTL_FAILED;
	}
	if (rv == CTL_OK)
		fprintf(out, "%s: written\n", path);
	else
		fprintf(
		    err, "wirelinkctl: %s: not all peers are in it\n", path);
	return rv;
}

/* The interface of the one daemon, or else the one that wg-quick has a file
 * for. */
static int
only_interface(const struct ctl_options *o, char *out, FILE *err)
{
	char names[512];
	size_t n =
	    ctl_interfaces(o->rundir, ".sock", out, names, sizeof(names));

	if (n == 0)
		n = ctl_interfaces(WIRELINK_SYSCONFDIR "/wireguard", ".conf",
		    out, names, sizeof(names));
	if (n == 1)
		return 0;
	if (n == 0)
		fprintf(err,
		    "wirelinkctl: which interface? None has a wirelinkd or a "
		    "file in %s/wireguard: name one with -i\n",
		    WIRELINK_SYSCONFDIR);
	else
		fprintf(err, "wirelinkctl: which interface? -i and one of:%s\n",
		    names);
	return -1;
}

int
ctl_init(const struct ctl_options *o, FILE *out, FILE *err)
{
	char only[CONF_IFNAME_STRLEN], usual[256], wgquick[256];
	const char *ifname = o->ifname, *path = o->file;
	struct wgquick *w = calloc(1, sizeof(*w));
	FILE *file = NULL;
	int fd, rv = CTL_FAILED;
	bool known;

	if (w == NULL ||
	    (ifname == NULL && only_interface(o, only, err) == -1)) {
		free(w);
		return CTL_FAILED;
	}
	if (ifname == NULL)
		ifname = only;
	snprintf(usual, sizeof(usual), "%s/wirelink/%s.conf",
	    WIRELINK_SYSCONFDIR, ifname);
	snprintf(wgquick, sizeof(wgquick), "%s/wireguard/%s.conf",
	    WIRELINK_SYSCONFDIR, ifname);
	if (path == NULL)
		path = usual;
	known = read_wgquick(wgquick, w);
	fd = known ? ctl_connect_quietly(o->rundir, ifname)
		   : ctl_connect(o->rundir, ifname, err);
	if (fd == -1 && !known)
		fprintf(err, "wirelinkctl: and there is no %s\n", wgquick);
	else
		file = create(path, path == usual, err);
	if (file != NULL) {
		rv = fill(o, fd, w, path, file, out, err);
		if (fclose(file) != 0)
			rv = CTL_FAILED;
	} else if (fd != -1) {
		close(fd);
	}
	free(w);
	return rv;
}
