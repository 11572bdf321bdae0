/* op_log_sum_exp.c - smooth maximum over axes, composed.
 *
 * y = m + log sum e^(x - m), m = max x held constant: any m gives the same value and gradient (the softmax), and this one cannot overflow.
 * Trap   A group of only -infinity has m = -infinity and gives NaN; no loss here makes one. */
#include "tensor/shape.h"

eh_tensor *eh_log_sum_exp(eh_graph *g, eh_tensor *x, unsigned axes, bool keep)
{
    eh_tensor *largest = eh_stop_gradient(g, eh_max(g, x, axes, true));
    eh_tensor *y = eh_add(g, eh_log(g, eh_sum(g, eh_exp(g, eh_sub(g, x, largest)), axes, true)), largest);
    if (!y || keep)
        return y;
    return eh_reshape(g, y, eh_shape_reduced(x->shape, axes, false));
}
