/* cpu_bn_parts.c - see cpu_bn_parts.h. */
#include "backend/cpu/cpu_bn_parts.h"

void eh_bn_make_split(eh_bn_split *split, const eh_layout *layout)
{
    bool ok = eh_layout_channels(layout, &split->c);
    assert(ok);
    (void)ok;
    split->element = layout->element;
    int64_t blocks = split->c.blocks;
    split->parts = eh_cpu_parts((double)eh_layout_bytes(layout));
    int64_t rounds = (blocks + split->parts - 1) / split->parts;
    bool unbalanced =
        rounds * split->parts * 4 > blocks * 5; /* more than a quarter of the time would be idle */
    split->share_images = split->parts > 1 && unbalanced && split->c.images >= split->parts;
    if (!split->share_images && split->parts > blocks)
        split->parts = (int)blocks;
}

size_t eh_bn_scratch(const eh_bn_split *split)
{
    size_t lanes = (size_t)split->c.blocks * 16;
    return 2 * lanes * (size_t)split->parts * sizeof(double) + 6 * lanes * sizeof(float);
}

void eh_bn_fold(double *lane, int64_t lanes)
{
    for (int64_t l = lanes; l < 16; l++)
        lane[l % lanes] += lane[l];
}

void eh_bn_spread(float *lane, int64_t lanes)
{
    for (int64_t l = lanes; l < 16; l++)
        lane[l] = lane[l % lanes];
}

void eh_bn_add_parts(double *sums, int parts, int64_t blocks, int64_t b)
{
    for (int p = 1; p < parts; p++)
        for (int i = 0; i < 32; i++)
            sums[b * 32 + i] += sums[(p * blocks + b) * 32 + i];
}
