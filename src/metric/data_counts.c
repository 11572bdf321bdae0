/* data_counts.c - counting the values of columns, groups and labels; see data_counts.h. */
#include "metric/data_counts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static eh_status count_memory(eh_error *err, size_t count)
{
    return eh_fail_memory(err, "counts", count, sizeof(eh_value_count));
}

static const char *keep(eh_arena *arena, const char *text)
{
    return eh_arena_strdup(arena, text);
}

static void count_one(eh_value_count *v, uint8_t part)
{
    v->count[0]++;
    if (part != EH_PART_NONE)
        v->count[part]++;
}

/* An array with one entry per class and one for missing values behind them. */
static eh_status class_values(eh_value_count **out, eh_arena *arena, const eh_frame_column *column,
                              eh_error *err)
{
    *out = eh_arena_alloc(arena, column->classes + 1, sizeof **out);
    if (!*out)
        return count_memory(err, column->classes + 1);
    for (size_t k = 0; k <= column->classes; k++)
        if (!((*out)[k].name = keep(arena, k < column->classes ? column->class_name[k] : "(missing)")))
            return count_memory(err, 1);
    return EH_OK;
}

static eh_status count_classes(eh_column_count *out, eh_arena *arena, const eh_frame *f,
                               const eh_frame_column *column, eh_error *err)
{
    EH_TRY(class_values(&out->value, arena, column, err));
    for (size_t row = 0; row < f->rows; row++)
        count_one(&out->value[column->cls[row] < 0 ? column->classes : (size_t)column->cls[row]],
                  f->part[row]);
    out->missing = out->value[column->classes].count[0];
    out->values = column->classes + (out->missing > 0);
    return EH_OK;
}

static int by_number(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static eh_status count_numbers(eh_column_count *out, const eh_frame *f, const eh_frame_column *column,
                               eh_error *err)
{
    float *sorted = eh_alloc(f->rows, sizeof *sorted);
    size_t n = 0;
    double sum = 0;
    if (!sorted)
        return eh_fail_memory(err, "numbers", f->rows, sizeof *sorted);
    for (size_t row = 0; row < f->rows; row++)
        if (!isnan(column->number[row])) {
            sum += (double)column->number[row];
            sorted[n++] = column->number[row];
        }
    qsort(sorted, n, sizeof *sorted, by_number);
    out->missing = f->rows - n;
    out->min = n ? (double)sorted[0] : (double)NAN;
    out->max = n ? (double)sorted[n - 1] : (double)NAN;
    out->mean = n ? sum / (double)n : (double)NAN;
    out->median = n ? ((double)sorted[(n - 1) / 2] + (double)sorted[n / 2]) / 2 : (double)NAN;
    eh_free(sorted);
    return EH_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static eh_status count_texts(eh_column_count *out, const eh_frame *f, const eh_frame_column *column,
                             eh_error *err)
{
    const char **sorted = eh_alloc(f->rows, sizeof *sorted);
    size_t n = 0;
    if (!sorted)
        return eh_fail_memory(err, "texts", f->rows, sizeof *sorted);
    for (size_t row = 0; row < f->rows; row++)
        if (column->text[row])
            sorted[n++] = column->text[row];
    qsort((void *)sorted, n, sizeof *sorted, by_text);
    out->missing = f->rows - n;
    for (size_t i = 0; i < n; i++)
        out->distinct += i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0;
    eh_free((void *)sorted);
    return EH_OK;
}

static eh_status count_column(eh_column_count *out, eh_arena *arena, const eh_frame *f,
                              const eh_frame_column *column, eh_error *err)
{
    *out = (eh_column_count){ .kind = column->kind, .rows = f->rows };
    out->name = keep(arena, column->name);
    if (!out->name)
        return count_memory(err, 1);
    if (column->kind == EH_COLUMN_CLASS)
        return count_classes(out, arena, f, column, err);
    if (column->kind == EH_COLUMN_NUMBER)
        return count_numbers(out, f, column, err);
    return count_texts(out, f, column, err);
}

/* The label's values in every group. */
static eh_status count_label(eh_label_count *out, eh_arena *arena, const eh_frame *f, const eh_groups *groups,
                             const char *label, eh_error *err)
{
    const eh_frame_column *column;
    eh_value_count *names;
    bool missing = false;
    EH_TRY(eh_frame_find(&column, f, label, err));
    for (size_t row = 0; row < f->rows; row++)
        missing |= column->cls[row] < 0;
    out->name = keep(arena, label);
    out->values = column->classes + missing;
    out->cell = eh_arena_alloc(arena, groups->count * out->values, sizeof *out->cell);
    EH_TRY(class_values(&names, arena, column, err));
    if (!out->cell || !out->name)
        return count_memory(err, groups->count * out->values);
    for (size_t i = 0; i < groups->count * out->values; i++)
        out->cell[i].name = names[i % out->values].name;
    for (size_t row = 0; row < f->rows; row++) {
        size_t k = column->cls[row] < 0 ? column->classes : (size_t)column->cls[row];
        count_one(&out->cell[(size_t)groups->of_row[row] * out->values + k], f->part[row]);
    }
    return EH_OK;
}

static eh_status check_label(const eh_frame *f, const char *label, eh_error *err)
{
    const eh_frame_column *column;
    EH_TRY(eh_frame_find(&column, f, label, err));
    return column->kind == EH_COLUMN_CLASS
               ? EH_OK
               : eh_fail(err, EH_ERR_USAGE, "the label column '%s' has no classes; name a column that has",
                         label);
}

static eh_status count_groups(eh_data_counts *s, eh_arena *arena, const eh_frame *f, const eh_groups *groups,
                              eh_error *err)
{
    s->groups = groups->count;
    s->group = eh_arena_alloc(arena, groups->count, sizeof *s->group);
    if (!s->group)
        return count_memory(err, groups->count);
    for (size_t g = 0; g < groups->count; g++)
        if (!(s->group[g].name = keep(arena, groups->name[g])))
            return count_memory(err, 1);
    for (size_t row = 0; row < f->rows; row++)
        count_one(&s->group[groups->of_row[row]], f->part[row]);
    return EH_OK;
}

eh_status eh_data_count(eh_data_counts *out, eh_arena *arena, const eh_frame *frame, const eh_groups *groups,
                        const eh_str_list *labels, eh_error *err)
{
    *out = (eh_data_counts){ .images = frame->rows };
    for (size_t row = 0; row < frame->rows; row++)
        out->part[frame->part[row]]++;
    out->has_parts = out->part[EH_PART_NONE] < out->images;
    out->column = eh_arena_alloc(arena, frame->columns, sizeof *out->column);
    out->label = eh_arena_alloc(arena, labels->count, sizeof *out->label);
    if (!out->column || !out->label)
        return count_memory(err, frame->columns);
    for (; out->columns < frame->columns; out->columns++)
        EH_TRY(count_column(&out->column[out->columns], arena, frame, &frame->column[out->columns], err));
    for (size_t i = 0; i < labels->count; i++)
        EH_TRY(check_label(frame, labels->item[i], err));
    if (!groups)
        return EH_OK;
    EH_TRY(count_groups(out, arena, frame, groups, err));
    for (; out->labels < labels->count; out->labels++)
        EH_TRY(count_label(&out->label[out->labels], arena, frame, groups, labels->item[out->labels], err));
    return EH_OK;
}

static int count_item(void *user, const char *item, const char *reason)
{
    (void)item;
    (void)reason;
    (*(uint64_t *)user)++;
    return 0;
}

eh_status eh_data_count_images(eh_data_counts *out, eh_catalog *catalog, const eh_query *where, eh_error *err)
{
    EH_TRY(eh_catalog_measure(&out->sizes, catalog, where, err));
    return eh_catalog_each_skipped(catalog, count_item, &out->skipped, err);
}
