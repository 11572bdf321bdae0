/* cpu_box.c - slice, pad and concat.
 *
 * Blocked images [N,C/b,H,W,b] are row-major tensors of five axes, so they keep their layout where the cut lies between blocks: along every axis but the
 * channels always, along the channels at a multiple of b. (What stands behind the last channel is zero and stays so, because a part that does not fill
 * its last block must be the last.) Everything else is row-major.
 */
#include "backend/box.h"
#include "backend/cpu/cpu.h"

#include <string.h>

/* ---- layouts ---- */

static bool blocked(const eh_layout *layout, int64_t *lanes)
{
    eh_channels c;
    if (!eh_layout_channels(layout, &c) || c.lanes == 1)
        return false;
    *lanes = c.lanes;
    return true;
}

/* The dims of the memory: five axes for blocked images (lanes > 1). */
static eh_shape memory_shape(eh_shape shape, int64_t lanes)
{
    if (lanes == 1)
        return shape;
    shape.dim[1] = (shape.dim[1] + lanes - 1) / lanes;
    shape.dim[shape.rank++] = lanes;
    return shape;
}

/* `part` channels from `start` on lie in whole blocks of `whole` channels, or are the last. */
static bool between_blocks(int64_t start, int64_t part, int64_t whole, int64_t lanes)
{
    return start % lanes == 0 && (part % lanes == 0 || start + part == whole);
}

/* bf16 where all inputs are, or some are and what reads the result computes in bf16. */
static eh_element element_of(const eh_step *step)
{
    bool all = true, any = false;
    for (int k = 0; k < step->inputs; k++) {
        bool half = step->in[k]->layout->element == EH_ELEMENT_BF16;
        all = all && half;
        any = any || half;
    }
    return all || (any && eh_cpu_out_element(step, 0) == EH_ELEMENT_BF16) ? EH_ELEMENT_BF16 : EH_ELEMENT_WORD;
}

static eh_status prepare_plain(eh_step *step, eh_error *err)
{
    eh_element element = element_of(step);
    for (int k = 0; k < step->inputs; k++)
        EH_TRY(eh_cpu_want_row_major(step, k, element, err));
    return eh_layout_plain(&step->out[0]->layout, step->out[0]->tensor->shape, element, err);
}

/* ---- copying ---- */

typedef struct copy {
    eh_box box;
    size_t element;
    char *to;
    const char *from;
} copy;

static void copy_work(const void *args, int part, int parts)
{
    const copy *c = args;
    int64_t from, to;
    eh_cpu_share(eh_box_rows(&c->box), part, parts, &from, &to);
    eh_box_copy(&c->box, c->to, c->from, c->element, from, to);
}

/* Copies `size` (of the tensor with more elements cut away) from `from_start` to `to_start`; channels of starts are elements, not blocks. */
static void copy_box(const eh_step *step, int input, const int64_t *to_start, const int64_t *from_start,
                     eh_shape size)
{
    int64_t lanes = 1, start[2][EH_MAX_RANK] = { { 0 }, { 0 } };
    blocked(step->out[0]->layout, &lanes);
    for (int i = 0; i < size.rank; i++) {
        int64_t unit = i == 1 ? lanes : 1;
        start[0][i] = to_start ? to_start[i] / unit : 0;
        start[1][i] = from_start ? from_start[i] / unit : 0;
    }
    copy c = { .element = eh_element_bytes(step->out[0]->layout->element),
               .to = step->out[0]->data,
               .from = step->in[input]->data };
    eh_box_make(&c.box, memory_shape(step->out[0]->tensor->shape, lanes), start[0],
                memory_shape(step->in[input]->tensor->shape, lanes), start[1], memory_shape(size, lanes));
    eh_cpu_run(copy_work, &c, eh_cpu_parts((double)eh_shape_elements(size) * 8));
}

/* ---- slice, pad ---- */

static eh_status prepare_cut(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    eh_shape x = step->in[0]->tensor->shape, y = step->out[0]->tensor->shape;
    bool slice = step->node->op == &eh_op_slice;
    int64_t lanes = 1;
    if (blocked(step->in[0]->layout, &lanes) &&
        between_blocks(attr->start[1], slice ? y.dim[1] : x.dim[1], slice ? x.dim[1] : y.dim[1], lanes))
        return eh_layout_like(&step->out[0]->layout, step->in[0]->layout, y, step->in[0]->layout->element,
                              err);
    return prepare_plain(step, err);
}

static eh_status run_slice(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    (void)err;
    copy_box(step, 0, NULL, attr->start, step->out[0]->tensor->shape);
    return EH_OK;
}

static eh_status run_pad(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    (void)err;
    memset(step->out[0]->data, 0, step->out[0]->bytes);
    copy_box(step, 0, attr->start, NULL, step->in[0]->tensor->shape);
    return EH_OK;
}

/* ---- concat ---- */

/* The blocked layout that most elements have, when the cuts lie between its blocks. */
static const eh_layout *common_layout(const eh_step *step)
{
    const eh_attr_concat *attr = step->node->attr;
    const eh_layout *best = NULL;
    int64_t lanes = 1, most = 0, rest = 0, start = 0;
    for (int i = 0; i < step->inputs; i++) {
        int64_t count = eh_shape_elements(step->in[i]->tensor->shape);
        if (!blocked(step->in[i]->layout, &lanes)) {
            rest += count;
        } else {
            most += count;
            best = step->in[i]->layout;
        }
    }
    if (!best || rest > most || !blocked(best, &lanes))
        return NULL;
    for (int i = 0; attr->axis == 1 && i < step->inputs; i++) {
        int64_t part = step->in[i]->tensor->shape.dim[1];
        if (!between_blocks(start, part, step->out[0]->tensor->shape.dim[1], lanes))
            return NULL;
        start += part;
    }
    return best;
}

static eh_status prepare_concat(eh_step *step, eh_error *err)
{
    const eh_layout *like = common_layout(step);
    eh_element element = element_of(step);
    if (!like)
        return prepare_plain(step, err);
    for (int i = 0; i < step->inputs; i++) {
        eh_layout *layout = NULL;
        EH_TRY(eh_layout_like(&layout, like, step->in[i]->tensor->shape, element, err));
        eh_status status = eh_cpu_want(step, i, layout, err);
        eh_layout_free(layout);
        EH_TRY(status);
    }
    return eh_layout_like(&step->out[0]->layout, like, step->out[0]->tensor->shape, element, err);
}

static eh_status run_concat(eh_step *step, eh_error *err)
{
    const eh_attr_concat *attr = step->node->attr;
    int64_t start[EH_MAX_RANK] = { 0 };
    (void)err;
    for (int i = 0; i < step->inputs; i++) {
        copy_box(step, i, start, NULL, step->in[i]->tensor->shape);
        start[attr->axis] += step->in[i]->tensor->shape.dim[attr->axis];
    }
    return EH_OK;
}

const eh_kernel eh_cpu_slice = {
    .op = &eh_op_slice, .lowers = EH_FOLLOWS, .prepare = prepare_cut, .run = run_slice
};
const eh_kernel eh_cpu_pad = {
    .op = &eh_op_pad, .lowers = EH_FOLLOWS, .prepare = prepare_cut, .run = run_pad
};
const eh_kernel eh_cpu_concat = {
    .op = &eh_op_concat, .lowers = EH_FOLLOWS, .prepare = prepare_concat, .run = run_concat
};
