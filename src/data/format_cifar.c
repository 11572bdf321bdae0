/* format_cifar.c - the binary versions of CIFAR-10 and CIFAR-100.
 *
 *     CIFAR-10    data_batch_1.bin .. data_batch_5.bin, test_batch.bin, batches.meta.txt; a record is 1 byte of label and 3072 of pixels
 *     CIFAR-100   train.bin, test.bin, fine_label_names.txt, coarse_label_names.txt; 1 byte of coarse label, 1 of fine label, 3072 of pixels
 *
 * Pixels are 32 x 32, all red ones first, then green, then blue. The column `label` holds the (fine) classes, `coarse` the 20 coarse ones. Names come from the
 * files beside the batches; without them classes are called by their numbers.
 *
 * Source   A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and the data sets' web page ("Binary version").
 * Easy to get wrong: the names' file ends with an empty line; which of the two a file is cannot be told by its size alone, so its name decides.
 */
#include "data/format.h"
#include "data/image_array.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE };

typedef struct options {
    const char *label;
} options;

static const eh_opt option_table[] = {
    { .name = "label",
      .help = "name of the column that holds the classes",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, label),
      .def = "label",
      .metavar = "NAME" },
    { 0 },
};

/* ---------------------------------------------------------------- batches */

/* How many bytes of labels a record of the member has, by its name: 1 CIFAR-10, 2 CIFAR-100, 0 for other names. */
static int labels_of(const char *name)
{
    if (strcmp(name, "train.bin") == 0 || strcmp(name, "test.bin") == 0)
        return 2;
    bool batch = eh_starts_with(name, "data_batch") || eh_starts_with(name, "test_batch");
    return batch && eh_ends_with(name, ".bin") ? 1 : 0;
}

static eh_part part_of(const char *name)
{
    return eh_starts_with(name, "test") ? EH_PART_TEST : EH_PART_TRAIN;
}

/* The batches directly in the source, or the one that the user named; training comes before test by their names. */
static eh_status list_batches(const char ***name, size_t *count, const eh_source *source, eh_arena *arena,
                              eh_error *err)
{
    size_t files, kept = 0;
    const char *named = eh_source_named(source);
    EH_TRY(eh_source_top(source, arena, false, name, &files, err));
    for (int part = EH_PART_TRAIN; part <= EH_PART_TEST; part++)
        for (size_t i = kept; i < files; i++) {
            const char *at = (*name)[i];
            if (labels_of(at) == 0 || part_of(at) != (eh_part)part || (named && strcmp(at, named) != 0))
                continue;
            memmove((void *)(*name + kept + 1), (const void *)(*name + kept), (i - kept) * sizeof **name);
            (*name)[kept++] = at;
        }
    *count = kept;
    return EH_OK;
}

static int probe(const eh_source *source)
{
    const char *named = eh_source_named(source);
    if (named)
        return labels_of(named) ? 85 : 0;
    if (eh_source_has(source, "data_batch_1.bin") || eh_source_has(source, "test_batch.bin"))
        return 90;
    return eh_source_has(source, "fine_label_names.txt") && eh_source_has(source, "train.bin") ? 90 : 0;
}

/* ---------------------------------------------------------------- reading images */

typedef struct container {
    eh_source_bytes bytes;
    eh_image_array array;
    int labels; /* bytes in front of each record's pixels */
} container;

static void close_container(void *state)
{
    container *c = state;
    if (c)
        eh_source_unview(&c->bytes);
    eh_free(c);
}

static eh_status open_batch(container *c, const eh_source *source, const char *path, eh_error *err)
{
    *c = (container){ .labels = labels_of(path) };
    EH_TRY(eh_source_view(&c->bytes, source, path, 0, err));
    size_t step = (size_t)c->labels + PIXELS;
    if (c->bytes.size % step != 0 || c->bytes.size == 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has %zu bytes, which is no whole number of records of %zu bytes; fetch it again",
                       path, c->bytes.size, step);
    c->array = (eh_image_array){ .data = c->bytes.data + c->labels,
                                 .items = c->bytes.size / step,
                                 .step = step,
                                 .width = SIDE,
                                 .height = SIDE,
                                 .channels = 3,
                                 .planes = true };
    return EH_OK;
}

static eh_status open_container(void **state, const eh_source *source, const char *path, eh_error *err)
{
    container *c = eh_alloc(1, sizeof *c);
    *state = NULL;
    if (!c)
        return eh_fail_memory(err, path, 1, sizeof *c);
    eh_status status = open_batch(c, source, path, err);
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

/* Declares a column of `classes` classes, named by the lines of `file`, else by their numbers. */
static eh_status declare_classes(eh_import *imp, const eh_source *source, eh_arena *arena, const char *column,
                                 const char *file, size_t classes, eh_progress *progress, eh_error *err)
{
    const char **name = eh_arena_alloc(arena, classes, sizeof *name);
    uint8_t *bytes = NULL;
    size_t size, index, found = 0;
    if (!name)
        return eh_fail_memory(err, "class names", classes, sizeof *name);
    if (eh_source_has(source, file)) {
        EH_TRY(eh_source_read(&bytes, &size, source, file, 1 << 16, err));
        char *text = eh_arena_strdup(arena, (const char *)bytes);
        eh_free(bytes);
        while (text && *text && found < classes) {
            size_t length = strcspn(text, "\r\n");
            bool more = text[length] != '\0';
            text[length] = '\0';
            if (length && eh_utf8_valid(text, length))
                name[found++] = text;
            text += length + more;
        }
    }
    if (found < classes) {
        eh_progress_warn(progress,
                         "%s is not there or does not name %zu classes: they are called by their numbers",
                         file, classes);
        for (size_t i = 0; i < classes; i++)
            if (!(name[i] = eh_arena_printf(arena, "%zu", i)))
                return eh_fail_memory(err, "class names", classes, 8);
    }
    return eh_import_column(imp, &index, column, EH_COLUMN_CLASS, name, classes, err);
}

static eh_status add_batch(eh_import *imp, const eh_source *source, const char *path, int labels,
                           eh_progress *progress, eh_error *err)
{
    container c;
    eh_status status = open_batch(&c, source, path, err);
    const int most = labels == 2 ? 100 : 10;
    for (uint64_t item = 0; status == EH_OK && item < c.array.items; item++) {
        const uint8_t *record = c.bytes.data + item * c.array.step;
        int fine = record[labels - 1], coarse = record[0];
        eh_label_value value[2] = { { .cls = fine }, { .cls = coarse } };
        eh_image_ref ref = { .container = "cifar", .path = path, .item = (int64_t)item };
        if (fine >= most || (labels == 2 && coarse >= 20)) {
            char name[128];
            snprintf(name, sizeof name, "%.100s#%llu", path, (unsigned long long)item);
            status = eh_import_skip(imp, name, "has the label %d, but there are only %d classes",
                                    fine >= most ? fine : coarse, fine >= most ? most : 20);
        } else {
            status = eh_import_row(imp, &ref, value, part_of(path), err);
        }
        if (item % 4096 == 4095) {
            eh_progress_update(progress, item + 1, "%s", path);
            if (status == EH_OK && eh_progress_stop(progress))
                status = eh_fail(err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
        }
    }
    eh_source_unview(&c.bytes);
    return status;
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    const options *o = opts;
    const char **name;
    size_t count;
    eh_arena *arena = eh_arena_new();
    eh_status status;
    if (!arena)
        return eh_fail_memory(err, "batches of CIFAR", 1, 4096);
    EH_TRY_GOTO(status, list_batches(&name, &count, source, arena, err));
    if (count == 0) {
        status =
            eh_fail(err, EH_ERR_INPUT,
                    "%s holds no batch of CIFAR (data_batch_1.bin ..., test_batch.bin; train.bin, test.bin)",
                    eh_source_name(source));
        goto done;
    }
    int labels = labels_of(name[0]);
    for (size_t i = 1; i < count; i++)
        if (labels_of(name[i]) != labels) {
            status = eh_fail(err, EH_ERR_INPUT,
                             "%s holds batches of CIFAR-10 and of CIFAR-100; import one of them",
                             eh_source_name(source));
            goto done;
        }
    EH_TRY_GOTO(status, declare_classes(imp, source, arena, o->label,
                                        labels == 2 ? "fine_label_names.txt" : "batches.meta.txt",
                                        labels == 2 ? 100 : 10, progress, err));
    if (labels == 2)
        EH_TRY_GOTO(status, declare_classes(imp, source, arena, "coarse", "coarse_label_names.txt", 20,
                                            progress, err));
    for (size_t i = 0; i < count; i++)
        EH_TRY_GOTO(status, add_batch(imp, source, name[i], labels, progress, err));
done:
    eh_arena_free(arena);
    return status;
}

const eh_format eh_format_cifar = {
    .entry = { .name = "cifar",
               .summary = "the binary versions of CIFAR-10 and CIFAR-100, fine and coarse classes",
               .source = "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
    .container = "cifar",
    .open = open_container,
    .read = read_item,
    .close = close_container,
};
