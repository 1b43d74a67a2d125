/* libmd's, for the proof: see stubs.c. */
#ifndef PROVE_SHA1_H
#define PROVE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_DIGEST_LENGTH 20

typedef struct {
	uint8_t state[92];
} SHA1_CTX;

void SHA1Init(SHA1_CTX *ctx);
void SHA1Update(SHA1_CTX *ctx, const uint8_t *data, size_t len);
void SHA1Final(uint8_t digest[SHA1_DIGEST_LENGTH], SHA1_CTX *ctx);

#endif
