/* layer_conv2d.c - convolution with its variables. */
#include "nn/layer.h"

#include <assert.h>
#include <math.h>

/* Initialisation. Without bias a normalisation follows: torchvision's resnets, He et al. 2015, fan out. With bias PyTorch's
 * default for nn.Conv2d: kaiming_uniform with a = sqrt(5), which is uniform within +-1/sqrt(fan_in), for weight and bias. */
eh_tensor *eh_layer_conv2d(eh_build *b, const char *name, eh_tensor *x, eh_conv_spec spec)
{
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(x);
    int groups = spec.groups > 0 ? spec.groups : 1;
    int stride = spec.stride > 0 ? spec.stride : 1;
    int dilation = spec.dilation > 0 ? spec.dilation : 1;
    assert(spec.out > 0 && spec.kernel > 0);
    if (in.rank != 4 || in.dim[1] % groups != 0) {
        char text[64];
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "%s.%s: a convolution in %d groups does not fit an input of shape %s",
                             eh_scope(g), name, groups, eh_shape_text(in, text, sizeof text));
    }
    int64_t per_group = in.dim[1] / groups;
    double bound = 1.0 / sqrt((double)(per_group * spec.kernel * spec.kernel));
    eh_init he = { EH_INIT_KAIMING_NORMAL, sqrt(2.0), true };
    eh_init uniform = { EH_INIT_UNIFORM, bound, false };

    eh_scope_push(g, "%s", name);
    eh_tensor *weight =
        eh_variable(g, "weight",
                    eh_shape_of(4, (int64_t)spec.out, per_group, (int64_t)spec.kernel, (int64_t)spec.kernel),
                    EH_TRAINABLE, spec.bias ? uniform : he); /* [O, C/groups, k, k] */
    eh_tensor *bias =
        spec.bias ? eh_variable(g, "bias", eh_shape_of(1, (int64_t)spec.out), EH_TRAINABLE, uniform) : NULL;
    eh_tensor *y = NULL;
    if (weight && (bias || !spec.bias)) /* [N,C,H,W] -> [N,O,H',W'] */
        y = eh_conv2d(g, x, weight, bias,
                      (eh_conv2d_opts){ .stride = { stride, stride },
                                        .pad = { spec.pad, spec.pad },
                                        .dilation = { dilation, dilation },
                                        .groups = groups });
    eh_scope_pop(g);
    return y;
}
