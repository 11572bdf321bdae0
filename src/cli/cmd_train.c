/* cmd_train.c - `evenhand train`: one training run, its audit, and the table of its groups. */
#include "cli/command.h"
#include "cli/command_words.h"
#include "base/file.h"
#include "base/json.h"
#include "evenhand/train.h"
#include "report/results.h"

static const eh_opt positional_table[] = {
    { .name = "data",
      .help = "catalog to train on, from `evenhand import`",
      .type = EH_OPT_STRING,
      .offset = offsetof(eh_train_opts, data),
      .metavar = "CATALOG",
      .required = true },
    { 0 },
};

static const char *const examples[] = {
    "evenhand train faces.eh --label blond --groups blond,gender -o runs/erm",
    "a baseline; every group of blond x gender is measured",
    "evenhand train faces.eh --label blond --groups blond,gender --method gdro -o runs/gdro",
    "the same with group DRO",
    "evenhand train --config runs/gdro/recipe.yaml --seed 2 -o runs/gdro-2",
    "a run repeated from its recipe, with another seed",
    "evenhand train faces.eh --label blond --stages 'epochs=3,size=32;epochs=2,size=64' -o runs/grown",
    "two stages: small images first, then larger ones",
    "evenhand train --config runs/gdro/recipe.yaml --resume",
    "a run that was stopped goes on, and ends as if it had not been",
    NULL,
};

/* results.json beside the predictions, then what the user asked to see. */
static eh_status show(eh_command_context *context, const eh_train_opts *opts, eh_error *err)
{
    const eh_results_opts quiet = { .no_images = true };
    eh_results *results = NULL;
    eh_str text = { 0 };
    eh_status status;
    EH_TRY(eh_results_write_run(opts->out, context->progress, err));
    if (context->json) {
        json_t *document = NULL;
        const char *path = eh_path_join(context->arena, opts->out, "results.json");
        if (!path)
            return eh_fail_memory(err, opts->out, 1, 1);
        EH_TRY(eh_json_read(&document, path, err));
        return eh_command_write_json(document, err);
    }
    EH_TRY_GOTO(status, eh_results_from_run(&results, opts->out, &quiet, NULL, err));
    EH_TRY_GOTO(status, eh_results_table(&text, results, EH_AUDIT_SORT_WORST, err));
    EH_TRY_GOTO(status, eh_command_write(&text, err));
    eh_command_note(context, "wrote %s; make a page of it: evenhand report %s", opts->out, opts->out);
done:
    eh_str_clear(&text);
    eh_results_free(results);
    return status;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err);

const eh_command eh_cmd_train = {
    .entry = { .name = "train",
               .summary = "train a model, with or without a mitigation method, and measure every group",
               .opts = &eh_train_option_table[1], /* without `data`, which is the argument */
               .opts_size = sizeof(eh_train_opts) },
    .positionals = positional_table,
    .details =
        "The run is a folder: resolved recipe, log, checkpoints, the weights of the selected epoch, a "
        "prediction for every image of the "
        "validation and test part, and results.json with every group's numbers. Which epoch is kept "
        "is decided on the validation part "
        "by --select, and said.\n\n"
        "A run that is stopped (Ctrl-C, a crash, a power cut) goes on with --resume and ends with the "
        "same weights, byte for byte, as one "
        "that was never stopped, on the same machine with the same number of threads.\n\n"
        "How a convolution is computed is decided by rule, the same on every machine of a kind. "
        "--tune=fast tries the ways "
        "out, the first time that a machine meets a shape, and remembers the fastest in the cache "
        "folder: for a quiet "
        "machine of a kind that the rules do not fit. Other choices mean other last digits; a run "
        "that is continued "
        "keeps its own.\n\n"
        "--select takes worst-group, average, group-mean and last, or a metric of the validation part "
        "(`evenhand list metrics`; mae, rmse and within:5 of numbers; of masks miou, iou:CLASS, worst-iou, "
        "mean-dice, map, ap:CLASS, wgap, pixel-accuracy and image-miou): worst(recall:blond), "
        "gap(selection-rate), "
        "mean(accuracy), overall(mae:age) over the groups; accuracy(Blond Male) or "
        "recall:blond(gender=female) of some "
        "of them. Whether more or less is better is known of each.\n\n"
        "--stages trains one stage after another with the same weights. What a stage does not set is "
        "as in the "
        "other options; it may set data, where, fold, heads, loss, method, optim, schedule, augment, "
        "epochs, batch, "
        "lr, accumulate, clip, average, freeze, layer-lr, layer-decay, patience and size. Freezing "
        "less from stage to "
        "stage unfreezes a network gradually, growing sizes begin with small images. Each stage "
        "begins with a new "
        "optimiser, and the kept epoch is one of the last stage. In a list inside of a stage write "
        "\\, for a comma "
        "(freeze=conv1*\\,layer1*); in a recipe a stage is a mapping.\n\n"
        "Models, methods, losses, optimisers, schedules and augmentations take options after a colon: "
        "--model "
        "vgg-resnet:blocks=1,width=16. `evenhand list methods` and `evenhand list methods gdro` show "
        "what there is.",
    .examples = examples,
    .run = run,
};

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    eh_train_opts train = *(const eh_train_opts *)opts;
    const char *const *word = NULL;
    size_t words = 0;
    EH_TRY(eh_command_words(&word, &words, &eh_cmd_train, opts, context->arena, err));
    train.command = (eh_str_list){ .item = (const char **)word, .count = words };
    EH_TRY(eh_train(&train, context->progress, err));
    const char *test = eh_path_join(context->arena, train.out, "predictions-test.csv");
    const char *valid = eh_path_join(context->arena, train.out, "predictions-valid.csv");
    const char *test_masks = eh_path_join(context->arena, train.out, "masks-test.json");
    const char *valid_masks = eh_path_join(context->arena, train.out, "masks-valid.json");
    if (!test || !valid || !test_masks || !valid_masks)
        return eh_fail_memory(err, train.out, 1, 1);
    if (eh_path_exists(test) || eh_path_exists(valid) || eh_path_exists(test_masks) ||
        eh_path_exists(valid_masks))
        return show(context, &train, err);
    eh_command_note(context, "wrote %s; without a validation and a test part there is nothing to measure",
                    train.out);
    return context->json ? eh_command_write_json(json_pack("{s:s}", "run", train.out), err) : EH_OK;
}
