/*
 * Fixed records, written in place: nothing has to be opened, renamed or made
 * longer than the limit later on. The file is ours alone (0600, locked), yet
 * what it says counts only if all of it makes sense.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "privd/ledger.h"

#define HEADER_LEN 64 /* magic 16, ifindex u32, device's key, zeroes */
#define RECORD_LEN 64 /* kind u8, prefix (zeroes of a PEER), key, zeroes */
#define PREFIX_LEN 18

static const char other[] = "is of another device, or an older one";
static const char magic[16] = "wirelink ledger";

int
ledger_open(struct ledger *l, const char *path)
{
	struct stat st;

	memset(l, 0, sizeof *l);
	l->rec = calloc(LEDGER_MAX, sizeof *l->rec);
	if (l->rec == NULL)
		return -1;
	l->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (l->fd == -1)
		return -1;
	if (fstat(l->fd, &st) == -1 || flock(l->fd, LOCK_EX | LOCK_NB) == -1)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

static void
encode_header(
    uint8_t out[HEADER_LEN], const struct key *device, uint32_t ifindex)
{
	struct wbuf w;

	memset(out, 0, HEADER_LEN);
	wbuf_init(&w, out, HEADER_LEN);
	wbuf_bytes(&w, magic, sizeof magic);
	wbuf_u32(&w, ifindex);
	wbuf_key(&w, device);
}

static int
write_record(struct ledger *l, size_t i)
{
	uint8_t buf[RECORD_LEN] = {0};
	const struct ledger_rec *r = &l->rec[i];
	struct wbuf w;
	ssize_t n;

	wbuf_init(&w, buf, sizeof buf);
	if (r->kind != LEDGER_FREE) {
		wbuf_u8(&w, (uint8_t)r->kind);
		wbuf_prefix(&w, &r->prefix);
		wbuf_key(&w, &r->key);
	}
	n = pwrite(
	    l->fd, buf, sizeof buf, (off_t)(HEADER_LEN + i * RECORD_LEN));
	if (n >= 0 && n != sizeof buf)
		errno = EIO;
	return n == sizeof buf ? 0 : -1;
}

/* False when the bytes are no record that we would write. */
static bool
decode_record(const uint8_t buf[RECORD_LEN], struct ledger_rec *out)
{
	static const uint8_t zero[RECORD_LEN];
	struct rbuf r;
	unsigned int kind;

	memset(out, 0, sizeof *out);
	if (memcmp(buf, zero, RECORD_LEN) == 0)
		return true;
	rbuf_init(&r, buf, RECORD_LEN);
	kind = rbuf_u8(&r);
	if (kind != LEDGER_PEER)
		rbuf_prefix(&r, &out->prefix);
	else if (memcmp(rbuf_take(&r, PREFIX_LEN), zero, PREFIX_LEN) != 0)
		return false;
	rbuf_key(&r, &out->key);
	out->kind = (enum ledger_kind)kind;
	return !r.bad && kind >= LEDGER_PEER && kind <= LEDGER_WITHDRAWN &&
	    memcmp(buf + r.off, zero, rbuf_left(&r)) == 0;
}

/* NULL, or why the file can't be used ("": it is new). */
static const char *
load(struct ledger *l, const uint8_t header[HEADER_LEN])
{
	uint8_t buf[RECORD_LEN];
	ssize_t n;

	n = pread(l->fd, buf, HEADER_LEN, 0);
	if (n == 0)
		return "";
	if (n != HEADER_LEN || memcmp(buf, header, sizeof magic) != 0)
		return "is no ledger";
	if (memcmp(buf, header, HEADER_LEN) != 0)
		return other;
	for (l->n = 0;; l->n++) {
		n = pread(l->fd, buf, sizeof buf,
		    (off_t)(HEADER_LEN + l->n * RECORD_LEN));
		if (n == 0)
			return NULL;
		if (n != sizeof buf || l->n == LEDGER_MAX ||
		    !decode_record(buf, &l->rec[l->n]))
			return "is damaged";
		if (l->rec[l->n].kind != LEDGER_FREE)
			l->used++;
	}
}

int
ledger_forget(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++) {
		memset(&l->rec[i], 0, sizeof l->rec[i]);
		if (write_record(l, i) == -1)
			return -1;
	}
	l->n = l->used = 0;
	return 0;
}

int
ledger_bind(struct ledger *l, const struct key *device, uint32_t ifindex)
{
	uint8_t header[HEADER_LEN];
	const char *why = other;

	encode_header(header, device, ifindex);
	if (l->bound && l->ifindex == ifindex && key_eq(&l->device, device))
		return 0;
	if (!l->bound && (why = load(l, header)) != NULL) {
		/* The one past them may be half read. */
		if (l->n < LEDGER_MAX)
			l->n++;
		memset(l->rec, 0, l->n * sizeof *l->rec);
		l->n = l->used = 0;
		if (ftruncate(l->fd, 0) == -1)
			return -1;
	}
	if (why != NULL) {
		if (*why != '\0' && why != other)
			log_warnx("ledger %s: it starts afresh, and all that "
				  "is on the device counts as the "
				  "administrator's",
			    why);
		if (ledger_forget(l) == -1 ||
		    pwrite(l->fd, header, sizeof header, 0) != sizeof header)
			return -1;
	}
	l->bound = true;
	l->device = *device;
	l->ifindex = ifindex;
	return 0;
}

int
ledger_add(struct ledger *l, enum ledger_kind kind, const struct key *key,
    const struct prefix *prefix)
{
	struct ledger_rec want = {.kind = kind, .key = *key};
	size_t slot = LEDGER_MAX;

	if (prefix != NULL)
		want.prefix = *prefix;
	for (size_t i = 0; i < l->n; i++) {
		const struct ledger_rec *r = &l->rec[i];

		if (r->kind == kind && key_eq(&r->key, key) &&
		    prefix_eq(&r->prefix, &want.prefix))
			return 0;
		if (r->kind == LEDGER_FREE && slot == LEDGER_MAX)
			slot = i;
	}
	if (slot == LEDGER_MAX && l->n < LEDGER_MAX)
		slot = l->n;
	if (slot == LEDGER_MAX) {
		errno = ENOSPC;
		return -1;
	}
	want.added = true;
	l->rec[slot] = want;
	if (write_record(l, slot) == -1) {
		memset(&l->rec[slot], 0, sizeof want);
		return -1;
	}
	if (slot == l->n)
		l->n++;
	l->used++;
	return 0;
}

/* Does the device bear the record out? Marks what is ours. */
static bool
holds(struct wg_device *d, const struct ledger_rec *r)
{
	struct wg_peer *p = wg_device_find(d, &r->key);
	struct m_prefix *held = NULL;

	if (p == NULL)
		return false;
	if (r->kind == LEDGER_PEER) {
		p->ours = true;
		return true;
	}
	for (size_t i = p->first; i < p->first + p->nprefixes; i++)
		if (prefix_eq(&d->prefixes[i].prefix, &r->prefix))
			held = &d->prefixes[i];
	/* A home prefix that is back is no longer withdrawn. */
	if (r->kind == LEDGER_WITHDRAWN)
		return held == NULL;
	if (held != NULL)
		held->ours = true;
	return held != NULL;
}

void
ledger_apply(struct ledger *l, struct wg_device *d)
{
	struct ledger_rec was;

	for (size_t i = 0; i < l->n; i++) {
		struct ledger_rec *r = &l->rec[i];

		if (r->kind == LEDGER_FREE || holds(d, r))
			continue;
		was = *r;
		memset(r, 0, sizeof *r);
		if (write_record(l, i) == 0) {
			l->used--;
			continue;
		}
		/* It is in the file yet: it goes the next time. */
		log_warn("ledger: write");
		*r = was;
	}
	while (l->n > 0 && l->rec[l->n - 1].kind == LEDGER_FREE)
		l->n--;
}
