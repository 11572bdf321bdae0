/* recompute.h - gradient checkpointing inside the walk of autodiff.c. */
#ifndef EH_TENSOR_RECOMPUTE_H
#define EH_TENSOR_RECOMPUTE_H

#include "tensor/op.h"

/* Which tensors have a second copy. Empty where the graph does not recompute. */
typedef struct eh_recompute {
    eh_graph *g;
    size_t nodes;     /* before the walk */
    eh_tensor **copy; /* by tensor id; NULL: the tensor itself is used */
    bool *kept;       /* by tensor id: read outside its block */
    bool *made;       /* by block */
} eh_recompute;

eh_status eh_recompute_open(eh_recompute *r, eh_graph *g, eh_error *err);
void eh_recompute_close(eh_recompute *r);

/* Replaces *node by what a gradient rule is to see: the same node with the second copies in place of values that are not kept. The first node of a block
 * makes the copies of the whole block. */
eh_status eh_recompute_view(eh_recompute *r, const eh_node **node, eh_error *err);

#endif
