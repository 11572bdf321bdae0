/* format_csv.c - a table of images: one row per image, columns for its file, labels, groups, split and identity.
 *
 *     file,hair,gender,age,split
 *     images/1.jpg,blond,female,31,train
 *
 * The source is the CSV file, or a folder that holds one (several only when one of them is called labels.csv, metadata.csv or the like). Paths in it are relative to its own folder, or to `images`. What its columns
 * become is in label_table.h.
 */
#include "data/label_table.h"

#include "base/file.h"
#include "base/str.h"

#include <string.h>

static bool is_csv_name(const char *name)
{
    return eh_ends_with(name, ".csv") || eh_ends_with(name, ".CSV") || eh_ends_with(name, ".tsv");
}

/* Names that a table of labels has when other tables lie beside it. */
static bool is_usual_name(const char *name)
{
    static const char *const usual[] = { "labels.csv", "metadata.csv", "annotations.csv", "images.csv",
                                         "faces.csv" };
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (strcmp(name, usual[i]) == 0)
            return true;
    return false;
}

/* The table of labels directly in the source, in the arena: the only CSV file that has a column of files, or the only one of them with a
 * usual name. NULL when there is none, or no telling which; *tables says how many have such a column. */
static const char *find_table(const eh_source *source, eh_arena *arena, size_t *tables)
{
    const char *found = NULL, *usual = NULL, **name;
    size_t usuals = 0, count;
    *tables = 0;
    if (eh_source_top(source, arena, false, &name, &count, NULL) != EH_OK)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_csv_name(name[i]) || !eh_label_header(source, arena, name[i], NULL))
            continue;
        found = name[i];
        (*tables)++;
        if (is_usual_name(name[i])) {
            usual = name[i];
            usuals++;
        }
    }
    return *tables == 1 ? found : usuals == 1 ? usual : NULL;
}

static int probe(const eh_source *source)
{
    eh_arena *arena = eh_arena_new();
    const char *named = eh_source_named(source);
    size_t tables;
    int score = 0;
    if (!arena)
        return 0;
    if (!named) {
        /* Several tables are this format's too: it says that one has to be named, where `folder` would lose the labels. */
        find_table(source, arena, &tables);
        score = tables ? 70 : 0;
    } else if (is_csv_name(named)) {
        score = eh_label_header(source, arena, named, NULL) ? 80 : 40;
    }
    eh_arena_free(arena);
    return score;
}

/* The table's path in the source: the one that the user named, or the one that find_table finds. */
static eh_status find_csv(const eh_source *source, eh_arena *arena, const char **table, eh_error *err)
{
    size_t tables;
    *table = eh_source_named(source);
    if (!*table)
        *table = find_table(source, arena, &tables);
    if (*table)
        return EH_OK;
    if (tables == 0)
        return eh_fail(err, EH_ERR_INPUT, "%s holds no CSV file with a column of files; name the file itself",
                       eh_source_name(source));
    return eh_fail(err, EH_ERR_INPUT,
                   "%s holds %zu CSV files with a column of files, and which of them has the labels is not "
                   "clear; name "
                   "the file itself, or import without labels with --format folder",
                   eh_source_name(source), tables);
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    eh_label_file file = { .folder = "" };
    eh_label_table t = { .imp = imp, .opts = opts, .images = source, .file = &file, .files = 1 };
    const char *table;
    eh_status status;
    t.arena = eh_arena_new();
    if (!t.arena)
        return eh_fail_memory(err, "a CSV file", 1, 4096);
    EH_TRY_GOTO(status, find_csv(source, t.arena, &table, err));
    file.path = eh_source_path(source, t.arena, table);
    if (!file.path) {
        status = eh_fail_memory(err, "a path", 1, strlen(table));
        goto done;
    }
    EH_TRY_GOTO(status, eh_source_read_csv(&file.csv, t.arena, source, table, err));
    EH_TRY_GOTO(status, eh_label_merge(&t, err));
    EH_TRY_GOTO(status, eh_label_roles(&t, progress, err));
    if (t.opts->images) {
        EH_TRY_GOTO(status, eh_source_below(&t.images, source, t.opts->images, err));
        eh_import_set_images(imp, t.images);
    }
    status = eh_label_rows(&t, !eh_source_named(source) || t.opts->images, progress, err);
done:
    eh_arena_free(t.arena);
    return status;
}

const eh_format eh_format_csv = {
    .entry = { .name = "csv",
               .summary = "a table of images with labels, groups, split and identity in named columns",
               .source = "RFC 4180",
               .opts = eh_label_option_table,
               .opts_size = sizeof(eh_label_opts) },
    .probe = probe,
    .import = import,
};
