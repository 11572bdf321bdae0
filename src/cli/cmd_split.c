/* cmd_split.c - `evenhand split`: every image of a catalog goes to training, validation or test, and the parts are compared. */
#include "cli/command.h"
#include "cli/split_print.h"

#include "evenhand/query.h"

#include <math.h>
#include <string.h>

typedef struct options {
    const char *catalog, *where;
    eh_str_list ratios, stratify, by;
    int64_t folds;
    bool keep_test, check;
} options;

static const eh_opt positional_table[] = {
    { .name = "catalog",
      .help = "the catalog to split",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, catalog),
      .metavar = "CATALOG",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "ratios",
      .help = "shares of training, validation and test: parts of 100 or of 1, or small whole numbers such as "
              "8,1,1",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, ratios),
      .def = "70,15,15",
      .metavar = "A,B,C" },
    { .name = "stratify",
      .help = "columns whose crossing keeps its proportions in every part",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, stratify),
      .metavar = "COLUMNS" },
    { .name = "by",
      .help = "columns of people (or other things) that must not be in two parts; 'cluster': copies that "
              "clean found",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, by),
      .metavar = "COLUMNS" },
    { .name = "folds",
      .help =
          "make so many splits for cross-validation instead of one: fold-1 ..., for train --fold; 0: none",
      .type = EH_OPT_INT,
      .offset = offsetof(options, folds),
      .def = "0",
      .min = 0,
      .max = EH_MOST_FOLDS,
      .metavar = "K" },
    { .name = "keep-test",
      .help = "leave the given test part as it is and split the rest into training and validation",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, keep_test),
      .def = "false" },
    { .name = "where",
      .help = "split only the images for which this holds; the others are in no part",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, where),
      .metavar = "QUERY" },
    { .name = "check",
      .help = "change nothing: judge the split that is there; exit code 1 when its parts differ or somebody "
              "is in two",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, check),
      .def = "false" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand split faces.eh --stratify hair,gender --by person",
    "70 / 15 / 15, every group in every part, nobody in two of them",
    "evenhand split faces.eh --by person,cluster",
    "neither a person nor a cluster of copies is in two parts",
    "evenhand split fm.eh --keep-test --ratios 90,10,0",
    "the official test part stays; a validation part is taken from the training part",
    "evenhand split faces.eh --folds 5 --by person",
    "five splits; 'evenhand train faces.eh --fold 2 ...' uses the second",
    "evenhand split faces.eh --check --by person",
    "is the split that came with the data a fair one?",
    NULL,
};

static const char details[] = "The split is random but repeatable: the same catalog, options and --seed give "
                              "the same parts. It is written to the catalog all or "
                              "nothing, and replaces an earlier one; a split that came with the data set is "
                              "kept beside it, so that --keep-test always finds the "
                              "official test part.\n\n"
                              "Then the parts are compared: every class column by a chi-square test over "
                              "parts and classes, every number column by Kolmogorov and "
                              "Smirnov's test of each part against the others, p-values corrected together "
                              "by Holm's rule. With --by a person counts as one, not as "
                              "many images (first-order correction of Rao and Scott). Classes of which the "
                              "smallest part expects fewer than 5 images are counted as "
                              "one.\n\n"
                              "With --folds K the images are dealt into K blocks. Fold k tests on block k, "
                              "chooses epochs on block k+1 and trains on the others; of "
                              "two folds there is no validation part. With --keep-test fold k validates on "
                              "block k, and the test part stays.";

/* Three numbers that sum to 100 or 1, or small whole numbers, as shares that sum to 1. */
static eh_status parse_ratios(const eh_str_list *list, double share[3], eh_error *err)
{
    double sum = 0;
    bool whole = true;
    if (list->count != 3)
        return eh_fail(err, EH_ERR_USAGE,
                       "--ratios needs three numbers for training, validation and test, such as 70,15,15; "
                       "%zu were given",
                       list->count);
    for (int i = 0; i < 3; i++) {
        if (!eh_parse_float(&share[i], list->item[i]) || share[i] < 0)
            return eh_fail(err, EH_ERR_USAGE, "--ratios: '%s' is no number of 0 or more", list->item[i]);
        sum += share[i];
        whole &= share[i] == floor(share[i]);
    }
    bool meant = fabs(sum - 1) < 1e-6 || fabs(sum - 100) < 1e-4 || (whole && sum > 0 && sum <= 50);
    if (!meant)
        return eh_fail(err, EH_ERR_USAGE,
                       "--ratios: %s, %s and %s sum to %.6g; shares sum to 100 or to 1, or are small whole "
                       "numbers such as 8,1,1",
                       list->item[0], list->item[1], list->item[2], sum);
    for (int i = 0; i < 3; i++)
        share[i] /= sum;
    return EH_OK;
}

static eh_status check_options(const options *o, eh_error *err)
{
    if (o->check && (o->folds || o->keep_test || o->stratify.count))
        return eh_fail(err, EH_ERR_USAGE,
                       "--check judges the split that is there; leave --folds, --keep-test and --stratify "
                       "away");
    return EH_OK;
}

static eh_status split(eh_command_context *context, const options *o, eh_catalog *catalog,
                       const eh_query *where, eh_error *err)
{
    double share[3];
    EH_TRY(parse_ratios(&o->ratios, share, err));
    eh_split_opts opts = { .train = share[0],
                           .valid = share[1],
                           .test = share[2],
                           .stratify = o->stratify,
                           .by = o->by,
                           .where = where,
                           .folds = o->folds,
                           .seed = context->seed,
                           .keep_test = o->keep_test };
    return eh_catalog_split(catalog, &opts, context->progress, err);
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_catalog *catalog = NULL;
    eh_query *where = NULL;
    eh_status status;
    EH_TRY(check_options(o, err));
    if (o->where)
        EH_TRY_GOTO(status, eh_query_parse(&where, o->where, err));
    EH_TRY_GOTO(status, eh_catalog_open(&catalog, o->catalog, err));
    if (!o->check)
        EH_TRY_GOTO(status, split(context, o, catalog, where, err));
    const eh_split_print print = { .catalog = catalog,
                                   .where = o->check ? where : NULL, /* those left out are in no part now */
                                   .groups = o->stratify,
                                   .by = o->by,
                                   .folds = o->folds,
                                   .keep_test = o->keep_test,
                                   .gate = o->check };
    status = eh_split_print_result(context, &print, err);
done:
    eh_catalog_close(catalog);
    eh_query_free(where);
    return status;
}

const eh_command eh_cmd_split = {
    .entry = { .name = "split",
               .summary =
                   "divide a catalog into training, validation and test, and check that the parts are alike",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = details,
    .examples = examples,
    .run = run,
};
