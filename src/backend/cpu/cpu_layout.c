/* cpu_layout.c - layouts of the cpu backend and the small steps of prepare. */
#include "backend/cpu/cpu.h"
#include "base/bf16.h"

#include <stdio.h>
#include <string.h>

/* ---- making ---- */

/* Fills elements, flags and (for layouts that are not plain) the offset tables from dims, padded, stride and blocks. */
static eh_status complete(eh_layout *l, eh_error *err)
{
    int64_t row_major = 1;
    l->elements = 1;
    l->plain = l->inner == 0;
    for (int a = l->rank; a-- > 0;) {
        l->plain = l->plain && (l->stride[a] == row_major || l->dims[a] == 1) && l->padded[a] == l->dims[a];
        l->has_padding = l->has_padding || l->padded[a] != l->dims[a];
        row_major *= l->dims[a];
        l->elements *= l->padded[a];
    }
    if (l->plain) {
        for (int a = l->rank; a-- > 0;) /* axes of length 1 may have come with any stride */
            l->stride[a] = a + 1 < l->rank ? l->stride[a + 1] * l->dims[a + 1] : 1;
        return EH_OK;
    }
    for (int a = 0; a < l->rank; a++) {
        l->offset[a] = eh_alloc((size_t)l->dims[a], sizeof(int64_t));
        if (!l->offset[a])
            return eh_fail_memory(err, "a layout", (size_t)l->dims[a], sizeof(int64_t));
        for (int64_t i = 0; i < l->dims[a]; i++) {
            int64_t rest = i, within = 1, offset = 0;
            for (int k = l->inner; k-- > 0;) {
                if (l->axis[k] == a) {
                    offset += rest % l->block[k] * within;
                    rest /= l->block[k];
                }
                within *= l->block[k];
            }
            l->offset[a][i] = offset + rest * l->stride[a];
        }
    }
    return EH_OK;
}

static eh_status finish(eh_layout **out, eh_layout *l, eh_error *err)
{
    eh_status status = complete(l, err);
    if (status == EH_OK)
        *out = l;
    else
        eh_layout_free(l);
    return status;
}

static eh_status new_layout(eh_layout **out, eh_error *err)
{
    *out = eh_alloc(1, sizeof **out);
    return *out ? EH_OK : eh_fail_memory(err, "a layout", 1, sizeof **out);
}

static dnnl_data_type_t type_of(eh_element element)
{
    return element == EH_ELEMENT_BF16 ? dnnl_bf16 : dnnl_f32;
}

static eh_shape shape_of(const eh_layout *layout)
{
    eh_shape shape = { .rank = layout->rank };
    memcpy(shape.dim, layout->dims, (size_t)layout->rank * sizeof *layout->dims);
    return shape;
}

eh_status eh_layout_plain(eh_layout **out, eh_shape shape, eh_element element, eh_error *err)
{
    eh_layout *l;
    EH_TRY(new_layout(&l, err));
    l->element = element;
    l->rank = shape.rank;
    int64_t step = 1;
    for (int a = shape.rank; a-- > 0;) {
        l->dims[a] = l->padded[a] = shape.dim[a];
        l->stride[a] = step;
        step *= shape.dim[a];
    }
    if (element != EH_ELEMENT_PLACE && shape.rank > 0) {
        l->md = eh_md_plain(type_of(element), shape.rank, shape.dim);
        if (!l->md) {
            eh_layout_free(l);
            return eh_fail(err, EH_ERR_INTERNAL, "oneDNN could not describe a tensor");
        }
    }
    return finish(out, l, err);
}

eh_status eh_layout_from_md(eh_layout **out, const eh_md *md, eh_error *err)
{
    eh_md_blocking b;
    eh_layout *l;
    eh_md_inspect(md, &b);
    if (b.opaque || b.rank > EH_MAX_RANK || b.inner > EH_LAYOUT_BLOCKS)
        return eh_fail(err, EH_ERR_INTERNAL, "oneDNN chose a format that only it can read");
    EH_TRY(new_layout(&l, err));
    l->element = b.type == dnnl_bf16 ? EH_ELEMENT_BF16 : EH_ELEMENT_WORD;
    l->rank = b.rank;
    l->inner = b.inner;
    for (int a = 0; a < b.rank; a++) {
        l->dims[a] = b.dims[a];
        l->padded[a] = b.padded[a];
        l->stride[a] = b.strides[a];
    }
    for (int k = 0; k < b.inner; k++) {
        l->block[k] = b.block[k];
        l->axis[k] = b.axis[k];
    }
    l->md = eh_md_copy(md);
    if (!l->md) {
        eh_layout_free(l);
        return eh_fail_memory(err, "a layout", 1, sizeof *l);
    }
    return finish(out, l, err);
}

eh_status eh_layout_like(eh_layout **out, const eh_layout *like, eh_shape shape, eh_element element,
                         eh_error *err)
{
    if (like->plain)
        return eh_layout_plain(out, shape, element, err);
    assert(like->rank == 4 && shape.rank == 4 && like->inner == 1 && like->axis[0] == 1);
    eh_layout *l;
    EH_TRY(new_layout(&l, err));
    int64_t lanes = like->block[0];
    l->element = element;
    l->rank = 4;
    l->inner = 1;
    l->block[0] = lanes;
    l->axis[0] = 1;
    for (int a = 0; a < 4; a++)
        l->dims[a] = l->padded[a] = shape.dim[a];
    l->padded[1] = (shape.dim[1] + lanes - 1) / lanes * lanes;
    l->stride[3] = lanes;
    l->stride[2] = shape.dim[3] * lanes;
    l->stride[1] = shape.dim[2] * l->stride[2];
    l->stride[0] = l->padded[1] / lanes * l->stride[1];
    if (element != EH_ELEMENT_PLACE) {
        l->md = eh_md_tag(type_of(element), 4, shape.dim, lanes == 16 ? dnnl_nChw16c : dnnl_nChw8c);
        if (!l->md) {
            eh_layout_free(l);
            return eh_fail(err, EH_ERR_INTERNAL, "oneDNN could not describe a tensor");
        }
    }
    return finish(out, l, err);
}

eh_status eh_layout_copy(eh_layout **out, const eh_layout *layout, eh_error *err)
{
    eh_layout *l;
    EH_TRY(new_layout(&l, err));
    *l = *layout;
    memset(l->offset, 0, sizeof l->offset);
    l->md = layout->md ? eh_md_copy(layout->md) : NULL;
    if (layout->md && !l->md) {
        eh_layout_free(l);
        return eh_fail_memory(err, "a layout", 1, sizeof *l);
    }
    return finish(out, l, err);
}

eh_status eh_layout_retyped(eh_layout **out, const eh_layout *layout, eh_element element, eh_error *err)
{
    if (layout->plain)
        return eh_layout_plain(out, shape_of(layout), element, err);
    eh_md *md = layout->md ? eh_md_retyped(layout->md, type_of(element)) : NULL;
    if (!md) /* a format that cannot be described with other elements */
        return eh_layout_plain(out, shape_of(layout), element, err);
    eh_status status = eh_layout_from_md(out, md, err);
    eh_md_free(md);
    return status;
}

void eh_layout_free(eh_layout *layout)
{
    if (!layout)
        return;
    for (int a = 0; a < EH_MAX_RANK; a++)
        eh_free(layout->offset[a]);
    eh_md_free(layout->md);
    eh_free(layout);
}

bool eh_layout_same(const eh_layout *a, const eh_layout *b)
{
    if (a == b)
        return true;
    if (a->element != b->element)
        return false;
    if (a->plain && b->plain)
        return a->elements == b->elements; /* whatever the ranks: row-major is row-major */
    if (a->plain != b->plain || a->rank != b->rank || a->inner != b->inner)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i] || a->padded[i] != b->padded[i] ||
            (a->stride[i] != b->stride[i] && a->dims[i] > 1))
            return false;
    for (int i = 0; i < a->inner; i++)
        if (a->block[i] != b->block[i] || a->axis[i] != b->axis[i])
            return false;
    return true;
}

size_t eh_layout_bytes(const eh_layout *layout)
{
    return (size_t)layout->elements * eh_element_bytes(layout->element);
}

/* oneDNN's manner: axes by falling stride, a capital for one that is cut, then the blocks: "aBcd16b", "aBcd16b:bf16". */
const char *eh_layout_text(const eh_layout *layout, char *out, size_t size)
{
    int order[EH_MAX_RANK];
    size_t used = 0;
    assert(size >= 32);
    for (int a = 0; a < layout->rank; a++) {
        int at = a;
        while (at > 0 && layout->stride[order[at - 1]] < layout->stride[a]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = a;
    }
    for (int i = 0; i < layout->rank; i++) {
        char letter = (char)('a' + order[i]);
        for (int k = 0; k < layout->inner; k++)
            if (layout->axis[k] == order[i])
                letter = (char)('A' + order[i]);
        out[used++] = letter;
    }
    out[used] = '\0';
    for (int k = 0; k < layout->inner; k++)
        used +=
            (size_t)snprintf(out + used, size - used, "%d%c", (int)layout->block[k], 'a' + layout->axis[k]);
    if (layout->rank == 0)
        used += (size_t)snprintf(out, size, "scalar");
    if (layout->element == EH_ELEMENT_BF16)
        snprintf(out + used, size - used, ":bf16");
    return out;
}

/* ---- values in and out ---- */

static void import_one(const eh_layout *l, void *data, int64_t to, const void *values, int64_t from, bool f64)
{
    if (l->element == EH_ELEMENT_PLACE)
        ((uint16_t *)data)[to] = (uint16_t)((const int32_t *)values)[from];
    else if (l->element == EH_ELEMENT_BF16)
        ((uint16_t *)data)[to] =
            eh_bf16_of(f64 ? (float)((const double *)values)[from] : ((const float *)values)[from]);
    else if (f64)
        ((float *)data)[to] = (float)((const double *)values)[from];
    else
        memcpy((char *)data + to * 4, (const char *)values + from * 4, 4);
}

static void export_one(const eh_layout *l, const void *data, int64_t from, void *values, int64_t to, bool f64)
{
    if (l->element == EH_ELEMENT_PLACE) {
        ((int32_t *)values)[to] = ((const uint16_t *)data)[from];
        return;
    }
    if (l->element == EH_ELEMENT_WORD && !f64) {
        memcpy((char *)values + to * 4, (const char *)data + from * 4, 4);
        return;
    }
    float v = l->element == EH_ELEMENT_BF16 ? eh_bf16_value(((const uint16_t *)data)[from])
                                            : ((const float *)data)[from];
    if (f64)
        ((double *)values)[to] = (double)v;
    else
        ((float *)values)[to] = v;
}

/* Walks all elements in row-major order: `row` is called with the offset of each row of the last axis. */
static void walk(const eh_layout *l, void *data, void *values, bool f64, bool in)
{
    int last = l->rank - 1;
    int64_t index[EH_MAX_RANK] = { 0 }, width = l->dims[last], at = 0, rows = 1;
    for (int a = 0; a < last; a++)
        rows *= l->dims[a];
    for (int64_t r = 0; r < rows; r++) {
        int64_t base = 0;
        for (int a = 0; a < last; a++)
            base += l->offset[a][index[a]];
        for (int64_t i = 0; i < width; i++, at++) {
            if (in)
                import_one(l, data, base + l->offset[last][i], values, at, f64);
            else
                export_one(l, data, base + l->offset[last][i], values, at, f64);
        }
        for (int a = last; a-- > 0;) {
            if (++index[a] < l->dims[a])
                break;
            index[a] = 0;
        }
    }
}

void eh_layout_import(const eh_layout *layout, void *data, const void *values, bool f64)
{
    if (!layout->plain) {
        if (layout->has_padding)
            memset(data, 0, eh_layout_bytes(layout));
        walk(layout, data, (void *)(uintptr_t)values, f64, true);
    } else if (!f64 && layout->element == EH_ELEMENT_WORD) {
        memcpy(data, values, eh_layout_bytes(layout));
    } else {
        for (int64_t i = 0; i < layout->elements; i++)
            import_one(layout, data, i, values, i, f64);
    }
}

void eh_layout_export(const eh_layout *layout, const void *data, void *values, bool f64)
{
    if (!layout->plain) {
        walk(layout, (void *)(uintptr_t)data, values, f64, false);
    } else if (!f64 && layout->element == EH_ELEMENT_WORD) {
        memcpy(values, data, eh_layout_bytes(layout));
    } else {
        for (int64_t i = 0; i < layout->elements; i++)
            export_one(layout, data, i, values, i, f64);
    }
}

bool eh_layout_channels(const eh_layout *l, eh_channels *out)
{
    if (l->rank < 2)
        return false;
    int64_t positions = 1;
    for (int a = 2; a < l->rank; a++)
        positions *= l->dims[a];
    *out = (eh_channels){
        .images = l->dims[0], .channels = l->dims[1], .blocks = l->dims[1], .lanes = 1, .run = positions
    };
    if (!l->plain) {
        bool blocked =
            l->rank == 4 && l->inner == 1 && l->axis[0] == 1 && (l->block[0] == 16 || l->block[0] == 8);
        if (!blocked)
            return false;
        out->lanes = l->block[0];
        out->blocks = l->padded[1] / out->lanes;
        out->run = positions * out->lanes;
        if ((l->dims[3] > 1 && l->stride[3] != out->lanes) ||
            (l->dims[2] > 1 && l->stride[2] != l->dims[3] * out->lanes) ||
            (out->blocks > 1 && l->stride[1] != out->run) ||
            (l->dims[0] > 1 && l->stride[0] != out->run * out->blocks))
            return false;
    }
    out->step = out->run;
    out->image = out->run * out->blocks;
    return true;
}

/* ---- prepare ---- */

const eh_layout *eh_cpu_input_layout(const eh_step *step, int k)
{
    return step->want[k] ? step->want[k] : step->in[k]->layout;
}

eh_status eh_cpu_want(eh_step *step, int k, const eh_layout *layout, eh_error *err)
{
    return eh_layout_same(step->in[k]->layout, layout) ? EH_OK : eh_layout_copy(&step->want[k], layout, err);
}

eh_status eh_cpu_want_md(eh_step *step, int k, const eh_md *md, eh_error *err)
{
    eh_layout *layout;
    EH_TRY(eh_layout_from_md(&layout, md, err));
    if (eh_layout_same(step->in[k]->layout, layout))
        eh_layout_free(layout);
    else
        step->want[k] = layout;
    return EH_OK;
}

eh_status eh_cpu_want_plain(eh_step *step, int k, eh_error *err)
{
    return eh_cpu_want_row_major(step, k, step->in[k]->layout->element, err);
}

eh_status eh_cpu_want_row_major(eh_step *step, int k, eh_element element, eh_error *err)
{
    const eh_layout *l = step->in[k]->layout;
    return l->plain && l->element == element
               ? EH_OK
               : eh_layout_plain(&step->want[k], step->in[k]->tensor->shape, element, err);
}

eh_status eh_cpu_want_unpadded(eh_step *step, int k, eh_error *err)
{
    return step->in[k]->layout->has_padding ? eh_cpu_want_plain(step, k, err) : EH_OK;
}

eh_status eh_cpu_want_channels(eh_step *step, int k, eh_error *err)
{
    eh_channels c;
    return eh_layout_channels(step->in[k]->layout, &c) ? EH_OK : eh_cpu_want_plain(step, k, err);
}

eh_status eh_cpu_want_lanes(eh_step *step, int k, eh_error *err)
{
    eh_shape shape = step->in[k]->tensor->shape;
    eh_channels c;
    if (eh_layout_channels(step->in[k]->layout, &c) && c.lanes > 1)
        return EH_OK;
    eh_md *md = eh_cpu_image_md(shape, type_of(step->in[k]->layout->element));
    if (!md)
        return eh_cpu_want_channels(step, k, err);
    eh_status status = eh_cpu_want_md(step, k, md, err);
    eh_md_free(md);
    return status;
}

eh_md *eh_cpu_image_md(eh_shape shape, dnnl_data_type_t type)
{
    eh_cpu_level level = eh_cpu_get_level();
    if (level == EH_CPU_BASE || shape.rank != 4 || shape.dim[1] <= 4)
        return NULL;
    return eh_md_tag(type, 4, shape.dim, level == EH_CPU_512 ? dnnl_nChw16c : dnnl_nChw8c);
}

eh_element eh_cpu_out_element(const eh_step *step, int o)
{
    return step->precision == EH_PRECISION_BF16 && step->out[o]->rounded ? EH_ELEMENT_BF16 : EH_ELEMENT_WORD;
}

eh_status eh_cpu_out_plain(eh_step *step, int o, eh_error *err)
{
    return eh_layout_plain(&step->out[o]->layout, step->out[o]->tensor->shape, EH_ELEMENT_WORD, err);
}

eh_status eh_cpu_out(eh_step *step, int o, const eh_layout *layout, eh_error *err)
{
    return eh_layout_copy(&step->out[o]->layout, layout, err);
}

eh_status eh_cpu_out_md(eh_step *step, int o, const eh_md *md, eh_error *err)
{
    return eh_layout_from_md(&step->out[o]->layout, md, err);
}

eh_status eh_cpu_out_image(eh_step *step, int o, eh_error *err)
{
    eh_element element = eh_cpu_out_element(step, o);
    eh_shape shape = step->out[o]->tensor->shape;
    eh_md *md = eh_cpu_image_md(shape, type_of(element));
    eh_status status =
        md ? eh_cpu_out_md(step, o, md, err) : eh_layout_plain(&step->out[o]->layout, shape, element, err);
    eh_md_free(md);
    return status;
}

eh_status eh_cpu_state(eh_step *step, size_t bytes, eh_error *err)
{
    step->state = eh_alloc(1, bytes);
    return step->state ? EH_OK : eh_fail_memory(err, "a step", 1, bytes);
}

void eh_cpu_free_state(eh_step *step)
{
    eh_free(step->state);
    step->state = NULL;
}

eh_status eh_cpu_prepare_plain(eh_step *step, eh_error *err)
{
    for (int k = 0; k < step->inputs; k++)
        EH_TRY(eh_cpu_want_plain(step, k, err));
    for (int o = 0; o < step->outputs; o++)
        EH_TRY(eh_cpu_out_plain(step, o, err));
    return EH_OK;
}
