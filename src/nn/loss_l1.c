/* loss_l1.c - absolute error of a number.
 *
 * Math    l = |z - t|, t = (x - mean) / std of the training part. Its best constant is the median.
 * Source  the convention of torch.nn.L1Loss(reduction="none").
 */
#include "nn/number_target.h"

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    (void)opts;
    eh_tensor *wanted = eh_number_scaled(g, target, truth); /* [N] */
    eh_tensor *z = out ? eh_reshape(g, out, eh_shape_of(1, eh_tensor_shape(out).dim[0])) : NULL;
    return eh_absolute_error(g, z, wanted);
}

const eh_loss eh_loss_l1 = {
    .entry = { .name = "l1",
               .summary = "absolute error of a number, in units of its standard deviation",
               .source = "torch.nn.L1Loss" },
    .outputs = eh_number_outputs,
    .build = build,
    .predict = eh_number_predict,
};
