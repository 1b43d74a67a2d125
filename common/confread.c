/* Configuration files, line by line. See confread.h. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/confread.h"

int
confread_fail(struct confread *cr, const char *fmt, ...)
{
	char text[CONFREAD_ERR_MAX - 128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (cr->line > 0)
		snprintf(cr->error, sizeof(cr->error), "%.96s:%u: %s", cr->path,
		    cr->line, text);
	else
		snprintf(
		    cr->error, sizeof(cr->error), "%.96s: %s", cr->path, text);
	return -1;
}

static int
read_all(struct confread *cr, int fd, size_t size)
{
	cr->text = malloc(size + 1);
	if (cr->text == NULL)
		return confread_fail(cr, "no memory");
	while (cr->len < size) {
		ssize_t n = pread(
		    fd, cr->text + cr->len, size - cr->len, (off_t)cr->len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return confread_fail(cr, "%s", strerror(errno));
		if (n == 0)
			break;
		cr->len += (size_t)n;
	}
	return 0;
}

static int
check_file(struct confread *cr, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return confread_fail(cr, "is not a regular file");
	if (st->st_uid != 0)
		return confread_fail(cr,
		    "belongs to uid %u, must belong to root",
		    (unsigned int)st->st_uid);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return confread_fail(cr,
		    "is writable by others (mode %04o), must not be",
		    (unsigned int)(st->st_mode & 07777));
	if (st->st_size > CONFREAD_FILE_MAX)
		return confread_fail(cr, "has %lld bytes, at most %ld are read",
		    (long long)st->st_size, CONFREAD_FILE_MAX);
	return 0;
}

int
confread_open(struct confread *cr, const char *path)
{
	return confread_openat(cr, AT_FDCWD, path, path);
}

int
confread_openat(
    struct confread *cr, int dir, const char *name, const char *path)
{
	struct stat st;
	int fd, saved, rv = -1;

	memset(cr, 0, sizeof(*cr));
	cr->path = path;
	fd = openat(dir, name, CONFREAD_FLAGS);
	if (fd == -1) {
		saved = errno;
		confread_fail(cr, "%s",
		    saved == ELOOP ? "is a symbolic link" : strerror(saved));
		errno = saved;
		return -1;
	}
	/* Always the same system call, whatever the C library makes of fstat:
	 * a filter has to know it. */
	if (fstatat(fd, "", &st, AT_EMPTY_PATH) == -1)
		confread_fail(cr, "%s", strerror(errno));
	else if (check_file(cr, &st) == 0)
		rv = read_all(cr, fd, (size_t)st.st_size);
	close(fd);
	if (rv == -1) {
		confread_close(cr);
		errno = EINVAL;
	}
	return rv;
}

int
confread_memory(
    struct confread *cr, const char *path, const void *text, size_t len)
{
	memset(cr, 0, sizeof(*cr));
	cr->path = path;
	cr->text = malloc(len + 1);
	if (cr->text == NULL)
		return confread_fail(cr, "no memory");
	if (len > 0)
		memcpy(cr->text, text, len);
	cr->len = len;
	return 0;
}

void
confread_close(struct confread *cr)
{
	free(cr->text);
	cr->text = NULL;
	cr->len = 0;
	cr->off = 0;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts white space at both ends; *len is adjusted. */
static const char *
trim(const char *s, size_t *len)
{
	while (*len > 0 && blank(s[0])) {
		s++;
		(*len)--;
	}
	while (*len > 0 && blank(s[*len - 1]))
		(*len)--;
	return s;
}

static void
keep(char *out, const char *s, size_t len)
{
	memcpy(out, s, len);
	out[len] = '\0';
}

/* One line without its comment, trimmed. NULL, with error filled, when it
 * can't be one. */
static const char *
take_line(struct confread *cr, size_t *lenp)
{
	const char *s = cr->text + cr->off;
	size_t left = cr->len - cr->off, len = 0;

	while (len < left && s[len] != '\n')
		len++;
	cr->off += len < left ? len + 1 : len;
	cr->line++;
	if (len > 0 && s[len - 1] == '\r')
		len--;
	if (len > CONFREAD_LINE_MAX) {
		confread_fail(cr, "line has %zu bytes, at most %d are read",
		    len, CONFREAD_LINE_MAX);
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') ||
		    s[i] == 0x7f) {
			confread_fail(cr, "control character 0x%02x",
			    (unsigned int)(unsigned char)s[i]);
			return NULL;
		}
	}
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '#' && (i == 0 || blank(s[i - 1]))) {
			len = i;
			break;
		}
	}
	*lenp = len;
	return trim(s, lenp);
}

static enum confread_item
section(struct confread *cr, const char *s, size_t len)
{
	if (s[len - 1] != ']' || len < 3) {
		confread_fail(cr, "expected [Section]");
		return CONFREAD_ERROR;
	}
	keep(cr->name, s + 1, len - 2);
	return CONFREAD_SECTION;
}

static enum confread_item
entry(struct confread *cr, const char *s, size_t len)
{
	const char *eq = memchr(s, '=', len), *value;
	size_t name_len, value_len;

	if (eq == NULL) {
		confread_fail(cr, "expected \"Key = value\" or [Section]");
		return CONFREAD_ERROR;
	}
	name_len = (size_t)(eq - s);
	value_len = len - name_len - 1;
	s = trim(s, &name_len);
	value = trim(eq + 1, &value_len);
	if (name_len == 0) {
		confread_fail(cr, "nothing before \"=\"");
		return CONFREAD_ERROR;
	}
	keep(cr->name, s, name_len);
	if (value_len == 0) {
		confread_fail(cr, "%s has no value", cr->name);
		return CONFREAD_ERROR;
	}
	keep(cr->value, value, value_len);
	return CONFREAD_ENTRY;
}

enum confread_item
confread_next(struct confread *cr)
{
	while (cr->off < cr->len) {
		size_t len;
		const char *s = take_line(cr, &len);

		if (s == NULL)
			return CONFREAD_ERROR;
		if (len == 0)
			continue;
		return s[0] == '[' ? section(cr, s, len) : entry(cr, s, len);
	}
	return CONFREAD_END;
}
