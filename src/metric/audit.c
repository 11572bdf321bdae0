/* audit.c - counts every group and forms the averages; see audit.h.
 *
 * Idea      One confusion matrix per group in one pass over the rows; everything else is read off the matrices.
 * Source    Worst-group accuracy: Sagawa et al. 2020, Distributionally robust neural networks for group shifts. Intervals: interval.c.
 * Cost      O(rows + groups * classes^2).
 * Easy to get wrong: a group without images has no accuracy (not 0, not 1), so it may be neither worst nor part of the mean; the
 *           overall accuracy comes from summed counts, not from the mean of the groups.
 */
#include "metric/audit.h"
#include "metric/metric.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define DEFAULT_FEW          30
#define DEFAULT_LEVEL        0.95
#define SMALLEST_PROBABILITY 1e-15

extern const eh_metric eh_metric_accuracy, eh_metric_precision, eh_metric_recall;

const char *eh_verdict_name(eh_verdict verdict)
{
    static const char *const name[] = { "ok", "few", "none" };
    return name[verdict];
}

static eh_status copy_names(const char *const **out, eh_arena *arena, const char *const *name, size_t count,
                            eh_error *err)
{
    const char **copy = eh_arena_alloc(arena, count ? count : 1, sizeof *copy);
    if (!copy)
        return eh_fail_memory(err, "the names of an audit", count, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = eh_arena_strdup(arena, name[i]);
        if (!copy[i])
            return eh_fail_memory(err, "the names of an audit", strlen(name[i]) + 1, 1);
    }
    *out = copy;
    return EH_OK;
}

static eh_status make_result(eh_group_result *result, eh_audit *audit, const char *name, eh_error *err)
{
    result->name = name;
    EH_TRY(eh_confusion_make(&result->counts, audit->arena, audit->classes, err));
    result->confusion = result->counts.cell;
    size_t count = audit->classes ? audit->classes : 1;
    result->precision = eh_arena_alloc(audit->arena, count, sizeof *result->precision);
    result->recall = eh_arena_alloc(audit->arena, count, sizeof *result->recall);
    if (!result->precision || !result->recall)
        return eh_fail_memory(err, "the precision and recall of a group", count,
                              2 * sizeof *result->precision);
    return EH_OK;
}

/* Everything but the counts: names copied, one result per group. */
static eh_status prepare(eh_audit *audit, const eh_audit_input *in, eh_error *err)
{
    eh_arena *arena = audit->arena;
    static const char *const whole[] = { "all images" };
    const char *const *group_name, *const *value;
    size_t groups = in->groups ? in->groups : 1, columns = in->groups ? in->group_columns : 0;
    EH_TRY(copy_names(&audit->class_name, arena, in->class_name, in->classes, err));
    EH_TRY(copy_names(&audit->group_column, arena, in->group_column, columns, err));
    EH_TRY(copy_names(&group_name, arena, in->groups ? in->group_name : whole, groups, err));
    EH_TRY(copy_names(&value, arena, in->group_value, groups * columns, err));
    audit->classes = in->classes;
    audit->groups = groups;
    audit->group_columns = columns;
    audit->level = in->level > 0 ? in->level : DEFAULT_LEVEL;
    audit->few = in->few ? in->few : DEFAULT_FEW;
    audit->group = eh_arena_alloc(arena, groups, sizeof *audit->group);
    if (!audit->group)
        return eh_fail_memory(err, "the groups of an audit", groups, sizeof *audit->group);
    for (size_t g = 0; g < groups; g++) {
        EH_TRY(make_result(&audit->group[g], audit, group_name[g], err));
        audit->group[g].value = value + g * columns;
    }
    return make_result(&audit->overall, audit, "all images", err);
}

static eh_status check_index(int32_t index, int32_t lowest, size_t count, const char *what, size_t row,
                             eh_error *err)
{
    if (index >= lowest && (index < 0 || (size_t)index < count))
        return EH_OK;
    return eh_fail(err, EH_ERR_INPUT, "Row %zu has the %s %d, but there are %zu, counted from 0.", row + 1,
                   what, (int)index, count);
}

static eh_status add_loss(double *sum, const eh_audit_input *in, size_t row, eh_error *err)
{
    float p = in->probability[row * in->classes + (size_t)in->truth[row]];
    if (!(p >= 0 && p <= 1))
        return eh_fail(err, EH_ERR_NUMERIC,
                       "Row %zu gives \"%s\" the probability %g; probabilities lie between 0 and 1.", row + 1,
                       in->class_name[in->truth[row]], (double)p);
    *sum -= log(fmax(p, SMALLEST_PROBABILITY));
    return EH_OK;
}

static eh_status count_rows(eh_audit *audit, const eh_audit_input *in, eh_error *err)
{
    double loss = 0;
    for (size_t i = 0; i < in->rows; i++) {
        int32_t group = in->groups ? in->group[i] : 0;
        EH_TRY(check_index(in->truth[i], -1, in->classes, "true class", i, err));
        EH_TRY(check_index(in->predicted[i], -1, in->classes, "predicted class", i, err));
        EH_TRY(check_index(group, 0, audit->groups, "group", i, err));
        if (in->truth[i] < 0) {
            audit->missing_truth++;
        } else if (in->predicted[i] < 0) {
            audit->missing_prediction++;
        } else {
            eh_confusion_add(&audit->group[group].counts, in->truth[i], in->predicted[i]);
            if (in->probability)
                EH_TRY(add_loss(&loss, in, i, err));
        }
    }
    for (size_t g = 0; g < audit->groups; g++)
        eh_confusion_merge(&audit->overall.counts, &audit->group[g].counts);
    uint64_t n = audit->overall.counts.n;
    audit->log_loss = in->probability && n > 0 ? loss / (double)n : NAN;
    return EH_OK;
}

static void measure(eh_group_result *result, const eh_audit *audit)
{
    uint64_t n = result->counts.n;
    result->verdict = n == 0 ? EH_VERDICT_NONE : n < audit->few ? EH_VERDICT_FEW : EH_VERDICT_OK;
    result->accuracy = eh_metric_accuracy.compute(&result->counts, 0, audit->level);
    for (size_t c = 0; c < audit->classes; c++) {
        result->precision[c] = eh_metric_precision.compute(&result->counts, c, audit->level);
        result->recall[c] = eh_metric_recall.compute(&result->counts, c, audit->level);
    }
}

/* Means and extremes over the groups. */
static eh_status summarize(eh_audit *audit, eh_error *err)
{
    eh_estimate *accuracy = eh_alloc(audit->groups, sizeof *accuracy);
    if (!accuracy)
        return eh_fail_memory(err, "the accuracies of the groups", audit->groups, sizeof *accuracy);
    for (size_t g = 0; g < audit->groups; g++)
        accuracy[g] = audit->group[g].accuracy;
    audit->group_mean = eh_mean_of_estimates(accuracy, audit->groups, &audit->group_mean_groups);
    audit->worst = eh_worst_of(accuracy, audit->groups, EH_BETTER_HIGHER);
    audit->best = eh_best_of(accuracy, audit->groups, EH_BETTER_HIGHER);
    audit->gap = (eh_difference){ NAN, NAN, NAN };
    if (audit->group_mean_groups > 1)
        audit->gap = eh_newcombe(&accuracy[audit->best], &accuracy[audit->worst]);
    for (size_t g = 0; g < audit->groups; g++)
        if (audit->group[g].verdict != EH_VERDICT_OK)
            accuracy[g].n = 0;
    audit->worst_ok = eh_worst_of(accuracy, audit->groups, EH_BETTER_HIGHER);
    eh_free(accuracy);
    return EH_OK;
}

eh_status eh_audit_make(eh_audit **out, const eh_audit_input *in, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_audit *audit = arena ? eh_arena_alloc(arena, 1, sizeof *audit) : NULL;
    if (!audit) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "an audit", 1, sizeof *audit);
    }
    audit->arena = arena;
    eh_status status;
    EH_TRY_GOTO(status, prepare(audit, in, err));
    EH_TRY_GOTO(status, count_rows(audit, in, err));
    for (size_t g = 0; g < audit->groups; g++)
        measure(&audit->group[g], audit);
    measure(&audit->overall, audit);
    EH_TRY_GOTO(status, summarize(audit, err));
    *out = audit;
done:
    if (status != EH_OK)
        eh_audit_free(audit);
    return status;
}

void eh_audit_free(eh_audit *audit)
{
    if (audit)
        eh_arena_free(audit->arena);
}
