/*
 * The published vectors against the codec and, for whole datagrams, against
 * the core that takes them in. Every row is used; each one on which this
 * implementation differs is named below with the reason.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "netd/node.h"
#include "tests/unit/vectors.h"

#define PORT 51821

/* Encodings of what our own types don't hold: they clear host bits. */
static const char *const masked[] = {
    "10.7.0.5/24",
    "fd00:1:2:3::5/64",
};
#define MASKED_ROWS 4 /* each with two subjects */

static bool
is_masked(const char *cidr)
{
	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		if (strcmp(masked[i], cidr) == 0)
			return true;
	}
	return false;
}

static json_object *
value_of(json_object *row, const char *name)
{
	json_object *o = NULL;

	json_object_object_get_ex(
	    json_object_object_get(row, "value"), name, &o);
	return o;
}

static size_t
encode_metadata(json_object *row, uint8_t *out)
{
	json_object *given = value_of(row, "attrs_in_order_given");
	json_object *name = value_of(row, "name");
	json_object *basic = value_of(row, "basic");
	struct metadata m = {.name = NULL};
	uint8_t wild[256];
	struct wbuf w;

	if (given != NULL) {
		/* Entries in any order: only a relay meets those. */
		wbuf_init(&w, wild, sizeof(wild));
		wbuf_u8(&w, 0);
		for (size_t i = 0; i < json_object_array_length(given); i++) {
			json_object *pair = json_object_array_get_idx(given, i);
			const char *tag = json_object_get_string(
			    json_object_array_get_idx(pair, 0));
			const char *value = json_object_get_string(
			    json_object_array_get_idx(pair, 1));

			wbuf_u8(&w, (uint8_t)tag[0]);
			wbuf_str(&w, value);
		}
		cr_assert_not(w.bad);
		wild[0] = (uint8_t)(w.off - 1);
		return fact_metadata_canonical(wild, w.off, out, VECTOR_BYTES);
	}
	if (name != NULL) {
		m.name = (const uint8_t *)json_object_get_string(name);
		m.name_len = (size_t)json_object_get_string_len(name);
	}
	if (basic != NULL) {
		m.has_basic = true;
		m.basic = json_object_get_int(basic) != 0;
	}
	return fact_metadata_value(&m, out, VECTOR_BYTES);
}

/* From the row's readable value to bytes. Returns the length. */
static size_t
encode_value(json_object *row, uint8_t *out, enum attr *attr)
{
	json_object *ip = value_of(row, "ip"), *cidr = value_of(row, "cidr");
	json_object *uuid = value_of(row, "uuid");
	struct endpoint e;
	struct prefix p;

	*attr = (enum attr)vector_int(row, "attr_byte");
	if (uuid != NULL) {
		char hex[64];
		size_t n = 0;

		for (const char *s = json_object_get_string(uuid); *s; s++) {
			if (*s != '-')
				hex[n++] = *s;
		}
		hex[n] = '\0';
		return vector_unhex(hex, out);
	}
	if (ip != NULL) {
		cr_assert_eq(
		    addr_parse(json_object_get_string(ip), &e.addr), 0);
		e.port = (uint16_t)json_object_get_int(value_of(row, "port"));
		return fact_endpoint_value(&e, out, attr);
	}
	if (cidr != NULL) {
		cr_assert_eq(prefix_parse(json_object_get_string(cidr), &p), 0);
		return fact_prefix_value(&p, out, attr);
	}
	if (*attr == ATTR_METADATA)
		return encode_metadata(row, out);
	cr_assert_eq(*attr, ATTR_MEMBER);
	return 0;
}

/* Typed values of what was decoded. */
static void
check_value(json_object *row, const struct fact *f)
{
	json_object *ip = value_of(row, "ip"), *cidr = value_of(row, "cidr");
	json_object *name = value_of(row, "name");
	json_object *basic = value_of(row, "basic");
	struct metadata m;

	if (ip != NULL) {
		struct endpoint e = fact_endpoint(f);
		struct addr a;

		addr_parse(json_object_get_string(ip), &a);
		cr_expect(addr_eq(&e.addr, &a));
		cr_expect_eq(
		    e.port, json_object_get_int(value_of(row, "port")));
	}
	if (cidr != NULL) {
		struct prefix p = fact_prefix(f), q;

		prefix_parse(json_object_get_string(cidr), &q);
		cr_expect(prefix_eq(&p, &q));
	}
	if (f->attr != ATTR_METADATA)
		return;
	fact_metadata(f->value, f->len, &m);
	if (name != NULL) {
		cr_assert_eq((int)m.name_len, json_object_get_string_len(name));
		cr_expect_eq(
		    memcmp(m.name, json_object_get_string(name), m.name_len),
		    0);
	}
	cr_expect_eq(m.has_basic, basic != NULL);
	if (basic != NULL)
		cr_expect_eq(m.basic, json_object_get_int(basic) != 0);
}

static void
fact_row(json_object *row, void *arg)
{
	json_object *cidr = value_of(row, "cidr");
	uint8_t want[VECTOR_BYTES], value[VECTOR_BYTES], out[VECTOR_BYTES];
	size_t len = vector_hex(row, "hex", want);
	size_t *differ = arg;
	struct fact f, made;
	struct rbuf r;
	struct wbuf w;

	rbuf_init(&r, want, len);
	cr_assert_eq(fact_next(&r, &f), 1, "%s", vector_str(row, "hex"));
	cr_expect(rbuf_done(&r));
	cr_expect_eq((int64_t)f.attr, vector_int(row, "attr_byte"));
	cr_expect_eq(f.ttl_s, vector_int(row, "ttl"));
	made.subject = vector_key(row, "subject");
	cr_expect(key_eq(&f.subject, &made.subject));
	cr_assert_eq(vector_hex(row, "value_hex", value), f.len);
	cr_expect_eq(memcmp(value, f.value, f.len), 0);
	check_value(row, &f);
	made.ttl_s = (uint16_t)vector_int(row, "ttl");
	made.value = value;
	made.len = encode_value(row, value, &made.attr);
	if (cidr != NULL && is_masked(json_object_get_string(cidr))) {
		++*differ;
		made.value = f.value;
	}
	wbuf_init(&w, out, sizeof(out));
	fact_put(&w, &made);
	cr_assert_eq(w.off, len, "%s", vector_str(row, "hex"));
	cr_expect_eq(memcmp(out, want, len), 0, "%s", vector_str(row, "hex"));
	cr_expect_eq(fact_size(&made), len);
}

Test(vectors, facts)
{
	size_t differ = 0;

	cr_expect_eq(vectors_each("facts.jsonl", fact_row, &differ), 53);
	cr_expect_eq(differ, MASKED_ROWS);
}

/* What privd says of a group, by nothing but libsodium. */
static enum crypt_status
verify(const struct key *secret, const struct group *g)
{
	uint8_t shared[crypto_scalarmult_BYTES], empty[1] = {0};

	if (crypto_scalarmult(shared, secret->b, g->signer.b) == -1)
		return CRYPT_WEAK;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(empty, NULL,
		empty, 0, g->tag, g->body, g->len, g->nonce, shared) == -1)
		return CRYPT_BAD;
	return CRYPT_OK;
}

static void
group_row(json_object *row, void *arg)
{
	struct key from = vector_key(row, "sender_priv");
	struct key to = vector_key(row, "recipient_pub");
	struct key secret = vector_key(row, "recipient_priv");
	struct key sender = vector_key(row, "sender_pub");
	uint8_t packet[VECTOR_BYTES], out[VECTOR_BYTES], hex[VECTOR_BYTES];
	uint8_t shared[crypto_scalarmult_BYTES];
	size_t len = vector_hex(row, "packet_hex", packet);
	int64_t facts = 0;
	struct group g, made;
	struct rbuf r;
	struct fact f;

	(void)arg;
	cr_assert_eq(group_parse(packet, len, &g), 0);
	cr_expect(key_eq(&g.signer, &sender));
	cr_assert_eq(vector_hex(row, "nonce_hex", hex), NONCE_LEN);
	cr_expect_eq(memcmp(g.nonce, hex, NONCE_LEN), 0);
	cr_assert_eq(vector_hex(row, "tag_hex", hex), TAG_LEN);
	cr_expect_eq(memcmp(g.tag, hex, TAG_LEN), 0);
	cr_assert_eq(vector_hex(row, "inner_hex", hex), g.len);
	cr_expect_eq(memcmp(g.body, hex, g.len), 0);
	cr_expect_eq(
	    verify(&secret, &g) == CRYPT_OK, vector_bool(row, "accepted"));
	cr_expect_eq(
	    group_body_valid(g.body, g.len), vector_bool(row, "accepted"));
	rbuf_init(&r, g.body, g.len);
	while (fact_next(&r, &f) == 1)
		facts++;
	cr_expect_eq(facts, vector_int(row, "facts"));
	cr_expect_eq(BODY_MAX, vector_int(row, "max_inner"));
	cr_expect_eq(DATAGRAM_MAX_SEND, vector_int(row, "max_payload"));
	/* The other way: sealed by the sender and built by us. */
	made = g;
	cr_assert_eq(crypto_scalarmult(shared, from.b, to.b), 0);
	cr_assert_eq(vector_hex(row, "shared_hex", hex), sizeof(shared));
	cr_expect_eq(memcmp(shared, hex, sizeof(shared)), 0);
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
	    out, made.tag, NULL, out, 0, g.body, g.len, NULL, g.nonce, shared);
	cr_assert_eq(group_build(out, DATAGRAM_MAX_SEND, &made), len);
	cr_expect_eq(memcmp(out, packet, len), 0);
}

Test(vectors, groups)
{
	cr_assert_geq(sodium_init(), 0);
	cr_expect_eq(vectors_each("groups.jsonl", group_row, NULL), 18);
}

/* A core with the key self and, on its device, each of the other keys. All
 * are trusted with everything. */
static struct node *
core(const struct key *self, const struct key *others, size_t n)
{
	static const uint8_t seed[32] = {1};
	struct conf_link conf = {.membership = MEMBERSHIP_CONFIGURED};
	struct node *node = node_new(&conf, seed);
	struct m_link link = {.ifindex = 1,
	    .ifname = "wg0",
	    .key = *self,
	    .listen_port = PORT - 1,
	    .port = PORT,
	    .auto_addr = key_auto_addr(self)};

	cr_assert_not_null(node);
	for (size_t i = 0; i < n; i++) {
		struct conf_peer c = {
		    .key = others[i], .trust = TRUST_DELEGATE};

		cr_assert_eq(node_conf_peer(node, &c), 0);
	}
	node_link_up(node, SECOND_NS, &link);
	node_device_begin(node, SECOND_NS, SECOND_NS);
	for (size_t i = 0; i < n; i++) {
		struct m_peer p = {.key = others[i]};

		node_device_peer(node, &p);
	}
	node_device_end(node, SECOND_NS);
	return node;
}

/* Whole datagrams that the other implementation takes and we don't. */
static const struct {
	const char *name;
	enum drop drop;
} refused[] = {
    /* Our own key: nobody else can have signed it but whoever reflects
     * it. */
    {"from-self", DROP_SELF},
};

static enum drop
expected_drop(json_object *row, size_t *differ)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(vector_str(row, "name"), refused[i].name) == 0) {
			++*differ;
			return refused[i].drop;
		}
	}
	return vector_bool(row, "packet_accepted") ? DROP_NONE : DROP_MAX;
}

/* Facts up to the first malformed one; *good when there is none. */
static size_t
count_facts(const uint8_t *body, size_t len, bool *good)
{
	struct rbuf r;
	struct fact f;
	size_t n = 0;
	int rc;

	rbuf_init(&r, body, len);
	while ((rc = fact_next(&r, &f)) == 1)
		n++;
	*good = rc == 0;
	return n;
}

/* Our bytes of the facts that the row's body holds. */
static void
check_reencoded(json_object *row, const uint8_t *body, size_t len)
{
	json_object *list = json_object_object_get(row, "reencoded");
	json_object *ttls = json_object_object_get(row, "ttls");
	uint8_t want[VECTOR_BYTES], out[VECTOR_BYTES], value[VECTOR_BYTES];
	struct rbuf r;
	struct fact f;

	rbuf_init(&r, body, len);
	for (size_t i = 0; fact_next(&r, &f) == 1; i++) {
		struct wbuf w;
		size_t n = vector_unhex(
		    json_object_get_string(json_object_array_get_idx(list, i)),
		    want);

		if (f.attr == ATTR_METADATA) {
			f.len = fact_metadata_canonical(
			    f.value, f.len, value, f.len);
			f.value = value;
		}
		cr_expect_eq(f.ttl_s,
		    json_object_get_int(json_object_array_get_idx(ttls, i)));
		wbuf_init(&w, out, sizeof(out));
		fact_put(&w, &f);
		cr_expect_eq(w.off, n, "%s", vector_str(row, "name"));
		cr_expect_eq(
		    memcmp(out, want, n), 0, "%s", vector_str(row, "name"));
	}
}

static void
check_inner(json_object *row)
{
	uint8_t body[VECTOR_BYTES];
	size_t len = vector_hex(row, "inner_hex", body);
	bool good;
	size_t n = count_facts(body, len, &good);

	cr_expect_eq(good, vector_bool(row, "parser_accepts"), "%s",
	    vector_str(row, "name"));
	cr_expect_eq((int64_t)n, vector_int(row, "facts_parsed_before_stop"),
	    "%s", vector_str(row, "name"));
	if (good && n > 0)
		check_reencoded(row, body, len);
}

static void
negative_row(json_object *row, void *arg)
{
	bool inner = strcmp(vector_str(row, "level"), "inner") == 0;
	struct key secret = vector_key(row, "recipient_priv"), self;
	const char *name = vector_str(row, "name");
	uint8_t packet[VECTOR_BYTES];
	size_t len = vector_hex(row, "packet_hex", packet), n = 0;
	enum drop expected = expected_drop(row, arg), d;
	struct group g;
	struct addr src;
	struct node *node;
	bool good = false, signer = group_parse(packet, len, &g) == 0;

	if (inner)
		check_inner(row);
	crypto_scalarmult_base(self.b, secret.b);
	if (inner)
		src = key_auto_addr(&g.signer);
	else
		cr_assert_eq(addr_parse(vector_str(row, "source_ip"), &src), 0);
	node = core(&self, &g.signer, signer && !key_eq(&self, &g.signer));
	d = node_screen(node, SECOND_NS, &src, PORT, packet, len, &g);
	if (d == DROP_NONE) {
		d = node_accept(node, SECOND_NS, &g, verify(&secret, &g));
		n = count_facts(g.body, g.len, &good);
	}
	if (expected == DROP_MAX)
		cr_expect_neq(d, DROP_NONE, "%s", name);
	else
		cr_expect_eq(d, expected, "%s: %s", name, drop_name(d));
	if (d == DROP_NONE) {
		cr_expect(good, "%s", name);
		cr_expect_eq(
		    (int64_t)n, vector_int(row, "facts_delivered"), "%s", name);
	} else if (expected == DROP_MAX) {
		cr_expect_eq(vector_int(row, "facts_delivered"), 0);
	}
	node_free(node);
}

Test(vectors, negative)
{
	size_t differ = 0;

	cr_assert_geq(sodium_init(), 0);
	cr_expect_eq(vectors_each("negative.jsonl", negative_row, &differ), 87);
	cr_expect_eq(differ, sizeof(refused) / sizeof(refused[0]));
}

/* Rows whose facts the parser takes like the other one, and which are then
 * not kept (WIRE.md, "The vectors"). */
static const struct {
	const char *name;
	const char *why;
} unkept[] = {
    {"endpoint4-any", "unspecified address"},
    {"endpoint4-multicast", "multicast address"},
    {"endpoint4-loopback", "loopback address"},
    {"subject-zero", "zero subject"},
    {"allowed6-prefix128", "loopback address: ::1/128"},
};

static size_t
stored(const struct node *node)
{
	struct fact_view v;
	size_t n = 0;

	for (size_t i = 0; node_fact(node, SECOND_NS, i, &v); i++) {
		if (!v.local)
			n++;
	}
	return n;
}

/* Puts subject in the place of old wherever it stands. */
static void
change_key(
    uint8_t *p, size_t len, const struct key *old, const struct key *subject)
{
	for (size_t i = 0; i + KEY_LEN <= len; i++) {
		if (memcmp(p + i, old->b, KEY_LEN) == 0)
			memcpy(p + i, subject->b, KEY_LEN);
	}
}

static void
kept_row(json_object *row, void *arg)
{
	const char *name = vector_str(row, "name");
	size_t *differ = arg, want = 0;
	struct key secret, self, keys[2] = {0};
	uint8_t packet[VECTOR_BYTES];
	size_t len = vector_hex(row, "packet_hex", packet);
	struct node *node;
	struct group g;
	struct rbuf r;
	struct fact f;

	if (strcmp(vector_str(row, "level"), "inner") != 0 ||
	    !vector_bool(row, "packet_accepted"))
		return;
	secret = vector_key(row, "recipient_priv");
	crypto_scalarmult_base(self.b, secret.b);
	keys[0] = vector_key(row, "sender_pub");
	memset(keys[1].b, 7, KEY_LEN);
	/* Facts about the recipient itself are for nobody. */
	change_key(packet, len, &self, &keys[1]);
	cr_assert_eq(group_parse(packet, len, &g), 0);
	rbuf_init(&r, g.body, g.len);
	while (fact_next(&r, &f) == 1) {
		if (f.attr != ATTR_ALIVE && f.ttl_s != 0)
			want++;
	}
	for (size_t i = 0; i < sizeof(unkept) / sizeof(unkept[0]); i++) {
		if (strcmp(unkept[i].name, name) == 0) {
			++*differ;
			want = 0;
		}
	}
	node = core(&self, keys, 2);
	cr_assert_eq(node_accept(node, SECOND_NS, &g, CRYPT_OK), DROP_NONE);
	cr_expect_eq(stored(node), want, "%s: %zu", name, stored(node));
	node_free(node);
}

Test(vectors, kept)
{
	size_t differ = 0;

	cr_assert_geq(sodium_init(), 0);
	cr_expect_eq(vectors_each("negative.jsonl", kept_row, &differ), 87);
	cr_expect_eq(differ, sizeof(unkept) / sizeof(unkept[0]));
}
