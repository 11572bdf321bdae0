/* label_table.c - from a table of labels to rows of a catalog.
 *
 * Columns that no option names are judged by csv_columns.h. Files that are not there, or lie outside the folder, or are named twice, are listed
 * as skipped, each with its line. The part of a row is what the split column says; else its first folder, where the format wants that and those of
 * all rows are parts; else the part of the file that it stands in.
 */
#include "data/label_table.h"

#include "base/file.h"
#include "base/str.h"
#include "data/text_index.h"

#include <stdio.h>
#include <string.h>

const eh_opt eh_label_option_table[] = {
    { .name = "file",
      .help = "column with the image's path; found by its name when not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(eh_label_opts, file),
      .metavar = "COLUMN" },
    { .name = "label",
      .help = "columns with classes to learn",
      .type = EH_OPT_LIST,
      .offset = offsetof(eh_label_opts, label),
      .metavar = "COLUMNS" },
    { .name = "groups",
      .help = "columns with classes that make groups",
      .type = EH_OPT_LIST,
      .offset = offsetof(eh_label_opts, groups),
      .metavar = "COLUMNS" },
    { .name = "split",
      .help = "column with train, valid, test (or 0, 1, 2)",
      .type = EH_OPT_STRING,
      .offset = offsetof(eh_label_opts, split),
      .metavar = "COLUMN" },
    { .name = "identity",
      .help = "column that says who is in the picture",
      .type = EH_OPT_STRING,
      .offset = offsetof(eh_label_opts, identity),
      .metavar = "COLUMN" },
    { .name = "numbers",
      .help = "columns with numbers",
      .type = EH_OPT_LIST,
      .offset = offsetof(eh_label_opts, numbers),
      .metavar = "COLUMNS" },
    { .name = "texts",
      .help = "columns with free text",
      .type = EH_OPT_LIST,
      .offset = offsetof(eh_label_opts, texts),
      .metavar = "COLUMNS" },
    { .name = "ignore",
      .help = "columns to leave out",
      .type = EH_OPT_LIST,
      .offset = offsetof(eh_label_opts, ignore),
      .metavar = "COLUMNS" },
    { .name = "images",
      .help = "folder that the paths are relative to; itself relative to the CSV's folder",
      .type = EH_OPT_STRING,
      .offset = offsetof(eh_label_opts, images),
      .metavar = "FOLDER" },
    { .name = "suffix",
      .help = "appended to every path, such as .jpg",
      .type = EH_OPT_STRING,
      .offset = offsetof(eh_label_opts, suffix),
      .metavar = "TEXT" },
    { .name = "outside",
      .help = "allow paths that leave the folder (absolute, or with ..)",
      .type = EH_OPT_BOOL,
      .offset = offsetof(eh_label_opts, outside),
      .def = "false" },
    { 0 },
};

/* ---------------------------------------------------------------- several files */

bool eh_label_header(const eh_source *source, eh_arena *arena, const char *path, const char *const *also)
{
    uint8_t head[16384];
    size_t size = sizeof head, end = 0;
    eh_csv csv;
    bool found = false;
    if (eh_source_head(head, &size, source, path, NULL) != EH_OK)
        return false;
    while (end < size && head[end] != '\n' && head[end] != '\r')
        end++;
    if (end == sizeof head || eh_csv_parse(&csv, arena, path, (const char *)head, end, NULL) != EH_OK)
        return false;
    for (size_t i = 0; i < csv.columns; i++)
        found |= eh_csv_is_file_column(csv.header[i]);
    for (; found && also && *also; also++) {
        size_t i = 0;
        while (i < csv.columns && strcmp(csv.header[i], *also) != 0)
            i++;
        found = i < csv.columns;
    }
    return found;
}

/* Copies the cells of one file into the columns of the whole, whose first `first` rows are filled. */
static eh_status place_file(eh_label_table *t, const eh_text_index *names, size_t file, size_t first,
                            const char **cell, size_t *line, eh_error *err)
{
    const eh_csv *in = &t->file[file].csv;
    size_t *at = eh_arena_alloc(t->arena, in->columns, sizeof *at);
    if (!at)
        return eh_fail_memory(err, "the columns of a table", in->columns, sizeof *at);
    for (size_t c = 0; c < in->columns; c++)
        at[c] = (size_t)eh_text_index_find(names, in->header[c]);
    for (size_t r = 0; r < in->rows; r++) {
        const char **row = cell + (first + r) * names->count;
        for (size_t c = 0; c < names->count; c++)
            row[c] = "";
        for (size_t c = 0; c < in->columns; c++)
            row[at[c]] = in->cell[r * in->columns + c];
        line[first + r] = in->line[r];
        t->file_of[first + r] = file;
    }
    return EH_OK;
}

eh_status eh_label_merge(eh_label_table *t, eh_error *err)
{
    eh_text_index names = { 0 };
    size_t rows = 0, unnamed = 0;
    eh_status status = EH_OK;
    for (size_t i = 0; i < t->files; i++) {
        const eh_csv *csv = &t->file[i].csv;
        rows += csv->rows;
        unnamed = csv->unnamed > unnamed ? csv->unnamed : unnamed;
        for (size_t c = 0; c < csv->columns; c++) {
            uint32_t number;
            EH_TRY_GOTO(status, eh_text_index_add(&names, csv->header[c], &number, NULL, err));
        }
    }
    t->path = t->files == 1 ? t->file[0].path
                            : eh_arena_printf(t->arena, "%s and %zu more", t->file[0].path, t->files - 1);
    t->file_of = eh_arena_alloc(t->arena, rows, sizeof *t->file_of);
    if (!t->file_of || !t->path) {
        status = eh_fail_memory(err, "the rows of a table", rows, sizeof *t->file_of);
        goto done;
    }
    if (rows == 0) {
        status =
            eh_fail(err, EH_ERR_INPUT, "%s has a header, but no rows; one row per image is needed", t->path);
        goto done;
    }
    if (t->files == 1) {
        t->csv = t->file[0].csv;
        goto done;
    }
    const char **header = eh_arena_alloc(t->arena, names.count, sizeof *header);
    const char **cell = eh_arena_alloc(t->arena, rows * names.count, sizeof *cell);
    size_t *line = eh_arena_alloc(t->arena, rows, sizeof *line);
    if (!header || !cell || !line) {
        status = eh_fail_memory(err, "the rows of a table", rows * names.count, sizeof *cell);
        goto done;
    }
    if (names.count)
        memcpy((void *)header, (const void *)names.key, names.count * sizeof *header);
    for (size_t i = 0, first = 0; i < t->files; first += t->file[i++].csv.rows)
        EH_TRY_GOTO(status, place_file(t, &names, i, first, cell, line, err));
    t->csv = (eh_csv){
        .header = header, .columns = names.count, .cell = cell, .rows = rows, .unnamed = unnamed, .line = line
    };
done:
    eh_text_index_clear(&names);
    return status;
}

/* ---------------------------------------------------------------- columns */

static eh_status set_role(eh_label_table *t, const char *name, eh_csv_role role, eh_error *err)
{
    size_t column;
    EH_TRY(eh_csv_column(&column, &t->csv, t->path, name, err));
    if (t->role[column] != EH_CSV_AUTO && t->role[column] != role)
        return eh_fail(err, EH_ERR_USAGE, "the column '%s' of %s is named for two purposes; name it once",
                       name, t->path);
    t->role[column] = role;
    if (role == EH_CSV_FILE)
        t->file_column = column;
    return EH_OK;
}

static eh_status set_roles(eh_label_table *t, const eh_str_list *names, eh_csv_role role, eh_error *err)
{
    for (size_t i = 0; i < names->count; i++)
        EH_TRY(set_role(t, names->item[i], role, err));
    return EH_OK;
}

static eh_status find_file_column(eh_label_table *t, eh_error *err)
{
    if (t->opts->file)
        return set_role(t, t->opts->file, EH_CSV_FILE, err);
    for (size_t i = 0; i < t->csv.columns; i++)
        if (t->role[i] == EH_CSV_AUTO && eh_csv_is_file_column(t->csv.header[i])) {
            t->role[i] = EH_CSV_FILE;
            t->file_column = i;
            return EH_OK;
        }
    eh_str list = { 0 };
    for (size_t i = 0; i < t->csv.columns; i++)
        eh_str_appendf(&list, "%s%s", i ? ", " : "", t->csv.header[i]);
    eh_status status = eh_fail(err, EH_ERR_INPUT,
                               "%s has no column that is called file, filename, path or image; name it with "
                               "file=COLUMN (columns: %s)",
                               t->path, eh_str_text(&list));
    eh_str_clear(&list);
    return status;
}

/* True when the first column is what pandas writes in front of a table: no name, and the number of the row in every row. */
static bool first_counts_rows(const eh_label_table *t)
{
    const eh_csv *csv = &t->csv;
    int64_t number;
    bool unnamed = strcmp(csv->header[0], "column_1") == 0 && csv->unnamed;
    if (t->role[0] != EH_CSV_AUTO || !(unnamed || strcmp(csv->header[0], "Unnamed: 0") == 0))
        return false;
    for (size_t row = 0; row < csv->rows; row++)
        if (!eh_parse_int(&number, csv->cell[row * csv->columns]) || number != (int64_t)row)
            return false;
    return true;
}

/* Columns that the header does not name: the counter of rows is left out, the others are told by their new names. */
static void judge_unnamed(eh_label_table *t, eh_progress *progress)
{
    bool counter = first_counts_rows(t);
    if (counter) {
        t->role[0] = EH_CSV_IGNORED;
        eh_progress_warn(progress,
                         "%s: the first column has no name and only counts the rows; it was left out",
                         t->path);
    }
    if (t->csv.unnamed > (size_t)counter)
        eh_progress_warn(progress,
                         "%s: a column without a name is called by its place, column_1, column_2 ...",
                         t->path);
}

eh_status eh_label_roles(eh_label_table *t, eh_progress *progress, eh_error *err)
{
    const eh_label_opts *o = t->opts;
    t->role = eh_arena_alloc(t->arena, t->csv.columns, sizeof *t->role);
    t->target = eh_arena_alloc(t->arena, t->csv.columns, sizeof *t->target);
    t->value = eh_arena_alloc(t->arena, t->csv.columns, sizeof *t->value);
    if (!t->role || !t->target || !t->value)
        return eh_fail_memory(err, "the columns of a table", t->csv.columns, sizeof *t->value);
    EH_TRY(set_roles(t, &o->label, EH_CSV_CLASS, err));
    EH_TRY(set_roles(t, &o->groups, EH_CSV_CLASS, err));
    EH_TRY(set_roles(t, &o->numbers, EH_CSV_NUMBER, err));
    EH_TRY(set_roles(t, &o->texts, EH_CSV_TEXT, err));
    EH_TRY(set_roles(t, &o->ignore, EH_CSV_IGNORED, err));
    if (o->identity)
        EH_TRY(set_role(t, o->identity, EH_CSV_TEXT, err));
    if (o->split)
        EH_TRY(set_role(t, o->split, EH_CSV_SPLIT, err));
    EH_TRY(find_file_column(t, err));
    judge_unnamed(t, progress);
    size_t empty = 0;
    eh_str names = { 0 };
    bool *ignored = eh_arena_alloc(t->arena, t->csv.columns + 1, sizeof *ignored);
    if (!ignored)
        return eh_fail_memory(err, t->path, t->csv.columns, 1);
    for (size_t i = 0; i < t->csv.columns; i++)
        ignored[i] = t->role[i] == EH_CSV_IGNORED;
    EH_TRY(eh_csv_decide(t->role, &t->csv, &t->part_numbers, err));
    eh_status status = EH_OK;
    for (size_t i = 0; i < t->csv.columns && status == EH_OK; i++) {
        static const eh_column_kind kind[] = { [EH_CSV_CLASS] = EH_COLUMN_CLASS,
                                               [EH_CSV_NUMBER] = EH_COLUMN_NUMBER,
                                               [EH_CSV_TEXT] = EH_COLUMN_TEXT };
        if (t->role[i] == EH_CSV_SPLIT) {
            t->has_split = true;
            t->split_column = i;
        } else if (t->role[i] == EH_CSV_IGNORED) {
            if (!ignored[i])
                eh_str_appendf(&names, "%s'%s'", empty++ ? ", " : "", t->csv.header[i]);
        } else if (t->role[i] != EH_CSV_FILE) {
            status =
                eh_import_column(t->imp, &t->target[i], t->csv.header[i], kind[t->role[i]], NULL, 0, err);
        }
    }
    if (empty && status == EH_OK)
        eh_progress_warn(progress, "%s: the column%s %.800s %s no value in any row and %s left out", t->path,
                         empty == 1 ? "" : "s", eh_str_text(&names), empty == 1 ? "has" : "have",
                         empty == 1 ? "was" : "were");
    eh_str_clear(&names);
    return status;
}

/* ---------------------------------------------------------------- rows */

static const eh_label_file *file_of_row(const eh_label_table *t, size_t row)
{
    return &t->file[t->file_of[row]];
}

/* A row's path below the images' source, tidied; NULL when memory is short. Paths written on Windows are taken as they are meant. */
static char *path_of_row(const eh_label_table *t, size_t row)
{
    const char *cell = t->csv.cell[row * t->csv.columns + t->file_column];
    const char *suffix = t->opts->suffix ? t->opts->suffix : "";
    const char *folder = file_of_row(t, row)->folder;
    bool below = *folder && *cell != '/';
    char *joined = eh_arena_printf(t->arena, "%s%s%s%s", below ? folder : "", below ? "/" : "", cell, suffix);
    char *path = joined ? eh_path_tidy(t->arena, joined) : NULL;
    if (!path || !strchr(path, '\\') || !eh_source_why_not(t->images, path))
        return path;
    for (char *c = path; *c; c++)
        if (*c == '\\')
            *c = '/';
    return eh_path_tidy(t->arena, path);
}

/* The file of a row, or NULL after listing why there is none. */
static eh_status find_file(eh_label_table *t, size_t row, const char **out, eh_error *err)
{
    const char *cell = t->csv.cell[row * t->csv.columns + t->file_column];
    const char *table = file_of_row(t, row)->path;
    size_t line = t->csv.line[row];
    *out = NULL;
    if (!*cell) {
        t->missing++;
        return eh_import_skip(t->imp, eh_path_name(table),
                              "line %zu: the column '%s' is empty, so the row has no image", line,
                              t->csv.header[t->file_column]);
    }
    const char *path = path_of_row(t, row);
    if (!path)
        return eh_fail_memory(err, "the path of an image", 1, strlen(cell) + 1);
    if (!t->opts->outside && !eh_path_stays_inside(path))
        return eh_import_skip(t->imp, path,
                              "line %zu: the path leads out of the folder of the images; name that folder "
                              "with images=FOLDER, or allow it "
                              "with outside=yes",
                              line);
    const char *reason = eh_source_why_not(t->images, path);
    if (reason) {
        t->missing++;
        return eh_import_skip(t->imp, path, "line %zu: %s", line, reason);
    }
    *out = path;
    return EH_OK;
}

static eh_status read_value(eh_label_table *t, size_t row, size_t column, eh_error *err)
{
    const char *cell = t->csv.cell[row * t->csv.columns + column];
    eh_label_value *value = &t->value[t->target[column]];
    *value = (eh_label_value){ .missing = eh_csv_missing(cell), .text = cell };
    if (value->missing)
        return EH_OK;
    if (t->role[column] == EH_CSV_CLASS)
        return eh_import_class(t->imp, t->target[column], cell, &value->cls, err);
    if (t->role[column] == EH_CSV_NUMBER && !eh_parse_float(&value->number, cell))
        return eh_fail(err, EH_ERR_INPUT,
                       "%s:%zu: the column '%s' should hold numbers, but '%.80s' is none; correct it or "
                       "import the "
                       "column with texts=%s",
                       file_of_row(t, row)->path, t->csv.line[row], t->csv.header[column], cell,
                       t->csv.header[column]);
    return EH_OK;
}

/* The part that a path's first folder below the file's own names. */
static bool folder_part(eh_part *out, const char *cell)
{
    char word[32];
    const char *slash = strchr(cell, '/');
    if (!slash || (size_t)(slash - cell) >= sizeof word)
        return false;
    memcpy(word, cell, (size_t)(slash - cell));
    word[slash - cell] = '\0';
    return eh_part_parse(out, word);
}

/* Whether the first folders say the parts: of every row, where neither a column nor the files do. */
static bool folders_are_parts(const eh_label_table *t)
{
    eh_part part;
    for (size_t i = 0; i < t->files; i++)
        if (t->file[i].part != EH_PART_NONE)
            return false;
    for (size_t row = 0; row < t->csv.rows; row++)
        if (!folder_part(&part, t->csv.cell[row * t->csv.columns + t->file_column]))
            return false;
    return !t->has_split;
}

static eh_status part_of_row(const eh_label_table *t, size_t row, eh_part *out, eh_error *err)
{
    *out = file_of_row(t, row)->part;
    if (t->folder_parts)
        folder_part(out, t->csv.cell[row * t->csv.columns + t->file_column]);
    if (!t->has_split)
        return EH_OK;
    const char *cell = t->csv.cell[row * t->csv.columns + t->split_column];
    if (!eh_csv_missing(cell) && !eh_csv_part(out, cell, t->part_numbers))
        return eh_fail(err, EH_ERR_INPUT,
                       "%s:%zu: the column '%s' should name a part (train, valid, test), but says '%.80s'",
                       file_of_row(t, row)->path, t->csv.line[row], t->csv.header[t->split_column], cell);
    return EH_OK;
}

static eh_status read_row(eh_label_table *t, size_t row, eh_error *err)
{
    const char *file;
    eh_part part;
    EH_TRY(find_file(t, row, &file, err));
    if (!file)
        return EH_OK;
    for (size_t i = 0; i < t->csv.columns; i++)
        if (t->role[i] == EH_CSV_CLASS || t->role[i] == EH_CSV_NUMBER || t->role[i] == EH_CSV_TEXT)
            EH_TRY(read_value(t, row, i, err));
    EH_TRY(part_of_row(t, row, &part, err));
    eh_image_ref image = { .container = "file", .path = file };
    return eh_import_row(t->imp, &image, t->value, part, err);
}

/* Images below the root that no row names are only counted. */
static eh_status count_unnamed(eh_label_table *t, eh_error *err)
{
    eh_text_index named = { 0 };
    size_t count;
    uint64_t unnamed = 0;
    eh_status status = EH_OK;
    for (size_t row = 0; row < t->csv.rows; row++) {
        uint32_t index;
        const char *path = path_of_row(t, row);
        if (!path) {
            status = eh_fail_memory(err, "an index of files", t->csv.rows, 64);
            goto done;
        }
        EH_TRY_GOTO(status, eh_text_index_add(&named, path, &index, NULL, err));
    }
    EH_TRY_GOTO(status, eh_source_list(t->images, &count, err));
    for (size_t i = 0; i < count; i++) {
        const char *file = eh_source_at(t->images, i).path;
        unnamed += eh_is_image_name(file) && eh_text_index_find(&named, file) < 0;
    }
    eh_import_count_missing(t->imp, 0, unnamed);
done:
    eh_text_index_clear(&named);
    return status;
}

eh_status eh_label_rows(eh_label_table *t, bool unnamed, eh_progress *progress, eh_error *err)
{
    t->folder_parts = t->folder_parts && folders_are_parts(t);
    for (size_t row = 0; row < t->csv.rows; row++) {
        EH_TRY(read_row(t, row, err));
        if (row % 4096 == 4095) {
            eh_progress_update(progress, row + 1, NULL);
            if (eh_progress_stop(progress))
                return eh_fail(err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
        }
    }
    for (size_t i = 0; i < t->csv.columns; i++)
        if (t->role[i] == EH_CSV_CLASS)
            EH_TRY(eh_import_sort_classes(t->imp, t->target[i], err));
    eh_import_count_missing(t->imp, t->missing, 0);
    return unnamed ? count_unnamed(t, err) : EH_OK;
}

/* ---------------------------------------------------------------- folders */

/* Of the first rows of a file, how many have their image below `folder`. */
static size_t images_below(const eh_label_table *t, size_t file, const char *folder)
{
    enum { LOOKED_AT = 50 };
    size_t found = 0, seen = 0;
    const char *own = t->file[file].folder;
    t->file[file].folder = folder;
    for (size_t row = 0; row < t->csv.rows && seen < LOOKED_AT; row++) {
        if (t->file_of[row] != file)
            continue;
        const char *path = path_of_row(t, row);
        found += path && eh_path_stays_inside(path) && eh_source_has(t->images, path);
        seen++;
    }
    t->file[file].folder = own;
    return found;
}

eh_status eh_label_find_folders(eh_label_table *t, eh_error *err)
{
    for (size_t i = 0; i < t->files; i++) {
        eh_label_file *file = &t->file[i];
        eh_source *below = t->images;
        const char **folder, *best = file->folder;
        size_t folders, most = images_below(t, i, best);
        if (most > 0)
            continue;
        if (*file->folder)
            EH_TRY(eh_source_below(&below, t->images, file->folder, err));
        eh_status status = eh_source_top(below, t->arena, true, &folder, &folders, err);
        if (below != t->images)
            eh_source_close(below);
        if (status != EH_OK)
            return status;
        for (size_t k = 0; k < folders; k++) {
            const char *name =
                *file->folder ? eh_arena_printf(t->arena, "%s/%s", file->folder, folder[k]) : folder[k];
            size_t found = name ? images_below(t, i, name) : 0;
            if (found > most) {
                most = found;
                best = name;
            }
        }
        file->folder = best;
    }
    return EH_OK;
}
