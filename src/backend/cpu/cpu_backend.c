/* cpu_backend.c - the cpu backend's table: its kernels, and how memory moves. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/cpu_fuse.h"
#include "backend/cpu/cpu_peak.h"

#include <string.h>

/* One row per op, in the order of tensor/ops.h. */
extern const eh_kernel eh_cpu_conv2d, eh_cpu_conv2d_input_grad, eh_cpu_conv2d_weight_grad, eh_cpu_matmul,
    eh_cpu_linear;
extern const eh_kernel eh_cpu_batch_norm, eh_cpu_batch_norm_grad, eh_cpu_batch_norm_update,
    eh_cpu_batch_norm_fixed, eh_cpu_batch_norm_fixed_grad;
extern const eh_kernel eh_cpu_max_pool2d, eh_cpu_max_pool2d_grad, eh_cpu_max_pool2d_pick, eh_cpu_avg_pool2d,
    eh_cpu_avg_pool2d_grad, eh_cpu_global_avg_pool, eh_cpu_global_avg_pool_grad;
extern const eh_kernel eh_cpu_resample2d, eh_cpu_resample2d_grad;
extern const eh_kernel eh_cpu_relu, eh_cpu_sigmoid, eh_cpu_tanh, eh_cpu_gelu, eh_cpu_softplus, eh_cpu_exp,
    eh_cpu_log, eh_cpu_sqrt, eh_cpu_square, eh_cpu_abs, eh_cpu_affine, eh_cpu_relu_grad, eh_cpu_gelu_grad,
    eh_cpu_stop_gradient;
extern const eh_kernel eh_cpu_gelu_tanh, eh_cpu_gelu_tanh_grad, eh_cpu_silu, eh_cpu_silu_grad,
    eh_cpu_hard_swish, eh_cpu_hard_swish_grad, eh_cpu_leaky_relu, eh_cpu_leaky_relu_grad;
extern const eh_kernel eh_cpu_add, eh_cpu_sub, eh_cpu_mul, eh_cpu_div, eh_cpu_greater, eh_cpu_equal,
    eh_cpu_maximum;
extern const eh_kernel eh_cpu_sum, eh_cpu_mean, eh_cpu_max, eh_cpu_max_mask;
extern const eh_kernel eh_cpu_reshape, eh_cpu_permute, eh_cpu_broadcast_to, eh_cpu_reverse_gradient;
extern const eh_kernel eh_cpu_softmax, eh_cpu_log_softmax, eh_cpu_one_hot;
extern const eh_kernel eh_cpu_power, eh_cpu_where, eh_cpu_slice, eh_cpu_pad, eh_cpu_concat, eh_cpu_gather,
    eh_cpu_gather_grad, eh_cpu_random;
extern const eh_kernel eh_cpu_assign, eh_cpu_adam_update, eh_cpu_sgd_update;

static const eh_kernel *const kernels[] = {
    &eh_cpu_conv2d,
    &eh_cpu_conv2d_input_grad,
    &eh_cpu_conv2d_weight_grad,
    &eh_cpu_matmul,
    &eh_cpu_linear,
    &eh_cpu_batch_norm,
    &eh_cpu_batch_norm_grad,
    &eh_cpu_batch_norm_update,
    &eh_cpu_batch_norm_fixed,
    &eh_cpu_batch_norm_fixed_grad,
    &eh_cpu_max_pool2d,
    &eh_cpu_max_pool2d_grad,
    &eh_cpu_max_pool2d_pick,
    &eh_cpu_avg_pool2d,
    &eh_cpu_avg_pool2d_grad,
    &eh_cpu_global_avg_pool,
    &eh_cpu_global_avg_pool_grad,
    &eh_cpu_resample2d,
    &eh_cpu_resample2d_grad,
    &eh_cpu_relu,
    &eh_cpu_sigmoid,
    &eh_cpu_tanh,
    &eh_cpu_gelu,
    &eh_cpu_softplus,
    &eh_cpu_exp,
    &eh_cpu_log,
    &eh_cpu_sqrt,
    &eh_cpu_square,
    &eh_cpu_abs,
    &eh_cpu_affine,
    &eh_cpu_relu_grad,
    &eh_cpu_gelu_grad,
    &eh_cpu_gelu_tanh,
    &eh_cpu_gelu_tanh_grad,
    &eh_cpu_silu,
    &eh_cpu_silu_grad,
    &eh_cpu_hard_swish,
    &eh_cpu_hard_swish_grad,
    &eh_cpu_leaky_relu,
    &eh_cpu_leaky_relu_grad,
    &eh_cpu_add,
    &eh_cpu_sub,
    &eh_cpu_mul,
    &eh_cpu_div,
    &eh_cpu_greater,
    &eh_cpu_equal,
    &eh_cpu_maximum,
    &eh_cpu_sum,
    &eh_cpu_mean,
    &eh_cpu_max,
    &eh_cpu_max_mask,
    &eh_cpu_reshape,
    &eh_cpu_permute,
    &eh_cpu_broadcast_to,
    &eh_cpu_power,
    &eh_cpu_where,
    &eh_cpu_slice,
    &eh_cpu_pad,
    &eh_cpu_concat,
    &eh_cpu_gather,
    &eh_cpu_gather_grad,
    &eh_cpu_random,
    &eh_cpu_softmax,
    &eh_cpu_log_softmax,
    &eh_cpu_one_hot,
    &eh_cpu_stop_gradient,
    &eh_cpu_reverse_gradient,
    &eh_cpu_assign,
    &eh_cpu_adam_update,
    &eh_cpu_sgd_update,
    NULL,
};

/* The backend has no state of its own: what oneDNN needs lives in onednn.c. */
static eh_status open_cpu(void **engine, eh_error *err)
{
    (void)err;
    *engine = NULL;
    return EH_OK;
}

static eh_status plain(eh_layout **out, eh_shape shape, eh_dtype dtype, eh_error *err)
{
    (void)dtype; /* both take 4 bytes */
    return eh_layout_plain(out, shape, EH_ELEMENT_WORD, err);
}

static eh_status widened(eh_layout **out, const eh_layout *layout, eh_error *err)
{
    *out = NULL;
    return layout->element == EH_ELEMENT_BF16 ? eh_layout_retyped(out, layout, EH_ELEMENT_WORD, err) : EH_OK;
}

/* ---- reorder ---- */

typedef struct cpu_reorder {
    eh_onednn *op; /* NULL: only the type of the elements changes */
    void *scratch;
    eh_element from, to;
    int64_t elements;
} cpu_reorder;

static void reorder_free(void *reorder)
{
    cpu_reorder *r = reorder;
    if (!r)
        return;
    eh_onednn_free(r->op);
    eh_free(r->scratch);
    eh_free(r);
}

/* True when the two differ in nothing but the type of their elements. */
static bool only_cast(const eh_layout *from, const eh_layout *to)
{
    eh_layout other = *from;
    other.element = to->element;
    return eh_layout_same(&other, to);
}

static dnnl_data_type_t type_of(const eh_layout *layout)
{
    return layout->element == EH_ELEMENT_BF16 ? dnnl_bf16 : dnnl_f32;
}

static eh_status reorder_new(void **reorder, void *engine, const eh_layout *from, const eh_layout *to,
                             eh_error *err)
{
    (void)engine;
    cpu_reorder *r = eh_alloc(1, sizeof *r);
    if (!r)
        return eh_fail_memory(err, "a reorder", 1, sizeof *r);
    *r = (cpu_reorder){ .from = from->element, .to = to->element, .elements = from->elements };
    *reorder = r;
    assert(from->element != EH_ELEMENT_PLACE && to->element != EH_ELEMENT_PLACE);
    if (from->element != to->element && only_cast(from, to))
        return EH_OK;
    eh_status status = EH_OK;
    eh_md *other = NULL;
    const eh_md *from_md = from->md, *to_md = to->md;
    /* Row-major memory may be described with the other's dims: weights of a grouped convolution have one axis more. */
    if (from->plain && from->rank != to->rank)
        from_md = other = eh_md_plain(type_of(from), to->rank, to->dims);
    else if (to->plain && from->rank != to->rank)
        to_md = other = eh_md_plain(type_of(to), from->rank, from->dims);
    if (!from_md || !to_md || (from->rank != to->rank && !other)) {
        status = eh_fail(err, EH_ERR_INTERNAL, "no reorder between these layouts of one tensor");
        goto done;
    }
    EH_TRY_GOTO(status, eh_onednn_reorder(&r->op, from_md, to_md, err));
    if (eh_onednn_scratch(r->op)) {
        r->scratch = eh_alloc_raw(eh_onednn_scratch(r->op), 1);
        if (!r->scratch)
            status = eh_fail_memory(err, "a reorder", eh_onednn_scratch(r->op), 1);
    }
done:
    eh_md_free(other);
    if (status != EH_OK) {
        reorder_free(r);
        *reorder = NULL;
    }
    return status;
}

static eh_status reorder_run(void *reorder, const void *from, void *to, eh_error *err)
{
    cpu_reorder *r = reorder;
    if (!r->op) {
        eh_cpu_cast(from, r->from, to, r->to, r->elements);
        return EH_OK;
    }
    const eh_onednn_arg args[] = { { DNNL_ARG_FROM, (void *)(uintptr_t)from }, { DNNL_ARG_TO, to } };
    return eh_onednn_run(r->op, args, 2, r->scratch, err);
}

/* ---- import and export ---- */

static eh_status import_values(void *engine, const eh_layout *layout, void *data, const void *values,
                               bool f64, eh_error *err)
{
    (void)engine;
    (void)err;
    eh_layout_import(layout, data, values, f64);
    return EH_OK;
}

static eh_status export_values(void *engine, const eh_layout *layout, const void *data, void *values,
                               bool f64, eh_error *err)
{
    (void)engine;
    (void)err;
    eh_layout_export(layout, data, values, f64);
    return EH_OK;
}

const eh_backend eh_backend_cpu = {
    .entry = { .name = "cpu",
               .summary = "oneDNN convolutions and vector kernels, f32 and bf16",
               .source = "https://oneapi-src.github.io/oneDNN" },
    .kernels = kernels,
    .open = open_cpu,
    .plain = plain,
    .copy_layout = eh_layout_copy,
    .widened = widened,
    .free_layout = eh_layout_free,
    .same_layout = eh_layout_same,
    .layout_bytes = eh_layout_bytes,
    .layout_text = eh_layout_text,
    .reorder_new = reorder_new,
    .reorder_run = reorder_run,
    .reorder_free = reorder_free,
    .import = import_values,
    .export_ = export_values,
    .fuse = eh_cpu_fuse,
    .bf16 = eh_cpu_bf16,
    .peak_flops = eh_cpu_peak_flops,
};
