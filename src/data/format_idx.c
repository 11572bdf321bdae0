/* format_idx.c - images and labels in pairs of IDX files, as MNIST, Fashion-MNIST and EMNIST have them.
 *
 * The source is a folder with pairs *-images-idx3-ubyte[.gz] + *-labels-idx1-ubyte[.gz] (also with a dot before "idx"), or one images
 * file. "train" in the name means the training part, "t10k" or "test" the test part. Images of four dimensions are colour: N,H,W,C or
 * N,C,H,W, told apart by which of the two sizes is 3 (then 1, then 4). An images file without its labels file gives images without labels.
 */
#include "data/format.h"
#include "data/idx_file.h"
#include "data/image_array.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *label;
    eh_str_list classes;
} options;

static const eh_opt option_table[] = {
    { .name = "label",
      .help = "name of the column that holds the labels",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, label),
      .def = "label",
      .metavar = "NAME" },
    { .name = "classes",
      .help = "names of the classes 0, 1, 2 ...; their numbers when not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, classes),
      .metavar = "NAMES" },
    { 0 },
};

/* ---------------------------------------------------------------- names */

/* Where "images" stands in the name of an IDX file of images; NULL for other names. */
static const char *find_images_word(const char *name)
{
    const char *word = strstr(name, "images");
    if (!word || !(eh_ends_with(name, "-ubyte") || eh_ends_with(name, "-ubyte.gz")))
        return NULL;
    return strstr(word, "idx3") || strstr(word, "idx4") ? word : NULL;
}

/* Path of the labels file of an images file, with or without .gz, whichever is there; NULL when neither. In the arena. */
static const char *find_labels(const eh_source *source, eh_arena *arena, const char *images)
{
    const char *word = find_images_word(images);
    for (int dot = 0; word && dot < 2; dot++)
        for (int gz = 0; gz < 2; gz++) {
            const char *path = eh_arena_printf(arena, "%.*slabels%sidx1-ubyte%s", (int)(word - images),
                                               images, dot ? "." : "-", gz ? ".gz" : "");
            if (path && eh_source_has(source, path))
                return path;
        }
    return NULL;
}

static eh_part part_of_name(const char *name)
{
    if (strstr(name, "train"))
        return EH_PART_TRAIN;
    if (strstr(name, "t10k") || strstr(name, "test"))
        return EH_PART_TEST;
    if (strstr(name, "valid") || strstr(name, "val-"))
        return EH_PART_VALID;
    return EH_PART_NONE;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Training before test, then by name. */
static int by_part_and_name(const void *a, const void *b)
{
    eh_part x = part_of_name(*(const char *const *)a), y = part_of_name(*(const char *const *)b);
    if (x != y)
        return x < y ? -1 : 1;
    return by_name(a, b);
}

/* Names of the images files directly in the source. When one is there with and without .gz, the one without counts. 0 when memory is short. */
static size_t list_images(const eh_source *source, eh_arena *arena, const char **name, size_t room)
{
    const char **file;
    size_t files, kept = 0;
    if (eh_source_top(source, arena, false, &file, &files, NULL) != EH_OK)
        return 0;
    for (size_t i = 0; i < files && kept < room; i++) {
        size_t before = kept ? strlen(name[kept - 1]) : 0;
        if (!find_images_word(file[i]) ||
            (kept && strncmp(file[i], name[kept - 1], before) == 0 && strcmp(file[i] + before, ".gz") == 0))
            continue;
        name[kept++] = file[i];
    }
    qsort((void *)name, kept, sizeof *name, by_part_and_name);
    return kept;
}

#define MAX_PAIRS 64

static int probe(const eh_source *source)
{
    eh_idx_file idx;
    const char *named = eh_source_named(source), *name[MAX_PAIRS];
    if (named) /* A damaged file with the right name is this format's too: only it can say what is wrong. */
        return find_images_word(named) ||
                       (eh_idx_read(&idx, source, named, 0, NULL) == EH_OK && idx.dimensions >= 3)
                   ? 90
                   : 0;
    eh_arena *arena = eh_arena_new();
    int score = arena && list_images(source, arena, name, MAX_PAIRS) > 0 ? 90 : 0;
    eh_arena_free(arena);
    return score;
}

/* ---------------------------------------------------------------- reading images */

typedef struct container {
    eh_idx_file idx;
    eh_image_array array;
} container;

/* What the dimensions of an images file mean. */
static eh_status find_shape(container *c, const char *path, eh_error *err)
{
    uint64_t size[EH_IDX_MAX_DIMENSIONS] = { 0 };
    for (int i = 0; i < c->idx.dimensions; i++)
        size[i] = c->idx.size[i];
    EH_TRY(eh_image_array_shape(&c->array, size, c->idx.dimensions, path, err));
    c->array.data = c->idx.data;
    return EH_OK;
}

static void close_container(void *state)
{
    container *c = state;
    if (c)
        eh_idx_clear(&c->idx);
    eh_free(c);
}

static eh_status open_container(void **state, const eh_source *source, const char *path, eh_error *err)
{
    container *c = eh_alloc(1, sizeof *c);
    *state = NULL;
    if (!c)
        return eh_fail_memory(err, path, 1, sizeof *c);
    eh_status status = eh_idx_read(&c->idx, source, path, 1, err);
    if (status == EH_OK)
        status = find_shape(c, path, err);
    if (status == EH_OK)
        *state = c;
    else
        close_container(c);
    return status;
}

static eh_status read_item(void *state, int64_t item, const eh_decode_opts *opts, eh_image *out,
                           eh_error *err)
{
    return eh_image_array_read(out, &((const container *)state)->array, item, opts, err);
}

/* ---------------------------------------------------------------- import */

/* One images file and, where there is one, its labels. */
typedef struct pair {
    const char *images, *labels; /* labels may be NULL */
    uint32_t count;
    eh_idx_file label;
} pair;

static eh_status open_pair(pair *p, const eh_source *source, eh_arena *arena, const char *images,
                           eh_error *err)
{
    container shape = { 0 };
    p->images = images;
    p->labels = find_labels(source, arena, images);
    EH_TRY(eh_idx_read(&shape.idx, source, images, 0, err));
    EH_TRY(find_shape(&shape, images, err));
    p->count = shape.idx.size[0];
    if (!p->labels)
        return EH_OK;
    EH_TRY(eh_idx_read(&p->label, source, p->labels, 1, err));
    if (p->label.dimensions != 1)
        return eh_fail(err, EH_ERR_INPUT, "%s has %d dimensions, but labels have one", p->labels,
                       p->label.dimensions);
    if (p->label.size[0] != p->count)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has %u images, but %s has %u labels; they do not belong together", images,
                       p->count, p->labels, p->label.size[0]);
    return EH_OK;
}

/* Declares the label column: the classes that the user named, or the numbers that occur. number[v] is the class of label v. */
static eh_status declare_classes(eh_import *imp, const options *o, const pair *pairs, size_t count,
                                 int32_t number[256], eh_error *err)
{
    bool seen[256] = { false };
    char text[256][12];
    const char *name[256];
    size_t classes = 0, column;
    for (size_t i = 0; i < count; i++)
        for (uint32_t k = 0; pairs[i].labels && k < pairs[i].count; k++)
            seen[pairs[i].label.data[k]] = true;
    for (int v = 0; v < 256; v++) {
        number[v] = -1;
        if (o->classes.count) {
            if (seen[v] && (size_t)v >= o->classes.count)
                return eh_fail(err, EH_ERR_USAGE,
                               "the label %d occurs, but only %zu classes are named (classes=...)", v,
                               o->classes.count);
            number[v] = v;
        } else if (seen[v]) {
            snprintf(text[v], sizeof text[v], "%d", v);
            number[v] = (int32_t)classes;
            name[classes++] = text[v];
        }
    }
    if (o->classes.count)
        return eh_import_column(imp, &column, o->label, EH_COLUMN_CLASS, o->classes.item, o->classes.count,
                                err);
    return eh_import_column(imp, &column, o->label, EH_COLUMN_CLASS, name, classes, err);
}

static eh_status add_pair(eh_import *imp, const pair *p, const int32_t number[256], eh_progress *progress,
                          eh_error *err)
{
    const char *name = p->images;
    eh_part part = part_of_name(name);
    for (uint32_t k = 0; k < p->count; k++) {
        eh_label_value value = { .missing = !p->labels };
        eh_image_ref image = { .container = "idx", .path = name, .item = k };
        if (p->labels)
            value.cls = number[p->label.data[k]];
        EH_TRY(eh_import_row(imp, &image, &value, part, err));
        if (k % 4096 == 4095) {
            eh_progress_update(progress, k + 1, "%s", name);
            if (eh_progress_stop(progress))
                return eh_fail(err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
        }
    }
    return EH_OK;
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    const char *name[MAX_PAIRS] = { eh_source_named(source) };
    pair *pairs = eh_alloc(MAX_PAIRS, sizeof *pairs);
    eh_arena *arena = eh_arena_new();
    int32_t number[256];
    size_t count = 1;
    bool labels = false;
    eh_status status = EH_OK;
    if (!pairs || !arena) {
        status = eh_fail_memory(err, "IDX files", MAX_PAIRS, sizeof *pairs);
        goto done;
    }
    if (!name[0] && (count = list_images(source, arena, name, MAX_PAIRS)) == 0) {
        status = eh_fail(err, EH_ERR_INPUT,
                         "%s holds no file named like train-images-idx3-ubyte or train-images-idx3-ubyte.gz",
                         eh_source_name(source));
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        EH_TRY_GOTO(status, open_pair(&pairs[i], source, arena, name[i], err));
        labels |= pairs[i].labels != NULL;
        if (!pairs[i].labels)
            eh_progress_warn(progress,
                             "%s has no labels file beside it: its images are imported without labels",
                             name[i]);
    }
    if (labels)
        EH_TRY_GOTO(status, declare_classes(imp, opts, pairs, count, number, err));
    for (size_t i = 0; i < count; i++)
        EH_TRY_GOTO(status, add_pair(imp, &pairs[i], number, progress, err));
done:
    for (size_t i = 0; pairs && i < MAX_PAIRS; i++)
        eh_idx_clear(&pairs[i].label);
    eh_free(pairs);
    eh_arena_free(arena);
    return status;
}

const eh_format eh_format_idx = {
    .entry = { .name = "idx",
               .summary = "pairs of IDX files with images and labels, gzip or not (MNIST, Fashion-MNIST)",
               .source = "LeCun, the IDX file format",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
    .container = "idx",
    .open = open_container,
    .read = read_item,
    .close = close_container,
};
