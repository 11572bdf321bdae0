/* ref_gather.c - rows of a table by number, and rows added up by number. */
#include "backend/ref/ref.h"

#include <string.h>

static eh_status run_gather(eh_step *step, eh_error *err)
{
    int64_t table_rows = eh_ref_in_shape(step, 0).dim[0], width = eh_ref_elements(step->in[0]) / table_rows;
    (void)err;
    for (int64_t n = 0; n < eh_ref_elements(step->in[1]); n++) {
        double row = eh_ref_in(step, 1)[n];
        for (int64_t i = 0; i < width; i++)
            eh_ref_out(step, 0)[n * width + i] =
                row >= 0 && row < (double)table_rows ? eh_ref_in(step, 0)[(int64_t)row * width + i] : 0;
    }
    return EH_OK;
}

static eh_status run_gather_grad(eh_step *step, eh_error *err)
{
    int64_t table_rows = eh_ref_out_shape(step, 0).dim[0], width = eh_ref_elements(step->out[0]) / table_rows;
    (void)err;
    memset(eh_ref_out(step, 0), 0, (size_t)eh_ref_elements(step->out[0]) * sizeof(double));
    for (int64_t n = 0; n < eh_ref_elements(step->in[1]); n++) {
        double row = eh_ref_in(step, 1)[n];
        for (int64_t i = 0; i < width && row >= 0 && row < (double)table_rows; i++)
            eh_ref_out(step, 0)[(int64_t)row * width + i] += eh_ref_in(step, 0)[n * width + i];
    }
    return EH_OK;
}

const eh_kernel eh_ref_gather = { .op = &eh_op_gather, .prepare = eh_ref_prepare, .run = run_gather };
const eh_kernel eh_ref_gather_grad = { .op = &eh_op_gather_grad,
                                       .prepare = eh_ref_prepare,
                                       .run = run_gather_grad };
