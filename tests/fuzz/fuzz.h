/*
 * What the fuzz targets share. A target is LLVMFuzzerTestOneInput in a file
 * of its own, whose first comment names with "Covers:" the files whose
 * coverage is shown for it.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "proto/channel.h"
#include "proto/codec.h"

/* Ends the run as a crash does, and says what did not hold. */
#define REQUIRE(x)                                                             \
	do {                                                                   \
		if (!(x))                                                      \
			fuzz_failed(#x, __FILE__, __LINE__);                   \
	} while (0)
_Noreturn void fuzz_failed(const char *what, const char *file, int line);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly that length on the heap, so that a read past its end is
 * seen. The caller's to free. */
void *fuzz_copy(const void *p, size_t len);
/* Small made-up keys: the i-th of a network. */
struct key fuzz_key(uint8_t i);
/* An address with each family from few bytes, so that equal ones occur. */
struct addr fuzz_addr(struct rbuf *r);
struct prefix fuzz_prefix(struct rbuf *r);
/* Sends a record with whatever header and payload it has. */
void fuzz_send(int fd, const uint8_t *record, size_t len);
/* A connected pair, made once, not blocking. */
void fuzz_pair(int sv[2]);

/* Gives the netlink messages in buf the sequence number seq, unless they have
 * one. Lengths stay as they are. */
void fuzz_netlink(uint8_t *buf, size_t len, uint32_t seq);

/* Nothing in what is printed moves the cursor or does worse to a terminal. */
void fuzz_harmless(const char *text, size_t len);
/* A configuration that was written for people: wirelinkd can read it. */
void fuzz_conf(const char *text, size_t len);

/* messages.c: decodes a payload as its type says; when it is accepted, it
 * must be within its limits, and encode to what decodes to the same bytes. */
bool fuzz_message(const struct msg *m);
/* Records of that direction, each with a u16 before it that says how many
 * bytes it has: checked against the table, and fuzz_message. */
void fuzz_records(const uint8_t *data, size_t size, enum msg_dir dir);

#endif
