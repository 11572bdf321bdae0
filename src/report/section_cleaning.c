/* section_cleaning.c - what cleaning found, and what it did to every group. The galleries are shown by the page's script. */
#include "report/html.h"
#include "report/report.h"

static const json_t *cleaning_of(const eh_report *report)
{
    return json_object_get(json_object_get(report->data, "data"), "cleaning");
}

static bool applies(const eh_report *report)
{
    return json_is_object(cleaning_of(report));
}

static long long number_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static void write_checks(eh_str *html, const json_t *checks)
{
    static const char *const title[] = { "Check", ">Images", ">Errors", ">Warnings", ">Notes" };
    eh_html_table_begin(html, "Findings", "What the checks found", title, 5);
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        eh_html_row_begin(html, false);
        eh_html_row_name(html, json_string_value(json_object_get(check, "name")));
        eh_html_number(html, "%lld", number_of(check, "images"));
        eh_html_number(html, "%lld", number_of(check, "errors"));
        eh_html_number(html, "%lld", number_of(check, "warnings"));
        eh_html_number(html, "%lld", number_of(check, "notes"));
        eh_html_row_end(html);
    }
    eh_html_table_end(html);
}

static void write_groups(eh_str *html, const json_t *groups)
{
    static const char *const title[] = { "Group", ">Before", ">After", ">Taken out" };
    eh_html_table_begin(html, "Who was removed", "Images of each group before and after", title, 4);
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        long long before = number_of(group, "before"), after = number_of(group, "after");
        eh_html_row_begin(html, false);
        eh_html_row_name(html, json_string_value(json_object_get(group, "group")));
        eh_html_number(html, "%lld", before);
        eh_html_number(html, "%lld", after);
        eh_html_number(html, "%lld (%.1f%%)", before - after,
                       before ? 100.0 * (double)(before - after) / (double)before : 0.0);
        eh_html_row_end(html);
    }
    eh_html_table_end(html);
}

static void write(eh_str *html, const eh_report *report)
{
    const json_t *cleaning = cleaning_of(report), *applied = json_object_get(cleaning, "applied");
    eh_str_append(html, "<p>");
    eh_html_textf(html,
                  "%lld images were taken out of use and %lld values corrected, in %lld steps that can be "
                  "undone.",
                  number_of(applied, "quarantined"), number_of(applied, "relabelled"),
                  number_of(applied, "steps"));
    eh_str_append(html, "</p>\n");
    write_checks(html, json_object_get(cleaning, "checks"));
    write_groups(html, json_object_get(cleaning, "groups"));
}

const eh_section eh_section_cleaning = {
    .entry = { .name = "cleaning", .summary = "what cleaning found, and who was removed" },
    .title = "Cleaning",
    .applies = applies,
    .write = write,
};
