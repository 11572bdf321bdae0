/* onnx_images.c - convolutions, pooling and resizing as ONNX operators.
 *
 * Easy to get wrong: ONNX's Resize finds source places by floating-point division, so nearest neighbours at factors that are no whole numbers are taken by tables
 * instead; an average over windows that ONNX has no attributes for is two products with matrices, which is exact for any windows.
 */
#include "nn/onnx_nodes.h"
#include "tensor/pool_shape.h"
#include "tensor/resample.h"

#include <stdlib.h>

static const char *in(const eh_onnx *o, const eh_node *n, int i)
{
    return eh_onnx_value(o, n->input[i]);
}

static void pair(eh_onnx *o, const char *name, const int value[2])
{
    eh_onnx_ints(o, name, (const int64_t[]){ value[0], value[1] }, 2);
}

static void window(eh_onnx *o, const eh_conv2d_opts *opts, eh_shape w)
{
    eh_onnx_ints(o, "kernel_shape", &w.dim[2], 2);
    pair(o, "strides", opts->stride);
    pair(o, "dilations", opts->dilation);
    eh_onnx_ints(o, "pads", (const int64_t[]){ opts->pad[0], opts->pad[1], opts->pad[0], opts->pad[1] }, 4);
    eh_onnx_int(o, "group", opts->groups);
}

const char *eh_onnx_conv2d(eh_onnx *o, const eh_node *n)
{
    window(o, &((const eh_attr_conv2d *)n->attr)->opts, n->input[1]->shape);
    const char *const input[] = { in(o, n, 0), in(o, n, 1), n->inputs > 2 ? in(o, n, 2) : NULL, NULL };
    return eh_onnx_node(o, "Conv", input);
}

const char *eh_onnx_conv_transpose2d(eh_onnx *o, const eh_node *n)
{
    const eh_conv2d_opts *opts = &((const eh_attr_conv2d *)n->attr)->opts;
    eh_shape x = n->input[0]->shape, w = n->input[1]->shape, y = n->output[0]->shape;
    int64_t extra[2];
    for (int i = 0; i < 2; i++)
        extra[i] = y.dim[2 + i] - ((x.dim[2 + i] - 1) * opts->stride[i] - 2 * (int64_t)opts->pad[i] +
                                   opts->dilation[i] * (w.dim[2 + i] - 1) + 1);
    window(o, opts, w);
    eh_onnx_ints(o, "output_padding", extra, 2);
    return eh_onnx_node(o, "ConvTranspose", EH_ONNX_INPUTS(in(o, n, 0), in(o, n, 1)));
}

/* ---- pooling ---- */

/* The windows as ONNX writes them: size, step, padding in front and behind. False where they are no such windows. */
static bool plain_windows(const eh_node *n, int64_t kernel[2], int64_t stride[2], int64_t pads[4])
{
    const eh_attr_pool2d *attr = n->attr;
    for (int i = 0; i < 2; i++) {
        int64_t inputs = n->input[0]->shape.dim[2 + i], outputs = n->output[0]->shape.dim[2 + i];
        if (attr->adaptive[i] && inputs % outputs)
            return false;
        kernel[i] = attr->adaptive[i] ? inputs / outputs : attr->opts.kernel[i];
        stride[i] = attr->adaptive[i] ? inputs / outputs : attr->opts.stride[i];
        pads[i] = attr->adaptive[i] ? 0 : attr->opts.pad[i];
        int64_t needed = (outputs - 1) * stride[i] + kernel[i] - inputs -
                         pads[i]; /* more than pads where ceil_mode adds a window */
        pads[2 + i] = needed > pads[i] ? needed : pads[i];
    }
    return true;
}

static void pooling(eh_onnx *o, const int64_t kernel[2], const int64_t stride[2], const int64_t pads[4])
{
    eh_onnx_ints(o, "kernel_shape", kernel, 2);
    eh_onnx_ints(o, "strides", stride, 2);
    eh_onnx_ints(o, "pads", pads, 4);
}

const char *eh_onnx_max_pool2d(eh_onnx *o, const eh_node *n)
{
    int64_t kernel[2], stride[2], pads[4];
    if (!plain_windows(n, kernel, stride, pads)) {
        eh_onnx_fail(o, n,
                     "windows of unequal size have no counterpart in ONNX; choose another size of images");
        return "";
    }
    pooling(o, kernel, stride, pads);
    return eh_onnx_node(o, "MaxPool", EH_ONNX_INPUTS(in(o, n, 0)));
}

/* The averages along an axis as a matrix [outputs, inputs], or its transpose. */
static const char *averages(eh_onnx *o, const eh_node *n, int axis)
{
    int64_t inputs = n->input[0]->shape.dim[2 + axis], outputs = n->output[0]->shape.dim[2 + axis];
    float *matrix = eh_arena_alloc(o->arena, (size_t)(inputs * outputs), sizeof *matrix);
    if (!matrix) {
        o->status = eh_fail_memory(&o->error, "an average", (size_t)(inputs * outputs), sizeof *matrix);
        return "";
    }
    for (int64_t i = 0; i < outputs; i++) {
        eh_pool_span s = eh_pool2d_span(n->attr, axis, inputs, i);
        for (int64_t k = s.from; k < s.to; k++)
            matrix[axis == 0 ? i * inputs + k : k * outputs + i] = (float)(1.0 / (double)s.divisor);
    }
    eh_shape shape = axis == 0 ? eh_shape_of(2, outputs, inputs) : eh_shape_of(2, inputs, outputs);
    return eh_onnx_floats(o, NULL, shape, matrix);
}

const char *eh_onnx_avg_pool2d(eh_onnx *o, const eh_node *n)
{
    const eh_attr_pool2d *attr = n->attr;
    int64_t kernel[2], stride[2], pads[4];
    if (!plain_windows(n, kernel, stride, pads) || attr->opts.ceil_mode) {
        const char *rows = eh_onnx_node(o, "MatMul", EH_ONNX_INPUTS(averages(o, n, 0), in(o, n, 0)));
        return eh_onnx_node(o, "MatMul", EH_ONNX_INPUTS(rows, averages(o, n, 1)));
    }
    pooling(o, kernel, stride, pads);
    eh_onnx_int(o, "count_include_pad", !attr->opts.exclude_pad);
    return eh_onnx_node(o, "AveragePool", EH_ONNX_INPUTS(in(o, n, 0)));
}

/* ---- resizing ---- */

/* Rows, then columns, by tables of sources. */
static const char *take(eh_onnx *o, const eh_node *n)
{
    const eh_attr_resample2d *attr = n->attr;
    const char *x = in(o, n, 0);
    for (int i = 0; i < 2; i++) {
        const eh_resample_axis *axis = &attr->axis[i];
        int64_t *index = eh_arena_alloc(o->arena, (size_t)axis->outputs, sizeof *index);
        if (!index) {
            o->status = eh_fail_memory(&o->error, "a resampling", (size_t)axis->outputs, sizeof *index);
            return "";
        }
        for (int64_t k = 0; k < axis->outputs; k++)
            index[k] = axis->first[k];
        const char *table = eh_onnx_indices(o, index, (size_t)axis->outputs);
        eh_onnx_int(o, "axis", 2 + i);
        x = eh_onnx_node(o, "Gather", EH_ONNX_INPUTS(x, table));
    }
    return x;
}

const char *eh_onnx_resample2d(eh_onnx *o, const eh_node *n)
{
    const eh_attr_resample2d *attr = n->attr;
    bool whole = attr->axis[0].outputs % attr->axis[0].inputs == 0 &&
                 attr->axis[1].outputs % attr->axis[1].inputs == 0;
    if (attr->kind == EH_RESAMPLE_REFLECT || (attr->kind == EH_RESAMPLE_NEAREST && !whole))
        return take(o, n);
    const int64_t size[] = { attr->axis[0].outputs, attr->axis[1].outputs };
    const char *sizes = eh_onnx_indices(o, size, 2);
    bool nearest = attr->kind == EH_RESAMPLE_NEAREST;
    eh_onnx_ints(o, "axes", (const int64_t[]){ 2, 3 }, 2);
    eh_onnx_text(o, "mode", nearest ? "nearest" : "linear");
    eh_onnx_text(o, "coordinate_transformation_mode",
                 nearest                             ? "asymmetric"
                 : attr->kind == EH_RESAMPLE_CORNERS ? "align_corners"
                                                     : "half_pixel");
    if (nearest)
        eh_onnx_text(o, "nearest_mode", "floor");
    return eh_onnx_node(o, "Resize", EH_ONNX_INPUTS(in(o, n, 0), "", "", sizes));
}
