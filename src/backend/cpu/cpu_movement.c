/* cpu_movement.c - operations that move elements and compute nothing: reshape, permute, broadcast_to and the identities. */
#include "backend/cpu/cpu_planes.h"

#include <string.h>

/* ---- the same elements in the same order ---- */

static eh_status run_copy(eh_step *step, eh_error *err)
{
    (void)err;
    if (step->out[0]->data != step->in[0]->data)
        memcpy(step->out[0]->data, step->in[0]->data, step->out[0]->bytes);
    return EH_OK;
}

/* Only row-major memory may change its shape. */
static eh_status prepare_reshape(eh_step *step, eh_error *err)
{
    EH_TRY(eh_cpu_want_plain(step, 0, err));
    return eh_layout_plain(&step->out[0]->layout, step->out[0]->tensor->shape, step->in[0]->layout->element,
                           err);
}

static eh_status prepare_identity(eh_step *step, eh_error *err)
{
    step->in_place[0] = 0;
    return eh_cpu_out(step, 0, step->in[0]->layout, err);
}

/* ---- permute and broadcast: y in order, x by strides ---- */

typedef struct gather {
    const void *x;
    void *y;
    eh_element element;
    int rank;
    int64_t count, dim[EH_MAX_RANK], stride[EH_MAX_RANK];
} gather;

typedef struct broadcast {
    gather general;
    bool fills; /* planes of images, each with one number */
    eh_planes planes;
} broadcast;

/* Moves elements of `size` bytes, which the callers know when they are compiled. */
EH_INLINE void gather_rows(const void *args, int part, int parts, size_t size)
{
    const gather *g = args;
    int last = g->rank - 1;
    int64_t width = g->dim[last], stride = g->stride[last], from, to;
    eh_cpu_share(g->count / width, part, parts, &from, &to);
    for (int64_t r = from; r < to; r++) {
        int64_t rest = r, at = 0;
        for (int i = last; i-- > 0; rest /= g->dim[i])
            at += rest % g->dim[i] * g->stride[i];
        const char *x = (const char *)g->x + (size_t)at * size;
        char *y = (char *)g->y + (size_t)(r * width) * size;
        if (stride == 1)
            memcpy(y, x, (size_t)width * size);
        else
            for (int64_t i = 0; i < width; i++)
                memcpy(y + (size_t)i * size, x + (size_t)(i * stride) * size, size);
    }
}

static void gather_words(const void *args, int part, int parts)
{
    gather_rows(args, part, parts, 4);
}

static void gather_halves(const void *args, int part, int parts)
{
    gather_rows(args, part, parts, 2);
}

static eh_status prepare_gather(eh_step *step, eh_error *err)
{
    eh_shape x = step->in[0]->tensor->shape, y = step->out[0]->tensor->shape;
    int64_t strides[EH_MAX_RANK + 1], size = 1;
    eh_element element = step->in[0]->layout->element;
    EH_TRY(eh_cpu_want_plain(step, 0, err));
    EH_TRY(eh_layout_plain(&step->out[0]->layout, y, element, err));
    EH_TRY(eh_cpu_state(step, sizeof(broadcast), err));
    gather *g = &((broadcast *)step->state)->general;
    g->element = element;
    for (int i = x.rank; i-- > 0;) {
        strides[i] = size;
        size *= x.dim[i];
    }
    g->rank = y.rank;
    g->count = eh_shape_elements(y);
    for (int i = 0; i < y.rank; i++) {
        int from = step->node->op == &eh_op_permute ? ((const eh_attr_permute *)step->node->attr)->order[i]
                                                    : i - (y.rank - x.rank);
        g->dim[i] = y.dim[i];
        g->stride[i] = from < 0 || (x.dim[from] == 1 && y.dim[i] != 1) ? 0 : strides[from];
    }
    if (g->rank == 0) {
        g->rank = 1;
        g->dim[0] = 1;
    }
    return EH_OK;
}

static eh_status run_gather(eh_step *step, eh_error *err)
{
    gather g = ((const broadcast *)step->state)->general;
    (void)err;
    g.x = step->in[0]->data;
    g.y = step->out[0]->data;
    eh_cpu_run(g.element == EH_ELEMENT_WORD ? gather_words : gather_halves, &g,
               eh_cpu_parts((double)g.count * 8));
    return EH_OK;
}

/* ---- images filled with a number for each plane ---- */

static eh_status prepare_broadcast(eh_step *step, eh_error *err)
{
    eh_shape y = step->out[0]->tensor->shape;
    int64_t per_image = 0, per_channel = 0;
    if (y.rank != 4 || !eh_planes_fit(step->in[0]->tensor->shape, y, &per_image, &per_channel))
        return prepare_gather(step, err);
    EH_TRY(eh_cpu_state(step, sizeof(broadcast), err));
    broadcast *b = step->state;
    EH_TRY(eh_cpu_want_row_major(step, 0, EH_ELEMENT_WORD, err));
    EH_TRY(eh_cpu_out_image(step, 0, err));
    b->fills = true;
    b->planes = (eh_planes){ .element = step->out[0]->layout->element,
                             .per_image = per_image,
                             .per_channel = per_channel,
                             .factor = 1 };
    eh_layout_channels(step->out[0]->layout, &b->planes.channels);
    return EH_OK;
}

static eh_status run_broadcast(eh_step *step, eh_error *err)
{
    const broadcast *b = step->state;
    if (!b->fills)
        return run_gather(step, err);
    eh_planes planes = b->planes;
    planes.image = step->out[0]->data;
    planes.number = step->in[0]->data;
    eh_planes_fill(&planes);
    return EH_OK;
}

const eh_kernel eh_cpu_reshape = {
    .op = &eh_op_reshape, .lowers = EH_FOLLOWS, .prepare = prepare_reshape, .run = run_copy
};
const eh_kernel eh_cpu_stop_gradient = {
    .op = &eh_op_stop_gradient, .lowers = EH_FOLLOWS, .prepare = prepare_identity, .run = run_copy
};
const eh_kernel eh_cpu_reverse_gradient = {
    .op = &eh_op_reverse_gradient, .lowers = EH_FOLLOWS, .prepare = prepare_identity, .run = run_copy
};
const eh_kernel eh_cpu_permute = { .op = &eh_op_permute,
                                   .lowers = EH_FOLLOWS,
                                   .prepare = prepare_gather,
                                   .run = run_gather,
                                   .release = eh_cpu_free_state };
const eh_kernel eh_cpu_broadcast_to = { .op = &eh_op_broadcast_to,
                                        .lowers = EH_FOLLOWS,
                                        .prepare = prepare_broadcast,
                                        .run = run_broadcast,
                                        .release = eh_cpu_free_state };
