/* onnx_export.c - see onnx_export.h. The graph is built anew with the batch that nn/onnx.h knows to be none. */
#include "train/onnx_export.h"

#include "base/json.h"
#include "nn/onnx.h"

#include <string.h>

enum { MOST_OUTPUTS = 2 * EH_HEADS + 3 };

static const char *const input_word[] = { "normalised", "unit", "pixels" };

/* Compact JSON in the arena; takes the reference over. */
static const char *json_text(eh_arena *arena, json_t *json)
{
    eh_str text = { 0 };
    const char *copy = NULL;
    if (json)
        eh_json_append(&text, json, false);
    if (json && !text.failed)
        copy = eh_arena_strdup(arena, eh_str_text(&text));
    eh_str_clear(&text);
    json_decref(json);
    return copy;
}

static json_t *floats_json(const float *value, int count)
{
    json_t *list = json_array();
    for (int c = 0; c < count; c++)
        json_array_append_new(list, eh_json_number((double)value[c]));
    return list;
}

static json_t *heads_json(const eh_saved_model *m, eh_arena *arena)
{
    json_t *heads = json_array();
    for (size_t k = 0; k < m->task.heads; k++)
        json_array_append_new(heads, eh_task_head_json(&m->task.head[k], arena));
    return heads;
}

typedef struct outputs {
    eh_onnx_output item[MOST_OUTPUTS];
    size_t count;
} outputs;

static void add_output(outputs *o, const char *name, eh_tensor *tensor)
{
    if (name && tensor)
        o->item[o->count++] = (eh_onnx_output){ name, tensor };
}

static void list_outputs(outputs *out, const eh_saved_model *m, const eh_saved_tensors *t, const eh_graph *g,
                         const eh_export_opts *opts, eh_arena *arena)
{
    for (size_t k = 0; k < m->task.heads; k++)
        add_output(out, m->task.head[k].column->name, t->prediction[k]);
    for (size_t k = 0; k < m->task.heads && opts->logits; k++)
        add_output(out, eh_arena_printf(arena, "%s.logits", m->task.head[k].column->name), t->output[k]);
    if (opts->features)
        add_output(out, "features", t->features.vector ? t->features.vector : t->features.map);
    if (t->features.own_loss) {
        add_output(out, "reconstruction", eh_exposed(g, "reconstruction"));
        add_output(out, "latent", eh_exposed(g, "latent"));
    }
}

/* A column may not have the name of something else in the model. */
static eh_status check_names(const outputs *o, eh_error *err)
{
    for (size_t i = 0; i < o->count; i++) {
        bool taken = strcmp(o->item[i].name, "images") == 0;
        for (size_t k = 0; k < i; k++)
            taken = taken || strcmp(o->item[i].name, o->item[k].name) == 0;
        if (taken)
            return eh_fail(err, EH_ERR_USAGE,
                           "two things in the exported model would be called '%s'; a column that is learned "
                           "needs another "
                           "name",
                           o->item[i].name);
    }
    return EH_OK;
}

/* value * scale + offset is what the network sees. */
static void set_scale(float scale[3], float offset[3], const eh_saved_model *m, eh_export_input input)
{
    for (int c = 0; c < m->channels; c++) {
        double std = m->std[c] == 0 ? 1 : (double)m->std[c];
        scale[c] = (float)(1 / (std * (input == EH_EXPORT_PIXELS ? 255 : 1)));
        offset[c] = (float)(-(double)m->mean[c] / std);
    }
}

eh_status eh_onnx_export(const char *path, const eh_saved_model *m, const eh_export_opts *opts, eh_error *err)
{
    eh_graph *g = NULL;
    eh_status status = EH_OK;
    outputs out = { .count = 0 };
    float scale[3], offset[3];
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, path, 1, 1);
    EH_TRY_GOTO(status, eh_graph_new(&g, m->params, err));
    eh_build b = { .graph = g };
    eh_tensor *images = eh_input(g, "images",
                                 eh_shape_of(4, (int64_t)EH_ONNX_BATCH, (int64_t)m->channels,
                                             (int64_t)m->height, (int64_t)m->width),
                                 EH_F32);
    eh_saved_tensors t = eh_saved_model_build(m, &b, images);
    EH_TRY_GOTO(status, eh_graph_check(g, err));
    list_outputs(&out, m, &t, g, opts, arena);
    EH_TRY_GOTO(status, check_names(&out, err));
    const char *const metadata[] = {
        "program",
        m->program,
        "model",
        m->model,
        "heads",
        json_text(arena, heads_json(m, arena)),
        "image",
        json_text(arena, json_pack("{s:i, s:i, s:i}", "width", m->width, "height", m->height, "channels",
                                   m->channels)),
        "mean",
        json_text(arena, floats_json(m->mean, m->channels)),
        "std",
        json_text(arena, floats_json(m->std, m->channels)),
        "input",
        input_word[opts->input],
        "weights_sha256",
        m->hash,
        NULL,
    };
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata - 1; i++)
        if (!metadata[i]) {
            status = eh_fail_memory(err, path, 1, 1);
            goto done;
        }
    bool scaled = opts->input != EH_EXPORT_NORMALISED;
    set_scale(scale, offset, m, opts->input);
    const eh_onnx_model model = { .name = m->task.model->entry.name,
                                  .images = images,
                                  .input_name = "images",
                                  .scale = scaled ? scale : NULL,
                                  .offset = scaled ? offset : NULL,
                                  .output = out.item,
                                  .outputs = out.count,
                                  .metadata = metadata };
    status = eh_onnx_write(path, &model, m->params, err);
done:
    eh_graph_free(g);
    eh_arena_free(arena);
    return status;
}
