/* draw.c - the numbers of eh_op_random.
 *
 * Idea    Elements 4 b to 4 b + 3 come from block b of the stream (seed, EH_DRAW_DROPOUT, a = step, b = node): one Philox call for four elements.
 *         uniform and keep use a word each; normal uses a pair of words for a pair of elements (Box and Muller 1958).
 * Range   u = (word + 1/2) / 2^32 is never 0 or 1; a normal reaches at most 6.7. */
#include "tensor/draw.h"
#include "base/rng.h"

#include <math.h>

static double unit(uint32_t word)
{
    return ((double)word + 0.5) / 4294967296.0;
}

static void four(double out[4], const eh_attr_random *attr, const uint32_t word[4])
{
    for (int i = 0; i < 4; i++) {
        double u = unit(word[i]);
        if (attr->kind == EH_RANDOM_UNIFORM)
            out[i] = u;
        else if (attr->kind == EH_RANDOM_KEEP)
            out[i] = u < attr->probability ? 0 : 1 / (1 - attr->probability);
    }
    for (int i = 0; i < 4 && attr->kind == EH_RANDOM_NORMAL; i += 2) {
        double radius = sqrt(-2 * log(unit(word[i]))), angle = 6.28318530717958647692 * unit(word[i + 1]);
        out[i] = radius * cos(angle);
        out[i + 1] = radius * sin(angle);
    }
}

void eh_draw_elements(const eh_attr_random *attr, double step, int64_t from, int64_t to, double *out)
{
    eh_rng rng = eh_rng_at(attr->seed, EH_DRAW_DROPOUT, (uint64_t)llround(step), attr->stream);
    for (int64_t i = from; i < to; i += 4) {
        uint64_t block = (uint64_t)i / 4;
        uint32_t word[4];
        double value[4] = { 0 };
        rng.counter[0] = (uint32_t)block;
        rng.counter[1] = (uint32_t)(block >> 32);
        eh_philox(word, rng.counter, rng.key);
        four(value, attr, word);
        for (int64_t k = i; k < to && k < i + 4; k++)
            out[k - from] = value[k - i];
    }
}
