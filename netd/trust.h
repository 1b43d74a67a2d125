/* Whom to believe what (WIRE.md, "Trust"; docs/wire.md). Pure. */
#ifndef NETD_TRUST_H
#define NETD_TRUST_H

#include "common/conf.h"
#include "netd/fact.h"

/* The level of a source: configured is TRUST_UNSET when its [Peer] section
 * gives none; router and on_device say what it is to this node. TRUST_UNSET
 * means that nothing it says counts. */
enum trust trust_of_source(enum trust configured, bool router, bool on_device,
    enum conf_membership membership);
/* The same when peers with DelegateTrust say that its level is lent: that
 * raises it to at most Membership, lowers nothing, and counts for nothing
 * where its [Peer] section says something. lent is TRUST_UNSET without. */
enum trust
trust_with_lent(enum trust configured, enum trust own, enum trust lent);
/* May a fact be taken in from a source of that level? subject_known: the
 * subject is on the device. Never for what isn't stored (Alive and the
 * extensions). */
bool trust_accepts(enum attr attr, bool subject_known, enum trust level);

#endif
