/* loss_binned.c - a number as a distribution over intervals.
 *
 * Idea    the range of the training part is cut into equally wide intervals, the head says how probable each is, and the prediction is the
 *         expected value of their middles: finer than the intervals, and robust against labels that are far off.
 * Math    l = -log softmax(z)_k, k the interval of x; prediction = sum_k softmax(z)_k m_k.
 * Source  Rothe, Timofte and Van Gool 2015, "DEX: deep expectation of apparent age from a single image".
 * Easy to get wrong: values outside the range of the training part belong to the outermost intervals.
 */
#include "nn/number_target.h"

#include "evenhand/memory.h"

#include <stddef.h>

typedef struct options {
    int64_t bins;
} options;

static const eh_opt option_table[] = {
    { .name = "bins",
      .help = "equally wide intervals over the range of the training part",
      .type = EH_OPT_INT,
      .offset = offsetof(options, bins),
      .def = "20",
      .min = 2,
      .max = 1000 },
    { 0 },
};

static int64_t outputs(const void *opts, const eh_target *target)
{
    return target->kind == EH_TARGET_NUMBER ? ((const options *)opts)->bins : 0;
}

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    int64_t bins = ((const options *)opts)->bins;
    if (!out || !truth)
        return NULL;
    eh_shape column = eh_shape_of(2, eh_tensor_shape(truth).dim[0], (int64_t)1);
    eh_tensor *above =
        eh_greater(g, eh_reshape(g, truth, column), eh_number_edges(g, target, bins)); /* [N,bins-1] */
    eh_tensor *one = eh_full(g, column, 1), *zero = eh_full(g, column, 0);
    if (!above || !one || !zero)
        return NULL;
    eh_tensor *from = eh_concat(g, (eh_tensor *[]){ one, above }, 2, 1);
    eh_tensor *to = eh_concat(g, (eh_tensor *[]){ above, zero }, 2, 1);
    return eh_soft_cross_entropy(g, out, eh_sub(g, from, to)); /* 1 in the interval of x, else 0 */
}

static eh_tensor *predict(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out)
{
    int64_t bins = ((const options *)opts)->bins;
    float *middle = eh_alloc((size_t)bins, sizeof *middle);
    if (!middle)
        return eh_graph_fail(g, EH_ERR_MEMORY, "out of memory for %lld intervals", (long long)bins);
    for (int64_t k = 0; k < bins; k++)
        middle[k] = (float)(target->low + (target->high - target->low) * ((double)k + 0.5) / (double)bins);
    eh_tensor *middles = eh_constant(g, eh_shape_of(2, bins, (int64_t)1), middle);
    eh_free(middle);
    return eh_matmul(g, eh_softmax(g, out), middles, false, false); /* [N,1] */
}

const eh_loss eh_loss_binned = {
    .entry = { .name = "binned",
               .summary = "a number as a distribution over intervals; predicted is its expected value",
               .source = "Rothe et al. 2015, DEX: deep expectation of apparent age from a single image",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .outputs = outputs,
    .build = build,
    .predict = predict,
};
