/* ref_random.c - random tensors. */
#include "backend/ref/ref.h"
#include "tensor/draw.h"

static eh_status run_random(eh_step *step, eh_error *err)
{
    (void)err;
    eh_draw_elements(step->node->attr, *eh_ref_in(step, 0), 0, eh_ref_elements(step->out[0]),
                     eh_ref_out(step, 0));
    return EH_OK;
}

const eh_kernel eh_ref_random = { .op = &eh_op_random, .prepare = eh_ref_prepare, .run = run_random };
