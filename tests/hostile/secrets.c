/* Looks for keys in bytes: for each half of each of them, so that one that
 * is cut or joined to something is found too. */
#include <string.h>

#include "tests/hostile/hostile.h"

#define HALF	    (KEY_LEN / 2)
#define SECRETS_MAX 512

static uint8_t half[SECRETS_MAX][HALF];
static size_t n;
static bool begins[65536]; /* by the first two bytes of a half */

static size_t
slot(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

void
secrets_forget(void)
{
	for (size_t i = 0; i < n; i++)
		begins[slot(half[i])] = false;
	n = 0;
}

void
secrets_add(const uint8_t secret[KEY_LEN])
{
	static const uint8_t zero[KEY_LEN];

	if (memcmp(secret, zero, KEY_LEN) == 0)
		return;
	for (size_t i = 0; i < 2 && n < SECRETS_MAX; i++) {
		memcpy(half[n], secret + i * HALF, HALF);
		begins[slot(half[n++])] = true;
	}
}

bool
secrets_in(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + HALF <= len; i++) {
		if (!begins[slot(p + i)])
			continue;
		for (size_t j = 0; j < n; j++)
			if (memcmp(half[j], p + i, HALF) == 0)
				return true;
	}
	return false;
}
