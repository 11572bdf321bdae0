/* cpu_conv2d.c - convolution and its two gradients by oneDNN.
 *
 * Idea    Images keep one layout from op to op: blocks of as many channels as a vector holds (aBcd16b with AVX-512, aBcd8b with AVX2). Weights take the
 *         layout that oneDNN wants for the first pass that reads them; the variable lives in it.
 * Choice  The same for the same shapes on the same processor, so that a run can be repeated bit for bit; nothing is timed. In order:
 *         0. cpu_conv2d_small.c for the smallest maps;
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
#include "backend/cpu/cpu_conv2d_small.h"

#include <string.h>

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

/* ---- choice ---- */

/* The weight gradient holds its 36 transformed elements per kernel twice: with 512 x 512 channels that is 75 MB at the very step where a training
 * plan needs most memory, more than all it saves in time. */
bool eh_cpu_winograd_pays(eh_conv_pass pass, const eh_onednn_conv *c)
{
    bool fits = DNNL_VERSION_MAJOR < 3 && !c->bf16 && c->kh == 3 && c->kw == 3 && c->stride[0] == 1 &&
                c->stride[1] == 1 && c->dilation[0] == 1 && c->dilation[1] == 1 && c->groups == 1;
    int64_t tiles = c->n * ((c->oh + 3) / 4) * ((c->ow + 3) / 4);
    bool heavy = pass == EH_CONV_WEIGHT_GRAD && c->c * c->o >= 512 * 512;
    return fits && c->oh >= 4 && c->ow >= 4 && c->c >= 16 && c->o >= 16 && tiles >= 32 && !heavy;
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

/* Elements of the images that `maker` makes. */
static dnnl_data_type_t image_type(const eh_cpu_conv *k, eh_conv_pass maker)
{
    return k->c.bf16 && !(k->c.exact && k->pass == maker) ? dnnl_bf16 : dnnl_f32;
}

static eh_status choose_onednn(eh_cpu_conv *k, eh_error *err)
{
    static const int args[3][3] = { { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST },
                                    { DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST },
                                    { DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST } };
    const eh_onednn_conv *c = &k->c;
    eh_md *x = eh_cpu_image_md(eh_shape_of(4, c->n, c->c, c->h, c->w), image_type(k, EH_CONV_INPUT_GRAD)),
          *y = eh_cpu_image_md(eh_shape_of(4, c->n, c->o, c->oh, c->ow), image_type(k, EH_CONV_FORWARD));
    /* An attempt that oneDNN refuses leads to the next; one that memory refuses must not, or the result would depend on it. */
    bool blocked = eh_cpu_get_level() != EH_CPU_BASE;
    bool refused = blocked && ((!x && c->c > 4) || (!y && c->o > 4));
    eh_status status = refused ? EH_ERR_MEMORY : EH_ERR_INTERNAL;
    if (c->groups == 1 && y && !refused) {
        if (x && eh_cpu_winograd_pays(k->pass, c))
            status = attempt(&k->op, k->pass, c, EH_CONV_WINOGRAD, k->how, x, y, NULL);
        if (status != EH_OK && status != EH_ERR_MEMORY)
            status = attempt(&k->op, k->pass, c, EH_CONV_DIRECT, k->how, x, y, NULL);
        if (status == EH_OK && !is_fast(k->op)) {
            eh_onednn_free(k->op);
            k->op = NULL;
            status = EH_ERR_INTERNAL;
        }
    }
    if (status == EH_ERR_MEMORY)
        eh_fail_memory(err, "a convolution", 2, sizeof *x);
    else if (status != EH_OK)
        status = attempt(&k->op, k->pass, c, EH_CONV_DIRECT, k->how, NULL, NULL, err);
    eh_md_free(x);
    eh_md_free(y);
    EH_TRY(status);
    k->x = eh_md_copy(eh_onednn_md(k->op, args[k->pass][0]));
    k->w = eh_md_copy(eh_onednn_md(k->op, args[k->pass][1]));
    k->y = eh_md_copy(eh_onednn_md(k->op, args[k->pass][2]));
    return EH_OK;
}

eh_status eh_cpu_conv_make(eh_cpu_conv *out, eh_conv_pass pass, const eh_onednn_conv *c, eh_cpu_conv_how how,
                           eh_error *err)
{
    eh_small_conv small;
    *out = (eh_cpu_conv){ .pass = pass, .c = *c, .how = how };
    if (eh_small_conv_fits(&small, pass, c)) {
        out->small = eh_alloc(1, sizeof small);
        if (!out->small)
            return eh_fail_memory(err, "a convolution", 1, sizeof small);
        *out->small = small;
        out->x = eh_cpu_image_md(eh_shape_of(4, c->n, c->c, c->h, c->w), dnnl_f32);
        out->w = eh_small_weights(pass, c);
        out->y = eh_cpu_image_md(eh_shape_of(4, c->n, c->o, c->oh, c->ow), dnnl_f32);
    } else {
        EH_TRY(choose_onednn(out, err));
    }
    return out->x && out->w && out->y ? EH_OK : eh_fail_memory(err, "the layouts of a convolution", 3, 1);
}

void eh_cpu_conv_clear(eh_cpu_conv *conv)
{
    eh_onednn_free(conv->op);
    eh_free(conv->small);
    eh_md_free(conv->x);
    eh_md_free(conv->w);
    eh_md_free(conv->y);
}

void eh_cpu_conv_describe(eh_step *step, const eh_cpu_conv *conv)
{
    const eh_onednn_conv *c = &conv->c;
    step->implementation = conv->op ? eh_onednn_implementation(conv->op) : "positions:avx512";
    step->scratch_bytes = conv->op ? eh_onednn_scratch(conv->op) : eh_small_scratch(conv->small);
    step->flops = 2.0 * (double)(c->n * c->o * c->oh * c->ow) * (double)(c->c / c->groups * c->kh * c->kw);
}

eh_status eh_cpu_conv_run(const eh_cpu_conv *k, void *x, void *w, void *bias, void *y, void *scratch,
                          eh_error *err)
{
    if (k->op && k->pass == EH_CONV_FORWARD)
        return eh_onednn_run(k->op,
                             (eh_onednn_arg[]){ { DNNL_ARG_SRC, x },
                                                { DNNL_ARG_WEIGHTS, w },
                                                { DNNL_ARG_BIAS, bias },
                                                { DNNL_ARG_DST, y } },
                             4, scratch, err);
    if (k->op && k->pass == EH_CONV_INPUT_GRAD)
        return eh_onednn_run(k->op,
                             (eh_onednn_arg[]){ { DNNL_ARG_DIFF_SRC, x },
                                                { DNNL_ARG_WEIGHTS, w },
                                                { DNNL_ARG_DIFF_DST, y } },
                             3, scratch, err);
    if (k->op)
        return eh_onednn_run(k->op,
                             (eh_onednn_arg[]){ { DNNL_ARG_SRC, x },
                                                { DNNL_ARG_DIFF_WEIGHTS, w },
                                                { DNNL_ARG_DIFF_DST, y } },
                             3, scratch, err);
    if (k->pass == EH_CONV_FORWARD)
        eh_small_forward(k->small, x, w, y,
                         (eh_small_after){ .bias = bias, .sum = k->how.post.sum, .relu = k->how.post.relu });
    else if (k->pass == EH_CONV_INPUT_GRAD)
        eh_small_input_grad(k->small, y, w, x);
    else
        eh_small_weight_grad(k->small, x, y, w, scratch);
    return EH_OK;
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
    EH_TRY(eh_cpu_conv_make(step->state, pass, &c, (eh_cpu_conv_how){ .bias = step->inputs > 2 }, err));
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
