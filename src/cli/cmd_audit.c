/* cmd_audit.c - `evenhand audit`: every group measured from predictions alone, and a gate for scripts. */
#include "cli/command_words.h"
#include "cli/help.h"
#include "base/file.h"
#include "base/json.h"
#include "evenhand/query.h"
#include "report/report.h"
#include "report/results.h"

#include <string.h>

typedef struct options {
    const char *where;
    const char *input, *truth, *predicted, *score, *threshold, *positive, *output, *images, *catalog, *name,
        *data;
    eh_str_list groups, fail_on, within;
    double level;
    int64_t few, errors;
    int sort, kind;
    bool allow_duplicates, no_images;
} options;

static const char *const kind_choices[] = { "auto", "classes", "numbers", NULL }; /* eh_predictions_kind */
static const char *const sort_choices[] = { "worst", "name", NULL };

static const eh_opt positional_table[] = {
    { .name = "input",
      .help = "a run's folder, or predictions as CSV",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, input),
      .metavar = "RUN_FOLDER|PREDICTIONS.csv",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "truth",
      .help = "column with the true class or number",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, truth),
      .metavar = "COLUMN" },
    { .name = "predicted",
      .help = "column with the predicted class or number",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, predicted),
      .metavar = "COLUMN" },
    { .name = "score",
      .help = "column with the probability of the positive class, where no class was predicted",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, score),
      .metavar = "COLUMN" },
    { .name = "threshold",
      .help = "a score from here on means the positive class; 0.5 where not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, threshold),
      .metavar = "X" },
    { .name = "positive",
      .help = "class that precision and recall are about; the second of two where not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, positive),
      .metavar = "CLASS" },
    { .name = "kind",
      .help =
          "what truth and prediction are; auto: numbers where they have fractions and more than two values",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, kind),
      .def = "auto",
      .choices = kind_choices },
    { .name = "within",
      .help = "of numbers: how far off a prediction may be to count as close, in the column's units",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, within),
      .def = "1,3,5,8",
      .metavar = "K,..." },
    { .name = "groups",
      .help = "columns whose crossing makes the groups",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, groups),
      .metavar = "COLUMN,..." },
    { .name = "where",
      .help =
          "measure only the rows for which this holds over the file's columns, such as 'age<30 and loss>1'",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, where),
      .metavar = "QUERY" },
    { .name = "allow-duplicates",
      .help = "count an image as often as it is listed",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, allow_duplicates) },
    { .name = "level",
      .help = "confidence level of the intervals",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, level),
      .def = "0.95",
      .min = 0.5,
      .max = 0.9999 },
    { .name = "few",
      .help = "a group with fewer images than this is marked",
      .type = EH_OPT_INT,
      .offset = offsetof(options, few),
      .def = "30",
      .min = 1,
      .max = 1e9 },
    { .name = "sort",
      .help = "order of the groups in the table",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, sort),
      .def = "worst",
      .choices = sort_choices },
    { .name = "fail-on",
      .help = "conditions that end the program with exit code 1, such as 'worst(accuracy)<0.8'",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, fail_on),
      .metavar = "RULE,..." },
    { .name = "output",
      .short_name = 'o',
      .help = "write results.json here",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .metavar = "FILE" },
    { .name = "name",
      .help = "what a report calls this; the method or the file where not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, name),
      .metavar = "TEXT" },
    { .name = "data",
      .help = "name of the data set; a report compares results of one name, groups and classes",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, data),
      .metavar = "TEXT" },
    { .name = "errors",
      .help = "how many wrong predictions results.json lists",
      .type = EH_OPT_INT,
      .offset = offsetof(options, errors),
      .def = "60",
      .min = 1,
      .max = 10000 },
    { .name = "images",
      .help = "folder that the file names in PREDICTIONS.csv are relative to, for thumbnails",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, images),
      .metavar = "FOLDER" },
    { .name = "catalog",
      .help = "where the run's catalog is now, for thumbnails",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, catalog),
      .metavar = "CATALOG" },
    { .name = "no-images",
      .help = "leave thumbnails out of results.json",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, no_images) },
    { 0 },
};

static const char *const examples[] = {
    "evenhand audit runs/erm",
    "the test predictions of a run, group by group",
    "evenhand audit predictions.csv --truth label --predicted guess --groups gender,skin -o results.json",
    "predictions of any other program",
    "evenhand audit runs/gdro --fail-on 'worst(accuracy)<0.8,gap(recall)>10%'",
    "a gate: exit code 1 when a rule fails, 4 when there are too few images to judge",
    "evenhand audit runs/streets --fail-on 'worst(miou)<0.4,overall(wgap)<0.1,worst(iou:fence)<10%'",
    "the same of masks: groups by mean IoU, classes by average precision and IoU",
    NULL,
};

extern const eh_command eh_cmd_audit;

static eh_status parse_rules(eh_rule **out, const options *o, eh_arena *arena, eh_error *err)
{
    *out = eh_arena_alloc(arena, o->fail_on.count + 1, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "rules", o->fail_on.count, sizeof **out);
    for (size_t i = 0; i < o->fail_on.count; i++)
        EH_TRY(eh_rule_parse(&(*out)[i], arena, o->fail_on.item[i], err));
    return EH_OK;
}

static eh_status parse_within(const double **out, size_t *count, const options *o, eh_arena *arena,
                              eh_error *err)
{
    double *limit = eh_arena_alloc(arena, o->within.count + 1, sizeof *limit);
    if (!limit)
        return eh_fail_memory(err, "--within", o->within.count, sizeof *limit);
    for (size_t i = 0; i < o->within.count; i++)
        if (!eh_parse_float(&limit[i], o->within.item[i]) || !(limit[i] > 0))
            return eh_fail(err, EH_ERR_USAGE,
                           "--within: \"%s\" is not a number above 0; write it as in 1,3,5,8.",
                           o->within.item[i]);
    *out = limit;
    *count = o->within.count;
    return EH_OK;
}

/* Columns are named for a CSV alone: a run's folder says itself what they are. */
static eh_status check_columns(const options *o, bool folder, eh_error *err)
{
    bool named = o->kind || o->truth || o->predicted || o->score || o->threshold || o->groups.count > 0;
    if (folder && (named || o->positive || o->allow_duplicates || o->images || o->data))
        return eh_fail(err, EH_ERR_USAGE,
                       "%s is the folder of a run, which says itself what its columns, groups and classes "
                       "are; "
                       "options such as --truth and --groups are for a CSV file.",
                       o->input);
    if (!folder && o->catalog)
        return eh_fail(err, EH_ERR_USAGE,
                       "--catalog belongs to a run's folder; name the images of a CSV file "
                       "with --images.");
    return EH_OK;
}

static eh_status measure(eh_results **out, eh_command_context *context, const options *o, const eh_rule *rule,
                         const eh_query *where, eh_error *err)
{
    eh_results_opts opts = {
        .name = o->name,
        .data = o->data,
        .catalog = o->catalog,
        .images = o->images,
        .no_images = o->no_images,
        .max_errors = (size_t)o->errors,
        .where = where,
        .level = o->level,
        .few = (uint64_t)o->few,
        .rule = rule,
        .rules = o->fail_on.count,
    };
    bool folder = eh_path_is_folder(o->input);
    EH_TRY(parse_within(&opts.within, &opts.withins, o, context->arena, err));
    EH_TRY(check_columns(o, folder, err));
    if (folder)
        return eh_results_from_run(out, o->input, &opts, context->progress, err);
    EH_TRY(eh_command_words(&opts.command, &opts.command_words, &eh_cmd_audit, o, context->arena, err));
    double threshold;
    if (o->threshold && !eh_parse_float(&threshold, o->threshold))
        return eh_fail(err, EH_ERR_USAGE, "--threshold: \"%s\" is not a number.", o->threshold);
    const eh_predictions_opts columns = {
        .truth = o->truth,
        .predicted = o->predicted,
        .score = o->score,
        .threshold = o->threshold ? &threshold : NULL,
        .positive = o->positive,
        .groups = o->groups,
        .kind = (eh_predictions_kind)o->kind,
        .allow_duplicates = o->allow_duplicates,
    };
    return eh_results_from_predictions(out, o->input, &columns, &opts, context->progress, err);
}

/* The table, then the verdict in sentences. */
static eh_status print_text(eh_command_context *context, const options *o, eh_results *results, eh_error *err)
{
    eh_str text = { 0 }, verdict = { 0 };
    eh_report report;
    json_t *const one[] = { results->json };
    eh_status status;
    EH_TRY_GOTO(status, eh_results_table(&text, results, (eh_audit_sort)o->sort, err));
    EH_TRY_GOTO(status, eh_report_arrange(&report, context->arena, one, NULL, 1, NULL, err));
    EH_TRY_GOTO(status, eh_report_verdict(&verdict, &report, err));
    for (char *line = verdict.data; line && *line;) {
        char *stop = strchr(line, '\n');
        if (stop)
            *stop = '\0';
        eh_replace_control(line);
        eh_str_append(&text, "\n");
        eh_help_paragraphs(&text, line, 0);
        line = stop ? stop + 1 : NULL;
    }
    status = eh_command_write(&text, err);
done:
    eh_str_clear(&text);
    eh_str_clear(&verdict);
    return status;
}

/* The gate: a rule that fails outweighs one that cannot be judged. */
static eh_status conclude(const eh_results *results, const eh_rule *rule, size_t rules, eh_error *err)
{
    for (int pass = 0; pass < 2; pass++) {
        eh_rule_outcome wanted = pass == 0 ? EH_RULE_FAIL : EH_RULE_NOT_ENOUGH;
        for (size_t i = 0; i < rules; i++)
            if (results->rule_result[i].outcome == wanted)
                return eh_fail(err, pass == 0 ? EH_ERR_GATE : EH_ERR_NOT_ENOUGH, "Rule %s: %s", rule[i].text,
                               results->rule_result[i].sentence);
    }
    return EH_OK;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_rule *rule;
    eh_results *results = NULL;
    EH_TRY(parse_rules(&rule, o, context->arena, err));
    eh_query *where = NULL;
    if (o->where)
        EH_TRY(eh_query_parse(&where, o->where, err));
    eh_status status = measure(&results, context, o, rule, where, err);
    eh_query_free(where);
    if (status != EH_OK)
        return status;
    if (o->output) {
        status = eh_json_write(results->json, o->output, err);
        if (status == EH_OK)
            eh_command_note(context, "wrote %s", o->output);
    }
    if (status == EH_OK)
        status = context->json ? eh_command_write_json(json_incref(results->json), err)
                               : print_text(context, o, results, err);
    if (status == EH_OK)
        status = conclude(results, rule, o->fail_on.count, err);
    eh_results_free(results);
    return status;
}

const eh_command eh_cmd_audit = {
    .entry = { .name = "audit",
               .summary = "measure every group from predictions, with intervals; fail on rules",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details =
        "Predictions of any program will do: a CSV file with a header, one row per image, with the true "
        "class, the "
        "predicted class (or a probability) and columns that make groups. Usual column names are recognised: "
        "truth, label, y_true; predicted, y_pred, prediction, score; p:CLASS or p_CLASS for "
        "probabilities.\n\n"
        "Numbers are measured as well, such as ages: mean absolute error with its interval, RMSE, mean "
        "error, and the "
        "share within K (--within) in every group. A file holds numbers where they have fractions; --kind "
        "numbers says so "
        "of whole ones.\n\n"
        "Rows without a label or a prediction are counted and reported, never dropped in silence. An image "
        "that "
        "is listed twice is an error. A group with few images is marked: read its interval, not its "
        "number.\n\n"
        "A rule says when the model fails: worst(METRIC)<LIMIT for the worst group, gap(METRIC)>LIMIT for "
        "the largest difference between two groups, mean(METRIC)<LIMIT, overall(METRIC)<LIMIT. LIMIT is 0.8 "
        "or "
        "80%. 'evenhand list metrics' shows the metrics; METRIC:CLASS asks for one class. Of numbers the "
        "metrics are mae, rmse, bias and within:K, and the limits of "
        "the first three are in the column's units: worst(mae)>8, gap(mae)>2, worst(within:5)<50%.\n\n"
        "Of masks they are miou, mean-dice and map (mean over the classes of IoU, Dice and average "
        "precision), iou:CLASS, dice:CLASS and ap:CLASS, worst-iou, worst-dice and wgap (of the worst "
        "class), pixel-accuracy and image-miou (mean over images, the one with an interval): "
        "worst(miou)<0.4, overall(wgap)<0.1, worst(iou:fence)<10%. They are judged by what the run measured "
        "when it predicted them; a group that had few images then can only be judged by image-miou.",
    .examples = examples,
    .run = run,
};
