/* batch_sheet.c - what the network sees: the first batch of a training as a picture.
 *
 * The batch is that of the first step of `evenhand train` with the same options and the method erm; methods that draw in another order show other images first, changed alike.
 */
#include "evenhand/train.h"

#include "base/config.h"
#include "image/contact_sheet.h"
#include "image/mask_colours.h"
#include "train/run_data.h"
#include "train/training_loader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TILE = 128, GAP = 8, LINES = 5, LINE_BYTES = 256 };

static const uint8_t paper[3] = { 246, 245, 241 };

/* "yes", "31", "(missing)". */
static void write_value(char *out, size_t size, const eh_frame_column *c, size_t row)
{
    if (!eh_run_has_value(c, row))
        snprintf(out, size, "(missing)");
    else if (c->kind == EH_COLUMN_NUMBER)
        snprintf(out, size, "%.6g", (double)c->number[row]);
    else
        snprintf(out, size, "%s", c->class_name[c->cls[row]]);
}

/* "81%: yes 31": the labels of one of two images that are mixed. */
static void write_labels(char *out, const eh_run_data *d, size_t row, double share)
{
    int used = snprintf(out, LINE_BYTES, "%.0f%%:", 100 * share);
    for (size_t k = 0; k < d->heads && used < LINE_BYTES - 2; k++) {
        char value[100];
        if (d->head[k]->kind == EH_COLUMN_MASK)
            continue;
        write_value(value, sizeof value, d->head[k], row);
        used += snprintf(out + used, (size_t)(LINE_BYTES - used), " %s", value);
    }
}

/* The lines below an image; a mask is seen in the image itself. */
static size_t write_caption(char text[LINES][LINE_BYTES], const eh_run_data *d, const eh_batch *batch,
                            size_t i)
{
    size_t lines = 0, row = batch->row[i];
    double share = batch->lambda ? (double)batch->lambda[i] : 1;
    bool alone = d->heads == 1 + (size_t)(d->masks != NULL); /* then its name says nothing that takes room */
    snprintf(text[lines++], LINE_BYTES, "#%lld", (long long)d->frame->image[row]);
    if (share < 0.995 && d->heads > (d->masks != NULL)) {
        write_labels(text[lines++], d, row, share);
        write_labels(text[lines++], d, batch->partner[i], 1 - share);
        return lines;
    }
    for (size_t k = 0; k < d->heads && lines < LINES; k++) {
        char value[100];
        if (d->head[k]->kind == EH_COLUMN_MASK)
            continue;
        write_value(value, sizeof value, d->head[k], row);
        if (alone)
            snprintf(text[lines++], LINE_BYTES, "%s", value);
        else
            snprintf(text[lines++], LINE_BYTES, "%s: %s", d->head[k]->name, value);
    }
    return lines;
}

/* Half of each judged pixel becomes its class's colour; of those that are not judged every fourth is white. */
static void paint_mask(eh_image *picture, const uint8_t *mask)
{
    for (size_t i = 0; i < (size_t)picture->width * (size_t)picture->height; i++) {
        uint8_t *p = picture->data + 3 * i, rgb[3] = { 255, 255, 255 };
        bool judged = mask[i] != EH_MASK_IGNORE;
        size_t x = i % (size_t)picture->width, y = i / (size_t)picture->width;
        if (judged)
            eh_mask_colour(rgb, mask[i]);
        else if ((x + y) % 4)
            continue;
        for (int c = 0; c < 3; c++)
            p[c] = (uint8_t)(judged ? (p[c] + rgb[c]) / 2 : rgb[c]);
    }
}

static eh_status make_cell(eh_image *cell, const eh_run_data *d, const eh_batch *batch, size_t i,
                           eh_error *err)
{
    char text[LINES][LINE_BYTES];
    const char *line[LINES];
    size_t pixels = (size_t)d->width * (size_t)d->height, lines = write_caption(text, d, batch, i);
    eh_image picture;
    EH_TRY(eh_image_alloc(&picture, d->width, d->height, d->channels, err));
    eh_run_data_picture(d, batch->image + i * pixels * (size_t)d->channels, &picture);
    eh_status status = eh_image_convert(&picture, 3, err);
    if (status == EH_OK && batch->mask)
        paint_mask(&picture, batch->mask + i * pixels);
    for (size_t k = 0; k < lines; k++)
        line[k] = text[k];
    /* Small pictures are shown in whole multiples of their size, so that their pixels can be seen. */
    int longer = d->width > d->height ? d->width : d->height, times = TILE / longer > 1 ? TILE / longer : 1;
    if (status == EH_OK)
        status = eh_captioned(cell, &picture, d->width * times, d->height * times, line, lines, paper, err);
    eh_image_clear(&picture);
    return status;
}

static eh_status make_sheet(eh_image *out, const eh_run_data *d, const eh_batch *batch, eh_error *err)
{
    eh_image *cell = eh_alloc(batch->count, sizeof *cell);
    eh_status status = cell ? EH_OK : eh_fail_memory(err, "a contact sheet", batch->count, sizeof *cell);
    for (size_t i = 0; i < batch->count && status == EH_OK; i++)
        status = make_cell(&cell[i], d, batch, i, err);
    if (status == EH_OK)
        status =
            eh_contact_sheet(out, cell, batch->count, (int)ceil(sqrt((double)batch->count)), GAP, paper, err);
    for (size_t i = 0; cell && i < batch->count; i++)
        eh_image_clear(&cell[i]);
    eh_free(cell);
    return status;
}

static eh_status draw_order(uint32_t **order, size_t *count, const eh_run_data *d, const eh_train_opts *opts,
                            eh_error *err)
{
    const eh_sampler_input in = { .row = d->row[EH_PART_TRAIN],
                                  .rows = d->rows[EH_PART_TRAIN],
                                  .group = d->groups->of_row,
                                  .groups = d->groups->count,
                                  .seed = opts->seed };
    return eh_sampler_uniform.order(NULL, &in, order, count, err);
}

eh_status eh_train_batch_sheet(eh_image *out, size_t *images, const eh_train_opts *opts,
                               eh_progress *progress, eh_error *err)
{
    eh_run_data data = { 0 };
    eh_training_augments augments;
    eh_loader *loader = NULL;
    eh_batch *batch = NULL;
    uint32_t *order = NULL;
    size_t count = 0;
    eh_status status;
    *out = (eh_image){ 0 };
    *images = 0;
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "a batch", 1, 1);
    EH_TRY_GOTO(status, eh_run_data_load(&data, opts, err));
    EH_TRY_GOTO(status, eh_training_augments_parse(&augments, opts, &data, arena, err));
    EH_TRY_GOTO(status, eh_run_data_pixels(&data, progress, err));
    EH_TRY_GOTO(status, draw_order(&order, &count, &data, opts, err));
    if (count > (size_t)opts->batch)
        count = (size_t)opts->batch;
    EH_TRY_GOTO(status, eh_training_loader_new(&loader, &data, opts, &augments, count, progress, err));
    EH_TRY_GOTO(status, eh_loader_begin(loader, order, count, 0, 0, err));
    EH_TRY_GOTO(status, eh_loader_next(loader, &batch, err));
    *images = batch->count;
    status = make_sheet(out, &data, batch, err);
done:
    eh_loader_free(loader);
    eh_free(order);
    eh_run_data_clear(&data);
    eh_arena_free(arena);
    return status;
}
