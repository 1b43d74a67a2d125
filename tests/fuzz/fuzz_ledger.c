/*
 * The ledger file: whatever is in it, it is taken whole or not at all, and
 * what is written then is read as the same. First byte: whether the header
 * of the device at hand is put before the rest.
 *
 * Covers: privd/ledger.c
 */
#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "privd/ledger.h"
#include "tests/fuzz/fuzz.h"

#define IFINDEX	   3
#define HEADER_LEN 64
#define RECORD_LEN 64

static struct ledger_rec first[LEDGER_MAX], second[LEDGER_MAX];
static struct wg_peer peers[3];
static struct m_prefix prefixes[2];

static void
count(const struct ledger *l)
{
	size_t used = 0;

	REQUIRE(l->n <= LEDGER_MAX && l->bound && l->ifindex == IFINDEX);
	for (size_t i = 0; i < l->n; i++) {
		const struct ledger_rec *r = &l->rec[i];
		struct prefix again;

		REQUIRE(r->kind <= LEDGER_WITHDRAWN);
		used += r->kind != LEDGER_FREE;
		if (r->kind == LEDGER_FREE || r->kind == LEDGER_PEER) {
			REQUIRE(r->prefix.addr.family == 0);
			continue;
		}
		REQUIRE(prefix_make(&r->prefix.addr, r->prefix.len, &again));
		REQUIRE(prefix_eq(&r->prefix, &again));
	}
	REQUIRE(used == l->used);
}

/* What another process would find in the file is what this one knows. */
static void
reread(const struct ledger *l, const struct key *device)
{
	struct ledger again = {.fd = l->fd, .rec = second};

	REQUIRE(ledger_bind(&again, device, IFINDEX) == 0);
	count(&again);
	REQUIRE(again.used == l->used && again.n >= l->n);
	for (size_t i = 0; i < l->n; i++) {
		REQUIRE(l->rec[i].kind == second[i].kind);
		REQUIRE(key_eq(&l->rec[i].key, &second[i].key));
		REQUIRE(prefix_eq(&l->rec[i].prefix, &second[i].prefix));
	}
	memset(second, 0, again.n * sizeof(second[0]));
}

static void
write_file(int fd, const uint8_t *data, size_t size, const struct key *device)
{
	uint8_t header[HEADER_LEN] = "wirelink ledger";
	size_t off = 0;

	REQUIRE(ftruncate(fd, 0) == 0);
	if (data[0] % 4 != 0) {
		header[19] = IFINDEX;
		memcpy(header + 20, device->b, KEY_LEN);
		REQUIRE(pwrite(fd, header, HEADER_LEN, 0) == HEADER_LEN);
		off = HEADER_LEN;
	}
	REQUIRE(
	    pwrite(fd, data + 1, size - 1, (off_t)off) == (ssize_t)size - 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wg_device dev = {.npeers = 3, .nprefixes = 2};
	const struct key device = fuzz_key(100), other = fuzz_key(101);
	struct ledger l = {.rec = first};
	static int fd = -1;
	struct prefix p;

	if (size < 1 || size > RECORD_LEN * 200)
		return 0;
	if (fd == -1)
		fd = memfd_create("ledger", MFD_CLOEXEC);
	REQUIRE(fd != -1 && prefix_parse("10.7.0.2/32", &p) == 0);
	write_file(fd, data, size, &device);
	l.fd = fd;
	REQUIRE(ledger_bind(&l, &device, IFINDEX) == 0);
	count(&l);
	/* Nothing of a file that isn't one of this device, or is damaged. */
	if (data[0] % 4 != 0 && (size - 1) % RECORD_LEN != 0)
		REQUIRE(l.used == 0);
	reread(&l, &device);
	REQUIRE(ledger_add(&l, LEDGER_PEER, &other, NULL) == 0);
	REQUIRE(ledger_add(&l, LEDGER_PREFIX, &other, &p) == 0);
	reread(&l, &device);
	for (uint8_t i = 0; i < 3; i++) {
		peers[i] = (struct wg_peer){
		    .key = fuzz_key(i == 2 ? 101 : (uint8_t)(i + 1))};
		peers[i].first = i == 0 ? 0 : 1;
		peers[i].nprefixes = i == 0;
	}
	peers[2].nprefixes = 1;
	REQUIRE(prefix_parse("10.7.0.0/16", &prefixes[0].prefix) == 0);
	prefixes[1].prefix = p;
	prefixes[0].ours = prefixes[1].ours = false;
	dev.peers = peers;
	dev.prefixes = prefixes;
	ledger_apply(&l, &dev);
	count(&l);
	REQUIRE(peers[2].ours && prefixes[1].ours);
	reread(&l, &device);
	/* Another device knows nothing of it. */
	REQUIRE(ledger_bind(&l, &other, IFINDEX) == 0);
	REQUIRE(l.used == 0);
	memset(first, 0, (size / RECORD_LEN + 4) * sizeof(first[0]));
	return 0;
}
