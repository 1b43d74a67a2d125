/* See device.h. */
#include "tests/fuzz/device.h"

void
device_sound(const struct wg_device *d)
{
	size_t next = 0;

	REQUIRE(d->npeers <= WG_MAX_PEERS && d->nprefixes <= WG_MAX_PREFIXES);
	for (size_t i = 0; i < d->npeers; i++) {
		const struct wg_peer *p = &d->peers[i];

		REQUIRE(p->first == next && p->handshake_ns >= 0);
		next += p->nprefixes;
		for (size_t k = p->first; k < next; k++) {
			const struct prefix *q = &d->prefixes[k].prefix;
			struct prefix again;

			REQUIRE(addr_bits(&q->addr) != 0);
			REQUIRE(prefix_make(&q->addr, q->len, &again));
			REQUIRE(prefix_eq(q, &again));
		}
	}
	REQUIRE(next == d->nprefixes);
}

void
device_same(const struct wg_device *a, const struct wg_device *b)
{
	REQUIRE(a->listen_port == b->listen_port && a->npeers == b->npeers);
	REQUIRE(a->nprefixes == b->nprefixes);
	for (size_t i = 0; i < a->npeers; i++) {
		const struct wg_peer *p = &a->peers[i], *q = &b->peers[i];

		REQUIRE(key_eq(&p->key, &q->key));
		REQUIRE(endpoint_eq(&p->endpoint, &q->endpoint));
		REQUIRE(p->handshake_ns == q->handshake_ns);
		REQUIRE(p->rx_bytes == q->rx_bytes);
		REQUIRE(p->tx_bytes == q->tx_bytes);
		REQUIRE(p->keepalive_s == q->keepalive_s);
		REQUIRE(p->nprefixes == q->nprefixes);
	}
	for (size_t i = 0; i < a->nprefixes; i++)
		REQUIRE(
		    prefix_eq(&a->prefixes[i].prefix, &b->prefixes[i].prefix));
}
