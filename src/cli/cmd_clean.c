/* cmd_clean.c - `evenhand clean`: defects of a data set found, what would go shown, applied, and taken back. */
#include "cli/command.h"
#include "cli/clean_print.h"

#include "clean/clean_plan.h"
#include "evenhand/query.h"

#include <string.h>

typedef struct options {
    const char *catalog, *thresholds, *output, *predictions, *planted, *where;
    eh_str_list checks, groups;
    bool plan, apply, undo, stored, relabel;
    int64_t top;
    int conflicts;
} options;

static const char *const conflict_choices[] = { "as-checks", "report", "drop-all", "keep-majority", NULL };

static const eh_opt positional_table[] = {
    { .name = "catalog",
      .help = "the catalog to clean",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, catalog),
      .metavar = "CATALOG",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "checks",
      .help = "what to look for, each with its options; those that take seconds where not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, checks),
      .metavar = "CHECK,..." },
    { .name = "stored",
      .help = "run no check: go by what earlier ones found (of --checks, or of all)",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, stored) },
    { .name = "plan",
      .help = "show what would be taken out, and what that does to every group; change nothing",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, plan) },
    { .name = "apply",
      .help = "do it: images are quarantined in the catalog, files are never touched",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, apply) },
    { .name = "undo",
      .help = "take back what the last --apply did, and nothing else",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, undo) },
    { .name = "relabel",
      .help = "let --plan and --apply also correct labels as the findings suggest",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, relabel) },
    { .name = "where",
      .help = "only findings about these images are shown, planned and applied (docs/queries.md)",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, where),
      .metavar = "QUERY" },
    { .name = "groups",
      .help = "columns whose crossing makes groups: what leaks of each, and how a plan changes its share",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, groups),
      .metavar = "COLUMNS" },
    { .name = "predictions",
      .help = "a run's folder or predictions as CSV: accuracy with and without the images that leak",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, predictions),
      .metavar = "RUN|FILE.csv" },
    { .name = "planted",
      .help = "a CSV that tells the truth about the defects, as drawn faces have it: how many were found",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, planted),
      .metavar = "FILE.csv" },
    { .name = "conflicts",
      .help = "copies whose labels contradict each other: report and leave alone, drop all, or keep the "
              "majority's; short for copies:conflicts",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, conflicts),
      .def = "as-checks",
      .choices = conflict_choices },
    { .name = "thresholds",
      .help = "only show what each of these distances would call copies, and draw pairs at the border",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, thresholds),
      .metavar = "A..B" },
    { .name = "output",
      .short_name = 'o',
      .help = "file for the picture of --thresholds; the catalog's name with -thresholds.png where not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .metavar = "FILE.png" },
    { .name = "top",
      .help = "how many findings to list, the highest score first; 0: all",
      .type = EH_OPT_INT,
      .offset = offsetof(options, top),
      .def = "20",
      .min = 0,
      .max = 1e9 },
    { 0 },
};

static const char *const examples[] = {
    "evenhand clean faces.eh",
    "what is wrong with it, ranked",
    "evenhand clean faces.eh --thresholds 1..12",
    "how many copies each distance finds, and a picture of the pairs at the border, to choose one by eye",
    "evenhand clean faces.eh --checks copies:distance=4 --conflicts drop-all --plan --groups gender,skin",
    "what would go, and how the share of every group would change",
    "evenhand clean faces.eh --checks leaks --groups gender --predictions runs/erm",
    "which test images have a copy in training, group by group, and the accuracy without them",
    "evenhand clean faces.eh --checks labels:columns=smiling+gender",
    "labels and groups that are likely wrong, by small networks that have not seen them",
    "evenhand clean streets.eh --checks labels:probabilities=p.npy",
    "masks that are likely wrong, by what evenhand predict runs/unet streets.eh -o p.npy has written",
    "evenhand clean faces.eh --where split=test --plan",
    "what would go of the test images; their copies elsewhere are found too",
    "evenhand clean faces.eh --apply",
    "take it out of use",
    "evenhand clean faces.eh --undo",
    "and put it back",
    NULL,
};

static const char details[] =
    "Findings are kept in the catalog; each has a score from 0 to 1 by which it is ranked, the evidence, and "
    "what to do about it. Running a "
    "check replaces what it found before. Nothing else changes without --apply.\n\n"
    "--apply is one transaction: it happens as a whole or, if it is interrupted, not at all. A quarantined "
    "image stays in the catalog, but is no "
    "longer counted, split or trained on. With --where every image is still looked at, since a copy has two "
    "sides; the findings about the others stay in the catalog. --undo takes back one --apply; given again, "
    "the one before.\n\n"
    "'evenhand list checks' shows the checks, 'evenhand list checks NAME' the options of one, given as "
    "--checks NAME:option=value; docs/cleaning.md goes through them.";

static eh_status check_options(const options *o, eh_error *err)
{
    if (o->undo && (o->plan || o->apply || o->stored || o->checks.count))
        return eh_fail(err, EH_ERR_USAGE,
                       "--undo stands alone; leave --plan, --apply, --stored and --checks away");
    if (o->plan && o->apply)
        return eh_fail(err, EH_ERR_USAGE, "--plan shows and --apply does: give one of them");
    if (o->relabel && !o->plan && !o->apply)
        return eh_fail(err, EH_ERR_USAGE, "--relabel needs --plan or --apply");
    if (o->thresholds && (o->plan || o->apply || o->undo || o->stored))
        return eh_fail(err, EH_ERR_USAGE,
                       "--thresholds only shows; leave --plan, --apply, --undo and --stored away");
    if (o->where && (o->undo || o->thresholds))
        return eh_fail(err, EH_ERR_USAGE,
                       "--where chooses among findings; leave it away with --undo and --thresholds");
    if (o->output && !o->thresholds)
        return eh_fail(err, EH_ERR_USAGE, "--output is for the picture of --thresholds");
    return EH_OK;
}

/* The checks that were named; --conflicts sets the option of `copies`. */
static eh_status read_specs(eh_thing_spec **spec, size_t *count, const options *o, eh_arena *arena,
                            eh_error *err)
{
    EH_TRY(eh_check_specs(spec, count, &o->checks, arena, err));
    if (o->conflicts == 0)
        return EH_OK;
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*spec)[i].entry->name, "copies") == 0)
            return eh_opts_set((*spec)[i].entry->opts, (*spec)[i].opts, "conflicts",
                               conflict_choices[o->conflicts], "--conflicts", arena, err);
    return eh_fail(err, EH_ERR_USAGE,
                   "--conflicts is about the check 'copies', which --checks does not name");
}

/* A result without running anything: the stored findings of the checks in `spec`, or of all. */
static eh_status load_stored(eh_clean_result *r, eh_catalog *catalog, const eh_thing_spec *spec, size_t count,
                             eh_error *err)
{
    eh_findings *all = NULL;
    EH_TRY(eh_frame_load(&r->frame, catalog, NULL, 0, err));
    EH_TRY(eh_findings_load(&all, catalog, NULL, err));
    eh_status status = EH_OK;
    r->findings = eh_findings_new();
    if (!r->findings)
        status = eh_fail_memory(err, "findings", 1, sizeof *r->findings);
    for (size_t i = 0; i < all->count && status == EH_OK; i++) {
        bool wanted = count == 0;
        for (size_t k = 0; k < count; k++)
            wanted |= strcmp(spec[k].entry->name, all->item[i].check) == 0;
        if (wanted)
            status = eh_findings_add(r->findings, &all->item[i], NULL, err);
    }
    if (status == EH_OK && r->findings->count == 0)
        status =
            eh_fail(err, EH_ERR_USAGE, "%s holds no findings about usable images; run it without --stored",
                    eh_catalog_path(catalog));
    eh_findings_free(all);
    return status;
}

static eh_status find(eh_clean_result **out, eh_command_context *context, const options *o,
                      eh_catalog *catalog, eh_error *err)
{
    eh_thing_spec *spec;
    size_t count;
    EH_TRY(read_specs(&spec, &count, o, context->arena, err));
    if (!o->stored)
        return eh_clean_run(out, catalog, spec, count, context->seed, context->progress, err);
    eh_arena *arena = eh_arena_new();
    eh_clean_result *r = arena ? eh_arena_alloc(arena, 1, sizeof *r) : NULL;
    if (!r) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "findings", 1, sizeof *r);
    }
    r->arena = arena;
    eh_status status = load_stored(r, catalog, spec, o->checks.count ? count : 0, err);
    if (status == EH_OK)
        *out = r;
    else
        eh_clean_result_free(r);
    return status;
}

/* The options of `copies`, among the named checks or as they are by default. */
static eh_status thresholds(eh_command_context *context, const options *o, eh_catalog *catalog, eh_error *err)
{
    eh_thing_spec *spec, copies;
    size_t count;
    EH_TRY(eh_thing_parse(&copies, "check", "copies", "--checks", context->arena, err));
    if (o->checks.count)
        EH_TRY(eh_check_specs(&spec, &count, &o->checks, context->arena, err));
    for (size_t i = 0; o->checks.count && i < count; i++)
        if (spec[i].entry == copies.entry)
            copies = spec[i];
    return eh_clean_thresholds(context, catalog, &copies, o->thresholds, o->output, err);
}

/* Leaves only what --where asks for. */
static eh_status limit(eh_clean_result *result, eh_catalog *catalog, const eh_query *where, eh_error *err)
{
    int64_t *id = NULL;
    size_t count = 0;
    if (!where)
        return EH_OK;
    eh_status status = eh_catalog_select(&id, &count, catalog, where, err);
    if (status == EH_OK)
        status = eh_clean_limit(result, id, count, err);
    eh_free(id);
    return status;
}

static eh_status undo(eh_command_context *context, eh_catalog *catalog, eh_error *err)
{
    eh_clean_undone undone;
    EH_TRY(eh_clean_undo(catalog, &undone, err));
    return eh_clean_print_undone(context, catalog, &undone, err);
}

/* The findings against the truth; of stored ones, those of checks that found something. */
static eh_status count_planted(eh_planted **out, eh_command_context *context, const options *o,
                               eh_catalog *catalog, const eh_clean_result *r, eh_error *err)
{
    const char **name = eh_arena_alloc(context->arena, r->checks + 1, sizeof *name);
    if (!name)
        return eh_fail_memory(err, "checks", r->checks, sizeof *name);
    for (size_t i = 0; i < r->checks; i++)
        name[i] = r->check[i].check->entry.name;
    return eh_planted_count(out, o->planted, catalog, r->findings, o->stored ? NULL : name, r->checks, err);
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_catalog *catalog = NULL;
    eh_clean_result *result = NULL;
    eh_clean_plan *plan = NULL;
    eh_groups *groups = NULL;
    eh_planted *planted = NULL;
    eh_clean_plan_opts plan_opts = { .relabel = o->relabel };
    int8_t *right = NULL;
    eh_query *where = NULL;
    int64_t step = 0;
    eh_status status;
    EH_TRY(check_options(o, err));
    if (o->where)
        EH_TRY(eh_query_parse(&where, o->where, err));
    EH_TRY_GOTO(status, eh_catalog_open(&catalog, o->catalog, err));
    if (o->undo) {
        status = undo(context, catalog, err);
        goto done;
    }
    if (o->thresholds) {
        status = thresholds(context, o, catalog, err);
        goto done;
    }
    EH_TRY_GOTO(status, find(&result, context, o, catalog, err));
    if (o->planted) /* before --where: the truth is about the whole catalog */
        EH_TRY_GOTO(status, count_planted(&planted, context, o, catalog, result, err));
    EH_TRY_GOTO(status, limit(result, catalog, where, err));
    EH_TRY_GOTO(status, eh_groups_make(&groups, result->frame, o->groups.item, o->groups.count, err));
    if (o->predictions)
        EH_TRY_GOTO(status,
                    eh_clean_read_predictions(&right, context, catalog, result->frame, o->predictions, err));
    if (o->plan || o->apply)
        EH_TRY_GOTO(status, eh_clean_plan_make(&plan, result->frame, result->findings, &plan_opts, err));
    if (o->apply)
        EH_TRY_GOTO(status, eh_clean_plan_apply(catalog, plan, &step, err));
    eh_clean_view view = { .catalog = catalog,
                           .result = result,
                           .plan = plan,
                           .groups = groups,
                           .right = right,
                           .planted = planted,
                           .step = step,
                           .applied = o->apply,
                           .top = o->top ? (size_t)o->top : SIZE_MAX };
    status = eh_clean_print(context, &view, err);
done:
    eh_planted_free(planted);
    eh_groups_free(groups);
    eh_clean_plan_free(plan);
    eh_clean_result_free(result);
    eh_query_free(where);
    eh_catalog_close(catalog);
    return status;
}

const eh_command eh_cmd_clean = {
    .entry = { .name = "clean",
               .summary = "find copies and other defects; take them out, and put them back",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = details,
    .examples = examples,
    .run = run,
};
