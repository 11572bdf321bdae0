/* cmd_find_lr.c - `evenhand find-lr`: which learning rate suits a model and its data, by a short training with a growing rate. */
#include "cli/command.h"
#include "base/file.h"
#include "train/rate_sweep.h"

#include <math.h>
#include <string.h>

typedef struct options {
    eh_train_opts train; /* first member: the options are those of train */
    int64_t steps;
    double from, to;
} options;

static const eh_opt positional_table[] = {
    { .name = "data",
      .help = "catalog to train on, from `evenhand import`",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, train.data),
      .metavar = "CATALOG",
      .required = true },
    { .name = "steps",
      .help = "batches to train on",
      .type = EH_OPT_INT,
      .offset = offsetof(options, steps),
      .def = "100",
      .min = EH_SWEEP_LEAST,
      .max = 1000000,
      .metavar = "STEPS" },
    { .name = "from",
      .help = "first rate",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, from),
      .def = "1e-7",
      .min = 1e-30,
      .max = 1e6,
      .metavar = "FROM" },
    { .name = "to",
      .help = "last rate",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, to),
      .def = "10",
      .min = 1e-30,
      .max = 1e9,
      .metavar = "TO" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand find-lr faces.eh --label blond --model resnet18 -o lr",
    "100 batches with rates from 1e-7 to 10; lr/find-lr.svg shows the curve",
    "evenhand find-lr faces.eh 300 1e-6 1 --config recipe.yaml -o lr",
    "300 batches, another range, the options of a recipe",
    NULL,
};

static void append_suggestion(eh_str *out, const char *name, double rate, const char *what)
{
    if (!isnan(rate))
        eh_str_appendf(out, "%-8s %-8.2g %s\n", name, rate, what);
}

static void append_end(eh_str *out, const eh_rate_sweep *s)
{
    double last = s->from * pow(s->to / s->from, (double)s->count / (double)s->steps);
    eh_str_appendf(out, "rates from %g to %g in %zu batches of %llu images; ", s->from, s->to, s->steps,
                   (unsigned long long)s->batch);
    if (s->end == EH_SWEEP_ALL)
        eh_str_append(out, "the loss never ran away\n");
    else
        eh_str_appendf(out, "the loss %s after %zu, near a rate of %.2g\n",
                       s->end == EH_SWEEP_DIVERGED ? "ran away" : "was not a number", s->count, last);
}

static eh_status show(eh_command_context *context, const eh_rate_sweep *s, const char *folder, eh_error *err)
{
    eh_str text = { 0 };
    if (context->json)
        return eh_command_write_json(eh_rate_sweep_json(s), err);
    append_end(&text, s);
    append_suggestion(&text, "valley", s->suggestion.valley,
                      "in the middle of the longest fall of the loss: the one to begin with");
    append_suggestion(&text, "steep", s->suggestion.steep, "where the loss falls fastest");
    append_suggestion(&text, "minimum", s->suggestion.minimum, "a tenth of the rate with the lowest loss");
    if (isnan(s->suggestion.valley))
        eh_str_append(&text,
                      "too few batches before the end to suggest a rate; begin lower or take more steps\n");
    EH_TRY(eh_command_write(&text, err));
    eh_command_note(context, "wrote %s/find-lr.svg, find-lr.csv and find-lr.json", folder);
    return EH_OK;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_rate_sweep sweep = { 0 };
    eh_status status =
        eh_rate_sweep_make(&sweep, &o->train, o->from, o->to, (size_t)o->steps, context->progress, err);
    if (status == EH_OK)
        status = eh_rate_sweep_write(&sweep, o->train.out, err);
    if (status == EH_OK)
        status = show(context, &sweep, o->train.out, err);
    eh_rate_sweep_clear(&sweep);
    return status;
}

const eh_command eh_cmd_find_lr = {
    .entry = { .name = "find-lr",
               .summary = "suggest a learning rate by a short training with a growing one",
               .opts = &eh_train_option_table[1], /* without `data`, which is the argument */
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details =
        "The model is trained for some batches with a rate that grows from step to step, until the loss "
        "is four times its lowest value. Nothing of that training is kept. The folder of --out gets the "
        "curve as picture, CSV and JSON, and the answer is a rate for --lr of `evenhand train` with the "
        "same options: for a constant rate, or as the highest one of --schedule one-cycle.\n\n"
        "Suggestions are those of fastai's lr_find: 'valley', 'steep' and 'minimum'. With --stages the first "
        "stage is tried.",
    .examples = examples,
    .run = run,
};
