/* predictions.c - reading a file of predictions; see predictions.h.
 *
 * The steps: the CSV as text, columns by meaning (predictions_columns.c), classes (predictions_classes.c) or numbers (predictions_numbers.c), groups
 * (predictions_groups.c), and here the images' identities, which must not repeat: an image that is counted twice makes every interval
 * too narrow.
 */
#include "report/predictions_reader.h"

#include <stdlib.h>
#include <string.h>

const char *eh_prediction_cell(const eh_prediction_reader *r, size_t row, size_t column)
{
    return r->csv.cell[row * r->csv.columns + column];
}

typedef struct keyed {
    const char *key;
    size_t row;
} keyed;

static int compare_keyed(const void *a, const void *b)
{
    const keyed *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    return order ? order : left->row < right->row ? -1 : 1;
}

static eh_status check_duplicates(eh_prediction_reader *r)
{
    size_t rows = r->p->rows, repeated = 0, first = 0;
    keyed *sorted = eh_alloc(rows ? rows : 1, sizeof *sorted);
    if (!sorted)
        return eh_fail_memory(r->err, "the images of a file of predictions", rows, sizeof *sorted);
    for (size_t i = 0; i < rows; i++)
        sorted[i] = (keyed){ r->p->key[i], i };
    qsort(sorted, rows, sizeof *sorted, compare_keyed);
    for (size_t i = 1; i < rows; i++) {
        if (sorted[i].key[0] == '\0' || strcmp(sorted[i].key, sorted[i - 1].key) != 0)
            continue;
        if (repeated++ == 0 || sorted[i].row < sorted[first].row)
            first = i;
    }
    eh_status status = EH_OK;
    if (repeated > 0)
        status =
            eh_fail(r->err, EH_ERR_INPUT,
                    "%s: the image \"%s\" stands in line %zu and again in line %zu; %zu row%s repeat%s an "
                    "image. Remove them, or count them all with --allow-duplicates.",
                    r->path, sorted[first].key, r->csv.line[sorted[first - 1].row],
                    r->csv.line[sorted[first].row], repeated, repeated == 1 ? "" : "s",
                    repeated == 1 ? "s" : "");
    eh_free(sorted);
    return status;
}

/* What identifies each image, and its path. */
static eh_status read_images(eh_prediction_reader *r)
{
    eh_predictions *p = r->p;
    size_t count = p->rows ? p->rows : 1;
    if (r->column.file != EH_NO_COLUMN) {
        p->file = eh_arena_alloc(p->arena, count, sizeof *p->file);
        if (!p->file)
            return eh_fail_memory(r->err, "the files of predictions", count, sizeof *p->file);
        for (size_t i = 0; i < p->rows; i++)
            p->file[i] = eh_prediction_cell(r, i, r->column.file);
    }
    if (r->column.key == EH_NO_COLUMN)
        return EH_OK;
    p->key = eh_arena_alloc(p->arena, count, sizeof *p->key);
    if (!p->key)
        return eh_fail_memory(r->err, "the images of predictions", count, sizeof *p->key);
    for (size_t i = 0; i < p->rows; i++)
        p->key[i] = eh_prediction_cell(r, i, r->column.key);
    return r->opts->allow_duplicates ? EH_OK : check_duplicates(r);
}

eh_status eh_predictions_read(eh_predictions **out, const char *path, const eh_predictions_opts *opts,
                              eh_progress *progress, eh_error *err)
{
    static const eh_predictions_opts defaults;
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_predictions *p = arena ? eh_arena_alloc(arena, 1, sizeof *p) : NULL;
    if (!p) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "predictions", 1, sizeof *p);
    }
    p->arena = arena;
    eh_prediction_reader r = {
        .p = p, .opts = opts ? opts : &defaults, .path = path, .progress = progress, .err = err
    };
    eh_status status;
    EH_TRY_GOTO(status, eh_csv_read(&r.csv, arena, path, err));
    p->path = eh_arena_strdup(arena, path);
    p->rows = r.csv.rows;
    if (!p->path) {
        status = eh_fail_memory(err, path, strlen(path) + 1, 1);
        goto done;
    }
    if (p->rows == 0) {
        status = eh_fail(err, EH_ERR_INPUT, "%s holds a header but no predictions.", path);
        goto done;
    }
    EH_TRY_GOTO(status, eh_prediction_keep(&r));
    p->rows = r.csv.rows;
    EH_TRY_GOTO(status, eh_prediction_find_columns(&r));
    EH_TRY_GOTO(status, read_images(&r));
    EH_TRY_GOTO(status, eh_prediction_are_numbers(&r) ? eh_prediction_read_numbers(&r)
                                                      : eh_prediction_read_classes(&r));
    EH_TRY_GOTO(status, eh_prediction_read_groups(&r));
    *out = p;
done:
    if (status != EH_OK)
        eh_predictions_free(p);
    return status;
}

void eh_predictions_free(eh_predictions *predictions)
{
    if (predictions)
        eh_arena_free(predictions->arena);
}

eh_audit_input eh_predictions_input(const eh_predictions *p)
{
    return (eh_audit_input){
        .rows = p->rows,
        .truth = p->truth,
        .predicted = p->predicted,
        .probability = p->probability,
        .class_name = p->class_name,
        .classes = p->classes,
        .group = p->group,
        .group_name = p->group_name,
        .group_value = p->group_value,
        .groups = p->groups,
        .group_columns = p->group_columns,
        .group_column = p->group_column,
    };
}

eh_number_input eh_predictions_number_input(const eh_predictions *p)
{
    return (eh_number_input){
        .rows = p->rows,
        .truth = p->number_truth,
        .predicted = p->number_predicted,
        .group = p->group,
        .group_name = p->group_name,
        .group_value = p->group_value,
        .groups = p->groups,
        .group_columns = p->group_columns,
        .group_column = p->group_column,
    };
}
