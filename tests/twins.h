/*
 * Two keys with one auto address, fe80::70f0:9c01:e915:689d. They were found by
 * following chains of hashes to points that are easily told: 3,072,454,501
 * evaluations of SHA-1, 76 s of two processors. Their private keys are not
 * known; who wants these, too, pays for a multiplication at each step.
 */
#ifndef TESTS_TWINS_H
#define TESTS_TWINS_H

#include "common/key.h"

#define TWIN_TAIL                                                              \
	't', 'h', 'e', ' ', 's', 'a', 'm', 'e', ' ', 'a', 'd', 'd', 'r', 'e',  \
	    's', 's', 0, 0, 0, 0, 0, 0, 0, 5

static const struct key twins[2] = {
    {{0xc0, 0xf1, 0x5f, 0xce, 0x89, 0xa4, 0xcd, 0xb0, TWIN_TAIL}},
    {{0x0c, 0xcc, 0x9c, 0x32, 0x34, 0x99, 0x6d, 0xec, TWIN_TAIL}},
};

#endif
