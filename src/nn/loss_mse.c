/* loss_mse.c - squared error of a number.
 *
 * Math    l = (z - t)^2, t = (x - mean) / std of the training part.
 * Source  Legendre 1805; the convention of torch.nn.MSELoss(reduction="none").
 */
#include "nn/number_target.h"

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    (void)opts;
    eh_tensor *wanted = eh_number_scaled(g, target, truth); /* [N] */
    eh_tensor *z = out ? eh_reshape(g, out, eh_shape_of(1, eh_tensor_shape(out).dim[0])) : NULL;
    return eh_squared_error(g, z, wanted);
}

const eh_loss eh_loss_mse = {
    .entry = { .name = "mse",
               .summary = "squared error of a number, in units of its standard deviation",
               .source = "torch.nn.MSELoss" },
    .outputs = eh_number_outputs,
    .build = build,
    .predict = eh_number_predict,
};
