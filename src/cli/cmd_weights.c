/* cmd_weights.c - `evenhand weights`: what is in a file of weights, and how much of it a model takes. */
#include "cli/command.h"

#include "base/json.h"
#include "evenhand/model.h"
#include "evenhand/params.h"
#include "nn/layer.h"
#include "nn/weights_file.h"

#include <string.h>

typedef struct options {
    const char *file;
    eh_thing_spec model;
    int64_t classes, size, channels;
} options;

static const eh_opt positional_table[] = {
    { .name = "file",
      .help = "safetensors file, or one that PyTorch wrote",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, file),
      .metavar = "FILE",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "model",
      .help = "say which of its tensors this model would take",
      .type = EH_OPT_THING,
      .offset = offsetof(options, model),
      .kind = "model" },
    { .name = "classes",
      .help = "outputs of the model's head; 0: as many as in the file",
      .type = EH_OPT_INT,
      .offset = offsetof(options, classes),
      .def = "0",
      .min = 0,
      .max = 1e6 },
    { .name = "size",
      .help = "side of the model's images",
      .type = EH_OPT_INT,
      .offset = offsetof(options, size),
      .def = "64",
      .min = 1,
      .max = 16384 },
    { .name = "channels",
      .help = "channels of the model's images",
      .type = EH_OPT_INT,
      .offset = offsetof(options, channels),
      .def = "3",
      .min = 1,
      .max = 3 },
    { 0 },
};

/* A name from a file as it may go to a terminal. */
typedef struct shown {
    char text[256];
} shown;

static shown show(const char *name)
{
    shown s;
    snprintf(s.text, sizeof s.text, "%s", name);
    eh_replace_control(s.text);
    return s;
}

/* What a model takes of the file. */
typedef struct fit {
    eh_weights_report report;
    json_t *missing, *reshaped, *left_over;
} fit;

static void note(void *user, eh_weights_fate fate, const char *name, eh_shape in_model, eh_shape in_file)
{
    fit *f = user;
    char model[64], file[64];
    if (fate == EH_WEIGHTS_MISSING)
        json_array_append_new(f->missing, json_string(name));
    else if (fate == EH_WEIGHTS_LEFT_OVER)
        json_array_append_new(f->left_over, json_string(name));
    else if (fate == EH_WEIGHTS_RESHAPED)
        json_array_append_new(f->reshaped, json_pack("{s:s, s:s, s:s}", "name", name, "model",
                                                     eh_shape_text(in_model, model, sizeof model), "file",
                                                     eh_shape_text(in_file, file, sizeof file)));
}

/* Outputs of the head: as asked, else as the file has them, else ImageNet's. */
static int64_t count_classes(const options *o, const eh_model *model, const eh_weights_file *file)
{
    char name[256];
    snprintf(name, sizeof name, "%s.weight", model->head_name);
    int64_t at = o->classes ? -1 : eh_weights_find(file, name);
    eh_shape shape = at >= 0 ? eh_weights_item_at(file, (size_t)at).shape : eh_shape_of(1, (int64_t)1000);
    return o->classes ? o->classes : shape.dim[0];
}

static eh_status compare(fit *f, const options *o, const eh_weights_file *file, eh_error *err)
{
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_status status;
    const eh_model *model = (const eh_model *)o->model.entry;
    EH_TRY_GOTO(status, eh_params_new(&params, 1, err));
    EH_TRY_GOTO(status, eh_graph_new(&g, params, err));
    eh_build b = { .graph = g };
    eh_tensor *images =
        eh_input(g, "images", eh_shape_of(4, (int64_t)1, o->channels, o->size, o->size), EH_F32);
    eh_features features = model->features(&b, o->model.opts, images);
    int64_t classes = count_classes(o, model, file);
    if (features.vector)
        eh_layer_linear(&b, model->head_name, features.vector, classes, true);
    else
        eh_layer_conv2d(&b, model->head_name, features.map,
                        (eh_conv_spec){ .out = (int)classes, .kernel = 1, .bias = true });
    EH_TRY_GOTO(status, eh_graph_check(g, err));
    status = eh_weights_compare(params, o->file, note, f, &f->report, err);
done:
    eh_graph_free(g);
    eh_params_free(params);
    return status;
}

static void append_names(eh_str *out, const char *what, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *name = json_array_get(names, i);
        if (json_is_string(name))
            eh_str_appendf(out, "  %s: %s\n", what, show(json_string_value(name)).text);
        else
            eh_str_appendf(out, "  %s: %s, %s in the model and %s in the file\n", what,
                           show(json_string_value(json_object_get(name, "name"))).text,
                           json_string_value(json_object_get(name, "model")),
                           json_string_value(json_object_get(name, "file")));
    }
}

static void append_fit(eh_str *out, const options *o, const fit *f)
{
    const eh_weights_report *r = &f->report;
    eh_str_appendf(out,
                   "%s takes %zu of them; %zu of its variables are missing, %zu have another shape, %zu "
                   "tensors "
                   "are left over",
                   o->model.entry->name, r->matched, r->missing, r->reshaped, r->left_over);
    if (r->counters)
        eh_str_appendf(out, ", and %zu counters of batches are of no use", r->counters);
    eh_str_append(out, "\n");
    append_names(out, "missing", f->missing);
    append_names(out, "another shape", f->reshaped);
    append_names(out, "left over", f->left_over);
}

static json_t *tensors_json(const eh_weights_file *file)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < eh_weights_count(file); i++) {
        eh_weights_item item = eh_weights_item_at(file, i);
        json_t *shape = json_array();
        for (int d = 0; d < item.shape.rank; d++)
            json_array_append_new(shape, json_integer(item.shape.dim[d]));
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "name", item.name, "type", item.type,
                                              "shape", shape));
    }
    return list;
}

static json_t *document(const options *o, const eh_weights_file *file, const fit *f)
{
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:o}", "file", o->file, "format", eh_weights_format_of(file)->entry.name,
                  "prefix", eh_weights_prefix(file), "tensors", tensors_json(file));
    if (root && o->model.entry)
        eh_json_set(root, "fit",
                    json_pack("{s:s, s:I, s:O, s:O, s:O, s:I}", "model", o->model.entry->name, "matched",
                              (json_int_t)f->report.matched, "missing", f->missing, "reshaped", f->reshaped,
                              "left_over", f->left_over, "counters", (json_int_t)f->report.counters));
    return root;
}

static void append_tensors(eh_str *out, const options *o, const eh_weights_file *file)
{
    int64_t numbers = 0;
    size_t widest = 0;
    char shape[64];
    for (size_t i = 0; i < eh_weights_count(file); i++) {
        eh_weights_item item = eh_weights_item_at(file, i);
        numbers += eh_shape_elements(item.shape);
        widest = strlen(item.name) > widest ? strlen(item.name) : widest;
    }
    eh_str_appendf(out, "%s: %zu tensors with %lld numbers (format %s)\n", o->file, eh_weights_count(file),
                   (long long)numbers, eh_weights_format_of(file)->entry.name);
    if (eh_weights_prefix(file)[0])
        eh_str_appendf(out, "Every name begins with \"%s\", which is left out.\n", eh_weights_prefix(file));
    for (size_t i = 0; i < eh_weights_count(file) && !o->model.entry; i++) {
        eh_weights_item item = eh_weights_item_at(file, i);
        eh_str_appendf(out, "  %-*s  %-4s  %s\n", (int)widest, show(item.name).text, item.type,
                       eh_shape_text(item.shape, shape, sizeof shape));
    }
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_weights_file *file = NULL;
    eh_str text = { 0 };
    eh_status status = EH_OK;
    fit f = { .missing = json_array(), .reshaped = json_array(), .left_over = json_array() };
    EH_TRY_GOTO(status, eh_weights_open(&file, o->file, err));
    if (o->model.entry)
        EH_TRY_GOTO(status, compare(&f, o, file, err));
    if (context->json) {
        status = eh_command_write_json(document(o, file, &f), err);
        goto done;
    }
    append_tensors(&text, o, file);
    if (o->model.entry)
        append_fit(&text, o, &f);
    status = eh_command_write(&text, err);
done:
    json_decref(f.missing);
    json_decref(f.reshaped);
    json_decref(f.left_over);
    eh_str_clear(&text);
    eh_weights_close(file);
    return status;
}

static const char *const examples[] = {
    "evenhand weights resnet18.pth",
    "every tensor with its type and shape",
    "evenhand weights resnet18.pth --model resnet18 --classes 2",
    "what a training with --weights would take of it, and what not",
    NULL,
};

const eh_command eh_cmd_weights = {
    .entry = { .name = "weights",
               .summary = "show what is in a file of weights, and how much of it a model takes",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = "Reads safetensors files and what torch.save writes (.pt, .pth, .th; also those of before "
               "PyTorch 1.6). "
               "Nothing in such a file is ever run: of Python's pickle format only plain tensors are "
               "understood, and "
               "whatever else a file asks for is refused and named.\n\n"
               "Tensors belong together by their names, which for models that torchvision has are the same "
               "as there. Where "
               "every name begins with \"module.\", as DataParallel has it, or with \"model.\", as Lightning "
               "has it, that is "
               "left out.",
    .examples = examples,
    .run = run,
};
