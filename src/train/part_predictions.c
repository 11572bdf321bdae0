/* part_predictions.c - predictions-<part>.csv; the columns stand in docs/run-folder.md. */
#include "train/evaluation.h"

#include "base/csv.h"
#include "base/file.h"

#include <stdio.h>

static void append_header(eh_str *out, const eh_run_data *d)
{
    eh_str_append(out, "image,file,truth,predicted,loss");
    for (size_t k = 0; k < d->label->classes; k++) {
        eh_str name = { 0 };
        eh_str_appendf(&name, "p:%s", d->label->class_name[k]);
        eh_str_append(out, ",");
        eh_csv_field(out, eh_str_text(&name));
        out->failed = out->failed || name.failed;
        eh_str_clear(&name);
    }
    for (size_t c = 0; c < d->groups->columns; c++) {
        eh_str_append(out, ",");
        eh_csv_field(out, d->groups->column[c]);
    }
    eh_str_append(out, "\n");
}

static void append_row(eh_str *out, const eh_part_predictions *p, size_t i, const eh_run_data *d,
                       const char *file)
{
    uint32_t row = p->row[i];
    size_t classes = d->label->classes, columns = d->groups->columns;
    const char *const *value = d->groups->value + (size_t)d->groups->of_row[row] * columns;
    eh_str_appendf(out, "%lld,", (long long)d->frame->image[row]);
    eh_csv_field(out, file);
    eh_str_append(out, ",");
    eh_csv_field(out, d->label->class_name[d->label->cls[row]]);
    eh_str_append(out, ",");
    eh_csv_field(out, d->label->class_name[p->predicted[i]]);
    eh_str_appendf(out, ",%.9g", (double)p->loss[i]);
    for (size_t k = 0; k < classes; k++)
        eh_str_appendf(out, ",%.9g", (double)p->probability[i * classes + k]);
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
    append_header(&text, data);
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
