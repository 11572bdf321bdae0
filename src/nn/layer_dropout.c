/* layer_dropout.c - dropout and stochastic depth; no variables.
 *
 * Source  Srivastava et al. 2014, as torch.nn.Dropout; Huang et al. 2016, as torchvision.ops.StochasticDepth(mode="row"). Draws depend on (seed of the
 *         params, place in the graph, step).
 */
#include "nn/layer.h"

/* Whether something is to be dropped; without the number of the step the graph fails. */
static bool drops(eh_build *b, const eh_tensor *x, double probability)
{
    if (!x || !b->training || probability <= 0)
        return false;
    if (!b->step)
        eh_graph_fail(b->graph, EH_ERR_USAGE,
                      "%s: dropout in training needs the number of the step (eh_build.step)",
                      eh_scope(b->graph));
    return true;
}

eh_tensor *eh_layer_dropout(eh_build *b, eh_tensor *x, double probability)
{
    return drops(b, x, probability) ? eh_dropout(b->graph, x, probability, b->step) : x;
}

eh_tensor *eh_layer_drop_path(eh_build *b, eh_tensor *x, double probability)
{
    return drops(b, x, probability) ? eh_drop_path(b->graph, x, probability, b->step) : x;
}
