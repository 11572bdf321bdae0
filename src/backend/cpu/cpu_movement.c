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
    return eh_cpu_out_plain(step, 0, err);
}

static eh_status prepare_identity(eh_step *step, eh_error *err)
{
    step->in_place[0] = 0;
    return eh_cpu_out(step, 0, step->in[0]->layout, err);
}

/* ---- permute and broadcast: y in order, x by strides ---- */

typedef struct gather {
    const float *x;
    float *y;
    int rank;
    int64_t count, dim[EH_MAX_RANK], stride[EH_MAX_RANK];
} gather;

typedef struct broadcast {
    gather general;
    bool fills; /* planes of images, each with one number */
    eh_planes planes;
} broadcast;

static void gather_work(const void *args, int part, int parts)
{
    const gather *g = args;
    int last = g->rank - 1;
    int64_t width = g->dim[last], stride = g->stride[last], from, to;
    eh_cpu_share(g->count / width, part, parts, &from, &to);
    for (int64_t r = from; r < to; r++) {
        int64_t rest = r, at = 0;
        for (int i = last; i-- > 0; rest /= g->dim[i])
            at += rest % g->dim[i] * g->stride[i];
        const float *x = g->x + at;
        float *y = g->y + r * width;
        if (stride == 1)
            memcpy(y, x, (size_t)width * sizeof *y);
        else
            for (int64_t i = 0; i < width; i++)
                y[i] = x[i * stride];
    }
}

static eh_status prepare_gather(eh_step *step, eh_error *err)
{
    eh_shape x = step->in[0]->tensor->shape, y = step->out[0]->tensor->shape;
    int64_t strides[EH_MAX_RANK + 1], size = 1;
    EH_TRY(eh_cpu_prepare_plain(step, err));
    EH_TRY(eh_cpu_state(step, sizeof(broadcast), err));
    gather *g = &((broadcast *)step->state)->general;
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
    eh_cpu_run(gather_work, &g, eh_cpu_parts((double)g.count * 8));
    return EH_OK;
}

/* ---- images filled with a number for each plane ---- */

static eh_status prepare_broadcast(eh_step *step, eh_error *err)
{
    eh_shape y = step->out[0]->tensor->shape;
    int64_t per_image = 0, per_channel = 0;
    if (!eh_planes_fit(step->in[0]->tensor->shape, y, &per_image, &per_channel) || y.rank != 4)
        return prepare_gather(step, err);
    EH_TRY(eh_cpu_state(step, sizeof(broadcast), err));
    broadcast *b = step->state;
    b->fills = true;
    b->planes = (eh_planes){ .per_image = per_image, .per_channel = per_channel, .factor = 1 };
    EH_TRY(eh_cpu_want_plain(step, 0, err));
    EH_TRY(eh_cpu_out_image(step, 0, err));
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

const eh_kernel eh_cpu_reshape = { .op = &eh_op_reshape, .prepare = prepare_reshape, .run = run_copy };
const eh_kernel eh_cpu_stop_gradient = { .op = &eh_op_stop_gradient,
                                         .prepare = prepare_identity,
                                         .run = run_copy };
const eh_kernel eh_cpu_reverse_gradient = { .op = &eh_op_reverse_gradient,
                                            .prepare = prepare_identity,
                                            .run = run_copy };
const eh_kernel eh_cpu_permute = {
    .op = &eh_op_permute, .prepare = prepare_gather, .run = run_gather, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_broadcast_to = { .op = &eh_op_broadcast_to,
                                        .prepare = prepare_broadcast,
                                        .run = run_broadcast,
                                        .release = eh_cpu_free_state };
