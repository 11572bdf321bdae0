/* onednn.c - see onednn.h. Sections: status and engine; operations; the operation kinds of each version. */
#include "backend/cpu/onednn.h"
#include "base/threads.h"
#include "evenhand/memory.h"

#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- status and engine ---- */

static eh_status failed(eh_error *err, const char *what, dnnl_status_t status)
{
    static const char *const words[] = { "success",       "out of memory",       "invalid arguments",
                                         "unimplemented", "last implementation", "runtime error",
                                         "not required" };
    const char *word = (unsigned)status < sizeof words / sizeof words[0] ? words[status] : "unknown status";
    return eh_fail(err, status == dnnl_out_of_memory ? EH_ERR_MEMORY : EH_ERR_INTERNAL,
                   "oneDNN could not %s: %s", what, word);
}

#define DNNL_TRY_GOTO(status, what, call)               \
    do {                                                \
        dnnl_status_t dnnl_status_ = (call);            \
        if (dnnl_status_ != dnnl_success) {             \
            (status) = failed(err, what, dnnl_status_); \
            goto done;                                  \
        }                                               \
    } while (0)

/* One engine and one stream for the process; both are stateless for the CPU. */
static dnnl_engine_t engine;
static dnnl_stream_t stream;
static dnnl_status_t engine_status;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void make_engine(void)
{
    engine_status = dnnl_engine_create(&engine, dnnl_cpu, 0);
    if (engine_status == dnnl_success)
        engine_status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
}

static eh_status need_engine(eh_error *err)
{
    pthread_once(&engine_once, make_engine);
    if (engine_status != dnnl_success)
        return failed(err, "open the processor", engine_status);
    /* oneDNN takes its number of threads from OpenMP's setting of the calling thread. */
    if (omp_get_max_threads() != eh_threads())
        omp_set_num_threads(eh_threads());
    return EH_OK;
}

const char *eh_onednn_version(char *out, size_t size)
{
    const dnnl_version_t *v = dnnl_version();
    snprintf(out, size, "%d.%d.%d", v->major, v->minor, v->patch);
    return out;
}

/* ---- operations ---- */

#define MOST_ARGS 8

struct eh_onednn {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    int args, arg[MOST_ARGS];
    dnnl_memory_t memory[MOST_ARGS];
    void *bound[MOST_ARGS];
    dnnl_memory_t scratch;
    void *scratch_bound;
    size_t scratch_bytes;
    const char *implementation;
};

void eh_onednn_free(eh_onednn *op)
{
    if (!op)
        return;
    for (int i = 0; i < op->args; i++)
        if (op->memory[i])
            dnnl_memory_destroy(op->memory[i]);
    if (op->scratch)
        dnnl_memory_destroy(op->scratch);
    if (op->primitive)
        dnnl_primitive_destroy(op->primitive);
    if (op->desc)
        dnnl_primitive_desc_destroy(op->desc);
    eh_free(op);
}

size_t eh_onednn_scratch(const eh_onednn *op)
{
    return op->scratch_bytes;
}

const char *eh_onednn_implementation(const eh_onednn *op)
{
    return op->implementation ? op->implementation : "onednn";
}

const eh_md *eh_onednn_md(const eh_onednn *op, int arg)
{
    return dnnl_primitive_desc_query_md(op->desc, dnnl_query_exec_arg_md, arg);
}

eh_status eh_onednn_run(eh_onednn *op, const eh_onednn_arg *args, int count, void *scratch, eh_error *err)
{
    dnnl_exec_arg_t exec[MOST_ARGS + 1];
    eh_status status = EH_OK;
    EH_TRY(need_engine(err));
    for (int i = 0; i < op->args; i++) {
        void *data = NULL;
        for (int k = 0; k < count; k++)
            if (args[k].arg == op->arg[i])
                data = args[k].data;
        if (data != op->bound[i]) {
            DNNL_TRY_GOTO(status, "bind memory", dnnl_memory_set_data_handle(op->memory[i], data));
            op->bound[i] = data;
        }
        exec[i] = (dnnl_exec_arg_t){ op->arg[i], op->memory[i] };
    }
    int total = op->args;
    if (op->scratch) {
        if (scratch != op->scratch_bound) {
            DNNL_TRY_GOTO(status, "bind memory", dnnl_memory_set_data_handle(op->scratch, scratch));
            op->scratch_bound = scratch;
        }
        exec[total++] = (dnnl_exec_arg_t){ DNNL_ARG_SCRATCHPAD, op->scratch };
    }
    DNNL_TRY_GOTO(status, "run", dnnl_primitive_execute(op->primitive, stream, total, exec));
    DNNL_TRY_GOTO(status, "finish", dnnl_stream_wait(stream));
done:
    return status;
}

/* Completes an operation from its primitive descriptor (taken over, also on failure). */
static eh_status finish(eh_onednn **out, dnnl_primitive_desc_t desc, const int *arg, int args, eh_error *err)
{
    eh_status status = EH_OK;
    eh_onednn *op = eh_alloc(1, sizeof *op);
    if (!op) {
        dnnl_primitive_desc_destroy(desc);
        return eh_fail_memory(err, "an operation", 1, sizeof *op);
    }
    op->desc = desc;
    for (int i = 0; i < args; i++) {
        const eh_md *md = eh_onednn_md(op, arg[i]);
        if (!md || eh_md_bytes(md) == 0)
            continue;
        op->arg[op->args] = arg[i];
        DNNL_TRY_GOTO(status, "describe memory",
                      dnnl_memory_create(&op->memory[op->args], md, engine, DNNL_MEMORY_NONE));
        op->args++;
    }
    const eh_md *scratch = eh_onednn_md(op, DNNL_ARG_SCRATCHPAD);
    op->scratch_bytes = scratch ? eh_md_bytes(scratch) : 0;
    if (op->scratch_bytes)
        DNNL_TRY_GOTO(status, "describe memory",
                      dnnl_memory_create(&op->scratch, scratch, engine, DNNL_MEMORY_NONE));
    DNNL_TRY_GOTO(status, "prepare an operation", dnnl_primitive_create(&op->primitive, desc));
    dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, (void *)&op->implementation);
    *out = op;
    return EH_OK;
done:
    eh_onednn_free(op);
    return status;
}

/* Attributes: scratch memory from the caller, and post-operations. */
static eh_status make_attributes(dnnl_primitive_attr_t *out, eh_onednn_post post, eh_error *err)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t ops = NULL;
    eh_status status = EH_OK;
    DNNL_TRY_GOTO(status, "make attributes", dnnl_primitive_attr_create(&attr));
    DNNL_TRY_GOTO(status, "make attributes",
                  dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user));
    if (post.sum || post.relu) {
        DNNL_TRY_GOTO(status, "make attributes", dnnl_post_ops_create(&ops));
#if DNNL_VERSION_MAJOR < 3
        if (post.sum)
            DNNL_TRY_GOTO(status, "make attributes", dnnl_post_ops_append_sum(ops, 1.0f));
        if (post.relu)
            DNNL_TRY_GOTO(status, "make attributes",
                          dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f));
#else
        if (post.sum)
            DNNL_TRY_GOTO(status, "make attributes",
                          dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef));
        if (post.relu)
            DNNL_TRY_GOTO(status, "make attributes",
                          dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0.0f, 0.0f));
#endif
        DNNL_TRY_GOTO(status, "make attributes", dnnl_primitive_attr_set_post_ops(attr, ops));
    }
    *out = attr;
    attr = NULL;
done:
    if (ops)
        dnnl_post_ops_destroy(ops);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    return status;
}

/* ---- convolution ---- */

/* The descriptors of one convolution: given ones, else "any". */
typedef struct conv_mds {
    eh_md *src, *weights, *bias, *dst;
} conv_mds;

typedef enum conv_made { MADE_DST, MADE_SRC, MADE_WEIGHTS } conv_made;

/* Element type of a part (src, weights, dst) of the convolution that makes `made`. */
static dnnl_data_type_t type_of(const eh_onednn_conv *c, conv_made part, conv_made made)
{
    bool f32 = !c->bf16 || (part == made && (c->exact || made == MADE_WEIGHTS));
    return f32 ? dnnl_f32 : dnnl_bf16;
}

static void free_mds(conv_mds *m)
{
    eh_md_free(m->src);
    eh_md_free(m->weights);
    eh_md_free(m->bias);
    eh_md_free(m->dst);
}

static eh_status make_mds(conv_mds *m, const eh_onednn_conv *c, conv_made made, const eh_md *src,
                          const eh_md *weights, bool bias, const eh_md *dst, eh_error *err)
{
    int64_t s[EH_MD_MAX] = { c->n, c->c, c->h, c->w }, d[EH_MD_MAX] = { c->n, c->o, c->oh, c->ow },
            b[EH_MD_MAX] = { c->o };
    int64_t w[EH_MD_MAX] = { c->o, c->c, c->kh, c->kw },
            g[EH_MD_MAX] = { c->groups, c->o / c->groups, c->c / c->groups, c->kh, c->kw };
    dnnl_data_type_t w_type = type_of(c, MADE_WEIGHTS, made);
    m->src = src ? eh_md_copy(src) : eh_md_any(type_of(c, MADE_SRC, made), 4, s);
    m->dst = dst ? eh_md_copy(dst) : eh_md_any(type_of(c, MADE_DST, made), 4, d);
    m->weights = weights         ? eh_md_copy(weights)
                 : c->groups > 1 ? eh_md_any(w_type, 5, g)
                                 : eh_md_any(w_type, 4, w);
    m->bias = bias ? eh_md_tag(dnnl_f32, 1, b, dnnl_a) : NULL;
    if (m->src && m->dst && m->weights && (m->bias || !bias))
        return EH_OK; /* else the caller releases what there is */
    return eh_fail_memory(err, "the layouts of a convolution", 4, sizeof(eh_md *));
}

#if DNNL_VERSION_MAJOR < 3

/* The implementation behind `pass_over` others. */
static dnnl_status_t nth_desc(dnnl_primitive_desc_t *out, const dnnl_convolution_desc_t *d, int pass_over,
                              dnnl_primitive_attr_t attr, dnnl_primitive_desc_t hint)
{
    dnnl_primitive_desc_iterator_t i = NULL;
    dnnl_status_t status = dnnl_primitive_desc_iterator_create(&i, d, attr, engine, hint);
    for (; status == dnnl_success && pass_over > 0; pass_over--)
        status = dnnl_primitive_desc_iterator_next(i);
    if (status == dnnl_success) {
        *out = dnnl_primitive_desc_iterator_fetch(i);
        status = *out ? dnnl_success : dnnl_out_of_memory;
    }
    if (i)
        dnnl_primitive_desc_iterator_destroy(i);
    return status;
}

static dnnl_status_t forward_desc(dnnl_primitive_desc_t *out, const eh_onednn_conv *c, bool infer,
                                  const conv_mds *m, dnnl_primitive_attr_t attr)
{
    dnnl_convolution_desc_t d;
    int64_t dilation[EH_MD_MAX] = { c->dilation[0] - 1, c->dilation[1] - 1 };
    dnnl_status_t status =
        dnnl_dilated_convolution_forward_desc_init(&d, infer ? dnnl_forward_inference : dnnl_forward_training,
                                                   dnnl_convolution_direct, m->src, m->weights, m->bias,
                                                   m->dst, c->stride, dilation, c->pad, c->pad);
    return status == dnnl_success ? nth_desc(out, &d, c->pass_over, attr, NULL) : status;
}

static dnnl_status_t input_grad_desc(dnnl_primitive_desc_t *out, const eh_onednn_conv *c, const conv_mds *m,
                                     dnnl_primitive_attr_t attr, dnnl_primitive_desc_t hint)
{
    dnnl_convolution_desc_t d;
    int64_t dilation[EH_MD_MAX] = { c->dilation[0] - 1, c->dilation[1] - 1 };
    dnnl_status_t status =
        dnnl_dilated_convolution_backward_data_desc_init(&d, dnnl_convolution_direct, m->src, m->weights,
                                                         m->dst, c->stride, dilation, c->pad, c->pad);
    return status == dnnl_success ? nth_desc(out, &d, c->pass_over, attr, hint) : status;
}

static dnnl_status_t weight_grad_desc(dnnl_primitive_desc_t *out, const eh_onednn_conv *c, const conv_mds *m,
                                      dnnl_primitive_attr_t attr, dnnl_primitive_desc_t hint)
{
    dnnl_convolution_desc_t d;
    int64_t dilation[EH_MD_MAX] = { c->dilation[0] - 1, c->dilation[1] - 1 };
    dnnl_status_t status =
        dnnl_dilated_convolution_backward_weights_desc_init(&d, dnnl_convolution_direct, m->src, m->weights,
                                                            NULL, m->dst, c->stride, dilation, c->pad,
                                                            c->pad);
    return status == dnnl_success ? nth_desc(out, &d, c->pass_over, attr, hint) : status;
}

#else

/* Moves on to the implementation behind `pass_over` others. */
static dnnl_status_t pass_over(dnnl_primitive_desc_t *desc, int count, dnnl_status_t status)
{
    for (; status == dnnl_success && count > 0; count--)
        status = dnnl_primitive_desc_next_impl(*desc);
    if (status != dnnl_success && *desc) {
        dnnl_primitive_desc_destroy(*desc);
        *desc = NULL;
    }
    return status;
}

static dnnl_status_t forward_desc(dnnl_primitive_desc_t *out, const eh_onednn_conv *c, bool infer,
                                  const conv_mds *m, dnnl_primitive_attr_t attr)
{
    int64_t dilation[EH_MD_MAX] = { c->dilation[0] - 1, c->dilation[1] - 1 };
    dnnl_status_t status =
        dnnl_convolution_forward_primitive_desc_create(out, engine,
                                                       infer ? dnnl_forward_inference : dnnl_forward_training,
                                                       dnnl_convolution_direct, m->src, m->weights, m->bias,
                                                       m->dst, c->stride, dilation, c->pad, c->pad, attr);
    return pass_over(out, c->pass_over, status);
}

static dnnl_status_t input_grad_desc(dnnl_primitive_desc_t *out, const eh_onednn_conv *c, const conv_mds *m,
                                     dnnl_primitive_attr_t attr, dnnl_primitive_desc_t hint)
{
    int64_t dilation[EH_MD_MAX] = { c->dilation[0] - 1, c->dilation[1] - 1 };
    dnnl_status_t status =
        dnnl_convolution_backward_data_primitive_desc_create(out, engine, dnnl_convolution_direct, m->src,
                                                             m->weights, m->dst, c->stride, dilation, c->pad,
                                                             c->pad, hint, attr);
    return pass_over(out, c->pass_over, status);
}

static dnnl_status_t weight_grad_desc(dnnl_primitive_desc_t *out, const eh_onednn_conv *c, const conv_mds *m,
                                      dnnl_primitive_attr_t attr, dnnl_primitive_desc_t hint)
{
    int64_t dilation[EH_MD_MAX] = { c->dilation[0] - 1, c->dilation[1] - 1 };
    dnnl_status_t status =
        dnnl_convolution_backward_weights_primitive_desc_create(out, engine, dnnl_convolution_direct, m->src,
                                                                m->weights, NULL, m->dst, c->stride, dilation,
                                                                c->pad, c->pad, hint, attr);
    return pass_over(out, c->pass_over, status);
}

#endif

eh_status eh_onednn_conv_forward(eh_onednn **out, const eh_onednn_conv *conv, bool infer, const eh_md *src,
                                 const eh_md *weights, bool bias, const eh_md *dst, eh_onednn_post post,
                                 eh_error *err)
{
    static const int args[] = { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST };
    conv_mds m = { 0 };
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL;
    eh_status status = EH_OK;
    EH_TRY(need_engine(err));
    EH_TRY_GOTO(status, make_mds(&m, conv, MADE_DST, src, weights, bias, dst, err));
    EH_TRY_GOTO(status, make_attributes(&attr, post, err));
    DNNL_TRY_GOTO(status, "prepare a convolution", forward_desc(&desc, conv, infer, &m, attr));
    status = finish(out, desc, args, 4, err);
done:
    dnnl_primitive_attr_destroy(attr);
    free_mds(&m);
    return status;
}

/* A forward descriptor in free formats, which the gradients' descriptors want as a hint. */
static eh_status forward_hint(dnnl_primitive_desc_t *out, const eh_onednn_conv *conv,
                              dnnl_primitive_attr_t attr, eh_error *err)
{
    conv_mds m = { 0 };
    dnnl_status_t code = dnnl_success;
    eh_status status = make_mds(&m, conv, MADE_DST, NULL, NULL, false, NULL, err);
    eh_onednn_conv any = *conv;
    any.pass_over = 0;
    if (status == EH_OK)
        code = forward_desc(out, &any, false, &m, attr);
    free_mds(&m);
    return status != EH_OK || code == dnnl_success ? status : failed(err, "prepare a convolution", code);
}

eh_status eh_onednn_conv_input_grad(eh_onednn **out, const eh_onednn_conv *conv, const eh_md *diff_src,
                                    const eh_md *weights, const eh_md *diff_dst, eh_error *err)
{
    static const int args[] = { DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST };
    conv_mds m = { 0 };
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL, hint = NULL;
    eh_status status = EH_OK;
    EH_TRY(need_engine(err));
    EH_TRY_GOTO(status, make_mds(&m, conv, MADE_SRC, diff_src, weights, false, diff_dst, err));
    EH_TRY_GOTO(status, make_attributes(&attr, (eh_onednn_post){ 0 }, err));
    EH_TRY_GOTO(status, forward_hint(&hint, conv, attr, err));
    DNNL_TRY_GOTO(status, "prepare the gradient of a convolution",
                  input_grad_desc(&desc, conv, &m, attr, hint));
    status = finish(out, desc, args, 3, err);
done:
    if (hint)
        dnnl_primitive_desc_destroy(hint);
    dnnl_primitive_attr_destroy(attr);
    free_mds(&m);
    return status;
}

eh_status eh_onednn_conv_weight_grad(eh_onednn **out, const eh_onednn_conv *conv, const eh_md *src,
                                     const eh_md *diff_weights, const eh_md *diff_dst, eh_error *err)
{
    static const int args[] = { DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST };
    conv_mds m = { 0 };
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL, hint = NULL;
    eh_status status = EH_OK;
    EH_TRY(need_engine(err));
    EH_TRY_GOTO(status, make_mds(&m, conv, MADE_WEIGHTS, src, diff_weights, false, diff_dst, err));
    EH_TRY_GOTO(status, make_attributes(&attr, (eh_onednn_post){ 0 }, err));
    EH_TRY_GOTO(status, forward_hint(&hint, conv, attr, err));
    DNNL_TRY_GOTO(status, "prepare the gradient of a convolution",
                  weight_grad_desc(&desc, conv, &m, attr, hint));
    status = finish(out, desc, args, 3, err);
done:
    if (hint)
        dnnl_primitive_desc_destroy(hint);
    dnnl_primitive_attr_destroy(attr);
    free_mds(&m);
    return status;
}

/* ---- matrix product and reorder ---- */

eh_status eh_onednn_matmul(eh_onednn **out, const eh_md *src, const eh_md *weights, const eh_md *bias,
                           const eh_md *dst, eh_error *err)
{
    static const int args[] = { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST };
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL;
    eh_status status = EH_OK;
    EH_TRY(need_engine(err));
    EH_TRY_GOTO(status, make_attributes(&attr, (eh_onednn_post){ 0 }, err));
#if DNNL_VERSION_MAJOR < 3
    dnnl_matmul_desc_t d;
    DNNL_TRY_GOTO(status, "prepare a matrix product", dnnl_matmul_desc_init(&d, src, weights, bias, dst));
    DNNL_TRY_GOTO(status, "prepare a matrix product",
                  dnnl_primitive_desc_create(&desc, &d, attr, engine, NULL));
#else
    DNNL_TRY_GOTO(status, "prepare a matrix product",
                  dnnl_matmul_primitive_desc_create(&desc, engine, src, weights, bias, dst, attr));
#endif
    status = finish(out, desc, args, 4, err);
done:
    dnnl_primitive_attr_destroy(attr);
    return status;
}

eh_status eh_onednn_reorder(eh_onednn **out, const eh_md *from, const eh_md *to, eh_error *err)
{
    static const int args[] = { DNNL_ARG_FROM, DNNL_ARG_TO };
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL;
    eh_status status = EH_OK;
    EH_TRY(need_engine(err));
    EH_TRY_GOTO(status, make_attributes(&attr, (eh_onednn_post){ 0 }, err));
    DNNL_TRY_GOTO(status, "prepare a reorder",
                  dnnl_reorder_primitive_desc_create(&desc, from, engine, to, engine, attr));
    status = finish(out, desc, args, 2, err);
done:
    dnnl_primitive_attr_destroy(attr);
    return status;
}
