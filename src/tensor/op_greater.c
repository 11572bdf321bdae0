/* op_greater.c - comparison, element by element.
 *
 * y = 1 where a > b, else 0 (also where either is NaN). Constant almost everywhere: no gradient. */
#include "tensor/shape.h"

const eh_op eh_op_greater = {
    .entry = { .name = "greater", .summary = "1 where a > b, else 0" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = eh_infer_binary,
};

eh_tensor *eh_greater(eh_graph *g, eh_tensor *a, eh_tensor *b)
{
    eh_tensor *input[] = { a, b };
    return eh_graph_node(g, &eh_op_greater, input, 2, NULL);
}

eh_tensor *eh_less(eh_graph *g, eh_tensor *a, eh_tensor *b)
{
    return eh_greater(g, b, a);
}
