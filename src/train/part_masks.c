/* part_masks.c - what a run leaves of predicted masks: masks-<part>/, masks-<part>.csv and masks-<part>.json; docs/run-folder.md names the members. */
#include "train/evaluation.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"

#include <math.h>
#include <stdlib.h>

enum { EXAMPLES = 12, EXAMPLE_SIDE = 256, EXAMPLE_QUALITY = 85 };

const eh_head_predictions *eh_part_masks_of(const eh_part_predictions *p)
{
    for (size_t k = 0; k < p->heads; k++)
        if (p->head[k].pixels)
            return &p->head[k];
    return NULL;
}

/* ---- the table of images ---- */

static eh_status write_table(const eh_part_predictions *p, const eh_head_predictions *h, const eh_run_data *d,
                             const char *path, eh_error *err)
{
    eh_str text = { 0 };
    eh_status status = EH_OK;
    char file[4096];
    size_t columns = d->groups->columns;
    eh_str_append(&text, "image,file,pixels,accuracy,miou");
    for (size_t c = 0; c < columns; c++) {
        eh_str_append(&text, ",");
        eh_csv_field(&text, d->groups->column[c]);
    }
    eh_str_append(&text, "\n");
    for (size_t i = 0; i < p->rows && status == EH_OK; i++) {
        uint32_t row = p->row[i];
        const eh_pixel_image *image = &h->image[i];
        const char *const *value = d->groups->value + (size_t)d->groups->of_row[row] * columns;
        status = eh_catalog_image_name(d->catalog, d->frame->image[row], file, sizeof file, err);
        eh_str_appendf(&text, "%lld,", (long long)d->frame->image[row]);
        eh_csv_field(&text, file);
        eh_str_appendf(&text, ",%llu,", (unsigned long long)image->judged);
        if (image->judged)
            eh_str_appendf(&text, "%.9g,%.9g", (double)image->correct / (double)image->judged, image->miou);
        else
            eh_str_append(&text, ",");
        for (size_t c = 0; c < columns; c++) {
            eh_str_append(&text, ",");
            eh_csv_field(&text, value[c]);
        }
        eh_str_append(&text, "\n");
    }
    if (status == EH_OK)
        status = eh_str_check(&text, err);
    if (status == EH_OK)
        status = eh_file_write_atomic(path, text.data, text.size, err);
    eh_str_clear(&text);
    return status;
}

/* ---- examples ---- */

typedef struct ranked {
    double miou;
    size_t i;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->miou != y->miou)
        return x->miou < y->miou ? -1 : 1;
    return x->i < y->i ? -1 : 1;
}

/* At most so large, its shape kept. */
static eh_status shrink(eh_image *out, const eh_image *in, eh_resize_filter filter, eh_error *err)
{
    int longest = in->width > in->height ? in->width : in->height;
    int side = longest > EXAMPLE_SIDE ? EXAMPLE_SIDE : longest;
    int width = in->width * side / longest, height = in->height * side / longest;
    return eh_image_resize(out, in, width > 0 ? width : 1, height > 0 ? height : 1, filter, err);
}

/* Image (JPEG) and true mask of one row beside the predicted one. */
static eh_status write_example(const eh_run_data *d, size_t classes, uint32_t row, const char *folder,
                               eh_error *err)
{
    long long id = (long long)d->frame->image[row];
    eh_image picture = eh_pack_shape(d->pack), mask = eh_pack_shape(d->masks), small = { 0 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    eh_str path = { 0 };
    picture.data = (uint8_t *)(uintptr_t)eh_pack_image(d->pack, row);
    mask.data = (uint8_t *)(uintptr_t)eh_pack_image(d->masks, row);
    eh_status status;
    EH_TRY_GOTO(status, shrink(&small, &picture, EH_RESIZE_AREA, err));
    EH_TRY_GOTO(status, eh_image_encode_jpeg(&bytes, &size, &small, EXAMPLE_QUALITY, err));
    eh_str_appendf(&path, "%s/%06lld-image.jpg", folder, id);
    EH_TRY_GOTO(status, eh_file_write_atomic(eh_str_text(&path), bytes, size, err));
    eh_image_clear(&small);
    eh_free(bytes);
    bytes = NULL;
    eh_str_clear(&path);
    EH_TRY_GOTO(status, shrink(&small, &mask, EH_RESIZE_NEAREST, err));
    EH_TRY_GOTO(status, eh_image_encode_mask(&bytes, &size, &small, classes, err));
    eh_str_appendf(&path, "%s/%06lld-truth.png", folder, id);
    status = eh_file_write_atomic(eh_str_text(&path), bytes, size, err);
done:
    eh_image_clear(&small);
    eh_free(bytes);
    eh_str_clear(&path);
    return status;
}

/* Images evenly spread from the worst to the best; NULL where out of memory. */
static eh_status add_examples(json_t *split, const eh_part_predictions *p, const eh_head_predictions *h,
                              const eh_run_data *d, const char *folder, eh_error *err)
{
    ranked *order = eh_alloc(p->rows + 1, sizeof *order);
    size_t count = 0;
    char file[4096];
    json_t *items = json_array();
    eh_status status = order && items ? EH_OK : eh_fail_memory(err, "examples", p->rows, sizeof *order);
    for (size_t i = 0; order && i < p->rows; i++)
        if (h->image[i].judged)
            order[count++] = (ranked){ h->image[i].miou, i };
    if (count > 1)
        qsort(order, count, sizeof *order, compare_ranked);
    size_t shown = count < EXAMPLES ? count : EXAMPLES;
    for (size_t e = 0; e < shown && status == EH_OK; e++) {
        const ranked *r = &order[shown > 1 ? e * (count - 1) / (shown - 1) : 0];
        uint32_t row = p->row[r->i];
        status = eh_catalog_image_name(d->catalog, d->frame->image[row], file, sizeof file, err);
        if (status == EH_OK)
            status = write_example(d, h->width, row, folder, err);
        if (status == EH_OK)
            eh_json_push(&items, json_pack("{s:I, s:s, s:i, s:o}", "image", (json_int_t)d->frame->image[row],
                                           "file", file, "group", (int)d->groups->of_row[row], "miou",
                                           eh_json_number(r->miou)));
    }
    eh_free(order);
    if (status == EH_OK &&
        !eh_json_set(split, "examples",
                     json_pack("{s:s, s:o}", "definition", "images evenly spread from the worst to the best",
                               "items", items)))
        return eh_fail_memory(err, "examples", shown, sizeof *order);
    if (status != EH_OK)
        json_decref(items);
    return status;
}

eh_status eh_part_masks_write(const eh_part_predictions *p, const eh_run_data *data, const char *part,
                              const char *folder, eh_error *err)
{
    const eh_head_predictions *h = eh_part_masks_of(p);
    uint64_t without = 0;
    eh_str table = { 0 }, path = { 0 };
    for (size_t i = 0; i < p->rows; i++)
        without += !eh_run_has_value(h->head->column, p->row[i]);
    json_t *json = eh_pixel_audit_json(h->pixels, part, without, err);
    eh_status status = json ? EH_OK : EH_ERR_MEMORY;
    eh_str_appendf(&table, "%s.csv", folder);
    eh_str_appendf(&path, "%s.json", folder);
    if (status == EH_OK && (table.failed || path.failed))
        status = eh_fail_memory(err, folder, 1, 16);
    if (status == EH_OK)
        status = write_table(p, h, data, eh_str_text(&table), err);
    if (status == EH_OK)
        status = add_examples(json, p, h, data, folder, err);
    if (status == EH_OK)
        status = eh_json_write(json, eh_str_text(&path), err);
    json_decref(json);
    eh_str_clear(&table);
    eh_str_clear(&path);
    return status;
}
