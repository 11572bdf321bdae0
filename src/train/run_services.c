/* run_services.c - what a method can ask of the running training (hooks.h): inner tensors of the model, tables and pictures for the log. */
#include "train/trainer.h"

#include "base/file.h"
#include "base/json.h"
#include "image/contact_sheet.h"

#include <stdio.h>
#include <string.h>

/* The compiled pass to a tensor, made when it is first asked for. */
static eh_status find_forward(eh_forward **out, eh_trainer *t, const char *name, eh_error *err)
{
    eh_forward *f = t->forward;
    size_t i = 0;
    while (i + 1 < EH_FORWARDS && f[i].name && strcmp(f[i].name, name) != 0)
        i++;
    *out = &f[i];
    if (f[i].name && strcmp(f[i].name, name) == 0)
        return EH_OK;
    const char *copy = eh_arena_strdup(t->arena, name);
    if (!copy)
        return eh_fail_memory(err, "the name of a tensor", 1, 1);
    eh_forward_clear(&f[i]);
    eh_plan_opts plan = eh_training_plan_opts(&t->training);
    eh_status status =
        eh_forward_make(&f[i], copy, &t->task, t->params, &t->data, (size_t)t->position.batch, &plan, err);
    if (status != EH_OK)
        eh_forward_clear(&f[i]);
    return status;
}

eh_status eh_run_forward(eh_run *run, const char *name, const uint32_t *row, size_t rows, float **out,
                         size_t *width, eh_error *err)
{
    eh_trainer *t = (eh_trainer *)run;
    eh_forward *f;
    *out = NULL;
    EH_TRY(find_forward(&f, t, name, err));
    *width = f->width;
    *out = eh_alloc(rows * f->width + 1, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "the values of a tensor", rows * f->width, sizeof **out);
    eh_status status = eh_forward_rows(f, row, rows, *out, t->progress, err);
    if (status == EH_OK)
        return EH_OK;
    eh_free(*out);
    *out = NULL;
    return status;
}

eh_status eh_run_table(eh_run *run, const char *name, const char *const *key, const double *value,
                       size_t count, eh_error *err)
{
    eh_trainer *t = (eh_trainer *)run;
    if (!t->log.stream) /* a training that leaves nothing behind: find-lr */
        return EH_OK;
    json_t *values = json_object();
    for (size_t i = 0; i < count; i++)
        eh_json_set(values, key[i], eh_json_number(value[i]));
    EH_TRY(eh_run_log_event(&t->log,
                            json_pack("{s:s, s:I, s:s, s:o}", "event", "table", "epoch",
                                      (json_int_t)run->epoch + 1, "name", name, "values", values),
                            err));
    return eh_trainer_events_table(t, name, key, value, count, err);
}

/* A frame row's picture, with its caption. */
static eh_status make_cell(eh_image *out, const eh_trainer *t, uint32_t row, const char *caption,
                           eh_error *err)
{
    static const uint8_t white[3] = { 255, 255, 255 };
    const eh_run_data *d = &t->data;
    eh_image picture = { .width = d->width,
                         .height = d->height,
                         .channels = d->channels,
                         .data = (uint8_t *)eh_pack_image(d->pack, row) };
    int width = d->width < 64 ? 64 : d->width, height = (int)((int64_t)width * d->height / d->width);
    return eh_captioned(out, &picture, width, height, &caption, caption ? 1 : 0, white, err);
}

eh_status eh_run_sheet(eh_run *run, const char *name, const uint32_t *row, const char *const *caption,
                       size_t count, int columns, eh_error *err)
{
    static const uint8_t white[3] = { 255, 255, 255 };
    eh_trainer *t = (eh_trainer *)run;
    eh_image sheet = { 0 }, *cell = eh_alloc(count, sizeof *cell);
    eh_status status = cell ? EH_OK : eh_fail_memory(err, "a sheet of pictures", count, sizeof *cell);
    for (size_t i = 0; i < count && status == EH_OK; i++)
        status = make_cell(&cell[i], t, row[i], caption ? caption[i] : NULL, err);
    if (status == EH_OK)
        status = eh_contact_sheet(&sheet, cell, count, columns, 4, white, err);
    if (status == EH_OK)
        status = eh_trainer_picture(t, name, &sheet, err);
    for (size_t i = 0; cell && i < count; i++)
        eh_image_clear(&cell[i]);
    eh_free(cell);
    eh_image_clear(&sheet);
    return status;
}

const char *eh_run_file(const eh_run *run, const char *name)
{
    return eh_run_home_file(&((const eh_trainer *)run)->folder, "%s", name);
}

eh_status eh_trainer_picture(eh_trainer *t, const char *name, const eh_image *image, eh_error *err)
{
    uint8_t *png = NULL;
    size_t size = 0;
    const char *path = eh_run_home_file(&t->folder, "%s.png", name);
    eh_status status = path ? eh_image_encode_png(&png, &size, image, err)
                            : eh_fail_memory(err, "the name of a picture", 1, 1);
    if (status == EH_OK)
        status = eh_file_write_atomic(path, png, size, err);
    eh_free(png);
    return status == EH_OK ? eh_trainer_events_image(t, name, image, err) : status;
}
