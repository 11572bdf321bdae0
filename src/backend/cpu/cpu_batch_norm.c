/* cpu_batch_norm.c - batch normalisation forward, with addition and ReLU in the same pass.
 *
 * Idea    Channels are independent, so a thread takes a block of channels, sums it, and normalises it while it is still in the cache. With too few
 *         blocks for the threads the images are shared out instead, in three phases.
 * Math    Sums of (x - K) and (x - K)^2 with K near the mean (the average of a few elements): var = E[d^2] - E[d]^2 loses nothing when K is
 *         within a few standard deviations. Runs of up to 4,096 elements add up in f32 lanes, then in f64.
 * Cost    One read from memory, one from the cache, one write.
 * Determinism  the order of additions depends on the shape and the number of threads only.
 * Easy to get wrong: padded channels must come out zero; they have scale and shift zero. The gradient makes the relu's mask again from x, so it
 *         must repeat exactly the arithmetic of `normalise`.
 */
#include "backend/cpu/cpu_batch_norm.h"
#include "backend/cpu/cpu_bn_parts.h"
#include "backend/cpu/cpu_vector.h"

#include <math.h>
#include <string.h>

typedef struct forward {
    eh_bn_split split;
    double epsilon;
    bool given, relu;
    const void *x, *residual; /* of the layout's elements, as y */
    void *y;
    const float *scale, *shift, *given_mean, *given_var;
    float *mean, *var;
    /* In scratch: by block and lane. */
    double *sums;                    /* [parts][blocks][2][16] */
    float *about;                    /* [blocks][16]: K */
    float *centre, *factor, *offset; /* [blocks][16]: y = (x - centre) factor + offset */
} forward;

/* ---- statistics ---- */

/* K of a block: the mean of up to 64 vectors spread over the images. */
EH_INLINE void find_about(const forward *f, int64_t b, eh_as as)
{
    const eh_channels *c = &f->split.c;
    int64_t vectors = c->run / 16, images = c->images < 8 ? c->images : 8;
    eh_v16 sum = eh_splat(0);
    int count = 0;
    for (int64_t i = 0; i < images; i++) {
        int64_t at = c->images * i / images * c->image + b * c->step;
        int64_t take = vectors < 8 ? vectors : 8;
        for (int64_t v = 0; v < take; v++, count++)
            sum += eh_get(f->x, at + vectors * v / take * 16, as);
        if (take == 0) {
            sum += eh_get_part(f->x, at, c->run, as);
            count++;
        }
    }
    double lane[16];
    for (int l = 0; l < 16; l++)
        lane[l] = sum[l];
    eh_bn_fold(lane, c->lanes);
    /* A run shorter than a vector fills only some of the lanes. */
    double filled = c->run < 16 ? (double)c->run / (double)c->lanes : 16.0 / (double)c->lanes;
    for (int l = 0; l < 16; l++) {
        double mean = lane[l % c->lanes] / (filled * count);
        f->about[b * 16 + l] = isfinite(mean) ? (float)mean : 0;
    }
}

/* Adds the sum of d and of d^2 of the run at `i` to the 16 + 16 doubles of `sums`. */
EH_INLINE void add_run(const void *x, int64_t i, int64_t run, eh_v16 about, double *sums, eh_as as)
{
    int64_t stop = i + run;
    while (i < stop) {
        int64_t end = stop - i > 4096 ? i + 4096 : stop;
        eh_v16 s0 = eh_splat(0), s1 = s0, q0 = s0, q1 = s0;
        for (; i + 32 <= end; i += 32) {
            eh_v16 d0 = eh_get(x, i, as) - about, d1 = eh_get(x, i + 16, as) - about;
            s0 += d0;
            s1 += d1;
            q0 += d0 * d0;
            q1 += d1 * d1;
        }
        for (; i + 16 <= end; i += 16) {
            eh_v16 d = eh_get(x, i, as) - about;
            s0 += d;
            q0 += d * d;
        }
        s0 += s1;
        q0 += q1;
        for (int l = 0; l < 16; l++) {
            sums[l] += (double)s0[l];
            sums[16 + l] += (double)q0[l];
        }
        for (int l = 0; i < end; i++, l++) {
            float d = eh_get_one(x, i, as) - about[l];
            sums[l] += (double)d;
            sums[16 + l] += (double)(d * d);
        }
    }
}

EH_INLINE void sum_block(const forward *f, int64_t b, int64_t from, int64_t to, double *sums, eh_as as)
{
    const eh_channels *c = &f->split.c;
    eh_v16 about = eh_load(f->about + b * 16);
    memset(sums, 0, 32 * sizeof *sums);
    for (int64_t n = from; n < to; n++)
        add_run(f->x, n * c->image + b * c->step, c->run, about, sums, as);
}

/* ---- coefficients ---- */

/* From the block's sums (or the given statistics) to mean, variance and the three coefficients of every lane. */
EH_INLINE void finish_block(const forward *f, int64_t b, double *sums)
{
    const eh_channels *c = &f->split.c;
    double count = (double)c->images * (double)(c->run / c->lanes);
    if (!f->given) {
        eh_bn_fold(sums, c->lanes);
        eh_bn_fold(sums + 16, c->lanes);
    }
    for (int64_t l = 0; l < c->lanes; l++) {
        int64_t channel = b * c->lanes + l;
        float *centre = f->centre + b * 16, *factor = f->factor + b * 16, *offset = f->offset + b * 16;
        if (channel >= c->channels) {
            centre[l] = factor[l] = offset[l] = 0;
            continue;
        }
        float mean, var;
        if (f->given) {
            mean = f->given_mean[channel];
            var = f->given_var[channel];
        } else {
            double d = sums[l] / count, v = sums[16 + l] / count - d * d;
            mean = (float)((double)f->about[b * 16 + l] + d);
            var = v > 0 || v != v ? (float)v : 0;
            f->mean[channel] = mean;
            f->var[channel] = var;
        }
        centre[l] = mean;
        factor[l] = eh_bn_factor(f->scale[channel], var, f->epsilon);
        offset[l] = f->shift[channel];
    }
    eh_bn_spread(f->centre + b * 16, c->lanes);
    eh_bn_spread(f->factor + b * 16, c->lanes);
    eh_bn_spread(f->offset + b * 16, c->lanes);
}

/* ---- the second pass ---- */

EH_INLINE void normalise_block(const forward *f, int64_t b, int64_t from, int64_t to, bool residual,
                               bool relu, eh_as as)
{
    const eh_channels *c = &f->split.c;
    eh_v16 centre = eh_load(f->centre + b * 16), factor = eh_load(f->factor + b * 16),
           offset = eh_load(f->offset + b * 16);
    for (int64_t n = from; n < to; n++) {
        int64_t i = n * c->image + b * c->step, end = i + c->run;
        for (; i + 16 <= end; i += 16) {
            eh_v16 v = eh_bn_normalise(eh_get(f->x, i, as), centre, factor, offset);
            if (residual)
                v += eh_get(f->residual, i, as);
            eh_put(f->y, i, relu ? eh_relu16(v) : v, as);
        }
        if (i < end) {
            int64_t rest = end - i;
            eh_v16 v = eh_bn_normalise(eh_get_part(f->x, i, rest, as), centre, factor, offset);
            if (residual)
                v += eh_get_part(f->residual, i, rest, as);
            eh_put_part(f->y, i, relu ? eh_relu16(v) : v, rest, as);
        }
    }
}

EH_INLINE void apply_block(const forward *f, int64_t b, int64_t from, int64_t to, eh_as as)
{
    if (f->residual && f->relu)
        normalise_block(f, b, from, to, true, true, as);
    else if (f->residual)
        normalise_block(f, b, from, to, true, false, as);
    else if (f->relu)
        normalise_block(f, b, from, to, false, true, as);
    else
        normalise_block(f, b, from, to, false, false, as);
}

/* ---- the phases ---- */

/* A part takes whole blocks: sums and normalises each. */
EH_INLINE void whole_blocks(const void *args, int part, int parts, eh_as as)
{
    const forward *f = args;
    int64_t from, to;
    double sums[32];
    eh_cpu_share(f->split.c.blocks, part, parts, &from, &to);
    for (int64_t b = from; b < to; b++) {
        if (!f->given) {
            find_about(f, b, as);
            sum_block(f, b, 0, f->split.c.images, sums, as);
        }
        finish_block(f, b, sums);
        apply_block(f, b, 0, f->split.c.images, as);
    }
}
EH_TYPED_VARIANTS(whole_blocks_run, whole_blocks);

/* A part takes its share of the images of every block; K comes from all of them. */
EH_INLINE void shared_about(const void *args, int part, int parts, eh_as as)
{
    const forward *f = args;
    int64_t from, to;
    eh_cpu_share(f->split.c.blocks, part, parts, &from, &to);
    for (int64_t b = from; b < to; b++)
        find_about(f, b, as);
}
EH_TYPED_VARIANTS(shared_about_run, shared_about);

EH_INLINE void shared_sums(const void *args, int part, int parts, eh_as as)
{
    const forward *f = args;
    int64_t from, to, blocks = f->split.c.blocks;
    eh_cpu_share(f->split.c.images, part, parts, &from, &to);
    for (int64_t b = 0; b < blocks; b++)
        sum_block(f, b, from, to, f->sums + (part * blocks + b) * 32, as);
}
EH_TYPED_VARIANTS(shared_sums_run, shared_sums);

EH_INLINE void shared_apply(const void *args, int part, int parts, eh_as as)
{
    const forward *f = args;
    int64_t from, to;
    eh_cpu_share(f->split.c.images, part, parts, &from, &to);
    for (int64_t b = 0; b < f->split.c.blocks; b++)
        apply_block(f, b, from, to, as);
}
EH_TYPED_VARIANTS(shared_apply_run, shared_apply);

static void run_forward(const forward *f)
{
    int parts = f->split.parts;
    int64_t blocks = f->split.c.blocks;
    eh_element element = f->split.element;
    if (!f->split.share_images) {
        eh_cpu_run_typed(whole_blocks_run, element, f, parts);
        return;
    }
    if (!f->given) {
        eh_cpu_run_typed(shared_about_run, element, f, 1);
        eh_cpu_run_typed(shared_sums_run, element, f, parts);
    }
    for (int64_t b = 0; b < blocks; b++) {
        if (!f->given)
            eh_bn_add_parts(f->sums, parts, blocks, b);
        finish_block(f, b, f->sums + b * 32);
    }
    eh_cpu_run_typed(shared_apply_run, element, f, parts);
}

/* ---- kernels ---- */

static eh_status prepare(eh_step *step, int statistics, eh_error *err)
{
    const eh_cpu_bn_fused *fused = step->fused;
    EH_TRY(eh_cpu_want_channels(step, 0, err));
    const eh_layout *layout = eh_cpu_input_layout(step, 0);
    for (int k = 1; k < step->inputs; k++)
        if (fused && k == fused->residual)
            EH_TRY(eh_cpu_want(step, k, layout, err));
        else
            EH_TRY(eh_cpu_want_row_major(step, k, EH_ELEMENT_WORD, err));
    EH_TRY(eh_cpu_out(step, 0, layout, err));
    for (int o = 1; o <= statistics; o++)
        EH_TRY(eh_cpu_out_plain(step, o, err));
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
    forward f = { .split = *(const eh_bn_split *)step->state,
                  .epsilon = attr->epsilon,
                  .given = given,
                  .relu = fused && fused->relu,
                  .x = step->in[0]->data,
                  .scale = step->in[1]->data,
                  .shift = step->in[2]->data,
                  .residual = fused && fused->residual >= 0 ? step->in[fused->residual]->data : NULL,
                  .y = step->out[0]->data };
    if (given) {
        f.given_mean = step->in[3]->data;
        f.given_var = step->in[4]->data;
    } else {
        f.mean = step->out[1]->data;
        f.var = step->out[2]->data;
    }
    size_t lanes = (size_t)f.split.c.blocks * 16;
    f.sums = step->scratch;
    f.about = (float *)(f.sums + 2 * lanes * (size_t)f.split.parts);
    f.centre = f.about + lanes;
    f.factor = f.centre + lanes;
    f.offset = f.factor + lanes;
    run_forward(&f);
    return EH_OK;
}

static eh_status prepare_batch(eh_step *step, eh_error *err)
{
    const eh_cpu_bn_fused *fused = step->fused;
    if (fused && fused->residual >= 0)
        step->in_place[0] = fused->residual;
    return prepare(step, 2, err);
}

static eh_status prepare_fixed(eh_step *step, eh_error *err)
{
    step->in_place[0] = 0;
    return prepare(step, 0, err);
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

/* (running_mean, running_var, mean, var) */
static eh_status prepare_update(eh_step *step, eh_error *err)
{
    for (int k = 0; k < step->inputs; k++)
        EH_TRY(eh_cpu_want_plain(step, k, err));
    return EH_OK;
}

static eh_status run_update(eh_step *step, eh_error *err)
{
    const eh_attr_batch_norm_update *attr = step->node->attr;
    float *running_mean = step->in[0]->data, *running_var = step->in[1]->data;
    const float *mean = step->in[2]->data, *var = step->in[3]->data;
    int64_t count = eh_shape_elements(step->in[0]->tensor->shape);
    (void)err;
    for (int64_t i = 0; i < count; i++) {
        running_mean[i] =
            (float)((1 - attr->momentum) * (double)running_mean[i] + attr->momentum * (double)mean[i]);
        running_var[i] = (float)((1 - attr->momentum) * (double)running_var[i] +
                                 attr->momentum * attr->unbiased * (double)var[i]);
    }
    return EH_OK;
}

static const eh_op bn_act_op = { .entry = { .name = "batch_norm+act",
                                            .summary = "batch norm, addition and ReLU in one pass" } };
static const eh_op bn_fixed_act_op = {
    .entry = { .name = "batch_norm_fixed+act",
               .summary = "batch norm with given statistics, addition and ReLU" }
};

const eh_kernel eh_cpu_batch_norm = { .op = &eh_op_batch_norm,
                                      .lowers = EH_FOLLOWS,
                                      .prepare = prepare_batch,
                                      .run = run_batch,
                                      .release = eh_cpu_free_state };
const eh_kernel eh_cpu_batch_norm_fixed = { .op = &eh_op_batch_norm_fixed,
                                            .lowers = EH_FOLLOWS,
                                            .prepare = prepare_fixed,
                                            .run = run_fixed,
                                            .release = eh_cpu_free_state };
const eh_kernel eh_cpu_bn_act = { .op = &bn_act_op,
                                  .lowers = EH_FOLLOWS,
                                  .prepare = prepare_batch,
                                  .run = run_batch,
                                  .release = eh_cpu_free_state };
const eh_kernel eh_cpu_bn_fixed_act = { .op = &bn_fixed_act_op,
                                        .lowers = EH_FOLLOWS,
                                        .prepare = prepare_fixed,
                                        .run = run_fixed,
                                        .release = eh_cpu_free_state };
const eh_kernel eh_cpu_batch_norm_update = { .op = &eh_op_batch_norm_update,
                                             .prepare = prepare_update,
                                             .run = run_update };
