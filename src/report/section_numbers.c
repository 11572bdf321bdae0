/* section_numbers.c - a table per result and head of numbers: every group with its errors, the worst first. */
#include "metric/interval.h"
#include "report/html.h"
#include "report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WITHIN 8

static bool applies(const eh_report *report)
{
    for (size_t i = 0; i < report->results; i++)
        if (json_array_size(json_object_get(report->result[i], "numbers")) > 0)
            return true;
    return false;
}

static double value_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

typedef struct row {
    const json_t *group;
    double mae;
    size_t index;
} row;

/* Largest error first, groups without images last. */
static int compare_rows(const void *a, const void *b)
{
    const row *left = a, *right = b;
    bool left_empty = isnan(left->mae), right_empty = isnan(right->mae);
    if (left_empty != right_empty)
        return left_empty ? 1 : -1;
    if (!left_empty && left->mae != right->mae)
        return left->mae > right->mae ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

static void write_mean(eh_str *html, const json_t *mean, const char *format)
{
    const json_t *interval = json_object_get(mean, "interval");
    if (!json_is_object(mean)) {
        eh_html_number(html, "no data");
        return;
    }
    eh_str_append(html, "<td class=\"number\">");
    eh_html_textf(html, format, value_of(mean, "value"));
    if (json_is_object(interval)) {
        eh_str_append(html, " <span class=\"interval\">");
        eh_html_textf(html, "[%.2f, %.2f]", value_of(interval, "low"), value_of(interval, "high"));
        eh_str_append(html, "</span>");
    }
    eh_str_append(html, "</td>");
}

/* The numbers of a group, or of all images. */
static void write_cells(eh_str *html, const json_t *of, size_t within)
{
    double rmse = value_of(of, "rmse");
    write_mean(html, json_object_get(of, "mae"), "%.2f");
    if (isnan(rmse))
        eh_html_number(html, "no data");
    else
        eh_html_number(html, "%.2f", rmse);
    write_mean(html, json_object_get(of, "bias"), "%+.2f");
    for (size_t k = 0; k < within; k++) {
        const json_t *share = json_object_get(json_array_get(json_object_get(of, "within"), k), "share");
        char percent[24];
        eh_percent(percent, value_of(share, "value"), 1);
        eh_html_number(html, "%s", json_is_object(share) ? percent : "no data");
    }
}

static void write_group(eh_str *html, const json_t *group, size_t within)
{
    const char *verdict = json_string_value(json_object_get(group, "verdict"));
    bool ok = verdict && strcmp(verdict, "ok") == 0, few = verdict && strcmp(verdict, "few") == 0;
    eh_html_row_begin(html, !ok);
    eh_html_row_name(html, json_string_value(json_object_get(group, "name")));
    eh_html_number(html, "%lld", (long long)json_integer_value(json_object_get(group, "n")));
    write_cells(html, group, within);
    eh_html_cell(html, "%s", ok ? "yes" : few ? "few images" : "no images");
    eh_html_row_end(html);
}

static void write_split(eh_str *html, const char *result, const char *head, const json_t *split)
{
    const json_t *groups = json_object_get(split, "groups"), *overall = json_object_get(split, "overall");
    const json_t *within = json_object_get(overall, "within");
    size_t count = json_array_size(groups), limits = json_array_size(within);
    limits = limits < MOST_WITHIN ? limits : MOST_WITHIN;
    row *rows = eh_alloc(count + 1, sizeof *rows);
    eh_arena *arena = eh_arena_new();
    const char *title[6 + MOST_WITHIN] = { "Group", ">Images", ">Mean absolute error", ">RMSE",
                                           ">Mean error" };
    bool complete = rows && arena;
    for (size_t k = 0; k < limits && complete; k++)
        complete = (title[5 + k] = eh_arena_printf(arena, ">Within %g",
                                                   value_of(json_array_get(within, k), "limit"))) != NULL;
    title[5 + limits] = "Enough data?";
    char *caption =
        complete ? eh_arena_printf(arena, "%s: errors of %s in every group on \u201c%s\u201d, worst first",
                                   result, head, json_string_value(json_object_get(split, "split")))
                 : NULL;
    for (size_t g = 0; g < count && caption; g++) {
        const json_t *group = json_array_get(groups, g);
        rows[g] = (row){ group, value_of(json_object_get(group, "mae"), "value"), g };
    }
    if (caption) {
        qsort(rows, count, sizeof *rows, compare_rows);
        eh_html_table_begin(html, caption, caption, title, 6 + limits);
        for (size_t g = 0; g < count; g++)
            write_group(html, rows[g].group, limits);
        eh_html_row_begin(html, false);
        eh_html_row_name(html, "all images");
        eh_html_number(html, "%lld", (long long)json_integer_value(json_object_get(split, "n")));
        write_cells(html, overall, limits);
        eh_html_cell(html, "%s", "");
        eh_html_row_end(html);
        eh_html_table_end(html);
    }
    html->failed = html->failed || !caption;
    eh_free(rows);
    eh_arena_free(arena);
}

static void write(eh_str *html, const eh_report *report)
{
    for (size_t i = 0; i < report->results; i++) {
        const json_t *heads = json_object_get(report->result[i], "numbers");
        const char *name = json_string_value(json_object_get(report->result[i], "name"));
        for (size_t k = 0; k < json_array_size(heads); k++) {
            const json_t *head = json_array_get(heads, k);
            const char *column = json_string_value(json_object_get(head, "head"));
            write_split(html, name ? name : "a result", column ? column : "?",
                        json_array_get(json_object_get(head, "splits"), 0));
        }
    }
}

const eh_section eh_section_numbers = {
    .entry = { .name = "numbers", .summary = "every group's errors of predicted numbers" },
    .title = "Numbers",
    .applies = applies,
    .write = write,
};
