/* layer_batch_norm.c - batch normalisation with its variables.
 *
 * Source  Ioffe and Szegedy 2015; names, momentum and epsilon as torch.nn.BatchNorm2d. Its num_batches_tracked is left out: nothing reads it.
 */
#include "nn/layer.h"
#include "tensor/op.h"

eh_tensor *eh_layer_batch_norm(eh_build *b, const char *name, eh_tensor *x)
{
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(x);
    if (in.rank < 2) {
        char text[64];
        return eh_graph_fail(g, EH_ERR_USAGE, "%s.%s: batch normalisation needs [N,C,...], not %s",
                             eh_scope(g), name, eh_shape_text(in, text, sizeof text));
    }
    double momentum = b->bn_momentum > 0 ? b->bn_momentum : 0.1;
    double epsilon = b->bn_epsilon > 0 ? b->bn_epsilon : 1e-5;
    eh_shape channels = eh_shape_of(1, in.dim[1]);
    eh_init zero = { EH_INIT_CONSTANT, 0.0, false }, one = { EH_INIT_CONSTANT, 1.0, false };

    eh_scope_push(g, "%s", name);
    eh_tensor *scale = eh_variable(g, "weight", channels, EH_TRAINABLE, one);
    eh_tensor *shift = eh_variable(g, "bias", channels, EH_TRAINABLE, zero);
    eh_tensor *mean = eh_variable(g, "running_mean", channels, EH_BUFFER, zero);
    eh_tensor *var = eh_variable(g, "running_var", channels, EH_BUFFER, one);
    bool frozen = b->freeze_statistics || (scale && eh_build_frozen(b, scale->name));
    eh_tensor *y = b->training && !frozen ? eh_batch_norm(g, x, scale, shift, mean, var, momentum, epsilon)
                                          : eh_batch_norm_fixed(g, x, scale, shift, mean, var, epsilon);
    eh_scope_pop(g);
    return y;
}
