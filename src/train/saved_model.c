/* saved_model.c - see saved_model.h. What the metadata holds is written by trainer_finish.c. */
#include "train/saved_model.h"

#include "base/file.h"
#include "base/json.h"
#include "nn/safetensors.h"

#include <string.h>

/* ---- metadata ---- */

static eh_status fail_metadata(const eh_saved_model *m, const char *key, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT,
                   "%s: the metadata '%s' is missing or malformed, so the model cannot be built again; name "
                   "the folder of a "
                   "run, or the weights.safetensors in it",
                   m->path, key);
}

/* A metadata value as JSON. */
static eh_status metadata_json(json_t **out, const eh_saved_model *m, const eh_safetensors *file,
                               const char *key, eh_error *err)
{
    const char *text = eh_safetensors_metadata(file, key);
    *out = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    return *out ? EH_OK : fail_metadata(m, key, err);
}

static eh_status read_floats(float *out, const eh_saved_model *m, const eh_safetensors *file, const char *key,
                             eh_error *err)
{
    json_t *list = NULL;
    EH_TRY(metadata_json(&list, m, file, key, err));
    bool ok = json_array_size(list) == (size_t)m->channels;
    for (int c = 0; c < m->channels && ok; c++) {
        const json_t *number = json_array_get(list, (size_t)c);
        ok = json_is_number(number);
        out[c] = (float)json_number_value(number);
    }
    json_decref(list);
    return ok ? EH_OK : fail_metadata(m, key, err);
}

static eh_status read_image(eh_saved_model *m, const eh_safetensors *file, eh_error *err)
{
    json_t *image = NULL;
    EH_TRY(metadata_json(&image, m, file, "image", err));
    bool ok = json_unpack(image, "{s:i, s:i, s:i}", "width", &m->width, "height", &m->height, "channels",
                          &m->channels) == 0 &&
              m->width > 0 && m->height > 0 && m->width <= 16384 && m->height <= 16384 &&
              (m->channels == 1 || m->channels == 3);
    json_decref(image);
    if (!ok)
        return fail_metadata(m, "image", err);
    EH_TRY(read_floats(m->mean, m, file, "mean", err));
    return read_floats(m->std, m, file, "std", err);
}

/* ---- heads ---- */

/* A column that has a name, a kind and classes. */
static eh_status read_column(eh_task_head *h, eh_saved_model *m, const json_t *json, eh_error *err)
{
    const char *name = json_string_value(json_object_get(json, "column")),
               *kind = json_string_value(json_object_get(json, "kind"));
    const json_t *classes = json_object_get(json, "classes");
    eh_frame_column *column = eh_arena_alloc(m->arena, 1, sizeof *column);
    if (!name || !kind)
        return fail_metadata(m, "heads", err);
    bool number = strcmp(kind, "number") == 0, mask = strcmp(kind, "mask") == 0;
    size_t count = number ? 0 : json_array_size(classes);
    const char **class_name = eh_arena_alloc(m->arena, count + 1, sizeof *class_name);
    if (!column || !class_name)
        return eh_fail_memory(err, m->path, count, sizeof *class_name);
    for (size_t k = 0; k < count; k++) {
        const char *text = json_string_value(json_array_get(classes, k));
        if (!text)
            return fail_metadata(m, "heads", err);
        class_name[k] = eh_arena_strdup(m->arena, text);
        if (!class_name[k])
            return eh_fail_memory(err, m->path, 1, 1);
    }
    if (!number && count == 0)
        return fail_metadata(m, "heads", err);
    *column = (eh_frame_column){ .name = eh_arena_strdup(m->arena, name),
                                 .kind = number ? EH_COLUMN_NUMBER
                                         : mask ? EH_COLUMN_MASK
                                                : EH_COLUMN_CLASS,
                                 .class_name = class_name,
                                 .classes = count };
    h->column = column;
    h->target = (eh_target){ .kind = number ? EH_TARGET_NUMBER
                                     : mask ? EH_TARGET_MASK
                                            : EH_TARGET_CLASS,
                             .classes = count };
    return column->name ? EH_OK : eh_fail_memory(err, m->path, 1, 1);
}

static eh_status read_thing(eh_thing_spec *out, eh_saved_model *m, const json_t *json, const char *kind,
                            eh_error *err)
{
    const char *text = json_string_value(json_object_get(json, kind));
    if (!text)
        return fail_metadata(m, "heads", err);
    return eh_thing_parse(out, kind, text, m->path, m->arena, err);
}

static eh_status read_head(eh_task_head *h, eh_saved_model *m, const json_t *json, size_t heads,
                           eh_error *err)
{
    eh_thing_spec head, loss;
    EH_TRY(read_column(h, m, json, err));
    if (h->target.kind == EH_TARGET_NUMBER) {
        EH_TRY(eh_json_get_number(&h->target.mean, json, "mean", m->path, err));
        EH_TRY(eh_json_get_number(&h->target.std, json, "std", m->path, err));
        EH_TRY(eh_json_get_number(&h->target.low, json, "low", m->path, err));
        EH_TRY(eh_json_get_number(&h->target.high, json, "high", m->path, err));
    }
    EH_TRY(eh_json_get_number(&h->weight, json, "weight", m->path, err));
    EH_TRY(eh_json_get_number(&h->norm, json, "norm", m->path, err));
    EH_TRY(read_thing(&head, m, json, "head", err));
    EH_TRY(read_thing(&loss, m, json, "loss", err));
    h->head = (const eh_head *)head.entry;
    h->head_opts = head.opts;
    h->loss = (const eh_loss *)loss.entry;
    h->loss_opts = loss.opts;
    h->outputs = h->loss->outputs(h->loss_opts, &h->target);
    if (h->outputs < 1)
        return fail_metadata(m, "heads", err);
    h->variable = eh_task_variable(m->task.model, h->column->name, heads, m->arena);
    return h->variable ? EH_OK : eh_fail_memory(err, "the name of a head", 1, 1);
}

static eh_status read_task(eh_saved_model *m, const eh_safetensors *file, eh_error *err)
{
    eh_thing_spec model;
    json_t *heads = NULL;
    const char *text = eh_safetensors_metadata(file, "model"),
               *program = eh_safetensors_metadata(file, "program");
    if (!text)
        return fail_metadata(m, "model", err);
    m->model = eh_arena_strdup(m->arena, text);
    m->program = program ? eh_arena_strdup(m->arena, program) : "";
    if (!m->model || !m->program)
        return eh_fail_memory(err, m->path, 1, 1);
    EH_TRY(eh_thing_parse(&model, "model", text, m->path, m->arena, err));
    m->task.model = (const eh_model *)model.entry;
    m->task.model_opts = model.opts;
    EH_TRY(metadata_json(&heads, m, file, "heads", err));
    size_t count = json_array_size(heads);
    eh_status status = count > 0 && count <= EH_HEADS ? EH_OK : fail_metadata(m, "heads", err);
    for (size_t k = 0; k < count && status == EH_OK; k++)
        status = read_head(&m->task.head[m->task.heads++], m, json_array_get(heads, k), count, err);
    json_decref(heads);
    return status;
}

/* ---- the run ---- */

/* What run.json beside the weights says of how predictions were made. */
static eh_status read_run(eh_saved_model *m, eh_error *err)
{
    const char *path = eh_path_join(m->arena, m->run, "run.json");
    json_t *run = NULL;
    if (!path)
        return eh_fail_memory(err, m->run, 1, 1);
    EH_TRY(eh_json_read(&run, path, err));
    const json_t *columns = json_object_get(json_object_get(run, "groups"), "columns");
    const char *precision = json_string_value(json_object_get(run, "precision"));
    json_int_t batch = json_integer_value(json_object_get(run, "batch"));
    m->batch = batch > 0 && batch <= 1 << 20 ? (size_t)batch : 0;
    m->precision = precision ? eh_arena_strdup(m->arena, precision) : NULL;
    m->groups.item = eh_arena_alloc(m->arena, json_array_size(columns) + 1, sizeof *m->groups.item);
    for (size_t i = 0; m->groups.item && i < json_array_size(columns); i++) {
        const char *name = eh_arena_strdup(m->arena, json_string_value(json_array_get(columns, i)));
        if (name)
            m->groups.item[m->groups.count++] = name;
    }
    json_decref(run);
    return m->groups.item ? EH_OK : eh_fail_memory(err, m->run, 1, 1);
}

/* Variables from the file: every one that the model has must be there. */
static eh_status read_weights(eh_saved_model *m, eh_error *err)
{
    eh_graph *g = NULL;
    eh_weights_report r;
    eh_status status;
    EH_TRY(eh_params_new(&m->params, 1, err));
    EH_TRY(eh_graph_new(&g, m->params, err));
    eh_build b = { .graph = g };
    eh_tensor *images =
        eh_input(g, "images",
                 eh_shape_of(4, (int64_t)1, (int64_t)m->channels, (int64_t)m->height, (int64_t)m->width),
                 EH_F32);
    eh_saved_model_build(m, &b, images);
    EH_TRY_GOTO(status, eh_graph_check(g, err));
    EH_TRY_GOTO(status, eh_weights_load(m->params, m->path, false, &r, err));
    if (r.missing + r.reshaped > 0)
        status = eh_fail(err, EH_ERR_INPUT, "%s: '%s' of the model %s is not in it, or of another shape",
                         m->path, r.missing ? r.first_missing : r.first_reshaped, m->model);
    else if (r.not_finite)
        status = eh_fail(err, EH_ERR_NUMERIC, "%s: '%s' holds NaN or infinity", m->path, r.first_not_finite);
done:
    eh_graph_free(g);
    return status;
}

eh_status eh_saved_model_open(eh_saved_model *out, const char *path, eh_error *err)
{
    uint8_t hash[32];
    eh_safetensors *file = NULL;
    eh_status status;
    memset(out, 0, sizeof *out);
    out->arena = eh_arena_new();
    if (!out->arena)
        return eh_fail_memory(err, path, 1, sizeof *out);
    bool folder = eh_path_is_folder(path);
    out->path =
        folder ? eh_path_join(out->arena, path, "weights.safetensors") : eh_arena_strdup(out->arena, path);
    out->run = folder ? eh_arena_strdup(out->arena, path) : NULL;
    if (!out->path || (folder && !out->run))
        return eh_fail_memory(err, path, 1, 1);
    if (folder && !eh_path_exists(out->path))
        return eh_fail(err, EH_ERR_INPUT,
                       "%s holds no weights.safetensors: it is no folder of a run, or the run has not "
                       "finished "
                       "(evenhand train --resume)",
                       path);
    EH_TRY(eh_safetensors_open(&file, out->path, err));
    EH_TRY_GOTO(status, read_image(out, file, err));
    EH_TRY_GOTO(status, read_task(out, file, err));
    EH_TRY_GOTO(status, eh_sha256_file(hash, out->path, err));
    eh_hex(out->hash, hash, sizeof hash);
    if (out->run)
        EH_TRY_GOTO(status, read_run(out, err));
    status = read_weights(out, err);
done:
    eh_safetensors_close(file);
    return status;
}

void eh_saved_model_clear(eh_saved_model *m)
{
    eh_params_free(m->params);
    eh_arena_free(m->arena);
    memset(m, 0, sizeof *m);
}

eh_saved_tensors eh_saved_model_build(const eh_saved_model *m, eh_build *b, eh_tensor *images)
{
    eh_saved_tensors t = { 0 };
    if (!images)
        return t;
    eh_shape shape = eh_tensor_shape(images);
    t.features = m->task.model->features(b, m->task.model_opts, images);
    for (size_t k = 0; k < m->task.heads; k++) {
        const eh_task_head *h = &m->task.head[k];
        t.output[k] =
            h->head->build(b, h->head_opts, h->variable, &t.features, h->outputs, shape.dim[2], shape.dim[3]);
        if (t.output[k])
            t.prediction[k] = h->loss->predict(b->graph, h->loss_opts, &h->target, t.output[k]);
    }
    return t;
}
