/* layer_dropout.c - dropout; no variables.
 *
 * Source  Srivastava et al. 2014, as torch.nn.Dropout. Draws depend on (seed of the params, place in the graph, step).
 */
#include "nn/layer.h"

eh_tensor *eh_layer_dropout(eh_build *b, eh_tensor *x, double probability)
{
    if (!x || !b->training || probability <= 0)
        return x;
    if (!b->step)
        return eh_graph_fail(b->graph, EH_ERR_USAGE,
                             "%s: dropout in training needs the number of the step (eh_build.step)",
                             eh_scope(b->graph));
    return eh_dropout(b->graph, x, probability, b->step);
}
