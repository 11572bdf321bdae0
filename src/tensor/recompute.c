/* recompute.c - gradient checkpointing by blocks.
 *
 * Idea    The walk back reaches a block when the gradients of everything behind it are written down. At that point the block's nodes are appended once more,
 *         reading what the block reads; rules inside the block then see the copies, so the first values have no reader left after the forward
 *         pass and their memory is free until here. What others read of the block (its result) is kept, and never computed twice.
 * Cost    One more forward pass of the blocks at most; kept are one result for each block and the inside of one block.
 * Source  Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost", 2016.
 * Easy to get wrong: effects (running statistics) must not happen twice; draws must be the same, which they are because a draw depends on attributes and
 *         step alone. A plan runs steps in the order of their nodes, so the copies are not made earlier than here.
 */
#include "tensor/recompute.h"

#include <string.h>

/* A tensor is kept when a node of another block, or of none, reads it. Effects read after the forward pass at once: they keep nothing. */
static void mark_kept(eh_recompute *r)
{
    for (size_t n = 0; n < r->nodes; n++) {
        const eh_node *node = r->g->node[n];
        for (int i = 0; i < node->inputs && !(node->op->flags & EH_OP_EFFECT); i++)
            if (node->input[i]->node->block != node->block)
                r->kept[node->input[i]->id] = true;
    }
}

eh_status eh_recompute_open(eh_recompute *r, eh_graph *g, eh_error *err)
{
    *r = (eh_recompute){ .g = g, .nodes = g->nodes };
    if (!g->recompute || g->blocks == 0)
        return EH_OK;
    r->copy = eh_alloc(g->tensors, sizeof(eh_tensor *));
    r->kept = eh_alloc(g->tensors, sizeof *r->kept);
    r->made = eh_alloc((size_t)g->blocks + 1, sizeof *r->made);
    if (!r->copy || !r->kept || !r->made) {
        eh_recompute_close(r);
        return eh_fail_memory(err, "the blocks of a graph", g->tensors, sizeof(eh_tensor *));
    }
    mark_kept(r);
    return EH_OK;
}

void eh_recompute_close(eh_recompute *r)
{
    eh_free(r->copy);
    eh_free(r->kept);
    eh_free(r->made);
    r->copy = NULL;
    r->kept = NULL;
    r->made = NULL;
}

static eh_tensor *seen(const eh_recompute *r, eh_tensor *t)
{
    return r->copy[t->id] ? r->copy[t->id] : t;
}

static bool any_lost(const eh_recompute *r, const eh_node *node)
{
    bool lost = false;
    for (int i = 0; i < node->outputs; i++)
        lost = lost || !r->kept[node->output[i]->id];
    return lost;
}

/* Appends a node once more, reading copies. */
static eh_status copy_node(eh_recompute *r, const eh_node *node, eh_error *err)
{
    eh_graph *g = r->g;
    eh_tensor **input = eh_arena_alloc(g->arena, (size_t)node->inputs + 1, sizeof(eh_tensor *));
    eh_scope_frame frame = { .outer = g->scope,
                             .text = eh_arena_printf(g->arena, "%s (again)", node->scope) };
    if (!input || !frame.text)
        return eh_fail_memory(err, "a node", (size_t)node->inputs + 1, sizeof(eh_tensor *));
    for (int i = 0; i < node->inputs; i++)
        input[i] = seen(r, node->input[i]);
    g->scope = &frame;
    eh_tensor *y = eh_graph_node(g, node->op, input, node->inputs, node->attr);
    g->scope = frame.outer;
    EH_TRY(eh_graph_check(g, err));
    for (int i = 0; i < node->outputs; i++)
        if (!r->kept[node->output[i]->id])
            r->copy[node->output[i]->id] = y->node->output[i];
    return EH_OK;
}

static eh_status copy_block(eh_recompute *r, uint32_t block, eh_error *err)
{
    r->made[block] = true;
    for (size_t n = 0; n < r->nodes; n++) {
        const eh_node *node = r->g->node[n];
        if (node->block == block && !(node->op->flags & (EH_OP_LEAF | EH_OP_EFFECT)) && any_lost(r, node))
            EH_TRY(copy_node(r, node, err));
    }
    return EH_OK;
}

eh_status eh_recompute_view(eh_recompute *r, const eh_node **node, eh_error *err)
{
    const eh_node *n = *node;
    if (!r->copy || n->block == 0)
        return EH_OK;
    if (!r->made[n->block])
        EH_TRY(copy_block(r, n->block, err));
    eh_node *view = eh_arena_alloc(r->g->arena, 1, sizeof *view);
    eh_tensor **list =
        eh_arena_alloc(r->g->arena, (size_t)n->inputs + (size_t)n->outputs, sizeof(eh_tensor *));
    if (!view || !list)
        return eh_fail_memory(err, "a node", 1, sizeof *view);
    *view = *n;
    view->input = list;
    view->output = list + n->inputs;
    for (int i = 0; i < n->inputs; i++)
        view->input[i] = seen(r, n->input[i]);
    for (int i = 0; i < n->outputs; i++)
        view->output[i] = seen(r, n->output[i]);
    *node = view;
    return EH_OK;
}
