/* section_balance.c - how strongly groups go with labels, and what the test part can tell about each group. */
#include "report/html.h"
#include "report/report.h"

static const json_t *part(const eh_report *report, const char *key)
{
    return json_object_get(json_object_get(report->data, "data"), key);
}

static bool applies(const eh_report *report)
{
    return json_array_size(part(report, "association")) > 0 || json_is_object(part(report, "power"));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "?";
}

static void write_associations(eh_str *html, const json_t *list)
{
    static const char *const title[] = { "Group column", "Label", ">Cramer's V", ">95% interval" };
    if (json_array_size(list) == 0)
        return;
    eh_html_table_begin(html, "Association",
                        "Association of groups and labels, from 0 (none) to 1 (complete)", title, 4);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i), *v = json_object_get(item, "cramers_v");
        eh_html_row_begin(html, false);
        eh_html_row_name(html, text_of(item, "group"));
        eh_html_cell(html, "%s", text_of(item, "label"));
        if (json_is_number(json_object_get(v, "value")))
            eh_html_number(html, "%.3f", json_number_value(json_object_get(v, "value")));
        else
            eh_html_number(html, "\u2013");
        if (json_is_number(json_object_get(v, "low")))
            eh_html_number(html, "%.3f to %.3f", json_number_value(json_object_get(v, "low")),
                           json_number_value(json_object_get(v, "high")));
        else
            eh_html_number(html, "\u2013");
        eh_html_row_end(html);
    }
    eh_html_table_end(html);
}

static void write_power(eh_str *html, const json_t *power, const json_t *groups)
{
    static const char *const title[] = { "Group", ">Test images", ">Smallest drop found", ">Images needed" };
    const json_t *list = json_object_get(power, "groups");
    if (json_array_size(list) == 0)
        return;
    eh_str_append(html, "<p class=\"note\">");
    eh_html_textf(html,
                  "Smallest drop in accuracy below %.4g%% of all others that is found with a probability of "
                  "%.4g%% (error %.4g%%), and the test "
                  "images of the group that a drop of %.4g points would take.",
                  100 * json_number_value(json_object_get(power, "accuracy")),
                  100 * json_number_value(json_object_get(power, "power")),
                  100 * json_number_value(json_object_get(power, "alpha")),
                  100 * json_number_value(json_object_get(power, "gap")));
    eh_str_append(html, "</p>\n");
    eh_html_table_begin(html, "What the test part can tell", "What the test part can tell", title, 4);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i), *least = json_object_get(item, "smallest_difference"),
                     *needed = json_object_get(item, "images_needed");
        eh_html_row_begin(html, !json_is_number(least));
        eh_html_row_name(html, text_of(json_array_get(groups, (size_t)json_integer_value(
                                                                  json_object_get(item, "group"))),
                                       "name"));
        eh_html_number(html, "%lld", (long long)json_integer_value(json_object_get(item, "test")));
        if (json_is_number(least))
            eh_html_number(html, "%.1f points", 100 * json_number_value(least));
        else
            eh_html_number(html, "none");
        if (json_is_number(needed))
            eh_html_number(html, "%.0f", json_number_value(needed));
        else
            eh_html_number(html, "no number");
        eh_html_row_end(html);
    }
    eh_html_table_end(html);
}

static void write(eh_str *html, const eh_report *report)
{
    write_associations(html, part(report, "association"));
    write_power(html, part(report, "power"), json_object_get(report->data, "groups"));
}

const eh_section eh_section_balance = {
    .entry = { .name = "balance",
               .summary = "association of groups and labels, and what the test part can tell" },
    .title = "Balance",
    .applies = applies,
    .write = write,
};
