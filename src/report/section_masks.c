/* section_masks.c - the classes of every result's masks: average precision, overlap, and the means that results are compared by. */
#include "metric/interval.h"
#include "report/html.h"
#include "report/report.h"

#include <math.h>

static bool applies(const eh_report *report)
{
    for (size_t i = 0; i < report->results; i++)
        if (json_array_size(json_object_get(report->result[i], "masks")) > 0)
            return true;
    return false;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "?";
}

static void write_share(eh_str *html, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    char percent[24];
    eh_percent(percent, json_is_number(value) ? json_number_value(value) : (double)NAN, 1);
    eh_html_number(html, "%s", json_is_number(value) ? percent : "no data");
}

/* The split that is told about: the first. */
static const json_t *split_of(const json_t *head)
{
    return json_array_get(json_object_get(head, "splits"), 0);
}

static void write_comparison(eh_str *html, const eh_report *report)
{
    static const char *const title[] = { "Result",  "Masks",     ">mAP",       "Worst class",
                                         ">Its AP", ">Mean IoU", ">Mean Dice", ">Pixel accuracy" };
    eh_html_table_begin(html, "Masks of every result", "Masks of every result, on its first split", title, 8);
    for (size_t i = 0; i < report->results; i++) {
        const json_t *heads = json_object_get(report->result[i], "masks"), *head;
        size_t k;
        json_array_foreach(heads, k, head)
        {
            const json_t *overall = json_object_get(split_of(head), "overall"),
                         *worst = json_object_get(overall, "worst_class");
            eh_html_row_begin(html, false);
            eh_html_row_name(html, text_of(report->result[i], "name"));
            eh_html_cell(html, "%s", text_of(head, "head"));
            write_share(html, overall, "map");
            eh_html_cell(html, "%s", text_of(worst, "class"));
            write_share(html, worst, "ap");
            write_share(html, overall, "miou");
            write_share(html, overall, "mean_dice");
            write_share(html, overall, "pixel_accuracy");
            eh_html_row_end(html);
        }
    }
    eh_html_table_end(html);
}

static void write_classes(eh_str *html, const char *result, const json_t *head)
{
    static const char *const title[] = { "Class", ">Pixels", ">AP", ">IoU", ">Dice" };
    const json_t *split = split_of(head), *cls;
    size_t k;
    eh_str caption = { 0 };
    eh_str_appendf(&caption, "%s: every class of %s on \u201c%s\u201d", result, text_of(head, "head"),
                   text_of(split, "split"));
    eh_html_table_begin(html, eh_str_text(&caption), eh_str_text(&caption), title, 5);
    json_array_foreach(json_object_get(json_object_get(split, "overall"), "classes"), k, cls)
    {
        eh_html_row_begin(html, false);
        eh_html_row_name(html, text_of(cls, "class"));
        eh_html_number(html, "%lld", (long long)json_integer_value(json_object_get(cls, "pixels")));
        write_share(html, cls, "ap");
        write_share(html, cls, "iou");
        write_share(html, cls, "dice");
        eh_html_row_end(html);
    }
    eh_html_table_end(html);
    html->failed = html->failed || caption.failed;
    eh_str_clear(&caption);
}

static void write(eh_str *html, const eh_report *report)
{
    write_comparison(html, report);
    for (size_t i = 0; i < report->results; i++) {
        const json_t *head;
        size_t k;
        json_array_foreach(json_object_get(report->result[i], "masks"), k, head)
            write_classes(html, text_of(report->result[i], "name"), head);
    }
}

const eh_section eh_section_masks = {
    .entry = { .name = "masks", .summary = "precision and overlap of every class of predicted masks" },
    .title = "Masks",
    .applies = applies,
    .write = write,
};
