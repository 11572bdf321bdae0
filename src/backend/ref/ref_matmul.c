/* ref_matmul.c - matrix products. */
#include "backend/ref/ref.h"

/* c [m,n] = sum over k of a[i a_row + k a_column] b[k b_row + j b_column] (+ bias[j]). */
typedef struct product {
    int64_t m, n, k, a_row, a_column, b_row, b_column;
} product;

static void multiply(double *c, const double *a, const double *b, const double *bias, product p)
{
    for (int64_t i = 0; i < p.m; i++)
        for (int64_t j = 0; j < p.n; j++) {
            double sum = bias ? bias[j] : 0;
            for (int64_t k = 0; k < p.k; k++)
                sum += a[i * p.a_row + k * p.a_column] * b[k * p.b_row + j * p.b_column];
            c[i * p.n + j] = sum;
        }
}

static eh_status run_matmul(eh_step *step, eh_error *err)
{
    const eh_attr_matmul *attr = step->node->attr;
    eh_shape a = eh_ref_in_shape(step, 0), b = eh_ref_in_shape(step, 1), c = eh_ref_out_shape(step, 0);
    int last = c.rank - 1;
    int64_t batches = c.rank == 3 ? c.dim[0] : 1;
    product p = {
        .m = c.dim[last - 1],
        .n = c.dim[last],
        .k = a.dim[attr->transpose_a ? last - 1 : last],
        .a_row = attr->transpose_a ? 1 : a.dim[last],
        .a_column = attr->transpose_a ? a.dim[last] : 1,
        .b_row = attr->transpose_b ? 1 : b.dim[last],
        .b_column = attr->transpose_b ? b.dim[last] : 1,
    };
    (void)err;
    for (int64_t i = 0; i < batches; i++)
        multiply(eh_ref_out(step, 0) + i * p.m * p.n, eh_ref_in(step, 0) + i * p.m * p.k,
                 eh_ref_in(step, 1) + i * p.k * p.n, NULL, p);
    return EH_OK;
}

static eh_status run_linear(eh_step *step, eh_error *err)
{
    eh_shape x = eh_ref_in_shape(step, 0), w = eh_ref_in_shape(step, 1);
    product p = { .m = x.dim[0],
                  .n = w.dim[0],
                  .k = x.dim[1],
                  .a_row = x.dim[1],
                  .a_column = 1,
                  .b_row = 1,
                  .b_column = w.dim[1] };
    (void)err;
    multiply(eh_ref_out(step, 0), eh_ref_in(step, 0), eh_ref_in(step, 1),
             step->inputs > 2 ? eh_ref_in(step, 2) : NULL, p);
    return EH_OK;
}

const eh_kernel eh_ref_matmul = { .op = &eh_op_matmul, .prepare = eh_ref_prepare, .run = run_matmul };
const eh_kernel eh_ref_linear = { .op = &eh_op_linear, .prepare = eh_ref_prepare, .run = run_linear };
