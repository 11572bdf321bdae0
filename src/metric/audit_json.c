/* audit_json.c - an audit as JSON, in the words of docs/results.schema.json.
 *
 * json_pack takes over every reference it is given and fails as a whole when one of them is NULL, so running out of memory
 * anywhere surfaces once, at the end.
 */
#include "metric/audit.h"
#include "base/json.h"

#include <math.h>
#include <string.h>

json_t *eh_interval_json(double low, double high, double level, const char *method)
{
    if (!isfinite(low) || !isfinite(high))
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:s}", "low", low, "high", high, "level", level, "method", method);
}

json_t *eh_estimate_json(const eh_estimate *estimate, double level)
{
    if (estimate->n == 0)
        return json_null();
    return json_pack("{s:f, s:I, s:I, s:o}", "value", estimate->value, "count", (json_int_t)estimate->count,
                     "n", (json_int_t)estimate->n, "interval",
                     eh_interval_json(estimate->low, estimate->high, level, "wilson"));
}

static json_t *confusion_json(const eh_confusion *counts)
{
    if (!counts->cell)
        return json_null();
    json_t *rows = json_array();
    for (size_t t = 0; t < counts->classes; t++) {
        json_t *row = json_array();
        for (size_t p = 0; p < counts->classes; p++)
            eh_json_push(&row, json_integer((json_int_t)counts->cell[t * counts->classes + p]));
        eh_json_push(&rows, row);
    }
    return rows;
}

static json_t *classes_json(const eh_audit *audit, const eh_group_result *result)
{
    json_t *list = json_array();
    for (size_t c = 0; c < audit->classes; c++)
        eh_json_push(&list, json_pack("{s:s, s:o, s:o}", "class", audit->class_name[c], "precision",
                                      eh_estimate_json(&result->precision[c], audit->level), "recall",
                                      eh_estimate_json(&result->recall[c], audit->level)));
    return list;
}

json_t *eh_group_values_json(size_t columns, const char *const *column, const char *const *value)
{
    json_t *list = json_array();
    for (size_t c = 0; c < columns; c++) {
        bool missing = strcmp(value[c], "(missing)") == 0;
        eh_json_push(&list, json_pack("{s:s, s:o}", "column", column[c], "value",
                                      missing ? json_null() : json_string(value[c])));
    }
    return list;
}

static json_t *group_json(const eh_audit *audit, size_t g)
{
    const eh_group_result *group = &audit->group[g];
    /* Precision and recall of a thousand classes in every group would be the larger part of the file. */
    bool listed = audit->classes <= EH_CONFUSION_CLASSES;
    return json_pack("{s:I, s:s, s:o, s:I, s:I, s:s, s:o, s:o, s:o}", "group", (json_int_t)g, "name",
                     group->name, "values",
                     eh_group_values_json(audit->group_columns, audit->group_column, group->value), "n",
                     (json_int_t)group->counts.n, "correct", (json_int_t)group->counts.correct, "verdict",
                     eh_verdict_name(group->verdict), "accuracy",
                     eh_estimate_json(&group->accuracy, audit->level), "classes",
                     listed ? classes_json(audit, group) : json_array(), "confusion",
                     confusion_json(&group->counts));
}

static json_t *groups_json(const eh_audit *audit)
{
    json_t *list = json_array();
    for (size_t g = 0; g < audit->groups; g++)
        eh_json_push(&list, group_json(audit, g));
    return list;
}

static json_t *worst_json(const eh_audit *audit)
{
    if (audit->worst < 0)
        return json_pack("{s:s, s:n, s:n, s:n}", "definition", EH_DEFINE_WORST, "group", "name", "accuracy");
    const eh_group_result *worst = &audit->group[audit->worst];
    return json_pack("{s:s, s:I, s:s, s:o}", "definition", EH_DEFINE_WORST, "group", (json_int_t)audit->worst,
                     "name", worst->name, "accuracy", eh_estimate_json(&worst->accuracy, audit->level));
}

static json_t *named_group_json(const eh_audit *audit, int64_t g)
{
    return json_pack("{s:I, s:s}", "group", (json_int_t)g, "name", audit->group[g].name);
}

static json_t *gap_json(const eh_audit *audit)
{
    if (!isfinite(audit->gap.value))
        return json_null();
    return json_pack("{s:s, s:f, s:o, s:o, s:o}", "definition", EH_DEFINE_GAP, "value", audit->gap.value,
                     "interval", eh_interval_json(audit->gap.low, audit->gap.high, audit->level, "newcombe"),
                     "best", named_group_json(audit, audit->best), "worst",
                     named_group_json(audit, audit->worst));
}

static json_t *mean_json(const eh_audit *audit)
{
    return json_pack("{s:s, s:o, s:o, s:I}", "definition", EH_DEFINE_GROUP_MEAN, "value",
                     eh_json_number(audit->group_mean.value), "interval",
                     eh_interval_json(audit->group_mean.low, audit->group_mean.high, audit->level,
                                      "square and add (Zou, Huang, Zhang 2009)"),
                     "groups_counted", (json_int_t)audit->group_mean_groups);
}

json_t *eh_audit_json(const eh_audit *audit, const char *split, eh_error *err)
{
    json_t *json =
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:{s:s, s:o}, s:o, s:o, s:o, s:o, s:o, s:n, s:{s:s, s:I, "
                  "s:[]}, s:{s:o}}",
                  "split", split, "n", (json_int_t)audit->overall.counts.n, "unlabelled",
                  (json_int_t)audit->missing_truth, "unpredicted", (json_int_t)audit->missing_prediction,
                  "few_below", (json_int_t)audit->few, "groups", groups_json(audit), "overall", "definition",
                  EH_DEFINE_OVERALL, "accuracy", eh_estimate_json(&audit->overall.accuracy, audit->level),
                  "group_mean", mean_json(audit), "worst_group", worst_json(audit), "largest_gap",
                  gap_json(audit), "classes", classes_json(audit, &audit->overall), "confusion",
                  confusion_json(&audit->overall.counts), "score_histogram", "errors", "definition",
                  "wrong predictions are counted, not listed", "total",
                  (json_int_t)(audit->overall.counts.n - audit->overall.counts.correct), "items", "extra",
                  "log_loss", eh_json_number(audit->log_loss));
    if (!json)
        eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing an audit as JSON.");
    return json;
}
