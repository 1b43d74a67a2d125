/* Log lines. See log.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

#define LINE_MAX_LEN 1024

static char process_name[32] = "wirelink";
static char interface_name[16];
static bool to_stderr = true;
static enum log_level max_level = LOG_LVL_INFO;
static char *kept;
static size_t kept_len;

void
log_init(const char *process, bool foreground, enum log_level level)
{
	strlcpy(process_name, process, sizeof(process_name));
	to_stderr = foreground;
	max_level = level;
	if (!foreground) {
		/* syslog(3) stamps local time; later, the zone's file is
		 * out of reach. */
		tzset();
		closelog();
		openlog(process_name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	}
}

void
log_ifname(const char *ifname)
{
	strlcpy(interface_name, ifname, sizeof(interface_name));
}

void
log_set_level(enum log_level level)
{
	max_level = level;
}

enum log_level
log_get_level(void)
{
	return max_level;
}

void
log_keep(char *text, size_t len)
{
	kept = text;
	kept_len = len;
}

static void emit(enum log_level, const char *, va_list, int)
    __attribute__((format(printf, 2, 0)));

/* error: an errno to name, or 0. */
static void
emit(enum log_level level, const char *fmt, va_list ap, int error)
{
	static const char *const words[] = {
	    "error: ", "warning: ", "", "debug: "};
	static const int priority[] = {
	    LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
	char text[LINE_MAX_LEN - 128], line[LINE_MAX_LEN];
	int saved = errno, n;

	if (level > max_level)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (kept != NULL && level <= LOG_LVL_WARN) {
		strlcat(kept, kept[0] != '\0' ? "\n" : "", kept_len);
		strlcat(kept, text, kept_len);
		strlcat(kept, error != 0 ? ": " : "", kept_len);
		strlcat(kept, error != 0 ? strerror(error) : "", kept_len);
	}
	n = snprintf(line, sizeof(line), "%s%s%s%s: %s%s%s%s",
	    to_stderr ? process_name : "", interface_name[0] != '\0' ? "(" : "",
	    interface_name, interface_name[0] != '\0' ? ")" : "", words[level],
	    text, error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
	if (n < 0)
		return;
	if (to_stderr) {
		size_t len = strlen(line);
		ssize_t written;

		if (len > sizeof(line) - 2)
			len = sizeof(line) - 2;
		line[len++] = '\n';
		/* A log that can't be written has nowhere to be told. */
		written = write(STDERR_FILENO, line, len);
		(void)written;
	} else {
		syslog(priority[level], "%s", line);
	}
	errno = saved;
}

void
log_err(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LVL_ERR, fmt, ap, error);
	va_end(ap);
}

void
log_errx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LVL_ERR, fmt, ap, 0);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LVL_WARN, fmt, ap, error);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LVL_WARN, fmt, ap, 0);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LVL_INFO, fmt, ap, 0);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LVL_DEBUG, fmt, ap, 0);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LVL_ERR, fmt, ap, error);
	va_end(ap);
	_exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_LVL_ERR, fmt, ap, 0);
	va_end(ap);
	_exit(1);
}

bool
log_allowed(struct log_limit *l, int64_t now_ns, unsigned int *suppressed)
{
	*suppressed = 0;
	if (l->used < l->burst) {
		l->used++;
		l->last_ns = now_ns;
		return true;
	}
	if (now_ns - l->last_ns < l->interval_ns) {
		l->suppressed++;
		return false;
	}
	l->last_ns = now_ns;
	*suppressed = l->suppressed;
	l->suppressed = 0;
	return true;
}

/* Marks that change the order or shape of what follows, or hide in it. */
static bool
invisible(uint32_t c)
{
	static const uint32_t ranges[][2] = {{0x61c, 0x61c}, {0x180e, 0x180e},
	    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
	    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	}
	return false;
}

/* Bytes of the UTF-8 sequence at p that may be shown as it is; 0 for what
 * must be escaped (RFC 3629; C0, C1 controls and DEL). */
static size_t
printable(const unsigned char *p, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c = p[0];
	size_t n = 1;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f && c != '\\' ? 1 : 0;
	if (c >= 0xf8 || c < 0xc2)
		return 0;
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (n > len)
		return 0;
	c &= 0xffu >> (n + 1);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ||
	    (c >= 0x80 && c < 0xa0))
		return 0;
	return invisible(c) ? 0 : n;
}

const char *
log_escape(const void *bytes, size_t len, char *out, size_t outlen)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	size_t o = 0, i = 0, cut = 0; /* where "..." still fits */

	while (i < len) {
		size_t n = printable(p + i, len - i);

		if (o + 4 <= outlen)
			cut = o;
		if (o + (n > 0 ? n : 4) + 1 > outlen) {
			memcpy(out + cut, "...", 4);
			return out;
		}
		if (n > 0) {
			memcpy(out + o, p + i, n);
			o += n;
			i += n;
		} else {
			out[o++] = '\\';
			out[o++] = 'x';
			out[o++] = hex[p[i] >> 4];
			out[o++] = hex[p[i] & 15];
			i++;
		}
	}
	out[o] = '\0';
	return out;
}
