/* op_squared_error.c - errors of predicted numbers, one number per sample, composed.
 *
 *   d = x - target;  squared d^2;  absolute |d|;  Huber: d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2)
 *   averaged over all axes but the first.
 * Huber's is built as c (|d| - c / 2), c = min(|d|, delta): both branches in one, and the gradient is c sign(d).
 * Source  Huber 1964; PyTorch's mse_loss, l1_loss and huber_loss. */
#include "tensor/shape.h"

/* Mean over all axes but the first. */
static eh_tensor *per_sample(eh_graph *g, eh_tensor *x)
{
    if (!x || x->shape.rank == 1)
        return x;
    return eh_mean(g, x, eh_axes_but(x->shape.rank, 0), false);
}

static eh_tensor *difference(eh_graph *g, const char *name, eh_tensor *x, eh_tensor *target)
{
    if (!x || !target)
        return NULL;
    if (x->shape.rank < 1 || !eh_shape_equal(x->shape, target->shape))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "%s: two tensors [N,...] of one shape are needed, not %s and %s", name,
                             eh_words(x->shape).text, eh_words(target->shape).text);
    return eh_sub(g, x, target);
}

eh_tensor *eh_squared_error(eh_graph *g, eh_tensor *x, eh_tensor *target)
{
    return per_sample(g, eh_square(g, difference(g, "squared_error", x, target)));
}

eh_tensor *eh_absolute_error(eh_graph *g, eh_tensor *x, eh_tensor *target)
{
    return per_sample(g, eh_abs(g, difference(g, "absolute_error", x, target)));
}

eh_tensor *eh_huber_error(eh_graph *g, eh_tensor *x, eh_tensor *target, double delta)
{
    eh_tensor *size = eh_abs(g, difference(g, "huber_error", x, target));
    eh_tensor *cut = NULL;
    if (!(delta > 0))
        return eh_graph_fail(g, EH_ERR_USAGE, "huber_error: delta must be positive, not %g", delta);
    cut = eh_minimum(g, size, eh_full(g, eh_shape_of(0), delta));
    return per_sample(g, eh_mul(g, cut, eh_sub(g, size, eh_affine(g, cut, 0.5, 0))));
}
