/* rng.c - counter-based random numbers; see rng.h for the idea.
 *
 * Math     Philox4x32-10: ten rounds of  (x0,x1,x2,x3) -> (hi(M1*x2)^x1^k0, lo(M1*x2), hi(M0*x0)^x3^k1, lo(M0*x0)),
 *          the key growing by the Weyl constants between rounds.
 * Source   Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 * Layout   stream key = words 0 and 1 of Philox(key = seed, counter = { b bits 0-31, b bits 32-47 and purpose, 0, 0 });
 *          block n of the stream = Philox(key = stream key, counter = { n low, n high, a low, a high }).
 * Cost     one block per stream opened, one per four words drawn.
 * Easy to get wrong: changing anything here changes every published result; test_rng pins the words.
 */
#include "base/rng.h"

#include <assert.h>
#include <math.h>

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

void eh_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)PHILOX_M0 * x0;
        uint64_t p1 = (uint64_t)PHILOX_M1 * x2;
        x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x1 = (uint32_t)p1;
        x3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

eh_rng eh_rng_at(uint64_t seed, eh_purpose purpose, uint64_t a, uint64_t b)
{
    const uint32_t seed_key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    const uint32_t place[4] = { (uint32_t)b, (uint32_t)(b >> 32 & 0xFFFF) | (uint32_t)purpose << 16, 0, 0 };
    uint32_t derived[4];
    eh_philox(derived, place, seed_key);
    eh_rng rng = { .key = { derived[0], derived[1] },
                   .counter = { 0, 0, (uint32_t)a, (uint32_t)(a >> 32) },
                   .used = 4 };
    return rng;
}

uint32_t eh_rng_u32(eh_rng *rng)
{
    if (rng->used >= 4) {
        eh_philox(rng->block, rng->counter, rng->key);
        if (++rng->counter[0] == 0)
            rng->counter[1]++;
        rng->used = 0;
    }
    return rng->block[rng->used++];
}

uint64_t eh_rng_u64(eh_rng *rng)
{
    uint64_t low = eh_rng_u32(rng);
    return low | (uint64_t)eh_rng_u32(rng) << 32;
}

double eh_rng_uniform(eh_rng *rng)
{
    return (double)(eh_rng_u64(rng) >> 11) * 0x1p-53;
}

double eh_rng_range(eh_rng *rng, double low, double high)
{
    double value = low + (high - low) * eh_rng_uniform(rng);
    /* Rounding may reach `high`, which is outside. */
    return value < high || low >= high ? value : nextafter(high, low);
}

uint64_t eh_rng_below(eh_rng *rng, uint64_t bound)
{
    assert(bound > 0);
    /* The largest multiple of bound that fits: draws at or above it would favour small results. */
    uint64_t excess = (UINT64_MAX % bound + 1) % bound;
    uint64_t draw;
    do {
        draw = eh_rng_u64(rng);
    } while (excess != 0 && draw > UINT64_MAX - excess);
    return draw % bound;
}

double eh_rng_normal(eh_rng *rng)
{
    double u = 1.0 - eh_rng_uniform(rng); /* (0, 1]: the logarithm is finite */
    double v = eh_rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586477 * v);
}

/* log of a Gamma(shape, 1) draw; a logarithm because small shapes give numbers that are 0 otherwise. Below 1: Gamma(shape + 1) U^(1 / shape). */
static double log_gamma_draw(eh_rng *rng, double shape)
{
    double add = 0;
    if (shape < 1) {
        add = log(1 - eh_rng_uniform(rng)) / shape;
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = eh_rng_normal(rng), v = 1 + c * x, u = 1 - eh_rng_uniform(rng);
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(u) < 0.5 * x * x + d - d * v + d * log(v))
            return log(d * v) + add;
    }
}

double eh_rng_beta(eh_rng *rng, double alpha)
{
    double a = log_gamma_draw(rng, alpha), b = log_gamma_draw(rng, alpha);
    return 1 / (1 + exp(b - a));
}

size_t eh_rng_weighted(eh_rng *rng, const double *weight, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        assert(weight[i] >= 0);
        sum += weight[i];
    }
    assert(sum > 0 && isfinite(sum));
    double rest = eh_rng_uniform(rng) * sum;
    size_t last = 0;
    for (size_t i = 0; i < count; i++) {
        if (weight[i] == 0)
            continue;
        last = i;
        if (rest < weight[i])
            return i;
        rest -= weight[i];
    }
    return last; /* rounding left a rest behind the last weight */
}

void eh_rng_shuffle(eh_rng *rng, uint32_t *index, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)eh_rng_below(rng, i);
        uint32_t swap = index[i - 1];
        index[i - 1] = index[j];
        index[j] = swap;
    }
}

uint64_t eh_hash64(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < size; i++) {
        hash ^= byte[i];
        hash *= 0x100000001B3u;
    }
    /* FNV-1a leaves the high bits of short strings poorly mixed; this is the finaliser of SplitMix64. */
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
    hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
    return hash ^ hash >> 31;
}
