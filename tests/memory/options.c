/* What ASan starts with in each program of a sanitizer build. */
#include <signal.h>
#include <string.h>

const char *__asan_default_options(void);

/* To look for leaks at the end it would trace itself, which a process that
 * can't be dumped nor fork can't do; the simulator's churn looks for them. */
const char *
__asan_default_options(void)
{
	return "detect_leaks=0:abort_on_error=0:exitcode=99";
}

/* It asks for the stack of signals before each function that doesn't return.
 * There is none, and the call is in no filter: that of wirelinkctl is always in
 * force. */
int
sigaltstack(const stack_t *restrict ss, stack_t *restrict old)
{
	(void)ss;
	if (old != NULL) {
		memset(old, 0, sizeof(*old));
		old->ss_flags = SS_DISABLE;
	}
	return 0;
}
