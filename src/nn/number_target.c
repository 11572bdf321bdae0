/* number_target.c - see number_target.h. */
#include "nn/number_target.h"

#include "evenhand/memory.h"

int64_t eh_number_outputs(const void *opts, const eh_target *target)
{
    (void)opts;
    return target->kind == EH_TARGET_NUMBER ? 1 : 0;
}

eh_tensor *eh_number_scaled(eh_graph *g, const eh_target *target, eh_tensor *truth)
{
    return eh_affine(g, truth, 1 / target->std, -target->mean / target->std);
}

eh_tensor *eh_number_predict(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out)
{
    (void)opts;
    return eh_affine(g, out, target->std, target->mean);
}

eh_tensor *eh_number_edges(eh_graph *g, const eh_target *target, int64_t steps)
{
    float *edge = eh_alloc((size_t)steps, sizeof *edge);
    if (!edge)
        return eh_graph_fail(g, EH_ERR_MEMORY, "out of memory for %lld intervals", (long long)steps);
    for (int64_t k = 1; k < steps; k++)
        edge[k - 1] = (float)(target->low + (target->high - target->low) * (double)k / (double)steps);
    eh_tensor *edges = eh_constant(g, eh_shape_of(2, (int64_t)1, steps - 1), edge);
    eh_free(edge);
    return edges;
}
