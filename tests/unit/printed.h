/* What wirelinkctl would print, as a string. */
#ifndef TESTS_UNIT_PRINTED_H
#define TESTS_UNIT_PRINTED_H

#include <stdio.h>

/* A stream to print to, in place of the one before. */
FILE *print_start(void);
/* What has been printed to it so far; until the next print_start. */
const char *printed(void);
/* Its length, which is more than strlen's with a NUL in it. */
size_t printed_len(void);

#endif
