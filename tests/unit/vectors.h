/* Rows of tests/vectors, for the tests that go through them. */
#ifndef TESTS_UNIT_VECTORS_H
#define TESTS_UNIT_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "common/key.h"

#define VECTOR_BYTES 4096

/* Calls row for each line of tests/vectors/NAME and returns how many there
 * were. Fails the test when the file can't be read or a line is no JSON. */
size_t
vectors_each(const char *name, void (*row)(json_object *, void *), void *arg);

/* A member of that type; the test fails when it isn't there. */
const char *vector_str(json_object *row, const char *name);
int64_t vector_int(json_object *row, const char *name);
bool vector_bool(json_object *row, const char *name);
/* Is it there, and not null? */
bool vector_has(json_object *row, const char *name);
/* Hexadecimal to at most VECTOR_BYTES bytes. Returns the length. */
size_t vector_hex(json_object *row, const char *name, uint8_t *out);
size_t vector_unhex(const char *hex, uint8_t *out);
struct key vector_key(json_object *row, const char *name);

#endif
