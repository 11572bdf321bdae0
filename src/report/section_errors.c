/* section_errors.c - the worst errors of the first result, as a list of files. Their pictures are shown by the page's script. */
#include "report/compare.h"
#include "report/html.h"
#include "report/report.h"

#define MOST_LISTED 20

static const json_t *errors_of(const eh_report *report)
{
    return report->entries ? json_object_get(report->split[report->entry[0].result[0]], "errors") : NULL;
}

static bool applies(const eh_report *report)
{
    return json_array_size(json_object_get(errors_of(report), "items")) > 0;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "?";
}

static void write(eh_str *html, const eh_report *report)
{
    const json_t *errors = errors_of(report), *items = json_object_get(errors, "items");
    size_t count = json_array_size(items), listed = count < MOST_LISTED ? count : MOST_LISTED;
    const json_t *split = report->split[report->entry[0].result[0]];
    static const char *const title[] = { "File", "Group", "Truth", "Predicted", ">Probability given" };
    eh_str_append(html, "<p>");
    eh_html_textf(html, "%s: %lld wrong predictions, of which %zu are listed here: %s.",
                  report->entry[0].label, (long long)json_integer_value(json_object_get(errors, "total")),
                  listed, text_of(errors, "definition"));
    eh_str_append(html, "</p>\n");
    eh_html_table_begin(html, "Worst errors", "Worst errors", title, 5);
    for (size_t i = 0; i < listed; i++) {
        const json_t *item = json_array_get(items, i), *probability = json_object_get(item, "probability");
        char percent[24] = "\u2013";
        if (json_is_number(probability))
            eh_percent(percent, json_number_value(probability), 1);
        eh_html_row_begin(html, false);
        eh_html_row_name(html, text_of(item, "file"));
        eh_html_cell(html, "%s",
                     text_of(eh_split_group(split, json_integer_value(json_object_get(item, "group"))),
                             "name"));
        eh_html_cell(html, "%s", text_of(item, "truth"));
        eh_html_cell(html, "%s", text_of(item, "predicted"));
        eh_html_number(html, "%s", percent);
        eh_html_row_end(html);
    }
    eh_html_table_end(html);
}

const eh_section eh_section_errors = {
    .entry = { .name = "errors", .summary = "the wrong predictions of highest loss" },
    .title = "Worst errors",
    .applies = applies,
    .write = write,
};
