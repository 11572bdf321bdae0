/* loss_binary_cross_entropy.c - cross-entropy of one logit, for labels of two classes.
 *
 * Math    l = w_1 t log(1 + e^-z) + w_0 (1-t) log(1 + e^z): the stable form of -w_1 t log p - w_0 (1-t) log(1-p), p = sigmoid(z). y = 1 is the second
 *         class, t = (1-s) y + s/2 (s = smoothing), the weights w as in loss_cross_entropy.c, whose loss of the logits 0 and z it is. For labels of many kinds at once every column has a head with this loss.
 * Source  the convention of torch.nn.BCEWithLogitsLoss.
 */
#include "nn/class_weights.h"

static int64_t outputs(const void *opts, const eh_target *target)
{
    (void)opts;
    return target->kind == EH_TARGET_CLASS && target->classes == 2 ? 1 : 0;
}

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    const eh_class_loss_options *o = opts;
    eh_tensor *weight = eh_class_weights(g, (eh_class_weighting)o->weights, target); /* [2], NULL: all 1 */
    if (o->smoothing <= 0) {
        eh_tensor *loss = eh_binary_cross_entropy(g, out, truth);
        return weight ? eh_mul(g, loss, eh_gather(g, weight, truth)) : loss;
    }
    eh_tensor *share = eh_affine(g, eh_one_hot(g, truth, 2), 1 - o->smoothing, o->smoothing / 2); /* [N,2] */
    share = weight ? eh_mul(g, share, weight) : share;
    eh_tensor *of_second = eh_softplus(g, eh_affine(g, out, -1, 0)),
              *of_first = eh_softplus(g, out); /* [N,1] */
    eh_tensor *loss = eh_add(g, eh_mul(g, eh_slice(g, share, 1, 0, 1), of_first),
                             eh_mul(g, eh_slice(g, share, 1, 1, 1), of_second));
    return eh_sum(g, loss, 1u << 1, false);
}

/* out [N,1] -> [N,2]: 1 - p and p, as p * (-1, 1) + (1, 0). */
static eh_tensor *predict(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out)
{
    (void)opts;
    (void)target;
    static const float factor[2] = { -1.0f, 1.0f }, offset[2] = { 1.0f, 0.0f };
    eh_tensor *p = eh_sigmoid(g, out);
    p = eh_mul(g, p, eh_constant(g, eh_shape_of(2, (int64_t)1, (int64_t)2), factor));
    return eh_add(g, p, eh_constant(g, eh_shape_of(2, (int64_t)1, (int64_t)2), offset));
}

const eh_loss eh_loss_binary_cross_entropy = {
    .entry = { .name = "binary-cross-entropy",
               .summary = "cross-entropy of one logit, for labels of two classes",
               .source = "torch.nn.BCEWithLogitsLoss",
               .opts = eh_class_loss_option_table,
               .opts_size = sizeof(eh_class_loss_options) },
    .outputs = outputs,
    .build = build,
    .predict = predict,
};
