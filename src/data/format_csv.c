/* format_csv.c - a table of images: one row per image, columns for its file, labels, groups, split and identity.
 *
 *     file,hair,gender,age,split
 *     images/1.jpg,blond,female,31,train
 *
 * The source is the CSV file, or a folder that holds one (several only when one of them is called labels.csv, metadata.csv or the like). Paths in it are relative to its own folder, or to `images`. Columns that
 * no option names are judged by csv_columns.h. Files that are not there, or lie outside the folder, or are named twice, are listed
 * as skipped, each with its line.
 */
#include "data/csv_columns.h"
#include "data/format.h"

#include "base/file.h"
#include "base/str.h"
#include "data/text_index.h"

#include <stdio.h>
#include <string.h>

typedef struct options {
    const char *file, *split, *identity, *images, *suffix;
    eh_str_list label, groups, numbers, texts, ignore;
    bool outside;
} options;

static const eh_opt option_table[] = {
    { .name = "file",
      .help = "column with the image's path; found by its name when not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, file),
      .metavar = "COLUMN" },
    { .name = "label",
      .help = "columns with classes to learn",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, label),
      .metavar = "COLUMNS" },
    { .name = "groups",
      .help = "columns with classes that make groups",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, groups),
      .metavar = "COLUMNS" },
    { .name = "split",
      .help = "column with train, valid, test (or 0, 1, 2)",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, split),
      .metavar = "COLUMN" },
    { .name = "identity",
      .help = "column that says who is in the picture",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, identity),
      .metavar = "COLUMN" },
    { .name = "numbers",
      .help = "columns with numbers",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, numbers),
      .metavar = "COLUMNS" },
    { .name = "texts",
      .help = "columns with free text",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, texts),
      .metavar = "COLUMNS" },
    { .name = "ignore",
      .help = "columns to leave out",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, ignore),
      .metavar = "COLUMNS" },
    { .name = "images",
      .help = "folder that the paths are relative to; itself relative to the CSV's folder",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, images),
      .metavar = "FOLDER" },
    { .name = "suffix",
      .help = "appended to every path, such as .jpg",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, suffix),
      .metavar = "TEXT" },
    { .name = "outside",
      .help = "allow paths that leave the folder (absolute, or with ..)",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, outside),
      .def = "false" },
    { 0 },
};

static bool is_csv_name(const char *name)
{
    return eh_ends_with(name, ".csv") || eh_ends_with(name, ".CSV") || eh_ends_with(name, ".tsv");
}

/* True when the first line of the member names a column of files. */
static bool header_names_files(const eh_source *source, eh_arena *arena, const char *path)
{
    uint8_t head[16384];
    size_t size = sizeof head, end = 0;
    eh_csv csv;
    if (eh_source_head(head, &size, source, path, NULL) != EH_OK)
        return false;
    while (end < size && head[end] != '\n' && head[end] != '\r')
        end++;
    if (end == sizeof head || eh_csv_parse(&csv, arena, path, (const char *)head, end, NULL) != EH_OK)
        return false;
    for (size_t i = 0; i < csv.columns; i++)
        if (eh_csv_is_file_column(csv.header[i]))
            return true;
    return false;
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
        if (!is_csv_name(name[i]) || !header_names_files(source, arena, name[i]))
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
        score = header_names_files(source, arena, named) ? 80 : 40;
    }
    eh_arena_free(arena);
    return score;
}

/* ---------------------------------------------------------------- columns */

/* Everything that the reading needs. */
typedef struct reader {
    eh_import *imp;
    const options *opts;
    eh_arena *arena;
    const char *path;  /* of the CSV file, for messages */
    eh_source *images; /* what the files' paths are relative to */
    eh_csv csv;
    eh_csv_role *role; /* [csv.columns] */
    size_t *target;    /* [csv.columns] column of the import, where the role has one */
    size_t file_column, split_column;
    bool has_split, part_numbers;
    eh_label_value *value; /* [columns of the import] of the current row */
    uint64_t missing;
} reader;

static eh_status set_role(reader *r, const char *name, eh_csv_role role, eh_error *err)
{
    size_t column;
    EH_TRY(eh_csv_column(&column, &r->csv, r->path, name, err));
    if (r->role[column] != EH_CSV_AUTO && r->role[column] != role)
        return eh_fail(err, EH_ERR_USAGE, "the column '%s' of %s is named for two purposes; name it once",
                       name, r->path);
    r->role[column] = role;
    if (role == EH_CSV_FILE)
        r->file_column = column;
    return EH_OK;
}

static eh_status set_roles(reader *r, const eh_str_list *names, eh_csv_role role, eh_error *err)
{
    for (size_t i = 0; i < names->count; i++)
        EH_TRY(set_role(r, names->item[i], role, err));
    return EH_OK;
}

static eh_status find_file_column(reader *r, eh_error *err)
{
    if (r->opts->file)
        return set_role(r, r->opts->file, EH_CSV_FILE, err);
    for (size_t i = 0; i < r->csv.columns; i++)
        if (r->role[i] == EH_CSV_AUTO && eh_csv_is_file_column(r->csv.header[i])) {
            r->role[i] = EH_CSV_FILE;
            r->file_column = i;
            return EH_OK;
        }
    eh_str list = { 0 };
    for (size_t i = 0; i < r->csv.columns; i++)
        eh_str_appendf(&list, "%s%s", i ? ", " : "", r->csv.header[i]);
    eh_status status = eh_fail(err, EH_ERR_INPUT,
                               "%s has no column that is called file, filename, path or image; name it with "
                               "file=COLUMN (columns: %s)",
                               r->path, eh_str_text(&list));
    eh_str_clear(&list);
    return status;
}

/* True when the first column is what pandas writes in front of a table: no name, and the number of the row in every row. */
static bool first_counts_rows(const reader *r)
{
    const eh_csv *csv = &r->csv;
    int64_t number;
    bool unnamed = strcmp(csv->header[0], "column_1") == 0 && csv->unnamed;
    if (r->role[0] != EH_CSV_AUTO || !(unnamed || strcmp(csv->header[0], "Unnamed: 0") == 0))
        return false;
    for (size_t row = 0; row < csv->rows; row++)
        if (!eh_parse_int(&number, csv->cell[row * csv->columns]) || number != (int64_t)row)
            return false;
    return true;
}

/* Columns that the header does not name: the counter of rows is left out, the others are told by their new names. */
static void judge_unnamed(reader *r, eh_progress *progress)
{
    bool counter = first_counts_rows(r);
    if (counter) {
        r->role[0] = EH_CSV_IGNORED;
        eh_progress_warn(progress,
                         "%s: the first column has no name and only counts the rows; it was left out",
                         r->path);
    }
    if (r->csv.unnamed > (size_t)counter)
        eh_progress_warn(progress,
                         "%s: a column without a name is called by its place, column_1, column_2 ...",
                         r->path);
}

/* Gives every column of the file its role, and declares those that the catalog gets. */
static eh_status assign_roles(reader *r, eh_progress *progress, eh_error *err)
{
    const options *o = r->opts;
    EH_TRY(set_roles(r, &o->label, EH_CSV_CLASS, err));
    EH_TRY(set_roles(r, &o->groups, EH_CSV_CLASS, err));
    EH_TRY(set_roles(r, &o->numbers, EH_CSV_NUMBER, err));
    EH_TRY(set_roles(r, &o->texts, EH_CSV_TEXT, err));
    EH_TRY(set_roles(r, &o->ignore, EH_CSV_IGNORED, err));
    if (o->identity)
        EH_TRY(set_role(r, o->identity, EH_CSV_TEXT, err));
    if (o->split)
        EH_TRY(set_role(r, o->split, EH_CSV_SPLIT, err));
    EH_TRY(find_file_column(r, err));
    judge_unnamed(r, progress);
    size_t ignored = 0, columns = 0;
    for (size_t i = 0; i < r->csv.columns; i++)
        ignored += r->role[i] == EH_CSV_IGNORED;
    EH_TRY(eh_csv_decide(r->role, &r->csv, &r->part_numbers, err));
    for (size_t i = 0; i < r->csv.columns; i++) {
        static const eh_column_kind kind[] = { [EH_CSV_CLASS] = EH_COLUMN_CLASS,
                                               [EH_CSV_NUMBER] = EH_COLUMN_NUMBER,
                                               [EH_CSV_TEXT] = EH_COLUMN_TEXT };
        if (r->role[i] == EH_CSV_SPLIT) {
            r->has_split = true;
            r->split_column = i;
        } else if (r->role[i] == EH_CSV_IGNORED) {
            columns++;
        } else if (r->role[i] != EH_CSV_FILE) {
            EH_TRY(eh_import_column(r->imp, &r->target[i], r->csv.header[i], kind[r->role[i]], NULL, 0, err));
        }
    }
    if (columns > ignored)
        eh_progress_warn(progress, "%s: %zu columns have no value in any row and were left out", r->path,
                         columns - ignored);
    return EH_OK;
}

/* ---------------------------------------------------------------- rows */

/* The file of a row, tidied, or NULL after listing why there is none. */
static eh_status find_file(reader *r, size_t row, const char **out, eh_error *err)
{
    const char *cell = r->csv.cell[row * r->csv.columns + r->file_column];
    const char *suffix = r->opts->suffix ? r->opts->suffix : "";
    size_t line = r->csv.line[row];
    *out = NULL;
    if (!*cell) {
        r->missing++;
        return eh_import_skip(r->imp, eh_path_name(r->path),
                              "line %zu: the column '%s' is empty, so the row has no image", line,
                              r->csv.header[r->file_column]);
    }
    char *joined = eh_arena_printf(r->arena, "%s%s", cell, suffix);
    char *path = joined ? eh_path_tidy(r->arena, joined) : NULL;
    if (!path)
        return eh_fail_memory(err, "the path of an image", 1, strlen(cell) + 1);
    if (strchr(path, '\\') && eh_source_why_not(r->images, path)) { /* written on Windows */
        for (char *c = path; *c; c++)
            if (*c == '\\')
                *c = '/';
        path = eh_path_tidy(r->arena, path);
        if (!path)
            return eh_fail_memory(err, "the path of an image", 1, strlen(cell) + 1);
    }
    if (!r->opts->outside && !eh_path_stays_inside(path))
        return eh_import_skip(r->imp, path,
                              "line %zu: the path leads out of the folder of the images; name that folder "
                              "with images=FOLDER, or allow it "
                              "with outside=yes",
                              line);
    const char *reason = eh_source_why_not(r->images, path);
    if (reason) {
        r->missing++;
        return eh_import_skip(r->imp, path, "line %zu: %s", line, reason);
    }
    *out = path;
    return EH_OK;
}

static eh_status read_value(reader *r, size_t row, size_t column, eh_error *err)
{
    const char *cell = r->csv.cell[row * r->csv.columns + column];
    eh_label_value *value = &r->value[r->target[column]];
    *value = (eh_label_value){ .missing = eh_csv_missing(cell), .text = cell };
    if (value->missing)
        return EH_OK;
    if (r->role[column] == EH_CSV_CLASS)
        return eh_import_class(r->imp, r->target[column], cell, &value->cls, err);
    if (r->role[column] == EH_CSV_NUMBER && !eh_parse_float(&value->number, cell))
        return eh_fail(err, EH_ERR_INPUT,
                       "%s:%zu: the column '%s' should hold numbers, but '%.80s' is none; correct it or "
                       "import the "
                       "column with texts=%s",
                       r->path, r->csv.line[row], r->csv.header[column], cell, r->csv.header[column]);
    return EH_OK;
}

static eh_status read_row(reader *r, size_t row, eh_error *err)
{
    const char *file;
    eh_part part = EH_PART_NONE;
    EH_TRY(find_file(r, row, &file, err));
    if (!file)
        return EH_OK;
    for (size_t i = 0; i < r->csv.columns; i++)
        if (r->role[i] == EH_CSV_CLASS || r->role[i] == EH_CSV_NUMBER || r->role[i] == EH_CSV_TEXT)
            EH_TRY(read_value(r, row, i, err));
    if (r->has_split) {
        const char *cell = r->csv.cell[row * r->csv.columns + r->split_column];
        if (!eh_csv_missing(cell) && !eh_csv_part(&part, cell, r->part_numbers))
            return eh_fail(err, EH_ERR_INPUT,
                           "%s:%zu: the column '%s' should name a part (train, valid, test), but says "
                           "'%.80s'",
                           r->path, r->csv.line[row], r->csv.header[r->split_column], cell);
    }
    eh_image_ref image = { .container = "file", .path = file };
    return eh_import_row(r->imp, &image, r->value, part, err);
}

/* Images below the root that no row names: only counted, and only where the user named a folder. */
static eh_status count_unnamed(reader *r, eh_error *err)
{
    eh_text_index named = { 0 };
    size_t count;
    uint64_t unnamed = 0;
    eh_status status = EH_OK;
    for (size_t row = 0; row < r->csv.rows; row++) {
        uint32_t index;
        const char *cell = r->csv.cell[row * r->csv.columns + r->file_column];
        char *joined = eh_arena_printf(r->arena, "%s%s", cell, r->opts->suffix ? r->opts->suffix : "");
        for (char *c = joined; c && *c; c++)
            if (*c == '\\')
                *c = '/';
        const char *path = joined ? eh_path_tidy(r->arena, joined) : NULL;
        if (!path) {
            status = eh_fail_memory(err, "an index of files", r->csv.rows, 64);
            goto done;
        }
        EH_TRY_GOTO(status, eh_text_index_add(&named, path, &index, NULL, err));
    }
    EH_TRY_GOTO(status, eh_source_list(r->images, &count, err));
    for (size_t i = 0; i < count; i++) {
        const char *file = eh_source_at(r->images, i).path;
        unnamed += eh_is_image_name(file) && eh_text_index_find(&named, file) < 0;
    }
    eh_import_count_missing(r->imp, 0, unnamed);
done:
    eh_text_index_clear(&named);
    return status;
}

/* The table's path in the source: the one that the user named, or the one that find_table finds. */
static eh_status find_csv(reader *r, const eh_source *source, const char **table, eh_error *err)
{
    size_t tables;
    *table = eh_source_named(source);
    if (!*table)
        *table = find_table(source, r->arena, &tables);
    if (*table) {
        r->path = eh_source_path(source, r->arena, *table);
        return r->path ? EH_OK : eh_fail_memory(err, "a path", 1, strlen(*table));
    }
    if (tables == 0)
        return eh_fail(err, EH_ERR_INPUT, "%s holds no CSV file with a column of files; name the file itself",
                       eh_source_name(source));
    return eh_fail(err, EH_ERR_INPUT,
                   "%s holds %zu CSV files with a column of files, and which of them has the labels is not "
                   "clear; name "
                   "the file itself, or import without labels with --format folder",
                   eh_source_name(source), tables);
}

static eh_status read_table(reader *r, const eh_source *source, eh_progress *progress, eh_error *err)
{
    const char *table;
    EH_TRY(find_csv(r, source, &table, err));
    EH_TRY(eh_source_read_csv(&r->csv, r->arena, source, table, err));
    if (r->csv.rows == 0)
        return eh_fail(err, EH_ERR_INPUT, "%s has a header, but no rows; one row per image is needed",
                       r->path);
    r->role = eh_arena_alloc(r->arena, r->csv.columns, sizeof *r->role);
    r->target = eh_arena_alloc(r->arena, r->csv.columns, sizeof *r->target);
    r->value = eh_arena_alloc(r->arena, r->csv.columns, sizeof *r->value);
    if (!r->role || !r->target || !r->value)
        return eh_fail_memory(err, "the columns of a CSV file", r->csv.columns, sizeof *r->value);
    return assign_roles(r, progress, err);
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    reader r = { .imp = imp, .opts = opts, .images = source, .arena = eh_arena_new() };
    eh_status status;
    if (!r.arena)
        return eh_fail_memory(err, "a CSV file", 1, 4096);
    EH_TRY_GOTO(status, read_table(&r, source, progress, err));
    if (r.opts->images) {
        EH_TRY_GOTO(status, eh_source_below(&r.images, source, r.opts->images, err));
        eh_import_set_images(imp, r.images);
    }
    for (size_t row = 0; row < r.csv.rows; row++) {
        EH_TRY_GOTO(status, read_row(&r, row, err));
        if (row % 4096 == 4095) {
            eh_progress_update(progress, row + 1, NULL);
            if (eh_progress_stop(progress)) {
                status = eh_fail(err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
                goto done;
            }
        }
    }
    for (size_t i = 0; i < r.csv.columns; i++)
        if (r.role[i] == EH_CSV_CLASS)
            EH_TRY_GOTO(status, eh_import_sort_classes(imp, r.target[i], err));
    eh_import_count_missing(imp, r.missing, 0);
    if (!eh_source_named(source) || r.opts->images)
        status = count_unnamed(&r, err);
done:
    eh_arena_free(r.arena);
    return status;
}

const eh_format eh_format_csv = {
    .entry = { .name = "csv",
               .summary = "a table of images with labels, groups, split and identity in named columns",
               .source = "RFC 4180",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
};
