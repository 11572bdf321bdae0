/* cpu_conv2d_ways.c - the ways to compute a convolution or one of its gradients, and the choice between them.
 *
 * Idea    Images keep one layout from op to op: blocks of as many channels as a vector holds (aBcd16b with AVX-512, aBcd8b with AVX2). Weights take the
 *         layout that the first pass that reads them wants; the variable lives in it. Winograd and positions share one for all passes but one.
 * Ways    winograd   cpu_conv2d_wino.c: 3x3 kernels of stride 1
 *         positions  cpu_conv2d_small.c and, in bf16, cpu_conv2d_dot_small.c: the smallest maps
 *         few        cpu_conv2d_few.c: up to 4 input channels in bf16
 *         dot        cpu_conv2d_dot.c: weight gradients in bf16
 *         filled     oneDNN's direct algorithm with 5 to 15 input channels taken as the 16 that they lie as: padding is zero in images and weights
 *         blocked    oneDNN's direct algorithm, images in blocks of channels; second-blocked: its next best implementation of it
 *         free       oneDNN's direct algorithm, formats left to it (few channels, groups, other processors)
 *         last       the same with channels last
 * Choice  By rule the first of these that can and mostly pays: the same for the same shapes on the same processor. A tuner (cpu_conv2d_trial.c) finds
 *         out by time. Left alone, oneDNN 2.6 takes channels-last matrix products for inference, up to three times slower on small maps.
 * Numbers Winograd's transforms in f32 lose about half a decimal digit against the direct sum (compared with f64 in test_backend_parity.c).
 * Easy to get wrong: grouped weights are [G, O/G, C/G, kh, kw] for oneDNN; the same numbers row-major, one axis more.
 */
#include "backend/cpu/cpu_conv2d_dot.h"
#include "backend/cpu/cpu_conv2d_few.h"
#include "backend/cpu/cpu_conv2d_wino.h"

#include <string.h>

/* ---- own ways ---- */

/* Elements of the images that `maker` makes. */
static dnnl_data_type_t image_type(const eh_cpu_conv *k, eh_conv_pass maker)
{
    return k->c.bf16 && !(k->c.exact && k->pass == maker) ? dnnl_bf16 : dnnl_f32;
}

/* The layouts of own kernels: images as they lie on this processor, weights by tag. */
static eh_status own_layouts(eh_cpu_conv *k, eh_md *weights, eh_error *err)
{
    const eh_onednn_conv *c = &k->c;
    dnnl_data_type_t x = image_type(k, EH_CONV_INPUT_GRAD), y = image_type(k, EH_CONV_FORWARD);
    k->x = eh_cpu_image_md(eh_shape_of(4, c->n, c->c, c->h, c->w), x);
    if (!k->x && c->c <= 4)
        k->x = eh_md_plain(x, 4, (int64_t[EH_MD_MAX]){ c->n, c->c, c->h, c->w });
    k->y = eh_cpu_image_md(eh_shape_of(4, c->n, c->o, c->oh, c->ow), y);
    k->w = weights;
    return k->x && k->w && k->y ? EH_OK : eh_fail_memory(err, "the layouts of a convolution", 3, 1);
}

static eh_status no_memory(eh_error *err)
{
    return eh_fail_memory(err, "a convolution", 1, sizeof(eh_small_conv));
}

static bool winograd_pays(const eh_cpu_conv *k)
{
    return eh_wino_pays(&k->c);
}

static eh_status make_winograd(eh_cpu_conv *k, eh_error *err)
{
    const eh_onednn_conv *c = &k->c;
    eh_wino_conv conv;
    eh_wino_grad grad;
    bool fits =
        k->pass == EH_CONV_WEIGHT_GRAD ? eh_wino_grad_fits(&grad, c) : eh_wino_fits(&conv, k->pass, c);
    if (!fits)
        return EH_ERR_INTERNAL;
    if (k->pass == EH_CONV_WEIGHT_GRAD) {
        k->wino_grad = eh_alloc(1, sizeof grad);
        if (!k->wino_grad)
            return no_memory(err);
        *k->wino_grad = grad;
    } else {
        k->wino = eh_alloc(1, sizeof conv);
        if (!k->wino)
            return no_memory(err);
        *k->wino = conv;
    }
    return own_layouts(k, eh_md_tag(dnnl_f32, 4, (int64_t[EH_MD_MAX]){ c->o, c->c, 3, 3 }, dnnl_OIhw16i16o),
                       err);
}

static bool positions_pay(const eh_cpu_conv *k)
{
    return eh_small_pays(k->pass, &k->c);
}

static eh_status make_positions(eh_cpu_conv *k, eh_error *err)
{
    eh_small_conv small;
    bool dot = eh_dot_small_fits(&small, k->pass, &k->c);
    if (!dot && !eh_small_conv_fits(&small, k->pass, &k->c))
        return EH_ERR_INTERNAL;
    k->small = eh_alloc(1, sizeof small);
    if (!k->small)
        return no_memory(err);
    *k->small = small;
    return own_layouts(k, dot ? eh_dot_small_weights(k->pass, &k->c) : eh_small_weights(k->pass, &k->c), err);
}

/* Blocks of 16 channels waste none of few then. */
static bool few_pays(const eh_cpu_conv *k)
{
    return k->c.o <= 12 && k->c.stride[1] == 2;
}

static eh_status make_few(eh_cpu_conv *k, eh_error *err)
{
    eh_few_conv few;
    if (k->how.post.sum || !eh_few_fits(&few, k->pass, &k->c))
        return EH_ERR_INTERNAL;
    k->few = eh_alloc(1, sizeof few);
    if (!k->few)
        return no_memory(err);
    *k->few = few;
    return own_layouts(k, eh_few_weights(&few), err);
}

static bool dot_pays(const eh_cpu_conv *k)
{
    return k->pass == EH_CONV_WEIGHT_GRAD;
}

static eh_status make_dot(eh_cpu_conv *k, eh_error *err)
{
    eh_dot_grad grad;
    if (k->pass != EH_CONV_WEIGHT_GRAD || !eh_dot_grad_fits(&grad, &k->c))
        return EH_ERR_INTERNAL;
    k->dot_grad = eh_alloc(1, sizeof grad);
    if (!k->dot_grad)
        return no_memory(err);
    *k->dot_grad = grad;
    return own_layouts(k, eh_dot_grad_weights(&grad), err);
}

/* ---- oneDNN's ---- */

/* With other extents than the tensors' when `c` is not &k->c; the layouts are left to the caller then. */
static eh_status attempt(eh_cpu_conv *k, const eh_onednn_conv *c, const eh_md *x, const eh_md *y,
                         eh_error *err)
{
    if (k->pass == EH_CONV_FORWARD)
        return eh_onednn_conv_forward(&k->op, c, k->how.infer, x, NULL, k->how.bias, y, k->how.post, err);
    if (k->pass == EH_CONV_INPUT_GRAD)
        return eh_onednn_conv_input_grad(&k->op, c, x, NULL, y, err);
    return eh_onednn_conv_weight_grad(&k->op, c, x, NULL, y, err);
}

/* The descriptor of images (0), weights (1) or results (2) in the operation. */
static const eh_md *md_of(const eh_cpu_conv *k, int which)
{
    static const int args[3][3] = { { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST },
                                    { DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST },
                                    { DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST } };
    return eh_onednn_md(k->op, args[k->pass][which]);
}

static eh_status take_layouts(eh_cpu_conv *k, eh_error *err)
{
    k->x = eh_md_copy(md_of(k, 0));
    k->w = eh_md_copy(md_of(k, 1));
    k->y = eh_md_copy(md_of(k, 2));
    return k->x && k->w && k->y ? EH_OK : eh_fail_memory(err, "the layouts of a convolution", 3, 1);
}

/* True for generated code; oneDNN's plain loops have names that begin with "ref", its row-major matrix products with "gemm". */
static bool is_fast(const eh_onednn *op)
{
    const char *name = eh_onednn_implementation(op);
    return strncmp(name, "jit", 3) == 0 || strncmp(name, "brg", 3) == 0;
}

/* The image layouts of this processor; x NULL: row-major. EH_ERR_INTERNAL where it has none for this convolution. */
static eh_status image_layouts(const eh_cpu_conv *k, eh_md **x, eh_md **y, eh_error *err)
{
    const eh_onednn_conv *c = &k->c;
    *x = *y = NULL;
    if (eh_cpu_get_level() == EH_CPU_BASE || c->groups != 1 || c->o <= 4)
        return EH_ERR_INTERNAL;
    *x = eh_cpu_image_md(eh_shape_of(4, c->n, c->c, c->h, c->w), image_type(k, EH_CONV_INPUT_GRAD));
    *y = eh_cpu_image_md(eh_shape_of(4, c->n, c->o, c->oh, c->ow), image_type(k, EH_CONV_FORWARD));
    return (!*x && c->c > 4) || !*y ? no_memory(err) : EH_OK;
}

static eh_status blocked(eh_cpu_conv *k, int pass_over, eh_error *err)
{
    eh_onednn_conv c = k->c;
    eh_md *x, *y;
    eh_status status = image_layouts(k, &x, &y, err);
    c.pass_over = pass_over;
    if (status == EH_OK) {
        status = attempt(k, &c, x, y, NULL);
        if (status == EH_ERR_MEMORY)
            no_memory(err);
    }
    eh_md_free(x);
    eh_md_free(y);
    EH_TRY(status);
    return is_fast(k->op) ? take_layouts(k, err) : EH_ERR_INTERNAL;
}

static eh_status make_blocked(eh_cpu_conv *k, eh_error *err)
{
    return blocked(k, 0, err);
}

static eh_status make_second_blocked(eh_cpu_conv *k, eh_error *err)
{
    return blocked(k, 1, err);
}

/* The format of the weights with the tensor's own number of channels, where it is one that lies the same. */
static eh_md *unfilled_weights(const eh_cpu_conv *k, const eh_onednn_conv *filled)
{
    static const dnnl_format_tag_t tags[] = { dnnl_OIhw16i16o, dnnl_OIhw16o16i, dnnl_OIhw8i16o2i,
                                              dnnl_OIhw8o16i2o };
    const eh_onednn_conv *c = &k->c;
    dnnl_data_type_t type = c->bf16 && k->pass != EH_CONV_WEIGHT_GRAD ? dnnl_bf16 : dnnl_f32;
    int64_t large[EH_MD_MAX] = { filled->o, filled->c, c->kh, c->kw },
            small[EH_MD_MAX] = { c->o, c->c, c->kh, c->kw };
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        eh_md *md = eh_md_tag(type, 4, large, tags[i]);
        bool same = md && eh_md_equal(md, md_of(k, 1));
        eh_md_free(md);
        if (same)
            return eh_md_tag(type, 4, small, tags[i]);
    }
    return NULL;
}

static bool filled_pays(const eh_cpu_conv *k)
{
    return k->c.c > 4 && k->c.c < 16;
}

static eh_status make_filled(eh_cpu_conv *k, eh_error *err)
{
    eh_onednn_conv c = k->c;
    eh_md *x, *y;
    if (eh_cpu_get_level() != EH_CPU_512 || c.c <= 4 || c.c % 16 == 0)
        return EH_ERR_INTERNAL;
    c.c = (c.c + 15) / 16 * 16;
    eh_status status = image_layouts(k, &x, &y, err);
    eh_md *wide = status == EH_OK ? eh_md_tag(image_type(k, EH_CONV_INPUT_GRAD), 4,
                                              (int64_t[EH_MD_MAX]){ c.n, c.c, c.h, c.w }, dnnl_nChw16c)
                                  : NULL;
    if (status == EH_OK) {
        status = wide ? attempt(k, &c, wide, y, NULL) : EH_ERR_MEMORY;
        if (status == EH_ERR_MEMORY)
            no_memory(err);
    }
    eh_md_free(wide);
    k->x = x;
    k->y = y;
    EH_TRY(status);
    k->w = unfilled_weights(k, &c);
    return is_fast(k->op) && k->w ? EH_OK : EH_ERR_INTERNAL;
}

static eh_status make_free(eh_cpu_conv *k, eh_error *err)
{
    EH_TRY(attempt(k, &k->c, NULL, NULL, err));
    return take_layouts(k, err);
}

static eh_status make_last(eh_cpu_conv *k, eh_error *err)
{
    const eh_onednn_conv *c = &k->c;
    eh_md *x = eh_md_tag(image_type(k, EH_CONV_INPUT_GRAD), 4, (int64_t[EH_MD_MAX]){ c->n, c->c, c->h, c->w },
                         dnnl_nhwc),
          *y = eh_md_tag(image_type(k, EH_CONV_FORWARD), 4, (int64_t[EH_MD_MAX]){ c->n, c->o, c->oh, c->ow },
                         dnnl_nhwc);
    eh_status status = x && y ? attempt(k, c, x, y, NULL) : EH_ERR_MEMORY;
    eh_md_free(x);
    eh_md_free(y);
    if (status == EH_ERR_MEMORY)
        return no_memory(err);
    EH_TRY(status);
    return is_fast(k->op) ? take_layouts(k, err) : EH_ERR_INTERNAL;
}

static bool never(const eh_cpu_conv *k)
{
    (void)k;
    return false;
}

/* ---- choice ---- */

/* One way. pays: NULL: always. make: EH_ERR_INTERNAL, perhaps without a sentence, when it is none for this convolution. */
typedef struct way {
    bool (*pays)(const eh_cpu_conv *k);
    eh_status (*make)(eh_cpu_conv *k, eh_error *err);
} way;

static const way ways[] = {
    { winograd_pays, make_winograd },
    { positions_pay, make_positions },
    { few_pays, make_few },
    { dot_pays, make_dot },
    { filled_pays, make_filled },
    { NULL, make_blocked },
    { NULL, make_free },
    { never, make_second_blocked },
    { never, make_last },
};

const char *const eh_cpu_conv_way_names[] = { "winograd", "positions",      "few", "dot", "filled", "blocked",
                                              "free",     "second-blocked", "last" };

enum { WAYS = sizeof ways / sizeof ways[0] };
static_assert(WAYS == EH_CPU_CONV_WAYS &&
                  WAYS == sizeof eh_cpu_conv_way_names / sizeof *eh_cpu_conv_way_names,
              "a name for every way");

eh_status eh_cpu_conv_make_way(eh_cpu_conv *out, eh_conv_pass pass, const eh_onednn_conv *c,
                               eh_cpu_conv_how how, int number, eh_error *err)
{
    *out = (eh_cpu_conv){ .pass = pass, .c = *c, .how = how };
    eh_status status = ways[number].make(out, err);
    if (status != EH_OK)
        eh_cpu_conv_clear(out);
    return status;
}

eh_status eh_cpu_conv_make_by_rule(eh_cpu_conv *out, int *number, eh_conv_pass pass, const eh_onednn_conv *c,
                                   eh_cpu_conv_how how, eh_error *err)
{
    eh_status status = EH_ERR_INTERNAL;
    const eh_cpu_conv asked = { .pass = pass, .c = *c, .how = how };
    /* A way that does not fit leads to the next; one that memory refuses must not, or the result would depend on it. */
    for (int i = 0; i < WAYS && status == EH_ERR_INTERNAL; i++)
        if (!ways[i].pays || ways[i].pays(&asked)) {
            status = eh_cpu_conv_make_way(out, pass, c, how, i, err);
            *number = i;
        }
    return status;
}

void eh_cpu_conv_clear(eh_cpu_conv *conv)
{
    eh_onednn_free(conv->op);
    eh_free(conv->small);
    eh_free(conv->wino);
    eh_free(conv->wino_grad);
    eh_free(conv->dot_grad);
    eh_free(conv->few);
    eh_md_free(conv->x);
    eh_md_free(conv->w);
    eh_md_free(conv->y);
    *conv = (eh_cpu_conv){ .pass = conv->pass };
}

void eh_cpu_conv_describe(eh_step *step, const eh_cpu_conv *conv)
{
    const eh_onednn_conv *c = &conv->c;
    step->flops = 2.0 * (double)(c->n * c->o * c->oh * c->ow) * (double)(c->c / c->groups * c->kh * c->kw);
    if (conv->op) {
        step->implementation = eh_onednn_implementation(conv->op);
        step->scratch_bytes = eh_onednn_scratch(conv->op);
    } else if (conv->small) {
        step->implementation = c->bf16 ? "positions:avx512_bf16" : "positions:avx512";
        step->scratch_bytes = eh_small_scratch(conv->small);
    } else if (conv->dot_grad) {
        step->implementation = "dot:avx512_bf16";
        step->scratch_bytes = eh_dot_grad_scratch(conv->dot_grad);
    } else if (conv->few) {
        step->implementation = "few:avx512_bf16";
        step->scratch_bytes = eh_few_scratch(conv->few);
    } else {
        step->implementation = "winograd:avx512";
        step->scratch_bytes =
            conv->wino ? eh_wino_scratch(conv->wino) : eh_wino_grad_scratch(conv->wino_grad);
    }
}

size_t eh_cpu_conv_kept_bytes(const eh_cpu_conv *conv)
{
    return conv->wino ? eh_wino_weights(conv->wino) : 0;
}

void eh_cpu_conv_keep(const eh_cpu_conv *conv, const void *w, void *kept)
{
    eh_wino_transform(conv->wino, w, kept);
}

/* ---- run ---- */

static eh_status run_onednn(const eh_cpu_conv *k, void *x, void *w, void *bias, void *y, void *scratch,
                            eh_error *err)
{
    if (k->pass == EH_CONV_FORWARD)
        return eh_onednn_run(k->op,
                             (eh_onednn_arg[]){ { DNNL_ARG_SRC, x },
                                                { DNNL_ARG_WEIGHTS, w },
                                                { DNNL_ARG_BIAS, bias },
                                                { DNNL_ARG_DST, y } },
                             4, scratch, err);
    if (k->pass == EH_CONV_INPUT_GRAD)
        return eh_onednn_run(k->op,
                             (eh_onednn_arg[]){ { DNNL_ARG_DIFF_SRC, x },
                                                { DNNL_ARG_WEIGHTS, w },
                                                { DNNL_ARG_DIFF_DST, y } },
                             3, scratch, err);
    return eh_onednn_run(k->op,
                         (eh_onednn_arg[]){
                             { DNNL_ARG_SRC, x }, { DNNL_ARG_DIFF_WEIGHTS, w }, { DNNL_ARG_DIFF_DST, y } },
                         3, scratch, err);
}

static void run_winograd(const eh_cpu_conv *k, void *x, void *w, const float *bias, void *y, void *scratch)
{
    eh_wino_after after = { .bias = bias, .sum = k->how.post.sum, .relu = k->how.post.relu };
    const float *kept = k->how.infer ? w : NULL;
    if (k->pass == EH_CONV_FORWARD)
        eh_wino_run(k->wino, x, w, kept, y, after, scratch);
    else if (k->pass == EH_CONV_INPUT_GRAD)
        eh_wino_run(k->wino, y, w, NULL, x, (eh_wino_after){ 0 }, scratch);
    else
        eh_wino_weight_grad(k->wino_grad, x, y, w, scratch);
}

static void run_positions(const eh_cpu_conv *k, void *x, void *w, const float *bias, void *y, void *scratch)
{
    eh_small_after after = { .bias = bias, .sum = k->how.post.sum, .relu = k->how.post.relu };
    if (k->c.bf16 && k->pass == EH_CONV_FORWARD)
        eh_dot_small_forward(k->small, x, w, y, after);
    else if (k->c.bf16)
        eh_dot_small_input_grad(k->small, y, w, x);
    else if (k->pass == EH_CONV_FORWARD)
        eh_small_forward(k->small, x, w, y, after);
    else if (k->pass == EH_CONV_INPUT_GRAD)
        eh_small_input_grad(k->small, y, w, x);
    else
        eh_small_weight_grad(k->small, x, y, w, scratch);
}

eh_status eh_cpu_conv_run(const eh_cpu_conv *k, void *x, void *w, void *bias, void *y, void *scratch,
                          eh_error *err)
{
    if (k->op)
        return run_onednn(k, x, w, bias, y, scratch, err);
    if (k->small)
        run_positions(k, x, w, bias, y, scratch);
    else if (k->dot_grad)
        eh_dot_grad_run(k->dot_grad, x, y, w, scratch);
    else if (k->few)
        eh_few_forward(k->few, x, w, y, (eh_small_after){ .bias = bias, .relu = k->how.post.relu }, scratch);
    else
        run_winograd(k, x, w, bias, y, scratch);
    return EH_OK;
}
