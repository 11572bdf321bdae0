/* loss_binary_cross_entropy.c - cross-entropy of one logit, for labels of two classes.
 *
 * Math    l = max(z,0) - z y + log(1 + e^-|z|): the stable form of -y log p - (1-y) log(1-p), p = sigmoid(z). y = 1 is the second class.
 * Source  the convention of torch.nn.BCEWithLogitsLoss.
 */
#include "evenhand/model.h"

static int64_t outputs(const void *opts, const eh_target *target)
{
    (void)opts;
    return target->kind == EH_TARGET_CLASS && target->classes == 2 ? 1 : 0;
}

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    (void)opts;
    (void)target;
    return eh_binary_cross_entropy(g, out, truth);
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
               .source = "torch.nn.BCEWithLogitsLoss" },
    .outputs = outputs,
    .build = build,
    .predict = predict,
};
