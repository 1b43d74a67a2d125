/*
 * A real WireGuard interface, as wg(8) shows and changes it: what the
 * administrator has, and the oracle's eyes.
 */
#ifndef TESTS_HOSTILE_WG_H
#define TESTS_HOSTILE_WG_H

#include "tests/hostile/hostile.h"

/* Reads it, in an order that does not depend on who is asked. */
void wg_read(const char *ifname, struct snap *out);
/* Makes it what the world says. */
void wg_setup(const char *ifname, const char *dir, const struct snap *want);
/* Does what the administrator does. dir: for files with preshared keys. */
void wg_admin(const char *ifname, const char *dir, const struct snap *dev,
    const struct admin_op *op);
/* Runs a program, which must succeed: its name and its arguments, up to 15 in
 * all, and NULL. */
void run(const char *const words[]);

#endif
