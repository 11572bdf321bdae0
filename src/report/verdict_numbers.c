/* verdict_numbers.c - what was found about predicted numbers, in sentences. */
#include "report/compare.h"
#include "report/report.h"

#include <math.h>

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* " (95% interval 5.1-6.3)", or nothing where it is not known. */
static void append_interval(eh_str *out, const json_t *of)
{
    const json_t *interval = json_object_get(of, "interval");
    if (json_is_object(interval))
        eh_str_appendf(out, " (%g%% interval %.2f\u2013%.2f)", 100 * number_of(interval, "level"),
                       number_of(interval, "low"), number_of(interval, "high"));
}

/* The group's mean absolute error with its size and interval: "7.91 of "Male White" (210 pictures, ...)". */
static void append_group(eh_str *out, const json_t *group)
{
    const json_t *mae = json_object_get(group, "mae");
    const char *name = json_string_value(json_object_get(group, "name"));
    eh_str_appendf(out, "%.2f of \u201c", number_of(mae, "value"));
    for (const char *at = name ? name : "?"; *at; at++)
        eh_str_append_bytes(out, (unsigned char)*at < 0x20 ? " " : at, 1);
    eh_str_appendf(out, "\u201d (%lld pictures)", (long long)json_integer_value(json_object_get(group, "n")));
}

static void write_head(eh_str *out, const json_t *head, const char *subject)
{
    const json_t *split = json_array_get(json_object_get(head, "splits"), 0);
    const json_t *overall = json_object_get(split, "overall"), *mae = json_object_get(overall, "mae");
    const json_t *gap = json_object_get(split, "largest_gap"), *groups = json_object_get(split, "groups");
    const char *name = json_string_value(json_object_get(head, "head"));
    if (!json_is_object(mae)) {
        eh_str_appendf(out, "%s cannot be judged by %s: no picture has both a value and a prediction.\n",
                       subject, name ? name : "?");
        return;
    }
    eh_str_appendf(out, "%s is off by %.2f in %s on average", subject, number_of(mae, "value"),
                   name ? name : "?");
    append_interval(out, mae);
    double bias = number_of(json_object_get(overall, "bias"), "value");
    eh_str_appendf(out, ", and says %.2f too %s on average.", fabs(bias), bias < 0 ? "little" : "much");
    if (json_is_object(gap)) {
        const json_t *low = json_object_get(json_object_get(gap, "interval"), "low");
        bool clear = json_is_number(low) && json_number_value(low) > 0;
        eh_str_append(out, clear ? " Groups differ: the largest error is "
                                 : " No group clearly fares worse: the largest error is ");
        append_group(out,
                     json_array_get(groups, (size_t)json_integer_value(
                                                json_object_get(json_object_get(gap, "worst"), "group"))));
        eh_str_append(out, ", the smallest ");
        append_group(out,
                     json_array_get(groups, (size_t)json_integer_value(
                                                json_object_get(json_object_get(gap, "best"), "group"))));
        eh_str_appendf(out, ", a gap of %.2f", number_of(gap, "value"));
        append_interval(out, gap);
        eh_str_append(out, ".");
    } else if (json_array_size(groups) < 2) {
        eh_str_append(out, " There is only one group, so none can be compared with another.");
    }
    eh_str_append(out, "\n");
}

void eh_report_number_verdict(eh_str *paragraphs, const eh_report *report)
{
    for (size_t i = 0; i < report->results; i++) {
        const json_t *heads = json_object_get(report->result[i], "numbers");
        const char *name = json_string_value(json_object_get(report->result[i], "name"));
        eh_str subject = { 0 };
        eh_str_appendf(&subject, "The model of %s", name ? name : "a result");
        for (size_t k = 0; k < json_array_size(heads); k++)
            write_head(paragraphs, json_array_get(heads, k), eh_str_text(&subject));
        paragraphs->failed = paragraphs->failed || subject.failed;
        eh_str_clear(&subject);
    }
}
