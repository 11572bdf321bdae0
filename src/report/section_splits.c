/* section_splits.c - whether the parts of the split are alike, and nobody is in two. */
#include "report/html.h"
#include "report/report.h"

#define MOST_TESTS 20

static const json_t *check_of(const eh_report *report)
{
    return json_object_get(json_object_get(report->data, "data"), "split_check");
}

static bool applies(const eh_report *report)
{
    return json_is_object(check_of(report));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "\u2013";
}

static void write_p(eh_str *html, const json_t *test, const char *key)
{
    const json_t *p = json_object_get(test, key);
    if (!json_is_number(p))
        eh_html_number(html, "\u2013");
    else
        eh_html_number(html, json_number_value(p) < 0.001 ? "%.1e" : "%.3f", json_number_value(p));
}

static void write(eh_str *html, const eh_report *report)
{
    static const char *const title[] = { "Column", "Test", "Part", ">p", ">Corrected p" };
    const json_t *check = check_of(report), *sentences = json_object_get(check, "sentences"),
                 *tests = json_object_get(check, "tests");
    size_t count = json_array_size(tests);
    for (size_t i = 0; i < json_array_size(sentences); i++) {
        eh_str_append(html, "<p>");
        eh_html_text(html, json_string_value(json_array_get(sentences, i)));
        eh_str_append(html, "</p>\n");
    }
    if (count == 0)
        return;
    eh_html_table_begin(html, "Tests", "Tests of the parts, the first columns of the data", title, 5);
    for (size_t i = 0; i < count && i < MOST_TESTS; i++) {
        const json_t *test = json_array_get(tests, i);
        eh_html_row_begin(html, false);
        eh_html_row_name(html, text_of(test, "column"));
        eh_html_cell(html, "%s", text_of(test, "test"));
        eh_html_cell(html, "%s", text_of(test, "part"));
        write_p(html, test, "p");
        write_p(html, test, "p_corrected");
        eh_html_row_end(html);
    }
    eh_html_table_end(html);
}

const eh_section eh_section_splits = {
    .entry = { .name = "splits", .summary = "whether training, validation and test are alike" },
    .title = "Splits",
    .applies = applies,
    .write = write,
};
