/* label_probabilities.c - a file of probabilities, fitted to the rows of a frame. See the header for what is accepted.
 *
 * Easy to get wrong: an image that is missing from the file. It gets equal probabilities and counts as without label, so that it neither is a finding nor moves a
 * threshold.
 */
#include "clean/label_probabilities.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"
#include "clean/image_names.h"

#include <string.h>

/* ---------------------------------------------------------------- NPY */

static eh_status read_npy(void *user, size_t first, size_t count, double *out, eh_error *err);

/* The same where the file has another order than the catalog, or not all of its images. */
static eh_status read_npy_rows(void *user, size_t first, size_t count, double *out, eh_error *err)
{
    const eh_label_probabilities *p = user;
    size_t classes = p->source.columns;
    for (size_t i = 0; i < count; i++, out += classes) {
        if (p->present[first + i])
            EH_TRY(read_npy(user, p->row[first + i], 1, out, err));
        for (size_t k = 0; !p->present[first + i] && k < classes; k++)
            out[k] = 1 / (double)classes;
    }
    return EH_OK;
}

static eh_status read_npy(void *user, size_t first, size_t count, double *out, eh_error *err)
{
    const eh_label_probabilities *p = user;
    size_t classes = p->source.columns;
    const eh_npy_header *h = eh_npy_shape(p->npy);
    if (h->dimensions == 2 && h->size[1] == classes)
        return eh_npy_read(out, p->npy, first * classes, count * classes, err);
    EH_TRY(eh_npy_read(out + count, p->npy, first, count,
                       err)); /* of two classes: the second's, into the back half */
    for (size_t i = 0; i < count; i++) {
        double second = out[count + i];
        out[2 * i] = 1 - second;
        out[2 * i + 1] = second;
    }
    return EH_OK;
}

static eh_status open_npy(eh_label_probabilities *out, const char *path, eh_catalog *catalog,
                          const eh_frame *frame, const eh_frame_column *column, eh_arena *arena,
                          eh_error *err)
{
    EH_TRY(eh_npy_open(&out->npy, path, err));
    const eh_npy_header *h = eh_npy_shape(out->npy);
    bool single = column->classes == 2 && (h->dimensions == 1 || (h->dimensions == 2 && h->size[1] == 1));
    if (!single && (h->dimensions != 2 || h->size[1] != column->classes))
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has %d dimensions with %llu in the last; for the column '%s' it must be images x "
                       "%zu "
                       "classes",
                       path, h->dimensions,
                       (unsigned long long)(h->dimensions ? h->size[h->dimensions - 1] : 0), column->name,
                       column->classes);
    eh_array_rows rows;
    EH_TRY(eh_array_rows_find(&rows, path, h->size[0], catalog, frame, arena, err));
    out->source.read = read_npy;
    if (!rows.at)
        return EH_OK;
    out->source.read = read_npy_rows;
    out->absent = rows.absent;
    out->left_over = rows.left_over;
    out->row = eh_alloc(frame->rows, sizeof *out->row);
    out->present = eh_alloc(frame->rows, sizeof *out->present);
    if (!out->row || !out->present)
        return eh_fail_memory(err, path, frame->rows, sizeof *out->row);
    for (size_t i = 0; i < frame->rows; i++) {
        out->row[i] = rows.at[i];
        out->present[i] = rows.at[i] != UINT32_MAX;
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- CSV */

static eh_status read_table(void *user, size_t first, size_t count, double *out, eh_error *err)
{
    const eh_label_probabilities *p = user;
    (void)err;
    memcpy(out, p->table + first * p->source.columns, count * p->source.columns * sizeof *out);
    return EH_OK;
}

/* Index of the column `name` of the file, or -1. */
static int64_t csv_column(const eh_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->columns; i++)
        if (strcmp(csv->header[i], name) == 0)
            return (int64_t)i;
    return -1;
}

static eh_status find_class_columns(int64_t *at, const eh_csv *csv, const char *path,
                                    const eh_frame_column *column, eh_arena *arena, eh_error *err)
{
    for (size_t k = 0; k < column->classes; k++) {
        const char *name[3] = { eh_arena_printf(arena, "%s.p:%s", column->name, column->class_name[k]),
                                eh_arena_printf(arena, "p:%s", column->class_name[k]),
                                column->class_name[k] };
        at[k] = -1;
        for (int i = 0; i < 3 && at[k] < 0; i++) {
            if (!name[i])
                return eh_fail_memory(err, path, column->classes, 64);
            at[k] = csv_column(csv, name[i]);
        }
        if (at[k] < 0)
            return eh_fail(err, EH_ERR_INPUT,
                           "%s has no probability of the class '%s' of '%s'; the column must be named '%s', "
                           "'p:%s' or "
                           "'%s.p:%s'",
                           path, column->class_name[k], column->name, column->class_name[k],
                           column->class_name[k], column->name, column->class_name[k]);
    }
    return EH_OK;
}

static eh_status fill_row(eh_label_probabilities *out, const eh_csv *csv, size_t line, const char *path,
                          const int64_t *at, size_t row, eh_error *err)
{
    const char *const *cell = csv->cell + line * csv->columns;
    for (size_t k = 0; k < out->source.columns; k++)
        if (!eh_parse_float(&out->table[row * out->source.columns + k], cell[at[k]]))
            return eh_fail(err, EH_ERR_INPUT, "%s:%zu: '%.40s' in column '%s' is no probability", path,
                           csv->line[line], cell[at[k]], csv->header[at[k]]);
    return EH_OK;
}

static eh_status fill_by_name(eh_label_probabilities *out, const eh_csv *csv, size_t key, const char *path,
                              const int64_t *at, eh_catalog *catalog, const eh_frame *frame, eh_arena *arena,
                              eh_error *err)
{
    eh_image_names names = { 0 };
    size_t matched = 0;
    eh_status status = eh_image_names_load(&names, catalog, frame, arena, err);
    for (size_t line = 0; line < csv->rows && status == EH_OK; line++) {
        const char *name = csv->cell[line * csv->columns + key];
        int64_t row = eh_image_names_find(&names, name);
        if (row < 0) {
            out->left_over++;
        } else if (out->present[row]) {
            status = eh_fail(err, EH_ERR_INPUT, "%s:%zu: the image '%s' is there twice", path,
                             csv->line[line], name);
        } else {
            out->present[row] = true;
            matched++;
            status = fill_row(out, csv, line, path, at, (size_t)row, err);
        }
    }
    if (status == EH_OK && matched == 0)
        status = eh_fail(err, EH_ERR_INPUT,
                         "%s names no image of the catalog: its column '%s' begins with '%s', the catalog "
                         "with '%s'",
                         path, csv->header[key], csv->rows ? csv->cell[key] : "",
                         names.full.count ? names.full.key[0] : "");
    out->absent = frame->rows - matched;
    eh_image_names_clear(&names);
    return status;
}

static eh_status open_csv(eh_label_probabilities *out, const char *path, eh_catalog *catalog,
                          const eh_frame *frame, const eh_frame_column *column, eh_arena *arena,
                          eh_error *err)
{
    static const char *const key_names[] = { "file", "path", "name", "filename", "file_name", "image" };
    eh_csv csv;
    int64_t key = -1, *at = eh_arena_alloc(arena, column->classes, sizeof *at);
    EH_TRY(eh_csv_read(&csv, arena, path, err));
    out->table = eh_alloc(frame->rows * column->classes, sizeof *out->table);
    out->present = eh_alloc(frame->rows, sizeof *out->present);
    if (!at || !out->table || !out->present)
        return eh_fail_memory(err, path, frame->rows * column->classes, sizeof *out->table);
    for (size_t i = 0; i < frame->rows * column->classes; i++)
        out->table[i] = 1 / (double)column->classes;
    out->source.read = read_table;
    EH_TRY(find_class_columns(at, &csv, path, column, arena, err));
    for (size_t i = 0; i < sizeof key_names / sizeof *key_names && key < 0; i++)
        key = csv_column(&csv, key_names[i]);
    if (key >= 0)
        return fill_by_name(out, &csv, (size_t)key, path, at, catalog, frame, arena, err);
    if (csv.rows != frame->rows)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has %zu rows and no column of file names, but the catalog has %zu usable images; "
                       "add a "
                       "column 'file'",
                       path, csv.rows, frame->rows);
    for (size_t row = 0; row < frame->rows; row++) {
        out->present[row] = true;
        EH_TRY(fill_row(out, &csv, row, path, at, row, err));
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- both */

static bool begins_as_npy(const char *path)
{
    char magic[6];
    FILE *file = fopen(path, "rbe");
    bool yes =
        file && fread(magic, 1, sizeof magic, file) == sizeof magic && memcmp(magic, "\x93NUMPY", 6) == 0;
    if (file)
        fclose(file);
    return yes;
}

eh_status eh_label_probabilities_open(eh_label_probabilities *out, const char *path, eh_catalog *catalog,
                                      const eh_frame *frame, const eh_frame_column *column, eh_error *err)
{
    *out = (eh_label_probabilities){
        .source = { .user = out, .name = path, .rows = frame->rows, .columns = column->classes }
    };
    bool npy = begins_as_npy(path) || eh_ends_with(path, ".npy");
    eh_arena *arena = eh_arena_new();
    eh_status status = !arena ? eh_fail_memory(err, path, 1, 1)
                       : npy  ? open_npy(out, path, catalog, frame, column, arena, err)
                              : open_csv(out, path, catalog, frame, column, arena, err);
    eh_arena_free(arena);
    return status;
}

void eh_label_probabilities_clear(eh_label_probabilities *probabilities)
{
    eh_npy_close(probabilities->npy);
    eh_free(probabilities->table);
    eh_free(probabilities->present);
    eh_free(probabilities->row);
    *probabilities = (eh_label_probabilities){ 0 };
}

void eh_label_gaps_warn(eh_progress *progress, const char *path, size_t absent, size_t left_over)
{
    if (absent || left_over)
        eh_progress_warn(progress,
                         "%s: %zu usable images are not in it and are not judged; %zu of its rows name no "
                         "usable "
                         "image",
                         path, absent, left_over);
}
