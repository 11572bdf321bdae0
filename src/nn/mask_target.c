/* mask_target.c - see mask_target.h. */
#include "nn/mask_target.h"

#include "tensor/shape.h"

int64_t eh_mask_outputs(const void *opts, const eh_target *target)
{
    (void)opts;
    return target->kind == EH_TARGET_MASK && target->classes >= 2 ? (int64_t)target->classes : 0;
}

eh_tensor *eh_mask_predict(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out)
{
    (void)opts;
    (void)target;
    return eh_channels_first(g, eh_softmax(g, eh_channels_last(g, out)));
}

eh_mask_overlap eh_mask_overlap_of(eh_graph *g, eh_tensor *out, eh_tensor *truth)
{
    eh_mask_overlap o = { 0 };
    if (!out || !truth)
        return o;
    eh_tensor *ones = eh_one_hot_channels(g, truth, eh_tensor_shape(out).dim[1]);
    eh_tensor *judged = eh_sum(g, ones, 1u << 1, true); /* [N,1,H,W] */
    eh_tensor *probability = eh_mul(g, eh_mask_predict(g, NULL, NULL, out), judged);
    if (ones && probability)
        o = (eh_mask_overlap){ probability, ones };
    return o;
}

eh_tensor *eh_mask_cross_entropy(eh_graph *g, const eh_target *target, eh_class_weighting weighting,
                                 double smoothing, eh_tensor *out, eh_tensor *truth)
{
    const eh_cross_entropy_opts opts = { .smoothing = smoothing,
                                         .class_weights = eh_class_weights(g, weighting, target) };
    eh_tensor *pixel = eh_weighted_cross_entropy(g, out, truth, opts); /* [N,H,W] */
    eh_tensor *judged =
        eh_label_weights(g, truth, (int64_t)target->classes, (eh_cross_entropy_opts){ 0 }); /* [N,H,W] */
    unsigned pixels = 1u << 1 | 1u << 2;
    eh_tensor *count =
        eh_maximum(g, eh_sum(g, judged, pixels, false), eh_full(g, eh_shape_of(1, (int64_t)1), 1));
    return eh_div(g, eh_sum(g, pixel, pixels, false), count);
}

eh_tensor *eh_mask_add_cross_entropy(eh_graph *g, const eh_mask_overlap_opts *o, const eh_target *target,
                                     eh_tensor *overlap, eh_tensor *out, eh_tensor *truth)
{
    if (o->ce <= 0)
        return overlap;
    eh_tensor *ce = eh_mask_cross_entropy(g, target, (eh_class_weighting)o->weights, 0, out, truth);
    return eh_add(g, overlap, eh_affine(g, ce, o->ce, 0));
}
