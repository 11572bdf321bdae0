/* number_audit_table.c - an audit of numbers as a table for people; see number_audit.h. */
#include "metric/number_audit.h"
#include "base/table.h"

#include <math.h>
#include <stdlib.h>

/* Largest error first, groups without images last; equals keep their order. */
static int compare(const void *a, const void *b)
{
    const eh_number_result *const *left = a, *const *right = b;
    const eh_number_result *x = *left, *y = *right;
    if ((x->n == 0) != (y->n == 0))
        return x->n == 0 ? 1 : -1;
    if (x->n && x->mae.value != y->mae.value)
        return x->mae.value > y->mae.value ? -1 : 1;
    return x < y ? -1 : 1;
}

static void number_cell(eh_text_table *t, const char *format, double value)
{
    char text[48];
    snprintf(text, sizeof text, format, value);
    eh_text_table_cell(t, "%s", isfinite(value) ? text : "-");
}

static void range_cell(eh_text_table *t, double low, double high)
{
    if (isfinite(low) && isfinite(high))
        eh_text_table_cell(t, "%.2f\u2013%.2f", low, high);
    else
        eh_text_table_cell(t, "-");
}

static void result_row(eh_text_table *t, const eh_number_audit *audit, const eh_number_result *r,
                       const char *note)
{
    eh_text_table_cell(t, "%s:", r->name);
    eh_text_table_cell(t, "%llu", (unsigned long long)r->n);
    number_cell(t, "%.2f", r->mae.value);
    range_cell(t, r->mae.low, r->mae.high);
    number_cell(t, "%.2f", r->rmse);
    number_cell(t, "%+.2f", r->bias.value);
    for (size_t k = 0; k < audit->withins; k++) {
        char percent[24];
        eh_percent(percent, r->within[k].value, 1);
        eh_text_table_cell(t, "%s", percent);
    }
    eh_text_table_cell(t, "%s", note);
}

static void summary_row(eh_text_table *t, const eh_number_audit *audit, const char *name,
                        const eh_difference *d, const char *note)
{
    eh_text_table_cell(t, "%s", name);
    eh_text_table_cell(t, "%s", "");
    number_cell(t, "%.2f", d->value);
    range_cell(t, d->low, d->high);
    for (size_t k = 0; k < 2 + audit->withins; k++)
        eh_text_table_cell(t, "%s", "");
    eh_text_table_cell(t, "%s", note);
}

static const char *group_note(const eh_number_audit *audit, const eh_number_result *r)
{
    bool worst = audit->worst >= 0 && r == &audit->group[audit->worst] && audit->group_mean_groups > 1;
    if (r->verdict == EH_VERDICT_NONE)
        return "no image: nothing can be said";
    if (r->verdict == EH_VERDICT_FEW)
        return worst ? "worst group; few images: read the interval" : "few images: read the interval";
    return worst ? "worst group" : "";
}

/* Titles of all columns, in the arena; NULL when out of memory. */
static const char **titles_of(const eh_number_audit *audit, eh_arena *arena, size_t columns)
{
    const char **title = eh_arena_alloc(arena, columns, sizeof *title);
    if (!title)
        return NULL;
    title[0] = "group";
    title[1] = ">n";
    title[2] = ">MAE";
    title[3] = eh_arena_printf(arena, ">%g%% interval", 100 * audit->level);
    title[4] = ">RMSE";
    title[5] = ">bias";
    title[columns - 1] = "";
    for (size_t k = 0; k < audit->withins; k++)
        title[6 + k] = eh_arena_printf(arena, ">within %g", audit->within[k]);
    for (size_t i = 0; i < columns; i++)
        if (!title[i])
            return NULL;
    return title;
}

static void fill(eh_text_table *t, const eh_number_audit *audit, const eh_number_result *const *order)
{
    for (size_t g = 0; g < audit->groups; g++)
        result_row(t, audit, order[g], group_note(audit, order[g]));
    eh_text_table_rule(t);
    result_row(t, audit, &audit->overall, "large groups weigh more");
    char name[64];
    snprintf(name, sizeof name, "mean of %zu group%s:", audit->group_mean_groups,
             audit->group_mean_groups == 1 ? "" : "s");
    summary_row(t, audit, name, &audit->group_mean, "balanced over groups: each weighs the same");
    summary_row(t, audit, "largest gap:", &audit->gap, "worst minus best group");
}

/* What was left out of all the numbers above. */
static void append_left_out(eh_str *out, const eh_number_audit *audit)
{
    if (audit->missing_truth > 0)
        eh_str_appendf(out, "%llu %s left out: no label.\n", (unsigned long long)audit->missing_truth,
                       audit->missing_truth == 1 ? "row was" : "rows were");
    if (audit->missing_prediction > 0)
        eh_str_appendf(out, "%llu %s left out: no prediction.\n",
                       (unsigned long long)audit->missing_prediction,
                       audit->missing_prediction == 1 ? "row was" : "rows were");
}

eh_status eh_number_audit_table(eh_str *out, const eh_number_audit *audit, eh_audit_sort sort, eh_error *err)
{
    size_t columns = 7 + audit->withins;
    eh_arena *arena = eh_arena_new();
    const char **title = arena ? titles_of(audit, arena, columns) : NULL;
    const eh_number_result **order = arena ? eh_arena_alloc(arena, audit->groups + 1, sizeof *order) : NULL;
    eh_text_table *t = title ? eh_text_table_new(title, columns) : NULL;
    eh_status status = EH_OK;
    if (!t || !order) {
        status = eh_fail_memory(err, "the table of groups", audit->groups, sizeof *order);
        goto done;
    }
    for (size_t g = 0; g < audit->groups; g++)
        order[g] = &audit->group[g];
    if (sort == EH_AUDIT_SORT_WORST)
        qsort(order, audit->groups, sizeof *order, compare);
    fill(t, audit, order);
    eh_text_table_render(t, out);
    append_left_out(out, audit);
    status = eh_str_check(out, err);
done:
    eh_text_table_free(t);
    eh_arena_free(arena);
    return status;
}
