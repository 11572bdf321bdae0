/* clean_thresholds.c - `evenhand clean --thresholds A..B`: what each distance would call copies. */
#include "cli/clean_print.h"

#include "base/file.h"
#include "base/json.h"
#include "base/table.h"
#include "clean/copy_thresholds.h"

#include <stdlib.h>
#include <string.h>

enum { PAIRS_PER_LINE = 6, TILE = 96 };

/* "1..12" or "5". */
static eh_status parse_range(const char *text, int *from, int *to, eh_error *err)
{
    const char *dots = strstr(text, "..");
    char first[16];
    int64_t a, b;
    size_t size = dots ? (size_t)(dots - text) : strlen(text);
    bool valid = size < sizeof first;
    if (valid) {
        memcpy(first, text, size);
        first[size] = '\0';
        valid = eh_parse_int(&a, first) && eh_parse_int(&b, dots ? dots + 2 : first) && a >= 0 && a <= b &&
                b <= EH_COPIES_MOST_DISTANCE;
    }
    if (!valid)
        return eh_fail(err, EH_ERR_USAGE,
                       "--thresholds: '%s' is no range of distances between 0 and %d, such as 1..12", text,
                       EH_COPIES_MOST_DISTANCE);
    *from = (int)a;
    *to = (int)b;
    return EH_OK;
}

static json_t *row_json(const eh_threshold *t)
{
    return json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:I}", "distance", t->distance, "pairs",
                     (json_int_t)t->counts.pairs, "new_pairs", (json_int_t)t->new_pairs,
                     "images_with_partner", (json_int_t)t->counts.with_partner, "clusters",
                     (json_int_t)t->clusters, "images_in_clusters", (json_int_t)t->in_clusters, "copies",
                     (json_int_t)t->copies, "largest_cluster", (json_int_t)t->largest, "worst_distance",
                     t->worst, "conflicts", (json_int_t)t->conflicts);
}

static eh_status print_json(const eh_catalog *catalog, const eh_threshold *row, size_t rows, const char *path,
                            eh_error *err)
{
    json_t *object = json_object(), *list = json_array();
    bool complete = object && list;
    for (size_t i = 0; i < rows && complete; i++)
        complete = json_array_append_new(list, row_json(&row[i])) == 0;
    complete = complete && eh_json_set(object, "catalog", json_string(eh_catalog_path(catalog))) &&
               eh_json_set(object, "picture", path ? json_string(path) : json_null()) &&
               eh_json_set(object, "thresholds", json_incref(list));
    json_decref(list);
    if (!complete) {
        json_decref(object);
        object = NULL;
    }
    return eh_command_write_json(object, err);
}

static eh_status print_text(const eh_threshold *row, size_t rows, eh_error *err)
{
    static const char *const titles[] = {
        ">distance", ">pairs",   ">new pairs", ">images with partner", ">clusters", ">images in them",
        ">copies",   ">largest", ">conflicts"
    };
    eh_text_table *t = eh_text_table_new(titles, 9);
    eh_str out = { 0 };
    if (!t)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t i = 0; i < rows; i++) {
        const uint64_t value[] = {
            (uint64_t)row[i].distance, row[i].counts.pairs, row[i].new_pairs, row[i].counts.with_partner,
            row[i].clusters,           row[i].in_clusters,  row[i].copies,    row[i].largest,
            row[i].conflicts
        };
        for (size_t k = 0; k < sizeof value / sizeof *value; k++)
            eh_text_table_cell(t, "%llu", (unsigned long long)value[k]);
    }
    eh_text_table_render(t, &out);
    eh_text_table_free(t);
    eh_status status = eh_command_write(&out, err);
    eh_str_clear(&out);
    return status;
}

/* "faces-thresholds.png" for data/faces.eh. */
static const char *default_path(eh_arena *arena, const eh_catalog *catalog)
{
    const char *name = eh_path_name(eh_catalog_path(catalog));
    size_t size = strlen(name);
    if (eh_ends_with(name, ".eh"))
        size -= 3;
    return eh_arena_printf(arena, "%.*s-thresholds.png", (int)size, name);
}

/* Writes the sheet; *path becomes NULL where there are no pairs to draw. */
static eh_status write_sheet(eh_command_context *context, eh_catalog *catalog, const eh_copies *copies,
                             int from, int to, const char **path, eh_error *err)
{
    eh_image sheet;
    uint8_t *png = NULL;
    size_t size;
    eh_error own = { 0 };
    eh_status status = eh_copies_border_sheet(&sheet, catalog, copies, from, to, PAIRS_PER_LINE, TILE, &own);
    if (status == EH_ERR_NOT_ENOUGH) {
        eh_command_note(context, "%s: no picture was written", own.message);
        *path = NULL;
        return EH_OK;
    }
    if (status != EH_OK)
        return eh_fail(err, status, "%s", own.message);
    if (!*path)
        *path = default_path(context->arena, catalog);
    EH_TRY_GOTO(status, *path ? EH_OK : eh_fail_memory(err, "a file name", 1, 64));
    EH_TRY_GOTO(status, eh_image_encode_png(&png, &size, &sheet, err));
    EH_TRY_GOTO(status, eh_file_write_atomic(*path, png, size, err));
    eh_command_note(context, "wrote %s: a line for each distance, the pairs that are exactly so far apart",
                    *path);
done:
    eh_free(png);
    eh_image_clear(&sheet);
    return status;
}

eh_status eh_clean_thresholds(eh_command_context *context, eh_catalog *catalog, const eh_thing_spec *copies,
                              const char *range, const char *path, eh_error *err)
{
    eh_copies_opts opts;
    eh_keeper_opts keeper_opts;
    eh_copies *found = NULL;
    eh_keeper *keeper = NULL;
    int from = 0, to = 0;
    eh_status status;
    EH_TRY(parse_range(range, &from, &to, err));
    eh_copies_check_opts(copies->opts, &opts, &keeper_opts);
    opts.distance = to;
    size_t rows = (size_t)to - (size_t)from + 1;
    eh_threshold *row = eh_arena_alloc(context->arena, rows, sizeof *row);
    if (!row)
        return eh_fail_memory(err, "a table", rows, sizeof *row);
    EH_TRY_GOTO(status, eh_copies_of_catalog(&found, catalog, NULL, 0, &opts, context->progress, err));
    EH_TRY_GOTO(status, eh_keeper_new(&keeper, catalog, found, &keeper_opts, err));
    EH_TRY_GOTO(status, eh_copies_thresholds(row, found, keeper, from, to, err));
    EH_TRY_GOTO(status, write_sheet(context, catalog, found, from, to, &path, err));
    status = context->json ? print_json(catalog, row, rows, path, err) : print_text(row, rows, err);
done:
    eh_keeper_free(keeper);
    eh_copies_free(found);
    return status;
}
