/*
 * What privd says: nothing secret (promise 1), and one answer of the right
 * kind for each request (promise 6). Seals are checked with keys that the
 * oracle has from the device.
 */
#include <string.h>

#include <sodium.h>

#include "tests/hostile/hostile.h"

static bool
is_known(const struct oracle *o, const struct key *key)
{
	for (size_t i = 0; i < o->nknown; i++)
		if (memcmp(o->known[i].b, key->b, KEY_LEN) == 0)
			return true;
	for (size_t i = 0; i < o->scene->nconf; i++)
		if (memcmp(o->scene->conf[i].key.b, key->b, KEY_LEN) == 0)
			return true;
	return false;
}

static bool
verifies(const uint8_t secret[KEY_LEN], const struct m_body *b)
{
	/* The last ones, since a scalar multiplication takes its time. */
	static struct {
		uint8_t secret[KEY_LEN], shared[KEY_LEN];
		struct key peer;
		bool weak, used;
	} last[64];
	static size_t next;
	size_t i = 0;
	uint8_t none[1];

	while (i < 64 &&
	    (!last[i].used || memcmp(last[i].peer.b, b->peer.b, KEY_LEN) != 0 ||
		memcmp(last[i].secret, secret, KEY_LEN) != 0))
		i++;
	if (i == 64) {
		i = next++ % 64;
		last[i].used = true;
		last[i].peer = b->peer;
		memcpy(last[i].secret, secret, KEY_LEN);
		last[i].weak =
		    crypto_scalarmult(last[i].shared, secret, b->peer.b) != 0;
		secrets_add(last[i].shared);
	}
	return !last[i].weak &&
	    crypto_aead_xchacha20poly1305_ietf_decrypt_detached(none, NULL,
		none, 0, b->tag, b->body, b->len, b->nonce,
		last[i].shared) == 0;
}

static void
sealed(struct oracle *o, const struct snap *dev, const uint8_t old[KEY_LEN],
    struct m_body *b, const uint8_t *p, struct attacker *learns)
{
	static const uint8_t zero[NONCE_LEN + TAG_LEN];
	static uint8_t last[NONCE_LEN];
	unsigned int status = p[0];

	memcpy(b->nonce, p + 1, NONCE_LEN);
	memcpy(b->tag, p + 1 + NONCE_LEN, TAG_LEN);
	if (status != CRYPT_OK) {
		if (memcmp(p + 1, zero, sizeof zero) != 0)
			oracle_broken(o, 1, "bytes with a refused seal");
		return;
	}
	if (!is_known(o, &b->peer))
		oracle_broken(o, 1, "sealed for a stranger");
	if (memcmp(b->nonce, last, NONCE_LEN) == 0)
		oracle_broken(o, 1, "a nonce came twice");
	memcpy(last, b->nonce, NONCE_LEN);
	if (!verifies(dev->secret, b) && !verifies(old, b))
		oracle_broken(o, 1, "a seal that is none");
	else
		attack_learn(learns, b);
}

static void
checked(struct oracle *o, const struct snap *dev, const uint8_t old[KEY_LEN],
    const struct m_body *b, unsigned int status)
{
	bool now, before;

	if (status != CRYPT_OK && status != CRYPT_BAD)
		return;
	now = verifies(dev->secret, b);
	before = verifies(old, b);
	if (status == CRYPT_OK && (!is_known(o, &b->peer) || !(now || before)))
		oracle_broken(o, 1, "a forged body is good");
	if (status == CRYPT_BAD && now && before)
		oracle_broken(o, 6, "a good body is forged");
}

bool
oracle_answer(struct oracle *o, const struct snap *dev,
    const uint8_t old[KEY_LEN], const struct request *r, const uint8_t *bytes,
    size_t len, struct attacker *learns)
{
	unsigned int type, flags;
	uint32_t id;
	struct m_body b;

	if (secrets_in(bytes, len))
		oracle_broken(o, 1, "a key lies in a message of privd");
	if (len < MSG_HEADER) {
		oracle_broken(o, 6, "privd sent half a header");
		return true;
	}
	type = (unsigned int)(bytes[0] << 8 | bytes[1]);
	flags = (unsigned int)(bytes[2] << 8 | bytes[3]);
	id = (uint32_t)bytes[8] << 24 | (uint32_t)bytes[9] << 16 |
	    (uint32_t)bytes[10] << 8 | bytes[11];
	if (r == NULL || type == MSG_LINK_UP || type == MSG_LINK_DOWN ||
	    type == MSG_ADDRS)
		return false;
	/* All of the configuration comes before that answer. */
	if (r->type == MSG_RELOAD &&
	    (type == MSG_CONF_LINK || type == MSG_CONF_POLICY ||
		type == MSG_CONF_PEER || type == MSG_CONF_END))
		return false;
	if (id != r->id)
		oracle_broken(o, 6, "an answer to another request");
	bytes += MSG_HEADER;
	len -= MSG_HEADER;
	if (type == MSG_RESULT && len == 8 && r->type != MSG_SEAL &&
	    r->type != MSG_CHECK)
		return true;
	if (type == MSG_RELOADED && r->type == MSG_RELOAD && len >= 1)
		return true;
	if (type == MSG_DEVICE && r->type == MSG_DEVICE_GET)
		return (flags & MSG_F_MORE) == 0;
	if (type == MSG_SEALED && r->type == MSG_SEAL && len > 0 &&
	    bytes[0] == r->n && len == 1 + r->n * (1 + NONCE_LEN + TAG_LEN)) {
		for (size_t i = 0; i < r->n; i++) {
			b = r->body[i];
			sealed(o, dev, old, &b,
			    bytes + 1 + i * (1 + NONCE_LEN + TAG_LEN), learns);
		}
		return true;
	}
	if (type == MSG_CHECKED && r->type == MSG_CHECK && len > 0 &&
	    bytes[0] == r->n && len == 4 + r->n) {
		for (size_t i = 0; i < r->n; i++)
			checked(o, dev, old, &r->body[i], bytes[1 + i]);
		return true;
	}
	oracle_broken(o, 6, "an answer of the wrong kind: type %u", type);
	return true;
}
