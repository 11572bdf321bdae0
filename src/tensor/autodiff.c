/* autodiff.c - gradients as nodes of the same graph.
 *
 * Idea      reverse accumulation: walk the nodes backwards from the outputs; each node's rule turns d loss/d outputs into d loss/d inputs;
 *           several contributions to one tensor are summed by eh_add.
 * Cost      one gradient rule per node that lies between `wrt` and the outputs; nodes that no `wrt` reaches get none.
 * Source    Griewank and Walther, Evaluating Derivatives, 2nd ed. 2008, chapter 3.
 * Traps     A tensor in `wrt` may itself depend on another one: its gradient is kept and passed on. Nodes are appended while walking, so
 *           the walk covers only ids that existed at the start. */
#include "tensor/recompute.h"
#include "tensor/shape.h"

#include <assert.h>

typedef struct walk {
    eh_graph *g;
    bool *depends;    /* by tensor id: some wrt reaches it */
    eh_tensor **grad; /* by tensor id: the sum so far */
    size_t nodes;     /* before the walk */
    eh_recompute again;
} walk;

/* Marks every tensor that depends on wrt through ops that have a gradient. */
static void mark(walk *w, eh_tensor *const *wrt, size_t count)
{
    for (size_t i = 0; i < count; i++)
        w->depends[wrt[i]->id] = true;
    for (size_t n = 0; n < w->nodes; n++) {
        const eh_node *node = w->g->node[n];
        bool any = false;
        if (!node->op->grad)
            continue;
        for (int i = 0; i < node->inputs; i++)
            any |= w->depends[node->input[i]->id];
        for (int i = 0; any && i < node->outputs; i++)
            if (node->output[i]->dtype == EH_F32)
                w->depends[node->output[i]->id] = true;
    }
}

static void accumulate(walk *w, const eh_tensor *to, eh_tensor *part)
{
    eh_tensor **sum = &w->grad[to->id];
    if (!part)
        return;
    assert(eh_shape_equal(part->shape, to->shape));
    *sum = *sum ? eh_add(w->g, *sum, part) : part;
}

enum { MOST_INPUTS = 64 };

/* Applies one node's rule when a gradient has arrived at any of its outputs. */
static eh_status step_back(walk *w, const eh_node *node, eh_error *err)
{
    eh_tensor *dy[MOST_INPUTS] = { 0 }, *dx[MOST_INPUTS] = { 0 };
    bool want[MOST_INPUTS] = { false };
    bool arrived = false, wanted = false;
    eh_scope_frame frame = { .outer = w->g->scope,
                             .text = node->scope }; /* gradients belong where the node was built */
    eh_status status = EH_OK;
    assert(node->inputs <= MOST_INPUTS && node->outputs <= MOST_INPUTS);
    for (int i = 0; i < node->outputs; i++) {
        dy[i] = w->grad[node->output[i]->id];
        arrived |= dy[i] != NULL;
    }
    for (int i = 0; i < node->inputs; i++) {
        want[i] = w->depends[node->input[i]->id];
        wanted |= want[i];
    }
    if (!arrived || !wanted || !node->op->grad)
        return EH_OK;
    const eh_node *seen = node; /* as the rule sees it */
    EH_TRY(eh_recompute_view(&w->again, &seen, err));
    w->g->scope = &frame;
    status = node->op->grad(w->g, seen, dy, want, dx, err);
    w->g->scope = frame.outer;
    if (status != EH_OK)
        return status;
    for (int i = 0; i < node->inputs; i++)
        if (want[i])
            accumulate(w, node->input[i], dx[i]);
    return eh_graph_check(w->g, err);
}

eh_status eh_graph_backward(eh_graph *g, eh_tensor *const *output, eh_tensor *const *seed, size_t outputs,
                            eh_tensor *const *wrt, size_t count, eh_tensor **grad, eh_error *err)
{
    walk w = { .g = g, .nodes = g->nodes };
    eh_status status = eh_graph_check(g, err);
    for (size_t i = 0; i < count; i++)
        grad[i] = NULL;
    if (status != EH_OK)
        return status;
    w.depends = eh_alloc(g->tensors, sizeof *w.depends);
    w.grad = eh_alloc(g->tensors, sizeof(eh_tensor *));
    if (!w.depends || !w.grad) {
        status = eh_fail_memory(err, "the list of gradients", g->tensors, sizeof(eh_tensor *));
        goto done;
    }
    EH_TRY_GOTO(status, eh_recompute_open(&w.again, g, err));
    mark(&w, wrt, count);
    for (size_t i = 0; i < outputs; i++)
        accumulate(&w, output[i], seed[i]);
    for (size_t n = w.nodes; n-- > 0;)
        EH_TRY_GOTO(status, step_back(&w, g->node[n], err));
    for (size_t i = 0; i < count; i++)
        grad[i] = w.grad[wrt[i]->id];
    status = eh_graph_check(g, err);
done:
    eh_recompute_close(&w.again);
    eh_free(w.depends);
    eh_free(w.grad);
    return status;
}

eh_status eh_gradients(eh_graph *g, eh_tensor *loss, eh_tensor *const *wrt, size_t count, eh_tensor **grad,
                       eh_error *err)
{
    eh_tensor *one = NULL;
    EH_TRY(eh_graph_check(g, err));
    for (size_t i = 0; i < count; i++) {
        grad[i] = NULL;
        if (!wrt[i])
            return eh_fail(err, EH_ERR_USAGE, "gradients: tensor %zu of the list is missing (NULL)", i);
    }
    if (!loss)
        return eh_fail(err, EH_ERR_USAGE, "gradients: the loss is missing (NULL)");
    if (loss->shape.rank != 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "gradients: the loss has shape %s but must be a scalar; take its mean or sum first",
                       eh_words(loss->shape).text);
    one = eh_full(g, loss->shape, 1);
    EH_TRY(eh_graph_check(g, err));
    return eh_graph_backward(g, &loss, &one, 1, wrt, count, grad, err);
}
