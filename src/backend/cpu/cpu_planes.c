/* cpu_planes.c - one number for each image plane: global average pooling, and what reductions and broadcasts over whole planes come to. */
#include "backend/cpu/cpu_planes.h"
#include "backend/cpu/cpu_vector.h"

EH_INLINE void sum_body(const void *args, int part, int parts, eh_as as)
{
    const eh_planes *k = args;
    const eh_channels *c = &k->channels;
    int64_t from, to;
    eh_cpu_share(c->images * c->blocks, part, parts, &from, &to);
    for (int64_t p = from; p < to; p++) {
        int64_t x = p / c->blocks * c->image + p % c->blocks * c->step;
        double lane[16] = { 0 };
        for (int64_t i = 0; i < c->run;) {
            int64_t end = c->run - i > 4096 ? i + 4096 : c->run;
            eh_v16 sum = eh_splat(0);
            for (; i + 16 <= end; i += 16)
                sum += eh_get(k->image, x + i, as);
            if (i < end) {
                sum += eh_get_part(k->image, x + i, end - i, as);
                i = end;
            }
            for (int l = 0; l < 16; l++)
                lane[l] += (double)sum[l];
        }
        for (int64_t l = c->lanes; l < 16; l++)
            lane[l % c->lanes] += lane[l];
        int64_t channel = p % c->blocks * c->lanes;
        float *number = k->number + p / c->blocks * k->per_image;
        for (int64_t l = 0; l < c->lanes && channel + l < c->channels; l++)
            number[(channel + l) * k->per_channel] = (float)(lane[l] * k->factor);
    }
}
EH_TYPED_VARIANTS(sum_run, sum_body);

EH_INLINE void fill_body(const void *args, int part, int parts, eh_as as)
{
    const eh_planes *k = args;
    const eh_channels *c = &k->channels;
    float factor = (float)k->factor;
    int64_t from, to;
    eh_cpu_share(c->images * c->blocks, part, parts, &from, &to);
    for (int64_t p = from; p < to; p++) {
        int64_t x = p / c->blocks * c->image + p % c->blocks * c->step;
        const float *number = k->number + p / c->blocks * k->per_image;
        int64_t channel = p % c->blocks * c->lanes, i = 0;
        eh_v16 value = eh_splat(0);
        for (int64_t l = 0; l < 16; l++)
            if (channel + l % c->lanes < c->channels)
                value[l] = number[(channel + l % c->lanes) * k->per_channel] * factor;
        for (; i + 16 <= c->run; i += 16)
            eh_put(k->image, x + i, value, as);
        if (i < c->run)
            eh_put_part(k->image, x + i, value, c->run - i, as);
    }
}
EH_TYPED_VARIANTS(fill_run, fill_body);

static int parts_of(const eh_planes *planes)
{
    return eh_cpu_parts((double)(planes->channels.images * planes->channels.image) * 4);
}

void eh_planes_sum(const eh_planes *planes)
{
    eh_cpu_run_typed(sum_run, planes->element, planes, parts_of(planes));
}

void eh_planes_fill(const eh_planes *planes)
{
    eh_cpu_run_typed(fill_run, planes->element, planes, parts_of(planes));
}

bool eh_planes_fit(eh_shape small, eh_shape image, int64_t *per_image, int64_t *per_channel)
{
    int64_t dims[2] = { 1, 1 };
    if (image.rank < 3 || small.rank > image.rank)
        return false;
    for (int i = 0; i < image.rank; i++) {
        int axis = i - (image.rank - small.rank);
        int64_t dim = axis >= 0 ? small.dim[axis] : 1;
        if (i < 2)
            dims[i] = dim;
        else if (dim != 1)
            return false;
    }
    *per_channel = dims[1] == 1 ? 0 : 1;
    *per_image = dims[0] == 1 ? 0 : dims[1];
    return true;
}

/* ---- global average pooling ---- */

static eh_status prepare(eh_step *step, const eh_layout *image, eh_error *err)
{
    EH_TRY(eh_cpu_state(step, sizeof(eh_planes), err));
    eh_planes *k = step->state;
    eh_layout_channels(image, &k->channels);
    k->element = image->element;
    k->per_image = k->channels.channels;
    k->per_channel = 1;
    k->factor = (double)k->channels.lanes / (double)k->channels.run;
    return EH_OK;
}

/* (x) -> [N,C] */
static eh_status prepare_pool(eh_step *step, eh_error *err)
{
    EH_TRY(eh_cpu_want_channels(step, 0, err));
    EH_TRY(eh_cpu_out_plain(step, 0, err));
    return prepare(step, eh_cpu_input_layout(step, 0), err);
}

/* (dy [N,C]) -> dx: as images lie on this processor, since the forward pass says nothing. */
static eh_status prepare_grad(eh_step *step, eh_error *err)
{
    EH_TRY(eh_cpu_out_image(step, 0, err));
    EH_TRY(eh_cpu_want_row_major(step, 0, EH_ELEMENT_WORD, err));
    return prepare(step, step->out[0]->layout, err);
}

static eh_status run_pool(eh_step *step, eh_error *err)
{
    eh_planes k = *(const eh_planes *)step->state;
    (void)err;
    k.image = step->in[0]->data;
    k.number = step->out[0]->data;
    eh_planes_sum(&k);
    return EH_OK;
}

static eh_status run_grad(eh_step *step, eh_error *err)
{
    eh_planes k = *(const eh_planes *)step->state;
    (void)err;
    k.image = step->out[0]->data;
    k.number = step->in[0]->data;
    eh_planes_fill(&k);
    return EH_OK;
}

const eh_kernel eh_cpu_global_avg_pool = { .op = &eh_op_global_avg_pool,
                                           .lowers = EH_FOLLOWS,
                                           .prepare = prepare_pool,
                                           .run = run_pool,
                                           .release = eh_cpu_free_state };
const eh_kernel eh_cpu_global_avg_pool_grad = { .op = &eh_op_global_avg_pool_grad,
                                                .lowers = EH_FOLLOWS,
                                                .prepare = prepare_grad,
                                                .run = run_grad,
                                                .release = eh_cpu_free_state };
