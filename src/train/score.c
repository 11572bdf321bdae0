/* score.c - what predictions are worth in each group: accuracy of classes, mean absolute error of numbers, mean IoU of masks. */
#include "train/evaluation.h"

#include <math.h>

const char *eh_score_metric(eh_target_kind kind)
{
    return kind == EH_TARGET_NUMBER ? "mean absolute error"
           : kind == EH_TARGET_MASK ? "mean IoU"
                                    : "accuracy";
}

const char *eh_score_key(eh_target_kind kind)
{
    return kind == EH_TARGET_NUMBER ? "mae" : kind == EH_TARGET_MASK ? "miou" : "accuracy";
}

double eh_score_gain(eh_target_kind kind, double value)
{
    return kind == EH_TARGET_NUMBER ? -value : value;
}

/* Sums of the rows that have a value. */
static void add_rows(eh_score *out, const eh_part_predictions *p, const eh_head_predictions *h,
                     const eh_run_data *data)
{
    const eh_frame_column *column = h->head->column;
    double loss = 0, errors = 0;
    for (size_t i = 0; i < p->rows; i++) {
        uint32_t row = p->row[i];
        int32_t group = data->groups->of_row[row];
        if (!eh_run_has_value(column, row))
            continue;
        out->n++;
        out->group_n[group]++;
        loss += (double)h->loss[i];
        if (h->predicted) {
            bool correct = h->predicted[i] == column->cls[row];
            out->group_correct[group] += correct;
            out->correct += correct;
        } else {
            double off = fabs((double)h->value[i] - (double)column->number[row]);
            out->group_value[group] += off;
            errors += off;
        }
    }
    if (out->n == 0)
        return;
    out->loss = loss / (double)out->n;
    out->overall = (h->predicted ? (double)out->correct : errors) / (double)out->n;
}

/* Of masks: what was counted while they were predicted. */
static eh_status add_masks(eh_score *out, const eh_part_predictions *p, const eh_head_predictions *h,
                           eh_error *err)
{
    eh_pixel_result r;
    double loss = 0;
    eh_arena *arena = eh_arena_new();
    eh_status status = arena ? EH_OK : eh_fail_memory(err, "the score of masks", 1, 1);
    for (size_t g = 0; g < out->groups && status == EH_OK; g++) {
        status = eh_pixel_audit_measure(&r, h->pixels, (int64_t)g, arena, err);
        out->group_n[g] = r.images;
        out->group_value[g] = r.miou * (double)r.images; /* is divided below */
    }
    if (status == EH_OK)
        status = eh_pixel_audit_measure(&r, h->pixels, -1, arena, err);
    for (size_t i = 0; i < p->rows && status == EH_OK; i++)
        loss += h->image[i].judged ? (double)h->loss[i] : 0;
    if (status == EH_OK && r.images) {
        out->n = r.images;
        out->overall = r.miou;
        out->loss = loss / (double)r.images;
    }
    eh_arena_free(arena);
    return status;
}

eh_status eh_score_make(eh_score *out, const eh_part_predictions *p, size_t k, const eh_run_data *data,
                        eh_error *err)
{
    const eh_head_predictions *h = &p->head[k];
    size_t groups = data->groups->count, with_images = 0;
    *out = (eh_score){ .kind = h->head->target.kind,
                       .groups = groups,
                       .overall = NAN,
                       .group_mean = NAN,
                       .worst = NAN,
                       .worst_group = -1,
                       .loss = NAN };
    out->group_n = eh_alloc(groups, sizeof *out->group_n);
    out->group_correct = eh_alloc(groups, sizeof *out->group_correct);
    out->group_value = eh_alloc(groups, sizeof *out->group_value);
    if (!out->group_n || !out->group_correct || !out->group_value)
        return eh_fail_memory(err, "the score of groups", groups, sizeof *out->group_n);
    if (h->pixels)
        EH_TRY(add_masks(out, p, h, err));
    else
        add_rows(out, p, h, data);
    double sum = 0;
    for (size_t g = 0; g < groups; g++) {
        if (out->group_n[g] == 0) {
            out->group_value[g] = NAN;
            continue;
        }
        double *value = &out->group_value[g];
        *value = (h->predicted ? (double)out->group_correct[g] : *value) / (double)out->group_n[g];
        sum += *value;
        with_images++;
        if (out->worst_group < 0 || eh_score_gain(out->kind, *value) < eh_score_gain(out->kind, out->worst)) {
            out->worst = *value;
            out->worst_group = (int64_t)g;
        }
    }
    if (with_images)
        out->group_mean = sum / (double)with_images;
    return EH_OK;
}

void eh_score_clear(eh_score *s)
{
    eh_free(s->group_n);
    eh_free(s->group_correct);
    eh_free(s->group_value);
    *s = (eh_score){ 0 };
}
