/* class_weights.c - see class_weights.h. */
#include "nn/class_weights.h"

#include "evenhand/memory.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

const char *const eh_class_weighting_names[] = { "none", "inverse", "median", "enet", NULL };

const eh_opt eh_class_loss_option_table[] = {
    { .name = "smoothing",
      .help = "label smoothing: this share of the target is spread over all classes",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(eh_class_loss_options, smoothing),
      .def = "0",
      .min = 0,
      .max = 0.999 },
    { .name = "weights",
      .help = "weigh classes by their rarity in the training part",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(eh_class_loss_options, weights),
      .def = "none",
      .choices = eh_class_weighting_names },
    { 0 },
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of a class with n of `total`. */
static double weight_of(eh_class_weighting weighting, double unit, double total, double n)
{
    return weighting == EH_CLASS_WEIGHTS_ENET ? 1 / log(1.02 + n / total) : unit / n;
}

eh_tensor *eh_class_weights(eh_graph *g, eh_class_weighting weighting, const eh_target *target)
{
    size_t classes = target->classes, present = 0;
    eh_tensor *result = NULL;
    if (weighting == EH_CLASS_WEIGHTS_NONE || !target->class_count)
        return NULL;
    float *weight = eh_alloc(classes, sizeof *weight);
    double *count = eh_alloc(classes, sizeof *count), total = 0;
    if (!weight || !count) {
        eh_graph_fail(g, EH_ERR_MEMORY, "out of memory for the weights of %zu classes", classes);
        goto done;
    }
    for (size_t k = 0; k < classes; k++) {
        total += (double)target->class_count[k];
        if (target->class_count[k])
            count[present++] = (double)target->class_count[k];
    }
    qsort(count, present, sizeof *count, by_value);
    double median = present ? (count[(present - 1) / 2] + count[present / 2]) / 2 : 0;
    double unit = weighting == EH_CLASS_WEIGHTS_INVERSE ? total / (double)classes : median;
    for (size_t k = 0; k < classes; k++)
        weight[k] = target->class_count[k]
                        ? (float)weight_of(weighting, unit, total, (double)target->class_count[k])
                        : 0;
    result = eh_constant(g, eh_shape_of(1, (int64_t)classes), weight);
done:
    eh_free(weight);
    eh_free(count);
    return result;
}
