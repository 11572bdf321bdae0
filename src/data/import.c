/* import.c - eh_catalog_import: find the format, let it list the rows, check the images, write the catalog whole or not at all. */
#include "data/import_store.h"

#include "base/config.h"
#include "base/file.h"
#include "base/str.h"

#include <assert.h>
#include <string.h>

/* Class `k` of a column occurs in the test part but never in training: a model could not learn it. */
static void warn_about_unseen_classes(const eh_import *imp, const eh_column_store *column, uint64_t *in_train,
                                      uint64_t *elsewhere)
{
    bool any_train = false;
    memset(in_train, 0, column->classes * sizeof *in_train);
    memset(elsewhere, 0, column->classes * sizeof *elsewhere);
    for (size_t row = 0; row < imp->rows; row++) {
        const eh_import_image *image = &imp->image[row];
        any_train |= image->part == EH_PART_TRAIN;
        if (image->reason || column->cls[row] < 0 || image->part == EH_PART_NONE)
            continue;
        if (image->part == EH_PART_TRAIN)
            in_train[column->cls[row]]++;
        else
            elsewhere[column->cls[row]]++;
    }
    for (size_t k = 0; k < column->classes && any_train; k++)
        if (in_train[k] == 0 && elsewhere[k] > 0)
            eh_progress_warn(imp->progress,
                             "the class '%s' of column '%s' occurs in %llu images for validation or test, "
                             "but in none for training: "
                             "no model can learn it",
                             column->class_name[k], column->name, (unsigned long long)elsewhere[k]);
}

static eh_status warn_about_columns(const eh_import *imp, eh_error *err)
{
    for (size_t i = 0; i < imp->columns; i++) {
        const eh_column_store *column = &imp->column[i];
        if (column->kind != EH_COLUMN_CLASS)
            continue;
        uint64_t *counts = eh_alloc(2 * column->classes, sizeof *counts);
        if (!counts)
            return eh_fail_memory(err, "class counts", 2 * column->classes, sizeof *counts);
        warn_about_unseen_classes(imp, column, counts, counts + column->classes);
        eh_free(counts);
    }
    return EH_OK;
}

static void warn_about_counts(const eh_import *imp)
{
    if (imp->broken)
        eh_progress_warn(imp->progress,
                         "%zu of %zu images could not be decoded; see 'evenhand stats --skipped'",
                         imp->broken, imp->rows);
    if (imp->skips)
        eh_progress_warn(imp->progress, "%zu %s not taken; see 'evenhand stats --skipped'", imp->skips,
                         imp->skips == 1 ? "item was" : "items were");
    if (imp->rows_without_image)
        eh_progress_warn(imp->progress,
                         "%llu rows name no image that is there; they were counted and left out",
                         (unsigned long long)imp->rows_without_image);
    if (imp->images_without_row)
        eh_progress_warn(imp->progress, "%llu images are named by no row; they were counted and left out",
                         (unsigned long long)imp->images_without_row);
}

/* A catalog without a single image would only fail later and less clearly. */
static eh_status require_images(const eh_import *imp, eh_error *err)
{
    if (imp->rows == 0 && imp->skips)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: not one image could be taken; the first of %zu that were not: %s %s", imp->source,
                       imp->skips, imp->skipped[0].item, imp->skipped[0].reason);
    if (imp->rows == 0 && imp->rows_without_image)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: none of the %llu rows has its image in %s; name the images' folder", imp->source,
                       (unsigned long long)imp->rows_without_image, eh_source_name(imp->images));
    if (imp->rows == 0)
        return eh_fail(err, EH_ERR_INPUT, "%s holds no images; name the folder or file that does",
                       imp->source);
    if (imp->broken == imp->rows)
        return eh_fail(err, EH_ERR_INPUT, "%s: none of the %zu images could be decoded; the first: %s: %s",
                       imp->source, imp->rows, imp->image[0].path, imp->image[0].reason);
    return EH_OK;
}

/* The options of the format: the caller's, or the table's defaults. */
static eh_status format_options(eh_import *imp, const void **options, eh_error *err)
{
    const eh_entry *entry = &imp->format->entry;
    *options = imp->opts->format.entry ? imp->opts->format.opts : NULL;
    if (*options || entry->opts_size == 0)
        return EH_OK;
    void *defaults = eh_arena_alloc(imp->arena, 1, entry->opts_size);
    if (!defaults)
        return eh_fail_memory(err, "options", 1, entry->opts_size);
    *options = defaults;
    return eh_opts_defaults(entry->opts, defaults, imp->arena, err);
}

/* Members of an archive that were not taken. */
static eh_status list_skipped_members(eh_import *imp, const eh_source *source)
{
    for (size_t i = 0; i < eh_source_skips(source); i++) {
        eh_source_skip skip = eh_source_skip_at(source, i);
        EH_TRY(eh_import_skip(imp, skip.path, "%s", skip.reason));
    }
    return EH_OK;
}

static eh_status read_source(eh_import *imp, eh_source *source, eh_error *err)
{
    const void *options;
    EH_TRY(format_options(imp, &options, err));
    eh_error own = { 0 };
    eh_progress_begin(imp->progress, "read labels", 0, "rows");
    eh_status status = imp->format->import(imp, source, options, imp->progress, &own);
    if (status == EH_OK)
        status = list_skipped_members(imp, source);
    eh_progress_end(imp->progress, NULL);
    if (status != EH_OK && !own.message[0]) /* eh_import_skip has no room for a sentence */
        return eh_fail_memory(err, "the rows of a data set", imp->rows, sizeof *imp->image);
    return status == EH_OK ? EH_OK : eh_fail(err, status, "%s", own.message);
}

eh_status eh_catalog_import(const char *path, const char *source, const eh_import_opts *opts,
                            eh_import_report *report, eh_progress *progress, eh_error *err)
{
    static const eh_import_opts plain = { .check_pixels = true };
    opts = opts ? opts : &plain;
    if (report)
        *report = (eh_import_report){ 0 };
    const eh_format *format = (const eh_format *)opts->format.entry;
    if (!opts->overwrite && eh_path_exists(path))
        return eh_fail(err, EH_ERR_USAGE, "%s exists; add --overwrite to replace it, or name another file",
                       path);
    eh_import imp = { 0 };
    eh_source *from = NULL;
    eh_atomic_file file;
    /* Opened before the long work, so that a folder that cannot be written to is reported at once. */
    EH_TRY(eh_atomic_open(&file, path, err));
    eh_status status = EH_OK;
    if (!file.temporary) {
        status = eh_fail(err, EH_ERR_USAGE,
                         "%s is no ordinary file, and a catalog has to be one; name another", path);
        goto done;
    }
    double begin = eh_seconds();
    EH_TRY_GOTO(status, eh_source_open(&from, source, &opts->archive, progress, err));
    EH_TRY_GOTO(status, eh_format_probe(&format, &from, format, err));
    EH_TRY_GOTO(status, eh_import_begin(&imp, source, format, opts, progress, err));
    imp.images = from;
    EH_TRY_GOTO(status, read_source(&imp, from, err));
    double read = eh_seconds();
    if (imp.rows)
        EH_TRY_GOTO(status, eh_import_check(&imp, err));
    EH_TRY_GOTO(status, require_images(&imp, err));
    double checked = eh_seconds();
    EH_TRY_GOTO(status, eh_import_write(&imp, file.temporary, path, err));
    EH_TRY_GOTO(status, eh_atomic_commit(&file, err));
    warn_about_counts(&imp);
    EH_TRY_GOTO(status, warn_about_columns(&imp, err));
    if (report)
        *report = (eh_import_report){ .format = format->entry.name,
                                      .images = imp.rows - imp.broken,
                                      .skipped = imp.broken + imp.skips,
                                      .rows_without_image = imp.rows_without_image,
                                      .images_without_row = imp.images_without_row,
                                      .read_seconds = read - begin,
                                      .check_seconds = checked - read,
                                      .write_seconds = eh_seconds() - checked };
done:
    eh_atomic_abandon(&file);
    if (imp.images != from)
        eh_source_close(imp.images);
    eh_import_end(&imp);
    eh_source_close(from);
    return status;
}
