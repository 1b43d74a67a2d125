/*
 * memscan PID KEYFILE PUBLIC...: does the process hold the private key of
 * KEYFILE, or what it shares with any of the public keys? 0 no, 1 yes,
 * 2 can't tell.
 */
#include <sys/types.h>

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "common/key.h"
#include "tests/e2e/args.h"

#define SECRETS_MAX 16
#define CHUNK	    (1024 * 1024)

static uint8_t secrets[SECRETS_MAX][KEY_LEN];
static size_t nsecrets;

static bool
found_in(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < nsecrets; i++) {
		if (memmem(p, len, secrets[i], KEY_LEN) != NULL) {
			printf("secret %zu found\n", i);
			return true;
		}
	}
	return false;
}

/* Pieces overlap, so that a secret at their border is seen. */
static bool
scan(int mem, uint64_t start, uint64_t end)
{
	static uint8_t buf[CHUNK];

	while (start < end) {
		size_t want =
		    end - start < CHUNK ? (size_t)(end - start) : CHUNK;
		ssize_t n = pread(mem, buf, want, (off_t)start);

		if (n <= 0)
			return false;
		if (found_in(buf, (size_t)n))
			return true;
		if ((size_t)n <= KEY_LEN || start + (uint64_t)n >= end)
			break;
		start += (uint64_t)n - KEY_LEN + 1;
	}
	return false;
}

int
main(int argc, char **argv)
{
	char path[64], line[512];
	struct key private, public;
	uint64_t bytes = 0;
	bool found = false;
	FILE *maps;
	int mem;

	if (argc < 4 || argc - 2 > SECRETS_MAX || sodium_init() == -1)
		errx(2, "usage: memscan pid keyfile public...");
	args_key(argv[2], &private);
	memcpy(secrets[nsecrets++], private.b, KEY_LEN);
	for (int i = 3; i < argc; i++) {
		if (key_parse(argv[i], &public) == -1 ||
		    crypto_scalarmult(
			secrets[nsecrets++], private.b, public.b) == -1)
			errx(2, "%s: no key", argv[i]);
	}
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[1]);
	mem = open(path, O_RDONLY);
	if (mem == -1)
		err(2, "%s", path);
	snprintf(path, sizeof(path), "/proc/%s/maps", argv[1]);
	maps = fopen(path, "r");
	if (maps == NULL)
		err(2, "%s", path);
	while (fgets(line, sizeof(line), maps) != NULL) {
		uint64_t start, end;
		char perms[5];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &start, &end,
			perms) != 3 ||
		    perms[0] != 'r')
			continue;
		bytes += end - start;
		found |= scan(mem, start, end);
	}
	if (bytes < 100000)
		errx(2, "only %" PRIu64 " bytes could be read", bytes);
	printf("%" PRIu64 " bytes looked at\n", bytes);
	return found ? 1 : 0;
}
