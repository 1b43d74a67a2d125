/*
 * What the functions under proof call that is not ours. Each may give any
 * answer that the real one can give.
 */
#include <sha1.h>

#include "tests/prove/prove.h"

void
SHA1Init(SHA1_CTX *ctx)
{
	ANY_BYTES(ctx);
}

/* Reads all of data, as the real one does. */
void
SHA1Update(SHA1_CTX *ctx, const uint8_t *data, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum ^= data[i];
	ctx->state[0] = sum;
	ANY_BYTES(ctx);
}

void
SHA1Final(uint8_t digest[SHA1_DIGEST_LENGTH], SHA1_CTX *ctx)
{
	Frama_C_make_unknown((char *)digest, SHA1_DIGEST_LENGTH);
	ANY_BYTES(ctx);
}
