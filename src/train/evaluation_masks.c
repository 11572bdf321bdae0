/* evaluation_masks.c - predicted masks while a part is evaluated: counted image by image, written where the run keeps them, and not held in memory. */
#include "train/evaluation.h"

#include "base/file.h"

#include <math.h>

eh_status eh_evaluation_masks_begin(eh_head_predictions *out, const eh_evaluation *e, size_t rows,
                                    eh_error *err)
{
    const eh_groups *g = e->data->groups;
    const eh_frame_column *column = out->head->column;
    const eh_pixel_input in = { .class_name = column->class_name,
                                .classes = out->width,
                                .group_name = g->name,
                                .group_value = g->value,
                                .group_column = g->column,
                                .groups = g->count,
                                .group_columns = g->columns,
                                .precision = e->precision };
    out->image = eh_alloc(rows + 1, sizeof *out->image);
    if (!out->image)
        return eh_fail_memory(err, "predictions", rows, sizeof *out->image);
    return eh_pixel_audit_new(&out->pixels, &in, err);
}

/* The most probable class of every pixel; probability [classes, pixels]. False where one is no number. */
static bool choose(uint8_t *out, const float *probability, size_t classes, size_t pixels)
{
    bool finite = true;
    for (size_t i = 0; i < pixels; i++) {
        size_t best = 0;
        float value = probability[i];
        for (size_t k = 1; k < classes; k++) {
            float p = probability[k * pixels + i];
            if (p > value) {
                value = p;
                best = k;
            }
        }
        finite = finite && isfinite(value);
        out[i] = (uint8_t)best;
    }
    return finite;
}

static eh_status write_mask(const eh_evaluation *e, size_t classes, uint32_t row, const uint8_t *mask,
                            eh_error *err)
{
    const eh_run_data *d = e->data;
    eh_image image = {
        .data = (uint8_t *)(uintptr_t)mask, .width = d->width, .height = d->height, .channels = 1
    };
    uint8_t *bytes = NULL;
    size_t size = 0;
    eh_str path = { 0 };
    eh_str_appendf(&path, "%s/%06lld.png", e->mask_folder, (long long)d->frame->image[row]);
    eh_status status = path.failed ? eh_fail_memory(err, e->mask_folder, 1, 32)
                                   : eh_image_encode_mask(&bytes, &size, &image, classes, err);
    if (status == EH_OK)
        status = eh_file_write_atomic(eh_str_text(&path), bytes, size, err);
    eh_free(bytes);
    eh_str_clear(&path);
    return status;
}

eh_status eh_evaluation_masks_read(eh_head_predictions *out, eh_evaluation *e, const eh_head_tensors *tensors,
                                   const eh_batch *batch, size_t first, eh_error *err)
{
    const eh_run_data *d = e->data;
    size_t pixels = (size_t)d->width * (size_t)d->height, classes = out->width;
    EH_TRY(eh_plan_read(e->plan, tensors->prediction, e->scratch, err)); /* [N,K,H,W] */
    for (size_t i = 0; i < batch->count; i++) {
        const float *probability = e->scratch + i * classes * pixels;
        if (!choose(e->mask, probability, classes, pixels))
            return eh_fail(err, EH_ERR_NUMERIC,
                           "the model predicts NaN or infinity; its weights have run away. Lower the "
                           "learning rate (--lr)");
        EH_TRY(eh_pixel_audit_add(out->pixels, (size_t)d->groups->of_row[batch->row[i]],
                                  batch->mask + i * pixels, e->mask, e->precision ? probability : NULL,
                                  pixels, &out->image[first + i], err));
        if (e->mask_folder)
            EH_TRY(write_mask(e, classes, batch->row[i], e->mask, err));
    }
    return EH_OK;
}
