/* cpu_resample2d.c - resized and mirrored image planes, and the gradient, in the image layout that the input has.
 *
 * A thread takes planes of one block of channels; a vector holds the channels of one position, so all lanes share the four weights. Adding up in the
 * gradient stays inside a plane: one order whatever the number of threads.
 */
#include "backend/cpu/cpu_vector.h"

#include <string.h>

typedef struct resample {
    const eh_attr_resample2d *attr;
    eh_channels x, y;
    float *from, *to; /* x and y, or dx and dy */
} resample;

/* Whole elements are moved: nearest, mirrored. */
EH_INLINE void copy_plane(const eh_attr_resample2d *a, float *x, float *y, int64_t lanes, bool back)
{
    const eh_resample_axis *rows = &a->axis[0], *columns = &a->axis[1];
    for (int64_t i = 0; i < rows->outputs; i++) {
        float *row = x + rows->first[i] * columns->inputs * lanes;
        for (int64_t j = 0; j < columns->outputs; j++, y += lanes) {
            float *at = row + columns->first[j] * lanes;
            if (back)
                eh_store_part(at, eh_load_part(at, lanes) + eh_load_part(y, lanes), lanes);
            else
                eh_store_part(y, eh_load_part(at, lanes), lanes);
        }
    }
}

EH_INLINE void mix_plane(const eh_attr_resample2d *a, float *x, float *y, int64_t lanes, bool back)
{
    const eh_resample_axis *rows = &a->axis[0], *columns = &a->axis[1];
    for (int64_t i = 0; i < rows->outputs; i++) {
        float *above = x + rows->first[i] * columns->inputs * lanes,
              *below = x + rows->second[i] * columns->inputs * lanes;
        float v = (float)rows->share[i], u = 1 - v;
        for (int64_t j = 0; j < columns->outputs; j++, y += lanes) {
            int64_t p = columns->first[j] * lanes, q = columns->second[j] * lanes;
            float t = (float)columns->share[j], s = 1 - t;
            if (!back) {
                eh_v16 top = eh_load_part(above + p, lanes) * s + eh_load_part(above + q, lanes) * t,
                       bottom = eh_load_part(below + p, lanes) * s + eh_load_part(below + q, lanes) * t;
                eh_store_part(y, top * u + bottom * v, lanes);
                continue;
            }
            eh_v16 dy = eh_load_part(y, lanes), top = dy * u, bottom = dy * v;
            eh_store_part(above + p, eh_load_part(above + p, lanes) + top * s, lanes);
            eh_store_part(above + q, eh_load_part(above + q, lanes) + top * t, lanes);
            eh_store_part(below + p, eh_load_part(below + p, lanes) + bottom * s, lanes);
            eh_store_part(below + q, eh_load_part(below + q, lanes) + bottom * t, lanes);
        }
    }
}

EH_INLINE void plane(const resample *r, int64_t n, int64_t b, int64_t lanes, bool back)
{
    float *x = r->from + n * r->x.image + b * r->x.step, *y = r->to + n * r->y.image + b * r->y.step;
    if (back)
        memset(x, 0, (size_t)r->x.run * sizeof *x);
    if (r->attr->axis[0].exact && r->attr->axis[1].exact)
        copy_plane(r->attr, x, y, lanes, back);
    else
        mix_plane(r->attr, x, y, lanes, back);
}

EH_INLINE void planes(const void *args, int part, int parts, bool back)
{
    const resample *r = args;
    int64_t from, to;
    eh_cpu_share(r->x.images * r->x.blocks, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++) {
        int64_t n = i / r->x.blocks, b = i % r->x.blocks;
        if (r->x.lanes == 16)
            plane(r, n, b, 16, back);
        else if (r->x.lanes == 8)
            plane(r, n, b, 8, back);
        else
            plane(r, n, b, 1, back);
    }
}

EH_INLINE void forward_body(const void *args, int part, int parts)
{
    planes(args, part, parts, false);
}
EH_KERNEL_VARIANTS(forward_run, forward_body);

EH_INLINE void back_body(const void *args, int part, int parts)
{
    planes(args, part, parts, true);
}
EH_KERNEL_VARIANTS(back_run, back_body);

static eh_status prepare(eh_step *step, eh_error *err)
{
    bool back = step->node->op == &eh_op_resample2d_grad;
    EH_TRY(eh_cpu_want_lanes(step, 0, err));
    const eh_layout *in = eh_cpu_input_layout(step, 0);
    EH_TRY(eh_layout_like(&step->out[0]->layout, in, step->out[0]->tensor->shape, EH_ELEMENT_WORD, err));
    EH_TRY(eh_cpu_state(step, sizeof(resample), err));
    resample *r = step->state;
    r->attr = step->node->attr;
    eh_layout_channels(in, back ? &r->y : &r->x);
    eh_layout_channels(step->out[0]->layout, back ? &r->x : &r->y);
    return EH_OK;
}

static eh_status run(eh_step *step, eh_error *err)
{
    resample r = *(const resample *)step->state;
    bool back = step->node->op == &eh_op_resample2d_grad;
    (void)err;
    r.from = back ? step->out[0]->data : step->in[0]->data;
    r.to = back ? step->in[0]->data : step->out[0]->data;
    eh_cpu_run_best(back ? back_run : forward_run, &r,
                    eh_cpu_parts((double)(r.x.images * (r.x.image + r.y.image)) * 4));
    return EH_OK;
}

const eh_kernel eh_cpu_resample2d = {
    .op = &eh_op_resample2d, .prepare = prepare, .run = run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_resample2d_grad = {
    .op = &eh_op_resample2d_grad, .prepare = prepare, .run = run, .release = eh_cpu_free_state
};
