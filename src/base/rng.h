/* rng.h - counter-based random numbers.
 *
 * Idea    A draw is a pure function of (seed, purpose, a, b, n): nothing depends on thread, order or history, so
 *         any run can be resumed or repeated bit for bit, and any two threads may draw at once.
 * Source  Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 *         Test vectors: the Random123 distribution's kat_vectors.
 * Layout  key = Philox(seed; purpose, b); counter = { n (64 bits), a (64 bits) }, exactly as rng.c says.
 * Easy to get wrong: using one stream for two purposes. Every use has its own eh_purpose value.
 */
#ifndef EH_BASE_RNG_H
#define EH_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* What a draw is for. Append only: changing a value changes every published result. */
typedef enum eh_purpose {
    EH_DRAW_INIT = 1,      /* parameter initialisation: a = hash of the parameter's name */
    EH_DRAW_SPLIT = 2,     /* a = row or identity */
    EH_DRAW_SAMPLER = 3,   /* a = epoch */
    EH_DRAW_AUGMENT = 4,   /* a = epoch, b = sample */
    EH_DRAW_DROPOUT = 5,   /* a = step, b = node */
    EH_DRAW_FACES = 6,     /* a = image */
    EH_DRAW_PLANT = 7,     /* a = image */
    EH_DRAW_BOOTSTRAP = 8, /* a = repetition */
    EH_DRAW_TEST = 9,
    EH_DRAW_METHOD = 10, /* a = epoch */
    EH_DRAW_MIX = 40,    /* a = epoch, b = batch */
    EH_DRAW_COMPOSE = 30 /* a = what is drawn, b = image or class */
} eh_purpose;

/* A stream of draws: fill with eh_rng_at, then draw. Copyable; no release. */
typedef struct eh_rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    uint32_t used; /* words of `block` already taken; 4 = empty */
} eh_rng;

/* One Philox4x32-10 block, exposed for the known-answer test. */
void eh_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

/* The stream for (seed, purpose, a, b), at its beginning. b uses its low 48 bits. */
eh_rng eh_rng_at(uint64_t seed, eh_purpose purpose, uint64_t a, uint64_t b);

uint32_t eh_rng_u32(eh_rng *rng);
uint64_t eh_rng_u64(eh_rng *rng);

/* Uniform in [0, 1) with 53 bits. */
double eh_rng_uniform(eh_rng *rng);

/* Uniform in [low, high). */
double eh_rng_range(eh_rng *rng, double low, double high);

/* Uniform integer in [0, bound), without modulo bias; bound > 0. */
uint64_t eh_rng_below(eh_rng *rng, uint64_t bound);

/* Standard normal (Box-Muller; two uniforms per draw, nothing cached). */
double eh_rng_normal(eh_rng *rng);

/* Beta(alpha, alpha), alpha > 0: two gamma draws (Marsaglia and Tsang 2000). */
double eh_rng_beta(eh_rng *rng, double alpha);

/* Index drawn in proportion to weight[0..count), which must have a positive finite sum. */
size_t eh_rng_weighted(eh_rng *rng, const double *weight, size_t count);

/* Fisher-Yates shuffle of `count` indices. */
void eh_rng_shuffle(eh_rng *rng, uint32_t *index, size_t count);

/* Stable 64-bit hash of a byte string (FNV-1a, then a finaliser), for deriving streams from names. */
uint64_t eh_hash64(const void *bytes, size_t size);

#endif
