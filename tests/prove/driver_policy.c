/*
 * prove: policy_peer_set policy_peer_remove add_peer add_prefix del_prefix
 * check_endpoint next held_prefix is_router in_router is_home is_special
 * is_auto is_broadcast has_session collide observe prefix_contains
 * prefix_contains_addr prefix_make
 *
 * files: privd/policy.c common/addr.c common/key.c
 *
 * options: -no-warn-invalid-bool -eva-precision 0
 *
 * The state is as large as it gets, and every byte of it may be anything,
 * so that nothing hangs on what wrote it. So a bool of it may be any byte.
 */
#include "privd/policy.h"
#include "tests/prove/prove.h"

#define ADDRS 65536

static struct wg_peer peers[WG_MAX_PEERS];
static struct m_prefix prefixes[WG_MAX_PREFIXES];
static struct ledger_rec records[LEDGER_MAX];
static struct prefix allowed[CONF_MAX_PREFIXES];
static struct conf_peer conf_peers[CONF_MAX_PEERS];
static struct conf_home homes[CONF_MAX_PEERS * CONF_MAX_PREFIXES];
static struct m_addr addrs[ADDRS];
static struct m_peer_set request;

/* The real one looks it up by key. */
struct wg_peer *
wg_device_find(const struct wg_device *d, const struct key *key)
{
	size_t i = any_size(WG_MAX_PEERS - 1);

	(void)key;
	return i < d->npeers && any_bool() ? &d->peers[i] : NULL;
}

int
main(void)
{
	struct wg_device dev;
	struct ledger ledger;
	struct privd_conf conf;
	struct policy_state state;
	struct policy_plan plan;
	struct key key;
	uint16_t index;

	ANY_BYTES(&peers);
	ANY_BYTES(&prefixes);
	ANY_BYTES(&records);
	ANY_BYTES(&allowed);
	ANY_BYTES(&conf_peers);
	ANY_BYTES(&homes);
	ANY_BYTES(&addrs);
	ANY_BYTES(&request);
	ANY_BYTES(&dev);
	ANY_BYTES(&ledger);
	ANY_BYTES(&conf);
	ANY_BYTES(&state);
	ANY_BYTES(&key);
	dev.peers = peers;
	dev.npeers = any_size(WG_MAX_PEERS);
	dev.prefixes = prefixes;
	dev.nprefixes = any_size(WG_MAX_PREFIXES);
	ledger.rec = records;
	ledger.n = any_size(LEDGER_MAX);
	conf.allowed = allowed;
	conf.nallowed = any_size(CONF_MAX_PREFIXES);
	conf.peers = conf_peers;
	conf.npeers = any_size(CONF_MAX_PEERS);
	conf.homes = homes;
	conf.nhomes = any_size(CONF_MAX_PEERS * CONF_MAX_PREFIXES);
	state.dev = &dev;
	state.ledger = &ledger;
	state.conf = &conf;
	state.wall_ns = (int64_t)any_size(INT32_MAX) * 1000000000;
	state.addrs = addrs;
	state.naddrs = any_size(ADDRS);
	request.nadd = any_size(SET_MAX_PREFIXES);
	request.ndel = any_size(SET_MAX_PREFIXES);
	(void)policy_peer_set(&state, &request, &plan, &index);
	(void)policy_peer_remove(&state, &key);
	return 0;
}
