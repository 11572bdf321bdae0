/* cpu_resample2d.c - resized and mirrored image planes, and the gradient, in the image layout that the input has.
 *
 * A thread takes planes of one block of channels; a vector holds the channels of one position, so all lanes share the four weights. Adding up in the
 * gradient stays inside a plane: one order whatever the number of threads; it adds up in place, so it takes f32 only, the forward pass bf16 too.
 */
#include "backend/cpu/cpu_vector.h"

#include <string.h>

typedef struct resample {
    const eh_attr_resample2d *attr;
    eh_channels x, y;
    eh_element element;
    void *from, *to; /* x and y, or dx and dy */
} resample;

/* Where a plane of x and one of y begin. */
typedef struct place {
    int64_t x, y;
} place;

/* Whole elements are moved: nearest, mirrored. */
EH_INLINE void copy_plane(const resample *r, place at, int64_t lanes, bool back, eh_as as)
{
    const eh_resample_axis *rows = &r->attr->axis[0], *columns = &r->attr->axis[1];
    int64_t y = at.y;
    for (int64_t i = 0; i < rows->outputs; i++) {
        int64_t row = at.x + rows->first[i] * columns->inputs * lanes;
        for (int64_t j = 0; j < columns->outputs; j++, y += lanes) {
            int64_t x = row + columns->first[j] * lanes;
            if (back)
                eh_put_part(r->from, x, eh_get_part(r->from, x, lanes, as) + eh_get_part(r->to, y, lanes, as),
                            lanes, as);
            else
                eh_put_part(r->to, y, eh_get_part(r->from, x, lanes, as), lanes, as);
        }
    }
}

EH_INLINE void add_part(void *p, int64_t at, eh_v16 v, int64_t lanes, eh_as as)
{
    eh_put_part(p, at, eh_get_part(p, at, lanes, as) + v, lanes, as);
}

EH_INLINE void mix_plane(const resample *r, place at, int64_t lanes, bool back, eh_as as)
{
    const eh_resample_axis *rows = &r->attr->axis[0], *columns = &r->attr->axis[1];
    int64_t y = at.y;
    for (int64_t i = 0; i < rows->outputs; i++) {
        int64_t above = at.x + rows->first[i] * columns->inputs * lanes,
                below = at.x + rows->second[i] * columns->inputs * lanes;
        float v = (float)rows->share[i], u = 1 - v;
        for (int64_t j = 0; j < columns->outputs; j++, y += lanes) {
            int64_t p = columns->first[j] * lanes, q = columns->second[j] * lanes;
            float t = (float)columns->share[j], s = 1 - t;
            if (!back) {
                eh_v16 top = eh_get_part(r->from, above + p, lanes, as) * s +
                             eh_get_part(r->from, above + q, lanes, as) * t,
                       bottom = eh_get_part(r->from, below + p, lanes, as) * s +
                                eh_get_part(r->from, below + q, lanes, as) * t;
                eh_put_part(r->to, y, top * u + bottom * v, lanes, as);
                continue;
            }
            eh_v16 dy = eh_get_part(r->to, y, lanes, as), top = dy * u, bottom = dy * v;
            add_part(r->from, above + p, top * s, lanes, as);
            add_part(r->from, above + q, top * t, lanes, as);
            add_part(r->from, below + p, bottom * s, lanes, as);
            add_part(r->from, below + q, bottom * t, lanes, as);
        }
    }
}

EH_INLINE void plane(const resample *r, int64_t n, int64_t b, int64_t lanes, bool back, eh_as as)
{
    place at = { n * r->x.image + b * r->x.step, n * r->y.image + b * r->y.step };
    if (back)
        memset((float *)r->from + at.x, 0, (size_t)r->x.run * sizeof(float));
    if (r->attr->axis[0].exact && r->attr->axis[1].exact)
        copy_plane(r, at, lanes, back, as);
    else
        mix_plane(r, at, lanes, back, as);
}

EH_INLINE void planes(const void *args, int part, int parts, bool back, eh_as as)
{
    const resample *r = args;
    int64_t from, to;
    eh_cpu_share(r->x.images * r->x.blocks, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++) {
        int64_t n = i / r->x.blocks, b = i % r->x.blocks;
        if (r->x.lanes == 16)
            plane(r, n, b, 16, back, as);
        else if (r->x.lanes == 8)
            plane(r, n, b, 8, back, as);
        else
            plane(r, n, b, 1, back, as);
    }
}

EH_INLINE void forward_body(const void *args, int part, int parts, eh_as as)
{
    planes(args, part, parts, false, as);
}
EH_TYPED_VARIANTS(forward_run, forward_body);

EH_INLINE void back_body(const void *args, int part, int parts)
{
    planes(args, part, parts, true, EH_AS_F32);
}
EH_KERNEL_VARIANTS(back_run, back_body);

static eh_status prepare(eh_step *step, eh_error *err)
{
    bool back = step->node->op == &eh_op_resample2d_grad;
    EH_TRY(eh_cpu_want_lanes(step, 0, err));
    const eh_layout *in = eh_cpu_input_layout(step, 0);
    EH_TRY(eh_layout_like(&step->out[0]->layout, in, step->out[0]->tensor->shape, in->element, err));
    EH_TRY(eh_cpu_state(step, sizeof(resample), err));
    resample *r = step->state;
    r->attr = step->node->attr;
    r->element = in->element;
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
    int parts = eh_cpu_parts((double)(r.x.images * (r.x.image + r.y.image)) * 4);
    if (back)
        eh_cpu_run_best(back_run, &r, parts);
    else
        eh_cpu_run_typed(forward_run, r.element, &r, parts);
    return EH_OK;
}

const eh_kernel eh_cpu_resample2d = { .op = &eh_op_resample2d,
                                      .lowers = EH_FOLLOWS,
                                      .prepare = prepare,
                                      .run = run,
                                      .release = eh_cpu_free_state };
const eh_kernel eh_cpu_resample2d_grad = {
    .op = &eh_op_resample2d_grad, .prepare = prepare, .run = run, .release = eh_cpu_free_state
};
