/* predictions_classes.c - the classes of a file of predictions, and the numbers in it.
 *
 * Class names come from the run, else from p:<class> columns, else from the values of truth and prediction: sorted as numbers where all are
 * numbers, else bytewise. So 0 and 1 keep their usual order, and the positive class is the second of two.
 */
#include "metric/metric.h"
#include "report/predictions_reader.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define SMALLEST_PROBABILITY 1e-15
#define MOST_CLASSES         10000

/* Every value of truth and, where classes were predicted, of the prediction. */
static eh_status classes_from_values(eh_prediction_reader *r)
{
    eh_predictions *p = r->p;
    const char **name = eh_arena_alloc(p->arena, 2 * p->rows, sizeof *name);
    if (!name)
        return eh_fail_memory(r->err, "the classes of predictions", 2 * p->rows, sizeof *name);
    size_t count = 0;
    for (size_t i = 0; i < p->rows; i++) {
        const char *truth = eh_prediction_cell(r, i, r->column.truth);
        if (!eh_prediction_missing(truth, true))
            name[count++] = truth;
        if (r->column.predicted == EH_NO_COLUMN)
            continue;
        const char *predicted = eh_prediction_cell(r, i, r->column.predicted);
        if (!eh_prediction_missing(predicted, true))
            name[count++] = predicted;
    }
    p->classes = eh_prediction_sort_names(name, count);
    p->class_name = name;
    if (p->classes == 0)
        return eh_fail(r->err, EH_ERR_INPUT, "%s: the columns \"%s\" and \"%s\" hold no class at all.",
                       r->path, p->truth_column, p->predicted_column);
    if (p->classes > MOST_CLASSES)
        return eh_fail(r->err, EH_ERR_LIMIT,
                       "%s: the columns \"%s\" and \"%s\" hold %zu different values, more than the %d "
                       "classes "
                       "that can be audited; are they class names?",
                       r->path, p->truth_column, p->predicted_column, p->classes, MOST_CLASSES);
    return EH_OK;
}

static eh_status classes_from_header(eh_prediction_reader *r)
{
    eh_predictions *p = r->p;
    const char **name = eh_arena_alloc(p->arena, r->csv.columns, sizeof *name),
               *prefix = r->head ? eh_arena_printf(p->arena, "%s.p:", r->head) : "p:";
    if (!name || !prefix)
        return eh_fail_memory(r->err, "the classes of predictions", r->csv.columns, sizeof *name);
    for (size_t c = 0; c < r->csv.columns; c++)
        if (eh_starts_with(r->csv.header[c], prefix))
            name[p->classes++] = r->csv.header[c] + strlen(prefix);
    p->class_name = name;
    return EH_OK;
}

/* The column of each class's probability under one of the usual prefixes; all classes or none. */
static eh_status find_probabilities(eh_prediction_reader *r)
{
    static const char *const usual[] = { "p:", "p_", "prob_", "proba_", "probability_", NULL };
    eh_predictions *p = r->p;
    const char *const own[] = { r->head ? eh_arena_printf(p->arena, "%s.p:", r->head) : NULL, NULL };
    const char *const *prefix = own[0] ? own : usual;
    size_t *column = eh_arena_alloc(p->arena, p->classes, sizeof *column);
    if (!column)
        return eh_fail_memory(r->err, "the columns of probabilities", p->classes, sizeof *column);
    for (size_t k = 0; prefix[k]; k++) {
        size_t found = 0, length = strlen(prefix[k]);
        for (size_t c = 0; c < r->csv.columns; c++) {
            int32_t cls = eh_starts_with(r->csv.header[c], prefix[k])
                              ? eh_name_find(&r->class_index, r->csv.header[c] + length)
                              : -1;
            if (cls >= 0) {
                column[cls] = c;
                found++;
            }
        }
        if (found == p->classes) {
            r->column.probability = column;
            return EH_OK;
        }
    }
    if (r->column.own_format)
        return eh_fail(r->err, EH_ERR_INPUT,
                       "%s: the run knows %zu classes, but the p:<class> columns are others.", r->path,
                       p->classes);
    return EH_OK;
}

static eh_status class_of_cell(int32_t *out, eh_prediction_reader *r, size_t row, size_t column)
{
    const char *text = eh_prediction_cell(r, row, column);
    eh_predictions *p = r->p;
    int32_t found = eh_name_find(&r->class_index, text);
    *out = found;
    if (found >= 0 || eh_prediction_missing(text, true))
        return EH_OK;
    const char **names = eh_arena_alloc(p->arena, p->classes + 1, sizeof *names);
    const char *nearest = NULL;
    if (names) {
        memcpy(names, p->class_name, p->classes * sizeof *names);
        nearest = eh_nearest(text, names);
    }
    return eh_fail(r->err, EH_ERR_INPUT,
                   "%s:%zu: \"%s\" in the column \"%s\" is none of the %zu classes%s%s%s; correct it, or "
                   "leave "
                   "it empty if the class is not known.",
                   r->path, r->csv.line[row], text, r->csv.header[column], p->classes,
                   nearest ? ", of which the nearest is \"" : "", nearest ? nearest : "",
                   nearest ? "\"" : "");
}

static eh_status fail_probability(eh_prediction_reader *r, size_t row, size_t column)
{
    return eh_fail(r->err, EH_ERR_INPUT,
                   "%s:%zu: \"%s\" in the column \"%s\" is no probability; it must be a number from 0 to 1.",
                   r->path, r->csv.line[row], eh_prediction_cell(r, row, column), r->csv.header[column]);
}

/* The class that a score means: the positive one at or above the threshold. The scores are probabilities where no threshold is given. */
static eh_status read_scores(eh_prediction_reader *r)
{
    eh_predictions *p = r->p;
    const double *threshold = r->opts->threshold;
    size_t column = r->column.score;
    if (p->positive < 0 || p->classes != 2)
        return eh_fail(r->err, EH_ERR_INPUT,
                       "%s: a score decides between two classes, but the column \"%s\" holds %zu; name the "
                       "column of the predicted class with --predicted.",
                       r->path, p->truth_column, p->classes);
    if (!threshold)
        p->probability = eh_arena_alloc(p->arena, p->rows * 2, sizeof *p->probability);
    if (!threshold && !p->probability)
        return eh_fail_memory(r->err, "probabilities", p->rows * 2, sizeof *p->probability);
    for (size_t i = 0; i < p->rows; i++) {
        double score;
        EH_TRY(eh_prediction_number(&score, r, i, column));
        if (!threshold && (score < 0 || score > 1))
            return eh_fail(r->err, EH_ERR_INPUT,
                           "%s:%zu: the score %g is no probability; say from which score on the class is "
                           "\"%s\" "
                           "with --threshold.",
                           r->path, r->csv.line[i], score, p->class_name[p->positive]);
        p->predicted[i] = (int32_t)(isnan(score)                              ? -1
                                    : score >= (threshold ? *threshold : 0.5) ? p->positive
                                                                              : 1 - p->positive);
        if (p->probability) {
            p->probability[i * 2 + (size_t)p->positive] = (float)score;
            p->probability[i * 2 + (size_t)(1 - p->positive)] = (float)(1 - score);
        }
    }
    return EH_OK;
}

static eh_status read_probabilities(eh_prediction_reader *r)
{
    eh_predictions *p = r->p;
    p->probability = eh_arena_alloc(p->arena, p->rows * p->classes, sizeof *p->probability);
    if (!p->probability)
        return eh_fail_memory(r->err, "probabilities", p->rows * p->classes, sizeof *p->probability);
    for (size_t i = 0; i < p->rows; i++) {
        bool counted = p->truth[i] >= 0 && p->predicted[i] >= 0;
        for (size_t c = 0; c < p->classes; c++) {
            double value;
            EH_TRY(eh_prediction_number(&value, r, i, r->column.probability[c]));
            if (counted && !(value >= 0 && value <= 1))
                return fail_probability(r, i, r->column.probability[c]);
            p->probability[i * p->classes + c] = (float)value;
        }
    }
    return EH_OK;
}

/* The file's own losses, else the log loss where there are probabilities. */
static eh_status read_losses(eh_prediction_reader *r)
{
    eh_predictions *p = r->p;
    p->loss = eh_arena_alloc(p->arena, p->rows, sizeof *p->loss);
    if (!p->loss)
        return eh_fail_memory(r->err, "losses", p->rows, sizeof *p->loss);
    for (size_t i = 0; i < p->rows; i++) {
        p->loss[i] = NAN;
        if (r->column.loss != EH_NO_COLUMN)
            EH_TRY(eh_prediction_number(&p->loss[i], r, i, r->column.loss));
        else if (p->probability && p->truth[i] >= 0)
            p->loss[i] =
                -log(fmax(p->probability[i * p->classes + (size_t)p->truth[i]], SMALLEST_PROBABILITY));
    }
    return EH_OK;
}

/* Predictions that share no word with the truth were coded differently: "0/1" against "no/yes" would be an accuracy of 0. */
static eh_status check_common_words(eh_prediction_reader *r)
{
    const eh_predictions *p = r->p;
    if (r->opts->class_name || r->column.own_format || r->column.predicted == EH_NO_COLUMN)
        return EH_OK;
    uint8_t *seen = eh_alloc(p->classes, 1);
    if (!seen)
        return eh_fail_memory(r->err, "the classes of predictions", p->classes, 1);
    bool common = false;
    size_t with_both = 0;
    for (size_t i = 0; i < p->rows; i++)
        if (p->truth[i] >= 0)
            seen[p->truth[i]] = 1;
    for (size_t i = 0; i < p->rows; i++) {
        common = common || (p->predicted[i] >= 0 && seen[p->predicted[i]]);
        with_both += p->predicted[i] >= 0 && p->truth[i] >= 0;
    }
    eh_free(seen);
    if (common || with_both == 0)
        return EH_OK;
    return eh_fail(r->err, EH_ERR_INPUT,
                   "%s: no class in the column \"%s\" ever stands in \"%s\" (\"%s\" there, for instance); "
                   "write "
                   "both with the same words.",
                   r->path, p->predicted_column, p->truth_column, p->class_name[0]);
}

/* Of two classes the second, unless it is named as the absence of the first. */
static eh_status choose_positive(eh_prediction_reader *r)
{
    eh_predictions *p = r->p;
    p->positive = eh_positive_class(p->class_name, p->classes);
    if (!r->opts->positive)
        return EH_OK;
    p->positive = eh_name_find(&r->class_index, r->opts->positive);
    if (p->positive < 0)
        p->positive = eh_yes_no_class(p->class_name, p->classes, r->opts->positive);
    if (p->positive < 0)
        return eh_fail(r->err, EH_ERR_USAGE, "The positive class \"%s\" is none of the %zu classes of %s.",
                       r->opts->positive, p->classes, r->path);
    return EH_OK;
}

eh_status eh_prediction_read_classes(eh_prediction_reader *r)
{
    eh_predictions *p = r->p;
    if (r->opts->class_name) {
        p->class_name = r->opts->class_name;
        p->classes = r->opts->classes;
    } else if (r->column.own_format) {
        EH_TRY(classes_from_header(r));
    } else {
        EH_TRY(classes_from_values(r));
    }
    EH_TRY(eh_name_index_make(&r->class_index, p->arena, p->class_name, p->classes, r->err));
    EH_TRY(choose_positive(r));
    EH_TRY(find_probabilities(r));
    p->truth = eh_arena_alloc(p->arena, p->rows, sizeof *p->truth);
    p->predicted = eh_arena_alloc(p->arena, p->rows, sizeof *p->predicted);
    if (!p->truth || !p->predicted)
        return eh_fail_memory(r->err, "the classes of predictions", p->rows, 2 * sizeof *p->truth);
    for (size_t i = 0; i < p->rows; i++) {
        EH_TRY(class_of_cell(&p->truth[i], r, i, r->column.truth));
        if (r->column.predicted != EH_NO_COLUMN)
            EH_TRY(class_of_cell(&p->predicted[i], r, i, r->column.predicted));
    }
    if (r->column.predicted == EH_NO_COLUMN)
        EH_TRY(read_scores(r));
    else if (r->column.probability)
        EH_TRY(read_probabilities(r));
    EH_TRY(check_common_words(r));
    return read_losses(r);
}
