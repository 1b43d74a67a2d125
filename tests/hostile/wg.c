/* A real WireGuard interface by wg(8). See wg.h. */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/hostile/wg.h"

void
command(const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text)
		errx(2, "a command is too long");
	/* NOLINTNEXTLINE(cert-env33-c): the words are ours */
	if (system(text) != 0)
		errx(2, "%s", text);
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
	char text[64], *field[8], *rest;
	bool first = true;
	size_t n;
	FILE *f;

	memset(out, 0, offsetof(struct snap, peer));
	snprintf(text, sizeof text, "exec wg show %s dump", ifname);
	/* NOLINTNEXTLINE(cert-env33-c): the words are ours */
	if ((f = popen(text, "r")) == NULL)
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
	if (pclose(f) != 0 || first)
		errx(2, "wg show %s dump failed", ifname);
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
	command("wg set %s peer %s allowed-ips '%s'", ifname, base64(key->b),
	    *list != '\0' ? list + 1 : "");
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

	command(
	    "wg set %s peer %s preshared-key %s", ifname, base64(key->b), path);
	unlink(path);
}

static void
set_endpoint(
    const char *ifname, const struct key *key, const struct endpoint *e)
{
	char text[ENDPOINT_STRLEN];

	command("wg set %s peer %s endpoint %s", ifname, base64(key->b),
	    endpoint_format(e, text));
}

void
wg_setup(const char *ifname, const char *dir, const struct snap *want)
{
	static struct snap there;
	static const struct snap none;
	const char *path;

	wg_read(ifname, &there);
	for (size_t i = 0; i < there.npeers; i++)
		command("wg set %s peer %s remove", ifname,
		    base64(there.peer[i].key.b));
	path = key_file(dir, want->secret);
	command("wg set %s private-key %s listen-port %u", ifname, path,
	    (unsigned int)want->listen_port);
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
			command("wg set %s peer %s remove", ifname,
			    base64(op->key.b));
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
			command("wg set %s peer %s persistent-keepalive %u",
			    ifname, base64(op->key.b), (unsigned int)op->value);
		break;
	case ADMIN_KEY:
	case ADMIN_PORT:
	case ADMIN_ADDR:
		break;
	}
}
