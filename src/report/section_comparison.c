/* section_comparison.c - baseline against methods: worst group, all images, mean of the groups, gap, and the change. */
#include "report/compare.h"
#include "report/html.h"
#include "report/report.h"

#include <math.h>
#include <string.h>

static bool applies(const eh_report *report)
{
    return report->entries > 1;
}

static void write_spread(eh_str *html, const eh_spread *s)
{
    char percent[24], range[56];
    if (s->runs == 0) {
        eh_html_number(html, "no data");
        return;
    }
    eh_percent(percent, s->value, 1);
    eh_percent_range(range, s->low, s->high, 1);
    eh_str_append(html, "<td class=\"number\">");
    eh_html_text(html, percent);
    eh_str_append(html, " <span class=\"interval\">");
    eh_html_textf(html, s->n ? "[%s]" : "seeds %s", range);
    eh_str_append(html, "</span></td>");
}

static void write_change(eh_str *html, const eh_report *report, size_t entry, int64_t group)
{
    bool paired;
    if (entry == 0) {
        eh_html_number(html, "\u2013");
        return;
    }
    eh_spread change = eh_report_change(report, entry, group, &paired);
    if (change.runs == 0) {
        eh_html_number(html, "no data");
        return;
    }
    eh_str_append(html, "<td class=\"number\">");
    eh_html_textf(html, "%+.1f", 100 * change.value);
    eh_str_append(html, " <span class=\"interval\">");
    eh_html_textf(html, "[%+.1f, %+.1f]", 100 * change.low, 100 * change.high);
    eh_str_append(html, "</span></td>");
}

/* Mean over the entry's runs of a number in a split's object: group_mean or largest_gap. */
static void write_mean(eh_str *html, const eh_report *report, const eh_report_entry *entry,
                       const char *object, const char *unit)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < entry->count; i++) {
        const json_t *value =
            json_object_get(json_object_get(report->split[entry->result[i]], object), "value");
        sum += json_number_value(value);
        known += json_is_number(value);
    }
    if (known == 0)
        eh_html_number(html, "no data");
    else
        eh_html_number(html, "%.1f%s", 100 * sum / (double)known, unit);
}

static const char *worst_name(const eh_report *report, const eh_report_entry *entry)
{
    const char *name = NULL;
    for (size_t i = 0; i < entry->count; i++) {
        const json_t *worst = json_object_get(report->split[entry->result[i]], "worst_group");
        const char *is = json_string_value(json_object_get(worst, "name"));
        if (name && is && strcmp(name, is) != 0)
            return "another with each seed";
        name = is ? is : name;
    }
    return name ? name : "none";
}

static void write(eh_str *html, const eh_report *report)
{
    int64_t worst = eh_split_worst(report->split[report->entry[0].result[0]]);
    const json_t *group = eh_split_group(report->split[report->entry[0].result[0]], worst);
    const char *name = json_string_value(json_object_get(group, "name"));
    eh_str change = { 0 };
    eh_str_appendf(&change, ">Change for %s, points", name ? name : "the worst group");
    const char *title[] = {
        "Method",          "Worst group",  ">Its accuracy",      ">All images",
        ">Mean of groups", ">Largest gap", eh_str_text(&change), ">Change over all, points"
    };
    eh_html_table_begin(html, "Baseline and methods",
                        "The first row is the baseline. Large groups weigh more in the "
                        "accuracy over all images; in the mean every group weighs "
                        "the same",
                        title, 8);
    for (size_t e = 0; e < report->entries; e++) {
        const eh_report_entry *entry = &report->entry[e];
        eh_spread lowest = eh_report_accuracy(report, e, -1), all = eh_report_accuracy(report, e, -2);
        eh_html_row_begin(html, false);
        eh_html_row_name(html, entry->label);
        eh_html_cell(html, "%s", worst_name(report, entry));
        write_spread(html, &lowest);
        write_spread(html, &all);
        write_mean(html, report, entry, "group_mean", "%");
        write_mean(html, report, entry, "largest_gap", "");
        write_change(html, report, e, worst);
        write_change(html, report, e, -2);
        eh_html_row_end(html);
    }
    eh_html_table_end(html);
    html->failed = html->failed || change.failed;
    eh_str_clear(&change);
    size_t others = 0;
    for (size_t i = 0; i < report->results; i++)
        others += !report->comparable[i];
    if (others > 0)
        eh_str_appendf(html,
                       "<p class=\"note\">%zu %s not compared: %s another question (data, groups or classes "
                       "differ).</p>\n",
                       others, others == 1 ? "result is" : "results are",
                       others == 1 ? "it answers" : "they answer");
}

const eh_section eh_section_comparison = {
    .entry = { .name = "comparison", .summary = "the baseline against the methods" },
    .title = "Baseline and methods",
    .applies = applies,
    .write = write,
};
