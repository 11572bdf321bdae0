/* predictions_columns.c - which column of a file of predictions means what.
 *
 * The usual names come from scikit-learn and fairlearn (y_true, y_pred), Aequitas (label_value, score), torch image lists (img_path) and the
 * project's own files. The first name of a list that the header holds is taken, whatever its case.
 */
#include "report/predictions_reader.h"

#include <string.h>
#include <strings.h>

static const char *const truth_names[] = { "truth",  "y_true",     "label",        "label_value",
                                           "target", "true_label", "ground_truth", "true_class",
                                           "actual", "y",          "class",        "gt",
                                           NULL };
static const char *const predicted_names[] = {
    "predicted",       "y_pred",          "prediction", "pred", "pred_label",
    "predicted_label", "predicted_class", "y_hat",      "yhat", NULL
};
static const char *const score_names[] = { "score",  "probability", "prob", "y_score",
                                           "y_prob", "y_proba",     NULL };
static const char *const file_names[] = { "file",     "path",      "img_path", "image_path",
                                          "filename", "file_name", "image",    NULL };
static const char *const key_names[] = { "image",    "file",      "path",     "img_path", "image_path",
                                         "filename", "file_name", "image_id", "id",       NULL };
static const char *const loss_names[] = { "loss", NULL };

bool eh_prediction_missing(const char *text, bool loose)
{
    if (*text == '\0' || strcmp(text, "(missing)") == 0)
        return true;
    return loose &&
           (strcasecmp(text, "nan") == 0 || strcmp(text, "NA") == 0 || strcasecmp(text, "null") == 0);
}

/* The first of the names that the header holds, or EH_NO_COLUMN. */
static size_t find_usual(const eh_csv *csv, const char *const *names)
{
    for (; *names; names++)
        for (size_t c = 0; c < csv->columns; c++)
            if (strcasecmp(csv->header[c], *names) == 0)
                return c;
    return EH_NO_COLUMN;
}

/* The named column, else a usual one, else EH_NO_COLUMN. */
static eh_status find_column(size_t *out, eh_prediction_reader *r, const char *name, const char *const *usual)
{
    if (name)
        return eh_csv_column(out, &r->csv, r->path, name, r->err);
    *out = find_usual(&r->csv, usual);
    return EH_OK;
}

static eh_status fail_no_column(eh_prediction_reader *r, const char *what, const char *option,
                                const char *const *usual)
{
    eh_str header = { 0 }, names = { 0 };
    for (size_t c = 0; c < r->csv.columns && c < 30; c++)
        eh_str_appendf(&header, "%s\"%s\"", c ? ", " : "", r->csv.header[c]);
    for (size_t i = 0; i < 4 && usual[i]; i++)
        eh_str_appendf(&names, "%s%s", i ? ", " : "", usual[i]);
    eh_fail(r->err, EH_ERR_INPUT,
            "%s has no column with the %s (called %s ...). Name it with %s; the columns are %s.", r->path,
            what, eh_str_text(&names), option, eh_str_text(&header));
    eh_str_clear(&header);
    eh_str_clear(&names);
    return EH_ERR_INPUT;
}

static eh_status add_group(eh_prediction_reader *r, size_t column)
{
    eh_prediction_columns *k = &r->column;
    for (size_t i = 0; i < k->groups; i++)
        if (k->group[i] == column)
            return eh_fail(r->err, EH_ERR_USAGE, "The group column \"%s\" is named twice; name it once.",
                           r->csv.header[column]);
    k->group[k->groups++] = column;
    return EH_OK;
}

/* The group columns: those that were named; in our own files those behind the last p:<class>; else one called "group". */
static eh_status find_groups(eh_prediction_reader *r)
{
    const eh_str_list *named = &r->opts->groups;
    r->column.group = eh_arena_alloc(r->p->arena, named->count + r->csv.columns, sizeof *r->column.group);
    if (!r->column.group)
        return eh_fail_memory(r->err, "the group columns", r->csv.columns, sizeof *r->column.group);
    for (size_t i = 0; i < named->count; i++) {
        size_t column;
        EH_TRY(eh_csv_column(&column, &r->csv, r->path, named->item[i], r->err));
        EH_TRY(add_group(r, column));
    }
    if (named->count > 0 || r->opts->class_name || r->opts->group_name)
        return EH_OK;
    size_t last = 0;
    for (size_t c = 0; c < r->csv.columns; c++)
        last = eh_starts_with(r->csv.header[c], "p:") ? c : last;
    if (last > 0) {
        for (size_t c = last + 1; c < r->csv.columns; c++)
            EH_TRY(add_group(r, c));
    } else {
        static const char *const usual[] = { "group", "groups", NULL };
        size_t column = find_usual(&r->csv, usual);
        if (column != EH_NO_COLUMN)
            EH_TRY(add_group(r, column));
    }
    if (r->column.groups == 0)
        eh_progress_warn(r->progress,
                         "%s: no groups are named, so all images are one group; --groups COLUMN,COLUMN names "
                         "the columns whose crossing makes them.",
                         r->path);
    return EH_OK;
}

/* "age.truth" for the head age, else the name given. */
static const char *of_head(eh_prediction_reader *r, const char *what, const char *otherwise)
{
    const char *head = r->head;
    const char *name = head ? eh_arena_printf(r->p->arena, "%s.%s", head, what) : NULL;
    return name ? name : otherwise;
}

/* The head that opts names, or that the name of the truth's column does where the file has its prediction, too: "age.truth" and "age.predicted". */
static void find_head(eh_prediction_reader *r)
{
    static const char ending[] = ".truth";
    const eh_predictions_opts *o = r->opts;
    const char *other = NULL;
    r->head = o->head;
    if (o->head)
        return;
    for (size_t c = 0; c < r->csv.columns; c++) {
        const char *header = r->csv.header[c];
        size_t length = strlen(header);
        if (!eh_ends_with(header, ending))
            continue;
        char *head = eh_arena_strdup(r->p->arena, header);
        if (!head)
            return;
        head[length - strlen(ending)] = '\0';
        const char *predicted = eh_arena_printf(r->p->arena, "%s.predicted", head);
        bool there = false;
        for (size_t i = 0; predicted && i < r->csv.columns; i++)
            there = there || strcmp(r->csv.header[i], predicted) == 0;
        if (!there || (o->predicted && strcmp(o->predicted, predicted) != 0))
            continue;
        if (!o->truth)
            other = other ? other : header;
        else if (strcmp(o->truth, header) == 0)
            r->head = head;
    }
    if (other && !o->class_name)
        eh_progress_warn(r->progress,
                         "%s holds predictions of several columns, and the first is measured; --truth %s "
                         "measures another",
                         r->path, other);
}

eh_status eh_prediction_find_columns(eh_prediction_reader *r)
{
    eh_prediction_columns *k = &r->column;
    const eh_predictions_opts *o = r->opts;
    find_head(r);
    const char *probability = of_head(r, "p:", "p:");
    for (size_t c = 0; c < r->csv.columns; c++)
        k->own_format = k->own_format || eh_starts_with(r->csv.header[c], probability);
    const char *truth = of_head(r, "truth", o->truth), *predicted = of_head(r, "predicted", o->predicted);
    EH_TRY(find_column(&k->truth, r, truth, truth_names));
    if (k->truth == EH_NO_COLUMN)
        return fail_no_column(r, "true class", "--truth", truth_names);
    k->predicted = EH_NO_COLUMN;
    if (!o->score || o->predicted)
        EH_TRY(find_column(&k->predicted, r, predicted, predicted_names));
    EH_TRY(find_column(&k->score, r, o->score, score_names));
    if (k->predicted == EH_NO_COLUMN && k->score == EH_NO_COLUMN)
        return fail_no_column(r, "predicted class", "--predicted, or one with a probability by --score",
                              predicted_names);
    if (k->truth == k->predicted)
        return eh_fail(r->err, EH_ERR_USAGE,
                       "The column \"%s\" of %s is named both as the truth and as the prediction.",
                       r->csv.header[k->truth], r->path);
    k->loss =
        find_usual(&r->csv, r->head ? (const char *const[]){ of_head(r, "loss", ""), NULL } : loss_names);
    k->file = find_usual(&r->csv, file_names);
    k->key = find_usual(&r->csv, key_names);
    r->p->truth_column = r->csv.header[k->truth];
    r->p->predicted_column = r->csv.header[k->predicted != EH_NO_COLUMN ? k->predicted : k->score];
    return find_groups(r);
}
