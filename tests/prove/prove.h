/*
 * What the drivers share. A driver is a program for Frama-C alone: its main
 * gives the function under proof every input there is at once.
 */
#ifndef TESTS_PROVE_H
#define TESTS_PROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __FRAMAC__
#include <__fc_builtin.h>
#else
/* Known to Frama-C by name. */
int Frama_C_interval(int min, int max);
void Frama_C_make_unknown(char *p, size_t len);
#endif

/* Any number from 0 to max, both included. */
static inline size_t
any_size(size_t max)
{
	return (size_t)Frama_C_interval(0, (int)max);
}

static inline bool
any_bool(void)
{
	return Frama_C_interval(0, 1) != 0;
}

/* Fails unless Eva finds that it always holds. */
#define HOLDS(expression) prove_holds(expression)
/*@ requires holds: value == 1; assigns \nothing; */
void prove_holds(bool value);

/* Every byte of what p points to may be anything. */
#define ANY_BYTES(p) Frama_C_make_unknown((char *)(p), sizeof(*(p)))

/*
 * Calls f with arbitrary bytes of every length to max, then with these
 * lengths one at a time: no byte, one, two, as many as the smallest valid
 * message has, one less, and max. The latter lie at the very end of their
 * buffer, so that a read past the length is one past the buffer.
 */
#define EVERY_INPUT(f, min, max)                                               \
	do {                                                                   \
		static uint8_t input[max];                                     \
		ANY_BYTES(&input);                                             \
		f(input, any_size(max));                                       \
		f(input + (max), 0);                                           \
		f(input + (max)-1, 1);                                         \
		f(input + (max)-2, 2);                                         \
		f(input + (max) - ((min)-1), (min)-1);                         \
		f(input + (max) - (min), min);                                 \
		f(input, max);                                                 \
	} while (0)

#endif
