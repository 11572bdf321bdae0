/* format_hdf5.c - images and labels in an HDF5 file: the layout of the DB-VAE lab, or any named data sets.
 *
 *     images   unsigned bytes, N,H,W or N,H,W,C or N,C,H,W
 *     labels   numbers, N or N,1 or N,K
 *
 * The source is the file, or a folder or archive with one such file. HDF5's library has known holes, so only a child process with limits calls it
 * (hdf5_child.c); the images are then kept as plain rows in the cache folder. The DB-VAE lab of MIT's course 6.S191 stores blue first: that is taken for granted for a
 * file with 64 x 64 colour images in `images` and labels in `labels`, and nowhere else.
 *
 * Source   The HDF Group, HDF5; MIT 6.S191, lab 2 ("Debiasing facial detection systems"), train_face.h5.
 */
#include "data/array_labels.h"
#include "data/format.h"
#include "data/hdf5_rows.h"

#include "base/file.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

typedef struct options {
    const char *images;
    eh_str_list labels;
    int order;
} options;

enum { ORDER_AUTO, ORDER_RGB, ORDER_BGR };
static const char *const orders[] = { "auto", "rgb", "bgr", NULL };

static const eh_opt option_table[] = {
    { .name = "images",
      .help = "data set of images; `images`, or the only one of unsigned bytes with 3 or 4 dimensions, when "
              "not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, images),
      .metavar = "NAME" },
    { .name = "labels",
      .help = "data sets of labels; all of numbers with one row per image when not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, labels),
      .metavar = "NAMES" },
    { .name = "order",
      .help = "order of the colours; auto: bgr for the DB-VAE lab's layout, else rgb",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, order),
      .def = "auto",
      .choices = orders },
    { 0 },
};

static bool is_hdf5(const eh_source *source, const char *member)
{
    uint8_t head[8];
    size_t size = sizeof head;
    return eh_source_head(head, &size, source, member, NULL) == EH_OK && size == sizeof head &&
           memcmp(head, "\x89HDF\r\n\x1a\n", 8) == 0;
}

/* The file: named, or the only one in the source with such a name. NULL when there is none or several. */
static const char *find_member(const eh_source *source, eh_arena *arena)
{
    const char **name, *found = NULL, *named = eh_source_named(source);
    size_t files, count = 0;
    if (named)
        return is_hdf5(source, named) ? named : NULL;
    if (eh_source_top(source, arena, false, &name, &files, NULL) != EH_OK)
        return NULL;
    for (size_t i = 0; i < files; i++)
        if ((eh_ends_with(name[i], ".h5") || eh_ends_with(name[i], ".hdf5")) && is_hdf5(source, name[i])) {
            found = name[i];
            count++;
        }
    return count == 1 ? found : NULL;
}

static int probe(const eh_source *source)
{
    eh_arena *arena = eh_arena_new();
    int score = arena && find_member(source, arena) ? 85 : 0;
    if (score && !eh_source_named(source) && eh_source_any(source, eh_is_image_name))
        score = 45; /* beside pictures it is probably about the pictures */
    eh_arena_free(arena);
    return score;
}

/* ---------------------------------------------------------------- reading images */

/* In a catalog an image's path is "member//data set//rgb" or "...//bgr"; no member's name holds "//". */
static char *join_path(eh_arena *arena, const char *member, const char *images, bool bgr)
{
    return eh_arena_printf(arena, "%s//%s//%s", member, images, bgr ? "bgr" : "rgb");
}

static void close_container(void *state)
{
    if (state)
        eh_hdf5_close_rows(state);
    eh_free(state);
}

static eh_status open_container(void **state, const eh_source *source, const char *path, eh_error *err)
{
    *state = NULL;
    eh_hdf5_rows *rows = eh_alloc(1, sizeof *rows);
    eh_arena *arena = eh_arena_new();
    char *member = arena ? eh_arena_strdup(arena, path) : NULL;
    eh_status status;
    if (!rows || !member) {
        status = eh_fail_memory(err, path, 1, sizeof *rows);
        goto done;
    }
    char *images = strstr(member, "//"), *order = images ? strstr(images + 2, "//") : NULL;
    for (char *next = order; next && (next = strstr(next + 2, "//"));)
        order = next; /* a data set's name may hold some */
    if (!order) {
        status = eh_fail(err, EH_ERR_INPUT,
                         "'%s' names no data set of an HDF5 file; import the data set again", path);
        goto done;
    }
    *images = *order = '\0';
    EH_TRY_GOTO(status, eh_hdf5_open_rows(rows, source, member, images + 2, NULL, err));
    rows->array.bgr = strcmp(order + 2, "bgr") == 0;
    *state = rows;
    rows = NULL;
done:
    close_container(rows);
    eh_arena_free(arena);
    return status;
}

static eh_status read_item(void *state, int64_t item, const eh_decode_opts *opts, eh_image *out,
                           eh_error *err)
{
    return eh_image_array_read(out, &((const eh_hdf5_rows *)state)->array, item, opts, err);
}

/* ---------------------------------------------------------------- import */

typedef struct reader {
    eh_import *imp;
    eh_arena *arena;
    eh_hdf5_labels file;
    eh_array_column *column;
    size_t columns;
} reader;

/* Columns for every value per image of every data set of labels. */
static eh_status declare_columns(reader *r, eh_error *err)
{
    size_t rows = (size_t)r->file.head.size[0];
    for (uint32_t i = 0; i < r->file.head.labels; i++)
        r->columns += (size_t)r->file.head.label[i].width;
    r->column = eh_arena_alloc(r->arena, r->columns, sizeof *r->column);
    if (!r->column)
        return eh_fail_memory(err, "labels", r->columns, sizeof *r->column);
    size_t next = 0;
    for (uint32_t i = 0; i < r->file.head.labels; i++) {
        const char *base = eh_path_name(r->file.head.label[i].name);
        size_t width = (size_t)r->file.head.label[i].width;
        if (eh_array_is_label_name(base))
            base = "label";
        for (size_t k = 0; k < width; k++) {
            double *value = eh_arena_alloc(r->arena, rows, sizeof *value);
            const char *name = width == 1 ? base : eh_arena_printf(r->arena, "%s_%zu", base, k);
            if (!value || !name)
                return eh_fail_memory(err, "labels", rows, sizeof *value);
            for (size_t row = 0; row < rows; row++)
                value[row] = r->file.label[i][row * width + k];
            r->column[next] = (eh_array_column){ .name = name, .value = value, .rows = rows };
            EH_TRY(eh_array_column_declare(&r->column[next++], r->imp, err));
        }
    }
    return EH_OK;
}

/* Whether colours are stored blue first. */
static bool is_bgr(const reader *r, const options *o, eh_progress *progress)
{
    const eh_hdf5_head *h = &r->file.head;
    bool labels = false;
    for (uint32_t i = 0; i < h->labels; i++)
        labels |= strcmp(h->label[i].name, "labels") == 0;
    bool lab = labels && strcmp(h->images, "images") == 0 && h->dimensions == 4 && h->size[1] == 64 &&
               h->size[2] == 64 && h->size[3] == 3;
    if (o->order == ORDER_AUTO && lab)
        eh_progress_warn(progress, "the file has the layout of the DB-VAE lab, so its colours are taken as "
                                   "blue, green, red; "
                                   "order=rgb says otherwise");
    return o->order == ORDER_BGR || (o->order == ORDER_AUTO && lab);
}

static eh_status add_rows(reader *r, const char *path, eh_progress *progress, eh_error *err)
{
    eh_label_value *value = eh_arena_alloc(r->arena, r->columns, sizeof *value);
    if (!value)
        return eh_fail_memory(err, "labels", r->columns, sizeof *value);
    for (size_t row = 0; row < (size_t)r->file.head.size[0]; row++) {
        eh_image_ref ref = { .container = "hdf5", .path = path, .item = (int64_t)row };
        for (size_t i = 0; i < r->columns; i++)
            EH_TRY(eh_array_column_value(&value[i], &r->column[i], r->imp, row, err));
        EH_TRY(eh_import_row(r->imp, &ref, value, EH_PART_NONE, err));
        if (row % 4096 == 4095) {
            eh_progress_update(progress, row + 1, NULL);
            if (eh_progress_stop(progress))
                return eh_fail(err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
        }
    }
    return EH_OK;
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    const options *o = opts;
    eh_hdf5_rows rows;
    reader *r = eh_alloc(1, sizeof *r);
    eh_arena *arena = eh_arena_new();
    eh_status status;
    if (!r || !arena) {
        status = eh_fail_memory(err, "an HDF5 file", 1, sizeof *r);
        goto done;
    }
    *r = (reader){ .imp = imp, .arena = arena };
    const char *member = find_member(source, arena);
    if (!member) {
        status = eh_fail(err, EH_ERR_INPUT, "%s%s%s is no HDF5 file and holds not just one",
                         eh_source_name(source), eh_source_named(source) ? "/" : "",
                         eh_source_named(source) ? eh_source_named(source) : "");
        goto done;
    }
    EH_TRY_GOTO(status,
                eh_hdf5_read_labels(&r->file, arena, source, member, o->images, &o->labels, progress, err));
    EH_TRY_GOTO(status, declare_columns(r, err));
    if (r->columns == 0)
        eh_progress_warn(progress, "%s holds no labels for its images: they are imported without", member);
    /* Read now, with progress; opened again by the check of the images. */
    EH_TRY_GOTO(status, eh_hdf5_open_rows(&rows, source, member, r->file.head.images, progress, err));
    eh_hdf5_close_rows(&rows);
    char *path = join_path(arena, member, r->file.head.images, is_bgr(r, o, progress));
    status = path ? add_rows(r, path, progress, err) : eh_fail_memory(err, member, 1, 4096);
done:
    eh_free(r);
    eh_arena_free(arena);
    return status;
}

const eh_format eh_format_hdf5 = {
    .entry = { .name = "hdf5",
               .summary = "data sets of images and labels in an HDF5 file (the DB-VAE lab's layout), read in "
                          "a jailed process",
               .source = "The HDF Group, HDF5",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
    .container = "hdf5",
    .open = open_container,
    .read = read_item,
    .close = close_container,
};
