/* rule_masks.c - judging measures of masks by a rule; see rule_masks.h. What decides: rule_candidates.h.
 *
 * Easy to get wrong: a class that no image of a group shows has no IoU there, however many images the group has; that is not known, and no pass.
 */
#include "metric/rule_masks.h"
#include "metric/rule_candidates.h"

#include <math.h>
#include <string.h>

typedef struct judgement {
    const eh_rule *rule;
    const json_t *split, *groups;
    size_t classes;
    int64_t cls;        /* that the rule names; -1: none */
    eh_estimate *group; /* [groups]; n = 0 where the measure is not known */
    uint64_t *images;   /* [groups] */
    uint64_t all_images;
    eh_estimate overall;
    double level;
    const char *what; /* "mean IoU of mask", "IoU of fence" */
} judgement;

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static uint64_t count_of(const json_t *object, const char *key)
{
    json_int_t count = json_integer_value(json_object_get(object, key));
    return count > 0 ? (uint64_t)count : 0;
}

/* The measures of a group or of all images; only what mask_measure.h asks for. */
static eh_status read_result(eh_pixel_result *out, const json_t *json, size_t classes, eh_arena *arena,
                             eh_error *err)
{
    const json_t *list = json_object_get(json, "classes"), *image = json_object_get(json, "image_miou"),
                 *interval = json_object_get(image, "interval");
    if (json_array_size(list) != classes)
        return eh_fail(err, EH_ERR_INPUT,
                       "The measures of masks list %zu classes in one place and %zu in another.", classes,
                       json_array_size(list));
    *out = (eh_pixel_result){ .accuracy = number_of(json, "pixel_accuracy"),
                              .miou = number_of(json, "miou"),
                              .mean_dice = number_of(json, "mean_dice"),
                              .map = number_of(json, "map"),
                              .image_miou = { .value = number_of(image, "value"),
                                              .low = number_of(interval, "low"),
                                              .high = number_of(interval, "high") } };
    out->cls = eh_arena_alloc(arena, classes + 1, sizeof *out->cls);
    if (!out->cls)
        return eh_fail_memory(err, "the measures of masks", classes, sizeof *out->cls);
    for (size_t k = 0; k < classes; k++) {
        const json_t *c = json_array_get(list, k);
        out->cls[k].ap = number_of(c, "ap");
        out->cls[k].iou = number_of(c, "iou");
        out->cls[k].dice = number_of(c, "dice");
    }
    return EH_OK;
}

static eh_status estimate_of(eh_estimate *out, const judgement *j, const json_t *json, uint64_t images,
                             eh_arena *arena, eh_error *err)
{
    eh_pixel_result r;
    EH_TRY(read_result(&r, json, j->classes, arena, err));
    double value = eh_mask_measure_value(j->rule->mask, &r, j->classes, j->cls);
    bool interval = j->rule->mask->kind == EH_MASK_IMAGE;
    *out = (eh_estimate){ .value = value,
                          .low = interval ? r.image_miou.low : (double)NAN,
                          .high = interval ? r.image_miou.high : (double)NAN,
                          .n = isnan(value) ? 0 : images };
    return EH_OK;
}

/* The class that the rule names, and what sentences call its metric. */
static eh_status find_class(judgement *j, const char *head, const json_t *classes, eh_arena *arena,
                            eh_error *err)
{
    const eh_rule *rule = j->rule;
    const char **name = eh_arena_alloc(arena, j->classes + 1, sizeof *name); /* ends with NULL */
    if (!name)
        return eh_fail_memory(err, "judging a rule", j->classes, sizeof *name);
    j->cls = -1;
    for (size_t k = 0; k < j->classes; k++) {
        const char *text = json_string_value(json_object_get(json_array_get(classes, k), "class"));
        name[k] = text ? text : "";
        if (rule->argument && strcmp(name[k], rule->argument) == 0)
            j->cls = (int64_t)k;
    }
    if (rule->argument && j->cls < 0) {
        const char *nearest = eh_nearest(rule->argument, name);
        return eh_fail(err, EH_ERR_USAGE,
                       "The rule \"%s\" names the class \"%s\", which is not among the %zu of %s%s%s%s",
                       rule->text, rule->argument, j->classes, head, nearest ? "; did you mean \"" : ".",
                       nearest ? nearest : "", nearest ? "\"?" : "");
    }
    j->what = rule->argument
                  ? eh_arena_printf(arena, "%s of %s", eh_mask_measure_class_name(rule->mask), rule->argument)
                  : eh_arena_printf(arena, "%s of %s", rule->mask->name, head);
    return j->what ? EH_OK : eh_fail_memory(err, "judging a rule", 1, 1);
}

static eh_status begin(judgement *j, const char *head, eh_arena *arena, eh_error *err)
{
    const json_t *overall = json_object_get(j->split, "overall"),
                 *classes = json_object_get(overall, "classes"),
                 *interval = json_object_get(json_object_get(overall, "image_miou"), "interval");
    size_t groups = json_array_size(j->groups);
    double level = number_of(interval, "level");
    j->classes = json_array_size(classes);
    j->level = level > 0 ? level : 0.95;
    EH_TRY(find_class(j, head, classes, arena, err));
    j->group = eh_arena_alloc(arena, groups + 1, sizeof *j->group);
    j->images = eh_arena_alloc(arena, groups + 1, sizeof *j->images);
    if (!j->group || !j->images)
        return eh_fail_memory(err, "judging a rule", groups, sizeof *j->group);
    j->all_images = count_of(j->split, "n");
    EH_TRY(estimate_of(&j->overall, j, overall, j->all_images, arena, err));
    for (size_t g = 0; g < groups; g++) {
        const json_t *group = json_array_get(j->groups, g);
        j->images[g] = count_of(group, "n");
        EH_TRY(estimate_of(&j->group[g], j, group, j->images[g], arena, err));
    }
    if (j->rule->mask->kind == EH_MASK_AP && j->all_images > 0 && isnan(number_of(overall, "map")))
        return eh_fail(err, EH_ERR_USAGE,
                       "The rule \"%s\" is about average precision, which was not measured of %s.",
                       j->rule->text, head);
    return EH_OK;
}

static const char *group_name(const judgement *j, size_t g)
{
    const char *name = json_string_value(json_object_get(json_array_get(j->groups, g), "name"));
    return name ? name : "?";
}

/* "38.7% (33 images)", "38.7% (33 images, 95% interval 35.1-42.3%)" */
static void append_estimate(eh_str *out, const judgement *j, const eh_estimate *e)
{
    char percent[24], range[56];
    eh_percent(percent, e->value, 1);
    eh_str_appendf(out, "%s (%llu image%s", percent, (unsigned long long)e->n, e->n == 1 ? "" : "s");
    if (isfinite(e->low) && isfinite(e->high)) {
        eh_percent_range(range, e->low, e->high, 1);
        eh_str_appendf(out, ", %g%% interval %s", 100 * j->level, range);
    }
    eh_str_append(out, ")");
}

/* " (95% interval 1.2-5.4)", or nothing. */
static void append_interval(eh_str *out, const judgement *j, const eh_rule_candidate *c, const char *unit)
{
    if (isfinite(c->low) && isfinite(c->high))
        eh_str_appendf(out, " (%g%% interval %.1f\u2013%.1f%s)", 100 * j->level, 100 * c->low, 100 * c->high,
                       unit);
}

static void append_unknown(eh_str *out, const judgement *j, const eh_rule_candidate *c)
{
    bool whole = j->rule->over == EH_RULE_OVERALL;
    uint64_t images = whole ? j->all_images : j->images[c->first];
    eh_str_appendf(out, "The %s in %s%s%s is unknown, as ", j->what, whole ? "" : "\"",
                   whole ? "all images" : group_name(j, c->first), whole ? "" : "\"");
    if (images == 0)
        eh_str_append(out, "it rests on no image");
    else
        eh_str_append(out, j->cls >= 0 ? "no judged pixel is of that class" : "no pixel is judged");
}

static void append_measured(eh_str *out, const void *context, const eh_rule_candidate *c)
{
    const judgement *j = context;
    if (!c->known) {
        append_unknown(out, j, c);
        return;
    }
    switch (j->rule->over) {
    case EH_RULE_GAP:
        eh_str_appendf(out, "The %s differs by %.1f points", j->what, 100 * c->value);
        append_interval(out, j, c, "");
        eh_str_appendf(out, " between \"%s\", ", group_name(j, c->first));
        append_estimate(out, j, &j->group[c->first]);
        eh_str_appendf(out, ", and \"%s\", ", group_name(j, c->second));
        append_estimate(out, j, &j->group[c->second]);
        break;
    case EH_RULE_MEAN:
        eh_str_appendf(out, "The %s, its mean over the groups, is %.1f%%", j->what, 100 * c->value);
        append_interval(out, j, c, "%");
        break;
    case EH_RULE_OVERALL:
        eh_str_appendf(out, "The %s in all images is ", j->what);
        append_estimate(out, j, &j->overall);
        break;
    case EH_RULE_WORST:
        eh_str_appendf(out, "The %s in \"%s\" is ", j->what, group_name(j, c->first));
        append_estimate(out, j, &j->group[c->first]);
        break;
    }
}

eh_status eh_rule_judge_masks(eh_rule_result *out, const eh_rule *rule, const char *head, const json_t *split,
                              eh_arena *arena, eh_error *err)
{
    *out = (eh_rule_result){ 0 };
    judgement j = { .rule = rule, .split = split, .groups = json_object_get(split, "groups") };
    EH_TRY(begin(&j, head, arena, err));
    eh_rule_candidates all = { .rule = rule };
    eh_rule_consider_estimates(&all, j.group, json_array_size(j.groups), &j.overall,
                               count_of(split, "few_below"));
    char limit[24];
    eh_percent(limit, rule->limit, 1);
    return eh_rule_conclude(out, &all, append_measured, &j, j.what, limit, arena, err);
}
