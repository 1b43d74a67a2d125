/*
 * inject IFNAME KEYFILE TARGET OTHER PORT KIND COUNT: sends datagrams of a
 * bad kind from a node's own auto address, with its own key, to the node of
 * key TARGET. OTHER is a third node's key. Kinds are in the table below.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "netd/group.h"
#include "tests/e2e/args.h"

#define SUBJECTS_TTL_S 15

struct sender {
	struct key private, public, target, other;
	uint8_t shared[KEY_LEN];
	uint8_t body[BODY_MAX_RECV];
	size_t body_len;
	uint8_t dgram[4096];
	size_t len;
};

static void
seal(struct sender *s, const struct key *signer, bool good)
{
	struct group g = {
	    .signer = *signer, .body = s->body, .len = s->body_len};

	uint8_t empty[1] = {0}; /* the plaintext has no bytes */

	randombytes_buf(g.nonce, sizeof(g.nonce));
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(empty, g.tag, NULL,
	    empty, 0, s->body, s->body_len, NULL, g.nonce, s->shared);
	if (!good)
		g.tag[3] ^= 1;
	s->len = group_build(s->dgram, sizeof(s->dgram), &g);
}

static void
put_fact(struct sender *s, enum attr attr, const struct key *subject,
    const void *value, size_t len)
{
	struct fact f = {.attr = attr,
	    .subject = *subject,
	    .ttl_s = 255,
	    .value = value,
	    .len = len};
	struct wbuf w;

	wbuf_init(&w, s->body + s->body_len, sizeof(s->body) - s->body_len);
	fact_put(&w, &f);
	s->body_len += w.off;
}

/* A harmless fact: an endpoint of the third node that nobody listens on. */
static void
put_endpoint(struct sender *s)
{
	static const uint8_t value[6] = {198, 51, 100, 7, 0xca, 0x6c};

	put_fact(s, ATTR_ENDPOINT_V4, &s->other, value, sizeof(value));
}

static void
garbage(struct sender *s)
{
	s->len = 200;
	randombytes_buf(s->dgram, s->len);
	s->dgram[0] = 0x01;
}

static void
truncated(struct sender *s)
{
	put_endpoint(s);
	seal(s, &s->public, true);
	s->len = 60;
}

static void
oversized(struct sender *s)
{
	s->len = 3000;
	memset(s->dgram, 'S', s->len);
}

static void
unsigned_fact(struct sender *s)
{
	put_endpoint(s);
	memcpy(s->dgram, s->body, s->body_len);
	s->len = s->body_len;
}

static void
wrongly_signed(struct sender *s)
{
	put_endpoint(s);
	seal(s, &s->public, false);
}

static void
wrong_source(struct sender *s)
{
	put_endpoint(s);
	seal(s, &s->other, true);
}

static void
own_key(struct sender *s)
{
	put_endpoint(s);
	seal(s, &s->target, true);
}

static void
nested(struct sender *s)
{
	uint8_t inner[40 + 8] = {0};

	put_fact(s, ATTR_GROUP, &s->public, inner, sizeof(inner));
	seal(s, &s->public, true);
}

static void
unknown_attribute(struct sender *s)
{
	put_endpoint(s);
	put_fact(s, (enum attr)'?', &s->public, "x", 1);
	seal(s, &s->public, true);
}

static void
good(struct sender *s)
{
	put_endpoint(s);
	seal(s, &s->public, true);
}

/* As many facts as fit about keys that nobody has, for a short time; others
 * each time. */
static void
subjects(struct sender *s)
{
	static const uint8_t value[6] = {198, 51, 100, 7, 0xca, 0x6c};

	s->body_len = 0;
	while (s->body_len + FACT_HEADER_MAX + sizeof(value) <= BODY_MAX) {
		struct fact f = {.attr = ATTR_ENDPOINT_V4,
		    .ttl_s = SUBJECTS_TTL_S,
		    .value = value,
		    .len = sizeof(value)};
		struct wbuf w;

		randombytes_buf(f.subject.b, sizeof(f.subject.b));
		wbuf_init(&w, s->body + s->body_len, BODY_MAX - s->body_len);
		fact_put(&w, &f);
		s->body_len += w.off;
	}
	seal(s, &s->public, true);
}

/* OTHER is a member, and has a name and an address. */
static void
member(struct sender *s)
{
	static const uint8_t prefix[5] = {10, 7, 0, 99, 32};
	static const uint8_t name[5] = {4, 'n', 2, 'n', 'o'};

	put_fact(s, ATTR_MEMBER, &s->other, NULL, 0);
	put_fact(s, ATTR_ALLOWED_V4, &s->other, prefix, sizeof(prefix));
	put_fact(s, ATTR_METADATA, &s->other, name, sizeof(name));
	put_endpoint(s);
	seal(s, &s->public, true);
}

/* OTHER, and who says so, are to be believed who is a member. */
static void
trust(struct sender *s)
{
	static const uint8_t level = FACT_TRUST_MAX;

	put_fact(s, ATTR_TRUST, &s->other, &level, 1);
	put_fact(s, ATTR_TRUST, &s->public, &level, 1);
	seal(s, &s->public, true);
}

static const struct {
	const char *name;
	void (*make)(struct sender *);
	bool each; /* made anew each time, 1000 a second */
} kinds[] = {
    {"garbage", garbage, false},
    {"truncated", truncated, false},
    {"oversized", oversized, false},
    {"unsigned", unsigned_fact, false},
    {"wrongly-signed", wrongly_signed, false},
    {"wrong-source", wrong_source, false},
    {"own-key", own_key, false},
    {"nested", nested, false},
    {"unknown-attribute", unknown_attribute, false},
    {"good", good, false}, /* with a COUNT over 1: replayed */
    {"subjects", subjects, true},
    {"member", member, false},
    {"trust", trust, false},
};

int
main(int argc, char **argv)
{
	static struct sender s;
	struct sockaddr_in6 from, to;
	const char *error;
	char text[64];
	size_t kind = 0;
	long long count;
	FILE *f;
	int fd;

	if (argc != 8 || sodium_init() == -1)
		errx(2,
		    "usage: inject ifname keyfile target other port kind "
		    "count");
	f = fopen(argv[2], "r");
	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		err(2, "%s", argv[2]);
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	count = strtonum(argv[7], 1, 1000000, &error);
	if (key_parse(text, &s.private) == -1 ||
	    key_parse(argv[3], &s.target) == -1 ||
	    key_parse(argv[4], &s.other) == -1 || error != NULL)
		errx(2, "bad argument");
	crypto_scalarmult_base(s.public.b, s.private.b);
	if (crypto_scalarmult(s.shared, s.private.b, s.target.b) == -1)
		errx(2, "bad key");
	while (kind < sizeof(kinds) / sizeof(kinds[0]) &&
	    strcmp(kinds[kind].name, argv[6]) != 0)
		kind++;
	if (kind == sizeof(kinds) / sizeof(kinds[0]))
		errx(2, "%s: no such kind", argv[6]);
	from = args_sockaddr(&s.public, argv[1], argv[5]);
	to = args_sockaddr(&s.target, argv[1], argv[5]);
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (fd == -1 ||
	    bind(fd, (const struct sockaddr *)&from, sizeof(from)) == -1)
		err(2, "bind");
	kinds[kind].make(&s);
	for (long long i = 0; i < count; i++) {
		if (kinds[kind].each) {
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
			kinds[kind].make(&s);
		}
		if (sendto(fd, s.dgram, s.len, 0, (const struct sockaddr *)&to,
			sizeof(to)) == -1)
			err(2, "send");
	}
	return 0;
}
