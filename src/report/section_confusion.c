/* section_confusion.c - which class was taken for which, over all groups. */
#include "report/html.h"
#include "report/report.h"

#include <string.h>

/* More classes than this are no table that anyone reads; the page's script shows them. */
#define MOST_CLASSES 20

static const json_t *matrix_of(const eh_report *report, size_t i)
{
    const json_t *matrix = json_object_get(report->split[i], "confusion");
    size_t size = json_array_size(matrix);
    return size > 0 && size <= MOST_CLASSES ? matrix : NULL;
}

static bool applies(const eh_report *report)
{
    for (size_t i = 0; i < report->results; i++)
        if (matrix_of(report, i))
            return true;
    return false;
}

static void write_matrix(eh_str *html, const eh_report *report, size_t i, const json_t *matrix)
{
    const json_t *head =
        json_array_get(json_object_get(json_object_get(report->result[i], "task"), "heads"), 0);
    const json_t *classes = json_object_get(head, "classes");
    const char *name = json_string_value(json_object_get(report->result[i], "name"));
    const char *title[1 + MOST_CLASSES] = { "Truly" };
    size_t size = json_array_size(matrix);
    eh_arena *arena = eh_arena_new();
    bool complete = arena != NULL;
    for (size_t c = 0; complete && c < size; c++) {
        const char *cls = json_string_value(json_array_get(classes, c));
        complete = (title[1 + c] = eh_arena_printf(arena, ">taken for %s", cls ? cls : "?")) != NULL;
    }
    char *label =
        complete ? eh_arena_printf(arena, "Confusion matrix of %s", name ? name : "a result") : NULL;
    if (label) {
        eh_html_table_begin(html, label, label, title, 1 + size);
        for (size_t t = 0; t < size; t++) {
            eh_html_row_begin(html, false);
            eh_html_row_name(html, json_string_value(json_array_get(classes, t)));
            for (size_t p = 0; p < size; p++)
                eh_html_number(html, "%lld",
                               (long long)json_integer_value(json_array_get(json_array_get(matrix, t), p)));
            eh_html_row_end(html);
        }
        eh_html_table_end(html);
    }
    html->failed = html->failed || !label;
    eh_arena_free(arena);
}

static void write(eh_str *html, const eh_report *report)
{
    for (size_t i = 0; i < report->results; i++) {
        const json_t *matrix = matrix_of(report, i);
        if (matrix)
            write_matrix(html, report, i, matrix);
    }
}

const eh_section eh_section_confusion = {
    .entry = { .name = "confusion", .summary = "which class was taken for which" },
    .title = "Confusion",
    .applies = applies,
    .write = write,
};
