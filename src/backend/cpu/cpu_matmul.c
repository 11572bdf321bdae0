/* cpu_matmul.c - matrix products by oneDNN over row-major matrices; a transposed one is the same memory with its strides exchanged. In a
 * bf16 plan both matrices are bf16, sums f32, and the result bf16 where what reads it computes in bf16. */
#include "backend/cpu/cpu.h"

typedef struct matmul_state {
    eh_onednn *op;
} matmul_state;

/* batches 0: one matrix. */
static eh_md *matrix(dnnl_data_type_t type, int64_t batches, int64_t rows, int64_t columns, bool transposed)
{
    int64_t dims[EH_MD_MAX] = { batches, rows, columns },
            strides[EH_MD_MAX] = { rows * columns, transposed ? 1 : columns, transposed ? rows : 1 };
    return batches ? eh_md_strides(type, 3, dims, strides) : eh_md_strides(type, 2, dims + 1, strides + 1);
}

static eh_status prepare(eh_step *step, int64_t batches, int64_t m, int64_t n, int64_t k, bool transpose_a,
                         bool transpose_b, eh_error *err)
{
    bool has_bias = step->inputs > 2;
    bool bf16 = step->precision == EH_PRECISION_BF16;
    eh_element in = bf16 ? EH_ELEMENT_BF16 : EH_ELEMENT_WORD, out = eh_cpu_out_element(step, 0);
    dnnl_data_type_t type = bf16 ? dnnl_bf16 : dnnl_f32;
    eh_md *a = matrix(type, batches, m, k, transpose_a), *b = matrix(type, batches, k, n, transpose_b),
          *c = matrix(out == EH_ELEMENT_BF16 ? dnnl_bf16 : dnnl_f32, batches, m, n, false),
          *bias = has_bias ? matrix(dnnl_f32, 0, 1, n, false) : NULL;
    eh_status status = EH_OK;
    for (int i = 0; i < step->inputs; i++)
        EH_TRY_GOTO(status, eh_cpu_want_row_major(step, i, i < 2 ? in : EH_ELEMENT_WORD, err));
    EH_TRY_GOTO(status, eh_layout_plain(&step->out[0]->layout, step->out[0]->tensor->shape, out, err));
    EH_TRY_GOTO(status, eh_cpu_state(step, sizeof(matmul_state), err));
    if (!a || !b || !c || (has_bias && !bias)) {
        status = eh_fail(err, EH_ERR_INTERNAL, "oneDNN could not describe a matrix");
        goto done;
    }
    matmul_state *state = step->state;
    EH_TRY_GOTO(status, eh_onednn_matmul(&state->op, a, b, bias, c, err));
    step->implementation = eh_onednn_implementation(state->op);
    step->scratch_bytes = eh_onednn_scratch(state->op);
    step->flops = 2.0 * (double)(batches ? batches : 1) * (double)m * (double)n * (double)k;
done:
    eh_md_free(a);
    eh_md_free(b);
    eh_md_free(c);
    eh_md_free(bias);
    return status;
}

static eh_status prepare_matmul(eh_step *step, eh_error *err)
{
    const eh_attr_matmul *attr = step->node->attr;
    eh_shape a = step->in[0]->tensor->shape, y = step->out[0]->tensor->shape;
    int last = y.rank - 1;
    return prepare(step, y.rank == 3 ? y.dim[0] : 0, y.dim[last - 1], y.dim[last],
                   a.dim[attr->transpose_a ? last - 1 : last], attr->transpose_a, attr->transpose_b, err);
}

static eh_status prepare_linear(eh_step *step, eh_error *err)
{
    eh_shape x = step->in[0]->tensor->shape, w = step->in[1]->tensor->shape;
    return prepare(step, 0, x.dim[0], w.dim[0], x.dim[1], false, true, err);
}

static eh_status run(eh_step *step, eh_error *err)
{
    const matmul_state *state = step->state;
    const eh_onednn_arg args[] = { { DNNL_ARG_SRC, step->in[0]->data },
                                   { DNNL_ARG_WEIGHTS, step->in[1]->data },
                                   { DNNL_ARG_DST, step->out[0]->data },
                                   { DNNL_ARG_BIAS, step->inputs > 2 ? step->in[2]->data : NULL } };
    return eh_onednn_run(state->op, args, 4, step->scratch, err);
}

static void release(eh_step *step)
{
    matmul_state *state = step->state;
    if (state)
        eh_onednn_free(state->op);
    eh_cpu_free_state(step);
}

const eh_kernel eh_cpu_matmul = {
    .op = &eh_op_matmul, .lowers = EH_LOWERS, .prepare = prepare_matmul, .run = run, .release = release
};
const eh_kernel eh_cpu_linear = {
    .op = &eh_op_linear, .lowers = EH_LOWERS, .prepare = prepare_linear, .run = run, .release = release
};
