/* predict.c - see predict.h. A batch is decoded on all threads, run through the plan, and written; then the next.
 *
 * Pixels go the way that they went in training: decoded at no less than twice the size, the largest centred crop of the right shape, resized with antialias,
 * scaled by the run's mean and deviation. With the run's batch and precision the numbers are the same to the last bit as in its own predictions.
 */
#include "train/predict.h"

#include "base/file.h"
#include "base/json.h"
#include "base/npy.h"
#include "base/threads.h"
#include "data/batch_fill.h"
#include "data/pack_store.h"
#include "evenhand/plan.h"
#include "train/predict_write.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_BATCH = 32 };

typedef struct prediction {
    const eh_predict_opts *opts;
    eh_predict_report *report;
    eh_saved_model model;
    eh_predict_input input;
    eh_tuner *tuner;
    eh_graph *graph;
    eh_plan *plan;
    eh_tensor *images, *features;
    eh_saved_tensors tensors;
    size_t batch, feature_width;
    eh_batch_scale scale;
    /* of the batch in work */
    size_t first, count;
    float *pixels;          /* [batch,C,H,W] */
    char (*reason)[1024];   /* [batch] why an image could not be read; "" */
    float *value[EH_HEADS]; /* [batch, width] */
    float *mirrored;        /* the same of one head for the mirror images; NULL: not asked for */
    float *vector;          /* [batch, feature_width] */
    eh_str text, feature_text;
    eh_atomic_file out, feature_out;
} prediction;

/* ---- setting up ---- */

static eh_status set_precision(eh_plan_opts *plan, const prediction *p, eh_error *err)
{
    const char *word = p->opts->precision ? p->opts->precision : p->model.precision;
    for (int k = EH_PRECISION_F32; word && k <= EH_PRECISION_AUTO; k++)
        if (strcmp(word, eh_precision_name((eh_precision)k)) == 0) {
            plan->precision = eh_precision_resolve((eh_precision)k, plan->backend);
            return EH_OK;
        }
    return word ? eh_fail(err, EH_ERR_USAGE, "--precision: \"%s\" is none of f32, bf16, auto", word) : EH_OK;
}

/* The implementations that the run began with. */
static eh_status set_tuner(prediction *p, eh_error *err)
{
    EH_TRY(eh_tuner_new(&p->tuner, EH_TUNE_OFF, err));
    const char *path = p->model.run ? eh_path_join(p->model.arena, p->model.run, "tuning.json") : NULL;
    return path && eh_path_exists(path) ? eh_tuner_load(p->tuner, path, err) : EH_OK;
}

static eh_status make_plan(prediction *p, eh_error *err)
{
    const eh_saved_model *m = &p->model;
    eh_plan_opts plan = { .backend = p->opts->backend };
    eh_tensor *target[EH_HEADS + 1];
    size_t targets = 0;
    EH_TRY(set_precision(&plan, p, err));
    EH_TRY(set_tuner(p, err));
    plan.tuner = p->tuner;
    EH_TRY(eh_graph_new(&p->graph, m->params, err));
    eh_build b = { .graph = p->graph };
    p->images = eh_input(p->graph, "images",
                         eh_shape_of(4, (int64_t)p->batch, (int64_t)m->channels, (int64_t)m->height,
                                     (int64_t)m->width),
                         EH_F32);
    p->tensors = eh_saved_model_build(m, &b, p->images);
    EH_TRY(eh_graph_check(p->graph, err));
    for (size_t k = 0; k < m->task.heads; k++)
        target[targets++] = p->tensors.prediction[k];
    if (p->opts->features) {
        p->features = p->tensors.features.vector;
        if (!p->features)
            return eh_fail(err, EH_ERR_USAGE, "--features: the model %s has no vector in front of its head",
                           m->model);
        p->feature_width = (size_t)eh_tensor_shape(p->features).dim[1];
        target[targets++] = p->features;
    }
    return eh_plan_new(&p->plan, p->graph, target, targets, &plan, err);
}

/* Numbers of one image in the prediction of a head. */
static size_t numbers_of(const prediction *p, size_t k)
{
    return (size_t)eh_shape_elements(eh_tensor_shape(p->tensors.prediction[k])) / p->batch;
}

static eh_status make_buffers(prediction *p, eh_error *err)
{
    const eh_saved_model *m = &p->model;
    size_t image = (size_t)m->width * (size_t)m->height * (size_t)m->channels;
    p->pixels = eh_alloc_raw(p->batch, image * sizeof *p->pixels);
    p->reason = eh_alloc(p->batch, sizeof *p->reason);
    p->vector = eh_alloc(p->batch, (p->feature_width + 1) * sizeof *p->vector);
    bool ok = p->pixels && p->reason && p->vector;
    size_t widest = 0;
    for (size_t k = 0; k < m->task.heads && ok; k++) {
        size_t numbers = numbers_of(p, k);
        p->value[k] = eh_alloc_raw(p->batch, numbers * sizeof *p->value[k]);
        ok = p->value[k] != NULL;
        widest = numbers > widest ? numbers : widest;
    }
    if (ok && p->opts->mirror) {
        p->mirrored = eh_alloc_raw(p->batch, widest * sizeof *p->mirrored);
        ok = p->mirrored != NULL;
    }
    eh_batch_scale_set(&p->scale, m->mean, m->std);
    return ok ? EH_OK : eh_fail_memory(err, "a batch", p->batch, image * sizeof *p->pixels);
}

static eh_status check_masks(const prediction *p, eh_error *err)
{
    bool masks = false;
    for (size_t k = 0; k < p->model.task.heads; k++)
        masks = masks || p->model.task.head[k].target.kind == EH_TARGET_MASK;
    if (masks && !p->opts->masks && p->opts->format != EH_PREDICT_NPY)
        return eh_fail(err, EH_ERR_USAGE,
                       "the model answers for every pixel; say with --masks in which folder its pictures go");
    if (!masks && p->opts->masks)
        return eh_fail(err, EH_ERR_USAGE, "--masks: no head of this model answers for every pixel");
    return p->opts->masks ? eh_make_folder(p->opts->masks, err) : EH_OK;
}

/* ---- one batch ---- */

/* Image `index` of the batch into its place; what cannot be read leaves zeros and a reason. */
static void read_image(void *user, size_t index)
{
    prediction *p = user;
    const eh_saved_model *m = &p->model;
    size_t image = (size_t)m->width * (size_t)m->height * (size_t)m->channels;
    float *out = p->pixels + index * image;
    eh_error err = { 0 };
    eh_image picture = { 0 };
    eh_decode_opts opts = { .channels = m->channels,
                            .min_side = 2 * (m->width > m->height ? m->width : m->height) };
    p->reason[index][0] = 0;
    if (index >= p->count) {
        memset(out, 0, image * sizeof *out);
        return;
    }
    eh_status status = eh_predict_input_read(&p->input, p->first + index, &opts, &picture, &err);
    if (status == EH_OK)
        status = eh_pack_fit(&picture, m->width, m->height, false, EH_RESIZE_ANTIALIAS, &err);
    if (status == EH_OK) {
        eh_batch_fill(out, picture.data, m->width * m->height, m->channels, &p->scale);
    } else {
        memset(out, 0, image * sizeof *out);
        snprintf(p->reason[index], sizeof *p->reason, "%s",
                 err.message[0] ? err.message : "it cannot be read");
    }
    eh_image_clear(&picture);
}

static eh_status add_skip(eh_predict_report *r, const char *file, const char *reason, eh_error *err)
{
    eh_predict_skip *grown = eh_realloc(r->skip, r->skips, r->skips + 1, sizeof *grown);
    if (!grown)
        return eh_fail_memory(err, "the list of images left out", r->skips, sizeof *grown);
    r->skip = grown;
    eh_str name = { 0 }, why = { 0 };
    eh_str_append(&name, file);
    eh_str_append(&why, reason);
    r->skip[r->skips++] = (eh_predict_skip){ name.data, why.data };
    return name.failed || why.failed ? eh_fail_memory(err, "the list of images left out", 1, 1) : EH_OK;
}

/* The most probable class of every pixel as a picture of indices; its path into out. */
static eh_status write_mask(const prediction *p, size_t k, size_t index, const char *file, char out[512],
                            eh_error *err)
{
    const eh_saved_model *m = &p->model;
    size_t pixels = (size_t)m->width * (size_t)m->height, classes = m->task.head[k].target.classes, size;
    const float *value = p->value[k] + index * pixels * classes;
    eh_image mask = { 0 };
    uint8_t *bytes = NULL;
    EH_TRY(eh_image_alloc(&mask, m->width, m->height, 1, err));
    for (size_t i = 0; i < pixels; i++) {
        size_t best = 0;
        for (size_t c = 1; c < classes; c++)
            best = value[c * pixels + i] > value[best * pixels + i] ? c : best;
        mask.data[i] = (uint8_t)best;
    }
    const char *name = eh_path_name(file), *dot = strrchr(name, '.');
    int length = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    snprintf(out, 512, "%s/%06zu-%.*s%s%s.png", p->opts->masks, p->first + index, length > 120 ? 120 : length,
             name, m->task.heads > 1 ? "-" : "", m->task.heads > 1 ? m->task.head[k].column->name : "");
    eh_status status = eh_image_encode_png(&bytes, &size, &mask, err);
    if (status == EH_OK)
        status = eh_file_write_atomic(out, bytes, size, err);
    eh_free(bytes);
    eh_image_clear(&mask);
    return status;
}

/* One image's predictions, or its place in NPY, behind what was written. */
static eh_status write_row(prediction *p, size_t index, eh_error *err)
{
    const eh_saved_model *m = &p->model;
    char file[4096], mask[EH_HEADS][512];
    bool good = p->reason[index][0] == 0;
    eh_predict_row row = { .index = p->first + index, .file = file };
    EH_TRY(eh_predict_input_name(&p->input, row.index, file, sizeof file, err));
    if (!good)
        EH_TRY(add_skip(p->report, file, p->reason[index], err));
    for (size_t i = 0; i < p->feature_width; i++) {
        float value = good ? p->vector[index * p->feature_width + i] : NAN;
        eh_str_append_bytes(&p->feature_text, &value, sizeof value);
    }
    if (!good && p->opts->format != EH_PREDICT_NPY)
        return EH_OK;
    for (size_t k = 0; k < m->task.heads && good; k++) {
        size_t numbers = numbers_of(p, k);
        row.value[k] = p->value[k] + index * numbers;
        for (size_t i = 0; i < numbers; i++)
            if (!isfinite(row.value[k][i]))
                return eh_fail(err, EH_ERR_NUMERIC, "%s: the model predicts NaN or infinity for %s",
                               p->model.path, file);
        if (m->task.head[k].target.kind == EH_TARGET_MASK && p->opts->masks) {
            EH_TRY(write_mask(p, k, index, file, mask[k], err));
            row.mask[k] = mask[k];
        }
    }
    eh_predict_write_row(&p->text, p->opts->format, m, &p->input, &row, p->report->predicted == 0);
    p->report->predicted += good;
    return EH_OK;
}

/* Sends on what was written so far. */
static eh_status flush(eh_str *text, eh_atomic_file *file, const prediction *p, eh_error *err)
{
    EH_TRY(eh_str_check(text, err));
    if (!file)
        return p->opts->sink(p->opts->sink_user, text, err);
    if (fwrite(eh_str_text(text), 1, text->size, file->stream) != text->size)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be written", file->path);
    eh_str_clear(text);
    return EH_OK;
}

static eh_status flush_both(prediction *p, eh_error *err)
{
    EH_TRY(flush(&p->text, p->opts->output ? &p->out : NULL, p, err));
    return p->opts->features ? flush(&p->feature_text, &p->feature_out, p, err) : EH_OK;
}

/* Left becomes right: [rows, width]. */
static void mirror(float *map, size_t rows, size_t width)
{
    for (size_t y = 0; y < rows; y++, map += width)
        for (size_t x = 0; x < width / 2; x++) {
            float left = map[x];
            map[x] = map[width - 1 - x];
            map[width - 1 - x] = left;
        }
}

/* The mean with the answers for the mirror images; those of masks are mirrored back. */
static eh_status add_mirrored(prediction *p, eh_error *err)
{
    const eh_saved_model *m = &p->model;
    size_t width = (size_t)m->width;
    mirror(p->pixels, p->batch * (size_t)m->channels * (size_t)m->height, width);
    EH_TRY(eh_plan_write(p->plan, p->images, p->pixels, err));
    EH_TRY(eh_plan_run(p->plan, err));
    for (size_t k = 0; k < m->task.heads; k++) {
        size_t numbers = p->batch * numbers_of(p, k);
        EH_TRY(eh_plan_read(p->plan, p->tensors.prediction[k], p->mirrored, err));
        if (m->task.head[k].target.kind == EH_TARGET_MASK)
            mirror(p->mirrored, numbers / width, width);
        for (size_t i = 0; i < numbers; i++)
            p->value[k][i] = (p->value[k][i] + p->mirrored[i]) / 2;
    }
    return EH_OK;
}

static eh_status run_batch(prediction *p, eh_error *err)
{
    eh_parallel_for(p->batch, read_image, p);
    EH_TRY(eh_plan_write(p->plan, p->images, p->pixels, err));
    EH_TRY(eh_plan_run(p->plan, err));
    for (size_t k = 0; k < p->model.task.heads; k++)
        EH_TRY(eh_plan_read(p->plan, p->tensors.prediction[k], p->value[k], err));
    if (p->features)
        EH_TRY(eh_plan_read(p->plan, p->features, p->vector, err));
    if (p->opts->mirror)
        EH_TRY(add_mirrored(p, err));
    for (size_t i = 0; i < p->count; i++)
        EH_TRY(write_row(p, i, err));
    return flush_both(p, err);
}

/* ---- all of it ---- */

/* Names of all images: an array's rows have none. NULL when one cannot be had. */
static json_t *file_names(const prediction *p)
{
    char file[4096];
    json_t *files = json_array();
    for (size_t i = 0; i < p->input.count && files; i++)
        eh_json_push(&files, eh_predict_input_name(&p->input, i, file, sizeof file, NULL) == EH_OK
                                 ? json_string(file)
                                 : NULL);
    return files;
}

/* What the predictions were made from. */
static json_t *about(const prediction *p)
{
    const eh_predict_report *r = p->report;
    const eh_saved_model *m = &p->model;
    char now[21];
    json_t *skipped = json_array(), *heads = json_array();
    eh_time_rfc3339(now);
    for (size_t i = 0; i < r->skips; i++)
        json_array_append_new(skipped,
                              json_pack("{s:s, s:s}", "file", r->skip[i].file, "reason", r->skip[i].reason));
    for (size_t k = 0; k < m->task.heads; k++)
        json_array_append_new(heads, eh_task_head_json(&m->task.head[k], m->arena));
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:b, s:I, s:I, s:o, s:o}", "evenhand",
                             eh_version(), "created", now, "weights", m->path, "weights_sha256", m->hash,
                             "model", m->model, "input", p->opts->input, "where", p->opts->where, "mirror",
                             p->opts->mirror, "images", (json_int_t)r->images, "predicted",
                             (json_int_t)r->predicted, "skipped", skipped, "heads", heads);
    if (p->opts->format == EH_PREDICT_NPY && json && !eh_json_set(json, "files", file_names(p))) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static eh_status finish(prediction *p, eh_error *err)
{
    eh_status status = EH_OK;
    json_t *json = about(p);
    if (!json)
        return eh_fail_memory(err, "a description of predictions", 1, 1);
    eh_predict_write_end(&p->text, p->opts->format, json);
    EH_TRY_GOTO(status, flush_both(p, err));
    if (p->opts->features)
        EH_TRY_GOTO(status, eh_atomic_commit(&p->feature_out, err));
    if (p->opts->output)
        EH_TRY_GOTO(status, eh_atomic_commit(&p->out, err));
    if (p->opts->output && p->opts->format != EH_PREDICT_JSON) {
        const char *path = eh_arena_printf(p->model.arena, "%s.json", p->opts->output);
        status = path ? eh_json_write(json, path, err) : eh_fail_memory(err, p->opts->output, 1, 1);
    }
done:
    json_decref(json);
    return status;
}

static eh_status open_all(prediction *p, eh_progress *progress, eh_error *err)
{
    const eh_predict_opts *o = p->opts;
    EH_TRY(eh_saved_model_open(&p->model, o->model, err));
    memcpy(p->report->hash, p->model.hash, sizeof p->report->hash);
    EH_TRY(check_masks(p, err));
    const eh_predict_input_opts input = { .where = o->where,
                                          .column = o->column,
                                          .groups = o->groups.count ? &o->groups : &p->model.groups,
                                          .must_have_groups = o->groups.count > 0 };
    EH_TRY(eh_predict_input_open(&p->input, o->input, &p->model.task, &input, progress, err));
    p->report->images = p->input.count;
    p->report->passed_over = p->input.passed_over;
    p->batch = o->batch ? (size_t)o->batch : p->model.batch ? p->model.batch : DEFAULT_BATCH;
    EH_TRY(make_plan(p, err));
    EH_TRY(make_buffers(p, err));
    if (o->output)
        EH_TRY(eh_atomic_open(&p->out, o->output, err));
    if (o->features) {
        EH_TRY(eh_atomic_open(&p->feature_out, o->features, err));
        eh_npy_header_append(&p->feature_text, (size_t[]){ p->input.count, p->feature_width }, 2);
    }
    eh_predict_write_begin(&p->text, o->format, &p->model, &p->input);
    return EH_OK;
}

static void close_all(prediction *p)
{
    eh_atomic_abandon(&p->out);
    eh_atomic_abandon(&p->feature_out);
    eh_str_clear(&p->text);
    eh_str_clear(&p->feature_text);
    for (size_t k = 0; k < EH_HEADS; k++)
        eh_free(p->value[k]);
    eh_free(p->mirrored);
    eh_free(p->vector);
    eh_free(p->reason);
    eh_free(p->pixels);
    eh_plan_free(p->plan);
    eh_graph_free(p->graph);
    eh_tuner_free(p->tuner);
    eh_predict_input_clear(&p->input);
    eh_saved_model_clear(&p->model);
}

eh_status eh_predict(const eh_predict_opts *opts, eh_predict_report *report, eh_progress *progress,
                     eh_error *err)
{
    eh_status status;
    prediction *p = eh_alloc(1, sizeof *p);
    memset(report, 0, sizeof *report);
    if (!p)
        return eh_fail_memory(err, "predictions", 1, sizeof *p);
    p->opts = opts;
    p->report = report;
    EH_TRY_GOTO(status, open_all(p, progress, err));
    eh_progress_begin(progress, "predict", p->input.count, "images");
    for (p->first = 0; p->first < p->input.count; p->first += p->count) {
        p->count = p->input.count - p->first < p->batch ? p->input.count - p->first : p->batch;
        if (eh_progress_stop(progress)) {
            status = eh_fail(err, EH_ERR_INTERRUPTED, "stopped after %zu of %zu images; nothing was written",
                             p->first, p->input.count);
            goto done;
        }
        EH_TRY_GOTO(status, run_batch(p, err));
        eh_progress_update(progress, p->first + p->count, NULL);
    }
    eh_progress_end(progress, NULL);
    status = finish(p, err);
done:
    close_all(p);
    eh_free(p);
    return status;
}

void eh_predict_report_clear(eh_predict_report *r)
{
    for (size_t i = 0; i < r->skips; i++) {
        eh_free(r->skip[i].file);
        eh_free(r->skip[i].reason);
    }
    eh_free(r->skip);
    *r = (eh_predict_report){ 0 };
}
