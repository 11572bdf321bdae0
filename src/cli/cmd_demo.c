/* cmd_demo.c - `evenhand demo`: the whole way once, on drawn faces: draw, import, clean, train a baseline and methods, audit, report. */
#include "cli/clean_print.h"
#include "base/config.h"
#include "base/file.h"
#include "base/json.h"
#include "base/table.h"
#include "evenhand/catalog.h"
#include "evenhand/faces.h"
#include "evenhand/train.h"
#include "report/report.h"
#include "report/results.h"
#include "report/results_data.h"

#include <string.h>

enum { GALLERIES = 6 }; /* findings of each check that the report shows */

typedef struct options {
    const char *output;
    eh_str_list methods, faces, train;
    bool only_faces;
} options;

static const eh_opt option_table[] = {
    { .name = "output",
      .short_name = 'o',
      .help = "folder to make; it must not exist or be empty",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .def = "demo",
      .metavar = "FOLDER" },
    { .name = "methods",
      .help = "methods to train with, the baseline first",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, methods),
      .def = "erm,reweight,resample,gdro",
      .metavar = "NAMES" },
    { .name = "faces",
      .help = "options of the drawn faces, as key=value (see the details)",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, faces),
      .metavar = "KEY=VALUE,..." },
    { .name = "train",
      .help = "options of the training, as key=value, as `evenhand train` has them",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, train),
      .metavar = "KEY=VALUE,..." },
    { .name = "only-faces",
      .help = "draw the faces and stop",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, only_faces) },
    { 0 },
};

static const char *const examples[] = {
    "evenhand demo",
    "everything, in about two minutes; then open demo/report.html",
    "evenhand demo -o faces --only-faces --faces plant-copies=40,plant-wrong=60",
    "a data set with planted defects; faces/faces/planted.csv says which",
    NULL,
};

/* What is kept of each run for the final table. */
typedef struct demo_run {
    const char *method, *folder;
    eh_results *results;
} demo_run;

typedef struct demo {
    eh_command_context *context;
    const options *opts;
    const char *faces, *catalog, *report, *results, *planted;
    eh_clean_plan *plan;    /* what was taken out */
    eh_planted *defects;    /* what of the planted defects was found */
    eh_clean_result *found; /* by all checks */
    demo_run *run;
    size_t runs;
} demo;

/* Applies "key=value" items to an option struct. */
static eh_status apply(const eh_opt *table, void *target, const eh_str_list *items, const char *option,
                       eh_arena *arena, eh_error *err)
{
    for (size_t i = 0; i < items->count; i++) {
        const char *equals = strchr(items->item[i], '=');
        if (!equals)
            return eh_fail(err, EH_ERR_USAGE, "%s takes key=value; \"%s\" has no \"=\"", option,
                           items->item[i]);
        char *key = eh_arena_strdup(arena, items->item[i]);
        if (!key)
            return eh_fail_memory(err, option, strlen(items->item[i]), 1);
        key[equals - items->item[i]] = '\0';
        EH_TRY(eh_opts_set(table, target, key, equals + 1, option, arena, err));
    }
    return EH_OK;
}

static eh_status make_folder(const char *path, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    const char **files, **folders;
    size_t file_count = 0, folder_count = 0;
    eh_status status = arena ? EH_OK : eh_fail_memory(err, path, 1, 1);
    if (status == EH_OK && eh_path_exists(path)) {
        EH_TRY_GOTO(status, eh_list_files(arena, &files, &file_count, path, err));
        EH_TRY_GOTO(status, eh_list_folders(arena, &folders, &folder_count, path, err));
        if (file_count + folder_count > 0) {
            status = eh_fail(err, EH_ERR_USAGE,
                             "%s is not empty; remove it, or name another folder with --output FOLDER", path);
            goto done;
        }
    }
    if (status == EH_OK)
        status = eh_make_folder(path, err);
done:
    eh_arena_free(arena);
    return status;
}

static eh_status draw_and_import(demo *d, eh_error *err)
{
    eh_arena *arena = d->context->arena;
    eh_faces_opts faces;
    EH_TRY(eh_opts_defaults(eh_faces_options, &faces, arena, err));
    faces.seed = (int64_t)d->context->seed;
    if (!d->opts->only_faces) {
        faces.plant_copies = faces.plant_near = 40;
        faces.plant_wrong = 60;
        faces.plant_poor = 18;
        faces.plant_broken = 4;
    }
    EH_TRY(apply(eh_faces_options, &faces, &d->opts->faces, "--faces", arena, err));
    eh_faces_summary drawn;
    EH_TRY(eh_faces_write(&drawn, d->faces, &faces, d->context->progress, err));
    const uint64_t(*group)[2][2] = drawn.group;
    eh_command_note(d->context,
                    "drew %llu faces; to learn from: %llu women and %llu men who are not blond, %llu blond "
                    "women, %llu blond men",
                    (unsigned long long)drawn.images, (unsigned long long)group[0][0][0],
                    (unsigned long long)group[0][0][1], (unsigned long long)group[0][1][0],
                    (unsigned long long)group[0][1][1]);
    if (d->opts->only_faces)
        return EH_OK;
    const eh_import_opts import = { .check_pixels = true };
    eh_import_report report;
    EH_TRY(eh_catalog_import(d->catalog, d->faces, &import, &report, d->context->progress, err));
    eh_command_note(d->context, "imported %llu images as %s, skipped %llu", (unsigned long long)report.images,
                    report.format, (unsigned long long)report.skipped);
    return EH_OK;
}

/* Looks for the planted defects, counts what was found, and takes out what the checks propose. Labels are judged but left alone: the judge
 * knows few blond men, so it suspects many whose label is right. */
static eh_status clean(demo *d, eh_error *err)
{
    static const char *const check[] = { "copies:distance=0", "leaks:distance=0", "quality",
                                         "labels:columns=blond,size=32,folds=3,epochs=6" };
    enum { CHECKS = sizeof check / sizeof *check };
    const eh_str_list words = { .item = (const char **)check, .count = CHECKS };
    const eh_clean_plan_opts opts = { .relabel = false };
    eh_command_context *context = d->context;
    eh_catalog *catalog = NULL;
    eh_thing_spec *spec;
    size_t count;
    eh_status status;
    EH_TRY(eh_check_specs(&spec, &count, &words, context->arena, err));
    EH_TRY(eh_catalog_open(&catalog, d->catalog, err));
    EH_TRY_GOTO(status, eh_clean_run(&d->found, catalog, spec, count, context->seed, context->progress, err));
    if (eh_path_exists(d->planted))
        EH_TRY_GOTO(status,
                    eh_planted_count(&d->defects, d->planted, catalog, d->found->findings, NULL, 0, err));
    EH_TRY_GOTO(status, eh_clean_plan_make(&d->plan, d->found->frame, d->found->findings, &opts, err));
    EH_TRY_GOTO(status, eh_clean_plan_apply(catalog, d->plan, NULL, err));
    eh_command_note(context,
                    "cleaned: took %zu of %zu images out of use; suspicious labels are listed, not changed",
                    d->plan->quarantined, d->found->frame->rows);
done:
    eh_catalog_close(catalog);
    return status;
}

static eh_status train_one(demo *d, demo_run *run, eh_error *err)
{
    eh_arena *arena = d->context->arena;
    eh_train_opts train = { 0 };
    EH_TRY(eh_opts_defaults(eh_train_option_table, &train, arena, err));
    const char *const setting[][2] = { { "data", d->catalog },
                                       { "out", run->folder },
                                       { "label", "blond" },
                                       { "groups", "blond,gender" },
                                       { "model", "standard-cnn" },
                                       { "method", run->method },
                                       { "epochs", "5" },
                                       { "batch", "64" },
                                       { "lr", "0.002" },
                                       { "schedule", "one-cycle" },
                                       { "augment", "flip,shift-crop" },
                                       { "select", "last" } };
    for (size_t i = 0; i < sizeof setting / sizeof setting[0]; i++)
        EH_TRY(eh_opts_set(eh_train_option_table, &train, setting[i][0], setting[i][1], "evenhand demo",
                           arena, err));
    train.seed = d->context->seed;
    EH_TRY(apply(eh_train_option_table, &train, &d->opts->train, "--train", arena, err));
    EH_TRY(eh_train(&train, d->context->progress, err));
    EH_TRY(eh_results_write_run(run->folder, d->context->progress, err));
    const eh_results_opts quiet = { .no_images = true };
    return eh_results_from_run(&run->results, run->folder, &quiet, NULL, err);
}

/* The document about the data, and all runs' documents, as one array: what the report is made of. */
static eh_status write_results(const demo *d, eh_error *err)
{
    static const char *groups[] = { "blond", "gender" };
    const eh_data_results_opts data = { .groups = { .item = groups, .count = 2 },
                                        .labels = { .item = groups, .count = 1 },
                                        .planted = d->defects ? d->planted : NULL,
                                        .galleries = GALLERIES,
                                        .seed = d->context->seed };
    json_t *all = json_array(), *first = NULL;
    eh_status status = all ? EH_OK : eh_fail_memory(err, d->results, d->runs, sizeof all);
    if (status == EH_OK)
        status = eh_results_from_catalog(&first, d->catalog, &data, d->context->progress, err);
    if (status == EH_OK && json_array_append_new(all, first))
        status = eh_fail_memory(err, d->results, 1, sizeof first);
    for (size_t i = 0; i < d->runs && status == EH_OK; i++) {
        char *path = eh_path_join(d->context->arena, d->run[i].folder, "results.json");
        json_t *one = NULL;
        status = path ? eh_json_read(&one, path, err) : eh_fail_memory(err, d->results, 1, 1);
        if (status == EH_OK && json_array_append_new(all, one))
            status = eh_fail_memory(err, d->results, 1, sizeof one);
    }
    if (status == EH_OK)
        status = eh_json_write(all, d->results, err);
    json_decref(all);
    return status;
}

static void estimate_cell(eh_text_table *table, const eh_estimate *e)
{
    if (e->n == 0)
        eh_text_table_cell(table, "no images");
    else
        eh_text_table_cell(table, "%5.1f%% (%.1f to %.1f)", 100 * e->value, 100 * e->low, 100 * e->high);
}

/* Rows: every group, overall, mean of groups, worst group. Columns: the methods. */
static eh_status print_table(const demo *d, eh_error *err)
{
    const eh_audit *first = d->run[0].results->audit;
    const char **title = eh_arena_alloc(d->context->arena, d->runs + 2, sizeof *title);
    eh_text_table *table = NULL;
    if (title) {
        title[0] = "accuracy on the test part";
        title[1] = ">images";
        for (size_t m = 0; m < d->runs; m++)
            title[2 + m] = eh_arena_printf(d->context->arena, ">%s", d->run[m].method);
        table = eh_text_table_new(title, d->runs + 2);
    }
    if (!table)
        return eh_fail_memory(err, "the table of results", d->runs, sizeof *title);
    for (size_t g = 0; g < first->groups; g++) {
        eh_text_table_cell(table, "%s", first->group[g].name);
        eh_text_table_cell(table, "%llu", (unsigned long long)first->group[g].accuracy.n);
        for (size_t m = 0; m < d->runs; m++)
            estimate_cell(table, &d->run[m].results->audit->group[g].accuracy);
    }
    eh_text_table_rule(table);
    eh_text_table_cell(table, "overall (all images)");
    eh_text_table_cell(table, "%llu", (unsigned long long)first->overall.accuracy.n);
    for (size_t m = 0; m < d->runs; m++)
        estimate_cell(table, &d->run[m].results->audit->overall.accuracy);
    eh_text_table_cell(table, "mean of groups");
    eh_text_table_cell(table, "%s", "");
    for (size_t m = 0; m < d->runs; m++)
        eh_text_table_cell(table, "%5.1f%%", 100 * d->run[m].results->audit->group_mean.value);
    eh_text_table_cell(table, "worst group");
    eh_text_table_cell(table, "%s", "");
    for (size_t m = 0; m < d->runs; m++) {
        const eh_audit *audit = d->run[m].results->audit;
        if (audit->worst < 0)
            eh_text_table_cell(table, "-");
        else
            eh_text_table_cell(table, "%s %.1f%%", audit->group[audit->worst].name,
                               100 * audit->group[audit->worst].accuracy.value);
    }
    eh_str out = { 0 };
    if (d->defects) {
        EH_TRY(eh_clean_planted_text(&out, d->defects, err));
        eh_str_append(&out, "\n");
    }
    eh_text_table_render(table, &out);
    eh_text_table_free(table);
    eh_str_append(&out, "In brackets: 95% Wilson intervals. The weights are those of the last epoch.\n");
    return eh_command_write(&out, err);
}

static eh_status print_json(const demo *d, eh_error *err)
{
    json_t *runs = json_array();
    for (size_t m = 0; m < d->runs && runs; m++)
        json_array_append_new(runs, json_pack("{s:s, s:s, s:o}", "method", d->run[m].method, "folder",
                                              d->run[m].folder, "evaluation",
                                              eh_audit_json(d->run[m].results->audit, "test", err)));
    return eh_command_write_json(json_pack("{s:s, s:s, s:I, s:o*, s:o}", "report", d->report, "results",
                                           d->results, "quarantined", (json_int_t)d->plan->quarantined,
                                           "planted", d->defects ? eh_clean_planted_json(d->defects) : NULL,
                                           "runs", runs),
                                 err);
}

static eh_status prepare(demo *d, eh_error *err)
{
    eh_arena *arena = d->context->arena;
    const options *o = d->opts;
    d->faces = eh_path_join(arena, o->output, "faces");
    d->planted = eh_path_join(arena, o->output, "faces/planted.csv");
    d->catalog = eh_path_join(arena, o->output, "faces.eh");
    d->report = eh_path_join(arena, o->output, "report.html");
    d->results = eh_path_join(arena, o->output, "results.json");
    d->run = eh_arena_alloc(arena, o->methods.count + 1, sizeof *d->run);
    if (!d->faces || !d->planted || !d->catalog || !d->report || !d->results || !d->run)
        return eh_fail_memory(err, o->output, o->methods.count, sizeof *d->run);
    for (size_t i = 0; i < o->methods.count; i++) {
        eh_thing_spec method;
        EH_TRY(eh_thing_parse(&method, "method", o->methods.item[i], "--methods", arena, err));
        d->run[i].method = o->methods.item[i];
        d->run[i].folder = eh_arena_printf(arena, "%s/runs/%s", o->output, method.entry->name);
        if (!d->run[i].folder)
            return eh_fail_memory(err, o->output, 1, 1);
    }
    d->runs = o->methods.count;
    if (d->runs == 0)
        return eh_fail(err, EH_ERR_USAGE, "--methods names no method; \"evenhand list methods\" shows them");
    return make_folder(o->output, err);
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    demo d = { .context = context, .opts = opts };
    EH_TRY(prepare(&d, err));
    EH_TRY(draw_and_import(&d, err));
    if (d.opts->only_faces)
        return context->json ? eh_command_write_json(json_pack("{s:s}", "faces", d.faces), err) : EH_OK;
    eh_status status;
    char *runs = eh_path_join(context->arena, d.opts->output, "runs");
    EH_TRY(runs ? eh_make_folder(runs, err) : eh_fail_memory(err, d.opts->output, 1, 1));
    EH_TRY_GOTO(status, clean(&d, err));
    for (size_t i = 0; i < d.runs; i++) {
        eh_command_note(context, "training %zu of %zu: %s", i + 1, d.runs, d.run[i].method);
        EH_TRY_GOTO(status, train_one(&d, &d.run[i], err));
    }
    EH_TRY_GOTO(status, write_results(&d, err));
    const eh_report_opts report = { .title = "Drawn faces: who is recognised as blond?" };
    EH_TRY_GOTO(status, eh_report_write(d.report, &d.results, 1, &report, context->progress, err));
    status = context->json ? print_json(&d, err) : print_table(&d, err);
    eh_command_note(context, "wrote %s and %s; open the report in a browser, it needs no network", d.report,
                    d.results);
done:
    for (size_t i = 0; i < d.runs; i++)
        eh_results_free(d.run[i].results);
    eh_planted_free(d.defects);
    eh_clean_plan_free(d.plan);
    eh_clean_result_free(d.found);
    return status;
}

const eh_command eh_cmd_demo = {
    .entry = { .name = "demo",
               .summary = "find, measure and mend a bias in drawn faces, from nothing to a report",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .details =
        "Draws faces whose hair colour and gender are as unevenly crossed as in CelebA, imports them like "
        "anybody's data, cleans them of planted copies, poor images and broken files (wrong labels are "
        "found, and "
        "left to a person), trains a "
        "small network plainly and with each method to tell who is blond, measures every group on the test "
        "part, and writes "
        "report.html and results.json.\n\n"
        "--faces sets how the faces are drawn: seed, train, valid, test (images per part), valid-min, "
        "test-min (images "
        "of every group), "
        "blond-male and the other "
        "weights of groups, hair-overlap, male-dark, male-hair, light-tint, light-spread, background-blond, "
        "pose, noise, blur, hats, quality, and "
        "plant-copies, plant-near, plant-wrong, plant-group, plant-poor, plant-broken for planted defects, "
        "whose "
        "truth is in faces/planted.csv.",
    .examples = examples,
    .run = run,
};
