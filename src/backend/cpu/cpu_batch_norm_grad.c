/* cpu_batch_norm_grad.c - the gradients of batch normalisation, with the mask of a ReLU and the sum of two gradients in the same passes.
 *
 * Idea    As forward: a thread takes a block of channels, sums it, and walks it again while it is in the cache.
 * Math    g = dy (+ dy2), masked where the relu's output was not positive; s1 = sum g, s2 = sum g (x - mean), i = 1 / sqrt(var + epsilon),
 *         dshift = s1, dscale = s2 i, dx = scale i (g - s1 / n - (x - mean) s2 i^2 / n).
 * Cost    One read of dy (dy2, z) and x from memory, another from the cache, one write; g is written when another step needs it, and then read back
 *         instead of dy, dy2 and z.
 * Easy to get wrong: the mask made again from x must use the forward pass's arithmetic (eh_bn_normalise), or elements near zero differ.
 */
#include "backend/cpu/cpu_batch_norm.h"
#include "backend/cpu/cpu_bn_parts.h"
#include "backend/cpu/cpu_vector.h"

#include <string.h>

typedef enum mask_kind { MASK_NONE, MASK_FROM_Z, MASK_FROM_X } mask_kind;

typedef struct backward {
    eh_bn_split split;
    double epsilon;
    bool given; /* the statistics do not depend on x */
    mask_kind mask;
    const void *dy, *dy2, *x, *z; /* of the layout's elements, as dx and masked */
    void *dx, *masked;
    const float *scale, *shift, *mean, *var;
    float *dscale, *dshift;
    double *sums;                    /* [parts][blocks][2][16] */
    float *centre, *factor, *offset; /* [blocks][16]: y = (x - centre) factor + offset */
    float *minus, *slope;            /* dx = factor (g - minus - (x - centre) slope) */
} backward;

/* What a loop over a run is compiled for. */
typedef struct shape_of_loop {
    mask_kind mask;
    bool two, masked;
    eh_as as;
} shape_of_loop;

typedef struct lanes_of_block {
    eh_v16 centre, factor, offset;
} lanes_of_block;

EH_INLINE eh_v16 get(const void *p, int64_t at, int64_t rest, eh_as as)
{
    return rest >= 16 ? eh_get(p, at, as) : eh_get_part(p, at, rest, as);
}

/* g of 16 elements (or of the first `rest`, when that is below 16). */
EH_INLINE eh_v16 gradient_at(const backward *f, int64_t at, int64_t rest, eh_v16 x, const lanes_of_block *k,
                             shape_of_loop s)
{
    eh_v16 g = get(f->dy, at, rest, s.as);
    if (s.two)
        g += get(f->dy2, at, rest, s.as);
    if (s.mask == MASK_FROM_Z)
        g = eh_keep(g, eh_positive(get(f->z, at, rest, s.as)));
    else if (s.mask == MASK_FROM_X)
        g = eh_keep(g, eh_positive(eh_bn_normalise(x, k->centre, k->factor, k->offset)));
    return g;
}

EH_INLINE lanes_of_block load_lanes(const backward *f, int64_t b)
{
    return (lanes_of_block){ eh_load(f->centre + b * 16), eh_load(f->factor + b * 16),
                             eh_load(f->offset + b * 16) };
}

/* ---- first pass ---- */

EH_INLINE void flush(double *sums, eh_v16 s, eh_v16 q)
{
    for (int l = 0; l < 16; l++) {
        sums[l] += (double)s[l];
        sums[16 + l] += (double)q[l];
    }
}

/* Keeps g where another step reads it; the sums are of what is kept. */
EH_INLINE eh_v16 keep_masked(const backward *f, int64_t at, int64_t rest, eh_v16 g, shape_of_loop s)
{
    if (!s.masked)
        return g;
    if (rest >= 16)
        eh_put(f->masked, at, g, s.as);
    else
        eh_put_part(f->masked, at, g, rest, s.as);
    return s.as == EH_AS_F32 ? g : eh_widen16(eh_round16(g, s.as));
}

EH_INLINE void sum_run(const backward *f, int64_t at, const lanes_of_block *k, double *sums, shape_of_loop s)
{
    int64_t i = at, stop = at + f->split.c.run;
    while (i + 16 <= stop) {
        int64_t end = stop - i > 4096 ? i + 4096 : stop;
        eh_v16 s0 = eh_splat(0), s1 = s0, q0 = s0, q1 = s0;
        for (; i + 32 <= end; i += 32) {
            eh_v16 x0 = eh_get(f->x, i, s.as), x1 = eh_get(f->x, i + 16, s.as);
            eh_v16 g0 = keep_masked(f, i, 16, gradient_at(f, i, 16, x0, k, s), s),
                   g1 = keep_masked(f, i + 16, 16, gradient_at(f, i + 16, 16, x1, k, s), s);
            s0 += g0;
            s1 += g1;
            q0 += g0 * (x0 - k->centre);
            q1 += g1 * (x1 - k->centre);
        }
        for (; i + 16 <= end; i += 16) {
            eh_v16 x0 = eh_get(f->x, i, s.as), g0 = keep_masked(f, i, 16, gradient_at(f, i, 16, x0, k, s), s);
            s0 += g0;
            q0 += g0 * (x0 - k->centre);
        }
        flush(sums, s0 + s1, q0 + q1);
        if (end == stop)
            break;
    }
    if (i < stop) {
        int64_t rest = stop - i;
        eh_v16 x0 = eh_get_part(f->x, i, rest, s.as),
               g0 = keep_masked(f, i, rest, gradient_at(f, i, rest, x0, k, s), s);
        flush(sums, g0, g0 * (x0 - k->centre));
    }
}

EH_INLINE void sum_images(const backward *f, int64_t b, int64_t from, int64_t to, double *sums,
                          shape_of_loop s)
{
    const eh_channels *c = &f->split.c;
    lanes_of_block k = load_lanes(f, b);
    memset(sums, 0, 32 * sizeof *sums);
    for (int64_t n = from; n < to; n++)
        sum_run(f, n * c->image + b * c->step, &k, sums, s);
}

EH_INLINE void sum_block(const backward *f, int64_t b, int64_t from, int64_t to, double *sums, eh_as as)
{
    bool two = f->dy2 != NULL, masked = f->masked != NULL;
    if (f->mask == MASK_FROM_X) /* only without an addition before the relu; g is rarely kept */
        sum_images(f, b, from, to, sums, (shape_of_loop){ MASK_FROM_X, two, masked, as });
    else if (f->mask == MASK_FROM_Z && masked && two)
        sum_images(f, b, from, to, sums, (shape_of_loop){ MASK_FROM_Z, true, true, as });
    else if (f->mask == MASK_FROM_Z)
        sum_images(f, b, from, to, sums, (shape_of_loop){ MASK_FROM_Z, two, masked, as });
    else
        sum_images(f, b, from, to, sums, (shape_of_loop){ MASK_NONE, two, masked, as });
}

/* ---- coefficients ---- */

EH_INLINE void start_block(const backward *f, int64_t b)
{
    const eh_channels *c = &f->split.c;
    float *centre = f->centre + b * 16, *factor = f->factor + b * 16, *offset = f->offset + b * 16;
    for (int64_t l = 0; l < c->lanes; l++) {
        int64_t channel = b * c->lanes + l;
        bool real = channel < c->channels;
        centre[l] = real ? f->mean[channel] : 0;
        factor[l] = real ? eh_bn_factor(f->scale[channel], f->var[channel], f->epsilon) : 0;
        offset[l] = real && f->shift ? f->shift[channel] : 0;
    }
    eh_bn_spread(centre, c->lanes);
    eh_bn_spread(factor, c->lanes);
    eh_bn_spread(offset, c->lanes);
}

EH_INLINE void finish_block(const backward *f, int64_t b, double *sums)
{
    const eh_channels *c = &f->split.c;
    double count = (double)c->images * (double)(c->run / c->lanes);
    float *minus = f->minus + b * 16, *slope = f->slope + b * 16;
    eh_bn_fold(sums, c->lanes);
    eh_bn_fold(sums + 16, c->lanes);
    for (int64_t l = 0; l < c->lanes; l++) {
        int64_t channel = b * c->lanes + l;
        minus[l] = slope[l] = 0;
        if (channel >= c->channels)
            continue;
        double variance = (double)f->var[channel] + f->epsilon;
        f->dshift[channel] = (float)sums[l];
        f->dscale[channel] = (float)(sums[16 + l] / sqrt(variance));
        if (!f->given) {
            minus[l] = (float)(sums[l] / count);
            slope[l] = (float)(sums[16 + l] / variance / count);
        }
    }
    eh_bn_spread(minus, c->lanes);
    eh_bn_spread(slope, c->lanes);
}

/* ---- second pass ---- */

EH_INLINE void apply_images(const backward *f, int64_t b, int64_t from, int64_t to, shape_of_loop s)
{
    const eh_channels *c = &f->split.c;
    lanes_of_block k = load_lanes(f, b);
    eh_v16 minus = eh_load(f->minus + b * 16), slope = eh_load(f->slope + b * 16);
    for (int64_t n = from; n < to; n++) {
        int64_t at = n * c->image + b * c->step, end = at + c->run;
        for (; at + 16 <= end; at += 16) {
            eh_v16 x = eh_get(f->x, at, s.as);
            eh_v16 g = s.masked ? eh_get(f->masked, at, s.as) : gradient_at(f, at, 16, x, &k, s);
            eh_put(f->dx, at, k.factor * (g - minus - (x - k.centre) * slope), s.as);
        }
        if (at < end) {
            int64_t rest = end - at;
            eh_v16 x = eh_get_part(f->x, at, rest, s.as);
            eh_v16 g = s.masked ? eh_get_part(f->masked, at, rest, s.as) : gradient_at(f, at, rest, x, &k, s);
            eh_put_part(f->dx, at, k.factor * (g - minus - (x - k.centre) * slope), rest, s.as);
        }
    }
}

EH_INLINE void apply_block(const backward *f, int64_t b, int64_t from, int64_t to, eh_as as)
{
    bool two = f->dy2 != NULL;
    if (f->masked)
        apply_images(f, b, from, to, (shape_of_loop){ MASK_NONE, false, true, as });
    else if (f->mask == MASK_FROM_X)
        apply_images(f, b, from, to, (shape_of_loop){ MASK_FROM_X, two, false, as });
    else if (f->mask == MASK_FROM_Z)
        apply_images(f, b, from, to, (shape_of_loop){ MASK_FROM_Z, two, false, as });
    else
        apply_images(f, b, from, to, (shape_of_loop){ MASK_NONE, two, false, as });
}

/* ---- the phases ---- */

EH_INLINE void whole_blocks(const void *args, int part, int parts, eh_as as)
{
    const backward *f = args;
    int64_t from, to;
    double sums[32];
    eh_cpu_share(f->split.c.blocks, part, parts, &from, &to);
    for (int64_t b = from; b < to; b++) {
        start_block(f, b);
        sum_block(f, b, 0, f->split.c.images, sums, as);
        finish_block(f, b, sums);
        apply_block(f, b, 0, f->split.c.images, as);
    }
}
EH_TYPED_VARIANTS(whole_blocks_run, whole_blocks);

EH_INLINE void shared_sums(const void *args, int part, int parts, eh_as as)
{
    const backward *f = args;
    int64_t from, to, blocks = f->split.c.blocks;
    eh_cpu_share(f->split.c.images, part, parts, &from, &to);
    for (int64_t b = 0; b < blocks; b++)
        sum_block(f, b, from, to, f->sums + (part * blocks + b) * 32, as);
}
EH_TYPED_VARIANTS(shared_sums_run, shared_sums);

EH_INLINE void shared_apply(const void *args, int part, int parts, eh_as as)
{
    const backward *f = args;
    int64_t from, to;
    eh_cpu_share(f->split.c.images, part, parts, &from, &to);
    for (int64_t b = 0; b < f->split.c.blocks; b++)
        apply_block(f, b, from, to, as);
}
EH_TYPED_VARIANTS(shared_apply_run, shared_apply);

static void run_backward(const backward *f)
{
    int parts = f->split.parts;
    int64_t blocks = f->split.c.blocks;
    if (!f->split.share_images) {
        eh_cpu_run_typed(whole_blocks_run, f->split.element, f, parts);
        return;
    }
    for (int64_t b = 0; b < blocks; b++)
        start_block(f, b);
    eh_cpu_run_typed(shared_sums_run, f->split.element, f, parts);
    for (int64_t b = 0; b < blocks; b++) {
        eh_bn_add_parts(f->sums, parts, blocks, b);
        finish_block(f, b, f->sums + b * 32);
    }
    eh_cpu_run_typed(shared_apply_run, f->split.element, f, parts);
}

/* ---- kernels ---- */

/* (dy, x, scale, mean, var[, dy2][, z or shift]) */
static eh_status prepare(eh_step *step, eh_error *err)
{
    const eh_cpu_bn_fused *fused = step->fused;
    EH_TRY(eh_cpu_want_channels(step, 1, err));
    const eh_layout *layout = eh_cpu_input_layout(step, 1);
    EH_TRY(eh_cpu_want(step, 0, layout, err));
    for (int k = 2; k < step->inputs; k++)
        if (fused && (k == fused->dy2 || k == fused->z))
            EH_TRY(eh_cpu_want(step, k, layout, err));
        else
            EH_TRY(eh_cpu_want_row_major(step, k, EH_ELEMENT_WORD, err));
    EH_TRY(eh_cpu_out(step, 0, layout, err));
    EH_TRY(eh_cpu_out_plain(step, 1, err));
    EH_TRY(eh_cpu_out_plain(step, 2, err));
    if (fused && fused->keep_masked) {
        EH_TRY(eh_cpu_out(step, 3, layout, err));
        step->in_place[3] = 0; /* g in the place of dy; the second pass reads g only */
        step->in_place[0] = fused->dy2;
    } else {
        step->in_place[0] = 0;
    }
    EH_TRY(eh_cpu_state(step, sizeof(eh_bn_split), err));
    eh_bn_split *split = step->state;
    eh_bn_make_split(split, layout);
    step->scratch_bytes = eh_bn_scratch(split);
    step->implementation = split->share_images ? "two passes, images shared" : "two passes, cached";
    return EH_OK;
}

static eh_status run(eh_step *step, bool given)
{
    const eh_cpu_bn_fused *fused = step->fused;
    const eh_attr_epsilon *attr = step->node->attr;
    backward f = { .split = *(const eh_bn_split *)step->state,
                   .epsilon = attr->epsilon,
                   .given = given,
                   .dy = step->in[0]->data,
                   .x = step->in[1]->data,
                   .scale = step->in[2]->data,
                   .mean = step->in[3]->data,
                   .var = step->in[4]->data,
                   .dx = step->out[0]->data,
                   .dscale = step->out[1]->data,
                   .dshift = step->out[2]->data };
    if (fused) {
        f.dy2 = fused->dy2 >= 0 ? step->in[fused->dy2]->data : NULL;
        f.z = fused->z >= 0 ? step->in[fused->z]->data : NULL;
        f.shift = fused->shift >= 0 ? step->in[fused->shift]->data : NULL;
        f.mask = f.z ? MASK_FROM_Z : f.shift ? MASK_FROM_X : MASK_NONE;
        f.masked = fused->keep_masked ? step->out[3]->data : NULL;
    }
    size_t lanes = (size_t)f.split.c.blocks * 16;
    f.sums = step->scratch;
    f.centre = (float *)(f.sums + 2 * lanes * (size_t)f.split.parts);
    f.factor = f.centre + lanes;
    f.offset = f.factor + lanes;
    f.minus = f.offset + lanes;
    f.slope = f.minus + lanes;
    run_backward(&f);
    return EH_OK;
}

static eh_status run_batch(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, false);
}

static eh_status run_fixed(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, true);
}

static const eh_op bn_act_grad_op = {
    .entry = { .name = "batch_norm_grad+act", .summary = "gradients of batch norm and the ReLU behind it" }
};

const eh_kernel eh_cpu_batch_norm_grad = { .op = &eh_op_batch_norm_grad,
                                           .lowers = EH_FOLLOWS,
                                           .prepare = prepare,
                                           .run = run_batch,
                                           .release = eh_cpu_free_state };
const eh_kernel eh_cpu_batch_norm_fixed_grad = { .op = &eh_op_batch_norm_fixed_grad,
                                                 .lowers = EH_FOLLOWS,
                                                 .prepare = prepare,
                                                 .run = run_fixed,
                                                 .release = eh_cpu_free_state };
const eh_kernel eh_cpu_bn_act_grad = { .op = &bn_act_grad_op,
                                       .lowers = EH_FOLLOWS,
                                       .prepare = prepare,
                                       .run = run_batch,
                                       .release = eh_cpu_free_state };
