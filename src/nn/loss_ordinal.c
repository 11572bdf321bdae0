/* loss_ordinal.c - a number as answers to "is it above this?".
 *
 * Idea    for each of the edges between equally wide intervals the head answers whether the number lies above it; intervals keep their order,
 *         so being one off costs less than being ten off.
 * Math    l = mean_k softplus(z_k) - z_k [x > e_k]; prediction = low + width (1/2 + sum_k sigmoid(z_k)), the middle of the interval that the
 *         answers expect.
 * Source  Niu, Zhou, Wang, Gao and Hua 2016, "Ordinal regression with multiple output CNN for age estimation".
 * Differs the prediction is the expected value, not the count of answers above one half.
 */
#include "nn/number_target.h"

#include <stddef.h>

typedef struct options {
    int64_t steps;
} options;

static const eh_opt option_table[] = {
    { .name = "steps",
      .help = "equally wide intervals over the range of the training part",
      .type = EH_OPT_INT,
      .offset = offsetof(options, steps),
      .def = "20",
      .min = 2,
      .max = 1000 },
    { 0 },
};

static int64_t outputs(const void *opts, const eh_target *target)
{
    return target->kind == EH_TARGET_NUMBER ? ((const options *)opts)->steps - 1 : 0;
}

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    if (!out || !truth)
        return NULL;
    eh_shape column = eh_shape_of(2, eh_tensor_shape(truth).dim[0], (int64_t)1);
    eh_tensor *above =
        eh_greater(g, eh_reshape(g, truth, column),
                   eh_number_edges(g, target, ((const options *)opts)->steps)); /* [N,steps-1] */
    eh_tensor *loss = eh_sub(g, eh_softplus(g, out), eh_mul(g, out, above));
    return eh_mean(g, loss, 1u << 1, false);
}

static eh_tensor *predict(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out)
{
    double width = (target->high - target->low) / (double)((const options *)opts)->steps;
    eh_tensor *above = eh_sum(g, eh_sigmoid(g, out), 1u << 1, true); /* [N,1] */
    return eh_affine(g, above, width, target->low + width / 2);
}

const eh_loss eh_loss_ordinal = {
    .entry = { .name = "ordinal",
               .summary = "a number as answers to: is it above this edge?",
               .source = "Niu et al. 2016, Ordinal regression with multiple output CNN for age estimation",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .outputs = outputs,
    .build = build,
    .predict = predict,
};
