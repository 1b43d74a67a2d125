/*
 * Payloads of the messages between privd, netd and the resolver, field by
 * field. Encoders write to a wbuf whose bad the caller checks; decoders
 * are pure (bytes in, values out, no allocation) and return 0, or -1 when the
 * payload is not exactly a valid one. Repeated fields are read one at a time
 * with *_next, which returns 1 with an item, 0 at the exact end, -1 on error.
 */
#ifndef PROTO_CODEC_H
#define PROTO_CODEC_H

#include "common/conf.h"
#include "common/sandbox.h"
#include "proto/buf.h"
#include "proto/msgs.h"

#define PROTO_VERSION	 1u
#define PROTO_BUILD_LEN	 48
#define NONCE_LEN	 24
#define TAG_LEN		 16
#define BODY_MAX	 1136 /* inner facts of a datagram that we make */
#define BODY_MAX_RECV	 2348 /* of one that we accept: 2424 - 76 */
#define BATCH_MAX	 12 /* bodies in one SEAL or CHECK */
#define SET_MAX_PREFIXES 256 /* added, and as many removed, by one PEER_SET */
#define RESOLVED_MAX	 8
#define RELOADED_LEN	 1024 /* of text, with its NUL */
#define KEEPALIVE_KEEP	 0xffff /* PEER_SET: leave as it is */

struct m_hello {
	uint32_t version;
	char build[PROTO_BUILD_LEN];
};
void enc_hello(struct wbuf *w, const struct m_hello *m);
int dec_hello(const uint8_t *p, size_t len, struct m_hello *m);

/* SANDBOX, RESOLVER_SANDBOX, CTL_SANDBOX. */
void enc_sandbox(struct wbuf *w, const struct sandbox_state *m);
int dec_sandbox(const uint8_t *p, size_t len, struct sandbox_state *m);

void enc_conf_link(struct wbuf *w, const struct conf_link *m);
int dec_conf_link(const uint8_t *p, size_t len, struct conf_link *m);

void enc_conf_policy(
    struct wbuf *w, size_t max_peers, const struct prefix *allowed, size_t n);
int dec_conf_policy(const uint8_t *p, size_t len, struct conf_policy *m);

/* scratch holds CONF_MAX_ENDPOINTS hosts and CONF_MAX_PREFIXES prefixes, to
 * which m then points. */
struct conf_scratch {
	struct conf_host endpoints[CONF_MAX_ENDPOINTS];
	struct prefix prefixes[CONF_MAX_PREFIXES];
};
void enc_conf_peer(struct wbuf *w, const struct conf_peer *m);
int dec_conf_peer(const uint8_t *p, size_t len, struct conf_peer *m,
    struct conf_scratch *scratch);

/* START and LINK_UP. */
struct m_link {
	uint32_t ifindex;
	char ifname[CONF_IFNAME_STRLEN];
	struct key key; /* the device's public key */
	uint16_t listen_port; /* WireGuard's */
	uint16_t port; /* of the facts, on every node */
	struct addr auto_addr;
};
void enc_link(struct wbuf *w, const struct m_link *m);
int dec_link(const uint8_t *p, size_t len, struct m_link *m);

/* ADDRS: a u16 count, then that many. */
struct m_addr {
	uint32_t ifindex;
	bool up;
	char ifname[CONF_IFNAME_STRLEN];
	struct addr addr; /* with host bits */
	uint8_t len; /* of the prefix it is in */
};
#define M_ADDR_MAX 39 /* bytes an item takes at most */
void enc_addr(struct wbuf *w, const struct m_addr *m);
int dec_addrs_next(struct rbuf *r, uint16_t *left, struct m_addr *m);

/* DEVICE: wall clock (i64 ns), u16 count of peers, then per peer the fields
 * below, u16 count of prefixes, and these. A peer whose prefixes don't fit
 * goes on at the start of the next part under the same key; the last part
 * has no MORE. */
struct m_peer {
	struct key key;
	struct endpoint endpoint;
	int64_t handshake_ns; /* wall clock of the last one; 0 never */
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	uint16_t keepalive_s;
	bool ours; /* in the ledger: added by us */
	uint16_t nprefixes; /* of this part, to be read with dec_prefix_next */
};
#define M_PEER_FIXED (32 + 19 + 8 + 8 + 8 + 2 + 1 + 2)
void enc_peer(struct wbuf *w, const struct m_peer *m);
int dec_peer(struct rbuf *r, struct m_peer *m);
/* What privd knows of a prefix that a peer holds. */
struct m_prefix {
	struct prefix prefix;
	bool ours; /* in the ledger: given by us */
};
#define M_PREFIX_LEN 19
void enc_prefix(struct wbuf *w, const struct m_prefix *m);
int dec_prefix(struct rbuf *r, struct m_prefix *m);

/* SEAL: u8 count (1 to BATCH_MAX), then per body: key, u16 length, bytes.
 * CHECK: u8 count, then key, nonce, tag, u16 length, bytes. */
struct m_body {
	struct key peer; /* recipient, or signer */
	uint8_t nonce[NONCE_LEN]; /* CHECK only */
	uint8_t tag[TAG_LEN]; /* CHECK only */
	const uint8_t *body; /* into the message */
	size_t len;
};
void enc_seal(struct wbuf *w, const struct m_body *m);
void enc_check(struct wbuf *w, const struct m_body *m);
/* After the count has been read with rbuf_u8. 0 or -1. */
int dec_seal(struct rbuf *r, struct m_body *m);
int dec_check(struct rbuf *r, struct m_body *m);

/* SEALED: u8 count, then status, nonce, tag each.
 * CHECKED: u8 count, then a status each, padded by 3 zero bytes. */
enum crypt_status {
	CRYPT_OK,
	CRYPT_BAD, /* CHECK: tag does not match */
	CRYPT_UNKNOWN, /* no such peer on the device or in the configuration */
	CRYPT_WEAK, /* the key makes an all-zero secret */
	CRYPT_RATE, /* too many; ask again later */
};
struct m_sealed {
	enum crypt_status status;
	uint8_t nonce[NONCE_LEN]; /* zero unless CRYPT_OK */
	uint8_t tag[TAG_LEN];
};
void enc_sealed(struct wbuf *w, const struct m_sealed *m);
int dec_sealed(struct rbuf *r, struct m_sealed *m);
void enc_checked(struct wbuf *w, const uint8_t *status, size_t n);
/* status holds BATCH_MAX. */
int dec_checked(const uint8_t *p, size_t len, uint8_t *status, size_t *n);

/* PEER_SET: a change, not a state, so that it can't undo what the
 * administrator did a moment before. All of it is checked first; the first
 * refusal refuses it whole. */
struct m_peer_set {
	struct key key;
	bool may_add; /* add the peer if it is not there */
	/* Remove it and add it in one go, as it is but for the endpoint, so
	 * that WireGuard greets at once: no other change goes with it. */
	bool remake;
	struct endpoint endpoint; /* family 0: leave as it is */
	uint16_t keepalive_s; /* KEEPALIVE_KEEP: leave as it is */
	size_t nadd;
	size_t ndel;
	struct prefix add[SET_MAX_PREFIXES];
	struct prefix del[SET_MAX_PREFIXES];
};
void enc_peer_set(struct wbuf *w, const struct m_peer_set *m);
int dec_peer_set(const uint8_t *p, size_t len, struct m_peer_set *m);

struct m_result {
	int error; /* errno, 0 for done */
	uint16_t rule; /* 0, or the rule of privd/policy.h that refused */
	uint16_t index; /* in add, then del; 0xffff when it is no prefix */
};
#define RESULT_NO_INDEX 0xffff
#define RESULT_OBSERVE	21 /* the rule that refuses all else with -N */
#define RESULT_SESSION	22 /* the rule: none is made anew that has one */
/* One by which, so long after its handshake, no more was received is none:
 * handshakes count, and two of each kind are 480 bytes. */
#define DEAF_NS		 (INT64_C(500) * 1000000)
#define DEAF_BYTES	 512
#define RESULT_ERRNO_MAX 4095 /* the kernel's MAX_ERRNO */
void enc_result(struct wbuf *w, const struct m_result *m);
int dec_result(const uint8_t *p, size_t len, struct m_result *m);

/* RELOADED. Lines of the log, with \n between them. */
struct m_reloaded {
	bool done;
	char text[RELOADED_LEN];
};
void enc_reloaded(struct wbuf *w, const struct m_reloaded *m);
int dec_reloaded(const uint8_t *p, size_t len, struct m_reloaded *m);

void enc_resolve(struct wbuf *w, const char *host);
int dec_resolve(const uint8_t *p, size_t len, char host[CONF_HOST_STRLEN]);
struct m_resolved {
	uint8_t error; /* 0, or one of enum resolve_error */
	size_t n;
	struct addr addr[RESOLVED_MAX];
};
enum resolve_error {
	RESOLVE_OK,
	RESOLVE_NOT_FOUND, /* no such name, or no address */
	RESOLVE_TEMPORARY, /* no answer, or a server's failure */
};
void enc_resolved(struct wbuf *w, const struct m_resolved *m);
int dec_resolved(const uint8_t *p, size_t len, struct m_resolved *m);

#endif
