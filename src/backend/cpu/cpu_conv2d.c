/* cpu_conv2d.c - convolution and its two gradients by oneDNN, in the formats that it chooses.
 *
 * Idea    The operation is made with free formats for images and weights; what it chooses becomes the layout of the tensors. Tensors stay
 *         in it from op to op, and a variable of weights lives in it.
 * Easy to get wrong: grouped weights are [G, O/G, C/G, kh, kw] for oneDNN; the same numbers row-major, one axis more.
 */
#include "backend/cpu/cpu_conv2d.h"

#include <string.h>

eh_onednn_conv eh_cpu_conv_extents(const eh_conv2d_opts *opts, eh_shape x, eh_shape w, eh_shape y)
{
    eh_onednn_conv c = { .n = x.dim[0],
                         .c = x.dim[1],
                         .h = x.dim[2],
                         .w = x.dim[3],
                         .o = y.dim[1],
                         .oh = y.dim[2],
                         .ow = y.dim[3],
                         .kh = w.dim[2],
                         .kw = w.dim[3],
                         .groups = opts->groups > 1 ? opts->groups : 1 };
    for (int i = 0; i < 2; i++) {
        c.stride[i] = opts->stride[i] ? opts->stride[i] : 1;
        c.pad[i] = opts->pad[i];
        c.dilation[i] = opts->dilation[i] ? opts->dilation[i] : 1;
    }
    return c;
}

double eh_cpu_conv_flops(const eh_onednn_conv *c)
{
    return 2.0 * (double)(c->n * c->o * c->oh * c->ow) * (double)(c->c / c->groups * c->kh * c->kw);
}

typedef struct conv_state {
    eh_onednn *op;
} conv_state;

static void conv_release(eh_step *step)
{
    conv_state *state = step->state;
    if (state)
        eh_onednn_free(state->op);
    eh_cpu_free_state(step);
}

/* Common end of prepare. */
static void conv_prepared(eh_step *step, const eh_onednn *op, const eh_onednn_conv *c)
{
    step->implementation = eh_onednn_implementation(op);
    step->scratch_bytes = eh_onednn_scratch(op);
    step->flops = eh_cpu_conv_flops(c);
}

static eh_status forward_prepare(eh_step *step, eh_error *err)
{
    const eh_attr_conv2d *attr = step->node->attr;
    eh_onednn_conv c = eh_cpu_conv_extents(&attr->opts, step->in[0]->tensor->shape,
                                           step->in[1]->tensor->shape, step->out[0]->tensor->shape);
    EH_TRY(eh_cpu_state(step, sizeof(conv_state), err));
    conv_state *state = step->state;
    EH_TRY(eh_onednn_conv_forward(&state->op, &c, EH_CONV_DIRECT, false, NULL, NULL, step->inputs > 2, NULL,
                                  (eh_onednn_post){ 0 }, err));
    EH_TRY(eh_cpu_want_md(step, 0, eh_onednn_md(state->op, DNNL_ARG_SRC), err));
    EH_TRY(eh_cpu_want_md(step, 1, eh_onednn_md(state->op, DNNL_ARG_WEIGHTS), err));
    if (step->inputs > 2)
        EH_TRY(eh_cpu_want_plain(step, 2, err));
    EH_TRY(eh_cpu_out_md(step, 0, eh_onednn_md(state->op, DNNL_ARG_DST), err));
    conv_prepared(step, state->op, &c);
    return EH_OK;
}

static eh_status forward_run(eh_step *step, eh_error *err)
{
    const conv_state *state = step->state;
    const eh_onednn_arg args[] = { { DNNL_ARG_SRC, step->in[0]->data },
                                   { DNNL_ARG_WEIGHTS, step->in[1]->data },
                                   { DNNL_ARG_DST, step->out[0]->data },
                                   { DNNL_ARG_BIAS, step->inputs > 2 ? step->in[2]->data : NULL } };
    return eh_onednn_run(state->op, args, 4, step->scratch, err);
}

/* (dy, w) -> dx */
static eh_status input_grad_prepare(eh_step *step, eh_error *err)
{
    const eh_attr_conv2d *attr = step->node->attr;
    eh_onednn_conv c = eh_cpu_conv_extents(&attr->opts, step->out[0]->tensor->shape,
                                           step->in[1]->tensor->shape, step->in[0]->tensor->shape);
    EH_TRY(eh_cpu_state(step, sizeof(conv_state), err));
    conv_state *state = step->state;
    EH_TRY(eh_onednn_conv_input_grad(&state->op, &c, EH_CONV_DIRECT, NULL, NULL, NULL, err));
    EH_TRY(eh_cpu_want_md(step, 0, eh_onednn_md(state->op, DNNL_ARG_DIFF_DST), err));
    EH_TRY(eh_cpu_want_md(step, 1, eh_onednn_md(state->op, DNNL_ARG_WEIGHTS), err));
    EH_TRY(eh_cpu_out_md(step, 0, eh_onednn_md(state->op, DNNL_ARG_DIFF_SRC), err));
    conv_prepared(step, state->op, &c);
    return EH_OK;
}

static eh_status input_grad_run(eh_step *step, eh_error *err)
{
    const conv_state *state = step->state;
    const eh_onednn_arg args[] = { { DNNL_ARG_DIFF_DST, step->in[0]->data },
                                   { DNNL_ARG_WEIGHTS, step->in[1]->data },
                                   { DNNL_ARG_DIFF_SRC, step->out[0]->data } };
    return eh_onednn_run(state->op, args, 3, step->scratch, err);
}

/* (x, dy) -> dw */
static eh_status weight_grad_prepare(eh_step *step, eh_error *err)
{
    const eh_attr_conv2d *attr = step->node->attr;
    eh_onednn_conv c = eh_cpu_conv_extents(&attr->opts, step->in[0]->tensor->shape,
                                           step->out[0]->tensor->shape, step->in[1]->tensor->shape);
    EH_TRY(eh_cpu_state(step, sizeof(conv_state), err));
    conv_state *state = step->state;
    EH_TRY(eh_onednn_conv_weight_grad(&state->op, &c, EH_CONV_DIRECT, NULL, NULL, NULL, err));
    EH_TRY(eh_cpu_want_md(step, 0, eh_onednn_md(state->op, DNNL_ARG_SRC), err));
    EH_TRY(eh_cpu_want_md(step, 1, eh_onednn_md(state->op, DNNL_ARG_DIFF_DST), err));
    EH_TRY(eh_cpu_out_md(step, 0, eh_onednn_md(state->op, DNNL_ARG_DIFF_WEIGHTS), err));
    conv_prepared(step, state->op, &c);
    return EH_OK;
}

static eh_status weight_grad_run(eh_step *step, eh_error *err)
{
    const conv_state *state = step->state;
    const eh_onednn_arg args[] = { { DNNL_ARG_SRC, step->in[0]->data },
                                   { DNNL_ARG_DIFF_DST, step->in[1]->data },
                                   { DNNL_ARG_DIFF_WEIGHTS, step->out[0]->data } };
    return eh_onednn_run(state->op, args, 3, step->scratch, err);
}

const eh_kernel eh_cpu_conv2d = {
    .op = &eh_op_conv2d, .prepare = forward_prepare, .run = forward_run, .release = conv_release
};
const eh_kernel eh_cpu_conv2d_input_grad = { .op = &eh_op_conv2d_input_grad,
                                             .prepare = input_grad_prepare,
                                             .run = input_grad_run,
                                             .release = conv_release };
const eh_kernel eh_cpu_conv2d_weight_grad = { .op = &eh_op_conv2d_weight_grad,
                                              .prepare = weight_grad_prepare,
                                              .run = weight_grad_run,
                                              .release = conv_release };
