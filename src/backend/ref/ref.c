/* ref.c - the reference backend: layouts, conversion of values, and what its kernels share. */
#include "backend/ref/ref.h"

#include <string.h>

extern const eh_kernel *const eh_ref_kernels[];

/* How a tensor lies: so many doubles in a row. */
typedef struct ref_layout {
    int64_t elements;
    eh_dtype dtype;
} ref_layout;

static const ref_layout *look(const eh_layout *layout)
{
    return (const ref_layout *)(const void *)layout;
}

static eh_status new_layout(eh_layout **out, ref_layout values, eh_error *err)
{
    ref_layout *layout = eh_alloc(1, sizeof *layout);
    *out = (eh_layout *)(void *)layout;
    if (!layout)
        return eh_fail_memory(err, "a layout", 1, sizeof *layout);
    *layout = values;
    return EH_OK;
}

static eh_status open_backend(void **engine, eh_error *err)
{
    (void)err;
    *engine = NULL;
    return EH_OK;
}

static eh_status plain(eh_layout **out, eh_shape shape, eh_dtype dtype, eh_error *err)
{
    return new_layout(out, (ref_layout){ .elements = eh_shape_elements(shape), .dtype = dtype }, err);
}

static eh_status copy_layout(eh_layout **out, const eh_layout *layout, eh_error *err)
{
    return new_layout(out, *look(layout), err);
}

static void free_layout(eh_layout *layout)
{
    eh_free(layout);
}

static bool same_layout(const eh_layout *a, const eh_layout *b)
{
    return look(a)->elements == look(b)->elements;
}

static size_t layout_bytes(const eh_layout *layout)
{
    return (size_t)look(layout)->elements * sizeof(double);
}

static const char *layout_text(const eh_layout *layout, char *out, size_t size)
{
    static const char word[] = "row-major f64";
    (void)layout;
    if (size > 0) {
        size_t length = sizeof word < size ? sizeof word - 1 : size - 1;
        memcpy(out, word, length);
        out[length] = 0;
    }
    return out;
}

/* There is one layout per number of elements, so a reorder is a copy. */
static eh_status reorder_new(void **reorder, void *engine, const eh_layout *from, const eh_layout *to,
                             eh_error *err)
{
    size_t *bytes = eh_alloc(1, sizeof *bytes);
    (void)engine;
    (void)to;
    *reorder = bytes;
    if (!bytes)
        return eh_fail_memory(err, "a reorder", 1, sizeof *bytes);
    *bytes = layout_bytes(from);
    return EH_OK;
}

static eh_status reorder_run(void *reorder, const void *from, void *to, eh_error *err)
{
    const size_t *bytes = reorder;
    (void)err;
    memcpy(to, from, *bytes);
    return EH_OK;
}

static void reorder_free(void *reorder)
{
    eh_free(reorder);
}

static eh_status import_values(void *engine, const eh_layout *layout, void *data, const void *values,
                               bool f64, eh_error *err)
{
    const ref_layout *l = look(layout);
    double *to = data;
    (void)engine;
    (void)err;
    for (int64_t i = 0; i < l->elements; i++) {
        if (f64)
            to[i] = ((const double *)values)[i];
        else if (l->dtype == EH_I32)
            to[i] = ((const int32_t *)values)[i];
        else
            to[i] = (double)((const float *)values)[i];
    }
    return EH_OK;
}

static eh_status export_values(void *engine, const eh_layout *layout, const void *data, void *values,
                               bool f64, eh_error *err)
{
    const ref_layout *l = look(layout);
    const double *from = data;
    (void)engine;
    (void)err;
    for (int64_t i = 0; i < l->elements; i++) {
        if (f64)
            ((double *)values)[i] = from[i];
        else if (l->dtype == EH_I32)
            ((int32_t *)values)[i] = (int32_t)from[i];
        else
            ((float *)values)[i] = (float)from[i];
    }
    return EH_OK;
}

const eh_backend eh_backend_ref = {
    .entry = { .name = "ref", .summary = "plain loops in double precision: slow, the oracle for tests" },
    .kernels = eh_ref_kernels,
    .open = open_backend,
    .plain = plain,
    .copy_layout = copy_layout,
    .free_layout = free_layout,
    .same_layout = same_layout,
    .layout_bytes = layout_bytes,
    .layout_text = layout_text,
    .reorder_new = reorder_new,
    .reorder_run = reorder_run,
    .reorder_free = reorder_free,
    .import = import_values,
    .export_ = export_values,
};

/* ---- shared by kernels ---- */

eh_status eh_ref_prepare(eh_step *step, eh_error *err)
{
    step->implementation = "loops";
    for (int i = 0; i < step->outputs; i++)
        EH_TRY(plain(&step->out[i]->layout, step->out[i]->tensor->shape, step->out[i]->tensor->dtype, err));
    return EH_OK;
}

double *eh_ref_in(const eh_step *step, int i)
{
    return step->in[i]->data;
}

double *eh_ref_out(const eh_step *step, int i)
{
    return step->out[i]->data;
}

eh_shape eh_ref_in_shape(const eh_step *step, int i)
{
    return step->in[i]->tensor->shape;
}

eh_shape eh_ref_out_shape(const eh_step *step, int i)
{
    return step->out[i]->tensor->shape;
}

int64_t eh_ref_elements(const eh_value *value)
{
    return eh_shape_elements(value->tensor->shape);
}

void eh_ref_strides(int64_t stride[EH_MAX_RANK], eh_shape from, eh_shape to)
{
    int64_t step = 1;
    for (int i = 0; i < EH_MAX_RANK; i++)
        stride[i] = 0;
    for (int i = 1; i <= from.rank; i++) {
        int64_t dim = from.dim[from.rank - i];
        if (dim != 1)
            stride[to.rank - i] = step;
        step *= dim;
    }
}

int64_t eh_ref_offset(eh_shape shape, int64_t flat, const int64_t stride[EH_MAX_RANK])
{
    int64_t offset = 0;
    for (int i = shape.rank - 1; i >= 0; i--) {
        offset += flat % shape.dim[i] * stride[i];
        flat /= shape.dim[i];
    }
    return offset;
}
