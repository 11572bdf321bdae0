/* ref_resample2d.c - resized and mirrored image planes, and the gradient. */
#include "backend/ref/ref.h"

#include <string.h>

/* One plane: y from x, or (back) x from y. */
static void plane(const eh_attr_resample2d *attr, double *x, double *y, bool back)
{
    const eh_resample_axis *rows = &attr->axis[0], *columns = &attr->axis[1];
    for (int64_t i = 0; i < rows->outputs; i++)
        for (int64_t j = 0; j < columns->outputs; j++)
            for (int corner = 0; corner < 4; corner++) {
                bool down = corner & 2, right = corner & 1;
                int64_t h = down ? rows->second[i] : rows->first[i],
                        w = right ? columns->second[j] : columns->first[j];
                double weight = (down ? rows->share[i] : 1 - rows->share[i]) *
                                (right ? columns->share[j] : 1 - columns->share[j]);
                double *from = x + h * columns->inputs + w, *to = y + i * columns->outputs + j;
                if (weight == 0)
                    continue;
                if (back)
                    *from += weight * *to;
                else
                    *to += weight * *from;
            }
}

static eh_status run(eh_step *step, eh_error *err)
{
    const eh_attr_resample2d *attr = step->node->attr;
    bool back = step->node->op == &eh_op_resample2d_grad;
    double *x = back ? eh_ref_out(step, 0) : eh_ref_in(step, 0),
           *y = back ? eh_ref_in(step, 0) : eh_ref_out(step, 0);
    int64_t inputs = attr->axis[0].inputs * attr->axis[1].inputs,
            outputs = attr->axis[0].outputs * attr->axis[1].outputs,
            planes = attr->shape.dim[0] * attr->shape.dim[1];
    (void)err;
    memset(eh_ref_out(step, 0), 0, (size_t)eh_ref_elements(step->out[0]) * sizeof(double));
    for (int64_t p = 0; p < planes; p++)
        plane(attr, x + p * inputs, y + p * outputs, back);
    return EH_OK;
}

const eh_kernel eh_ref_resample2d = { .op = &eh_op_resample2d, .prepare = eh_ref_prepare, .run = run };
const eh_kernel eh_ref_resample2d_grad = { .op = &eh_op_resample2d_grad,
                                           .prepare = eh_ref_prepare,
                                           .run = run };
