/* pixel_audit_json.c - measures of masks as JSON, in the words of docs/results.schema.json, and that JSON as tables. */
#include "metric/pixel_histogram.h"
#include "base/json.h"
#include "base/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *classes_json(const eh_pixel_audit *a, const eh_pixel_result *r)
{
    json_t *list = json_array();
    for (size_t k = 0; k < a->classes; k++)
        eh_json_push(&list, json_pack("{s:s, s:I, s:o, s:o, s:o}", "class", a->class_name[k], "pixels",
                                      (json_int_t)r->cls[k].truth, "ap", eh_json_number(r->cls[k].ap), "iou",
                                      eh_json_number(r->cls[k].iou), "dice", eh_json_number(r->cls[k].dice)));
    return list;
}

/* Adds what groups and all images have alike. */
static bool add_measures(json_t *json, const eh_pixel_audit *a, const eh_pixel_result *r)
{
    json_t *worst = r->worst < 0 || !a->all ? json_pack("{s:n, s:n}", "class", "ap")
                                            : json_pack("{s:s, s:o}", "class", a->class_name[r->worst], "ap",
                                                        eh_json_number(r->worst_value));
    return eh_json_set(json, "pixels", json_integer((json_int_t)r->judged)) &&
           eh_json_set(json, "pixel_accuracy", eh_json_number(r->accuracy)) &&
           eh_json_set(json, "miou", eh_json_number(r->miou)) &&
           eh_json_set(json, "mean_dice", eh_json_number(r->mean_dice)) &&
           eh_json_set(json, "map", eh_json_number(r->map)) && eh_json_set(json, "worst_class", worst) &&
           eh_json_set(json, "classes", classes_json(a, r)) &&
           eh_json_set(json, "image_miou", eh_mean_estimate_json(&r->image_miou, a->level));
}

static json_t *confusion_json(const uint64_t *cell, size_t classes)
{
    json_t *rows = json_array();
    for (size_t t = 0; t < classes; t++) {
        json_t *row = json_array();
        for (size_t p = 0; p < classes; p++)
            eh_json_push(&row, json_integer((json_int_t)cell[t * classes + p]));
        eh_json_push(&rows, row);
    }
    return rows;
}

/* Every group, and which is the worst. */
static eh_status groups_json(json_t **out, json_t **worst, const eh_pixel_audit *a, eh_arena *arena,
                             eh_error *err)
{
    int64_t found = -1;
    double lowest = 0;
    *out = json_array();
    for (size_t g = 0; g < a->groups; g++) {
        eh_pixel_result r;
        EH_TRY(eh_pixel_audit_measure(&r, a, (int64_t)g, arena, err));
        eh_verdict verdict = r.images == 0       ? EH_VERDICT_NONE
                             : r.images < a->few ? EH_VERDICT_FEW
                                                 : EH_VERDICT_OK;
        json_t *json =
            json_pack("{s:I, s:s, s:o, s:I, s:s}", "group", (json_int_t)g, "name", a->group_name[g], "values",
                      eh_group_values_json(a->columns, a->group_column, a->group_value + g * a->columns), "n",
                      (json_int_t)r.images, "verdict", eh_verdict_name(verdict));
        if (!json || !add_measures(json, a, &r)) {
            json_decref(json);
            json = NULL;
        }
        eh_json_push(out, json);
        if (r.images && (found < 0 || r.miou < lowest)) {
            found = (int64_t)g;
            lowest = r.miou;
        }
    }
    static const char definition[] = "lowest mean IoU of a group that has images; of equals the first";
    *worst = found < 0
                 ? json_pack("{s:s, s:n, s:n, s:n}", "definition", definition, "group", "name", "miou")
                 : json_pack("{s:s, s:I, s:s, s:o}", "definition", definition, "group", (json_int_t)found,
                             "name", a->group_name[found], "miou", eh_json_number(lowest));
    return EH_OK;
}

static json_t *definitions_json(const eh_pixel_audit *a, const eh_pixel_result *all)
{
    char ap[320];
    snprintf(ap, sizeof ap,
             "area under precision over recall of the class's probability, over all judged pixels, from a "
             "histogram of %zu "
             "steps; the exact value lies within %.1e",
             a->bins, all->ap_error);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "AP", ap, "mAP",
                     "mean of the AP of the classes that occur; the worst class has the lowest (WGAP)", "IoU",
                     "pixels that are truly of the class and predicted so / that are either", "Dice",
                     "twice the pixels that are both / truly of the class plus predicted so",
                     "pixel accuracy", "rightly predicted pixels / judged pixels", "mean IoU of an image",
                     "mean over the images of each image's own mean IoU, over the classes that it shows; its "
                     "interval is Student's");
}

json_t *eh_pixel_audit_json(const eh_pixel_audit *a, const char *split, uint64_t unlabelled, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    json_t *groups = NULL, *worst = NULL, *overall = json_object(), *json = NULL;
    eh_pixel_result all;
    eh_status status = arena && overall ? EH_OK : EH_ERR_MEMORY;
    if (status == EH_OK)
        status = eh_pixel_audit_measure(&all, a, -1, arena, err);
    if (status == EH_OK)
        status = groups_json(&groups, &worst, a, arena, err);
    if (status == EH_OK && add_measures(overall, a, &all)) {
        json = json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "split", split, "n",
                         (json_int_t)all.images, "unlabelled", (json_int_t)unlabelled, "few_below",
                         (json_int_t)a->few, "definitions", definitions_json(a, &all), "overall", overall,
                         "groups", groups, "worst_group", worst, "confusion",
                         confusion_json(all.confusion, a->classes));
        overall = groups = worst = NULL;
    }
    json_decref(overall);
    json_decref(groups);
    json_decref(worst);
    eh_arena_free(arena);
    if (!json)
        eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing the measures of masks.");
    return json;
}

/* ---- tables ---- */

static void share_cell(eh_text_table *t, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    char percent[24];
    eh_percent(percent, json_is_number(value) ? json_number_value(value) : (double)NAN, 1);
    eh_text_table_cell(t, "%s", percent);
}

static double ap_of(const json_t *cls)
{
    const json_t *ap = json_object_get(cls, "ap"), *iou = json_object_get(cls, "iou");
    return json_is_number(ap) ? json_number_value(ap) : json_is_number(iou) ? json_number_value(iou) : 2;
}

static int compare_classes(const void *a, const void *b)
{
    const json_t *const *x = a, *const *y = b;
    double left = ap_of(*x), right = ap_of(*y);
    return left < right ? -1 : left > right;
}

static eh_status class_table(eh_str *out, const json_t *measures, eh_error *err)
{
    static const char *const title[] = { "class", ">pixels", ">AP", ">IoU", ">Dice" };
    const json_t *classes = json_object_get(measures, "classes");
    size_t count = json_array_size(classes);
    const json_t **order = eh_alloc(count + 1, sizeof *order);
    eh_text_table *t = eh_text_table_new(title, 5);
    if (!order || !t) {
        eh_free(order);
        eh_text_table_free(t);
        return eh_fail_memory(err, "the table of classes", count, sizeof *order);
    }
    for (size_t k = 0; k < count; k++)
        order[k] = json_array_get(classes, k);
    qsort(order, count, sizeof *order, compare_classes);
    for (size_t k = 0; k < count; k++) {
        const char *name = json_string_value(json_object_get(order[k], "class"));
        eh_text_table_cell(t, "%s:", name ? name : "?");
        eh_text_table_cell(t, "%lld", (long long)json_integer_value(json_object_get(order[k], "pixels")));
        share_cell(t, order[k], "ap");
        share_cell(t, order[k], "iou");
        share_cell(t, order[k], "dice");
    }
    eh_text_table_rule(t);
    eh_text_table_cell(t, "mean of classes:");
    eh_text_table_cell(t, "%lld", (long long)json_integer_value(json_object_get(measures, "pixels")));
    share_cell(t, measures, "map");
    share_cell(t, measures, "miou");
    share_cell(t, measures, "mean_dice");
    eh_text_table_render(t, out);
    eh_text_table_free(t);
    eh_free(order);
    return EH_OK;
}

static eh_status group_table(eh_str *out, const json_t *groups, eh_error *err)
{
    static const char *const title[] = { "group", ">images", ">mean IoU", ">mAP", ">pixel accuracy", "" };
    eh_text_table *t = eh_text_table_new(title, 6);
    size_t g;
    const json_t *group;
    if (!t)
        return eh_fail_memory(err, "the table of groups", json_array_size(groups), 1);
    json_array_foreach(groups, g, group)
    {
        const char *name = json_string_value(json_object_get(group, "name"));
        const char *verdict = json_string_value(json_object_get(group, "verdict"));
        eh_text_table_cell(t, "%s:", name ? name : "?");
        eh_text_table_cell(t, "%lld", (long long)json_integer_value(json_object_get(group, "n")));
        share_cell(t, group, "miou");
        share_cell(t, group, "map");
        share_cell(t, group, "pixel_accuracy");
        eh_text_table_cell(t, "%s",
                           !verdict || strcmp(verdict, "ok") == 0 ? ""
                           : strcmp(verdict, "few") == 0          ? "few images"
                                                                  : "no image: nothing can be said");
    }
    eh_text_table_render(t, out);
    eh_text_table_free(t);
    return EH_OK;
}

eh_status eh_pixel_table(eh_str *out, const json_t *split, eh_error *err)
{
    const json_t *overall = json_object_get(split, "overall"), *groups = json_object_get(split, "groups");
    char accuracy[24];
    const json_t *value = json_object_get(overall, "pixel_accuracy");
    EH_TRY(class_table(out, overall, err));
    eh_percent(accuracy, json_is_number(value) ? json_number_value(value) : (double)NAN, 1);
    eh_str_appendf(out, "%lld images; %s of the judged pixels are right.\n",
                   (long long)json_integer_value(json_object_get(split, "n")), accuracy);
    if (json_array_size(groups) > 1) {
        eh_str_append(out, "\n");
        EH_TRY(group_table(out, groups, err));
    }
    return eh_str_check(out, err);
}
