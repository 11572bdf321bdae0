/* report_arrange.c - which results belong together: the baseline, runs that differ by their seed alone, the best of the others.
 *
 * The rules are those of the page (docs/report_template.md, "What the page decides"), so that both say the same.
 */
#include "report/compare.h"
#include "report/report.h"

#include <math.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Equal, where both absent is equal too. */
static bool equal(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
    return (!x && !y) || json_equal(x, y);
}

static bool same_question(const json_t *a, const json_t *b)
{
    const json_t *heads_a = json_object_get(json_object_get(a, "task"), "heads");
    const json_t *heads_b = json_object_get(json_object_get(b, "task"), "heads");
    const json_t *groups_a = json_object_get(a, "groups"), *groups_b = json_object_get(b, "groups");
    const json_t *data_a = json_object_get(a, "data"), *data_b = json_object_get(b, "data");
    bool same = strcmp(text_of(data_a, "name"), text_of(data_b, "name")) == 0 &&
                equal(data_a, data_b, "where") && equal(a, b, "measured_where") &&
                json_array_size(heads_a) == json_array_size(heads_b) &&
                json_array_size(groups_a) == json_array_size(groups_b);
    for (size_t i = 0; same && i < json_array_size(heads_a); i++) {
        const json_t *x = json_array_get(heads_a, i), *y = json_array_get(heads_b, i);
        same = equal(x, y, "name") && equal(x, y, "target") && equal(x, y, "classes");
    }
    for (size_t i = 0; same && i < json_array_size(groups_a); i++) {
        const json_t *x = json_array_get(groups_a, i), *y = json_array_get(groups_b, i);
        same = equal(x, y, "name") && equal(x, y, "values");
    }
    return same;
}

/* Two runs of the same configuration: everything equal but the seed. */
static bool same_configuration(const json_t *a, const json_t *b)
{
    const json_t *method = json_object_get(a, "method");
    if (!json_is_object(method) || strcmp(text_of(a, "kind"), "run") != 0 ||
        strcmp(text_of(b, "kind"), "run") != 0)
        return false;
    const json_t *method_b = json_object_get(b, "method");
    const json_t *model_a = json_object_get(a, "model"), *model_b = json_object_get(b, "model");
    const json_t *train_a = json_object_get(a, "training"), *train_b = json_object_get(b, "training");
    bool same = equal(method, method_b, "name") && equal(method, method_b, "options") &&
                equal(model_a, model_b, "name") && equal(model_a, model_b, "options") &&
                equal(json_object_get(a, "selection"), json_object_get(b, "selection"), "metric") &&
                equal(json_object_get(a, "hashes"), json_object_get(b, "hashes"), "catalog");
    static const char *const key[] = { "epochs_planned", "batch_size", "optimizer", "schedule",
                                       "augmentation" };
    for (size_t i = 0; same && i < sizeof key / sizeof *key; i++)
        same = equal(train_a, train_b, key[i]);
    return same;
}

static bool entry_has_seed(const eh_report *report, const eh_report_entry *entry, const json_t *result)
{
    for (size_t i = 0; i < entry->count; i++)
        if (equal(report->result[entry->result[i]], result, "seed"))
            return true;
    return false;
}

/* Puts result `i` into the entry of its configuration, or into a new one. */
static void place(eh_report *report, size_t i)
{
    for (size_t e = 0; e < report->entries; e++) {
        eh_report_entry *entry = &report->entry[e];
        if (same_configuration(report->result[entry->result[0]], report->result[i]) &&
            !entry_has_seed(report, entry, report->result[i])) {
            entry->result[entry->count++] = i;
            return;
        }
    }
    eh_report_entry *fresh = &report->entry[report->entries++];
    fresh->result[fresh->count++] = i;
}

/* The words for each entry: unique, so that a table's rows can be told apart. */
static bool label_entries(eh_report *report)
{
    for (size_t e = 0; e < report->entries; e++) {
        eh_report_entry *entry = &report->entry[e];
        const json_t *first = report->result[entry->result[0]];
        const char *method = text_of(json_object_get(first, "method"), "name");
        entry->label = entry->count > 1 && *method ? method : text_of(first, "name");
    }
    bool complete = true;
    for (size_t e = 0; e < report->entries; e++) {
        const char *label = report->entry[e].label;
        size_t alike = 0;
        for (size_t k = 0; k < report->entries; k++)
            alike += strcmp(report->entry[k].label, label) == 0;
        if (alike == 1)
            continue;
        /* From the last to the first, so that the comparison above still sees the bare words of those before. */
        for (size_t k = report->entries; k-- > e;) {
            if (strcmp(report->entry[k].label, label) != 0)
                continue;
            const char *id = text_of(report->result[report->entry[k].result[0]], "id");
            report->entry[k].label = eh_arena_printf(report->arena, "%s (%s)", label, id);
            complete = complete && report->entry[k].label;
            if (!complete)
                return false;
        }
    }
    return complete;
}

static void choose_best(eh_report *report)
{
    double reached = -1;
    report->best = -1;
    for (size_t e = 1; e < report->entries; e++) {
        eh_spread worst = eh_report_accuracy(report, e, -1);
        if (worst.runs > 0 && worst.value > reached) {
            reached = worst.value;
            report->best = (int64_t)e;
        }
    }
}

/* Heads that are not of classes. */
static bool has_other_heads(const json_t *result)
{
    return json_array_size(json_object_get(result, "numbers")) > 0 ||
           json_array_size(json_object_get(result, "masks")) > 0;
}

/* The split that the verdict is about; EH_ERR_INPUT where this is no result that we understand. */
static eh_status check(const json_t **split, const json_t *result, const char *name, eh_error *err)
{
    if (strcmp(text_of(result, "format"), "evenhand-results") != 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s is not a results.json of evenhand: it lacks \"format\": \"evenhand-results\".",
                       name);
    json_int_t version = json_integer_value(json_object_get(result, "format_version"));
    if (version != 1)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s is of format version %lld, and this evenhand reads version 1; a newer evenhand "
                       "reads it.",
                       name, (long long)version);
    const json_t *head = json_array_get(json_object_get(result, "evaluation"), 0);
    *split = NULL;
    if (strcmp(text_of(result, "kind"), "data") == 0)
        return json_is_object(json_object_get(result, "data"))
                   ? EH_OK
                   : eh_fail(err, EH_ERR_INPUT, "%s is damaged: it says nothing about data.", name);
    *split = json_array_get(json_object_get(head, "splits"), 0);
    size_t groups = json_array_size(json_object_get(result, "groups"));
    if (!*split && has_other_heads(result) && groups > 0)
        return EH_OK;
    if (!*split || groups == 0 || json_array_size(json_object_get(*split, "groups")) != groups)
        return eh_fail(err, EH_ERR_INPUT, "%s is damaged: its evaluation does not hold every group.", name);
    return EH_OK;
}

static eh_status make_title(eh_report *report, const eh_report_opts *opts, eh_error *err)
{
    const json_t *first = report->entries ? report->result[report->entry[0].result[0]] : report->data;
    const json_t *head = json_array_get(json_object_get(json_object_get(first, "task"), "heads"), 0);
    const json_t *other =
        json_array_get(json_object_get(first, json_object_get(first, "numbers") ? "numbers" : "masks"), 0);
    const char *name = text_of(json_object_get(first, "data"), "name");
    if (opts && opts->title)
        report->title = eh_arena_strdup(report->arena, opts->title);
    else if (report->entries)
        report->title = eh_arena_printf(report->arena, "%s: %s", name, text_of(head, "target"));
    else if (other)
        report->title = eh_arena_printf(report->arena, "%s: %s", name, text_of(other, "head"));
    else
        report->title = eh_arena_printf(report->arena, "%s: the data", name);
    return report->title ? EH_OK : eh_fail_memory(err, "the title of a report", 1, 1);
}

/* The document about the data: of the baseline's data set where there is one, else the baseline itself. */
static void choose_data(eh_report *report, size_t baseline)
{
    const json_t *of = baseline < report->results ? report->result[baseline] : NULL;
    for (size_t i = 0; i < report->results && !of; i++)
        of = has_other_heads(report->result[i]) ? report->result[i] : NULL;
    report->measured = of != NULL;
    for (size_t i = 0; i < report->results && !report->data; i++)
        if (strcmp(text_of(report->result[i], "kind"), "data") == 0 &&
            (!of || strcmp(text_of(json_object_get(of, "data"), "name"),
                           text_of(json_object_get(report->result[i], "data"), "name")) == 0))
            report->data = report->result[i];
    report->data = report->data ? report->data : of;
}

eh_status eh_report_arrange(eh_report *out, eh_arena *arena, json_t *const *result, const char *const *name,
                            size_t results, const eh_report_opts *opts, eh_error *err)
{
    *out = (eh_report){ .arena = arena, .result = result, .results = results, .best = -1 };
    if (results == 0)
        return eh_fail(err, EH_ERR_USAGE, "A report needs at least one run or results.json.");
    out->split = eh_arena_alloc(arena, results, sizeof *out->split);
    out->comparable = eh_arena_alloc(arena, results, sizeof *out->comparable);
    out->entry = eh_arena_alloc(arena, results, sizeof *out->entry);
    bool complete = out->split && out->comparable && out->entry;
    for (size_t i = 0; complete && i < results; i++)
        complete = (out->entry[i].result = eh_arena_alloc(arena, results, sizeof(size_t))) != NULL;
    if (!complete)
        return eh_fail_memory(err, "a report", results, sizeof *out->entry);
    size_t baseline = results;
    for (size_t i = 0; i < results; i++) {
        EH_TRY(check(&out->split[i], result[i], name && name[i] ? name[i] : "A result", err));
        if (baseline == results && out->split[i] &&
            strcmp(text_of(json_object_get(result[i], "method"), "name"), "erm") == 0)
            baseline = i;
    }
    for (size_t i = 0; i < results && baseline == results; i++)
        baseline = out->split[i] ? i : results;
    if (baseline < results)
        place(out, baseline);
    for (size_t i = 0; i < results && baseline < results; i++) {
        out->comparable[i] = out->split[i] && same_question(result[baseline], result[i]);
        if (i != baseline && out->comparable[i])
            place(out, i);
    }
    choose_data(out, baseline);
    if (!label_entries(out))
        return eh_fail_memory(err, "the labels of a report", results, 1);
    choose_best(out);
    return make_title(out, opts, err);
}

/* ---------------------------------------------------------------- numbers over an entry's runs */

static eh_estimate accuracy_of(const json_t *split, int64_t group)
{
    if (group == -2)
        return eh_read_estimate(json_object_get(json_object_get(split, "overall"), "accuracy"));
    return eh_read_estimate(
        json_object_get(eh_split_group(split, group == -1 ? eh_split_worst(split) : group), "accuracy"));
}

static void widen(eh_spread *s, double value)
{
    s->low = s->runs == 0 ? value : fmin(s->low, value);
    s->high = s->runs == 0 ? value : fmax(s->high, value);
    s->value += (value - s->value) / (double)(s->runs + 1);
    s->runs++;
}

eh_spread eh_report_accuracy(const eh_report *report, size_t entry, int64_t group)
{
    const eh_report_entry *e = &report->entry[entry];
    eh_spread spread = { 0 };
    for (size_t i = 0; i < e->count; i++) {
        eh_estimate estimate = accuracy_of(report->split[e->result[i]], group);
        if (estimate.n == 0)
            continue;
        if (e->count == 1)
            return (eh_spread){ estimate.value, estimate.low, estimate.high, 1, estimate.count, estimate.n };
        widen(&spread, estimate.value);
    }
    return spread;
}

eh_spread eh_report_change(const eh_report *report, size_t entry, int64_t group, bool *paired)
{
    const eh_report_entry *before = &report->entry[0], *after = &report->entry[entry];
    eh_spread spread = { 0 };
    bool single = before->count == 1 && after->count == 1, by_seed = false;
    *paired = false;
    for (int pass = 0; pass < 2 && !by_seed; pass++) {
        for (size_t i = 0; i < before->count; i++)
            for (size_t k = 0; k < after->count; k++) {
                const json_t *a = report->result[before->result[i]], *b = report->result[after->result[k]];
                const json_t *first = report->split[before->result[i]],
                             *second = report->split[after->result[k]];
                /* First the runs of equal seeds; only where there are none, every pair of runs. */
                if (pass == 0 && !single && !equal(a, b, "seed"))
                    continue;
                eh_comparison c =
                    group == -2 ? eh_compare_overall(first, second) : eh_compare_group(first, second, group);
                by_seed = true;
                if (single) {
                    *paired = c.paired;
                    return (eh_spread){ c.difference.value,
                                        c.difference.low,
                                        c.difference.high,
                                        isfinite(c.difference.value),
                                        0,
                                        0 };
                }
                if (isfinite(c.difference.value))
                    widen(&spread, c.difference.value);
            }
    }
    return spread;
}
