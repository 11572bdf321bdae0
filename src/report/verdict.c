/* verdict.c - what was found, in sentences for people who have never heard of a confidence interval, with the numbers behind them. */
#include "report/compare.h"
#include "report/report.h"

#include <math.h>
#include <string.h>

/* The group's name in quotation marks, on one line: a line break in a name must not look like the end of a sentence. */
static void append_group(eh_str *out, const eh_report *report, size_t result, int64_t group)
{
    const char *name =
        json_string_value(json_object_get(eh_split_group(report->split[result], group), "name"));
    eh_str_append(out, "\u201c");
    for (const char *at = name ? name : "?"; *at; at++)
        eh_str_append_bytes(out, (unsigned char)*at < 0x20 ? " " : at, 1);
    eh_str_append(out, "\u201d");
}

static const char *method_of(const json_t *result)
{
    return json_string_value(json_object_get(json_object_get(result, "method"), "name"));
}

/* "31.0%"; with seeds their mean. */
static void append_value(eh_str *out, const eh_spread *s)
{
    char percent[24];
    eh_percent(percent, s->value, 1);
    eh_str_append(out, percent);
}

/* "(93 of 300, 95% interval 26.0-36.5%)" or "(mean of 3 seeds, 28.3-35.0%)" */
static void append_basis(eh_str *out, const eh_spread *s, double level)
{
    char range[56];
    eh_percent_range(range, s->low, s->high, 1);
    if (s->n > 0)
        eh_str_appendf(out, " (%llu of %llu, %g%% interval %s)", (unsigned long long)s->count,
                       (unsigned long long)s->n, 100 * level, range);
    else
        eh_str_appendf(out, " (mean of %zu seeds, %s)", s->runs, range);
}

/* "The model trained plainly", "The model trained with gdro", "The model of predictions.csv" */
static void append_subject(eh_str *out, const eh_report *report)
{
    const json_t *result = report->result[report->entry[0].result[0]];
    const char *method = method_of(result);
    if (!method)
        eh_str_appendf(out, "The model of %s", report->entry[0].label);
    else if (strcmp(method, "erm") == 0)
        eh_str_append(out, "The model trained plainly");
    else
        eh_str_appendf(out, "The model trained with %s", method);
}

/* Groups that have images, in the split of a result. */
static size_t groups_with_images(const json_t *split)
{
    size_t count = 0;
    for (size_t g = 0; g < json_array_size(json_object_get(split, "groups")); g++)
        count += eh_read_estimate(json_object_get(eh_split_group(split, (int64_t)g), "accuracy")).n > 0;
    return count;
}

/* The largest gap is more than chance: its interval does not reach 0. With seeds there is no interval: the numbers speak. */
static bool gap_is_clear(const eh_report *report)
{
    const eh_report_entry *baseline = &report->entry[0];
    const json_t *gap = json_object_get(report->split[baseline->result[0]], "largest_gap");
    const json_t *low = json_object_get(json_object_get(gap, "interval"), "low");
    return baseline->count > 1 || (json_is_number(low) && json_number_value(low) > 0);
}

static void write_baseline(eh_str *out, const eh_report *report, int64_t worst, double level)
{
    size_t first = report->entry[0].result[0];
    const json_t *split = report->split[first];
    eh_spread all = eh_report_accuracy(report, 0, -2), lowest = eh_report_accuracy(report, 0, worst);
    append_subject(out, report);
    if (all.runs == 0 || worst < 0) {
        eh_str_append(out, " cannot be judged: no picture has both a label and a prediction.\n");
        return;
    }
    eh_str_append(out, " is right on ");
    append_value(out, &all);
    eh_str_append(out, " of all pictures");
    if (groups_with_images(split) < 2) {
        append_basis(out, &all, level);
        eh_str_append(out, ". Only one group has pictures, so no group can be compared with another.\n");
        return;
    }
    const json_t *gap = json_object_get(split, "largest_gap");
    json_int_t best = json_integer_value(json_object_get(json_object_get(gap, "best"), "group"));
    eh_spread highest = eh_report_accuracy(report, 0, best);
    bool clear = gap_is_clear(report);
    eh_str_append(out, clear ? ", but on only " : ". No group clearly fares worse: the lowest is ");
    append_value(out, &lowest);
    eh_str_append(out, " of ");
    append_group(out, report, first, worst);
    append_basis(out, &lowest, level);
    eh_str_append(out, clear ? "; on " : ", the highest ");
    if (clear) {
        append_group(out, report, first, best);
        eh_str_append(out, ", its best group, it is right on ");
    }
    append_value(out, &highest);
    if (!clear) {
        eh_str_append(out, " of ");
        append_group(out, report, first, best);
    }
    append_basis(out, &highest, level);
    eh_str_append(out, ".\n");
}

/* "49.3 points more (95% interval 42.9 to 55.0, on the same pictures)" */
static void append_change(eh_str *out, const eh_spread *change, bool paired, double level)
{
    bool unclear = change->low <= 0 && change->high >= 0;
    if (unclear)
        eh_str_appendf(out, "a difference of %+.1f points that may be chance", 100 * change->value);
    else
        eh_str_appendf(out, "%.1f points %s", fabs(100 * change->value), change->value > 0 ? "more" : "less");
    if (change->runs > 1)
        eh_str_appendf(out, " (mean over the seeds, %+.1f to %+.1f)", 100 * change->low, 100 * change->high);
    else
        eh_str_appendf(out, " (%g%% interval %+.1f to %+.1f%s)", 100 * level, 100 * change->low,
                       100 * change->high, paired ? ", the same pictures compared one by one" : "");
}

static void write_best(eh_str *out, const eh_report *report, int64_t worst, double level)
{
    size_t entry = (size_t)report->best, first = report->entry[entry].result[0];
    bool paired;
    eh_spread after = eh_report_accuracy(report, entry, worst);
    eh_spread change = eh_report_change(report, entry, worst, &paired);
    const char *method = method_of(report->result[first]);
    if (after.runs == 0 || change.runs == 0)
        return;
    if (method)
        eh_str_appendf(out, "Trained with %s it is right on ", report->entry[entry].label);
    else
        eh_str_appendf(out, "The model of %s is right on ", report->entry[entry].label);
    append_value(out, &after);
    eh_str_append(out, " of ");
    append_group(out, report, first, worst);
    append_basis(out, &after, level);
    eh_str_append(out, ": ");
    append_change(out, &change, paired, level);
    eh_str_append(out, ".");
    int64_t now = eh_split_worst(report->split[first]);
    if (report->entry[entry].count == 1 && now >= 0 && now != worst) {
        eh_spread lowest = eh_report_accuracy(report, entry, now);
        eh_str_append(out, " Its worst group is now ");
        append_group(out, report, first, now);
        eh_str_append(out, " with ");
        append_value(out, &lowest);
        append_basis(out, &lowest, level);
        eh_str_append(out, ".");
    }
    eh_spread all = eh_report_accuracy(report, entry, -2);
    change = eh_report_change(report, entry, -2, &paired);
    if (all.runs > 0 && change.runs > 0) {
        eh_str_append(out, " Over all pictures it is right on ");
        append_value(out, &all);
        eh_str_append(out, ", ");
        append_change(out, &change, paired, level);
        eh_str_append(out, ".");
    }
    eh_str_append(out, "\n");
    if (report->entries > 2)
        eh_str_appendf(out,
                       "It is the best of %zu by its worst group, picked on these very pictures, so its "
                       "result is "
                       "slightly flattered.\n",
                       report->entries - 1);
}

/* Names the groups with that verdict. */
static void write_unjudged(eh_str *out, const eh_report *report, const char *verdict, const char *before)
{
    size_t first = report->entry[0].result[0], listed = 0;
    const json_t *groups = json_object_get(report->split[first], "groups");
    for (size_t g = 0; g < json_array_size(groups); g++) {
        const json_t *group = json_array_get(groups, g);
        const char *is = json_string_value(json_object_get(group, "verdict"));
        if (!is || strcmp(is, verdict) != 0)
            continue;
        eh_str_append(out, listed == 0 ? before : ", ");
        append_group(out, report, first, (int64_t)g);
        if (strcmp(verdict, "few") == 0)
            eh_str_appendf(out, " (%lld)", (long long)json_integer_value(json_object_get(group, "n")));
        listed++;
    }
    if (listed > 0)
        eh_str_append(out, ".\n");
}

static void write_classes(eh_str *paragraphs, const eh_report *report)
{
    const json_t *split = report->split[report->entry[0].result[0]];
    int64_t worst = eh_split_worst(split);
    double level = eh_split_level(split);
    write_baseline(paragraphs, report, worst, level);
    if (report->best >= 0 && worst >= 0)
        write_best(paragraphs, report, worst, level);
    write_unjudged(paragraphs, report, "none", "Nothing can be said about groups without pictures: ");
    write_unjudged(paragraphs, report, "few",
                   "These groups have few pictures, so read the interval, not the number: ");
}

eh_status eh_report_verdict(eh_str *paragraphs, const eh_report *report, eh_error *err)
{
    if (report->entries > 0)
        write_classes(paragraphs, report);
    eh_report_number_verdict(paragraphs, report);
    for (size_t i = 0; i < report->results; i++) {
        const json_t *rules = json_object_get(report->result[i], "rules");
        for (size_t k = 0; k < json_array_size(rules); k++) {
            const json_t *rule = json_array_get(rules, k);
            const char *text = json_string_value(json_object_get(rule, "rule"));
            const char *outcome = json_string_value(json_object_get(rule, "outcome"));
            const char *sentence = json_string_value(json_object_get(rule, "sentence"));
            if (text && outcome && sentence)
                eh_str_appendf(paragraphs, "Rule %s: %s. %s\n", text, outcome, sentence);
        }
    }
    return eh_str_check(paragraphs, err);
}
