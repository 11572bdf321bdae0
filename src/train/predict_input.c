/* predict_input.c - see predict_input.h. What a path is, is found by content: a catalog by SQLite's magic, a picture by its header, an archive by source.h. */
#include "train/predict_input.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"
#include "data/format.h"
#include "data/source.h"
#include "evenhand/query.h"

#include <stdio.h>
#include <string.h>

/* ---- a catalog ---- */

static bool is_catalog(const char *path)
{
    char head[16] = { 0 };
    FILE *stream = eh_path_is_folder(path) ? NULL : fopen(path, "rb");
    if (!stream)
        return false;
    size_t got = fread(head, 1, sizeof head, stream);
    fclose(stream);
    return got == sizeof head && memcmp(head, "SQLite format 3", 16) == 0;
}

/* A column of the catalog by name; false when there is none. */
static bool find_info(eh_column_info *out, const eh_catalog *catalog, const char *name)
{
    for (size_t i = 0; i < eh_catalog_columns(catalog); i++) {
        *out = eh_catalog_column(catalog, i);
        if (strcmp(out->name, name) == 0)
            return true;
    }
    return false;
}

static void add_name(const char **name, size_t *count, const char *text)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(name[i], text) == 0)
            return;
    name[(*count)++] = text;
}

static eh_status fail_group(const eh_predict_input *in, const char *wanted, eh_error *err)
{
    size_t columns = eh_catalog_columns(in->catalog), count = 0;
    const char **name = eh_arena_alloc(in->arena, columns + 1, sizeof *name);
    if (!name)
        return eh_fail_memory(err, in->path, columns, sizeof *name);
    for (size_t i = 0; i < columns; i++)
        if (eh_catalog_column(in->catalog, i).kind == EH_COLUMN_CLASS)
            name[count++] = eh_catalog_column(in->catalog, i).name;
    const char *near = eh_nearest(wanted, name);
    return eh_fail(err, EH_ERR_USAGE, "--groups: %s has no column of classes '%s'%s%s%s", in->path, wanted,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static eh_status load_rows(eh_predict_input *in, const char *const *name, size_t count, const char *where,
                           eh_error *err)
{
    /* With no name all columns would be loaded; a property costs little. */
    static const char *const property = "image.width";
    eh_query *query = NULL;
    if (where)
        EH_TRY(eh_query_parse(&query, where, err));
    eh_status status =
        eh_frame_load_where(&in->frame, in->catalog, count ? name : &property, count ? count : 1, query, err);
    eh_query_free(query);
    return status;
}

static eh_status open_catalog(eh_predict_input *in, const eh_task *task, const eh_predict_input_opts *opts,
                              eh_error *err)
{
    eh_column_info info;
    size_t count = 0, groups = 0, wanted = opts->groups ? opts->groups->count : 0;
    EH_TRY(eh_catalog_open(&in->catalog, in->path, err));
    const char **name = eh_arena_alloc(in->arena, task->heads + wanted + 1, sizeof *name),
               **group = eh_arena_alloc(in->arena, wanted + 1, sizeof *group);
    if (!name || !group)
        return eh_fail_memory(err, in->path, wanted, sizeof *name);
    for (size_t k = 0; k < task->heads; k++)
        if (find_info(&info, in->catalog, task->head[k].column->name) &&
            info.kind == task->head[k].column->kind)
            add_name(name, &count, task->head[k].column->name);
    for (size_t i = 0; i < wanted; i++)
        if (find_info(&info, in->catalog, opts->groups->item[i]) && info.kind == EH_COLUMN_CLASS) {
            add_name(name, &count, opts->groups->item[i]);
            add_name(group, &groups, opts->groups->item[i]);
        } else if (opts->must_have_groups) {
            return fail_group(in, opts->groups->item[i], err);
        }
    EH_TRY(load_rows(in, name, count, opts->where, err));
    in->count = in->frame->rows;
    for (size_t k = 0; k < task->heads; k++)
        for (size_t c = 0; c < in->frame->columns; c++)
            if (strcmp(in->frame->column[c].name, task->head[k].column->name) == 0)
                in->truth[k] = &in->frame->column[c];
    return groups ? eh_groups_make(&in->groups, in->frame, group, groups, err) : EH_OK;
}

/* ---- folders, archives, lists ---- */

static eh_status make_room(eh_predict_input *in, size_t count, eh_error *err)
{
    in->file = eh_arena_alloc(in->arena, count + 1, sizeof *in->file);
    in->shown = eh_arena_alloc(in->arena, count + 1, sizeof *in->shown);
    return in->file && in->shown ? EH_OK : eh_fail_memory(err, in->path, count, sizeof *in->file);
}

static eh_status open_source(eh_predict_input *in, eh_progress *progress, eh_error *err)
{
    size_t members;
    EH_TRY(eh_source_open(&in->source, in->path, NULL, progress, err));
    EH_TRY(eh_source_list(in->source, &members, err));
    EH_TRY(make_room(in, members, err));
    for (size_t i = 0; i < members; i++) {
        const char *path = eh_source_at(in->source, i).path;
        if (!eh_is_image_name(path)) {
            in->passed_over++;
            continue;
        }
        in->file[in->count] = in->shown[in->count] = path;
        in->count++;
    }
    return EH_OK;
}

/* The column of a CSV that holds file names. */
static eh_status find_files(size_t *out, const eh_csv *csv, const eh_predict_input *in, const char *column,
                            eh_error *err)
{
    static const char *const usual[] = { "file",  "path",     "filename",   "file_name",
                                         "image", "img_path", "image_path", NULL };
    if (column)
        return eh_csv_column(out, csv, in->path, column, err);
    for (size_t i = 0; usual[i]; i++)
        for (*out = 0; *out < csv->columns; (*out)++)
            if (strcmp(csv->header[*out], usual[i]) == 0)
                return EH_OK;
    *out = 0;
    return csv->columns == 1
               ? EH_OK
               : eh_fail(err, EH_ERR_USAGE,
                         "%s: no column is called file or path; say with --column which one names the images",
                         in->path);
}

static eh_status add_file(eh_predict_input *in, const char *folder, const char *name, eh_error *err)
{
    const char *path = eh_path_join(in->arena, folder, name);
    if (!path)
        return eh_fail_memory(err, in->path, 1, 1);
    in->file[in->count] = path;
    in->shown[in->count++] = name;
    return EH_OK;
}

static eh_status open_csv(eh_predict_input *in, const char *folder, const char *column, eh_error *err)
{
    eh_csv csv;
    size_t c;
    EH_TRY(eh_csv_read(&csv, in->arena, in->path, err));
    EH_TRY(find_files(&c, &csv, in, column, err));
    EH_TRY(make_room(in, csv.rows, err));
    for (size_t row = 0; row < csv.rows; row++)
        if (csv.cell[row * csv.columns + c][0])
            EH_TRY(add_file(in, folder, csv.cell[row * csv.columns + c], err));
    return EH_OK;
}

/* A path a line; empty lines are passed over. */
static eh_status open_lines(eh_predict_input *in, const char *folder, eh_error *err)
{
    uint8_t *bytes;
    size_t size, lines = 1;
    EH_TRY(eh_file_read(&bytes, &size, in->path, 256u << 20, err));
    char *text = eh_arena_strdup(in->arena, (const char *)bytes);
    eh_free(bytes);
    if (!text)
        return eh_fail_memory(err, in->path, size, 1);
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    EH_TRY(make_room(in, lines, err));
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        size_t length = strlen(line);
        if (length && line[length - 1] == '\r')
            line[length - 1] = 0;
        if (*line)
            EH_TRY(add_file(in, folder, line, err));
    }
    return EH_OK;
}

static eh_status open_files(eh_predict_input *in, const char *column, eh_progress *progress, eh_error *err)
{
    const char *folder = eh_path_folder(in->arena, in->path);
    if (!folder)
        return eh_fail_memory(err, in->path, 1, 1);
    if (eh_path_is_folder(in->path))
        return open_source(in, progress, err);
    if (eh_is_image_name(in->path)) {
        EH_TRY(make_room(in, 1, err));
        in->file[0] = in->shown[in->count++] = in->path;
        return EH_OK;
    }
    if (eh_ends_with(in->path, ".csv"))
        return open_csv(in, folder, column, err);
    if (eh_ends_with(in->path, ".txt"))
        return open_lines(in, folder, err);
    return open_source(in, progress, err);
}

eh_status eh_predict_input_open(eh_predict_input *out, const char *path, const eh_task *task,
                                const eh_predict_input_opts *opts, eh_progress *progress, eh_error *err)
{
    memset(out, 0, sizeof *out);
    out->arena = eh_arena_new();
    out->path = out->arena ? eh_arena_strdup(out->arena, path) : NULL;
    if (!out->path)
        return eh_fail_memory(err, path, 1, 1);
    bool catalog = is_catalog(path);
    if (opts->where && !catalog)
        return eh_fail(err, EH_ERR_USAGE,
                       "--where asks the columns of a catalog, and %s is none; import it first", path);
    if (opts->must_have_groups && !catalog)
        return eh_fail(err, EH_ERR_USAGE,
                       "--groups names columns of a catalog, and %s is none; import it first", path);
    EH_TRY(catalog ? open_catalog(out, task, opts, err) : open_files(out, opts->column, progress, err));
    return out->count ? EH_OK : eh_fail(err, EH_ERR_NOT_ENOUGH, "%s: there are no images in it", path);
}

void eh_predict_input_clear(eh_predict_input *in)
{
    eh_groups_free(in->groups);
    eh_frame_free(in->frame);
    eh_catalog_close(in->catalog);
    eh_source_close(in->source);
    eh_arena_free(in->arena);
    memset(in, 0, sizeof *in);
}

eh_status eh_predict_input_name(const eh_predict_input *in, size_t i, char *out, size_t size, eh_error *err)
{
    if (in->catalog)
        return eh_catalog_image_name(in->catalog, in->frame->image[i], out, size, err);
    snprintf(out, size, "%s", in->shown[i]);
    return EH_OK;
}

eh_status eh_predict_input_read(const eh_predict_input *in, size_t i, const eh_decode_opts *opts,
                                eh_image *out, eh_error *err)
{
    uint8_t *bytes = NULL;
    size_t size;
    *out = (eh_image){ 0 };
    if (in->catalog)
        return eh_catalog_read_image(in->catalog, in->frame->image[i], opts, out, err);
    EH_TRY(in->source ? eh_source_read(&bytes, &size, in->source, in->file[i], 0, err)
                      : eh_file_read(&bytes, &size, in->file[i], 0, err));
    eh_status status = eh_image_decode(out, bytes, size, opts, err);
    eh_free(bytes);
    return status;
}
