/* Reading tests/vectors. See vectors.h. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/vectors.h"

size_t
vectors_each(const char *name, void (*row)(json_object *, void *), void *arg)
{
	char path[128], *line = NULL;
	size_t cap = 0, rows = 0;
	FILE *fp;

	snprintf(path, sizeof(path), "tests/vectors/%s", name);
	fp = fopen(path, "r");
	cr_assert_not_null(fp, "%s (run from the top directory)", path);
	while (getline(&line, &cap, fp) != -1) {
		json_object *o = json_tokener_parse(line);

		cr_assert_not_null(o, "%s:%zu: no JSON", path, rows + 1);
		row(o, arg);
		json_object_put(o);
		rows++;
	}
	free(line);
	fclose(fp);
	return rows;
}

static json_object *
member(json_object *row, const char *name)
{
	json_object *o = NULL;

	cr_assert(json_object_object_get_ex(row, name, &o), "no %s in %s", name,
	    json_object_to_json_string(row));
	return o;
}

const char *
vector_str(json_object *row, const char *name)
{
	json_object *o = member(row, name);

	cr_assert(json_object_is_type(o, json_type_string), "%s", name);
	return json_object_get_string(o);
}

int64_t
vector_int(json_object *row, const char *name)
{
	json_object *o = member(row, name);

	cr_assert(json_object_is_type(o, json_type_int), "%s", name);
	return json_object_get_int64(o);
}

bool
vector_bool(json_object *row, const char *name)
{
	json_object *o = member(row, name);

	cr_assert(json_object_is_type(o, json_type_boolean), "%s", name);
	return json_object_get_boolean(o);
}

bool
vector_has(json_object *row, const char *name)
{
	json_object *o = NULL;

	return json_object_object_get_ex(row, name, &o) && o != NULL;
}

static unsigned int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	cr_assert_not_null(p, "no hexadecimal digit: %d", c);
	return (unsigned int)(p - digits);
}

size_t
vector_unhex(const char *hex, uint8_t *out)
{
	size_t len = strlen(hex) / 2;

	cr_assert(strlen(hex) % 2 == 0 && len <= VECTOR_BYTES);
	for (size_t i = 0; i < len; i++)
		out[i] =
		    (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	return len;
}

size_t
vector_hex(json_object *row, const char *name, uint8_t *out)
{
	return vector_unhex(vector_str(row, name), out);
}

struct key
vector_key(json_object *row, const char *name)
{
	struct key k;

	cr_assert_eq(key_parse(vector_str(row, name), &k), 0, "%s", name);
	return k;
}
