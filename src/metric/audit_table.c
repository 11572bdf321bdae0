/* audit_table.c - an audit as a table for people; see audit.h. */
#include "metric/audit.h"
#include "base/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 7

/* Worst first: groups with images by accuracy, then those without; equals keep their order. */
typedef struct ranked {
    const eh_group_result *group;
    size_t index;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *left = a, *right = b;
    bool left_empty = left->group->counts.n == 0, right_empty = right->group->counts.n == 0;
    if (left_empty != right_empty)
        return left_empty ? 1 : -1;
    if (!left_empty && left->group->accuracy.value != right->group->accuracy.value)
        return left->group->accuracy.value < right->group->accuracy.value ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

static void proportion_cell(eh_text_table *t, const eh_estimate *e)
{
    char percent[24];
    eh_percent(percent, e->value, 1);
    if (e->n == 0)
        eh_text_table_cell(t, "-");
    else
        eh_text_table_cell(t, "%s (%llu/%llu)", percent, (unsigned long long)e->count,
                           (unsigned long long)e->n);
}

static void result_row(eh_text_table *t, const eh_audit *audit, const eh_group_result *r, int64_t cls,
                       const char *note)
{
    char percent[24], range[56];
    eh_percent(percent, r->accuracy.value, 2);
    eh_percent_range(range, r->accuracy.low, r->accuracy.high, 1);
    eh_text_table_cell(t, "%s:", r->name);
    eh_text_table_cell(t, "%s", percent);
    eh_text_table_cell(t, "(%llu/%llu)", (unsigned long long)r->counts.correct,
                       (unsigned long long)r->counts.n);
    eh_text_table_cell(t, "%s", range);
    if (cls >= 0 && (size_t)cls < audit->classes) {
        proportion_cell(t, &r->precision[cls]);
        proportion_cell(t, &r->recall[cls]);
    } else {
        eh_text_table_cell(t, "%s", "");
        eh_text_table_cell(t, "%s", "");
    }
    eh_text_table_cell(t, "%s", note);
}

static void summary_row(eh_text_table *t, const char *name, const eh_difference *d, const char *unit,
                        const char *note)
{
    eh_text_table_cell(t, "%s", name);
    if (!isfinite(d->value)) {
        for (int i = 1; i < COLUMNS - 1; i++)
            eh_text_table_cell(t, "%s", i == 1 ? "-" : "");
    } else {
        eh_text_table_cell(t, "%.2f%s", 100 * d->value, unit);
        eh_text_table_cell(t, "%s", "");
        eh_text_table_cell(t, "%.1f\u2013%.1f%s", 100 * d->low, 100 * d->high, unit);
        eh_text_table_cell(t, "%s", "");
        eh_text_table_cell(t, "%s", "");
    }
    eh_text_table_cell(t, "%s", note);
}

static const char *group_note(const eh_audit *audit, const eh_group_result *group)
{
    if (group->verdict == EH_VERDICT_NONE)
        return "no image: nothing can be said";
    bool worst = audit->worst >= 0 && group == &audit->group[audit->worst] && audit->group_mean_groups > 1;
    if (group->verdict == EH_VERDICT_FEW)
        return worst ? "worst group; few images: read the interval" : "few images: read the interval";
    return worst ? "worst group" : "";
}

static void fill(eh_text_table *t, const eh_audit *audit, const ranked *order, int64_t cls)
{
    for (size_t i = 0; i < audit->groups; i++)
        result_row(t, audit, order[i].group, cls, group_note(audit, order[i].group));
    eh_text_table_rule(t);
    result_row(t, audit, &audit->overall, cls, "large groups weigh more");
    char mean_name[64];
    snprintf(mean_name, sizeof mean_name, "mean of %zu group%s:", audit->group_mean_groups,
             audit->group_mean_groups == 1 ? "" : "s");
    summary_row(t, mean_name, &audit->group_mean, "%", "balanced over groups: each weighs the same");
    summary_row(t, "largest gap:", &audit->gap, "", "points, best minus worst group");
}

/* What was left out of all the numbers above. */
static void append_left_out(eh_str *out, const eh_audit *audit)
{
    if (audit->missing_truth > 0)
        eh_str_appendf(out, "%llu %s left out: no label.\n", (unsigned long long)audit->missing_truth,
                       audit->missing_truth == 1 ? "row was" : "rows were");
    if (audit->missing_prediction > 0)
        eh_str_appendf(out, "%llu %s left out: no prediction.\n",
                       (unsigned long long)audit->missing_prediction,
                       audit->missing_prediction == 1 ? "row was" : "rows were");
}

eh_status eh_audit_table(eh_str *out, const eh_audit *audit, eh_audit_sort sort, int64_t cls, eh_error *err)
{
    bool of_class = cls >= 0 && (size_t)cls < audit->classes;
    eh_str interval = { 0 }, precision = { 0 }, recall = { 0 };
    eh_str_appendf(&interval, ">%g%% interval", 100 * audit->level);
    if (of_class) {
        eh_str_appendf(&precision, ">precision of %s", audit->class_name[cls]);
        eh_str_appendf(&recall, ">recall of %s", audit->class_name[cls]);
    }
    const char *title[COLUMNS] = {
        "group",
        ">accuracy",
        ">(correct/n)",
        eh_str_text(&interval),
        eh_str_text(&precision),
        eh_str_text(&recall),
        "",
    };
    eh_text_table *t = eh_text_table_new(title, COLUMNS);
    ranked *order = eh_alloc(audit->groups, sizeof *order);
    eh_status status = EH_OK;
    if (!t || !order || interval.failed || precision.failed || recall.failed) {
        status = eh_fail_memory(err, "the table of groups", audit->groups, sizeof *order);
        goto done;
    }
    for (size_t g = 0; g < audit->groups; g++)
        order[g] = (ranked){ &audit->group[g], g };
    if (sort == EH_AUDIT_SORT_WORST)
        qsort(order, audit->groups, sizeof *order, compare_ranked);
    fill(t, audit, order, cls);
    eh_text_table_render(t, out);
    append_left_out(out, audit);
    status = eh_str_check(out, err);
done:
    eh_text_table_free(t);
    eh_free(order);
    eh_str_clear(&interval);
    eh_str_clear(&precision);
    eh_str_clear(&recall);
    return status;
}
