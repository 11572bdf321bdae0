/* head_class_attention.c - each class looks at the map in its own way.
 *
 * Idea    in place of one average over all places, every class k has a map of attention a_k that sums to 1 over the places; its score is
 *         the average, weighed by that map, of what its linear layer says at each place.
 * Math    a_k = softmax_p(v_k . x_p), out_k = sum_p a_kp (w_k . x_p) + b_k; x_p [C] is the map at place p. With v = 0, as at the start, it
 *         is average pooling and a linear layer.
 * Source  attention pooling (Ilse, Tomczak and Welling 2018, without the gate) with one query per class; as the scores are linear, pooling
 *         and weighing commute, so that no [N,K,C] tensor is needed.
 * Cost    two 1x1 convolutions of the map to K channels.
 * Exposes "<name>.attention" [N,K,h,w], the head's name before it ("fc.attention"; of several heads "fc.gender.attention"): the map of every class, which sums to 1.
 */
#include "nn/layer.h"

#include <math.h>
#include <stdio.h>

static eh_tensor *build(eh_build *b, const void *opts, const char *name, const eh_features *features,
                        int64_t outputs, int64_t height, int64_t width)
{
    eh_graph *g = b->graph;
    (void)opts;
    (void)height;
    (void)width;
    if (!features->map)
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "the head class-attention needs a map of features, and this model has none; use "
                             "the head linear");
    eh_shape in = eh_tensor_shape(features->map);
    int64_t n = in.dim[0], places = in.dim[2] * in.dim[3];
    double bound = 1.0 / sqrt((double)in.dim[1]); /* PyTorch's default for nn.Linear */
    eh_init uniform = { EH_INIT_UNIFORM, bound, false }, zero = { EH_INIT_CONSTANT, 0, false };
    eh_shape kernel = eh_shape_of(4, outputs, in.dim[1], (int64_t)1, (int64_t)1);
    eh_scope_push(g, "%s", name);
    eh_tensor *query = eh_variable(g, "attention.weight", kernel, EH_TRAINABLE, zero);
    eh_tensor *weight = eh_variable(g, "weight", kernel, EH_TRAINABLE, uniform);
    eh_tensor *bias = eh_variable(g, "bias", eh_shape_of(1, outputs), EH_TRAINABLE, uniform);
    eh_scope_pop(g);
    eh_shape rows = eh_shape_of(3, n, outputs, places);
    eh_conv2d_opts plain = { .stride = { 1, 1 } };
    eh_tensor *attention = eh_softmax(g, eh_reshape(g, eh_conv2d(g, features->map, query, NULL, plain),
                                                    rows)); /* [N,K,places] */
    eh_tensor *score = eh_reshape(g, eh_conv2d(g, features->map, weight, NULL, plain), rows);
    char exposed[256];
    snprintf(exposed, sizeof exposed, "%s.attention", name);
    if (attention)
        eh_expose(g, exposed, eh_reshape(g, attention, eh_shape_of(4, n, outputs, in.dim[2], in.dim[3])));
    return eh_add(g, eh_sum(g, eh_mul(g, attention, score), 1u << 2, false), bias); /* [N,K] */
}

const eh_head eh_head_class_attention = {
    .entry = { .name = "class-attention",
               .summary = "one map of attention per class in place of average pooling",
               .source = "Ilse et al. 2018, Attention-based deep multiple instance learning" },
    .build = build,
};
