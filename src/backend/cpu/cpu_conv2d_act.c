/* cpu_conv2d_act.c - a convolution joined with the normalisation (given statistics), addition and ReLU that follow it.
 *
 * Math    batch_norm_fixed(conv(x, w) + b) = conv(x, w f) + ((b - mean) f + shift), f = scale / sqrt(var + epsilon) per output channel. The folded weights
 *         are made when the variables have changed since (a run with unchanged variables allocates nothing), in whatever format
 *         oneDNN wants, transformed ones included; the variables themselves stay where they are.
 * Easy to get wrong: the sum is made in place, so the residual's values must be copied when someone else still reads them.
 */
#include "backend/cpu/cpu_conv2d.h"
#include "backend/plan_steps.h"

#include <math.h>
#include <string.h>

#define MOST_VARIABLES 6

typedef struct conv_act {
    eh_cpu_conv conv;
    eh_onednn *reorder; /* row-major weights to the format that the convolution wants */
    void *weights;      /* folded, in that format ... */
    void *kept;         /* ... or in the form that is kept between runs, when the convolution has one */
    void *reorder_scratch;
    float *bias;
    uint64_t version[MOST_VARIABLES]; /* of w, bias and the four statistics when they were folded */
    bool folded;
} conv_act;

static void release(eh_step *step)
{
    conv_act *state = step->state;
    if (!state)
        return;
    eh_cpu_conv_clear(&state->conv);
    eh_onednn_free(state->reorder);
    eh_free(state->weights);
    eh_free(state->kept);
    eh_free(state->reorder_scratch);
    eh_free(state->bias);
    eh_cpu_free_state(step);
}

/* Memory and the reorder for folded weights. */
static eh_status prepare_fold(conv_act *state, const eh_onednn_conv *c, eh_error *err)
{
    const eh_md *wanted = state->conv.w;
    int64_t dims[EH_MD_MAX] = { c->groups, c->o / c->groups, c->c / c->groups, c->kh, c->kw };
    if (c->groups == 1)
        memcpy(dims, (int64_t[]){ c->o, c->c, c->kh, c->kw }, 4 * sizeof *dims);
    eh_md *plain = eh_md_plain(dnnl_f32, c->groups == 1 ? 4 : 5, dims);
    eh_status status = EH_OK;
    if (!plain)
        return eh_fail(err, EH_ERR_INTERNAL, "oneDNN could not describe the weights of a convolution");
    EH_TRY_GOTO(status, eh_onednn_reorder(&state->reorder, plain, wanted, err));
    size_t scratch = eh_onednn_scratch(state->reorder), kept = eh_cpu_conv_kept_bytes(&state->conv);
    if (kept)
        state->kept = eh_alloc_raw(kept, 1);
    else
        state->weights = eh_alloc_raw(eh_md_bytes(wanted), 1);
    state->bias = eh_alloc((size_t)c->o, sizeof *state->bias);
    state->reorder_scratch = scratch ? eh_alloc_raw(scratch, 1) : NULL;
    if ((!state->weights && !state->kept) || !state->bias || (scratch && !state->reorder_scratch))
        status = eh_fail_memory(err, "the folded weights of a convolution", eh_md_bytes(wanted), 1);
done:
    eh_md_free(plain);
    return status;
}

static eh_status prepare(eh_step *step, eh_error *err)
{
    const eh_attr_conv2d *attr = step->node->attr;
    const eh_cpu_conv_fused *fused = step->fused;
    bool fold = fused->scale >= 0;
    eh_onednn_conv c = eh_cpu_conv_extents(step, &attr->opts, step->in[0]->tensor->shape,
                                           step->in[1]->tensor->shape, step->out[0]->tensor->shape);
    EH_TRY(eh_cpu_state(step, sizeof(conv_act), err));
    conv_act *state = step->state;
    eh_cpu_conv_how how = { .infer = fold,
                            .bias = fold || fused->bias >= 0,
                            .post = { .sum = fused->residual >= 0, .relu = fused->relu } };
    EH_TRY(eh_cpu_conv_make(&state->conv, EH_CONV_FORWARD, &c, how, step->tuner, err));
    EH_TRY(eh_cpu_want_md(step, 0, state->conv.x, err));
    if (fold)
        EH_TRY(prepare_fold(state, &c, err));
    else
        EH_TRY(eh_cpu_want_md(step, 1, state->conv.w, err));
    for (int k = 2; k < step->inputs; k++)
        if (k == fused->residual)
            EH_TRY(eh_cpu_want_md(step, k, state->conv.y, err));
        else
            EH_TRY(eh_cpu_want_row_major(step, k, EH_ELEMENT_WORD, err));
    EH_TRY(eh_cpu_out_md(step, 0, state->conv.y, err));
    /* Not when the residual is also what is convolved: it is read while the sum is written. */
    step->in_place[0] =
        fused->residual >= 0 && step->in[fused->residual] != step->in[0] ? fused->residual : -1;
    eh_cpu_conv_describe(step, &state->conv);
    return EH_OK;
}

/* True when a variable has changed since the last folding; remembers the versions. */
static bool changed(eh_step *step, conv_act *state, int last)
{
    bool any = !state->folded;
    for (int k = 1; k < last; k++) {
        uint64_t version = eh_plan_value_of(step->in[k])->version;
        any = any || version != state->version[k - 1];
        state->version[k - 1] = version;
    }
    return any;
}

static eh_status fold(eh_step *step, conv_act *state, const eh_cpu_conv_fused *fused, eh_error *err)
{
    size_t elements = (size_t)eh_shape_elements(step->in[1]->tensor->shape),
           channels = (size_t)step->in[1]->tensor->shape.dim[0];
    size_t each = elements / channels;
    const float *bias = fused->bias >= 0 ? step->in[fused->bias]->data : NULL,
                *scale = step->in[fused->scale]->data, *shift = step->in[fused->scale + 1]->data,
                *mean = step->in[fused->scale + 2]->data, *var = step->in[fused->scale + 3]->data;
    float *plain = eh_alloc_raw(elements, sizeof *plain);
    void *weights = state->kept ? eh_alloc_raw(eh_md_bytes(state->conv.w), 1) : state->weights;
    eh_status status = EH_OK;
    if (!plain || !weights) {
        status = eh_fail_memory(err, "the folded weights of a convolution", elements, sizeof *plain);
        goto done;
    }
    eh_layout_export(step->in[1]->layout, step->in[1]->data, plain, false);
    for (size_t o = 0; o < channels; o++) {
        double factor = (double)scale[o] / sqrt((double)var[o] + fused->epsilon);
        for (size_t i = 0; i < each; i++)
            plain[o * each + i] = (float)((double)plain[o * each + i] * factor);
        state->bias[o] =
            (float)(((bias ? (double)bias[o] : 0) - (double)mean[o]) * factor + (double)shift[o]);
    }
    const eh_onednn_arg args[] = { { DNNL_ARG_FROM, plain }, { DNNL_ARG_TO, weights } };
    EH_TRY_GOTO(status, eh_onednn_run(state->reorder, args, 2, state->reorder_scratch, err));
    if (state->kept)
        eh_cpu_conv_keep(&state->conv, weights, state->kept);
    state->folded = true;
done:
    if (state->kept)
        eh_free(weights);
    eh_free(plain);
    return status;
}

static eh_status run(eh_step *step, eh_error *err)
{
    const eh_cpu_conv_fused *fused = step->fused;
    conv_act *state = step->state;
    void *weights = step->in[1]->data, *bias = fused->bias >= 0 ? step->in[fused->bias]->data : NULL;
    if (fused->scale >= 0) {
        if (changed(step, state, fused->scale + 4))
            EH_TRY(fold(step, state, fused, err));
        weights = state->kept ? state->kept : state->weights;
        bias = state->bias;
    }
    if (fused->residual >= 0 && step->in[fused->residual]->data != step->out[0]->data)
        memcpy(step->out[0]->data, step->in[fused->residual]->data, step->out[0]->bytes);
    return eh_cpu_conv_run(&state->conv, step->in[0]->data, weights, bias, step->out[0]->data, step->scratch,
                           err);
}

static const eh_op conv_act_op = {
    .entry = { .name = "conv2d+act", .summary = "convolution, normalisation, addition and ReLU in one pass" }
};

const eh_kernel eh_cpu_conv_act = {
    .op = &conv_act_op, .lowers = EH_LOWERS, .prepare = prepare, .run = run, .release = release
};
