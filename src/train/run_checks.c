/* run_checks.c - is there something to learn, and to judge it by? */
#include "train/run_checks.h"

#include "train/select.h"

#include <string.h>

enum { FEW = 30 }; /* as in the audit: below this a group's accuracy says little */

/* With several heads an image without a value of one of them still teaches the others. */
static void remark_gaps(eh_run_data *d, const eh_frame_column *column)
{
    uint64_t gaps = 0;
    for (int p = EH_PART_TRAIN; p < EH_PARTS; p++)
        for (size_t i = 0; i < d->rows[p]; i++)
            gaps += !eh_run_has_value(column, d->row[p][i]);
    if (gaps)
        eh_remark(&d->remarks, "%llu %s no value of '%s' and %s for the other labels only",
                  (unsigned long long)gaps, gaps == 1 ? "image has" : "images have", column->name,
                  gaps == 1 ? "is used" : "are used");
}

eh_status eh_run_check_rows(eh_run_data *d, const eh_train_opts *opts, eh_error *err)
{
    if (d->frame->rows == 0)
        return eh_fail(err, EH_ERR_NOT_ENOUGH, "%s holds no usable image", opts->data);
    if (d->rows[EH_PART_TRAIN] == 0 && d->without_label == d->frame->rows)
        return eh_fail(err, EH_ERR_NOT_ENOUGH, "no image in %s has a value of '%s'%s", opts->data,
                       opts->label.item[0], d->heads > 1 ? " or of the other labels" : "");
    size_t in_training = 0;
    for (size_t row = 0; row < d->frame->rows; row++)
        in_training += d->frame->part[row] == EH_PART_TRAIN;
    if (d->rows[EH_PART_TRAIN] == 0 && in_training > 0)
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "none of the %zu images in the training part of %s has a value of '%s'%s", in_training,
                       opts->data, opts->label.item[0], d->heads > 1 ? " or of the other labels" : "");
    if (d->rows[EH_PART_TRAIN] == 0)
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "the training part of %s is empty; divide the images first: evenhand split %s",
                       opts->data, opts->data);
    if (d->without_label > 0)
        eh_remark(&d->remarks, "%llu %s no value of '%s'%s and %s left out",
                  (unsigned long long)d->without_label, d->without_label == 1 ? "image has" : "images have",
                  opts->label.item[0], d->heads > 1 ? " or of the other labels" : "",
                  d->without_label == 1 ? "is" : "are");
    for (size_t i = 0; i < d->heads && d->heads > 1; i++)
        remark_gaps(d, d->head[i]);
    if (d->without_part > 0)
        eh_remark(&d->remarks, "%llu %s to no part (train, valid, test) and %s left out",
                  (unsigned long long)d->without_part,
                  d->without_part == 1 ? "image belongs" : "images belong",
                  d->without_part == 1 ? "is" : "are");
    if (d->rows[EH_PART_VALID] == 0 && eh_select_rule(opts->select) != EH_SELECT_LAST)
        eh_remark(&d->remarks,
                  "there is no validation part, so no epoch can be selected: the last one is kept");
    else if (d->judged == 0 && opts->average_last == 0 && eh_select_rule(opts->select) < EH_SELECT_LAST)
        eh_remark(&d->remarks,
                  "no image of the validation part has a value of '%s', so no epoch can be selected: the "
                  "last "
                  "one is kept; name another label first, or choose with --select",
                  d->head[0]->name);
    if (d->rows[EH_PART_TEST] == 0)
        eh_remark(&d->remarks, "there is no test part, so nothing will be tested");
    return EH_OK;
}

static eh_status check_classes(eh_run_data *d, const eh_frame_column *label, eh_error *err)
{
    size_t learned = 0;
    for (size_t k = 0; k < label->classes; k++) {
        uint64_t n[EH_PARTS] = { 0 };
        for (int p = 0; p < EH_PARTS; p++)
            for (size_t i = 0; i < d->rows[p]; i++)
                n[p] += label->cls[d->row[p][i]] == (int32_t)k;
        uint64_t judged = n[EH_PART_VALID] + n[EH_PART_TEST];
        if (n[EH_PART_TRAIN] == 0 && judged > 0)
            return eh_fail(err, EH_ERR_NOT_ENOUGH,
                           "the class '%s' of '%s' occurs only in the %s part (%llu images), so it cannot be "
                           "learned; divide the images "
                           "again with 'evenhand split --stratify %s', or leave these images out",
                           label->class_name[k], label->name, n[EH_PART_TEST] ? "test" : "validation",
                           (unsigned long long)judged, label->name);
        if (n[EH_PART_TRAIN] == 0)
            eh_remark(&d->remarks,
                      "the class '%s' of '%s' has no image; the model has an output for it that is never "
                      "trained",
                      label->class_name[k], label->name);
        learned += n[EH_PART_TRAIN] > 0;
    }
    if (learned < 2)
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "the label '%s' has %s in the training part; to learn something takes two classes",
                       label->name, learned == 1 ? "only one class" : "no class");
    return EH_OK;
}

eh_status eh_run_check_classes(eh_run_data *d, eh_error *err)
{
    for (size_t i = 0; i < d->heads; i++)
        if (d->head[i]->kind == EH_COLUMN_CLASS)
            EH_TRY(check_classes(d, d->head[i], err));
    return EH_OK;
}

/* One remark about groups with no or few images in a part. */
static void remark_small_groups(eh_run_data *d, eh_part part, bool few, const char *consequence)
{
    eh_str names = { 0 };
    size_t count = 0;
    if (d->rows[part] == 0)
        return;
    for (size_t g = 0; g < d->groups->count; g++) {
        uint64_t n = d->group_rows[part][g];
        if (d->group_rows[EH_PART_TRAIN][g] + d->group_rows[EH_PART_VALID][g] +
                d->group_rows[EH_PART_TEST][g] ==
            0)
            continue; /* it has only images without a label or without a part */
        if (few ? n == 0 || n >= FEW : n != 0)
            continue;
        if (count++ < 8) {
            eh_str_appendf(&names, "%s%s", count > 1 ? ", " : "", d->groups->name[g]);
            if (few)
                eh_str_appendf(&names, " (%llu)", (unsigned long long)n);
        }
    }
    if (count > 8)
        eh_str_appendf(&names, " and %zu more", count - 8);
    if (count > 0 && few)
        eh_remark(&d->remarks, "%s in the %s part: %s; %s",
                  count == 1 ? "a group has few images" : "groups have few images", eh_part_name(part),
                  eh_str_text(&names), consequence);
    else if (count > 0)
        eh_remark(&d->remarks, "%s no image in the %s part: %s; %s",
                  count == 1 ? "a group has" : "groups have", eh_part_name(part), eh_str_text(&names),
                  consequence);
    eh_str_clear(&names);
}

eh_status eh_run_check_groups(eh_run_data *d, const eh_train_opts *opts, eh_error *err)
{
    static const char *const taken[] = { "image", "file", "truth", "predicted", "loss" };
    for (size_t i = 0; i < d->groups->columns; i++)
        for (size_t k = 0; k < sizeof taken / sizeof *taken; k++)
            if (strcmp(d->groups->column[i], taken[k]) == 0)
                return eh_fail(err, EH_ERR_USAGE,
                               "a group column cannot be called '%s', because the predictions file has a "
                               "column of that name; rename it "
                               "in the data set and import it again",
                               taken[k]);
    remark_small_groups(d, EH_PART_TRAIN, false, "nothing can be learned from them");
    remark_small_groups(d, EH_PART_VALID, false, "they take no part in choosing the epoch");
    if (eh_select_rule(opts->select) == EH_SELECT_WORST_GROUP && opts->average_last == 0)
        remark_small_groups(d, EH_PART_VALID, true,
                            "the choice of the epoch by the worst group rests on them");
    remark_small_groups(d, EH_PART_TEST, false, "nothing can be said about them");
    return EH_OK;
}

/* "64" or "240x180"; 0 x 0 for "0" and NULL. */
static eh_status parse_size(int *width, int *height, const char *text, eh_error *err)
{
    enum { LARGEST = 4096 };
    int64_t w = 0, h = 0;
    char first[16] = "";
    const char *cross = text ? strchr(text, 'x') : NULL;
    if (cross && (size_t)(cross - text) < sizeof first)
        memcpy(first, text, (size_t)(cross - text));
    bool ok = !text || (cross ? eh_parse_int(&w, first) && eh_parse_int(&h, cross + 1) && w > 0 && h > 0
                              : eh_parse_int(&w, text));
    h = cross ? h : w;
    if (!ok || w < 0 || h < 0 || w > LARGEST || h > LARGEST)
        return eh_fail(err, EH_ERR_USAGE,
                       "--size: \"%s\" is no size; write a side of 1 to %d pixels as in 64, or width and "
                       "height as in 240x180",
                       text, LARGEST);
    *width = (int)w;
    *height = (int)h;
    return EH_OK;
}

eh_status eh_run_choose_shape(eh_run_data *d, const eh_train_opts *opts, eh_error *err)
{
    enum { DEFAULT_SIDE = 64 };
    eh_catalog_shapes s;
    EH_TRY(eh_catalog_image_shapes(&s, d->catalog, err));
    d->channels = opts->channels == 1 || (opts->channels == 0 && s.max_channels == 1) ? 1 : 3;
    EH_TRY(parse_size(&d->width, &d->height, opts->size, err));
    if (d->width > 0)
        return EH_OK;
    if (s.min_width == s.max_width && s.min_height == s.max_height && s.min_width > 0) {
        d->width = s.min_width;
        d->height = s.min_height;
    } else {
        d->width = d->height = DEFAULT_SIDE;
        eh_remark(&d->remarks,
                  "the images differ in size (%dx%d to %dx%d); all are cropped to a square and resized to "
                  "%dx%d (--size)",
                  s.min_width, s.min_height, s.max_width, s.max_height, DEFAULT_SIDE, DEFAULT_SIDE);
    }
    return EH_OK;
}
