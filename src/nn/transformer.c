/* transformer.c - see transformer.h.
 *
 * Math    attention: q, k, v = x W' + b cut into `heads` parts of D / heads; softmax(q k' / sqrt(D / heads)) v, joined, times W_o'.
 * Source  Vaswani et al. 2017; normalisation first as in Dosovitskiy et al. 2021; names, epsilon 1e-6 and initialisation of torchvision's
 *         vision_transformer.py.
 * Easy to get wrong: the axis of heads is part of the batch, so it must come before that of tokens.
 */
#include "nn/transformer.h"

#include "nn/layer.h"

#include <math.h>

#define EPSILON 1e-6

/* Cuts [N,T,3D] at part 0, 1 or 2 into heads: [N*heads, T, D/heads]. */
static eh_tensor *part_of(eh_graph *g, eh_tensor *qkv, int part, int64_t heads)
{
    if (!qkv)
        return NULL;
    eh_shape in = eh_tensor_shape(qkv);
    int64_t n = in.dim[0], t = in.dim[1], d = in.dim[2] / 3;
    eh_tensor *x = eh_slice(g, qkv, 2, part * d, d);
    x = eh_reshape(g, x, eh_shape_of(4, n, t, heads, d / heads));
    x = eh_permute(g, x, (const int[EH_MAX_RANK]){ 0, 2, 1, 3 });
    return eh_reshape(g, x, eh_shape_of(3, n * heads, t, d / heads));
}

static eh_tensor *self_attention(eh_build *b, eh_tensor *x, int64_t heads)
{
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(x);
    int64_t n = in.dim[0], t = in.dim[1], d = in.dim[2];
    eh_init xavier = { EH_INIT_UNIFORM, sqrt(6.0 / (double)(4 * d)), false }; /* of [3D,D] */
    eh_scope_push(g, "self_attention");
    eh_tensor *weight = eh_variable(g, "in_proj_weight", eh_shape_of(2, 3 * d, d), EH_TRAINABLE, xavier);
    eh_tensor *bias = eh_variable(g, "in_proj_bias", eh_shape_of(1, 3 * d), EH_TRAINABLE,
                                  (eh_init){ .kind = EH_INIT_CONSTANT });
    eh_tensor *qkv = eh_linear(g, x, weight, bias); /* [N,T,3D] */
    eh_tensor *y =
        eh_attention(g, part_of(g, qkv, 0, heads), part_of(g, qkv, 1, heads), part_of(g, qkv, 2, heads));
    y = eh_permute(g, eh_reshape(g, y, eh_shape_of(4, n, heads, t, d / heads)),
                   (const int[EH_MAX_RANK]){ 0, 2, 1, 3 });
    y = eh_layer_linear(b, "out_proj", eh_reshape(g, y, in), d, true);
    eh_scope_pop(g);
    return y;
}

eh_tensor *eh_transformer_block(eh_build *b, eh_tensor *x, const eh_transformer_spec *spec)
{
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    int64_t d = eh_tensor_shape(x).dim[2];
    if (spec->heads < 1 || d % spec->heads)
        return eh_graph_fail(g, EH_ERR_USAGE, "%s: %lld heads do not divide a width of %lld", eh_scope(g),
                             (long long)spec->heads, (long long)d);
    eh_block_begin(g);
    eh_tensor *y = self_attention(b, eh_layer_norm_last(b, "ln_1", x, EPSILON), spec->heads);
    x = eh_add(g, x, eh_layer_dropout(b, y, spec->dropout));
    y = eh_layer_linear(b, "mlp.0", eh_layer_norm_last(b, "ln_2", x, EPSILON), spec->mlp, true);
    y = eh_layer_dropout(b, eh_gelu(g, y), spec->dropout);
    y = eh_layer_linear(b, "mlp.3", y, d, true);
    y = eh_add(g, x, eh_layer_dropout(b, y, spec->dropout));
    eh_block_end(g);
    return y;
}

eh_tensor *eh_add_positions(eh_build *b, const char *name, eh_tensor *x)
{
    if (!x)
        return NULL;
    eh_shape in = eh_tensor_shape(x);
    eh_tensor *positions = eh_variable(b->graph, name, eh_shape_of(3, (int64_t)1, in.dim[1], in.dim[2]),
                                       EH_TRAINABLE, (eh_init){ .kind = EH_INIT_NORMAL, .a = 0.02 });
    return eh_add(b->graph, x, positions);
}
