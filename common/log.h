/*
 * One line a message: to stderr in the foreground, to syslog else. Each line
 * names process and interface. errno is kept.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LVL_ERR, LOG_LVL_WARN, LOG_LVL_INFO, LOG_LVL_DEBUG };

/* process and ifname are kept by copy. Opens syslog at once when it is to be
 * used, since a sandboxed process can't do it later. */
void log_init(const char *process, bool foreground, enum log_level level);
void log_ifname(const char *ifname);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* Errors and warnings are from now on added to text as well, each a line, \n
 * between them, cut to fit len; until NULL and 0 are given. */
void log_keep(char *text, size_t len);

/* The plain forms add ": strerror(errno)", those ending in x don't. */
void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_errx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Log and _exit(1): for start-up and for what must not happen. */
_Noreturn void
fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void
fatalx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* At most burst lines, then one each interval_ns; tells how many were held
 * back. Zero-filled is a valid start but for the first two fields. */
struct log_limit {
	unsigned int burst;
	int64_t interval_ns;
	unsigned int used;
	unsigned int suppressed;
	int64_t last_ns;
};
/* May a line be logged at now_ns? If so *suppressed is what was held back
 * since the last one. */
bool log_allowed(struct log_limit *l, int64_t now_ns, unsigned int *suppressed);

/* Printable form of bytes from outside: control characters, backslash and
 * bytes that are not UTF-8 as \xNN, cut to fit outlen (at least 8) with
 * "..." at the end. Returns out. */
const char *log_escape(const void *bytes, size_t len, char *out, size_t outlen);

#endif
