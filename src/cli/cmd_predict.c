/* cmd_predict.c - `evenhand predict`: what a trained model says about images. */
#include "cli/command.h"

#include "base/json.h"
#include "train/predict.h"

typedef struct options {
    const char *run, *input, *output, *where, *column, *features, *masks, *backend;
    eh_str_list groups;
    int64_t batch;
    bool mirror;
    int precision;
} options;

static const eh_opt positional_table[] = {
    { .name = "run",
      .help = "folder of a finished run, or the weights.safetensors of one",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, run),
      .metavar = "RUN",
      .required = true },
    { .name = "input",
      .help = "catalog, folder, archive, list of files (.txt, .csv) or picture",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, input),
      .metavar = "INPUT",
      .required = true },
    { 0 },
};

enum { AS_TRAINED };
static const char *const precisions[] = { "as-trained", "f32", "bf16", "auto", NULL };

static const eh_opt option_table[] = {
    { .name = "output",
      .help =
          "the file to write: .csv, .json or .npy; without it, CSV (with --json JSON) to the standard output",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .metavar = "FILE",
      .short_name = 'o' },
    { .name = "where",
      .help = "only the images of a catalog for which this holds",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, where),
      .metavar = "QUERY" },
    { .name = "groups",
      .help = "columns of a catalog to put beside the predictions; those of the run when not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, groups),
      .metavar = "COLUMNS" },
    { .name = "column",
      .help = "of a CSV: the column with the files' names",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, column),
      .metavar = "COLUMN" },
    { .name = "features",
      .help = "also write the features in front of the heads, an array [images, features]",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, features),
      .metavar = "FILE.npy" },
    { .name = "masks",
      .help = "for models that answer for every pixel: folder for the pictures, a PNG of class indices for "
              "each image",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, masks),
      .metavar = "FOLDER" },
    { .name = "mirror",
      .help =
          "answer with the mean of the answers for the picture and for its mirror image, which is right a "
          "little more often and takes twice as long",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, mirror),
      .def = "false" },
    { .name = "batch",
      .help = "images computed at once; 0: as many as in training",
      .type = EH_OPT_INT,
      .offset = offsetof(options, batch),
      .def = "0",
      .min = 0,
      .max = 65536 },
    { .name = "precision",
      .help = "of the computation",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, precision),
      .def = "as-trained",
      .choices = precisions },
    { .name = "backend",
      .help = "what computes",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, backend),
      .def = "cpu",
      .metavar = "NAME" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand predict runs/gdro photos -o predictions.csv",
    "class and probabilities for every picture below a folder",
    "evenhand predict runs/gdro faces.eh --where 'part = test' -o test.csv",
    "with the truths and groups of a catalog, ready for evenhand audit",
    "evenhand predict runs/gdro list.txt --json",
    "a list of files, as JSON to the standard output",
    "evenhand predict runs/gdro photos.zip -o p.npy --features f.npy",
    "arrays, a row for every picture of an archive",
    "evenhand predict runs/unet streets.eh -o p.npy",
    "probabilities of every pixel, for evenhand clean streets.eh --checks labels:probabilities=p.npy",
    NULL,
};

static eh_status to_stdout(void *user, eh_str *text, eh_error *err)
{
    (void)user;
    return eh_command_write(text, err);
}

/* The format by the ending of the output. */
static eh_status find_format(eh_predict_format *out, const options *o, bool json, eh_error *err)
{
    *out = json ? EH_PREDICT_JSON : EH_PREDICT_CSV;
    if (!o->output)
        return EH_OK;
    static const char *const ending[] = { ".csv", ".json", ".npy" };
    for (int i = 0; i < 3; i++)
        if (eh_ends_with(o->output, ending[i])) {
            *out = (eh_predict_format)i;
            return EH_OK;
        }
    return eh_fail(err, EH_ERR_USAGE, "--output: %s ends neither in .csv nor in .json or .npy", o->output);
}

static eh_status print_report(eh_command_context *context, const options *o, const eh_predict_report *r,
                              eh_error *err)
{
    for (size_t i = 0; i < r->skips && i < 20; i++)
        eh_progress_warn(context->progress, "left out: %s: %s", r->skip[i].file, r->skip[i].reason);
    if (r->passed_over)
        eh_command_note(context, "%zu files are no pictures by their names and were passed over",
                        r->passed_over);
    if (!o->output)
        return EH_OK;
    if (!context->json) {
        eh_command_note(context, "wrote %s: %zu of %zu images", o->output, r->predicted, r->images);
        return EH_OK;
    }
    return eh_command_write_json(json_pack("{s:s, s:I, s:I, s:I, s:s}", "output", o->output, "images",
                                           (json_int_t)r->images, "predicted", (json_int_t)r->predicted,
                                           "skipped", (json_int_t)r->skips, "weights_sha256", r->hash),
                                 err);
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_predict_report report;
    eh_predict_opts predict = { .model = o->run,
                                .input = o->input,
                                .where = o->where,
                                .column = o->column,
                                .output = o->output,
                                .sink = to_stdout,
                                .features = o->features,
                                .masks = o->masks,
                                .groups = o->groups,
                                .mirror = o->mirror,
                                .batch = o->batch,
                                .precision = o->precision == AS_TRAINED ? NULL : precisions[o->precision],
                                .backend = o->backend };
    EH_TRY(find_format(&predict.format, o, context->json, err));
    eh_status status = eh_predict(&predict, &report, context->progress, err);
    if (status == EH_OK)
        status = print_report(context, o, &report, err);
    if (status == EH_OK && report.skips)
        status = eh_fail(err, EH_ERR_INPUT,
                         "%zu of %zu images could not be read and have no prediction%s%s%s", report.skips,
                         report.images, o->output ? "; they are listed in " : "", o->output ? o->output : "",
                         o->output && predict.format != EH_PREDICT_JSON ? ".json" : "");
    eh_predict_report_clear(&report);
    return status;
}

const eh_command eh_cmd_predict = {
    .entry = { .name = "predict",
               .summary = "say what a trained model makes of images: classes, probabilities, numbers, masks, "
                          "features",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details =
        "Images go the way that they went in training: cropped to the run's shape, resized, scaled by "
        "its mean and deviation. "
        "For the test part of the run's own catalog the probabilities are those of "
        "predictions-test.csv, to the last bit "
        "on the same machine.\n\n"
        "A CSV has the columns of a run's predictions: file, predicted, p:CLASS; further heads have "
        "theirs in front, "
        "COLUMN.predicted and so on; a catalog adds truth and groups, and then `evenhand audit` takes "
        "the file. An NPY file has a row for every "
        "image in the order of the input: the probabilities or the number of each head, in the order of the "
        "labels; of a model of masks alone it is an array [images, classes, height, width]. Where the "
        "image could not be read it is not a number. 'evenhand clean' takes both as "
        "labels:probabilities=FILE. Beside CSV and NPY a file FILE.json holds the "
        "version, the hash of "
        "the weights and the images that were left out, of NPY the names of all; in JSON they stand under "
        "\"about\".\n\n"
        "Images that cannot be read are listed and counted, and the exit code is 3 then.",
    .examples = examples,
    .run = run,
};
