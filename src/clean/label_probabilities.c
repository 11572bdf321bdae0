/* label_probabilities.c - a file of probabilities, fitted to the rows of a frame. See the header for what is accepted.
 *
 * Easy to get wrong: an image that is missing from the file. It gets equal probabilities and counts as without label, so that it neither is a finding nor moves a
 * threshold.
 */
#include "clean/label_probabilities.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"
#include "data/text_index.h"

#include <string.h>

/* ---------------------------------------------------------------- NPY */

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

static eh_status open_npy(eh_label_probabilities *out, const char *path, const eh_frame *frame,
                          const eh_frame_column *column, eh_error *err)
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
    if (h->size[0] != frame->rows)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has %llu rows, but the catalog has %zu usable images; rows must be in their order "
                       "('evenhand stats --skipped' lists those left out), or use a CSV file with a column "
                       "'file'",
                       path, (unsigned long long)h->size[0], frame->rows);
    out->source.read = read_npy;
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

/* Names of the usable images: in full, and by their last part where only one image has it. */
typedef struct image_names {
    eh_text_index full, last;
    uint32_t *row_of_full, *row_of_last; /* [rows]; UINT32_MAX: several */
} image_names;

static void free_names(image_names *n)
{
    eh_text_index_clear(&n->full);
    eh_text_index_clear(&n->last);
    eh_free(n->row_of_full);
    eh_free(n->row_of_last);
}

static eh_status load_names(image_names *n, eh_catalog *catalog, const eh_frame *frame, eh_arena *arena,
                            eh_error *err)
{
    char name[4096];
    n->row_of_full = eh_alloc(frame->rows, sizeof *n->row_of_full);
    n->row_of_last = eh_alloc(frame->rows, sizeof *n->row_of_last);
    if (!n->row_of_full || !n->row_of_last)
        return eh_fail_memory(err, "names of images", frame->rows, sizeof *n->row_of_full);
    for (size_t row = 0; row < frame->rows; row++) {
        uint32_t number;
        bool added;
        EH_TRY(eh_catalog_image_name(catalog, frame->image[row], name, sizeof name, err));
        const char *full = eh_arena_strdup(arena, name);
        if (!full)
            return eh_fail_memory(err, "names of images", frame->rows, sizeof name);
        EH_TRY(eh_text_index_add(&n->full, full, &number, &added, err));
        n->row_of_full[number] = (uint32_t)row;
        EH_TRY(eh_text_index_add(&n->last, eh_path_name(full), &number, &added, err));
        n->row_of_last[number] = added ? (uint32_t)row : UINT32_MAX;
    }
    return EH_OK;
}

/* Row of the image that the file calls `name`, or -1. */
static int64_t find_image(const image_names *n, const char *name)
{
    int64_t at = eh_text_index_find(&n->full, name);
    if (at >= 0)
        return n->row_of_full[at];
    at = eh_text_index_find(&n->last, eh_path_name(name));
    return at >= 0 && n->row_of_last[at] != UINT32_MAX ? (int64_t)n->row_of_last[at] : -1;
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
    image_names names = { 0 };
    size_t matched = 0;
    eh_status status = load_names(&names, catalog, frame, arena, err);
    for (size_t line = 0; line < csv->rows && status == EH_OK; line++) {
        const char *name = csv->cell[line * csv->columns + key];
        int64_t row = find_image(&names, name);
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
    free_names(&names);
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
    if (begins_as_npy(path) || eh_ends_with(path, ".npy"))
        return open_npy(out, path, frame, column, err);
    eh_arena *arena = eh_arena_new();
    eh_status status =
        arena ? open_csv(out, path, catalog, frame, column, arena, err) : eh_fail_memory(err, path, 1, 1);
    eh_arena_free(arena);
    return status;
}

void eh_label_probabilities_clear(eh_label_probabilities *probabilities)
{
    eh_npy_close(probabilities->npy);
    eh_free(probabilities->table);
    eh_free(probabilities->present);
    *probabilities = (eh_label_probabilities){ 0 };
}
