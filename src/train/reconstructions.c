/* reconstructions.c - what a model that draws makes of some images: originals above, what it drew below. */
#include "train/trainer.h"

#include "image/contact_sheet.h"

#include <string.h>

enum { PICTURES = 16, COLUMNS = 8 };

/* Rows spread evenly over those of a part that the model's own loss counts for. */
static size_t choose_rows(uint32_t *out, const eh_trainer *t)
{
    const eh_run_data *d = &t->data;
    eh_part part = d->rows[EH_PART_VALID] ? EH_PART_VALID : EH_PART_TRAIN;
    const eh_frame_column *label = d->head[0];
    size_t rows = d->rows[part], candidates = 0, seen = 0, count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < rows; i++) {
            uint32_t row = d->row[part][i];
            if (t->run.own_class >= 0 && label->cls[row] != t->run.own_class)
                continue;
            if (pass == 0) {
                candidates++;
                continue;
            }
            size_t wanted = candidates < PICTURES ? candidates : PICTURES;
            if (count < wanted && seen == count * candidates / wanted)
                out[count++] = row;
            seen++;
        }
    return count;
}

/* Cells of a sheet: a line of originals, a line of drawings, and so on. */
static eh_status fill_cells(eh_image *cell, const eh_trainer *t, const uint32_t *row, const float *drawn,
                            size_t count, eh_error *err)
{
    const eh_run_data *d = &t->data;
    size_t size = (size_t)d->width * (size_t)d->height * (size_t)d->channels;
    for (size_t i = 0; i < count; i++) {
        size_t above = i / COLUMNS * 2 * COLUMNS + i % COLUMNS;
        eh_image *original = &cell[above], *copy = &cell[above + COLUMNS];
        EH_TRY(eh_image_alloc(original, d->width, d->height, d->channels, err));
        EH_TRY(eh_image_alloc(copy, d->width, d->height, d->channels, err));
        memcpy(original->data, eh_pack_image(d->pack, row[i]), size);
        eh_run_data_picture(d, drawn + i * size, copy);
    }
    return EH_OK;
}

eh_status eh_trainer_reconstructions(eh_trainer *t, bool last, eh_error *err)
{
    static const uint8_t white[3] = { 255, 255, 255 };
    uint32_t row[PICTURES];
    float *drawn = NULL;
    size_t width = 0, count;
    eh_image cell[2 * PICTURES] = { 0 }, sheet = { 0 };
    if (!eh_exposed(t->evaluation.graph, "reconstruction") || (!last && !t->events.stream))
        return EH_OK;
    count = choose_rows(row, t);
    if (count == 0)
        return EH_OK;
    eh_status status = eh_run_forward(&t->run, "reconstruction", row, count, &drawn, &width, err);
    if (status == EH_OK)
        status = fill_cells(cell, t, row, drawn, count, err);
    size_t lines = (count + COLUMNS - 1) / COLUMNS;
    if (status == EH_OK)
        status = eh_contact_sheet(&sheet, cell, 2 * COLUMNS * lines, COLUMNS, 2, white, err);
    if (status == EH_OK)
        status = last ? eh_trainer_picture(t, "reconstructions", &sheet, err)
                      : eh_trainer_events_image(t, "reconstructions", &sheet, err);
    for (size_t i = 0; i < 2 * PICTURES; i++)
        eh_image_clear(&cell[i]);
    eh_image_clear(&sheet);
    eh_free(drawn);
    return status;
}
