/* cpu_conv2d.c - the kernels of convolution and its two gradients; how each is computed is chosen in cpu_conv2d_ways.c. */
#include "backend/cpu/cpu_conv2d.h"

eh_onednn_conv eh_cpu_conv_extents(const eh_step *step, const eh_conv2d_opts *opts, eh_shape x, eh_shape w,
                                   eh_shape y)
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
                         .groups = opts->groups > 1 ? opts->groups : 1,
                         .bf16 = step->precision == EH_PRECISION_BF16,
                         .exact = eh_cpu_out_element(step, 0) == EH_ELEMENT_WORD };
    for (int i = 0; i < 2; i++) {
        c.stride[i] = opts->stride[i] ? opts->stride[i] : 1;
        c.pad[i] = opts->pad[i];
        c.dilation[i] = opts->dilation[i] ? opts->dilation[i] : 1;
    }
    return c;
}

/* ---- kernels ---- */

static void release(eh_step *step)
{
    if (step->state)
        eh_cpu_conv_clear(step->state);
    eh_cpu_free_state(step);
}

/* Makes the pass; x, w and y are the step's values that play these parts. */
static eh_status prepare(eh_step *step, eh_conv_pass pass, const eh_value *x, const eh_value *w,
                         const eh_value *y, eh_error *err)
{
    const eh_attr_conv2d *attr = step->node->attr;
    eh_onednn_conv c =
        eh_cpu_conv_extents(step, &attr->opts, x->tensor->shape, w->tensor->shape, y->tensor->shape);
    EH_TRY(eh_cpu_state(step, sizeof(eh_cpu_conv), err));
    EH_TRY(eh_cpu_conv_make(step->state, pass, &c, (eh_cpu_conv_how){ .bias = step->inputs > 2 }, step->tuner,
                            err));
    eh_cpu_conv_describe(step, step->state);
    return EH_OK;
}

/* (x, w[, bias]) -> y */
static eh_status forward_prepare(eh_step *step, eh_error *err)
{
    EH_TRY(prepare(step, EH_CONV_FORWARD, step->in[0], step->in[1], step->out[0], err));
    const eh_cpu_conv *k = step->state;
    EH_TRY(eh_cpu_want_md(step, 0, k->x, err));
    EH_TRY(eh_cpu_want_md(step, 1, k->w, err));
    if (k->how.bias)
        EH_TRY(eh_cpu_want_row_major(step, 2, EH_ELEMENT_WORD, err));
    return eh_cpu_out_md(step, 0, k->y, err);
}

static eh_status forward_run(eh_step *step, eh_error *err)
{
    void *bias = step->inputs > 2 ? step->in[2]->data : NULL;
    return eh_cpu_conv_run(step->state, step->in[0]->data, step->in[1]->data, bias, step->out[0]->data,
                           step->scratch, err);
}

/* (dy, w) -> dx */
static eh_status input_grad_prepare(eh_step *step, eh_error *err)
{
    EH_TRY(prepare(step, EH_CONV_INPUT_GRAD, step->out[0], step->in[1], step->in[0], err));
    const eh_cpu_conv *k = step->state;
    EH_TRY(eh_cpu_want_md(step, 0, k->y, err));
    EH_TRY(eh_cpu_want_md(step, 1, k->w, err));
    return eh_cpu_out_md(step, 0, k->x, err);
}

static eh_status input_grad_run(eh_step *step, eh_error *err)
{
    return eh_cpu_conv_run(step->state, step->out[0]->data, step->in[1]->data, NULL, step->in[0]->data,
                           step->scratch, err);
}

/* (x, dy) -> dw */
static eh_status weight_grad_prepare(eh_step *step, eh_error *err)
{
    EH_TRY(prepare(step, EH_CONV_WEIGHT_GRAD, step->in[0], step->out[0], step->in[1], err));
    const eh_cpu_conv *k = step->state;
    EH_TRY(eh_cpu_want_md(step, 0, k->x, err));
    EH_TRY(eh_cpu_want_md(step, 1, k->y, err));
    return eh_cpu_out_md(step, 0, k->w, err);
}

static eh_status weight_grad_run(eh_step *step, eh_error *err)
{
    return eh_cpu_conv_run(step->state, step->in[0]->data, step->out[0]->data, NULL, step->in[1]->data,
                           step->scratch, err);
}

const eh_kernel eh_cpu_conv2d = { .op = &eh_op_conv2d,
                                  .lowers = EH_LOWERS,
                                  .prepare = forward_prepare,
                                  .run = forward_run,
                                  .release = release };
const eh_kernel eh_cpu_conv2d_input_grad = { .op = &eh_op_conv2d_input_grad,
                                             .lowers = EH_LOWERS,
                                             .prepare = input_grad_prepare,
                                             .run = input_grad_run,
                                             .release = release };
const eh_kernel eh_cpu_conv2d_weight_grad = { .op = &eh_op_conv2d_weight_grad,
                                              .lowers = EH_LOWERS,
                                              .prepare = weight_grad_prepare,
                                              .run = weight_grad_run,
                                              .release = release };
