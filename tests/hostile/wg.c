/* A real WireGuard interface by wg(8). See wg.h. */
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/hostile/wg.h"

/* Starts the program that words[0] names, found in PATH, with its output at
 * out unless that is -1. Its pid. */
static pid_t
spawn(const char *const words[], int out)
{
	posix_spawn_file_actions_t actions;
	char *argv[16];
	size_t n = 0;
	pid_t pid;

	while (words[n] != NULL) {
		if (n == sizeof argv / sizeof argv[0] - 1 ||
		    (argv[n] = strdup(words[n])) == NULL)
			errx(2, "%s: too many words", words[0]);
		n++;
	}
	argv[n] = NULL;
	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    (out != -1 &&
		posix_spawn_file_actions_adddup2(&actions, out, 1) != 0) ||
	    posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
		errx(2, "%s can't be run", words[0]);
	posix_spawn_file_actions_destroy(&actions);
	while (n > 0)
		free(argv[--n]);
	return pid;
}

/* Waits for it to end, which it must do well. */
static void
finish(pid_t pid, const char *const words[])
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0) {
		for (size_t i = 0; words[i] != NULL; i++)
			fprintf(stderr, "%s ", words[i]);
		errx(2, "failed");
	}
}

void
run(const char *const words[])
{
	finish(spawn(words, -1), words);
}

static void
parse_key(const char *s, uint8_t out[KEY_LEN])
{
	struct key k;

	memset(out, 0, KEY_LEN);
	if (strcmp(s, "(none)") == 0)
		return;
	if (key_parse(s, &k) == -1)
		errx(2, "wg: key %s", s);
	memcpy(out, k.b, KEY_LEN);
}

static unsigned long
parse_number(const char *s)
{
	return strcmp(s, "off") == 0 ? 0 : strtoul(s, NULL, 0);
}

static void
parse_peer(char **field, struct snap *out)
{
	struct snap_peer *p;
	struct prefix prefix;
	struct key key;
	char *item;

	parse_key(field[0], key.b);
	if ((p = snap_peer(out, &key)) == NULL)
		errx(2, "more peers than the test looks at");
	parse_key(field[1], p->psk);
	if (strcmp(field[2], "(none)") != 0 &&
	    endpoint_parse(field[2], &p->endpoint) == -1)
		errx(2, "wg: endpoint %s", field[2]);
	p->keepalive_s = (uint16_t)parse_number(field[7]);
	if (strcmp(field[3], "(none)") == 0)
		return;
	while ((item = strsep(&field[3], ",")) != NULL) {
		if (prefix_parse(item, &prefix) == -1)
			errx(2, "wg: prefix %s", item);
		if (snap_holder(out, &prefix) != NULL)
			errx(2, "wg: %s is there twice", item);
		if (!snap_give(out, &key, &prefix))
			errx(2, "more prefixes than the test looks at");
	}
}

static int
by_key(const void *a, const void *b)
{
	return memcmp(((const struct snap_peer *)a)->key.b,
	    ((const struct snap_peer *)b)->key.b, KEY_LEN);
}

static int
by_prefix(const void *a, const void *b)
{
	return prefix_cmp(&((const struct snap_prefix *)a)->prefix,
	    &((const struct snap_prefix *)b)->prefix);
}

void
wg_read(const char *ifname, struct snap *out)
{
	static char *line;
	static size_t cap;
	const char *const words[] = {"wg", "show", ifname, "dump", NULL};
	char *field[8], *rest;
	bool first = true;
	int ends[2];
	size_t n;
	FILE *f;
	pid_t pid;

	memset(out, 0, offsetof(struct snap, peer));
	if (pipe2(ends, O_CLOEXEC) == -1)
		err(2, "pipe");
	pid = spawn(words, ends[1]);
	close(ends[1]);
	if ((f = fdopen(ends[0], "r")) == NULL)
		err(2, "wg");
	while (getline(&line, &cap, f) != -1) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		for (n = 0; n < 8 && rest != NULL; n++)
			field[n] = strsep(&rest, "\t");
		if (n != (first ? 4 : 8))
			errx(2, "wg: %zu fields", n);
		if (first) {
			parse_key(field[0], out->secret);
			out->listen_port = (uint16_t)parse_number(field[2]);
			out->mark = (uint32_t)parse_number(field[3]);
		} else
			parse_peer(field, out);
		first = false;
	}
	fclose(f);
	finish(pid, words);
	if (first)
		errx(2, "wg show %s dump says nothing", ifname);
	qsort(out->peer, out->npeers, sizeof out->peer[0], by_key);
	qsort(out->prefix, out->nprefixes, sizeof out->prefix[0], by_prefix);
}

static const char *
base64(const uint8_t key[KEY_LEN])
{
	static char text[2][KEY_STRLEN];
	static unsigned int turn;
	struct key k;

	memcpy(k.b, key, KEY_LEN);
	return key_format(&k, text[turn++ % 2]);
}

/* All prefixes of the peer, with one more or without one. */
static void
set_prefixes(const char *ifname, const struct snap *dev, const struct key *key,
    const struct prefix *more, const struct prefix *without)
{
	char list[4096] = "", text[PREFIX_STRLEN];

	for (size_t i = 0; i < dev->nprefixes; i++) {
		const struct snap_prefix *p = &dev->prefix[i];

		if (!key_eq(&p->key, key) ||
		    (without != NULL && prefix_eq(without, &p->prefix)))
			continue;
		strlcat(list, ",", sizeof list);
		strlcat(list, prefix_format(&p->prefix, text), sizeof list);
	}
	if (more != NULL) {
		strlcat(list, ",", sizeof list);
		strlcat(list, prefix_format(more, text), sizeof list);
	}
	run((const char *const[]){"wg", "set", ifname, "peer", base64(key->b),
	    "allowed-ips", *list != '\0' ? list + 1 : "", NULL});
}

/* A key in a file for wg(8): the path, to be unlinked. */
static const char *
key_file(const char *dir, const uint8_t key[KEY_LEN])
{
	static char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/key", dir);
	if ((f = fopen(path, "w")) == NULL)
		err(2, "%s", path);
	fprintf(f, "%s\n", base64(key));
	fclose(f);
	return path;
}

static void
set_psk(const char *ifname, const char *dir, const struct key *key,
    const uint8_t psk[KEY_LEN])
{
	const char *path = key_file(dir, psk);

	run((const char *const[]){"wg", "set", ifname, "peer", base64(key->b),
	    "preshared-key", path, NULL});
	unlink(path);
}

static void
set_endpoint(
    const char *ifname, const struct key *key, const struct endpoint *e)
{
	char text[ENDPOINT_STRLEN];

	run((const char *const[]){"wg", "set", ifname, "peer", base64(key->b),
	    "endpoint", endpoint_format(e, text), NULL});
}

static void
remove_peer(const char *ifname, const struct key *key)
{
	run((const char *const[]){
	    "wg", "set", ifname, "peer", base64(key->b), "remove", NULL});
}

static void
set_keepalive(const char *ifname, const struct key *key, unsigned int s)
{
	char text[16];

	snprintf(text, sizeof text, "%u", s);
	run((const char *const[]){"wg", "set", ifname, "peer", base64(key->b),
	    "persistent-keepalive", text, NULL});
}

void
wg_setup(const char *ifname, const char *dir, const struct snap *want)
{
	static struct snap there;
	static const struct snap none;
	const char *path;
	char port[8];

	wg_read(ifname, &there);
	for (size_t i = 0; i < there.npeers; i++)
		remove_peer(ifname, &there.peer[i].key);
	path = key_file(dir, want->secret);
	snprintf(port, sizeof port, "%u", (unsigned int)want->listen_port);
	run((const char *const[]){"wg", "set", ifname, "private-key", path,
	    "listen-port", port, NULL});
	unlink(path);
	for (size_t i = 0; i < want->npeers; i++) {
		const struct snap_peer *p = &want->peer[i];

		set_prefixes(ifname, &none, &p->key, NULL, NULL);
		set_psk(ifname, dir, &p->key, p->psk);
		if (p->endpoint.addr.family != 0)
			set_endpoint(ifname, &p->key, &p->endpoint);
	}
	for (size_t i = 0; i < want->npeers; i++)
		set_prefixes(ifname, want, &want->peer[i].key, NULL, NULL);
}

void
wg_admin(const char *ifname, const char *dir, const struct snap *dev,
    const struct admin_op *op)
{
	bool there = snap_find(dev, &op->key) != NULL;

	switch (op->kind) {
	case ADMIN_PEER:
		if (there)
			break;
		set_prefixes(ifname, dev, &op->key, &op->prefix, NULL);
		set_psk(ifname, dir, &op->key, op->secret);
		break;
	case ADMIN_DROP:
		if (there)
			remove_peer(ifname, &op->key);
		break;
	case ADMIN_GIVE:
		if (there)
			set_prefixes(
			    ifname, dev, &op->key, &op->prefix, &op->prefix);
		break;
	case ADMIN_TAKE:
		if (there)
			set_prefixes(ifname, dev, &op->key, NULL, &op->prefix);
		break;
	case ADMIN_ENDPOINT:
		if (there)
			set_endpoint(ifname, &op->key, &op->endpoint);
		break;
	case ADMIN_KEEPALIVE:
		if (there)
			set_keepalive(
			    ifname, &op->key, (unsigned int)op->value);
		break;
	case ADMIN_SESSION:
	case ADMIN_KEY:
	case ADMIN_PORT:
	case ADMIN_ADDR:
		break;
	}
}
