/* op_global_max_pool.c - largest value of each image plane: a max pool whose window is the plane. The first maximum takes the gradient. */
#include "tensor/shape.h"

eh_tensor *eh_global_max_pool(eh_graph *g, eh_tensor *x)
{
    eh_tensor *y = eh_adaptive_max_pool2d(g, x, 1, 1);
    return y ? eh_reshape(g, y, eh_shape_of(2, x->shape.dim[0], x->shape.dim[1])) : NULL;
}
