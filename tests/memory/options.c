/* What ASan starts with in each program of a sanitizer build. */

const char *__asan_default_options(void);

/* To look for leaks at the end it would trace itself, which a process that
 * can't be dumped nor fork can't do; the simulator's churn looks for them. */
const char *
__asan_default_options(void)
{
	return "detect_leaks=0:abort_on_error=0:exitcode=99";
}
