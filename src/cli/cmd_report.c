/* cmd_report.c - `evenhand report`: one HTML file from runs and results.json files. */
#include "cli/command.h"
#include "base/file.h"
#include "report/report.h"

typedef struct options {
    eh_str_list inputs, groups, labels;
    const char *output, *title, *planted;
    bool no_images;
} options;

static const eh_opt positional_table[] = {
    { .name = "inputs",
      .help = "folders of runs, results.json files, and catalogs",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, inputs),
      .metavar = "RUN_FOLDER|RESULTS.json|CATALOG",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "output",
      .short_name = 'o',
      .help = "the HTML file to write",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .def = "report.html",
      .metavar = "FILE" },
    { .name = "title",
      .help = "the report's title; made of the data's name where not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, title),
      .metavar = "TEXT" },
    { .name = "groups",
      .help = "of a catalog: columns whose crossing makes groups",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, groups),
      .metavar = "COLUMNS" },
    { .name = "label",
      .help = "of a catalog: columns with classes that are counted in every group",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, labels),
      .metavar = "COLUMNS" },
    { .name = "planted",
      .help = "of a catalog: a CSV that tells the truth about its defects, to count what cleaning found",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, planted),
      .metavar = "FILE.csv" },
    { .name = "no-images",
      .help = "leave the thumbnails out, for data that may not be shown",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, no_images) },
    { 0 },
};

static const char *const examples[] = {
    "evenhand report runs/erm runs/gdro -o report.html",
    "a baseline and a method side by side",
    "evenhand report faces.eh --groups gender --label hair -o data.html",
    "a data set without any model: balance, split, cleaning",
    "evenhand report results.json --no-images",
    "an audit as a page, without pictures",
    NULL,
};

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    const eh_report_opts report = { .title = o->title,
                                    .no_images = o->no_images,
                                    .groups = o->groups,
                                    .labels = o->labels,
                                    .planted = o->planted,
                                    .seed = context->seed };
    EH_TRY(eh_report_write(o->output, o->inputs.item, o->inputs.count, &report, context->progress, err));
    if (context->json)
        return eh_command_write_json(json_pack("{s:s, s:I}", "report", o->output, "results",
                                               (json_int_t)o->inputs.count),
                                     err);
    eh_command_note(context, "wrote %s; open it in a browser, it needs no network", o->output);
    return EH_OK;
}

const eh_command eh_cmd_report = {
    .entry = { .name = "report",
               .summary = "make one HTML report from runs, results.json files and catalogs",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details =
        "The report is one file that opens offline: verdict, groups with intervals, baseline against "
        "methods, training, "
        "data, errors. The first result whose method is erm is the baseline, else the first that is named. "
        "Results "
        "are compared when data, groups and classes are the same; runs that differ by their seed alone are "
        "shown as one, with the range over the seeds.",
    .examples = examples,
    .run = run,
};
