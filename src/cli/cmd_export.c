/* cmd_export.c - `evenhand export`: a trained model for other programs. */
#include "cli/command.h"

#include "evenhand/params.h"
#include "train/onnx_export.h"

typedef struct options {
    const char *run, *output;
    int input;
    bool logits, features;
} options;

static const eh_opt positional_table[] = {
    { .name = "run",
      .help = "folder of a finished run, or the weights.safetensors of one",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, run),
      .metavar = "RUN",
      .required = true },
    { 0 },
};

static const char *const inputs[] = { "normalised", "unit", "pixels", NULL };

static const eh_opt option_table[] = {
    { .name = "output",
      .help = "the file to write; its ending says what: .onnx or .safetensors",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .metavar = "FILE",
      .short_name = 'o',
      .required = true },
    { .name = "input",
      .help = "what the ONNX model is given: normalised as in training, values of 0..1, or values of 0..255",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, input),
      .def = "normalised",
      .choices = inputs },
    { .name = "logits",
      .help = "ONNX: also what each head says before probabilities are made of it",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, logits),
      .def = "false" },
    { .name = "features",
      .help = "ONNX: also the features in front of the heads",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, features),
      .def = "false" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand export runs/gdro -o model.onnx",
    "for onnxruntime and others; the images are normalised by the caller",
    "evenhand export runs/gdro -o model.onnx --input pixels",
    "the same, with mean and deviation inside the model",
    "evenhand export runs/gdro -o model.safetensors",
    "the weights alone, by PyTorch's names",
    NULL,
};

static eh_status write_safetensors(const options *o, const eh_saved_model *m, eh_error *err)
{
    const char *const metadata[] = { "format", "pt", "program", m->program, "model", m->model, NULL };
    return eh_weights_save(m->params, 1u << EH_TRAINABLE | 1u << EH_BUFFER, o->output, metadata, err);
}

static eh_status write_model(const options *o, const eh_saved_model *m, eh_error *err)
{
    const eh_export_opts opts = { .input = (eh_export_input)o->input,
                                  .logits = o->logits,
                                  .features = o->features };
    if (eh_ends_with(o->output, ".onnx"))
        return eh_onnx_export(o->output, m, &opts, err);
    if (o->input || o->logits || o->features)
        return eh_fail(err, EH_ERR_USAGE,
                       "--input, --logits and --features are about ONNX; %s is to hold weights alone",
                       o->output);
    return write_safetensors(o, m, err);
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_saved_model m = { 0 };
    eh_status status;
    if (!eh_ends_with(o->output, ".onnx") && !eh_ends_with(o->output, ".safetensors"))
        return eh_fail(err, EH_ERR_USAGE, "--output: %s ends neither in .onnx nor in .safetensors",
                       o->output);
    EH_TRY_GOTO(status, eh_saved_model_open(&m, o->run, err));
    EH_TRY_GOTO(status, write_model(o, &m, err));
    if (context->json)
        status = eh_command_write_json(json_pack("{s:s, s:s, s:s, s:I}", "output", o->output, "model",
                                                 m.model, "weights_sha256", m.hash, "parameters",
                                                 (json_int_t)eh_params_elements(m.params, EH_TRAINABLE)),
                                       err);
    else
        eh_command_note(context, "wrote %s", o->output);
done:
    eh_saved_model_clear(&m);
    return status;
}

const eh_command eh_cmd_export = {
    .entry = { .name = "export",
               .summary = "write a trained model for other programs: ONNX or safetensors",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = "ONNX (operator set 18): the input \"images\" [batch, channels, height, width] takes any "
               "number of images. Every head "
               "is an output with the name of its column: probabilities [batch, classes], numbers [batch, 1] "
               "in the column's units, "
               "for masks probabilities of every pixel [batch, classes, height, width]. An autoencoder also "
               "gives \"reconstruction\" "
               "and \"latent\".\n\n"
               "--input normalised, the default and PyTorch's habit: the caller makes (value / 255 - mean) / "
               "std of the pixels. mean, "
               "std, classes, size and the hash of the weights are in the model's metadata. --input pixels "
               "takes values of 0..255 "
               "and does all that itself.\n\n"
               "A centred crop of the images' shape, then resizing with antialias, is what the model was "
               "trained with; that is the "
               "caller's work in both cases.",
    .examples = examples,
    .run = run,
};
