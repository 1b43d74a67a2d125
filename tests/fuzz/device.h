/* What holds of a snapshot of WireGuard, whoever it was read from. */
#ifndef TESTS_FUZZ_DEVICE_H
#define TESTS_FUZZ_DEVICE_H

#include "privd/wg.h"
#include "tests/fuzz/fuzz.h"

/* Within its limits; prefixes lie peer by peer, without host bits. */
void device_sound(const struct wg_device *d);
void device_same(const struct wg_device *a, const struct wg_device *b);

#endif
