/*
 * The table under a factdb: for factdb.c alone. Places are indices of
 * db->facts.
 */
#ifndef NETD_FACTTABLE_H
#define NETD_FACTTABLE_H

#include "netd/factdb.h"

/* Keyed with db->hash_key. */
uint32_t facttable_hash(const struct factdb *db, const struct fact *f);
/* Of the same attribute, subject and identity; NO_FACT. hash is f's. */
uint32_t
facttable_find(const struct factdb *db, const struct fact *f, uint32_t hash);
/* A copy of f, which is not there yet, stated by nobody; its place, or NO_FACT
 * without memory. */
uint32_t
facttable_insert(struct factdb *db, const struct fact *f, uint32_t hash);
void facttable_drop(struct factdb *db, uint32_t index);
/* Gives memory back when many are gone. */
void facttable_trim(struct factdb *db);

#endif
