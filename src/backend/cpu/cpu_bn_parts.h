/* cpu_bn_parts.h - the pieces that batch normalisation has in common forward and backward. */
#ifndef EH_BACKEND_CPU_CPU_BN_PARTS_H
#define EH_BACKEND_CPU_CPU_BN_PARTS_H

#include "backend/cpu/cpu_vector.h"

#include <math.h>

/* How the work is cut. */
typedef struct eh_bn_split {
    eh_channels c;
    eh_element element;
    int parts;
    bool share_images; /* parts take images of every block instead of whole blocks */
} eh_bn_split;

/* `layout` is one that eh_layout_channels takes. */
void eh_bn_make_split(eh_bn_split *split, const eh_layout *layout);
/* Sums of all parts, and four coefficients, by lane. */
size_t eh_bn_scratch(const eh_bn_split *split);

/* Adds the lanes that belong to one channel; the first `lanes` hold the result. */
void eh_bn_fold(double *lane, int64_t lanes);
/* Repeats the first `lanes` of 16. */
void eh_bn_spread(float *lane, int64_t lanes);
/* Adds the sums of all parts for block b into those of part 0; sums are [parts][blocks][32]. */
void eh_bn_add_parts(double *sums, int parts, int64_t blocks, int64_t b);

/* scale / sqrt(var + epsilon), the same forward and backward. */
static inline float eh_bn_factor(float scale, float var, double epsilon)
{
    return (float)((double)scale / sqrt((double)var + epsilon));
}

/* The same arithmetic forward and where the gradient makes the relu's mask again. */
EH_INLINE eh_v16 eh_bn_normalise(eh_v16 x, eh_v16 centre, eh_v16 factor, eh_v16 offset)
{
    return (x - centre) * factor + offset;
}

#endif
