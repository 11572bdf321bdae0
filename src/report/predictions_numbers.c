/* predictions_numbers.c - truth and prediction of a file as numbers: ages, scores, sizes.
 *
 * Easy to get wrong: classes are often written 0, 1, 2, and a score of 0.83 beside truths of 0 and 1 is a probability. So a file is taken for one of
 * numbers only where some value is no whole number and the truth has more than two values; otherwise the user says it.
 */
#include "report/predictions_reader.h"

#include <math.h>
#include <string.h>

#define MANY_VALUES 20 /* whole numbers with more different values than this are rather ages than classes */

eh_status eh_prediction_number(double *out, eh_prediction_reader *r, size_t row, size_t column)
{
    const char *text = eh_prediction_cell(r, row, column);
    *out = NAN;
    if (eh_prediction_missing(text, true) || eh_parse_float(out, text))
        return EH_OK;
    return eh_fail(r->err, EH_ERR_INPUT, "%s:%zu: \"%s\" in the column \"%s\" is not a number.", r->path,
                   r->csv.line[row], text, r->csv.header[column]);
}

/* What a column holds. */
typedef struct look {
    bool numbers, fractions; /* every value is a number; some is no whole one */
    size_t values;           /* different ones, up to MANY_VALUES + 1 */
} look;

static look look_at(const eh_prediction_reader *r, size_t column)
{
    look l = { .numbers = true };
    double seen[MANY_VALUES + 1];
    for (size_t i = 0; i < r->p->rows && l.numbers; i++) {
        const char *text = eh_prediction_cell(r, i, column);
        double value;
        if (eh_prediction_missing(text, true))
            continue;
        l.numbers = eh_parse_float(&value, text);
        if (!l.numbers)
            break;
        l.fractions = l.fractions || value != floor(value);
        size_t k = 0;
        while (k < l.values && seen[k] != value)
            k++;
        if (k == l.values && l.values <= MANY_VALUES)
            seen[l.values++] = value;
    }
    return l;
}

bool eh_prediction_are_numbers(const eh_prediction_reader *r)
{
    const eh_prediction_columns *k = &r->column;
    if (r->opts->kind != EH_PREDICTIONS_AUTO)
        return r->opts->kind == EH_PREDICTIONS_NUMBERS;
    if (r->opts->class_name || k->own_format || k->predicted == EH_NO_COLUMN || r->opts->positive)
        return false;
    look truth = look_at(r, k->truth), predicted = look_at(r, k->predicted);
    if (!truth.numbers || !predicted.numbers)
        return false;
    if (truth.values > 2 && (truth.fractions || predicted.fractions)) {
        eh_progress_warn(r->progress,
                         "%s: truth and prediction are numbers, so their errors are measured; --kind classes "
                         "counts them as classes.",
                         r->path);
        return true;
    }
    if (truth.values > MANY_VALUES)
        eh_progress_warn(r->progress,
                         "%s: truth and prediction are whole numbers and are counted as classes; --kind "
                         "numbers measures how far off they are.",
                         r->path);
    return false;
}

eh_status eh_prediction_read_numbers(eh_prediction_reader *r)
{
    eh_predictions *p = r->p;
    const eh_prediction_columns *k = &r->column;
    if (k->predicted == EH_NO_COLUMN)
        return eh_fail(r->err, EH_ERR_USAGE,
                       "%s: name the column of the predicted numbers with --predicted; a score decides "
                       "between "
                       "classes.",
                       r->path);
    p->positive = -1;
    p->number_truth = eh_arena_alloc(p->arena, p->rows, sizeof *p->number_truth);
    p->number_predicted = eh_arena_alloc(p->arena, p->rows, sizeof *p->number_predicted);
    p->loss = eh_arena_alloc(p->arena, p->rows, sizeof *p->loss);
    if (!p->number_truth || !p->number_predicted || !p->loss)
        return eh_fail_memory(r->err, "the numbers of predictions", p->rows, 3 * sizeof *p->loss);
    size_t known = 0;
    for (size_t i = 0; i < p->rows; i++) {
        EH_TRY(eh_prediction_number(&p->number_truth[i], r, i, k->truth));
        EH_TRY(eh_prediction_number(&p->number_predicted[i], r, i, k->predicted));
        p->loss[i] = NAN;
        if (k->loss != EH_NO_COLUMN)
            EH_TRY(eh_prediction_number(&p->loss[i], r, i, k->loss));
        else
            p->loss[i] = fabs(p->number_predicted[i] - p->number_truth[i]);
        known += !isnan(p->number_truth[i]);
    }
    if (known == 0 && !r->opts->group_name)
        return eh_fail(r->err, EH_ERR_INPUT, "%s: the column \"%s\" holds no number at all.", r->path,
                       p->truth_column);
    return EH_OK;
}
