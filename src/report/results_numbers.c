/* results_numbers.c - a head of numbers in results.json: the audit of a split, and the images that are furthest off.
 *
 * As with classes each group has the same number of places in the list, and the largest errors of each group take them.
 */
#include "report/results_parts.h"
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct off {
    double size;
    size_t row;
} off;

static int compare_off(const void *a, const void *b)
{
    const off *left = a, *right = b;
    if (left->size != right->size)
        return left->size > right->size ? -1 : 1;
    return left->row < right->row ? -1 : 1;
}

static size_t group_of(const eh_predictions *p, size_t row)
{
    return p->group ? (size_t)p->group[row] : 0;
}

static json_t *error_json(const eh_predictions *p, size_t row, const eh_pixels *pixels, eh_progress *progress)
{
    const char *key = p->key ? p->key[row] : NULL, *file = p->file ? p->file[row] : key;
    char line[32];
    snprintf(line, sizeof line, "row %zu", row + 1);
    return json_pack("{s:o, s:f, s:f, s:f, s:I, s:o}", "file", eh_json_text(file ? file : line), "truth",
                     p->number_truth[row], "predicted", p->number_predicted[row], "error",
                     p->number_predicted[row] - p->number_truth[row], "group", (json_int_t)group_of(p, row),
                     "thumbnail", eh_results_thumbnail(pixels, key, file, progress));
}

/* Counted rows, largest error first; NULL when out of memory. */
static off *find_off(const eh_predictions *p, size_t *count)
{
    off *list = eh_alloc(p->rows + 1, sizeof *list);
    *count = 0;
    for (size_t i = 0; list && i < p->rows; i++) {
        double size = fabs(p->number_predicted[i] - p->number_truth[i]);
        if (size > 0)
            list[(*count)++] = (off){ size, i };
    }
    if (list)
        qsort(list, *count, sizeof *list, compare_off);
    return list;
}

/* The `errors` object of numbers. */
static json_t *errors_json(const eh_predictions *p, size_t most, const eh_pixels *pixels,
                           eh_progress *progress)
{
    size_t groups = p->groups ? p->groups : 1, count = 0, listed = 0, places = (most + groups - 1) / groups;
    uint64_t *taken = eh_alloc(groups, sizeof *taken);
    off *list = taken ? find_off(p, &count) : NULL;
    json_t *items = list ? json_array() : NULL;
    char definition[160];
    snprintf(definition, sizeof definition, "the largest errors, at most %zu a group and %zu in all", places,
             most);
    eh_progress_begin(progress, "thumbnails", count < most ? count : most, "images");
    for (size_t i = 0; items && i < count && listed < most; i++) {
        if (taken[group_of(p, list[i].row)]++ >= places)
            continue;
        eh_json_push(&items, error_json(p, list[i].row, pixels, progress));
        eh_progress_update(progress, ++listed, NULL);
    }
    eh_progress_end(progress, NULL);
    eh_free(list);
    eh_free(taken);
    return json_pack("{s:s, s:I, s:o}", "definition", definition, "total", (json_int_t)count, "items", items);
}

eh_status eh_results_number_split(json_t **out, eh_number_audit **audit, const eh_predictions *p,
                                  const char *split, bool listed, const eh_results_opts *opts,
                                  const eh_pixels *pixels, eh_progress *progress, eh_error *err)
{
    eh_number_input in = eh_predictions_number_input(p);
    in.level = opts->level;
    in.few = opts->few;
    in.within = opts->within;
    in.withins = opts->withins;
    *out = NULL;
    EH_TRY(eh_number_audit_make(audit, &in, err));
    eh_status status = EH_OK;
    *out = eh_number_audit_json(*audit, split, err);
    if (!*out)
        status = EH_ERR_MEMORY;
    else if (listed && !eh_json_set(*out, "errors",
                                    errors_json(p, opts->max_errors ? opts->max_errors : EH_RESULTS_ERRORS,
                                                pixels, progress)))
        status = eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing the errors of a split.");
    if (status == EH_OK)
        return EH_OK;
    json_decref(*out);
    *out = NULL;
    eh_number_audit_free(*audit);
    *audit = NULL;
    return status;
}
