/* number_audit_json.c - an audit of numbers as JSON, in the words of docs/results.schema.json. */
#include "metric/number_audit.h"
#include "base/json.h"

#include <math.h>

/* Limits of a number, which unlike a proportion has no range. */
static json_t *limits_json(double low, double high, double level, const char *method)
{
    if (!isfinite(low) || !isfinite(high))
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:s}", "low", low, "high", high, "level", level, "method", method);
}

json_t *eh_mean_estimate_json(const eh_mean_estimate *m, double level)
{
    if (m->n == 0)
        return json_null();
    return json_pack("{s:f, s:o}", "value", m->value, "interval",
                     limits_json(m->low, m->high, level, "student"));
}

static json_t *within_json(const eh_number_audit *audit, const eh_number_result *r)
{
    json_t *list = json_array();
    for (size_t k = 0; k < audit->withins; k++)
        eh_json_push(&list, json_pack("{s:f, s:o}", "limit", audit->within[k], "share",
                                      eh_estimate_json(&r->within[k], audit->level)));
    return list;
}

static json_t *group_json(const eh_number_audit *audit, size_t g)
{
    const eh_number_result *r = &audit->group[g];
    return json_pack("{s:I, s:s, s:o, s:I, s:s, s:o, s:o, s:o, s:o}", "group", (json_int_t)g, "name", r->name,
                     "values", eh_group_values_json(audit->group_columns, audit->group_column, r->value), "n",
                     (json_int_t)r->n, "verdict", eh_verdict_name(r->verdict), "mae",
                     eh_mean_estimate_json(&r->mae, audit->level), "rmse", eh_json_number(r->rmse), "bias",
                     eh_mean_estimate_json(&r->bias, audit->level), "within", within_json(audit, r));
}

static json_t *groups_json(const eh_number_audit *audit)
{
    json_t *list = json_array();
    for (size_t g = 0; g < audit->groups; g++)
        eh_json_push(&list, group_json(audit, g));
    return list;
}

static json_t *named_json(const eh_number_audit *audit, int64_t g)
{
    return json_pack("{s:I, s:s}", "group", (json_int_t)g, "name", audit->group[g].name);
}

static json_t *worst_json(const eh_number_audit *audit)
{
    if (audit->worst < 0)
        return json_pack("{s:s, s:n, s:n, s:n}", "definition", EH_DEFINE_NUMBER_WORST, "group", "name",
                         "mae");
    const eh_number_result *r = &audit->group[audit->worst];
    return json_pack("{s:s, s:I, s:s, s:o}", "definition", EH_DEFINE_NUMBER_WORST, "group",
                     (json_int_t)audit->worst, "name", r->name, "mae",
                     eh_mean_estimate_json(&r->mae, audit->level));
}

static json_t *gap_json(const eh_number_audit *audit)
{
    if (!isfinite(audit->gap.value))
        return json_null();
    return json_pack("{s:s, s:f, s:o, s:o, s:o}", "definition", EH_DEFINE_NUMBER_GAP, "value",
                     audit->gap.value, "interval",
                     limits_json(audit->gap.low, audit->gap.high, audit->level, "welch"), "best",
                     named_json(audit, audit->best), "worst", named_json(audit, audit->worst));
}

json_t *eh_number_audit_json(const eh_number_audit *audit, const char *split, eh_error *err)
{
    const eh_number_result *all = &audit->overall;
    json_t *json = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:o, s:{s:s, s:o, s:o, s:o, s:o}, s:{s:s, s:o, s:o, s:I}, s:o, s:o}",
        "split", split, "n", (json_int_t)all->n, "unlabelled", (json_int_t)audit->missing_truth,
        "unpredicted", (json_int_t)audit->missing_prediction, "few_below", (json_int_t)audit->few, "groups",
        groups_json(audit), "overall", "definition", EH_DEFINE_NUMBER_OVERALL, "mae",
        eh_mean_estimate_json(&all->mae, audit->level), "rmse", eh_json_number(all->rmse), "bias",
        eh_mean_estimate_json(&all->bias, audit->level), "within", within_json(audit, all), "group_mean",
        "definition", EH_DEFINE_NUMBER_GROUP_MEAN, "value", eh_json_number(audit->group_mean.value),
        "interval", limits_json(audit->group_mean.low, audit->group_mean.high, audit->level, "welch"),
        "groups_counted", (json_int_t)audit->group_mean_groups, "worst_group", worst_json(audit),
        "largest_gap", gap_json(audit));
    if (!json)
        eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing an audit as JSON.");
    return json;
}
