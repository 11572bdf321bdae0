/* part_predictions.c - predictions-<part>.csv; the columns stand in docs/run-folder.md. */
#include "train/evaluation.h"

#include "base/csv.h"
#include "base/file.h"

#include <stdio.h>

/* "truth" of the first head, "age.truth" of another. */
static void append_name(eh_str *out, const char *what, const eh_head_predictions *h, bool first,
                        const char *cls)
{
    eh_str name = { 0 };
    if (!first)
        eh_str_appendf(&name, "%s.", h->head->column->name);
    eh_str_append(&name, what);
    if (cls)
        eh_str_appendf(&name, ":%s", cls);
    eh_csv_field(out, eh_str_text(&name));
    out->failed = out->failed || name.failed;
    eh_str_clear(&name);
}

/* The first head stands last, next to the groups: then a reader who knows of one head finds everything where it has always been. */
static size_t head_at(const eh_part_predictions *p, size_t order)
{
    return order + 1 < p->heads ? order + 1 : 0;
}

static void append_header(eh_str *out, const eh_part_predictions *p, const eh_run_data *d)
{
    static const char *const column[] = { "truth", "predicted", "loss" };
    eh_str_append(out, "image,file");
    for (size_t order = 0; order < p->heads; order++) {
        size_t k = head_at(p, order);
        const eh_head_predictions *h = &p->head[k];
        if (h->pixels)
            continue; /* masks have files of their own */
        for (size_t i = 0; i < sizeof column / sizeof *column; i++) {
            eh_str_append(out, ",");
            append_name(out, column[i], h, k == 0, NULL);
        }
        for (size_t c = 0; h->predicted && c < h->width; c++) {
            eh_str_append(out, ",");
            append_name(out, "p", h, k == 0, h->head->column->class_name[c]);
        }
    }
    for (size_t c = 0; c < d->groups->columns; c++) {
        eh_str_append(out, ",");
        eh_csv_field(out, d->groups->column[c]);
    }
    eh_str_append(out, "\n");
}

/* truth,predicted,loss and probabilities of one head; truth and loss are empty where the image has no value. */
static void append_head(eh_str *out, const eh_head_predictions *h, size_t i, uint32_t row)
{
    const eh_frame_column *column = h->head->column;
    bool known = eh_run_has_value(column, row);
    char number[EH_FLOAT_TEXT];
    eh_str_append(out, ",");
    if (known && h->predicted)
        eh_csv_field(out, column->class_name[column->cls[row]]);
    else if (known) {
        eh_format_single(number, column->number[row]);
        eh_str_append(out, number);
    }
    eh_str_append(out, ",");
    if (h->predicted)
        eh_csv_field(out, column->class_name[h->predicted[i]]);
    else
        eh_str_appendf(out, "%.9g", (double)h->value[i]);
    eh_str_append(out, ",");
    if (known)
        eh_str_appendf(out, "%.9g", (double)h->loss[i]);
    for (size_t k = 0; h->predicted && k < h->width; k++)
        eh_str_appendf(out, ",%.9g", (double)h->value[i * h->width + k]);
}

static void append_row(eh_str *out, const eh_part_predictions *p, size_t i, const eh_run_data *d,
                       const char *file)
{
    uint32_t row = p->row[i];
    size_t columns = d->groups->columns;
    const char *const *value = d->groups->value + (size_t)d->groups->of_row[row] * columns;
    eh_str_appendf(out, "%lld,", (long long)d->frame->image[row]);
    eh_csv_field(out, file);
    for (size_t order = 0; order < p->heads; order++)
        if (!p->head[head_at(p, order)].pixels)
            append_head(out, &p->head[head_at(p, order)], i, row);
    for (size_t c = 0; c < columns; c++) {
        eh_str_append(out, ",");
        eh_csv_field(out, value[c]);
    }
    eh_str_append(out, "\n");
}

eh_status eh_part_predictions_write(const eh_part_predictions *p, const eh_run_data *data, const char *path,
                                    eh_error *err)
{
    eh_str text = { 0 };
    eh_status status = EH_OK;
    char file[4096];
    append_header(&text, p, data);
    for (size_t i = 0; i < p->rows && status == EH_OK; i++) {
        status = eh_catalog_image_name(data->catalog, data->frame->image[p->row[i]], file, sizeof file, err);
        append_row(&text, p, i, data, file);
    }
    if (status == EH_OK)
        status = eh_str_check(&text, err);
    if (status == EH_OK)
        status = eh_file_write_atomic(path, text.data, text.size, err);
    eh_str_clear(&text);
    return status;
}
