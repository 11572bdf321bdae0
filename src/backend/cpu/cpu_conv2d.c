/* cpu_conv2d.c - convolution and its two gradients by oneDNN.
 *
 * Idea    Images keep one layout from op to op: blocks of as many channels as a vector holds (aBcd16b with AVX-512, aBcd8b with AVX2). Weights take the
 *         layout that oneDNN wants for the first pass that reads them; the variable lives in it.
 * Choice  The same for the same shapes on the same processor, so that a run can be repeated bit for bit; nothing is timed. In order:
 *         1. Winograd's algorithm F(4x4,3x3) (oneDNN 2 has it, 3 has not) for 3x3 kernels of stride 1 on maps of 4x4 and larger with enough tiles: 1.3 to
 *            2.5 times as fast as the direct one there, slower on smaller maps (measured on all layers of ResNet-18). One layout of weights
 *            serves all three passes.
 *         2. direct, images in blocks of channels;
 *         3. direct, formats left to oneDNN (few channels, groups, other processors).
 *         Left alone, oneDNN 2.6 takes channels-last matrix products for inference, up to three times slower on small maps.
 * Numbers Winograd's transforms in f32 lose about one decimal digit against the direct sum (compared with f64 in test_backend_parity.c).
 * Source  Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016.
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

/* ---- choice ---- */

static bool winograd_pays(const eh_onednn_conv *c)
{
    bool fits = c->kh == 3 && c->kw == 3 && c->stride[0] == 1 && c->stride[1] == 1 && c->dilation[0] == 1 &&
                c->dilation[1] == 1 && c->groups == 1;
    int64_t tiles = c->n * ((c->oh + 3) / 4) * ((c->ow + 3) / 4);
    return fits && c->oh >= 4 && c->ow >= 4 && c->c >= 16 && c->o >= 16 && tiles >= 32;
}

static eh_status attempt(eh_onednn **out, eh_conv_pass pass, const eh_onednn_conv *c,
                         eh_conv_algorithm algorithm, eh_cpu_conv_how how, const eh_md *x, const eh_md *y,
                         eh_error *err)
{
    if (pass == EH_CONV_FORWARD)
        return eh_onednn_conv_forward(out, c, algorithm, how.infer, x, NULL, how.bias, y, how.post, err);
    if (pass == EH_CONV_INPUT_GRAD)
        return eh_onednn_conv_input_grad(out, c, algorithm, x, NULL, y, err);
    return eh_onednn_conv_weight_grad(out, c, algorithm, x, NULL, y, err);
}

/* True for generated code; oneDNN's plain loops have names that begin with "ref", its row-major matrix products with "gemm". */
static bool is_fast(const eh_onednn *op)
{
    const char *name = eh_onednn_implementation(op);
    return strncmp(name, "jit", 3) == 0 || strncmp(name, "brg", 3) == 0;
}

eh_status eh_cpu_conv_choose(eh_onednn **out, eh_conv_pass pass, const eh_onednn_conv *c, eh_cpu_conv_how how,
                             eh_error *err)
{
    eh_md *x = eh_cpu_image_md(eh_shape_of(4, c->n, c->c, c->h, c->w)),
          *y = eh_cpu_image_md(eh_shape_of(4, c->n, c->o, c->oh, c->ow));
    eh_status status = EH_ERR_INTERNAL;
    *out = NULL;
    if (c->groups == 1 && y) {
        if (x && winograd_pays(c))
            status = attempt(out, pass, c, EH_CONV_WINOGRAD, how, x, y, NULL);
        if (status != EH_OK)
            status = attempt(out, pass, c, EH_CONV_DIRECT, how, x, y, NULL);
        if (status == EH_OK && !is_fast(*out)) {
            eh_onednn_free(*out);
            *out = NULL;
            status = EH_ERR_INTERNAL;
        }
    }
    if (status != EH_OK && status != EH_ERR_MEMORY)
        status = attempt(out, pass, c, EH_CONV_DIRECT, how, NULL, NULL, err);
    eh_md_free(x);
    eh_md_free(y);
    return status == EH_ERR_MEMORY ? eh_fail(err, status, "out of memory for a convolution") : status;
}

/* ---- kernels ---- */

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
    EH_TRY(eh_cpu_conv_choose(&state->op, EH_CONV_FORWARD, &c, (eh_cpu_conv_how){ .bias = step->inputs > 2 },
                              err));
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
    EH_TRY(eh_cpu_conv_choose(&state->op, EH_CONV_INPUT_GRAD, &c, (eh_cpu_conv_how){ 0 }, err));
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
    EH_TRY(eh_cpu_conv_choose(&state->op, EH_CONV_WEIGHT_GRAD, &c, (eh_cpu_conv_how){ 0 }, err));
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
