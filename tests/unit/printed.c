/* See printed.h. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "tests/unit/printed.h"

static char *text;
static size_t text_len;
static FILE *out;

FILE *
print_start(void)
{
	if (out != NULL)
		fclose(out);
	free(text);
	out = open_memstream(&text, &text_len);
	cr_assert_not_null(out);
	return out;
}

const char *
printed(void)
{
	fflush(out);
	return text;
}

size_t
printed_len(void)
{
	fflush(out);
	return text_len;
}
