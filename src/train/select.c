/* select.c - which epoch is kept, by any metric of any group.
 *
 * Math    classes: the metric of each group's confusion matrix; its worst, its mean over groups with images, its largest difference, or that of all
 *         matrices added. Numbers: the same of mean absolute errors, roots of mean squared errors
 *         and shares within a distance. Masks: the same of what mask_measure.h names, over all pixels of a group.
 * Easy to get wrong: the direction. Less is better for gaps, errors and rates of mistakes.
 */
#include "train/select.h"

#include "base/str.h"

#include <math.h>
#include <string.h>

static const char *const word[] = { "worst-group", "average", "group-mean", "last", NULL }; /* eh_select */

eh_select eh_select_rule(const char *text)
{
    for (int i = 0; word[i]; i++)
        if (strcmp(word[i], text) == 0)
            return (eh_select)i;
    return EH_SELECT_METRIC;
}

eh_select eh_select_rule_of(const eh_train_opts *opts, const eh_run_data *data)
{
    if (opts->average_last > 0)
        return EH_SELECT_MEAN;
    eh_select rule = eh_select_rule(opts->select);
    return (rule == EH_SELECT_METRIC ? data->rows[EH_PART_VALID] : data->judged) ? rule : EH_SELECT_LAST;
}

/* ---- reading ---- */

/* A metric alone, as other programs take it, does not say of whom it is. */
static bool is_metric(const char *text)
{
    char name[32];
    const eh_entry *entry;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ":"), text);
    return strcmp(name, "mae") == 0 || strcmp(name, "rmse") == 0 || strcmp(name, "within") == 0 ||
           eh_mask_measure_find(name) || eh_thing_find(&entry, "metric", name, NULL) == EH_OK;
}

static eh_status fail_form(const char *text, eh_error *err)
{
    if (is_metric(text))
        return eh_fail(err, EH_ERR_USAGE,
                       "--select: \"%s\" does not say of whom: write overall(%s) for all images, worst(%s) "
                       "for "
                       "the worst group, gap(%s), or %s(GROUP)",
                       text, text, text, text, text);
    const char *nearest = strchr(text, '(') ? NULL : eh_nearest(text, word);
    return eh_fail(err, EH_ERR_USAGE,
                   "--select: \"%s\" is no rule%s%s%s; write worst-group, average, group-mean, last, or a "
                   "metric "
                   "as in worst(recall:blond), gap(selection-rate) or accuracy(gender=female)",
                   text, nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

/* The head of numbers that "mae" or "mae:column" means. */
static eh_status find_number_head(eh_selector *s, const char *name, const eh_task *task, eh_error *err)
{
    for (size_t k = 0; k < task->heads; k++)
        if (task->head[k].target.kind == EH_TARGET_NUMBER &&
            (!name || strcmp(task->head[k].column->name, name) == 0)) {
            s->head = k;
            s->lower = s->number != EH_SELECT_WITHIN;
            return EH_OK;
        }
    return eh_fail(err, EH_ERR_USAGE,
                   "--select: \"%s\" takes a head of numbers%s%s%s, and --label has none%s", s->text,
                   name ? ", '" : "", name ? name : "", name ? "'" : "", name ? " of that name" : "");
}

/* "5" or "5:age", after "within:". */
static eh_status read_within(eh_selector *s, char *text, const eh_task *task, eh_error *err)
{
    char *name = text ? strchr(text, ':') : NULL;
    if (name)
        *name++ = '\0';
    if (!text || !eh_parse_float(&s->within, eh_trim(text)) || !(s->within >= 0))
        return eh_fail(err, EH_ERR_USAGE,
                       "--select: \"%s\" must say how far off a number may be, as in overall(within:5)",
                       s->text);
    return find_number_head(s, name ? eh_trim(name) : NULL, task, err);
}

/* The head of masks that "iou", "iou:class" and "worst-iou" are about. */
static eh_status find_mask_head(eh_selector *s, const char *name, const eh_task *task, eh_error *err)
{
    const eh_frame_column *column = NULL;
    s->mask_class = -1;
    for (size_t k = 0; k < task->heads; k++)
        if (task->head[k].target.kind == EH_TARGET_MASK) {
            s->head = k;
            column = task->head[k].column;
        }
    if (!column)
        return eh_fail(err, EH_ERR_USAGE, "--select: \"%s\" takes a head of masks, and --label has none",
                       s->text);
    for (size_t c = 0; name && s->mask->of_class && c < column->classes; c++)
        if (strcmp(column->class_name[c], name) == 0)
            s->mask_class = (int64_t)c;
    if (!name || s->mask_class >= 0)
        return EH_OK;
    return eh_fail(err, EH_ERR_USAGE,
                   "--select: \"%s\" names '%s', which is no class of '%s' that could be chosen by", s->text,
                   name, column->name);
}

/* The first head of classes that has this class, or with `of_column` this column; with NULL the first. Else NULL. */
static const eh_frame_column *find_class_head(eh_selector *s, const char *name, bool of_column,
                                              const eh_task *task)
{
    for (size_t k = 0; k < task->heads; k++) {
        const eh_frame_column *column = task->head[k].column;
        if (task->head[k].target.kind != EH_TARGET_CLASS)
            continue;
        s->head = k;
        if (!name || (of_column && strcmp(column->name, name) == 0))
            return column;
        for (size_t c = 0; !of_column && c < column->classes; c++)
            if (strcmp(column->class_name[c], name) == 0) {
                s->cls = c;
                return column;
            }
    }
    return NULL;
}

static eh_status find_class(eh_selector *s, const char *name, const eh_task *task, eh_error *err)
{
    const eh_frame_column *first = find_class_head(s, NULL, false, task);
    bool of_column = !s->metric->of_class;
    if (!first)
        return eh_fail(err, EH_ERR_USAGE, "--select: \"%s\" is about classes, and no label holds any",
                       s->text);
    if (find_class_head(s, name, of_column, task) && (name || of_column))
        return EH_OK;
    if (of_column)
        return eh_fail(err, EH_ERR_USAGE,
                       "--select: \"%s\": %s is about all classes together; '%s' would have to be a label of "
                       "classes, as in %s:%s",
                       s->text, s->metric->entry.name, name, s->metric->entry.name, first->name);
    int64_t positive = name ? -1 : eh_positive_class(first->class_name, first->classes);
    if (positive < 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "--select: \"%s\" must name one of the classes of '%s', as in %s:%s", s->text,
                       first->name, s->metric->entry.name, first->classes ? first->class_name[0] : "blond");
    s->cls = (size_t)positive;
    return EH_OK;
}

/* "recall:blond", or "mae:age". */
static eh_status read_metric(eh_selector *s, char *text, const eh_task *task, eh_error *err)
{
    char *name = strchr(text, ':');
    if (name) {
        *name++ = '\0';
        name = eh_trim(name);
    }
    text = eh_trim(text);
    s->number = strcmp(text, "within") == 0 ? EH_SELECT_WITHIN
                : strcmp(text, "rmse") == 0 ? EH_SELECT_RMSE
                                            : EH_SELECT_MAE;
    if (s->number == EH_SELECT_WITHIN)
        return read_within(s, name, task, err);
    if (s->number == EH_SELECT_RMSE || strcmp(text, "mae") == 0)
        return find_number_head(s, name, task, err);
    s->mask = eh_mask_measure_find(text);
    if (s->mask)
        return find_mask_head(s, name, task, err);
    const eh_entry *entry;
    eh_error unknown = { 0 };
    if (eh_thing_find(&entry, "metric", text, &unknown) != EH_OK)
        return eh_fail(err, EH_ERR_USAGE,
                       "--select: %s Numbers have mae, rmse and within:K, masks miou, iou:CLASS, "
                       "worst-iou, map and wgap.",
                       unknown.message);
    s->metric = (const eh_metric *)entry;
    s->lower = s->metric->better == EH_BETTER_LOWER;
    if (s->metric->better == EH_BETTER_NEITHER && (s->one_group || s->over != EH_RULE_GAP))
        return eh_fail(err, EH_ERR_USAGE,
                       "--select: by \"%s\" nothing can be chosen: neither a high nor a low %s is good; "
                       "write "
                       "gap(%s)",
                       s->text, text, text);
    return find_class(s, name, task, err);
}

/* Marks the groups whose value of the column is this one; those that were not marked before stay out. */
static eh_status keep_value(eh_selector *s, char *pair, const eh_run_data *data, eh_error *err)
{
    const eh_groups *g = data->groups;
    char *value = strchr(pair, '=');
    *value++ = '\0';
    pair = eh_trim(pair);
    value = eh_trim(value);
    for (size_t c = 0; c < g->columns; c++) {
        if (strcmp(g->column[c], pair) != 0)
            continue;
        for (size_t i = 0; i < g->count; i++)
            s->member[i] = s->member[i] && strcmp(g->value[i * g->columns + c], value) == 0;
        return EH_OK;
    }
    return eh_fail(err, EH_ERR_USAGE, "--select: in \"%s\" '%s' is no column of --groups", s->text, pair);
}

/* "Blond Male" or "gender=female,hair=blond". */
static eh_status read_group(eh_selector *s, char *text, const eh_run_data *data, eh_arena *arena,
                            eh_error *err)
{
    const eh_groups *g = data->groups;
    const char **names = eh_arena_alloc(arena, g->count + 1, sizeof *names);
    uint64_t images = 0;
    if (!names)
        return eh_fail_memory(err, "the names of groups", g->count, sizeof *names);
    bool named = false;
    text = eh_trim(text);
    for (size_t i = 0; i < g->count; i++) {
        names[i] = g->name[i];
        s->member[i] = strcmp(g->name[i], text) == 0;
        named = named || s->member[i];
    }
    if (!named && !strchr(text, '=')) {
        const char *nearest = eh_nearest(text, names);
        return eh_fail(err, EH_ERR_USAGE,
                       "--select: \"%s\" names the group '%s', which there is not%s%s%s; it can be a group's "
                       "name "
                       "or column=value",
                       s->text, text, nearest ? "; did you mean '" : "", nearest ? nearest : "",
                       nearest ? "'?" : "");
    }
    for (size_t i = 0; i < g->count && !named; i++)
        s->member[i] = true;
    for (char *next; !named && text; text = next) {
        next = strchr(text, ',');
        if (next)
            *next++ = '\0';
        if (!strchr(text, '='))
            return fail_form(s->text, err);
        EH_TRY(keep_value(s, text, data, err));
    }
    for (size_t i = 0; i < g->count; i++)
        images += s->member[i] ? data->group_rows[EH_PART_VALID][i] : 0;
    return images ? EH_OK
                  : eh_fail(err, EH_ERR_USAGE,
                            "--select: the validation part has no image of the group in \"%s\"", s->text);
}

/* Without any value in the validation part all epochs are alike. */
static eh_status check_values(const eh_selector *s, const eh_task *task, const eh_run_data *data,
                              eh_error *err)
{
    const eh_frame_column *column = task->head[s->head].column;
    for (size_t i = 0; i < data->rows[EH_PART_VALID]; i++) {
        uint32_t row = data->row[EH_PART_VALID][i];
        if (s->member[data->groups->of_row[row]] && eh_run_has_value(column, row))
            return EH_OK;
    }
    return eh_fail(err, EH_ERR_USAGE,
                   "--select: no image of the validation part%s has a value of '%s', so \"%s\" cannot be "
                   "measured; choose by another metric or group",
                   s->one_group ? " and the group" : "", column->name, s->text);
}

eh_status eh_selector_make(eh_selector *out, const char *text, const eh_task *task, const eh_run_data *data,
                           eh_arena *arena, eh_error *err)
{
    *out = (eh_selector){ .rule = eh_select_rule(text), .text = text };
    if (out->rule != EH_SELECT_METRIC)
        return EH_OK;
    char *copy = eh_arena_strdup(arena, text);
    out->member = eh_arena_alloc(arena, data->groups->count + 1, sizeof *out->member);
    if (!copy || !out->member)
        return eh_fail_memory(err, text, data->groups->count, 1);
    char *open = strchr(copy, '('), *close = strrchr(copy, ')');
    if (!open || !close || close < open || *eh_trim(close + 1))
        return fail_form(text, err);
    *open = *close = '\0';
    char *before = eh_trim(copy);
    out->one_group = !eh_rule_over_find(&out->over, before);
    for (size_t i = 0; i < data->groups->count; i++)
        out->member[i] = true;
    EH_TRY(read_metric(out, out->one_group ? before : open + 1, task, err));
    if (out->one_group) {
        size_t members = 0;
        EH_TRY(read_group(out, open + 1, data, arena, err));
        for (size_t i = 0; i < data->groups->count; i++)
            members += out->member[i];
        if (out->mask && members > 1)
            return eh_fail(err, EH_ERR_USAGE, "--select: \"%s\" names several groups; of masks name one",
                           text);
        return check_values(out, task, data, err);
    }
    out->lower = out->lower || out->over == EH_RULE_GAP;
    return check_values(out, task, data, err);
}

bool eh_selector_needs_precision(const eh_selector *s)
{
    return s->mask && s->mask->kind == EH_MASK_AP;
}

/* ---- measuring ---- */

/* A group's images and what the metric is of them. */
typedef struct measured {
    double value;
    uint64_t n;
} measured;

/* The worst, the mean, or the largest difference of groups with images. */
static double over_groups(const eh_selector *s, const measured *group, size_t groups)
{
    double low = INFINITY, high = -INFINITY, sum = 0;
    size_t known = 0;
    bool lower = s->metric ? s->metric->better == EH_BETTER_LOWER : !s->mask && s->number != EH_SELECT_WITHIN;
    for (size_t i = 0; i < groups; i++) {
        if (group[i].n == 0)
            continue;
        low = fmin(low, group[i].value);
        high = fmax(high, group[i].value);
        sum += group[i].value;
        known++;
    }
    if (known == 0)
        return NAN;
    return s->over == EH_RULE_GAP    ? high - low
           : s->over == EH_RULE_MEAN ? sum / (double)known
           : lower                   ? high
                                     : low;
}

/* What the error of one number adds to the sum. */
static double share_of(const eh_selector *s, double off)
{
    return s->number == EH_SELECT_WITHIN ? off <= s->within : s->number == EH_SELECT_RMSE ? off * off : off;
}

/* Of a sum over images; NaN without any. */
static double mean_of(const eh_selector *s, measured sum)
{
    double mean = sum.n ? sum.value / (double)sum.n : NAN;
    return s->number == EH_SELECT_RMSE ? sqrt(mean) : mean;
}

static double of_numbers(const eh_selector *s, const eh_part_predictions *p, const eh_run_data *data,
                         measured *group)
{
    const eh_head_predictions *h = &p->head[s->head];
    measured all = { 0 };
    for (size_t i = 0; i < p->rows; i++) {
        uint32_t row = p->row[i];
        int32_t g = data->groups->of_row[row];
        if (!eh_run_has_value(h->head->column, row) || !s->member[g])
            continue;
        double off = share_of(s, fabs((double)h->value[i] - (double)h->head->column->number[row]));
        group[g].value += off;
        group[g].n++;
        all.value += off;
        all.n++;
    }
    if (s->one_group || s->over == EH_RULE_OVERALL)
        return mean_of(s, all);
    for (size_t g = 0; g < data->groups->count; g++)
        group[g].value = mean_of(s, group[g]);
    return over_groups(s, group, data->groups->count);
}

/* Of a group (-1: all images); NaN where it is not defined. */
static eh_status of_pixels(double *out, const eh_selector *s, const eh_pixel_audit *pixels, size_t classes,
                           int64_t group, eh_arena *arena, eh_error *err)
{
    eh_pixel_result r;
    EH_TRY(eh_pixel_audit_measure(&r, pixels, group, arena, err));
    *out = eh_mask_measure_value(s->mask, &r, classes, s->mask_class);
    return EH_OK;
}

static eh_status of_masks(double *out, const eh_selector *s, const eh_part_predictions *p,
                          const eh_run_data *data, measured *group, eh_arena *arena, eh_error *err)
{
    const eh_pixel_audit *pixels = p->head[s->head].pixels;
    size_t classes = p->head[s->head].width;
    int64_t one = -1;
    for (size_t g = 0; g < data->groups->count; g++) {
        EH_TRY(of_pixels(&group[g].value, s, pixels, classes, (int64_t)g, arena, err));
        group[g].n = !isnan(group[g].value);
        one = s->one_group && s->member[g] ? (int64_t)g : one;
    }
    if (s->one_group || s->over == EH_RULE_OVERALL)
        return of_pixels(out, s, pixels, classes, one, arena, err);
    *out = over_groups(s, group, data->groups->count);
    return EH_OK;
}

static eh_status of_classes(double *out, const eh_selector *s, const eh_part_predictions *p,
                            const eh_run_data *data, measured *group, eh_arena *arena, eh_error *err)
{
    const eh_head_predictions *h = &p->head[s->head];
    size_t groups = data->groups->count, classes = h->head->target.classes;
    eh_confusion all, *of = eh_arena_alloc(arena, groups + 1, sizeof *of);
    if (!of)
        return eh_fail_memory(err, "the confusion of groups", groups, sizeof *of);
    EH_TRY(eh_confusion_make(&all, arena, classes, err));
    for (size_t g = 0; g < groups; g++)
        EH_TRY(eh_confusion_make(&of[g], arena, classes, err));
    for (size_t i = 0; i < p->rows; i++) {
        uint32_t row = p->row[i];
        if (eh_run_has_value(h->head->column, row) && s->member[data->groups->of_row[row]]) {
            eh_confusion_add(&of[data->groups->of_row[row]], h->head->column->cls[row], h->predicted[i]);
            eh_confusion_add(&all, h->head->column->cls[row], h->predicted[i]);
        }
    }
    eh_estimate whole = s->metric->compute(&all, s->cls, 0.95);
    *out = whole.n ? whole.value : NAN;
    if (s->one_group || s->over == EH_RULE_OVERALL)
        return EH_OK;
    for (size_t g = 0; g < groups; g++) {
        eh_estimate e = s->metric->compute(&of[g], s->cls, 0.95);
        group[g] = (measured){ e.value, e.n };
    }
    *out = over_groups(s, group, groups);
    return EH_OK;
}

eh_status eh_selector_value(double *out, const eh_selector *s, const eh_part_predictions *p,
                            const eh_run_data *data, eh_error *err)
{
    eh_status status = EH_OK;
    eh_arena *arena = eh_arena_new();
    measured *group = arena ? eh_arena_alloc(arena, data->groups->count + 1, sizeof *group) : NULL;
    if (!group)
        status = eh_fail_memory(err, "the metric of groups", data->groups->count, sizeof *group);
    else if (s->mask)
        status = of_masks(out, s, p, data, group, arena, err);
    else if (s->metric)
        status = of_classes(out, s, p, data, group, arena, err);
    else
        *out = of_numbers(s, p, data, group);
    if (status == EH_OK && isnan(*out))
        *out = s->lower ? 1 : 0; /* of classes and masks: whatever could be, not better */
    eh_arena_free(arena);
    return status;
}

const char *eh_selector_definition(const eh_selector *s, eh_arena *arena)
{
    return eh_arena_printf(arena,
                           "the epoch with the %s %s on the validation part; of equals the one with the "
                           "higher "
                           "mean of the groups' accuracies, then the earliest",
                           s->lower ? "lowest" : "highest", s->text);
}
