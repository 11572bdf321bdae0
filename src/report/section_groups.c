/* section_groups.c - a table per result: every group with its accuracy and interval, worst first. */
#include "report/compare.h"
#include "report/html.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

static bool applies(const eh_report *report)
{
    return report->entries > 0;
}

typedef struct row {
    const json_t *group;
    eh_estimate accuracy;
    size_t index;
} row;

/* Lowest accuracy first, groups without images last. */
static int compare_rows(const void *a, const void *b)
{
    const row *left = a, *right = b;
    bool left_empty = left->accuracy.n == 0, right_empty = right->accuracy.n == 0;
    if (left_empty != right_empty)
        return left_empty ? 1 : -1;
    if (!left_empty && left->accuracy.value != right->accuracy.value)
        return left->accuracy.value < right->accuracy.value ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

static void write_estimate(eh_str *html, const eh_estimate *e)
{
    char percent[24], range[56];
    eh_percent(percent, e->value, 1);
    eh_percent_range(range, e->low, e->high, 1);
    eh_str_append(html, "<td class=\"number\">");
    eh_html_text(html, e->n ? percent : "no data");
    if (e->n) {
        eh_str_append(html, " <span class=\"interval\">");
        eh_html_textf(html, "[%s]", range);
        eh_str_append(html, "</span>");
    }
    eh_str_append(html, "</td>");
}

/* Precision and recall of a class of the group; what is not there has n = 0. */
static const json_t *class_of(const json_t *group, const char *name)
{
    const json_t *classes = json_object_get(group, "classes");
    for (size_t i = 0; name && i < json_array_size(classes); i++) {
        const json_t *item = json_array_get(classes, i);
        const char *is = json_string_value(json_object_get(item, "class"));
        if (is && strcmp(is, name) == 0)
            return item;
    }
    return NULL;
}

static void write_row(eh_str *html, const row *r, const char *positive)
{
    const char *verdict = json_string_value(json_object_get(r->group, "verdict"));
    bool ok = verdict && strcmp(verdict, "ok") == 0, few = verdict && strcmp(verdict, "few") == 0;
    eh_html_row_begin(html, !ok);
    eh_html_row_name(html, json_string_value(json_object_get(r->group, "name")));
    eh_html_number(html, "%llu/%llu", (unsigned long long)r->accuracy.count,
                   (unsigned long long)r->accuracy.n);
    write_estimate(html, &r->accuracy);
    if (positive) {
        const json_t *cls = class_of(r->group, positive);
        eh_estimate precision = eh_read_estimate(json_object_get(cls, "precision"));
        eh_estimate recall = eh_read_estimate(json_object_get(cls, "recall"));
        write_estimate(html, &precision);
        write_estimate(html, &recall);
    }
    eh_html_cell(html, "%s", ok ? "yes" : few ? "few images" : "no images");
    eh_html_row_end(html);
}

static void write_table(eh_str *html, const eh_report *report, size_t i)
{
    const json_t *split = report->split[i], *groups = json_object_get(split, "groups");
    const json_t *head =
        json_array_get(json_object_get(json_object_get(report->result[i], "task"), "heads"), 0);
    const char *positive = json_string_value(json_object_get(head, "positive_class"));
    const char *name = json_string_value(json_object_get(report->result[i], "name"));
    const char *split_name = json_string_value(json_object_get(split, "split"));
    size_t count = json_array_size(groups);
    row *rows = eh_alloc(count ? count : 1, sizeof *rows);
    eh_str label = { 0 }, caption = { 0 }, precision = { 0 }, recall = { 0 };
    html->failed = html->failed || !rows;
    for (size_t g = 0; rows && g < count; g++)
        rows[g] = (row){ json_array_get(groups, g),
                         eh_read_estimate(json_object_get(json_array_get(groups, g), "accuracy")), g };
    if (rows)
        qsort(rows, count, sizeof *rows, compare_rows);
    eh_str_appendf(&label, "Groups of %s", name ? name : "a result");
    eh_str_appendf(&caption, "%s: every group on \u201c%s\u201d, worst first, with %g%% intervals",
                   name ? name : "a result", split_name ? split_name : "?", 100 * eh_split_level(split));
    eh_str_appendf(&precision, ">Precision of %s", positive ? positive : "");
    eh_str_appendf(&recall, ">Recall of %s", positive ? positive : "");
    const char *with_class[] = {
        "Group", ">Correct", ">Accuracy", eh_str_text(&precision), eh_str_text(&recall), "Enough data?"
    };
    const char *without[] = { "Group", ">Correct", ">Accuracy", "Enough data?" };
    eh_html_table_begin(html, eh_str_text(&label), eh_str_text(&caption), positive ? with_class : without,
                        positive ? 6 : 4);
    for (size_t g = 0; rows && g < count; g++)
        write_row(html, &rows[g], positive);
    eh_html_table_end(html);
    html->failed = html->failed || label.failed || caption.failed || precision.failed || recall.failed;
    eh_str_clear(&label);
    eh_str_clear(&caption);
    eh_str_clear(&precision);
    eh_str_clear(&recall);
    eh_free(rows);
}

static void write(eh_str *html, const eh_report *report)
{
    for (size_t i = 0; i < report->results; i++)
        if (report->split[i])
            write_table(html, report, i);
}

const eh_section eh_section_groups = {
    .entry = { .name = "groups", .summary = "every group of every result, with intervals" },
    .title = "Groups",
    .applies = applies,
    .write = write,
};
