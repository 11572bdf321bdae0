/* predict_write.c - see predict_write.h. */
#include "train/predict_write.h"

#include "base/csv.h"
#include "base/json.h"
#include "base/npy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_kind(const eh_saved_model *m, size_t k, eh_target_kind kind)
{
    return m->task.head[k].target.kind == kind;
}

/* The first head stands last, next to the groups, as in a run's predictions. */
static size_t head_at(const eh_saved_model *m, size_t order)
{
    return (order + 1) % m->task.heads;
}

static size_t most_probable(const float *p, size_t classes)
{
    size_t best = 0;
    for (size_t k = 1; k < classes; k++)
        best = p[k] > p[best] ? k : best;
    return best;
}

/* ---- CSV ---- */

static void column_name(eh_str *out, const eh_saved_model *m, size_t k, const char *what, const char *cls)
{
    eh_str name = { 0 };
    if (k > 0)
        eh_str_appendf(&name, "%s.", m->task.head[k].column->name);
    eh_str_append(&name, what);
    if (cls)
        eh_str_appendf(&name, ":%s", cls);
    eh_str_append(out, ",");
    eh_csv_field(out, eh_str_text(&name));
    out->failed = out->failed || name.failed;
    eh_str_clear(&name);
}

static void csv_header(eh_str *out, const eh_saved_model *m, const eh_predict_input *in)
{
    eh_str_append(out, in->catalog ? "image,file" : "file");
    for (size_t order = 0; order < m->task.heads; order++) {
        size_t k = head_at(m, order);
        const eh_frame_column *column = m->task.head[k].column;
        if (is_kind(m, k, EH_TARGET_MASK)) {
            column_name(out, m, k, "mask", NULL);
            continue;
        }
        if (in->truth[k])
            column_name(out, m, k, "truth", NULL);
        column_name(out, m, k, "predicted", NULL);
        for (size_t c = 0; c < column->classes; c++)
            column_name(out, m, k, "p", column->class_name[c]);
    }
    for (size_t c = 0; in->groups && c < in->groups->columns; c++) {
        eh_str_append(out, ",");
        eh_csv_field(out, in->groups->column[c]);
    }
    eh_str_append(out, "\n");
}

/* The image's own value of a column, empty where it has none. */
static void csv_truth(eh_str *out, const eh_frame_column *truth, size_t row)
{
    char number[EH_FLOAT_TEXT];
    eh_str_append(out, ",");
    if (truth->kind == EH_COLUMN_CLASS && truth->cls[row] >= 0)
        eh_csv_field(out, truth->class_name[truth->cls[row]]);
    else if (truth->kind == EH_COLUMN_NUMBER && !isnan(truth->number[row])) {
        eh_format_single(number, truth->number[row]);
        eh_str_append(out, number);
    }
}

static void csv_row(eh_str *out, const eh_saved_model *m, const eh_predict_input *in,
                    const eh_predict_row *row)
{
    if (in->catalog)
        eh_str_appendf(out, "%lld,", (long long)in->frame->image[row->index]);
    eh_csv_field(out, row->file);
    for (size_t order = 0; order < m->task.heads; order++) {
        size_t k = head_at(m, order);
        const eh_frame_column *column = m->task.head[k].column;
        const float *value = row->value[k];
        if (is_kind(m, k, EH_TARGET_MASK)) {
            eh_str_append(out, ",");
            eh_csv_field(out, row->mask[k]);
            continue;
        }
        if (in->truth[k])
            csv_truth(out, in->truth[k], row->index);
        eh_str_append(out, ",");
        if (column->classes)
            eh_csv_field(out, column->class_name[most_probable(value, column->classes)]);
        else
            eh_str_appendf(out, "%.9g", (double)value[0]);
        for (size_t c = 0; c < column->classes; c++)
            eh_str_appendf(out, ",%.9g", (double)value[c]);
    }
    const eh_groups *g = in->groups;
    for (size_t c = 0; g && c < g->columns; c++) {
        eh_str_append(out, ",");
        eh_csv_field(out, g->value[(size_t)g->of_row[row->index] * g->columns + c]);
    }
    eh_str_append(out, "\n");
}

/* ---- JSON ---- */

/* A float as JSON with the digits that a float has. */
static json_t *float_json(float value)
{
    char text[32];
    double number = 0;
    snprintf(text, sizeof text, "%.9g", (double)value);
    return eh_parse_float(&number, text) ? json_real(number) : json_null();
}

static json_t *head_json(const eh_saved_model *m, size_t k, const eh_predict_row *row)
{
    const eh_frame_column *column = m->task.head[k].column;
    const float *value = row->value[k];
    if (is_kind(m, k, EH_TARGET_MASK))
        return json_pack("{s:s?}", "mask", row->mask[k]);
    if (column->classes == 0)
        return json_pack("{s:o}", "predicted", float_json(value[0]));
    json_t *p = json_object();
    for (size_t c = 0; c < column->classes; c++)
        eh_json_set(p, column->class_name[c], float_json(value[c]));
    return json_pack("{s:s, s:o}", "predicted", column->class_name[most_probable(value, column->classes)],
                     "p", p);
}

static void json_row(eh_str *out, const eh_saved_model *m, const eh_predict_input *in,
                     const eh_predict_row *row, bool first)
{
    json_t *object = json_object(), *heads = json_object();
    bool ok = object && heads;
    if (ok && in->catalog)
        ok = eh_json_set(object, "image", json_integer((json_int_t)in->frame->image[row->index]));
    ok = ok && eh_json_set(object, "file", json_string(row->file));
    for (size_t k = 0; k < m->task.heads && ok; k++)
        ok = eh_json_set(heads, m->task.head[k].column->name, head_json(m, k, row));
    ok = ok && eh_json_set(object, "heads", json_incref(heads));
    eh_str_append(out, first ? "\n    " : ",\n    ");
    if (ok)
        eh_json_append(out, object, false);
    out->failed = out->failed || !ok;
    json_decref(heads);
    json_decref(object);
}

/* ---- NPY ---- */

/* Numbers of a head: of masks the probabilities of every pixel, class by class. */
static size_t head_width(const eh_saved_model *m, size_t k)
{
    size_t width = eh_task_head_width(&m->task.head[k]);
    return is_kind(m, k, EH_TARGET_MASK) ? width * (size_t)m->width * (size_t)m->height : width;
}

static size_t row_width(const eh_saved_model *m)
{
    size_t width = 0;
    for (size_t k = 0; k < m->task.heads; k++)
        width += head_width(m, k);
    return width;
}

/* [images, numbers]; of a model of masks alone [images, classes, height, width]. */
static void npy_header(eh_str *out, const eh_saved_model *m, size_t rows)
{
    size_t size[4] = { rows, row_width(m), (size_t)m->height, (size_t)m->width };
    bool masks = m->task.heads == 1 && is_kind(m, 0, EH_TARGET_MASK);
    if (masks)
        size[1] = eh_task_head_width(&m->task.head[0]);
    eh_npy_header_append(out, size, masks ? 4 : 2);
}

static void npy_row(eh_str *out, const eh_saved_model *m, const eh_predict_row *row)
{
    for (size_t k = 0; k < m->task.heads; k++)
        for (size_t c = 0; c < head_width(m, k); c++) {
            float value = row->value[k] ? row->value[k][c] : NAN;
            eh_str_append_bytes(out, &value, sizeof value);
        }
}

/* ---- all three ---- */

void eh_predict_write_begin(eh_str *out, eh_predict_format format, const eh_saved_model *m,
                            const eh_predict_input *in)
{
    if (format == EH_PREDICT_CSV)
        csv_header(out, m, in);
    else if (format == EH_PREDICT_JSON)
        eh_str_append(out, "{\n  \"predictions\": [");
    else
        npy_header(out, m, in->count);
}

void eh_predict_write_row(eh_str *out, eh_predict_format format, const eh_saved_model *m,
                          const eh_predict_input *in, const eh_predict_row *row, bool first)
{
    if (format == EH_PREDICT_CSV)
        csv_row(out, m, in, row);
    else if (format == EH_PREDICT_JSON)
        json_row(out, m, in, row, first);
    else
        npy_row(out, m, row);
}

void eh_predict_write_end(eh_str *out, eh_predict_format format, const json_t *about)
{
    if (format != EH_PREDICT_JSON)
        return;
    eh_str_append(out, "\n  ],\n  \"about\": ");
    eh_json_append(out, about, false);
    eh_str_append(out, "\n}\n");
}
