/* section_data.c - how many images of each group, label and split there are, and what could not be used. */
#include "report/html.h"
#include "report/report.h"

#include <string.h>

static bool applies(const eh_report *report)
{
    return report->results > 0;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "?";
}

/* Images of a group, label (NULL: missing) and split. */
static json_int_t cell(const json_t *cells, json_int_t group, const char *label, const char *split)
{
    json_int_t sum = 0;
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *item = json_array_get(cells, i);
        const char *is = json_string_value(json_object_get(item, "label"));
        bool same = label ? is && strcmp(is, label) == 0 : !is;
        if (same && json_integer_value(json_object_get(item, "group")) == group &&
            strcmp(text_of(item, "split"), split) == 0)
            sum += json_integer_value(json_object_get(item, "n"));
    }
    return sum;
}

#define MOST_SPLITS 16

/* The classes of a column of the data; where the data do not list it, those of the head. */
static const json_t *classes_of(const json_t *result, const char *column)
{
    const json_t *data = json_object_get(result, "data");
    const json_t *columns = json_object_get(data, "columns");
    for (size_t i = 0; i < json_array_size(columns); i++)
        if (strcmp(text_of(json_array_get(columns, i), "name"), column) == 0)
            return json_object_get(json_array_get(columns, i), "classes");
    const json_t *heads = json_object_get(json_object_get(result, "task"), "heads");
    return json_object_get(json_array_get(heads, 0), "classes");
}

/* A row per group and label that occur together; a column per split. */
static void write_counts(eh_str *html, const json_t *result)
{
    const json_t *data = json_object_get(result, "data"), *groups = json_object_get(result, "groups");
    const json_t *counts = json_array_get(json_object_get(data, "counts"), 0),
                 *cells = json_object_get(counts, "cells");
    const json_t *splits = json_object_get(data, "splits");
    const json_t *classes = classes_of(result, text_of(counts, "column"));
    size_t split_count = json_array_size(splits), class_count = json_array_size(classes);
    split_count = split_count < MOST_SPLITS ? split_count : MOST_SPLITS;
    const char *title[2 + MOST_SPLITS] = { "Group", text_of(counts, "column") };
    eh_arena *arena = eh_arena_new();
    html->failed = html->failed || !arena;
    for (size_t s = 0; arena && s < split_count; s++) {
        title[2 + s] = eh_arena_printf(arena, ">%s", text_of(json_array_get(splits, s), "name"));
        html->failed = html->failed || !title[2 + s];
    }
    if (!html->failed) {
        eh_html_table_begin(html, "Images by group, label and split", "Images by group, label and split",
                            title, 2 + split_count);
        for (size_t g = 0; g < json_array_size(groups); g++) {
            for (size_t c = 0; c <= class_count; c++) {
                const char *label = c < class_count ? json_string_value(json_array_get(classes, c)) : NULL;
                json_int_t n[MOST_SPLITS], sum = 0;
                for (size_t s = 0; s < split_count; s++)
                    sum += n[s] =
                        cell(cells, (json_int_t)g, label, text_of(json_array_get(splits, s), "name"));
                if (sum == 0)
                    continue;
                eh_html_row_begin(html, false);
                eh_html_row_name(html, text_of(json_array_get(groups, g), "name"));
                eh_html_cell(html, "%s", label ? label : "(missing)");
                for (size_t s = 0; s < split_count; s++)
                    eh_html_number(html, "%lld", (long long)n[s]);
                eh_html_row_end(html);
            }
        }
        eh_html_table_end(html);
    }
    eh_arena_free(arena);
}

static void write(eh_str *html, const eh_report *report)
{
    const json_t *result = report->data, *data = json_object_get(result, "data");
    const json_t *skipped = json_object_get(data, "skipped");
    eh_str_append(html, "<p>");
    eh_html_textf(html, "%s: %lld images that could be used.", text_of(data, "name"),
                  (long long)json_integer_value(json_object_get(data, "images")));
    eh_str_append(html, "</p>\n");
    if (json_array_size(json_object_get(data, "counts")) > 0)
        write_counts(html, result);
    for (size_t i = 0; i < json_array_size(skipped); i++) {
        const json_t *item = json_array_get(skipped, i);
        eh_str_append(html, "<p class=\"note\">");
        eh_html_textf(html, "Not used: %lld (%s).", (long long)json_integer_value(json_object_get(item, "n")),
                      text_of(item, "reason"));
        eh_str_append(html, "</p>\n");
    }
}

const eh_section eh_section_data = {
    .entry = { .name = "data", .summary = "images by group, label and split" },
    .title = "Data",
    .applies = applies,
    .write = write,
};
