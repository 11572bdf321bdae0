/* section_provenance.c - what is needed to get the same numbers again: command, seed, versions, hashes, selection. */
#include "report/html.h"
#include "report/report.h"

static bool applies(const eh_report *report)
{
    return report->results > 0;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "\u2013";
}

static void write_line(eh_str *html, const char *name, const char *value)
{
    eh_html_row_begin(html, false);
    eh_html_row_name(html, name);
    eh_html_cell(html, "%s", value);
    eh_html_row_end(html);
}

static void write_result(eh_str *html, const json_t *result)
{
    static const char *const title[] = { "What", "Value" };
    static const char *const hash[][2] = { { "SHA-256 of the data", "catalog" },
                                           { "SHA-256 of the predictions", "predictions" },
                                           { "SHA-256 of the recipe", "recipe" },
                                           { "SHA-256 of the weights", "weights" } };
    const json_t *command = json_object_get(result, "command"), *seed = json_object_get(result, "seed");
    eh_str words = { 0 }, number = { 0 };
    for (size_t i = 0; i < json_array_size(command); i++) {
        const char *word = json_string_value(json_array_get(command, i));
        eh_str_appendf(&words, "%s%s", i ? " " : "", word ? word : "?");
    }
    if (json_is_integer(seed))
        eh_str_appendf(&number, "%lld", (long long)json_integer_value(seed));
    eh_html_table_begin(html, text_of(result, "name"), text_of(result, "name"), title, 2);
    write_line(html, "Command", eh_str_text(&words));
    write_line(html, "Seed", number.size ? eh_str_text(&number) : "none: nothing was random");
    write_line(html, "evenhand", text_of(result, "evenhand_version"));
    write_line(html, "Written", text_of(result, "created"));
    write_line(html, "Method", text_of(json_object_get(result, "method"), "summary"));
    write_line(html, "Weights kept", text_of(json_object_get(result, "selection"), "definition"));
    for (size_t i = 0; i < sizeof hash / sizeof *hash; i++)
        write_line(html, hash[i][0], text_of(json_object_get(result, "hashes"), hash[i][1]));
    eh_html_table_end(html);
    html->failed = html->failed || words.failed || number.failed;
    eh_str_clear(&words);
    eh_str_clear(&number);
}

static void write(eh_str *html, const eh_report *report)
{
    for (size_t i = 0; i < report->results; i++)
        write_result(html, report->result[i]);
}

const eh_section eh_section_provenance = {
    .entry = { .name = "provenance", .summary = "command, seed, versions and hashes" },
    .title = "How to repeat this",
    .applies = applies,
    .write = write,
};
