/* compose_write.c - drawing the planned images and writing them, their labels and the catalog into a folder.
 *
 * Idea    The folder is filled under a temporary name and renamed at the end, so it is whole or not there. Images are drawn on all threads, in
 *         chunks; what an image looks like depends on the seed and its number alone. The catalog is written by the usual import, with a
 *         private format whose rows come from the plan, so that it is checked and hashed like any other.
 */
#include "data/compose_job.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/threads.h"
#include "data/format.h"
#include "image/contact_sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 128, DRAW_IMAGE = 32, IDX_HEAD = 20 };
#define NAME_SIZE 32

typedef struct writer {
    eh_compose_job *job;
    eh_atomic_folder folder;
    int container; /* open IDX file, or -1 */
    char container_name[NAME_SIZE];
    size_t head;       /* bytes of its header */
    int width, height; /* of all its images */
    size_t first;      /* of the chunk */
    eh_error error
        [CHUNK]; /* of each image of the chunk, so that the first in order is reported on any number of threads */
} writer;

static void file_name(char out[NAME_SIZE], size_t row)
{
    snprintf(out, NAME_SIZE, "images/%06zu.png", row + 1);
}

/* ---------------------------------------------------------------- one image */

/* Reads both pictures, colours one of them, and draws. `out` is grey when the whole set is. */
static eh_status draw(writer *w, size_t index, eh_image *out, eh_error *err)
{
    eh_compose_job *job = w->job;
    eh_compose_row *row = &job->row[index];
    const eh_decode_opts as_rgba = { .channels = 4 };
    eh_image first = { 0 }, second = { 0 };
    eh_status status;
    int64_t id = job->first_frame->image[row->first];
    *out = (eh_image){ 0 };
    EH_TRY_GOTO(status, eh_catalog_read_image(job->first, id, &as_rgba, &first, err));
    EH_TRY_GOTO(status, eh_catalog_read_image(job->second, job->second_frame->image[row->second], &as_rgba,
                                              &second, err));
    int32_t colour = row->value[EH_PLANTED_COLOUR], position = row->value[EH_PLANTED_POSITION];
    if (colour >= 0)
        eh_image_tint(job->opts->tint ? &first : &second, job->rgb[colour]);
    const eh_layout_parts parts = { .first = &first,
                                    .second = &second,
                                    .position = position >= 0 ? job->position[position] : 0,
                                    .rng = eh_rng_at(job->opts->seed, EH_DRAW_COMPOSE, DRAW_IMAGE,
                                                     (uint64_t)id) };
    EH_TRY_GOTO(status, job->layout->draw(out, &row->box, &parts, job->opts->layout.opts, err));
    if (job->grey)
        status = eh_image_convert(out, 1, err);
done:
    eh_image_clear(&first);
    eh_image_clear(&second);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}

static eh_status put_in_container(writer *w, size_t index, const eh_image *image, eh_error *err)
{
    size_t size = (size_t)image->width * (size_t)image->height * (size_t)image->channels, done = 0;
    if (image->width != w->width || image->height != w->height)
        return eh_fail(err, EH_ERR_USAGE,
                       "image %zu becomes %d x %d pixels, but the first %d x %d; a container needs one size: "
                       "give the layout "
                       "size=N, or leave out --container",
                       index + 1, image->width, image->height, w->width, w->height);
    while (done < size) {
        ssize_t put =
            pwrite(w->container, image->data + done, size - done, (off_t)(w->head + index * size + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return eh_fail_errno(err, EH_ERR_IO, put < 0 ? errno : ENOSPC, "cannot write %s/%s",
                                 w->folder.path, w->container_name);
        done += (size_t)put;
    }
    return EH_OK;
}

static eh_status make_image(writer *w, size_t index, eh_error *err)
{
    eh_image image;
    uint8_t *bytes = NULL;
    size_t size = 0;
    char name[NAME_SIZE];
    EH_TRY(draw(w, index, &image, err));
    eh_status status;
    if (w->container >= 0) {
        status = put_in_container(w, index, &image, err);
    } else {
        status = eh_image_encode_png(&bytes, &size, &image, err);
        file_name(name, index);
        if (status == EH_OK)
            status = eh_atomic_folder_write(&w->folder, name, bytes, size, err);
    }
    eh_free(bytes);
    eh_image_clear(&image);
    return status;
}

static void work_on(void *user, size_t index)
{
    writer *w = user;
    make_image(w, w->first + index, &w->error[index]);
}

static eh_status make_images(writer *w, eh_progress *progress, eh_error *err)
{
    eh_status status = EH_OK;
    size_t rows = w->job->rows;
    eh_progress_begin(progress, "compose", rows, "images");
    for (w->first = 0; w->first < rows && status == EH_OK; w->first += CHUNK) {
        size_t count = rows - w->first < CHUNK ? rows - w->first : CHUNK;
        memset(w->error, 0, sizeof w->error);
        eh_parallel_for(count, work_on, w);
        for (size_t i = 0; i < count && status == EH_OK; i++)
            if (w->error[i].status != EH_OK)
                status = eh_fail(err, w->error[i].status, "%s", w->error[i].message);
        eh_progress_update(progress, w->first + count, NULL);
        if (status == EH_OK && eh_progress_stop(progress))
            status = eh_fail(err, EH_ERR_INTERRUPTED, "the composition was stopped; nothing was written");
    }
    eh_progress_end(progress, NULL);
    return status;
}

/* ---------------------------------------------------------------- the container */

static void put_u32(uint8_t *at, size_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* An IDX file of bytes with the dimensions N, H, W, and C where there are colours; its size comes from the first image. */
static eh_status open_container(writer *w, eh_error *err)
{
    eh_image image;
    uint8_t head[IDX_HEAD] = { 0, 0, 8 };
    char path[4096];
    EH_TRY(draw(w, 0, &image, err));
    w->width = image.width;
    w->height = image.height;
    head[3] = image.channels == 1 ? 3 : 4;
    put_u32(head + 4, w->job->rows);
    put_u32(head + 8, (size_t)image.height);
    put_u32(head + 12, (size_t)image.width);
    put_u32(head + 16, (size_t)image.channels);
    w->head = image.channels == 1 ? 16 : 20;
    snprintf(w->container_name, sizeof w->container_name, "images-idx%d-ubyte", head[3]);
    eh_image_clear(&image);
    if (w->job->rows > UINT32_MAX)
        return eh_fail(err, EH_ERR_LIMIT, "an IDX file cannot hold %zu images", w->job->rows);
    EH_TRY(eh_atomic_folder_write(&w->folder, w->container_name, head, w->head, err));
    int size = snprintf(path, sizeof path, "%s/%s", w->folder.temporary, w->container_name);
    if (size < 0 || (size_t)size >= sizeof path)
        return eh_fail(err, EH_ERR_USAGE, "the path %s is too long", w->folder.path);
    w->container = open(path, O_WRONLY | O_CLOEXEC);
    return w->container >= 0 ? EH_OK : eh_fail_errno(err, EH_ERR_IO, errno, "cannot write %s", path);
}

/* ---------------------------------------------------------------- labels */

/* Columns of the composed set, in order. */
enum {
    COL_FIRST,
    COL_SECOND,
    COL_ALIGNED,
    COL_POSITION,
    COL_COLOUR,
    COL_X,
    COL_Y,
    COL_WIDTH,
    COL_HEIGHT,
    COL_FIRST_IMAGE,
    COL_SECOND_IMAGE,
    COLUMNS
};

/* Their names; NULL where a column is left out because nothing of the kind is planted. */
static void column_names(const eh_compose_job *job, const char *name[COLUMNS])
{
    bool same = strcmp(job->first_label->name, job->second_label->name) == 0;
    name[COL_FIRST] = job->first_label->name;
    name[COL_SECOND] = same ? "partner" : job->second_label->name;
    name[COL_ALIGNED] = "aligned";
    name[COL_POSITION] = job->attribute[EH_PLANTED_POSITION].values ? "position" : NULL;
    name[COL_COLOUR] = job->attribute[EH_PLANTED_COLOUR].values ? "colour" : NULL;
    name[COL_X] = "box_x";
    name[COL_Y] = "box_y";
    name[COL_WIDTH] = "box_width";
    name[COL_HEIGHT] = "box_height";
    name[COL_FIRST_IMAGE] = "first_image";
    name[COL_SECOND_IMAGE] = "second_image";
}

static const char *const aligned_word[] = { "conflicting", "aligned" };

/* One row's values as texts, "" where there is none; `numbers` holds those that are made here. */
static eh_status row_texts(const eh_compose_job *job, size_t index, const char *text[COLUMNS],
                           char numbers[4][16], char images[2][512], eh_error *err)
{
    const eh_compose_row *r = &job->row[index];
    const int box[] = { r->box.x, r->box.y, r->box.width, r->box.height };
    int32_t position = r->value[EH_PLANTED_POSITION], colour = r->value[EH_PLANTED_COLOUR];
    text[COL_FIRST] = job->first_label->class_name[job->first_label->cls[r->first]];
    text[COL_SECOND] = job->second_label->class_name[job->second_label->cls[r->second]];
    text[COL_ALIGNED] = r->aligned >= 0 ? aligned_word[r->aligned] : "";
    text[COL_POSITION] = position >= 0 ? job->attribute[EH_PLANTED_POSITION].value[position] : "";
    text[COL_COLOUR] = colour >= 0 ? job->attribute[EH_PLANTED_COLOUR].value[colour] : "";
    for (int i = 0; i < 4; i++) {
        snprintf(numbers[i], 16, "%d", box[i]);
        text[COL_X + i] = numbers[i];
    }
    EH_TRY(eh_catalog_image_name(job->first, job->first_frame->image[r->first], images[0], 512, err));
    EH_TRY(eh_catalog_image_name(job->second, job->second_frame->image[r->second], images[1], 512, err));
    text[COL_FIRST_IMAGE] = images[0];
    text[COL_SECOND_IMAGE] = images[1];
    return EH_OK;
}

/* labels.csv, for other programs. */
static eh_status write_labels(writer *w, eh_error *err)
{
    const char *name[COLUMNS], *text[COLUMNS], *field[COLUMNS + 2];
    char file[NAME_SIZE], numbers[4][16], images[2][512];
    eh_str out = { 0 };
    eh_status status = EH_OK;
    column_names(w->job, name);
    for (size_t row = 0; row <= w->job->rows && status == EH_OK; row++) { /* the header, then the rows */
        size_t fields = 0;
        if (row == 0) {
            field[fields++] = "file";
            field[fields++] = "split";
        } else {
            file_name(file, row - 1);
            EH_TRY_GOTO(status, row_texts(w->job, row - 1, text, numbers, images, err));
            field[fields++] = file;
            field[fields++] = eh_part_name((eh_part)w->job->row[row - 1].part);
        }
        for (int i = 0; i < COLUMNS; i++)
            if (name[i])
                field[fields++] = row == 0 ? name[i] : text[i];
        eh_csv_row(&out, field, fields);
    }
    EH_TRY_GOTO(status, eh_str_check(&out, err));
    status = eh_atomic_folder_write(&w->folder, "labels.csv", out.data, out.size, err);
done:
    eh_str_clear(&out);
    return status;
}

/* ---------------------------------------------------------------- the catalog */

/* What the private format gets as its options. */
typedef struct catalog_source {
    const writer *w;
    const char *provenance, *source;
} catalog_source;

static eh_status declare_columns(eh_import *imp, const eh_compose_job *job, const char *name[COLUMNS],
                                 eh_error *err)
{
    size_t index;
    column_names(job, name);
    for (int i = 0; i < COLUMNS; i++) {
        const char *const *classes = NULL;
        size_t count = 0;
        eh_column_kind kind = i >= COL_FIRST_IMAGE ? EH_COLUMN_TEXT
                              : i >= COL_X         ? EH_COLUMN_NUMBER
                                                   : EH_COLUMN_CLASS;
        if (!name[i])
            continue;
        if (i == COL_FIRST || i == COL_SECOND) {
            const eh_frame_column *label = i == COL_FIRST ? job->first_label : job->second_label;
            classes = label->class_name;
            count = label->classes;
        } else if (i == COL_ALIGNED) {
            classes = aligned_word;
            count = 2;
        } else if (kind == EH_COLUMN_CLASS) {
            const eh_compose_attribute *a =
                &job->attribute[i == COL_POSITION ? EH_PLANTED_POSITION : EH_PLANTED_COLOUR];
            classes = a->value;
            count = a->values;
        }
        EH_TRY(eh_import_column(imp, &index, name[i], kind, classes, count, err));
    }
    return EH_OK;
}

static eh_status add_row(eh_import *imp, const writer *w, size_t index, const char *name[COLUMNS],
                         eh_error *err)
{
    const eh_compose_job *job = w->job;
    const eh_compose_row *r = &job->row[index];
    const int32_t cls[] = { job->first_label->cls[r->first], job->second_label->cls[r->second], r->aligned,
                            r->value[EH_PLANTED_POSITION], r->value[EH_PLANTED_COLOUR] };
    const int box[] = { r->box.x, r->box.y, r->box.width, r->box.height };
    const char *text[COLUMNS];
    char file[NAME_SIZE], numbers[4][16], images[2][512];
    eh_label_value value[COLUMNS] = { 0 };
    size_t values = 0;
    EH_TRY(row_texts(job, index, text, numbers, images, err));
    for (int i = 0; i < COLUMNS; i++) {
        if (!name[i])
            continue;
        eh_label_value *v = &value[values++];
        if (i < COL_X)
            *v = (eh_label_value){ .missing = cls[i] < 0, .cls = cls[i] };
        else if (i < COL_FIRST_IMAGE)
            v->number = box[i - COL_X];
        else
            v->text = text[i];
    }
    file_name(file, index);
    eh_image_ref image = { .container = "file", .path = file };
    if (w->container >= 0)
        image = (eh_image_ref){ .container = "idx", .path = w->container_name, .item = (int64_t)index };
    return eh_import_row(imp, &image, value, (eh_part)r->part, err);
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    const catalog_source *s = opts;
    const char *name[COLUMNS];
    (void)source;
    (void)progress;
    EH_TRY(declare_columns(imp, s->w->job, name, err));
    for (size_t i = 0; i < s->w->job->rows; i++)
        EH_TRY(add_row(imp, s->w, i, name, err));
    EH_TRY(eh_import_note(imp, "source", s->source, err));
    return eh_import_note(imp, "compose", s->provenance, err);
}

static const eh_format composed = { .entry = { .name = "compose", .summary = "a composed data set" },
                                    .import = import };

static eh_status write_catalog(writer *w, const char *folder, const char *provenance, eh_progress *progress,
                               eh_error *err)
{
    char path[4096];
    catalog_source source = { .w = w, .provenance = provenance, .source = folder };
    const eh_import_opts opts = { .format = { .entry = &composed.entry, .opts = &source }, .strict = true };
    int size = snprintf(path, sizeof path, "%s/data.eh", w->folder.temporary);
    if (size < 0 || (size_t)size >= sizeof path)
        return eh_fail(err, EH_ERR_USAGE, "the path %s is too long", w->folder.path);
    return eh_catalog_import(path, w->folder.temporary, &opts, NULL, progress, err);
}

/* ---------------------------------------------------------------- the sheet */

enum { SHEET_CLASSES = 12, SHEET_COLUMNS = 12 };

/* sheet.png: for each of the first classes a line of images, those that agree with the bias on the left, those that conflict on the right. */
static eh_status write_sheet(writer *w, eh_error *err)
{
    const eh_compose_job *job = w->job;
    static const uint8_t background[3] = { 70, 70, 70 };
    size_t classes = job->first_label->classes < SHEET_CLASSES ? job->first_label->classes : SHEET_CLASSES;
    eh_image *cell = eh_alloc(classes * SHEET_COLUMNS, sizeof *cell), sheet = { 0 };
    uint8_t *bytes = NULL;
    size_t size, used[SHEET_CLASSES][2] = { { 0 } };
    eh_status status = EH_OK;
    if (!cell)
        return eh_fail_memory(err, "a contact sheet", classes * SHEET_COLUMNS, sizeof *cell);
    for (size_t row = 0; row < job->rows; row++) {
        int8_t aligned = job->row[row].aligned;
        size_t cls = (size_t)job->first_label->cls[job->row[row].first], right = aligned == 0;
        if (cls >= classes || used[cls][right] == (aligned < 0 ? SHEET_COLUMNS : SHEET_COLUMNS / 2))
            continue;
        size_t at = cls * SHEET_COLUMNS + right * (SHEET_COLUMNS / 2) + used[cls][right]++;
        EH_TRY_GOTO(status, draw(w, row, &cell[at], err));
    }
    EH_TRY_GOTO(status,
                eh_contact_sheet(&sheet, cell, classes * SHEET_COLUMNS, SHEET_COLUMNS, 4, background, err));
    EH_TRY_GOTO(status, eh_image_encode_png(&bytes, &size, &sheet, err));
    status = eh_atomic_folder_write(&w->folder, "sheet.png", bytes, size, err);
done:
    for (size_t i = 0; i < classes * SHEET_COLUMNS; i++)
        eh_image_clear(&cell[i]);
    eh_free(cell);
    eh_free(bytes);
    eh_image_clear(&sheet);
    return status;
}

eh_status eh_compose_write(eh_compose_job *job, const char *folder, const char *provenance,
                           eh_progress *progress, eh_error *err)
{
    writer *w = eh_alloc(1, sizeof *w);
    eh_status status;
    if (!w)
        return eh_fail_memory(err, "a composition", 1, sizeof *w);
    w->job = job;
    w->container = -1;
    EH_TRY_GOTO(status, eh_atomic_folder_open(&w->folder, folder, err));
    if (job->opts->container)
        EH_TRY_GOTO(status, open_container(w, err));
    else
        EH_TRY_GOTO(status, eh_atomic_folder_make(&w->folder, "images", err));
    EH_TRY_GOTO(status, make_images(w, progress, err));
    if (!job->opts->container)
        EH_TRY_GOTO(status, write_labels(w, err));
    EH_TRY_GOTO(status, write_sheet(w, err));
    EH_TRY_GOTO(status,
                eh_atomic_folder_write(&w->folder, "compose.json", provenance, strlen(provenance), err));
    EH_TRY_GOTO(status, write_catalog(w, folder, provenance, progress, err));
    status = eh_atomic_folder_commit(&w->folder, err);
done:
    if (w->container >= 0)
        close(w->container);
    eh_atomic_folder_abandon(&w->folder);
    eh_free(w);
    return status;
}
