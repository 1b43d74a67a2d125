/*
 * Reads files in WireGuard's style: [Section] lines, "Key = value" lines,
 * comments from # to the end of the line. What the sections and keys mean is
 * the caller's business. Trusts nothing in the file.
 */
#ifndef COMMON_CONFREAD_H
#define COMMON_CONFREAD_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>

#define CONFREAD_FILE_MAX (1024L * 1024)
#define CONFREAD_LINE_MAX 1024
#define CONFREAD_ERR_MAX  512
/* How files are opened. */
#define CONFREAD_FLAGS (O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

enum confread_item {
	CONFREAD_SECTION, /* name */
	CONFREAD_ENTRY, /* name and value, both trimmed, value not empty */
	CONFREAD_END,
	CONFREAD_ERROR, /* error is filled */
};

struct confread {
	const char *path; /* as it appears in errors; the caller's */
	char *text;
	size_t len;
	size_t off;
	unsigned int line; /* of the item last returned, from 1 */
	char name[CONFREAD_LINE_MAX];
	char value[CONFREAD_LINE_MAX];
	char error[CONFREAD_ERR_MAX]; /* "path:line: what" */
};

/* Opens a regular file that belongs to root, is not writable by others and
 * has at most CONFREAD_FILE_MAX bytes, and reads it whole. 0, or -1 with
 * cr->error filled and errno set; ENOENT when there is none. */
int confread_open(struct confread *cr, const char *path);
/* The same of name in the directory with that descriptor; path is for what
 * is said of it. */
int confread_openat(
    struct confread *cr, int dir, const char *name, const char *path);
/* Reads from memory instead; text is copied. 0 or -1. */
int confread_memory(
    struct confread *cr, const char *path, const void *text, size_t len);
void confread_close(struct confread *cr);
enum confread_item confread_next(struct confread *cr);
/* Writes "path:line: " and the text to cr->error; returns -1. */
int confread_fail(struct confread *cr, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
