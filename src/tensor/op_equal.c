/* op_equal.c - equality, element by element, broadcasting.
 *
 * y = 1 where a = b, else 0; a NaN equals nothing. Constant almost everywhere: no gradient. */
#include "tensor/shape.h"

const eh_op eh_op_equal = {
    .entry = { .name = "equal", .summary = "1 where a = b, else 0" },
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = eh_infer_binary,
};

eh_tensor *eh_equal(eh_graph *g, eh_tensor *a, eh_tensor *b)
{
    eh_tensor *input[] = { a, b };
    return eh_graph_node(g, &eh_op_equal, input, 2, NULL);
}
